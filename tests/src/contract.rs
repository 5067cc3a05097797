//! Holds every answer that a test gets against `openapi.json`.

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

static API: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(api_root::OPENAPI).unwrap());

static OPERATIONS: LazyLock<Vec<(Method, String, Value)>> = LazyLock::new(|| {
    let paths = API["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, operations)| {
        operations.as_object().unwrap().iter().map(|(method, operation)| (method.to_uppercase().parse().unwrap(), path.clone(), operation.clone()))
    });
    all.collect()
});

/// Every operation: method, path, description.
pub fn operations() -> &'static [(Method, String, Value)] {
    &OPERATIONS
}

/// The description of the operation that takes this request, if one does.
pub fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let fits = |template: &str| {
        let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len() && wanted.iter().zip(given).all(|(wanted, given)| wanted.starts_with('{') && !given.is_empty() || *wanted == given)
    };
    operations().iter().find(|(m, template, _)| m == method && fits(template)).map(|(_, _, operation)| operation)
}

/// The validator of a schema of the description: slow to make, so made once.
fn validator(schema: &Value) -> Arc<Validator> {
    static MADE: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let make = || jsonschema::validator_for(&json!({"components": API["components"], "allOf": [schema]})).unwrap();
    MADE.lock().unwrap().entry(schema.to_string()).or_insert_with(|| Arc::new(make())).clone()
}

/// Panics unless the description has this answer: its status, its code, the shape of its body.
pub fn check(method: &Method, path: &str, status: u16, body: Option<&Value>) {
    let Some(operation) = operation(method, path) else {
        assert!(matches!(status, 404 | 405), "{method} {path} is not described, yet answers {status}");
        return;
    };
    let response = &operation["responses"][status.to_string()];
    assert!(response.is_object(), "{method} {path}: {status} is not described; {body:?}");
    let Some(body) = body else { return };
    let (kind, content) = response["content"].as_object().and_then(|content| content.iter().next()).unwrap_or_else(|| panic!("{method} {path}: {status} has no content described"));
    if kind == "application/problem+json" {
        let code = body["code"].as_str().unwrap();
        assert!(content["examples"][code].is_object(), "{method} {path}: {status} {code} is not described");
    }
    let validator = validator(&content["schema"]);
    let errors: Vec<_> = validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:?}\n{body:#}");
}
