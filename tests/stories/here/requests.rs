//! What each action asks of DynamoDB, attempts included, for every outcome; a success, as its row in
//! `tests/src/operations.rs` says. Speed by design: a request more is a decision. What an action asks is what its
//! function may do, and no more.

use crate::{
    anywhere::{
        import::{self, list_of},
        import_sessions::{self as sessions, session_of},
    },
    here::{
        centres::{grant, revoke},
        events::take_events,
        import::taken_back,
        import_sessions, published,
        reopening::reopen,
    },
};
use local::functions::{authorise_channel, send_mail};
use shared::domain::letter::Purpose;
use std::collections::{BTreeMap, BTreeSet};
use tests::{
    Answer, Pupil, Room, Value, World, answer,
    functions::{Statement, deployed, file, is_like},
    json,
    meter::{Reading, Right},
    operations::{Operation, operation},
    people::identity,
    record::claims,
};

/// One request for what a whole room does at once; two where two records are involved.
#[expect(clippy::too_many_lines, reason = "one line for each outcome")]
async fn every_outcome(world: &World) -> Report<'_> {
    let mut report = Report::new(world);
    take_events(world, |function, operation, reading| report.note(function, operation, "ok", reading)).await;

    let room = Room::open(world).await;
    world.meter.take();
    let list = json!({"candidates": (0..3).map(identity).collect::<Vec<_>>()});
    let enrol = |list: &Value| world.post(room.path("/candidates")).token(&room.organiser).json(list).send();
    report.ok(&enrol(&list).await);
    report.of("already_enrolled", &["GetItem", "TransactWriteItems"], &enrol(&list).await);
    report.of("already_enrolled", &["GetItem", "BatchGetItem"], &enrol(&json!({"candidates": [identity(7), identity(7)]})).await);
    report.of("invalid_fields", &["GetItem"], &enrol(&json!({})).await);

    imports(&mut report).await;
    imports_of_sessions(&mut report).await;
    mending(&mut report).await;
    on_the_day(&mut report).await;
    passes(&mut report).await;
    accounts(&mut report).await;
    own_accounts(&mut report).await;
    centres(&mut report).await;
    letters(&mut report).await;

    let account = world.account().await;
    let proctor = |password: &str| world.post(room.path("/proctors")).token(&account).json(&json!({"password": password})).send();
    report.ok(&proctor(&room.session_password).await);
    report.of("invalid_session_credentials", &["GetItem", "UpdateItem"], &proctor("no").await);

    let mut pupil =
        Pupil { room: room.clone(), id: String::new(), name: String::new(), account: world.account().await, token: String::new() };
    let join = |pupil: &Pupil, n: usize| world.post(room.path("/join")).token(&pupil.account).json(&identity(n)).send();
    report.of("candidate_not_found", &["BatchGetItem", "UpdateItem"], &join(&pupil, 9).await);
    let joined = join(&pupil, 0).await;
    report.ok(&joined);
    pupil.token = answer(&joined.body, "accessToken");
    pupil.id = answer(&joined.body["candidate"], "id");
    report.of("ok", &["BatchGetItem"], &join(&pupil, 0).await);
    report.of("account_already_linked", &["BatchGetItem", "TransactWriteItems", "UpdateItem"], &join(&pupil, 1).await);
    let other = Pupil { account: world.account().await, ..pupil.clone() };
    report.of("candidate_already_linked", &["BatchGetItem", "UpdateItem"], &join(&other, 0).await);
    report.of("invalid_fields", &[], &world.post(room.path("/join")).token(&other.account).json(&json!({})).send().await);
    report.ok(&pupil.unlink().await);
    report.of("ok", &["BatchGetItem"], &pupil.unlink().await);
    report.of("account_unlinked", &["BatchGetItem", "UpdateItem"], &join(&pupil, 0).await);
    pupil.account = world.account().await;
    pupil.join(&identity(0)).await;
    world.meter.take();

    report.of("not_started", &["UpdateItem"], &pupil.act("leave", &pupil.token).await);
    report.of("wrong_access_code", &["UpdateItem"], &pupil.start_with("0", "wrong").await);
    report.of("not_checked_in", &["UpdateItem", "UpdateItem"], &pupil.start("1").await);
    report.of("not_checked_in", &["UpdateItem"], &pupil.start("1b").await);
    report.ok(&pupil.tick(true).await);
    report.ok(&pupil.tick(true).await);
    report.ok(&pupil.start("2").await);
    report.ok(&pupil.start("2").await);
    report.of("already_started", &["UpdateItem"], &pupil.tick(false).await);
    let attempt = answer(&pupil.start("2").await.ok(), "accessToken");
    world.meter.take();
    let say = |body: Value| world.put(pupil.path("/here")).token(&attempt).json(&body).send();
    report.ok(&say(json!({"here": true})).await);
    report.ok(&say(json!({"here": false})).await);
    report.of("invalid_fields", &["BatchGetItem"], &say(json!({})).await);
    report.ok(&pupil.act("leave", &pupil.token).await);
    report.of("ok", &["BatchGetItem"], &say(json!({"here": true})).await);
    report.ok(&pupil.act("leave", &pupil.token).await);
    report.of("resume_not_authorised", &["UpdateItem", "UpdateItem"], &pupil.start("3").await);
    report.of("attempt_superseded", &["UpdateItem"], &{
        pupil.authorise().await.ok();
        pupil.start("4").await.ok();
        world.meter.take();
        pupil.start("2").await
    });
    report.of("attempt_superseded", &["BatchGetItem"], &say(json!({"here": true})).await);
    report.ok(&pupil.authorise().await);
    report.ok(&pupil.withdraw().await);
    report.ok(&pupil.act("finish", &pupil.token).await);
    report.ok(&pupil.act("finish", &pupil.token).await);
    report.of("test_ended", &["UpdateItem"], &pupil.end().await);
    report.of("test_ended", &["UpdateItem"], &pupil.start("5").await);
    report.of("test_ended", &["UpdateItem"], &pupil.authorise().await);

    let mut second = room.enrol(5..6).await.remove(0);
    second.join(&identity(5)).await;
    second.tick(true).await.ok();
    for _ in 0..10 {
        second.start_with("w", "wrong").await;
    }
    world.meter.take();
    report.of("too_many_attempts", &["UpdateItem"], &second.start("1").await);
    report.of("too_many_attempts", &["UpdateItem"], &second.start_with("w", "wrong").await);
    world.pass(jiff::SignedDuration::from_mins(2));
    second.start("1").await.ok();
    world.meter.take();
    report.ok(&second.end().await);
    report.ok(&second.end().await);

    let several = json!({"present": true, "candidates": [pupil.id, second.id]});
    report.of("ok", &["UpdateItem", "UpdateItem"], &world.put(room.path("/presence")).token(&room.proctor).json(&several).send().await);
    let unknown = room.path(&format!("/candidates/{}/presence", "A".repeat(26)));
    let presence = |body: &Value| world.put(&unknown).token(&room.proctor).json(body).send();
    report.of("candidate_not_found", &["UpdateItem"], &presence(&json!({"present": true})).await);
    report.of("candidate_not_found", &["GetItem"], &presence(&json!({})).await);
    let closing = ["UpdateItem", "Query", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem"];
    let finalise = world.post(room.path("/finalise")).token(&room.organiser);
    report.of("invalid_fields", &["GetItem"], &finalise.key("k".repeat(65)).send().await);
    report.of("ok", &closing, &room.finalise().await);
    report.of("ok", &["UpdateItem", "Query"], &room.finalise().await);
    report.ok(&room.report().await);
    let elsewhere = Room { organiser: world.other_organiser().await, ..room.clone() };
    world.meter.take();
    report.of("session_not_found", &["Query"], &elsewhere.report().await);
    report.of("session_finalised", &["GetItem", "TransactWriteItems"], &proctor(&room.session_password).await);
    report.of("session_finalised", &["UpdateItem"], &second.start("9").await);
    report.of("unauthenticated", &[], &world.get(room.path("/board")).send().await);
    report.of("forbidden", &[], &world.get("/sessions/99999/board").token(&room.proctor).send().await);
    report
}

/// Lists from files, of which one takes two transactions.
async fn imports(report: &mut Report<'_>) {
    let world = report.world;
    let room = Room::open(world).await;
    let send = |query: &'static str, key: &'static str, list: String| {
        let room = room.clone();
        async move { import::send(&room, query, key, "text/csv", list).await }
    };
    world.meter.take();
    report.of("ok", &["Query"], &send("?dryRun=true", "", list_of(0..3)).await);
    report.ok(&send("", "1", list_of(0..3)).await);
    report.of("ok", &["Query"], &send("", "1", list_of(0..3)).await);
    report.of("ok", &["Query"], &send("", "2", list_of(0..3)).await);
    report.of("ok", &["Query", "TransactWriteItems", "TransactWriteItems"], &send("", "3", list_of(0..150)).await);
    report.of("ok", &["Query"], &send("", "3", list_of(0..150)).await);
    report.of("key_reused", &["Query"], &send("", "3", list_of(0..3)).await);
    report.of("session_full", &["Query"], &send("", "4", list_of(0..301)).await);
    let gone = room.board().await["candidates"][0]["id"].as_str().unwrap().to_owned();
    world.delete(room.path(&format!("/candidates/{gone}"))).token(&room.organiser).send().await.ok();
    world.meter.take();
    report.of("key_reused", &["Query"], &send("", "3", list_of(0..150)).await);
    report.of("invalid_fields", &["Query"], &send("", "5", "Martin;;14/03/2012".to_owned()).await);
    report.of("unreadable_file", &["Query"], &send("", "5", String::new()).await);
    report.of("invalid_fields", &["Query"], &send("?dryRun=x", "", String::new()).await);
    room.finalise().await.ok();
    world.meter.take();
    report.of("session_finalised", &["Query"], &send("", "6", list_of(0..151)).await);
}

/// Sessions from files, of which one takes two transactions.
async fn imports_of_sessions(report: &mut Report<'_>) {
    let world = report.world;
    let (organiser, site) = (world.organiser().await, sessions::site());
    let send = |query: &'static str, key: &'static str, list: String| {
        let organiser = organiser.clone();
        async move { sessions::send(&world.api, &organiser, query, key, "text/csv", list).await }
    };
    let session = |room: &str, numbers| session_of(&site, room, numbers);
    world.meter.take();
    report.of("ok", &["Query"], &send("?dryRun=true", "", session("1", 0..3)).await);
    report.of("ok", &["Query", "PutItem", "TransactWriteItems"], &send("", "1", session("1", 0..3)).await);
    report.of("ok", &["Query", "Query"], &send("?dryRun=true", "1", session("1", 0..3)).await);
    report.of("ok", &["Query", "Query", "PutItem"], &send("", "1", session("1", 0..3)).await);
    report.of("ok", &["Query", "Query", "PutItem", "TransactWriteItems"], &send("", "2", session("1", 0..4)).await);
    report.of("ok", &["Query", "PutItem", "TransactWriteItems", "TransactWriteItems"], &send("", "3", session("2", 0..150)).await);
    report.of("key_reused", &["Query", "PutItem"], &send("", "3", session("3", 0..3)).await);
    report.of("session_full", &["Query"], &send("", "4", session("4", 0..301)).await);
    report.of("invalid_fields", &[], &send("", "5", session("", 0..3)).await);
    report.of("invalid_fields", &[], &send("?dryRun=x", "", String::new()).await);
    report.of("unreadable_file", &[], &send("", "5", String::new()).await);
}

/// What an organiser mends, of a session with two candidates, one of whom has joined.
async fn mending(report: &mut Report<'_>) {
    let world = report.world;
    let room = Room::open(world).await;
    let mut pupils = room.enrol(0..2).await;
    pupils[0].join(&identity(0)).await;
    let edit = |key: &str, body: Value| world.patch(room.path("")).token(&room.organiser).key(key).json(&body).send();
    let codes = |key: &str, body: Value| world.post(room.path("/codes")).token(&room.organiser).key(key).json(&body).send();
    let correct = |pupil: &Pupil, key: &str, body: Value| world.patch(pupil.path("")).token(&room.organiser).key(key).json(&body).send();
    let remove = |pupil: &Pupil, key: &str| world.delete(pupil.path("")).token(&room.organiser).key(key).send();
    let delete = |key: &str| world.delete(room.path("")).token(&room.organiser).key(key).send();
    let too_long = "k".repeat(65);
    world.meter.take();

    report.of("ok", &["Query", "TransactWriteItems", "Query"], &edit("1", json!({"room": "13"})).await);
    report.of("ok", &["Query"], &edit("1", json!({"room": "13"})).await);
    let moved = ["Query", "TransactWriteItems", "Query", "UpdateItem", "UpdateItem"];
    report.of("ok", &moved, &edit("2", json!({"durationMinutes": 60})).await);
    report.of("ok", &["Query", "TransactWriteItems", "Query"], &edit("1", json!({"room": "14"})).await);
    report.of("invalid_fields", &["GetItem"], &edit("3", json!({"room": ""})).await);
    let replaced = ["GetItem", "TransactWriteItems", "Query", "UpdateItem", "UpdateItem"];
    report.of("ok", &replaced, &codes("1", json!({"replace": ["accessCode"]})).await);
    report.of("ok", &["GetItem", "TransactWriteItems", "Query"], &codes("1", json!({"replace": ["accessCode"]})).await);
    report.of("invalid_fields", &["GetItem"], &codes("2", json!({})).await);

    let name = json!({"lastName": "Bernhard"});
    report.of("ok", &["BatchGetItem", "TransactWriteItems"], &correct(&pupils[0], "1", name.clone()).await);
    report.of("ok", &["BatchGetItem"], &correct(&pupils[0], "1", name.clone()).await);
    report.of("ok", &["BatchGetItem", "UpdateItem"], &correct(&pupils[0], "2", json!({"extraTimePercent": 33})).await);
    report.of("already_enrolled", &["BatchGetItem", "TransactWriteItems"], &correct(&pupils[0], "3", identity(1)).await);
    report.of("ok", &["BatchGetItem", "TransactWriteItems"], &correct(&pupils[1], "1", name.clone()).await);
    report.of("ok", &["BatchGetItem", "GetItem", "GetItem"], &correct(&pupils[1], "1", name.clone()).await);
    report.of("candidate_not_found", &["BatchGetItem", "GetItem"], &correct(&pupils[1], "2", name).await);
    report.of("invalid_fields", &["GetItem", "GetItem"], &correct(&pupils[0], "4", json!({"firstName": ""})).await);
    // By the name that is right now.
    let who = json!({"firstName": "Zoé", "lastName": "Bernhard", "birthdate": "2012-05-31"});
    let again = world.post(room.path("/join")).token(&pupils[0].account).json(&who).send().await;
    report.of("ok", &["BatchGetItem", "GetItem"], &again);

    let gone = &room.enrol(2..3).await[0];
    world.meter.take();
    report.ok(&remove(gone, "1").await);
    report.of("ok", &["BatchGetItem", "GetItem"], &remove(gone, "1").await);
    report.of("candidate_already_linked", &["BatchGetItem"], &remove(&pupils[0], "1").await);
    report.of("invalid_fields", &["GetItem", "GetItem"], &remove(&pupils[0], &too_long).await);

    report.of("invalid_fields", &["GetItem"], &delete(&too_long).await);
    let all = ["Query", "UpdateItem", "Query", "UpdateItem", "UpdateItem", "PutItem", "Query"];
    // Two candidates, a guard, a proctor, and six acts.
    let all: Vec<_> = all.into_iter().chain(["DeleteItem"; 10]).collect();
    report.of("ok", &all, &delete("1").await);
    report.of("ok", &["Query", "GetItem", "Query"], &delete("1").await);
    report.of("session_not_found", &["Query", "GetItem", "Query"], &delete("2").await);
    pupils.clear();

    let room = Room::open(world).await;
    let mut pupil = room.pupil().await;
    pupil.enter(0).await;
    world.meter.take();
    let refused = world.delete(room.path("")).token(&room.organiser).send().await;
    report.of("already_started", &["Query"], &refused);
}

/// What goes wrong in the room.
async fn on_the_day(report: &mut Report<'_>) {
    let world = report.world;
    let room = Room::open(world).await;
    let pupil = room.joined().await;
    let add = |token: &str, minutes: i64| {
        world.post(pupil.path("/minutes")).token(token).json(&json!({"minutes": minutes, "reason": "Alarme incendie"})).send()
    };
    let call = |key: &str| world.post(pupil.path("/help")).token(&pupil.token).key(key).send();
    world.meter.take();
    report.ok(&add(&room.proctor, 10).await);
    report.of("ok", &["GetItem", "UpdateItem"], &add(&room.organiser, 10).await);
    report.of("session_not_found", &["GetItem"], &add(&world.other_organiser().await, 0).await);
    report.of("invalid_fields", &["UpdateItem"], &add(&room.proctor, -120).await);
    report.of("invalid_fields", &["GetItem", "GetItem"], &add(&room.proctor, 0).await);
    report.of("invalid_fields", &["GetItem", "GetItem", "GetItem"], &add(&room.organiser, 0).await);
    report.ok(&call("1").await);
    report.ok(&call("2").await);
    report.ok(&world.delete(pupil.path("/help")).token(&room.proctor).send().await);
    report.ok(&world.delete(pupil.path("/help")).token(&pupil.token).send().await);
    report.ok(&world.get(pupil.path("/history")).token(&room.organiser).send().await);
    let incident = |token: &str, key: &str, body: &Value| world.post(room.path("/incidents")).token(token).key(key).json(body).send();
    let about = json!({"category": "technical", "candidate": pupil.id});
    report.ok(&incident(&room.proctor, "1", &about).await);
    report.ok(&incident(&room.proctor, "1", &about).await);
    report.ok(&incident(&room.organiser, "1", &json!({"category": "other"})).await);
    report.of("invalid_fields", &["GetItem"], &incident(&room.proctor, "2", &json!({})).await);
    report.of("invalid_fields", &["GetItem"], &incident(&room.organiser, "2", &json!({})).await);
    let unknown = json!({"category": "technical", "candidate": "A".repeat(26)});
    report.of("candidate_not_found", &["TransactWriteItems"], &incident(&room.proctor, "3", &unknown).await);
    report.ok(&world.get(room.path("/incidents")).token(&room.proctor).send().await);

    let several = |token: &str, minutes: i64| {
        let body = json!({"minutes": minutes, "reason": "Alarme incendie", "candidates": [pupil.id, "A".repeat(26), "x"]});
        world.post(room.path("/minutes")).token(token).json(&body).send()
    };
    report.of("ok", &["UpdateItem", "UpdateItem"], &several(&room.proctor, 10).await);
    report.of("ok", &["GetItem", "UpdateItem", "UpdateItem"], &several(&room.organiser, 10).await);
    report.of("invalid_fields", &["GetItem"], &several(&room.proctor, 0).await);
    report.of("invalid_fields", &["GetItem", "GetItem"], &several(&room.organiser, 0).await);
    report.of("session_not_found", &["GetItem"], &several(&world.other_organiser().await, 0).await);
    let nobody = |rest: &str| room.path(&format!("/candidates/{}{rest}", "A".repeat(26)));
    report.of("candidate_not_found", &["BatchGetItem", "Query"], &world.get(nobody("/history")).token(&room.organiser).send().await);
    report.of("candidate_not_found", &["UpdateItem"], &world.delete(nobody("/help")).token(&room.proctor).send().await);
    pupil.tick(true).await.ok();
    pupil.start("1").await.ok();
    pupil.end().await.ok();
    world.meter.take();
    report.of("test_ended", &["UpdateItem"], &add(&room.proctor, 10).await);
    report.of("test_ended", &["UpdateItem"], &call("3").await);
    report.ok(&world.delete(pupil.path("/help")).token(&room.proctor).send().await);
}

/// Passes, of a candidate whom somebody else has joined and of one whom nobody has.
async fn passes(report: &mut Report<'_>) {
    let world = report.world;
    let room = Room::open(world).await;
    let mut pupils = room.enrol(0..2).await;
    pupils[0].join(&identity(0)).await;
    let [joined, free] = pupils.as_slice() else { unreachable!() };
    let issue = |pupil: &Pupil, key: &str| world.post(pupil.path("/pass")).token(&room.proctor).key(key).send();
    let issued = issue(joined, "0").await;
    let (replaced, nobody) = (answer(&issued.body, "code"), Pupil { id: "A".repeat(26), ..joined.clone() });
    world.meter.take();

    let issued = issue(joined, "1").await;
    report.ok(&issued);
    report.ok(&issue(joined, "1").await);
    report.of("key_reused", &["TransactWriteItems"], &issue(joined, "0").await);
    report.of("candidate_not_found", &["TransactWriteItems"], &issue(&nobody, "1").await);
    report.of("invalid_fields", &[], &issue(joined, &"k".repeat(65)).await);
    let code = answer(&issued.body, "code");
    report.of("invalid_pass", &["BatchGetItem", "GetItem"], &room.use_pass(&replaced, "1").await);
    report.ok(&room.use_pass(&code, "1").await);
    report.of("ok", &["BatchGetItem", "GetItem"], &room.use_pass(&code, "1").await);
    report.of("invalid_pass", &["BatchGetItem", "GetItem"], &room.use_pass(&code, "2").await);
    let of_free = answer(&issue(free, "1").await.body, "code");
    world.meter.take();
    report.ok(&room.use_pass(&of_free, "1").await);
    report.of("invalid_pass", &["BatchGetItem"], &room.use_pass("22222222", "1").await);
    report.of("invalid_pass", &[], &room.use_pass("2222222", "1").await);
    report.of("invalid_pass", &[], &world.post("/sessions/1/pass").json(&json!({"code": code})).send().await);
    report.of("invalid_fields", &[], &world.post(room.path("/pass")).json(&json!({})).send().await);

    let last = answer(&issue(free, "2").await.body, "code");
    room.finalise().await.ok();
    world.meter.take();
    report.of("session_finalised", &["TransactWriteItems"], &issue(free, "3").await);
    report.of("session_finalised", &["BatchGetItem", "GetItem"], &room.use_pass(&last, "2").await);
}

/// Signing up and logging in, without a device and from one.
async fn accounts(report: &mut Report<'_>) {
    let world = report.world;
    let person =
        json!({"firstName": "Ana", "lastName": "Lima", "email": "ana.lima@example.org", "password": "Certification1", "acceptTerms": true});
    let login = |password: &str| world.post("/login").json(&json!({"email": "ana.lima@example.org", "password": password})).send();
    report.of("invalid_credentials", &["GetItem", "UpdateItem"], &login("Certification1").await);
    report.ok(&world.post("/accounts").json(&person).send().await);
    report.of("email_taken", &["PutItem"], &world.post("/accounts").json(&person).send().await);
    let logged_in = login("Certification1").await;
    report.ok(&logged_in);
    let device = answer(&logged_in.body, "device");
    for _ in 0..10 {
        report.of("invalid_credentials", &["GetItem", "UpdateItem"], &login("wrong").await);
    }
    report.of("too_many_attempts", &["GetItem"], &login("Certification1").await);
    let login = |password: &str| {
        world.post("/login").json(&json!({"email": "ana.lima@example.org", "password": password, "device": device})).send()
    };
    report.ok(&login("Certification1").await);
    for _ in 0..10 {
        report.of("invalid_credentials", &["GetItem", "UpdateItem"], &login("wrong").await);
    }
    report.of("too_many_attempts", &["GetItem"], &login("Certification1").await);
}

/// What people do about their own accounts, in and out of sessions.
async fn own_accounts(report: &mut Report<'_>) {
    let world = report.world;
    let room = Room::open(world).await;
    let pupil = {
        let mut pupil = Pupil { account: world.owner().await, ..room.enrol(0..1).await.remove(0) };
        pupil.join(&identity(0)).await;
        pupil
    };
    let change = |token: &str, current: &str| {
        world.put("/account/password").token(token).json(&json!({"current": current, "password": "Correction-2-copies"})).send()
    };
    let delete = |token: &str, password: &str| world.delete("/account").token(token).json(&json!({"password": password})).send();
    world.meter.take();
    report.of("ok", &["GetItem", "Query", "BatchGetItem"], &world.get("/account").token(&pupil.account).send().await);
    let names = world.patch("/account").token(&pupil.account).json(&json!({"firstName": "Zoé"})).send().await;
    report.of("ok", &["UpdateItem", "Query", "BatchGetItem"], &names);
    report.of(
        "account_in_session",
        &["BatchGetItem", "Query", "BatchGetItem", "TransactWriteItems"],
        &delete(&pupil.account, "Certification1").await,
    );
    report.of("invalid_credentials", &["BatchGetItem", "UpdateItem"], &delete(&pupil.account, "wrong").await);
    report.of("invalid_credentials", &["BatchGetItem", "UpdateItem"], &change(&pupil.account, "wrong").await);
    report.ok(&world.post("/token").token(&pupil.account).send().await);
    let changed = change(&pupil.account, "Certification1").await;
    report.ok(&changed);
    report.of("unauthenticated", &["GetItem"], &world.post("/token").token(&pupil.account).send().await);
    let other = world.owner().await;
    world.meter.take();
    report.ok(&delete(&other, "Certification1").await);
    report.of("ok", &["BatchGetItem"], &delete(&other, "Certification1").await);
    let locked = world.owner().await;
    for _ in 0..10 {
        delete(&locked, "wrong").await;
    }
    world.meter.take();
    report.of("too_many_attempts", &["BatchGetItem"], &delete(&locked, "Certification1").await);
    report.of("too_many_attempts", &["BatchGetItem"], &change(&locked, "wrong").await);
    let organiser = world.owner().await;
    let email = answer(&world.get("/account").token(&organiser).send().await.ok(), "email");
    grant(world, json!({"email": email, "newCentreName": "Collège"})).await.unwrap();
    let organiser = answer(&world.post("/token").token(&organiser).send().await.ok(), "accessToken");
    world.invitation(&organiser, &email).await;
    world.meter.take();
    report.of("ok", &["BatchGetItem", "Query", "GetItem", "TransactWriteItems"], &delete(&organiser, "Certification1").await);
}

/// Removing organisers of a centre, and inviting.
async fn centres(report: &mut Report<'_>) {
    let world = report.world;
    let organiser = world.organiser().await;
    let colleagues = [world.colleague(&organiser).await, world.colleague(&organiser).await];
    let [own, first, second] = [&organiser, &colleagues[0], &colleagues[1]].map(|token| answer(&claims(token), "sub"));
    let remove = |account: &str, key: &str| world.delete(format!("/centre/members/{account}")).token(&organiser).key(key).send();
    world.meter.take();
    report.ok(&world.get("/centre").token(&organiser).send().await);
    report.ok(&remove(&first, "1").await);
    report.of("forbidden", &["GetItem"], &world.get("/centre").token(&colleagues[0]).send().await);
    report.of("ok", &["GetItem"], &remove(&first, "1").await);
    report.of("not_found", &["GetItem"], &remove(&first, "2").await);
    report.of("invalid_fields", &["GetItem"], &remove(&second, &"k".repeat(65)).await);
    report.ok(&remove(&second, "1").await);
    report.of("last_member", &["GetItem"], &remove(&own, "1").await);

    let invited = world.owner().await;
    let email = answer(&claims(&invited), "email");
    let invite = |token: &str, email: &str| world.post("/centre/invitations").token(token).json(&json!({"email": email})).send();
    let accept = |token: &str, link: &str| world.post("/centre/members").token(token).json(&json!({"token": link})).send();
    world.meter.take();
    report.ok(&invite(&organiser, &email).await);
    report.ok(&invite(&organiser, &email).await);
    report.of("invalid_fields", &["GetItem"], &invite(&organiser, "nobody").await);
    report.of("forbidden", &["GetItem"], &invite(&colleagues[0], &email).await);
    let withdraw = |token: &str, email: &str| world.delete("/centre/invitations").token(token).json(&json!({"email": email})).send();
    report.of("ok", &["GetItem", "UpdateItem"], &withdraw(&organiser, &email).await);
    report.ok(&withdraw(&organiser, &email).await);
    report.of("invalid_fields", &["GetItem"], &withdraw(&organiser, "nobody").await);
    report.of("forbidden", &["GetItem"], &withdraw(&colleagues[0], &email).await);
    let elsewhere = world.invitation(&world.other_organiser().await, &email).await;
    let link = world.invitation(&organiser, &email).await;
    let again = world.invitation(&organiser, &email).await;
    world.meter.take();
    report.of("invalid_link", &["GetItem", "GetItem"], &accept(&invited, "unknown").await);
    report.ok(&accept(&invited, &link).await);
    report.of("ok", &["GetItem", "GetItem", "GetItem"], &accept(&invited, &again).await);
    report.of("other_centre", &["GetItem", "GetItem", "GetItem"], &accept(&invited, &elsewhere).await);
    world.invitation(&organiser, &email).await;
    world.meter.take();
    report.ok(&remove(&answer(&claims(&invited), "sub"), "1").await);
    report.of("invalid_link", &["GetItem", "GetItem", "GetItem"], &accept(&invited, &again).await);
}

/// What letters are asked for with, and used.
async fn letters(report: &mut Report<'_>) {
    let world = report.world;
    let owner = world.owner().await;
    let email = answer(&world.get("/account").token(&owner).send().await.ok(), "email");
    let link = world.link(Purpose::Password).await;
    let reset = |token: &str, password: &str| world.put("/password").json(&json!({"token": token, "password": password})).send();
    world.meter.take();
    for email in [&email, "nobody@example.org"] {
        for _ in 0..2 {
            report.ok(&world.post("/password-resets").json(&json!({"email": email})).send().await);
        }
    }
    report.of("invalid_link", &["GetItem"], &reset("unknown", "Correction-2-copies").await);
    report.of("invalid_fields", &["GetItem", "GetItem"], &reset(&link, "Sacha-Essai-1").await);
    report.ok(&reset(&link, "Correction-2-copies").await);
    report.of("invalid_link", &["GetItem"], &reset(&link, "Correction-2-copies").await);
    report.ok(&world.post("/email-proofs").token(&owner).send().await);
    let mails = async |email: &str| {
        world.meter.take();
        write_to(world, email).await;
        world.meter.take().requests
    };
    assert_eq!(mails(&email).await, ["GetItem", "GetItem", "PutItem"]);
    assert_eq!(mails("nobody@example.org").await, ["GetItem", "GetItem"]);
    assert_eq!(mails("never-asked@example.org").await, ["GetItem"]);
}

/// Whoever proctors or has joined connects and subscribes; what the latter asked for.
async fn who_may_hear(world: &World) -> BTreeSet<Right> {
    let room = Room::open(world).await;
    let (pupil, started) = room.started().await;
    let own = format!("/room/{}/{}", room.number, pupil.id);
    let mut rights = BTreeSet::new();
    for (token, channel) in
        [(&room.proctor, format!("/room/{}/*", room.number)), (&pupil.token, own.clone()), (&answer(&started, "accessToken"), own)]
    {
        let request = |operation, channel| authorise_channel::Request {
            authorization_token: token.clone(),
            request_context: authorise_channel::Context { operation, channel },
        };
        world.meter.take();
        let connected = authorise_channel::authorise(&world.app, request(authorise_channel::Operation::EventConnect, None)).await.unwrap();
        assert!(connected.is_authorized && world.meter.take().requests.is_empty(), "a connection asks nothing");
        let elsewhere = request(authorise_channel::Operation::EventSubscribe, Some("/room/95331/*".to_owned()));
        let refused = authorise_channel::authorise(&world.app, elsewhere).await.unwrap();
        assert!(!refused.is_authorized && world.meter.take().requests.is_empty(), "nor does a channel of somebody else's");
        let subscribed =
            authorise_channel::authorise(&world.app, request(authorise_channel::Operation::EventSubscribe, Some(channel))).await.unwrap();
        let reading = world.meter.take();
        assert!(subscribed.is_authorized);
        assert_eq!(reading.requests, ["GetItem"], "one read");
        rights.extend(reading.rights);
    }
    rights
}

/// A finalised session of one candidate is opened again; what that asked for.
async fn what_reopening_asks(world: &World) -> BTreeSet<Right> {
    let room = Room::open(world).await;
    room.pupil().await;
    room.finalise().await.ok();
    world.meter.take();
    reopen(world, json!({"session": room.number, "reason": "Finalisée trop tôt"}), "1").await.unwrap();
    let reading = world.meter.take();
    assert_eq!(reading.requests, ["GetItem", "TransactWriteItems", "Query", "UpdateItem"]);
    reading.rights
}

/// A letter is written; what that asked for.
async fn who_is_written_to(world: &World) -> BTreeSet<Right> {
    let email = answer(&world.get("/account").token(&world.owner().await).send().await.ok(), "email");
    world.post("/password-resets").json(&json!({"email": email})).send().await.ok();
    world.meter.take();
    write_to(world, &email).await;
    world.meter.take().rights
}

/// Hands the letter for a new password that this address asked for to who sends it.
async fn write_to(world: &World, email: &str) {
    let event = json!({"Records": [{"dynamodb": {"Keys": {"pk": {"S": format!("mail#password#{email}")}}, "SequenceNumber": "1"}}]});
    send_mail::send(&world.app, "", serde_json::from_value(event).unwrap(), |_| std::future::ready(Ok(()))).await;
}

#[tokio::test]
async fn each_action_makes_as_many_requests_as_it_should() {
    let world = World::new().await;
    every_outcome(&world).await.print();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_has_the_rights_it_uses_and_no_other() {
    let world = World::new().await;
    let mut used = every_outcome(&world).await.rights;
    used.get_mut("import-candidates").unwrap().extend(taken_back(&world).await.rights);
    used.get_mut("import-sessions").unwrap().extend(import_sessions::taken_back(&world).await.rights);
    world.meter.take();
    let email = "ana.lima@example.org";
    let granted = grant(&world, json!({"email": email, "newCentreName": "Collège"})).await.unwrap();
    let reading = world.meter.take();
    assert_eq!(reading.requests, ["GetItem", "TransactWriteItems"]);
    used.insert("grant-organiser".into(), reading.rights);
    let another = grant(&world, json!({"email": email, "centreId": granted["centre"]["id"]})).await.unwrap();
    assert_eq!(another, granted);
    used.get_mut("grant-organiser").unwrap().extend(world.meter.take().rights);
    revoke(&world, email).await.unwrap();
    let reading = world.meter.take();
    assert_eq!(reading.requests, ["GetItem", "GetItem", "TransactWriteItems"]);
    used.insert("revoke-organiser".into(), reading.rights);
    used.insert("reopen-session".into(), what_reopening_asks(&world).await);
    used.insert("authorise-channel".into(), who_may_hear(&world).await);
    used.insert("publish-events".into(), published::what_it_asks(&world).await);
    used.insert("send-mail".into(), who_is_written_to(&world).await);
    for function in deployed() {
        let (name, used) = (&function.name, used.remove(&function.name).unwrap_or_default());
        let named = used.iter().map(|right| (right.action.to_owned(), right.resource.clone()));
        assert_eq!(named.collect::<BTreeSet<_>>(), function.may(), "{name}: used / allowed by template.yaml");
        for right in &used {
            assert!(function.rights.iter().any(|statement| statement.allows(right)), "{name}: template.yaml's conditions forbid {right:?}");
        }
        for statement in function.rights.iter().filter(|statement| statement.is_of_tables()) {
            let used: Vec<_> = used.iter().filter(|right| statement.is_about(right)).collect();
            let partitions: BTreeSet<_> = used.iter().filter_map(|right| right.partition.as_ref()).collect();
            let attributes: BTreeSet<_> = used.iter().flat_map(|right| &right.attributes).collect();
            for (patterns, asked) in [(&statement.partitions, partitions), (&statement.attributes, attributes)] {
                for pattern in patterns.iter().flatten() {
                    assert!(asked.iter().any(|asked| is_like(asked, pattern)), "{name} asks for nothing like {pattern}");
                }
            }
        }
    }
    assert!(used.is_empty(), "not in template.yaml: {used:?}");
}

/// A hole in one of the functions that anybody may call makes no organiser and changes no password.
#[test]
fn centres_and_passwords_are_written_by_those_alone_that_are_there_for_it() {
    let writers = |attribute: &str| {
        let may = |statement: &Statement| {
            let writes = statement.actions.iter().any(|action| ["dynamodb:PutItem", "dynamodb:UpdateItem"].contains(&action.as_str()));
            let among = |patterns: &Option<BTreeSet<String>>, text: &str| {
                patterns.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| is_like(text, pattern)))
            };
            let an_account = among(&statement.partitions, "account#ana.lima@example.org");
            writes && statement.resource.contains("AccountsTable") && an_account && among(&statement.attributes, attribute)
        };
        let writers = deployed().into_iter().filter(|function| function.rights.iter().any(may));
        writers.map(|function| function.name).collect::<Vec<_>>()
    };
    assert_eq!(writers("centre"), ["accept-invitation", "grant-organiser", "remove-organiser", "revoke-organiser"]);
    assert_eq!(writers("passwordHash"), ["change-password", "reset-password", "signup"]);
}

/// The operation of a request, which is its method and path.
fn operation_of(call: &str) -> Operation {
    let (method, path) = call.split_once(' ').unwrap();
    operation(&method.parse().unwrap(), path).unwrap()
}

fn function_of(operation: &Operation) -> String {
    let route = format!("{} {}", operation.method, operation.path);
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
        let units = ["accounts_reads", "accounts_writes", "sessions_reads", "sessions_writes", "index_writes"]
            .map(|units| figure[units].as_f64().unwrap_or_default());
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
    let mut attempts = vec![];
    for (n, pupil) in pupils.iter_mut().enumerate() {
        pupil.join(&identity(n)).await;
        held("join", 0.0);
        pupil.status().await;
        held("status", 0.0);
        pupil.start("early").await.refused(403, "not_checked_in");
        held("start-refused", 1.0);
        pupil.tick(true).await.ok();
        held("presence", 0.0);
        attempts.push(answer(&pupil.start("in time").await.ok(), "accessToken"));
        held("start", 0.0);
    }
    room.board().await;
    held("board", 0.0);
    let [away, ill, _, calling, ..] = &pupils[..] else { unreachable!() };
    world.put(calling.path("/here")).token(&attempts[3]).json(&json!({"here": true})).send().await.ok();
    held("here", 0.0);
    world.post(calling.path("/help")).token(&attempts[3]).send().await.ok();
    held("call", 0.0);
    let minutes = json!({"minutes": 10, "reason": "Alarme incendie : évacuation du bâtiment"});
    world.post(calling.path("/minutes")).token(&room.proctor).json(&minutes).send().await.ok();
    held("minutes", 0.0);
    let incident = json!({"category": "evacuation", "text": "Alarme incendie à 10 h 12, retour en salle à 10 h 24."});
    world.post(room.path("/incidents")).token(&room.proctor).json(&incident).send().await.ok();
    held("incident", 0.0);
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
    rights: BTreeMap<String, BTreeSet<Right>>,
}

impl<'a> Report<'a> {
    fn new(world: &'a World) -> Self {
        world.meter.take();
        Self { world, lines: vec![], rights: BTreeMap::new() }
    }

    #[track_caller]
    fn of(&mut self, outcome: &str, requests: &[&str], answered: &Answer) {
        let (reading, operation) = (self.world.meter.take(), operation_of(&answered.call));
        assert_eq!(answered.code(), outcome, "{}: {}", answered.call, answered.body);
        assert_eq!(reading.requests, requests, "{}: {outcome}", answered.call);
        self.note(&function_of(&operation), &operation, outcome, reading);
    }

    /// A success that asks what it always asks.
    #[track_caller]
    fn ok(&mut self, answered: &Answer) {
        self.of("ok", operation_of(&answered.call).asks, answered);
    }

    fn note(&mut self, function: &str, operation: &Operation, outcome: &str, reading: Reading) {
        let line = format!("{:20} {outcome:28} {}   {:5.1}", operation.id, reading.requests.len(), reading.units);
        self.rights.entry(function.to_owned()).or_default().extend(reading.rights);
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Shown with `--nocapture`: what the planning of capacity needs.
    fn print(&self) {
        println!("operation            outcome                requests   units\n{}", self.lines.join("\n"));
    }
}
