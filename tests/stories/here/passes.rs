//! How long a pass is good, and what is kept of it.

use jiff::{SignedDuration, Timestamp};
use shared::domain::{code::TypedPass, session::SessionNumber};
use tests::{
    Log, Room, Value, World, answer, json,
    people::identity,
    record::{check_tables, claims, items},
};

#[tokio::test]
async fn a_pass_is_good_for_ten_minutes() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupils = room.enrol(0..2).await;
    let begun = Timestamp::now();
    let issued = [pupils[0].issue_pass("1").await.ok(), pupils[1].issue_pass("1").await.ok()];
    let codes = issued.clone().map(|issued| answer(&issued, "code"));
    let ends_at: Timestamp = answer(&issued[0], "expiresAt").parse().unwrap();
    assert!((0..5000).contains(&(ends_at - SignedDuration::from_mins(10)).duration_since(begun).as_millis()));

    world.pass(SignedDuration::from_secs(590));
    assert_eq!(pupils[0].issue_pass("1").await.ok(), issued[0], "the same end, not another ten minutes");
    let rest = ends_at.duration_since(world.now());
    world.pass(rest - SignedDuration::from_secs(3));
    room.use_pass(&codes[0], "in time").await.ok();
    let other_ends_at: Timestamp = answer(&issued[1], "expiresAt").parse().unwrap();
    world.pass(other_ends_at.duration_since(world.now()).max(SignedDuration::ZERO));
    room.use_pass(&codes[1], "too late").await.refused(401, "invalid_pass");
    pupils[1].issue_pass("1").await.refused(409, "key_reused");
    // Who came in by it in time is told so again, and may have lost that answer just before.
    room.use_pass(&codes[0], "in time").await.ok();
    room.use_pass(&codes[0], "too late").await.refused(401, "invalid_pass");
    let next = pupils[1].pass().await;
    room.use_pass(&next, "1").await.ok();
}

#[tokio::test]
async fn a_retry_is_answered_until_the_session_closes() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let code = room.pupil().await.pass().await;
    room.use_pass(&code, "1").await.ok();
    world.pass(SignedDuration::from_hours(24));
    room.use_pass(&code, "1").await.refused(409, "session_closed");
    room.use_pass(&code, "2").await.refused(401, "invalid_pass");
}

/// What the tables keep of a pass of this session.
fn tag(world: &World, room: &Room, code: &str) -> String {
    let session = SessionNumber::parse(&room.number).unwrap();
    world.app.codes().unwrap().pass_tag(&session, TypedPass::parse(code).as_pass().unwrap()).as_str().to_owned()
}

#[tokio::test]
async fn of_a_pass_a_hash_is_kept_for_a_day_and_no_code() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupils = room.enrol(0..2).await;
    let issued = pupils[0].issue_pass("1").await.ok();
    let (code, ends_at) = (answer(&issued, "code"), answer(&issued, "expiresAt").parse::<Timestamp>().unwrap());
    let tag = tag(&world, &room, &code);
    let kept = items(&world, &room.number).await;
    let pointer = kept.iter().find(|item| item["sk"] == format!("pass/{tag}")).unwrap();
    assert_eq!(pointer["expiresAt"].as_i64().unwrap() - ends_at.as_second(), 24 * 3600);
    let used = room.use_pass(&code, "1").await.ok();
    pupils[1].pass().await;

    let text = |values: &[Value]| json!(values).to_string().to_uppercase();
    let kept = items(&world, &room.number).await;
    assert!(!text(&kept).contains(&code) && text(&kept).contains(&tag));
    let histories: Vec<_> = kept.iter().map(|item| item["history"].clone()).collect();
    let seen = [room.board().await, pupils[0].seen().await, used.clone(), claims(&answer(&used, "accessToken"))];
    for shown in [&histories[..], &seen[..]] {
        let shown = text(shown);
        assert!(!shown.contains(&code) && !shown.contains(&tag), "{shown}");
    }
}

#[tokio::test]
async fn who_is_removed_or_joined_by_somebody_just_before_a_pass_is_used_is_no_exception() {
    let world = World::new().await;
    for happens in ["removed", "joined", "started", "unlinked", "passed"] {
        let room = Room::open(&world).await;
        let mut pupil = if matches!(happens, "started" | "unlinked") { room.joined().await } else { room.pupil().await };
        pupil.tick(true).await.ok();
        let code = pupil.pass().await;
        let (slow, waits, go_on) = world.held_back("TransactWriteItems", 1).await;
        let use_pass = slow.post(room.path("/pass")).key("1").json(&json!({"code": code})).send();
        let meanwhile = async {
            waits.notified().await;
            match happens {
                "removed" => drop(world.delete(pupil.path("")).token(&room.organiser).send().await.ok()),
                "joined" => drop(pupil.join(&identity(0)).await),
                "started" => drop(pupil.start("1").await.ok()),
                "unlinked" => drop(pupil.unlink().await.ok()),
                _ => drop(room.use_pass(&code, "2").await.ok()),
            }
            go_on.send(()).unwrap();
        };
        let (used, ()) = tokio::join!(use_pass, meanwhile);
        if matches!(happens, "removed" | "passed") {
            used.refused(401, "invalid_pass");
        } else {
            assert_eq!(used.ok()["candidate"]["status"], if happens == "started" { "in_progress" } else { "present" });
            assert_eq!(pupil.seen().await["joinedAs"], json!({"pass": true}));
            if happens != "unlinked" {
                pupil.start("2").await.refused(403, "forbidden");
            }
        }
        check_tables(&room).await;
    }
}

#[tokio::test]
async fn passes_are_found_by_nobody_who_has_not_got_one() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.pupil().await;
    let log = Log::begin().await;
    let issued = pupil.deed(&log, "issue_pass", &room.proctor, "1").await;
    let pass = pupil.issued(&room.proctor, "1", &issued);
    // One character is another one.
    for place in 0..8 {
        let mut near = pass.code.clone();
        near.replace_range(place..=place, if &near[place..=place] == "2" { "3" } else { "2" });
        room.use_pass(&near, "guess").await.refused(401, "invalid_pass");
    }
    log.use_pass(&pupil, &pass, "1").await.ok();
    log.check(&room).await;
}
