//! Vigie's API, wherever it is served: people with accounts, requests, answers.

use crate::{contract, record::claims, variable, world::World};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use shared::{
    App,
    domain::{
        account::{Account, Email, Role},
        centre::{Centre, CentreId},
        name::{Label, PersonName},
        request::RequestId,
    },
    http::token::{Claims, Kind},
    store::Store,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::OnceCell;

/// How often a deployment is asked again that has no time now.
const PATIENCE: u32 = 10;
/// The password of every account that the tests make on a deployment.
const PASSWORD: &str = "Certification1";
/// What everybody is called.
const FIRST_NAME: &str = "Sacha";
const LAST_NAME: &str = "Essai";

/// An API to call.
#[derive(Clone)]
pub struct Api {
    pub base: String,
    pub http: reqwest::Client,
    /// The database behind it, where the test may look into it.
    pub dynamo: Option<aws_sdk_dynamodb::Client>,
    accounts: Accounts,
    checks_answers: bool,
}

#[derive(Clone)]
enum Accounts {
    /// Tokens such as a login gives, without the time a login takes.
    Minted(App),
    /// Those of [`PEOPLE`], of whom this test has taken so many.
    Real(Arc<AtomicUsize>),
}

/// The tokens of people with accounts on the deployment: more than any room of the tests has, so that
/// a person may be in several rooms but is nobody twice in one. Each test takes them in turn.
static PEOPLE: [OnceCell<String>; 128] = [const { OnceCell::const_new() }; 128];
static ORGANISERS: [OnceCell<String>; 2] = [const { OnceCell::const_new() }; 2];

/// The media types of answers that are no JSON.
const FILES: [&str; 2] = ["text/csv", "application/pdf"];

impl Api {
    /// The deployment at `VIGIE_URL`, or without it a Vigie in this process.
    pub async fn anywhere() -> Self {
        match variable("VIGIE_URL") {
            Some(url) => {
                Self::new(url.trim_end_matches('/'), None, Accounts::Real(Arc::new(AtomicUsize::new(fastrand::usize(..PEOPLE.len())))))
            }
            None => World::new().await.api,
        }
    }

    /// The server of this application at `base`.
    pub fn of(app: &App, base: &str, dynamo: aws_sdk_dynamodb::Client) -> Self {
        Self::new(base, Some(dynamo), Accounts::Minted(app.clone()))
    }

    fn new(base: &str, dynamo: Option<aws_sdk_dynamodb::Client>, accounts: Accounts) -> Self {
        Self { base: base.to_owned(), http: reqwest::Client::new(), dynamo, accounts, checks_answers: true }
    }

    /// The same, without holding every answer against the API's description: for measuring.
    #[must_use]
    pub fn unchecked(self) -> Self {
        Self { checks_answers: false, ..self }
    }

    /// The account token of somebody who is nobody else in any room of this test.
    pub async fn account(&self) -> String {
        match &self.accounts {
            Accounts::Minted(app) => mint(app, &ulid::Ulid::generate().to_string(), None),
            Accounts::Real(taken) => {
                let person = &PEOPLE[taken.fetch_add(1, Ordering::SeqCst) % PEOPLE.len()];
                person.get_or_init(|| async { self.log_in(&email("essai"), PASSWORD, true).await.unwrap() }).await.clone()
            }
        }
    }

    /// The token of an account that is this test's alone, of which the table knows everywhere.
    pub async fn owner(&self) -> String {
        self.log_in(&email("essai"), PASSWORD, true).await.unwrap()
    }

    /// The account tokens of that many people.
    pub async fn accounts(&self, count: usize) -> Vec<String> {
        stream::repeat_with(|| self.account()).take(count).buffered(8).collect().await
    }

    /// The account token of an organiser: on a deployment that of `VIGIE_ORGANISER`, everybody's.
    pub async fn organiser(&self) -> String {
        self.organiser_of("VIGIE_ORGANISER", 0).await
    }

    /// The account token of another organiser: on a deployment that of `VIGIE_OTHER_ORGANISER`.
    pub async fn other_organiser(&self) -> String {
        self.organiser_of("VIGIE_OTHER_ORGANISER", 1).await
    }

    async fn organiser_of(&self, variable: &str, place: usize) -> String {
        if let Accounts::Minted(app) = &self.accounts {
            let centre = Centre::new(ulid::Ulid::generate().into(), Label::parse("Collège").unwrap(), app.now());
            return self.organiser_in(app, centre).await;
        }
        let log_in = async || {
            let account = std::env::var(variable).unwrap_or_default();
            let Some((email, password)) = account.split_once(':') else { panic!("{variable} is not set to EMAIL:PASSWORD") };
            // A server that gives the role to an address may not have its account yet.
            match self.log_in(email, password, false).await {
                Some(token) => token,
                None => self.log_in(email, password, true).await.unwrap_or_else(|| panic!("{variable}: the password is wrong")),
            }
        };
        ORGANISERS[place].get_or_init(log_in).await.clone()
    }

    /// The account token of one more organiser of the centre of this one. Nobody can be made one on a deployment.
    pub async fn colleague(&self, organiser: &str) -> String {
        let Accounts::Minted(app) = &self.accounts else { panic!("only here") };
        let id = CentreId::parse(&answer(&claims(organiser), "centre")).unwrap();
        let centre = self.store().centre(&id).await.unwrap().unwrap();
        self.organiser_in(app, centre).await
    }

    /// Has an account become an organiser, without the time that a password takes, and unseen by the meter.
    async fn organiser_in(&self, app: &App, centre: Centre) -> String {
        let name = |name| PersonName::parse(name).unwrap();
        let account = Account {
            id: ulid::Ulid::generate().to_string(),
            first_name: name(FIRST_NAME),
            last_name: name(LAST_NAME),
            email: Email::parse(&email("organise")).unwrap(),
            password_hash: String::new(),
            password_issue: 0,
            created_at: app.now(),
            terms_version: String::new(),
            terms_accepted_at: app.now(),
            last_access_at: None,
            email_proved_at: None,
            centre: None,
        };
        let id = account.id.clone();
        self.store().create_account(&account, &RequestId::of(&id, &[])).await.unwrap();
        let centre = self.store().add_organiser(centre, &account, app.now()).await.unwrap();
        mint(app, &id, Some(centre.id))
    }

    fn store(&self) -> Store {
        let [accounts, sessions] = [local::database::ACCOUNTS, local::database::SESSIONS].map(str::to_owned);
        Store::new(self.dynamo.clone().unwrap(), accounts, sessions)
    }

    async fn log_in(&self, email: &str, password: &str, new: bool) -> Option<String> {
        if new {
            let account =
                json!({"firstName": FIRST_NAME, "lastName": LAST_NAME, "email": email, "password": password, "acceptTerms": true});
            self.post("/accounts").key(email).json(&account).send().await;
        }
        let login = self.post("/login").json(&json!({"email": email, "password": password})).send().await;
        (login.status == 200).then(|| answer(&login.body, "accessToken"))
    }

    pub fn get(&self, path: impl Into<String>) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: impl Into<String>) -> Call {
        self.call(Method::POST, path)
    }

    pub fn put(&self, path: impl Into<String>) -> Call {
        self.call(Method::PUT, path)
    }

    pub fn patch(&self, path: impl Into<String>) -> Call {
        self.call(Method::PATCH, path)
    }

    pub fn delete(&self, path: impl Into<String>) -> Call {
        self.call(Method::DELETE, path)
    }

    pub fn call(&self, method: Method, path: impl Into<String>) -> Call {
        let path = path.into();
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        Call { method, path, request, checked: self.checks_answers, patient: matches!(self.accounts, Accounts::Real(_)) }
    }
}

/// A request in the making.
#[must_use]
pub struct Call {
    method: Method,
    path: String,
    request: reqwest::RequestBuilder,
    checked: bool,
    /// Whether it comes back later when it is told to.
    patient: bool,
}

impl Call {
    pub fn token(mut self, token: &str) -> Self {
        self.request = self.request.bearer_auth(token);
        self
    }

    pub fn key(self, key: impl AsRef<str>) -> Self {
        self.header("idempotency-key", key.as_ref())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// A header whose value may be no text.
    pub fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.json(body);
        self
    }

    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// Sends it; to a deployment again while that is busy, or its gateway has no time for it. Vigie's
    /// own 429 is an answer like any other.
    async fn patiently(&self) -> reqwest::Result<reqwest::Response> {
        let mut tries = 0;
        loop {
            let response = self.request.try_clone().unwrap().send().await?;
            let of_gateway = response.headers().get("content-type").is_none_or(|kind| kind != "application/problem+json");
            let later = response.status() == 503 || response.status() == 429 && of_gateway;
            if !self.patient || !later || tries == PATIENCE {
                return Ok(response);
            }
            tries += 1;
            let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            tokio::time::sleep(Duration::from_millis(fastrand::u64(..500)) + Duration::from_secs(seconds.unwrap_or(1))).await;
        }
    }

    /// Sends it, and holds the answer against the API's description.
    pub async fn send(self) -> Answer {
        self.attempt().await.unwrap()
    }

    /// Sends it to a server that may be gone.
    ///
    /// # Errors
    /// No answer came back.
    pub async fn attempt(self) -> reqwest::Result<Answer> {
        let response = self.patiently().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()?.split(';').next());
        let file = kind.filter(|kind| FILES.contains(kind));
        let body = (!text.is_empty()).then(|| match serde_json::from_str(&text) {
            Ok(body) => body,
            Err(_) if file.is_some() => Value::String(text.clone()),
            Err(error) => panic!("{} {}: {status}, not JSON ({error}): {text}", self.method, self.path),
        });
        if self.checked && self.method != Method::HEAD && self.method != Method::OPTIONS {
            if let Some(kind) = file {
                contract::check_file(&self.method, &self.path, status, kind);
            } else {
                contract::check(&self.method, &self.path, status, body.as_ref());
            }
            assert!(headers.contains_key("x-request-id"), "{} {}: no request id", self.method, self.path);
        }
        Ok(Answer { call: format!("{} {}", self.method, self.path), status, headers, body: body.unwrap_or_default(), text, bytes })
    }
}

/// A made-up address that nobody has an account for.
pub fn email(name: &str) -> String {
    format!("{name}.{}@example.org", ulid::Ulid::generate().to_string().to_lowercase())
}

fn mint(app: &App, account: &str, centre: Option<CentreId>) -> String {
    let now = app.now();
    let mut claims = Claims::new(Kind::Account, account, now, now + SignedDuration::from_hours(8));
    claims.given_name = Some(FIRST_NAME.into());
    claims.family_name = Some(LAST_NAME.into());
    claims.email = Email::parse("sacha.essai@example.org").ok();
    claims.roles = centre.iter().map(|_| Role::Organiser).collect();
    claims.centre = centre;
    app.tokens().unwrap().issue(claims).unwrap()
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub call: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    /// The body to the letter; where it is no text, as far as it is one.
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {} {}", self.call, self.status, self.body);
        self.body
    }

    /// Asserts a refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}: {}", self.call, self.body);
        self
    }

    /// The refusal's code, or `ok`.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().filter(|_| self.status >= 400).unwrap_or("ok")
    }

    /// `field code` of each bad field.
    #[track_caller]
    pub fn bad_fields(&self) -> Vec<String> {
        self.refused(422, "invalid_fields");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.body["errors"].as_array().unwrap().iter().map(|error| format!("{} {}", text(&error["field"]), text(&error["code"]))).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A string in an answer.
#[track_caller]
pub fn answer(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body}")).to_owned()
}
