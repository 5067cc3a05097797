//! What a handler has at hand.

use crate::{
    clock::Clock,
    domain::code::CodeKeys,
    http::{
        Problem,
        polling::Pace,
        token::{Claims, Tokens},
        views::Access,
    },
    store::Store,
};
use axum::http::HeaderValue;
use jiff::Timestamp;
use std::sync::Arc;

/// The application's parts, shared by all requests.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    pub tokens: Tokens,
    pub codes: CodeKeys,
    pub clock: Clock,
    pub pace: Pace,
    /// Web origins that may call the API from a browser.
    pub allowed_origins: Vec<HeaderValue>,
    /// Whether each request leaves a line in the log; failures always do.
    pub log_requests: bool,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    pub fn codes(&self) -> &CodeKeys {
        &self.0.codes
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Signs a token.
    ///
    /// # Errors
    /// `internal_error`, if signing fails.
    pub fn grant(&self, claims: Claims) -> Result<Access, Problem> {
        let expires_in = claims.exp - claims.iat;
        let access_token = self.tokens().issue(claims).map_err(Problem::internal)?;
        Ok(Access { access_token, token_type: "Bearer", expires_in })
    }

    pub fn pace(&self) -> Pace {
        self.0.pace
    }

    pub(crate) fn allowed_origins(&self) -> &[HeaderValue] {
        &self.0.allowed_origins
    }

    pub(crate) fn logs_requests(&self) -> bool {
        self.0.log_requests
    }
}
