//! `POST …/leave`: notes that a candidate left the test.

use axum::{extract::State, http::StatusCode};
use shared::{
    App,
    domain::act::Act,
    http::{CandidateInPath, Problem, RequestKey, TestTaker},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(leave))
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, NotStarted, AttemptSuperseded);

/// Leave the test; it takes the proctor's authorisation to resume.
///
/// The time goes on. The exam engine may call it for the candidate, with the attempt token.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/leave", operation_id = "candidateLeave", tag = "candidate",
    params(CandidateInPath),
    responses((status = 204, description = "Left, also when left or over already"), Refusals))]
async fn leave(State(app): State<App>, test_taker: TestTaker, key: RequestKey) -> Result<StatusCode, Problem> {
    test_taker.act(&app, Act::Leave, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
