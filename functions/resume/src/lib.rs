//! `POST` and `DELETE …/resume`: authorises a candidate to resume, or withdraws that.

use axum::extract::State;
use shared::{
    App,
    domain::state_table::Action,
    http::{CandidateInPath, CandidateView, Json, Problem, Proctor, RequestKey},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(authorise, withdraw))
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
    candidate: CandidateInPath,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    change(&app, &proctor, candidate, &key, Action::Authorise).await
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
    candidate: CandidateInPath,
    key: RequestKey,
) -> Result<Json<CandidateView>, Problem> {
    change(&app, &proctor, candidate, &key, Action::Withdraw).await
}

async fn change(
    app: &App,
    proctor: &Proctor,
    CandidateInPath(id): CandidateInPath,
    key: &RequestKey,
    action: Action,
) -> Result<Json<CandidateView>, Problem> {
    let candidate = app.store().change(&proctor.session, &id, &key.change(action, proctor.actor(), app.now())).await?;
    Ok(Json(CandidateView::for_staff(&candidate, app.now())))
}
