//! What anybody with an account may do lawfully, and why it gains them nothing.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use shared::{
    domain::account::Email,
    http::token::{ACCOUNT_LIFETIME, Claims, Kind},
};
use tests::{Answer, Chaos, Fault, Room, Value, World, answer, json, people::identity};

/// An account's try to join this room as the person of that number.
async fn join(room: &Room, account: &str, n: usize) -> Answer {
    room.api.post(room.path("/join")).token(account).json(&identity(n)).send().await
}

/// A login of this account, now.
fn token(world: &World, account: &str) -> String {
    let now = world.now();
    let email = Email::parse("a.guess@example.org").ok();
    world.app.tokens().unwrap().issue(Claims { email, ..Claims::new(Kind::Account, account, now, now + ACCOUNT_LIFETIME) }).unwrap()
}

/// In how many hours the account may guess again.
#[track_caller]
fn hours_left(refused: &Answer) -> u64 {
    refused.refused(429, "too_many_attempts").header("retry-after").unwrap().parse::<u64>().unwrap().div_ceil(3600)
}

#[tokio::test]
async fn a_classmate_who_keeps_joining_takes_nothing_from_the_proctor() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.pupil().await;
    let mut joins = 0;
    // With an account of its own each time: none comes back.
    while join(&room, &world.account().await, 0).await.status == 200 {
        joins += 1;
        pupil.unlink().await.ok();
    }
    assert_eq!(joins, 20, "each with what undoes it, and with the enrolment, 40 changes and one");
    join(&room, &world.account().await, 0).await.refused(409, "too_many_changes");
    pupil.unlink().await.ok();
    pupil.tick(true).await.ok();
    pupil.tick(false).await.ok();
    pupil.tick(true).await.ok();
}

#[tokio::test]
async fn who_joined_is_shown_to_staff_and_to_nobody_else() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let mut pupil = room.pupil().await;
    let says = json!({"firstName": "Sacha", "lastName": "Essai", "email": "s…@example.org"});
    assert!(pupil.seen().await["joinedAs"].is_null());
    let joined = pupil.join(&identity(0)).await;
    let board = world.get(room.path("/board")).token(&room.organiser).send().await.ok();
    for seen in [&pupil.seen().await, &board["candidates"][0], &pupil.tick(true).await.ok()] {
        assert_eq!(seen["joinedAs"], says, "{seen}");
    }
    pupil.start("1").await.ok();
    for seen in [&joined["candidate"], &pupil.status().await, &pupil.act("finish", &pupil.token).await.ok()] {
        assert!(seen["joined"] == true && seen["joinedAs"].is_null(), "{seen}");
    }
    let other = room.enrol(1..2).await.remove(0);
    join(&room, &other.account, 1).await.ok();
    assert!(other.unlink().await.ok()["joinedAs"].is_null());
    assert!(other.seen().await["joinedAs"].is_null());
}

#[tokio::test]
async fn ten_wrong_identities_end_an_accounts_guessing_for_a_day() {
    let world = World::new().await;
    let (room, elsewhere) = (Room::open(&world).await, Room::open(&world).await);
    room.enrol(0..3).await;
    elsewhere.enrol(0..1).await;
    let guesser = || token(&world, "01GUESSER");
    let other = || token(&world, "01OTHER");
    join(&room, &other(), 1).await.ok();
    // Nobody, in this session and in another; somebody who has joined; a session that does not exist; one that can't.
    for n in 3..8 {
        join(&room, &guesser(), n).await.refused(404, "candidate_not_found");
    }
    join(&elsewhere, &guesser(), 8).await.refused(404, "candidate_not_found");
    join(&room, &guesser(), 1).await.refused(409, "candidate_already_linked");
    for session in ["99999999", "1"] {
        let guess = world.post(format!("/sessions/{session}/join")).token(&guesser()).json(&identity(0)).send().await;
        guess.refused(404, "candidate_not_found");
    }
    // The same again is no further guess, and a right one forgets none.
    join(&room, &guesser(), 3).await.refused(404, "candidate_not_found");
    join(&elsewhere, &guesser(), 0).await.ok();
    world.pass(SignedDuration::from_hours(20));
    join(&room, &guesser(), 9).await.refused(404, "candidate_not_found");
    for n in [0, 1, 3, 10] {
        assert_eq!(hours_left(&join(&room, &guesser(), n).await), 4, "right or wrong");
    }
    join(&elsewhere, &guesser(), 0).await.ok();
    join(&room, &other(), 1).await.ok();
    world.pass(SignedDuration::from_hours(4));
    let next = Room::scheduled(&world, world.now()).await;
    for n in 3..13 {
        join(&next, &guesser(), n).await.refused(404, "candidate_not_found");
    }
    assert_eq!(hours_left(&join(&next, &guesser(), 0).await), 24);
}

#[tokio::test]
async fn an_account_that_has_joined_learns_no_other_names() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    room.enrol(0..12).await;
    let account = world.account().await;
    join(&room, &account, 0).await.ok();
    for n in 1..11 {
        join(&room, &account, n).await.refused(409, "account_already_linked");
    }
    assert_eq!(hours_left(&join(&room, &account, 11).await), 24);
}

#[tokio::test]
async fn before_a_session_opens_nothing_is_told_and_nothing_counted() {
    let world = World::new().await;
    let room = Room::scheduled(&world, Timestamp::now() + SignedDuration::from_hours(48)).await;
    room.enrol(0..1).await;
    let account = world.account().await;
    for n in 0..15 {
        join(&room, &account, n).await.refused(409, "session_not_open");
    }
    world.pass(SignedDuration::from_hours(47));
    join(&room, &world.account().await, 0).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_made_at_once_are_no_more_than_one_after_another() {
    let world = World::new().await;
    for _ in 0..3 {
        let room = Room::open(&world).await;
        room.enrol(0..1).await;
        let account = world.account().await;
        // The right one comes last.
        let answers = join_all((0..60).rev().map(|n| join(&room, &account, n))).await;
        let told = answers.iter().filter(|answer| answer.code() == "candidate_not_found").count();
        assert_eq!(told, 10);
        for answer in answers {
            assert!(matches!(answer.code(), "candidate_not_found" | "too_many_attempts" | "ok"), "{}", answer.body);
        }
        let joined = room.board().await["candidates"][0]["joined"] == true;
        assert_eq!(join(&room, &account, 0).await.status, if joined { 200 } else { 429 });
    }
}

#[tokio::test]
async fn a_right_guess_that_wrong_ones_overtake_is_one_too_many() {
    let world = World::new().await;
    let (room, account) = (Room::open(&world).await, world.account().await);
    room.enrol(0..1).await;
    let (slow, waits, go_on) = world.held_back("TransactWriteItems", 1).await;
    let wrong = async {
        waits.notified().await;
        for n in 1..11 {
            join(&room, &account, n).await.refused(404, "candidate_not_found");
        }
        go_on.send(()).unwrap();
    };
    let right = slow.post(room.path("/join")).token(&account).json(&identity(0)).send();
    let (right, ()) = tokio::join!(right, wrong);
    assert!(hours_left(&right) >= 24);
    assert_eq!(room.board().await["candidates"][0]["joined"], false);
}

#[tokio::test]
async fn the_last_wrong_identity_is_told_although_the_answer_of_its_count_was_lost() {
    let world = World::new().await;
    let (room, account) = (Room::open(&world).await, world.account().await);
    for n in 0..9 {
        join(&room, &account, n).await.refused(404, "candidate_not_found");
    }
    let mut lost = false;
    let loses_one = move |operation: &str| {
        if operation == "UpdateItem" && !std::mem::replace(&mut lost, true) { Fault::DropAnswer } else { Fault::Pass }
    };
    let lossy = world.through(&Chaos::before(&world.endpoint, loses_one).await.endpoint).await;
    let last = lossy.post(room.path("/join")).token(&account).json(&identity(9)).send().await;
    last.refused(404, "candidate_not_found");
    hours_left(&join(&room, &account, 10).await);
}

#[tokio::test]
async fn a_session_that_is_being_finalised_tells_nothing_of_anybody() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    room.enrol(0..1).await;
    let mut begun = false;
    let stops = move |_: &str| if std::mem::replace(&mut begun, true) { Fault::Reset } else { Fault::Pass };
    let dying = world.through(&Chaos::before(&world.endpoint, stops).await.endpoint).await;
    dying.post(room.path("/finalise")).token(&room.organiser).send().await.refused(503, "busy");
    for n in 0..2 {
        join(&room, &world.account().await, n).await.refused(409, "session_finalised");
    }
}

#[tokio::test]
async fn names_without_end_make_no_room_too_large_to_read() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupil = room.pupil().await;
    let now = world.now();
    let claims = Claims { given_name: Some("é".repeat(255)), ..Claims::new(Kind::Account, "01LONG", now, now + ACCOUNT_LIFETIME) };
    let claims = Claims { family_name: Some("王".repeat(255)), email: Email::parse("a@example.org").ok(), ..claims };
    let long = world.app.tokens().unwrap().issue(claims).unwrap();
    join(&room, &long, 0).await.ok();
    let password = json!({"password": room.session_password});
    world.post(room.path("/proctors")).token(&long).json(&password).send().await.ok();
    let board = room.board().await;
    for seen in [&board["proctors"][1], &pupil.seen().await["joinedAs"]] {
        assert_eq!(
            (answer(seen, "firstName"), answer(seen, "lastName")),
            (format!("{}…", "é".repeat(40)), format!("{}…", "王".repeat(40)))
        );
    }
}

/// The names of a board's proctors, and since when they are here.
fn proctors(board: &Value) -> Vec<(String, Timestamp)> {
    let proctors = board["proctors"].as_array().unwrap().iter();
    proctors.map(|proctor| (answer(proctor, "firstName"), answer(proctor, "since").parse().unwrap())).collect()
}

#[tokio::test]
async fn who_proctors_is_seen_by_all_who_do_and_by_the_organiser() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let account = world.account().await;
    let log_in = async |password: &str| {
        let call = world.post(room.path("/proctors")).token(&account).json(&json!({"password": password}));
        call.send().await
    };
    log_in("C-222222").await.refused(401, "invalid_session_credentials");
    let first = proctors(&room.board().await);
    assert_eq!(first.len(), 1, "only who came in");
    world.pass(SignedDuration::from_mins(5));
    let token = answer(&log_in(&room.session_password).await.ok(), "accessToken");
    world.pass(SignedDuration::from_mins(5));
    log_in(&room.session_password).await.ok();
    let boards = join_all([&room.proctor, &token, &room.organiser].map(|token| world.get(room.path("/board")).token(token).send())).await;
    for board in boards {
        let seen = proctors(&board.ok());
        assert_eq!((seen.len(), &seen[0]), (2, &first[0]), "the longest here first");
        let later = seen[1].1.duration_since(seen[0].1).as_secs();
        assert!((290..310).contains(&later), "since the first time: {later}");
    }
    room.finalise().await.ok();
    let late = world.account().await;
    let late = world.post(room.path("/proctors")).token(&late).json(&json!({"password": room.session_password})).send().await;
    late.refused(409, "session_finalised");
    assert_eq!(proctors(&room.board().await).len(), 2);
}
