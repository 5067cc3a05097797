//! `PATCH /account`: corrects the names of an account.

use axum::extract::State;
use deserr::Deserr;
use shared::{
    App,
    domain::{name::PersonName, refusal::Refusal},
    http::{AccountHolder, Json, Problem, RequestKey, account::AccountView, body::FieldErrors},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(edit))
}

/// What is absent stays as it is.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
struct AccountEdit {
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "Camille")]
    first_name: Option<PersonName>,
    #[deserr(default)]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255, example = "Martin")]
    last_name: Option<PersonName>,
}

refusals!(Refusals: Unauthenticated, MalformedBody, InvalidFields);

/// Correct one's names.
///
/// They count from the next renewal of the token on. What sessions have recorded until then stays as it is.
#[utoipa::path(patch, path = "/account", operation_id = "editAccount", tag = "accounts", request_body = AccountEdit,
    responses((status = 200, body = AccountView), Refusals))]
async fn edit(
    State(app): State<App>,
    holder: AccountHolder,
    _: RequestKey,
    Json(edit): Json<AccountEdit>,
) -> Result<Json<AccountView>, Problem> {
    let names = [edit.first_name.as_ref(), edit.last_name.as_ref()];
    let account = app.store().rename(&holder.email, &holder.account, names).await?.ok_or(Refusal::Unauthenticated)?;
    AccountView::read(&app, account).await.map(Json)
}
