//! Accounts: e-mail address, password, roles.

use super::{
    invalid::Invalid,
    name::{MAX_TEXT, PersonName, line},
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use email_address::{EmailAddress, Options};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The version of the terms of use that a person accepts at signup, kept with the account.
pub const TERMS_VERSION: &str = "2026-09";

/// How long an account is kept after its last access: 5 years, as the privacy notice says.
pub const RETENTION_SECONDS: i64 = 5 * 366 * 24 * 3600;

/// An e-mail address of at most 255 characters. Two that differ only in case are the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// `required` when blank, `too_long`, `invalid_email`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = line(text)?;
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        match EmailAddress::parse_with_options(&text, options) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(Invalid::Email),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that identifies the account.
    pub fn canonical(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A password as somebody typed it to log in, in Unicode NFC; never trimmed, never logged.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// # Errors
    /// `required` when empty.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Required);
        }
        Ok(Self(text.nfc().collect::<String>().into()))
    }

    /// Hashes with argon2id; about 20 ms of one processor and 19 MiB, so run it where it may block.
    ///
    /// # Errors
    /// When the system has no randomness or memory to give.
    pub fn hash(&self) -> Result<String, argon2::password_hash::Error> {
        Ok(argon2id().hash_password(self.0.expose_secret().as_bytes())?.to_string())
    }

    /// Whether this password made that hash. Without a hash to compare with, it does the same work
    /// and says no, so that an unknown account can't be told by the time the answer takes.
    pub fn verify(&self, hash: Option<&str>) -> bool {
        let parsed = PasswordHash::new(hash.unwrap_or(NOBODYS_HASH)).ok();
        let right = parsed.is_some_and(|parsed| argon2id().verify_password(self.0.expose_secret().as_bytes(), &parsed).is_ok());
        right && hash.is_some()
    }
}

/// A password good enough for a new account.
#[derive(Debug, Clone)]
pub struct NewPassword(Password);

impl NewPassword {
    /// The rule of the signup form: 8 to 255 characters, with at least one upper-case letter, one
    /// lower-case letter and one digit.
    ///
    /// # Errors
    /// `required`, `too_short`, `too_long`, `weak_password`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let password = Password::parse(text)?;
        let text = password.0.expose_secret();
        let length = text.chars().count();
        if length < 8 {
            return Err(Invalid::TooShort { min: 8 });
        }
        if length > MAX_TEXT {
            return Err(Invalid::TooLong { max: MAX_TEXT });
        }
        let has = |test: fn(char) -> bool| text.chars().any(test);
        if has(char::is_uppercase) && has(char::is_lowercase) && has(|c| c.is_ascii_digit()) {
            Ok(Self(password))
        } else {
            Err(Invalid::WeakPassword)
        }
    }

    pub const fn password(&self) -> &Password {
        &self.0
    }
}

/// OWASP's first recommendation for argon2id: 19 MiB, 2 passes, 1 lane
/// (Password Storage Cheat Sheet).
fn argon2id() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A hash made with the parameters of [`argon2id`], of a password nobody knows.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$b9Tt1XkGqUyHLXcYAcQDMVgsp3h1MjW3CcuPp4TbsAE";

/// What an account may do beyond what every account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Organiser,
}

/// A person's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub id: String,
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub email: Email,
    pub password_hash: String,
    #[serde(with = "millisecond::required")]
    pub created_at: Timestamp,
    pub terms_version: String,
    #[serde(with = "millisecond::required")]
    pub terms_accepted_at: Timestamp,
    #[serde(default)]
    pub roles: Vec<Role>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        for good in ["a@example.org", " Camille.Martin@Example.ORG ", "zoé@exemple.fr", "x+y@a.b.example.org"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in ["a", "a@", "@example.org", "a@localhost", "A <a@example.org>", "a b@example.org", "a@[127.0.0.1]", "a@example.org\u{0}"]
        {
            assert_eq!(Email::parse(bad), Err(Invalid::Email), "{bad}");
        }
        assert_eq!(Email::parse(" "), Err(Invalid::Required));
        assert_eq!(Email::parse(&format!("{}@example.org", "a".repeat(250))), Err(Invalid::TooLong { max: 255 }));
        assert_eq!(Email::parse("ZOÉ@Exemple.fr").map(|e| e.canonical()), Ok("zoé@exemple.fr".into()));
    }

    #[test]
    fn new_passwords() {
        let parse = |text: &str| NewPassword::parse(text).map(|_| ());
        assert_eq!(parse("Surveillance1"), Ok(()));
        assert_eq!(parse("Été à 4h"), Ok(()));
        assert_eq!(parse(""), Err(Invalid::Required));
        assert_eq!(parse("Court1"), Err(Invalid::TooShort { min: 8 }));
        assert_eq!(parse(&format!("Aa1{}", "x".repeat(253))), Err(Invalid::TooLong { max: 255 }));
        for weak in ["surveillance1", "SURVEILLANCE1", "Surveillance"] {
            assert_eq!(parse(weak), Err(Invalid::WeakPassword), "{weak}");
        }
        assert_eq!(parse("E\u{301}te\u{301} 4h"), Err(Invalid::TooShort { min: 8 }), "counted after composition");
    }

    #[test]
    fn a_password_verifies_in_either_unicode_form_and_only_against_its_hash() {
        let composed = Password::parse("Été 2026 !").unwrap();
        let decomposed = Password::parse("E\u{301}te\u{301} 2026 !").unwrap();
        let hash = composed.hash().unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(decomposed.verify(Some(&hash)));
        assert!(!Password::parse("Été 2026 ! ").unwrap().verify(Some(&hash)));
        assert!(!composed.verify(None));
        assert!(PasswordHash::new(NOBODYS_HASH).is_ok(), "the stand-in costs a full verification");
    }

    #[test]
    fn a_password_never_prints_itself() {
        let shown = format!("{:?}", NewPassword::parse("Surveillance1").unwrap());
        assert!(!shown.contains("Surveillance1"), "{shown}");
    }
}
