//! The record of a candidate.

use super::{
    actor::Actor,
    history::Entry,
    identity::CandidateId,
    lockout,
    name::PersonName,
    request::RequestId,
    session::{Birthdate, Session, SessionNumber, Window},
    state_table::{Action, Status},
};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

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
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resume_authorised: bool,
    /// The session was finalised: nothing changes any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub present_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
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
    /// Copied from the session, with what follows, so that a start is one update.
    #[serde(flatten)]
    pub window: Window,
    pub code_key: u32,
    /// The session's duration with this candidate's extra time.
    pub allowed_millis: i64,
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

/// What a joined account says of itself, for staff to recognise a join under the wrong name. Nobody proved it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinedAs {
    #[schema(example = "Camille")]
    pub first_name: String,
    #[schema(example = "Martin")]
    pub last_name: String,
    /// As much of the address as tells its owner which one it is.
    #[schema(example = "c…@example.org")]
    pub email: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A candidate as the organiser enrols them.
#[derive(Debug, Clone)]
pub struct NewCandidate {
    pub id: CandidateId,
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub birthdate: Birthdate,
    pub extra_time_percent: u32,
}

impl Candidate {
    /// A newly enrolled candidate, with what a start must know copied from the session.
    pub fn enrolled(new: NewCandidate, session: &Session, by: &Actor, at: Timestamp, request: RequestId) -> Self {
        let allowed = i64::from(session.plan.duration_minutes) * 60_000 * i64::from(100 + new.extra_time_percent) / 100;
        Self {
            session: session.number.clone(),
            id: new.id,
            first_name: new.first_name,
            last_name: new.last_name,
            birthdate: new.birthdate,
            extra_time_percent: new.extra_time_percent,
            status: Status::Enrolled,
            account: None,
            joined_as: None,
            resume_authorised: false,
            closed: false,
            present_since: None,
            waiting_since: None,
            started_at: None,
            ends_at: None,
            ended_at: None,
            attempt: None,
            starts: 0,
            last_start_at: None,
            last_start_request: None,
            window: session.window,
            code_key: session.code_key,
            allowed_millis: allowed,
            tries: 0,
            last_try_at: None,
            last_try: None,
            history: vec![Entry { at, action: Action::Enrol, role: by.role, account: by.account.clone() }],
            requests: BTreeSet::from([request]),
        }
    }

    /// For how long access codes are still refused after wrong ones.
    pub fn lockout(&self, now: Timestamp) -> SignedDuration {
        lockout::remaining(self.tries, self.last_try_at, now)
    }

    pub fn is_joined_to(&self, account: &str) -> bool {
        self.account.as_deref() == Some(account)
    }

    pub(super) fn forget_tries(&mut self) {
        self.tries = 0;
        self.last_try_at = None;
        self.last_try = None;
    }
}
