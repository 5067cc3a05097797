//! The whole of Vigie on one machine: the same routes as on Lambda in one server, with an embedded
//! DynamoDB.

pub mod database;
pub mod demo;
pub mod disk;
pub mod forget;
pub mod functions;
pub mod live;
pub mod mail;
pub mod openapi;
pub mod sam;
pub mod server;
mod template;
pub mod web;

use anyhow::{Context, Result};
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use axum::Router;
use data_encoding::BASE64URL_NOPAD;
use database::{Embedded, Tables};
use functions::ROUTED;
use shared::{App, config::Config, http::layers, store};
use utoipa_axum::router::OpenApiRouter;

/// A quarter less processor time than with the system's, for 14 MB more: docs/performance.md, The board.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of a DynamoDB that is not on AWS.
pub const REGION: &str = "local";
/// It signs requests whose signature nobody checks.
pub const SECRET_KEY: &str = "local";

/// Every route of every function.
pub fn routes() -> OpenApiRouter<App> {
    ROUTED.iter().fold(OpenApiRouter::new(), |all, (_, routes)| all.merge(routes()))
}

/// The whole API as one service.
pub fn router(app: &App) -> Router {
    layers::service(routes(), app)
}

/// What a machine that is not on AWS gives the SDK instead. `access_key` says whose tables they are.
pub fn aws_config(endpoint: &str, access_key: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key, SECRET_KEY, None, None, "local");
    SdkConfig::builder()
        .behavior_version(store::BEHAVIOR())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

/// The same for tables of this process.
pub fn embedded(tables: Tables) -> SdkConfig {
    aws_config("http://embedded", "embedded").into_builder().http_client(Embedded(tables)).build()
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

/// The settings: what a local run needs, and the environment's own for the rest.
///
/// # Errors
/// Names the setting that is wrong.
pub fn config(secrets: &Secrets) -> Result<Config> {
    let known = secrets.settings();
    let read = |name: &str| match known.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => Some((*value).to_owned()),
        None if name == "DYNAMODB_ENDPOINT" => None,
        None if name == "MAIL_SENDER" => Some(mail::SENDER.to_owned()),
        None => std::env::var(name).ok(),
    };
    Ok(Config::read(read)?)
}

/// The secrets of a deployment, in the form of their settings.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    pub signing: String,
    pub code: String,
    pub seal: String,
}

impl Secrets {
    /// New ones.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> Result<Self> {
        let secret = || random::<32>().context("making secrets").map(|bytes| BASE64URL_NOPAD.encode(&bytes));
        let versioned = || secret().map(|secret| format!(r#"{{"1": "{secret}"}}"#));
        Ok(Self { signing: format!(r#"{{"current": "{}"}}"#, secret()?), code: versioned()?, seal: versioned()? })
    }

    /// The settings that every function needs, with the tables of [`database`].
    pub fn settings(&self) -> [(&'static str, &str); 5] {
        [
            ("ACCOUNTS_TABLE", database::ACCOUNTS),
            ("SESSIONS_TABLE", database::SESSIONS),
            ("SIGNING_SECRETS", &self.signing),
            ("CODE_SECRETS", &self.code),
            ("SEAL_SECRETS", &self.seal),
        ]
    }
}
