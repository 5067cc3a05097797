//! What is written about the API, its deployment and its events agrees with what the handlers do.

use data_encoding::BASE64;
use local::functions::{ROUTED, api_root};
use std::collections::{BTreeMap, BTreeSet};
use tests::{
    Value,
    contract::{example, operations},
    functions::{Statement, deployed, events, file, is_direct, root},
    json,
};

fn description() -> Value {
    serde_json::from_str(api_root::OPENAPI).unwrap()
}

/// `METHOD path` of everything a description holds.
fn routes(description: &Value) -> BTreeSet<String> {
    let paths = description["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

type Routes = BTreeMap<String, BTreeSet<String>>;

/// By function; what none takes goes to `$default`, which is no route of its own.
fn by_function(routes: impl IntoIterator<Item = (String, String)>) -> Routes {
    let mut all = Routes::new();
    for (function, route) in routes.into_iter().filter(|(_, route)| !route.ends_with("$default")) {
        all.entry(function).or_default().insert(route);
    }
    all
}

#[test]
fn the_description_is_the_handlers_own() {
    assert!(api_root::OPENAPI == local::openapi::json().unwrap(), "openapi.json is old: run `make openapi`");
}

#[test]
fn every_operation_says_what_it_does_what_it_takes_and_how_it_refuses() {
    let description = description();
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["security"], json!([{"bearer": []}]));
    assert_eq!(description["servers"], json!([{"url": "/"}]), "wherever it is read");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let place = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{place}: no summary");
        assert!(operation["description"].as_str().is_some_and(|text| !text.is_empty()), "{place}: no description");
        assert!(operation["operationId"].as_str().is_some_and(|id| ids.insert(id.to_owned())), "{place}: no operationId of its own");
        assert!(
            operation["tags"]
                .as_array()
                .is_some_and(|tags| tags.len() == 1 && description["tags"].as_array().unwrap().iter().any(|tag| tag["name"] == tags[0])),
            "{place}: tags"
        );
        assert!(operation.get("security").is_none_or(|security| *security == json!([{}])), "{place}: the bearer token, or none");

        let responses = operation["responses"].as_object().unwrap();
        let mut refusals = vec!["500", "503"];
        if operation.get("security").is_none() {
            refusals.push("401");
        }
        if let Some(body) = example(&operation) {
            assert!(body.as_object().is_some_and(|body| !body.is_empty()), "{place}: {body} is no example");
            assert_eq!(operation["requestBody"]["required"], true, "{place}");
            refusals.extend(["400", "413", "422"]);
        }
        for refusal in refusals {
            assert!(responses.contains_key(refusal), "{place}: {refusal} is not described");
        }
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{place} {status}: OpenAPI wants a description");
            let retry_after = response["headers"]["Retry-After"].is_object();
            assert_eq!(retry_after, ["429", "503"].contains(&status.as_str()), "{place} {status}: Retry-After");
        }
        let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
        let named: BTreeSet<_> =
            parameters.iter().filter(|parameter| parameter["in"] == "path").filter_map(|parameter| parameter["name"].as_str()).collect();
        assert_eq!(
            named,
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect(),
            "{place}: parameters of the path"
        );
        let has_key = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        let is_login = ["acceptInvitation", "changePassword", "login", "proctorLogin", "proveEmail", "renewLogin", "resetPassword"]
            .iter()
            .any(|login| operation["operationId"] == *login);
        assert_eq!(has_key, ["POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) && !is_login, "{place}: Idempotency-Key");
    }
}

#[test]
fn every_schema_is_referred_to() {
    let description = description();
    for name in description["components"]["schemas"].as_object().unwrap().keys() {
        assert!(api_root::OPENAPI.contains(&format!("\"#/components/schemas/{name}\"")), "{name}");
    }
}

#[test]
fn routers_template_and_events_have_the_same_routes() {
    let routers = ROUTED.iter().flat_map(|(name, router)| {
        let description = serde_json::to_value(router().into_openapi()).unwrap();
        routes(&description).into_iter().map(|route| ((*name).to_owned(), route))
    });
    let routers = by_function(routers);
    assert_eq!(routers.values().flatten().cloned().collect::<BTreeSet<_>>(), routes(&description()), "all routers together are the API");

    let template = by_function(
        deployed().into_iter().flat_map(|function| function.routes.into_iter().map(move |route| (function.name.clone(), route))),
    );
    assert_eq!(template, routers, "template.yaml / routers");

    let events = events().into_iter().filter_map(|(_, function, event)| Some((function, event["routeKey"].as_str()?.to_owned())));
    assert_eq!(by_function(events), routers, "events / routers");
    let unmatched = |function: &tests::functions::Deployed| function.routes.iter().any(|route| route == "ANY $default");
    assert_eq!(
        deployed().iter().filter(|function| unmatched(function)).map(|function| function.name.as_str()).collect::<Vec<_>>(),
        ["api-root"]
    );
}

#[test]
fn an_event_is_one_request_all_through() {
    for (name, _, event) in events().into_iter().filter(|(_, function, _)| !is_direct(function)) {
        let http = &event["requestContext"]["http"];
        assert_eq!((&event["rawPath"], &event["routeKey"]), (&http["path"], &event["requestContext"]["routeKey"]), "{name}");
        let Some((method, template)) = event["routeKey"].as_str().unwrap().split_once(' ') else { continue };
        assert_eq!(http["method"], method, "{name}");
        let mut path = template.to_owned();
        for (parameter, value) in event["pathParameters"].as_object().into_iter().flatten() {
            path = path.replace(&format!("{{{parameter}}}"), value.as_str().unwrap());
        }
        assert_eq!(event["rawPath"], path, "{name}");
        let body = event["body"].as_str().unwrap_or_default().as_bytes();
        let length = if event["isBase64Encoded"] == true { BASE64.decode(body).unwrap().len() } else { body.len() };
        assert_eq!(event["headers"]["content-length"], length.to_string(), "{name}");
    }
}

#[test]
fn every_function_is_deployed_with_its_own_code() {
    let folders = std::fs::read_dir(root().join("functions")).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let deployed = deployed();
    assert_eq!(deployed.iter().map(|function| function.name.clone()).collect::<BTreeSet<_>>(), folders.collect::<BTreeSet<_>>());
    for function in &deployed {
        assert_eq!(function.binary, function.name);
    }
    assert_eq!(deployed.iter().map(|function| &function.name).collect::<BTreeSet<_>>().len(), deployed.len(), "no function twice");
}

/// A crate that says it has no unit tests has none that nobody runs.
#[test]
fn no_unit_test_stands_where_none_is_run() {
    for folder in std::fs::read_dir(root().join("functions")).unwrap().map(|folder| folder.unwrap().path()) {
        let manifest: toml::Table = file(folder.join("Cargo.toml")).parse().unwrap();
        let is_run = manifest.get("lib").and_then(|lib| lib.get("test")).is_none_or(|test| test.as_bool() == Some(true));
        let sources = std::fs::read_dir(folder.join("src")).unwrap().map(|source| file(source.unwrap().path()));
        let has_tests = sources.into_iter().any(|source| source.contains("#[cfg(test)]"));
        assert_eq!(is_run, has_tests, "{}: `test` of [lib] in Cargo.toml", folder.display());
    }
}

#[test]
fn a_function_may_do_named_things_to_one_table() {
    for function in deployed() {
        let tables = match function.name.as_str() {
            "announce" | "api-root" | "archive" => 0,
            "candidate-join" | "delete-account" | "edit-account" | "import-sessions" | "proctor-login" | "view-account" => 2,
            _ => 1,
        };
        let mut seen = BTreeSet::new();
        for Statement { actions, resource, .. } in function.rights.into_iter().filter(Statement::is_of_tables) {
            assert!(!actions.is_empty(), "{}", function.name);
            assert!(
                actions.iter().all(|action| action.strip_prefix("dynamodb:").is_some_and(|name| name.chars().all(char::is_alphabetic))),
                "{}: {actions:?}",
                function.name
            );
            let table = ["AccountsTable.Arn", "SessionsTable.Arn"].into_iter().find(|table| resource.contains(table));
            seen.insert(table.unwrap_or_else(|| panic!("{}: {resource}", function.name)));
        }
        assert_eq!(seen.len(), tables, "{}", function.name);
    }
}
