//! Session passwords and access codes. Neither is ever stored: both are derived from the
//! deployment's code key, so the proctor's kit can be printed again at any time and a leaked table
//! gives nothing away.

use super::{
    identity::{Birthdate, CandidateId, identity},
    name::PersonName,
    request::RequestId,
    secret::{key_for, versions},
    session::{Session, SessionNumber},
    terms::FIRST_ISSUE,
};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::BTreeMap;

/// Digits and capitals that are not mistaken for one another when read aloud or copied by hand.
pub const ALPHABET: &[u8; 24] = b"2346789BCDFGHJKMPQRTVWXY";
/// Characters in a code, the `C-` of a session password not counted.
pub const LENGTH: usize = 6;
/// Characters in a pass: too many to be guessed while it is good.
pub const PASS_LENGTH: usize = 8;
/// How long a pass is good.
pub const PASS_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// The last issue of a code: it is replaced 20 times at most.
pub const LAST_ISSUE: u32 = FIRST_ISSUE + 20;

/// What derives a session's codes: the deployment's code key in all its versions. A version is
/// never taken away, so that printed kits and running sessions keep working when a new one comes.
#[derive(Debug)]
pub struct CodeKeys {
    versions: BTreeMap<u32, CodeKey>,
    current: CodeKey,
    session_number: [u8; 32],
    pass: [u8; 32],
    pass_tag: [u8; 32],
    pass_account: [u8; 32],
}

impl CodeKeys {
    /// Reads `{"1": "secret", "2": "secret", …}`; the highest version is used for new sessions.
    ///
    /// # Errors
    /// When it is not of that form, empty, or a secret is shorter than 32 characters.
    pub fn parse(json: &str) -> Result<Self, String> {
        let secrets = versions(json)?;
        let versions: BTreeMap<_, _> = secrets.iter().map(|(version, secret)| (*version, CodeKey::new(*version, secret))).collect();
        let current = versions.values().next_back().cloned().ok_or("must hold at least one version")?;
        let first = secrets.values().next().map_or("", String::as_str);
        Ok(Self {
            versions,
            current,
            session_number: key_for("vigie session number", first),
            pass: key_for("vigie pass", first),
            pass_tag: key_for("vigie pass tag", first),
            pass_account: key_for("vigie pass account", first),
        })
    }

    pub const fn current(&self) -> &CodeKey {
        &self.current
    }

    pub fn all(&self) -> impl Iterator<Item = &CodeKey> {
        self.versions.values()
    }

    /// The key a session was created with; `None` when this deployment has lost it.
    pub fn of(&self, session: &Session) -> Option<&CodeKey> {
        self.versions.get(&session.code_key)
    }

    /// The number that a request gives to a new session; `draw` moves on when it is taken. A retry meets the session
    /// that was made before, also when the key has a new version meanwhile: the first one decides, and is never taken
    /// away. Without the key nobody finds a request that leads to the number they want.
    pub fn session_number(&self, request: &RequestId, draw: u32) -> SessionNumber {
        SessionNumber::drawn(hmac(&self.session_number, &format!("{}\n{draw}", request.as_str())))
    }

    /// A session's password; `None` when this deployment has lost its key version.
    pub fn session_password(&self, session: &Session) -> Option<Code> {
        Some(self.of(session)?.session_password(&session.number, session.password_issue))
    }

    /// A session's access code; `None` when this deployment has lost its key version.
    pub fn access_code(&self, session: &Session) -> Option<Code> {
        Some(self.of(session)?.access_code(&session.number, session.code_issue))
    }

    /// The key versions and issues under which this is the session's access code. The start asks the table for
    /// one of them, and needs no read to know which is in force.
    pub fn issues_matching(&self, typed: &TypedCode, session: &SessionNumber) -> Vec<(u32, u32)> {
        let all = self.all().flat_map(|key| (FIRST_ISSUE..=LAST_ISSUE).map(move |issue| (key, issue)));
        let matching = all.filter(|(key, issue)| key.access_code(session, *issue).matches(typed));
        matching.map(|(key, issue)| (key.version, issue)).collect()
    }

    /// The pass that a request issues to a candidate: the same to its retry. As with session numbers, the first version
    /// of the key decides.
    pub fn pass(&self, session: &SessionNumber, candidate: &CandidateId, request: &RequestId) -> Pass {
        derive(&self.pass, &format!("{session}\n{}\n{}", candidate.as_str(), request.as_str()))
    }

    /// What the table keeps of a pass of this session.
    pub fn pass_tag(&self, session: &SessionNumber, pass: &Pass) -> PassTag {
        PassTag(tag(&self.pass_tag, &format!("{session}\n{}", pass.as_text())))
    }

    /// The id that stands for an account where a candidate came in by a pass.
    pub fn pass_account(&self, tag: &PassTag) -> String {
        self::tag(&self.pass_account, tag.as_str())
    }
}

/// One version of the code key, with a key of its own for each purpose.
#[derive(Clone)]
pub struct CodeKey {
    pub version: u32,
    session_password: [u8; 32],
    access_code: [u8; 32],
    candidate: [u8; 32],
}

impl std::fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeKey").field("version", &self.version).finish_non_exhaustive()
    }
}

impl CodeKey {
    fn new(version: u32, secret: &str) -> Self {
        Self {
            version,
            session_password: key_for("vigie session password", secret),
            access_code: key_for("vigie access code", secret),
            candidate: key_for("vigie candidate id", secret),
        }
    }

    pub fn session_password(&self, session: &SessionNumber, issue: u32) -> Code {
        derive(&self.session_password, &format!("{session}\n{issue}"))
    }

    pub fn access_code(&self, session: &SessionNumber, issue: u32) -> Code {
        derive(&self.access_code, &format!("{session}\n{issue}"))
    }

    /// The id of the person with these names, in either order, born on that day.
    pub fn candidate_id(&self, session: &SessionNumber, names: [&PersonName; 2], birthdate: Birthdate) -> CandidateId {
        CandidateId::made(tag(&self.candidate, &format!("{session}\n{}", identity(names, birthdate))))
    }
}

fn hmac(key: &[u8; 32], message: &str) -> [u8; 32] {
    // HMAC takes a key of any length, so this can't fail.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mac| mac.chain_update(message).finalize().into_bytes().into())
}

/// 26 characters that tell nothing of what they were made from.
fn tag(key: &[u8; 32], message: &str) -> String {
    let [tag @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = hmac(key, message);
    BASE32_NOPAD.encode(&tag)
}

/// Characters of the alphabet, the same for the same key and message.
fn derive<const N: usize>(key: &[u8; 32], message: &str) -> Characters<N> {
    // 240 is the largest multiple of 24 in a byte: taking only bytes under it favours no character. The few that are
    // needed of 32 bytes are all but always there; else the next block is used.
    let blocks = (0_u32..).map(|block| hmac(key, &format!("{message}\n{block}")));
    let mut characters = blocks.flatten().filter(|byte| *byte < 240);
    let mut code = [0; N];
    for (place, byte) in code.iter_mut().zip(&mut characters) {
        *place = ALPHABET.get(usize::from(byte % 24)).copied().unwrap_or(b'2');
    }
    Characters(code)
}

/// A code of so many characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Characters<const N: usize>([u8; N]);

/// A session password, without its prefix, or an access code.
pub type Code = Characters<LENGTH>;

/// What a proctor gives to a candidate who can't log in.
pub type Pass = Characters<PASS_LENGTH>;

impl<const N: usize> Characters<N> {
    /// The characters, such as `XGDZ45`.
    pub fn as_text(&self) -> String {
        self.0.map(char::from).iter().collect()
    }
}

impl Code {
    /// Compares in constant time.
    pub fn matches(&self, typed: &TypedCode) -> bool {
        typed.0.is_some_and(|typed| aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &typed).is_ok())
    }

    /// With the prefix that tells it from an access code: `C-` and six characters.
    pub fn as_session_password(&self) -> String {
        format!("C-{}", self.as_text())
    }
}

/// What the tables keep of a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassTag(String);

impl PassTag {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A code as somebody typed it: in any case, with or without `C-`, with stray spaces. What can't be
/// a code is kept as a wrong one.
#[derive(Clone)]
pub struct TypedCode(Option<[u8; LENGTH]>);

impl TypedCode {
    pub fn parse(text: &str) -> Self {
        let typed = typed(text);
        // `C` is in the alphabet too, so only the length tells a prefix from a code.
        let code = match typed.as_slice() {
            [b'C', code @ ..] if code.len() == LENGTH => code,
            code => code,
        };
        Self(code.try_into().ok())
    }
}

/// A pass as somebody typed it: in any case, with stray spaces. What can't be a pass is kept as a wrong one.
#[derive(Clone)]
pub struct TypedPass(Option<Pass>);

impl TypedPass {
    pub fn parse(text: &str) -> Self {
        Self(typed(text).try_into().ok().map(Characters))
    }

    /// `None` when no pass reads so.
    pub const fn as_pass(&self) -> Option<&Pass> {
        self.0.as_ref()
    }
}

/// Without what people type between characters.
fn typed(text: &str) -> Vec<u8> {
    let typed = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'));
    typed.map(|c| u8::try_from(c.to_ascii_uppercase()).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> CodeKeys {
        CodeKeys::parse(r#"{"1": "the first secret, of 32 characters or more", "2": "the second secret, of 32 characters or more"}"#)
            .unwrap()
    }

    fn number(n: u32) -> SessionNumber {
        SessionNumber::parse(&n.to_string()).unwrap()
    }

    #[test]
    fn typed_in_any_way() {
        let keys = keys();
        let password = keys.current().session_password(&number(95331), FIRST_ISSUE);
        let printed = password.as_session_password();
        assert_eq!(printed.len(), 8);
        let bare = printed.strip_prefix("C-").unwrap();
        let spaced: String = bare.chars().flat_map(|c| [c, ' ']).collect();
        for typed in [
            printed.clone(),
            printed.to_lowercase(),
            bare.into(),
            format!("  {printed}\t"),
            format!("c {bare}"),
            format!("C\u{2011}{bare}"),
            spaced,
        ] {
            assert!(password.matches(&TypedCode::parse(&typed)), "{typed}");
        }
        for typed in ["", "C-", "C", &bare[..5], &format!("{bare}2"), &format!("CC{bare}"), "ÉÉÉÉÉÉ", "🙂🙂🙂🙂🙂🙂"] {
            assert!(!password.matches(&TypedCode::parse(typed)), "{typed}");
        }
    }

    #[test]
    fn a_code_that_begins_with_c_keeps_its_c() {
        let keys = keys();
        let code =
            (10_000..90_000).map(|n| keys.current().access_code(&number(n), 1)).find(|code| code.as_text().starts_with('C')).unwrap();
        assert!(code.matches(&TypedCode::parse(&code.as_text())));
        assert!(code.matches(&TypedCode::parse(&code.as_session_password())));
    }

    #[test]
    fn characters_are_unbiased_over_100_000_sessions() {
        let keys = keys();
        let mut counts = [[0_u32; 24]; LENGTH];
        for n in 0..100_000 {
            for (place, byte) in keys.current().access_code(&number(1_000_000 + n), 1).0.into_iter().enumerate() {
                counts[place][ALPHABET.iter().position(|c| *c == byte).unwrap()] += 1;
            }
        }
        // Chi-square with 23 degrees of freedom exceeds 58.6 by chance once in 20,000.
        let expected = 100_000.0 / 24.0;
        for place in counts {
            let chi2: f64 = place.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
            assert!(chi2 < 58.6, "{chi2}");
        }
    }

    #[test]
    fn another_secret_purpose_session_or_issue_gives_another_code() {
        let keys = keys();
        let [first, second] = [1, 2].map(|v| keys.versions[&v].clone());
        let code = second.access_code(&number(95331), 1);
        for other in [
            first.access_code(&number(95331), 1),
            second.session_password(&number(95331), 1),
            second.access_code(&number(95332), 1),
            second.access_code(&number(95331), 2),
        ] {
            assert!(code != other);
        }
        assert!(code == second.access_code(&number(95331), 1));
        let typed = TypedCode::parse(&code.as_text());
        assert_eq!(keys.issues_matching(&typed, &number(95331)), [(2, 1)]);
        let replaced = TypedCode::parse(&first.access_code(&number(95331), LAST_ISSUE).as_text());
        assert_eq!(keys.issues_matching(&replaced, &number(95331)), [(1, 21)]);
    }

    #[test]
    fn a_changed_secret_changes_every_code() {
        let keys = keys();
        let same = (0..10_000).filter(|n| {
            let n = number(10_000 + n);
            keys.versions[&1].access_code(&n, 1) == keys.versions[&2].access_code(&n, 1)
        });
        assert!(same.count() <= 1, "two secrets agree by chance once in 24^6 sessions");
    }

    #[test]
    fn a_session_number_follows_from_request_and_key_alone() {
        const FIRST: &str = "the first secret, of 32 characters or more";
        let of = |secrets: &str, key: &str, draw| CodeKeys::parse(secrets).unwrap().session_number(&RequestId::of(key, &[]), draw);
        let only_first = format!(r#"{{"1": "{FIRST}"}}"#);
        let number = of(&only_first, "key", 0);
        assert_eq!(number, keys().session_number(&RequestId::of("key", &[]), 0), "a new version changes no retry");
        assert_ne!(number, of(&only_first, "kez", 0));
        assert_ne!(number, of(r#"{"1": "another secret, of 32 characters or more"}"#, "key", 0), "it can't be searched for");
        let drawn: std::collections::BTreeSet<_> = (0..1000).map(|draw| of(&only_first, "key", draw).as_str().to_owned()).collect();
        assert!(drawn.iter().all(|number| number.len() == 7 && !number.starts_with('0')));
        assert!(drawn.len() > 990, "draws spread");
    }

    #[test]
    fn a_pass_is_for_one_request_of_one_candidate() {
        let keys = keys();
        let [zoe, ana] = ["A", "B"].map(|letter| CandidateId::parse(&letter.repeat(26)).unwrap());
        let pass = |session, candidate, key| keys.pass(&number(session), candidate, &RequestId::of(key, &[]));
        let one = pass(95331, &zoe, "key");
        assert!(one == pass(95331, &zoe, "key") && one.as_text().len() == 8);
        assert!(one.as_text().bytes().all(|byte| ALPHABET.contains(&byte)));
        assert!([pass(95332, &zoe, "key"), pass(95331, &ana, "key"), pass(95331, &zoe, "kez")].iter().all(|other| *other != one));

        let text = one.as_text().to_lowercase();
        let typed = TypedPass::parse(&format!(" {} {}", &text[..4], &text[4..]));
        let tag = keys.pass_tag(&number(95331), typed.as_pass().unwrap());
        assert_eq!(tag, keys.pass_tag(&number(95331), &one));
        assert_ne!(tag, keys.pass_tag(&number(95332), &one), "of another session");
        assert_ne!(keys.pass_account(&tag), tag.as_str(), "who sees the account sees no tag");
        assert!(
            ["", "1234567", "123456789", "é2345678"]
                .iter()
                .all(|text| { TypedPass::parse(text).as_pass().is_none_or(|pass| keys.pass_tag(&number(95331), pass) != tag) })
        );
    }

    #[test]
    fn keys_that_can_not_be_used_are_refused() {
        for bad in ["", "{}", "[]", r#"{"a": "the first secret, of 32 characters or more"}"#, r#"{"1": "short"}"#] {
            assert!(CodeKeys::parse(bad).is_err(), "{bad}");
        }
        let of_length = |length| CodeKeys::parse(&format!(r#"{{"1": "{}"}}"#, "x".repeat(length)));
        assert!(of_length(31).is_err() && of_length(32).is_ok());
        assert!(!format!("{:?}", keys()).contains("secret"));
    }
}
