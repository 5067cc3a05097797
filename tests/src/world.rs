//! A whole Vigie of its own for each test: embedded DynamoDB, server, movable clock, metered client.

use crate::{contract, meter::Meter};
use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use shared::{
    App,
    clock::Clock,
    config::Config,
    http::token::{Claims, Kind},
    store,
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A Vigie to act in.
#[derive(Clone)]
pub struct World {
    pub base: String,
    pub http: reqwest::Client,
    pub app: App,
    pub meter: Meter,
    /// The embedded DynamoDB, reached directly.
    pub dynamo: aws_sdk_dynamodb::Client,
    pub endpoint: String,
    /// Milliseconds by which the server's clock is ahead.
    ahead: Arc<AtomicI64>,
    checks_answers: bool,
}

impl World {
    pub async fn new() -> Self {
        let database = local::database::open(None).unwrap();
        let endpoint = local::database::serve(database).await.unwrap();
        Self::over(&endpoint, &endpoint).await
    }

    /// A Vigie whose calls to DynamoDB go to `through`, such as a proxy before the `endpoint`.
    pub async fn over(endpoint: &str, through: &str) -> Self {
        Self::with(endpoint, through, |_| {}).await
    }

    /// A Vigie that pages of this web origin may call.
    pub async fn for_pages_of(origin: &'static str) -> Self {
        let endpoint = local::database::serve(local::database::open(None).unwrap()).await.unwrap();
        Self::with(&endpoint, &endpoint, |config| config.allowed_origins = vec![HeaderValue::from_static(origin)]).await
    }

    async fn with(endpoint: &str, through: &str, set: impl FnOnce(&mut Config)) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = Clock::new({
            let ahead = ahead.clone();
            move || Timestamp::now() + SignedDuration::from_millis(ahead.load(Ordering::SeqCst))
        });
        let meter = Meter::default();
        let client = meter.on(&store::client(&local::aws_config(through), None));
        let mut config = local::config(&secrets()).unwrap();
        set(&mut config);
        let app = App::new(config, client, clock);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = local::router(&app);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self {
            base,
            http: reqwest::Client::new(),
            app,
            meter,
            dynamo: store::client(&local::aws_config(endpoint), None),
            endpoint: endpoint.to_owned(),
            ahead,
            checks_answers: true,
        }
    }

    /// The same, without holding every answer against the API's description: for measuring.
    #[must_use]
    pub fn unchecked(self) -> Self {
        Self { checks_answers: false, ..self }
    }

    /// Moves the server's clock on.
    pub fn pass(&self, time: SignedDuration) {
        self.ahead.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// An account token such as a login gives, without the time a login takes.
    pub fn account(&self, organiser: bool) -> String {
        let now = self.now();
        let mut claims = Claims::new(Kind::Account, &ulid::Ulid::generate().to_string(), now, now + SignedDuration::from_hours(8));
        claims.given_name = Some("Sacha".into());
        claims.family_name = Some("Essai".into());
        if organiser {
            claims.roles = vec![shared::domain::account::Role::Organiser];
        }
        self.app.tokens().issue(claims).unwrap()
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

    pub fn delete(&self, path: impl Into<String>) -> Call {
        self.call(Method::DELETE, path)
    }

    pub fn call(&self, method: Method, path: impl Into<String>) -> Call {
        let path = path.into();
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        Call { method, path, request, checked: self.checks_answers }
    }
}

/// The secrets of every test world.
pub fn secrets() -> local::Secrets {
    local::Secrets {
        signing: r#"{"current": "the signing secret of the tests, not of anything else"}"#.into(),
        code: r#"{"1": "the code secret of the tests, not of anything else"}"#.into(),
    }
}

/// A request in the making.
#[must_use]
pub struct Call {
    method: Method,
    path: String,
    request: reqwest::RequestBuilder,
    checked: bool,
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

    /// Sends it, and holds the answer against the API's description.
    pub async fn send(self) -> Answer {
        self.attempt().await.unwrap()
    }

    /// Sends it to a server that may be gone.
    ///
    /// # Errors
    /// No answer came back.
    pub async fn attempt(self) -> reqwest::Result<Answer> {
        let response = self.request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = (!text.is_empty())
            .then(|| serde_json::from_str(&text).unwrap_or_else(|_| panic!("{} {}: not JSON: {text}", self.method, self.path)));
        if self.checked && self.method != Method::HEAD && self.method != Method::OPTIONS {
            contract::check(&self.method, &self.path, status, body.as_ref());
            assert!(headers.contains_key("x-request-id"), "{} {}: no request id", self.method, self.path);
        }
        Ok(Answer { call: format!("{} {}", self.method, self.path), status, headers, body: body.unwrap_or_default() })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub call: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
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
