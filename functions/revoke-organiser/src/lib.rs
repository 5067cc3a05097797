//! Takes the organiser's role from an account, and its place in its centre. Without a route: invoked directly, so that IAM
//! guards it.

use serde::{Deserialize, Serialize};
use shared::{
    App,
    domain::{account::Email, centre::OwnCentre, invalid::Invalid},
    store,
};

/// Whom to take the role from.
#[derive(Debug, Deserialize)]
pub struct Revoke {
    email: String,
}

#[derive(Debug, Serialize)]
pub struct Revoked {
    revoked: Email,
    /// Keeps its sessions, even without an organiser.
    centre: OwnCentre,
}

/// Why nobody lost the role.
#[derive(Debug, thiserror::Error)]
pub enum NotRevoked {
    #[error("email: {0}")]
    Email(#[from] Invalid),
    #[error("no account has this e-mail address")]
    NoAccount,
    #[error("this account is no organiser")]
    NoOrganiser,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Even the last of a centre. About sessions the role counts until the account's next renewal.
///
/// # Errors
/// When this is no e-mail address, has no account or that is no organiser; when DynamoDB is busy.
pub async fn revoke(app: &App, Revoke { email }: Revoke) -> Result<Revoked, NotRevoked> {
    let account = app.store().account_of(&Email::parse(&email)?).await?.ok_or(NotRevoked::NoAccount)?;
    let centre = account.centre.clone().ok_or(NotRevoked::NoOrganiser)?;
    app.store().revoke_organiser(&account, &centre.id, app.now()).await?;
    Ok(Revoked { revoked: account.email, centre })
}
