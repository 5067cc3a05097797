//! Whatever is sent gets an answer that says what is wrong with it.

use axum::body::Body;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use lambda_http::http::Request;
use reqwest::Method;
use shared::http::body::MAX_BODY_BYTES;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Answer, Pupil, Room, Value, World, answer, contract, json, world::Call};
use tower::ServiceExt;

/// One operation, with its path still a pattern.
#[derive(Clone)]
struct Operation {
    method: Method,
    path: String,
    id: String,
    has_key: bool,
    body: Option<Value>,
}

fn operations() -> Vec<Operation> {
    let all = contract::operations().into_iter().map(|(method, path, description)| Operation {
        method,
        path,
        id: answer(&description, "operationId"),
        has_key: description["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "Idempotency-Key")),
        body: contract::example(&description),
    });
    all.collect()
}

/// The operations that take a body, with an example of one.
fn with_body() -> impl Iterator<Item = (Operation, Value)> {
    operations().into_iter().filter_map(|operation| operation.body.clone().map(|body| (operation, body)))
}

/// Whom the operations ask for.
struct Stage {
    pupil: Pupil,
    account: String,
}

impl Stage {
    async fn set(world: &World) -> Self {
        let pupil = Room::open(world).await.joined().await;
        pupil.tick(true).await.ok();
        Self { pupil, account: world.account(false) }
    }

    fn token(&self, operation: &Operation) -> &str {
        match operation.id.as_str() {
            "signup" | "login" | "health" | "openapi" | "publicKeys" => "",
            "proctorLogin" | "candidateJoin" => &self.account,
            "createSession" | "listSessions" | "enrolCandidates" | "finaliseSession" => &self.pupil.room.organiser,
            id if id.starts_with("candidate") && id != "candidateUnlink" => &self.pupil.token,
            _ => &self.pupil.room.proctor,
        }
    }

    fn path(&self, operation: &Operation) -> String {
        operation.path.replace("{session}", &self.pupil.room.number).replace("{candidate}", &self.pupil.id)
    }

    fn call(&self, operation: &Operation) -> Call {
        self.at(operation, self.path(operation))
    }

    fn at(&self, operation: &Operation, path: String) -> Call {
        let call = self.pupil.room.world.call(operation.method.clone(), path);
        match self.token(operation) {
            "" => call,
            token => call.token(token),
        }
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let malformed: [&[u8]; 19] = [
        b"",
        b" ",
        b"{",
        b"}",
        b"nonsense",
        b"{\"present\":}",
        b"{present: true}",
        b"{'present': true}",
        b"{\"present\": true,}",
        b"{} {}",
        b"NaN",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe",
        b"{\"password\": \"\xff\"}",
        b"{\"password\": \"\\ud800\"}",
        b"{\"password\": \"a\nb\"}",
        b"email=a%40example.org&password=x",
        &vec![b'['; 100_000],
        &b"{\"a\":".repeat(50_000),
    ];
    for (operation, _) in with_body() {
        for body in malformed {
            let refused = stage.call(&operation).body(body.to_vec()).send().await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
            assert_eq!((refused.status, refused.code()), (400, "malformed_body"), "{}: {shown}", operation.id);
        }
    }
}

#[tokio::test]
async fn a_body_is_an_object() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    for (operation, _) in with_body() {
        for (body, code) in
            [("[]", " wrong_type"), ("\"{}\"", " wrong_type"), ("1", " wrong_type"), ("true", " wrong_type"), ("null", " required")]
        {
            assert_eq!(stage.call(&operation).body(body).send().await.bad_fields(), [code], "{} with {body}", operation.id);
        }
    }
}

const OPTIONAL: [&str; 4] = ["timeZone", "examiner", "durationMinutes", "extraTimePercent"];

/// Every place in a body: its JSON pointer and the name it has in `errors`.
fn places(body: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, pointer: &str, name: &str, places: &mut Vec<(String, String)>) {
        if !name.is_empty() {
            places.push((pointer.to_owned(), name.to_owned()));
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            walk(value, &format!("{pointer}/{key}"), &name, places);
        }
        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
            walk(value, &format!("{pointer}/{index}"), &format!("{name}[{index}]"), places);
        }
    }
    let mut places = vec![];
    walk(body, "", "", &mut places);
    places
}

#[tokio::test]
async fn each_missing_field_is_named() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    for (operation, body) in with_body() {
        let mut all: Vec<_> =
            body.as_object().unwrap().keys().filter(|key| !OPTIONAL.contains(&key.as_str())).map(|key| format!("{key} required")).collect();
        all.sort();
        let mut bad = stage.call(&operation).json(&json!({})).send().await.bad_fields();
        bad.sort();
        assert_eq!(bad, all, "{}", operation.id);

        for (pointer, name) in places(&body) {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            if OPTIONAL.contains(&key) {
                continue;
            }
            let expected = [format!("{name} required")];
            let mut null = body.clone();
            *null.pointer_mut(&pointer).unwrap() = Value::Null;
            assert_eq!(stage.call(&operation).json(&null).send().await.bad_fields(), expected, "{}", operation.id);
            let mut without = body.clone();
            if let Some(parent) = without.pointer_mut(parent).unwrap().as_object_mut() {
                parent.remove(key);
                assert_eq!(stage.call(&operation).json(&without).send().await.bad_fields(), expected, "{}", operation.id);
            }
        }
    }
}

#[tokio::test]
async fn each_field_of_a_wrong_type_is_named() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let others = [json!("text"), json!(7), json!(7.5), json!(true), json!([]), json!({}), json!([[]]), json!("1"), json!(1e300)];
    let kind = std::mem::discriminant::<Value>;
    for (operation, body) in with_body() {
        for (pointer, name) in places(&body) {
            let right = body.pointer(&pointer).unwrap();
            if ["proctorLogin", "candidateStart"].contains(&operation.id.as_str()) {
                // Whatever stands in a code's place is a wrong code.
                continue;
            }
            for other in &others {
                // A number that is not whole is of a wrong type too.
                if kind(other) == kind(right) && !other.is_f64() {
                    continue;
                }
                let mut wrong = body.clone();
                *wrong.pointer_mut(&pointer).unwrap() = other.clone();
                assert_eq!(
                    stage.call(&operation).json(&wrong).send().await.bad_fields(),
                    [format!("{name} wrong_type")],
                    "{} with {other}",
                    operation.id
                );
            }
        }
    }
}

#[tokio::test]
async fn unknown_and_repeated_fields_do_no_harm() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    for (operation, body) in with_body() {
        let mut text = body.to_string();
        text.pop();
        for more in [r#""more": {"a": [null, 1e4]}"#, r#""": 1"#, &text[1..]] {
            let taken = stage.call(&operation).body(format!("{text}, {more}}}")).send().await;
            assert!(
                !matches!(taken.status, 400 | 422) && taken.status < 500,
                "{} with {more}: {} {}",
                operation.id,
                taken.status,
                taken.body
            );
        }
    }
}

/// Sends without a connection, which a server may close while a large body is still on its way.
async fn send(stage: &Stage, operation: &Operation, body: Body) -> (u16, Value) {
    let request = Request::builder()
        .method(operation.method.clone())
        .uri(stage.path(operation))
        .header("authorization", format!("Bearer {}", stage.token(operation)));
    let answer = local::router(&stage.pupil.room.world.app).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
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
            let (status, refused) = send(&stage, &operation, body).await;
            assert_eq!((status, &refused["code"]), (413, &json!("body_too_large")), "{}", operation.id);
        }
        for body in [Body::from(spaces(MAX_BODY_BYTES)), streamed(spaces(MAX_BODY_BYTES))] {
            let (status, refused) = send(&stage, &operation, body).await;
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
                let expected = match operation.id.as_str() {
                    "proctorLogin" => (401, "invalid_session_credentials"),
                    "candidateJoin" => (404, "candidate_not_found"),
                    "enrolCandidates" | "finaliseSession" => (404, "session_not_found"),
                    // A token for another session.
                    _ => (403, "forbidden"),
                };
                let refused = stage.at(&operation, path).json(&operation.body.clone().unwrap_or_default()).send().await;
                assert_eq!((refused.status, refused.code()), expected, "{} in {garbage}", operation.id);
            }
            if candidate {
                let path = operation.path.replace("{session}", &stage.pupil.room.number).replace("{candidate}", garbage);
                // In a path that is no text, the session can't be read either.
                let other_session = stage.token(&operation) == stage.pupil.token || ["%FF", "%C3%28"].contains(&garbage);
                let expected = if other_session { (403, "forbidden") } else { (404, "candidate_not_found") };
                let refused = stage.at(&operation, path).json(&operation.body.clone().unwrap_or_default()).send().await;
                assert_eq!((refused.status, refused.code()), expected, "{} for {garbage}", operation.id);
            }
        }
        for parameter in ["{session}", "{candidate}"].into_iter().filter(|parameter| operation.path.contains(parameter)) {
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
async fn an_unknown_path_is_not_found_and_a_wrong_method_is_told_the_right_ones() {
    let world = World::new().await;
    for path in [
        "/",
        "/sessions/",
        "/Sessions",
        "/nothing",
        "/sessions/12345",
        "/sessions/12345/board/x",
        "//sessions",
        "/openapi.json/",
        "/%FF",
        "/.well-known",
        "/accounts/x",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            world.call(method, path).send().await.refused(404, "not_found");
        }
    }
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        paths.entry(operation.path).or_default().insert(operation.method.to_string());
    }
    for (path, methods) in paths {
        let given = path.replace("{session}", "9533127").replace("{candidate}", &"A".repeat(26));
        for method in
            [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::from_bytes(b"BREW").unwrap()]
        {
            if methods.contains(method.as_str()) {
                continue;
            }
            let refused = world.call(method, given.as_str()).send().await;
            refused.refused(405, "method_not_allowed");
            let allow: BTreeSet<_> = refused
                .header("allow")
                .unwrap()
                .split(',')
                .map(|method| method.trim().to_owned())
                .filter(|method| method != "HEAD")
                .collect();
            assert_eq!(allow, methods, "{path}");
        }
    }
}

#[tokio::test]
async fn an_idempotency_key_has_up_to_64_characters_of_any_kind() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    // A login is a try each time, and a finalisation is the same each time: they need no key.
    let without = ["login", "proctorLogin", "finaliseSession"];
    for operation in operations().into_iter().filter(|operation| operation.has_key && !without.contains(&operation.id.as_str())) {
        let send = async |key: &[u8]| {
            let call = stage.call(&operation).raw_header("idempotency-key", key);
            call.json(&operation.body.clone().unwrap_or_default()).send().await
        };
        for too_long in ["k".repeat(65), "é".repeat(65)] {
            assert_eq!(send(too_long.as_bytes()).await.bad_fields(), ["Idempotency-Key too_long"], "{}", operation.id);
        }
        for taken in ["k".repeat(64).as_bytes(), "é".repeat(64).as_bytes(), b"", b" ", b"\xff\xfe", b"a\"b'c{}%00"] {
            let taken = send(taken).await;
            assert!(!matches!(taken.status, 400 | 422) && taken.status < 500, "{}: {}", operation.id, taken.body);
        }
    }
}

#[tokio::test]
async fn a_page_has_1_to_100_sessions_and_begins_where_one_ended() {
    let world = World::new().await;
    let organiser = world.account(true);
    let list = async |query: &str| world.get(format!("/sessions{query}")).token(&organiser).send().await;
    for (query, bad) in [
        ("?limit=0", vec!["limit out_of_range"]),
        ("?limit=101", vec!["limit out_of_range"]),
        ("?limit=-1", vec!["limit out_of_range"]),
        ("?limit=4294967297", vec!["limit out_of_range"]),
        ("?limit=", vec!["limit wrong_type"]),
        ("?limit=ten", vec!["limit wrong_type"]),
        ("?limit=1.5", vec!["limit wrong_type"]),
        ("?limit=99999999999999999999", vec!["limit wrong_type"]),
        ("?limit=%FF", vec!["limit wrong_type"]),
        ("?cursor=", vec!["cursor invalid"]),
        ("?cursor=x", vec!["cursor invalid"]),
        ("?cursor=%FF", vec!["cursor invalid"]),
        ("?limit=0&cursor=nonsense", vec!["limit out_of_range", "cursor invalid"]),
    ] {
        assert_eq!(list(query).await.bad_fields(), bad, "{query}");
    }
    for query in ["", "?", "?limit=1", "?limit=100", "?other=1", "?&&=&", "?%FF=%FF"] {
        assert_eq!(list(query).await.ok(), json!({"sessions": []}), "{query}");
    }
    let mut made = vec![];
    for _ in 0..5 {
        made.insert(
            0,
            answer(&world.post("/sessions").token(&organiser).json(&tests::people::session_at(world.now())).send().await.ok(), "number"),
        );
        world.pass(SignedDuration::from_secs(1));
    }
    let (mut listed, mut query) = (vec![], "?limit=2".to_owned());
    for size in [2, 2, 1] {
        let page = list(&query).await.ok();
        let numbers = page["sessions"].as_array().unwrap().iter().map(|session| answer(session, "number"));
        listed.extend(numbers);
        assert_eq!(page["sessions"].as_array().unwrap().len(), size);
        query = page["nextCursor"].as_str().map(|cursor| format!("?limit=2&cursor={cursor}")).unwrap_or_default();
    }
    assert_eq!((listed, query.as_str()), (made, ""), "newest first, each once");
}

/// Asserts what is wrong with a body: the example's, with these changes.
async fn changed(stage: &Stage, id: &str, changes: Value, bad: &[&str]) {
    let (operation, mut body) = with_body().find(|(operation, _)| operation.id == id).unwrap();
    for (field, value) in changes.as_object().unwrap() {
        body[field] = value.clone();
    }
    let answer = stage.call(&operation).json(&body).send().await;
    if bad.is_empty() {
        answer.ok();
    } else {
        let mut found = answer.bad_fields();
        found.sort();
        assert_eq!(found, bad, "{id}: {changes}");
    }
}

#[tokio::test]
async fn a_signup_names_all_that_is_wrong_with_it() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let long = "x".repeat(256);
    let all = json!({"firstName": " ", "lastName": "-", "email": "a@b", "password": "Court1", "acceptTerms": false});
    changed(
        &stage,
        "signup",
        all,
        &["acceptTerms terms_not_accepted", "email invalid_email", "firstName required", "lastName invalid", "password too_short"],
    )
    .await;
    let long = json!({"firstName": long, "lastName": format!(" {} ", "é".repeat(256)), "email": format!("{long}@example.org"), "password": format!("Aa1{long}")});
    changed(&stage, "signup", long, &["email too_long", "firstName too_long", "lastName too_long", "password too_long"]).await;
    for (field, value, code) in [
        ("password", "surveillance1", "weak_password"),
        ("password", "SURVEILLANCE1", "weak_password"),
        ("password", "Surveillance", "weak_password"),
        ("password", "Surveillance²", "weak_password"),
        ("password", "", "required"),
        ("email", "", "required"),
        ("email", "a@example.org\u{0}", "invalid_email"),
        ("email", "Camille <a@example.org>", "invalid_email"),
        ("firstName", "a\u{0}b", "invalid"),
        ("firstName", "🙂", "invalid"),
    ] {
        changed(&stage, "signup", json!({field: value}), &[&format!("{field} {code}")]).await;
    }
    for (n, password) in ["        Aa1        ", "Été à 4h", "ÀÉÎõü 1234", &format!("Aa1{}", "é".repeat(252))].into_iter().enumerate()
    {
        changed(&stage, "signup", json!({"password": password, "email": format!("a{n}@example.org"), "firstName": "é".repeat(255)}), &[])
            .await;
    }
}

#[tokio::test]
async fn a_session_names_all_that_is_wrong_with_it() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let all = json!({"date": "2026-02-30", "time": "24:00", "timeZone": "Paris", "site": "", "room": "x".repeat(256), "examiner": "a\u{7}b", "durationMinutes": 4});
    let bad = [
        "date invalid_date",
        "durationMinutes out_of_range",
        "examiner invalid",
        "room too_long",
        "site required",
        "time invalid_time",
        "timeZone invalid_time_zone",
    ];
    changed(&stage, "createSession", all, &bad).await;
    for (field, value, code) in [
        ("date", json!("2026-6-5"), "invalid_date"),
        ("date", json!("2026-06-15T09:00"), "invalid_date"),
        ("date", json!(" "), "required"),
        ("date", json!("1899-12-31"), "out_of_range"),
        ("date", json!("2200-01-01"), "out_of_range"),
        ("time", json!("9:00"), "invalid_time"),
        ("time", json!("09:00:00"), "invalid_time"),
        ("time", json!(""), "required"),
        ("timeZone", json!("+02:00"), "invalid_time_zone"),
        ("durationMinutes", json!(721), "out_of_range"),
        ("durationMinutes", json!(0), "out_of_range"),
        ("durationMinutes", json!(-105), "out_of_range"),
        ("durationMinutes", json!(4_294_967_401_u64), "out_of_range"),
        ("durationMinutes", json!("105"), "wrong_type"),
        ("durationMinutes", json!(105.0), "wrong_type"),
        ("examiner", json!(" "), "required"),
    ] {
        changed(&stage, "createSession", json!({field: value}), &[&format!("{field} {code}")]).await;
    }
    changed(&stage, "createSession", json!({"date": "2026-03-29", "time": "02:30"}), &["time invalid_time"]).await;
    changed(&stage, "createSession", json!({"date": "2026-03-29", "time": "02:30", "timeZone": "indian/reunion"}), &[]).await;
    for minutes in [5, 720] {
        changed(&stage, "createSession", json!({"durationMinutes": minutes, "date": "1900-01-01"}), &[]).await;
    }
    changed(&stage, "createSession", json!({"durationMinutes": null, "timeZone": null, "examiner": null}), &[]).await;
}

#[tokio::test]
async fn a_class_list_names_each_bad_place() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let pupil = |n: usize, changes: Value| {
        let mut pupil = tests::people::identity(n);
        pupil.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        pupil
    };
    let list = json!([
        pupil(1, json!({"extraTimePercent": 201})),
        pupil(2, json!({})),
        pupil(3, json!({"firstName": "…", "lastName": ""})),
        pupil(4, json!({"birthdate": "2013-02-29"})),
        null,
        pupil(5, json!({"birthdate": 20_120_531, "extraTimePercent": "33"})),
        "Zoé Bernard",
        {},
    ]);
    let bad = [
        "candidates[0].extraTimePercent out_of_range",
        "candidates[2].firstName invalid",
        "candidates[2].lastName required",
        "candidates[3].birthdate invalid_date",
        "candidates[4] required",
        "candidates[5].birthdate wrong_type",
        "candidates[5].extraTimePercent wrong_type",
        "candidates[6] wrong_type",
        "candidates[7].birthdate required",
        "candidates[7].firstName required",
        "candidates[7].lastName required",
    ];
    changed(&stage, "enrolCandidates", json!({"candidates": list}), &bad).await;
    changed(&stage, "enrolCandidates", json!({"candidates": []}), &["candidates too_short"]).await;
    let hundred: Vec<_> = (0..100).map(tests::people::identity).collect();
    changed(&stage, "enrolCandidates", json!({"candidates": hundred}), &["candidates too_long"]).await;
    for birthdate in ["1899-12-31", "2200-01-01"] {
        changed(
            &stage,
            "enrolCandidates",
            json!({"candidates": [pupil(1, json!({"birthdate": birthdate}))]}),
            &["candidates[0].birthdate out_of_range"],
        )
        .await;
    }
    assert_eq!(stage.pupil.room.board().await["candidates"].as_array().unwrap().len(), 1, "nobody was enrolled");
    changed(
        &stage,
        "candidateJoin",
        json!({"firstName": "", "lastName": "'", "birthdate": "31/05/2012"}),
        &["birthdate invalid_date", "firstName required", "lastName invalid"],
    )
    .await;
}

#[tokio::test]
async fn what_it_is_about_is_settled_before_what_is_wanted() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let room = &stage.pupil.room;
    let nobody = room.path(&format!("/candidates/{}/presence", "A".repeat(26)));
    let others = Room::open(&world).await;
    for body in ["{", "{}", "[]", r#"{"present": 1, "candidates": 1}"#] {
        world.put(nobody.as_str()).token(&room.proctor).body(body).send().await.refused(404, "candidate_not_found");
        world.post(others.path("/candidates")).token(&room.organiser).body(body).send().await.refused(404, "session_not_found");
        world.post("/sessions/99999999/join").token(&stage.account).body(body).send().await.refused(404, "candidate_not_found");
        world.post("/sessions/1/join").token(&stage.account).body(body).send().await.refused(404, "candidate_not_found");
    }
}

#[tokio::test]
async fn refusals_speak_the_language_asked_for() {
    let world = World::new().await;
    let refused = async |language: &str| {
        world.post("/accounts").header("accept-language", language).json(&json!({"acceptTerms": false})).send().await
    };
    let french = world.post("/accounts").json(&json!({"acceptTerms": false})).send().await;
    let english = refused("en").await;
    for (answer, language) in [(&french, "fr"), (&english, "en")] {
        assert_eq!((answer.header("content-language"), answer.header("content-type")), (Some(language), Some("application/problem+json")));
        assert!(answer.headers.get_all("vary").iter().any(|value| value == "accept-language"));
        assert_eq!((&answer.body["type"], &answer.body["status"]), (&json!("/problems/invalid_fields"), &json!(422)));
    }
    assert_eq!(french.bad_fields(), english.bad_fields(), "codes do not change");
    for words in ["/title", "/detail", "/errors/0/message", "/errors/4/message"] {
        let words = [&french, &english].map(|answer| answer.body.pointer(words).unwrap().as_str().unwrap());
        assert!(!words[0].is_empty() && !words[1].is_empty() && words[0] != words[1], "{words:?}");
    }
    for (accepted, language) in [
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.1", "en"),
        ("de,en;q=0.5,fr;q=0.4", "en"),
        ("de", "fr"),
        ("", "fr"),
        (";;;,q=x", "fr"),
    ] {
        assert_eq!(refused(accepted).await.header("content-language"), Some(language), "{accepted}");
    }
}

/// One answer of every kind there is.
async fn answers(world: &World, origin: &str) -> Vec<Answer> {
    let stage = Stage::set(world).await;
    let room = &stage.pupil.room;
    let from = |call: Call| call.header("origin", origin);
    let board = from(world.get(room.path("/board")).token(&room.proctor)).send().await;
    let unchanged =
        from(world.get(room.path("/board")).token(&room.proctor).header("if-none-match", board.header("etag").unwrap())).send().await;
    let started =
        from(world.post(stage.pupil.path("/start")).token(&stage.pupil.token)).json(&json!({"accessCode": room.access_code})).send().await;
    let mut answers = vec![
        unchanged,
        started,
        from(world.post(stage.pupil.path("/leave")).token(&stage.pupil.token)).send().await,
        from(world.get(stage.pupil.path("")).token(&stage.pupil.token)).send().await,
        from(world.get("/health")).send().await,
        from(world.get("/openapi.json")).send().await,
        from(world.post("/login")).body("{").send().await,
        from(world.get("/sessions")).send().await,
        from(world.get("/sessions").token(&stage.account)).send().await,
        from(world.get("/nothing")).send().await,
        from(world.delete("/login")).send().await,
        from(world.put(stage.pupil.path("/presence")).token(&room.proctor)).json(&json!({"present": true})).send().await,
        from(world.post("/accounts")).json(&json!({})).send().await,
        from(world.post("/login")).body(" ".repeat(MAX_BODY_BYTES + 1)).send().await,
    ];
    for _ in 0..11 {
        let login = from(world.post("/login")).json(&json!({"email": "a@example.org", "password": "x"}));
        answers.push(login.send().await);
    }
    answers.push(board);
    answers
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let origin = "https://vigie.example.org";
    let world = World::for_pages_of(origin).await;
    let answers = answers(&world, origin).await;
    let statuses: BTreeSet<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, BTreeSet::from([200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 413, 422, 429]));
    let mut ids = BTreeSet::new();
    for answer in answers {
        let id = answer.header("x-request-id").unwrap();
        assert!(ids.insert(id.to_owned()), "{}: a request id of its own", answer.call);
        if answer.status >= 400 {
            assert_eq!(answer.body["requestId"], id, "{}", answer.call);
            assert_eq!(answer.body["status"], answer.status, "{}", answer.call);
        }
        let polled = answer.header("etag").is_some();
        assert_eq!(answer.header("cache-control"), Some(if polled { "no-cache" } else { "no-store" }), "{}", answer.call);
        assert!(!polled || answer.header("etag").unwrap().starts_with("W/\""), "{}", answer.call);
        assert_eq!(answer.status == 429, answer.header("retry-after").is_some(), "{}", answer.call);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{}", answer.call);
        assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age="), "{}", answer.call);
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
