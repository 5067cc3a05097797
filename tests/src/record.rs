//! Holds every answer that people got against what the table says in the end.
//!
//! Each deed is logged with when it was sent and answered. The history of a candidate gives the
//! states they went through; an answer is right if some state that may have stood between sending
//! and answering explains it by the rules of the [`oracle`].

use crate::{
    api::{Answer, Api, Call, answer},
    oracle::{self, Entry, State},
    people::{Pupil, Room},
    world::secrets,
};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::{
    code::{CodeKeys, TypedPass},
    request::RequestId,
    session::SessionNumber,
};
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
    /// Of a pass: the request that issued it.
    issue: Option<String>,
    request: String,
    sent: Timestamp,
    answered: Timestamp,
    pub status: u16,
    pub code: String,
    body: Value,
}

/// A pass that was issued in a world of these tests.
#[derive(Debug, Clone)]
pub struct Pass {
    pub code: String,
    /// What stands for an account once somebody came in by it.
    pub account: String,
    /// The request that issued it.
    issue: String,
}

/// Who did something: an account with a token, or whoever had a pass.
struct By {
    account: String,
    start: Option<u64>,
    issue: Option<String>,
}

impl By {
    fn of_token(token: &str) -> Self {
        let claims = claims(token);
        Self { account: answer(&claims, "sub"), start: claims["start"].as_u64(), issue: None }
    }

    fn of_pass(pass: &Pass) -> Self {
        Self { account: pass.account.clone(), start: None, issue: Some(pass.issue.clone()) }
    }
}

/// All deeds of a test from some instant on.
#[derive(Debug, Clone)]
pub struct Log {
    since: Timestamp,
    deeds: Arc<Mutex<Vec<Deed>>>,
}

/// A candidate as the table has them, and what was asked about them.
#[derive(Debug)]
struct Record {
    item: Value,
    deeds: Vec<Deed>,
    requests: BTreeSet<String>,
    entries: Vec<Entry>,
    /// After each entry.
    states: Vec<State>,
    /// Between which instants each state may have stood.
    spans: Vec<(Timestamp, Timestamp)>,
    /// Where each request's entry stands; the last place where it may.
    own: BTreeMap<String, usize>,
}

/// The end of a session, which may be asked for several times.
struct Finalisation {
    request: RequestId,
    first_asked: Option<Timestamp>,
    first_done: Option<Timestamp>,
}

impl Pupil {
    /// A request of this pupil's, or about them.
    pub fn call(&self, action: &str, token: &str, key: &str) -> Call {
        let (api, path) = (&self.room.api, |rest: &str| self.path(rest));
        let call = match action {
            "tick" | "untick" => api.put(path("/presence")).json(&json!({"present": action == "tick"})),
            "issue_pass" => api.post(path("/pass")),
            "authorise" => api.post(path("/resume")),
            "withdraw" => api.delete(path("/resume")),
            "add_minutes" => api.post(path("/minutes")).json(&json!({"minutes": 3, "reason": "panne"})),
            "call" => api.post(path("/help")),
            "answer" => api.delete(path("/help")),
            "unlink" => api.delete(path("/account")),
            "start" => api.post(path("/start")).json(&json!({"accessCode": self.room.access_code})),
            "status" => api.get(path("")),
            other => api.post(path(&format!("/{other}"))),
        };
        call.token(token).key(key)
    }

    /// The pass that this proctor's request was answered with.
    pub fn issued(&self, proctor: &str, key: &str, issued: &Answer) -> Pass {
        let keys = CodeKeys::parse(&secrets().code).unwrap();
        let (code, session) = (answer(&issued.body, "code"), SessionNumber::parse(&self.room.number).unwrap());
        let account = keys.pass_account(&keys.pass_tag(&session, TypedPass::parse(&code).as_pass().unwrap()));
        let issue = RequestId::of(key, &["issue_pass", &By::of_token(proctor).account]).as_str().to_owned();
        Pass { code, account, issue }
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

    /// Comes in by a pass of this pupil's, whatever comes of it, and logs it.
    pub async fn use_pass(&self, pupil: &Pupil, pass: &Pass, key: &str) -> Answer {
        let sent = Timestamp::now();
        let answer = pupil.room.use_pass(&pass.code, key).await;
        self.add(By::of_pass(pass), &pupil.id, "use_pass", key, sent, answer.status, &answer.body);
        answer
    }

    /// Logs an answer, or one part of it.
    #[expect(clippy::too_many_arguments, reason = "a line of a log")]
    pub fn note(&self, candidate: &str, action: &'static str, token: &str, key: &str, sent: Timestamp, status: u16, body: &Value) {
        self.add(By::of_token(token), candidate, action, key, sent, status, body);
    }

    #[expect(clippy::too_many_arguments, reason = "a line of a log")]
    fn add(&self, by: By, candidate: &str, action: &'static str, key: &str, sent: Timestamp, status: u16, body: &Value) {
        let By { account, start, issue } = by;
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
            start,
            issue,
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
        let deeds = self.deeds();
        let about = |item: &Value| deeds.iter().filter(|deed| item["id"] == *deed.candidate).cloned().collect();
        let records: Vec<_> = candidates.into_iter().map(|item| Record::new(about(&item), item)).collect();
        let finalisation = Finalisation::of(room, &records);
        finalisation.check(&session, &records);
        for record in &records {
            record.check_each_entry_was_asked_for(self.since);
            record.check_start_answers();
            record.check_passes();
            for deed in record.deeds.iter().filter(|deed| deed.request != finalisation.request.as_str()) {
                let right = record.is_right(deed, &records, &finalisation);
                assert!(right, "no state explains {deed:#?}\nspans {:?}\n{:#}", record.spans, record.item);
            }
        }
        records.into_iter().map(|record| record.item).collect()
    }
}

impl Finalisation {
    fn of(room: &Room, records: &[Record]) -> Self {
        let request = RequestId::of("finalisation", &[&room.number]);
        let asked = || records.iter().flat_map(|record| &record.deeds).filter(|deed| deed.request == request.as_str());
        let first_asked = asked().map(|deed| deed.sent).min();
        let first_done = asked().filter(|deed| deed.code == "ok").map(|deed| deed.answered).min();
        Self { request, first_asked, first_done }
    }

    /// Once it was answered, every candidate is closed, no test runs, and nothing was written any more.
    fn check(&self, session: &Value, records: &[Record]) {
        let Some(done) = self.first_done else { return };
        assert_eq!(session["status"], "finalised");
        for Record { item, states, entries, .. } in records {
            let runs = matches!(states.last().unwrap().status, "in_progress" | "interrupted");
            assert!(item["closed"] == true && !runs, "{item:#}");
            assert!(entries.iter().all(|entry| entry.at <= done), "{item:#}");
        }
    }
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
        oracle::history(item);
    }
    (session.clone(), candidates)
}

/// Panics unless every candidate has the terms that the session says, and is as closed as it is.
pub async fn check_terms(room: &Room) {
    const TERMS: [&str; 7] = ["terms", "opensAt", "closesAt", "durationMinutes", "codeKey", "codeIssue", "passwordIssue"];
    let (session, candidates) = check_tables(room).await;
    for item in candidates {
        for name in TERMS {
            assert_eq!(item[name], session[name], "{name} of {item:#}");
        }
        assert_eq!(item["closed"] == true, session["status"] == "finalised", "{item:#}");
    }
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

impl Record {
    fn new(deeds: Vec<Deed>, item: Value) -> Self {
        let (entries, states) = oracle::history(&item);
        let requests = item["requests"].as_array().unwrap().iter().map(|request| request.as_str().unwrap().to_owned()).collect();
        let mut record = Self { item, deeds, requests, entries, states, spans: vec![], own: BTreeMap::new() };
        record.spans = record.when_each_state_may_have_stood();
        record.own = record.where_each_request_stands();
        record
    }

    /// The deeds whose request is in the table.
    fn written(&self) -> impl Iterator<Item = &Deed> {
        self.deeds.iter().filter(|deed| self.requests.contains(&deed.request))
    }

    /// The deeds that may have made this entry.
    fn makers(&self, place: usize) -> impl Iterator<Item = &Deed> {
        self.written().filter(move |deed| self.may_have_made(deed, place))
    }

    fn may_have_made(&self, deed: &Deed, place: usize) -> bool {
        let entry = &self.entries[place];
        let written = entry.at.as_millisecond();
        (deed.action, &deed.account) == (&entry.action, &entry.account)
            && deed.sent.as_millisecond() <= written
            && written <= deed.answered.as_millisecond()
    }

    /// An entry was written after those before it, and while somebody asked for it.
    fn when_each_state_may_have_stood(&self) -> Vec<(Timestamp, Timestamp)> {
        let (mut from, mut until) = (Timestamp::MIN, Timestamp::MAX);
        let mut spans = vec![];
        for entry in &self.entries {
            from = from.max(entry.at);
            spans.push((from, Timestamp::MAX));
        }
        for (place, span) in spans.iter_mut().enumerate().rev() {
            span.1 = until;
            until = until.min(self.makers(place).map(|deed| deed.answered).max().unwrap_or(until));
        }
        spans
    }

    fn where_each_request_stands(&self) -> BTreeMap<String, usize> {
        let starts: Vec<_> = (0..self.entries.len()).filter(|place| self.entries[*place].action == "start").collect();
        let mut own = BTreeMap::new();
        for deed in self.written() {
            let place = match deed.started() {
                // An attempt token says which start it is of.
                Some(n) => starts.get(usize::try_from(n - 1).unwrap()).copied(),
                None => (0..self.entries.len()).rev().find(|place| self.may_have_made(deed, *place)),
            };
            let known = own.get(&deed.request).copied();
            own.extend(known.max(place).map(|place| (deed.request.clone(), place)));
        }
        own
    }

    /// Since the log began, each entry was asked for, and each request made one.
    fn check_each_entry_was_asked_for(&self, since: Timestamp) {
        let logged = |entry: &Entry| entry.at.as_millisecond() >= since.as_millisecond();
        for (place, entry) in self.entries.iter().enumerate().filter(|(_, entry)| logged(entry)) {
            assert!(self.makers(place).next().is_some(), "nobody asked for {entry:?}: {:#}", self.item);
        }
        for Entry { action, account, .. } in &self.entries {
            let same = |entry: &&Entry| (&entry.action, &entry.account) == (action, account);
            let entries = self.entries.iter().filter(|entry| logged(entry)).filter(same).count();
            let asked = self.written().filter(|deed| (deed.action, &deed.account) == (action, account));
            let requests = asked.map(|deed| &deed.request).collect::<BTreeSet<_>>().len();
            assert_eq!(entries, requests, "entries of {action}, and requests for it: {:#}", self.item);
        }
    }

    /// One attempt for ever, a number of its own for each start, the same answer for each retry.
    fn check_start_answers(&self) {
        let mut answers: BTreeMap<&str, &Deed> = BTreeMap::new();
        for deed in self.deeds.iter().filter(|deed| deed.action == "start" && deed.code == "ok") {
            assert!(self.requests.contains(&deed.request), "a start that is not in the table: {deed:#?}");
            assert_eq!(deed.body["attempt"]["id"], self.item["attempt"]);
            let first = answers.entry(&deed.request).or_insert(deed);
            // Minutes may have been added meanwhile.
            let same = |deed: &Deed| (deed.body["attempt"]["startedAt"].clone(), deed.body["attempt"]["resumed"].clone(), deed.started());
            assert_eq!(same(first), same(deed), "a retry gets the same answer");
        }
        let numbers: BTreeSet<_> = answers.values().map(|deed| deed.started().unwrap()).collect();
        assert_eq!(numbers.len(), answers.len(), "each start counts once");
        assert!(numbers.iter().all(|n| (1..=self.states.last().unwrap().starts).contains(n)));
        for deed in answers.values() {
            let resumed = deed.started().unwrap() > 1;
            assert_eq!((deed.body["attempt"]["resumed"] == true, deed.status), (resumed, if resumed { 200 } else { 201 }));
        }
    }

    /// Whoever came in by a pass had the one that was issued last.
    fn check_passes(&self) {
        for deed in self.written().filter(|deed| deed.action == "use_pass") {
            let before = self.own.get(&deed.request).map(|place| &self.states[place - 1]);
            assert!(
                before.is_some_and(|before| before.pass.is_some() && before.pass == self.issued_at(deed)),
                "{deed:#?}: {:#}",
                self.item
            );
        }
    }

    /// Whether the account that is joined at this place took another one's, which was joined when this was asked.
    fn was_taken_off(&self, deed: &Deed, place: usize) -> bool {
        let account = &self.states[place].account;
        self.during(deed).any(|(before, state)| before < place && state.account.is_some() && state.account != *account)
    }

    /// Where the pass that this deed is about was issued, if it was.
    fn issued_at(&self, deed: &Deed) -> Option<usize> {
        self.own.get(deed.issue.as_ref().unwrap_or(&deed.request)).copied()
    }

    /// Whether what was answered may be so, beside these others.
    fn is_right(&self, deed: &Deed, all: &[Self], finalisation: &Finalisation) -> bool {
        match &*deed.code {
            "busy" | "lost" => true,
            "session_finalised" => finalisation.first_asked.is_some_and(|asked| asked <= deed.answered),
            "account_already_linked" => deed.action == "join" && all.iter().any(|other| self.is_joined_elsewhere(deed, other)),
            "ok" => self.explains(deed) && (still_true(deed) || finalisation.first_done.is_none_or(|done| deed.sent <= done)),
            _ => deed.status != 500 && self.explains(deed),
        }
    }

    fn is_joined_elsewhere(&self, deed: &Deed, other: &Self) -> bool {
        other.item["id"] != self.item["id"] && other.during(deed).any(|(_, state)| state.account.as_ref() == Some(&deed.account))
    }

    /// The states that may have stood while this was asked, with their places.
    fn during<'a>(&'a self, deed: &Deed) -> impl Iterator<Item = (usize, &'a State)> + use<'a> {
        let (sent, answered) = (deed.sent, deed.answered);
        let overlaps = move |(from, to): (Timestamp, Timestamp)| from <= answered && sent <= to;
        self.states.iter().enumerate().filter(move |(place, _)| overlaps(self.spans[*place]))
    }

    /// Whether one of these states explains the answer.
    fn explains(&self, deed: &Deed) -> bool {
        let written = self.requests.contains(&deed.request);
        let own = self.own.get(&deed.request);
        self.during(deed).any(|(place, state)| {
            let verdict = state.verdict(deed.action, &deed.account, deed.start);
            let stands = state.pass.is_some() && state.pass == self.issued_at(deed);
            match (deed.action, &*deed.code) {
                ("issue_pass", "ok") => written && stands,
                ("issue_pass", "key_reused") => written && !stands,
                // Whom it was about is off, though somebody else is joined already.
                ("unlink", "ok") if !written && self.was_taken_off(deed, place) => deed.shows(state),
                ("use_pass", "invalid_pass") => !(stands || written && deed.still_joined(state)),
                (_, "ok") => deed.shows(state) && (verdict == "already" || written && deed.still_joined(state)),
                (_, code) if own.is_some_and(|own| place >= *own) => deed.may_be_refused_again(state, code),
                (_, code) => code == verdict || written && deed.may_be_refused_again(state, code),
            }
        })
    }
}

impl Deed {
    /// The number of the start that it was answered with.
    fn started(&self) -> Option<u64> {
        let token = self.body["accessToken"].as_str().filter(|_| self.action == "start")?;
        claims(token)["start"].as_u64()
    }

    /// Whether the answer shows this state, if it shows one.
    fn shows(&self, state: &State) -> bool {
        let view = if ["join", "use_pass"].contains(&self.action) { &self.body["candidate"] } else { &self.body };
        view["status"].as_str().is_none_or(|seen| seen == state.status)
    }

    /// Whether, as a join or the use of a pass, it still holds.
    fn still_joined(&self, state: &State) -> bool {
        !["join", "use_pass"].contains(&self.action) || state.account.as_ref() == Some(&self.account)
    }

    /// Whether a request that was carried out before may be refused so in this state.
    fn may_be_refused_again(&self, state: &State, code: &str) -> bool {
        match (self.action, code) {
            (_, "forbidden") => state.verdict(self.action, &self.account, None) == "forbidden",
            ("join", "candidate_already_linked") => state.account.is_some() && !self.still_joined(state),
            ("join", "account_unlinked") => state.account.is_none(),
            ("start" | "issue_pass", "test_ended") => matches!(state.status, "finished" | "ended"),
            ("start", "attempt_superseded") => state.starts > 1 || state.authorised,
            ("start", "resume_not_authorised") => state.status == "interrupted" && !state.authorised,
            ("leave", "attempt_superseded") => state.status == "in_progress" && state.starts > 1,
            _ => false,
        }
    }
}

/// What is answered with success although the session is finalised: it is so already.
fn still_true(deed: &Deed) -> bool {
    matches!(deed.action, "leave" | "finish" | "status" | "board")
}
