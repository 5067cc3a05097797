//! Units of DynamoDB.

use enum_map::{Enum, EnumMap};

/// What DynamoDB counts for itself: units per second of a table, or of an index of the sessions, read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Units {
    AccountsReads,
    AccountsWrites,
    SessionsReads,
    SessionsWrites,
    IndexReads,
    IndexWrites,
}

impl Units {
    pub fn are_writes(self) -> bool {
        matches!(self, Self::AccountsWrites | Self::SessionsWrites | Self::IndexWrites)
    }

    /// The template's parameter that prepares a table for them.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::AccountsReads => "AccountsWarmReads",
            Self::AccountsWrites => "AccountsWarmWrites",
            Self::SessionsReads => "SessionsWarmReads",
            Self::SessionsWrites => "SessionsWarmWrites",
            Self::IndexReads => "IndexWarmReads",
            Self::IndexWrites => "IndexWarmWrites",
        }
    }

    pub fn named(parameter: &str) -> Option<Self> {
        EnumMap::<Self, ()>::default().into_iter().map(|(units, ())| units).find(|units| units.parameter() == parameter)
    }
}
