//! Who changes something.

use super::{centre::CentreId, refusal::Refusal};
use serde::{Deserialize, Serialize};

/// In what role somebody acts on a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorRole {
    Proctor,
    Organiser,
    Candidate,
    /// The organiser, by finalising the session.
    Finalisation,
}

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub role: ActorRole,
    /// The id of the account, or of the pass that a candidate came in by.
    pub account: String,
    /// Of a proctor: which issue of the session password they came in with.
    pub password_issue: Option<u32>,
    /// Of an organiser: the centre for which they act, and what they are called, as it is shown.
    pub centre: Option<CentreId>,
    pub name: Option<(String, String)>,
}

impl Actor {
    pub const fn proctor(account: String, password_issue: u32) -> Self {
        Self { role: ActorRole::Proctor, account, password_issue: Some(password_issue), centre: None, name: None }
    }

    pub const fn organiser(account: String, centre: CentreId, name: (String, String)) -> Self {
        Self { role: ActorRole::Organiser, account, password_issue: None, centre: Some(centre), name: Some(name) }
    }

    pub const fn candidate(account: String) -> Self {
        Self { role: ActorRole::Candidate, account, password_issue: None, centre: None, name: None }
    }

    /// # Errors
    /// `unauthenticated` for a proctor who came in by a session password that one of this issue has replaced.
    pub fn check_password(&self, issue: u32) -> Result<(), Refusal> {
        if self.password_issue.is_some_and(|own| own < issue) { Err(Refusal::Unauthenticated) } else { Ok(()) }
    }

    /// # Errors
    /// `session_not_found` for an organiser, if the session is not of their centre but of this one.
    pub fn check_centre(&self, centre: &CentreId) -> Result<(), Refusal> {
        let anywhere = matches!(self.role, ActorRole::Proctor | ActorRole::Candidate);
        if anywhere || self.centre.as_ref() == Some(centre) { Ok(()) } else { Err(Refusal::SessionNotFound) }
    }

    pub fn is_candidate(&self) -> bool {
        self.role == ActorRole::Candidate
    }

    pub fn is_organiser(&self) -> bool {
        self.role == ActorRole::Organiser
    }

    /// The same person, who finalises the session.
    #[must_use]
    pub fn finalising(&self) -> Self {
        Self { role: ActorRole::Finalisation, ..self.clone() }
    }
}
