//! Holds every answer that a test gets against `openapi.json`.

use crate::api;
use jsonschema::Validator;
use local::functions::api_root::OPENAPI;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex},
};

static API: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(OPENAPI).unwrap());

static OPERATIONS: LazyLock<Vec<(Method, String, Value)>> = LazyLock::new(|| {
    let paths = API["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, operations)| {
        operations
            .as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| (method.to_uppercase().parse().unwrap(), path.clone(), operation.clone()))
    });
    all.collect()
});

/// The schemas as answers are held against: closed.
static SCHEMAS: LazyLock<Value> = LazyLock::new(|| {
    let mut components = API["components"].clone();
    components["schemas"].as_object_mut().unwrap().values_mut().for_each(|schema| close(schema, false));
    components
});

/// Validators are slow to build.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Every operation: method, path, description.
pub fn operations() -> Vec<(Method, String, Value)> {
    OPERATIONS.clone()
}

/// A body that the operation takes, made of the examples in its description, with an address of its
/// own; `None` where it takes none.
pub fn example(operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut body = schema.is_object().then(|| example_of(schema))?;
    if let Some(email) = body.get_mut("email") {
        *email = json!(api::email("essai"));
    }
    Some(body)
}

/// The names of what a body may lack, at any depth.
pub fn optional(operation: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    optional_in(&operation["requestBody"]["content"]["application/json"]["schema"], &mut names);
    names
}

/// The description of the value at this JSON pointer in the body of an operation.
pub fn field(operation: &'static str, pointer: &str) -> &'static Value {
    let (_, _, description) = OPERATIONS.iter().find(|(_, _, description)| description["operationId"] == operation).unwrap();
    let body = resolved(&description["requestBody"]["content"]["application/json"]["schema"]);
    pointer
        .split('/')
        .skip(1)
        .fold(body, |schema, part| resolved(if part.parse::<usize>().is_ok() { &schema["items"] } else { &schema["properties"][part] }))
}

fn optional_in(schema: &Value, names: &mut BTreeSet<String>) {
    let schema = resolved(schema);
    let required = |name: &str| schema["required"].as_array().is_some_and(|required| required.iter().any(|known| known == name));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if !required(name) {
            names.insert(name.clone());
        }
        optional_in(property, names);
    }
    if schema["items"].is_object() {
        optional_in(&schema["items"], names);
    }
}

fn resolved(schema: &Value) -> &Value {
    schema["$ref"].as_str().map_or(schema, |path| API.pointer(path.trim_start_matches('#')).unwrap())
}

fn example_of(schema: &Value) -> Value {
    let schema = resolved(schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(properties) = schema["properties"].as_object() {
        return properties.iter().map(|(name, property)| (name.clone(), example_of(property))).collect();
    }
    assert!(schema["items"].is_object(), "no example in {schema}");
    json!([example_of(&schema["items"])])
}

/// The operation that takes this request, if one does: the pattern of its path, its description.
pub fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next().unwrap();
    let fits = |template: &str| {
        let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted.iter().zip(given).all(|(wanted, given)| wanted.starts_with('{') && !given.is_empty() || *wanted == given)
    };
    OPERATIONS.iter().find(|(m, template, _)| m == method && fits(template)).map(|(_, template, operation)| (template.as_str(), operation))
}

/// Lets objects have no property that is not described: clients ignore what they do not know, but nothing is to be told
/// that nobody meant to tell. What is a part of another schema, as in `allOf`, is closed there and not by itself.
fn close(schema: &mut Value, whole: bool) {
    let Some(keywords) = schema.as_object_mut() else { return };
    for (keyword, value) in keywords.iter_mut() {
        match &**keyword {
            "properties" => value.as_object_mut().unwrap().values_mut().for_each(|property| close(property, true)),
            "items" => close(value, true),
            "allOf" | "anyOf" | "oneOf" => value.as_array_mut().unwrap().iter_mut().for_each(|part| close(part, false)),
            _ => {}
        }
    }
    if whole && ["$ref", "allOf", "anyOf", "oneOf", "properties"].iter().any(|keyword| keywords.contains_key(*keyword)) {
        keywords.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

fn validator(schema: &Value) -> Arc<Validator> {
    let build = || {
        let mut closed = schema.clone();
        close(&mut closed, true);
        Arc::new(jsonschema::validator_for(&json!({"components": *SCHEMAS, "allOf": [closed]})).unwrap())
    };
    VALIDATORS.lock().unwrap().entry(schema.to_string()).or_insert_with(build).clone()
}

/// Panics unless the description has this answer as a file of this media type, too.
pub fn check_file(method: &Method, path: &str, status: u16, kind: &str) {
    let described = operation(method, path).map(|(_, operation)| &operation["responses"][status.to_string()]["content"][kind]);
    assert!(described.is_some_and(Value::is_object), "{method} {path}: {status} is not described as {kind}");
}

/// Panics unless the description has this answer: its status, its code, the shape of its body.
pub fn check(method: &Method, path: &str, status: u16, body: Option<&Value>) {
    let Some((_, operation)) = operation(method, path) else {
        // An empty segment may still reach an operation, as an id that can't exist.
        let empty_segment = path.contains("//") && matches!(status, 401 | 403);
        assert!(matches!(status, 404 | 405) || empty_segment, "{method} {path} is not described, yet answers {status}");
        return;
    };
    let response = &operation["responses"][status.to_string()];
    assert!(response.is_object(), "{method} {path}: {status} is not described; {body:?}");
    let Some(body) = body else { return };
    let (kind, content) = response["content"]
        .as_object()
        .and_then(|content| content.iter().next())
        .unwrap_or_else(|| panic!("{method} {path}: {status} has no content described"));
    if kind == "application/problem+json" {
        let code = body["code"].as_str().unwrap();
        assert!(content["examples"][code].is_object(), "{method} {path}: {status} {code} is not described");
    }
    let validator = validator(&content["schema"]);
    let errors: Vec<_> = validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:?}\n{body:#}");
}
