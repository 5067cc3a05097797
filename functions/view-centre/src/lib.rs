//! `GET /centre`: who organises with one.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use shared::{
    App,
    domain::account::Account,
    http::{Json, Organiser, Problem},
    refusals,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(view))
}

/// A centre, whose organisers see and change its sessions alike.
#[derive(Serialize, ToSchema)]
struct Centre {
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1X")]
    id: String,
    #[schema(example = "Collège Jean Moulin")]
    name: String,
    /// By family name, then given name.
    members: Vec<Member>,
    /// By address.
    invitations: Vec<Invitation>,
}

/// That an address may become a member.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WaitingInvitation)]
struct Invitation {
    #[schema(example = "collegue@example.org")]
    email: String,
    #[schema(value_type = String, format = DateTime, example = "2026-06-09T07:05:48Z")]
    valid_until: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Member {
    /// Of the account.
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1Y")]
    id: String,
    #[schema(example = "Nadia")]
    first_name: String,
    #[schema(example = "Lefèvre")]
    last_name: String,
    #[schema(example = "nadia.lefevre@example.org")]
    email: String,
}

refusals!(Refusals: Unauthenticated, Forbidden);

/// View one's centre.
///
/// Whoever was removed from it is refused at once.
#[utoipa::path(get, path = "/centre", operation_id = "viewCentre", tag = "centre", responses((status = 200, body = Centre), Refusals))]
async fn view(State(app): State<App>, organiser: Organiser) -> Result<Json<Centre>, Problem> {
    let centre = organiser.own_centre(&app).await?;
    let mut members = app.store().members(&centre).await?;
    members.sort_by_cached_key(|member| (member.last_name.folded(), member.first_name.folded(), member.id.clone()));
    let invitations = centre.invited(app.now()).map(|(email, valid_until)| Invitation { email: email.to_owned(), valid_until }).collect();
    let (id, name) = (centre.id.as_str().to_owned(), centre.name.as_str().to_owned());
    Ok(Json(Centre { id, name, members: members.into_iter().map(Member::from).collect(), invitations }))
}

impl From<Account> for Member {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            first_name: account.first_name.into(),
            last_name: account.last_name.into(),
            email: account.email.as_str().to_owned(),
        }
    }
}
