//! The devices that an account has logged in from. Each has its own count of wrong passwords, so that those tried
//! elsewhere keep nobody out: docs/security.md.

use super::random_id::RandomId;

/// How many devices an account knows: the last it logged in from.
pub const MAX_DEVICES: usize = 5;

/// What a browser shows of itself when somebody logs in: what it was given at a login before.
pub type DeviceId = RandomId;
