//! People's names and other short texts.

use super::invalid::Invalid;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use utoipa::ToSchema;

/// The most characters in a name, an e-mail address or a text field, after trimming.
pub const MAX_TEXT: usize = 255;

/// The most characters of a name that is shown beside what it is about.
const MAX_SHOWN: usize = 40;

/// As much of a name as is shown where an account says what it is called: whoever may call themselves anything makes no
/// room too large to be read.
pub fn shown(name: &str) -> String {
    if name.chars().count() > MAX_SHOWN { name.chars().take(MAX_SHOWN).chain(['…']).collect() } else { name.to_owned() }
}

/// What a person is called, as their account says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    #[schema(example = "Dominique")]
    pub first_name: String,
    #[schema(example = "Roux")]
    pub last_name: String,
}

impl From<(String, String)> for Named {
    fn from((first_name, last_name): (String, String)) -> Self {
        Self { first_name, last_name }
    }
}

/// A first or family name as its owner writes it: 1 to 255 characters, trimmed, in Unicode NFC,
/// with at least one letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// # Errors
    /// `required` when blank, `too_long` past 255 characters, `invalid` with control characters or
    /// without a letter or digit (« - », « ❤️ »).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match Label::parse(text) {
            Ok(Label(name)) if fold(&name).contains(char::is_alphanumeric) => Ok(Self(name)),
            Ok(_) | Err(Invalid::Other) => Err(Invalid::NotAName),
            Err(invalid) => Err(invalid),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two writings of one name are equal; see [`fold`].
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

/// A line of text for people, such as a room: 1 to 255 characters, trimmed, in Unicode NFC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// # Errors
    /// `required` when blank, `too_long` past 255 characters, `invalid` with control characters or invisible ones.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = line(text)?;
        if text.chars().any(|c| c.is_control() || is_invisible(c)) { Err(Invalid::Other) } else { Ok(Self(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What shows as nothing, or turns the direction of what follows: it would make one text look like another. The joiners
/// that Persian and Indic scripts write with are not among it.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Why somebody does what needs a reason: a line of 1 to 80 characters. Short, since it stands in the candidate's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(Label);

impl Reason {
    const MAX: usize = 80;

    /// # Errors
    /// As [`Label::parse`], and `too_long` past 80 characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let label = Label::parse(text)?;
        if label.0.chars().count() > Self::MAX { Err(Invalid::TooLong { max: Self::MAX }) } else { Ok(Self(label)) }
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Trims, composes (NFC) and measures.
pub(super) fn line(text: &str) -> Result<String, Invalid> {
    let text: String = text.trim().nfc().collect();
    match text.chars().count() {
        0 => Err(Invalid::Required),
        length if length > MAX_TEXT => Err(Invalid::TooLong { max: MAX_TEXT }),
        _ => Ok(text),
    }
}

/// Names compare without accents, case, punctuation or spaces; œ = oe, ß = ss. Letters of every
/// script count, and so do the vowel signs of those that write vowels as marks: only the diacritics
/// of the European scripts are dropped.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            c if is_european_diacritic(c) => {}
            c if c.is_alphanumeric() || is_combining_mark(c) => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// The Unicode blocks "Combining Diacritical Marks" and their extensions.
const fn is_european_diacritic(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The page's `fold.ts` is held against the same names.
    #[test]
    fn every_name_folds_as_written() {
        let names: BTreeMap<String, String> = serde_json::from_str(include_str!("fold.json")).unwrap();
        assert!(!names.is_empty());
        for (name, folded) in names {
            assert_eq!(fold(&name), folded, "{name}");
        }
    }

    #[test]
    fn a_name_is_shown_as_far_as_there_is_room() {
        assert_eq!([shown("Zoé"), shown(&"é".repeat(40))], ["Zoé".to_owned(), "é".repeat(40)]);
        assert_eq!(shown(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
    }

    #[test]
    fn a_reason_is_short() {
        assert_eq!(Reason::parse(" ").map(|_| ()), Err(Invalid::Required));
        assert!(Reason::parse(&"é".repeat(80)).is_ok());
        assert_eq!(Reason::parse(&"é".repeat(81)).map(|_| ()), Err(Invalid::TooLong { max: 80 }));
    }

    #[test]
    fn refuses_what_is_no_name() {
        assert_eq!(PersonName::parse("  "), Err(Invalid::Required));
        assert_eq!(PersonName::parse(" -' "), Err(Invalid::NotAName));
        assert_eq!(PersonName::parse("🙂"), Err(Invalid::NotAName));
        assert_eq!(PersonName::parse("❤\u{fe0f}"), Err(Invalid::NotAName));
        assert_eq!(PersonName::parse("Zo\u{0}e"), Err(Invalid::NotAName));
        assert_eq!(PersonName::parse("\u{202e}Roux"), Err(Invalid::NotAName));
        assert_eq!(PersonName::parse("Zo\u{200b}é"), Err(Invalid::NotAName));
        assert!(PersonName::parse("علی\u{200c}رضا").is_ok());
        assert_eq!(PersonName::parse(&"a".repeat(256)), Err(Invalid::TooLong { max: 255 }));
        assert!(PersonName::parse(&"é".repeat(255)).is_ok());
        assert_eq!(PersonName::parse(" 王小明 ").map(|n| n.as_str().to_owned()), Ok("王小明".into()));
    }
}
