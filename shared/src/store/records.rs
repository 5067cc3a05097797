//! What is archived of an item that DynamoDB deletes when its time has come: of a record what says who somebody was and
//! what they did; nothing of what only ever served to let somebody in, keep somebody out, or know a retry.

use super::items::{ACCOUNT, ACT, DELETED_AT, GUARD, INCIDENT, PROCTOR, SESSION};
use crate::domain::account::UNUSED_SECONDS;
use serde::Serialize;
use serde_json::{Map, Value};

/// How long a record stays in the archive, in seconds: 5 years, the limitation period.
pub const ARCHIVED_SECONDS: i64 = 5 * 366 * 24 * 3600;

/// A record as it is archived.
#[derive(Debug, PartialEq, Serialize)]
pub struct Record {
    pub table: &'static str,
    pub keys: Map<String, Value>,
    pub record: Map<String, Value>,
}

/// A table: its name in the archive, and its key.
type Table = (&'static str, &'static [&'static str]);

const ACCOUNTS: Table = ("accounts", &["pk"]);
const SESSIONS: Table = ("sessions", &["session", "sk"]);

/// What is kept of each kind of record. An attribute that is not named here is not archived.
const OF_ACCOUNTS: &[&str] = &[
    "id",
    "firstName",
    "lastName",
    "email",
    "centre",
    "createdAt",
    "termsVersion",
    "termsAcceptedAt",
    "lastAccessAt",
    "emailProvedAt",
    "expiresAt",
];
const OF_SESSIONS: &[&str] = &[
    "centre",
    "organiser",
    "organisedBy",
    "date",
    "time",
    "timeZone",
    "site",
    "room",
    "examiner",
    "durationMinutes",
    "opensAt",
    "closesAt",
    "status",
    "createdAt",
    "candidateCount",
    "incidentCount",
    "mendings",
    "finalisations",
    "finalisedAt",
    "finalisedBy",
    "seal",
    "corrections",
    "corrected",
    "expiresAt",
];
const OF_CANDIDATES: &[&str] = &[
    "id",
    "firstName",
    "lastName",
    "birthdate",
    "extraTimePercent",
    "extraMinutes",
    "durationMinutes",
    "opensAt",
    "closesAt",
    "status",
    "account",
    "joinedAs",
    "unlinked",
    "presentSince",
    "startedAt",
    "endedAt",
    "attempt",
    "starts",
    "lastStartAt",
    "closed",
    "history",
    "expiresAt",
];
const OF_PROCTORS: &[&str] = &["account", "firstName", "lastName", "since", "expiresAt"];
const OF_GUARDS: &[&str] = &["candidate", "joiner", "expiresAt"];
const OF_INCIDENTS: &[&str] = &["id", "at", "role", "account", "firstName", "lastName", "category", "text", "candidate", "expiresAt"];
const OF_ACTS: &[&str] = &["t", "a", "w", "n", "c", "o", "f", "p", "y", "ft", "fn", "expiresAt"];

/// What is archived of an item, which has plain JSON in it; `None` for what is no record.
pub fn archived(mut item: Map<String, Value>) -> Option<Record> {
    let ((table, key), kept) = kind(&item)?;
    let mut take = |names: &[&str]| names.iter().filter_map(|name| item.remove_entry(*name)).collect();
    Some(Record { table, keys: take(key), record: take(kept) })
}

fn kind(item: &Map<String, Value>) -> Option<(Table, &'static [&'static str])> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    if text("pk").is_some_and(|pk| pk.starts_with(ACCOUNT)) {
        return was_used(item).then_some((ACCOUNTS, OF_ACCOUNTS));
    }
    let kept = match text("sk")? {
        SESSION if !item.contains_key(DELETED_AT) => OF_SESSIONS,
        sort if sort.strip_prefix(SESSION).is_some_and(|rest| rest.starts_with('/')) => OF_CANDIDATES,
        sort if sort.starts_with(PROCTOR) => OF_PROCTORS,
        sort if sort.starts_with(GUARD) => OF_GUARDS,
        sort if sort.starts_with(INCIDENT) => OF_INCIDENTS,
        sort if sort.starts_with(ACT) => OF_ACTS,
        _ => return None,
    };
    Some((SESSIONS, kept))
}

/// Whether this is an account that somebody ever logged in to: then it was kept for longer than one that nobody did.
fn was_used(item: &Map<String, Value>) -> bool {
    let number = |name: &str| item.get(name).and_then(Value::as_i64);
    let (created, expires) = (number("createdAt"), number("expiresAt"));
    item.contains_key("id") && created.zip(expires).is_some_and(|(created, expires)| expires > created / 1000 + UNUSED_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(item: Value) -> Option<Value> {
        archived(serde_json::from_value(item).unwrap()).map(|record| serde_json::to_value(record).unwrap())
    }

    #[test]
    fn an_account_is_kept_without_what_opens_it() {
        let five_years = 1_800_000_000 + 5 * 366 * 24 * 3600;
        let item = json!({
            "pk": "account#zoe@example.org", "id": "01ACCOUNT", "firstName": "Zoé", "lastName": "Bernard", "email": "Zoe@example.org",
            "passwordHash": "$argon2id$…", "createdAt": 1_800_000_000_123_i64, "termsVersion": "2026-09",
            "termsAcceptedAt": 1_800_000_000_123_i64, "createdByRequest": "r", "expiresAt": five_years,
            "device_hash": {"usedAt": 1_800_000_000_456_i64}, "tries": 3, "lastTryAt": 1_800_000_000_789_i64, "lastTry": "t",
        });
        let expected = json!({
            "table": "accounts",
            "keys": {"pk": "account#zoe@example.org"},
            "record": {
                "id": "01ACCOUNT", "firstName": "Zoé", "lastName": "Bernard", "email": "Zoe@example.org",
                "createdAt": 1_800_000_000_123_i64, "termsVersion": "2026-09", "termsAcceptedAt": 1_800_000_000_123_i64,
                "expiresAt": five_years,
            },
        });
        assert_eq!(kept(item.clone()), Some(expected));
        let with = |name: &str, value: Value| {
            let mut item = item.clone();
            item[name] = value;
            item
        };
        assert_eq!(kept(with("expiresAt", json!(1_800_000_000 + UNUSED_SECONDS))), None, "nobody ever logged in");
        assert!(kept(with("expiresAt", json!(1_800_000_000 + UNUSED_SECONDS + 1))).is_some());
        let mut nobodys = item.clone();
        nobodys.as_object_mut().unwrap().remove("id");
        assert_eq!(kept(nobodys), None, "wrong passwords for an address without an account");
    }

    #[test]
    fn each_kind_of_item_is_a_record_or_none() {
        let id = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU";
        let is_kept = |sk: &str| kept(json!({"session": "95331", "sk": sk, "expiresAt": 1})).is_some();
        for record in ["session", "session/ID", "session-proctor/01A", "account/01A", "incident/r", "act/r"] {
            assert!(is_kept(&record.replace("ID", id)), "{record}");
        }
        for other in ["session-here/ID", "pass/TAG", "sessions", "another/kind"] {
            assert!(!is_kept(&other.replace("ID", id)), "{other}");
        }
        assert_eq!(kept(json!({"session": "95331", "sk": "session", "deletedAt": 1, "expiresAt": 1})), None, "what a deletion leaves");
        for pk in ["tries#95331#01A", "identities#01A", "another#kind"] {
            assert_eq!(kept(json!({"pk": pk, "id": "01A", "createdAt": 0, "expiresAt": 1_800_000_000})), None, "{pk}");
        }
        assert_eq!(kept(json!({})), None);
    }
}
