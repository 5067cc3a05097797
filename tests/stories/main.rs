//! Black-box tests over HTTP, one file per story.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod authorisation;
mod description;
mod events;
mod identity;
mod input;
mod lost_answers;
mod persistence;
mod procedure;
mod process;
mod races;
mod readme;
mod requests;
mod rules;
mod secrets;
mod sizes;
mod table;
