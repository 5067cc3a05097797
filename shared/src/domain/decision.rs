//! What becomes of somebody's wish to change a candidate: the [state table](super::state_table) applied to
//! a candidate in memory.

use super::{
    actor::Actor,
    candidate::{Candidate, JoinedAs},
    history::Entry,
    refusal::Refusal,
    request::RequestId,
    state_table::{Action, Needs, Row, Status},
};
use jiff::{SignedDuration, Timestamp};

/// Somebody's wish to change a candidate.
#[derive(Debug, Clone)]
pub struct Change {
    pub action: Action,
    pub by: Actor,
    pub at: Timestamp,
    pub request: RequestId,
    /// Which start the caller's attempt token belongs to, where they came with one.
    pub start: Option<u32>,
    /// What the caller's account says of itself, if they join.
    pub joined_as: Option<JoinedAs>,
}

impl Change {
    pub fn entry(&self) -> Entry {
        Entry { at: self.at, action: self.action, role: self.by.role, account: self.by.account.clone() }
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
}

/// The state table applied to one candidate.
pub fn decide(candidate: &Candidate, change: &Change) -> Decision {
    let holds = |needs| holds(needs, candidate, change);
    if change.action.needs().any(|needs| needs == Needs::OwnAccount) && !holds(Needs::OwnAccount) {
        return Decision::Refused(Refusal::Forbidden);
    }
    if let Some(refusal) = shut(candidate, change) {
        return Decision::Refused(refusal);
    }
    if !holds(Needs::NewRequest) {
        return replay(candidate, change);
    }
    let mut rows = change.action.rows(change.by.role);
    match rows.find(|row| row.from == candidate.status && change.action.needs().chain(row.needs.iter().copied()).all(holds)) {
        Some(row) => Decision::Apply(Box::new(applied(candidate, change, row))),
        None => why_not(candidate, change),
    }
}

/// Why nobody gets in any more, or yet: told to a new request and to a repeated one alike.
fn shut(candidate: &Candidate, change: &Change) -> Option<Refusal> {
    match change.action {
        Action::Join | Action::Start if candidate.closed => Some(Refusal::SessionFinalised),
        Action::Join => candidate.window.check(change.at).err(),
        Action::Start if candidate.status.is_over() => Some(Refusal::TestEnded),
        _ => None,
    }
}

fn holds(needs: Needs, candidate: &Candidate, change: &Change) -> bool {
    match needs {
        Needs::NotClosed => !candidate.closed,
        Needs::NewRequest => !candidate.requests.contains(&change.request),
        Needs::OwnAccount => candidate.is_joined_to(&change.by.account),
        Needs::Joined => candidate.account.is_some(),
        Needs::NotJoined => candidate.account.is_none(),
        Needs::LatestStart => change.start.is_none_or(|start| start == candidate.starts),
        Needs::Authorised => candidate.resume_authorised,
        Needs::NotAuthorised => !candidate.resume_authorised,
        Needs::OpenWindow => candidate.window.check(change.at).is_ok(),
        Needs::FewerChangesThan(limit) => candidate.history.len() < limit,
    }
}

/// The candidate after a row of the table was applied.
fn applied(candidate: &Candidate, change: &Change, row: &Row) -> Candidate {
    let mut after = candidate.clone();
    after.status = row.to;
    after.history.push(change.entry());
    after.requests.insert(change.request.clone());
    match change.action {
        Action::Enrol | Action::Leave => {}
        Action::Tick => {
            after.present_since = Some(change.at);
            after.waiting_since = None;
        }
        Action::Untick => after.present_since = None,
        Action::Join => {
            after.account = Some(change.by.account.clone());
            after.joined_as.clone_from(&change.joined_as);
        }
        Action::Unlink => {
            after.account = None;
            after.joined_as = None;
            after.waiting_since = None;
            after.forget_tries();
        }
        Action::Start => {
            let started_at = candidate.started_at.unwrap_or(change.at);
            after.attempt = candidate.attempt.clone().or_else(|| Some(change.request.attempt_id(change.at)));
            after.started_at = Some(started_at);
            after.ends_at = Some(started_at + SignedDuration::from_millis(candidate.allowed_millis));
            after.starts = candidate.starts + 1;
            after.last_start_at = Some(change.at);
            after.last_start_request = Some(change.request.clone());
            after.resume_authorised = false;
            after.waiting_since = None;
            after.forget_tries();
        }
        Action::Authorise => {
            after.resume_authorised = true;
            after.waiting_since = None;
        }
        Action::Withdraw => after.resume_authorised = false,
        Action::Finish | Action::End => {
            after.ended_at = Some(change.at);
            after.resume_authorised = false;
            after.waiting_since = None;
        }
    }
    after
}

/// What to answer when no row applies: that it is so already, or the refusal of the present state.
fn why_not(candidate: &Candidate, change: &Change) -> Decision {
    use Decision::{Already, Refused};
    let status = candidate.status;
    match change.action {
        Action::Enrol => Refused(Refusal::AlreadyEnrolled),

        Action::Tick | Action::Untick | Action::Unlink | Action::Authorise | Action::Withdraw | Action::End if candidate.closed => {
            Refused(Refusal::SessionFinalised)
        }
        Action::Tick | Action::Untick if status.is_over() => Refused(Refusal::TestEnded),
        Action::Tick | Action::Untick if status.is_running() => Refused(Refusal::AlreadyStarted),
        Action::Tick => Already,
        Action::Untick if status == Status::Enrolled => Already,
        Action::Unlink if !status.is_before_start() => Refused(Refusal::AlreadyStarted),
        Action::Unlink => Already,
        Action::Authorise | Action::Withdraw if status.is_over() => Refused(Refusal::TestEnded),
        Action::Authorise | Action::Withdraw if status.is_before_start() => Refused(Refusal::NotStarted),
        Action::Authorise => Already,
        Action::Withdraw if !candidate.resume_authorised => Already,
        Action::End if status == Status::Ended => Already,
        Action::End if status == Status::Finished => Refused(Refusal::TestEnded),
        Action::End => Refused(Refusal::NotStarted),

        Action::Join if candidate.is_joined_to(&change.by.account) => Already,
        Action::Join if candidate.account.is_some() => Refused(Refusal::CandidateAlreadyLinked),

        Action::Untick | Action::Withdraw | Action::Join => Refused(Refusal::TooManyChanges),

        Action::Start if status.is_before_start() => Refused(candidate.window.check(change.at).err().unwrap_or(Refusal::NotCheckedIn)),
        Action::Start => Refused(Refusal::ResumeNotAuthorised),

        Action::Leave | Action::Finish if status.is_before_start() => Refused(Refusal::NotStarted),
        Action::Leave if status.is_over() => Already,
        Action::Finish if status == Status::Finished => Already,
        Action::Finish if status == Status::Ended => Refused(Refusal::TestEnded),
        Action::Leave | Action::Finish if !holds(Needs::LatestStart, candidate, change) => Refused(Refusal::AttemptSuperseded),
        Action::Leave | Action::Finish => Already,
    }
}

/// What to answer to a request that was carried out before. It never acts again.
fn replay(candidate: &Candidate, change: &Change) -> Decision {
    let status = candidate.status;
    let is_latest_start = candidate.last_start_request.as_ref() == Some(&change.request);
    match change.action {
        Action::Start if !is_latest_start => Decision::Refused(Refusal::AttemptSuperseded),
        // The candidate has left since: an old answer must not let them in without the proctor.
        Action::Start if status == Status::Interrupted && !candidate.resume_authorised => Decision::Refused(Refusal::ResumeNotAuthorised),
        Action::Start if status == Status::Interrupted => Decision::Refused(Refusal::AttemptSuperseded),
        // The candidate has resumed since: leaving again takes a new request.
        Action::Leave if status == Status::InProgress => Decision::Refused(Refusal::AttemptSuperseded),
        Action::Finish if status == Status::Ended => Decision::Refused(Refusal::TestEnded),
        // The join was undone since: joining again takes a new request.
        Action::Join if !candidate.is_joined_to(&change.by.account) => Decision::Refused(Refusal::CandidateAlreadyLinked),
        _ => Decision::Replayed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::ActorRole,
        candidate::NewCandidate,
        code::CodeKeys,
        identity::CandidateId,
        name::{Label, PersonName},
        session::{Birthdate, LocalTime, Plan, Session, SessionDate, SessionNumber, SessionStatus, Window, ZoneName, parse_date},
        state_table::TABLE,
    };

    const ME: &str = "01CANDIDATE";

    fn now() -> Timestamp {
        "2026-06-15T07:00:00Z".parse().unwrap()
    }

    fn request(key: &str) -> RequestId {
        RequestId::of(key, &[])
    }

    fn change(action: Action) -> Change {
        let role = match action {
            Action::Start | Action::Leave | Action::Finish | Action::Join => ActorRole::Candidate,
            Action::Enrol => ActorRole::Organiser,
            _ => ActorRole::Proctor,
        };
        let account = if role == ActorRole::Candidate { ME } else { "01PROCTOR" };
        Change { action, by: Actor { role, account: account.to_owned() }, at: now(), request: request("new"), start: None, joined_as: None }
    }

    fn candidate(status: Status, resume_authorised: bool, joined: bool) -> Candidate {
        let session = Session {
            number: SessionNumber::parse("1234567").unwrap(),
            organiser: "01ORGANISER".into(),
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
            candidate_count: 1,
            requests: std::collections::BTreeMap::default(),
        };
        let keys = CodeKeys::parse(r#"{"1": "a code secret of thirty-two characters or more"}"#).unwrap();
        let names = [PersonName::parse("Zoé").unwrap(), PersonName::parse("Bernard").unwrap()];
        let birthdate = Birthdate(parse_date("2012-05-31").unwrap());
        let id = CandidateId::of(keys.current(), &session.number, [&names[0], &names[1]], birthdate);
        let [first_name, last_name] = names;
        let new = NewCandidate { id, first_name, last_name, birthdate, extra_time_percent: 33 };
        let organiser = Actor { role: ActorRole::Organiser, account: "01ORGANISER".into() };
        let mut candidate = Candidate::enrolled(new, &session, &organiser, now(), request("enrol"));
        candidate.status = status;
        candidate.resume_authorised = resume_authorised;
        candidate.account = joined.then(|| ME.to_owned());
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
            ] {
                let mut candidate = candidate(status, false, true);
                candidate.closed = true;
                assert_eq!(outcome(&candidate, &change(action)), "session_finalised", "{action:?} when {status:?}");
            }
        }
    }

    #[test]
    fn only_the_joined_account_acts_for_a_candidate() {
        for action in [Action::Start, Action::Leave, Action::Finish] {
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
                let candidate = candidate(row.from, needs.contains(&Needs::Authorised), !needs.contains(&Needs::NotJoined));
                let mut change = change(row.action);
                change.by.role = role;
                change.by.account = ME.into();
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
            let replayed = if hours == 23 { "candidate_already_linked" } else { expected };
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
        assert_eq!(started.ends_at, Some(now() + SignedDuration::from_secs(139 * 60 + 39)));
        let later = Change { at: now() + SignedDuration::from_mins(50), ..change(Action::Start) };
        let Decision::Apply(resumed) = decide(&candidate(Status::Interrupted, true, true), &later) else { panic!() };
        assert_eq!((resumed.starts, resumed.started_at, resumed.ends_at), (2, Some(now()), started.ends_at));
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
            (Action::Join, Status::Present, false, "candidate_already_linked"),
            (Action::Tick, Status::Enrolled, true, "replayed"),
        ] {
            let mut candidate = candidate(status, false, joined);
            candidate.requests.insert(change(action).request);
            assert_eq!(outcome(&candidate, &change(action)), expected, "{action:?} {status:?}");
        }
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
                let mut candidate = candidate(status, **action == Action::Withdraw, **action != Action::Join);
                candidate.history = vec![candidate.history[0].clone(); changes];
                outcome(&candidate, &change(**action)) == "too_many_changes"
            };
            Action::ALL.iter().filter(refuses).copied().collect::<Vec<_>>()
        };
        assert_eq!(refused(39), []);
        assert_eq!(refused(40), [Action::Join]);
        assert_eq!(refused(99), [Action::Join]);
        assert_eq!(refused(100), [Action::Untick, Action::Join, Action::Withdraw]);
    }
}
