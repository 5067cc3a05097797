//! The state table twice: as the pure function and as the conditions and effects of DynamoDB
//! updates. Both must agree, for every state and action.

use jiff::SignedDuration;
use shared::{
    domain::{
        actor::{Actor, ActorRole},
        candidate::{Candidate, JoinedAs},
        code::TypedCode,
        decision::{Change, Decision, decide},
        lockout::block_after,
        refusal::Refusal,
        request::RequestId,
        state_table::{Action, Needs, Status, TABLE},
    },
    store,
};
use tests::{Pupil, Room, World};

async fn put(world: &World, candidate: &Candidate) {
    let item: std::collections::HashMap<_, _> = serde_dynamo::to_item(candidate).unwrap();
    let sk = aws_sdk_dynamodb::types::AttributeValue::S(format!("session/{}", candidate.id.as_str()));
    world.dynamo.put_item().table_name(local::database::SESSIONS).set_item(Some(item)).item("sk", sk).send().await.unwrap();
}

async fn read(world: &World, candidate: &Candidate) -> Candidate {
    world.app.store().candidate(&candidate.session, &candidate.id).await.unwrap()
}

/// The candidate as enrolled, to be put into any state.
async fn enrolled(world: &World, pupil: &Pupil) -> Candidate {
    let (session, id) =
        (shared::domain::session::SessionNumber::parse(&pupil.room.number), shared::domain::identity::CandidateId::parse(&pupil.id));
    world.app.store().candidate(&session.unwrap(), &id.unwrap()).await.unwrap()
}

fn joined_as() -> JoinedAs {
    JoinedAs { first_name: "Sacha".into(), last_name: "Essai".into(), email: "s…@example.org".into() }
}

fn variants(base: &Candidate, now: jiff::Timestamp) -> Vec<Candidate> {
    let mut all = vec![];
    for &status in Status::ALL {
        for (bits, changes) in [1, 40, 100].into_iter().flat_map(|changes| (0..8_u32).map(move |bits| (bits, changes))) {
            let [authorised, closed, joined] = [0, 1, 2].map(|bit| bits & (1 << bit) != 0);
            let mut candidate = base.clone();
            candidate.status = status;
            candidate.resume_authorised = authorised && status.is_running();
            candidate.closed = closed;
            candidate.account = (joined || !status.is_before_start()).then(|| "01CANDIDATE".to_owned());
            candidate.joined_as = candidate.account.is_some().then(joined_as);
            candidate.waiting_since = (changes > 1).then_some(now);
            candidate.present_since = (status != Status::Enrolled).then_some(now);
            candidate.history = vec![base.history[0].clone(); changes];
            if !status.is_before_start() {
                candidate.starts = 2;
                candidate.attempt = Some("01ATTEMPT".into());
                candidate.started_at = Some(now - SignedDuration::from_mins(9));
                candidate.ends_at = candidate.started_at.map(|at| at + SignedDuration::from_millis(candidate.allowed_millis));
                candidate.last_start_at = Some(now);
                candidate.last_start_request = Some(RequestId::of("latest start", &[]));
                candidate.requests.extend(["first start", "latest start"].map(|key| RequestId::of(key, &[])));
            }
            if status.is_over() {
                candidate.ended_at = Some(now);
            }
            if !all.contains(&candidate) {
                all.push(candidate);
            }
        }
    }
    all
}

fn changes(now: jiff::Timestamp) -> Vec<Change> {
    let mut all = vec![];
    for &action in Action::ALL {
        // What is in no row, as an enrolment, changes no candidate.
        let Some(&role) = TABLE.iter().filter(|row| row.action == action).find_map(|row| row.by.first()) else { continue };
        let accounts = if role == ActorRole::Candidate { vec!["01CANDIDATE", "01OTHER"] } else { vec!["01CANDIDATE"] };
        let by_attempt = action.needs().any(|needs| needs == Needs::LatestStart);
        let starts = if by_attempt { vec![None, Some(1), Some(2)] } else { vec![None] };
        let keys = if action == Action::Start { vec!["new", "first start", "latest start"] } else { vec!["new"] };
        for account in accounts {
            for &start in &starts {
                for key in &keys {
                    let by = Actor { role, account: account.to_owned() };
                    all.push(Change {
                        action,
                        by,
                        at: now,
                        request: RequestId::of(key, &[]),
                        start,
                        joined_as: (action == Action::Join).then(joined_as),
                    });
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn every_update_does_what_the_state_table_says() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let base = enrolled(&world, &room.pupil().await).await;
    let (store, codes) = (world.app.store(), world.app.codes().unwrap());
    let typed = TypedCode::parse(&room.access_code);
    let now = world.now();
    let mut tried = 0;
    for before in variants(&base, now) {
        for change in changes(now) {
            put(&world, &before).await;
            if let Some(account) = &before.account {
                guard(&world, &before, account).await;
            }
            let done = match change.action {
                Action::Start => store.start(&before.session, &before.id, &change, &typed, codes).await,
                Action::Join => {
                    store.join(Some(&before.session), std::slice::from_ref(&before.id), &change).await.map(|(_, joined)| joined)
                }
                Action::Unlink => store.unlink(&before.session, Some(&before.id), &change).await,
                _ => store.change(&before.session, &before.id, &change).await,
            };
            let mut after = read(&world, &before).await;
            let decision = decide(&before, &change);
            match (&decision, done) {
                (Decision::Apply(expected), Ok(answered)) => {
                    assert_eq!((&answered, &after), (&**expected, &**expected), "{before:?}\n{change:?}");
                }
                (Decision::Already | Decision::Replayed, Ok(answered)) => assert_eq!((&answered, &after), (&before, &before), "{change:?}"),
                (Decision::Refused(expected), Err(store::Error::Refused(refusal))) => {
                    assert_eq!(refusal, *expected, "{before:?}\n{change:?}");
                    if matches!(refusal, Refusal::NotCheckedIn | Refusal::ResumeNotAuthorised) {
                        assert!(after.waiting_since.is_some());
                        after.waiting_since = before.waiting_since;
                    }
                    assert_eq!(after, before, "{change:?}");
                }
                (_, done) => panic!("{before:?}\n{change:?}\n{decision:?}\n{done:?}"),
            }
            for account in ["01CANDIDATE", "01OTHER"] {
                unguard(&world, &before, account).await;
            }
            tried += 1;
        }
    }
    assert!(tried > 800, "{tried} combinations");
}

async fn guard(world: &World, candidate: &Candidate, account: &str) {
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let put = world.dynamo.put_item().table_name(local::database::SESSIONS).item("session", text(candidate.session.as_str()));
    put.item("sk", text(&format!("account/{account}"))).item("candidate", text(candidate.id.as_str())).send().await.unwrap();
}

async fn unguard(world: &World, candidate: &Candidate, account: &str) {
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let delete = world.dynamo.delete_item().table_name(local::database::SESSIONS).key("session", text(candidate.session.as_str()));
    delete.key("sk", text(&format!("account/{account}"))).send().await.unwrap();
}

#[tokio::test]
async fn a_lockout_in_the_table_is_the_lockout_of_the_rule() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let base = enrolled(&world, &room.pupil().await).await;
    let now = world.now();
    for tries in 8..=17_u32 {
        for seconds in [-1, 0, 1] {
            let mut before = base.clone();
            before.account = Some("01CANDIDATE".into());
            before.tries = tries;
            let last_try = now - block_after(tries) - SignedDuration::from_secs(seconds);
            before.last_try_at = Some(last_try);
            put(&world, &before).await;
            let by = Actor { role: ActorRole::Candidate, account: "01CANDIDATE".into() };
            let change = Change { action: Action::Start, by, at: now, request: RequestId::of("wrong", &[]), start: None, joined_as: None };
            let wrong =
                world.app.store().start(&before.session, &before.id, &change, &TypedCode::parse("wrong"), world.app.codes().unwrap()).await;
            let locked = before.lockout(now).is_positive();
            assert_eq!(locked, tries >= 10 && seconds < 0, "{tries} tries");
            match wrong {
                Err(store::Error::Locked(left)) => assert!(locked && left == before.lockout(now)),
                Err(store::Error::WrongAccessCode { tries_left }) => {
                    assert!(!locked && tries_left == 10_u32.saturating_sub(tries + 1));
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(read(&world, &before).await.tries, tries + u32::from(!locked));
        }
    }
}
