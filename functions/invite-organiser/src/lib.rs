//! `POST /centre/invitations`: invites somebody to organise with a centre.

use axum::{extract::State, http::StatusCode};
use deserr::Deserr;
use shared::{
    App,
    domain::{
        account::Email,
        language::Language,
        letter::{Letter, Purpose},
    },
    http::{Json, Organiser, Problem, RequestKey, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(invite))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Invitation {
    #[schema(value_type = String, format = Email, max_length = 255, example = "collegue@example.org")]
    email: Email,
}

refusals!(Refusals: Unauthenticated, Forbidden, MalformedBody, InvalidFields, CentreFull, MailUnavailable);

/// Invite somebody to organise with one's centre.
///
/// The address gets a link, good for seven days and once, whether or not it has an account; one letter in ten minutes at
/// most. Removing an organiser voids invitations to them and by them, too.
#[utoipa::path(post, path = "/centre/invitations", operation_id = "inviteOrganiser", tag = "centre", request_body = Invitation,
    responses((status = 202, description = "Taken"), Refusals))]
async fn invite(
    State(app): State<App>,
    organiser: Organiser,
    key: Result<RequestKey, Problem>,
    language: Language,
    invitation: Result<Json<Invitation>, Problem>,
) -> Result<StatusCode, Problem> {
    let centre = organiser.own_centre(&app).await?;
    key?;
    let Json(Invitation { email }) = invitation?;
    app.check_mail()?;
    let asked_at = app.now();
    let invitation = app.store().invite(centre, &email, &organiser.account, asked_at).await?;
    let letter = Letter { purpose: Purpose::Invitation, email, language, asked_at, invitation: Some(invitation) };
    app.store().ask_for(&letter).await?;
    Ok(StatusCode::ACCEPTED)
}
