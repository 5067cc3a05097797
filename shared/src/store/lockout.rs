//! Wrong tries, counted on the item that the guess is about, or on one of its attributes.
//!
//! What a guess was worth is only told after a conditional write on that item went through: one more
//! wrong try, or the reset after a right one. Both need the item not to be locked, so of any number
//! of parallel guesses no more are answered than one after another would be.

use super::{
    Result,
    edit::{Edit, any},
    items::{Item, read},
};
use crate::domain::lockout::{BLOCKS, FREE_TRIES, remaining};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::Deserialize;

/// The counter's attributes on an item.
pub(super) const COUNTER: [&str; 3] = ["tries", "lastTryAt", "lastTry"];

/// What they hold.
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

/// Where a counter stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counter<'a> {
    /// On the item itself.
    Own,
    /// In this attribute of the item.
    Of(&'a str),
}

impl Counter<'_> {
    fn path(self, name: &str) -> String {
        match self {
            Self::Own => name.to_owned(),
            Self::Of(attribute) => format!("{attribute}.{name}"),
        }
    }

    /// What it says in this item.
    pub(super) fn read(self, item: &Item) -> Result<Tries> {
        let of = match self {
            Self::Own => Some(item),
            Self::Of(attribute) => item.get(attribute).and_then(|value| value.as_m().ok()),
        };
        read(of.cloned().unwrap_or_default())
    }
}

/// Makes a write depend on tries not being refused now; agrees with [`remaining`].
pub(super) fn unlocked(edit: &mut Edit, counter: Counter, now: Timestamp) {
    edit.only_if(|edit| {
        let [count, at] = ["tries", "lastTryAt"].map(|name| counter.path(name));
        let (tries, last) = (edit.name(&count), edit.name(&at));
        let mut cases = vec![edit.missing(&count), format!("{tries} < {}", edit.value(FREE_TRIES))];
        for (count, block) in (FREE_TRIES..).zip(BLOCKS) {
            cases.push(format!("{tries} = {} AND {last} <= {}", edit.value(count), edit.value(now - block)));
        }
        let [.., longest] = BLOCKS;
        cases.push(format!("{last} <= {}", edit.value(now - longest)));
        any(cases)
    });
}

/// Counts a wrong try, unless tries are refused now or this very one is counted.
pub(super) fn count(edit: &mut Edit, counter: Counter, try_id: &str, now: Timestamp) {
    unlocked(edit, counter, now);
    let [tries, last_try_at, last_try] = COUNTER.map(|name| counter.path(name));
    edit.only_if(|edit| any([edit.missing(&last_try), format!("{} <> {}", edit.name(&last_try), edit.value(try_id))]));
    let (known, zero, one) = (edit.name(&tries), edit.value(0_u32), edit.value(1_u32));
    edit.compute(&tries, &format!("if_not_exists({known}, {zero}) + {one}"));
    edit.set(&last_try_at, now);
    edit.set(&last_try, try_id);
}

/// Forgets an item's own wrong tries, unless tries are refused now.
pub(super) fn reset(edit: &mut Edit, now: Timestamp) {
    unlocked(edit, Counter::Own, now);
    edit.remove(&COUNTER);
}
