//! What becomes of somebody's wish to change a candidate: the [state table](super::state_table) applied to
//! a candidate in memory.

use super::{
    act::{Act, Action, JoinedAs},
    actor::Actor,
    candidate::Candidate,
    history::Entry,
    refusal::Refusal,
    request::RequestId,
    state_table::{EXTRA_MINUTES, Needs, Row, Status},
};
use jiff::Timestamp;
use std::ops::RangeInclusive;

/// Somebody's wish to change a candidate.
#[derive(Debug, Clone)]
pub struct Change {
    pub act: Act,
    pub by: Actor,
    pub at: Timestamp,
    pub request: RequestId,
    /// Which start the caller's attempt token belongs to, where they came with one.
    pub start: Option<u32>,
}

impl Change {
    pub fn action(&self) -> Action {
        self.act.action()
    }

    pub fn entry(&self) -> Entry {
        Entry::of(&self.act, &self.by, self.at)
    }
}

/// What becomes of a [`Change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The candidate after it.
    Apply(Box<Candidate>),
    /// It was so already: success, and nothing to record.
    Already,
    /// This very request was carried out before, and what it answered still holds as far as its
    /// action can tell.
    Replayed,
    Refused(Refusal),
    /// So many minutes can't be added; as many as these could.
    MinutesOutOfRange(RangeInclusive<i32>),
}

/// The state table applied to one candidate.
pub fn decide(candidate: &Candidate, change: &Change) -> Decision {
    let action = change.action();
    let holds = |needs| holds(needs, candidate, change);
    if !holds(Needs::CurrentPassword) {
        return Decision::Refused(Refusal::Unauthenticated);
    }
    if action.needs().any(|needs| needs == Needs::OwnAccount) && !holds(Needs::OwnAccount) {
        return Decision::Refused(Refusal::Forbidden);
    }
    if let Some(refusal) = shut(candidate, change) {
        return Decision::Refused(refusal);
    }
    if !holds(Needs::NewRequest) {
        return replay(candidate, change);
    }
    let mut rows = action.rows(change.by.role);
    match rows.find(|row| row.from == candidate.status && action.needs().chain(row.needs.iter().copied()).all(holds)) {
        Some(row) => Decision::Apply(Box::new(applied(candidate, change, row))),
        None => why_not(candidate, change),
    }
}

/// Why nobody gets in, or is let in, any more or yet: told to a new request and to a repeated one alike.
fn shut(candidate: &Candidate, change: &Change) -> Option<Refusal> {
    let closed = candidate.closed.then_some(Refusal::SessionFinalised);
    let window = || candidate.terms.window.check(change.at).err();
    match change.act {
        Act::Join(_) => closed.or_else(window),
        // Whoever has no pass that is good, and was not let in by this very request, learns nothing of the session.
        Act::UsePass { .. } => {
            let let_in = !holds(Needs::NewRequest, candidate, change) && candidate.is_joined_to(&change.by.account);
            if let_in || holds(Needs::ThisPass, candidate, change) { closed.or_else(window) } else { None }
        }
        Act::Start | Act::IssuePass { .. } => closed.or(candidate.status.is_over().then_some(Refusal::TestEnded)),
        _ => None,
    }
}

fn holds(needs: Needs, candidate: &Candidate, change: &Change) -> bool {
    match needs {
        Needs::NotClosed => !candidate.closed,
        Needs::NewRequest => match change.act {
            Act::Call => candidate.last_call.as_ref() != Some(&change.request),
            Act::Answer => candidate.last_answer.as_ref() != Some(&change.request),
            _ => !candidate.requests.contains(&change.request),
        },
        Needs::CurrentPassword => change.by.check_password(candidate.terms.password_issue).is_ok(),
        Needs::OwnAccount => !change.by.is_candidate() || candidate.is_joined_to(&change.by.account),
        Needs::Joined => candidate.account.is_some(),
        Needs::NotJoined => candidate.account.is_none(),
        Needs::NotUnlinked => !candidate.unlinked.contains(&change.by.account),
        Needs::LatestStart => change.start.is_none_or(|start| start == candidate.starts),
        Needs::Authorised => candidate.resume_authorised,
        Needs::NotAuthorised => !candidate.resume_authorised,
        Needs::Called => candidate.help_since.is_some(),
        Needs::NotCalled => candidate.help_since.is_none(),
        Needs::OpenWindow => candidate.terms.window.check(change.at).is_ok(),
        Needs::ThisPass => matches!(&change.act, Act::UsePass { tag } if candidate.has_pass(tag, change.at)),
        Needs::MinutesInRange => match change.act {
            Act::AddMinutes { minutes, .. } => EXTRA_MINUTES.contains(&(candidate.extra_minutes + minutes)),
            _ => true,
        },
        Needs::SameExtraTime => match &change.act {
            Act::Correct(correction) => correction.keeps_extra_time(),
            _ => true,
        },
        Needs::FewerChangesThan(limit) => candidate.history.len() < limit,
    }
}

/// The candidate after a row of the table was applied.
fn applied(candidate: &Candidate, change: &Change, row: &Row) -> Candidate {
    let mut after = candidate.clone();
    after.status = row.to;
    if change.action().is_recorded() {
        after.history.push(change.entry());
        after.requests.insert(change.request.clone());
    }
    match &change.act {
        Act::Enrol | Act::Leave | Act::Remove => {}
        Act::Tick => {
            after.present_since = Some(change.at);
            after.waiting_since = None;
        }
        Act::Untick => after.present_since = None,
        Act::Join(joined_as) => {
            after.account = Some(change.by.account.clone());
            after.joined_as = Some(joined_as.clone());
        }
        Act::Unlink => take_off(&mut after),
        Act::UsePass { .. } => {
            take_off(&mut after);
            after.account = Some(change.by.account.clone());
            after.joined_as = Some(JoinedAs::PASS);
            after.pass = None;
            after.pass_ends_at = None;
        }
        Act::Start => {
            after.attempt = candidate.attempt.clone().or_else(|| Some(change.request.ulid(change.at)));
            after.started_at = candidate.started_at.or(Some(change.at));
            after.starts = candidate.starts + 1;
            after.last_start_at = Some(change.at);
            after.last_start_request = Some(change.request.clone());
            after.resume_authorised = false;
            after.waiting_since = None;
            after.forget_tries();
        }
        Act::Authorise => {
            after.resume_authorised = true;
            after.waiting_since = None;
        }
        Act::Withdraw => after.resume_authorised = false,
        Act::Finish | Act::End => {
            after.ended_at = Some(change.at);
            after.resume_authorised = false;
            after.waiting_since = None;
            after.help_since = None;
            after.pass = None;
            after.pass_ends_at = None;
        }
        Act::AddMinutes { minutes, .. } => after.extra_minutes += minutes,
        Act::IssuePass { tag, ends_at } => {
            after.pass = Some(tag.clone());
            after.pass_ends_at = Some(*ends_at);
        }
        Act::Call => {
            after.help_since = Some(change.at);
            after.last_call = Some(change.request.clone());
        }
        Act::Answer => {
            after.help_since = None;
            after.last_answer = Some(change.request.clone());
        }
        Act::Correct(correction) => {
            let to = correction.to.clone();
            (after.first_name, after.last_name, after.birthdate) = (to.first_name, to.last_name, to.birthdate);
            after.extra_time_percent = to.extra_time_percent;
        }
    }
    after
}

/// Whoever was joined is no longer, and does not come back by themselves.
fn take_off(candidate: &mut Candidate) {
    candidate.unlinked.extend(candidate.joined_account().map(str::to_owned));
    candidate.account = None;
    candidate.joined_as = None;
    candidate.waiting_since = None;
    candidate.help_since = None;
    candidate.forget_tries();
}

/// What to answer when no row applies: that it is so already, or the refusal of the present state.
fn why_not(candidate: &Candidate, change: &Change) -> Decision {
    use Decision::{Already, Refused};
    let status = candidate.status;
    match change.action() {
        Action::Enrol => Refused(Refusal::AlreadyEnrolled),
        Action::UsePass => Refused(Refusal::InvalidPass),

        Action::Join if candidate.is_joined_to(&change.by.account) => Already,
        Action::Join if candidate.account.is_some() => Refused(Refusal::CandidateAlreadyLinked),
        Action::Join if !holds(Needs::NotUnlinked, candidate, change) => Refused(Refusal::AccountUnlinked),

        Action::Start if status.is_before_start() => {
            Refused(candidate.terms.window.check(change.at).err().unwrap_or(Refusal::NotCheckedIn))
        }
        Action::Start => Refused(Refusal::ResumeNotAuthorised),

        Action::Leave | Action::Finish if status.is_before_start() => Refused(Refusal::NotStarted),
        Action::Leave if status.is_over() => Already,
        Action::Finish if status == Status::Finished => Already,
        Action::Finish if status == Status::Ended => Refused(Refusal::TestEnded),
        Action::Leave | Action::Finish if !holds(Needs::LatestStart, candidate, change) => Refused(Refusal::AttemptSuperseded),
        Action::Leave | Action::Finish => Already,

        _ if candidate.closed => Refused(Refusal::SessionFinalised),
        Action::Tick | Action::Untick if status.is_over() => Refused(Refusal::TestEnded),
        Action::Tick | Action::Untick if status.is_running() => Refused(Refusal::AlreadyStarted),
        Action::Tick => Already,
        Action::Untick if status == Status::Enrolled => Already,
        Action::Unlink | Action::Remove if !status.is_before_start() => Refused(Refusal::AlreadyStarted),
        Action::Unlink => Already,
        Action::Remove => Refused(Refusal::CandidateAlreadyLinked),
        Action::Authorise | Action::Withdraw if status.is_over() => Refused(Refusal::TestEnded),
        Action::Authorise | Action::Withdraw if status.is_before_start() => Refused(Refusal::NotStarted),
        Action::Authorise => Already,
        Action::Withdraw if !candidate.resume_authorised => Already,
        Action::End if status == Status::Ended => Already,
        Action::End if status == Status::Finished => Refused(Refusal::TestEnded),
        Action::End => Refused(Refusal::NotStarted),
        Action::AddMinutes | Action::Call | Action::Correct if status.is_over() => Refused(Refusal::TestEnded),
        Action::AddMinutes if !holds(Needs::MinutesInRange, candidate, change) => {
            let so_far = candidate.extra_minutes;
            Decision::MinutesOutOfRange(EXTRA_MINUTES.start() - so_far..=EXTRA_MINUTES.end() - so_far)
        }
        Action::Call | Action::Answer | Action::IssuePass => Already,

        Action::Untick | Action::Withdraw | Action::Join | Action::AddMinutes | Action::Correct => Refused(Refusal::TooManyChanges),
    }
}

/// What to answer to a request that was carried out before. It never acts again.
fn replay(candidate: &Candidate, change: &Change) -> Decision {
    let status = candidate.status;
    let is_latest_start = candidate.last_start_request.as_ref() == Some(&change.request);
    match &change.act {
        Act::Start if !is_latest_start => Decision::Refused(Refusal::AttemptSuperseded),
        // The candidate has left since: an old answer must not let them in without the proctor.
        Act::Start if status == Status::Interrupted && !candidate.resume_authorised => Decision::Refused(Refusal::ResumeNotAuthorised),
        Act::Start if status == Status::Interrupted => Decision::Refused(Refusal::AttemptSuperseded),
        // The candidate has resumed since: leaving again takes a new request.
        Act::Leave if status == Status::InProgress => Decision::Refused(Refusal::AttemptSuperseded),
        Act::Finish if status == Status::Ended => Decision::Refused(Refusal::TestEnded),
        // The join was undone since.
        Act::Join(_) if candidate.account.is_some() && !candidate.is_joined_to(&change.by.account) => {
            Decision::Refused(Refusal::CandidateAlreadyLinked)
        }
        Act::Join(_) if candidate.account.is_none() => Decision::Refused(Refusal::AccountUnlinked),
        Act::UsePass { .. } if !candidate.is_joined_to(&change.by.account) => Decision::Refused(Refusal::InvalidPass),
        // It was used or replaced since, or its time is over: a code that lets nobody in is not handed out again.
        Act::IssuePass { tag, .. } if !candidate.has_pass(tag, change.at) => Decision::Refused(Refusal::KeyReused),
        _ => Decision::Replayed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        act::JoinedAccount,
        actor::ActorRole,
        code::{CodeKeys, PASS_LIFETIME, PassTag, TypedPass},
        correction::{Correction, Enrolment},
        identity::Birthdate,
        name::{Label, PersonName, Reason},
        session::{LocalTime, Plan, Session, SessionDate, SessionNumber, SessionStatus, Window, ZoneName, parse_date},
        state_table::TABLE,
    };
    use jiff::SignedDuration;
    use ulid::Ulid;

    const ME: &str = "01CANDIDATE";

    fn now() -> Timestamp {
        "2026-06-15T07:00:00Z".parse().unwrap()
    }

    fn request(key: &str) -> RequestId {
        RequestId::of(key, &[])
    }

    fn joined_as() -> JoinedAs {
        JoinedAs::Account(JoinedAccount { first_name: "Zoé".into(), last_name: "Bernard".into(), email: "z…@example.org".into() })
    }

    fn keys() -> CodeKeys {
        CodeKeys::parse(r#"{"1": "a code secret of thirty-two characters or more"}"#).unwrap()
    }

    fn tag(pass: &str) -> PassTag {
        keys().pass_tag(&SessionNumber::parse("1234567").unwrap(), TypedPass::parse(pass).as_pass().unwrap())
    }

    fn enrolment() -> Enrolment {
        Enrolment {
            first_name: PersonName::parse("Zoé").unwrap(),
            last_name: PersonName::parse("Bernard").unwrap(),
            birthdate: Birthdate(parse_date("2012-05-31").unwrap()),
            extra_time_percent: 33,
        }
    }

    /// One of each.
    fn act(action: Action) -> Act {
        match action {
            Action::Enrol => Act::Enrol,
            Action::Tick => Act::Tick,
            Action::Untick => Act::Untick,
            Action::Join => Act::Join(joined_as()),
            Action::Unlink => Act::Unlink,
            Action::Start => Act::Start,
            Action::Leave => Act::Leave,
            Action::Authorise => Act::Authorise,
            Action::Withdraw => Act::Withdraw,
            Action::Finish => Act::Finish,
            Action::End => Act::End,
            Action::AddMinutes => Act::AddMinutes { minutes: 10, reason: Reason::parse("alarme incendie").unwrap() },
            Action::IssuePass => Act::IssuePass { tag: tag("22222222"), ends_at: now() },
            Action::UsePass => Act::UsePass { tag: tag("33333333") },
            Action::Call => Act::Call,
            Action::Answer => Act::Answer,
            Action::Correct => {
                let to = Enrolment { last_name: PersonName::parse("Bernhard").unwrap(), ..enrolment() };
                Act::Correct(Correction { from: enrolment(), to })
            }
            Action::Remove => Act::Remove,
        }
    }

    fn organiser() -> Actor {
        Actor::organiser("01ORGANISER".into(), Ulid::nil().into(), ("Ada".into(), "Organe".into()))
    }

    fn change(action: Action) -> Change {
        let by = match action {
            Action::Start | Action::Leave | Action::Finish | Action::Join | Action::UsePass | Action::Call => Actor::candidate(ME.into()),
            Action::Enrol | Action::Correct | Action::Remove => organiser(),
            _ => Actor::proctor("01PROCTOR".into(), 1),
        };
        Change { act: act(action), by, at: now(), request: request("new"), start: None }
    }

    fn candidate(status: Status, resume_authorised: bool, joined: bool) -> Candidate {
        let session = Session {
            number: SessionNumber::parse("1234567").unwrap(),
            centre: Ulid::nil().into(),
            organiser: "01ORGANISER".into(),
            organised_by: ("Ada".into(), "Organe".into()),
            plan: Plan {
                date: SessionDate(parse_date("2026-06-15").unwrap()),
                time: LocalTime::parse("09:00").unwrap(),
                time_zone: ZoneName::default(),
                site: Label::parse("Collège").unwrap(),
                room: Label::parse("12").unwrap(),
                examiner: None,
                duration_minutes: 105,
            },
            window: Window::around(now()),
            status: SessionStatus::Open,
            created_at: now(),
            code_key: 1,
            code_issue: 1,
            password_issue: 1,
            revision: 0,
            candidate_count: 1,
            incident_count: 0,
            corrections: 0,
            corrected: std::collections::BTreeMap::default(),
            mendings: 0,
            finalised_at: None,
            finalised_by: None,
            finalisations: 0,
            seal: None,
            requests: std::collections::BTreeMap::default(),
        };
        let new = enrolment();
        let id = keys().current().candidate_id(&session.number, [&new.first_name, &new.last_name], new.birthdate);
        let mut candidate = Candidate::enrolled(id, new, &session, &organiser(), now(), request("enrol"));
        candidate.status = status;
        candidate.resume_authorised = resume_authorised;
        candidate.account = joined.then(|| ME.to_owned());
        candidate.joined_as = joined.then(joined_as);
        if !status.is_over() {
            candidate.pass = Some(tag("33333333"));
            candidate.pass_ends_at = Some(now() + SignedDuration::from_mins(1));
        }
        if !status.is_before_start() {
            candidate.starts = 1;
            candidate.started_at = Some(now());
            candidate.last_start_request = Some(request("start"));
            candidate.requests.insert(request("start"));
        }
        candidate
    }

    fn outcome(candidate: &Candidate, change: &Change) -> String {
        match decide(candidate, change) {
            Decision::Apply(after) => serde_json::to_value(after.status).unwrap().as_str().unwrap().to_owned(),
            Decision::Already => "already".into(),
            Decision::Replayed => "replayed".into(),
            Decision::Refused(refusal) => refusal.code().into(),
            Decision::MinutesOutOfRange(_) => "out_of_range".into(),
        }
    }

    /// The table of the procedure, written out once more by hand: `+` is "resume authorised".
    const EXPECTED: &str = "
        action     enrolled       present        in_progress            in_progress+     interrupted            interrupted+     finished         ended
        tick       present        already        already_started        already_started  already_started        already_started  test_ended       test_ended
        untick     already        enrolled       already_started        already_started  already_started        already_started  test_ended       test_ended
        unlink     enrolled       present        already_started        already_started  already_started        already_started  already_started  already_started
        join       already        already        already                already          already                already          already          already
        start      not_checked_in in_progress    resume_not_authorised  in_progress      resume_not_authorised  in_progress      test_ended       test_ended
        leave      not_started    not_started    interrupted            interrupted      already                already          already          already
        authorise  not_started    not_started    in_progress            already          interrupted            already          test_ended       test_ended
        withdraw   not_started    not_started    already                in_progress      already                interrupted      test_ended       test_ended
        finish     not_started    not_started    finished               finished         finished               finished         already          test_ended
        end        not_started    not_started    ended                  ended            ended                  ended            test_ended       already
        enrol      already_enrolled already_enrolled already_enrolled   already_enrolled already_enrolled       already_enrolled already_enrolled already_enrolled
        add_minutes enrolled      present        in_progress            in_progress      interrupted            interrupted      test_ended       test_ended
        issue_pass enrolled       present        in_progress            in_progress      interrupted            interrupted      test_ended       test_ended
        use_pass   enrolled       present        in_progress            in_progress      interrupted            interrupted      invalid_pass     invalid_pass
        call       enrolled       present        in_progress            in_progress      interrupted            interrupted      test_ended       test_ended
        answer     already        already        already                already          already                already          already          already
        correct    enrolled       present        in_progress            in_progress      interrupted            interrupted      finished         ended
        remove     candidate_already_linked candidate_already_linked already_started already_started already_started already_started already_started already_started
    ";

    #[test]
    fn every_state_and_action_as_the_procedure_says() {
        let mut lines = EXPECTED.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|line| !line.is_empty());
        let states = lines.next().unwrap();
        let mut actions = 0;
        for line in lines {
            let action: Action = serde_json::from_value(line[0].into()).unwrap();
            actions += 1;
            for (state, expected) in states.iter().zip(&line).skip(1) {
                let status: Status = serde_json::from_value(state.trim_end_matches('+').into()).unwrap();
                let candidate = candidate(status, state.ends_with('+'), true);
                assert_eq!(outcome(&candidate, &change(action)), *expected, "{action:?} when {state}");
            }
        }
        assert_eq!(actions, Action::ALL.len(), "no action is missing");
    }

    #[test]
    fn a_closed_session_refuses_every_change() {
        for &status in Status::ALL {
            for action in [
                Action::Tick,
                Action::Untick,
                Action::Join,
                Action::Unlink,
                Action::Authorise,
                Action::Withdraw,
                Action::End,
                Action::Start,
                Action::AddMinutes,
                Action::IssuePass,
                Action::UsePass,
                Action::Call,
                Action::Answer,
                Action::Correct,
                Action::Remove,
            ] {
                let mut candidate = candidate(status, false, true);
                candidate.closed = true;
                // A test that is over has no pass any more.
                let expected = if action == Action::UsePass && status.is_over() { "invalid_pass" } else { "session_finalised" };
                assert_eq!(outcome(&candidate, &change(action)), expected, "{action:?} when {status:?}");
            }
        }
    }

    #[test]
    fn only_the_joined_account_acts_for_a_candidate() {
        for action in [Action::Start, Action::Leave, Action::Finish, Action::Call] {
            for account in [None, Some("01OTHER".to_owned())] {
                let mut candidate = candidate(Status::Present, false, true);
                candidate.account = account;
                assert_eq!(outcome(&candidate, &change(action)), "forbidden");
            }
        }
        let mut unjoined = candidate(Status::Enrolled, false, false);
        assert_eq!(outcome(&unjoined, &change(Action::Join)), "enrolled");
        unjoined.account = Some("01OTHER".into());
        assert_eq!(outcome(&unjoined, &change(Action::Join)), "candidate_already_linked");
        assert_eq!(outcome(&candidate(Status::Enrolled, false, false), &change(Action::Unlink)), "already");
    }

    #[test]
    fn nobody_acts_in_a_role_the_table_does_not_name() {
        for row in TABLE {
            for role in [ActorRole::Proctor, ActorRole::Organiser, ActorRole::Candidate, ActorRole::Finalisation] {
                let needs: Vec<_> = row.action.needs().chain(row.needs.iter().copied()).collect();
                let mut candidate = candidate(row.from, needs.contains(&Needs::Authorised), !needs.contains(&Needs::NotJoined));
                candidate.help_since = needs.contains(&Needs::Called).then(now);
                let mut change = change(row.action);
                change.by = Actor { role, ..Actor::candidate(ME.into()) };
                if let Act::Correct(correction) = &mut change.act {
                    correction.from.extra_time_percent = correction.to.extra_time_percent;
                }
                let applies = matches!(decide(&candidate, &change), Decision::Apply(_));
                assert_eq!(applies, row.by.contains(&role), "{row:?} by {role:?}");
            }
        }
    }

    #[test]
    fn the_first_start_needs_the_window_a_later_one_does_not() {
        for (status, authorised, hours, expected) in [
            (Status::Present, false, -3, "session_not_open"),
            (Status::Enrolled, false, -3, "session_not_open"),
            (Status::Present, false, 24, "session_closed"),
            (Status::Present, false, 23, "in_progress"),
            (Status::Interrupted, true, 25, "in_progress"),
            (Status::Finished, false, 25, "test_ended"),
        ] {
            let mut change = change(Action::Start);
            change.at = now() + SignedDuration::from_hours(hours);
            assert_eq!(outcome(&candidate(status, authorised, true), &change), expected, "{status:?} at {hours} h");
        }
    }

    #[test]
    fn joining_needs_the_window_too() {
        for (hours, account, expected) in [
            (-3, None, "session_not_open"),
            (24, None, "session_closed"),
            (24, Some(ME), "session_closed"),
            (24, Some("01OTHER"), "session_closed"),
            (23, None, "present"),
        ] {
            let change = Change { at: now() + SignedDuration::from_hours(hours), ..change(Action::Join) };
            let mut candidate = candidate(Status::Present, false, false);
            candidate.account = account.map(str::to_owned);
            assert_eq!(outcome(&candidate, &change), expected, "{account:?} at {hours} h");
            candidate.requests.insert(change.request.clone());
            let replayed = if hours == 23 { "account_unlinked" } else { expected };
            assert_eq!(outcome(&candidate, &change), replayed, "{account:?} at {hours} h again");
        }
    }

    #[test]
    fn a_start_counts_takes_the_extra_time_along_and_forgets_wrong_codes() {
        let mut waiting = candidate(Status::Present, false, true);
        (waiting.tries, waiting.last_try_at, waiting.last_try) = (10, Some(now()), Some("try".into()));
        assert_eq!([0, 119, 120].map(|seconds| waiting.lockout(now() + SignedDuration::from_secs(seconds)).as_secs()), [120, 1, 0]);
        let Decision::Apply(started) = decide(&waiting, &change(Action::Start)) else { panic!() };
        assert_eq!((started.starts, started.tries, &started.last_try_at, &started.last_try), (1, 0, &None, &None));
        // 105 min × 1.33.
        assert_eq!(started.ends_at(), Some(now() + SignedDuration::from_secs(139 * 60 + 39)));
        let later = Change { at: now() + SignedDuration::from_mins(50), ..change(Action::Start) };
        let Decision::Apply(resumed) = decide(&candidate(Status::Interrupted, true, true), &later) else { panic!() };
        assert_eq!((resumed.starts, resumed.started_at, resumed.ends_at()), (2, Some(now()), started.ends_at()));
    }

    #[test]
    fn a_superseded_attempt_token_neither_leaves_nor_finishes() {
        for action in [Action::Leave, Action::Finish] {
            for (start, status, expected) in [
                (1, Status::InProgress, if action == Action::Leave { "interrupted" } else { "finished" }),
                (2, Status::InProgress, "attempt_superseded"),
                (2, Status::Interrupted, "attempt_superseded"),
                (2, Status::Finished, "already"),
            ] {
                let change = Change { start: Some(start), ..change(action) };
                assert_eq!(outcome(&candidate(status, false, true), &change), expected, "{action:?} {start} {status:?}");
            }
        }
    }

    #[test]
    fn a_repeated_start_answers_as_before_only_while_it_is_the_truth() {
        for (status, authorised, expected) in [
            (Status::InProgress, false, "replayed"),
            (Status::InProgress, true, "replayed"),
            (Status::Interrupted, false, "resume_not_authorised"),
            (Status::Interrupted, true, "attempt_superseded"),
            (Status::Finished, false, "test_ended"),
            (Status::Ended, false, "test_ended"),
        ] {
            let repeated = Change { request: request("start"), ..change(Action::Start) };
            let mut candidate = candidate(status, authorised, true);
            assert_eq!(outcome(&candidate, &repeated), expected, "{status:?} {authorised}");
            candidate.last_start_request = Some(request("later start"));
            if status.is_running() {
                assert_eq!(outcome(&candidate, &repeated), "attempt_superseded");
            }
        }
    }

    #[test]
    fn another_repeated_request_answers_as_before_only_while_it_is_the_truth() {
        for (action, status, joined, expected) in [
            (Action::Leave, Status::Interrupted, true, "replayed"),
            (Action::Leave, Status::InProgress, true, "attempt_superseded"),
            (Action::Finish, Status::Finished, true, "replayed"),
            (Action::Finish, Status::Ended, true, "test_ended"),
            (Action::Join, Status::Present, true, "replayed"),
            (Action::Join, Status::Present, false, "account_unlinked"),
            (Action::AddMinutes, Status::Ended, true, "replayed"),
            (Action::UsePass, Status::Present, false, "invalid_pass"),
            (Action::IssuePass, Status::Present, true, "key_reused"),
            (Action::IssuePass, Status::Ended, true, "test_ended"),
            (Action::Tick, Status::Enrolled, true, "replayed"),
        ] {
            let mut candidate = candidate(status, false, joined);
            candidate.requests.insert(change(action).request);
            assert_eq!(outcome(&candidate, &change(action)), expected, "{action:?} {status:?}");
        }
    }

    #[test]
    fn a_proctor_who_came_in_with_a_replaced_password_does_nothing_more() {
        for action in [Action::Tick, Action::Authorise, Action::End, Action::AddMinutes, Action::IssuePass, Action::Answer, Action::Unlink]
        {
            for (issue, is_out) in [(1, true), (2, false), (3, false)] {
                let mut candidate = candidate(Status::InProgress, false, true);
                candidate.terms.password_issue = 2;
                let mut change = change(action);
                change.by = Actor::proctor("01PROCTOR".into(), issue);
                assert_eq!(outcome(&candidate, &change) == "unauthenticated", is_out, "{action:?} with issue {issue}");
                candidate.requests.insert(change.request.clone());
                assert_eq!(outcome(&candidate, &change) == "unauthenticated", is_out, "{action:?} again");
            }
        }
    }

    #[test]
    fn a_pass_takes_off_whoever_was_joined_for_good() {
        let joined = candidate(Status::InProgress, false, true);
        let by = Actor::candidate("01PASS".into());
        let Decision::Apply(after) = decide(&joined, &Change { by, ..change(Action::UsePass) }) else { panic!() };
        assert_eq!((after.account.as_deref(), &after.joined_as, after.joined_account()), (Some("01PASS"), &Some(JoinedAs::PASS), None));
        assert!(after.unlinked.contains(ME) && after.pass.is_none() && after.pass_ends_at.is_none());
        assert_eq!(outcome(&after, &change(Action::Start)), "forbidden");
        let mut free = *after;
        (free.account, free.status) = (None, Status::Present);
        assert_eq!(outcome(&free, &change(Action::Join)), "account_unlinked");
    }

    #[test]
    fn a_pass_is_good_for_its_candidate_and_its_time_alone() {
        let outcome_at = |seconds, tag| {
            let at = now() + SignedDuration::from_secs(seconds);
            outcome(&candidate(Status::Present, false, false), &Change { at, act: Act::UsePass { tag }, ..change(Action::UsePass) })
        };
        assert_eq!([59, 60].map(|seconds| outcome_at(seconds, tag("33333333"))), ["present", "invalid_pass"]);
        assert_eq!(outcome_at(0, tag("44444444")), "invalid_pass");
    }

    #[test]
    fn a_pass_that_was_used_is_worth_nothing_but_to_the_request_that_used_it() {
        let by = Actor::candidate("01PASS".into());
        let used = Change { by, ..change(Action::UsePass) };
        let Decision::Apply(after) = decide(&candidate(Status::Present, false, true), &used) else { panic!() };
        let again = |change: Change, hours, closed| {
            let candidate = Candidate { closed, ..(*after).clone() };
            outcome(&candidate, &Change { at: now() + SignedDuration::from_hours(hours), ..change })
        };
        let other = Change { request: request("other"), ..used.clone() };
        for (hours, closed, expected) in
            [(0, false, "replayed"), (23, false, "replayed"), (24, false, "session_closed"), (0, true, "session_finalised")]
        {
            assert_eq!(again(used.clone(), hours, closed), expected);
            assert_eq!(again(other.clone(), hours, closed), "invalid_pass");
        }
        let mut taken_off = *after;
        taken_off.account = Some("01LATER".into());
        assert_eq!([&used, &other].map(|change| outcome(&taken_off, change)), ["invalid_pass"; 2]);
    }

    #[test]
    fn an_issued_pass_is_told_again_while_it_stands() {
        let issue = Change { act: Act::IssuePass { tag: tag("22222222"), ends_at: now() + PASS_LIFETIME }, ..change(Action::IssuePass) };
        let Decision::Apply(issued) = decide(&candidate(Status::Present, false, true), &issue) else { panic!() };
        let again_after = |candidate: &Candidate, seconds| {
            outcome(candidate, &Change { at: now() + SignedDuration::from_secs(seconds), ..issue.clone() })
        };
        assert_eq!([0, 599, 600].map(|seconds| again_after(&issued, seconds)), ["replayed", "replayed", "key_reused"]);
        let another = Change { request: request("another"), ..change(Action::IssuePass) };
        let Decision::Apply(replaced) = decide(&issued, &another) else { panic!() };
        assert_eq!(again_after(&replaced, 0), "key_reused");
        let closed = Candidate { closed: true, ..(*issued).clone() };
        assert_eq!(again_after(&closed, 0), "session_finalised");
    }

    #[test]
    fn minutes_add_up_to_no_less_than_none_and_no_more_than_twelve_hours() {
        let add = |so_far, minutes| {
            let mut candidate = candidate(Status::InProgress, false, true);
            candidate.extra_minutes = so_far;
            let reason = Reason::parse("panne").unwrap();
            match decide(&candidate, &Change { act: Act::AddMinutes { minutes, reason }, ..change(Action::AddMinutes) }) {
                Decision::Apply(after) => Ok(after.extra_minutes),
                Decision::MinutesOutOfRange(left) => Err(left),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!([add(0, 720), add(700, 20), add(10, -10)], [Ok(720), Ok(720), Ok(0)]);
        assert_eq!([add(0, -1), add(700, 21), add(10, -11)], [Err(0..=720), Err(-700..=20), Err(-10..=710)]);
    }

    #[test]
    fn once_the_test_is_over_names_can_still_be_corrected_and_extra_time_can_not() {
        for status in [Status::Finished, Status::Ended] {
            let mut change = change(Action::Correct);
            let Act::Correct(correction) = &mut change.act else { panic!() };
            correction.to.extra_time_percent = 50;
            assert_eq!(outcome(&candidate(status, false, true), &change), "test_ended");
        }
    }

    #[test]
    fn a_call_stands_until_it_is_answered_and_a_late_retry_calls_nobody_again() {
        let calm = candidate(Status::InProgress, false, true);
        let Decision::Apply(calling) = decide(&calm, &change(Action::Call)) else { panic!() };
        assert_eq!((calling.help_since, calling.history.len()), (Some(now()), calm.history.len()), "no part of the record");
        assert_eq!(outcome(&calling, &Change { request: request("again"), ..change(Action::Call) }), "already");
        let Decision::Apply(answered) = decide(&calling, &change(Action::Answer)) else { panic!() };
        assert_eq!((answered.help_since, outcome(&answered, &change(Action::Call))), (None, "replayed".to_owned()));
        let again = Change { request: request("again"), ..change(Action::Call) };
        let Decision::Apply(calling) = decide(&answered, &again) else { panic!() };
        assert_eq!(outcome(&calling, &change(Action::Answer)), "replayed", "a late answer is to the call before");
        let Decision::Apply(ended) = decide(&calling, &change(Action::End)) else { panic!() };
        assert_eq!(ended.help_since, None);
    }

    #[test]
    fn joins_stop_at_forty_changes_and_what_undoes_at_a_hundred() {
        let refused = |changes| {
            let refuses = |action: &&Action| {
                let status = match action {
                    Action::Untick | Action::Start => Status::Present,
                    Action::Withdraw | Action::Authorise | Action::Finish | Action::End | Action::Leave => Status::InProgress,
                    _ => Status::Enrolled,
                };
                let mut candidate = candidate(status, **action == Action::Withdraw, !matches!(action, Action::Join | Action::Remove));
                candidate.help_since = (**action == Action::Answer).then(now);
                candidate.history = vec![candidate.history[0].clone(); changes];
                outcome(&candidate, &change(**action)) == "too_many_changes"
            };
            Action::ALL.iter().filter(refuses).copied().collect::<Vec<_>>()
        };
        assert_eq!(refused(39), []);
        assert_eq!(refused(40), [Action::Join]);
        assert_eq!(refused(99), [Action::Join]);
        assert_eq!(refused(100), [Action::Untick, Action::Join, Action::Withdraw, Action::AddMinutes, Action::Correct]);
    }
}
