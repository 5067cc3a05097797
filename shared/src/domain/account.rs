//! Accounts: e-mail address, password, centre.

use super::{
    centre::OwnCentre,
    invalid::{Invalid, Weakness},
    name::{MAX_TEXT, PersonName, fold, line},
};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        self, Error,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use email_address::{EmailAddress, Options};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use passwords::analyzer::is_common_password;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt};
use unicode_normalization::UnicodeNormalization;

/// The version of the terms of use and the privacy policy that a person accepts at signup, kept with the account. The page
/// shows it with both: `web/src/legal/version.ts`.
pub const TERMS_VERSION: &str = "2026-11";

/// How long an account is kept after its last login: 5 years, as the privacy notice says.
pub const RETENTION_SECONDS: i64 = 5 * 366 * 24 * 3600;

/// How long an account is kept that nobody ever logged in to: 30 days.
pub const UNUSED_SECONDS: i64 = 30 * 24 * 3600;

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

    /// With one character of its local part, as `c…@example.org`: whom it belongs to, but not where to write to them.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        format!("{}…@{domain}", local.chars().next().unwrap_or_default())
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

    /// Hashes with argon2id: some 25 ms of one processor.
    ///
    /// # Errors
    /// When the system has no randomness or memory to give.
    pub(crate) fn hash(&self, memory: &mut Memory) -> password_hash::Result<String> {
        let argon2 = argon2id();
        let salt = Salt::new(&password_hash::try_generate_salt()?)?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params())?,
            salt: Some(salt),
            hash: Some(self.output(&argon2, &salt, memory)?),
        };
        Ok(hash.to_string())
    }

    /// Whether this password made that hash. Without a hash to compare with, it does the same work
    /// and says no, so that an unknown account can't be told by the time the answer takes.
    ///
    /// # Errors
    /// When the hash is not one, or asks for more memory than [`Memory`] or the system has to give.
    pub(crate) fn verify(&self, hash: Option<&str>, memory: &mut Memory) -> password_hash::Result<bool> {
        let known = PasswordHash::new(hash.unwrap_or(NOBODYS_HASH))?;
        let (salt, output) = known.salt.zip(known.hash).ok_or(Error::EncodingInvalid)?;
        let version = known.version.map_or(Ok(Version::default()), Version::try_from)?;
        let argon2 = Argon2::new(Algorithm::try_from(known.algorithm.as_str())?, version, Params::try_from(&known)?);
        // Compares in constant time.
        Ok(self.output(&argon2, &salt, memory)? == output && hash.is_some())
    }

    fn output(&self, argon2: &Argon2, salt: &Salt, memory: &mut Memory) -> password_hash::Result<Output> {
        let blocks = memory.blocks(argon2.params().block_count())?;
        let mut output = [0; Output::MAX_LENGTH];
        let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(Error::OutputSize)?;
        let done = argon2.hash_password_into_with_memory(self.0.expose_secret().as_bytes(), salt, output, &mut *blocks);
        // What is left there comes from the password. This takes 3 % of the time.
        blocks.fill(Block::new());
        memory.hashes += 1;
        done?;
        Ok(Output::new(output)?)
    }
}

/// What hashes are worked out in, one after the other: it grows to the 19 MiB that one takes, and is kept.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    /// How many were worked out in it.
    pub(crate) hashes: usize,
}

/// The most that a hash may ask for: 64 MiB, more than any recommendation of OWASP's.
const MOST_BLOCKS: usize = 64 * 1024 * 1024 / Block::SIZE;

impl Memory {
    fn blocks(&mut self, count: usize) -> password_hash::Result<&mut [Block]> {
        if count > self.blocks.len() {
            if count > MOST_BLOCKS {
                return Err(Error::OutOfMemory);
            }
            self.blocks.try_reserve_exact(count - self.blocks.len()).map_err(|_| Error::OutOfMemory)?;
            self.blocks.resize(count, Block::new());
        }
        Ok(&mut self.blocks)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// A password good enough for a new account.
#[derive(Debug, Clone)]
pub struct NewPassword(Password);

impl NewPassword {
    /// The rule of the signup form: 8 to 255 characters, with at least one upper-case letter, one
    /// lower-case letter and one digit, and not among the common ones.
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
        if !(has(char::is_uppercase) && has(char::is_lowercase) && has(|c| c.is_ascii_digit())) {
            return Err(Invalid::WeakPassword(Weakness::Kinds));
        }
        if is_common(text) {
            return Err(Invalid::WeakPassword(Weakness::Common));
        }
        Ok(Self(password))
    }

    /// Refuses what is made of these names and this address: their words of three letters or more, both names together
    /// or what stands before the `@`, of four, are half of it, or more. Compared as names are.
    ///
    /// # Errors
    /// `weak_password`.
    pub fn not_of(self, names: [&PersonName; 2], email: &Email) -> Result<Self, Invalid> {
        let text = self.0.0.expose_secret();
        let [first, last] = names.map(PersonName::folded);
        let local = email.as_str().rsplit_once('@').map_or("", |(local, _)| local);
        let whole = [format!("{first}{last}"), format!("{last}{first}"), fold(local)];
        let words = names.map(PersonName::as_str).into_iter().chain([email.as_str()]);
        let words = words.flat_map(|words| words.split(|c: char| !c.is_alphabetic())).map(fold);
        let longer = |least: usize| move |word: &String| word.chars().count() >= least;
        let mut words: Vec<_> = words.filter(longer(3)).chain(whole.into_iter().filter(longer(4))).collect();
        // A word that has another within it comes first.
        words.sort_by_key(|word| Reverse(word.len()));
        let folded = fold(text);
        let others = words.iter().fold(folded.clone(), |others, word| others.replace(word, " ")).replace(' ', "");
        let own = folded.chars().count() - others.chars().count();
        if is_half(own, text) { Err(Invalid::WeakPassword(Weakness::Own)) } else { Ok(self) }
    }

    pub const fn password(&self) -> &Password {
        &self.0
    }
}

/// Whether half of a password, or more, is a common one (a list of 100,000, most from leaks). Compared without case, or
/// as names are, and also without the digits and signs at its ends.
fn is_common(password: &str) -> bool {
    [password.to_lowercase(), fold(password)].iter().any(|form| {
        let word = form.trim_matches(|c: char| !c.is_alphabetic());
        [form, word].iter().any(|part| is_half(part.chars().count(), password) && is_common_password(part))
    })
}

fn is_half(characters: usize, password: &str) -> bool {
    characters * 2 >= password.chars().count()
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
    /// How often the password was replaced: a login of before ends at its next renewal.
    #[serde(default)]
    pub password_issue: u32,
    #[serde(with = "millisecond::required")]
    pub created_at: Timestamp,
    pub terms_version: String,
    #[serde(with = "millisecond::required")]
    pub terms_accepted_at: Timestamp,
    /// Of the last login.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub last_access_at: Option<Timestamp>,
    /// When whoever reads the mail of this address first said so, if they did.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub email_proved_at: Option<Timestamp>,
    /// The one centre that it is an organiser of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<OwnCentre>,
}

impl Account {
    /// Refuses a new password that is made of what the account says of its owner.
    ///
    /// # Errors
    /// `weak_password`.
    pub fn accepts(&self, password: NewPassword) -> Result<NewPassword, Invalid> {
        password.not_of([&self.first_name, &self.last_name], &self.email)
    }

    /// An organiser is who has a centre.
    pub fn roles(&self) -> Vec<Role> {
        self.centre.iter().map(|_| Role::Organiser).collect()
    }
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
            assert_eq!(parse(weak), Err(Invalid::WeakPassword(Weakness::Kinds)), "{weak}");
        }
        assert_eq!(parse("E\u{301}te\u{301} 4h"), Err(Invalid::TooShort { min: 8 }), "counted after composition");
    }

    #[test]
    fn common_passwords_are_refused_however_they_are_decorated() {
        let weak = Err(Invalid::WeakPassword(Weakness::Common));
        for common in [
            "Password1",
            "PassWord1",
            "Azerty123",
            "1Azerty!",
            "Bonjour2012",
            "Mot-de-passe_1",
            "Soleil2012!",
            "2012-Soleil",
            "Tournesol-1634",
            "P@ssw0rd2",
            "P@ssw0rd!!",
            "Je t'aime 1",
            "Îloveyou1",
        ] {
            assert_eq!(NewPassword::parse(common).map(|_| ()), weak, "{common}");
        }
        for other in [
            "Certification1",
            "Organisation1",
            "Surveillance1",
            "TournesolBleu1634",
            "Soleil84732915",
            "Ab12#9!7",
            "Cheval-Brosse-7",
            "王小明 Zz1 王小明",
        ] {
            assert_eq!(NewPassword::parse(other).map(|_| ()), Ok(()), "{other}");
        }
    }

    #[test]
    fn a_password_made_of_its_owners_name_or_address_is_refused() {
        let check = |password: &str, first: &str, last: &str, email: &str| {
            let names = [first, last].map(|name| PersonName::parse(name).unwrap());
            NewPassword(Password::parse(password).unwrap()).not_of(names.each_ref(), &Email::parse(email).unwrap()).map(|_| ())
        };
        let camille = |password| check(password, "Camille", "Garcia-Moreau", "titi93.camgm@example.org");
        let weak = Err(Invalid::WeakPassword(Weakness::Own));
        for own in [
            "Camille2012",
            "2012Camille!",
            "camille-GARCIA-1",
            "Garcia2012",
            "MoreauGarcia1",
            "Gar-cia1",
            "Titi2012",
            "Camgm1234",
            "Titi93.camgm@example.org",
            "CamilleMoreau2012!!",
        ] {
            assert_eq!(camille(own), weak, "{own}");
        }
        for other in ["Certification1", "GarciaAimeLesPommes1", "Camil2012le", "Cam12345"] {
            assert_eq!(camille(other), Ok(()), "{other}");
        }
        assert_eq!(check("Automne-Vert7", "Tom", "Li", "li@example.org"), Ok(()), "a short name may stand in another word");
        assert_eq!(check("Alibaba-Lilia9", "A", "Li", "a@li.fr"), Ok(()), "nor do two letters count");
        assert_eq!(check("Zoe12345", "Zoé", "N'Guyen", "z@example.org"), Ok(()), "less than half");
        assert_eq!(check("LiXuLiXu1", "Li", "Xu", "a@example.org"), weak, "both names together");
        assert_eq!(check("Jb.75012", "Zoé", "Li", "jb.75012@example.org"), weak);
        assert_eq!(check("ZOE12zoé", "Zoé", "N'Guyen", "z@example.org"), weak);
        assert_eq!(check("Nguyen12", "Zoé", "N'Guyen", "z@example.org"), weak);
    }

    #[test]
    fn a_password_verifies_in_either_unicode_form_and_only_against_its_hash() {
        let composed = Password::parse("Été 2026 !").unwrap();
        let decomposed = Password::parse("E\u{301}te\u{301} 2026 !").unwrap();
        let mut memory = Memory::default();
        let hash = composed.hash(&mut memory).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let mut verify = |password: &Password, hash| password.verify(hash, &mut memory).unwrap();
        assert!(verify(&decomposed, Some(&hash)));
        assert!(!verify(&Password::parse("Été 2026 ! ").unwrap(), Some(&hash)));
        assert!(!verify(&composed, None));
        assert!(verify(&composed, Some(&hash)), "whatever was worked out in this memory before");
        assert!(memory.blocks.iter().flat_map(Block::as_ref).all(|word| *word == 0), "nothing of a password stays in it");
    }

    #[test]
    fn an_unknown_account_costs_a_full_verification() {
        let params = Params::try_from(&PasswordHash::new(NOBODYS_HASH).unwrap()).unwrap();
        assert_eq!(params, Params::new(19 * 1024, 2, 1, Some(32)).unwrap());
    }

    #[test]
    fn hashes_of_other_kinds_verify_too() {
        // Made by the reference implementation, by way of argon2-cffi.
        let others = [
            "$argon2id$v=19$m=47104,t=1,p=1$cmVmZXJlbmNlIHNhbHQ$M7FQRRTK0r7JvOM6j5hym6G0Q0X5JUq/S8Rwxx2SP2o",
            "$argon2id$v=19$m=12288,t=3,p=1$cmVmZXJlbmNlIHNhbHQ$q4CHbGiS8SJOlu1UUIbkc3a7wTuG1uP7UX/oe9s8NO4",
            "$argon2i$v=19$m=1024,t=3,p=4$cmVmZXJlbmNlIHNhbHQ$QFihAgeNiDWOzjlKZT/YWg",
            "$argon2d$v=16$m=19456,t=2,p=1$cmVmZXJlbmNlIHNhbHQ$Z96qugbUa/rD2OI2Y/p4vZi52CQlJU+kMfO872OZE8RIHutYXjsYuNcjm9st3tZln0HIqD1hZ5WxLBb4mn9WpA",
            "$argon2id$v=19$m=65536,t=1,p=4$cmVmZXJlbmNlIHNhbHQ$5z0vWjUvjICiPV/7du/MtMrH4EfixwPszE1LB4TgCAY",
        ];
        let (password, mut memory) = (Password::parse("Certification1").unwrap(), Memory::default());
        for hash in others {
            assert_eq!(password.verify(Some(hash), &mut memory), Ok(true), "{hash}");
            assert_eq!(Password::parse("certification1").unwrap().verify(Some(hash), &mut memory), Ok(false), "{hash}");
        }
    }

    #[test]
    fn what_is_no_hash_or_asks_for_too_much_is_an_error_and_takes_no_memory() {
        let (password, mut memory) = (Password::parse("Certification1").unwrap(), Memory::default());
        let tag = "$bm9ib2R5IGtub3dzIGl0$b9Tt1XkGqUyHLXcYAcQDMVgsp3h1MjW3CcuPp4TbsAE";
        for kind in ["", "$scrypt$ln=16,r=8,p=1", "$argon2id$v=19$m=65540,t=1,p=1", "$argon2id$v=19$m=4294967295,t=1,p=1"] {
            assert!(password.verify(Some(&format!("{kind}{tag}")), &mut memory).is_err(), "{kind}");
        }
        assert!(password.verify(Some("$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0"), &mut memory).is_err());
        assert_eq!(memory.blocks.capacity(), 0);
    }

    #[test]
    fn a_password_never_prints_itself() {
        let shown = format!("{:?}", NewPassword::parse("Surveillance1").unwrap());
        assert!(!shown.contains("Surveillance1"), "{shown}");
    }
}
