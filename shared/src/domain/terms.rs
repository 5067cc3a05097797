//! What a start must know of its session, copied onto each candidate.

use super::session::Window;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The issue of a code that was never replaced.
pub const FIRST_ISSUE: u32 = 1;

/// What a session says to each of its candidates. Every action goes by the copy on the candidate, and so reads no
/// session. A changed session hands its new terms on to the candidates one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// How often they changed: a candidate takes only newer ones.
    #[serde(rename = "terms")]
    pub revision: u32,
    #[serde(flatten)]
    pub window: Window,
    pub duration_minutes: u32,
    /// The version of the code key that codes and candidate ids derive from.
    pub code_key: u32,
    /// The issue of the access code that counts.
    pub code_issue: u32,
    /// The issue of the session password that counts: proctors who came in with an earlier one are out.
    pub password_issue: u32,
}

/// When a test that began then ends: after the session's duration, longer by so many percent, and by the minutes added
/// on the day.
pub fn ends_at(started_at: Timestamp, duration_minutes: u32, extra_time_percent: u32, extra_minutes: i32) -> Timestamp {
    let planned = i64::from(duration_minutes) * 60_000 * i64::from(100 + extra_time_percent) / 100;
    started_at + SignedDuration::from_millis(planned) + SignedDuration::from_mins(i64::from(extra_minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_added_on_the_day_come_on_top_of_the_percentage() {
        let seconds = |percent, added| {
            let start = Timestamp::UNIX_EPOCH;
            ends_at(start, 105, percent, added).duration_since(start).as_secs()
        };
        assert_eq!([(0, 0), (33, 0), (33, 10), (0, -5)].map(|(percent, added)| seconds(percent, added)), [6300, 8379, 8979, 6000]);
    }
}
