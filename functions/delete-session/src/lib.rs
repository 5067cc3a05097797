//! `DELETE /sessions/{session}`: deletes a session that nobody has started.

use axum::{extract::State, http::StatusCode};
use shared::{
    App,
    domain::history::SessionAction,
    http::{Organiser, Problem, RequestKey, SessionInPath},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(delete))
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, InvalidFields, SessionFinalised, AlreadyStarted);

/// Delete a session with its candidates.
///
/// Not once somebody has started; whoever starts in the middle of it keeps their test, and nothing is lost. After a
/// failure half way, call it again and it goes on. Its number is not drawn again.
#[utoipa::path(delete, path = "/sessions/{session}", operation_id = "deleteSession", tag = "organiser",
    params(SessionInPath), responses((status = 204, description = "Deleted"), Refusals))]
async fn delete(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
) -> Result<StatusCode, Problem> {
    let key = organiser.first(&app, &number, key).await?;
    app.store().delete_session(&number, &organiser.mending(&key, SessionAction::Delete, "", app.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
