//! Changes are announced to whoever may see them, and say nothing of what changed.

use futures::{StreamExt, future::join_all, stream};
use std::time::{Duration, Instant};
use tests::{
    Api, Room, Value, answer, json,
    live::{Ear, announced, authorization},
};

/// After which nothing more is expected to be announced.
const QUIET: Duration = Duration::from_secs(3);

fn median_and_worst(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() - 1])
}

#[tokio::test]
async fn a_tick_is_heard() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupils = room.enrol_joined(0..8).await;
    let Some(of_the_room) = announced(&room.board().await) else { return };
    assert_eq!(of_the_room["channel"], format!("/room/{}/*", room.number));
    let ears: Vec<_> = stream::iter(&pupils)
        .then(async |pupil| {
            let live = announced(&pupil.status().await).unwrap();
            assert_eq!(live["channel"], format!("/room/{}/{}", room.number, pupil.id));
            Ear::open(&live, &pupil.token).await
        })
        .collect()
        .await;
    let mut proctor = Ear::open(&of_the_room, &room.proctor).await;

    let heard = join_all(pupils.iter().zip(ears).enumerate().map(async |(n, (pupil, mut ear))| {
        // A page that is told nothing asks at the pace of its last answer.
        let pace = pupil.status().await["refreshAfterSeconds"].as_f64().unwrap();
        let asked = tokio::spawn({
            let pupil = pupil.clone();
            async move {
                tokio::time::sleep(Duration::from_secs_f64(pace)).await;
                assert_eq!(pupil.status().await["status"], "present");
                Instant::now()
            }
        });
        tokio::time::sleep(Duration::from_millis(300 * n as u64)).await;
        let ticked = Instant::now();
        pupil.tick(true).await.ok();
        let told = ear.hear().await;
        let pushed = ticked.elapsed();
        assert_eq!(told["event"], "{}", "it says that something changed, and not what: {told}");
        assert_eq!(pupil.status().await["status"], "present", "what is announced can be read");
        (pushed, asked.await.unwrap().saturating_duration_since(ticked))
    }))
    .await;
    let (pushed, asked) = heard.into_iter().unzip();
    let ((pushed, pushed_worst), (asked, asked_worst)) = (median_and_worst(pushed), median_and_worst(asked));
    println!("a tick is heard after {pushed:?}, at worst {pushed_worst:?}; by asking after {asked:?}, at worst {asked_worst:?}");
    assert!(pushed < asked, "no sooner than by asking");
    for _ in &pupils {
        proctor.hear().await;
    }
}

#[tokio::test]
async fn what_devices_say_is_not_announced_and_what_people_do_is() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let Some(of_the_room) = announced(&room.board().await) else { return };
    let (pupil, started) = room.started().await;
    let attempt = answer(&started, "accessToken");
    let live = announced(&pupil.status().await).unwrap();
    let mut page = Ear::open(&live, &attempt).await;
    let mut proctor = Ear::open(&of_the_room, &room.proctor).await;
    // What came before may still be on its way.
    while proctor.hears(QUIET).await {}
    while page.hears(Duration::from_millis(100)).await {}
    for here in [true, false, true] {
        let word = api.put(pupil.path("/here")).token(&attempt).json(&json!({"here": here})).send().await;
        assert!(word.status < 300, "{word:?}");
    }
    assert!(!proctor.hears(QUIET).await && !page.hears(Duration::from_millis(100)).await);
    pupil.act("leave", &attempt).await.ok();
    page.hear().await;
    proctor.hear().await;
    // An edited session is heard by the room, and by each candidate whose terms it changes.
    api.patch(room.path("")).token(&room.organiser).json(&json!({"examiner": "CPE"})).send().await.ok();
    proctor.hear().await;
    room.finalise().await.ok();
    page.hear().await;
}

/// What was refused, as a test shows it.
fn kind(refusal: &Value) -> String {
    format!("{} {}", refusal["type"].as_str().unwrap_or_default(), refusal["errors"][0]["errorType"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn nobody_hears_what_they_may_not_see() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let Some(of_the_room) = announced(&room.board().await) else { return };
    let own = of_the_room["channel"].as_str().unwrap().to_owned();
    let elsewhere = Room::open(&api).await;
    let pupils = room.enrol_joined(0..2).await;
    let [zoe, other] = &pupils[..] else { unreachable!() };
    let channel = |candidate: &str| format!("/room/{}/{candidate}", room.number);

    let organisers = api.get(room.path("/board")).token(&room.organiser).send().await.ok();
    assert_eq!(organisers.get("live"), None, "an organiser's page goes on asking");
    for (whose, token) in [
        ("an account's", zoe.account.as_str()),
        ("an organiser's", &room.organiser),
        ("no token", "eyJhbGciOiJFZERTQSJ9.e30.AAAA"),
        ("nothing", ""),
    ] {
        let refused = Ear::connect(&of_the_room, token).await.err().unwrap_or_else(|| panic!("{whose} opens a connection"));
        assert!(kind(&refused) == "connection_error UnauthorizedException" || refused["type"] == "no connection", "{whose}: {refused}");
    }
    let mut ear = Ear::connect(&of_the_room, &zoe.token).await.unwrap();
    for foreign in [
        own.clone(),
        channel(&other.id),
        format!("/room/{}/*", elsewhere.number),
        format!("/room/{}", room.number),
        channel("session"),
        "/room/*".to_owned(),
        "/*".to_owned(),
        "/other/channel".to_owned(),
    ] {
        for token in [&zoe.token, &elsewhere.proctor, &zoe.account] {
            if (token, &foreign) == (&elsewhere.proctor, &format!("/room/{}/*", elsewhere.number)) {
                continue;
            }
            let refused = ear.subscribe(&foreign, token).await.expect_err(&foreign);
            assert_eq!(refused["type"], "subscribe_error", "{foreign}: {refused}");
        }
    }
    assert!(ear.subscribe(&channel(&zoe.id), &room.proctor).await.is_err(), "a proctor hears the room, and nobody alone");
    ear.subscribe(&channel(&zoe.id), &zoe.token).await.unwrap();

    // What came before may still be on its way.
    while ear.hears(QUIET).await {}
    // Nobody but the deployment says that something changed.
    let forged = json!({"type": "publish", "id": "forged", "channel": channel(&zoe.id), "events": ["{}"],
        "authorization": authorization(&of_the_room["host"], &zoe.token)});
    ear.say(&forged).await;
    assert_eq!(ear.told(QUIET).await.unwrap()["type"], "publish_error");
    assert!(!ear.hears(QUIET).await);
}

#[tokio::test]
async fn who_is_out_hears_no_more_than_that_something_moved() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let Some(of_the_room) = announced(&room.board().await) else { return };
    let (pupil, started) = room.started().await;
    let first = answer(&started, "accessToken");
    let live = announced(&pupil.status().await).unwrap();
    let channel = live["channel"].as_str().unwrap();
    let mut before = Ear::open(&live, &first).await;

    pupil.act("leave", &first).await.ok();
    pupil.authorise().await.ok();
    let second = answer(&pupil.start("second").await.ok(), "accessToken");
    let mut ear = Ear::connect(&live, &first).await.unwrap();
    assert!(ear.subscribe(channel, &first).await.is_err(), "of an earlier start");
    ear.subscribe(channel, &second).await.unwrap();

    // Somebody else comes in by a pass: the account is off the candidate.
    room.use_pass(&pupil.pass().await, "").await.ok();
    for token in [&pupil.token, &first, &second] {
        let mut ear = Ear::connect(&live, token).await.unwrap();
        assert!(ear.subscribe(channel, token).await.is_err(), "an account that is off the candidate");
    }
    while before.hears(QUIET).await {}
    pupil.end().await.ok();
    assert_eq!(before.hear().await["event"], "{}", "who is subscribed learns that, and nothing else");

    let codes = json!({"replace": ["sessionPassword"]});
    api.post(room.path("/codes")).token(&room.organiser).json(&codes).send().await.ok();
    let mut ear = Ear::connect(&of_the_room, &room.proctor).await.unwrap();
    assert!(ear.subscribe(of_the_room["channel"].as_str().unwrap(), &room.proctor).await.is_err(), "the password was replaced");
}
