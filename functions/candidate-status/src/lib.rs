//! `GET …/candidates/{candidate}`: tells a candidate where they stand.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use shared::{
    App,
    domain::{refusal::Refusal, state_table::Status},
    http::{
        CandidateInPath, CandidateView, Problem, SessionView, TestTaker,
        polling::{Polled, polled},
    },
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(status))
}

#[derive(Hash, Serialize, ToSchema)]
struct Standing {
    #[serde(flatten)]
    candidate: CandidateView,
    session: SessionView,
    /// The latest start of the attempt: a token of an earlier one is superseded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1, nullable = false)]
    start: Option<u32>,
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound);

/// See where one stands: let in, may resume, ended.
///
/// Ask again after `refreshAfterSeconds`, with the `ETag` as `If-None-Match`.
#[utoipa::path(get, path = "/sessions/{session}/candidates/{candidate}", operation_id = "candidateStatus", tag = "candidate",
    params(CandidateInPath, ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer: 304 while nothing has changed")),
    responses((status = 200, body = Polled<Standing>, headers(("ETag" = String))), (status = 304, description = "Nothing has changed"), Refusals))]
async fn status(State(app): State<App>, TestTaker { candidate: who, .. }: TestTaker, headers: HeaderMap) -> Result<Response, Problem> {
    let (session, candidates) = app.store().session_and_candidates(&who.session, std::slice::from_ref(&who.id)).await?;
    let (session, candidate) = session.zip(candidates.into_iter().next()).ok_or(Refusal::CandidateNotFound)?;
    if !candidate.is_joined_to(&who.account) {
        return Err(Refusal::Forbidden.into());
    }
    let pace = match candidate.status {
        Status::Enrolled | Status::Present | Status::Interrupted => app.pace().waiting,
        // After a crash nobody has told Vigie that the test was left.
        Status::InProgress if candidate.waiting_since.is_some() => app.pace().waiting,
        Status::InProgress | Status::Finished | Status::Ended => app.pace().running,
    };
    let standing = Standing {
        start: (candidate.starts > 0).then_some(candidate.starts),
        candidate: CandidateView::of(&candidate, app.now()),
        session: (&session).into(),
    };
    Ok(polled(&app, &headers, standing, pace))
}
