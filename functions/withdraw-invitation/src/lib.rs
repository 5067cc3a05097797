//! `DELETE /centre/invitations`: withdraws an invitation to a centre.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::account::Email,
    http::{Json, Organiser, Problem, RequestKey, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(withdraw))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
#[schema(as = WithdrawnInvitation)]
struct Withdrawn {
    #[schema(value_type = String, format = Email, max_length = 255, example = "collegue@example.org")]
    email: Email,
}

refusals!(Refusals: Unauthenticated, Forbidden, MalformedBody, InvalidFields);

/// Withdraw an invitation to one's centre.
///
/// Its links open nothing from then on. Done also where there is none: whoever has accepted is a member, and stays one.
#[utoipa::path(delete, path = "/centre/invitations", operation_id = "withdrawInvitation", tag = "centre", request_body = Withdrawn,
    responses((status = 204, description = "Withdrawn"), Refusals))]
async fn withdraw(
    State(app): State<App>,
    organiser: Organiser,
    key: Result<RequestKey, Problem>,
    withdrawn: Result<Json<Withdrawn>, Problem>,
) -> Result<StatusCode, Problem> {
    let centre = organiser.own_centre(&app).await?;
    let (key, Json(Withdrawn { email })) = (key?, withdrawn?);
    let request = key.request_about("withdraw-invitation", &organiser.account, &email.canonical());
    app.store().withdraw_invitation(centre, &email, &organiser.account, &request, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
