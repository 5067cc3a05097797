//! What people see of their own account: everything that is held about them.

use super::{Problem, views::CentreView};
use crate::{
    app::App,
    domain::{
        account::{Account, Role},
        candidate::Candidate,
        session::Session,
        state_table::Status,
    },
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub struct AccountView {
    #[schema(example = "01JZ8K2M3N4P5Q6R7S8T9V0W1X")]
    id: String,
    #[schema(example = "Camille")]
    first_name: String,
    #[schema(example = "Martin")]
    last_name: String,
    #[schema(example = "camille.martin@example.org")]
    email: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Of the last login.
    #[schema(value_type = String, format = DateTime)]
    last_access_at: Timestamp,
    /// Whether whoever reads the mail of this address has said so.
    email_proved: bool,
    roles: Vec<Role>,
    /// Of an organiser.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    centre: Option<CentreView>,
    #[schema(example = "2026-11")]
    terms_version: String,
    #[schema(value_type = String, format = DateTime)]
    terms_accepted_at: Timestamp,
    /// Whom the account has joined sessions as, the latest first.
    candidacies: Vec<Candidacy>,
}

#[derive(Serialize, ToSchema)]
struct Candidacy {
    #[schema(example = "9533127")]
    session: String,
    #[schema(example = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU")]
    candidate: String,
    #[schema(example = "Collège Jean Moulin")]
    site: String,
    #[schema(example = "Salle 12")]
    room: String,
    #[schema(value_type = String, format = Date, example = "2026-06-15")]
    date: Date,
    status: Status,
}

impl AccountView {
    /// The account, with all that it has joined.
    ///
    /// # Errors
    /// Busy.
    pub async fn read(app: &App, account: Account) -> Result<Self, Problem> {
        let candidacies = app.store().candidacies(&account.id).await?;
        Ok(Self {
            roles: account.roles(),
            centre: account.centre.as_ref().map(CentreView::from),
            id: account.id,
            first_name: account.first_name.as_str().to_owned(),
            last_name: account.last_name.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            created_at: account.created_at,
            last_access_at: account.last_access_at.unwrap_or(account.created_at),
            email_proved: account.email_proved_at.is_some(),
            terms_version: account.terms_version,
            terms_accepted_at: account.terms_accepted_at,
            candidacies: candidacies.iter().map(|(session, candidate)| Candidacy::of(session, candidate)).collect(),
        })
    }
}

impl Candidacy {
    fn of(session: &Session, candidate: &Candidate) -> Self {
        Self {
            session: session.number.to_string(),
            candidate: candidate.id.as_str().to_owned(),
            site: session.plan.site.as_str().to_owned(),
            room: session.plan.room.as_str().to_owned(),
            date: session.plan.date.0,
            status: candidate.status,
        }
    }
}
