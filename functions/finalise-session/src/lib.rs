//! `POST …/finalise`: closes a session for ever.

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

/// Finalise a session: nothing changes any more, and tests still running are ended.
///
/// Again: the same. After a failure half way, call it again and it goes on.
#[utoipa::path(post, path = "/sessions/{session}/finalise", operation_id = "finaliseSession", tag = "organiser",
    params(SessionInPath), responses((status = 200, body = Finalised), Refusals))]
async fn finalise(
    State(app): State<App>,
    organiser: Organiser,
    SessionInPath(number): SessionInPath,
    key: Result<RequestKey, Problem>,
) -> Result<Json<Finalised>, Problem> {
    organiser.first(&app, &number, key).await?;
    let room = app.store().finalise(&number, &organiser.actor(), app.now()).await?;
    Ok(Json(Finalised { session: (&room.session).into(), summary: Summary::of(room.candidates.iter().map(|candidate| candidate.status)) }))
}
