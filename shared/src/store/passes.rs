//! Passes: how a proctor lets in who stands before them and can't log in.

use super::{
    Error, Result, Store,
    candidates::settled,
    error::canceled,
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
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};

/// Whom a pass lets in. What it is worth stands on the candidate.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pointer {
    candidate: CandidateId,
    #[serde(with = "millisecond::required")]
    ends_at: Timestamp,
}

impl Store {
    /// Gives a candidate a pass, in place of one they may have; returns until when it is good.
    ///
    /// # Errors
    /// The refusals of [`decide`](crate::domain::decision::decide), `key_reused` when a pass that this request issued
    /// was used or replaced, `candidate_not_found`, busy.
    pub async fn issue_pass(&self, session: &SessionNumber, id: &CandidateId, change: &Change) -> Result<Timestamp> {
        let Act::IssuePass { tag, ends_at } = &change.act else { return Err(Error::internal("no pass")) };
        let pointer = write(&Pointer { candidate: id.clone(), ends_at: *ends_at }, pass_key(session, tag), ends_at.as_second())?;
        let actions = vec![self.updating(candidate_key(session, id), &transition(change))?, self.putting(pointer)?];
        let Some(reasons) = canceled(self.client.transact_write_items().set_transact_items(Some(actions)).send().await)? else {
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
        let pointer = pointer.filter(|pointer| change.at < pointer.ends_at);
        let (session, pointer) = found.zip(pointer).ok_or(Refusal::InvalidPass)?;
        let candidate = self.candidate(&session.number, &pointer.candidate).await.map_err(|error| match error {
            Error::Refused(_) => Refusal::InvalidPass.into(),
            other => other,
        })?;
        let joined = self.change_with(candidate, change, |candidate| {
            let guard = self.guarding(candidate, change)?;
            Ok(std::iter::once(guard).chain(self.unguarding(candidate)?).collect())
        });
        Ok((session, joined.await?))
    }
}
