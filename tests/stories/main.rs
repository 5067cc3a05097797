//! Black-box tests over HTTP, one file per story.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod accounts;
mod authorisation;
mod description;
mod events;
mod identity;
mod input;
mod procedure;
mod secrets;
