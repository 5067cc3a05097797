//! The one table of what leads from one state of a candidate to another.
//!
//! It is used twice: [`decide`](super::decision::decide) applies it to a candidate in memory, and
//! `store/transition.rs` turns it into the condition of one DynamoDB update.

use super::{act::Action, actor::ActorRole};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use strum::{IntoStaticStr, VariantArray};

/// Minutes that one act adds to a candidate's time, or takes away again.
pub const MINUTES_AT_ONCE: RangeInclusive<i32> = -120..=120;

/// Minutes added to a candidate's time, all together.
pub const EXTRA_MINUTES: RangeInclusive<i32> = 0..=720;

/// From this many changes of one candidate on, what proctors can repeat without end is refused, so that the record
/// stays small. What lets a candidate in or ends their test never is.
pub const MAX_HISTORY: usize = 100;

/// From this many changes on nobody joins any more: what people without any right in the session can repeat
/// must not use up what its proctors may do.
pub const MAX_HISTORY_TO_JOIN: usize = 40;

/// Where a candidate stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr, VariantArray, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    Enrolled,
    /// Ticked by the proctor: in the room, may start.
    Present,
    InProgress,
    /// Left the test; needs the proctor's authorisation to resume.
    Interrupted,
    /// By the candidate.
    Finished,
    /// By the proctor or by finalisation.
    Ended,
}

impl Status {
    pub const ALL: &[Self] = Self::VARIANTS;

    /// As in the table and in answers.
    pub fn name(self) -> &'static str {
        self.into()
    }

    pub const fn is_running(self) -> bool {
        matches!(self, Self::InProgress | Self::Interrupted)
    }

    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Ended)
    }

    pub const fn is_before_start(self) -> bool {
        matches!(self, Self::Enrolled | Self::Present)
    }
}

impl Action {
    pub const ALL: &[Self] = Self::VARIANTS;

    /// As in the history.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What all rows of the action need.
    pub fn needs(self) -> impl Iterator<Item = Needs> {
        use Needs::{
            Authorised, Called, FewerChangesThan, Joined, LatestStart, MinutesInRange, NotAuthorised, NotCalled, NotJoined, NotUnlinked,
            OpenWindow, OwnAccount, ThisPass,
        };
        let own: &[Needs] = match self {
            Self::Enrol | Self::Tick | Self::End | Self::IssuePass => &[],
            Self::Untick | Self::Correct => &[FewerChangesThan(MAX_HISTORY)],
            Self::Unlink => &[Joined],
            Self::Authorise => &[NotAuthorised],
            Self::Withdraw => &[Authorised, FewerChangesThan(MAX_HISTORY)],
            Self::Join => &[NotJoined, NotUnlinked, OpenWindow, FewerChangesThan(MAX_HISTORY_TO_JOIN)],
            Self::Start => &[OwnAccount],
            Self::Leave | Self::Finish => &[OwnAccount, LatestStart],
            Self::AddMinutes => &[MinutesInRange, FewerChangesThan(MAX_HISTORY)],
            Self::UsePass => &[ThisPass, OpenWindow],
            Self::Call => &[OwnAccount, NotCalled],
            Self::Answer => &[OwnAccount, Called],
            Self::Remove => &[NotJoined],
        };
        [Needs::NotClosed, Needs::NewRequest, Needs::CurrentPassword].into_iter().chain(own.iter().copied())
    }

    /// Whether it is in the history. Calls for help are not: they change nothing of the test.
    pub const fn is_recorded(self) -> bool {
        !matches!(self, Self::Call | Self::Answer)
    }

    /// The rows of the action that this role may use.
    pub fn rows(self, role: ActorRole) -> impl Iterator<Item = &'static Row> {
        TABLE.iter().filter(move |row| row.action == self && row.by.contains(&role))
    }

    /// The status that the action leads to; `None` where it leaves the status as it is.
    pub fn leads_to(self) -> Option<Status> {
        TABLE.iter().find(|row| row.action == self && row.from != row.to).map(|row| row.to)
    }
}

/// What must hold, beside the status, for an action or for one row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The session is not finalised.
    NotClosed,
    /// This very request was not carried out before.
    NewRequest,
    /// A proctor came in with the session password that counts now.
    CurrentPassword,
    /// The account of a candidate who acts is the joined one.
    OwnAccount,
    Joined,
    NotJoined,
    /// The account that acts was not taken off this candidate before.
    NotUnlinked,
    /// An attempt token that came along is of the latest start.
    LatestStart,
    Authorised,
    NotAuthorised,
    Called,
    NotCalled,
    /// Now is within the session's window.
    OpenWindow,
    /// The pass that is used is the candidate's, and good now.
    ThisPass,
    /// With these minutes, all that were added are [as many as may be](EXTRA_MINUTES).
    MinutesInRange,
    /// The correction leaves the extra time as it is.
    SameExtraTime,
    /// The history is shorter.
    FewerChangesThan(usize),
}

/// One row of the state table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub from: Status,
    pub action: Action,
    /// Beside what the [action needs](Action::needs).
    pub needs: &'static [Needs],
    pub by: &'static [ActorRole],
    pub to: Status,
}

const fn row(from: Status, action: Action, needs: &'static [Needs], by: &'static [ActorRole], to: Status) -> Row {
    Row { from, action, needs, by, to }
}

/// The state table. What is not in it is refused.
pub const TABLE: &[Row] = {
    use Action::{
        AddMinutes, Answer, Authorise, Call, Correct, End, Finish, IssuePass, Join, Leave, Remove, Start, Tick, Unlink, Untick, UsePass,
        Withdraw,
    };
    use Needs::{Authorised, OpenWindow, SameExtraTime};
    use Status::{Ended, Enrolled, Finished, InProgress, Interrupted, Present};
    const PROCTOR: &[ActorRole] = &[ActorRole::Proctor];
    const ORGANISER: &[ActorRole] = &[ActorRole::Organiser];
    const STAFF: &[ActorRole] = &[ActorRole::Proctor, ActorRole::Organiser];
    const CANDIDATE: &[ActorRole] = &[ActorRole::Candidate];
    const PROCTOR_OR_CANDIDATE: &[ActorRole] = &[ActorRole::Proctor, ActorRole::Candidate];
    const PROCTOR_OR_FINALISATION: &[ActorRole] = &[ActorRole::Proctor, ActorRole::Finalisation];
    &[
        row(Enrolled, Tick, &[], PROCTOR, Present),
        row(Present, Untick, &[], PROCTOR, Enrolled),
        row(Enrolled, Join, &[], CANDIDATE, Enrolled),
        row(Present, Join, &[], CANDIDATE, Present),
        row(Enrolled, Unlink, &[], STAFF, Enrolled),
        row(Present, Unlink, &[], STAFF, Present),
        row(Present, Start, &[OpenWindow], CANDIDATE, InProgress),
        row(InProgress, Start, &[Authorised], CANDIDATE, InProgress),
        row(Interrupted, Start, &[Authorised], CANDIDATE, InProgress),
        row(InProgress, Leave, &[], CANDIDATE, Interrupted),
        row(InProgress, Authorise, &[], PROCTOR, InProgress),
        row(Interrupted, Authorise, &[], PROCTOR, Interrupted),
        row(InProgress, Withdraw, &[], PROCTOR, InProgress),
        row(Interrupted, Withdraw, &[], PROCTOR, Interrupted),
        row(InProgress, Finish, &[], CANDIDATE, Finished),
        row(Interrupted, Finish, &[], CANDIDATE, Finished),
        row(InProgress, End, &[], PROCTOR_OR_FINALISATION, Ended),
        row(Interrupted, End, &[], PROCTOR_OR_FINALISATION, Ended),
        row(Enrolled, UsePass, &[], CANDIDATE, Enrolled),
        row(Present, UsePass, &[], CANDIDATE, Present),
        row(InProgress, UsePass, &[], CANDIDATE, InProgress),
        row(Interrupted, UsePass, &[], CANDIDATE, Interrupted),
        row(Enrolled, IssuePass, &[], PROCTOR, Enrolled),
        row(Present, IssuePass, &[], PROCTOR, Present),
        row(InProgress, IssuePass, &[], PROCTOR, InProgress),
        row(Interrupted, IssuePass, &[], PROCTOR, Interrupted),
        row(Enrolled, AddMinutes, &[], STAFF, Enrolled),
        row(Present, AddMinutes, &[], STAFF, Present),
        row(InProgress, AddMinutes, &[], STAFF, InProgress),
        row(Interrupted, AddMinutes, &[], STAFF, Interrupted),
        row(Enrolled, Call, &[], CANDIDATE, Enrolled),
        row(Present, Call, &[], CANDIDATE, Present),
        row(InProgress, Call, &[], CANDIDATE, InProgress),
        row(Interrupted, Call, &[], CANDIDATE, Interrupted),
        row(Enrolled, Answer, &[], PROCTOR_OR_CANDIDATE, Enrolled),
        row(Present, Answer, &[], PROCTOR_OR_CANDIDATE, Present),
        row(InProgress, Answer, &[], PROCTOR_OR_CANDIDATE, InProgress),
        row(Interrupted, Answer, &[], PROCTOR_OR_CANDIDATE, Interrupted),
        row(Enrolled, Correct, &[], ORGANISER, Enrolled),
        row(Present, Correct, &[], ORGANISER, Present),
        row(InProgress, Correct, &[], ORGANISER, InProgress),
        row(Interrupted, Correct, &[], ORGANISER, Interrupted),
        row(Finished, Correct, &[SameExtraTime], ORGANISER, Finished),
        row(Ended, Correct, &[SameExtraTime], ORGANISER, Ended),
        // To nowhere: the candidate is gone.
        row(Enrolled, Remove, &[], ORGANISER, Enrolled),
        row(Present, Remove, &[], ORGANISER, Present),
    ]
};
