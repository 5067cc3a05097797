//! What an organiser mends while everybody else goes on.

use super::races::ready;
use futures::{StreamExt, future::join_all, stream};
use jiff::Timestamp;
use std::{collections::BTreeMap, time::Duration};
use tests::{
    Answer, Api, Pupil, Room, Value, answer, json,
    people::{identity, session_at},
    record::check_terms,
};

const ROUNDS: usize = 24;

pub async fn edit(room: &Room, edit: &Value) -> Answer {
    room.api.patch(room.path("")).token(&room.organiser).json(edit).send().await
}

pub async fn delete(room: &Room) -> Answer {
    room.api.delete(room.path("")).token(&room.organiser).send().await
}

async fn replace(room: &Room, code: &str) -> Answer {
    room.api.post(room.path("/codes")).token(&room.organiser).json(&json!({"replace": [code]})).send().await
}

async fn enrol(room: &Room, numbers: std::ops::Range<usize>) -> Answer {
    let list: Vec<_> = numbers.map(identity).collect();
    room.api.post(room.path("/candidates")).token(&room.organiser).json(&json!({"candidates": list})).send().await
}

/// After that many tenths of a millisecond.
async fn after<T>(tenths: usize, then: impl Future<Output = T>) -> T {
    tokio::time::sleep(Duration::from_micros(tenths as u64 * 100)).await;
    then.await
}

/// By how many tenths of a millisecond one thing comes after another in a round, and the other after the one: from far
/// behind over close together to far ahead, so that each comes first once, however slow the machine.
fn apart(round: usize) -> (usize, usize) {
    let far = |steps: usize| if steps + 1 < ROUNDS / 2 { steps.pow(3) * 2 } else { 30_000 };
    (far(round.saturating_sub(ROUNDS / 2)), far((ROUNDS / 2).saturating_sub(round)))
}

/// Whether all agree, where the tables are in reach.
async fn agrees(room: &Room) {
    if room.api.dynamo.is_some() {
        check_terms(room).await;
    }
}

/// Plays a race so many times, some at once; returns how often it ended in which way.
async fn race<F: Future<Output = &'static str>>(round: impl Fn(usize) -> F) -> BTreeMap<&'static str, usize> {
    let ends = stream::iter(0..ROUNDS).map(round).buffer_unordered(4).collect::<Vec<_>>().await;
    let mut tally = BTreeMap::new();
    for end in ends {
        *tally.entry(end).or_default() += 1;
    }
    println!("{tally:?}");
    tally
}

fn minutes(attempt: &Value) -> i64 {
    let instant = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    instant(&attempt["endsAt"]).duration_since(instant(&attempt["startedAt"])).as_mins()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_starts_while_a_session_is_edited_has_the_new_terms_in_the_end() {
    let api = Api::anywhere().await;
    let tally = race(async |n| {
        let (room, pupils) = ready(&api, 6).await;
        let (ours, theirs) = apart(n);
        let starts = join_all(pupils.iter().enumerate().map(|(place, pupil)| after(theirs + place * 5, pupil.start("1"))));
        let shorter = json!({"durationMinutes": 60});
        let (edited, started) = tokio::join!(after(ours, edit(&room, &shorter)), starts);
        for started in started {
            started.ok();
        }
        let board = room.board().await;
        let lasts: Vec<_> = board["candidates"].as_array().unwrap().iter().map(minutes).collect();
        agrees(&room).await;
        if edited.status == 200 {
            assert_eq!((lasts, &board["session"]), (vec![60; 6], &edited.body));
            "edited"
        } else {
            edited.refused(409, "already_started");
            assert_eq!((lasts, &board["session"]["durationMinutes"]), (vec![105; 6], &json!(105)));
            "too late"
        }
    })
    .await;
    assert!(tally.len() == 2, "{tally:?}: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_enrolled_or_joins_while_a_session_is_edited_has_its_terms() {
    let api = Api::anywhere().await;
    race(async |n| {
        let room = Room::open(&api).await;
        let pupils = room.enrol(0..4).await;
        let joins = join_all(pupils.iter().enumerate().map(|(place, pupil)| {
            let call = room.api.post(room.path("/join")).token(&pupil.account).json(&identity(place));
            after((n + place) * 4, call.send())
        }));
        let (shorter, later) = (json!({"durationMinutes": 60}), json!({"room": "13", "durationMinutes": 61}));
        let (one, two, joined, enrolled, more) = tokio::join!(
            edit(&room, &shorter),
            after(n * 3, edit(&room, &later)),
            joins,
            after(n * 4, enrol(&room, 10..30)),
            after(n * 6, enrol(&room, 30..40)),
        );
        for done in joined.into_iter().chain([enrolled, more]) {
            done.ok();
        }
        let (one, two) = (one.ok(), two.ok());
        let board = room.board().await;
        assert_eq!(board["candidates"].as_array().unwrap().len(), 34);
        assert!([&one, &two].iter().any(|answer| answer["durationMinutes"] == board["session"]["durationMinutes"]));
        assert_eq!(board["session"]["room"], "13", "neither is lost");
        agrees(&room).await;
        "done"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_finalised_while_it_is_edited_stands_still_afterwards() {
    let api = Api::anywhere().await;
    race(async |n| {
        let (room, _) = ready(&api, 6).await;
        let change = json!({"durationMinutes": 60});
        let (edited, finalised) = tokio::join!(edit(&room, &change), after(n * 3, room.finalise()));
        finalised.ok();
        let mut then = room.board().await;
        let known = edited.status == 200 || edited.code() == "session_finalised";
        assert!(known, "{edited:?}");
        agrees(&room).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        agrees(&room).await;
        let mut now = room.board().await;
        for changing in ["serverTime", "refreshAfterSeconds", "live"] {
            now.as_object_mut().unwrap().remove(changing);
            then.as_object_mut().unwrap().remove(changing);
        }
        assert_eq!(now, then);
        if edited.status == 200 { "edited" } else { "too late" }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_deleted_or_somebody_starts_and_nobody_is_left_between() {
    let api = Api::anywhere().await;
    let tally = race(async |n| {
        let (room, pupils) = ready(&api, 8).await;
        let last = &pupils[7];
        let (ours, theirs) = apart(n);
        let (deleted, started) = tokio::join!(after(ours, delete(&room)), after(theirs, last.start("1")));
        if deleted.status == 204 {
            assert!(matches!(started.code(), "candidate_not_found" | "session_finalised"), "{started:?}");
            delete(&room).await.refused(404, "session_not_found");
            if let Some(dynamo) = &api.dynamo {
                assert_eq!(left(dynamo, &room).await, ["session"]);
            }
            "deleted"
        } else {
            deleted.refused(409, "already_started");
            assert!(started.status == 201, "{started:?}");
            for pupil in &pupils {
                pupil.start("1").await.ok();
            }
            agrees(&room).await;
            assert_eq!(enrol(&room, 20..21).await.status, 201, "nothing is lost");
            "started"
        }
    })
    .await;
    assert!(tally.len() == 2, "{tally:?}: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deletions_that_come_too_late_lock_nobody_out_and_undo_nothing_that_came_later() {
    let api = Api::anywhere().await;
    race(async |n| {
        let (room, pupils) = ready(&api, 8).await;
        let (ours, theirs) = apart(n);
        let (one, two, started, replaced) = tokio::join!(
            after(ours, delete(&room)),
            after(ours + 7, delete(&room)),
            after(theirs / 3, pupils[5].start("1")),
            after(ours + 20, replace(&room, "accessCode")),
        );
        if [&one, &two].iter().any(|deleted| deleted.status == 204) {
            assert!(started.status != 201, "{started:?}");
            return "deleted";
        }
        for deleted in [one, two] {
            assert!(["already_started", "busy"].contains(&deleted.code()), "{deleted:?}");
        }
        // Whatever was left of them is undone by the next one.
        delete(&room).await.refused(409, "already_started");
        agrees(&room).await;
        let kit = api.get(room.path("/kit")).token(&room.organiser).send().await.ok();
        assert!(replaced.status != 200 || replaced.body["accessCode"] == kit["accessCode"], "{replaced:?}");
        for (place, pupil) in pupils.iter().enumerate() {
            let key = if place == 5 { "1" } else { "now" };
            pupil.start_with(key, &answer(&kit, "accessCode")).await.ok();
        }
        room.finalise().await.ok();
        agrees(&room).await;
        "started"
    })
    .await;
}

/// The sort keys of what there still is of a session.
pub async fn left(dynamo: &aws_sdk_dynamodb::Client, room: &Room) -> Vec<String> {
    let query = dynamo.query().table_name(local::database::SESSIONS).consistent_read(true).key_condition_expression("#session = :session");
    let number = aws_sdk_dynamodb::types::AttributeValue::S(room.number.clone());
    let all = query.expression_attribute_names("#session", "session").expression_attribute_values(":session", number).send().await.unwrap();
    all.items().iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_deleted_while_a_list_is_enrolled_leaves_nobody_behind() {
    let api = Api::anywhere().await;
    race(async |n| {
        let room = Room::open(&api).await;
        room.enrol(0..3).await;
        let (mut deleted, enrolled) = tokio::join!(after(n * 2, delete(&room)), enrol(&room, 10..40));
        if deleted.status == 503 {
            deleted = delete(&room).await;
        }
        assert_eq!(deleted.status, 204);
        assert!(enrolled.status == 201 || ["session_finalised", "session_not_found"].contains(&enrolled.code()), "{enrolled:?}");
        if let Some(dynamo) = &api.dynamo {
            assert_eq!(left(dynamo, &room).await, ["session"]);
        }
        if enrolled.status == 201 { "enrolled first" } else { "too late" }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_is_removed_or_somebody_joins() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupils = room.enrol(0..2 * ROUNDS).await;
    let tally = race(async |n| {
        let pupil = &pupils[n];
        let join = room.api.post(room.path("/join")).token(&pupil.account).json(&identity(n));
        let remove = room.api.delete(pupil.path("")).token(&room.organiser);
        let (removed, joined) = tokio::join!(after(n % 8 * 4, remove.send()), after((n + 3) % 8 * 4, join.send()));
        if joined.status == 200 {
            removed.refused(409, "candidate_already_linked");
            "joined"
        } else {
            assert_eq!(removed.status, 204, "{removed:?}");
            joined.refused(404, "candidate_not_found");
            "removed"
        }
    })
    .await;
    assert_eq!(room.board().await["candidates"].as_array().unwrap().len(), 2 * ROUNDS - tally.get("removed").unwrap_or(&0));
    agrees(&room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_agree_whoever_is_removed_while_a_session_is_finalised() {
    let api = Api::anywhere().await;
    race(async |n| {
        let room = Room::open(&api).await;
        let pupils = room.enrol(0..8).await;
        let removals = join_all(
            pupils
                .iter()
                .enumerate()
                .map(|(place, pupil)| after((n + place) % 12 * 3, room.api.delete(pupil.path("")).token(&room.organiser).send())),
        );
        let (removed, mut finalised) = tokio::join!(removals, after(n * 2, room.finalise()));
        if finalised.status == 503 {
            finalised = room.finalise().await;
        }
        let gone = removed.iter().filter(|removed| removed.status == 204).count();
        for removed in removed {
            assert!(removed.status == 204 || removed.code() == "session_finalised", "{removed:?}");
        }
        let board = room.board().await;
        assert_eq!(finalised.ok()["summary"]["enrolled"], 8 - gone);
        assert_eq!((board["candidates"].as_array().unwrap().len(), &board["session"]["candidateCount"]), (8 - gone, &json!(8 - gone)));
        agrees(&room).await;
        if gone == 0 { "none removed" } else { "some removed" }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_at_once_enrol_nobody_twice_and_lose_nobody() {
    let api = Api::anywhere().await;
    race(async |n| {
        let room = Room::open(&api).await;
        let mut pupils = room.enrol(0..4).await;
        pupils[1].join(&identity(1)).await;
        let to = |pupil: &Pupil, who: usize| room.api.patch(pupil.path("")).token(&room.organiser).json(&identity(who)).send();
        let join = room.api.post(room.path("/join")).token(&pupils[3].account).json(&identity(3));
        // All want to be the same person, while somebody joins one of them.
        let (one, two, three, four, enrolled, joined) = tokio::join!(
            to(&pupils[0], 9),
            after(n % 5 * 2, to(&pupils[1], 9)),
            after(n % 3 * 3, to(&pupils[2], 9)),
            after(n % 7 * 2, to(&pupils[3], 8)),
            after(n % 4 * 3, enrol(&room, 9..10)),
            after(n % 6 * 2, join.send()),
        );
        let won: Vec<_> = [one, two, three, enrolled]
            .into_iter()
            .filter(|answer| {
                assert!(answer.status < 300 || answer.code() == "already_enrolled", "{answer:?}");
                answer.status < 300
            })
            .collect();
        assert_eq!(won.len(), 1, "{won:?}");
        let moved = four.ok();
        let board = room.board().await;
        let seen = board["candidates"].as_array().unwrap();
        let named = |who: usize| seen.iter().filter(|view| view["lastName"] == identity(who)["lastName"]).count();
        assert_eq!((named(9), named(8), named(3)), (1, 1, 0), "{board:#}");
        if joined.status == 200 {
            let own = seen.iter().find(|view| view["id"] == joined.body["candidate"]["id"]).unwrap();
            assert_eq!((&own["id"], &own["joined"]), (&moved["id"], &json!(true)), "who joined first keeps their id");
        } else {
            joined.refused(404, "candidate_not_found");
        }
        agrees(&room).await;
        if joined.status == 200 { "joined before" } else { "corrected before" }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_access_code_is_replaced_one_of_the_two_starts() {
    let api = Api::anywhere().await;
    let tally = race(async |n| {
        let (room, pupils) = ready(&api, 6).await;
        let (ours, theirs) = apart(n);
        let starts = join_all(pupils.iter().enumerate().map(|(place, pupil)| after(theirs + place * 5, pupil.start("old"))));
        let (replaced, started) = tokio::join!(after(ours, replace(&room, "accessCode")), starts);
        let new = answer(&replaced.ok(), "accessCode");
        let mut by_old = 0;
        for (pupil, old) in pupils.iter().zip(started) {
            if old.status == 201 {
                by_old += 1;
                assert_eq!(pupil.start("old").await.ok(), old.body, "a retry is a retry");
            } else {
                old.refused(403, "wrong_access_code");
                pupil.start_with("old", &new).await.ok();
            }
            assert_eq!(pupil.status().await["start"], 1);
            pupil.start("late").await.refused(403, "wrong_access_code");
        }
        agrees(&room).await;
        if by_old == 6 { "all by the old one" } else { "some by the new one" }
    })
    .await;
    assert!(tally.len() == 2, "{tally:?}: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_a_replaced_password_is_answered_who_came_in_by_it_does_nothing_more() {
    let api = Api::anywhere().await;
    race(async |n| {
        let (room, pupils) = ready(&api, 6).await;
        let untick = |pupil: &Pupil, key: &str| {
            room.api.put(pupil.path("/presence")).token(&room.proctor).key(key).json(&json!({"present": false})).send()
        };
        let unticks = join_all(pupils.iter().enumerate().map(|(place, pupil)| after((n + place) * 4, untick(pupil, "meanwhile"))));
        let (replaced, unticked) = tokio::join!(replace(&room, "sessionPassword"), unticks);
        let kit = replaced.ok();
        let new = Room { session_password: answer(&kit, "sessionPassword"), ..room.clone() };
        for pupil in &pupils {
            untick(pupil, "later").await.refused(401, "unauthenticated");
        }
        let proctor = new.another_proctor().await;
        let board = api.get(room.path("/board")).token(&proctor).send().await.ok();
        let present = unticked.iter().filter(|answer| answer.status != 200).count();
        assert_eq!(board["summary"]["present"], present, "what was done until then stays done");
        agrees(&room).await;
        "done"
    })
    .await;
}

#[tokio::test]
async fn two_who_create_by_one_key_while_it_is_deleted_make_one_session_at_most() {
    let api = Api::anywhere().await;
    let organiser = api.organiser().await;
    for round in 0..8 {
        let (key, plan) = (ulid::Ulid::generate().to_string(), session_at(Timestamp::now()));
        let create = || api.post("/sessions").token(&organiser).key(&key).json(&plan).send();
        let room = Room::of(&api, organiser.clone(), &create().await.ok());
        let (deleted, again) = tokio::join!(delete(&room), after(round * 3, create()));
        assert_eq!(deleted.status, 204);
        assert!(again.status == 201 && again.body["number"] == *room.number || again.code() == "key_reused", "{again:?}");
    }
}
