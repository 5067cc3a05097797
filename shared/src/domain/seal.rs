//! The seal of a finalised session's record: a detached JWS (RFC 7515, RFC 7797) that anybody can check with the public
//! keys of the deployment, and nobody can make without its seal key. docs/record.md says how.

use super::{
    record::{Format, Record},
    secret,
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How the ids of keys begin that seal records: no other key's does.
const KEY_ID: &str = "record-";
const CURVE: &str = "Ed25519";
const TYPE_OF_KEY: &str = "OKP";
/// What a seal says it is, in its header.
const TYPE: &str = "vigie-record+jws";

/// A seal as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// In which format the record was that it was made over: in that one it is told for ever.
    pub format: Format,
    /// The detached JWS, in its compact form: header, nothing, signature.
    pub jws: String,
}

/// What records are sealed with: the deployment's seal key in all its versions. A version is never taken away, so that
/// every seal can be checked as long as the deployment stands.
pub struct SealKeys(BTreeMap<u32, SealKey>);

struct SealKey {
    id: String,
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKeys").field("versions", &self.0.keys()).finish_non_exhaustive()
    }
}

impl SealKeys {
    /// Reads `{"1": "secret", "2": "secret", …}`; the highest version seals.
    ///
    /// # Errors
    /// When it is not of that form, empty, or a secret is shorter than 32 characters.
    pub fn parse(json: &str) -> Result<Self, String> {
        let keys = secret::versions(json)?.into_iter().map(|(version, secret)| Ok((version, SealKey::new(&secret)?)));
        keys.collect::<Result<_, String>>().map(Self)
    }

    /// Seals a record.
    ///
    /// # Errors
    /// Never with keys that [`SealKeys::parse`] took.
    pub fn seal(&self, record: &Record) -> Result<Seal, String> {
        let key = self.0.values().next_back().ok_or("no seal key")?;
        let payload = canonical(record)?;
        let header = canonical(&json!({"alg": "EdDSA", "b64": false, "crit": ["b64"], "kid": key.id, "typ": TYPE}))?;
        let header = BASE64URL_NOPAD.encode(&header);
        let signature = key.pair.sign(&[header.as_bytes(), b".", &payload].concat());
        Ok(Seal { format: record.format, jws: format!("{header}..{}", BASE64URL_NOPAD.encode(signature.as_ref())) })
    }

    /// The public keys of all versions, the newest first, as JWKs.
    pub fn public_keys(&self) -> impl Iterator<Item = Value> {
        self.0.values().rev().map(|SealKey { id, pair }| {
            let x = point(pair);
            json!({"alg": "EdDSA", "crv": CURVE, "kid": id, "kty": TYPE_OF_KEY, "use": "sig", "x": x})
        })
    }
}

impl SealKey {
    fn new(secret: &str) -> Result<Self, String> {
        let seed = secret::key_for("vigie record seal", secret);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| error.to_string())?;
        // RFC 7638, cut to 16 characters.
        let digest: [u8; 32] = Sha256::digest(canonical(&json!({"crv": CURVE, "kty": TYPE_OF_KEY, "x": point(&pair)}))?).into();
        let (id, _) = digest.split_at(12);
        Ok(Self { id: format!("{KEY_ID}{}", BASE64URL_NOPAD.encode(id)), pair })
    }
}

/// A public key, as a JWK tells it.
fn point(pair: &Ed25519KeyPair) -> String {
    BASE64URL_NOPAD.encode(pair.public_key().as_ref())
}

/// The one form in bytes that a value has (RFC 8785).
///
/// # Errors
/// Never for what has texts and whole numbers alone.
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_can_not_be_used_are_refused() {
        for bad in ["", "{}", "[]", r#"{"a": "the first secret, of 32 characters or more"}"#, r#"{"1": "short"}"#] {
            assert!(SealKeys::parse(bad).is_err(), "{bad}");
        }
        assert!(!format!("{:?}", keys(r#"{"1": "the first secret, of 32 characters or more"}"#)).contains("secret,"));
    }

    #[test]
    fn public_keys_hold_nothing_private_and_none_goes() {
        let one = keys(r#"{"1": "the first secret, of 32 characters or more"}"#);
        let two = keys(r#"{"1": "the first secret, of 32 characters or more", "2": "the second secret, of 32 characters or more"}"#);
        let [first, both] = [&one, &two].map(|keys| keys.public_keys().collect::<Vec<_>>());
        assert_eq!((both.len(), &both[1]), (2, &first[0]));
        for key in &both {
            let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
            assert!(key["kid"].as_str().unwrap().starts_with(KEY_ID));
        }
    }

    fn keys(json: &str) -> SealKeys {
        SealKeys::parse(json).unwrap()
    }
}
