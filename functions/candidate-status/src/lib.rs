//! `GET …/candidates/{candidate}`: tells a candidate where they stand.

use axum::{extract::State, http::HeaderMap, response::Response};
use shared::{
    App,
    http::{
        CandidateInPath, Problem, TestTaker,
        polling::Polled,
        standing::{Joined, Standing},
    },
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(status))
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound);

/// See where one stands: let in, may resume, ended.
///
/// Ask again after `refreshAfterSeconds`, with the `ETag` as `If-None-Match`.
#[utoipa::path(get, path = "/sessions/{session}/candidates/{candidate}", operation_id = "candidateStatus", tag = "candidate",
    params(CandidateInPath, ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer: 304 while nothing has changed")),
    responses((status = 200, body = Polled<Standing>, headers(("ETag" = String))), (status = 304, description = "Nothing has changed"), Refusals))]
async fn status(State(app): State<App>, TestTaker { candidate: who, start }: TestTaker, headers: HeaderMap) -> Result<Response, Problem> {
    let is_engine = start.is_some();
    let running = if is_engine { app.pace().engine } else { app.pace().running };
    Ok(Joined::read(&app, &who).await?.tell(&app, &headers, running))
}
