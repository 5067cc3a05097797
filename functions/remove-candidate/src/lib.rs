//! `DELETE …/candidates/{candidate}`: removes a candidate whom nobody joined.

use axum::{extract::State, http::StatusCode};
use shared::{
    App,
    domain::history::SessionAction,
    http::{CandidateInPath, Organiser, Problem, RequestKey, SessionInPath},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(remove))
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound, InvalidFields, SessionFinalised,
    AlreadyStarted, CandidateAlreadyLinked);

/// Remove a candidate who was enrolled by mistake.
///
/// Until somebody joins as them.
#[utoipa::path(delete, path = "/sessions/{session}/candidates/{candidate}", operation_id = "removeCandidate", tag = "organiser",
    params(CandidateInPath), responses((status = 204, description = "Removed"), Refusals))]
async fn remove(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    id: Result<CandidateInPath, Problem>,
    key: Result<RequestKey, Problem>,
) -> Result<StatusCode, Problem> {
    let CandidateInPath(id) = organiser.first(&app, &number, id).await?;
    let key = organiser.first_of(&app, &number, &id, key).await?;
    app.store().remove(&number, &id, &organiser.mending(&key, SessionAction::Remove, id.as_str(), app.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
