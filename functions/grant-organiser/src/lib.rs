//! Gives an account the organiser's role. Without a route: invoked directly, so that IAM guards it.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{account::Email, invalid::Invalid, refusal::Refusal},
    store::{self, Store},
};

/// Whom to give the role.
#[derive(Debug, Deserialize)]
pub struct Grant {
    email: String,
}

#[derive(Debug, Serialize)]
pub struct Granted {
    granted: Email,
}

/// Why the role was not given.
#[derive(Debug, thiserror::Error)]
pub enum NotGranted {
    #[error("email: {0}")]
    Email(#[from] Invalid),
    #[error("no account has this e-mail address; the person signs up first")]
    NoAccount,
    #[error(transparent)]
    Store(store::Error),
}

/// The role counts from the account's next login on.
///
/// # Errors
/// When this is no e-mail address or has no account, or when DynamoDB is busy.
pub async fn grant(store: &Store, Grant { email }: Grant) -> Result<Granted, NotGranted> {
    let email = Email::parse(&email)?;
    match store.grant_organiser(&email).await {
        Ok(()) => Ok(Granted { granted: email }),
        Err(store::Error::Refused(Refusal::NotFound)) => Err(NotGranted::NoAccount),
        Err(error) => Err(NotGranted::Store(error)),
    }
}
