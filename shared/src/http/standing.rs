//! Where a candidate stands, as they are told again and again.

use super::{
    Problem,
    extract::JoinedCandidate,
    polling::polled,
    views::{CandidateView, SessionView, SessionViewStatus},
};
use crate::{
    app::App,
    config::Refresh,
    domain::{
        candidate::Candidate,
        channel::Channel,
        refusal::Refusal,
        session::{Session, SessionStatus},
        state_table::Status,
    },
};
use axum::{http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What a candidate sees of themselves.
#[derive(Debug, Hash, Serialize, ToSchema)]
pub struct Standing {
    #[serde(flatten)]
    candidate: CandidateView,
    session: SessionView,
    /// The latest start of the attempt: a token of an earlier one is superseded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1, nullable = false)]
    start: Option<u32>,
}

/// A candidate with their session, as one reads who joined.
#[derive(Debug)]
pub struct Joined {
    pub candidate: Candidate,
    session: Session,
}

impl Joined {
    /// Reads them.
    ///
    /// # Errors
    /// `candidate_not_found`, `forbidden` for an account that is no longer joined, busy.
    pub async fn read(app: &App, who: &JoinedCandidate) -> Result<Self, Problem> {
        let (session, candidates) = app.store().session_and_candidates(&who.session, std::slice::from_ref(&who.id)).await?;
        let (session, candidate) = session.zip(candidates.into_iter().next()).ok_or(Refusal::CandidateNotFound)?;
        if candidate.is_joined_to(&who.account) { Ok(Self { candidate, session }) } else { Err(Refusal::Forbidden.into()) }
    }

    /// Tells where they stand, and when to ask again: `running` is for while the test runs and when it is over.
    pub fn tell(&self, app: &App, headers: &HeaderMap, running: Refresh) -> Response {
        let Self { candidate, session } = self;
        let refresh = match candidate.status {
            Status::Enrolled | Status::Present | Status::Interrupted => app.pace().waiting,
            // After a crash nobody has told Vigie that the test was left.
            Status::InProgress if candidate.waiting_since.is_some() => app.pace().waiting,
            Status::InProgress | Status::Finished | Status::Ended => running,
        };
        // The session is marked when all are closed, which no candidate is told of.
        let is_over = candidate.closed && session.status == SessionStatus::Finalising;
        let shown = SessionView::from(session);
        let standing = Standing {
            start: (candidate.starts > 0).then_some(candidate.starts),
            candidate: CandidateView::of(candidate, app.now()),
            session: if is_over { SessionView { status: SessionViewStatus::Finalised, ..shown } } else { shown },
        };
        let channel = Channel::candidate(&session.number, &candidate.id);
        polled(app, headers, standing, refresh, Some(&channel))
    }
}
