//! Opens a finalised session again. Without a route: invoked directly, so that IAM guards it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    App,
    domain::{
        invalid::Invalid,
        name::Reason,
        request::RequestId,
        session::{SessionNumber, SessionStatus},
    },
    store::NotReopened,
};

/// Which session to open again, and why: up to 80 characters, which the record tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    pub session: String,
    pub reason: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reopened {
    session: SessionNumber,
    /// `finalised` where this invocation opened it before, and it was finalised again since.
    status: SessionStatus,
    /// How often it was finalised until now.
    finalisations: u32,
    /// Those who had not started can start between these.
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
    pub not_started: usize,
    pub ended: usize,
}

/// Why a session stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("session: 5 to 9 digits")]
    Number,
    #[error("reason: {0}")]
    Reason(#[from] Invalid),
    #[error(transparent)]
    Session(#[from] NotReopened),
}

/// Lets whoever had not started start, and its organisers mend what they finalised by mistake; they finalise it again. What is
/// ended stays ended. `invocation` names this one and its retries.
///
/// # Errors
/// When number or reason are none, when there is no such session, or it is not finalised; when DynamoDB is busy.
pub async fn reopen(app: &App, Reopen { session, reason }: Reopen, invocation: &str) -> Result<Reopened, Refused> {
    let number = SessionNumber::parse(session.trim()).ok_or(Refused::Number)?;
    let reason = Reason::parse(&reason)?;
    let request = RequestId::of(invocation, &["reopen", number.as_str()]);
    let (session, candidates) = app.store().reopen(&number, &reason, &request, app.now()).await?;
    let not_started = candidates.iter().filter(|candidate| candidate.status.is_before_start()).count();
    Ok(Reopened {
        session: number,
        status: session.status,
        finalisations: session.finalisations,
        opens_at: session.window.opens_at,
        closes_at: session.window.closes_at,
        not_started,
        ended: candidates.iter().filter(|candidate| candidate.status.is_over()).count(),
    })
}
