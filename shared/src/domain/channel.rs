//! Where it is announced that something changed. An announcement says that, and never what.

use super::{identity::CandidateId, session::SessionNumber};
use std::fmt;

/// A channel, as AWS AppSync Events names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Channel(String);

impl Channel {
    /// Of a session itself; its candidates do not hear it.
    pub fn session(session: &SessionNumber) -> Self {
        Self(format!("/room/{session}/session"))
    }

    /// Of one candidate.
    pub fn candidate(session: &SessionNumber, id: &CandidateId) -> Self {
        Self(format!("/room/{session}/{}", id.as_str()))
    }

    /// All of a session's, as its proctors hear them.
    pub fn room(session: &SessionNumber) -> Self {
        Self(format!("/room/{session}/*"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
