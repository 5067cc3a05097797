//! The state table twice: as the pure function and as the conditions and effects of DynamoDB
//! updates. Both must agree, for every state and action.

use jiff::SignedDuration;
use shared::{
    domain::{
        act::{Act, Action, JoinedAccount, JoinedAs},
        actor::{Actor, ActorRole},
        candidate::Candidate,
        centre::CentreId,
        code::{PassTag, TypedCode, TypedPass},
        correction::{Correction, Enrolment},
        decision::{Change, Decision, decide},
        lockout::block_after,
        name::{PersonName, Reason},
        refusal::Refusal,
        request::RequestId,
        session::SessionNumber,
        state_table::{Needs, Status, TABLE},
    },
    store::{self, Mending},
};
use tests::{Pupil, Room, World, answer};

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
    let (session, id) = (SessionNumber::parse(&pupil.room.number), shared::domain::identity::CandidateId::parse(&pupil.id));
    world.app.store().candidate(&session.unwrap(), &id.unwrap()).await.unwrap()
}

fn joined_as() -> JoinedAs {
    JoinedAs::Account(JoinedAccount { first_name: "Sacha".into(), last_name: "Essai".into(), email: "s…@example.org".into() })
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
            candidate.help_since = (changes == 40 && !status.is_over()).then_some(now);
            candidate.last_call = (changes > 1).then(|| RequestId::of("latest call", &[]));
            candidate.extra_minutes = if changes > 1 { 10 } else { 0 };
            candidate.terms.password_issue = if changes > 40 { 2 } else { 1 };
            if !status.is_over() {
                candidate.pass = Some(tag("22222222"));
                candidate.pass_ends_at = Some(if changes > 40 { now } else { now + SignedDuration::from_mins(1) });
            }
            if changes == 40 {
                candidate.unlinked.insert("01OTHER".into());
            }
            candidate.present_since = (status != Status::Enrolled).then_some(now);
            candidate.history = vec![base.history[0].clone(); changes];
            if !status.is_before_start() {
                candidate.starts = 2;
                candidate.attempt = Some("01ATTEMPT".into());
                candidate.started_at = Some(now - SignedDuration::from_mins(9));
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

fn tag(pass: &str) -> PassTag {
    let keys = local::config(&tests::world::secrets()).unwrap().codes.unwrap();
    keys.pass_tag(&SessionNumber::parse("1234567").unwrap(), TypedPass::parse(pass).as_pass().unwrap())
}

/// What of one action makes a difference.
fn acts(action: Action, base: &Candidate, now: jiff::Timestamp) -> Vec<Act> {
    let minutes = |minutes| Act::AddMinutes { minutes, reason: Reason::parse("alarme").unwrap() };
    let correct = |extra_time_percent| {
        let from = base.enrolment();
        let to = Enrolment { last_name: PersonName::parse("BERNARD").unwrap(), extra_time_percent, ..from.clone() };
        Act::Correct(Correction { from, to })
    };
    match action {
        Action::Enrol => vec![],
        Action::Tick => vec![Act::Tick],
        Action::Untick => vec![Act::Untick],
        Action::Join => vec![Act::Join(joined_as())],
        Action::Unlink => vec![Act::Unlink],
        Action::Start => vec![Act::Start],
        Action::Leave => vec![Act::Leave],
        Action::Authorise => vec![Act::Authorise],
        Action::Withdraw => vec![Act::Withdraw],
        Action::Finish => vec![Act::Finish],
        Action::End => vec![Act::End],
        Action::AddMinutes => vec![minutes(10), minutes(-10), minutes(711)],
        Action::IssuePass => vec![Act::IssuePass { tag: tag("44444444"), ends_at: now }],
        Action::UsePass => vec![Act::UsePass { tag: tag("22222222") }, Act::UsePass { tag: tag("33333333") }],
        Action::Call => vec![Act::Call],
        Action::Answer => vec![Act::Answer],
        Action::Correct => vec![correct(base.extra_time_percent), correct(50)],
        Action::Remove => vec![Act::Remove],
    }
}

fn changes(base: &Candidate, now: jiff::Timestamp) -> Vec<Change> {
    let mut all = vec![];
    for &action in Action::ALL {
        let Some(&role) = TABLE.iter().filter(|row| row.action == action).find_map(|row| row.by.first()) else { continue };
        let by = |account: &str, password_issue| Actor { role, account: account.to_owned(), password_issue, centre: None, name: None };
        let people = match role {
            _ if action == Action::UsePass => vec![by("01PASS", None)],
            ActorRole::Candidate => vec![by("01CANDIDATE", None), by("01OTHER", None)],
            ActorRole::Proctor => vec![by("01PROCTOR", Some(2)), by("01PROCTOR", Some(1))],
            _ => vec![by("01ORGANISER", None)],
        };
        let by_attempt = action.needs().any(|needs| needs == Needs::LatestStart);
        let starts = if by_attempt { vec![None, Some(1), Some(2)] } else { vec![None] };
        let keys = match action {
            Action::Start => vec!["new", "first start", "latest start"],
            Action::Call | Action::Answer => vec!["new", "latest call"],
            _ => vec!["new"],
        };
        for act in acts(action, base, now) {
            for (by, start, key) in each_with_each(&people, &starts, &keys) {
                all.push(Change { act: act.clone(), by: by.clone(), at: now, request: RequestId::of(key, &[]), start: *start });
            }
        }
    }
    all
}

/// Each with each.
fn each_with_each<'a, A, B, C: ?Sized>(a: &'a [A], b: &'a [B], c: &'a [&'a C]) -> impl Iterator<Item = (&'a A, &'a B, &'a C)> {
    a.iter().flat_map(move |a| b.iter().flat_map(move |b| c.iter().map(move |c| (a, b, *c))))
}

/// Carries a change out as its function does.
async fn carry_out(world: &World, room: &Room, before: &Candidate, change: &Change) -> store::Result<Candidate> {
    let store = world.app.store();
    let (session, id) = (&before.session, &before.id);
    let mending = Mending {
        by: Actor { account: organiser(room), centre: Some(centre(room)), ..change.by.clone() },
        at: change.at,
        request: change.request.clone(),
    };
    match &change.act {
        Act::Start => store.start(session, id, change, &TypedCode::parse(&room.access_code), world.app.codes().unwrap()).await,
        Act::Join(_) => store.join(Some(session), std::slice::from_ref(id), change).await.map(|(_, joined)| joined),
        Act::Unlink => store.unlink(session, Some(id), change).await,
        Act::IssuePass { .. } => {
            store.issue_pass(session, id, change).await?;
            Ok(read(world, before).await)
        }
        Act::UsePass { tag } => store.use_pass(session, tag, change).await.map(|(_, joined)| joined),
        Act::Correct(correction) => {
            store.correct(session, id, &mending, |enrolment| *enrolment = correction.to.clone(), |_, _| Some(id.clone())).await
        }
        Act::Remove => store.remove(session, id, &mending).await.map(|()| before.clone()),
        _ => store.change(session, id, change).await,
    }
}

fn organiser(room: &Room) -> String {
    answer(&tests::record::claims(&room.organiser), "sub")
}

fn centre(room: &Room) -> CentreId {
    CentreId::parse(&answer(&tests::record::claims(&room.organiser), "centre")).unwrap()
}

#[tokio::test]
async fn every_update_does_what_the_state_table_says() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let base = enrolled(&world, &room.pupil().await).await;
    let now = world.now();
    for pass in ["22222222", "33333333"] {
        point(&world, &base, &tag(pass)).await;
    }
    let mut tried = 0;
    for before in variants(&base, now) {
        for mut change in changes(&base, now) {
            if change.by.role == ActorRole::Organiser {
                (change.by.account, change.by.centre) = (organiser(&room), Some(centre(&room)));
            }
            put(&world, &before).await;
            if let Some(account) = &before.account {
                guard(&world, &before, account).await;
            }
            let done = carry_out(&world, &room, &before, &change).await;
            let decision = decide(&before, &change);
            if let (Act::Remove, Decision::Apply(_)) = (&change.act, &decision) {
                done.unwrap();
                let gone = world.app.store().candidate(&before.session, &before.id).await;
                assert!(matches!(gone, Err(store::Error::Refused(Refusal::CandidateNotFound))));
                forget(&world, &before, &format!("act/{}", change.request.as_str())).await;
                recount(&world, &before).await;
                tried += 1;
                continue;
            }
            let mut after = read(&world, &before).await;
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
                (Decision::MinutesOutOfRange(expected), Err(store::Error::MinutesOutOfRange(left))) => {
                    assert_eq!((&left, &after), (expected, &before));
                }
                (_, done) => panic!("{before:?}\n{change:?}\n{decision:?}\n{done:?}"),
            }
            for account in ["01CANDIDATE", "01OTHER", "01PASS"] {
                forget(&world, &before, &format!("account/{account}")).await;
            }
            tried += 1;
        }
    }
    assert!(tried > 2500, "{tried} combinations");
}

/// A pass that points to the candidate.
async fn point(world: &World, candidate: &Candidate, tag: &PassTag) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let put = world.dynamo.put_item().table_name(local::database::SESSIONS).item("session", S(candidate.session.as_str().to_owned()));
    let put = put.item("sk", S(format!("pass/{}", tag.as_str()))).item("candidate", S(candidate.id.as_str().to_owned()));
    put.send().await.unwrap();
}

/// As many as there are.
async fn recount(world: &World, candidate: &Candidate) {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let update = world.dynamo.update_item().table_name(local::database::SESSIONS).key("session", S(candidate.session.as_str().to_owned()));
    let update = update.key("sk", S("session".into())).update_expression("SET candidateCount = :one");
    update.expression_attribute_values(":one", N("1".into())).send().await.unwrap();
}

async fn guard(world: &World, candidate: &Candidate, account: &str) {
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let put = world.dynamo.put_item().table_name(local::database::SESSIONS).item("session", text(candidate.session.as_str()));
    put.item("sk", text(&format!("account/{account}"))).item("candidate", text(candidate.id.as_str())).send().await.unwrap();
}

async fn forget(world: &World, candidate: &Candidate, sk: &str) {
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let delete = world.dynamo.delete_item().table_name(local::database::SESSIONS).key("session", text(candidate.session.as_str()));
    delete.key("sk", text(sk)).send().await.unwrap();
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
            let by = Actor::candidate("01CANDIDATE".into());
            let change = Change { act: Act::Start, by, at: now, request: RequestId::of("wrong", &[]), start: None };
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
