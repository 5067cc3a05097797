//! `POST /login`: logs a person in.

use axum::extract::State;
use deserr::Deserr;
use serde::Serialize;
use shared::{
    App,
    domain::{
        account::{Account, Email, Password, Role},
        device::DeviceId,
        refusal::Refusal,
    },
    http::{
        Json, Problem,
        body::FieldErrors,
        token::{ACCOUNT_LIFETIME, Claims, Kind},
        views::Access,
    },
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

#[derive(Serialize, ToSchema)]
struct LoggedIn {
    #[serde(flatten)]
    access: Access,
    /// To be kept by this device for this address, and shown at its next login.
    #[schema(example = "q83vASNFZ4mrze8BI0VniQ")]
    device: String,
    account: LoggedInAccount,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LoggedInAccount {
    id: String,
    first_name: String,
    last_name: String,
    email: String,
    roles: Vec<Role>,
}

refusals!(Refusals: MalformedBody, InvalidFields, TooManyAttempts, InvalidCredentials);

/// Log in.
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
            Ok(Json(LoggedIn { access: access(&app, account)?, device: device.reveal().to_owned(), account: account.into() }))
        }
        _ => {
            app.store().reject_login(&login, now).await?;
            Err(Refusal::InvalidCredentials.into())
        }
    }
}

fn access(app: &App, account: &Account) -> Result<Access, Problem> {
    let now = app.now();
    app.grant(Claims {
        given_name: Some(account.first_name.as_str().to_owned()),
        family_name: Some(account.last_name.as_str().to_owned()),
        email: Some(account.email.clone()),
        roles: account.roles.clone(),
        ..Claims::new(Kind::Account, &account.id, now, now + ACCOUNT_LIFETIME)
    })
}

impl From<&Account> for LoggedInAccount {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            first_name: account.first_name.as_str().to_owned(),
            last_name: account.last_name.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            roles: account.roles.clone(),
        }
    }
}
