//! What a gateway may not let pass, and what web pages may do.

use crate::anywhere::input::{Stage, answers, with_body};
use axum::body::Body;
use http_body_util::BodyExt;
use lambda_http::http::Request;
use reqwest::Method;
use shared::http::limits::MAX_BODY_BYTES;
use std::collections::BTreeSet;
use tests::{
    Answer, Value, World, json,
    operations::{For, Operation, operations},
};
use tower::ServiceExt;

/// Sends without a connection, which a server may close while a large body is still on its way.
async fn send(world: &World, stage: &Stage, operation: &Operation, body: Body) -> (u16, Value) {
    let request = Request::builder()
        .method(operation.method.clone())
        .uri(stage.path(operation))
        .header("authorization", format!("Bearer {}", stage.token(operation)));
    let answer = local::router(&world.app).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn the_root_is_no_path_of_the_api() {
    let world = World::new().await;
    for method in [Method::GET, Method::POST, Method::DELETE] {
        world.call(method, "/").send().await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_body_of_more_than_256_kib_is_too_large_announced_or_not() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let streamed = |bytes: Vec<u8>| {
        let chunks: Vec<_> = bytes.chunks(10_000).map(|chunk| Ok::<_, std::convert::Infallible>(chunk.to_vec())).collect();
        Body::from_stream(futures::stream::iter(chunks))
    };
    for (operation, _) in with_body() {
        let spaces = |length: usize| b" ".repeat(length);
        for body in [Body::from(spaces(MAX_BODY_BYTES + 1)), streamed(spaces(MAX_BODY_BYTES + 1))] {
            let (status, refused) = send(&world, &stage, &operation, body).await;
            assert_eq!((status, &refused["code"]), (413, &json!("body_too_large")), "{}", operation.id);
        }
        for body in [Body::from(spaces(MAX_BODY_BYTES)), streamed(spaces(MAX_BODY_BYTES))] {
            let (status, refused) = send(&world, &stage, &operation, body).await;
            assert_eq!((status, &refused["code"]), (400, &json!("malformed_body")), "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn a_path_that_can_not_be_right_is_answered_as_one_that_is_not() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let long = "9".repeat(5_000);
    let garbage = [
        "%FF",
        "%C3%28",
        "%",
        "%zz",
        "%00",
        "%2F",
        "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95",
        "%F0%9F%99%82",
        "null",
        "1%2C2",
        "a b",
        "12345;x",
        "{session}",
        &long,
    ];
    for operation in operations() {
        let candidate = operation.path.contains("{candidate}");
        for garbage in garbage {
            if operation.path.contains("{session}") {
                let path = operation.path.replace("{session}", garbage).replace("{candidate}", &stage.pupil.id);
                let expected = match (operation.id, operation.whom) {
                    ("proctorLogin", _) => (401, "invalid_session_credentials"),
                    ("usePass", _) => (401, "invalid_pass"),
                    ("candidateJoin", _) => (404, "candidate_not_found"),
                    (_, For::ItsOrganiser) => (404, "session_not_found"),
                    // A token for another session.
                    _ => (403, "forbidden"),
                };
                let refused = stage.at(&operation, path).json(&operation.body.clone().unwrap_or_default()).send().await;
                assert_eq!((refused.status, refused.code()), expected, "{} in {garbage}", operation.id);
            }
            if candidate {
                let path = operation.path.replace("{session}", &stage.pupil.room.number).replace("{candidate}", garbage);
                // In a path that is no text, the session can't be read either.
                let by_candidate = matches!(operation.whom, For::Candidates | For::TestTakers | For::Attempts);
                let other_session = by_candidate || ["%FF", "%C3%28"].contains(&garbage);
                let expected = match operation.whom {
                    For::ItsOrganiser if ["%FF", "%C3%28"].contains(&garbage) => (404, "session_not_found"),
                    _ if other_session => (403, "forbidden"),
                    _ => (404, "candidate_not_found"),
                };
                let refused = stage.at(&operation, path).json(&operation.body.clone().unwrap_or_default()).send().await;
                assert_eq!((refused.status, refused.code()), expected, "{} for {garbage}", operation.id);
            }
        }
        if operation.whom == For::ItsCentre {
            for garbage in garbage {
                let refused = stage.at(&operation, operation.path.replace("{account}", garbage)).send().await;
                assert_eq!((refused.status, refused.code()), (404, "not_found"), "{} of {garbage}", operation.id);
            }
        }
        for parameter in ["{session}", "{candidate}", "{account}"].into_iter().filter(|parameter| operation.path.contains(parameter)) {
            let path = operation
                .path
                .replace(parameter, "")
                .replace("{session}", &stage.pupil.room.number)
                .replace("{candidate}", &stage.pupil.id);
            let refused = stage.at(&operation, path).json(&operation.body.clone().unwrap_or_default()).send().await;
            assert!(matches!(refused.status, 401 | 403 | 404), "{} without {parameter}: {}", operation.id, refused.body);
        }
    }
}

#[tokio::test]
async fn an_idempotency_key_has_up_to_64_characters_of_any_kind() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let mut operations: Vec<_> = operations().into_iter().filter(|operation| operation.takes_key).collect();
    // A replaced password ends the proctor's login. Once a session is finalised, some refuse that first; of one that is gone nothing else is told.
    let last = ["replaceCodes", "finaliseSession", "deleteSession", "deleteAccount"];
    operations.sort_by_key(|operation| last.iter().position(|last| *last == operation.id));
    for operation in operations {
        let send = async |key: &[u8]| {
            let call = stage.call(&operation).raw_header("idempotency-key", key);
            call.json(&operation.body.clone().unwrap_or_default()).send().await
        };
        for too_long in ["k".repeat(65), "é".repeat(65)] {
            assert_eq!(send(too_long.as_bytes()).await.bad_fields(), ["Idempotency-Key too_long"], "{}", operation.id);
        }
        for no_text in [&b"\xff\xfe"[..], b"k\xc3"] {
            assert_eq!(send(no_text).await.bad_fields(), ["Idempotency-Key invalid"], "{}", operation.id);
        }
        for taken in ["k".repeat(64).as_bytes(), "é".repeat(64).as_bytes(), b"", b" ", b"a\"b'c{}%00"] {
            let taken = send(taken).await;
            assert!(!matches!(taken.status, 400 | 422) && taken.status < 500, "{}: {}", operation.id, taken.body);
        }
    }
}

#[tokio::test]
async fn an_odd_path_or_method_is_refused_like_any_other() {
    let world = World::new().await;
    for path in ["//sessions", "/%FF"] {
        world.get(path).send().await.refused(404, "not_found");
    }
    for operation in operations() {
        let path = operation.path.replace("{session}", "9533127").replace("{candidate}", &"A".repeat(26));
        for method in [Method::TRACE, Method::from_bytes(b"BREW").unwrap()] {
            world.call(method, path.as_str()).send().await.refused(405, "method_not_allowed");
        }
    }
}

#[tokio::test]
async fn every_answer_is_for_the_known_origin() {
    let origin = "https://vigie.example.org";
    for answer in answers(&World::for_pages_of(origin).await.api, origin).await {
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{}", answer.call);
        let exposed: BTreeSet<_> =
            answer.header("access-control-expose-headers").unwrap().split(',').map(|name| name.trim().to_lowercase()).collect();
        assert_eq!(exposed, ["etag", "retry-after", "x-request-id", "location"].map(str::to_owned).into(), "{}", answer.call);
    }
}

#[tokio::test]
async fn browsers_may_call_from_the_known_origin_only() {
    let origin = "https://vigie.example.org";
    let world = World::for_pages_of(origin).await;
    let preflight = async |world: &World, origin: &str, path: &str, method: &str| {
        let call = world.call(Method::OPTIONS, path).header("origin", origin).header("access-control-request-method", method);
        call.header("access-control-request-headers", "authorization,content-type,idempotency-key,if-none-match,accept-language")
            .send()
            .await
    };
    let list = |answer: &Answer, name: &str| -> BTreeSet<String> {
        answer.header(name).unwrap_or_default().split(',').map(|name| name.trim().to_lowercase()).collect()
    };
    for operation in operations() {
        let path = operation.path.replace("{session}", "9533127").replace("{candidate}", &"A".repeat(26));
        let allowed = preflight(&world, origin, &path, operation.method.as_str()).await;
        assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, Some(origin)), "{}", operation.id);
        assert!(list(&allowed, "access-control-allow-methods").contains(&operation.method.as_str().to_lowercase()));
        let headers = ["authorization", "content-type", "accept-language", "idempotency-key", "if-none-match"].map(str::to_owned);
        assert_eq!(list(&allowed, "access-control-allow-headers"), headers.into());
        assert_eq!(allowed.header("access-control-max-age"), Some("7200"));
        assert!(allowed.header("x-request-id").is_some() && allowed.header("x-content-type-options").is_some());
        assert_eq!(
            preflight(&world, "https://elsewhere.example.org", &path, operation.method.as_str())
                .await
                .header("access-control-allow-origin"),
            None
        );
    }
    let closed = World::new().await;
    for (world, origin) in [(&world, "https://elsewhere.example.org"), (&world, "null"), (&closed, origin)] {
        assert_eq!(world.get("/health").header("origin", origin).send().await.header("access-control-allow-origin"), None);
    }
    assert_eq!(
        world.get("/health").header("origin", origin).send().await.header("access-control-allow-credentials"),
        None,
        "tokens, not cookies"
    );
}
