//! What happened to a candidate, and who may have done it.

use super::{
    Error, Result, Store,
    items::{PROCTOR, read},
};
use crate::domain::{
    candidate::Candidate,
    identity::CandidateId,
    refusal::Refusal,
    session::{Session, SessionNumber, SessionProctor},
};

/// A candidate's record, and who may have made it.
#[derive(Debug)]
pub struct Past {
    pub session: Session,
    pub candidate: Option<Candidate>,
    pub proctors: Vec<SessionProctor>,
}

impl Store {
    /// Reads a candidate with the record, and who proctored.
    ///
    /// # Errors
    /// `session_not_found`, busy.
    pub async fn past(&self, session: &SessionNumber, id: Option<&CandidateId>) -> Result<Past> {
        let (found, candidates) = self.session_and_candidates(session, id.map(std::slice::from_ref).unwrap_or_default()).await?;
        let session = found.ok_or(Refusal::SessionNotFound)?;
        let proctors = self.query_beginning(&session.number, PROCTOR).into_paginator().items().send();
        let proctors: Vec<_> = proctors.try_collect().await.map_err(|error| Error::from_sdk(&error))?;
        let proctors = proctors.into_iter().map(read).collect::<Result<_>>()?;
        Ok(Past { session, candidate: candidates.into_iter().next(), proctors })
    }
}
