//! What a candidate's device says of itself. It is shown and never believed: it changes no state and stops nobody.

use super::{seen::Seen, state_table::Status};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};

/// How many times its pace a page may be silent before it counts as away: once for the pace, half again for its spread
/// and a slow network.
const PATIENCE: f64 = 1.5;

/// The last word of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Here {
    /// Which start of the attempt it is of.
    pub start: u32,
    #[serde(with = "millisecond::required")]
    pub heard_at: Timestamp,
    /// The page was closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub away: bool,
}

impl Here {
    /// Since when the page of a running test is away: it was closed, or has been silent for longer than its pace allows,
    /// in seconds. What is of an earlier start tells nothing of the latest.
    pub fn away_since(&self, candidate: &Seen, pace: f64, now: Timestamp) -> Option<Timestamp> {
        let is_running = candidate.status == Status::InProgress && candidate.starts == self.start;
        let silent = now.duration_since(self.heard_at) > SignedDuration::from_secs_f64(pace * PATIENCE);
        (is_running && (self.away || silent)).then_some(self.heard_at)
    }
}
