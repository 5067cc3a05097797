//! `POST /password-resets`: has a link sent to choose a new password.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::{account::Email, language::Language, letter::Purpose},
    http::{Json, Problem, RequestKey, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Address {
    #[schema(value_type = String, format = Email, max_length = 255, example = "camille.martin@example.org")]
    email: Email,
}

refusals!(Refusals: MalformedBody, InvalidFields, MailUnavailable);

/// Ask for a new password.
///
/// The same answer whether or not the address has an account; if it has, it gets a link that is good for an hour and once.
/// One letter in ten minutes at most.
#[utoipa::path(post, path = "/password-resets", operation_id = "forgottenPassword", tag = "accounts", security(()),
    request_body = Address, responses((status = 202, description = "Taken"), Refusals))]
async fn ask(
    State(app): State<App>,
    _: RequestKey,
    language: Language,
    Json(Address { email }): Json<Address>,
) -> Result<StatusCode, Problem> {
    app.write_to(email, Purpose::Password, language).await?;
    Ok(StatusCode::ACCEPTED)
}
