//! `POST /login`: logs a person in.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{
        account::{Email, Password},
        device::DeviceId,
        refusal::Refusal,
    },
    http::{Json, Problem, body::FieldErrors, login::LoggedIn},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(log_in))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Credentials {
    #[schema(value_type = String, format = Email, example = "surveillant@example.org")]
    email: Email,
    #[schema(value_type = String, format = Password, example = "Surveillance1")]
    password: Password,
    /// What the last login of this account on this device answered. One that the account does not know any more is as
    /// good as none.
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 64, example = "q83vASNFZ4mrze8BI0VniQ")]
    device: Option<DeviceId>,
}

refusals!(Refusals: MalformedBody, InvalidFields, TooManyAttempts, InvalidCredentials);

/// Log in.
///
/// The token lasts for an hour, the login for twelve: `POST /token` renews it, without the password.
///
/// After 10 wrong passwords in a row the account is locked for 2 minutes, then for twice as long after each further one,
/// at most 1 hour. Each request is a try.
///
/// Send the `device` of the answer along at the next login of this address: the last five devices each have a count of
/// their own, so that wrong passwords tried elsewhere do not keep the account's owner out. It is no credential, but keep
/// it out of logs.
#[utoipa::path(post, path = "/login", operation_id = "login", tag = "accounts", security(()), request_body = Credentials,
    responses((status = 200, body = LoggedIn), Refusals))]
async fn log_in(State(app): State<App>, Json(credentials): Json<Credentials>) -> Result<Json<LoggedIn>, Problem> {
    let now = app.now();
    let login = app.store().begin_login(&credentials.email, credentials.device, now).await?;
    let hash = login.account.as_ref().map(|account| account.password_hash.as_str());
    let right = app.passwords().verify(&credentials.password, hash).await?;
    match &login.account {
        Some(account) if right => {
            let device = app.store().accept_login(&login, now).await?;
            Ok(Json(LoggedIn::grant(&app, account, now)?.on(&device)))
        }
        _ => {
            app.store().reject_login(&login, now).await?;
            Err(Refusal::InvalidCredentials.into())
        }
    }
}
