//! Class lists whose requests break off, or meet others.

use crate::anywhere::import::{list_of, send};
use axum::body::Body;
use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use http_body_util::BodyExt;
use lambda_http::http::Request;
use reqwest::Method;
use shared::http::limits::{MAX_BODY_BYTES, MAX_LIST_BYTES};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tests::{
    Answer, Room, Value, World,
    chaos::{Chaos, Fault},
    json,
    meter::Reading,
    record::check_tables,
};
use tower::ServiceExt;

async fn enrol(room: &Room, key: &str, list: String) -> Answer {
    send(room, "", key, "text/csv", list).await
}

/// The room, seen through another Vigie in which `between` comes before each transaction after so many.
async fn meddled(
    world: &World,
    room: &Room,
    after: usize,
    between: impl Fn() -> BoxFuture<'static, Fault> + Send + 'static,
) -> (Room, World) {
    let seen = AtomicUsize::new(0);
    let chaos = Chaos::deciding(&world.endpoint, move |operation| {
        let is_late = operation == "TransactWriteItems" && seen.fetch_add(1, Ordering::SeqCst) >= after;
        if is_late { between() } else { ready(Fault::Pass).boxed() }
    });
    let other = world.through(&chaos.await.endpoint).await;
    (Room { api: other.api.clone(), ..room.clone() }, other)
}

/// Imports a list that breaks off after its first block.
async fn break_off(world: &World, room: &Room, list: String) {
    let (importing, _) = meddled(world, room, 1, || ready(Fault::Throttle).boxed()).await;
    enrol(&importing, "key", list).await.refused(503, "busy");
}

/// Has somebody enrol these people by another Vigie, once.
fn enrolling(room: &Room, numbers: std::ops::Range<usize>) -> impl Fn() -> BoxFuture<'static, Fault> + Send + 'static {
    let (room, done) = (room.clone(), AtomicUsize::new(0));
    move || {
        let is_first = done.fetch_add(1, Ordering::SeqCst) == 0;
        let (room, numbers) = (room.clone(), numbers.clone());
        async move {
            if is_first {
                room.enrol(numbers).await;
            }
            Fault::Pass
        }
        .boxed()
    }
}

/// An import whose last block finds the room full, since a colleague enrolled others between its blocks; one of those whom it
/// had enrolled was ticked by then. What that asked for.
pub async fn taken_back(world: &World) -> Reading {
    let room = Room::open(world).await;
    room.enrol(0..50).await;
    let others = enrolling(&room, 200..270);
    let ticking = room.clone();
    let (importing, other) = meddled(world, &room, 1, move || {
        let (others, ticking) = (others(), ticking.clone());
        async move {
            let fault = others.await;
            let board = ticking.board().await;
            let imported = board["candidates"].as_array().unwrap().iter().find(|view| view["lastName"] == "Dupont-bab");
            if let Some(view) = imported {
                let path = ticking.path(&format!("/candidates/{}/presence", view["id"].as_str().unwrap()));
                ticking.api.call(Method::PUT, path).token(&ticking.proctor).json(&json!({"present": true})).send().await.ok();
            }
            fault
        }
        .boxed()
    })
    .await;
    // Fifty, one block of 99, seventy others: there is no room for another 90.
    enrol(&importing, "key", list_of(100..199) + &list_of(300..390).replacen("Nom;Prénom;Né le\n", "", 1))
        .await
        .refused(409, "session_full");
    let reading = other.meter.take();
    let (_, candidates) = check_tables(&room).await;
    assert_eq!(candidates.len(), 50 + 70 + 1, "one was ticked meanwhile");
    assert_eq!(room.board().await["session"]["candidateCount"], 121);
    reading
}

#[tokio::test]
async fn where_a_later_block_finds_no_room_what_was_enrolled_is_taken_back() {
    let world = World::embedded().await;
    let reading = taken_back(&world).await;
    assert_eq!(reading.requests, ["Query", "TransactWriteItems", "TransactWriteItems", "TransactWriteItems", "TransactWriteItems"]);
}

#[tokio::test]
async fn whoever_is_enrolled_by_others_between_two_blocks_is_passed_over() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let (importing, _) = meddled(&world, &room, 1, enrolling(&room, 120..130)).await;
    let done = enrol(&importing, "key", list_of(0..150)).await.ok();
    assert_eq!([&done["ready"], &done["enrolled"]], [140, 10]);
    assert_eq!(done["candidates"].as_array().unwrap().len(), 140);
    let (_, candidates) = check_tables(&room).await;
    assert_eq!(candidates.len(), 150);
    let again = enrol(&room, "key", list_of(0..150)).await.ok();
    assert_eq!(again["candidates"], done["candidates"]);
}

#[tokio::test]
async fn an_import_that_broke_off_is_completed_by_its_retry_alone() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    break_off(&world, &room, list_of(0..290)).await;
    assert_eq!(check_tables(&room).await.1.len(), 99);
    enrol(&room, "key", list_of(0..240)).await.refused(409, "key_reused");
    let done = enrol(&room, "key", list_of(0..290)).await.ok();
    assert_eq!((&done["ready"], done["candidates"].as_array().unwrap().len()), (&json!(290), 290));
    let (_, candidates) = check_tables(&room).await;
    assert!(candidates.len() == 290 && candidates.iter().all(|item| item["history"].as_array().unwrap().len() == 1));
}

#[tokio::test]
async fn an_import_that_broke_off_enrols_nobody_again_who_was_removed_or_corrected_since() {
    let world = World::embedded().await;
    for is_removed in [true, false] {
        let room = Room::open(&world).await;
        break_off(&world, &room, list_of(0..150)).await;
        let board = room.board().await;
        let path = room.path(&format!("/candidates/{}", board["candidates"][0]["id"].as_str().unwrap()));
        let meddling = if is_removed {
            room.api.delete(path).token(&room.organiser)
        } else {
            room.api.patch(path).token(&room.organiser).json(&json!({"birthdate": "2011-01-01"}))
        };
        meddling.send().await.ok();
        let left = check_tables(&room).await.1.len();
        enrol(&room, "key", list_of(0..150)).await.refused(409, "key_reused");
        assert_eq!(check_tables(&room).await.1.len(), left);
    }
}

#[tokio::test]
async fn a_part_is_completed_also_where_somebody_else_who_is_on_the_list_was_corrected_since() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let pupil = room.joined().await;
    break_off(&world, &room, list_of(0..150)).await;
    let correction = room.api.patch(pupil.path("")).token(&room.organiser).json(&json!({"lastName": "Bernhard"}));
    correction.send().await.ok();
    let done = enrol(&room, "key", list_of(0..150)).await.ok();
    assert_eq!([&done["ready"], &done["enrolled"]], [149, 1]);
    assert_eq!(check_tables(&room).await.1.len(), 150);
}

#[tokio::test]
async fn a_retry_goes_on_from_no_block_that_was_taken_back_meanwhile() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    break_off(&world, &room, list_of(0..150)).await;
    let (other, seen) = (room.clone(), AtomicUsize::new(0));
    // Before the retry's block: the room is full, the same import is taken back, and then there is room again.
    let (retrying, _) = meddled(&world, &room, 0, move || {
        let (other, is_first) = (other.clone(), seen.fetch_add(1, Ordering::SeqCst) == 0);
        async move {
            if is_first {
                other.enrol(200..299).await;
                other.enrol(300..370).await;
                enrol(&other, "key", list_of(0..150)).await.refused(409, "session_full");
                let board = other.board().await;
                for view in board["candidates"].as_array().unwrap().iter().take(60) {
                    let path = other.path(&format!("/candidates/{}", view["id"].as_str().unwrap()));
                    other.api.delete(path).token(&other.organiser).send().await.ok();
                }
            }
            Fault::Pass
        }
        .boxed()
    })
    .await;
    let done = enrol(&retrying, "key", list_of(0..150)).await;
    let there = check_tables(&room).await.1.len();
    match done.status {
        201 => assert_eq!((done.body["candidates"].as_array().unwrap().len(), there), (150, 109 + 150)),
        _ => assert_eq!((done.code(), there), ("session_full", 109)),
    }
    let again = enrol(&room, "key", list_of(0..150)).await.ok();
    assert_eq!((&again["ready"], check_tables(&room).await.1.len()), (&json!(150), 109 + 150));
}

#[tokio::test]
async fn whom_a_colleague_enrolled_instead_is_not_taken_back() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let (colleague, seen) = (room.clone(), AtomicUsize::new(0));
    // Before the second block the room fills, and before the first is taken back somebody of it is removed and enrolled again.
    let (importing, _) = meddled(&world, &room, 1, move || {
        let (colleague, time) = (colleague.clone(), seen.fetch_add(1, Ordering::SeqCst));
        async move {
            match time {
                0 => {
                    colleague.enrol(200..299).await;
                    colleague.enrol(300..352).await;
                }
                1 => {
                    let board = colleague.board().await;
                    let zoe = board["candidates"].as_array().unwrap().iter().find(|view| view["lastName"] == "Bernard").unwrap().clone();
                    let path = colleague.path(&format!("/candidates/{}", zoe["id"].as_str().unwrap()));
                    colleague.api.delete(path).token(&colleague.organiser).send().await.ok();
                    colleague.enrol(0..1).await;
                }
                _ => {}
            }
            Fault::Pass
        }
        .boxed()
    })
    .await;
    enrol(&importing, "key", list_of(0..150)).await.refused(409, "session_full");
    let (session, candidates) = check_tables(&room).await;
    assert_eq!(candidates.len(), 99 + 52 + 1, "the colleague's stay");
    assert_eq!(session["requests"].as_object().unwrap().len(), 1 + 2 + 1, "the session forgets what it took back");
}

#[tokio::test]
async fn an_import_that_broke_off_and_finds_no_room_any_more_is_taken_back() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    break_off(&world, &room, list_of(0..250)).await;
    room.enrol(300..399).await;
    enrol(&room, "key", list_of(0..250)).await.refused(409, "session_full");
    assert_eq!(check_tables(&room).await.1.len(), 99);
    assert_eq!(enrol(&room, "key", list_of(0..250)).await.code(), "session_full");
}

#[tokio::test]
async fn an_import_whose_answers_get_lost_is_made_once() {
    let world = World::embedded().await;
    let room = Room::open(&world).await;
    let dropped = Arc::new(AtomicUsize::new(0));
    let chaos = Chaos::before(&world.endpoint, {
        let dropped = dropped.clone();
        move |operation| {
            let first = operation == "TransactWriteItems" && dropped.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            if first { Fault::DropAnswer } else { Fault::Pass }
        }
    })
    .await;
    let other = world.through(&chaos.endpoint).await;
    let importing = Room { api: other.api.clone(), ..room.clone() };
    let done = enrol(&importing, "key", list_of(0..250)).await.ok();
    assert_eq!(done["candidates"].as_array().unwrap().len(), 250);
    assert_eq!(dropped.load(Ordering::SeqCst), 6, "each of three transactions was sent twice");
    assert_eq!(check_tables(&room).await.1.len(), 250);
}

#[tokio::test]
async fn a_file_of_more_than_5_mb_is_too_large_and_of_no_more_is_read() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    // Without a connection, which a server may close while a large body is still on its way.
    let send = async |path: &str, media_type: &str, body: Vec<u8>| {
        let request = Request::post(room.path(path)).header("authorization", format!("Bearer {}", room.organiser));
        let request = request.header("content-type", media_type).body(Body::from(body)).unwrap();
        let answer = local::router(&world.app).oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
        (status, body["code"].as_str().unwrap_or("ok").to_owned())
    };
    let list = list_of(0..3).into_bytes();
    let file = |size: usize| [list.clone(), vec![b'\n'; size - list.len()]].concat();
    for (path, media_type, body, expected) in [
        ("/candidates/import?dryRun=true", "text/csv", file(MAX_LIST_BYTES), (200, "ok")),
        ("/candidates/import?dryRun=true", "text/csv", file(MAX_LIST_BYTES + 1), (413, "body_too_large")),
        ("/candidates", "application/json", file(MAX_BODY_BYTES), (400, "malformed_body")),
        ("/candidates", "application/json", file(MAX_BODY_BYTES + 1), (413, "body_too_large")),
    ] {
        let (status, code) = send(path, media_type, body).await;
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
}
