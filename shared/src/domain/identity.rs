//! Who a candidate is: two names and a birth date.

use super::name::PersonName;
use jiff::civil;
use serde::{Deserialize, Serialize};

/// A candidate's birth date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Birthdate(pub civil::Date);

/// The same text for everybody who counts as the same person: names folded, in either order.
pub fn identity(names: [&PersonName; 2], birthdate: Birthdate) -> String {
    let mut names = names.map(PersonName::folded);
    names.sort();
    let [a, b] = names;
    format!("{a}\n{b}\n{}", birthdate.0)
}

/// A candidate's id within a session. It is derived from the identity: the same person enrolled twice would
/// have the same key, which the table refuses. Without the code key nobody can tell an identity from its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CandidateId(String);

impl CandidateId {
    const LENGTH: usize = 26;

    pub(super) const fn made(tag: String) -> Self {
        Self(tag)
    }

    /// `None` when no candidate can have this id.
    pub fn parse(text: &str) -> Option<Self> {
        let possible = text.len() == Self::LENGTH && text.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b));
        possible.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<CandidateId> for String {
    fn from(id: CandidateId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        code::CodeKeys,
        session::{SessionNumber, parse_date},
    };

    fn id(keys: &str, session: &str, first: &str, last: &str, birthdate: &str) -> CandidateId {
        let keys = CodeKeys::parse(keys).unwrap();
        let names = [&PersonName::parse(first).unwrap(), &PersonName::parse(last).unwrap()];
        let birthdate = Birthdate(parse_date(birthdate).unwrap());
        keys.current().candidate_id(&SessionNumber::parse(session).unwrap(), names, birthdate)
    }

    const KEYS: &str = r#"{"1": "a secret of at least thirty-two characters"}"#;

    #[test]
    fn the_same_person_has_one_id_however_written() {
        let zoe = id(KEYS, "1234567", "Zoé", "Bernard-Weiß", "2012-05-31");
        for (first, last) in [("ZOE", "bernard weiss"), ("Bernard Weiß", "Zoe\u{301}"), ("zoé", "BERNARD  WEISS"), ("Zoé", "Bernard‐Weiss")]
        {
            assert_eq!(id(KEYS, "1234567", first, last, "2012-05-31"), zoe, "{first} {last}");
        }
        assert_eq!(CandidateId::parse(zoe.as_str()), Some(zoe));
    }

    #[test]
    fn another_person_session_day_or_secret_has_another() {
        let zoe = id(KEYS, "1234567", "Zoé", "Bernard", "2012-05-31");
        assert_ne!(id(KEYS, "1234568", "Zoé", "Bernard", "2012-05-31"), zoe);
        assert_ne!(id(KEYS, "1234567", "Zoé", "Bernard", "2012-05-30"), zoe);
        assert_ne!(id(KEYS, "1234567", "Zoéb", "Ernard", "2012-05-31"), zoe);
        assert_ne!(id(r#"{"1": "another secret of thirty-two characters."}"#, "1234567", "Zoé", "Bernard", "2012-05-31"), zoe);
        for bad in ["lower", &"a".repeat(26), &"1".repeat(26), "AAAA", &"A".repeat(27)] {
            assert_eq!(CandidateId::parse(bad), None, "{bad}");
        }
    }
}
