//! `POST /centre/members`: has whoever was invited organise with a centre.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::letter::LinkToken,
    http::{AccountHolder, Json, LoginToRenew, Problem, body::FieldErrors, login::LoggedIn},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(accept))
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors)]
struct Acceptance {
    /// From the link: what stands behind its `#`.
    #[schema(value_type = String, format = Password, max_length = 64, example = "q83vASNFZ4mrze8BI0VniQ")]
    token: LinkToken,
}

refusals!(Refusals: Unauthenticated, MalformedBody, InvalidFields, InvalidLink, OtherCentre);

/// Accept an invitation to a centre.
///
/// It takes the account of the invited address, and proves that address. The answer is that of a login which goes on, with
/// the role and the centre; also for whoever organises with this centre already.
#[utoipa::path(post, path = "/centre/members", operation_id = "acceptInvitation", tag = "centre", request_body = Acceptance,
    responses((status = 200, body = LoggedIn), Refusals))]
async fn accept(
    State(app): State<App>,
    _: AccountHolder,
    login: LoginToRenew,
    Json(Acceptance { token }): Json<Acceptance>,
) -> Result<Json<LoggedIn>, Problem> {
    let account = app.store().accept_invitation(login.account(&app).await?, &token, app.now()).await?;
    LoggedIn::grant(&app, &account, login.since).map(Json)
}
