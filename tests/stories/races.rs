//! Everything that two people, or one with two devices, can do at the same instant.

use futures::{FutureExt, StreamExt, future::join_all, stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests::{Answer, Chaos, Fault, Log, Pupil, Room, Value, World, answer, json, people::identity, record::check_tables, record::items};

const AT_ONCE: usize = 50;
const ROUNDS: usize = 40;

/// A room whose first so many candidates have joined and are ticked.
async fn ready(world: &World, pupils: usize) -> (Room, Vec<Pupil>) {
    let room = Room::open(world).await;
    let mut pupils = room.enrol(0..pupils).await;
    join_all(pupils.iter_mut().enumerate().map(async |(n, pupil)| {
        pupil.join(&identity(n)).await;
        pupil.tick(true).await.ok();
    }))
    .await;
    (room, pupils)
}

/// How often each answer was given.
fn tally<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(format!("{} {}", answer.status, answer.code())).or_default() += 1;
    }
    tally
}

fn times<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(answer, times)| (answer.to_owned(), times)).collect()
}

async fn actions(pupil: &Pupil) -> Vec<String> {
    let (_, candidates) = check_tables(&pupil.room).await;
    let item = candidates.into_iter().find(|item| item["id"] == pupil.id).unwrap();
    item["history"].as_array().unwrap().iter().map(|entry| answer(entry, "a")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clicks_on_start_are_one_start() {
    let world = World::new().await;
    let (_, pupils) = ready(&world, 1).await;
    let pupil = &pupils[0];
    for (round, status) in [(1, 201), (2, 200), (3, 200)] {
        let answers = join_all(
            (0..AT_ONCE).map(|_| pupil.start(if round == 1 { "first" } else { "again" }).map(|answer| (answer.status, answer.body))),
        )
        .await;
        if round < 3 {
            assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == status), "{answers:#?}");
            assert_eq!(pupil.status().await["start"], round);
            pupil.act("leave", &pupil.token).await.ok();
            pupil.authorise().await.ok();
        } else {
            assert!(answers.iter().all(|(status, body)| *status == 409 && body["code"] == "attempt_superseded"), "{answers:#?}");
        }
    }
    assert_eq!(actions(pupil).await, ["enrol", "join", "tick", "start", "leave", "authorise", "start", "leave", "authorise"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_devices_one_starts() {
    let world = World::new().await;
    let (_, pupils) = ready(&world, 1).await;
    let pupil = &pupils[0];
    for (round, first) in [(1, "201 ok"), (2, "200 ok"), (3, "200 ok")] {
        let answers = join_all((0..AT_ONCE).map(async |n| pupil.start(&format!("{round} {n}")).await)).await;
        assert_eq!(tally(&answers), times([(first, 1), ("403 resume_not_authorised", AT_ONCE - 1)]));
        assert_eq!(pupil.status().await["start"], round);
        // With and without a leave in between: a crash leaves no trace.
        if round == 1 {
            pupil.act("leave", &pupil.token).await.ok();
        }
        pupil.authorise().await.ok();
    }
    assert_eq!(actions(pupil).await, ["enrol", "join", "tick", "start", "leave", "authorise", "start", "authorise", "start", "authorise"]);
}

/// Does these things at once to each pupil, in an order that varies; returns their answers.
async fn collide(log: &Log, pupils: &[Pupil], deeds: &[&'static str]) -> Vec<Vec<Answer>> {
    let all = stream::iter(pupils.iter().cloned().enumerate()).map(|(n, pupil)| {
        let (log, deeds) = (log.clone(), deeds.to_vec());
        async move {
            let turns = deeds.iter().enumerate().map(|(turn, action)| {
                let (log, pupil, action) = (log.clone(), pupil.clone(), *action);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_micros(((n + 1) * (turn + 3) * 7919 % 8000) as u64)).await;
                    let token = if matches!(action, "start" | "leave" | "finish") { &pupil.token } else { &pupil.room.proctor };
                    pupil.deed(&log, action, token, &format!("{n}.{turn}")).await
                })
            });
            join_all(turns.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
        }
    });
    all.buffered(6).collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_taken_back_while_the_candidate_starts_either_stops_them_or_comes_too_late() {
    let world = World::new().await;
    let (room, pupils) = ready(&world, 2 * ROUNDS).await;
    let log = Log::begin().await;
    let answers = collide(&log, &pupils, &["untick", "start", "tick", "untick"]).await;
    let (mut started, mut stopped) = (0, 0);
    for (pupil, answers) in pupils.iter().zip(&answers) {
        let [_, start, ..] = answers.as_slice() else { panic!() };
        let seen = pupil.seen().await;
        if start.status == 201 {
            started += 1;
            assert_eq!(seen["status"], "in_progress");
        } else {
            stopped += 1;
            start.refused(403, "not_checked_in");
            assert!(seen["startedAt"].is_null() && seen["status"] != "in_progress");
        }
        let history = actions(pupil).await;
        assert_eq!(history.iter().filter(|action| *action == "start").count(), usize::from(start.status == 201));
        assert!(start.status != 201 || history.last().unwrap() == "start", "the tick is consumed: {history:?}");
    }
    log.check(&room).await;
    println!("{started} started, {stopped} stopped");
    assert!(started > 0 && stopped > 0, "{started} started, {stopped} stopped: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_finished_or_ended_never_both() {
    let world = World::new().await;
    let (room, pupils) = ready(&world, 2 * ROUNDS).await;
    join_all(pupils.iter().map(async |pupil| pupil.start("1").await.ok())).await;
    let log = Log::begin().await;
    let (mut finished, mut ended) = (0, 0);
    for (pupil, answers) in pupils.iter().zip(&collide(&log, &pupils, &["end", "finish", "end", "finish"]).await) {
        let [end, finish, again, again_too] = answers.as_slice() else { panic!() };
        let status = answer(&pupil.seen().await, "status");
        let (winners, losers) =
            if status == "finished" { ([finish, again_too], [end, again]) } else { ([end, again], [finish, again_too]) };
        assert!(winners.iter().all(|answer| answer.status == 200 && answer.body["status"] == status), "{winners:#?}");
        for loser in losers {
            loser.refused(409, "test_ended");
        }
        *(if status == "finished" { &mut finished } else { &mut ended }) += 1;
    }
    log.check(&room).await;
    println!("{finished} finished, {ended} ended");
    assert!(finished > 0 && ended > 0, "{finished} finished, {ended} ended: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_imports_of_one_list_one_enrols() {
    let world = World::new().await;
    for round in 0..ROUNDS {
        let room = Room::open(&world).await;
        let import = |numbers: Vec<usize>, key: &str| {
            let list: Vec<_> = numbers.into_iter().map(identity).collect();
            world.post(room.path("/candidates")).token(&room.organiser).key(key).json(&json!({"candidates": list})).send()
        };
        // Backwards too, and with only some in common: order makes no difference.
        let (list, other): (Vec<_>, Vec<_>) =
            if round % 2 == 0 { ((0..20).collect(), (0..20).rev().collect()) } else { ((0..20).collect(), (15..35).collect()) };
        let (one, two) = tokio::join!(import(list.clone(), "1"), import(other, "2"));
        let (won, lost) = if one.status == 201 { (&one, &two) } else { (&two, &one) };
        assert_eq!((won.status, won.body["candidates"].as_array().unwrap().len()), (201, 20));
        lost.refused(409, "already_enrolled");
        assert_eq!(lost.body["errors"].as_array().unwrap().len(), if round % 2 == 0 { 20 } else { 5 });
        assert_eq!(check_tables(&room).await.1.len(), 20);

        let (three, four) = tokio::join!(import((40..60).collect(), "3"), import((40..60).collect(), "3"));
        assert_eq!((three.status, four.status, &three.body), (201, 201, &four.body), "the same key is the same import");
        assert_eq!(check_tables(&room).await.1.len(), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_once_never_overfill_a_session() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let import = async |numbers: std::ops::Range<usize>| {
        let list: Vec<_> = numbers.map(identity).collect();
        world.post(room.path("/candidates")).token(&room.organiser).json(&json!({"candidates": list})).send().await
    };
    let answers = join_all((0..6).map(|n| import(n * 90..n * 90 + 90))).await;
    assert_eq!(tally(&answers), times([("201 ok", 3), ("409 session_full", 3)]));
    let answers = join_all((0..12).map(|n| import(600 + n * 7..607 + n * 7))).await;
    assert_eq!(tally(&answers), times([("201 ok", 4), ("409 session_full", 8)]));
    let answers = join_all((0..5).map(|n| import(700 + n..701 + n))).await;
    assert_eq!(tally(&answers), times([("201 ok", 2), ("409 session_full", 3)]));
    let (session, candidates) = check_tables(&room).await;
    assert_eq!((&session["candidateCount"], candidates.len()), (&json!(300), 300));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_one_joins_and_one_account_joins_once() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let rounds = 33;
    let pupils = room.enrol(0..3 * rounds).await;
    let join = |account: &str, n: usize| world.post(room.path("/join")).token(account).json(&identity(n)).send();
    for round in 0..rounds {
        let [one, two, three] = [0, 1, 2].map(|n| 3 * round + n);
        let [first, second] = [one, two].map(|n| &pupils[n].account);
        let answers = join_all([first, second, first, second].map(|account| join(account, one))).await;
        assert_eq!(tally(&answers), times([("200 ok", 2), ("409 candidate_already_linked", 2)]));
        let free = if answers[0].status == 200 { second } else { first };
        let answers = join_all([two, three, two, three].map(|n| join(free, n))).await;
        assert_eq!(tally(&answers), times([("200 ok", 2), ("409 account_already_linked", 2)]));
    }
    let (_, candidates) = check_tables(&room).await;
    assert_eq!(candidates.iter().filter(|item| item["account"].is_string()).count(), 2 * rounds);
}

#[tokio::test]
async fn a_join_repeated_after_somebody_else_took_the_place_is_refused() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let (mut pupil, other) = (room.pupil().await, world.account(false));
    let join = async |account: &str| world.post(room.path("/join")).token(account).key("same").json(&identity(0)).send().await;
    let first = join(&pupil.account).await.ok();
    assert_eq!(join(&pupil.account).await.ok()["candidate"], first["candidate"]);
    pupil.unlink().await.ok();
    join(&other).await.ok();
    join(&pupil.account).await.refused(409, "candidate_already_linked");
    pupil.token = answer(&first, "accessToken");
    pupil.start("1").await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_and_unlinks_at_once_leave_no_loose_ends() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let pupils = room.enrol(0..12).await;
    let log = Log::begin().await;
    let join = async |n: usize, account: &str, key: String| {
        let call = world.post(room.path("/join")).token(account).key(&key).json(&identity(n));
        log.send(&pupils[n].id, "join", account, &key, call).await
    };
    join_all(pupils.iter().enumerate().map(async |(n, pupil)| {
        for round in 0..ROUNDS / 2 {
            let neighbour = &pupils[(n + 1) % pupils.len()].account;
            let unlink = async |token: &str, by: &str| pupil.deed(&log, "unlink", token, &format!("{round} {by}")).await;
            let answers = tokio::join!(
                join(n, &pupil.account, format!("{round} own")),
                join(n, neighbour, format!("{round} neighbour")),
                unlink(&room.proctor, "proctor"),
                unlink(&room.organiser, "organiser"),
            );
            assert!(answers.2.status == 200 || answers.2.code() == "too_many_changes");
        }
    }))
    .await;
    log.check(&room).await;
    let tally: BTreeSet<_> = log.deeds().into_iter().map(|deed| format!("{} {}", deed.action, deed.code)).collect();
    println!("{} joins and unlinks: {tally:?}", log.deeds().len());
    for expected in ["join ok", "join candidate_already_linked", "join account_already_linked", "unlink ok"] {
        assert!(tally.contains(expected), "{expected} never answered");
    }
}

/// A room in the middle of its exam: some wait, some run, some have left, some are done.
async fn busy_room(world: &World, pupils: usize) -> (Room, Vec<Pupil>) {
    let (room, pupils) = ready(world, pupils).await;
    join_all(pupils.iter().enumerate().map(async |(n, pupil)| match n % 5 {
        0 => (),
        1 => drop(pupil.tick(false).await.ok()),
        _ => {
            pupil.start("before").await.ok();
            match n % 5 {
                3 => drop(pupil.act("leave", &pupil.token).await.ok()),
                4 => drop(pupil.act("finish", &pupil.token).await.ok()),
                _ => (),
            }
        }
    }))
    .await;
    (room, pupils)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finalised_session_stands_still_whatever_else_went_on() {
    for round in 0..4_u64 {
        let world = World::new().await;
        let (room, pupils) = busy_room(&world, 30).await;
        let (log, over) = (Log::begin().await, Arc::new(AtomicBool::new(false)));
        let storm = pupils.iter().cloned().enumerate().map(|(n, pupil)| {
            let (log, over) = (log.clone(), over.clone());
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(round * 100 + n as u64);
                for turn in 0.. {
                    let last = over.load(Ordering::SeqCst);
                    let deeds = ["tick", "untick", "join", "start", "leave", "authorise", "finish", "end", "unlink", "withdraw"];
                    let action = deeds[random.usize(..if turn < 4 { 6 } else { deeds.len() })];
                    let key = format!("{n}.{turn}");
                    match action {
                        "join" => {
                            let call = pupil.room.world.post(pupil.room.path("/join")).token(&pupil.account).key(&key).json(&identity(n));
                            log.send(&pupil.id, "join", &pupil.account, &key, call).await
                        }
                        "start" | "leave" | "finish" => pupil.deed(&log, action, &pupil.token, &key).await,
                        action => pupil.deed(&log, action, &pupil.room.proctor, &key).await,
                    };
                    if last {
                        break;
                    }
                }
            })
        });
        let storm: Vec<_> = storm.collect();
        tokio::time::sleep(Duration::from_millis(30 + 40 * round)).await;
        let (one, two) = tokio::join!(log.finalise(&room, &pupils), log.finalise(&room, &pupils));
        let then = items(&world, &room.number).await;
        assert_eq!((one.status, &one.body), (200, &two.body), "two at once: the same");
        over.store(true, Ordering::SeqCst);
        join_all(storm).await.into_iter().for_each(Result::unwrap);
        assert_eq!(items(&world, &room.number).await, then, "nothing changes any more");
        assert_eq!(room.finalise().await.ok(), one.body);
        let summary = one.body["summary"].clone();
        assert_eq!((&summary["inProgress"], &summary["interrupted"]), (&json!(0), &json!(0)));
        log.check(&room).await;
        println!("{} requests around the finalisation", log.deeds().len());
    }
}

/// What must be true of a finalised room, however it came to be so.
async fn is_finalised(room: &Room, pupils: usize) {
    let (session, candidates) = check_tables(room).await;
    assert_eq!((&session["status"], candidates.len()), (&json!("finalised"), pupils));
    for item in candidates {
        assert!(item["closed"] == true && !matches!(item["status"].as_str(), Some("in_progress" | "interrupted")), "{item:#}");
    }
}

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
            let dying = World::over(&calm.endpoint, &chaos.endpoint).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_finalisation_whose_caller_went_away_goes_on_when_called_again() {
    let world = World::new().await;
    stream::iter(0..12)
        .for_each_concurrent(3, async |n| {
            let (room, pupils) = busy_room(&world, 20).await;
            let _ = tokio::time::timeout(Duration::from_millis(2 + 4 * n), room.finalise()).await;
            let statuses = room.finalise().await.ok()["summary"].clone();
            assert_eq!(statuses, json!({"enrolled": 4, "present": 4, "inProgress": 0, "interrupted": 0, "finished": 4, "ended": 8}));
            is_finalised(&room, pupils.len()).await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proctors_who_type_the_right_password_at_once_all_get_in() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let account = world.account(false);
    let log_in =
        async |password: &str| world.post(room.path("/proctors")).token(&account).json(&json!({"password": password})).send().await;
    let answers = join_all((0..AT_ONCE).map(|_| log_in(&room.session_password))).await;
    assert_eq!(tally(&answers), times([("200 ok", AT_ONCE)]));

    let wrong = join_all((0..AT_ONCE).map(|_| log_in("C-222222"))).await;
    assert_eq!(
        tally(&wrong),
        times([("401 invalid_session_credentials", 10), ("429 too_many_attempts", AT_ONCE - 10)]),
        "guessing in parallel gains nothing"
    );
    log_in(&room.session_password).await.refused(429, "too_many_attempts");
    let colleague = room.another_proctor().await;
    assert!(
        world.get(room.path("/board")).token(&colleague).send().await.ok()["candidates"] == Value::Array(vec![]),
        "others are not locked out"
    );
}
