//! What names a request, so that a retry of it is known.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
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
        Self(short(hash.finalize().into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id, a ULID, of what this request makes at `at`.
    pub fn ulid(&self, at: Timestamp) -> String {
        let random = BASE64URL_NOPAD.decode(self.0.as_bytes()).unwrap_or_default();
        let random = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), random).to_string()
    }
}

/// What a creation said, hashed, so that another one under the same key is known. The same was said when all values are
/// the same, however they were written. Never of a password: it would be guessed from a fast hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Said(String);

impl Said {
    /// # Errors
    /// When the values can't be written as JSON.
    pub fn of(values: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self(short(Sha256::digest(serde_json::to_vec(values)?).into())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 16 characters that no two inputs share by chance.
fn short(digest: [u8; 32]) -> String {
    let (start, _) = digest.split_at(12);
    BASE64URL_NOPAD.encode(start)
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
            assert_ne!(id.ulid(Timestamp::UNIX_EPOCH), other.ulid(Timestamp::UNIX_EPOCH));
        }
        assert_eq!(id.as_str().len(), 16);
        assert_eq!(id.ulid(Timestamp::UNIX_EPOCH).len(), 26);
    }
}
