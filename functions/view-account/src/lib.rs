//! `GET /account`: shows people what is held about them.

use axum::extract::State;
use shared::{
    App,
    http::{AccountHolder, Json, Problem, account::AccountView},
    refusals,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(view))
}

refusals!(Refusals: Unauthenticated);

/// See one's account.
///
/// Everything that is held about the person.
#[utoipa::path(get, path = "/account", operation_id = "viewAccount", tag = "accounts",
    responses((status = 200, body = AccountView), Refusals))]
async fn view(State(app): State<App>, holder: AccountHolder) -> Result<Json<AccountView>, Problem> {
    let account = holder.account(&app).await?;
    AccountView::read(&app, account).await.map(Json)
}
