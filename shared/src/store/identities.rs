//! Wrong identities, counted for each account that tries to join: which ones, since the same one again is no further
//! guess.

use super::{
    Error, Result, Store, Written,
    edit::{Edit, any},
    items::{identities_key, read},
};
use crate::domain::lockout::{FREE_IDENTITIES, IDENTITIES_FADE_AFTER, remaining_for_identities};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What an account has guessed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Guessed {
    #[serde(default, with = "serde_dynamo::string_set")]
    identities: BTreeSet<String>,
    #[serde(default, with = "millisecond::optional")]
    first_at: Option<Timestamp>,
}

impl Guessed {
    /// How long the account may not guess any more.
    pub(super) fn remaining(&self, now: Timestamp) -> SignedDuration {
        self.first_at.map_or(SignedDuration::ZERO, |first| remaining_for_identities(self.identities.len(), first, now))
    }

    /// Whether this very one is counted already: the answer to the write was lost on its way, or it was sent twice.
    fn has_counted(&self, wrong: &str, now: Timestamp) -> bool {
        self.identities.contains(wrong) && self.faded(now).is_none()
    }

    /// What was guessed so long ago that it no longer counts began then.
    fn faded(&self, now: Timestamp) -> Option<Timestamp> {
        self.first_at.filter(|first| now.duration_since(*first) >= IDENTITIES_FADE_AFTER)
    }
}

/// Makes a write depend on the account being allowed to guess; agrees with [`Guessed::remaining`].
pub(super) fn may_guess(edit: &mut Edit, now: Timestamp) {
    edit.only_if(|edit| {
        let (identities, first) = (edit.name("identities"), edit.name("firstAt"));
        any([
            edit.missing("identities"),
            format!("size({identities}) < {}", edit.value(FREE_IDENTITIES)),
            format!("{first} <= {}", edit.value(now - IDENTITIES_FADE_AFTER)),
        ])
    });
}

impl Store {
    /// Counts a wrong identity before anybody is told that it is wrong, so that guesses made at once are no more than
    /// guesses made one after another.
    ///
    /// # Errors
    /// Locked, when others were counted at the same time; busy.
    pub(super) async fn count_wrong_identity(&self, account: &str, mut guessed: Guessed, wrong: &str, now: Timestamp) -> Result<()> {
        // Twice, if a count that had faded was begun anew at the same time.
        for _ in 0..2 {
            let mut edit = Edit::default();
            let fades_at = (now + IDENTITIES_FADE_AFTER).as_second();
            if let Some(first) = guessed.faded(now) {
                edit.only_if(|edit| edit.equals("firstAt", first));
                edit.set("identities", AttributeValue::Ss(vec![wrong.to_owned()]));
                edit.set("firstAt", now);
                edit.set("expiresAt", fades_at);
            } else {
                may_guess(&mut edit, now);
                edit.add("identities", wrong);
                let (first, at, expires, fades_at) = (edit.name("firstAt"), edit.value(now), edit.name("expiresAt"), edit.value(fades_at));
                edit.compute("firstAt", &format!("if_not_exists({first}, {at})"));
                edit.compute("expiresAt", &format!("if_not_exists({expires}, {fades_at})"));
            }
            match self.update(&self.accounts, identities_key(account), &edit).await? {
                Written::Done(_) => return Ok(()),
                Written::Unmet(item) => guessed = read(item.unwrap_or_default())?,
            }
            if guessed.has_counted(wrong, now) {
                return Ok(());
            }
            if guessed.remaining(now).is_positive() {
                return Err(Error::Locked(guessed.remaining(now)));
            }
        }
        Err(Error::Busy("wrong identities kept being counted".to_owned()))
    }
}
