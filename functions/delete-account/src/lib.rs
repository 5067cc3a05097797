//! `DELETE /account`: erases an account.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::{account::Password, refusal::Refusal},
    http::{AccountHolder, Json, Problem, RequestKey, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(delete))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Confirmation {
    #[schema(value_type = String, format = Password, example = "Certification1")]
    password: Password,
}

refusals!(Refusals: Unauthenticated, MalformedBody, InvalidFields, InvalidCredentials, TooManyAttempts, AccountInSession);

/// Erase one's account.
///
/// Not while it is joined to a candidate of a session that is neither finalised nor closed. The records of sessions keep
/// its id, which then names nobody, and what they noted until then. An organiser leaves the centre by it, even as the last.
/// Again: the same.
#[utoipa::path(delete, path = "/account", operation_id = "deleteAccount", tag = "accounts", request_body = Confirmation,
    responses((status = 204, description = "Erased"), Refusals))]
async fn delete(
    State(app): State<App>,
    holder: AccountHolder,
    _: RequestKey,
    Json(Confirmation { password }): Json<Confirmation>,
) -> Result<StatusCode, Problem> {
    let now = app.now();
    let Some(confirming) = holder.confirming(&app).await? else { return Ok(StatusCode::NO_CONTENT) };
    holder.confirm(&app, &confirming, &password).await?;
    let account = confirming.account;
    let candidacies = app.store().candidacies(&account.id).await?;
    if candidacies.iter().any(|(session, _)| session.is_to_come_or_open(now)) {
        app.store().forget_wrong_passwords(&account, now).await?;
        return Err(Refusal::AccountInSession.into());
    }
    app.store().delete_account(account, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
