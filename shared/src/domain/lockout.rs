//! Lockout after wrong guesses: of a password or code, and of who is enrolled.

use jiff::{SignedDuration, Timestamp};

/// Wrong tries in a row before the first block.
pub const FREE_TRIES: u32 = 10;

/// Blocks after the 10th, 11th, … wrong try in a row: 2 minutes, doubling, at most 1 hour.
pub const BLOCKS: [SignedDuration; 6] = [
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(4),
    SignedDuration::from_mins(8),
    SignedDuration::from_mins(16),
    SignedDuration::from_mins(32),
    SignedDuration::from_mins(60),
];

/// For how long the `tries`-th wrong try in a row blocks.
pub fn block_after(tries: u32) -> SignedDuration {
    match tries.checked_sub(FREE_TRIES) {
        None => SignedDuration::ZERO,
        Some(step) => {
            let [.., longest] = BLOCKS;
            usize::try_from(step).ok().and_then(|step| BLOCKS.get(step)).copied().unwrap_or(longest)
        }
    }
}

/// How many wrong tries there may still be before they block.
pub const fn tries_left(tries: u32) -> u32 {
    FREE_TRIES.saturating_sub(tries)
}

/// Until when further tries are refused, if they are now.
pub fn locked_until(tries: u32, last_try: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let block = block_after(tries);
    last_try.filter(|_| block.is_positive()).map(|last_try| last_try + block).filter(|end| *end > now)
}

/// How long further tries are still refused: zero when none is.
pub fn remaining(tries: u32, last_try: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    locked_until(tries, last_try, now).map_or(SignedDuration::ZERO, |end| end.duration_since(now))
}

/// Identities that an account may guess wrongly, over all sessions, before it may guess no more …
pub const FREE_IDENTITIES: usize = 10;

/// … until so long after the first of them.
pub const IDENTITIES_FADE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How long an account that guessed so many identities wrongly may still not guess: zero when it may.
pub fn remaining_for_identities(guessed: usize, first: Timestamp, now: Timestamp) -> SignedDuration {
    if guessed >= FREE_IDENTITIES {
        (IDENTITIES_FADE_AFTER - now.duration_since(first)).max(SignedDuration::ZERO)
    } else {
        SignedDuration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_free_tries_then_two_minutes_doubling_to_an_hour() {
        let minutes = |tries| block_after(tries).as_mins();
        assert_eq!(minutes(9), 0);
        assert_eq!([10, 11, 12, 13, 14, 15, 16, 1000].map(minutes), [2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn tries_count_down_to_the_block() {
        assert_eq!([0, 9, 10, 11].map(tries_left), [10, 1, 0, 0]);
        let (last, at) = (Timestamp::UNIX_EPOCH, |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        assert_eq!([119, 120].map(|second| locked_until(10, Some(last), at(second))), [Some(at(120)), None]);
        assert_eq!(locked_until(9, Some(last), at(-1)), None);
    }

    #[test]
    fn ten_wrong_identities_and_no_more_for_a_day() {
        let first = Timestamp::UNIX_EPOCH;
        let remaining = |guessed, hours| remaining_for_identities(guessed, first, first + SignedDuration::from_hours(hours)).as_hours();
        assert_eq!([(9, 0), (10, 0), (10, 23), (10, 24), (10, 25)].map(|(guessed, hours)| remaining(guessed, hours)), [0, 24, 1, 0, 0]);
    }

    #[test]
    fn a_block_runs_from_the_last_try() {
        let t = Timestamp::UNIX_EPOCH;
        assert_eq!(remaining(10, Some(t), t + SignedDuration::from_secs(90)).as_secs(), 30);
        assert!(remaining(10, Some(t), t + SignedDuration::from_secs(120)).is_zero());
        assert!(remaining(9, Some(t), t).is_zero());
        assert!(remaining(9, Some(t), t - SignedDuration::from_secs(1)).is_zero(), "another server's clock is ahead");
        assert!(remaining(0, None, t).is_zero());
    }
}
