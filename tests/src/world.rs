//! A whole Vigie of its own for each test: DynamoDB, server, movable clock, metered client.

use crate::{
    api::{Api, answer},
    chaos::{Chaos, Fault},
    meter::Meter,
    record::claims,
    variable,
};
use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryPartition, timeout::TimeoutConfig},
};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use local::{
    database::{self, Served, Tables},
    live,
    mail::{self, Sent},
};
use reqwest::header::HeaderValue;
use serde_json::json;
use shared::{
    App,
    clock::Clock,
    config::Config,
    domain::{
        account::Email,
        centre::CentreId,
        language::Language,
        letter::{Letter, Purpose},
    },
    http::origin::OriginSecrets,
    passwords::Passwords,
    store,
};
use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, Notify, oneshot};

/// For how long a call to the database may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Names another DynamoDB than the embedded one.
pub(crate) const DYNAMODB: &str = "VIGIE_TEST_DYNAMODB";

/// A Vigie to act in, and all that is behind its API.
#[derive(Clone)]
pub struct World {
    pub api: Api,
    pub app: App,
    pub meter: Meter,
    /// The database, reached directly.
    pub dynamo: aws_sdk_dynamodb::Client,
    pub endpoint: String,
    pub access_key: String,
    /// Where the tables are this process's.
    letters: Option<Arc<Mutex<mail::Writer>>>,
    /// Milliseconds by which the server's clock is ahead.
    ahead: Arc<AtomicI64>,
}

impl Deref for World {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl World {
    /// A Vigie with empty tables in the DynamoDB at `VIGIE_TEST_DYNAMODB`, or without it in an
    /// embedded one.
    pub async fn new() -> Self {
        match variable(DYNAMODB) {
            Some(endpoint) => {
                // DynamoDB Local keeps the tables of each access key apart. It takes letters and digits.
                let access_key = ulid::Ulid::generate().to_string();
                create_tables(&endpoint, &access_key).await;
                Self::with(&endpoint, &endpoint, &access_key, None, |_| {}).await
            }
            None => Self::embedded().await,
        }
    }

    /// A Vigie that announces no changes: pages are told nothing, and ask.
    pub async fn without_channels() -> Self {
        match variable(DYNAMODB) {
            Some(_) => Self::new().await,
            None => Self::embedded_with(|config| config.live = None).await,
        }
    }

    /// A Vigie that sends no letters.
    pub async fn without_mail() -> Self {
        Self::embedded_with(|config| config.mail_sender = None).await
    }

    /// A Vigie that pages of this web origin may call.
    pub async fn for_pages_of(origin: &'static str) -> Self {
        Self::embedded_with(|config| config.allowed_origins = vec![HeaderValue::from_static(origin)]).await
    }

    /// A Vigie that requests must show this secret to.
    pub async fn behind_a_firewall(secret: &str) -> Self {
        let secrets = OriginSecrets::parse(&json!({"current": secret}).to_string()).unwrap();
        Self::embedded_with(|config| config.origin_secrets = Some(secrets)).await
    }

    /// A Vigie that hashes passwords so.
    pub async fn hashing(passwords: Passwords) -> Self {
        Self::embedded_with(|config| config.passwords = passwords).await
    }

    /// A Vigie over an embedded DynamoDB of its own.
    pub async fn embedded() -> Self {
        Self::embedded_with(|_| {}).await
    }

    async fn embedded_with(set: impl FnOnce(&mut Config)) -> Self {
        let tables = database::open(None).unwrap();
        let Served { endpoint, access_key } = database::serve(tables.clone()).await.unwrap();
        Self::with(&endpoint, &endpoint, &access_key, Some(tables), set).await
    }

    /// A Vigie over this embedded DynamoDB.
    pub async fn over(Served { endpoint, access_key }: &Served) -> Self {
        Self::with(endpoint, endpoint, access_key, None, |_| {}).await
    }

    /// Another Vigie over the same database, whose calls go `through` something, such as a proxy.
    pub async fn through(&self, through: &str) -> Self {
        Self::with(&self.endpoint, through, &self.access_key, None, |_| {}).await
    }

    /// Another Vigie over the same database, in which the `nth` request of this kind waits until it is told to go on; what tells
    /// that it waits, and what tells it.
    pub async fn held_back(&self, kind: &'static str, nth: usize) -> (Self, Arc<Notify>, oneshot::Sender<()>) {
        let (go_on, told) = oneshot::channel();
        let waits = Arc::new(Notify::new());
        let slow = Chaos::deciding(&self.endpoint, {
            let (waits, mut told, mut seen) = (waits.clone(), Some(told), 0);
            move |operation| {
                seen += usize::from(operation == kind);
                let told = told.take_if(|_| seen == nth);
                let waits = waits.clone();
                async move {
                    if let Some(told) = told {
                        waits.notify_one();
                        told.await.unwrap();
                    }
                    Fault::Pass
                }
                .boxed()
            }
        });
        (self.through(&slow.await.endpoint).await, waits, go_on)
    }

    /// With the tables themselves, changes in them are announced.
    async fn with(endpoint: &str, through: &str, access_key: &str, tables: Option<Tables>, set: impl FnOnce(&mut Config)) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = Clock::new({
            let ahead = ahead.clone();
            move || Timestamp::now() + SignedDuration::from_millis(ahead.load(Ordering::SeqCst))
        });
        let client = |endpoint: &str| {
            let client = store::client(&local::aws_config(endpoint, access_key), None);
            // All clients of a process share how often they may retry: one test's faults are not another's.
            let of_its_own = RetryPartition::custom(ulid::Ulid::generate().to_string()).build();
            // What a test does while a call is held back, or a busy machine, takes none of a call's time.
            let patient = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).operation_timeout(PATIENCE).build();
            Client::from_conf(client.config().to_builder().retry_partition(of_its_own).timeout_config(patient).build())
        };
        let meter = Meter::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let mut config = local::config(&secrets()).unwrap();
        config.page = Some(format!("{base}/app/"));
        config.live = tables.as_ref().map(|_| live::at(address));
        set(&mut config);
        let app = App::new(config, meter.on(&client(through)), clock);
        let letters = tables.as_ref().map(|tables| mail::Writer::new(&app, tables, format!("{base}/app/")));
        let router = match (&tables, &letters) {
            (Some(tables), Some(letters)) => local::router(&app).merge(live::router(&app, tables)).merge(mail::router(letters.outbox())),
            _ => local::router(&app),
        };
        tokio::spawn(async { axum::serve(listener, router).await });
        let dynamo = client(endpoint);
        Self {
            api: Api::of(&app, &base, dynamo.clone()),
            app,
            meter,
            dynamo,
            endpoint: endpoint.to_owned(),
            access_key: access_key.to_owned(),
            letters: letters.map(|letters| Arc::new(Mutex::new(letters))),
            ahead,
        }
    }

    /// The same, without holding every answer against the API's description: for measuring.
    #[must_use]
    pub fn unchecked(self) -> Self {
        Self { api: self.api.unchecked(), ..self }
    }

    /// Moves the server's clock on.
    pub fn pass(&self, time: SignedDuration) {
        self.ahead.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// The letters that were written to this address until now, the newest first.
    pub async fn letters_to(&self, email: &str) -> Vec<Sent> {
        let Some(letters) = &self.letters else { panic!("letters are written where the tables are this process's") };
        let mut letters = letters.lock().await;
        letters.catch_up().await;
        letters.outbox().letters().into_iter().filter(|letter| letter.to == email).collect()
    }

    /// What stands in the link of a letter to a new account.
    pub async fn link(&self, purpose: Purpose) -> String {
        let email = answer(&self.get("/account").token(&self.owner().await).send().await.ok(), "email");
        let letter =
            Letter { purpose, email: Email::parse(&email).unwrap(), language: Language::French, asked_at: self.now(), invitation: None };
        self.app.store().draw_link(&letter, self.now()).await.unwrap().unwrap().1.reveal().to_owned()
    }

    /// What stands in the link of a letter that invites this address to the centre of this organiser.
    pub async fn invitation(&self, organiser: &str, email: &str) -> String {
        let (claims, email, store) = (claims(organiser), Email::parse(email).unwrap(), self.app.store());
        let centre = store.centre(&CentreId::parse(&answer(&claims, "centre")).unwrap()).await.unwrap().unwrap();
        let asked_at = self.now();
        let invitation = Some(store.invite(centre, &email, &answer(&claims, "sub"), asked_at).await.unwrap());
        let letter = Letter { purpose: Purpose::Invitation, email, language: Language::French, asked_at, invitation };
        store.draw_link(&letter, asked_at).await.unwrap().unwrap().1.reveal().to_owned()
    }

    pub fn now(&self) -> Timestamp {
        self.app.now()
    }
}

async fn create_tables(endpoint: &str, access_key: &str) {
    for table in database::tables().unwrap() {
        let created = reqwest::Client::new()
            .post(endpoint)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "DynamoDB_20120810.CreateTable")
            // An emulator only reads whose tables these are.
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={access_key}/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0"),
            )
            .body(table.to_string());
        let created = created.send().await.unwrap();
        assert_eq!(created.status(), 200, "{}", created.text().await.unwrap());
    }
}

/// The secrets of every test world.
pub fn secrets() -> local::Secrets {
    local::Secrets {
        signing: r#"{"current": "the signing secret of the tests, not of anything else"}"#.into(),
        code: r#"{"1": "the code secret of the tests, not of anything else"}"#.into(),
        seal: r#"{"1": "the seal secret of the tests, not of anything else"}"#.into(),
    }
}
