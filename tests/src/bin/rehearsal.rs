//! The readiness check before an exam window: goes through the whole procedure on a deployment, in a
//! session marked as a rehearsal, and stops at the first answer that is not as it should be.

use anyhow::{Context, Result, anyhow, bail, ensure};
use aws_sdk_dynamodb::{Client as Dynamo, types::AttributeValue};
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use tests::live::Ear;
use ulid::Ulid;

/// What staff see of the session, as its site and its room.
const MARK: [&str; 2] = ["Répétition", "Pas un examen"];
const PASSWORD: &str = "Certification1";
/// A step that takes longer than this has failed.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Goes through the procedure on a deployment of Vigie. `VIGIE_ORGANISER` is an organiser's EMAIL:PASSWORD.
#[derive(Debug, Parser)]
#[command(name = "rehearsal")]
struct Arguments {
    /// Where the API is, such as <https://vigie.example.org>.
    url: String,
    /// Deletes the rehearsal's session and accounts from `ACCOUNTS_TABLE` and `SESSIONS_TABLE`, with the
    /// AWS credentials of the environment.
    #[arg(long)]
    delete: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match rehearse(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn rehearse(arguments: Arguments) -> Result<()> {
    let organiser = std::env::var("VIGIE_ORGANISER").unwrap_or_default();
    let (email, password) = organiser.split_once(':').context("VIGIE_ORGANISER must be an organiser's EMAIL:PASSWORD")?;
    let tables = if arguments.delete { Some(Tables::from_env().await?) } else { None };
    let mut rehearsal = Rehearsal::new(&arguments.url)?;
    println!("{:<28} {:>6} {:>9}  request id", "step", "status", "time");
    let walked = rehearsal.walk(email, password).await;
    if let Err(error) = &walked {
        eprintln!("\n{error:#}\n");
    }
    let cleaned = rehearsal.clean_up(tables.as_ref()).await;
    if walked.is_err() {
        bail!("NOT READY");
    }
    cleaned.context("READY, but the rehearsal could not be cleaned up")?;
    println!("\nREADY: the whole procedure works.");
    Ok(())
}

/// What has been made so far.
struct Rehearsal {
    base: String,
    http: reqwest::Client,
    organiser: String,
    session: Option<String>,
    /// The number of one that was deleted again.
    gone: Option<String>,
    emails: [String; 2],
    finalised: bool,
}

/// One candidate of the session.
struct Candidate {
    path: String,
    token: String,
}

impl Rehearsal {
    fn new(url: &str) -> Result<Self> {
        let run = Ulid::generate().to_string().to_lowercase();
        Ok(Self {
            base: url.trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder().timeout(TIMEOUT).build()?,
            organiser: String::new(),
            session: None,
            gone: None,
            emails: ["surveillant", "candidat"].map(|who| format!("success+repetition.{who}.{run}@simulator.amazonses.com")),
            finalised: false,
        })
    }

    /// Sends a request such as `GET /health`, prints its line and returns the body of the answer.
    async fn step(&self, name: &str, call: &str, token: &str, body: Value, right: u16) -> Result<Value> {
        let (method, path) = call.split_once(' ').context("no path")?;
        let mut request = self.http.request(method.parse()?, format!("{}{path}", self.base)).header("accept-language", "en");
        request = request.header("idempotency-key", Ulid::generate().to_string());
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let begun = Instant::now();
        let no_answer = || format!("{name}: no answer. Is {} the stack's WebUrl, and can this machine reach it?", self.base);
        let answer = request.send().await.with_context(no_answer)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.with_context(no_answer)?;
        let id = ["x-request-id", "apigw-requestid"].into_iter().find_map(|header| headers.get(header)?.to_str().ok()).unwrap_or("none");
        let failed = if status == right { String::new() } else { format!("  FAILED, should be {right}") };
        println!("{name:<28} {status:>6} {:>6} ms  {id}{failed}", begun.elapsed().as_millis());
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let said = body.get("detail").or(body.get("message")).and_then(Value::as_str).unwrap_or(&text);
        ensure!(status == right, "{name}: {said}\n{}\nRequest id: {id}", advice(status));
        Ok(body)
    }

    async fn walk(&mut self, email: &str, password: &str) -> Result<()> {
        self.step("health", "GET /health", "", Value::Null, 200).await?;
        self.organiser = self.log_in("organiser logs in", email, password).await?;
        let organiser = self.organiser.clone();

        let now = Timestamp::now();
        let (date, time) = (now.strftime("%F").to_string(), now.strftime("%R").to_string());
        let [site, room] = MARK;
        let session = json!({"date": date, "time": time, "timeZone": "UTC", "site": site, "room": room});
        let mistaken = self.step("another is created", "POST /sessions", &organiser, session.clone(), 201).await?;
        let mistaken = text(&mistaken, "/number")?;
        self.gone = Some(mistaken.clone());
        self.step("it is deleted", &format!("DELETE /sessions/{mistaken}"), &organiser, Value::Null, 204).await?;
        let kit = self.step("session is created", "POST /sessions", &organiser, session, 201).await?;
        let session = format!("/sessions/{}", text(&kit, "/number")?);
        self.session = Some(text(&kit, "/number")?);
        self.step("session is edited", &format!("PATCH {session}"), &organiser, json!({"examiner": site}), 200).await?;
        let [first, second, third] =
            ["Une", "Deux", "Trois"].map(|name| json!({"firstName": name, "lastName": "Répétition", "birthdate": "2012-05-31"}));
        let list = json!({"candidates": [first, second, third]});
        let enrolled = self.step("candidates are enrolled", &format!("POST {session}/candidates"), &organiser, list, 201).await?;
        let third = format!("{session}/candidates/{}", text(&enrolled, "/candidates/2/id")?);
        self.step("one is removed", &format!("DELETE {third}"), &organiser, Value::Null, 204).await?;

        let [one, two] = self.emails.clone();
        let one = self.sign_up("proctor", &one).await?;
        let two = self.sign_up("candidate", &two).await?;
        let password = json!({"password": text(&kit, "/sessionPassword")?});
        let login = self.step("proctor enters session", &format!("POST {session}/proctors"), &one, password, 200).await?;
        let proctor = &text(&login, "/accessToken")?;
        let code = json!({"accessCode": text(&kit, "/accessCode")?});

        let Candidate { path, token } = self.join("candidate joins", &session, &two, first).await?;
        let start = &format!("POST {path}/start");
        self.step("start without a tick", start, &token, code.clone(), 403).await?;
        let waiting = self.step("candidate waits", &format!("GET {path}"), &token, Value::Null, 200).await?;
        let ear = listen(&waiting, &token).await?;
        self.step("proctor ticks", &format!("PUT {path}/presence"), proctor, json!({"present": true}), 200).await?;
        hear(ear).await?;
        let started = self.step("candidate starts", start, &token, code.clone(), 201).await?;
        self.step("candidate looks", &format!("GET {path}"), &token, Value::Null, 200).await?;
        let attempt = text(&started, "/accessToken")?;
        self.step("page says it is here", &format!("PUT {path}/here"), &attempt, json!({"here": true}), 200).await?;
        self.step("candidate calls", &format!("POST {path}/help"), &token, Value::Null, 200).await?;
        self.step("proctor answers", &format!("DELETE {path}/help"), proctor, Value::Null, 200).await?;
        let minutes = json!({"minutes": 10, "reason": site});
        self.step("minutes are added", &format!("POST {path}/minutes"), proctor, minutes, 200).await?;
        self.step("extra time is corrected", &format!("PATCH {path}"), &organiser, json!({"extraTimePercent": 33}), 200).await?;
        let incident = json!({"category": "other", "text": site});
        self.step("incident is reported", &format!("POST {session}/incidents"), proctor, incident, 201).await?;
        self.step("incidents are listed", &format!("GET {session}/incidents"), proctor, Value::Null, 200).await?;
        self.step("candidate leaves", &format!("POST {path}/leave"), &attempt, Value::Null, 204).await?;
        self.step("start again unauthorised", start, &token, code.clone(), 403).await?;
        self.step("proctor authorises", &format!("POST {path}/resume"), proctor, Value::Null, 200).await?;
        let resumed = self.step("candidate resumes", start, &token, code.clone(), 200).await?;
        ensure!(resumed.pointer("/attempt/id") == started.pointer("/attempt/id"), "the resumed test is another attempt");
        self.step("candidate finishes", &format!("POST {path}/finish"), &text(&resumed, "/accessToken")?, Value::Null, 200).await?;

        // Whoever proctors may be a candidate too: two accounts are enough.
        let Candidate { path, token } = self.join("second candidate joins", &session, &one, second).await?;
        let start = &format!("POST {path}/start");
        self.step("proctor ticks the second", &format!("PUT {path}/presence"), proctor, json!({"present": true}), 200).await?;
        self.step("second candidate starts", start, &token, code.clone(), 201).await?;
        self.step("proctor ends their test", &format!("POST {path}/end"), proctor, Value::Null, 200).await?;
        self.step("start after the end", start, &token, code, 409).await?;
        self.step("history is read", &format!("GET {path}/history"), proctor, Value::Null, 200).await?;
        let board = self.step("proctor reads the board", &format!("GET {session}/board"), proctor, Value::Null, 200).await?;
        let over = json!({"enrolled": 0, "present": 0, "inProgress": 0, "interrupted": 0, "finished": 1, "ended": 1});
        ensure!(board.get("summary") == Some(&over), "the board does not show one test finished and one ended: {board}");
        let leaked = json!({"replace": ["sessionPassword", "accessCode"]});
        self.step("codes are replaced", &format!("POST {session}/codes"), &organiser, leaked, 200).await?;
        self.step("proctor is out", &format!("GET {session}/board"), proctor, Value::Null, 401).await?;
        self.finalise().await
    }

    async fn log_in(&self, name: &str, email: &str, password: &str) -> Result<String> {
        let login = self.step(name, "POST /login", "", json!({"email": email, "password": password}), 200).await?;
        text(&login, "/accessToken")
    }

    async fn sign_up(&self, who: &str, email: &str) -> Result<String> {
        let account = json!({"firstName": who, "lastName": "Répétition", "email": email, "password": PASSWORD, "acceptTerms": true});
        self.step(&format!("{who} signs up"), "POST /accounts", "", account, 201).await?;
        self.log_in(&format!("{who} logs in"), email, PASSWORD).await
    }

    async fn join(&self, name: &str, session: &str, account: &str, identity: Value) -> Result<Candidate> {
        let joined = self.step(name, &format!("POST {session}/join"), account, identity, 200).await?;
        Ok(Candidate { path: format!("{session}/candidates/{}", text(&joined, "/candidate/id")?), token: text(&joined, "/accessToken")? })
    }

    async fn finalise(&mut self) -> Result<()> {
        let session = self.session.as_deref().context("no session")?;
        self.step("session is finalised", &format!("POST /sessions/{session}/finalise"), &self.organiser, Value::Null, 200).await?;
        self.finalised = true;
        Ok(())
    }

    /// Finalises the session if that is not done, and deletes everything if that is wished.
    async fn clean_up(&mut self, tables: Option<&Tables>) -> Result<()> {
        if self.session.is_some() && !self.finalised {
            self.finalise().await.context("The rehearsal's session stays open until a day after now")?;
        }
        match (tables, &self.session) {
            (Some(tables), session) => {
                let deleted = tables.delete(self.gone.iter().chain(session), &self.emails).await?;
                println!("{deleted} items deleted");
            }
            (None, Some(session)) => {
                println!("Session {session} stays, finalised, and two accounts; DynamoDB deletes them in 5 years, --delete at once.");
            }
            (None, None) => {}
        }
        Ok(())
    }
}

/// What an operator does about an unexpected answer.
const fn advice(status: u16) -> &'static str {
    match status {
        401 => "Check the e-mail address and password in VIGIE_ORGANISER, and the clocks; see the log of the function.",
        403 => {
            "Is this the stack's WebUrl? Behind a firewall, ApiUrl refuses all. If the organiser was refused, give that account the role (docs/operations.md); else see the log of the function."
        }
        404 => "Is this the stack's WebUrl, and is the whole stack deployed?",
        429 => "Too many requests: is the throttling of this route, or the account's concurrency, high enough? Wait, then try again.",
        500.. => "See the log of the function under this request id, then DynamoDB's and Lambda's metrics; do not open the window.",
        _ => "The deployment is not the version this check belongs to, or it is broken: compare what was deployed.",
    }
}

/// Where a deployment keeps its items.
struct Tables {
    dynamo: Dynamo,
    accounts: String,
    sessions: String,
}

impl Tables {
    async fn from_env() -> Result<Self> {
        let name = |variable| std::env::var(variable).with_context(|| format!("--delete needs the name of a table in {variable}"));
        let aws = aws_config::load_defaults(shared::store::BEHAVIOR()).await;
        Ok(Self { dynamo: Dynamo::new(&aws), accounts: name("ACCOUNTS_TABLE")?, sessions: name("SESSIONS_TABLE")? })
    }

    /// Deletes all items of these sessions, and these accounts; returns how many items.
    async fn delete(&self, sessions: impl Iterator<Item = &String>, emails: &[String]) -> Result<usize> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut deleted = 0;
        for session in sessions {
            let query = self.dynamo.query().table_name(&self.sessions).key_condition_expression("#session = :session");
            let query = query.expression_attribute_names("#session", "session").expression_attribute_values(":session", text(session));
            let items = query.consistent_read(true).into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
            for mut item in items {
                let key = item.remove("sk").context("an item without sk")?;
                self.dynamo.delete_item().table_name(&self.sessions).key("session", text(session)).key("sk", key).send().await?;
                deleted += 1;
            }
        }
        for pk in emails.iter().flat_map(|email| [format!("account#{email}"), format!("mail#proof#{email}")]) {
            let call = self.dynamo.delete_item().table_name(&self.accounts).key("pk", text(&pk));
            let gone = call.return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld).send().await?;
            deleted += usize::from(gone.attributes.is_some());
        }
        Ok(deleted)
    }
}

fn text(body: &Value, pointer: &str) -> Result<String> {
    body.pointer(pointer).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("the answer has no {pointer}: {body}"))
}

/// Listens where an answer says that changes are announced, if they are.
async fn listen(answer: &Value, token: &str) -> Result<Option<Ear>> {
    let Some(live) = answer.get("live") else { return Ok(None) };
    let refused = |told: Value| anyhow!("changes can't be heard: {told}. See docs/operations.md, ChannelsClosed");
    let mut ear = Ear::connect(live, token).await.map_err(refused)?;
    ear.subscribe(&text(live, "/channel")?, token).await.map_err(refused)?;
    Ok(Some(ear))
}

async fn hear(ear: Option<Ear>) -> Result<()> {
    let begun = Instant::now();
    let heard = match ear {
        None => "changes are not announced".to_owned(),
        Some(mut ear) => {
            ensure!(ear.hears(TIMEOUT).await, "the tick was not announced. See docs/operations.md, ChannelsLag");
            format!("{:>6} {:>6} ms", "", begun.elapsed().as_millis())
        }
    };
    println!("{:<28} {heard}", "tick is heard");
    Ok(())
}
