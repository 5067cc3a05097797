//! How large a request may be.

/// The largest body taken, in bytes: a list of 99 candidates is about 20 KiB.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// The largest file taken, in bytes. On Lambda less fits: docs/architecture.md.
pub const MAX_LIST_BYTES: usize = 5 * 1024 * 1024;
/// How the paths end to which files are sent.
const OF_FILES: &str = "/import";

/// The largest body taken on this route.
pub fn max_body_bytes(route: &str) -> usize {
    if route.ends_with(OF_FILES) { MAX_LIST_BYTES } else { MAX_BODY_BYTES }
}

/// The longest `Idempotency-Key`, in characters.
pub const MAX_KEY: usize = 64;
/// The most candidates that one request is about: a DynamoDB transaction holds 100 items, and an enrolment
/// writes the session, too.
pub const MAX_AT_ONCE: usize = 99;
