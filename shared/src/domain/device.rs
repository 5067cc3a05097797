//! The devices that an account has logged in from. Each has its own count of wrong passwords, so that those tried
//! elsewhere keep nobody out: docs/security.md.

use super::invalid::Invalid;
use aws_lc_rs::{error::Unspecified, rand};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How many devices an account knows: the last it logged in from.
pub const MAX_DEVICES: usize = 5;

/// The longest text that a login takes for a device's id, in characters.
pub const MAX_DEVICE_ID: usize = 64;

/// What a browser shows of itself when somebody logs in: the random id it was given at a login before. Never logged.
#[derive(Debug, Clone)]
pub struct DeviceId(SecretString);

impl DeviceId {
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
        if text.chars().count() > MAX_DEVICE_ID {
            return Err(Invalid::TooLong { max: MAX_DEVICE_ID });
        }
        Ok(Self(text.into()))
    }

    /// What the account keeps of it: its SHA-256, in letters and digits.
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
        let (a, b) = (DeviceId::draw().unwrap(), DeviceId::draw().unwrap());
        assert_eq!(a.reveal().len(), 22);
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(DeviceId::parse(a.reveal()).unwrap().hash(), a.hash());
        assert_eq!(DeviceId::parse("abc").unwrap().hash(), "XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ");
        assert!(!format!("{a:?}").contains(a.reveal()));
    }

    #[test]
    fn any_text_is_an_id_unless_it_is_too_long() {
        for text in ["", " ", "é", &"é".repeat(64)] {
            assert!(DeviceId::parse(text).is_ok(), "{text}");
        }
        assert_eq!(DeviceId::parse(&"x".repeat(65)).map(|_| ()), Err(Invalid::TooLong { max: 64 }));
    }
}
