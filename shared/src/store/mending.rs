//! What an organiser mends: a session's plan and codes, a candidate's enrolment.

use super::{
    Error, Result, Store,
    candidates::{Outcome, ROUNDS, settled, stands_as_read},
    carry::{AT_ONCE, kept_from_starting, new_terms, reopened},
    edit::{Edit, IntoValue},
    error::unmet,
    items::{Item, act_key, candidate_key, is_at, is_session, read, session_expires_at, session_key, write},
    sessions::{Room, never_finalised, still},
    transition::{allow, attribute, transition},
};
use crate::domain::{
    act::Act,
    actor::Actor,
    candidate::Candidate,
    centre::CentreId,
    code::LAST_ISSUE,
    correction::{Correction, Enrolment},
    decision::{Change, Decision, decide},
    history::{SessionAction, SessionEntry},
    identity::CandidateId,
    refusal::Refusal,
    request::{RequestId, Said},
    session::{Plan, Session, SessionNumber, SessionStatus, Window},
};
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures::{StreamExt, stream};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is left of a deleted session, so that its number is not drawn again while a kit may bear it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    #[serde(rename = "deletedAt", with = "millisecond::required")]
    at: Timestamp,
    centre: CentreId,
    /// The organiser, and the request.
    by: String,
    request: RequestId,
    /// So that a late retry of its creation creates no other one.
    requests: BTreeMap<RequestId, Said>,
}

/// Who mends, when, and by which request.
#[derive(Debug, Clone)]
pub struct Mending {
    pub by: Actor,
    pub at: Timestamp,
    pub request: RequestId,
}

/// Codes that leaked.
#[derive(Debug, Clone, Copy)]
pub struct Leaked {
    pub session_password: bool,
    pub access_code: bool,
}

impl Store {
    /// Changes the plan of a session, and hands its terms on to its candidates. Called again after a crash it goes on
    /// where it stopped.
    ///
    /// # Errors
    /// `session_not_found`, also for another centre's; [`Error::InvalidTime`] for a time that a clock change skips;
    /// `session_finalised`; `already_started` for date, time, time zone or duration once somebody has started; busy.
    pub async fn edit_session(&self, number: &SessionNumber, mending: &Mending, edit: impl Fn(&mut Plan)) -> Result<Session> {
        for _ in 0..ROUNDS {
            let Room { session, candidates, .. } = self.whole_room(number).await?;
            mending.by.check_centre(&session.centre)?;
            session.check_changeable()?;
            let mut after = session.clone();
            edit(&mut after.plan);
            if !after.plan.is_at_the_same_time_as(&session.plan) {
                if has_started(&candidates) {
                    return Err(Refusal::AlreadyStarted.into());
                }
                after.window = Window::around(after.plan.scheduled_at().map_err(|_| Error::InvalidTime)?);
                after.revision += 1;
            }
            if after == session {
                self.hand_on(&session, candidates, mending.at).await?;
                return Ok(session);
            }
            let mut write = still(&session);
            write.set_changed(&session, &after)?;
            write.set("expiresAt", session_expires_at(after.window, mending.at));
            let entry = SessionEntry { plan: Some(session.plan.clone()), ..mending.entry(SessionAction::Edit) };
            if self.mend(&session, write, &mending.request, entry, vec![]).await?.is_done() {
                return self.hand_on_as_it_is_now(number, mending.at).await;
            }
        }
        Err(Error::session_kept_changing())
    }

    /// Replaces codes of a session by their next issue, and hands that on to its candidates. Called again by the same
    /// request it goes on where it stopped.
    ///
    /// # Errors
    /// `session_not_found`, also for another centre's; `session_finalised`; `too_many_changes` when a code was
    /// replaced 20 times; busy.
    pub async fn replace_codes(&self, number: &SessionNumber, mending: &Mending, leaked: Leaked) -> Result<Session> {
        for _ in 0..ROUNDS {
            let session = self.session_of(&mending.by, number).await?;
            session.check_changeable()?;
            let mut after = session.clone();
            after.revision += 1;
            after.password_issue += u32::from(leaked.session_password);
            after.code_issue += u32::from(leaked.access_code);
            if after.password_issue.max(after.code_issue) > LAST_ISSUE {
                self.entry(number, &mending.request).await?.ok_or(Refusal::TooManyChanges)?;
                return self.hand_on_as_it_is_now(number, mending.at).await;
            }
            let mut write = still(&session);
            write.set_changed(&session, &after)?;
            let entry = mending.entry(SessionAction::ReplaceCodes);
            if self.mend(&session, write, &mending.request, entry, vec![]).await?.is_done() {
                return self.hand_on_as_it_is_now(number, mending.at).await;
            }
        }
        Err(Error::session_kept_changing())
    }

    /// Corrects what was enrolled of a candidate. Where nobody has joined, another identity is another id, so that they
    /// join by what is right; where somebody has, the id stays, and the session notes whose identity it is now.
    ///
    /// # Errors
    /// `session_not_found`, also for another centre's; `candidate_not_found`, `session_finalised`,
    /// `already_enrolled`; `test_ended` for extra time once the test is over; busy.
    pub async fn correct(
        &self,
        number: &SessionNumber,
        id: &CandidateId,
        mending: &Mending,
        correct: impl Fn(&mut Enrolment),
        identity: impl Fn(&Session, &Enrolment) -> Option<CandidateId>,
    ) -> Result<Candidate> {
        for _ in 0..ROUNDS {
            let (session, found) = self.session_and_one(&mending.by, number, id).await?;
            let Some(candidate) = found else {
                let moved = self.entry(number, &mending.request).await?.and_then(|entry| entry.candidate);
                return self.candidate(number, &moved.ok_or(Refusal::CandidateNotFound)?).await;
            };
            let (from, mut to) = (candidate.enrolment(), candidate.enrolment());
            correct(&mut to);
            let new_id = identity(&session, &to).ok_or_else(|| Error::internal("the session's code key is lost"))?;
            let is_same = from == to;
            let change = mending.change(Act::Correct(Correction { from, to }));
            let Decision::Apply(after) = decide(&candidate, &change) else { return settled(candidate, &change) };
            session.check_changeable()?;
            if is_same {
                return Ok(candidate);
            }
            let corrected = match session.id_of(&new_id) {
                Some(known) if *known == candidate.id => self.correct_spelling(&candidate, &change).await?,
                Some(known) if *known != new_id => return Err(Refusal::AlreadyEnrolled.into()),
                _ => self.correct_identity(&session, &candidate, *after, new_id, &change, mending).await?,
            };
            if let Some(corrected) = corrected {
                return Ok(corrected);
            }
        }
        Err(Error::session_kept_changing())
    }

    /// Corrects what makes no other identity. `None` when the candidate changed meanwhile.
    async fn correct_spelling(&self, candidate: &Candidate, change: &Change) -> Result<Option<Candidate>> {
        let mut edit = transition(change);
        as_read(&mut edit, candidate);
        Ok(match self.update_candidate(&candidate.session, &candidate.id, &edit).await? {
            Outcome::Written(corrected) => Some(*corrected),
            Outcome::Unmet(_) => None,
        })
    }

    /// Corrects who a candidate is. `None` when session or candidate changed meanwhile.
    async fn correct_identity(
        &self,
        session: &Session,
        candidate: &Candidate,
        after: Candidate,
        new_id: CandidateId,
        change: &Change,
        mending: &Mending,
    ) -> Result<Option<Candidate>> {
        let mut write = still(session);
        write.set("corrections", session.corrections + 1);
        forget_corrected(&mut write, session, candidate);
        let moves = candidate.account.is_none() && new_id != candidate.id;
        let (after, also) = if moves {
            let mut unchanged = Edit::default();
            allow(&mut unchanged, change);
            as_read(&mut unchanged, candidate);
            let gone = Self::deleting(&self.sessions, candidate_key(&session.number, &candidate.id), &unchanged)?;
            // A pass leads to the former id.
            let after = Candidate { id: new_id.clone(), terms: session.terms(), pass: None, pass_ends_at: None, ..after };
            let moved = self.put_candidate(&after, change.at)?;
            (after, vec![moved, gone])
        } else {
            let mut edit = transition(change);
            as_read(&mut edit, candidate);
            let corrected = Self::updating(&self.sessions, candidate_key(&session.number, &candidate.id), &edit)?;
            if new_id == candidate.id {
                (after, vec![corrected])
            } else {
                write.insert("corrected", new_id.as_str(), candidate.id.as_str());
                let mut nobody = Edit::default();
                nobody.only_if(|edit| edit.missing("sk"));
                (after, vec![Self::checking(&self.sessions, candidate_key(&session.number, &new_id), &nobody)?, corrected])
            }
        };
        let moved_from = moves.then(|| candidate.id.clone());
        let entry = SessionEntry { candidate: Some(after.id.clone()), moved_from, ..mending.entry(SessionAction::Correct) };
        match self.mend(session, write, &mending.request, entry, also).await? {
            Mended::Now => Ok(Some(after)),
            Mended::NotYet(known)
                if new_id != candidate.id && known.iter().any(|item| is_at(item, &candidate_key(&session.number, &new_id))) =>
            {
                Err(Refusal::AlreadyEnrolled.into())
            }
            Mended::Before | Mended::NotYet(_) => Ok(None),
        }
    }

    /// Removes a candidate whom nobody joined.
    ///
    /// # Errors
    /// `session_not_found`, also for another centre's; `candidate_not_found`, `session_finalised`,
    /// `already_started`, `candidate_already_linked`; busy.
    pub async fn remove(&self, number: &SessionNumber, id: &CandidateId, mending: &Mending) -> Result<()> {
        for _ in 0..ROUNDS {
            let (session, found) = self.session_and_one(&mending.by, number, id).await?;
            let Some(candidate) = found else {
                let removed = self.entry(number, &mending.request).await?;
                return removed.map(drop).ok_or_else(|| Refusal::CandidateNotFound.into());
            };
            let change = mending.change(Act::Remove);
            let Decision::Apply(_) = decide(&candidate, &change) else { return settled(candidate, &change).map(drop) };
            session.check_changeable()?;
            let mut write = still(&session);
            let (count, one) = (write.name("candidateCount"), write.value(1_u32));
            write.compute("candidateCount", &format!("{count} - {one}"));
            forget_corrected(&mut write, &session, &candidate);
            let mut allowed = Edit::default();
            allow(&mut allowed, &change);
            let gone = Self::deleting(&self.sessions, candidate_key(number, id), &allowed)?;
            let former = Some(candidate.enrolment().into());
            let entry = SessionEntry { candidate: Some(id.clone()), former, ..mending.entry(SessionAction::Remove) };
            if self.mend(&session, write, &mending.request, entry, vec![gone]).await?.is_done() {
                return Ok(());
            }
        }
        Err(Error::session_kept_changing())
    }

    /// Deletes a session, unless somebody has started: then nothing is lost. Nor one that was finalised once, whose record
    /// somebody may hold. Called again after a crash it goes on where it stopped. What stays is the number, which is not
    /// drawn again while a kit may bear it.
    ///
    /// # Errors
    /// `session_not_found`, also for another centre's, or when all is deleted; `session_finalised`,
    /// `already_started`; busy.
    pub async fn delete_session(&self, number: &SessionNumber, mending: &Mending) -> Result<()> {
        let room = match self.room(number).await {
            Err(Error::Refused(Refusal::SessionNotFound)) => return self.go_on_deleting(number, mending).await,
            room => room?,
        };
        mending.by.check_centre(&room.session.centre)?;
        if room.session.status == SessionStatus::Open && has_started(&room.candidates) {
            return Err(Refusal::AlreadyStarted.into());
        }
        let mut unsealed = Edit::default();
        unsealed.only_if(never_finalised);
        let session = self.close_session(number, &mending.by, SessionStatus::Deleting, unsealed).await?;
        if session.status != SessionStatus::Deleting {
            return Err(Refusal::SessionFinalised.into());
        }
        let Room { session, candidates, .. } = self.whole_room(number).await?;
        if let Err(error) = self.carry(candidates, |candidate| kept_from_starting(candidate, session.revision)).await {
            if matches!(error, Error::Refused(Refusal::AlreadyStarted)) {
                self.undo_deletion(session, mending.at).await?;
            }
            return Err(error);
        }
        let expires_at = session_expires_at(session.window, mending.at);
        let request = mending.request.clone();
        let by = mending.by.account.clone();
        let left = Deleted { at: mending.at, centre: session.centre, by, request, requests: session.requests };
        self.leave_of_deleted(write(&left, session_key(number), expires_at)?).await?;
        self.delete_all_of(number).await.map(drop)
    }

    /// Lets everybody start again, and nobody twice: what came after the deletion stays.
    async fn undo_deletion(&self, session: Session, at: Timestamp) -> Result<()> {
        let after = Session { revision: session.revision + 1, status: SessionStatus::Open, ..session.clone() };
        let room = self.room(&session.number).await?;
        self.carry(room.candidates, |candidate| reopened(candidate, after.terms(), at)).await?;
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("status", SessionStatus::Deleting));
        edit.only_if(|edit| edit.equals("terms", session.revision));
        edit.set_changed(&session, &after)?;
        self.update(&self.sessions, session_key(&session.number), &edit).await.map(drop)
    }

    /// Puts what is left of a session into its place, unless that was done before.
    async fn leave_of_deleted(&self, left: Item) -> Result<()> {
        let put = self.client.put_item().table_name(&self.sessions).set_item(Some(left));
        let put = put.condition_expression("#status = :deleting").expression_attribute_names("#status", "status");
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.expression_attribute_values(":deleting", SessionStatus::Deleting.into_value()).send().await {
            Ok(_) => Ok(()),
            Err(error) => match unmet(&error)? {
                Some(now) if !is_session(&now) => Ok(()),
                // Another deletion found that somebody had started, and called it off.
                _ => Err(Refusal::AlreadyStarted.into()),
            },
        }
    }

    /// Deletes what a deletion that broke off has left behind.
    async fn go_on_deleting(&self, number: &SessionNumber, mending: &Mending) -> Result<()> {
        let left = self.get(&self.sessions, session_key(number)).await?.map(read::<Deleted>).transpose()?;
        let own = left.filter(|left| mending.by.check_centre(&left.centre).is_ok()).ok_or(Refusal::SessionNotFound)?;
        let went_on = self.delete_all_of(number).await?;
        if went_on || own.request == mending.request { Ok(()) } else { Err(Refusal::SessionNotFound.into()) }
    }

    /// Deletes all of a session but the item of the session itself; tells whether there was anything.
    async fn delete_all_of(&self, number: &SessionNumber) -> Result<bool> {
        let keys = self.query(number, "#session = :session").projection_expression("#session, sk");
        let keys = keys.into_paginator().items().send().try_collect().await.map_err(|error| Error::from_sdk(&error))?;
        let rest: Vec<Item> = keys.into_iter().filter(|key| *key != session_key(number)).collect();
        let any = !rest.is_empty();
        let deleting = stream::iter(rest).map(|key| self.client.delete_item().table_name(&self.sessions).set_key(Some(key)).send());
        let deleted: Vec<_> = deleting.buffered(AT_ONCE).collect().await;
        for deleted in deleted {
            deleted.map_err(|error| Error::from_sdk(&error))?;
        }
        Ok(any)
    }

    /// Reads a session of this organiser's centre, and one of its candidates.
    async fn session_and_one(&self, by: &Actor, number: &SessionNumber, id: &CandidateId) -> Result<(Session, Option<Candidate>)> {
        let (session, candidates) = self.session_and_candidates(number, std::slice::from_ref(id)).await?;
        let session = session.ok_or(Refusal::SessionNotFound)?;
        by.check_centre(&session.centre)?;
        Ok((session, candidates.into_iter().next()))
    }

    /// What this request mended before, if it did.
    async fn entry(&self, number: &SessionNumber, request: &RequestId) -> Result<Option<SessionEntry>> {
        self.get(&self.sessions, act_key(number, request)).await?.map(read).transpose()
    }

    /// Changes a session, records it, and does with it what else this takes, in one transaction.
    pub(super) async fn mend(
        &self,
        session: &Session,
        mut edit: Edit,
        request: &RequestId,
        entry: SessionEntry,
        also: Vec<TransactWriteItem>,
    ) -> Result<Mended> {
        let expires_at = session_expires_at(session.window, entry.at);
        let entry = write(&entry, act_key(&session.number, request), expires_at)?;
        let (count, none, one) = (edit.name("mendings"), edit.value(0_u32), edit.value(1_u32));
        edit.compute("mendings", &format!("if_not_exists({count}, {none}) + {one}"));
        let mut actions = vec![Self::updating(&self.sessions, session_key(&session.number), &edit)?, self.creating(entry)?];
        actions.extend(also);
        let Some(reasons) = self.transact(actions).await? else { return Ok(Mended::Now) };
        let mut items = reasons.into_iter().map(|reason| reason.item);
        let (_session, entry) = (items.next(), items.next().flatten());
        Ok(if entry.is_some() { Mended::Before } else { Mended::NotYet(items.flatten().collect()) })
    }

    async fn hand_on_as_it_is_now(&self, number: &SessionNumber, at: Timestamp) -> Result<Session> {
        let Room { session, candidates, .. } = self.whole_room(number).await?;
        self.hand_on(&session, candidates, at).await?;
        Ok(session)
    }

    async fn hand_on(&self, session: &Session, candidates: Vec<Candidate>, at: Timestamp) -> Result<()> {
        let terms = session.terms();
        self.carry(candidates, |candidate| new_terms(candidate, terms, at)).await.map(drop)
    }
}

impl Leaked {
    /// Which they are: the same key for others is another request.
    pub const fn names(self) -> &'static str {
        match (self.session_password, self.access_code) {
            (true, true) => "both",
            (true, false) => "session password",
            (false, _) => "access code",
        }
    }
}

/// What came of mending something.
pub(super) enum Mended {
    Now,
    /// By an earlier request that this one repeats.
    Before,
    /// Something changed meanwhile: these, beside the session.
    NotYet(Vec<Item>),
}

impl Mended {
    pub(super) const fn is_done(&self) -> bool {
        matches!(self, Self::Now | Self::Before)
    }
}

impl Mending {
    fn change(&self, act: Act) -> Change {
        Change { act, by: self.by.clone(), at: self.at, request: self.request.clone(), start: None }
    }

    fn entry(&self, action: SessionAction) -> SessionEntry {
        let Actor { account, name, .. } = self.by.clone();
        SessionEntry { account: Some(account), name, ..SessionEntry::new(action, self.at) }
    }
}

fn has_started(candidates: &[Candidate]) -> bool {
    candidates.iter().any(|candidate| !candidate.status.is_before_start())
}

/// Made only of a candidate who is as they were read.
fn as_read(edit: &mut Edit, candidate: &Candidate) {
    stands_as_read(edit, candidate);
    edit.only_if(|edit| format!("size({}) = {}", edit.name("history"), edit.value(candidate.history.len())));
    edit.only_if(|edit| edit.equals("firstName", candidate.first_name.as_str()));
    edit.only_if(|edit| edit.equals("lastName", candidate.last_name.as_str()));
    edit.only_if(|edit| edit.equals("birthdate", attribute(candidate.birthdate)));
    edit.only_if(|edit| edit.equals("extraTimePercent", candidate.extra_time_percent));
}

/// Notes that a candidate's identity is not, or no longer, one that was corrected in place.
fn forget_corrected(edit: &mut Edit, session: &Session, candidate: &Candidate) {
    for (identity, id) in &session.corrected {
        if *id == candidate.id {
            edit.remove_from("corrected", identity.as_str());
        }
    }
}
