//! `POST …/end`: ends the test of a candidate who left the room, or of several.

use axum::{Extension, extract::State};
use shared::{
    App,
    domain::act::Act,
    http::{
        CandidateInPath, CandidateView, Json, Problem, Proctor, RequestKey, SessionInPath,
        bulk::{self, Results, Several},
        layers::Done,
    },
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(end)).routes(routes!(end_several))
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
    proctor.act(&app, Act::End, id, &key).await.map(Json)
}

/// End several candidates' tests for ever, with a result for each.
///
/// Each is ended or refused by themselves: `status` and `code` are those of a request for them alone.
#[utoipa::path(post, path = "/sessions/{session}/end", operation_id = "endTestSeveral", tag = "proctor",
    params(SessionInPath), request_body = Several,
    responses((status = 200, body = Results), bulk::Refusals))]
async fn end_several(
    State(app): State<App>,
    proctor: Proctor,
    key: RequestKey,
    Json(Several { candidates }): Json<Several>,
) -> Result<(Extension<Done>, Json<Results>), Problem> {
    bulk::each(candidates, |id| proctor.act(&app, Act::End, id, &key)).await
}
