//! Carries what a changed session says to each of its candidates.
//!
//! The session is changed first, so that whoever is enrolled from then on has it already; then each candidate, by a
//! conditional update of their own. Done again, after a crash or by two at once, it does what is left to do.

use super::{
    Error, Result, Store,
    candidates::{Outcome, ROUNDS},
    edit::Edit,
    items::session_expires_at,
    sessions::Room,
    transition::transition,
};
use crate::domain::{candidate::Candidate, decision::Change, refusal::Refusal, session::SessionNumber, terms::Terms};
use futures::{StreamExt, stream};
use jiff::Timestamp;

/// Candidates changed at a time.
pub(super) const AT_ONCE: usize = 16;

impl Store {
    /// Reads a room of which no enrolment is half visible: a query is not isolated from transactions.
    ///
    /// # Errors
    /// `session_not_found`; busy, also while an enrolment is becoming visible.
    pub async fn whole_room(&self, number: &SessionNumber) -> Result<Room<Candidate>> {
        let room = self.room(number).await?;
        if room.candidates.len() < usize::try_from(room.session.candidate_count).unwrap_or(usize::MAX) {
            return Err(Error::Busy("an enrolment is still becoming visible".to_owned()));
        }
        Ok(room)
    }

    /// Makes this edit of every candidate for whom there still is one; returns them as they are then, without those who
    /// were removed meanwhile.
    pub(super) async fn carry(
        &self,
        candidates: Vec<Candidate>,
        edit: impl Fn(&Candidate) -> Result<Option<Edit>>,
    ) -> Result<Vec<Candidate>> {
        let carried = stream::iter(candidates).map(|candidate| self.carry_to(candidate, &edit));
        // All of them come to their end, also where one fails: nothing is still under way afterwards.
        let mut carried: Vec<_> = carried.buffered(AT_ONCE).collect().await;
        // A refusal says more than that somebody else was busy.
        if let Some(place) = carried.iter().position(|carried| matches!(carried, Err(Error::Refused(_)))) {
            carried.swap(0, place);
        }
        carried.into_iter().filter_map(Result::transpose).collect()
    }

    async fn carry_to(&self, mut candidate: Candidate, edit: impl Fn(&Candidate) -> Result<Option<Edit>>) -> Result<Option<Candidate>> {
        for _ in 0..ROUNDS {
            let Some(edit) = edit(&candidate)? else { return Ok(Some(candidate)) };
            match self.update_candidate(&candidate.session, &candidate.id, &edit).await {
                Ok(Outcome::Written(candidate)) => return Ok(Some(*candidate)),
                Ok(Outcome::Unmet(now)) => candidate = *now,
                Err(Error::Refused(Refusal::CandidateNotFound)) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Busy("a candidate kept changing".to_owned()))
    }
}

/// Gives a candidate newer terms, and keeps them as long as these say.
pub(super) fn new_terms(candidate: &Candidate, terms: Terms, at: Timestamp) -> Result<Option<Edit>> {
    if candidate.closed || candidate.terms.revision >= terms.revision {
        return Ok(None);
    }
    let mut edit = Edit::default();
    edit.only_if(|edit| format!("{} < {}", edit.name("terms"), edit.value(terms.revision)));
    edit.only_if(|edit| edit.missing("closed"));
    edit.set_all(terms)?;
    edit.set("expiresAt", session_expires_at(terms.window, at));
    Ok(Some(edit))
}

/// Closes a candidate, with the terms of the session as it is finalised, and ends their test if it runs. Newer ones say that
/// the session was opened again since. One who is closed under older ones gets these: a reopening that broke off, and goes
/// on all the same, opens them no more.
pub(super) fn closed(candidate: &Candidate, end: &Change, terms: Terms) -> Result<Option<Edit>> {
    let is_done = candidate.closed && candidate.terms.revision == terms.revision;
    if is_done || candidate.terms.revision > terms.revision {
        return Ok(None);
    }
    let mut edit = if candidate.status.is_running() { transition(end) } else { standing(candidate) };
    edit.only_if(|edit| format!("{} <= {}", edit.name("terms"), edit.value(terms.revision)));
    if !candidate.status.is_running() {
        edit.remove(&["waitingSince", "helpSince"]);
    }
    edit.set("closed", true);
    edit.set_all(terms)?;
    Ok(Some(edit))
}

/// Keeps a candidate from starting, for a deletion that began under the terms of this revision. Newer ones say that it
/// was called off.
///
/// # Errors
/// `already_started`.
pub(super) fn kept_from_starting(candidate: &Candidate, revision: u32) -> Result<Option<Edit>> {
    if !candidate.status.is_before_start() || candidate.terms.revision > revision {
        return Err(Refusal::AlreadyStarted.into());
    }
    let mut edit = standing(candidate);
    edit.only_if(|edit| format!("{} <= {}", edit.name("terms"), edit.value(revision)));
    edit.set("closed", true);
    Ok((!candidate.closed).then_some(edit))
}

/// Lets a candidate start again under newer terms, so that a deletion or finalisation that goes on all the same closes them no
/// more. An ended test stays ended.
pub(super) fn reopened(candidate: &Candidate, terms: Terms, at: Timestamp) -> Result<Option<Edit>> {
    if !candidate.closed || candidate.terms.revision >= terms.revision {
        return new_terms(candidate, terms, at);
    }
    let mut edit = Edit::default();
    edit.only_if(|edit| edit.exists("closed"));
    edit.only_if(|edit| format!("{} < {}", edit.name("terms"), edit.value(terms.revision)));
    edit.remove(&["closed"]);
    edit.set_all(terms)?;
    Ok(Some(edit))
}

/// Made only where the candidate still stands as they were read.
fn standing(candidate: &Candidate) -> Edit {
    let mut edit = Edit::default();
    edit.only_if(|edit| edit.equals("status", candidate.status));
    edit
}
