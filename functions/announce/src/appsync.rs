//! Publishes to AWS AppSync Events, signed as this function.

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningError, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorSettings},
        orchestrator::HttpRequest,
        result::ConnectorError,
    },
    http::{HttpError, StatusCode},
};
use aws_smithy_types::{
    body::SdkBody,
    byte_stream::{self, ByteStream},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;
use shared::domain::channel::Channel;
use std::time::{Duration, SystemTime};

/// How long one publication may take: what comes later is as good as the next.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The HTTP endpoint of an Event API.
#[derive(Debug)]
pub struct AppSync {
    url: String,
    region: String,
    credentials: SharedCredentialsProvider,
    connector: Connector,
}

/// Why something was not announced. It says nothing of what or whom it was about.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    #[error("credentials: {0}")]
    Credentials(#[from] CredentialsError),
    #[error("signing: {0}")]
    Signing(#[from] SigningError),
    #[error("signing: {0}")]
    Parameters(#[from] v4::signing_params::BuildError),
    #[error("request: {0}")]
    Request(#[from] HttpError),
    #[error("AppSync can't be reached: {0}")]
    Unreachable(#[from] ConnectorError),
    #[error("AppSync answers {0}")]
    Refused(StatusCode),
    #[error("AppSync's answer is cut off: {0}")]
    CutOff(#[from] byte_stream::error::Error),
    #[error("AppSync took the request and not the event")]
    Failed,
}

/// What AppSync answers.
#[derive(Deserialize)]
struct Told {
    failed: Vec<IgnoredAny>,
}

impl AppSync {
    /// That at `url`, for whom this is the configuration of; nothing where that has no region or credentials.
    pub fn new(url: String, aws: &SdkConfig) -> Option<Self> {
        let settings = HttpConnectorSettings::builder().connect_timeout(TIMEOUT).read_timeout(TIMEOUT).build();
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).connector_settings(settings);
        connector.set_sleep_impl(aws.sleep_impl());
        Some(Self { url, region: aws.region()?.to_string(), credentials: aws.credentials_provider()?, connector: connector.build() })
    }

    /// Says to all who hear this channel that something changed.
    ///
    /// <https://docs.aws.amazon.com/appsync/latest/eventapi/publish-http.html>
    ///
    /// # Errors
    /// When AppSync does not take it.
    pub async fn publish(&self, channel: Channel) -> Result<(), NotPublished> {
        let body = json!({"channel": channel.as_str(), "events": ["{}"]}).to_string();
        let mut answer = self.connector.call(self.signed(body).await?).await?;
        if !answer.status().is_success() {
            return Err(NotPublished::Refused(answer.status()));
        }
        let told = ByteStream::new(answer.take_body()).collect().await?;
        match serde_json::from_slice(&told.into_bytes()) {
            Ok(Told { failed }) if failed.is_empty() => Ok(()),
            _ => Err(NotPublished::Failed),
        }
    }

    async fn signed(&self, body: String) -> Result<HttpRequest, NotPublished> {
        let identity = self.credentials.provide_credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("appsync")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = [("content-type", "application/json")];
        let signable = SignableRequest::new("POST", self.url.as_str(), headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri(self.url.as_str())?;
        for (name, value) in headers.into_iter().chain(instructions.headers()) {
            request.headers_mut().try_insert(name.to_owned(), value.to_owned())?;
        }
        Ok(request)
    }
}
