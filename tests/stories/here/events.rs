//! Each event of `events/`, as API Gateway sends it, in that function's own router.

use http_body_util::BodyExt;
use lambda_http::http::{Response, header::ALLOW};
use shared::http::layers;
use std::collections::BTreeSet;
use tests::{
    Pupil, Room, Value, World, answer, contract,
    functions::{ROUTED, events},
    json,
};
use tower::ServiceExt;

/// Whose token the request bears.
#[derive(Clone, Copy)]
enum As {
    Nobody,
    Organiser,
    Proctor,
    /// The pupil's account.
    Account,
    Candidate,
    Attempt,
}

/// How far the pupil has come before.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Before {
    Nothing,
    Enrolled,
    Joined,
    Ticked,
    Started,
}

/// Each event: who sends it, when, and the status of the answer.
const EVENTS: [(&str, As, Before, u16); 24] = [
    ("api-root-health", As::Nobody, Before::Nothing, 200),
    ("api-root-jwks", As::Nobody, Before::Nothing, 200),
    ("api-root-openapi", As::Nobody, Before::Nothing, 200),
    ("api-root-unmatched", As::Nobody, Before::Nothing, 404),
    ("candidate-finish", As::Attempt, Before::Started, 200),
    ("candidate-join", As::Account, Before::Enrolled, 200),
    ("candidate-leave", As::Candidate, Before::Started, 204),
    ("candidate-start", As::Candidate, Before::Ticked, 201),
    ("candidate-status", As::Candidate, Before::Joined, 200),
    ("candidate-unlink", As::Proctor, Before::Joined, 200),
    ("check-in", As::Proctor, Before::Enrolled, 200),
    ("check-in-several", As::Proctor, Before::Enrolled, 200),
    ("create-session", As::Organiser, Before::Nothing, 201),
    ("end-test", As::Proctor, Before::Started, 200),
    ("enrol-candidates", As::Organiser, Before::Nothing, 201),
    ("finalise-session", As::Organiser, Before::Started, 200),
    ("list-sessions", As::Organiser, Before::Nothing, 200),
    ("login", As::Nobody, Before::Nothing, 200),
    ("proctor-kit", As::Organiser, Before::Nothing, 200),
    ("proctor-login", As::Account, Before::Nothing, 200),
    ("resume", As::Proctor, Before::Started, 200),
    ("resume-withdraw", As::Proctor, Before::Started, 200),
    ("session-board", As::Proctor, Before::Started, 200),
    ("signup", As::Nobody, Before::Nothing, 201),
];

/// The numbers, ids and codes that stand in the events.
const SESSION: &str = "95331";
const CANDIDATES: [&str; 3] = ["KZ2XQ5DHP3WJ6YBT7MFA4ECVGU", "B6TQ2WMRA7YJ5XNKD3HZ4OVFLE", "QH4LU3ZC6EPXD2YVM5SG7BRATW"];
const SESSION_PASSWORD: &str = "C-7GHJ4K";
const ACCESS_CODE: &str = "XGDZ45";

/// A room of its own, and what has to stand in the event instead.
struct Prepared {
    room: Room,
    token: String,
    ids: Vec<String>,
}

async fn prepare(world: &World, who: As, before: Before) -> Prepared {
    let room = Room::open(world).await;
    let zoe = json!({"firstName": "Zoé", "lastName": "Bernard", "birthdate": "2012-05-31"});
    let mut pupil =
        Pupil { room: room.clone(), id: String::new(), name: "Zoé Bernard".into(), account: world.account().await, token: String::new() };
    let (mut ids, mut attempt) = (vec![], String::new());
    if before >= Before::Enrolled {
        let list = json!({"candidates": [zoe, tests::people::identity(1), tests::people::identity(2)]});
        let enrolled = world.post(room.path("/candidates")).token(&room.organiser).json(&list).send().await.ok();
        ids = enrolled["candidates"].as_array().unwrap().iter().map(|view| answer(view, "id")).collect();
        pupil.id.clone_from(&ids[0]);
    }
    if before >= Before::Joined {
        pupil.join(&zoe).await;
    }
    if before >= Before::Ticked {
        pupil.tick(true).await.ok();
    }
    if before >= Before::Started {
        attempt = answer(&pupil.start("before").await.ok(), "accessToken");
    }
    let token = match who {
        As::Nobody => String::new(),
        As::Organiser => room.organiser.clone(),
        As::Proctor => room.proctor.clone(),
        As::Account => pupil.account,
        As::Candidate => pupil.token,
        As::Attempt => attempt,
    };
    Prepared { room, token, ids }
}

impl Prepared {
    fn fill_in(&self, event: &Value) -> Value {
        let mut text = event.to_string().replace("Bearer TOKEN", &format!("Bearer {}", self.token)).replace(SESSION, &self.room.number);
        text = text.replace(SESSION_PASSWORD, &self.room.session_password).replace(ACCESS_CODE, &self.room.access_code);
        for (example, id) in CANDIDATES.iter().zip(&self.ids) {
            text = text.replace(example, id);
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// Hands an event to a function as the Lambda runtime does.
async fn invoke(world: &World, function: &str, event: &Value) -> (Response<()>, Value) {
    let (_, routes) = ROUTED.into_iter().find(|(name, _)| *name == function).unwrap();
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let answer = layers::service(routes(), &world.app).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), serde_json::from_slice(&body).unwrap_or_default())
}

async fn grant(world: &World) {
    let event = events().into_iter().find(|(name, ..)| name == "grant-organiser").unwrap().2;
    let granted = grant_organiser::grant(world.app.store(), serde_json::from_value(event.clone()).unwrap()).await.unwrap();
    assert_eq!(serde_json::to_value(granted).unwrap(), json!({"granted": event["email"]}));
}

#[tokio::test]
async fn each_function_takes_its_events() {
    let world = World::new().await;
    let mut all = events();
    // An account is there before somebody logs in to it.
    all.sort_by_key(|(name, ..)| (name == "login", name.clone()));
    for (name, function, event) in all.into_iter().filter(|(name, ..)| name != "grant-organiser") {
        let (_, who, before, status) = *EVENTS.iter().find(|(event, ..)| *event == name).unwrap_or_else(|| panic!("{name} is not tested"));
        let prepared = prepare(&world, who, before).await;
        let event = prepared.fill_in(&event);
        if name == "login" {
            grant(&world).await;
        }
        let (answer, body) = invoke(&world, &function, &event).await;
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
    }
}

#[tokio::test]
async fn a_body_may_come_in_base64() {
    let world = World::new().await;
    let (name, function, mut event) = events().into_iter().find(|(name, ..)| name == "signup").unwrap();
    let body = data_encoding::BASE64.encode(event["body"].as_str().unwrap().as_bytes());
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(true);
    let (answer, body) = invoke(&world, &function, &event).await;
    assert_eq!((answer.status().as_u16(), &body["lastName"]), (201, &json!("Lefèvre")), "{name}");
}

#[tokio::test]
async fn the_role_is_only_given_to_an_account() {
    let world = World::new().await;
    for (email, reason) in
        [("nobody@example.org", "no account has this e-mail address; the person signs up first"), ("nobody", "email: invalid_email")]
    {
        let refused =
            grant_organiser::grant(world.app.store(), serde_json::from_value(json!({"email": email})).unwrap()).await.unwrap_err();
        assert_eq!(refused.to_string(), reason);
    }
}

#[tokio::test]
async fn a_wrong_method_comes_unmatched_and_learns_the_right_ones() {
    let world = World::new().await;
    let unmatched = events().into_iter().find(|(name, ..)| name == "api-root-unmatched").unwrap().2;
    let paths: BTreeSet<_> = contract::operations().into_iter().map(|(_, path, _)| path).collect();
    for path in paths {
        let methods: BTreeSet<_> =
            contract::operations().into_iter().filter(|(_, of, _)| *of == path).map(|(method, ..)| method.to_string()).collect();
        let mut event = unmatched.clone();
        let given = path.replace("{session}", SESSION).replace("{candidate}", CANDIDATES[0]);
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
