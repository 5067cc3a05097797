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
