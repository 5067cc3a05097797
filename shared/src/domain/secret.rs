//! Secrets of a deployment, and the keys that are made of them.

use hkdf::Hkdf;
use sha2::Sha256;
use std::collections::BTreeMap;

/// Characters in a secret, at least.
const MIN_LENGTH: usize = 32;

/// Whether all of these are long enough to be secrets.
///
/// # Errors
/// When one is shorter than 32 characters.
pub fn check_lengths<'a>(mut secrets: impl Iterator<Item = &'a str>) -> Result<(), String> {
    if secrets.any(|secret| secret.len() < MIN_LENGTH) {
        return Err(format!("each secret must have at least {MIN_LENGTH} characters"));
    }
    Ok(())
}

/// Reads the versions of a secret, of which none is ever taken away: `{"1": "secret", "2": "secret", …}`.
///
/// # Errors
/// When it is not of that form, empty, or a secret is shorter than 32 characters.
pub fn versions(json: &str) -> Result<BTreeMap<u32, String>, String> {
    let secrets: BTreeMap<u32, String> =
        serde_json::from_str(json).map_err(|_| "must be a JSON object such as {\"1\": \"…\"}".to_owned())?;
    if secrets.is_empty() {
        return Err("must hold at least one version".to_owned());
    }
    check_lengths(secrets.values().map(String::as_str))?;
    Ok(secrets)
}

/// The key of its own that a secret gives to a purpose.
pub fn key_for(purpose: &str, secret: &str) -> [u8; 32] {
    let mut key = [0; 32];
    // 32 bytes are well under HKDF's limit of 255 × 32, the only error there is.
    let _ = Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(purpose.as_bytes(), &mut key);
    key
}
