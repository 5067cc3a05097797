//! Says who may hear of changes. Without a route: AppSync asks it, as its Lambda authoriser, at each connection and at
//! each subscription.
//!
//! <https://docs.aws.amazon.com/appsync/latest/eventapi/configure-event-api-auth.html>

use serde::{Deserialize, Serialize};
use shared::{
    App,
    domain::{channel::Channel, refusal::Refusal},
    http::token::{Claims, Kind},
    store,
};

/// What somebody wants.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub authorization_token: String,
    pub request_context: Context,
}

#[derive(Debug, Deserialize)]
pub struct Context {
    pub operation: Operation,
    /// To subscribe to.
    pub channel: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operation {
    EventConnect,
    EventSubscribe,
    /// Nobody publishes with a token.
    #[serde(other)]
    Other,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub is_authorized: bool,
    /// For so many seconds AppSync may give the same answer without asking.
    ttl_override: u32,
}

/// Why nothing could be said.
#[derive(Debug, thiserror::Error)]
pub enum NotSaid {
    #[error("SIGNING_SECRETS is not set")]
    NoKeys,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A connection is for whoever proctors or has joined. A channel is for the session's proctors or its candidate, as long
/// as their token counts: one read tells whether it still does.
///
/// # Errors
/// When this function can't check tokens, or DynamoDB is busy.
pub async fn authorise(app: &App, Request { authorization_token, request_context }: Request) -> Result<Answer, NotSaid> {
    let claims = app.tokens().map_err(|_| NotSaid::NoKeys)?.verify(&authorization_token, app.now());
    let is_authorized = match (request_context, claims) {
        (_, None) => false,
        (Context { operation: Operation::EventConnect, .. }, Some(claims)) => claims.kind != Kind::Account,
        (Context { operation: Operation::EventSubscribe, channel: Some(channel) }, Some(claims)) => may_hear(app, &channel, claims).await?,
        _ => false,
    };
    Ok(Answer { is_authorized, ttl_override: 0 })
}

async fn may_hear(app: &App, channel: &str, claims: Claims) -> Result<bool, store::Error> {
    let Some(session) = claims.session else { return Ok(false) };
    match (claims.kind, claims.candidate) {
        (Kind::Proctor, _) if channel == Channel::room(&session).as_str() => {
            let found = app.store().session(&session).await?;
            Ok(found.is_some_and(|session| claims.password_issue == Some(session.password_issue)))
        }
        (Kind::Candidate | Kind::Attempt, Some(id)) if channel == Channel::candidate(&session, &id).as_str() => {
            match app.store().candidate(&session, &id).await {
                Ok(candidate) => {
                    let is_latest = claims.start.is_none_or(|start| start == candidate.starts);
                    Ok(candidate.is_joined_to(&claims.sub) && is_latest)
                }
                Err(store::Error::Refused(Refusal::CandidateNotFound)) => Ok(false),
                Err(error) => Err(error),
            }
        }
        _ => Ok(false),
    }
}
