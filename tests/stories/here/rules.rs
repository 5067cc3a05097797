//! The rules of the procedure, held against the real store under random interleavings of two
//! proctors, the candidates' accounts, retries and duplicates.

use futures::future::join_all;
use proptest::{prelude::*, sample::select};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use shared::{
    domain::{act::JoinedAs, candidate::Candidate, identity::CandidateId, request::RequestId, session::SessionNumber, state_table::Status},
    http::token::{Claims, Kind},
};
use std::collections::BTreeSet;
use tests::{Answer, Pupil, Room, World, answer, json, people::identity, record::check_terms};

const PUPILS: usize = 5;
/// One account more than candidates, so that some must do without.
const ACCOUNTS: usize = 6;

/// One request of somebody.
#[derive(Debug, Clone)]
struct Op {
    what: What,
    pupil: usize,
    /// Of the two proctors.
    proctor: usize,
    account: usize,
    /// By whoever came in by a pass, if somebody did.
    by_pass: bool,
    /// Few, so that requests are often repeated with the same key, at once or later.
    key: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Tick,
    Untick,
    Join,
    Unlink,
    IssuePass,
    UsePass,
    Start,
    StartWithWrongCode,
    Leave,
    Authorise,
    Withdraw,
    Finish,
    End,
    AddMinutes,
    Call,
    Answer,
    Correct,
    Edit,
    ReplaceAccessCode,
    Finalise,
}

/// Any request may come at any time, so the reference knows no more than how many came.
#[derive(Debug)]
struct AnyRequests;

impl ReferenceStateMachine for AnyRequests {
    type State = usize;
    /// Requests sent at the same time.
    type Transition = Vec<Op>;

    fn init_state() -> BoxedStrategy<usize> {
        Just(0).boxed()
    }

    fn transitions(_: &usize) -> BoxedStrategy<Vec<Op>> {
        use What::{
            AddMinutes, Answer, Authorise, Call, Correct, Edit, End, Finalise, Finish, IssuePass, Join, Leave, ReplaceAccessCode, Start,
            StartWithWrongCode, Tick, Unlink, Untick, UsePass, Withdraw,
        };
        let what = prop_oneof![
            30 => select(vec![Tick, Join, Start, Start, Authorise]),
            10 => select(vec![Untick, Unlink, Leave, Leave, Withdraw, StartWithWrongCode, AddMinutes, Call, Answer]),
            10 => select(vec![IssuePass, UsePass, UsePass]),
            3 => select(vec![Correct, Edit, ReplaceAccessCode]),
            2 => select(vec![Finish, End]),
            1 => select(vec![End, End, End, Finalise]),
        ];
        // Accounts mostly act for the candidate of their own number.
        let people = (0..PUPILS, 0..2_usize, prop_oneof![4 => Just(None), 1 => (0..ACCOUNTS).prop_map(Some)], any::<bool>());
        let op = (what, people, 0..12_u32).prop_map(|(what, (pupil, proctor, account, by_pass), key)| Op {
            what,
            pupil,
            proctor,
            account: account.unwrap_or(pupil),
            by_pass,
            key,
        });
        proptest::collection::vec(op, 1..5).boxed()
    }

    fn apply(sent: usize, ops: &Vec<Op>) -> usize {
        sent + ops.len()
    }
}

struct Day {
    runtime: tokio::runtime::Runtime,
    world: World,
    room: Room,
    proctors: [String; 2],
    pupils: Vec<Pupil>,
    accounts: Vec<String>,
    /// As last seen.
    seen: Vec<Candidate>,
    attempts: Vec<BTreeSet<String>>,
    /// The codes issued to each, the latest last.
    passes: Vec<Vec<String>>,
}

impl Day {
    async fn read(&self) -> Vec<Candidate> {
        let session = SessionNumber::parse(&self.room.number).unwrap();
        let ids = self.pupils.iter().map(|pupil| CandidateId::parse(&pupil.id).unwrap());
        let store = self.world.app.store();
        join_all(ids.map(async |id| store.candidate(&session, &id).await.unwrap())).await
    }

    /// Who acts for a candidate, joined or not.
    fn account(&self, op: &Op) -> &String {
        let seen = &self.seen[op.pupil];
        let passed = seen.account.as_ref().filter(|_| op.by_pass && seen.joined_as == Some(JoinedAs::PASS));
        passed.unwrap_or(&self.accounts[op.account])
    }

    fn candidate_token(&self, op: &Op) -> String {
        let app = &self.world.app;
        let mut claims = Claims::new(Kind::Candidate, self.account(op), app.now(), app.now() + jiff::SignedDuration::from_hours(1));
        claims.session = SessionNumber::parse(&self.room.number);
        claims.candidate = CandidateId::parse(&self.pupils[op.pupil].id);
        app.tokens().unwrap().issue(claims).unwrap()
    }

    fn account_token(&self, op: &Op) -> String {
        let app = &self.world.app;
        let claims = Claims::new(Kind::Account, &self.accounts[op.account], app.now(), app.now() + jiff::SignedDuration::from_hours(1));
        app.tokens().unwrap().issue(claims).unwrap()
    }

    /// One of the latest three, or if there is none, one that nobody issued.
    fn pass(&self, op: &Op) -> String {
        let passes = &self.passes[op.pupil];
        passes.iter().rev().nth(op.account % 3).or(passes.first()).map_or_else(|| "22222222".to_owned(), String::clone)
    }

    async fn send(&self, op: &Op) -> Answer {
        let (api, pupil) = (&self.room.api, &self.pupils[op.pupil]);
        let proctor = &self.proctors[op.proctor];
        let candidate = self.candidate_token(op);
        let code = |code: &str| json!({"accessCode": code});
        let call = match op.what {
            What::Tick | What::Untick => api.put(pupil.path("/presence")).token(proctor).json(&json!({"present": op.what == What::Tick})),
            What::Join => api.post(self.room.path("/join")).token(&self.account_token(op)).json(&identity(op.pupil)),
            What::Unlink => api.delete(pupil.path("/account")).token(proctor),
            What::IssuePass => api.post(pupil.path("/pass")).token(proctor),
            What::UsePass => api.post(self.room.path("/pass")).json(&json!({"code": self.pass(op)})),
            What::Start => api.post(pupil.path("/start")).token(&candidate).json(&code(&self.room.access_code)),
            What::StartWithWrongCode => api.post(pupil.path("/start")).token(&candidate).json(&code("222222")),
            What::Leave => api.post(pupil.path("/leave")).token(&candidate),
            What::Authorise => api.post(pupil.path("/resume")).token(proctor),
            What::Withdraw => api.delete(pupil.path("/resume")).token(proctor),
            What::Finish => api.post(pupil.path("/finish")).token(&candidate),
            What::End => api.post(pupil.path("/end")).token(proctor),
            What::AddMinutes => {
                // Also of the same key with another number, and more than all together may be.
                let minutes = [5, -5, 120][op.account % 3];
                let staff = if op.proctor == 0 { proctor } else { &self.room.organiser };
                api.post(pupil.path("/minutes")).token(staff).json(&json!({"minutes": minutes, "reason": "panne"}))
            }
            What::Call => api.post(pupil.path("/help")).token(&candidate),
            What::Answer => api.delete(pupil.path("/help")).token(if op.proctor == 0 { proctor } else { &candidate }),
            What::Correct => {
                let name = identity(op.pupil)["lastName"].as_str().unwrap().to_uppercase();
                api.patch(pupil.path("")).token(&self.room.organiser).json(&json!({"extraTimePercent": op.key, "lastName": name}))
            }
            What::Edit => api.patch(self.room.path("")).token(&self.room.organiser).json(&json!({"durationMinutes": 60 + op.key})),
            What::ReplaceAccessCode => {
                api.post(self.room.path("/codes")).token(&self.room.organiser).json(&json!({"replace": ["accessCode"]}))
            }
            What::Finalise => api.post(self.room.path("/finalise")).token(&self.room.organiser),
        };
        call.key(op.key.to_string()).send().await
    }
}

struct Rules;

impl StateMachineTest for Rules {
    type SystemUnderTest = Day;
    type Reference = AnyRequests;

    fn init_test(_: &usize) -> Day {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (world, room, proctors, pupils, accounts) = runtime.block_on(async {
            let world = World::new().await;
            let room = Room::open(&world).await;
            let proctors = [room.proctor.clone(), room.another_proctor().await];
            let pupils = room.enrol(0..PUPILS).await;
            (world, room, proctors, pupils, (0..ACCOUNTS).map(|n| format!("01ACCOUNT{n}")).collect())
        });
        let mut day = Day {
            runtime,
            world,
            room,
            proctors,
            pupils,
            accounts,
            seen: vec![],
            attempts: vec![BTreeSet::new(); PUPILS],
            passes: vec![vec![]; PUPILS],
        };
        day.seen = day.runtime.block_on(day.read());
        day
    }

    fn apply(mut day: Day, _: &usize, ops: Vec<Op>) -> Day {
        let (answers, now) = day.runtime.block_on(async {
            let answers = join_all(ops.iter().map(|op| day.send(op))).await;
            (answers, day.read().await)
        });
        if ops.iter().any(|op| op.what == What::ReplaceAccessCode) {
            let kit = day.runtime.block_on(day.room.api.get(day.room.path("/kit")).token(&day.room.organiser).send()).ok();
            day.room.access_code = answer(&kit, "accessCode");
        }
        for (op, answered) in ops.iter().zip(&answers) {
            assert!(answered.status < 500, "{op:?}: {answered:?}");
            let after = &now[op.pupil];
            match (op.what, answered.status) {
                (What::Start, 200 | 201) => {
                    day.attempts[op.pupil].insert(answer(&answered.body["attempt"], "id"));
                    assert!(after.starts > 0);
                }
                (What::IssuePass, 201) => {
                    let code = answer(&answered.body, "code");
                    if !day.passes[op.pupil].contains(&code) {
                        day.passes[op.pupil].push(code);
                    }
                }
                (What::UsePass, status) => {
                    assert!(status == 200 || matches!(answered.code(), "invalid_pass" | "session_finalised"), "{answered:?}");
                }
                (What::StartWithWrongCode, status) => {
                    // A retry of a start is a retry, whatever its code.
                    let start = RequestId::of(&op.key.to_string(), &["start", day.account(op)]);
                    assert!(matches!(status, 403 | 429) || after.requests.contains(&start), "{op:?}: {answered:?}");
                }
                (What::Finish, 200) => assert_eq!(after.status, Status::Finished),
                (What::End, 200) => assert_eq!(after.status, Status::Ended),
                (What::Finalise, status) => {
                    assert!(status == 200 && now.iter().all(|candidate| candidate.closed && !candidate.status.is_running()));
                }
                _ => {}
            }
            let is_shown = !matches!(op.what, What::Start | What::Edit | What::ReplaceAccessCode | What::IssuePass | What::Finalise);
            if let (true, 200, [_]) = (is_shown, answered.status, ops.as_slice()) {
                let view = if [What::Join, What::UsePass].contains(&op.what) { &answered.body["candidate"] } else { &answered.body };
                assert_eq!(view["status"], serde_json::to_value(after.status).unwrap(), "an answer tells the state");
                assert_eq!(
                    (&view["resumeAuthorised"], &view["joined"]),
                    (&json!(after.resume_authorised), &json!(after.account.is_some()))
                );
                assert_eq!(
                    (&view["extraMinutes"], view["helpSince"].is_string()),
                    (&json!(after.extra_minutes), after.help_since.is_some())
                );
            }
        }
        for (before, after) in day.seen.iter().zip(&now) {
            assert!(after.history.starts_with(&before.history), "what is recorded stays");
            if before.closed {
                assert_eq!((before.status, &before.history), (after.status, &after.history), "finalised is finalised");
            }
            if before.status.is_over() {
                let since = after.history.get(before.history.len()..).unwrap_or_default();
                let names_alone = since.iter().all(|entry| entry.action == shared::domain::act::Action::Correct);
                assert!(before.status == after.status && names_alone, "over is over, but for a name: {since:?}");
            }
        }
        day.seen = now;
        day
    }

    fn check_invariants(day: &Day, _: &usize) {
        day.runtime.block_on(check_terms(&day.room));
        for (candidate, attempts) in day.seen.iter().zip(&day.attempts) {
            assert!(attempts.len() <= 1, "one attempt for ever");
            if let Some(attempt) = attempts.first() {
                assert_eq!(candidate.attempt.as_ref(), Some(attempt));
            }
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_whatever_comes_in_whatever_order(sequential 1..60 => Rules);
}
