//! `PUT /password`: replaces a password by who reads the address's mail.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::{
        account::NewPassword,
        letter::{LinkToken, Purpose},
    },
    http::{Json, Problem, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reset))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Reset {
    /// From the link: what stands behind its `#`.
    #[schema(value_type = String, format = Password, max_length = 64, example = "q83vASNFZ4mrze8BI0VniQ")]
    token: LinkToken,
    /// As at signup.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 255, example = "Correction-2-copies")]
    password: NewPassword,
}

refusals!(Refusals: MalformedBody, InvalidFields, InvalidLink);

/// Choose a new password, by a link.
///
/// It voids all links of this kind, forgets wrong tries and devices, and proves the address. The account's logins end at
/// their next renewal; proctors, candidates and running tests go on.
#[utoipa::path(put, path = "/password", operation_id = "resetPassword", tag = "accounts", security(()), request_body = Reset,
    responses((status = 204, description = "Replaced"), Refusals))]
async fn reset(State(app): State<App>, Json(wish): Json<Reset>) -> Result<StatusCode, Problem> {
    let now = app.now();
    let link = app.store().open_link(Purpose::Password, &wish.token, now).await?;
    let password = link.account.accepts(wish.password).map_err(|invalid| Problem::field("password", invalid))?;
    let hash = app.passwords().hash(&password).await?;
    app.store().reset_password(&link, &hash, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
