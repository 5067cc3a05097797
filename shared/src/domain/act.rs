//! What somebody does to a candidate.

use super::{code::PassTag, correction::Correction, name::Reason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What somebody does to a candidate, with all it takes. An [`Action`] is the same by name alone.
#[derive(Debug, Clone, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(Action),
    doc = "What somebody does to a candidate.",
    derive(Hash, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr, VariantArray, ToSchema),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case")
)]
pub enum Act {
    Enrol,
    Tick,
    Untick,
    Join(JoinedAs),
    Unlink,
    Start,
    Leave,
    Authorise,
    Withdraw,
    Finish,
    End,
    AddMinutes {
        /// Negative to take some away again.
        minutes: i32,
        reason: Reason,
    },
    IssuePass {
        tag: PassTag,
        ends_at: Timestamp,
    },
    UsePass {
        tag: PassTag,
    },
    /// The candidate raises a hand.
    Call,
    /// The proctor has come, or the candidate needs them no longer.
    Answer,
    /// Of name, birth date or extra time.
    Correct(Correction),
    Remove,
}

impl Act {
    pub fn action(&self) -> Action {
        self.into()
    }
}

/// What came in as a candidate, for staff to recognise a join under the wrong name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum JoinedAs {
    Account(JoinedAccount),
    Pass(JoinedPass),
}

/// What the account says of itself. Nobody proved it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinedAccount {
    #[schema(example = "Camille")]
    pub first_name: String,
    #[schema(example = "Martin")]
    pub last_name: String,
    /// As much of the address as tells its owner which one it is.
    #[schema(example = "c…@example.org")]
    pub email: String,
}

/// A pass that the proctor issued.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct JoinedPass {
    /// Always true.
    #[schema(example = true)]
    pub pass: bool,
}

impl JoinedAs {
    pub const PASS: Self = Self::Pass(JoinedPass { pass: true });
}
