//! `GET …/history`: tells what happened to a candidate.

use axum::extract::State;
use serde::Serialize;
use shared::{
    App,
    domain::{
        record::{Event, history},
        refusal::Refusal,
    },
    http::{CandidateInPath, Json, Problem, SessionInPath, Staff},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(tell))
}

#[derive(Serialize, ToSchema)]
struct History {
    /// The oldest first.
    history: Vec<Event>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound);

/// See what happened to a candidate: who did what, when, and why.
///
/// Calls for help are no part of it.
#[utoipa::path(get, path = "/sessions/{session}/candidates/{candidate}/history", operation_id = "candidateHistory", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = History), Refusals))]
async fn tell(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(number): SessionInPath,
    id: Result<CandidateInPath, Problem>,
) -> Result<Json<History>, Problem> {
    let id = id.ok().map(|CandidateInPath(id)| id);
    let past = app.store().past(&number, id.as_ref()).await?;
    staff.check(&past.session)?;
    let candidate = past.candidate.as_ref().ok_or(Refusal::CandidateNotFound)?;
    Ok(Json(History { history: history(candidate, &past.session, &past.proctors) }))
}
