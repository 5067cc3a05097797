//! What happened to a candidate: who, when, what. Written in the same update as the change itself.

use super::candidate::Action;
use data_encoding::BASE64URL_NOPAD;
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// Names one try of one person to do one thing; a retry has the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// From the idempotency key and whatever else sets requests apart that may carry the same one.
    pub fn of(key: &str, scope: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in [key].iter().chain(scope) {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (id, _) = digest.split_at(12);
        Self(BASE64URL_NOPAD.encode(id))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the attempt that this request starts at `at`.
    pub fn attempt_id(&self, at: Timestamp) -> String {
        let random = BASE64URL_NOPAD.decode(self.0.as_bytes()).unwrap_or_default();
        let random = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), random).to_string()
    }
}

/// One change. Its names are short because a candidate's item carries up to a hundred.
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
}

/// In what role somebody acts on a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorRole {
    Proctor,
    Organiser,
    Candidate,
    /// The organiser, by finalising the session.
    Finalisation,
}

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub role: ActorRole,
    /// The id of the account.
    pub account: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_depends_on_key_and_scope() {
        let id = RequestId::of("key", &["tick", "account"]);
        assert_eq!(id, RequestId::of("key", &["tick", "account"]));
        for other in [
            RequestId::of("key", &["untick", "account"]),
            RequestId::of("kez", &["tick", "account"]),
            RequestId::of("key", &["tickaccount"]),
        ] {
            assert_ne!(id, other);
        }
        assert_eq!(id.as_str().len(), 16);
        assert_eq!(id.attempt_id(Timestamp::UNIX_EPOCH).len(), 26);
    }
}
