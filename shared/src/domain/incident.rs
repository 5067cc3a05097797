//! What happened in the room that belongs into the session's report.

use super::{actor::ActorRole, identity::CandidateId, invalid::Invalid, name::is_invisible, request::Said};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use strum::EnumString;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

/// Incidents that a session can have: more than any room needs, and few enough to be read at once.
pub const MAX_INCIDENTS: u32 = 200;

/// The most characters of an incident's text.
pub const MAX_INCIDENT_TEXT: usize = 1000;

/// What kind of incident it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = IncidentCategory, example = "evacuation")]
pub enum Category {
    Identity,
    Technical,
    Behaviour,
    Health,
    Evacuation,
    Other,
}

impl Category {
    /// # Errors
    /// `invalid` for anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse().map_err(|_| Invalid::Other)
    }
}

/// What happened, in somebody's words: 1 to 1,000 characters, trimmed, in Unicode NFC, of several lines if need be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentText(String);

impl IncidentText {
    /// # Errors
    /// `required` when blank, `too_long` past 1,000 characters, `invalid` with invisible characters, or control
    /// characters other than line breaks and tabs.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String = text.trim().nfc().collect();
        let is_odd = |c: char| is_invisible(c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        match text.chars().count() {
            0 => Err(Invalid::Required),
            length if length > MAX_INCIDENT_TEXT => Err(Invalid::TooLong { max: MAX_INCIDENT_TEXT }),
            _ if text.chars().any(is_odd) => Err(Invalid::Other),
            _ => Ok(Self(text)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody reports.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub category: Category,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<IncidentText>,
    /// Whom it is about, if it is about one candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
}

/// An incident.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    pub id: String,
    #[serde(with = "millisecond::required")]
    pub at: Timestamp,
    pub role: ActorRole,
    pub account: String,
    /// Of who reported it, as their account said.
    pub first_name: String,
    pub last_name: String,
    #[serde(flatten)]
    pub report: Report,
    /// So that another report by the same request is known.
    pub said: Said,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_have_lines_and_nothing_that_hides() {
        assert_eq!(IncidentText::parse(" Panne.\n\tRedémarré. ").unwrap().as_str(), "Panne.\n\tRedémarré.");
        assert_eq!(IncidentText::parse(" \n "), Err(Invalid::Required));
        assert_eq!(IncidentText::parse("a\u{202e}b"), Err(Invalid::Other));
        assert_eq!(IncidentText::parse("a\u{0}b"), Err(Invalid::Other));
        assert!(IncidentText::parse(&"é".repeat(1000)).is_ok());
        assert_eq!(IncidentText::parse(&"é".repeat(1001)), Err(Invalid::TooLong { max: 1000 }));
    }
}
