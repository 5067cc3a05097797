//! What happened to a candidate: who, when, what, why. Written in the same update as the change itself.

use super::{
    act::{Act, Action, JoinedAs},
    actor::{Actor, ActorRole},
    correction::Former,
    identity::CandidateId,
    session::Plan,
};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use utoipa::ToSchema;

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
    /// Of a join, or of what an organiser did: first and last name, as the account says.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<(String, String)>,
    /// Minutes that were added.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i32>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a correction: what stood there before.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub former: Option<Former>,
}

impl Entry {
    pub fn new(action: Action, by: &Actor, at: Timestamp) -> Self {
        Self { at, action, role: by.role, account: by.account.clone(), name: by.name.clone(), minutes: None, reason: None, former: None }
    }

    /// What is recorded of an act.
    pub fn of(act: &Act, by: &Actor, at: Timestamp) -> Self {
        let entry = Self::new(act.action(), by, at);
        match act {
            Act::Join(JoinedAs::Account(account)) => Self { name: Some((account.first_name.clone(), account.last_name.clone())), ..entry },
            Act::AddMinutes { minutes, reason } => Self { minutes: Some(*minutes), reason: Some(reason.as_str().to_owned()), ..entry },
            Act::Correct(correction) => Self { former: Some(correction.former()), ..entry },
            _ => entry,
        }
    }
}

/// What was mended of a session as a whole, or so that a candidate's own history can't tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SessionAction {
    Edit,
    ReplaceCodes,
    Correct,
    Remove,
    Delete,
    /// By the operator, after a finalisation.
    Reopen,
}

impl SessionAction {
    /// As in the record.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One change of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEntry {
    #[serde(rename = "t", with = "millisecond::required")]
    pub at: Timestamp,
    #[serde(rename = "a")]
    pub action: SessionAction,
    /// The account that acted; none where it was the operator.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Its first and last name, as it said then.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<(String, String)>,
    /// Whom it was about, by the id that they have since.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    /// The id that they had before, where that changed.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<CandidateId>,
    /// Of who was removed or corrected: what was enrolled before.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub former: Option<Former>,
    /// Of an edited session: what was planned before.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Of a session that was opened again.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When and by whom it had been finalised.
    #[serde(rename = "ft", default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub finalised_at: Option<Timestamp>,
    #[serde(rename = "fn", default, skip_serializing_if = "Option::is_none")]
    pub finalised_by: Option<(String, String)>,
}

impl SessionEntry {
    /// By nobody who has an account, and of nothing in particular.
    pub const fn new(action: SessionAction, at: Timestamp) -> Self {
        Self {
            at,
            action,
            account: None,
            name: None,
            candidate: None,
            moved_from: None,
            former: None,
            plan: None,
            reason: None,
            finalised_at: None,
            finalised_by: None,
        }
    }
}
