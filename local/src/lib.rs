//! The whole of Vigie on one machine: the same routes as on Lambda in one server, with an embedded
//! DynamoDB.

pub mod database;
pub mod demo;
pub mod disk;
pub mod functions;
pub mod openapi;
pub mod sam;
mod template;
pub mod web;

use anyhow::{Context, Result};
use aws_config::Region;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use axum::Router;
use data_encoding::BASE64URL_NOPAD;
use functions::ROUTED;
use shared::{App, config::Config, http::layers, store};
use utoipa_axum::router::OpenApiRouter;

/// Whose tables they are, for a DynamoDB that is not on AWS.
pub const ACCESS_KEY: &str = "local";
pub const REGION: &str = "local";

/// Every route of every function.
pub fn routes() -> OpenApiRouter<App> {
    ROUTED.iter().fold(OpenApiRouter::new(), |all, (_, routes)| all.merge(routes()))
}

/// The whole API as one service.
pub fn router(app: &App) -> Router {
    layers::service(routes(), app)
}

/// What a machine that is not on AWS gives the SDK instead.
pub fn aws_config(endpoint: &str) -> aws_config::SdkConfig {
    aws_config::SdkConfig::builder()
        .behavior_version(store::BEHAVIOR())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "local")))
        .endpoint_url(endpoint)
        .build()
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
        None => std::env::var(name).ok(),
    };
    Ok(Config::read(read)?)
}

/// The two secrets of a deployment, in the form of their settings.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    pub signing: String,
    pub code: String,
}

impl Secrets {
    /// New ones.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> Result<Self> {
        let secret = || -> Result<String> {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}")).context("making secrets")?;
            Ok(BASE64URL_NOPAD.encode(&bytes))
        };
        Ok(Self { signing: format!(r#"{{"current": "{}"}}"#, secret()?), code: format!(r#"{{"1": "{}"}}"#, secret()?) })
    }

    /// The settings that every function needs, with the tables of [`database`].
    pub fn settings(&self) -> [(&'static str, &str); 4] {
        [
            ("ACCOUNTS_TABLE", database::ACCOUNTS),
            ("SESSIONS_TABLE", database::SESSIONS),
            ("SIGNING_SECRETS", &self.signing),
            ("CODE_SECRETS", &self.code),
        ]
    }
}
