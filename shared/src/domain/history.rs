//! What happened to a candidate: who, when, what. Written in the same update as the change itself.

use super::{actor::ActorRole, state_table::Action};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};

/// Past this many changes of one candidate, those that can be repeated without end are refused, so
/// that the record stays within the size of an item. Starts and ends never are.
pub const MAX_HISTORY: usize = 100;

/// One change. Its names are short because a candidate's item carries up to a hundred.
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
