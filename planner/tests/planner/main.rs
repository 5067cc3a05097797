//! The model against cases computed by hand, and the documents against the program.
#![expect(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking; zeros and cents are exact")]

mod by_hand;
mod document;
