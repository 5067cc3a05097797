//! Bearer tokens: JWTs signed with Ed25519, checked with the public keys of the deployment.

use super::secrets::Secrets;
use crate::domain::{
    account::{Email, Role},
    centre::CentreId,
    identity::CandidateId,
    secret::key_for,
    session::SessionNumber,
};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who the tokens are for.
const AUDIENCE: &str = "vigie";
/// How long an account's token lasts: a replaced password or a lost role counts after that at the latest.
pub const ACCOUNT_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long a login lasts, by tokens that each renews the one before: longer than any day of exams.
pub const LOGIN_LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// How long a proctor stays in a session: longer than any day of exams.
pub const PROCTOR_LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// How long after a test's end time its attempt token is still good for finishing it.
pub const ATTEMPT_GRACE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person logged in.
    Account,
    /// A person proctoring one session.
    Proctor,
    /// A person who joined one session as one candidate.
    Candidate,
    /// One start of one attempt, for the exam engine.
    Attempt,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: String,
    pub iat: i64,
    pub exp: i64,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// Of an account: the instant of its login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// Of a proctor: the issue of the session password they came in with. Of an account: which of its passwords that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_issue: Option<u32>,
    /// Of an account or proctor, so that the board can show who proctors without a read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Of an organiser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<CentreId>,
}

impl Claims {
    pub fn new(kind: Kind, account: &str, issued: Timestamp, expires: Timestamp) -> Self {
        Self {
            sub: account.to_owned(),
            iat: issued.as_second(),
            exp: expires.as_second(),
            kind,
            session: None,
            candidate: None,
            attempt: None,
            start: None,
            auth_time: None,
            password_issue: None,
            given_name: None,
            family_name: None,
            email: None,
            roles: vec![],
            centre: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Signed {
    iss: String,
    aud: String,
    #[serde(flatten)]
    claims: Claims,
}

/// Issues and checks tokens.
pub struct Tokens {
    issuer: String,
    signing: EncodingKey,
    header: Header,
    /// The current key first.
    public: JwkSet,
    validation: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Reads `{"current": "secret", "previous": "secret"}`, `previous` only during a rotation.
    ///
    /// # Errors
    /// When it is not of that form or a secret is shorter than 32 characters.
    pub fn parse(json: &str, issuer: &str) -> Result<Self, String> {
        let secrets = Secrets::parse(json)?;
        let (signing, current) = key_pair(&secrets.current)?;
        let previous = secrets.previous.as_deref().map(key_pair).transpose()?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid.clone_from(&current.common.key_id);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        // Expiry is checked against the clock the application was given.
        validation.validate_exp = false;
        let public = JwkSet { keys: std::iter::once(current).chain(previous.map(|(_, public)| public)).collect() };
        Ok(Self { issuer: issuer.to_owned(), signing, header, public, validation })
    }

    /// The public keys, for `/.well-known/jwks.json`.
    pub const fn public_keys(&self) -> &JwkSet {
        &self.public
    }

    /// Signs.
    ///
    /// # Errors
    /// Never with keys that [`Tokens::parse`] took.
    pub fn issue(&self, claims: Claims) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&self.header, &Signed { iss: self.issuer.clone(), aud: AUDIENCE.to_owned(), claims }, &self.signing)
    }

    /// What a token says, if this deployment signed it and it has not expired.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Claims> {
        self.read(token).filter(|claims| now.as_second() < claims.exp)
    }

    /// What a token says or said, if this deployment signed it.
    pub fn read(&self, token: &str) -> Option<Claims> {
        let kid = decode_header(token).ok()?.kid?;
        let key = DecodingKey::from_jwk(self.public.find(&kid)?).ok()?;
        decode::<Signed>(token, &key, &self.validation).ok().map(|token| token.claims.claims)
    }
}

fn key_pair(secret: &str) -> Result<(EncodingKey, Jwk), String> {
    let seed = key_for("vigie token signing", secret);
    // RFC 8410: the fixed beginning of the PKCS#8 form of an Ed25519 private key; the seed follows.
    let pkcs8 = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(), &seed].concat();
    let signing = EncodingKey::from_ed_der(&pkcs8);
    let mut public = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).map_err(|e| e.to_string())?;
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    let public_json = serde_json::to_vec(&public.algorithm).map_err(|e| e.to_string())?;
    let digest: [u8; 32] = Sha256::digest(public_json).into();
    let (id, _) = digest.split_at(12);
    public.common.key_id = Some(BASE64URL_NOPAD.encode(id));
    Ok((signing, public))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "one signing secret of 32 characters or more";

    fn tokens(json: &str) -> Tokens {
        Tokens::parse(json, "test").unwrap()
    }

    fn claims(exp: i64) -> Claims {
        let at = |second| Timestamp::from_second(second).unwrap();
        Claims::new(Kind::Account, "01ACCOUNT", at(0), at(exp))
    }

    #[test]
    fn round_trip_until_expiry() {
        let tokens = tokens(&format!(r#"{{"current": "{SECRET}"}}"#));
        let token = tokens.issue(claims(100)).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(tokens.verify(&token, at(99)), Some(claims(100)));
        assert_eq!(tokens.verify(&token, at(100)), None);
        assert_eq!(tokens.verify(&format!("{token}x"), at(0)), None);
        assert_eq!(token, tokens.issue(claims(100)).unwrap(), "signing is deterministic");
    }

    #[test]
    fn a_rotated_secret_still_verifies_as_previous_and_no_longer_when_gone() {
        let now = Timestamp::UNIX_EPOCH;
        let old = tokens(&format!(r#"{{"current": "{SECRET}"}}"#)).issue(claims(100)).unwrap();
        let new = "another signing secret of 32 characters";
        let rotated = tokens(&format!(r#"{{"current": "{new}", "previous": "{SECRET}"}}"#));
        assert!(rotated.verify(&old, now).is_some());
        assert_eq!(rotated.public_keys().keys.len(), 2);
        assert!(tokens(&format!(r#"{{"current": "{new}"}}"#)).verify(&old, now).is_none());
        assert!(Tokens::parse(&format!(r#"{{"current": "{SECRET}"}}"#), "other").unwrap().verify(&old, now).is_none());
    }

    #[test]
    fn public_keys_hold_nothing_private() {
        let json = serde_json::to_value(tokens(&format!(r#"{{"current": "{SECRET}"}}"#)).public_keys()).unwrap();
        let key = &json["keys"][0];
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
            (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into(), &"sig".into())
        );
        assert!(key["d"].is_null() && key["kid"].is_string());
    }

    #[test]
    fn bad_secrets_are_refused() {
        for bad in ["", "{}", r#"{"current": "short"}"#, r#"{"previous": "one signing secret of 32 characters or more"}"#] {
            assert!(Tokens::parse(bad, "test").is_err(), "{bad}");
        }
    }
}
