//! `POST` and `DELETE …/resume`: authorises a candidate to resume, or several, or withdraws that.

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
    OpenApiRouter::new().routes(routes!(authorise, withdraw)).routes(routes!(authorise_several))
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, SessionFinalised, TestEnded, NotStarted);
refusals!(WithdrawalRefusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, SessionFinalised, TestEnded, NotStarted, TooManyChanges);

/// Authorise a candidate to resume.
///
/// The next start consumes it.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/resume", operation_id = "authoriseResume", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), Refusals))]
async fn authorise(
    State(app): State<App>,
    proctor: Proctor,
    CandidateInPath(id): CandidateInPath,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    proctor.act(&app, Act::Authorise, id, &key).await.map(Json)
}

/// Authorise several candidates to resume, with a result for each.
///
/// After a power cut, say. Each is authorised or refused by themselves: `status` and `code` are those of a request for
/// them alone.
#[utoipa::path(post, path = "/sessions/{session}/resume", operation_id = "authoriseResumeSeveral", tag = "proctor",
    params(SessionInPath), request_body = Several,
    responses((status = 200, body = Results), bulk::Refusals))]
async fn authorise_several(
    State(app): State<App>,
    proctor: Proctor,
    key: RequestKey,
    Json(Several { candidates }): Json<Several>,
) -> Result<(Extension<Done>, Json<Results>), Problem> {
    bulk::each(candidates, |id| proctor.act(&app, Act::Authorise, id, &key)).await
}

/// Withdraw an authorisation that was not used.
///
/// Again: the same. A test that was resumed goes on.
#[utoipa::path(delete, path = "/sessions/{session}/candidates/{candidate}/resume", operation_id = "withdrawResume", tag = "proctor",
    params(CandidateInPath),
    responses((status = 200, body = CandidateView), WithdrawalRefusals))]
async fn withdraw(
    State(app): State<App>,
    proctor: Proctor,
    CandidateInPath(id): CandidateInPath,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    proctor.act(&app, Act::Withdraw, id, &key).await.map(Json)
}
