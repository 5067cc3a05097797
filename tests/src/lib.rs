//! Gives the tests their verbs: a world to act in, people who act, answers to look at.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc, reason = "a test fails by panicking")]

pub mod api;
pub mod chaos;
pub mod contract;
pub mod events;
pub mod functions;
pub mod lambda;
pub mod live;
pub mod memory;
pub mod meter;
pub mod operations;
pub mod oracle;
pub mod people;
pub mod record;
pub mod server;
pub mod world;

pub use api::{Answer, Api, answer};
pub use chaos::{Chaos, Fault};
pub use people::{Pupil, Room};
pub use record::Log;
pub use serde_json::{Value, json};
pub use world::World;

/// A variable of this process; one that is empty counts as none.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
