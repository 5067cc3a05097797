//! What other systems are told: the schema `vigie-event/1`, which docs/events.md describes.
//!
//! Within a version **members are added and never changed**: whoever reads events may rely on what they have read once.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{
    act::Action, actor::ActorRole, identity::CandidateId, incident::Category, record::Instant, session::SessionNumber, state_table::Status,
};
use utoipa::ToSchema;

/// What all events name as their source.
pub const SOURCE: &str = "vigie";

/// The version of what an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum Version {
    #[serde(rename = "vigie-event/1")]
    First,
}

/// An event.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Event {
    Candidate(CandidateChanged),
    Session(SessionChanged),
    Incident(IncidentReported),
}

/// Something happened to a candidate.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateChanged {
    pub version: Version,
    /// Of this event, and of no other; the same where it comes more than once.
    #[schema(example = "9533127/KZ2XQ5DHP3WJ6YBT7MFA4ECVGU/1800000000123/4")]
    pub id: String,
    /// The number of the session.
    #[schema(value_type = String, example = "9533127")]
    pub session: SessionNumber,
    /// Who it is, within the session. A pseudonym, so personal data: it stands for one person.
    #[schema(value_type = String, example = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU")]
    pub candidate: CandidateId,
    /// The id that the candidate had until now, where a correction of who they are made it another: with `correct` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub former_candidate: Option<CandidateId>,
    /// What was done.
    pub action: Action,
    /// Who did it.
    pub role: ActorRole,
    /// When, to the millisecond; of `remove` to the second.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Where the candidate stands since; absent once they are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<Status>,
    /// Which start of the test it is: 1, more for each resumption. With `start` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub start: Option<usize>,
    /// Minutes that were added, or taken away again. With `add_minutes` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub minutes: Option<i32>,
    /// When the candidate was enrolled. Somebody who is removed and enrolled again may have the same id.
    #[schema(value_type = String, format = DateTime)]
    pub enrolled_at: Instant,
    /// Which event of this enrolment it is: 1 for `enrol`, and 1 more for each, without a gap.
    #[schema(minimum = 1)]
    pub order: usize,
}

/// A session was created or changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionChanged {
    pub version: Version,
    /// Of this event, and of no other; the same where it comes more than once.
    #[schema(example = "9533127/1800000000123/1")]
    pub id: String,
    /// The number of the session.
    #[schema(value_type = String, example = "9533127")]
    pub session: SessionNumber,
    /// What was done.
    pub action: SessionAction,
    /// When: `edit`, `replace_codes` and `reopen` to the second, the others to the millisecond.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// When the session was created. Years later another one may have its number.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// Which event of this session is before which: 1 for `create`, and more for each, with gaps.
    #[schema(minimum = 1)]
    pub order: u32,
}

/// What was done to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SessionEventAction)]
pub enum SessionAction {
    Create,
    /// Its plan was changed.
    Edit,
    /// Access code or session password, or both.
    ReplaceCodes,
    Finalise,
    /// By the operator, after a finalisation.
    Reopen,
    /// With all its candidates, of whom nothing else is told.
    Delete,
}

/// Somebody reported an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentReported {
    pub version: Version,
    /// Of this event, and of no other; the same where it comes more than once.
    #[schema(example = "9533127/incident/01JZZZZZZZZZZZZZZZZZZZZZZZ")]
    pub id: String,
    /// The number of the session.
    #[schema(value_type = String, example = "9533127")]
    pub session: SessionNumber,
    /// Whom it is about, if it is about one candidate; never of `health`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub candidate: Option<CandidateId>,
    /// What kind it is.
    pub category: Category,
    /// Who reported it.
    pub role: ActorRole,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

impl CandidateChanged {
    fn ids(&self) -> impl Iterator<Item = &CandidateId> {
        [Some(&self.candidate), self.former_candidate.as_ref()].into_iter().flatten()
    }
}

impl Event {
    /// What rules call this kind.
    pub const fn detail_type(&self) -> &'static str {
        match self {
            Self::Candidate(_) => "Candidate Changed",
            Self::Session(_) => "Session Changed",
            Self::Incident(_) => "Incident Reported",
        }
    }

    pub const fn at(&self) -> Timestamp {
        let (Self::Candidate(CandidateChanged { at, .. })
        | Self::Session(SessionChanged { at, .. })
        | Self::Incident(IncidentReported { at, .. })) = self;
        at.0
    }

    /// Whether the order of both matters to whoever hears of them: about the same candidate, or of a session as a whole.
    pub fn is_about_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Candidate(one), Self::Candidate(other)) => {
                one.session == other.session && one.ids().any(|id| other.ids().any(|other| id == other))
            }
            (Self::Session(one), Self::Session(other)) => one.session == other.session,
            _ => false,
        }
    }
}
