//! What each action asks of DynamoDB, attempts included, for every outcome. Speed by design: a
//! request more at this place is a decision. What it asks is what its function may do, and no more.

use std::collections::{BTreeMap, BTreeSet};
use tests::{
    Answer, Pupil, Room, Value, World, answer, contract,
    functions::{deployed, file},
    json,
    people::identity,
};

/// One request for what a whole room does at once; two where two records are involved.
#[expect(clippy::too_many_lines, reason = "one line for each outcome")]
async fn every_outcome(world: &World) -> Report<'_> {
    let room = Room::open(world).await;
    let mut report = Report::new(world);

    let list = json!({"candidates": (0..3).map(identity).collect::<Vec<_>>()});
    let enrol = |list: &Value| world.post(room.path("/candidates")).token(&room.organiser).json(list).send();
    report.of("enrol", "ok", &["GetItem", "TransactWriteItems"], &enrol(&list).await);
    report.of("enrol", "already_enrolled", &["GetItem", "TransactWriteItems"], &enrol(&list).await);
    report.of("enrol", "already_enrolled", &["GetItem", "BatchGetItem"], &enrol(&json!({"candidates": [identity(7), identity(7)]})).await);
    report.of("enrol", "invalid_fields", &["GetItem"], &enrol(&json!({})).await);

    let person =
        json!({"firstName": "Ana", "lastName": "Lima", "email": "ana.lima@example.org", "password": "Certification1", "acceptTerms": true});
    let login = |password: &str| world.post("/login").json(&json!({"email": "ana.lima@example.org", "password": password})).send();
    report.of("login", "invalid_credentials", &["GetItem", "UpdateItem"], &login("Certification1").await);
    report.of("signup", "ok", &["PutItem"], &world.post("/accounts").json(&person).send().await);
    report.of("signup", "email_taken", &["PutItem"], &world.post("/accounts").json(&person).send().await);
    report.of("login", "ok", &["GetItem", "UpdateItem"], &login("Certification1").await);
    for _ in 0..10 {
        report.of("login", "invalid_credentials", &["GetItem", "UpdateItem"], &login("wrong").await);
    }
    report.of("login", "too_many_attempts", &["GetItem"], &login("Certification1").await);

    let create = world.post("/sessions").token(&room.organiser).json(&tests::people::session_at(world.now())).send().await;
    report.of("create-session", "ok", &["PutItem"], &create);
    report.of("list-sessions", "ok", &["Query"], &world.get("/sessions").token(&room.organiser).send().await);
    report.of("kit", "ok", &["GetItem"], &world.get(room.path("/kit")).token(&room.proctor).send().await);
    report.of("board", "ok", &["Query"], &world.get(room.path("/board")).token(&room.proctor).send().await);

    let account = world.account().await;
    let proctor = |password: &str| world.post(room.path("/proctors")).token(&account).json(&json!({"password": password})).send();
    report.of("proctor-login", "ok", &["GetItem", "DeleteItem"], &proctor(&room.session_password).await);
    report.of("proctor-login", "invalid_session_credentials", &["GetItem", "UpdateItem"], &proctor("no").await);

    let mut pupil =
        Pupil { room: room.clone(), id: String::new(), name: String::new(), account: world.account().await, token: String::new() };
    let join = |pupil: &Pupil, n: usize| world.post(room.path("/join")).token(&pupil.account).json(&identity(n)).send();
    report.of("join", "candidate_not_found", &["BatchGetItem"], &join(&pupil, 9).await);
    let joined = join(&pupil, 0).await;
    report.of("join", "ok", &["BatchGetItem", "TransactWriteItems"], &joined);
    pupil.token = answer(&joined.body, "accessToken");
    pupil.id = answer(&joined.body["candidate"], "id");
    report.of("join", "ok", &["BatchGetItem"], &join(&pupil, 0).await);
    report.of("join", "account_already_linked", &["BatchGetItem", "TransactWriteItems"], &join(&pupil, 1).await);
    let other = Pupil { account: world.account().await, ..pupil.clone() };
    report.of("join", "candidate_already_linked", &["BatchGetItem"], &join(&other, 0).await);
    report.of("unlink", "ok", &["BatchGetItem", "TransactWriteItems"], &pupil.unlink().await);
    report.of("unlink", "ok", &["BatchGetItem"], &pupil.unlink().await);
    pupil.join(&identity(0)).await;
    world.meter.take();

    let status = |token: &str| world.get(pupil.path("")).token(token).send();
    report.of("status", "ok", &["BatchGetItem"], &status(&pupil.token).await);
    report.of("leave", "not_started", &["UpdateItem"], &pupil.act("leave", &pupil.token).await);
    report.of("start", "wrong_access_code", &["UpdateItem"], &pupil.start_with("0", "wrong").await);
    report.of("start", "not_checked_in", &["UpdateItem", "UpdateItem"], &pupil.start("1").await);
    report.of("start", "not_checked_in", &["UpdateItem"], &pupil.start("1b").await);
    report.of("presence", "ok", &["UpdateItem"], &pupil.tick(true).await);
    report.of("presence", "ok", &["UpdateItem"], &pupil.tick(true).await);
    report.of("start", "ok", &["UpdateItem"], &pupil.start("2").await);
    report.of("start", "ok", &["UpdateItem"], &pupil.start("2").await);
    report.of("presence", "already_started", &["UpdateItem"], &pupil.tick(false).await);
    report.of("leave", "ok", &["UpdateItem"], &pupil.act("leave", &pupil.token).await);
    report.of("leave", "ok", &["UpdateItem"], &pupil.act("leave", &pupil.token).await);
    report.of("start", "resume_not_authorised", &["UpdateItem", "UpdateItem"], &pupil.start("3").await);
    report.of("start", "attempt_superseded", &["UpdateItem"], &{
        pupil.authorise().await.ok();
        pupil.start("4").await.ok();
        world.meter.take();
        pupil.start("2").await
    });
    report.of("resume", "ok", &["UpdateItem"], &pupil.authorise().await);
    report.of("resume", "ok", &["UpdateItem"], &pupil.withdraw().await);
    report.of("finish", "ok", &["UpdateItem"], &pupil.act("finish", &pupil.token).await);
    report.of("finish", "ok", &["UpdateItem"], &pupil.act("finish", &pupil.token).await);
    report.of("end", "test_ended", &["UpdateItem"], &pupil.end().await);
    report.of("start", "test_ended", &["UpdateItem"], &pupil.start("5").await);
    report.of("resume", "test_ended", &["UpdateItem"], &pupil.authorise().await);

    let mut second = room.enrol(5..6).await.remove(0);
    second.join(&identity(5)).await;
    second.tick(true).await.ok();
    for _ in 0..10 {
        second.start_with("w", "wrong").await;
    }
    world.meter.take();
    report.of("start", "too_many_attempts", &["UpdateItem"], &second.start("1").await);
    report.of("start", "too_many_attempts", &["UpdateItem"], &second.start_with("w", "wrong").await);
    world.pass(jiff::SignedDuration::from_mins(2));
    second.start("1").await.ok();
    world.meter.take();
    report.of("end", "ok", &["UpdateItem"], &second.end().await);
    report.of("end", "ok", &["UpdateItem"], &second.end().await);

    let several = json!({"present": true, "candidates": [pupil.id, second.id]});
    report.of(
        "presence of several",
        "ok",
        &["UpdateItem", "UpdateItem"],
        &world.put(room.path("/presence")).token(&room.proctor).json(&several).send().await,
    );
    let unknown = room.path(&format!("/candidates/{}/presence", "A".repeat(26)));
    let presence = |body: &Value| world.put(&unknown).token(&room.proctor).json(body).send();
    report.of("presence", "candidate_not_found", &["UpdateItem"], &presence(&json!({"present": true})).await);
    report.of("presence", "candidate_not_found", &["GetItem"], &presence(&json!({})).await);
    let closing = ["UpdateItem", "Query", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem"];
    report.of("finalise", "ok", &closing, &room.finalise().await);
    report.of("finalise", "ok", &["UpdateItem", "Query"], &room.finalise().await);
    report.of("start", "session_finalised", &["UpdateItem"], &second.start("9").await);
    report.of("health", "ok", &[], &world.get("/health").send().await);
    report.of("any", "unauthenticated", &[], &world.get(room.path("/board")).send().await);
    report.of("any", "forbidden", &[], &world.get("/sessions/99999/board").token(&room.proctor).send().await);
    report
}

#[tokio::test]
async fn each_action_makes_as_many_requests_as_it_should() {
    let world = World::new().await;
    every_outcome(&world).await.print();
}

#[tokio::test]
async fn each_function_has_the_rights_it_uses_and_no_other() {
    let world = World::new().await;
    let mut used = every_outcome(&world).await.rights;
    let nobody = serde_json::from_value(json!({"email": "nobody@example.org"})).unwrap();
    grant_organiser::grant(world.app.store(), nobody).await.unwrap_err();
    used.insert("grant-organiser".into(), named(world.meter.take().rights));
    for function in deployed() {
        assert_eq!(used.remove(&function.name).unwrap_or_default(), function.may(), "{}: used / allowed by template.yaml", function.name);
    }
    assert!(used.is_empty(), "not in template.yaml: {used:?}");
}

type Rights = BTreeSet<(String, String)>;

fn named(rights: BTreeSet<(&str, String)>) -> Rights {
    rights.into_iter().map(|(action, resource)| (action.to_owned(), resource)).collect()
}

/// The function that a request goes to.
fn function_of(call: &str) -> String {
    let (method, path) = call.split_once(' ').unwrap();
    let (route, _) = contract::operation(&method.parse().unwrap(), path).unwrap();
    let route = format!("{method} {route}");
    deployed().into_iter().find(|function| function.routes.contains(&route)).unwrap().name
}

/// What `docs/figures.toml` says of an action is what it asks for, in a room of 30 on an ordinary day.
#[tokio::test]
async fn the_planner_reckons_with_what_is_asked() {
    let figures: Value = toml::from_str(&file("docs/figures.toml")).unwrap();
    // The embedded database bills as AWS does; DynamoDB Local does not, for transactions.
    let world = World::embedded().await;
    let mut checked = BTreeSet::new();
    // DynamoDB does not tell what a failed condition costs; it is billed as a write.
    let mut held = |action: &'static str, untold: f64| {
        let (reading, figure) = (world.meter.take(), &figures["actions"][action]);
        let units = ["read_units", "write_units"].map(|units| figure[units].as_f64().unwrap_or_default());
        assert_eq!(figure["requests"], reading.requests.len(), "{action}");
        assert!((units.iter().sum::<f64>() - reading.units - untold).abs() < f64::EPSILON, "{action}: {units:?}, not {}", reading.units);
        checked.insert(action);
    };

    let room = Room::open(&world).await;
    let mut pupils = room.enrol(0..30).await;
    let person =
        json!({"firstName": "Ana", "lastName": "Lima", "email": "ana@example.org", "password": "Certification1", "acceptTerms": true});
    world.post("/accounts").json(&person).send().await.ok();
    world.meter.take();
    world.post("/login").json(&json!({"email": "ana@example.org", "password": "Certification1"})).send().await.ok();
    held("login", 0.0);
    room.another_proctor().await;
    held("proctor-login", 0.0);
    world.get(room.path("/kit")).token(&room.proctor).send().await.ok();
    held("kit", 0.0);
    for (n, pupil) in pupils.iter_mut().enumerate() {
        pupil.join(&identity(n)).await;
        held("join", 0.0);
        pupil.status().await;
        held("status", 0.0);
        pupil.start("early").await.refused(403, "not_checked_in");
        held("start-refused", 1.0);
        pupil.tick(true).await.ok();
        held("presence", 0.0);
        pupil.start("in time").await.ok();
        held("start", 0.0);
    }
    room.board().await;
    held("board", 0.0);
    let [away, ill, ..] = &pupils[..] else { unreachable!() };
    away.act("leave", &away.token).await;
    held("leave", 0.0);
    away.start("too early").await.refused(403, "resume_not_authorised");
    world.meter.take();
    away.authorise().await.ok();
    held("resume", 0.0);
    ill.end().await.ok();
    held("end", 0.0);
    pupils[2].act("finish", &pupils[2].token).await.ok();
    held("finish", 0.0);
    assert_eq!(checked, figures["actions"].as_object().unwrap().keys().map(String::as_str).collect());
}

struct Report<'a> {
    world: &'a World,
    lines: Vec<String>,
    /// By function.
    rights: BTreeMap<String, Rights>,
}

impl<'a> Report<'a> {
    fn new(world: &'a World) -> Self {
        world.meter.take();
        Self { world, lines: vec![], rights: BTreeMap::new() }
    }

    #[track_caller]
    fn of(&mut self, action: &str, outcome: &str, requests: &[&str], answered: &Answer) {
        let reading = self.world.meter.take();
        assert_eq!(answered.code(), outcome, "{action}: {}", answered.body);
        assert_eq!(reading.requests, requests, "{action}, {outcome}");
        self.rights.entry(function_of(&answered.call)).or_default().extend(named(reading.rights));
        let line = format!("{action:20} {outcome:28} {}   {:5.1}", requests.len(), reading.units);
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Shown with `--nocapture`: what the planning of capacity needs.
    fn print(&self) {
        println!("action               outcome                requests   units\n{}", self.lines.join("\n"));
    }
}
