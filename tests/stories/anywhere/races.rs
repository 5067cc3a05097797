//! Everything that two people, or one with two devices, can do at the same instant.

use futures::{FutureExt, StreamExt, future::join_all, stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tests::{Answer, Api, Log, Pupil, Room, Value, answer, json, people::identity, record::check_tables, record::items};
use tokio::sync::Notify;

const AT_ONCE: usize = 50;
const ROUNDS: usize = 40;

/// A room whose first so many candidates have joined and are ticked.
pub async fn ready(api: &Api, pupils: usize) -> (Room, Vec<Pupil>) {
    let room = Room::open(api).await;
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

/// Asserts that a room's tables agree with each other, where they are in reach, and with the board.
/// Returns how many candidates it has.
async fn count(room: &Room) -> usize {
    let listed = room.board().await["candidates"].as_array().unwrap().len();
    if room.api.dynamo.is_some() {
        assert_eq!(check_tables(room).await.1.len(), listed);
    }
    listed
}

/// Asserts what has been done about a candidate, where the tables are in reach.
async fn has_done(pupil: &Pupil, actions: &[&str]) {
    if pupil.room.api.dynamo.is_some() {
        assert_eq!(self::actions(pupil).await, actions);
    }
}

async fn actions(pupil: &Pupil) -> Vec<String> {
    let (_, candidates) = check_tables(&pupil.room).await;
    let item = candidates.into_iter().find(|item| item["id"] == pupil.id).unwrap();
    item["history"].as_array().unwrap().iter().map(|entry| answer(entry, "a")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clicks_on_start_are_one_start() {
    let api = Api::anywhere().await;
    let (_, pupils) = ready(&api, 1).await;
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
    has_done(pupil, &["enrol", "join", "tick", "start", "leave", "authorise", "start", "leave", "authorise"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_devices_one_starts() {
    let api = Api::anywhere().await;
    let (_, pupils) = ready(&api, 1).await;
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
    has_done(pupil, &["enrol", "join", "tick", "start", "leave", "authorise", "start", "authorise", "start", "authorise"]).await;
}

/// Holds what was answered against the tables, where they are in reach.
async fn agrees(log: &Log, room: &Room) {
    if room.api.dynamo.is_some() {
        log.check(room).await;
    }
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
                    let token = if matches!(action, "start" | "leave" | "finish" | "call") { &pupil.token } else { &pupil.room.proctor };
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
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, 2 * ROUNDS).await;
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
        if api.dynamo.is_some() {
            let history = actions(pupil).await;
            assert_eq!(history.iter().filter(|action| *action == "start").count(), usize::from(start.status == 201));
            assert!(start.status != 201 || history.last().unwrap() == "start", "the tick is consumed: {history:?}");
        }
    }
    agrees(&log, &room).await;
    println!("{started} started, {stopped} stopped");
    assert!(started > 0 && stopped > 0, "{started} started, {stopped} stopped: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_finished_or_ended_never_both() {
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, 2 * ROUNDS).await;
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
    agrees(&log, &room).await;
    println!("{finished} finished, {ended} ended");
    assert!(finished > 0 && ended > 0, "{finished} finished, {ended} ended: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn minutes_come_before_the_end_or_not_at_all() {
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, 2 * ROUNDS).await;
    join_all(pupils.iter().map(async |pupil| pupil.start("1").await.ok())).await;
    let log = Log::begin().await;
    let (mut in_time, mut too_late) = (0, 0);
    for (pupil, answers) in pupils.iter().zip(&collide(&log, &pupils, &["add_minutes", "end", "add_minutes"]).await) {
        let [one, end, other] = answers.as_slice() else { panic!() };
        let mut added = 0;
        for minutes in [one, other] {
            if minutes.status == 200 {
                (added, in_time) = (added + 3, in_time + 1);
            } else {
                minutes.refused(409, "test_ended");
                too_late += 1;
            }
        }
        let seen = pupil.seen().await;
        assert_eq!((&seen["status"], &seen["extraMinutes"]), (&json!("ended"), &json!(added)));
        assert_eq!((&seen["extraMinutes"], &seen["endsAt"]), (&end.body["extraMinutes"], &end.body["endsAt"]), "none after the end");
    }
    agrees(&log, &room).await;
    println!("{in_time} in time, {too_late} too late");
    assert!(in_time > 0 && too_late > 0, "{in_time} in time, {too_late} too late: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn minutes_that_two_proctors_add_at_once_both_count() {
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, ROUNDS / 2).await;
    let (log, other) = (Log::begin().await, room.another_proctor().await);
    join_all(pupils.iter().map(async |pupil| {
        let add = async |token: &str, key: &str| pupil.deed(&log, "add_minutes", token, key).await.ok()["extraMinutes"].as_i64().unwrap();
        // One of them is so impatient as to press again: that is one request.
        let answers = tokio::join!(add(&room.proctor, "1"), add(&other, "1"), add(&other, "1"), add(&room.organiser, "1"));
        let answers = <[i64; 4]>::from(answers);
        assert!(answers.iter().all(|minutes| [3, 6, 9].contains(minutes)) && answers.contains(&9), "{answers:?}");
        assert_eq!(pupil.seen().await["extraMinutes"], 9);
    }))
    .await;
    agrees(&log, &room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_calls_from_a_test_that_is_over() {
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, 2 * ROUNDS).await;
    join_all(pupils.iter().map(async |pupil| pupil.start("1").await.ok())).await;
    let log = Log::begin().await;
    let (mut heard, mut too_late) = (0, 0);
    for (pupil, answers) in pupils.iter().zip(&collide(&log, &pupils, &["call", "end", "answer", "call"]).await) {
        let [one, end, answer, other] = answers.as_slice() else { panic!() };
        for call in [one, other] {
            if call.status == 200 {
                heard += 1;
            } else {
                call.refused(409, "test_ended");
                too_late += 1;
            }
        }
        for body in [&end.body, &answer.body, &pupil.seen().await] {
            assert!(body["id"] == pupil.id && body["helpSince"].is_null(), "{body}");
        }
    }
    count(&room).await;
    println!("{heard} heard, {too_late} too late");
    assert!(heard > 0 && too_late > 0, "{heard} heard, {too_late} too late: no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_imports_of_one_list_one_enrols() {
    let api = Api::anywhere().await;
    for round in 0..ROUNDS {
        let room = Room::open(&api).await;
        let import = |numbers: Vec<usize>, key: &str| {
            let list: Vec<_> = numbers.into_iter().map(identity).collect();
            api.post(room.path("/candidates")).token(&room.organiser).key(key).json(&json!({"candidates": list})).send()
        };
        // Backwards too, and with only some in common: order makes no difference.
        let (list, other): (Vec<_>, Vec<_>) =
            if round % 2 == 0 { ((0..20).collect(), (0..20).rev().collect()) } else { ((0..20).collect(), (15..35).collect()) };
        let (one, two) = tokio::join!(import(list.clone(), "1"), import(other, "2"));
        let (won, lost) = if one.status == 201 { (&one, &two) } else { (&two, &one) };
        assert_eq!((won.status, won.body["candidates"].as_array().unwrap().len()), (201, 20));
        lost.refused(409, "already_enrolled");
        assert_eq!(lost.body["errors"].as_array().unwrap().len(), if round % 2 == 0 { 20 } else { 5 });
        assert_eq!(count(&room).await, 20);

        let (three, four) = tokio::join!(import((40..60).collect(), "3"), import((40..60).collect(), "3"));
        assert_eq!((three.status, four.status, &three.body), (201, 201, &four.body), "the same key is the same import");
        assert_eq!(count(&room).await, 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_once_never_overfill_a_session() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let import = async |numbers: std::ops::Range<usize>| {
        let list: Vec<_> = numbers.map(identity).collect();
        api.post(room.path("/candidates")).token(&room.organiser).json(&json!({"candidates": list})).send().await
    };
    let answers = join_all((0..6).map(|n| import(n * 90..n * 90 + 90))).await;
    assert_eq!(tally(&answers), times([("201 ok", 3), ("409 session_full", 3)]));
    let answers = join_all((0..12).map(|n| import(600 + n * 7..607 + n * 7))).await;
    assert_eq!(tally(&answers), times([("201 ok", 4), ("409 session_full", 8)]));
    let answers = join_all((0..5).map(|n| import(700 + n..701 + n))).await;
    assert_eq!(tally(&answers), times([("201 ok", 2), ("409 session_full", 3)]));
    assert_eq!(count(&room).await, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_one_joins_and_one_account_joins_once() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let rounds = 33;
    let pupils = room.enrol(0..3 * rounds).await;
    let join = |account: &str, n: usize| api.post(room.path("/join")).token(account).json(&identity(n)).send();
    for round in 0..rounds {
        let [one, two, three] = [0, 1, 2].map(|n| 3 * round + n);
        let [first, second] = [one, two].map(|n| &pupils[n].account);
        let answers = join_all([first, second, first, second].map(|account| join(account, one))).await;
        assert_eq!(tally(&answers), times([("200 ok", 2), ("409 candidate_already_linked", 2)]));
        let free = if answers[0].status == 200 { second } else { first };
        let answers = join_all([two, three, two, three].map(|n| join(free, n))).await;
        assert_eq!(tally(&answers), times([("200 ok", 2), ("409 account_already_linked", 2)]));
    }
    assert_eq!(count(&room).await, pupils.len());
    let board = room.board().await;
    assert_eq!(board["candidates"].as_array().unwrap().iter().filter(|view| view["joined"] == true).count(), 2 * rounds);
}

#[tokio::test]
async fn a_join_repeated_after_somebody_else_took_the_place_is_refused() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let (mut pupil, other) = (room.pupil().await, api.account().await);
    let join = async |account: &str| api.post(room.path("/join")).token(account).key("same").json(&identity(0)).send().await;
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
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupils = room.enrol(0..12).await;
    let log = Log::begin().await;
    let join = async |n: usize, account: &str, key: String| {
        let call = api.post(room.path("/join")).token(account).key(&key).json(&identity(n));
        log.send(&pupils[n].id, "join", account, &key, call).await
    };
    join_all(pupils.iter().enumerate().map(async |(n, pupil)| {
        let (mut own, mut neighbour) = (pupil.account.clone(), pupils[(n + 1) % pupils.len()].account.clone());
        for round in 0..ROUNDS / 2 {
            let unlink = async |token: &str, by: &str| pupil.deed(&log, "unlink", token, &format!("{round} {by}")).await;
            let answers = tokio::join!(
                join(n, &own, format!("{round} own")),
                join(n, &neighbour, format!("{round} neighbour")),
                unlink(&room.proctor, "proctor"),
                unlink(&room.organiser, "organiser"),
            );
            answers.2.ok();
            // Who was taken off does not come back.
            for (account, answer) in [(&mut own, answers.0), (&mut neighbour, answers.1)] {
                if answer.code() == "account_unlinked" {
                    *account = api.account().await;
                }
            }
        }
    }))
    .await;
    agrees(&log, &room).await;
    let tally: BTreeSet<_> = log.deeds().into_iter().map(|deed| format!("{} {}", deed.action, deed.code)).collect();
    println!("{} joins and unlinks: {tally:?}", log.deeds().len());
    for expected in ["join ok", "join candidate_already_linked", "join account_unlinked", "unlink ok"] {
        assert!(tally.contains(expected), "{expected} never answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_have_the_same_pass_one_gets_in() {
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, ROUNDS / 2).await;
    let mut passes = vec![];
    for pupil in &pupils {
        passes.push(pupil.pass().await);
    }
    for (n, (pupil, code)) in pupils.iter().zip(&passes).enumerate() {
        // Each of five devices twice.
        let answers = join_all((0..10).map(async |device| room.use_pass(code, &format!("{n}.{}", device % 5)).await)).await;
        assert_eq!(tally(&answers), times([("200 ok", 2), ("401 invalid_pass", 8)]));
        let in_by: Vec<_> = answers.iter().filter(|answer| answer.status == 200).map(|answer| &answer.body).collect();
        assert_eq!((&in_by[0]["candidate"], &in_by[0]["session"]), (&in_by[1]["candidate"], &in_by[1]["session"]));
        let again = join_all((0..10).map(async |device| room.use_pass(code, &format!("{n}.{}", device % 5)).await)).await;
        assert_eq!(again.iter().map(Answer::code).collect::<Vec<_>>(), answers.iter().map(Answer::code).collect::<Vec<_>>());
        pupil.start("1").await.refused(403, "forbidden");
    }
    assert_eq!(count(&room).await, ROUNDS / 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_passes_issued_at_once_one_lets_in() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let other = room.another_proctor().await;
    for pupil in room.enrol(0..ROUNDS / 2).await {
        let colleague = Pupil { room: Room { proctor: other.clone(), ..room.clone() }, ..pupil.clone() };
        let issued = futures::join!(pupil.issue_pass("1"), pupil.issue_pass("1"), colleague.issue_pass("1"), pupil.issue_pass("2"));
        let issued = [issued.0, issued.1, issued.2, issued.3];
        assert!(issued.iter().all(|answer| answer.status == 201 || answer.code() == "key_reused"), "{issued:?}");
        let codes: BTreeSet<_> = issued.iter().filter(|answer| answer.status == 201).map(|issued| answer(&issued.body, "code")).collect();
        assert_eq!(codes.len(), 3, "each of three requests issued one");
        let answers = join_all(codes.iter().map(|code| room.use_pass(code, "1"))).await;
        assert_eq!(tally(&answers), times([("200 ok", 1), ("401 invalid_pass", 2)]));
    }
    count(&room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_used_while_others_join_start_and_are_taken_off_leaves_one_in_the_place() {
    let api = Api::anywhere().await;
    let (room, pupils) = ready(&api, ROUNDS).await;
    let log = Log::begin().await;
    let all = stream::iter(pupils.into_iter().enumerate()).map(async |(n, pupil)| {
        let late = |turn: usize| tokio::time::sleep(Duration::from_micros(((n + 1) * (turn + 3) * 7919 % 8000) as u64));
        let issued = pupil.deed(&log, "issue_pass", &room.proctor, "issue").await;
        let pass = pupil.issued(&room.proctor, "issue", &issued);
        let deed = async |turn: usize, action: &'static str, token: &str| {
            late(turn).await;
            pupil.deed(&log, action, token, &turn.to_string()).await
        };
        let join = async |turn: usize, account: &str| {
            late(turn).await;
            let call = room.api.post(room.path("/join")).token(account).key(turn.to_string()).json(&identity(n));
            log.send(&pupil.id, "join", account, &turn.to_string(), call).await
        };
        let use_pass = async |turn: usize, key: &str| {
            late(turn).await;
            log.use_pass(&pupil, &pass, key).await
        };
        let classmate = room.api.account().await;
        let came_in = Notify::new();
        let (used, again, started, joined, unlinked, issued_again) = tokio::join!(
            async {
                let used = use_pass(0, "mine").await;
                came_in.notify_one();
                used
            },
            use_pass(1, "mine"),
            // A pass takes three requests, and a start one. Once it comes after the pass, however slow the machine.
            async {
                match n {
                    1 => came_in.notified().await,
                    _ => tokio::time::sleep(Duration::from_millis(n as u64 % 5 * 6)).await,
                }
                deed(2, "start", &pupil.token).await
            },
            join(3, &classmate),
            deed(4, if n % 2 == 0 { "unlink" } else { "untick" }, &room.proctor),
            deed(5, if n % 3 == 0 { "issue_pass" } else { "tick" }, &room.proctor),
        );
        // Whoever may have got in meanwhile: once another pass was used, it is that one alone.
        let late = pupil.deed(&log, "issue_pass", &room.proctor, "late").await;
        let late = log.use_pass(&pupil, &pupil.issued(&room.proctor, "late", &late), "late").await.ok();
        let mut tokens = vec![pupil.token.clone()];
        let got_in = [&used, &again, &started, &joined].into_iter().filter(|answer| answer.status < 300);
        tokens.extend(got_in.map(|answered| answer(&answered.body, "accessToken")));
        for token in &tokens {
            for action in ["status", "leave", "finish"] {
                pupil.deed(&log, action, token, "after").await.refused(403, "forbidden");
            }
        }
        let own = Pupil { token: answer(&late, "accessToken"), ..pupil.clone() };
        assert_eq!(own.status().await["joined"], true);
        [used, started, unlinked, issued_again].map(|answer| answer.code().to_owned()).join(" ")
    });
    let ends: Vec<_> = all.buffered(6).collect().await;
    agrees(&log, &room).await;
    let tally: BTreeSet<_> = ends.into_iter().collect();
    println!("{tally:#?}");
    for expected in ["ok ok", "ok forbidden", "invalid_pass ok"] {
        assert!(tally.iter().any(|end| end.starts_with(expected)), "{expected} never happened: {tally:?}");
    }
}

/// A room in the middle of its exam: some wait, some run, some have left, some are done.
pub async fn busy_room(api: &Api, pupils: usize) -> (Room, Vec<Pupil>) {
    let (room, pupils) = ready(api, pupils).await;
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
        let api = Api::anywhere().await;
        let (room, pupils) = busy_room(&api, 30).await;
        let (log, over) = (Log::begin().await, Arc::new(AtomicBool::new(false)));
        let storm = pupils.iter().cloned().enumerate().map(|(n, pupil)| {
            let (log, over) = (log.clone(), over.clone());
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(round * 100 + n as u64);
                for turn in 0.. {
                    let last = over.load(Ordering::SeqCst);
                    let deeds =
                        ["tick", "untick", "join", "start", "leave", "authorise", "add_minutes", "finish", "end", "unlink", "withdraw"];
                    let action = deeds[random.usize(..if turn < 4 { 7 } else { deeds.len() })];
                    let key = format!("{n}.{turn}");
                    match action {
                        "join" => {
                            let call = pupil.room.api.post(pupil.room.path("/join")).token(&pupil.account).key(&key).json(&identity(n));
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
        let then = everything(&room).await;
        assert_eq!((one.status, &one.body), (200, &two.body), "two at once: the same");
        over.store(true, Ordering::SeqCst);
        join_all(storm).await.into_iter().for_each(Result::unwrap);
        assert_eq!(everything(&room).await, then, "nothing changes any more");
        assert_eq!(room.finalise().await.ok(), one.body);
        let summary = one.body["summary"].clone();
        assert_eq!((&summary["inProgress"], &summary["interrupted"]), (&json!(0), &json!(0)));
        agrees(&log, &room).await;
        println!("{} requests around the finalisation", log.deeds().len());
    }
}

/// All that is known of a room: its tables where they are in reach, what the board shows elsewhere.
async fn everything(room: &Room) -> Vec<Value> {
    if room.api.dynamo.is_some() { items(&room.api, &room.number).await } else { vec![room.board().await["candidates"].clone()] }
}

/// What must be true of a finalised room, however it came to be so.
pub async fn is_finalised(room: &Room, pupils: usize) {
    let board = room.board().await;
    assert_eq!((&board["session"]["status"], count(room).await), (&json!("finalised"), pupils));
    for view in board["candidates"].as_array().unwrap() {
        assert!(!matches!(view["status"].as_str(), Some("in_progress" | "interrupted")), "{view:#}");
    }
    if room.api.dynamo.is_some() {
        assert!(check_tables(room).await.1.iter().all(|item| item["closed"] == true));
    }
    room.sealed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finalisation_whose_caller_went_away_goes_on_when_called_again() {
    let api = Api::anywhere().await;
    stream::iter(0..12)
        .for_each_concurrent(3, async |n| {
            let (room, pupils) = busy_room(&api, 20).await;
            let _ = tokio::time::timeout(Duration::from_millis(2 + 4 * n), room.finalise()).await;
            let statuses = room.finalise().await.ok()["summary"].clone();
            assert_eq!(statuses, json!({"enrolled": 4, "present": 4, "inProgress": 0, "interrupted": 0, "finished": 4, "ended": 8}));
            is_finalised(&room, pupils.len()).await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proctors_who_type_the_right_password_at_once_all_get_in() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let account = api.account().await;
    let log_in = async |password: &str| api.post(room.path("/proctors")).token(&account).json(&json!({"password": password})).send().await;
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
        api.get(room.path("/board")).token(&colleague).send().await.ok()["candidates"] == Value::Array(vec![]),
        "others are not locked out"
    );
}
