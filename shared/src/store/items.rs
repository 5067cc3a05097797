//! The items of the two tables: their keys, and how records become items and items records.
//!
//! `accounts`, by `pk`: an account `account#<e-mail>`, with `device_<hash>` for each device it knows; a centre
//! `centre#<id>`; short-lived
//! counters, of wrong session passwords `tries#<session>#<account>`, of wrong passwords where a login asks once more for it
//! `tries#password#<account>`, and of wrong identities `identities#<account>`; what a request that creates several sessions
//! said `import#<request>`; and letters to be sent
//! `mail#<purpose>#<e-mail>`, those of invitations `mail#invitation#<centre>#<e-mail>`, with the links in them `link#<hash>`.
//! `sessions`, by `session` and `sk`: the session itself `session`, its candidates `session/<id>`, who proctors it
//! `session-proctor/<account>`, what its candidates' devices say `session-here/<id>`; one guard for each joined account,
//! so that none joins twice, `account/<id>`; whom a pass lets in `pass/<tag>`, what was reported `incident/<request>`, and
//! what an organiser mended `act/<request>`. Sort keys that begin with `session` are what the board reads in one query.
//! Whoever reads kinds it does not know passes over them. Which are archived when their time has come says `records.rs`.

use super::{Error, Result};
use crate::domain::{
    account::Email,
    centre::CentreId,
    channel::Channel,
    code::PassTag,
    identity::CandidateId,
    letter::{LinkToken, Purpose},
    request::RequestId,
    session::{RETENTION_SECONDS, SessionNumber, Window},
};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The sort key of a session, and how those of its candidates begin.
pub(super) const SESSION: &str = "session";
/// How the keys of accounts begin.
pub(super) const ACCOUNT: &str = "account#";
const LETTER: &str = "mail#";
const IDENTITIES: &str = "identities#";
const HERE: &str = "session-here/";
pub(super) const PROCTOR: &str = "session-proctor/";
/// How those of the guards begin.
pub(super) const GUARD: &str = "account/";
pub(super) const ACT: &str = "act/";
pub(super) const INCIDENT: &str = "incident/";
const PASS: &str = "pass/";
/// What the item of a deleted session has, and no session.
pub(super) const DELETED_AT: &str = "deletedAt";

pub(super) fn account_key(canonical_email: &str) -> Item {
    partition(&format!("{ACCOUNT}{canonical_email}"))
}

pub(super) fn centre_key(centre: &CentreId) -> Item {
    partition(&format!("centre#{}", centre.as_str()))
}

pub(super) fn tries_key(session: &SessionNumber, account: &str) -> Item {
    partition(&format!("tries#{session}#{account}"))
}

/// Of wrong passwords of an account that its holder is asked for once more.
pub(super) fn confirmations_key(account: &str) -> Item {
    partition(&format!("tries#password#{account}"))
}

pub(super) fn letter_key(purpose: Purpose, from: Option<&CentreId>, email: &Email) -> Item {
    let centre = from.map(|centre| format!("{}#", centre.as_str())).unwrap_or_default();
    partition(&format!("{LETTER}{}#{centre}{}", purpose.name(), email.canonical()))
}

pub(super) fn link_key(token: &LinkToken) -> Item {
    partition(&format!("link#{}", token.hash()))
}

pub(super) fn import_key(request: &RequestId) -> Item {
    partition(&format!("import#{}", request.as_str()))
}

pub(super) fn identities_key(account: &str) -> Item {
    partition(&format!("{IDENTITIES}{account}"))
}

pub(super) fn is_identities(item: &Item) -> bool {
    item.get("pk").and_then(|pk| pk.as_s().ok()).is_some_and(|pk| pk.starts_with(IDENTITIES))
}

pub(super) fn partition(pk: &str) -> Item {
    HashMap::from([("pk".to_owned(), AttributeValue::S(pk.to_owned()))])
}

pub(super) fn session_key(session: &SessionNumber) -> Item {
    key(session.as_str(), SESSION)
}

pub(super) fn candidate_key(session: &SessionNumber, id: &CandidateId) -> Item {
    key(session.as_str(), &format!("{SESSION}/{}", id.as_str()))
}

pub(super) fn proctor_key(session: &SessionNumber, account: &str) -> Item {
    key(session.as_str(), &format!("{PROCTOR}{account}"))
}

pub(super) fn here_key(session: &SessionNumber, id: &CandidateId) -> Item {
    key(session.as_str(), &format!("{HERE}{}", id.as_str()))
}

pub(super) fn guard_key(session: &SessionNumber, account: &str) -> Item {
    key(session.as_str(), &format!("{GUARD}{account}"))
}

pub(super) fn act_key(session: &SessionNumber, request: &RequestId) -> Item {
    key(session.as_str(), &format!("{ACT}{}", request.as_str()))
}

pub(super) fn incident_key(session: &SessionNumber, request: &RequestId) -> Item {
    key(session.as_str(), &format!("{INCIDENT}{}", request.as_str()))
}

pub(super) fn pass_key(session: &SessionNumber, tag: &PassTag) -> Item {
    key(session.as_str(), &format!("{PASS}{}", tag.as_str()))
}

/// The key of an item of the `sessions` table.
pub(super) fn key(session: &str, sort: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([("session".to_owned(), text(session)), ("sk".to_owned(), text(sort))])
}

pub(super) fn is_at(item: &Item, key: &Item) -> bool {
    key.iter().all(|(name, value)| item.get(name) == Some(value))
}

/// Where a change of the item of this key is announced: of a session or a candidate, and not of what devices say.
pub fn announced_at(session: &str, sort: &str) -> Option<Channel> {
    let session = SessionNumber::parse(session)?;
    match sort.strip_prefix(SESSION)? {
        "" => Some(Channel::session(&session)),
        rest => Some(Channel::candidate(&session, &CandidateId::parse(rest.strip_prefix('/')?)?)),
    }
}

pub(super) fn is_session(item: &Item) -> bool {
    sort_key(item) == SESSION && !item.contains_key(DELETED_AT)
}

/// The id of the candidate whose device this item is about, if it is about one.
pub(super) fn heard_of(item: &Item) -> Option<CandidateId> {
    CandidateId::parse(sort_key(item).strip_prefix(HERE)?)
}

pub(super) fn is_incident(item: &Item) -> bool {
    sort_key(item).starts_with(INCIDENT)
}

pub(super) fn is_pass(item: &Item) -> bool {
    sort_key(item).starts_with(PASS)
}

pub(super) fn is_candidate(item: &Item) -> bool {
    is_of_candidate(sort_key(item))
}

/// Whether this is the sort key of a candidate's item.
pub(super) fn is_of_candidate(sort: &str) -> bool {
    sort.strip_prefix(SESSION).is_some_and(|rest| rest.starts_with('/'))
}

pub(super) fn is_proctor(item: &Item) -> bool {
    sort_key(item).starts_with(PROCTOR)
}

pub(super) fn is_mending(item: &Item) -> bool {
    sort_key(item).starts_with(ACT)
}

/// The key of an item of the `sessions` table.
pub(super) fn key_of(item: &Item) -> Item {
    ["session", "sk"].iter().filter_map(|name| item.get_key_value(*name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// When DynamoDB may delete an item, in seconds since 1970.
pub(super) fn expires_at(item: &Item) -> i64 {
    item.get("expiresAt").and_then(|until| until.as_n().ok()?.parse().ok()).unwrap_or(i64::MAX)
}

fn sort_key(item: &Item) -> &str {
    item.get("sk").and_then(|sk| sk.as_s().ok()).map_or("", String::as_str)
}

pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::from_item(item).map_err(Error::internal)
}

/// A record as the item of this key, which DynamoDB may delete at that instant, in seconds since 1970.
pub(super) fn write(record: &impl Serialize, key: Item, expires_at: i64) -> Result<Item> {
    let mut item: Item = serde_dynamo::to_item(record).map_err(Error::internal)?;
    item.extend(key);
    item.insert("expiresAt".to_owned(), AttributeValue::N(expires_at.to_string()));
    Ok(item)
}

/// When DynamoDB may delete a session's items, in seconds since 1970. A session of the past is kept
/// from when it is written on.
pub(super) fn session_expires_at(window: Window, written: Timestamp) -> i64 {
    window.closes_at.max(written).as_second() + RETENTION_SECONDS
}
