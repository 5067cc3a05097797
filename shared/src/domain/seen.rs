//! What people see of a candidate.

use super::{
    act::JoinedAs,
    candidate::Candidate,
    identity::{Birthdate, CandidateId},
    lockout,
    name::PersonName,
    state_table::Status,
    terms::ends_at,
};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::Deserialize;

/// As much of a candidate's record as answers tell. No change is decided on it, so that the board can
/// read its candidates without their histories.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    pub id: CandidateId,
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub birthdate: Birthdate,
    pub extra_time_percent: u32,
    pub status: Status,
    pub account: Option<String>,
    pub joined_as: Option<JoinedAs>,
    #[serde(default)]
    pub resume_authorised: bool,
    #[serde(default, with = "millisecond::optional")]
    pub present_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional")]
    pub waiting_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional")]
    pub started_at: Option<Timestamp>,
    pub duration_minutes: u32,
    pub extra_minutes: i32,
    #[serde(default, with = "millisecond::optional")]
    pub help_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional")]
    pub ended_at: Option<Timestamp>,
    /// Starts of the attempt so far.
    #[serde(default)]
    pub starts: u32,
    /// Wrong access codes in a row.
    #[serde(default)]
    pub tries: u32,
    #[serde(default, with = "millisecond::optional")]
    pub last_try_at: Option<Timestamp>,
}

impl Seen {
    /// Until when access codes are refused after wrong ones.
    pub fn code_locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        lockout::locked_until(self.tries, self.last_try_at, now)
    }

    /// When the test ends, if it has begun.
    pub fn ends_at(&self) -> Option<Timestamp> {
        Some(ends_at(self.started_at?, self.duration_minutes, self.extra_time_percent, self.extra_minutes))
    }

    /// Whether the test still runs past its end time; Vigie itself cuts nothing off.
    pub fn is_overtime(&self, now: Timestamp) -> bool {
        self.status.is_running() && self.ends_at().is_some_and(|end| now > end)
    }
}

impl From<&Candidate> for Seen {
    fn from(candidate: &Candidate) -> Self {
        Self {
            id: candidate.id.clone(),
            first_name: candidate.first_name.clone(),
            last_name: candidate.last_name.clone(),
            birthdate: candidate.birthdate,
            extra_time_percent: candidate.extra_time_percent,
            status: candidate.status,
            account: candidate.account.clone(),
            joined_as: candidate.joined_as.clone(),
            resume_authorised: candidate.resume_authorised,
            present_since: candidate.present_since,
            waiting_since: candidate.waiting_since,
            started_at: candidate.started_at,
            duration_minutes: candidate.terms.duration_minutes,
            extra_minutes: candidate.extra_minutes,
            help_since: candidate.help_since,
            ended_at: candidate.ended_at,
            starts: candidate.starts,
            tries: candidate.tries,
            last_try_at: candidate.last_try_at,
        }
    }
}
