//! `POST …/finalise`: closes a session, and seals its record.

use axum::extract::State;
use serde::Serialize;
use shared::{
    App,
    http::{Json, Organiser, Problem, RequestKey, SessionInPath, SessionView, views::Summary},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(finalise))
}

#[derive(Serialize, ToSchema)]
struct Finalised {
    #[serde(flatten)]
    session: SessionView,
    summary: Summary,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound, InvalidFields);

/// Finalise a session: nothing changes any more, tests still running are ended, and the record is sealed.
///
/// Again: the same. After a failure half way, call it again and it goes on. Where the operator has opened the session again
/// since, a retry finalises nothing: its answer says that the session is open.
#[utoipa::path(post, path = "/sessions/{session}/finalise", operation_id = "finaliseSession", tag = "organiser",
    params(SessionInPath), responses((status = 200, body = Finalised), Refusals))]
async fn finalise(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
) -> Result<Json<Finalised>, Problem> {
    let request = organiser.first(&app, &number, key).await?.request_id("finalise", &organiser.account);
    let (session, candidates) = app.store().finalise(&number, &organiser.actor(), &request, app.seals()?, app.now()).await?;
    Ok(Json(Finalised { session: (&session).into(), summary: Summary::of(candidates.iter().map(|candidate| candidate.status)) }))
}
