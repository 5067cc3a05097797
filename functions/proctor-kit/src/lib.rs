//! `GET …/kit`: the codes of a session, to print.

use axum::extract::State;
use shared::{
    App,
    domain::refusal::Refusal,
    http::{Json, Problem, SessionInPath, Staff, views::Kit},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(kit))
}

refusals!(Refusals: Unauthenticated, Forbidden, SessionNotFound);

/// See the proctor's kit, as often as needed.
///
/// For the organiser, and for proctors who are logged in to the session.
#[utoipa::path(get, path = "/sessions/{session}/kit", operation_id = "proctorKit", tag = "organiser",
    params(SessionInPath), responses((status = 200, body = Kit), Refusals))]
async fn kit(State(app): State<App>, staff: Staff, SessionInPath(number): SessionInPath) -> Result<Json<Kit>, Problem> {
    let session = app.store().session(&number).await?.ok_or(Refusal::SessionNotFound)?;
    staff.check(&session)?;
    Kit::of(&session, app.codes()?).map(Json).ok_or_else(|| Problem::internal("the session's code key is lost"))
}
