//! Networks and DynamoDB fail all the time; people never notice more than "try again".

use futures::{StreamExt, future::join_all, stream};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tests::{
    Answer, Chaos, Fault, Log, Pupil, Room, Value, World, answer,
    api::Call,
    json,
    people::{identity, session_at},
    record::{Pass, check_tables, items},
};

const ROOMS: usize = 5;
const PUPILS: usize = 50;
/// Rounds of one to three deeds at once about each pupil.
const ROUNDS: usize = 23;
/// One request in this many fails on its way to DynamoDB.
const ONE_IN: u32 = 5;
/// How often a client tries before it gives up.
const PATIENCE: usize = 60;

/// What a client does when it is told to come back later, or is told nothing: the same again.
async fn insist(call: impl Fn() -> Call) -> Answer {
    for _ in 0..PATIENCE {
        let answer = call().send().await;
        if !must_retry(&answer).await {
            return answer;
        }
    }
    panic!("never answered");
}

async fn must_retry(answer: &Answer) -> bool {
    if answer.status >= 500 {
        answer.refused(503, "busy");
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0)));
        tokio::time::sleep(Duration::from_millis(fastrand::u64(5..25))).await;
    }
    answer.status >= 500
}

/// The seed of the random choices; `SEED=…` repeats a run as far as the order of events allows.
fn seed() -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_615);
    println!("seed {seed}");
    seed
}

/// A room that is set up while requests fail, with two proctors.
struct Stage {
    room: Room,
    proctors: [String; 2],
    pupils: Vec<Pupil>,
}

impl Stage {
    async fn set(world: &World, pupils: usize) -> Self {
        let (organiser, session) = (world.organiser().await, session_at(world.now()));
        let create = async || insist(|| world.post("/sessions").token(&organiser).key("create").json(&session)).await.ok();
        let kit = create().await;
        assert_eq!(create().await, kit, "the retry finds the session of the first");
        let mut room = Room::of(world, organiser, &kit);
        let list: Vec<_> = (0..pupils).map(identity).collect();
        let enrol = async || {
            insist(|| world.post(room.path("/candidates")).token(&room.organiser).key("enrol").json(&json!({"candidates": list})))
                .await
                .ok()
        };
        let enrolled = enrol().await;
        assert_eq!(enrol().await, enrolled, "the retry finds the candidates of the first");
        let proctor = async || {
            let account = world.account().await;
            answer(
                &insist(|| world.post(room.path("/proctors")).token(&account).json(&json!({"password": room.session_password}))).await.ok(),
                "accessToken",
            )
        };
        let proctors = [proctor().await, proctor().await];
        room.proctor.clone_from(&proctors[0]);
        let views = enrolled["candidates"].as_array().unwrap();
        let accounts = world.accounts(views.len()).await;
        let pupils = views.iter().zip(accounts).map(|(view, account)| Pupil {
            room: room.clone(),
            id: answer(view, "id"),
            name: String::new(),
            account,
            token: String::new(),
        });
        Self { pupils: pupils.collect(), room, proctors }
    }

    /// One deed until it is answered; now and then its answer gets lost on the client's side too.
    async fn deed(&self, log: &Log, place: usize, action: &'static str, token: &str, key: &str) -> Answer {
        let (pupil, mut lost) = (&self.pupils[place], fastrand::u32(..12) == 0);
        for _ in 0..PATIENCE {
            let call = match action {
                "join" => self.room.api.post(self.room.path("/join")).token(token).key(key).json(&identity(place)),
                action => pupil.call(action, token, key),
            };
            let answer = log.send(&pupil.id, action, token, key, call).await;
            if !must_retry(&answer).await && !std::mem::take(&mut lost) {
                return answer;
            }
        }
        panic!("{action} was never answered");
    }

    /// Comes in by a pass, or is refused; as with [`Stage::deed`].
    async fn use_pass(&self, log: &Log, place: usize, pass: &Pass, key: &str) -> Answer {
        let mut lost = fastrand::u32(..12) == 0;
        for _ in 0..PATIENCE {
            let answer = log.use_pass(&self.pupils[place], pass, key).await;
            if !must_retry(&answer).await && !std::mem::take(&mut lost) {
                return answer;
            }
        }
        panic!("a pass was never answered");
    }

    /// Ticks some pupils in one request, again until each has a result.
    async fn tick_several(&self, log: &Log, places: &[usize], token: &str, key: &str) {
        let ids: Vec<_> = places.iter().map(|place| &self.pupils[*place].id).collect();
        for _ in 0..PATIENCE {
            let sent = Timestamp::now();
            let call =
                self.room.api.put(self.room.path("/presence")).token(token).key(key).json(&json!({"present": true, "candidates": ids}));
            let answered = call.send().await.ok();
            let mut busy = false;
            for (result, id) in answered["results"].as_array().unwrap().iter().zip(&ids) {
                let status = u16::try_from(result["status"].as_u64().unwrap()).unwrap();
                let body = if status == 200 { &result["view"] } else { result };
                assert!(result["candidate"] == **id && matches!(status, 200 | 409 | 503), "{result}");
                busy |= status == 503;
                log.note(id, "tick", token, key, sent, status, body);
            }
            if !busy {
                return;
            }
        }
        panic!("several were never ticked");
    }

    async fn finalise(&self, log: &Log) {
        for _ in 0..PATIENCE {
            if !must_retry(&log.finalise(&self.room, &self.pupils).await).await {
                return;
            }
        }
        panic!("never finalised");
    }

    async fn look(&self, log: &Log, token: &str) {
        let sent = Timestamp::now();
        let board = insist(|| self.room.api.get(self.room.path("/board")).token(token)).await.ok();
        for view in board["candidates"].as_array().unwrap() {
            log.note(&answer(view, "id"), "board", token, "", sent, 200, view);
        }
    }

    /// What happens around one pupil: their device, a neighbour at it, two proctors, all at once.
    async fn live(&self, log: &Log, place: usize, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut token, mut attempt, mut passes) = (String::new(), String::new(), vec![]);
        let mut own_account = self.pupils[place].account.clone();
        let neighbour = &self.pupils[(place + 1) % self.pupils.len()].account;
        for round in 0..ROUNDS {
            let deeds: Vec<_> = (0..random.usize(1..=3))
                .map(|n| {
                    let action = match random.u32(..1000) {
                        0..200 => "tick",
                        200..250 => "untick",
                        250..370 => "join",
                        370..395 => "unlink",
                        395..640 => "start",
                        640..740 => "leave",
                        740..880 => "authorise",
                        880..900 => "withdraw",
                        900..915 => "status",
                        915..920 => "call",
                        920..925 => "answer",
                        925..940 => "issue_pass",
                        940..965 => "use_pass",
                        965..975 => "add_minutes",
                        975..982 => "finish",
                        982..987 => "end",
                        987..995 => "tick several",
                        _ => "board",
                    };
                    let own = if random.u32(..4) == 0 && !attempt.is_empty() { &attempt } else { &token };
                    let token = match action {
                        "join" if random.u32(..8) == 0 => neighbour,
                        "join" => &own_account,
                        "start" | "status" => &token,
                        "leave" | "finish" | "call" => own,
                        _ => &self.proctors[random.usize(..2)],
                    };
                    let others: Vec<_> = (place..place + 3).map(|place| place % self.pupils.len()).collect();
                    (action, token.clone(), format!("{place}.{round}.{n}"), others)
                })
                .filter(|(_, token, ..)| !token.is_empty())
                .collect();
            let answers = deeds.iter().map(async |(action, token, key, others)| match *action {
                "tick several" => {
                    self.tick_several(log, others, token, key).await;
                    None
                }
                "board" => {
                    self.look(log, token).await;
                    None
                }
                // No part of the record.
                "call" | "answer" => {
                    let answer = insist(|| self.pupils[place].call(action, token, key)).await;
                    assert!(matches!(answer.status, 200 | 403 | 409), "{answer:?}");
                    None
                }
                "use_pass" => {
                    // The latest mostly, or one that was replaced or used.
                    let pass = passes.iter().rev().nth(fastrand::usize(..4) / 3)?;
                    Some(("use_pass", token, key, self.use_pass(log, place, pass, key).await))
                }
                action => Some((action, token, key, self.deed(log, place, action, token, key).await)),
            });
            let answers = join_all(answers).await;
            for (action, by, key, answer) in answers.into_iter().flatten() {
                match action {
                    "issue_pass" if answer.status == 201 => passes.push(self.pupils[place].issued(by, key, &answer)),
                    "join" | "use_pass" if answer.status == 200 => token = tests::answer(&answer.body, "accessToken"),
                    // Who was taken off does not come back.
                    "join" if answer.code() == "account_unlinked" => own_account = self.room.api.account().await,
                    "start" if answer.status < 300 => attempt = tests::answer(&answer.body, "accessToken"),
                    _ => {}
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_storm_every_answer_agrees_with_the_record() {
    let seed = seed();
    let calm = World::new().await;
    let chaos = Chaos::storm(&calm.endpoint, seed, ONE_IN).await;
    let world = calm.through(&chaos.endpoint).await;
    let begun = std::time::Instant::now();
    let stages: Arc<Vec<_>> = Arc::new(join_all((0..ROOMS).map(|_| Stage::set(&world, PUPILS))).await);
    let log = Log::begin().await;
    stream::iter((0..PUPILS).flat_map(|place| (0..ROOMS).map(move |room| (room, place))))
        .for_each_concurrent(24, async |(room, place)| {
            let (stages, log) = (stages.clone(), log.clone());
            let living = tokio::spawn(async move { stages[room].live(&log, place, seed + (room * PUPILS + place) as u64).await });
            living.await.unwrap();
        })
        .await;
    for stage in stages.iter() {
        stage.finalise(&log).await;
    }
    let took = begun.elapsed();
    for stage in stages.iter() {
        assert_eq!(log.check(&stage.room).await.len(), PUPILS);
    }

    let deeds: Vec<_> = log.deeds().into_iter().filter(|deed| deed.action != "board" && deed.action != "status").collect();
    let mut answers: BTreeMap<_, usize> = BTreeMap::new();
    for deed in &deeds {
        *answers.entry(format!("{} {}", deed.status, deed.code)).or_default() += 1;
    }
    println!(
        "{} changes asked for in {took:.1?}, {:.0} a second",
        deeds.len(),
        f64::from(u32::try_from(deeds.len()).unwrap()) / took.as_secs_f64()
    );
    println!(
        "answers {answers:?}
requests to DynamoDB {:?}",
        chaos.counts()
    );
    let done = deeds.iter().filter(|deed| deed.status != 503).count();
    assert!(done >= 10_000, "{done}");
    for fault in Fault::ALL {
        assert!(chaos.counts()[&fault] > 100, "{fault:?} hardly ever happened");
    }
    for code in [
        "ok",
        "busy",
        "not_checked_in",
        "resume_not_authorised",
        "attempt_superseded",
        "test_ended",
        "already_started",
        "not_started",
        "candidate_already_linked",
        "account_already_linked",
        "account_unlinked",
        "forbidden",
        "invalid_pass",
    ] {
        assert!(deeds.iter().any(|deed| deed.code == code), "{code} never answered: the storm is too tame");
    }
}

/// What an organiser mends before the day, and each answer to it.
async fn mend(world: &World, room: &Room, pupils: &[Pupil]) -> Vec<Answer> {
    let organiser = &room.organiser;
    let (key, plan) = (ulid::Ulid::generate().to_string(), session_at(Timestamp::now()));
    let other = insist(|| world.post("/sessions").token(organiser).key(&key).json(&plan)).await.ok();
    let other = format!("/sessions/{}", answer(&other, "number"));
    let list = json!({"candidates": [identity(8), identity(9)]});
    let more = insist(|| world.post(room.path("/candidates")).token(organiser).key("more").json(&list)).await.ok();
    let [moved, gone] = [0, 1].map(|n| room.path(&format!("/candidates/{}", answer(&more["candidates"][n], "id"))));
    let deleted = insist(|| world.delete(other.as_str()).token(organiser).key("1")).await;
    vec![
        deleted,
        insist(|| world.patch(room.path("")).token(organiser).key("1").json(&json!({"room": "13", "durationMinutes": 60}))).await,
        insist(|| world.patch(moved.as_str()).token(organiser).key("1").json(&identity(7))).await,
        insist(|| world.patch(pupils[0].path("")).token(organiser).key("1").json(&json!({"extraTimePercent": 33}))).await,
        insist(|| world.delete(gone.as_str()).token(organiser).key("1")).await,
    ]
}

/// An exam day in short; returns what was answered at each step.
#[expect(clippy::too_many_lines, reason = "a day is one story")]
async fn exam_day(world: &World) -> Vec<String> {
    let stage = Stage::set(world, 3).await;
    let (room, organiser) = (&stage.room, &stage.room.organiser);
    let mut answers = vec![];
    let mut note = |step: &str, answer: &Answer| {
        let (status, minutes, calls) = (&answer.body["status"], &answer.body["extraMinutes"], answer.body["helpSince"].is_string());
        answers.push(format!("{step}: {} {} {status} {minutes} {calls}", answer.status, answer.code()));
    };
    let mut tokens = vec![];
    for answer in mend(world, room, &stage.pupils).await {
        note("mend", &answer);
    }
    for (n, pupil) in stage.pupils.iter().enumerate() {
        let join = |key| world.post(room.path("/join")).token(&pupil.account).key(key).json(&identity(n));
        let joined = insist(|| join("1")).await;
        note("join", &joined);
        if n == 1 {
            note("unlink", &insist(|| pupil.call("unlink", organiser, "1")).await);
            note("join", &insist(|| join("2")).await);
            let other = world.account().await;
            note("join", &insist(|| world.post(room.path("/join")).token(&other).key("3").json(&identity(n))).await);
        }
        tokens.push(answer(&joined.body, "accessToken"));
    }
    let [proctor, other] = &stage.proctors;
    let issue = async |key: &str| insist(|| stage.pupils[1].call("issue_pass", proctor, key)).await;
    let issued = issue("1").await;
    note("issue_pass", &issued);
    assert_eq!(issue("1").await.body, issued.body, "the retry gets the pass of the first");
    let use_pass = async |issued: &Answer, key: &str| {
        let code = json!({"code": issued.body["code"]});
        insist(|| world.post(room.path("/pass")).key(key).json(&code)).await
    };
    for key in ["1", "1", "2"] {
        note("use_pass", &use_pass(&issued, key).await);
    }
    note("issue_pass", &issue("1").await);
    note("use_pass", &use_pass(&issue("2").await, "1").await);
    note("use_pass", &use_pass(&issued, "1").await);
    for (step, n) in [
        ("tick", 0),
        ("untick", 0),
        ("start", 0),
        ("tick", 0),
        ("start", 0),
        ("start", 0),
        ("add_minutes", 0),
        ("call", 0),
        ("leave", 0),
        ("answer", 0),
        ("start", 0),
        ("authorise", 0),
        ("withdraw", 0),
        ("authorise", 0),
        ("start", 0),
        ("status", 0),
        ("finish", 0),
        ("end", 0),
        ("tick", 1),
        ("unlink", 1),
        ("tick", 2),
        ("start", 2),
        ("untick", 2),
    ] {
        let (key, pupil) = (ulid::Ulid::generate().to_string(), &stage.pupils[n]);
        let token = if matches!(step, "start" | "leave" | "finish" | "status" | "call") { &tokens[n] } else { proctor };
        note(step, &insist(|| pupil.call(step, token, &key)).await);
    }
    let mut several = json!({"present": true, "minutes": 10, "reason": "Alarme incendie"});
    several["candidates"] = stage.pupils.iter().map(|pupil| pupil.id.clone()).collect();
    let ticked = insist(|| world.put(room.path("/presence")).token(other).key("several").json(&several)).await.ok();
    let added = insist(|| world.post(room.path("/minutes")).token(organiser).key("several").json(&several)).await.ok();
    let results = [&ticked, &added].into_iter().flat_map(|answer| answer["results"].as_array().unwrap());
    let statuses: Vec<_> = results.map(|result| json!([result["status"], result["code"], result["view"]["extraMinutes"]])).collect();
    let history = insist(|| world.get(stage.pupils[0].path("/history")).token(organiser)).await.ok();
    let history: Vec<_> = history["history"].as_array().unwrap().iter().map(|event| answer(event, "action")).collect();
    let new_name = json!({"lastName": "Corrigée"});
    note("correct", &insist(|| world.patch(stage.pupils[2].path("")).token(organiser).key("1").json(&new_name)).await);
    let codes = json!({"replace": ["sessionPassword", "accessCode"]});
    let kit = insist(|| world.post(room.path("/codes")).token(organiser).key("1").json(&codes)).await;
    note("replace", &kit);
    let new = Room { session_password: answer(&kit.body, "sessionPassword"), ..room.clone() };
    let account = world.account().await;
    let password = json!({"password": new.session_password});
    let proctor = &answer(&insist(|| world.post(room.path("/proctors")).token(&account).json(&password)).await.ok(), "accessToken");
    note("out", &insist(|| world.get(room.path("/board")).token(other)).await);
    let other = proctor;
    for key in ["1", "2"] {
        let incident = json!({"category": "evacuation", "text": "Alarme", "candidate": stage.pupils[2].id});
        note("report", &insist(|| world.post(room.path("/incidents")).token(proctor).key(key).json(&incident)).await);
    }
    let reported = insist(|| world.get(room.path("/incidents")).token(organiser)).await.ok();
    note("list", &insist(|| world.get("/sessions").token(organiser)).await);
    note("kit", &insist(|| world.get(room.path("/kit")).token(organiser)).await);
    let board = insist(|| world.get(room.path("/board")).token(other)).await.ok();
    let finalised = insist(|| world.post(room.path("/finalise")).token(organiser)).await.ok();
    answers.extend([
        json!(statuses).to_string(),
        history.join(", "),
        format!("{} incidents", reported["incidents"].as_array().unwrap().len()),
        board["summary"].to_string(),
        finalised["summary"].to_string(),
        finalised["status"].to_string(),
    ]);
    check_tables(room).await;
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_single_answer_is_lost_the_day_goes_the_same() {
    let calm = World::new().await;
    let expected = exam_day(&calm).await;
    let meter = Chaos::before(&calm.endpoint, |_| Fault::Pass).await;
    exam_day(&calm.through(&meter.endpoint).await).await;
    let requests = meter.counts()[&Fault::Pass];
    let days = (0..requests).flat_map(|lost| [Fault::DropAnswer, Fault::Conflict].map(|fault| (lost, fault)));
    let count = stream::iter(days)
        .map(async |(lost, fault)| {
            let mut asked = 0;
            let chaos = Chaos::before(&calm.endpoint, move |_| {
                asked += 1;
                if asked == lost + 1 { fault } else { Fault::Pass }
            });
            let chaos = chaos.await;
            let answers = exam_day(&calm.through(&chaos.endpoint).await).await;
            assert_eq!(answers, expected, "{fault:?} at request {lost}");
        })
        .buffer_unordered(8)
        .count()
        .await;
    println!("{count} days, each with another one of {requests} requests failing");
    let piecemeal = Chaos::before(&calm.endpoint, |_| Fault::Partly).await;
    assert_eq!(exam_day(&calm.through(&piecemeal.endpoint).await).await, expected, "all reads in small pieces");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_once_and_wrong_tries_counted_once() {
    let calm = World::new().await;
    let chaos = Chaos::storm(&calm.endpoint, seed(), 2).await;
    let world = calm.through(&chaos.endpoint).await;
    let rounds = (0..8).map(async |n: usize| {
        let email = format!("pupil{n}@example.org");
        let account = json!({"firstName": "Zoé", "lastName": "Bernard", "email": email, "password": "Certification1", "acceptTerms": true});
        let sign_up = async || insist(|| world.post("/accounts").key("sign up").json(&account)).await.ok();
        let made = sign_up().await;
        assert_eq!(sign_up().await, made);
        insist(|| world.post("/accounts").key("another").json(&account)).await.refused(409, "email_taken");

        let read = async || {
            let key = aws_sdk_dynamodb::types::AttributeValue::S(format!("account#{email}"));
            let item = world
                .dynamo
                .get_item()
                .table_name(local::database::ACCOUNTS)
                .key("pk", key)
                .consistent_read(true)
                .send()
                .await
                .unwrap()
                .item
                .unwrap();
            serde_dynamo::from_item::<_, Value>(item).unwrap()
        };
        let (mut wrong, mut unknown) = (0, 0);
        while wrong + unknown < 6 {
            let answer = world.post("/login").json(&json!({"email": email, "password": "Certification2"})).send().await;
            if must_retry(&answer).await {
                unknown += 1;
            } else {
                answer.refused(401, "invalid_credentials");
                wrong += 1;
            }
        }
        let tries = read().await["tries"].as_u64().unwrap_or(0);
        assert!((wrong..=wrong + unknown).contains(&tries), "{tries} counted of {wrong}, and {unknown} without an answer");
        insist(|| world.post("/login").json(&json!({"email": email, "password": "Certification1"}))).await.ok();
        assert_eq!((&read().await["tries"], &read().await["id"]), (&Value::Null, &made["id"]));
        wrong
    });
    let wrong: u64 = join_all(rounds).await.into_iter().sum();

    let stage = Stage::set(&world, 8).await;
    let rounds = stage.pupils.iter().enumerate().map(async |(n, pupil)| {
        let token = answer(
            &insist(|| world.post(stage.room.path("/join")).token(&pupil.account).key("1").json(&identity(n))).await.ok(),
            "accessToken",
        );
        let (mut wrong, mut unknown) = (0, 0);
        while wrong + unknown < 8 {
            let answer = world.post(pupil.path("/start")).token(&token).json(&json!({"accessCode": "222222"})).send().await;
            if must_retry(&answer).await {
                unknown += 1;
            } else {
                answer.refused(403, "wrong_access_code");
                wrong += 1;
            }
        }
        let items = items(&world, &stage.room.number).await;
        let tries = items.iter().find(|item| item["id"] == *pupil.id).unwrap()["tries"].as_u64().unwrap_or(0);
        assert!((wrong..=wrong + unknown).contains(&tries), "{tries} counted of {wrong}, and {unknown} without an answer");
        wrong
    });
    let codes: u64 = join_all(rounds).await.into_iter().sum();
    println!("{wrong} wrong passwords, {codes} wrong access codes; requests to DynamoDB {:?}", chaos.counts());
    assert!(wrong > 20 && codes > 20);
}
