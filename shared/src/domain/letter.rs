//! Letters to e-mail addresses, and the links in them.

use super::{
    account::Email,
    centre::{CentreId, INVITATIONS_LAST, InvitationId, OwnCentre},
    language::Language,
    random_id::RandomId,
};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// How long an address is left alone after a letter of one purpose before the next.
pub const LETTERS_APART: SignedDuration = SignedDuration::from_mins(10);

/// What a link shows: known to the reader of one letter alone.
pub type LinkToken = RandomId;

/// What a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    /// To choose a new password.
    Password,
    /// To say that the address is one's own.
    Proof,
    /// To organise with a centre.
    Invitation,
}

impl Purpose {
    /// As in the table.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// For how long its link is good.
    pub const fn lasts(self) -> SignedDuration {
        match self {
            Self::Password => SignedDuration::from_hours(1),
            Self::Proof => SignedDuration::from_hours(7 * 24),
            Self::Invitation => INVITATIONS_LAST,
        }
    }
}

/// A letter that somebody asked for; whether the address has an account is looked up by whoever sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    pub purpose: Purpose,
    pub email: Email,
    pub language: Language,
    #[serde(with = "millisecond::required")]
    pub asked_at: Timestamp,
    /// Where it invites to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
}

/// An invitation to a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    pub centre: OwnCentre,
}

/// What the link of a letter opens. It is good once, and not beyond `valid_until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub purpose: Purpose,
    pub email: Email,
    #[serde(flatten)]
    pub opens: Opens,
    #[serde(with = "millisecond::required")]
    pub valid_until: Timestamp,
}

/// To whom or where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Opens {
    /// The account that the address had then, and which password that had: one link that is used makes all others worthless.
    Account { account: String, password_issue: u32 },
    /// The centre, and which of its invitations: once that is accepted or voided the link opens nothing.
    Centre { centre: CentreId, invitation: InvitationId },
}
