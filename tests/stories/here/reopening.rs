//! A finalised session that the operator opens again.

use local::functions::reopen_session;
use std::{collections::BTreeSet, sync::Arc};
use tests::{Api, Pupil, Room, Value, World, answer, json, people::identity, record::items};
use tokio::sync::{Notify, oneshot::Sender};

const REASON: &str = "Finalisée avant l'heure";

/// One invocation of the function, by its request id.
pub async fn reopen(world: &World, event: Value, invocation: &str) -> Result<Value, String> {
    let event = serde_json::from_value(event).map_err(|error| error.to_string())?;
    let reopened = reopen_session::reopen(&world.app, event, invocation).await;
    reopened.map(|reopened| serde_json::to_value(reopened).unwrap()).map_err(|refused| refused.to_string())
}

async fn reopen_room(world: &World, room: &Room, invocation: &str) -> Value {
    reopen(world, json!({"session": room.number, "reason": REASON}), invocation).await.unwrap()
}

/// One whose test ran, one who waits, ticked, and one who is absent, as the organiser finalises too early.
async fn finalised_too_early(world: &World) -> (Room, [Pupil; 3]) {
    let room = Room::open(world).await;
    let [mut runs, mut waits, absent] = <[Pupil; 3]>::try_from(room.enrol(0..3).await).ok().unwrap();
    runs.enter(0).await;
    waits.join(&identity(1)).await;
    waits.tick(true).await.ok();
    room.finalise().await.ok();
    (room, [runs, waits, absent])
}

fn statuses(record: &Value) -> Vec<String> {
    record["candidates"].as_array().unwrap().iter().map(|candidate| answer(candidate, "status")).collect()
}

#[tokio::test]
async fn those_who_had_not_started_can_start_and_what_is_ended_stays_ended() {
    let world = World::new().await;
    let (room, [runs, waits, absent]) = finalised_too_early(&world).await;
    let first: Value = serde_json::from_str(&room.sealed().await).unwrap();
    waits.start("1").await.refused(409, "session_finalised");

    let reopened = reopen_room(&world, &room, "1").await;
    let session = &first["session"];
    assert_eq!(reopened["opensAt"].as_str().unwrap()[..16], session["opensAt"].as_str().unwrap()[..16]);
    let told = json!({"session": room.number, "status": "open", "finalisations": 1, "notStarted": 2, "ended": 1,
        "opensAt": reopened["opensAt"], "closesAt": reopened["closesAt"]});
    assert_eq!(reopened, told);
    let open = room.report().await.ok();
    assert_eq!(open["session"]["status"], "open");
    assert!(open["seal"].is_null() && open["finalisation"].is_null() && open["session"]["finalisedAt"].is_null());

    waits.start("1").await.ok();
    runs.act("finish", &runs.token).await.refused(409, "test_ended");
    runs.start("again").await.refused(409, "test_ended");
    absent.tick(true).await.ok();
    absent.tick(false).await.ok();
    let late = room.enrol(3..4).await.remove(0);
    world.patch(late.path("")).token(&room.organiser).json(&json!({"extraTimePercent": 33})).send().await.ok();
    waits.act("finish", &waits.token).await.ok();

    room.finalise().await.ok();
    let record: Value = serde_json::from_str(&room.sealed().await).unwrap();
    assert_eq!(record["finalisation"], 2);
    let ended = |record: &Value| record["candidates"].as_array().unwrap().iter().find(|one| one["id"] == runs.id).cloned();
    assert_eq!(ended(&record), ended(&first), "not touched");
    assert_eq!(statuses(&record).into_iter().collect::<BTreeSet<_>>(), ["ended", "enrolled", "finished"].map(String::from).into());
    let change = &record["changes"][0];
    let expected = json!({"at": change["at"], "action": "reopen", "reason": REASON,
        "finalisedAt": session["finalisedAt"], "finalisedBy": session["finalisedBy"]});
    assert_eq!(change, &expected);

    let table = world
        .get(room.path("/report"))
        .token(&room.organiser)
        .header("Accept", "text/csv")
        .header("Accept-Language", "fr")
        .send()
        .await
        .text;
    let lines: Vec<_> = table.lines().filter(|line| line.contains("Session ")).map(|line| line.split_once(';').unwrap().1).collect();
    let by = format!("{} {}", answer(&session["finalisedBy"], "firstName"), answer(&session["finalisedBy"], "lastName"));
    let line = |what: &str, by: &str, role: &str, detail: &str| format!("{what};;;;{by};{role};;;{detail};;;;;;;;;");
    assert_eq!(
        lines,
        [
            line("Session créée", &by, "organisateur", ""),
            line("Session finalisée", &by, "organisateur", ""),
            line("Session rouverte", "", "opérateur", REASON),
            line("Session finalisée", &by, "organisateur", ""),
        ]
    );
}

#[tokio::test]
async fn what_can_not_be_opened_again_is_told_why() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let deleted = Room::open(&world).await;
    world.delete(deleted.path("")).token(&deleted.organiser).send().await.ok();
    let long = "x".repeat(81);
    for (session, reason, why) in [
        (room.number.as_str(), REASON, "this session is open, and was never finalised"),
        (&deleted.number, REASON, "no session has this number"),
        ("123456789", REASON, "no session has this number"),
        ("1234", REASON, "session: 5 to 9 digits"),
        (&room.number, "  ", "reason: required"),
        (&room.number, &long, "reason: too_long"),
    ] {
        assert_eq!(reopen(&world, json!({"session": session, "reason": reason}), "1").await, Err(why.to_owned()));
    }
    for event in [json!({"session": room.number}), json!({"session": room.number, "reason": REASON, "force": true})] {
        assert!(reopen(&world, event, "1").await.unwrap_err().contains(" field"));
    }
    assert!(room.report().await.ok()["changes"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_invocation_opens_a_session_once_and_another_one_again() {
    let world = World::new().await;
    let (room, _) = finalised_too_early(&world).await;
    let reopened = reopen_room(&world, &room, "1").await;
    assert_eq!(reopen_room(&world, &room, "1").await, reopened, "as its retry");
    assert_eq!(reopen_room(&world, &room, "2").await, reopened, "open already");
    assert_eq!(room.report().await.ok()["changes"].as_array().unwrap().len(), 1);
    room.finalise().await.ok();
    let sealed = room.sealed().await;
    assert_eq!(reopen_room(&world, &room, "1").await["status"], "finalised", "a late retry");
    assert_eq!(room.sealed().await, sealed);
    assert_eq!(reopen_room(&world, &room, "3").await["finalisations"], 2);
    room.finalise().await.ok();
    let record: Value = serde_json::from_str(&room.sealed().await).unwrap();
    assert_eq!((&record["finalisation"], record["changes"].as_array().unwrap().len()), (&json!(3), 2));
}

#[tokio::test]
async fn a_reopening_that_broke_off_goes_on_and_opens_nothing_once_the_session_is_finalised_again() {
    let world = World::new().await;
    let (room, [_, waits, _]) = finalised_too_early(&world).await;
    // It stops before the first candidate.
    let (slow, waits_there, go_on) = world.held_back("UpdateItem", 1).await;
    let broken_off = reopen_room(&slow, &room, "1");
    let meanwhile = async {
        waits_there.notified().await;
        reopen_room(&world, &room, "2").await;
        waits.start("1").await.ok();
        room.finalise().await.ok();
        let sealed = room.sealed().await;
        go_on.send(()).unwrap();
        sealed
    };
    let (_, sealed) = tokio::join!(broken_off, meanwhile);
    assert_eq!(room.sealed().await, sealed);

    let (slow, waits_there, go_on) = world.held_back("UpdateItem", 1).await;
    let broken_off = reopen_room(&slow, &room, "3");
    let meanwhile = async {
        waits_there.notified().await;
        // Candidates are closed still, and under the terms of before.
        room.finalise().await.ok();
        go_on.send(()).unwrap();
    };
    tokio::join!(broken_off, meanwhile);
    let all = items(&world, &room.number).await;
    let open: Vec<_> =
        all.iter().filter(|item| item["id"].is_string() && item["birthdate"].is_string() && item["closed"] != true).collect();
    assert!(open.is_empty(), "{open:?}");
    room.sealed().await;
}

/// While something waits, the session is finalised and opened again, and the candidate starts.
async fn overtake(world: &World, pupil: &Pupil, waits: Arc<Notify>, go_on: Sender<()>) {
    waits.notified().await;
    pupil.room.finalise().await.ok();
    reopen_room(world, &pupil.room, "1").await;
    pupil.start("1").await.ok();
    go_on.send(()).unwrap();
}

#[tokio::test]
async fn a_finalisation_of_before_closes_nobody_once_the_session_is_open_again() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    // It waits before the candidate, after the session.
    let (slow, waits, go_on) = world.held_back("UpdateItem", 2).await;
    let finalise = |api: &Api| api.post(room.path("/finalise")).token(&room.organiser).key("late");
    let late = finalise(&slow).send();
    let (late, ()) = tokio::join!(late, overtake(&world, &pupil, waits, go_on));
    late.refused(503, "busy");
    let retry = finalise(&world).send().await.ok();
    assert_eq!((&retry["status"], &retry["summary"]["inProgress"]), (&json!("open"), &json!(1)));
    pupil.act("finish", &pupil.token).await.ok();
    room.finalise().await.ok();
    let record: Value = serde_json::from_str(&room.sealed().await).unwrap();
    assert_eq!(statuses(&record), ["finished"]);
}

#[tokio::test]
async fn a_finalisation_that_has_not_looked_at_the_candidates_yet_ends_none_of_a_session_that_is_open_again() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    let (slow, waits, go_on) = world.held_back("Query", 1).await;
    let late = slow.post(room.path("/finalise")).token(&room.organiser).send();
    let (late, ()) = tokio::join!(late, overtake(&world, &pupil, waits, go_on));
    assert_eq!(late.ok()["status"], "open");
    pupil.act("finish", &pupil.token).await.ok();
}

#[tokio::test]
async fn what_was_finalised_once_is_not_deleted() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    room.finalise().await.ok();
    reopen_room(&world, &room, "1").await;
    world.delete(room.path("")).token(&room.organiser).send().await.refused(409, "session_finalised");
    assert_eq!(room.report().await.ok()["session"]["status"], "open");
}
