//! What somebody is told who has logged in, or whose login goes on.

use super::{
    Problem,
    token::{ACCOUNT_LIFETIME, Claims, Kind, LOGIN_LIFETIME},
    views::{Access, CentreView},
};
use crate::{
    app::App,
    domain::{
        account::{Account, Role},
        device::DeviceId,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct LoggedIn {
    #[serde(flatten)]
    access: Access,
    /// To be kept by this device for this address, and shown at its next login. Only a login answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "q83vASNFZ4mrze8BI0VniQ")]
    device: Option<String>,
    account: LoggedInAccount,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LoggedInAccount {
    id: String,
    first_name: String,
    last_name: String,
    email: String,
    roles: Vec<Role>,
    /// Of an organiser.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    centre: Option<CentreView>,
}

impl LoggedIn {
    /// The account's next token of a login that lasts since then.
    ///
    /// # Errors
    /// `internal_error`, if this function can't sign.
    pub fn grant(app: &App, account: &Account, since: Timestamp) -> Result<Self, Problem> {
        let now = app.now();
        let access = app.grant(Claims {
            auth_time: Some(since.as_second()),
            password_issue: Some(account.password_issue),
            given_name: Some(account.first_name.as_str().to_owned()),
            family_name: Some(account.last_name.as_str().to_owned()),
            email: Some(account.email.clone()),
            roles: account.roles(),
            centre: account.centre.as_ref().map(|centre| centre.id.clone()),
            ..Claims::new(Kind::Account, &account.id, now, (now + ACCOUNT_LIFETIME).min(since + LOGIN_LIFETIME))
        })?;
        Ok(Self { access, device: None, account: account.into() })
    }

    #[must_use]
    pub fn on(self, device: &DeviceId) -> Self {
        Self { device: Some(device.reveal().to_owned()), ..self }
    }
}

impl From<&Account> for LoggedInAccount {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            first_name: account.first_name.as_str().to_owned(),
            last_name: account.last_name.as_str().to_owned(),
            email: account.email.as_str().to_owned(),
            roles: account.roles(),
            centre: account.centre.as_ref().map(CentreView::from),
        }
    }
}
