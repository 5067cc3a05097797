//! The record of a candidate.

use super::{
    act::{Action, JoinedAs},
    actor::Actor,
    code::PassTag,
    correction::Enrolment,
    history::Entry,
    identity::{Birthdate, CandidateId},
    lockout,
    name::PersonName,
    request::RequestId,
    session::{Session, SessionNumber},
    state_table::Status,
    terms::{Terms, ends_at},
};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A candidate of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    pub session: SessionNumber,
    pub id: CandidateId,
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub birthdate: Birthdate,
    pub extra_time_percent: u32,
    pub status: Status,
    /// The account joined to this candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_as: Option<JoinedAs>,
    /// The accounts that were taken off this candidate: none of them joins again.
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "BTreeSet::is_empty")]
    pub unlinked: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resume_authorised: bool,
    /// The session was finalised, or is being deleted: nothing changes until it is opened again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub present_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    /// Starts of the attempt so far; the latest is the one whose attempt token counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub starts: u32,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub last_start_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_start_request: Option<RequestId>,
    /// Minutes added on the day, all together.
    pub extra_minutes: i32,
    #[serde(flatten)]
    pub terms: Terms,
    /// The pass that lets this candidate in, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<PassTag>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub pass_ends_at: Option<Timestamp>,
    /// Since when the candidate calls the proctor, and the requests that last called and answered.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub help_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_call: Option<RequestId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_answer: Option<RequestId>,
    /// Wrong access codes in a row.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u32,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub last_try_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_try: Option<String>,
    /// Every change, in order.
    #[serde(default)]
    pub history: Vec<Entry>,
    /// The requests that made them.
    #[serde(default, with = "serde_dynamo::string_set")]
    pub requests: BTreeSet<RequestId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Candidate {
    /// A newly enrolled candidate, with what a start must know copied from the session.
    pub fn enrolled(id: CandidateId, new: Enrolment, session: &Session, by: &Actor, at: Timestamp, request: RequestId) -> Self {
        let enrolment = Entry::new(Action::Enrol, by, at);
        // The session knows what who created it is called: each of their candidates is that much smaller.
        let name = enrolment.name.clone().filter(|_| by.account != session.organiser);
        Self {
            session: session.number.clone(),
            id,
            first_name: new.first_name,
            last_name: new.last_name,
            birthdate: new.birthdate,
            extra_time_percent: new.extra_time_percent,
            status: Status::Enrolled,
            account: None,
            joined_as: None,
            unlinked: BTreeSet::new(),
            resume_authorised: false,
            closed: false,
            present_since: None,
            waiting_since: None,
            started_at: None,
            ended_at: None,
            attempt: None,
            starts: 0,
            last_start_at: None,
            last_start_request: None,
            extra_minutes: 0,
            terms: session.terms(),
            pass: None,
            pass_ends_at: None,
            help_since: None,
            last_call: None,
            last_answer: None,
            tries: 0,
            last_try_at: None,
            last_try: None,
            history: vec![Entry { name, ..enrolment }],
            requests: BTreeSet::from([request]),
        }
    }

    /// When the test ends, if it has begun.
    pub fn ends_at(&self) -> Option<Timestamp> {
        Some(ends_at(self.started_at?, self.terms.duration_minutes, self.extra_time_percent, self.extra_minutes))
    }

    pub fn enrolment(&self) -> Enrolment {
        Enrolment {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            birthdate: self.birthdate,
            extra_time_percent: self.extra_time_percent,
        }
    }

    /// For how long access codes are still refused after wrong ones.
    pub fn lockout(&self, now: Timestamp) -> SignedDuration {
        lockout::remaining(self.tries, self.last_try_at, now)
    }

    pub fn is_joined_to(&self, account: &str) -> bool {
        self.account.as_deref() == Some(account)
    }

    /// Whether this pass lets the candidate in.
    pub(super) fn has_pass(&self, pass: &PassTag, now: Timestamp) -> bool {
        self.pass.as_ref() == Some(pass) && self.pass_ends_at.is_some_and(|end| now < end)
    }

    /// The account that joined, unless it is a pass that came in.
    pub fn joined_account(&self) -> Option<&str> {
        self.account.as_deref().filter(|_| self.joined_as != Some(JoinedAs::PASS))
    }

    pub(super) fn forget_tries(&mut self) {
        self.tries = 0;
        self.last_try_at = None;
        self.last_try = None;
    }
}
