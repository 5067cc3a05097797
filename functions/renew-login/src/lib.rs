//! `POST /token`: lets a login go on.

use axum::extract::State;
use shared::{
    App,
    http::{Json, LoginToRenew, Problem, login::LoggedIn},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(renew))
}

refusals!(Refusals: Unauthenticated);

/// Renew a token.
///
/// With the token of an account, also an expired one, until 12 hours after its login. The new one says what the account's
/// names and roles are now. Refused once the account is gone or its password was replaced.
#[utoipa::path(post, path = "/token", operation_id = "renewLogin", tag = "accounts",
    responses((status = 200, body = LoggedIn), Refusals))]
async fn renew(State(app): State<App>, login: LoginToRenew) -> Result<Json<LoggedIn>, Problem> {
    LoggedIn::grant(&app, &login.account(&app).await?, login.since).map(Json)
}
