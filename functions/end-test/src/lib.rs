//! `POST …/end`: ends the test of a candidate who left the room.

use axum::extract::State;
use shared::{
    App,
    domain::state_table::Action,
    http::{CandidateInPath, CandidateView, Json, Problem, Proctor, RequestKey},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(end))
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, SessionFinalised, TestEnded, NotStarted);

/// End a candidate's test for ever.
///
/// For whoever left the room without finishing. Again: the same.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/end", operation_id = "endTest", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), Refusals))]
async fn end(
    State(app): State<App>,
    proctor: Proctor,
    CandidateInPath(id): CandidateInPath,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    let candidate = app.store().change(&proctor.session, &id, &key.change(Action::End, proctor.actor(), app.now())).await?;
    Ok(Json(CandidateView::for_staff(&candidate, app.now())))
}
