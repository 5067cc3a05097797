//! Makes an account an organiser of a centre. Without a route: invoked directly, so that IAM guards it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    App,
    domain::{
        account::{Account, Email},
        centre::{Centre, CentreId, MAX_MEMBERS, OwnCentre},
        invalid::Invalid,
        name::{Label, PersonName},
        refusal::Refusal,
    },
    store,
};
use ulid::Ulid;

/// Whom to make an organiser, and where: of one centre that there is, or of a new one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    email: String,
    centre_id: Option<String>,
    new_centre_name: Option<String>,
}

/// Who was found, so that whoever grants sees whether it is the right person.
#[derive(Debug, Serialize)]
pub struct Granted {
    granted: Person,
    centre: OwnCentre,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    email: Email,
    first_name: PersonName,
    last_name: PersonName,
    created_at: Timestamp,
    email_proved: bool,
}

/// Why nobody became an organiser.
#[derive(Debug, thiserror::Error)]
pub enum NotGranted {
    #[error("email: {0}")]
    Email(Invalid),
    #[error("newCentreName: {0}")]
    Name(Invalid),
    #[error("give centreId, or newCentreName for a new centre, and not both")]
    WhichCentre,
    #[error("no centre has this id")]
    NoCentre,
    #[error("no account has this e-mail address; the person signs up first")]
    NoAccount,
    #[error("nobody has shown that this e-mail address is theirs; the person proves it first, on the page")]
    Unproved,
    #[error("this account is an organiser of {} ({}); revoke that first", .0.name.as_str(), .0.id.as_str())]
    OtherCentre(OwnCentre),
    #[error("a centre has at most {MAX_MEMBERS} organisers, those invited included")]
    CentreFull,
    #[error(transparent)]
    Store(store::Error),
}

/// The role counts from the account's next login or renewal on.
///
/// # Errors
/// When address or centre are wrong or unknown, the address is not proved though this deployment sends mail, or the
/// account is in another centre; when DynamoDB is busy.
pub async fn grant(app: &App, Grant { email, centre_id, new_centre_name }: Grant) -> Result<Granted, NotGranted> {
    let email = Email::parse(&email).map_err(NotGranted::Email)?;
    let centre = match (centre_id, new_centre_name) {
        (Some(id), None) => known_centre(app, &id).await?,
        (None, Some(name)) => Centre::new(Ulid::generate().into(), Label::parse(&name).map_err(NotGranted::Name)?, app.now()),
        _ => return Err(NotGranted::WhichCentre),
    };
    let account = app.store().account_of(&email).await?.ok_or(NotGranted::NoAccount)?;
    if app.sends_mail() && account.email_proved_at.is_none() {
        return Err(NotGranted::Unproved);
    }
    let centre = match &account.centre {
        None => app.store().add_organiser(centre, &account, app.now()).await?.as_own(),
        Some(own) if own.id == centre.id => own.clone(),
        Some(own) => return Err(NotGranted::OtherCentre(own.clone())),
    };
    Ok(Granted { granted: account.into(), centre })
}

async fn known_centre(app: &App, id: &str) -> Result<Centre, NotGranted> {
    let id = CentreId::parse(id).ok_or(NotGranted::NoCentre)?;
    app.store().centre(&id).await?.ok_or(NotGranted::NoCentre)
}

impl From<Account> for Person {
    fn from(account: Account) -> Self {
        Self {
            email: account.email,
            first_name: account.first_name,
            last_name: account.last_name,
            created_at: account.created_at,
            email_proved: account.email_proved_at.is_some(),
        }
    }
}

impl From<store::Error> for NotGranted {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(Refusal::CentreFull) => Self::CentreFull,
            error => Self::Store(error),
        }
    }
}
