//! Whether a session's record is, to the byte, as its finalisation sealed it. docs/record.md says what is looked at, for
//! whoever does it with a library of their own.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// The formats that a record may have.
const FORMATS: [&str; 1] = ["vigie-record/1"];
/// How the ids of keys begin that seal records: a token's key seals none.
const KEY_ID: &str = "record-";

/// What a record that verifies is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The session's number.
    pub session: String,
    /// Which finalisation of the session sealed it.
    pub finalisation: u64,
    /// When, in UTC.
    pub finalised_at: String,
    /// The id of the key.
    pub key: String,
}

/// Why a record does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is no JSON object with a format.
    #[error("the file is no record, or was changed or saved so that it can't be read as one: choose the .json file as Vigie gave it")]
    NotARecord,
    /// The keys are no JSON Web Key Set.
    #[error("the keys are not readable: they are no JSON Web Key Set")]
    NotKeys,
    /// What it says may be what was sealed, but it is not the file that Vigie gave.
    #[error("the file is not as Vigie gave it: something in it was changed, or it was saved in another form")]
    NotCanonical,
    #[error("the record has no seal: its session was not finalised when it was read, or was finalised before there were seals")]
    NoSeal,
    #[error("the seal is not readable, or not of the form of Vigie's seals")]
    NotASeal,
    #[error(
        "none of the keys is the one that the seal names: another deployment sealed it, or somebody else; take keys only from the deployment that you expect"
    )]
    UnknownKey,
    #[error("the seal does not fit: the record was changed after its session was finalised")]
    WrongSignature,
    #[error("the record is of a format that this program does not know: take a newer one")]
    UnknownFormat,
}

impl Fault {
    /// Whether nothing is said of the record.
    pub const fn is_unreadable(self) -> bool {
        matches!(self, Self::NotKeys)
    }
}

/// Checks the file of a record by a deployment's public keys, those of `/.well-known/jwks.json`.
///
/// # Errors
/// Why it does not verify.
pub fn verify(file: &[u8], keys: &[u8]) -> Result<Verified, Fault> {
    let keys: Value = serde_json::from_slice(keys).map_err(|_| Fault::NotKeys)?;
    let keys = keys.get("keys").and_then(Value::as_array).ok_or(Fault::NotKeys)?;
    let mut record: Value = serde_json::from_slice(file).map_err(|_| Fault::NotARecord)?;
    record.get("format").and_then(Value::as_str).ok_or(Fault::NotARecord)?;
    // A value has one canonical form. So this also finds names that stand twice, whatever follows, and other writings.
    if canonical(&record)? != file {
        return Err(Fault::NotCanonical);
    }
    let seal = record.as_object_mut().ok_or(Fault::NotARecord)?.remove("seal").ok_or(Fault::NoSeal)?;
    let seal = seal.as_str().ok_or(Fault::NotASeal)?;
    let [header, "", signature] = seal.split('.').collect::<Vec<_>>()[..] else { return Err(Fault::NotASeal) };
    let decoded = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Fault::NotASeal);
    let (id, signature) = (key_id(&decoded(header)?)?, decoded(signature)?);
    let key = public_key(keys, &id)?;
    let message = [header.as_bytes(), b".", &canonical(&record)?].concat();
    UnparsedPublicKey::new(&ED25519, key).verify(&message, &signature).map_err(|_| Fault::WrongSignature)?;
    told(&record, id).ok_or(Fault::UnknownFormat)
}

/// What a record of a known format says of its finalisation.
fn told(record: &Value, key: String) -> Option<Verified> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let finalisation = record.get("finalisation").and_then(Value::as_u64);
    FORMATS.contains(&text("/format")?).then_some(())?;
    let [session, finalised_at] = [text("/session/number")?, text("/session/finalisedAt")?].map(str::to_owned);
    Some(Verified { session, finalisation: finalisation?, finalised_at, key })
}

/// The id of the key that this header names. It has exactly what the header of a seal has.
fn key_id(header: &[u8]) -> Result<String, Fault> {
    let header: Value = serde_json::from_slice(header).map_err(|_| Fault::NotASeal)?;
    let id = header.get("kid").and_then(Value::as_str).filter(|id| id.starts_with(KEY_ID)).ok_or(Fault::NotASeal)?;
    let expected = json!({"alg": "EdDSA", "b64": false, "crit": ["b64"], "kid": id, "typ": "vigie-record+jws"});
    if header == expected { Ok(id.to_owned()) } else { Err(Fault::NotASeal) }
}

/// The one key of this id that signs with Ed25519.
fn public_key(keys: &[Value], id: &str) -> Result<Vec<u8>, Fault> {
    let mut named = keys.iter().filter(|key| key.get("kid").is_some_and(|known| known == id));
    let (Some(key), None) = (named.next(), named.next()) else { return Err(Fault::UnknownKey) };
    let mut wanted = [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")].iter();
    let fits = wanted.all(|(name, value)| key.get(name).is_some_and(|known| known == value));
    let point = key.get("x").and_then(Value::as_str).filter(|_| fits).and_then(|point| BASE64URL_NOPAD.decode(point.as_bytes()).ok());
    point.ok_or(Fault::UnknownKey)
}

fn canonical(value: &Value) -> Result<Vec<u8>, Fault> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| Fault::NotARecord)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use proptest::prelude::*;

    const RECORD: &[u8] = include_bytes!("../../docs/record/example.json");
    const KEYS: &[u8] = include_bytes!("../../docs/record/jwks.json");

    #[test]
    fn the_example_verifies() {
        let verified = verify(RECORD, KEYS).unwrap();
        assert_eq!((&*verified.session, verified.finalisation), ("9533127", 1));
        assert_eq!(verified.finalised_at, "2026-06-15T10:30:00.500Z");
    }

    #[test]
    fn every_changed_byte_is_found() {
        for place in 0..RECORD.len() {
            for bit in [0, 5, 7] {
                let mut changed = RECORD.to_vec();
                changed[place] ^= 1 << bit;
                assert!(verify(&changed, KEYS).is_err(), "bit {bit} of byte {place}");
            }
            let without = [&RECORD[..place], &RECORD[place + 1..]].concat();
            let [spaced, twice] = [b' ', RECORD[place]].map(|byte| [&RECORD[..place], &[byte], &RECORD[place..]].concat());
            for changed in [without, spaced, twice, RECORD[..place].to_vec()] {
                assert!(verify(&changed, KEYS).is_err(), "byte {place}");
            }
        }
        for more in [&b" "[..], b"\n", b"{}", b"\0", &[0xff]] {
            assert!(verify(&[RECORD, more].concat(), KEYS).is_err(), "{more:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_put_in_place_of_a_part_is_found(from in 0..RECORD.len(), length in 0..200_usize, other in prop::collection::vec(any::<u8>(), 0..200)) {
            let to = (from + length).min(RECORD.len());
            let changed = [&RECORD[..from], &other, &RECORD[to..]].concat();
            prop_assume!(changed != RECORD);
            prop_assert!(verify(&changed, KEYS).is_err());
        }
    }

    #[test]
    fn what_says_the_same_in_another_form_is_not_the_file() {
        let record: Value = serde_json::from_slice(RECORD).unwrap();
        let text = str::from_utf8(RECORD).unwrap();
        let forms = [
            serde_json::to_string_pretty(&record).unwrap(),
            format!("{text}\n"),
            format!("\u{feff}{text}"),
            text.replacen("Zoé", "Zo\\u00e9", 1),
            text.replacen("Zoé", "Zoe\u{301}", 1),
            text.replacen(r#""starts":2"#, r#""starts":2.0"#, 1),
            text.replacen(r#""starts":2"#, r#""starts":2e0"#, 1),
            text.replacen(r#""finalisation":1,"#, r#""finalisation":1,"finalisation":1,"#, 1),
            text.replacen(r#""finalisation":1,"#, r#""finalisation":2,"finalisation":1,"#, 1),
        ];
        for form in forms {
            assert!(form != text && verify(form.as_bytes(), KEYS).is_err(), "{form}");
        }
    }

    /// A key of its own.
    struct Sealer {
        pair: Ed25519KeyPair,
    }

    impl Sealer {
        fn new(seed: u8) -> Self {
            Self { pair: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap() }
        }

        fn key(&self, id: &str) -> Value {
            let point = BASE64URL_NOPAD.encode(self.pair.public_key().as_ref());
            json!({"alg": "EdDSA", "crv": "Ed25519", "kid": id, "kty": "OKP", "use": "sig", "x": point})
        }

        /// The record with a right signature under this header.
        fn seal(&self, record: &Value, header: &str) -> Vec<u8> {
            let header = BASE64URL_NOPAD.encode(header.as_bytes());
            let signature = self.pair.sign(&[header.as_bytes(), b".", &canonical(record).unwrap()].concat());
            let mut record = record.clone();
            record["seal"] = format!("{header}..{}", BASE64URL_NOPAD.encode(signature.as_ref())).into();
            canonical(&record).unwrap()
        }
    }

    fn bare() -> Value {
        let mut record: Value = serde_json::from_slice(RECORD).unwrap();
        record.as_object_mut().unwrap().remove("seal");
        record
    }

    const HEADER: &str = r#"{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"record-x","typ":"vigie-record+jws"}"#;

    fn with(keys: &[Value], file: &[u8]) -> Option<Fault> {
        verify(file, json!({"keys": keys}).to_string().as_bytes()).err()
    }

    #[test]
    fn a_seal_has_one_header() {
        let sealer = Sealer::new(1);
        let keys = [sealer.key("record-x")];
        assert_eq!(with(&keys, &sealer.seal(&bare(), HEADER)), None);
        for (from, to) in [
            ("EdDSA", "none"),
            ("EdDSA", "HS256"),
            ("EdDSA", "Ed25519"),
            (r#""b64":false"#, r#""b64":true"#),
            (r#""b64":false,"#, ""),
            (r#"["b64"]"#, "[]"),
            (r#"["b64"]"#, r#"["b64","exp"]"#),
            (r#","crit":["b64"]"#, ""),
            (r#""kid":"record-x","#, ""),
            (r#""kid":"record-x""#, r#""kid":1"#),
            (r#""kid":"record-x""#, r#""kid":"record-\ud800""#),
            ("vigie-record+jws", "JWT"),
            (r#","typ":"vigie-record+jws""#, ""),
            (r#"{"alg""#, r#"{"jwk":{},"alg""#),
        ] {
            let header = HEADER.replacen(from, to, 1);
            assert!(header != HEADER);
            assert_eq!(with(&keys, &sealer.seal(&bare(), &header)), Some(Fault::NotASeal), "{header}");
        }
        // No signature, one part more, padding, bits that decode to nothing.
        let text = String::from_utf8(sealer.seal(&bare(), HEADER)).unwrap();
        let seal = serde_json::from_str::<Value>(&text).unwrap()["seal"].as_str().unwrap().to_owned();
        let (header, signature) = seal.split_once("..").unwrap();
        for other in [
            format!("{header}.."),
            format!("{header}.{signature}"),
            format!("{header}.e30.{signature}"),
            format!("{seal}."),
            format!("{seal}=="),
            format!("{header}..{}", "A".repeat(86)),
            String::new(),
        ] {
            assert!(with(&keys, text.replace(&seal, &other).as_bytes()).is_some(), "{other}");
        }
    }

    #[test]
    fn only_the_key_that_it_names_and_of_that_use_counts() {
        let (sealer, other) = (Sealer::new(1), Sealer::new(2));
        let file = sealer.seal(&bare(), HEADER);
        let (own, of_token) = (sealer.key("record-x"), HEADER.replacen("record-x", "token", 1));
        assert_eq!(with(&[other.key("token"), own.clone()], &file), None);
        assert_eq!(with(&[], &file), Some(Fault::UnknownKey));
        assert_eq!(with(&[sealer.key("record-y")], &file), Some(Fault::UnknownKey));
        assert_eq!(with(&[own.clone(), own.clone()], &file), Some(Fault::UnknownKey));
        assert_eq!(with(&[other.key("record-x")], &file), Some(Fault::WrongSignature));
        let by_token = sealer.seal(&bare(), &of_token);
        assert_eq!(with(&[sealer.key("token")], &by_token), Some(Fault::NotASeal), "tokens' keys seal nothing");
        for (name, value) in [("use", "enc"), ("kty", "EC"), ("crv", "Ed448"), ("alg", "ES256"), ("x", "AA"), ("x", "")] {
            let mut key = own.clone();
            key[name] = value.into();
            assert!(with(&[key], &file).is_some(), "{name}: {value}");
        }
    }

    #[test]
    fn only_records_of_known_formats_are_records() {
        let sealer = Sealer::new(1);
        let sealed = |pointer: &str, value: Value| {
            let mut record = bare();
            *record.pointer_mut(pointer).unwrap() = value;
            with(&[sealer.key("record-x")], &sealer.seal(&record, HEADER))
        };
        assert_eq!(sealed("/format", json!("vigie-record/1")), None);
        for (pointer, value) in
            [("/format", json!("vigie-record/2")), ("/finalisation", json!("1")), ("/session/number", json!(1)), ("/session", json!([]))]
        {
            assert_eq!(sealed(pointer, value.clone()), Some(Fault::UnknownFormat), "{pointer}: {value}");
        }
        assert_eq!(sealed("/format", json!(1)), Some(Fault::NotARecord));
        assert_eq!(with(&[], &canonical(&bare()).unwrap()), Some(Fault::NoSeal));
        for (file, fault) in
            [(&b""[..], Fault::NotARecord), (b"[]", Fault::NotARecord), (b"1", Fault::NotARecord), (b"{ \"keys\": [] }", Fault::NotARecord)]
        {
            assert_eq!(with(&[], file), Some(fault));
        }
        for keys in ["", "[]", "{}", r#"{"keys":{}}"#] {
            assert_eq!(verify(RECORD, keys.as_bytes()), Err(Fault::NotKeys), "{keys}");
        }
        assert!(Fault::NotKeys.is_unreadable() && !Fault::NoSeal.is_unreadable());
    }
}
