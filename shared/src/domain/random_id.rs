//! Secrets that are drawn at random, given to one person's browser, and kept as their hash.

use super::invalid::Invalid;
use aws_lc_rs::{error::Unspecified, rand};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The longest text that is taken for one, in characters.
pub const MAX_RANDOM_ID: usize = 64;

/// 128 random bits, as text. Never logged.
#[derive(Debug, Clone)]
pub struct RandomId(SecretString);

impl RandomId {
    /// A new one, of 128 bits.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn draw() -> Result<Self, Unspecified> {
        let mut bits = [0; 16];
        rand::fill(&mut bits)?;
        Ok(Self(BASE64URL_NOPAD.encode(&bits).into()))
    }

    /// Any text may be one that nobody knows any more.
    ///
    /// # Errors
    /// `too_long` past 64 characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > MAX_RANDOM_ID {
            return Err(Invalid::TooLong { max: MAX_RANDOM_ID });
        }
        Ok(Self(text.into()))
    }

    /// What is kept of it: its SHA-256, in letters and digits.
    pub fn hash(&self) -> String {
        BASE32_NOPAD.encode(&Sha256::digest(self.0.expose_secret()))
    }

    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_128_random_bits_and_kept_as_their_hash() {
        let (a, b) = (RandomId::draw().unwrap(), RandomId::draw().unwrap());
        assert_eq!(a.reveal().len(), 22);
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(RandomId::parse(a.reveal()).unwrap().hash(), a.hash());
        assert_eq!(RandomId::parse("abc").unwrap().hash(), "XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ");
        assert!(!format!("{a:?}").contains(a.reveal()));
    }

    #[test]
    fn any_text_is_an_id_unless_it_is_too_long() {
        for text in ["", " ", "é", &"é".repeat(64)] {
            assert!(RandomId::parse(text).is_ok(), "{text}");
        }
        assert_eq!(RandomId::parse(&"x".repeat(65)).map(|_| ()), Err(Invalid::TooLong { max: 64 }));
    }
}
