//! Who changes something.

use serde::{Deserialize, Serialize};

/// In what role somebody acts on a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The id of the account.
    pub account: String,
}
