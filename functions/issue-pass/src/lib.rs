//! `POST …/pass`: issues a pass to a candidate who can't log in.

use axum::{extract::State, http::StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::{
        act::{Act, Action},
        code::PASS_LIFETIME,
    },
    http::{CandidateInPath, Json, Problem, Proctor, RequestKey},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(issue))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Pass {
    /// For the candidate alone; keep it out of logs and addresses.
    #[schema(example = "7GHJ4KXW")]
    code: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

refusals!(Refusals: Unauthenticated, Forbidden, CandidateNotFound, InvalidFields, SessionFinalised, TestEnded, KeyReused);

/// Issue a pass, by which a candidate comes in without an account of their own.
///
/// For whoever stands before the proctor and can't log in, or whose place somebody else has taken. It lets in once, within
/// 10 minutes; a new one replaces it. Whoever is joined stays so until it is used. Send an `Idempotency-Key`: a retry with
/// the same one gets the same pass while that one stands, and `key_reused` once it was used or replaced or its time is over.
#[utoipa::path(post, path = "/sessions/{session}/candidates/{candidate}/pass", operation_id = "issuePass", tag = "proctor",
    params(CandidateInPath),
    responses((status = 201, description = "Issued", body = Pass), Refusals))]
async fn issue(
    State(app): State<App>,
    proctor: Proctor,
    CandidateInPath(id): CandidateInPath,
    key: RequestKey,
) -> Result<(StatusCode, Json<Pass>), Problem> {
    let (now, codes) = (app.now(), app.codes()?);
    let request = key.request_id(Action::IssuePass.name(), &proctor.account);
    let pass = codes.pass(&proctor.session, &id, &request);
    let act = Act::IssuePass { tag: codes.pass_tag(&proctor.session, &pass), ends_at: now + PASS_LIFETIME };
    let expires_at = app.store().issue_pass(&proctor.session, &id, &key.change(act, proctor.actor(), now)).await?;
    Ok((StatusCode::CREATED, Json(Pass { code: pass.as_text(), expires_at })))
}
