//! What passes as time does.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use tests::{Room, World, answer, json, record::claims};

#[tokio::test]
async fn sessions_open_two_hours_before_and_close_a_day_after() {
    let world = World::new().await;
    let room = Room::scheduled(&world, world.now() + SignedDuration::from_hours(3)).await;
    let mut pupil = room.pupil().await;
    let late = room.enrol(1..2).await.remove(0);
    pupil.tick(true).await.ok();
    let join = || world.post(room.path("/join")).token(&pupil.account).json(&tests::people::identity(0));
    join().send().await.refused(409, "session_not_open");
    let stranger = || world.post(room.path("/join")).token(&pupil.account).json(&tests::people::identity(9));
    stranger().send().await.refused(409, "session_not_open");
    world.pass(SignedDuration::from_hours(1));
    pupil.join(&tests::people::identity(0)).await;
    world.pass(SignedDuration::from_hours(25));
    world.post(late.room.path("/join")).token(&world.account().await).json(&tests::people::identity(1)).send().await.ok();
    world.pass(SignedDuration::from_hours(1));
    // Whether they are enrolled is told no more.
    for n in [1, 9] {
        let join = world.post(room.path("/join")).token(&world.account().await).json(&tests::people::identity(n)).send().await;
        join.refused(409, "session_closed");
    }
    pupil.start("1").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn past_the_end_time_the_candidate_shows_as_overtime_and_is_not_cut_off() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let list = json!({"candidates": [{"firstName": "Ana", "lastName": "Lima", "birthdate": "2012-01-01", "extraTimePercent": 33}]});
    world.post(room.path("/candidates")).token(&room.organiser).json(&list).send().await.ok();
    let mut pupil = room.pupil().await;
    pupil.id = answer(&room.board().await["candidates"][1], "id");
    pupil.join(&list["candidates"][0]).await;
    pupil.tick(true).await.ok();
    let started = pupil.start("1").await.ok();
    let instant = |value: &tests::Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let allowed = instant(&started["attempt"]["endsAt"]).duration_since(instant(&started["attempt"]["startedAt"]));
    assert_eq!(allowed.as_secs(), 105 * 60 * 133 / 100);
    world.pass(allowed - SignedDuration::from_mins(1));
    assert_eq!(pupil.status().await["overtime"], false);
    world.pass(SignedDuration::from_mins(1));
    let status = pupil.status().await;
    assert_eq!((&status["overtime"], &status["status"]), (&json!(true), &json!("in_progress")));
    assert_eq!(pupil.act("finish", &answer(&started, "accessToken")).await.ok()["overtime"], false);
}

/// When a token was issued and when it expires, by the server's clock.
fn lifetime(token: &str) -> (Timestamp, Timestamp) {
    let claims = claims(token);
    let [issued, expires] = ["iat", "exp"].map(|name| Timestamp::from_second(claims[name].as_i64().unwrap()).unwrap());
    (issued, expires)
}

#[tokio::test]
async fn tokens_last_as_long_as_they_say() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.joined().await;
    pupil.tick(true).await.ok();
    let started = pupil.start("1").await.ok();
    let attempt = answer(&started, "accessToken");
    let ends_at: Timestamp = answer(&started["attempt"], "endsAt").parse().unwrap();

    let (issued, expires) = lifetime(&room.proctor);
    assert_eq!(expires.duration_since(issued), SignedDuration::from_hours(12));
    let closes_at: Timestamp = answer(&room.board().await["session"], "closesAt").parse().unwrap();
    assert_eq!(lifetime(&pupil.token).1, closes_at);
    let (issued, expires) = lifetime(&attempt);
    assert_eq!(expires.as_second(), (ends_at + SignedDuration::from_hours(24)).as_second());
    assert_eq!(started["expiresIn"], expires.duration_since(issued).as_secs());

    let board = async || world.get(room.path("/board")).token(&room.proctor).send().await;
    world.pass(SignedDuration::from_hours(12) - SignedDuration::from_mins(1));
    board().await.ok();
    world.pass(SignedDuration::from_mins(1));
    board().await.refused(401, "unauthenticated");
    let status = async |token: &str| world.get(pupil.path("")).token(token).send().await;
    status(&pupil.token).await.ok();
    world.pass(SignedDuration::from_hours(12));
    status(&pupil.token).await.refused(401, "unauthenticated");
    assert_eq!(status(&attempt).await.ok()["overtime"], true, "the exam engine may still hand in");
    world.pass(SignedDuration::from_hours(2));
    status(&attempt).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn sessions_are_listed_newest_first_page_by_page() {
    let world = World::new().await;
    let organiser = world.organiser().await;
    let list = async |query: &str| world.get(format!("/sessions{query}")).token(&organiser).send().await;
    assert_eq!(list("").await.ok(), json!({"sessions": []}));
    let mut made = vec![];
    for _ in 0..5 {
        made.insert(
            0,
            answer(&world.post("/sessions").token(&organiser).json(&tests::people::session_at(world.now())).send().await.ok(), "number"),
        );
        world.pass(SignedDuration::from_secs(1));
    }
    let (mut listed, mut query) = (vec![], "?limit=2".to_owned());
    for size in [2, 2, 1] {
        let page = list(&query).await.ok();
        let numbers = page["sessions"].as_array().unwrap().iter().map(|session| answer(session, "number"));
        listed.extend(numbers);
        assert_eq!(page["sessions"].as_array().unwrap().len(), size);
        query = page["nextCursor"].as_str().map(|cursor| format!("?limit=2&cursor={cursor}")).unwrap_or_default();
    }
    assert_eq!((listed, query.as_str()), (made, ""), "newest first, each once");
}

#[tokio::test]
async fn who_waits_to_be_let_in_asks_again_sooner_than_who_runs() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.joined().await;
    let asks_again_soon = async || pupil.status().await["refreshAfterSeconds"].as_f64().unwrap() < 30.0;
    assert!(asks_again_soon().await, "not ticked yet");
    pupil.tick(true).await.ok();
    assert!(asks_again_soon().await, "let in");
    pupil.start("first").await.ok();
    assert!(!asks_again_soon().await, "runs");
    // Their browser crashed, which nobody told Vigie.
    pupil.start("again").await.refused(403, "resume_not_authorised");
    assert!(asks_again_soon().await, "asks to resume");
    pupil.authorise().await.ok();
    pupil.start("resumed").await.ok();
    assert!(!asks_again_soon().await, "runs again");
    pupil.act("leave", &pupil.token).await.ok();
    assert!(asks_again_soon().await, "interrupted");
}

#[tokio::test]
async fn all_of_a_session_is_kept_for_five_years_after_it_closes() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    room.joined().await;
    let query = world.dynamo.query().table_name(local::database::SESSIONS).key_condition_expression("#session = :session");
    let query = query.expression_attribute_names("#session", "session");
    let query = query.expression_attribute_values(":session", AttributeValue::S(room.number.clone()));
    let items = query.send().await.unwrap().items.unwrap();
    let kinds: Vec<_> = items.iter().map(|item| item["sk"].as_s().unwrap().split('/').next().unwrap()).collect();
    assert_eq!(kinds, ["account", "session", "session-proctor", "session"], "the guard, the session, its proctor, the candidate");
    let closes_at: Timestamp = answer(&room.board().await["session"], "closesAt").parse().unwrap();
    for item in items {
        let expires_at: i64 = item["expiresAt"].as_n().unwrap().parse().unwrap();
        let days = (expires_at - closes_at.as_second()) / (24 * 3600);
        assert!((5 * 365 + 1..=5 * 366).contains(&days), "{days} days: {:?}", item["sk"]);
    }
}

#[tokio::test]
async fn what_is_moved_is_kept_from_its_new_date_on() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    room.enrol(0..2).await;
    let later = tests::people::session_at(world.now() + SignedDuration::from_hours(3 * 365 * 24));
    let moved = json!({"date": later["date"], "time": later["time"]});
    let moved = world.patch(room.path("")).token(&room.organiser).json(&moved).send().await.ok();
    let closes_at: Timestamp = answer(&moved, "closesAt").parse().unwrap();
    for item in tests::record::items(&room.api, &room.number).await {
        if item["sk"] == "session" || item["sk"].as_str().unwrap().starts_with("session/") {
            assert_eq!(item["expiresAt"], closes_at.as_second() + 5 * 366 * 24 * 3600, "{item:#}");
        }
    }
}
