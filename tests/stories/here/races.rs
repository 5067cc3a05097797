//! What changes a whole session, and dies in the middle.

use crate::anywhere::{
    mending_races::left,
    races::{busy_room, is_finalised, ready},
};
use futures::{StreamExt, stream};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tests::{
    Chaos, Fault, World, json,
    record::{check_tables, check_terms},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_finalisation_that_died_half_way_goes_on_when_called_again() {
    let calm = World::new().await;
    // The session, the list, ten candidates, the session: 13 requests; the last round dies nowhere.
    let unfinished = stream::iter(0..=13)
        .map(async |lives: usize| {
            let (healed, count) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
            let broken = {
                let healed = healed.clone();
                move |_: &str| {
                    let dead = !healed.load(Ordering::SeqCst) && count.fetch_add(1, Ordering::SeqCst) >= lives;
                    if !dead {
                        Fault::Pass
                    } else if lives.is_multiple_of(2) {
                        Fault::Reset
                    } else {
                        Fault::DropAnswer
                    }
                }
            };
            let (room, pupils) = busy_room(&calm, 10).await;
            let chaos = Chaos::before(&calm.endpoint, broken).await;
            let dying = calm.through(&chaos.endpoint).await;
            let finalise = async || dying.post(room.path("/finalise")).token(&room.organiser).send().await;
            let died = finalise().await;
            if lives < 13 {
                assert!(died.refused(503, "busy").header("retry-after").is_some());
            }
            let (session, candidates) = check_tables(&room).await;
            let half = session["status"] == "finalising"
                && candidates.iter().any(|item| item["closed"] == true)
                && candidates.iter().any(|item| item["closed"] != true);
            healed.store(true, Ordering::SeqCst);
            assert_eq!(
                finalise().await.ok()["summary"],
                json!({"enrolled": 2, "present": 2, "inProgress": 0, "interrupted": 0, "finished": 2, "ended": 4})
            );
            is_finalised(&room, pupils.len()).await;
            usize::from(half)
        })
        .buffer_unordered(7)
        .fold(0, async |sum, half| sum + half)
        .await;
    println!("{unfinished} of 14 finalisations stopped among the candidates");
    assert!(unfinished > 2, "{unfinished}");
}

/// A session whose function dies after so many requests, by turns before and after the last one is carried out.
async fn dying(calm: &World, lives: usize) -> (World, Arc<AtomicBool>) {
    let (healed, count) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
    let broken = {
        let healed = healed.clone();
        move |_: &str| {
            let dead = !healed.load(Ordering::SeqCst) && count.fetch_add(1, Ordering::SeqCst) >= lives;
            let fault = if lives.is_multiple_of(2) { Fault::Reset } else { Fault::DropAnswer };
            if dead { fault } else { Fault::Pass }
        }
    };
    let chaos = Chaos::before(&calm.endpoint, broken).await;
    (calm.through(&chaos.endpoint).await, healed)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_died_half_way_goes_on_when_called_again() {
    let calm = World::new().await;
    // The room, the session, the room again, six candidates.
    let half = stream::iter(0..=9)
        .map(async |lives: usize| {
            let (room, pupils) = ready(&calm, 6).await;
            let (dying, healed) = dying(&calm, lives).await;
            let edit = async || {
                let edit = dying.patch(room.path("")).token(&room.organiser).key("the edit").json(&json!({"durationMinutes": 60}));
                edit.send().await
            };
            let died = edit().await;
            assert_eq!(died.status, if lives < 9 { 503 } else { 200 });
            let (session, candidates) = check_tables(&room).await;
            let behind = candidates.iter().filter(|item| item["terms"] != session["terms"]).count();
            // In between, the room goes on, and so does who is enrolled now.
            pupils[5].start("1").await.ok();
            let late = room.enrol(8..9).await;
            healed.store(true, Ordering::SeqCst);
            let again = edit().await;
            if session["durationMinutes"] == 60 {
                assert_eq!(again.ok()["durationMinutes"], 60);
            } else {
                again.refused(409, "already_started");
            }
            check_terms(&room).await;
            assert_eq!(late.len(), 1);
            usize::from(behind > 0 && behind < 6)
        })
        .buffer_unordered(5)
        .fold(0, async |sum, half| sum + half)
        .await;
    println!("{half} of 10 edits stopped among the candidates");
    assert!(half > 2, "{half}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_whose_replacement_died_half_way_are_replaced_once() {
    let calm = World::new().await;
    for lives in 0..9 {
        let (room, pupils) = ready(&calm, 6).await;
        let (dying, healed) = dying(&calm, lives).await;
        let replace = async || {
            let codes = json!({"replace": ["sessionPassword", "accessCode"]});
            dying.post(room.path("/codes")).token(&room.organiser).key("leaked").json(&codes).send().await
        };
        replace().await.refused(503, "busy");
        healed.store(true, Ordering::SeqCst);
        let kit = replace().await.ok();
        check_terms(&room).await;
        let (session, _) = check_tables(&room).await;
        assert_eq!((&session["codeIssue"], &session["passwordIssue"]), (&json!(2), &json!(2)), "{lives}");
        pupils[0].tick(false).await.refused(401, "unauthenticated");
        pupils[0].start_with("1", kit["accessCode"].as_str().unwrap()).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_died_half_way_goes_on_when_called_again() {
    let calm = World::new().await;
    // The room, the session, the room, four candidates, what is left, the keys, four candidates, their guards and a proctor.
    stream::iter(0..=18)
        .map(async |lives: usize| {
            let (room, pupils) = ready(&calm, 4).await;
            let (dying, healed) = dying(&calm, lives).await;
            let delete = async || dying.delete(room.path("")).token(&room.organiser).send().await;
            let died = delete().await;
            // Who has not been closed yet may start in between.
            let started = pupils[3].start("1").await;
            healed.store(true, Ordering::SeqCst);
            let again = delete().await;
            if started.status == 201 {
                again.refused(409, "already_started");
                for pupil in &pupils {
                    pupil.start("1").await.ok();
                }
                check_terms(&room).await;
            } else {
                // All may have been done, and only the answer be missing.
                assert!(died.status == 204 || again.status == 204 || again.code() == "session_not_found", "{lives}: {again:?}");
                assert_eq!(left(&calm.dynamo, &room).await, ["session"], "{lives}");
            }
        })
        .buffer_unordered(5)
        .collect::<Vec<_>>()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_came_too_late_and_died_locks_nobody_out() {
    let calm = World::new().await;
    for lives in 3..16 {
        let (room, pupils) = ready(&calm, 4).await;
        let (dying, healed) = dying(&calm, lives).await;
        // Somebody starts once the session is marked and before they are closed.
        let key = |sk: &str| {
            let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
            [("session".to_owned(), text(&room.number)), ("sk".to_owned(), text(sk))].into()
        };
        let mark = calm.dynamo.update_item().table_name(local::database::SESSIONS).set_key(Some(key("session")));
        let mark = mark.update_expression("SET #status = :deleting").expression_attribute_names("#status", "status");
        let deleting = aws_sdk_dynamodb::types::AttributeValue::S("deleting".into());
        mark.expression_attribute_values(":deleting", deleting).send().await.unwrap();
        pupils[1].start("1").await.ok();
        let delete = async || dying.delete(room.path("")).token(&room.organiser).send().await;
        let died = delete().await;
        assert!(died.status == 503 || died.code() == "already_started", "{died:?}");
        healed.store(true, Ordering::SeqCst);
        delete().await.refused(409, "already_started");
        for pupil in &pupils {
            pupil.start("1").await.ok();
        }
        check_terms(&room).await;
    }
}
