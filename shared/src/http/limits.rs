//! How large a request may be.

/// The largest body taken, in bytes: a list of 99 candidates is about 20 KiB.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// The longest `Idempotency-Key`, in characters.
pub const MAX_KEY: usize = 64;
/// The most candidates that one request is about: a DynamoDB transaction holds 100 items, and an enrolment
/// writes the session, too.
pub const MAX_AT_ONCE: usize = 99;
