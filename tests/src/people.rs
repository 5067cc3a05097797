//! Who acts: an organiser's session with its proctor and pupils.

use crate::api::{Answer, Api, answer};
use futures::future::join_all;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use verify::{Fault, Verified, verify};

/// A session with an organiser and a proctor.
#[derive(Clone)]
pub struct Room {
    pub api: Api,
    pub number: String,
    pub session_password: String,
    pub access_code: String,
    pub organiser: String,
    pub proctor: String,
}

/// An enrolled candidate, joined or not.
#[derive(Clone)]
pub struct Pupil {
    pub room: Room,
    pub id: String,
    pub name: String,
    /// Their account token.
    pub account: String,
    /// Their candidate token, once joined.
    pub token: String,
}

/// The body of a new session scheduled for that instant.
pub fn session_at(at: Timestamp) -> Value {
    let local = at.to_zoned(TimeZone::get("Europe/Paris").unwrap());
    json!({"date": local.date().to_string(), "time": local.strftime("%H:%M").to_string(), "site": "Collège", "room": "12"})
}

/// A made-up identity, the same for the same number; the first is that of the description's examples.
pub fn identity(n: usize) -> Value {
    if n == 0 {
        return json!({"firstName": "Zoé", "lastName": "Bernard", "birthdate": "2012-05-31"});
    }
    let letters: String = n.to_string().bytes().map(|digit| char::from(b'a' + digit - b'0')).collect();
    json!({"firstName": format!("Élève {letters}"), "lastName": format!("Dupont-{letters}"), "birthdate": "2012-05-31"})
}

impl Room {
    /// A session scheduled for now, with a proctor logged in to it.
    pub async fn open(api: &Api) -> Self {
        Self::scheduled(api, Timestamp::now()).await
    }

    pub async fn scheduled(api: &Api, at: Timestamp) -> Self {
        Self::organised(api, api.organiser().await, at).await
    }

    /// A session of this organiser.
    pub async fn organised(api: &Api, organiser: String, at: Timestamp) -> Self {
        let kit = api.post("/sessions").token(&organiser).json(&session_at(at)).send().await.ok();
        let mut room = Self::of(api, organiser, &kit);
        room.proctor = room.another_proctor().await;
        room
    }

    /// The session of this kit, without a proctor yet.
    pub fn of(api: &Api, organiser: String, kit: &Value) -> Self {
        Self {
            api: api.clone(),
            number: answer(kit, "number"),
            session_password: answer(kit, "sessionPassword"),
            access_code: answer(kit, "accessCode"),
            organiser,
            proctor: String::new(),
        }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/sessions/{}{rest}", self.number)
    }

    /// The token of one more proctor, with an account of their own.
    pub async fn another_proctor(&self) -> String {
        let account = self.api.account().await;
        let login = self.api.post(self.path("/proctors")).token(&account).json(&json!({"password": self.session_password}));
        answer(&login.send().await.ok(), "accessToken")
    }

    /// Enrols candidates with the identities of these numbers.
    pub async fn enrol(&self, numbers: std::ops::Range<usize>) -> Vec<Pupil> {
        let list: Vec<_> = numbers.map(identity).collect();
        let enrolled = self.api.post(self.path("/candidates")).token(&self.organiser).json(&json!({"candidates": list})).send().await.ok();
        let views = enrolled["candidates"].as_array().unwrap();
        let accounts = self.api.accounts(views.len()).await;
        let pupils = views.iter().zip(accounts).map(|(view, account)| Pupil {
            room: self.clone(),
            id: answer(view, "id"),
            name: format!("{} {}", answer(view, "firstName"), answer(view, "lastName")),
            account,
            token: String::new(),
        });
        pupils.collect()
    }

    /// The same, who have joined.
    pub async fn enrol_joined(&self, numbers: std::ops::Range<usize>) -> Vec<Pupil> {
        let joining = numbers.clone().zip(self.enrol(numbers).await).map(async |(n, mut pupil)| {
            pupil.join(&identity(n)).await;
            pupil
        });
        join_all(joining).await
    }

    /// One enrolled candidate.
    pub async fn pupil(&self) -> Pupil {
        self.enrol(0..1).await.remove(0)
    }

    /// One candidate who has joined.
    pub async fn joined(&self) -> Pupil {
        let mut pupil = self.pupil().await;
        pupil.join(&identity(0)).await;
        pupil
    }

    /// One candidate whose test runs, with the answer to their start.
    pub async fn started(&self) -> (Pupil, Value) {
        let pupil = self.joined().await;
        pupil.tick(true).await.ok();
        let started = pupil.start("first").await.ok();
        (pupil, started)
    }

    /// Comes in by this pass.
    pub async fn use_pass(&self, code: &str, key: &str) -> Answer {
        self.api.post(self.path("/pass")).key(key).json(&json!({"code": code})).send().await
    }

    pub async fn board(&self) -> Value {
        self.api.get(self.path("/board")).token(&self.proctor).send().await.ok()
    }

    pub async fn finalise(&self) -> Answer {
        self.api.post(self.path("/finalise")).token(&self.organiser).send().await
    }

    /// The record.
    pub async fn report(&self) -> Answer {
        self.api.get(self.path("/report")).token(&self.organiser).send().await
    }

    /// Whether a record verifies by the keys that are published.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn verify(&self, record: &str) -> Result<Verified, Fault> {
        let keys = self.api.get("/.well-known/jwks.json").send().await;
        verify(record.as_bytes(), keys.text.as_bytes())
    }

    /// The record of the finalised session, to the letter, which verifies.
    pub async fn sealed(&self) -> String {
        let report = self.report().await;
        assert_eq!(report.status, 200, "{}", report.body);
        let verified = self.verify(&report.text).await.unwrap_or_else(|fault| panic!("{fault}: {:#}", report.body));
        assert_eq!(verified.session, self.number);
        report.text
    }
}

impl Pupil {
    pub fn path(&self, rest: &str) -> String {
        self.room.path(&format!("/candidates/{}{rest}", self.id))
    }

    /// Joins with their account and keeps the token.
    pub async fn join(&mut self, identity: &Value) -> Value {
        let joined = self.room.api.post(self.room.path("/join")).token(&self.account).json(identity).send().await.ok();
        self.token = answer(&joined, "accessToken");
        joined
    }

    /// All the way in: joins as the person of this number, is ticked, starts.
    pub async fn enter(&mut self, n: usize) {
        self.join(&identity(n)).await;
        self.tick(true).await.ok();
        self.start("start").await.ok();
    }

    pub async fn tick(&self, present: bool) -> Answer {
        self.room.api.put(self.path("/presence")).token(&self.room.proctor).json(&json!({"present": present})).send().await
    }

    /// Starts with the right access code.
    pub async fn start(&self, key: &str) -> Answer {
        self.start_with(key, &self.room.access_code).await
    }

    pub async fn start_with(&self, key: &str, code: &str) -> Answer {
        self.room.api.post(self.path("/start")).token(&self.token).key(key).json(&json!({"accessCode": code})).send().await
    }

    /// `leave`, `finish` with their own token or an attempt token.
    pub async fn act(&self, action: &str, token: &str) -> Answer {
        self.room.api.post(self.path(&format!("/{action}"))).token(token).send().await
    }

    pub async fn authorise(&self) -> Answer {
        self.room.api.post(self.path("/resume")).token(&self.room.proctor).send().await
    }

    pub async fn withdraw(&self) -> Answer {
        self.room.api.delete(self.path("/resume")).token(&self.room.proctor).send().await
    }

    pub async fn end(&self) -> Answer {
        self.room.api.post(self.path("/end")).token(&self.room.proctor).send().await
    }

    pub async fn unlink(&self) -> Answer {
        self.room.api.delete(self.path("/account")).token(&self.room.proctor).send().await
    }

    pub async fn issue_pass(&self, key: &str) -> Answer {
        self.room.api.post(self.path("/pass")).token(&self.room.proctor).key(key).send().await
    }

    /// The code of a new pass for them.
    pub async fn pass(&self) -> String {
        answer(&self.issue_pass("").await.ok(), "code")
    }

    /// Comes in by a new pass and keeps the token.
    pub async fn come_in(&mut self) -> Value {
        let joined = self.room.use_pass(&self.pass().await, "").await.ok();
        self.token = answer(&joined, "accessToken");
        joined
    }

    pub async fn status(&self) -> Value {
        self.room.api.get(self.path("")).token(&self.token).send().await.ok()
    }

    /// Their line on the proctor's board.
    pub async fn seen(&self) -> Value {
        let board = self.room.board().await;
        board["candidates"].as_array().unwrap().iter().find(|view| view["id"] == self.id).unwrap().clone()
    }
}
