//! Black-box tests over HTTP, one file per story.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod lost_answers;
mod persistence;
mod procedure;
mod races;
