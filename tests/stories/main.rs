//! Black-box tests over HTTP, one file per story.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod anywhere;
mod here;
