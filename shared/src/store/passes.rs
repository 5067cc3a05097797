//! Passes: how a proctor lets in who stands before them and can't log in.

use super::{
    Error, Result, Store,
    candidates::settled,
    items::{candidate_key, is_pass, is_session, pass_key, read, session_key, write},
    transition::transition,
};
use crate::domain::{
    act::Act,
    candidate::Candidate,
    code::PassTag,
    decision::Change,
    identity::CandidateId,
    refusal::Refusal,
    session::{Session, SessionNumber},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a pass is still found after its end: a request that used it in time may be sent again later.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whom a pass lets in. What it is worth stands on the candidate.
#[derive(Serialize, Deserialize)]
struct Pointer {
    candidate: CandidateId,
}

impl Store {
    /// Gives a candidate a pass, in place of one they may have; returns until when it is good.
    ///
    /// # Errors
    /// The refusals of [`decide`](crate::domain::decision::decide), `key_reused` when a pass that this request issued
    /// was used or replaced, or its time is over; `candidate_not_found`, busy.
    pub async fn issue_pass(&self, session: &SessionNumber, id: &CandidateId, change: &Change) -> Result<Timestamp> {
        let Act::IssuePass { tag, ends_at } = &change.act else { return Err(Error::internal("no pass")) };
        let pointer = write(&Pointer { candidate: id.clone() }, pass_key(session, tag), (*ends_at + KEPT).as_second())?;
        let actions = vec![Self::updating(&self.sessions, candidate_key(session, id), &transition(change))?, self.putting(pointer)?];
        let Some(reasons) = self.transact(actions).await? else {
            return Ok(*ends_at);
        };
        let candidate = reasons.into_iter().next().and_then(|reason| reason.item).ok_or(Refusal::CandidateNotFound)?;
        settled(read(candidate)?, change)?.pass_ends_at.ok_or_else(|| Refusal::KeyReused.into())
    }

    /// Lets in who has a pass of this session, in place of whoever was joined.
    ///
    /// # Errors
    /// `invalid_pass`, also for a session that does not exist; `session_finalised`, `session_not_open`,
    /// `session_closed`; busy.
    pub async fn use_pass(&self, session: &SessionNumber, tag: &PassTag, change: &Change) -> Result<(Session, Candidate)> {
        let (mut found, mut pointer) = (None::<Session>, None::<Pointer>);
        for item in self.read_together([(&self.sessions, vec![session_key(session), pass_key(session, tag)])]).await? {
            if is_session(&item) {
                found = Some(read(item)?);
            } else if is_pass(&item) {
                pointer = Some(read(item)?);
            }
        }
        let (session, pointer) = found.zip(pointer).ok_or(Refusal::InvalidPass)?;
        let joined = self.let_in(&session.number, &pointer.candidate, change).await.map_err(|error| match error {
            // Removed, or corrected to another identity.
            Error::Refused(Refusal::CandidateNotFound) => Refusal::InvalidPass.into(),
            other => other,
        });
        Ok((session, joined?))
    }

    async fn let_in(&self, session: &SessionNumber, id: &CandidateId, change: &Change) -> Result<Candidate> {
        let candidate = self.candidate(session, id).await?;
        let joined = self.change_with(candidate, change, |candidate| {
            let guard = self.guarding(candidate, change)?;
            Ok(std::iter::once(guard).chain(self.unguarding(candidate)?).collect())
        });
        joined.await
    }
}
