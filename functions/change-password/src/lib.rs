//! `PUT /account/password`: replaces a password by who knows it.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{
        account::{NewPassword, Password},
        refusal::Refusal,
    },
    http::{AccountHolder, Json, Problem, body::FieldErrors, login::LoggedIn},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct PasswordChange {
    #[schema(value_type = String, format = Password, example = "Certification1")]
    current: Password,
    /// As at signup.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 255, example = "Correction-2-copies")]
    password: NewPassword,
}

refusals!(Refusals: Unauthenticated, MalformedBody, InvalidFields, TooManyAttempts, InvalidCredentials);

/// Change one's password.
///
/// This login goes on, all others of the account end at their next renewal. Wrong passwords lock this as they lock a
/// login, with a count of their own.
#[utoipa::path(put, path = "/account/password", operation_id = "changePassword", tag = "accounts", request_body = PasswordChange,
    responses((status = 200, body = LoggedIn), Refusals))]
async fn change(State(app): State<App>, holder: AccountHolder, Json(wish): Json<PasswordChange>) -> Result<Json<LoggedIn>, Problem> {
    let confirming = holder.confirming(&app).await?.ok_or(Refusal::Unauthenticated)?;
    let password = confirming.account.accepts(wish.password).map_err(|invalid| Problem::field("password", invalid))?;
    holder.confirm(&app, &confirming, &wish.current).await?;
    let hash = app.passwords().hash(&password).await?;
    let now = app.now();
    let account = app.store().change_password(confirming.account, hash, now).await?;
    LoggedIn::grant(&app, &account, now).map(Json)
}
