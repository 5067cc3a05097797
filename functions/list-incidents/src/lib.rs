//! `GET …/incidents`: lists what was reported of a session.

use axum::extract::State;
use serde::Serialize;
use shared::{
    App,
    http::{Json, Problem, SessionInPath, Staff, views::IncidentView},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Serialize, ToSchema)]
struct Incidents {
    /// The oldest first.
    incidents: Vec<IncidentView>,
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound);

/// List the incidents of a session.
///
/// 200 at most.
#[utoipa::path(get, path = "/sessions/{session}/incidents", operation_id = "listIncidents", tag = "proctor",
    params(SessionInPath), responses((status = 200, body = Incidents), Refusals))]
async fn list(State(app): State<App>, staff: Staff, SessionInPath(number): SessionInPath) -> Result<Json<Incidents>, Problem> {
    let (session, incidents) = app.store().incidents(&number).await?;
    staff.check(&session)?;
    Ok(Json(Incidents { incidents: incidents.into_iter().map(Into::into).collect() }))
}
