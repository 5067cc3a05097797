//! Imports of sessions whose requests break off, or meet others.

use crate::anywhere::import_sessions::{send, session_of, site};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tests::{
    Answer, Api, Room, Value, World, answer,
    chaos::{Chaos, Fault},
    json,
    meter::Reading,
    record::check_tables,
};
use tokio::{runtime::Handle, task::block_in_place};

async fn create(api: &Api, organiser: &str, key: &str, list: String) -> Answer {
    send(api, organiser, "", key, "text/csv", list).await
}

/// Two sessions, of which the first takes two transactions.
fn two_sessions(site: &str) -> String {
    let small = session_of(site, "13", 200..203);
    let (_, lines) = small.split_once('\n').unwrap();
    session_of(site, "12", 0..150) + lines
}

/// Another Vigie over the same tables, whose transactions meet these faults.
async fn troubled(world: &World, fault: impl Fn(usize) -> Fault + Send + 'static) -> World {
    let seen = AtomicUsize::new(0);
    let chaos = Chaos::before(&world.endpoint, move |operation| {
        if operation == "TransactWriteItems" { fault(seen.fetch_add(1, Ordering::SeqCst)) } else { Fault::Pass }
    });
    world.through(&chaos.await.endpoint).await
}

/// The organiser's sessions with as many candidates as they count, by room; each whole.
async fn rooms(api: &Api, organiser: &str) -> Vec<(String, usize)> {
    let listed = api.get("/sessions").token(organiser).send().await.ok();
    let mut rooms = vec![];
    for session in listed["sessions"].as_array().unwrap() {
        let kit = api.get(format!("/sessions/{}/kit", answer(session, "number"))).token(organiser).send().await.ok();
        let (_, candidates) = check_tables(&Room::of(api, organiser.to_owned(), &kit)).await;
        assert_eq!(session["candidateCount"], candidates.len());
        rooms.push((answer(session, "room"), candidates.len()));
    }
    rooms.sort();
    rooms
}

fn are(rooms: &[(&str, usize)]) -> Vec<(String, usize)> {
    rooms.iter().map(|(room, candidates)| ((*room).to_owned(), *candidates)).collect()
}

#[tokio::test]
async fn an_import_that_broke_off_is_completed_by_its_retry() {
    let world = World::embedded().await;
    // Before the first session, after its first block, and before the second one.
    for (nth, left) in [(0, vec![]), (1, are(&[("12", 99)])), (2, are(&[("12", 150)]))] {
        let (organiser, site) = (world.organiser().await, site());
        let other = troubled(&world, move |seen| if seen >= nth { Fault::Throttle } else { Fault::Pass }).await;
        create(&other.api, &organiser, "key", two_sessions(&site)).await.refused(503, "busy");
        assert_eq!(rooms(&world.api, &organiser).await, left);
        create(&world.api, &organiser, "key", session_of(&site, "12", 0..150)).await.refused(409, "key_reused");
        let done = create(&world.api, &organiser, "key", two_sessions(&site)).await;
        assert_eq!((done.status, &done.body["ready"], &done.body["enrolled"]), (201, &json!(153), &json!(0)));
        let statuses: Vec<_> = done.body["sessions"].as_array().unwrap().iter().map(|session| answer(session, "status")).collect();
        assert_eq!(statuses, ["ready", "ready"]);
        assert_eq!(rooms(&world.api, &organiser).await, are(&[("12", 150), ("13", 3)]));
    }
}

#[tokio::test]
async fn an_import_whose_answers_get_lost_is_made_once() {
    let world = World::embedded().await;
    let organiser = world.organiser().await;
    let dropped = Arc::new(AtomicUsize::new(0));
    let other = troubled(&world, {
        let dropped = dropped.clone();
        move |_| if dropped.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { Fault::DropAnswer } else { Fault::Pass }
    })
    .await;
    let done = create(&other.api, &organiser, "key", two_sessions(&site())).await.ok();
    assert_eq!(done["ready"], 153);
    assert_eq!(dropped.load(Ordering::SeqCst), 6, "each of three transactions was sent twice");
    assert_eq!(rooms(&world.api, &organiser).await, are(&[("12", 150), ("13", 3)]));
}

/// An import whose third block finds the room full, since a colleague enrolled others between its blocks. What that asked for.
pub async fn taken_back(world: &World) -> Reading {
    let (organiser, site) = (world.organiser().await, site());
    let (api, colleague, at) = (world.api.clone(), organiser.clone(), site.clone());
    let other = troubled(world, move |seen| {
        if seen == 1 {
            let enrolling = create(&api, &colleague, "other", session_of(&at, "12", 400..420));
            block_in_place(|| Handle::current().block_on(enrolling)).ok();
        }
        Fault::Pass
    })
    .await;
    create(&other.api, &organiser, "key", session_of(&site, "12", 0..290)).await.refused(409, "session_full");
    let reading = other.meter.take();
    assert_eq!(rooms(&world.api, &organiser).await, are(&[("12", 20)]));
    reading
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_no_room_any_more_is_taken_back() {
    let world = World::embedded().await;
    let reading = taken_back(&world).await;
    assert_eq!(
        reading.requests,
        [vec!["Query", "PutItem"], vec!["TransactWriteItems"; 5]].concat(),
        "the session with its first block, two more, and two taken back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_deleted_while_it_is_imported_is_created_anew() {
    let world = World::embedded().await;
    let (organiser, site) = (world.organiser().await, site());
    create(&world.api, &organiser, "first", session_of(&site, "12", 0..1)).await.ok();
    let (api, colleague) = (world.api.clone(), organiser.clone());
    let other = troubled(&world, move |seen| {
        if seen == 0 {
            let deleting = async {
                let listed = api.get("/sessions").token(&colleague).send().await.ok();
                let number = answer(&listed["sessions"][0], "number");
                api.delete(format!("/sessions/{number}")).token(&colleague).send().await.ok();
            };
            block_in_place(|| Handle::current().block_on(deleting));
        }
        Fault::Pass
    })
    .await;
    let done: Value = create(&other.api, &organiser, "second", session_of(&site, "12", 0..2)).await.ok();
    assert_eq!((&done["sessions"][0]["status"], &done["sessions"][0]["candidates"]), (&json!("ready"), &json!(2)));
    assert_eq!(rooms(&world.api, &organiser).await, are(&[("12", 2)]));
}
