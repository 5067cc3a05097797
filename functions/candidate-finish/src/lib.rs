//! `POST …/finish`: finishes a candidate's test.

use axum::extract::State;
use shared::{
    App,
    domain::act::Act,
    http::{CandidateInPath, CandidateView, Json, Problem, RequestKey, TestTaker},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(finish))
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, NotStarted, TestEnded, AttemptSuperseded);

/// Finish the test for ever.
///
/// Again: the same. The exam engine may call it for the candidate, with the attempt token.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/finish", operation_id = "candidateFinish", tag = "candidate",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), Refusals))]
async fn finish(State(app): State<App>, test_taker: TestTaker, key: RequestKey) -> Result<Json<CandidateView>, Problem> {
    test_taker.act(&app, Act::Finish, &key).await.map(Json)
}
