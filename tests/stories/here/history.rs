//! Who did what, by name, where people are called differently.

use jiff::SignedDuration;
use shared::{
    domain::{
        account::{Email, Role},
        act::Act,
        actor::Actor,
        centre::CentreId,
        code::TypedPass,
        decision::Change,
        identity::CandidateId,
        request::RequestId,
        session::SessionNumber,
    },
    http::token::{Claims, Kind},
};
use tests::{Pupil, Room, Value, World, answer, json, people::identity};

/// The token of an account that calls itself so.
fn account(world: &World, name: &str, centre: Option<CentreId>) -> String {
    let (first, last) = name.split_once(' ').unwrap();
    let mut claims = Claims::new(Kind::Account, &format!("account of {name}"), world.now(), world.now() + SignedDuration::from_hours(8));
    (claims.given_name, claims.family_name) = (Some(first.to_owned()), Some(last.to_owned()));
    claims.email = Email::parse("somebody@example.org").ok();
    claims.roles = centre.iter().map(|_| Role::Organiser).collect();
    claims.centre = centre;
    world.app.tokens().unwrap().issue(claims).unwrap()
}

async fn proctor(world: &World, room: &Room, name: &str) -> String {
    let login = world.post(room.path("/proctors")).token(&account(world, name, None)).json(&json!({"password": room.session_password}));
    answer(&login.send().await.ok(), "accessToken")
}

async fn join(world: &World, pupil: &mut Pupil, name: &str) {
    pupil.account = account(world, name, None);
    pupil.join(&identity(0)).await;
}

/// Issues a pass, which somebody uses.
async fn let_in(world: &World, pupil: &Pupil, proctor: &str) {
    let (session, id) = (SessionNumber::parse(&pupil.room.number).unwrap(), CandidateId::parse(&pupil.id).unwrap());
    let codes = world.app.codes().unwrap();
    let tag = codes.pass_tag(&session, TypedPass::parse("22222222").as_pass().unwrap());
    let (at, ends_at) = (world.now(), world.now() + SignedDuration::from_mins(10));
    let change = |act: Act, by: Actor| Change { request: RequestId::of("pass", &[act.action().name()]), act, by, at, start: None };
    let by = Actor::proctor(answer(&tests::record::claims(proctor), "sub"), 1);
    world.app.store().issue_pass(&session, &id, &change(Act::IssuePass { tag: tag.clone(), ends_at }, by)).await.unwrap();
    let by = Actor::candidate(codes.pass_account(&tag));
    world.app.store().use_pass(&session, &tag, &change(Act::UsePass { tag: tag.clone() }, by)).await.unwrap();
}

/// An entry in a few words.
fn told(event: &Value) -> String {
    let (action, role) = (answer(event, "action"), answer(event, "role"));
    let name = ["firstName", "lastName"].map(|name| event["by"][name].as_str().unwrap_or("?"));
    let why = event["reason"].as_str().map(|reason| format!(": {} min, {reason}", event["minutes"])).unwrap_or_default();
    let former = event.get("former").map(|former| format!(", was {former}")).unwrap_or_default();
    format!("{action} by {role} {}{why}{former}", name.join(" "))
}

fn told_of(history: &Value) -> Vec<String> {
    history["history"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn a_whole_day_is_told_by_name() {
    let world = World::new().await;
    let centre = CentreId::from(ulid::Ulid::generate());
    let organiser = account(&world, "Odile Rey", Some(centre.clone()));
    let colleague = account(&world, &format!("Ada {}", "y".repeat(41)), Some(centre));
    let theirs = Room::organised(&world, organiser.clone(), world.now()).await;
    let room = Room::organised(&world, organiser, world.now()).await;
    let [paul, rim] = [proctor(&world, &room, "Paul Durand").await, proctor(&world, &room, "Rim Haddad").await];
    let mut pupil = room.pupil().await;
    let seen = pupil.clone();
    let act = async |action: &str, token: &str| seen.call(action, token, &ulid::Ulid::generate().to_string()).send().await.ok();
    let intruder = "x".repeat(41);
    join(&world, &mut pupil.clone(), &format!("Max {intruder}")).await;
    act("unlink", &colleague).await;
    join(&world, &mut pupil, "Zoé Bern").await;
    act("tick", &rim).await;
    pupil.start("1").await.ok();
    act("call", &pupil.token).await;
    act("answer", &rim).await;
    act("add_minutes", &paul).await;
    act("add_minutes", &room.organiser).await;
    act("add_minutes", &colleague).await;
    let correction = json!({"lastName": "Bernhard", "birthdate": "2012-05-13", "extraTimePercent": 33});
    world.patch(pupil.path("")).token(&room.organiser).json(&correction).send().await.ok();
    world.patch(pupil.path("")).token(&colleague).json(&json!({"lastName": "Bernard"})).send().await.ok();
    act("leave", &pupil.token).await;
    let_in(&world, &pupil, &rim).await;
    act("authorise", &paul).await;
    world.post(room.path("/finalise")).token(&colleague).send().await.ok();

    let history = world.get(pupil.path("/history")).token(&rim).send().await.ok();
    let expected = [
        "enrol by organiser Odile Rey",
        &format!("join by candidate Max {}…", &intruder[1..]),
        &format!("unlink by organiser Ada {}…", "y".repeat(40)),
        "join by candidate Zoé Bern",
        "tick by proctor Rim Haddad",
        "start by candidate Zoé Bern",
        "add_minutes by proctor Paul Durand: 3 min, panne",
        "add_minutes by organiser Odile Rey: 3 min, panne",
        &format!("add_minutes by organiser Ada {}…: 3 min, panne", "y".repeat(40)),
        r#"correct by organiser Odile Rey, was {"birthdate":"2012-05-31","extraTimePercent":0,"lastName":"Bernard"}"#,
        &format!(r#"correct by organiser Ada {}…, was {{"lastName":"Bernhard"}}"#, "y".repeat(40)),
        "leave by candidate Zoé Bern",
        "issue_pass by proctor Rim Haddad",
        "use_pass by candidate ? ?",
        "authorise by proctor Paul Durand",
        &format!("end by finalisation Ada {}…", "y".repeat(40)),
    ];
    assert_eq!(told_of(&history), expected);
    assert!(history["history"].as_array().unwrap().iter().all(|event| event["by"].is_null() == (event["action"] == "use_pass")));
    let list = json!({"candidates": [identity(1)]});
    let enrolled = world.post(theirs.path("/candidates")).token(&colleague).json(&list).send().await.ok();
    let path = theirs.path(&format!("/candidates/{}/history", answer(&enrolled["candidates"][0], "id")));
    let history = world.get(path).token(&theirs.organiser).send().await.ok();
    assert_eq!(told_of(&history), [format!("enrol by organiser Ada {}…", "y".repeat(40))], "in a session that another created");
    let elsewhere = Room::open(&world).await;
    let by = async |token: &str| world.get(pupil.path("/history")).token(token).send().await;
    by(&pupil.token).await.refused(401, "unauthenticated");
    by(&elsewhere.proctor).await.refused(403, "forbidden");
    by(&elsewhere.organiser).await.refused(404, "session_not_found");
}
