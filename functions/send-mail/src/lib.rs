//! Sends the letters that were asked for. Without a route: Lambda gives it what the stream of the accounts' table says.

mod letters;
mod ses;

pub use letters::Mail;
pub use ses::Ses;

use serde::Deserialize;
use shared::{
    App, store,
    stream::{self, Change, Failed, Record, Text},
};
use tracing::{error, info, warn};

/// What the stream of the accounts' table tells. A letter is read where it stands.
pub type Changes = stream::Changes<Keys>;

#[derive(Debug, Deserialize)]
pub struct Keys {
    pub pk: Text,
}

/// Why a letter was not sent. Never says to whom.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It never will be.
    #[error("refused: {0}")]
    Refused(String),
    /// The address is of a kind that takes no letters from here.
    #[error("not an address for SES")]
    Unreachable,
    /// The same may go through later.
    #[error("not now: {0}")]
    Later(String),
}

/// Sends each letter, in their order, by `deliver`; says from where on to try again. One that is refused for good is passed
/// over, and counted for an alarm.
pub async fn send<D>(app: &App, page: &str, changes: Changes, deliver: impl Fn(Mail) -> D) -> Failed
where
    D: Future<Output = Result<(), NotSent>>,
{
    let mut failed = Failed::default();
    for Record { dynamodb: Change { keys, sequence_number } } in changes.records {
        match send_one(app, page, &keys.pk.text, &deliver).await {
            Ok(()) => {}
            Err(error @ NotSent::Unreachable) => info!(%error, "a letter was not sent"),
            Err(NotSent::Refused(cause)) => error!(code = "mail_refused", refused = 1, cause, "a letter was refused"),
            Err(error @ NotSent::Later(_)) => {
                warn!(%error, "a letter has to wait");
                failed.add(sequence_number);
                return failed;
            }
        }
    }
    failed
}

async fn send_one<D>(app: &App, page: &str, pk: &str, deliver: impl Fn(Mail) -> D) -> Result<(), NotSent>
where
    D: Future<Output = Result<(), NotSent>>,
{
    let Some(letter) = app.store().letter(pk).await? else { return Ok(()) };
    let Some((to, token)) = app.store().draw_link(&letter, app.now()).await? else { return Ok(()) };
    deliver(Mail::of(&letter, &to, page, &token)).await
}

impl From<store::Error> for NotSent {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy(_) => Self::Later(error.to_string()),
            // Such as an item that nobody can read: it must not hold up those behind it.
            _ => Self::Refused(error.to_string()),
        }
    }
}
