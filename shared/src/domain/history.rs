//! What happened to a candidate: who, when, what. Written in the same update as the change itself.

use super::{actor::ActorRole, state_table::Action};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};

/// One change. Its names are short because a candidate's item carries dozens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    #[serde(rename = "t", with = "millisecond::required")]
    pub at: Timestamp,
    #[serde(rename = "a")]
    pub action: Action,
    #[serde(rename = "r")]
    pub role: ActorRole,
    /// The account that acted.
    #[serde(rename = "w")]
    pub account: String,
}
