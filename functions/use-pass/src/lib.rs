//! `POST /sessions/{session}/pass`: lets in whoever has a pass.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{act::Act, actor::Actor, code::TypedPass, refusal::Refusal},
    http::{Json, Problem, RequestKey, SessionInPath, body::FieldErrors, views::Joined},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(use_pass))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
#[schema(as = PassCode)]
struct Code {
    /// Given by the proctor; in any case, with stray spaces.
    #[schema(value_type = String, example = "7GHJ4KXW")]
    code: TypedPass,
}

refusals!(Refusals: MalformedBody, InvalidFields, InvalidPass, SessionFinalised, SessionNotOpen, SessionClosed);

/// Come in by a pass that the proctor issued, without an account.
///
/// The candidate is joined to the pass then. Whoever was joined before is taken off and does not join them again: their tokens
/// answer `forbidden`, and a test that runs goes on only once the proctor has authorised it. A pass works once: send an
/// `Idempotency-Key`, for a retry with the same one gets the same answer. `invalid_pass` for one that is unknown, used,
/// replaced or expired, and for a session that does not exist, alike.
#[utoipa::path(post, path = "/sessions/{session}/pass", operation_id = "usePass", tag = "candidate", security(()),
    params(SessionInPath), request_body = Code,
    responses((status = 200, body = Joined), Refusals))]
async fn use_pass(
    State(app): State<App>,
    number: Result<SessionInPath, Problem>,
    key: RequestKey,
    Json(Code { code }): Json<Code>,
) -> Result<Json<Joined>, Problem> {
    let Some((SessionInPath(number), pass)) = number.ok().zip(code.as_pass()) else { return Err(Refusal::InvalidPass.into()) };
    let (now, codes) = (app.now(), app.codes()?);
    let tag = codes.pass_tag(&number, pass);
    let account = codes.pass_account(&tag);
    let change = key.change(Act::UsePass { tag: tag.clone() }, Actor::candidate(account.clone()), now);
    let (session, candidate) = app.store().use_pass(&number, &tag, &change).await?;
    Joined::grant(&app, &account, &session, &candidate, now).map(Json)
}
