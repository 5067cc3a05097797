//! Whether a request came by way of the distribution in front of the API, and so past its firewall: an
//! HTTP API of API Gateway can't refuse others itself.

use super::secrets::Secrets;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::{HeaderMap, HeaderName};

/// What the distribution shows its secret in, whatever the client sent there.
pub const HEADER: HeaderName = HeaderName::from_static("x-vigie-origin");

/// What the distribution may show.
pub struct OriginSecrets(Secrets);

impl std::fmt::Debug for OriginSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OriginSecrets").finish_non_exhaustive()
    }
}

impl OriginSecrets {
    /// Reads `{"current": "secret", "previous": "secret"}`, `previous` only during a rotation.
    ///
    /// # Errors
    /// When it is not of that form or a secret is shorter than 32 characters.
    pub fn parse(json: &str) -> Result<Self, String> {
        Secrets::parse(json).map(Self)
    }

    /// Whether the distribution sent a request with these headers.
    pub fn are_shown_in(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(HEADER).map_or(b"".as_slice(), |value| value.as_bytes());
        self.0.believed().any(|secret| verify_slices_are_equal(secret.as_bytes(), shown).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "the new secret, of 32 characters or more";
    const OLD: &str = "the old secret, of 32 characters or more";

    fn shown(shown: &'static str) -> HeaderMap {
        [(HEADER, shown.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn both_are_believed_during_a_rotation_and_nothing_else() {
        let rotating = OriginSecrets::parse(&format!(r#"{{"current": "{NEW}", "previous": "{OLD}"}}"#)).unwrap();
        let after = OriginSecrets::parse(&format!(r#"{{"current": "{NEW}"}}"#)).unwrap();
        assert!(rotating.are_shown_in(&shown(NEW)) && rotating.are_shown_in(&shown(OLD)));
        assert!(after.are_shown_in(&shown(NEW)) && !after.are_shown_in(&shown(OLD)));
        assert!(!rotating.are_shown_in(&HeaderMap::new()) && !rotating.are_shown_in(&shown("")));
        assert!(!format!("{rotating:?}").contains("secret,"));
    }
}
