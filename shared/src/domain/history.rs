//! What happened to a candidate: who, when, what. Written in the same update as the change itself.

use super::{actor::ActorRole, state_table::Action};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};

/// From this many changes of one candidate on, what proctors can repeat without end is refused, so that the record
/// stays small. What lets a candidate in or ends their test never is.
pub const MAX_HISTORY: usize = 100;

/// From this many changes on nobody joins any more: what people without any right in the session can repeat
/// must not use up what its proctors may do.
pub const MAX_HISTORY_TO_JOIN: usize = 40;

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
