//! Whatever is sent gets an answer that says what is wrong with it.

use jiff::Timestamp;
use reqwest::Method;
use shared::http::limits::MAX_BODY_BYTES;
use std::collections::{BTreeMap, BTreeSet};
use tests::{
    Answer, Api, Pupil, Room, Value, answer,
    api::{Call, email},
    contract, json,
    operations::{For, Operation, operations},
    people::identity,
    record::claims,
};

/// The operations that take a body, with an example of one.
pub fn with_body() -> impl Iterator<Item = (Operation, Value)> {
    let mut operations = operations();
    // A replaced password ends the proctor's login, and an erased account its own; who is called so can't have such a password.
    operations.sort_by_key(|operation| ["replaceCodes", "editAccount", "deleteAccount"].iter().position(|last| *last == operation.id));
    operations.into_iter().filter_map(|operation| operation.body.clone().map(|body| (operation, body)))
}

/// Whom the operations ask for.
pub struct Stage {
    pub pupil: Pupil,
    account: String,
    owner: String,
    /// Somebody who has started, and the token of it.
    started: Pupil,
    attempt: String,
}

impl Stage {
    pub async fn set(api: &Api) -> Self {
        let pupil = Room::open(api).await.joined().await;
        pupil.tick(true).await.ok();
        let mut started = pupil.room.enrol(1..2).await.remove(0);
        started.join(&identity(1)).await;
        started.tick(true).await.ok();
        let attempt = answer(&started.start("started").await.ok(), "accessToken");
        Self { pupil, account: api.account().await, owner: api.owner().await, started, attempt }
    }

    pub fn token(&self, operation: &Operation) -> &str {
        match operation.whom {
            For::Everybody => "",
            For::Accounts => &self.account,
            For::Owners => &self.owner,
            For::Organisers | For::ItsCentre | For::ItsOrganiser => &self.pupil.room.organiser,
            For::Proctors | For::Staff | For::InTheRoom => &self.pupil.room.proctor,
            For::Candidates | For::TestTakers => &self.pupil.token,
            For::Attempts => &self.attempt,
        }
    }

    pub fn path(&self, operation: &Operation) -> String {
        let path = operation.path.replace("{session}", &self.pupil.room.number).replace("{candidate}", self.candidate(operation));
        path.replace("{account}", &answer(&claims(&self.pupil.room.organiser), "sub"))
    }

    fn candidate(&self, operation: &Operation) -> &str {
        if operation.whom == For::Attempts { &self.started.id } else { &self.pupil.id }
    }

    pub fn call(&self, operation: &Operation) -> Call {
        self.at(operation, self.path(operation))
    }

    pub fn at(&self, operation: &Operation, path: String) -> Call {
        let call = self.pupil.room.api.call(operation.method.clone(), path);
        match self.token(operation) {
            "" => call,
            token => call.token(token),
        }
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
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
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    for (operation, _) in with_body() {
        for (body, code) in
            [("[]", " wrong_type"), ("\"{}\"", " wrong_type"), ("1", " wrong_type"), ("true", " wrong_type"), ("null", " required")]
        {
            assert_eq!(stage.call(&operation).body(body).send().await.bad_fields(), [code], "{} with {body}", operation.id);
        }
    }
}

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
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    for (operation, body) in with_body() {
        let mut all: Vec<_> = body
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| !operation.optional.contains(*key))
            .map(|key| format!("{key} required"))
            .collect();
        all.sort();
        if !all.is_empty() {
            let mut bad = stage.call(&operation).json(&json!({})).send().await.bad_fields();
            bad.sort();
            assert_eq!(bad, all, "{}", operation.id);
        }

        for (pointer, name) in places(&body) {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            if operation.optional.contains(key) {
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
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    let others = [json!("text"), json!(7), json!(7.5), json!(true), json!([]), json!({}), json!([[]]), json!("1"), json!(1e300)];
    let kind = std::mem::discriminant::<Value>;
    for (operation, body) in with_body() {
        for (pointer, name) in places(&body) {
            let right = body.pointer(&pointer).unwrap();
            if ["proctorLogin", "candidateStart", "usePass"].contains(&operation.id) {
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

/// A value just within what the description allows, one just beyond, and the number that says where.
fn edges(example: &Value, described: &Value) -> Vec<(Value, Value, i64)> {
    let texts = |length: i64| json!(format!("Aa1{}", "x".repeat(usize::try_from(length).unwrap() - 3)));
    let items = |length: i64| Value::Array(vec![example[0].clone(); usize::try_from(length).unwrap()]);
    let bound = |name: &str| described[name].as_i64();
    [
        bound("maxLength").filter(|_| described["format"] != "email").map(|max| (texts(max), texts(max + 1), max)),
        bound("minLength").map(|min| (texts(min), texts(min - 1), min)),
        bound("maxItems").map(|max| (items(max), items(max + 1), max)),
        bound("minItems").map(|min| (items(min), items(min - 1), min)),
        bound("maximum").map(|max| (json!(max), json!(max + 1), max)),
        bound("minimum").map(|min| (json!(min), json!(min - 1), min)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test]
async fn the_bounds_in_the_description_are_those_of_the_handlers() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    let mut held = BTreeSet::new();
    for (operation, body) in with_body() {
        for (pointer, name) in places(&body) {
            for (within, beyond, bound) in edges(body.pointer(&pointer).unwrap(), contract::field(operation.id, &pointer)) {
                let send = async |value: Value| {
                    let mut changed = body.clone();
                    *changed.pointer_mut(&pointer).unwrap() = value;
                    stage.call(&operation).header("accept-language", "en").json(&changed).send().await
                };
                let place = format!("{} {name} {bound}", operation.id);
                let errors = send(beyond).await.body["errors"].clone();
                let error = errors.as_array().and_then(|errors| errors.iter().find(|error| error["field"] == name.as_str()));
                let message = error.unwrap_or_else(|| panic!("{place}: {errors}"))["message"].as_str().unwrap();
                assert!(
                    message.split(|c: char| !c.is_ascii_digit() && c != '-').any(|number| number == bound.to_string()),
                    "{place}: {message}"
                );
                let errors = send(within).await.body["errors"].clone();
                let is_wrong = errors.as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == name.as_str()));
                assert!(!is_wrong, "{place}: {errors}");
                held.insert(place);
            }
        }
    }
    assert!(held.len() >= 18, "{held:#?}");
}

#[tokio::test]
async fn unknown_and_repeated_fields_do_no_harm() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
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

#[tokio::test]
async fn an_unknown_path_is_not_found_and_a_wrong_method_is_told_the_right_ones() {
    let api = Api::anywhere().await;
    for path in ["/sessions/", "/Sessions", "/nothing", "/sessions/12345/board/x", "/openapi.json/", "/.well-known", "/accounts/x"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            api.call(method, path).send().await.refused(404, "not_found");
        }
    }
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        paths.entry(operation.path).or_default().insert(operation.method.to_string());
    }
    for (path, methods) in paths {
        let given = path.replace("{session}", "9533127").replace("{candidate}", &"A".repeat(26));
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            // Or another operation's pattern takes it, as a candidate's id.
            if methods.contains(method.as_str()) || contract::operation(&method, &given).is_some() {
                continue;
            }
            let refused = api.call(method, given.as_str()).send().await;
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
async fn a_page_has_1_to_100_sessions() {
    let api = Api::anywhere().await;
    let organiser = api.organiser().await;
    let list = async |query: &str| api.get(format!("/sessions{query}")).token(&organiser).send().await;
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
        list(query).await.ok();
    }
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
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
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
        ("password", "Bonjour2012!", "weak_password"),
        ("password", "Camille.Martin1", "weak_password"),
        ("password", "", "required"),
        ("email", "", "required"),
        ("email", "a@example.org\u{0}", "invalid_email"),
        ("email", "Camille <a@example.org>", "invalid_email"),
        ("firstName", "a\u{0}b", "invalid"),
        ("firstName", "🙂", "invalid"),
    ] {
        changed(&stage, "signup", json!({field: value}), &[&format!("{field} {code}")]).await;
    }
    for password in ["        Aa1        ", "Été à 4h", "ÀÉÎõüÿç 1234", &format!("Aa1{}", "é".repeat(252))] {
        changed(&stage, "signup", json!({"password": password, "email": email("a"), "firstName": "é".repeat(255)}), &[]).await;
    }
}

#[tokio::test]
async fn a_session_names_all_that_is_wrong_with_it() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
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
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    let pupil = |n: usize, changes: Value| {
        let mut pupil = identity(n);
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
    let hundred: Vec<_> = (0..100).map(identity).collect();
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
    assert_eq!(stage.pupil.room.board().await["candidates"].as_array().unwrap().len(), 2, "nobody was enrolled");
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
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    let room = &stage.pupil.room;
    let nobody = room.path(&format!("/candidates/{}/presence", "A".repeat(26)));
    let others = Room::organised(&api, api.other_organiser().await, Timestamp::now()).await;
    for body in ["{", "{}", "[]", r#"{"present": 1, "candidates": 1}"#] {
        api.put(nobody.as_str()).token(&room.proctor).body(body).send().await.refused(404, "candidate_not_found");
        api.post(others.path("/candidates")).token(&room.organiser).body(body).send().await.refused(404, "session_not_found");
    }
    let finalise = async |room: &Room| api.post(room.path("/finalise")).token(&stage.pupil.room.organiser).key("k".repeat(65)).send().await;
    finalise(&others).await.refused(404, "session_not_found");
    assert_eq!(finalise(room).await.bad_fields(), ["Idempotency-Key too_long"]);
}

#[tokio::test]
async fn a_wrong_body_does_not_tell_whether_a_session_exists() {
    let api = Api::anywhere().await;
    let stage = Stage::set(&api).await;
    for body in ["{", "{}", "[]"] {
        let join = async |session: &str| api.post(format!("/sessions/{session}/join")).token(&stage.account).body(body).send().await;
        let exists = join(&stage.pupil.room.number).await;
        assert!(matches!(exists.code(), "malformed_body" | "invalid_fields"), "{}", exists.body);
        for unknown in ["99999999", "1"] {
            let unknown = join(unknown).await;
            assert_eq!((unknown.status, &unknown.body["errors"]), (exists.status, &exists.body["errors"]));
        }
    }
}

#[tokio::test]
async fn refusals_speak_the_language_asked_for() {
    let api = Api::anywhere().await;
    let refused =
        async |language: &str| api.post("/accounts").header("accept-language", language).json(&json!({"acceptTerms": false})).send().await;
    let french = api.post("/accounts").json(&json!({"acceptTerms": false})).send().await;
    let english = refused("en").await;
    for (answer, language) in [(&french, "fr"), (&english, "en")] {
        assert_eq!((answer.header("content-language"), answer.header("content-type")), (Some(language), Some("application/problem+json")));
        assert!(
            answer.header("vary").unwrap().split(", ").any(|name| name == "accept-language"),
            "in one line: API Gateway takes one of each header"
        );
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

/// One answer of every kind there is, to a page of this origin.
pub async fn answers(api: &Api, origin: &str) -> Vec<Answer> {
    let stage = Stage::set(api).await;
    let room = &stage.pupil.room;
    let from = |call: Call| call.header("origin", origin);
    let board = from(api.get(room.path("/board")).token(&room.proctor)).send().await;
    let unchanged =
        from(api.get(room.path("/board")).token(&room.proctor).header("if-none-match", board.header("etag").unwrap())).send().await;
    let started =
        from(api.post(stage.pupil.path("/start")).token(&stage.pupil.token)).json(&json!({"accessCode": room.access_code})).send().await;
    let mut answers = vec![
        unchanged,
        started,
        from(api.post(stage.pupil.path("/leave")).token(&stage.pupil.token)).send().await,
        from(api.get(stage.pupil.path("")).token(&stage.pupil.token)).send().await,
        from(api.get("/health")).send().await,
        from(api.get("/openapi.json")).send().await,
        from(api.post("/login")).body("{").send().await,
        from(api.get("/sessions")).send().await,
        from(api.get("/sessions").token(&stage.account)).send().await,
        from(api.get("/nothing")).send().await,
        from(api.delete("/login")).send().await,
        from(api.put(stage.pupil.path("/presence")).token(&room.proctor)).json(&json!({"present": true})).send().await,
        from(api.post("/accounts")).json(&json!({})).send().await,
        from(api.post("/login")).body(" ".repeat(MAX_BODY_BYTES + 1)).send().await,
    ];
    let nobody = email("nobody");
    for _ in 0..11 {
        let login = from(api.post("/login")).json(&json!({"email": nobody, "password": "x"}));
        answers.push(login.send().await);
    }
    answers.push(board);
    answers
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let answers = answers(&Api::anywhere().await, "https://elsewhere.example.org").await;
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
        assert_eq!(answer.header("access-control-allow-origin"), None, "{}", answer.call);
    }
}
