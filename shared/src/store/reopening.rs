//! How the operator opens a finalised session again.

use super::{Error, Result, Store, candidates::ROUNDS, carry::reopened, edit::Edit, sessions::Room};
use crate::domain::{
    candidate::Candidate,
    history::{SessionAction, SessionEntry},
    name::Reason,
    refusal::Refusal,
    request::RequestId,
    session::{Session, SessionNumber, SessionStatus},
};
use jiff::Timestamp;

/// Why a session is not opened again.
#[derive(Debug, thiserror::Error)]
pub enum NotReopened {
    #[error("no session has this number")]
    NoSession,
    #[error("this session is open, and was never finalised")]
    Open,
    #[error("this session is being finalised; once its organiser has finalised it again, it can be reopened")]
    Finalising,
    #[error(transparent)]
    Store(Error),
}

impl Store {
    /// Opens a finalised session again, and with it all its candidates: who had not started can start, within the session's
    /// times, and what is ended stays ended. Its seal goes; the next finalisation makes another. The record tells of both.
    ///
    /// Called again after a crash it goes on where it stopped, and by the same request it opens a session once only.
    ///
    /// # Errors
    /// When there is no such session or it is not finalised; busy.
    pub async fn reopen(
        &self,
        number: &SessionNumber,
        reason: &Reason,
        request: &RequestId,
        at: Timestamp,
    ) -> std::result::Result<(Session, Vec<Candidate>), NotReopened> {
        for _ in 0..ROUNDS {
            let session = self.session(number).await?.ok_or(NotReopened::NoSession)?;
            match session.status {
                SessionStatus::Finalised => {}
                SessionStatus::Open if session.finalisations > 0 => return Ok(self.reopen_candidates(number, at).await?),
                SessionStatus::Open => return Err(NotReopened::Open),
                SessionStatus::Finalising => return Err(NotReopened::Finalising),
                SessionStatus::Deleting => return Err(NotReopened::NoSession),
            }
            let after = Session {
                status: SessionStatus::Open,
                revision: session.revision + 1,
                // It may be of a time when they were not counted.
                finalisations: session.finalisations.max(1),
                seal: None,
                ..session.clone()
            };
            let mut write = Edit::default();
            write.only_if(|edit| edit.equals("status", SessionStatus::Finalised));
            write.only_if(|edit| edit.equals("terms", session.revision));
            write.set_changed(&session, &after)?;
            let entry = SessionEntry {
                reason: Some(reason.as_str().to_owned()),
                finalised_at: session.finalised_at,
                finalised_by: session.finalised_by.clone(),
                ..SessionEntry::new(SessionAction::Reopen, at)
            };
            if self.mend(&session, write, request, entry, vec![]).await?.is_done() {
                return Ok(self.reopen_candidates(number, at).await?);
            }
        }
        Err(Error::session_kept_changing().into())
    }

    /// The session first, so that whoever is let in finds it open; finalised meanwhile, it stays so.
    async fn reopen_candidates(&self, number: &SessionNumber, at: Timestamp) -> Result<(Session, Vec<Candidate>)> {
        let Room { session, candidates, .. } = self.whole_room(number).await?;
        if session.status != SessionStatus::Open {
            return Ok((session, candidates));
        }
        let terms = session.terms();
        let candidates = self.carry(candidates, |candidate| reopened(candidate, terms, at)).await?;
        Ok((session, candidates))
    }
}

impl From<Error> for NotReopened {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::SessionNotFound) => Self::NoSession,
            error => Self::Store(error),
        }
    }
}
