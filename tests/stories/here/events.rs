//! Each event of `events/`, as API Gateway sends it, in that function's own router.

use super::centres::grant;
use http_body_util::BodyExt;
use lambda_http::http::{Response, header::ALLOW};
use std::collections::BTreeSet;
use tests::{
    Value, World, contract,
    events::{operation_of, prepare},
    functions::{event, events, is_direct, service},
    json,
    meter::Reading,
    operations::{CANDIDATES, COLLEAGUE, Operation, SESSION},
};
use tower::ServiceExt;

/// Hands an event to a function as the Lambda runtime does.
async fn invoke(world: &World, function: &str, event: &Value) -> (Response<()>, Value) {
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let answer = service(function, &world.app).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), serde_json::from_slice(&body).unwrap_or_default())
}

/// Hands each function its events, and asserts that it answers and asks DynamoDB as the table of operations says.
pub async fn take_events(world: &World, mut taken: impl FnMut(&str, &Operation, Reading)) {
    let mut all = events();
    // An account is there before somebody logs in to it.
    all.sort_by_key(|(name, ..)| (name == "login", name.clone()));
    let granted = event("grant-organiser");
    for (name, function, event) in all.into_iter().filter(|(_, function, _)| !is_direct(function)) {
        let (event, status) = prepare(world, &event).await;
        if name == "login" {
            grant(world, granted.clone()).await.unwrap();
        }
        world.meter.take();
        let (answer, body) = invoke(world, &function, &event).await;
        assert_eq!(answer.status(), status, "{name}: {body}");
        assert_eq!(
            answer.headers()["x-request-id"],
            event["requestContext"]["requestId"].as_str().unwrap(),
            "{name}: the gateway's own request id"
        );
        let http = &event["requestContext"]["http"];
        let method = http["method"].as_str().unwrap().parse().unwrap();
        contract::check(&method, http["path"].as_str().unwrap(), status, (!body.is_null()).then_some(&body));
        if name == "login" {
            assert_eq!(body["account"]["roles"], json!(["organiser"]));
        }
        if let Some(operation) = operation_of(&event) {
            let reading = world.meter.take();
            assert_eq!(reading.requests, operation.asks, "{name}");
            taken(&function, &operation, reading);
        }
    }
}

#[tokio::test]
async fn each_function_takes_its_events() {
    take_events(&World::new().await, |_, _, _| {}).await;
}

#[tokio::test]
async fn a_body_may_come_in_base64() {
    let world = World::new().await;
    let mut event = event("signup");
    let body = data_encoding::BASE64.encode(event["body"].as_str().unwrap().as_bytes());
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(true);
    let (answer, body) = invoke(&world, "signup", &event).await;
    assert_eq!((answer.status().as_u16(), &body["lastName"]), (201, &json!("Lefèvre")));
}

#[tokio::test]
async fn a_wrong_method_comes_unmatched_and_learns_the_right_ones() {
    let world = World::new().await;
    let unmatched = event("api-root-unmatched");
    let paths: BTreeSet<_> = contract::operations().into_iter().map(|(_, path, _)| path).collect();
    for path in paths {
        let methods: BTreeSet<_> =
            contract::operations().into_iter().filter(|(_, of, _)| *of == path).map(|(method, ..)| method.to_string()).collect();
        let mut event = unmatched.clone();
        let given = path.replace("{session}", SESSION).replace("{candidate}", CANDIDATES[0]).replace("{account}", COLLEAGUE);
        for place in ["/rawPath", "/requestContext/http/path"] {
            *event.pointer_mut(place).unwrap() = json!(given);
        }
        event["requestContext"]["http"]["method"] = json!("PATCH");
        let (answer, body) = invoke(&world, "api-root", &event).await;
        assert_eq!((answer.status().as_u16(), &body["code"]), (405, &json!("method_not_allowed")), "{path}");
        let allow: BTreeSet<_> = answer.headers()[ALLOW].to_str().unwrap().split(',').map(|method| method.trim().to_owned()).collect();
        assert_eq!(allow.into_iter().filter(|method| method != "HEAD").collect::<BTreeSet<_>>(), methods, "{path}");
    }
}
