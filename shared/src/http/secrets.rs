//! A secret that is exchanged while both sides go on.

use crate::domain::secret::check_lengths;
use serde::Deserialize;

/// The secret that is used and, during a rotation, one that is only believed: the one before or the next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    pub(super) current: String,
    pub(super) previous: Option<String>,
}

impl Secrets {
    /// Reads `{"current": "secret", "previous": "secret"}`, `previous` only during a rotation.
    ///
    /// # Errors
    /// When it is not of that form or a secret is shorter than 32 characters.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        let secrets: Self = serde_json::from_str(json).map_err(|_| "must be a JSON object such as {\"current\": \"…\"}".to_owned())?;
        check_lengths(secrets.believed())?;
        Ok(secrets)
    }

    /// The current one first.
    pub(super) fn believed(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.previous).map(String::as_str)
    }
}
