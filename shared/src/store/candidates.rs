//! Candidates, and the guards of the accounts that joined them.

use super::{
    Error, Result, Store, Written,
    edit::{Edit, all, any},
    error::is_unmet,
    identities::{Guessed, may_guess},
    items::{
        Item, candidate_key, guard_key, identities_key, is_candidate, is_identities, is_session, read, session_expires_at, session_key,
        write,
    },
    lockout::{self, Counter},
    transition::transition,
};
use crate::domain::{
    act::Act,
    candidate::Candidate,
    code::{CodeKeys, TypedCode},
    decision::{Change, Decision, decide},
    identity::CandidateId,
    lockout::tries_left,
    refusal::Refusal,
    session::{Session, SessionNumber},
};
use aws_sdk_dynamodb::types::{KeysAndAttributes, TransactWriteItem};
use serde::Serialize;
use std::{collections::HashMap, time::Duration};
use ulid::Ulid;

/// How often a transaction is tried again on what another request changed meanwhile.
pub(super) const ROUNDS: usize = 5;

/// What a conditional update of a candidate came to.
pub(super) enum Outcome {
    Written(Box<Candidate>),
    /// The condition did not hold; the candidate as they are.
    Unmet(Box<Candidate>),
}

/// Whom an account joined as.
#[derive(Serialize)]
struct Guard<'a> {
    candidate: &'a CandidateId,
    /// The account: the key of an index in which guards are alone, so that nothing else writes to it.
    joiner: &'a str,
}

impl Store {
    /// Reads one candidate.
    ///
    /// # Errors
    /// `candidate_not_found`, busy.
    pub async fn candidate(&self, session: &SessionNumber, id: &CandidateId) -> Result<Candidate> {
        read(self.get(&self.sessions, candidate_key(session, id)).await?.ok_or(Refusal::CandidateNotFound)?)
    }

    /// Reads a session and some of its candidates in one request.
    ///
    /// # Errors
    /// Busy.
    pub async fn session_and_candidates(&self, session: &SessionNumber, ids: &[CandidateId]) -> Result<(Option<Session>, Vec<Candidate>)> {
        let (mut found, mut candidates) = (None, vec![]);
        for item in self.read_together([(&self.sessions, room_keys(session, ids))]).await? {
            if is_session(&item) {
                found = Some(read(item)?);
            } else if is_candidate(&item) {
                candidates.push(read(item)?);
            }
        }
        Ok((found, candidates))
    }

    /// Reads these items of these tables in one request.
    pub(super) async fn read_together<const N: usize>(&self, wanted: [(&String, Vec<Item>); N]) -> Result<Vec<Item>> {
        let wanted = wanted.into_iter().filter(|(_, keys)| !keys.is_empty()).map(|(table, keys)| {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            Ok((table.clone(), keys.map_err(Error::internal)?))
        });
        let mut left = Some(wanted.collect::<Result<HashMap<_, _>>>()?);
        let mut items = vec![];
        for _ in 0..ROUNDS {
            let answer = self.client.batch_get_item().set_request_items(left).send().await.map_err(|error| Error::from_sdk(&error))?;
            items.extend(answer.responses.unwrap_or_default().into_values().flatten());
            left = answer.unprocessed_keys.filter(|keys| !keys.is_empty());
            if left.is_none() {
                return Ok(items);
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(20..80))).await;
        }
        Err(Error::Busy("unprocessed keys".to_owned()))
    }

    /// Carries out a change in one update whose condition is the state table; a refusal is named
    /// from the item that did not meet it. Not for start, join and unlink, which have more to check.
    ///
    /// # Errors
    /// The refusal of [`decide`], `candidate_not_found`, busy.
    pub async fn change(&self, session: &SessionNumber, id: &CandidateId, change: &Change) -> Result<Candidate> {
        match self.update_candidate(session, id, &transition(change)).await? {
            Outcome::Written(candidate) => Ok(*candidate),
            Outcome::Unmet(candidate) => settled(*candidate, change),
        }
    }

    /// Starts a candidate's attempt, or resumes it: one update when all is right. A refusal may take
    /// a second one, which notes the wrong code or that the candidate waits for the proctor.
    ///
    /// # Errors
    /// `forbidden`, locked, `wrong_access_code`, and the refusals of [`decide`]; busy.
    pub async fn start(
        &self,
        session: &SessionNumber,
        id: &CandidateId,
        change: &Change,
        typed: &TypedCode,
        codes: &CodeKeys,
    ) -> Result<Candidate> {
        let issues = codes.issues_matching(typed, session);
        if issues.is_empty() {
            return self.start_with_wrong_code(session, id, change).await;
        }
        let mut edit = transition(change);
        edit.only_if(|edit| any(issues.iter().map(|(key, issue)| all([edit.equals("codeKey", *key), edit.equals("codeIssue", *issue)]))));
        lockout::unlocked(&mut edit, Counter::Own, change.at);
        let candidate = match self.update_candidate(session, id, &edit).await? {
            Outcome::Written(candidate) => return Ok(*candidate),
            Outcome::Unmet(candidate) => *candidate,
        };
        if !candidate.is_joined_to(&change.by.account) {
            return Err(Refusal::Forbidden.into());
        }
        let is_right = issues.contains(&(candidate.terms.code_key, candidate.terms.code_issue));
        let locked = candidate.lockout(change.at);
        if candidate.requests.contains(&change.request) && (!is_right || locked.is_positive()) {
            return settled(candidate, change);
        }
        if locked.is_positive() {
            return Err(Error::Locked(locked));
        }
        if !is_right {
            return self.start_with_wrong_code(session, id, change).await;
        }
        let settled = settled(candidate.clone(), change);
        let refused = match &settled {
            Ok(_) => None,
            Err(Error::Refused(refusal)) => Some(*refusal),
            Err(_) => return settled,
        };
        if let Err(error) = self.note_right_code(&candidate, change, refused).await {
            tracing::warn!(%error, "a refused start was not noted");
        }
        settled
    }

    /// Counts a wrong access code, unless it came with a start that was made before: a retry is a retry, whatever its
    /// code.
    async fn start_with_wrong_code(&self, session: &SessionNumber, id: &CandidateId, change: &Change) -> Result<Candidate> {
        let try_id = Ulid::generate().to_string();
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("account", change.by.account.as_str()));
        edit.only_if(|edit| format!("NOT contains({}, {})", edit.name("requests"), edit.value(change.request.as_str())));
        lockout::count(&mut edit, Counter::Own, &try_id, change.at);
        let candidate = match self.update_candidate(session, id, &edit).await? {
            Outcome::Written(candidate) => return Err(Error::WrongAccessCode { tries_left: tries_left(candidate.tries) }),
            Outcome::Unmet(candidate) => *candidate,
        };
        if !candidate.is_joined_to(&change.by.account) || candidate.requests.contains(&change.request) {
            settled(candidate, change)
        } else if candidate.last_try.as_deref() == Some(&try_id) {
            Err(Error::WrongAccessCode { tries_left: tries_left(candidate.tries) })
        } else {
            Err(Error::Locked(candidate.lockout(change.at)))
        }
    }

    /// Forgets wrong codes, as the right one was typed, and shows the proctor that a candidate stands
    /// before a start they can't make. Not done when somebody changed the candidate meanwhile.
    async fn note_right_code(&self, candidate: &Candidate, change: &Change, refused: Option<Refusal>) -> Result<()> {
        let waits = matches!(refused, Some(Refusal::NotCheckedIn | Refusal::ResumeNotAuthorised)) && candidate.waiting_since.is_none();
        if !waits && candidate.tries == 0 {
            return Ok(());
        }
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("account", change.by.account.as_str()));
        edit.only_if(|edit| edit.equals("status", candidate.status));
        for (flag, as_read) in [("resumeAuthorised", candidate.resume_authorised), ("closed", candidate.closed)] {
            edit.only_if(|edit| if as_read { edit.exists(flag) } else { edit.missing(flag) });
        }
        lockout::reset(&mut edit, change.at);
        if waits {
            edit.set("waitingSince", change.at);
        }
        self.update_candidate(&candidate.session, &candidate.id, &edit).await.map(drop)
    }

    /// Joins the caller's account to the candidate of this session who has one of these ids. No answer tells of
    /// anybody before the session is open, or more than a few times that an identity is wrong.
    ///
    /// # Errors
    /// Locked after wrong identities; `candidate_not_found`, also for a session that does not exist;
    /// `session_finalised`, `session_not_open`, `session_closed`, `candidate_already_linked`,
    /// `account_already_linked`, `too_many_changes`; busy.
    pub async fn join(&self, session: Option<&SessionNumber>, ids: &[CandidateId], change: &Change) -> Result<(Session, Candidate)> {
        let account = &change.by.account;
        let (mut found, mut candidate, mut guessed) = (None, None::<Candidate>, Guessed::default());
        let room = session.map(|session| room_keys(session, ids)).unwrap_or_default();
        for item in self.read_together([(&self.accounts, vec![identities_key(account)]), (&self.sessions, room)]).await? {
            if is_session(&item) {
                found = Some(read(item)?);
            } else if is_candidate(&item) {
                candidate = Some(read(item)?);
            } else if is_identities(&item) {
                guessed = read(item)?;
            }
        }
        if let Some(session) = &found {
            candidate = self.of_corrected(session, ids, candidate).await?;
        }
        let is_back = candidate.as_ref().is_some_and(|candidate| candidate.is_joined_to(account));
        let locked = guessed.remaining(change.at);
        if locked.is_positive() && !is_back {
            return Err(Error::Locked(locked));
        }
        let joined = self.join_found(found, candidate, change).await;
        if let Err(Error::Refused(refusal)) = &joined
            && !matches!(refusal, Refusal::SessionFinalised | Refusal::SessionNotOpen | Refusal::SessionClosed)
        {
            let wrong = ids.first().map_or("no session has this number", CandidateId::as_str);
            self.count_wrong_identity(account, guessed, wrong, change.at).await?;
        }
        joined
    }

    /// Who has one of these identities now: somebody who was found by it, unless they were corrected to another one, or
    /// somebody who was corrected to it.
    async fn of_corrected(&self, session: &Session, identities: &[CandidateId], found: Option<Candidate>) -> Result<Option<Candidate>> {
        let found = found.filter(|candidate| session.id_of(&candidate.id) == Some(&candidate.id));
        match identities.iter().find(|identity| session.is_corrected_to(identity)).and_then(|identity| session.id_of(identity)) {
            Some(id) => self.candidate(&session.number, id).await.map(Some),
            None => Ok(found),
        }
    }

    async fn join_found(&self, session: Option<Session>, candidate: Option<Candidate>, change: &Change) -> Result<(Session, Candidate)> {
        let session = session.ok_or(Refusal::CandidateNotFound)?;
        session.check_open(change.at)?;
        let candidate = candidate.ok_or(Refusal::CandidateNotFound)?;
        let mut edit = Edit::default();
        may_guess(&mut edit, change.at);
        let may_guess = Self::checking(&self.accounts, identities_key(&change.by.account), &edit)?;
        let joined = self.change_with(candidate, change, |candidate| Ok(vec![self.guarding(candidate, change)?, may_guess.clone()]));
        Ok((session, joined.await?))
    }

    /// Takes a candidate's account off again.
    ///
    /// # Errors
    /// `candidate_not_found`; `session_not_found` for an organiser of another session;
    /// `session_finalised`, `already_started`; busy.
    pub async fn unlink(&self, session: &SessionNumber, id: Option<&CandidateId>, change: &Change) -> Result<Candidate> {
        let (found, candidates) = self.session_and_candidates(session, id.map(std::slice::from_ref).unwrap_or_default()).await?;
        if change.by.is_organiser() {
            change.by.check_centre(&found.ok_or(Refusal::SessionNotFound)?.centre)?;
        }
        let candidate = candidates.into_iter().next().ok_or(Refusal::CandidateNotFound)?;
        self.change_with(candidate, change, |candidate| Ok(self.unguarding(candidate)?.into_iter().collect())).await
    }

    /// Changes a candidate, and with them what else this change takes, in one transaction; again when account or status
    /// changed in between, so that the answer tells the candidate as they are. The guard of an account that joins comes
    /// first of what else it takes, then what that account may guess.
    pub(super) async fn change_with(
        &self,
        mut candidate: Candidate,
        change: &Change,
        also: impl Fn(&Candidate) -> Result<Vec<TransactWriteItem>>,
    ) -> Result<Candidate> {
        let account_read = candidate.account.clone();
        for _ in 0..ROUNDS {
            if change.act == Act::Unlink && candidate.account != account_read {
                // Somebody else undid that join; an account that joined since is not the one meant.
                return Ok(candidate);
            }
            let Decision::Apply(after) = decide(&candidate, change) else { return settled(candidate, change) };
            let mut edit = transition(change);
            stands_as_read(&mut edit, &candidate);
            if let (Act::Unlink | Act::UsePass { .. }, Some(account)) = (&change.act, candidate.joined_account()) {
                edit.add("unlinked", account);
            }
            let update = Self::updating(&self.sessions, candidate_key(&candidate.session, &candidate.id), &edit)?;
            let actions = std::iter::once(update).chain(also(&candidate)?).collect();
            let Some(reasons) = self.transact(actions).await? else {
                return Ok(*after);
            };
            if reasons.first().is_some_and(|reason| is_unmet(reason) && reason.item.is_none()) {
                return Err(Refusal::CandidateNotFound.into());
            }
            let mut items = reasons.into_iter().map(|reason| reason.item);
            let (now, _guard, guessed) = (items.next().flatten(), items.next(), items.next().flatten());
            if let (Act::Join(_), Some(guessed)) = (&change.act, guessed) {
                return Err(Error::Locked(read::<Guessed>(guessed)?.remaining(change.at)));
            }
            candidate = match (now, &change.act) {
                (Some(now), _) => read(now)?,
                (None, Act::Join(_)) => return Err(Refusal::AccountAlreadyLinked.into()),
                (None, _) => return Err(Error::internal("a guard disagrees with its candidate")),
            };
        }
        Err(Error::Busy("a candidate kept changing".to_owned()))
    }

    /// Keeps the account that joins from joining as anybody else.
    pub(super) fn guarding(&self, candidate: &Candidate, join: &Change) -> Result<TransactWriteItem> {
        let key = guard_key(&candidate.session, &join.by.account);
        let guard = Guard { candidate: &candidate.id, joiner: &join.by.account };
        self.creating(write(&guard, key, session_expires_at(candidate.terms.window, join.at))?)
    }

    /// Lets the account that is joined join as somebody else.
    pub(super) fn unguarding(&self, candidate: &Candidate) -> Result<Option<TransactWriteItem>> {
        let Some(account) = &candidate.account else { return Ok(None) };
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("candidate", candidate.id.as_str()));
        Self::deleting(&self.sessions, guard_key(&candidate.session, account), &edit).map(Some)
    }

    pub(super) async fn update_candidate(&self, session: &SessionNumber, id: &CandidateId, edit: &Edit) -> Result<Outcome> {
        match self.update(&self.sessions, candidate_key(session, id), edit).await? {
            Written::Done(item) => Ok(Outcome::Written(Box::new(read(item)?))),
            Written::Unmet(Some(item)) => Ok(Outcome::Unmet(Box::new(read(item)?))),
            Written::Unmet(None) => Err(Refusal::CandidateNotFound.into()),
        }
    }
}

/// Made only where the candidate stands as they were read, and the same account is joined.
pub(super) fn stands_as_read(edit: &mut Edit, candidate: &Candidate) {
    edit.only_if(|edit| match &candidate.account {
        Some(account) => edit.equals("account", account.as_str()),
        None => edit.missing("account"),
    });
    edit.only_if(|edit| edit.equals("status", candidate.status));
}

/// The keys of a session and some of its candidates.
fn room_keys(session: &SessionNumber, ids: &[CandidateId]) -> Vec<Item> {
    std::iter::once(session_key(session)).chain(ids.iter().map(|id| candidate_key(session, id))).collect()
}

/// What a candidate that did not meet a change's condition means for it.
pub(super) fn settled(candidate: Candidate, change: &Change) -> Result<Candidate> {
    match decide(&candidate, change) {
        Decision::MinutesOutOfRange(range) => Err(Error::MinutesOutOfRange(range)),
        Decision::Already | Decision::Replayed => Ok(candidate),
        Decision::Refused(refusal) => Err(refusal.into()),
        Decision::Apply(_) => Err(Error::Internal(format!("the condition of {} disagrees with the state table", change.action().name()))),
    }
}
