//! What a handler has at hand.

use crate::{
    clock::Clock,
    config::{Config, Live, Pace, Refresh},
    domain::{
        account::Email,
        code::CodeKeys,
        language::Language,
        letter::{Letter, Purpose},
        refusal::Refusal,
        seal::SealKeys,
    },
    http::{
        Problem,
        origin::OriginSecrets,
        token::{Claims, Tokens},
        views::Access,
    },
    passwords::Passwords,
    store::Store,
};
use axum::http::HeaderValue;
use jiff::Timestamp;
use std::sync::Arc;

/// The application's parts, shared by all requests.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    store: Store,
    tokens: Option<Tokens>,
    codes: Option<CodeKeys>,
    seals: Option<SealKeys>,
    passwords: Passwords,
    clock: Clock,
    pace: Pace,
    live: Option<Live>,
    sends_mail: bool,
    page: Option<String>,
    /// Web origins that may call the API from a browser.
    allowed_origins: Vec<HeaderValue>,
    origin_secrets: Option<OriginSecrets>,
}

impl App {
    /// The application with these settings, over a DynamoDB client made by [`crate::store::client`].
    pub fn new(config: Config, client: aws_sdk_dynamodb::Client, clock: Clock) -> Self {
        Self(Arc::new(Parts {
            store: Store::new(client, config.accounts_table, config.sessions_table),
            tokens: config.tokens,
            codes: config.codes,
            seals: config.seals,
            passwords: config.passwords,
            clock,
            pace: config.pace,
            live: config.live,
            sends_mail: config.mail_sender.is_some(),
            page: config.page,
            allowed_origins: config.allowed_origins,
            origin_secrets: config.origin_secrets,
        }))
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What tokens are signed and believed with.
    ///
    /// # Errors
    /// `internal_error`, if this function was not given it: `template.yaml` gives it to those alone that ask here.
    pub fn tokens(&self) -> Result<&Tokens, Problem> {
        self.0.tokens.as_ref().ok_or_else(|| Problem::internal("SIGNING_SECRETS is not set"))
    }

    /// What codes and candidate ids derive from.
    ///
    /// # Errors
    /// `internal_error`, if this function was not given it: `template.yaml` gives it to those alone that ask here.
    pub fn codes(&self) -> Result<&CodeKeys, Problem> {
        self.0.codes.as_ref().ok_or_else(|| Problem::internal("CODE_SECRETS is not set"))
    }

    /// What records are sealed with.
    ///
    /// # Errors
    /// `internal_error`, if this function was not given it: `template.yaml` gives it to those alone that ask here.
    pub fn seals(&self) -> Result<&SealKeys, Problem> {
        self.0.seals.as_ref().ok_or_else(|| Problem::internal("SEAL_SECRETS is not set"))
    }

    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Signs a token.
    ///
    /// # Errors
    /// `internal_error`, if this function can't sign.
    pub fn grant(&self, claims: Claims) -> Result<Access, Problem> {
        let expires_in = claims.exp - claims.iat;
        let access_token = self.tokens()?.issue(claims).map_err(Problem::internal)?;
        Ok(Access { access_token, token_type: "Bearer", expires_in })
    }

    pub fn pace(&self) -> Pace {
        self.0.pace
    }

    /// Where changes are announced, if they are.
    pub fn live(&self) -> Option<&Live> {
        self.0.live.as_ref()
    }

    /// Whether this deployment sends mail.
    pub fn sends_mail(&self) -> bool {
        self.0.sends_mail
    }

    /// Where the page is, if this function was told.
    pub fn page(&self) -> Option<&str> {
        self.0.page.as_deref()
    }

    /// The longest that the page of a running test is silent while all is well, in seconds, but for its spread.
    pub fn silence(&self) -> f64 {
        let Refresh { after, live } = self.0.pace.running;
        if self.0.live.is_some() { after.max(live) } else { after }
    }

    /// Writes a letter to this address.
    ///
    /// # Errors
    /// `mail_unavailable`, where none are sent; busy.
    pub async fn write_to(&self, email: Email, purpose: Purpose, language: Language) -> Result<(), Problem> {
        self.check_mail()?;
        Ok(self.store().ask_for(&Letter { purpose, email, language, asked_at: self.now(), invitation: None }).await?)
    }

    /// # Errors
    /// `mail_unavailable`, where no letters are sent.
    pub fn check_mail(&self) -> Result<(), Refusal> {
        if self.sends_mail() { Ok(()) } else { Err(Refusal::MailUnavailable) }
    }

    pub(crate) fn allowed_origins(&self) -> &[HeaderValue] {
        &self.0.allowed_origins
    }

    pub(crate) fn origin_secrets(&self) -> Option<&OriginSecrets> {
        self.0.origin_secrets.as_ref()
    }
}
