//! Wrong tries, counted on the item that the guess is about.
//!
//! What a guess was worth is only told after a conditional write on that item went through: one more
//! wrong try, or the reset after a right one. Both need the item not to be locked, so of any number
//! of parallel guesses no more are answered than one after another would be.

use super::expression::{Expression, all, any};
use crate::domain::lockout::{BLOCKS, FREE_TRIES, remaining};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::Deserialize;

/// The counter's attributes on an item.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tries {
    #[serde(default, rename = "tries")]
    count: u32,
    #[serde(default, with = "millisecond::optional")]
    last_try_at: Option<Timestamp>,
    #[serde(default)]
    last_try: Option<String>,
}

impl Tries {
    pub(super) fn remaining(&self, now: Timestamp) -> SignedDuration {
        remaining(self.count, self.last_try_at, now)
    }

    /// Whether this very try is counted already: the answer to the write was lost on its way.
    pub(super) fn has_counted(&self, try_id: &str) -> bool {
        self.last_try.as_deref() == Some(try_id)
    }
}

/// The condition that tries are not refused now; agrees with [`remaining`].
pub(super) fn unlocked(e: &mut Expression, now: Timestamp) -> String {
    let tries = e.name("tries");
    let last = e.name("lastTryAt");
    let blocks = (FREE_TRIES..).zip(BLOCKS);
    let past = |e: &mut Expression, block: SignedDuration| format!("{last} <= {}", e.value(now - block));
    let mut cases = vec![e.missing("tries"), format!("{tries} < {}", e.value(FREE_TRIES))];
    for (count, block) in blocks {
        cases.push(format!("{tries} = {} AND {}", e.value(count), past(e, block)));
    }
    let [.., longest] = BLOCKS;
    cases.push(past(e, longest));
    any(cases)
}

/// The condition under which [`count`] counts.
pub(super) fn countable(e: &mut Expression, try_id: &str, now: Timestamp) -> String {
    let fresh = [e.missing("lastTry"), format!("{} <> {}", e.name("lastTry"), e.value(try_id))];
    all([unlocked(e, now), any(fresh)])
}

/// The `SET` of one more wrong try.
pub(super) fn count(e: &mut Expression, try_id: &str, now: Timestamp) -> String {
    let tries = e.name("tries");
    format!(
        "SET {tries} = if_not_exists({tries}, {}) + {}, {}, {}",
        e.value(0_u32),
        e.value(1_u32),
        e.equals("lastTryAt", now),
        e.equals("lastTry", try_id),
    )
}

/// The `REMOVE` of the count.
pub(super) fn reset(e: &mut Expression) -> String {
    format!("REMOVE {}, {}, {}", e.name("tries"), e.name("lastTryAt"), e.name("lastTry"))
}
