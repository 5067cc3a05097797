//! Holds every answer that people got against what the table says in the end.
//!
//! Each deed is logged with when it was sent and answered. The history of a candidate gives the
//! states they went through; an answer is right if some state that may have stood between sending
//! and answering explains it. What explains what is written down here a second time, from the
//! description of the product, not taken from the code under test.

use crate::{
    api::{Answer, Api, Call},
    people::{Pupil, Room},
};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::history::RequestId;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// What a token says.
pub fn claims(token: &str) -> Value {
    let payload = BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// One request about one candidate, and what came of it.
#[derive(Debug, Clone)]
pub struct Deed {
    pub candidate: String,
    pub action: &'static str,
    pub account: String,
    /// Of an attempt token.
    start: Option<u64>,
    request: String,
    sent: Timestamp,
    answered: Timestamp,
    pub status: u16,
    pub code: String,
    body: Value,
}

/// All deeds of a test from some instant on.
#[derive(Debug, Clone)]
pub struct Log {
    since: Timestamp,
    deeds: Arc<Mutex<Vec<Deed>>>,
}

/// What a candidate's record has been through, after each entry of the history.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    status: &'static str,
    account: Option<String>,
    authorised: bool,
    starts: u64,
    changes: usize,
}

/// A candidate as the table has them.
#[derive(Debug)]
struct Record {
    item: Value,
    requests: BTreeSet<String>,
    /// Action, account, instant of each entry.
    entries: Vec<(String, String, i64)>,
    states: Vec<State>,
    /// Where each request's entry stands; the last place where it may.
    own: BTreeMap<String, usize>,
    /// Between which instants each state may have stood.
    spans: Vec<(Timestamp, Timestamp)>,
}

impl Pupil {
    /// A request of this pupil's, or about them.
    pub fn call(&self, action: &str, token: &str, key: &str) -> Call {
        let (api, path) = (&self.room.api, |rest: &str| self.path(rest));
        let call = match action {
            "tick" | "untick" => api.put(path("/presence")).json(&json!({"present": action == "tick"})),
            "authorise" => api.post(path("/resume")),
            "withdraw" => api.delete(path("/resume")),
            "unlink" => api.delete(path("/account")),
            "start" => api.post(path("/start")).json(&json!({"accessCode": self.room.access_code})),
            "status" => api.get(path("")),
            other => api.post(path(&format!("/{other}"))),
        };
        call.token(token).key(key)
    }

    /// Does it once, whatever comes of it, and logs it.
    pub async fn deed(&self, log: &Log, action: &'static str, token: &str, key: &str) -> Answer {
        log.send(&self.id, action, token, key, self.call(action, token, key)).await
    }
}

impl Log {
    /// What happened before is not looked into.
    pub async fn begin() -> Self {
        // Entries tell the millisecond only.
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        Self { since: Timestamp::now(), deeds: Arc::default() }
    }

    pub fn deeds(&self) -> Vec<Deed> {
        self.deeds.lock().unwrap().clone()
    }

    pub async fn send(&self, candidate: &str, action: &'static str, token: &str, key: &str, call: Call) -> Answer {
        self.attempt(candidate, action, token, key, call).await.unwrap()
    }

    /// Sends it to a server that may be gone; that no answer came back is logged too.
    ///
    /// # Errors
    /// No answer came back.
    pub async fn attempt(&self, candidate: &str, action: &'static str, token: &str, key: &str, call: Call) -> reqwest::Result<Answer> {
        let sent = Timestamp::now();
        let answer = call.attempt().await;
        let (status, body) = answer.as_ref().map_or((0, &Value::Null), |answer| (answer.status, &answer.body));
        self.note(candidate, action, token, key, sent, status, body);
        answer
    }

    /// Logs an answer, or one part of it.
    #[expect(clippy::too_many_arguments, reason = "a line of a log")]
    pub fn note(&self, candidate: &str, action: &'static str, token: &str, key: &str, sent: Timestamp, status: u16, body: &Value) {
        let claims = claims(token);
        let account = claims["sub"].as_str().unwrap().to_owned();
        let request = match action {
            "finalise" => RequestId::of("finalisation", &[key]),
            action => RequestId::of(key, &[action, &account]),
        };
        let code = match status {
            0 => "lost",
            400.. => body["code"].as_str().unwrap(),
            _ => "ok",
        };
        let action = if action == "finalise" { "end" } else { action };
        self.deeds.lock().unwrap().push(Deed {
            candidate: candidate.to_owned(),
            action,
            account,
            start: claims["start"].as_u64(),
            request: request.as_str().to_owned(),
            sent,
            answered: Timestamp::now(),
            status,
            code: code.to_owned(),
            body: body.clone(),
        });
    }

    /// Finalises a room, and logs it as the end of every candidate's test that it may be.
    pub async fn finalise(&self, room: &Room, pupils: &[Pupil]) -> Answer {
        let sent = Timestamp::now();
        let answer = room.finalise().await;
        for pupil in pupils {
            self.note(&pupil.id, "finalise", &room.organiser, &room.number, sent, answer.status, &answer.body);
        }
        answer
    }

    /// Reads a room from the table and panics unless it agrees with itself and with every answer.
    /// Returns its candidates' items.
    pub async fn check(&self, room: &Room) -> Vec<Value> {
        let (session, candidates) = check_tables(room).await;
        let mut deeds: BTreeMap<String, Vec<Deed>> = BTreeMap::new();
        for deed in self.deeds() {
            deeds.entry(deed.candidate.clone()).or_default().push(deed);
        }
        let of = |item: &Value| deeds.get(item["id"].as_str().unwrap()).map_or(&[][..], Vec::as_slice);
        let records: Vec<_> = candidates.iter().map(|item| Record::new(item, of(item), self.since)).collect();
        let finalisation = RequestId::of("finalisation", &[&room.number]);
        let closing = deeds.values().flatten().filter(|deed| deed.request == finalisation.as_str());
        let (mut asked, mut closed) = (None, None);
        for deed in closing {
            asked = Some(asked.map_or(deed.sent, |asked: Timestamp| asked.min(deed.sent)));
            if deed.code == "ok" {
                closed = Some(closed.map_or(deed.answered, |closed: Timestamp| closed.min(deed.answered)));
            }
        }
        if closed.is_some() {
            assert_eq!(session["status"], "finalised");
            for record in &records {
                assert!(
                    record.item["closed"] == true && !matches!(record.states.last().unwrap().status, "in_progress" | "interrupted"),
                    "{}",
                    record.item
                );
            }
        }
        for record in &records {
            record.check_start_answers(of(&record.item));
            assert!(
                closed.is_none_or(|closed| record.entries.iter().all(|(_, _, at)| *at <= closed.as_millisecond())),
                "{:#}",
                record.item
            );
            for deed in of(&record.item).iter().filter(|deed| deed.request != finalisation.as_str()) {
                assert_ne!(deed.status, 500, "{deed:?}");
                let linked = |other: &&Record| {
                    other.item["id"] != record.item["id"]
                        && other.during(deed).any(|(_, state)| state.account.as_ref() == Some(&deed.account))
                };
                let right = match &*deed.code {
                    "busy" | "lost" => true,
                    "session_finalised" => asked.is_some_and(|asked| asked <= deed.answered),
                    "account_already_linked" => deed.action == "join" && records.iter().any(|other| linked(&other)),
                    _ => {
                        record.explains(deed) && (deed.code != "ok" || closed.is_none_or(|closed| deed.sent <= closed || still_true(deed)))
                    }
                };
                assert!(right, "no state explains {deed:#?}\nspans {:?}\n{:#}", record.spans, record.item);
            }
        }
        records.into_iter().map(|record| record.item).collect()
    }
}

/// What is answered with success although the session is finalised: it is so already.
fn still_true(deed: &Deed) -> bool {
    matches!(deed.action, "leave" | "finish" | "status" | "board")
}

/// Reads a session and its candidates, and panics unless they agree with each other: how many they
/// are, who has joined, what each history comes to.
pub async fn check_tables(room: &Room) -> (Value, Vec<Value>) {
    let items = items(&room.api, &room.number).await;
    let sort = |item: &Value| item["sk"].as_str().unwrap().to_owned();
    let session = items.iter().find(|item| sort(item) == "session").unwrap();
    let candidates: Vec<_> = items.iter().filter(|item| sort(item).starts_with("session/")).cloned().collect();
    assert_eq!(session["candidateCount"], candidates.len(), "{}", room.number);
    let guards: BTreeSet<_> = items
        .iter()
        .filter_map(|item| Some((sort(item).strip_prefix("account/")?.to_owned(), item["candidate"].clone())))
        .map(|(account, candidate)| (account, candidate.to_string()))
        .collect();
    let joined: BTreeSet<_> =
        candidates.iter().filter_map(|item| Some((item["account"].as_str()?.to_owned(), item["id"].to_string()))).collect();
    assert_eq!(guards, joined, "each joined account has one guard, and no other has");
    for item in &candidates {
        states(item);
    }
    (session.clone(), candidates)
}

/// The entries of a candidate's history, as action, account, instant, and the states they lead
/// through; panics unless the rules allow each and the candidate is what they come to.
fn states(item: &Value) -> (Vec<(String, String, i64)>, Vec<State>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let history = item["history"].as_array().unwrap();
    let entries: Vec<_> = history.iter().map(|entry| (text(&entry["a"]), text(&entry["w"]), entry["t"].as_i64().unwrap())).collect();
    assert_eq!(item["requests"].as_array().unwrap().len(), entries.len(), "one entry for each request: {item:#}");
    assert_eq!(entries[0].0, "enrol");
    let mut states = vec![State { status: "enrolled", changes: 1, ..State::default() }];
    for (action, account, _) in &entries[1..] {
        let state = states.last().unwrap();
        assert_eq!(state.verdict(action, account, None), "apply", "{action} after {state:?}: {item:#}");
        states.push(state.after(action, account));
    }
    let last = states.last().unwrap();
    let found = State {
        status: last.status,
        account: item["account"].as_str().map(str::to_owned),
        authorised: item["resumeAuthorised"] == true,
        starts: item["starts"].as_u64().unwrap_or(0),
        changes: history.len(),
    };
    assert_eq!((&found, &item["status"]), (last, &json!(last.status)), "the state is what the history comes to: {item:#}");
    assert_eq!(item["attempt"].is_string(), last.starts > 0, "{item:#}");
    (entries, states)
}

/// Every item of a session, where the database is in reach.
pub async fn items(api: &Api, session: &str) -> Vec<Value> {
    let query = api
        .dynamo
        .as_ref()
        .unwrap()
        .query()
        .table_name(local::database::SESSIONS)
        .consistent_read(true)
        .key_condition_expression("#session = :session");
    let pages = query
        .expression_attribute_names("#session", "session")
        .expression_attribute_values(":session", aws_sdk_dynamodb::types::AttributeValue::S(session.to_owned()));
    let items = pages.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    items.into_iter().map(|item| serde_dynamo::from_item(item).unwrap()).collect()
}

impl State {
    /// What the rules say to somebody who wishes this: `apply`, `already`, or the refusal.
    fn verdict(&self, action: &str, account: &str, start: Option<u64>) -> &'static str {
        let (before, over) = (matches!(self.status, "enrolled" | "present"), matches!(self.status, "finished" | "ended"));
        let mine = self.account.as_deref() == Some(account);
        let verdict = match action {
            "start" | "leave" | "finish" | "status" if !mine => "forbidden",
            "status" => "already",
            "tick" | "untick" if over => "test_ended",
            "tick" | "untick" if !before => "already_started",
            "tick" if self.status == "present" => "already",
            "untick" if self.status == "enrolled" => "already",
            "join" if mine => "already",
            "join" if self.account.is_some() => "candidate_already_linked",
            "unlink" if !before => "already_started",
            "unlink" if self.account.is_none() => "already",
            "start" if over => "test_ended",
            "start" if self.status == "enrolled" => "not_checked_in",
            "start" if !before && !self.authorised => "resume_not_authorised",
            "leave" | "finish" | "authorise" | "withdraw" | "end" if before => "not_started",
            "leave" if over => "already",
            "finish" | "end" if over && (action == "finish") == (self.status == "finished") => "already",
            "finish" | "end" | "authorise" | "withdraw" if over => "test_ended",
            "leave" | "finish" if start.is_some_and(|start| start != self.starts) => "attempt_superseded",
            "leave" if self.status == "interrupted" => "already",
            "authorise" if self.authorised => "already",
            "withdraw" if !self.authorised => "already",
            _ => "apply",
        };
        let limited = matches!(action, "tick" | "untick" | "unlink" | "withdraw");
        if verdict == "apply" && limited && self.changes >= 100 { "too_many_changes" } else { verdict }
    }

    fn after(&self, action: &str, account: &str) -> Self {
        let mut after = self.clone();
        after.changes += 1;
        match action {
            "tick" => after.status = "present",
            "untick" => after.status = "enrolled",
            "join" => after.account = Some(account.to_owned()),
            "unlink" => after.account = None,
            "start" => (after.status, after.authorised, after.starts) = ("in_progress", false, self.starts + 1),
            "leave" => after.status = "interrupted",
            "authorise" => after.authorised = true,
            "withdraw" => after.authorised = false,
            "finish" => (after.status, after.authorised) = ("finished", false),
            "end" => (after.status, after.authorised) = ("ended", false),
            other => panic!("{other} is no entry of a history"),
        }
        after
    }
}

impl Record {
    fn new(item: &Value, deeds: &[Deed], since: Timestamp) -> Self {
        let (entries, states) = states(item);
        let requests: BTreeSet<_> =
            item["requests"].as_array().unwrap().iter().map(|request| request.as_str().unwrap().to_owned()).collect();
        let logged = |entry: &(String, String, i64)| entry.2 >= since.as_millisecond();
        let in_table = |deed: &&Deed| requests.contains(&deed.request);
        for (action, account) in entries.iter().map(|(action, account, _)| (action, account)).collect::<BTreeSet<_>>() {
            let written = entries.iter().filter(|entry| logged(entry) && (&entry.0, &entry.1) == (action, account)).count();
            let asked: BTreeSet<_> = deeds
                .iter()
                .filter(in_table)
                .filter(|deed| (deed.action, &deed.account) == (action, account))
                .map(|deed| &deed.request)
                .collect();
            assert!(written == asked.len(), "{action} stands there {written} times for {} requests: {item:#}", asked.len());
        }
        let mut record = Self { item: item.clone(), requests, entries, states, own: BTreeMap::new(), spans: vec![] };
        // An entry was written while a request for it was under way, and after those before it.
        let mut earliest = Timestamp::MIN;
        let begun: Vec<_> = record
            .entries
            .iter()
            .map(|(_, _, at)| (earliest = earliest.max(Timestamp::from_millisecond(*at).unwrap()), earliest).1)
            .collect();
        let written: Vec<_> = deeds.iter().filter(|deed| record.requests.contains(&deed.request)).collect();
        let starts: Vec<_> = (0..record.entries.len()).filter(|place| record.entries[*place].0 == "start").collect();
        for deed in &written {
            let told =
                deed.body["accessToken"].as_str().filter(|_| deed.action == "start").and_then(|token| claims(token)["start"].as_u64());
            let own = match told {
                Some(n) => starts.get(usize::try_from(n - 1).unwrap()).copied(),
                None => (0..record.entries.len()).rev().find(|place| record.is_entry_of(*place, deed)),
            };
            let known = record.own.get(&deed.request).copied();
            record.own.extend(known.max(own).map(|place| (deed.request.clone(), place)));
        }
        let mut latest = Timestamp::MAX;
        let mut ends = vec![];
        for place in (0..record.entries.len()).rev() {
            ends.push(latest);
            let answered = written.iter().filter(|deed| record.is_entry_of(place, deed)).map(|deed| deed.answered).max();
            assert!(answered.is_some() || !logged(&record.entries[place]), "nobody asked for {:?}: {item:#}", record.entries[place]);
            latest = latest.min(answered.unwrap_or(latest));
        }
        record.spans = begun.into_iter().zip(ends.into_iter().rev()).collect();
        record
    }

    /// Whether the entry may have been made by this try of a request.
    fn is_entry_of(&self, place: usize, deed: &Deed) -> bool {
        let (action, account, at) = &self.entries[place];
        action == deed.action && *account == deed.account && deed.sent.as_millisecond() <= *at && *at <= deed.answered.as_millisecond()
    }

    /// The states that may have stood while this was asked.
    fn during<'a>(&'a self, deed: &'a Deed) -> impl Iterator<Item = (usize, &'a State)> {
        let overlap = |(from, to): &(Timestamp, Timestamp)| *from <= deed.answered && deed.sent <= *to;
        self.states.iter().enumerate().filter(move |(place, _)| overlap(&self.spans[*place]))
    }

    fn explains(&self, deed: &Deed) -> bool {
        let seen = if deed.action == "join" { &deed.body["candidate"]["status"] } else { &deed.body["status"] };
        let view = |state: &State| deed.code != "ok" || seen.as_str().is_none_or(|seen| seen == state.status);
        let written = self.requests.contains(&deed.request);
        let free = |state: &State| deed.action != "join" || state.account.as_ref() == Some(&deed.account);
        self.during(deed).any(|(place, state)| {
            let verdict = state.verdict(deed.action, &deed.account, deed.start);
            match &*deed.code {
                "ok" if deed.action == "board" => view(state),
                "ok" => view(state) && (written && free(state) || verdict == "already"),
                code if self.own.get(&deed.request).is_some_and(|own| place >= *own) => Self::again(state, deed, code),
                code => code == verdict || written && Self::again(state, deed, code),
            }
        })
    }

    /// Whether a request that was carried out before may be refused so in this state.
    fn again(state: &State, deed: &Deed, code: &str) -> bool {
        match (deed.action, code) {
            (_, "forbidden") => state.verdict(deed.action, &deed.account, None) == "forbidden",
            ("join", "candidate_already_linked") => state.account.as_ref() != Some(&deed.account),
            ("start", "test_ended") => matches!(state.status, "finished" | "ended"),
            ("start", "attempt_superseded") => state.starts > 1 || state.authorised,
            ("start", "resume_not_authorised") => state.status == "interrupted" && !state.authorised,
            ("leave", "attempt_superseded") => state.status == "in_progress" && state.starts > 1,
            _ => false,
        }
    }

    /// One attempt for ever, a number of its own for each start, the same answer for each retry.
    fn check_start_answers(&self, deeds: &[Deed]) {
        let mut answers: BTreeMap<&str, &Value> = BTreeMap::new();
        for deed in deeds.iter().filter(|deed| deed.action == "start" && deed.code == "ok") {
            assert!(self.requests.contains(&deed.request), "a start that is not in the table: {deed:#?}");
            assert_eq!(deed.body["attempt"]["id"], self.item["attempt"]);
            assert_eq!(*answers.entry(&deed.request).or_insert(&deed.body), &deed.body, "a retry gets the same answer");
        }
        let numbers: BTreeSet<_> =
            answers.values().map(|body| claims(body["accessToken"].as_str().unwrap())["start"].as_u64().unwrap()).collect();
        assert_eq!(numbers.len(), answers.len(), "each start counts once");
        assert!(numbers.iter().all(|n| (1..=self.states.last().unwrap().starts).contains(n)));
        for (request, body) in &answers {
            let n = claims(body["accessToken"].as_str().unwrap())["start"].as_u64().unwrap();
            let status = deeds.iter().find(|deed| deed.request == **request && deed.code == "ok").unwrap().status;
            assert_eq!((body["attempt"]["resumed"] == true, status), (n > 1, if n > 1 { 200 } else { 201 }));
        }
    }
}
