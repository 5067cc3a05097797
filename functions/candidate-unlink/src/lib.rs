//! `DELETE …/account`: undoes a join under the wrong name.

use axum::extract::State;
use shared::{
    App,
    domain::act::Act,
    http::{CandidateInPath, CandidateView, Json, Problem, RequestKey, SessionInPath, Staff},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(unlink))
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, CandidateNotFound, InvalidFields, SessionFinalised, AlreadyStarted);

/// Take a candidate's account off, before the start.
///
/// For a join under the wrong name: the right account may join then, and this one as somebody else.
/// Presence stays as it is.
#[utoipa::path(delete, path = "/sessions/{session}/candidates/{candidate}/account", operation_id = "candidateUnlink", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), Refusals))]
async fn unlink(
    State(app): State<App>,
    staff: Staff,
    SessionInPath(session): SessionInPath,
    id: Result<CandidateInPath, Problem>,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    // An id that can't exist is refused by the store, once it has seen that the session is the caller's.
    let id = id.ok().map(|CandidateInPath(id)| id);
    let candidate = app.store().unlink(&session, id.as_ref(), &key.change(Act::Unlink, staff.actor(), app.now())).await?;
    Ok(Json(CandidateView::for_staff(&candidate, app.now())))
}
