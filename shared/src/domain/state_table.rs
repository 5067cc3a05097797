//! The one table of what leads from one state of a candidate to another.
//!
//! It is used twice: [`decide`](super::decision::decide) applies it to a candidate in memory, and
//! `store/transition.rs` turns it into the condition of one DynamoDB update.

use super::actor::ActorRole;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

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

/// What somebody does to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    Enrol,
    Tick,
    Untick,
    Join,
    Unlink,
    Start,
    Leave,
    Authorise,
    Withdraw,
    Finish,
    End,
}

impl Action {
    pub const ALL: &[Self] = Self::VARIANTS;

    /// As in the history.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What all rows of the action need.
    pub fn needs(self) -> impl Iterator<Item = Needs> {
        let own: &[Needs] = match self {
            Self::Enrol | Self::Tick | Self::End => &[],
            Self::Untick => &[Needs::FewerChangesThan(MAX_HISTORY)],
            Self::Unlink => &[Needs::Joined],
            Self::Authorise => &[Needs::NotAuthorised],
            Self::Withdraw => &[Needs::Authorised, Needs::FewerChangesThan(MAX_HISTORY)],
            Self::Join => &[Needs::NotJoined, Needs::OpenWindow, Needs::FewerChangesThan(MAX_HISTORY_TO_JOIN)],
            Self::Start => &[Needs::OwnAccount],
            Self::Leave | Self::Finish => &[Needs::OwnAccount, Needs::LatestStart],
        };
        [Needs::NotClosed, Needs::NewRequest].into_iter().chain(own.iter().copied())
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
    /// The account that acts is the joined one.
    OwnAccount,
    Joined,
    NotJoined,
    /// An attempt token that came along is of the latest start.
    LatestStart,
    Authorised,
    NotAuthorised,
    /// Now is within the session's window.
    OpenWindow,
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
    use Action::{Authorise, End, Finish, Join, Leave, Start, Tick, Unlink, Untick, Withdraw};
    use Needs::{Authorised, OpenWindow};
    use Status::{Ended, Enrolled, Finished, InProgress, Interrupted, Present};
    const PROCTOR: &[ActorRole] = &[ActorRole::Proctor];
    const STAFF: &[ActorRole] = &[ActorRole::Proctor, ActorRole::Organiser];
    const CANDIDATE: &[ActorRole] = &[ActorRole::Candidate];
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
    ]
};
