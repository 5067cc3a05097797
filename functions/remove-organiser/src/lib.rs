//! `DELETE /centre/members/{account}`: removes an organiser from a centre.

use axum::{extract::State, http::StatusCode};
use shared::{
    App,
    domain::refusal::Refusal,
    http::{AccountInPath, Organiser, Problem, RequestKey},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(remove))
}

refusals!(Refusals: Unauthenticated, Forbidden, NotFound, InvalidFields, LastMember, KeyReused);

/// Remove an organiser from one's centre, or leave it.
///
/// Sessions stay with the centre. About the centre itself the person is refused at once, about its sessions from the next
/// renewal of their login on. The last organiser stays.
#[utoipa::path(delete, path = "/centre/members/{account}", operation_id = "removeOrganiser", tag = "centre",
    params(AccountInPath), responses((status = 204, description = "Removed"), Refusals))]
async fn remove(
    State(app): State<App>,
    organiser: Organiser,
    AccountInPath(account): AccountInPath,
    key: Result<RequestKey, Problem>,
) -> Result<StatusCode, Problem> {
    let centre = app.store().centre(&organiser.centre).await?.ok_or(Refusal::Forbidden)?;
    if key.is_err() {
        centre.check_members(&organiser.account, &account)?;
    }
    let request = key?.request_about("remove-organiser", &organiser.account, &account);
    app.store().remove_organiser(centre, &account, &organiser.account, &request, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
