//! What a candidate's page says of itself, in whatever order it arrives.

use jiff::{SignedDuration, Timestamp};
use shared::domain::{here::Here, identity::CandidateId, session::SessionNumber};
use std::time::Duration;
use tests::{Answer, Chaos, Fault, Pupil, Room, Value, World, answer, json};

/// The pace of a running test, in seconds, and for how long a page may be silent.
const PACE: i64 = 60;
const SILENT: i64 = 90;

async fn say(pupil: &Pupil, attempt: &str, here: bool) -> Answer {
    pupil.room.api.put(pupil.path("/here")).token(attempt).json(&json!({"here": here})).send().await
}

async fn away(pupil: &Pupil) -> Option<Timestamp> {
    pupil.seen().await["awaySince"].as_str().map(|since| since.parse().unwrap())
}

#[tokio::test]
async fn a_page_that_was_closed_shows_at_once_and_one_that_fell_silent_after_a_while() {
    let world = World::without_channels().await;
    let (pupil, started) = Room::open(&world).await.started().await;
    let attempt = answer(&started, "accessToken");
    world.pass(SignedDuration::from_secs(3 * SILENT));
    assert_eq!(away(&pupil).await, None, "an engine elsewhere never says anything");

    let told = say(&pupil, &attempt, true).await.ok();
    assert_eq!((&told["status"], &told["start"]), (&json!("in_progress"), &json!(1)));
    assert!(told["refreshAfterSeconds"].as_f64().unwrap() >= 54.0);
    let heard = world.now();
    world.pass(SignedDuration::from_secs(SILENT - 10));
    assert_eq!(away(&pupil).await, None);
    world.pass(SignedDuration::from_secs(11));
    let since = away(&pupil).await.unwrap();
    assert!(since.duration_since(heard).abs() < SignedDuration::from_secs(1), "since it was last heard of");
    say(&pupil, &attempt, true).await.ok();
    assert_eq!(away(&pupil).await, None, "one word brings it back");
    assert_eq!(say(&pupil, &attempt, false).await.status, 204);
    assert!(away(&pupil).await.is_some());
    assert_eq!(pupil.seen().await["status"], "in_progress", "it changes no state");
    pupil.act("finish", &attempt).await.ok();
    assert_eq!(away(&pupil).await, None);
    say(&pupil, &attempt, true).await.ok();
}

#[tokio::test]
async fn a_page_that_is_told_of_changes_may_be_silent_for_longer() {
    let world = World::embedded().await;
    let (pupil, started) = Room::open(&world).await.started().await;
    let told = say(&pupil, &answer(&started, "accessToken"), true).await.ok();
    assert!(told["live"]["refreshAfterSeconds"].as_f64().unwrap() >= 270.0);
    world.pass(SignedDuration::from_secs(5 * SILENT - 10));
    assert_eq!(away(&pupil).await, None, "at its pace of 300 s");
    world.pass(SignedDuration::from_secs(11));
    assert!(away(&pupil).await.is_some());
}

#[tokio::test]
async fn who_says_it_is_checked_and_an_earlier_start_says_nothing() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let (pupil, started) = room.started().await;
    let first = answer(&started, "accessToken");
    say(&pupil, &pupil.token, true).await.refused(401, "unauthenticated");
    let told = say(&pupil, &first, true).await;
    let call = || world.put(pupil.path("/here")).token(&first).json(&json!({"here": true}));
    let tag = told.header("etag").unwrap().to_owned();
    assert_eq!(call().header("if-none-match", &tag).send().await.status, 304);
    let same = world.get(pupil.path("")).token(&first).send().await;
    assert_eq!(same.header("etag"), Some(tag.as_str()), "the same as the status");
    assert_eq!(world.put(pupil.path("/here")).token(&first).json(&json!({"here": "yes"})).send().await.bad_fields(), ["here wrong_type"]);

    pupil.authorise().await.ok();
    let second = answer(&pupil.start("again").await.ok(), "accessToken");
    say(&pupil, &second, true).await.ok();
    for here in [false, true] {
        say(&pupil, &first, here).await.refused(409, "attempt_superseded");
    }
    assert_eq!(away(&pupil).await, None);
    pupil.authorise().await.ok();
    pupil.start("a third time").await.ok();
    say(&pupil, &second, false).await.refused(409, "attempt_superseded");
    world.pass(SignedDuration::from_secs(3 * SILENT));
    assert_eq!(away(&pupil).await, None, "what is of an earlier start tells nothing of the latest");
}

#[tokio::test]
async fn it_is_no_part_of_the_record() {
    let world = World::new().await;
    let (pupil, started) = Room::open(&world).await.started().await;
    let attempt = answer(&started, "accessToken");
    let candidate = async || {
        let items = tests::record::items(&pupil.room.api, &pupil.room.number).await;
        items.into_iter().find(|item| item["sk"] == format!("session/{}", pupil.id)).unwrap()
    };
    let before = candidate().await;
    for here in [true, false, true] {
        say(&pupil, &attempt, here).await;
    }
    assert_eq!(candidate().await, before);
    let items = tests::record::items(&pupil.room.api, &pupil.room.number).await;
    let here: Vec<&Value> = items.iter().filter(|item| item["sk"].as_str().unwrap().starts_with("session-here/")).collect();
    let [here] = here.as_slice() else { panic!("{here:?}") };
    assert!(here.to_string().len() < 200, "{here}");
    assert!(here["expiresAt"].as_i64().unwrap() <= world.now().as_second() + 24 * 3600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_first_does_not_count_for_more_because_it_took_longer() {
    let world = World::new().await;
    let (reads, mut read) = tokio::sync::mpsc::unbounded_channel();
    let delayed = move |call: &str| {
        if call != "BatchGetItem" {
            return Fault::Pass;
        }
        reads.send(()).unwrap();
        Fault::Delay
    };
    let slow = world.through(&Chaos::before(&world.endpoint, delayed).await.endpoint).await;
    // Each is delayed for another while.
    for _ in 0..10 {
        let (pupil, started) = Room::open(&world).await.started().await;
        let attempt = answer(&started, "accessToken");
        let closed = slow.put(pupil.path("/here")).token(&attempt).json(&json!({"here": false})).send();
        let here = async {
            read.recv().await;
            tokio::time::sleep(Duration::from_millis(2)).await;
            say(&pupil, &attempt, true).await.ok();
        };
        let (closed, ()) = tokio::join!(closed, here);
        assert_eq!(closed.status, 204);
        assert_eq!(away(&pupil).await, None);
    }
}

/// All orders of these.
fn orders(words: &[Here]) -> Vec<Vec<Here>> {
    if words.is_empty() {
        return vec![vec![]];
    }
    let mut all = vec![];
    for place in 0..words.len() {
        let mut rest = words.to_vec();
        let first = rest.remove(place);
        all.extend(orders(&rest).into_iter().map(|order| std::iter::once(first.clone()).chain(order).collect()));
    }
    all
}

#[tokio::test]
async fn whatever_order_words_arrive_in_nobody_who_is_here_shows_as_away() {
    let world = World::without_channels().await;
    let room = Room::open(&world).await;
    let (pupil, _) = room.started().await;
    let first = world.now();
    pupil.authorise().await.ok();
    pupil.start("another device").await.ok();
    let (session, id) = (SessionNumber::parse(&room.number).unwrap(), CandidateId::parse(&pupil.id).unwrap());
    let word = |start, seconds, away| Here { start, heard_at: first + SignedDuration::from_secs(seconds), away };
    // The first device is closed late; the second is here, is closed by mistake, and is here again.
    // The same start is open elsewhere, too, and is closed there in the very instant in which the second is here.
    let words = [word(1, 50, true), word(2, 10, false), word(2, 20, true), word(2, 30, false), word(2, 30, true)];
    for order in orders(&words) {
        forget(&world, &room, &id).await;
        for word in &order {
            world.app.store().hear(&session, &id, word).await.unwrap();
        }
        assert_eq!(away(&pupil).await, None, "{order:?}");
    }
    world.pass((first + SignedDuration::from_secs(30 + PACE)).duration_since(world.now()));
    assert_eq!(away(&pupil).await, None, "within its pace");
    world.pass(SignedDuration::from_secs(SILENT - PACE + 1));
    assert!(away(&pupil).await.is_some());
}

async fn forget(world: &World, room: &Room, id: &CandidateId) {
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let delete = world.dynamo.delete_item().table_name(local::database::SESSIONS).key("session", text(&room.number));
    delete.key("sk", text(&format!("session-here/{}", id.as_str()))).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_words_at_once_the_newest_counts() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let (pupil, _) = room.started().await;
    let (session, id) = (SessionNumber::parse(&room.number).unwrap(), CandidateId::parse(&pupil.id).unwrap());
    let now = world.now();
    let words =
        (0..100).map(|n: i64| Here { start: 1, heard_at: now + SignedDuration::from_millis(n * 37 % 100), away: n * 37 % 100 != 99 });
    let store = world.app.store();
    futures::future::join_all(words.map(async |word| store.hear(&session, &id, &word).await.unwrap())).await;
    assert_eq!(away(&pupil).await, None);
}
