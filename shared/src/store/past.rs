//! What happened to a candidate, with the names of who did it.

use super::{
    Error, Result, Store,
    items::{PROCTOR, read},
};
use crate::domain::{
    actor::ActorRole,
    candidate::Candidate,
    history::Entry,
    identity::CandidateId,
    refusal::Refusal,
    session::{Session, SessionNumber, SessionProctor},
};

/// A candidate's record, and who may have made it.
#[derive(Debug)]
pub struct Past {
    pub session: Session,
    pub candidate: Option<Candidate>,
    proctors: Vec<SessionProctor>,
}

impl Past {
    /// First and last name of who made this entry, as far as the session knows them.
    pub fn name_of(&self, entry: &Entry) -> Option<(String, String)> {
        match entry.role {
            ActorRole::Proctor => {
                let proctor = self.proctors.iter().find(|proctor| proctor.account == entry.account)?;
                Some((proctor.first_name.clone(), proctor.last_name.clone()))
            }
            ActorRole::Organiser | ActorRole::Finalisation => {
                let created = entry.account == self.session.organiser;
                entry.name.clone().or_else(|| created.then(|| self.session.organised_by.clone()))
            }
            ActorRole::Candidate => {
                let joins = self.candidate.iter().flat_map(|candidate| &candidate.history);
                joins.filter(|join| join.account == entry.account).find_map(|join| join.name.clone())
            }
        }
    }
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
