//! Candidates in the `sessions` table, sort key `session/<candidate id>`, and one guard
//! `account/<account id>` for each account joined, so that no account joins twice.

use super::{
    Error, Result, Store,
    expression::{Expression, IntoValue, all, any, key},
    lockout,
};
use crate::domain::{
    candidate::{Action, Candidate, Change, Decision, MAX_HISTORY, Needs, Status, decide, rows},
    code::{CodeKeys, TypedCode},
    history::ActorRole,
    identity::CandidateId,
    refusal::Refusal,
    session::{Session, SessionNumber},
};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{
        AttributeValue, CancellationReason, Delete, KeysAndAttributes, Put, ReturnValue, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};
use jiff::Timestamp;
use std::{collections::HashMap, time::Duration};
use ulid::Ulid;

type Item = HashMap<String, AttributeValue>;

/// How often a transaction is tried again on what another request changed meanwhile.
const ROUNDS: usize = 5;

/// What a conditional update came to.
pub(super) enum Outcome {
    Written(Box<Candidate>),
    /// The condition did not hold; the item as it was, if there is one.
    Unmet(Option<Box<Candidate>>),
}

pub(super) fn sort_key(candidate: &CandidateId) -> String {
    format!("session/{}", candidate.as_str())
}

fn guard_key(account: &str) -> String {
    format!("account/{account}")
}

fn id_of(candidate: &Candidate) -> AttributeValue {
    AttributeValue::S(candidate.id.as_str().to_owned())
}

pub(super) fn read(item: Item) -> Result<Candidate> {
    serde_dynamo::from_item(item).map_err(Error::internal)
}

impl Store {
    /// Reads one candidate.
    ///
    /// # Errors
    /// `candidate_not_found`, busy.
    pub async fn candidate(&self, session: &SessionNumber, id: &CandidateId) -> Result<Candidate> {
        let call = self.client.get_item().table_name(&self.sessions).set_key(Some(key(session.as_str(), &sort_key(id))));
        let item = call.consistent_read(true).send().await.map_err(|error| Error::from_sdk(&error))?.item;
        read(item.ok_or(Refusal::CandidateNotFound)?)
    }

    /// Reads a session and some of its candidates in one request.
    ///
    /// # Errors
    /// Busy.
    pub async fn session_and_candidates(&self, session: &SessionNumber, ids: &[CandidateId]) -> Result<(Option<Session>, Vec<Candidate>)> {
        let sort_keys = std::iter::once(super::sessions::SORT_KEY.to_owned()).chain(ids.iter().map(sort_key));
        let keys = sort_keys.map(|sort| key(session.as_str(), &sort)).collect();
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().map_err(Error::internal)?;
        let mut left = Some(HashMap::from([(self.sessions.clone(), wanted)]));
        let (mut found, mut candidates) = (None, vec![]);
        for _ in 0..ROUNDS {
            let answer = self.client.batch_get_item().set_request_items(left).send().await.map_err(|error| Error::from_sdk(&error))?;
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                if item.get("sk") == Some(&super::sessions::SORT_KEY.into_value()) {
                    found = Some(super::sessions::read(item)?);
                } else {
                    candidates.push(read(item)?);
                }
            }
            left = answer.unprocessed_keys.filter(|keys| !keys.is_empty());
            if left.is_none() {
                return Ok((found, candidates));
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
        let mut e = Expression::default();
        let condition = allowed(&mut e, change);
        let update = effects(&mut e, change);
        match self.update_candidate(session, id, &e, update, condition).await? {
            Outcome::Written(candidate) => Ok(*candidate),
            Outcome::Unmet(None) => Err(Refusal::CandidateNotFound.into()),
            Outcome::Unmet(Some(candidate)) => settled(*candidate, change),
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
        let versions = codes.versions_matching(typed, session);
        if versions.is_empty() {
            return Err(self.count_wrong_code(session, id, change).await?);
        }
        let mut e = Expression::default();
        let code_key = e.name("codeKey");
        let right_code = any(versions.iter().map(|version| format!("{code_key} = {}", e.value(*version))).collect::<Vec<_>>());
        let condition = all([allowed(&mut e, change), right_code, lockout::unlocked(&mut e, change.at)]);
        let update = effects(&mut e, change);
        let candidate = match self.update_candidate(session, id, &e, update, condition).await? {
            Outcome::Written(candidate) => return Ok(*candidate),
            Outcome::Unmet(candidate) => *candidate.ok_or(Refusal::CandidateNotFound)?,
        };
        if !candidate.is_joined_to(&change.by.account) {
            return Err(Refusal::Forbidden.into());
        }
        if candidate.lockout(change.at).is_positive() {
            return Err(Error::Locked(candidate.lockout(change.at)));
        }
        if !versions.contains(&candidate.code_key) {
            return Err(self.count_wrong_code(session, id, change).await?);
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

    /// Counts a wrong access code and returns what to answer.
    async fn count_wrong_code(&self, session: &SessionNumber, id: &CandidateId, change: &Change) -> Result<Error> {
        let try_id = Ulid::generate().to_string();
        let mut e = Expression::default();
        let condition = all([e.equals("account", change.by.account.as_str()), lockout::countable(&mut e, &try_id, change.at)]);
        let update = lockout::count(&mut e, &try_id, change.at);
        let wrong = Refusal::WrongAccessCode.into();
        Ok(match self.update_candidate(session, id, &e, update, condition).await? {
            Outcome::Written(_) => wrong,
            Outcome::Unmet(None) => Refusal::CandidateNotFound.into(),
            Outcome::Unmet(Some(candidate)) if !candidate.is_joined_to(&change.by.account) => Refusal::Forbidden.into(),
            Outcome::Unmet(Some(candidate)) if candidate.last_try.as_deref() == Some(&try_id) => wrong,
            Outcome::Unmet(Some(candidate)) => Error::Locked(candidate.lockout(change.at)),
        })
    }

    /// Forgets wrong codes, as the right one was typed, and shows the proctor that a candidate stands
    /// before a start they can't make. Not done when somebody changed the candidate meanwhile.
    async fn note_right_code(&self, candidate: &Candidate, change: &Change, refused: Option<Refusal>) -> Result<()> {
        let waits = matches!(refused, Some(Refusal::NotCheckedIn | Refusal::ResumeNotAuthorised)) && candidate.waiting_since.is_none();
        if !waits && candidate.tries == 0 {
            return Ok(());
        }
        let mut e = Expression::default();
        let condition = all([
            e.equals("account", change.by.account.as_str()),
            e.equals("status", candidate.status.into_value()),
            if candidate.resume_authorised { e.exists("resumeAuthorised") } else { e.missing("resumeAuthorised") },
            if candidate.closed { e.exists("closed") } else { e.missing("closed") },
            lockout::unlocked(&mut e, change.at),
        ]);
        let reset = lockout::reset(&mut e);
        let update = if waits { format!("SET {} {reset}", e.equals("waitingSince", change.at)) } else { reset };
        self.update_candidate(&candidate.session, &candidate.id, &e, update, condition).await.map(drop)
    }

    /// Joins the caller's account to a candidate as read just before.
    ///
    /// # Errors
    /// `candidate_already_linked`, `account_already_linked`, `session_finalised`, busy.
    pub async fn join(&self, candidate: Candidate, change: &Change) -> Result<Candidate> {
        let guard = Put::builder()
            .table_name(&self.sessions)
            .set_item(Some(key(candidate.session.as_str(), &guard_key(&change.by.account))))
            .item("candidate", id_of(&candidate))
            .item("expiresAt", super::sessions::expires_at(candidate.window, change.at).into_value())
            .condition_expression("attribute_not_exists(sk)")
            .build()
            .map_err(Error::internal)?;
        let guard = TransactWriteItem::builder().put(guard).build();
        self.change_with_guard(candidate, change, &guard).await
    }

    /// Takes a candidate's account off again.
    ///
    /// # Errors
    /// `candidate_not_found`; `session_not_found` for an organiser of another session;
    /// `session_finalised`, `already_started`, `too_many_changes`; busy.
    pub async fn unlink(&self, session: &SessionNumber, id: Option<&CandidateId>, change: &Change) -> Result<Candidate> {
        let (found, candidates) = self.session_and_candidates(session, id.map(std::slice::from_ref).unwrap_or_default()).await?;
        let owned = found.is_some_and(|session| session.organiser == change.by.account);
        if change.by.role == ActorRole::Organiser && !owned {
            return Err(Refusal::SessionNotFound.into());
        }
        let candidate = candidates.into_iter().next().ok_or(Refusal::CandidateNotFound)?;
        let Some(account) = &candidate.account else { return settled(candidate, change) };
        let guard = Delete::builder()
            .table_name(&self.sessions)
            .set_key(Some(key(session.as_str(), &guard_key(account))))
            .condition_expression("candidate = :candidate")
            .expression_attribute_values(":candidate", id_of(&candidate))
            .build()
            .map_err(Error::internal)?;
        let guard = TransactWriteItem::builder().delete(guard).build();
        self.change_with_guard(candidate, change, &guard).await
    }

    /// Changes a candidate and the guard of the account read with them in one transaction; again when
    /// the candidate's status changed in between, so that the answer tells it as it is.
    async fn change_with_guard(&self, mut candidate: Candidate, change: &Change, guard: &TransactWriteItem) -> Result<Candidate> {
        let account_read = candidate.account.clone();
        for _ in 0..ROUNDS {
            if change.action == Action::Unlink && candidate.account != account_read {
                // Somebody else undid that join; an account that joined since is not the one meant.
                return Ok(candidate);
            }
            let Decision::Apply(after) = decide(&candidate, change) else { return settled(candidate, change) };
            let mut e = Expression::default();
            let account = match &candidate.account {
                Some(account) => e.equals("account", account.as_str()),
                None => e.missing("account"),
            };
            let as_read = [e.equals("status", candidate.status.into_value()), account];
            let condition = all([allowed(&mut e, change)].into_iter().chain(as_read));
            let update = Update::builder()
                .table_name(&self.sessions)
                .set_key(Some(key(candidate.session.as_str(), &sort_key(&candidate.id))))
                .update_expression(effects(&mut e, change))
                .condition_expression(condition)
                .set_expression_attribute_names(e.names())
                .set_expression_attribute_values(e.values())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .build()
                .map_err(Error::internal)?;
            let update = TransactWriteItem::builder().update(update).build();
            match canceled(self.client.transact_write_items().transact_items(update).transact_items(guard.clone()).send().await)? {
                None => return Ok(*after),
                Some(reasons) => match reasons.into_iter().next().and_then(|reason| reason.item) {
                    Some(item) => candidate = read(item)?,
                    None => return Err(Refusal::AccountAlreadyLinked.into()),
                },
            }
        }
        Err(Error::Busy("a candidate kept changing".to_owned()))
    }

    /// Closes a candidate for ever, ending a running test.
    ///
    /// # Errors
    /// Busy.
    pub(super) async fn close(&self, mut candidate: Candidate, change: &Change) -> Result<Candidate> {
        for _ in 0..ROUNDS {
            if candidate.closed {
                return Ok(candidate);
            }
            let mut e = Expression::default();
            let closed = e.equals("closed", true);
            let (update, condition) = if candidate.status.is_running() {
                (effects_with(&mut e, change, vec![closed]), allowed(&mut e, change))
            } else {
                (format!("SET {closed} REMOVE {}", e.name("waitingSince")), e.equals("status", candidate.status.into_value()))
            };
            match self.update_candidate(&candidate.session, &candidate.id, &e, update, condition).await? {
                Outcome::Written(candidate) => return Ok(*candidate),
                Outcome::Unmet(None) => return Ok(candidate),
                Outcome::Unmet(Some(now)) => candidate = *now,
            }
        }
        Err(Error::Busy("a candidate kept changing".to_owned()))
    }

    async fn update_candidate(
        &self,
        session: &SessionNumber,
        id: &CandidateId,
        e: &Expression,
        update: String,
        condition: String,
    ) -> Result<Outcome> {
        let call = self
            .client
            .update_item()
            .table_name(&self.sessions)
            .set_key(Some(key(session.as_str(), &sort_key(id))))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(e.names())
            .set_expression_attribute_values(e.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(answer) => Ok(Outcome::Written(Box::new(read(answer.attributes.unwrap_or_default())?))),
            Err(error) => match unmet(error)? {
                None => Ok(Outcome::Unmet(None)),
                Some(item) => Ok(Outcome::Unmet(Some(Box::new(read(item)?)))),
            },
        }
    }
}

/// What a candidate that did not meet a change's condition means for it.
fn settled(candidate: Candidate, change: &Change) -> Result<Candidate> {
    match decide(&candidate, change) {
        Decision::Already | Decision::Replayed => Ok(candidate),
        Decision::Refused(refusal) => Err(refusal.into()),
        Decision::Apply(_) => Err(Error::Internal(format!("the condition of {} disagrees with the state table", change.action.name()))),
    }
}

/// The item that did not meet an update's condition; other errors stay errors.
pub(super) fn unmet(error: SdkError<UpdateItemError>) -> Result<Option<Item>> {
    match error {
        SdkError::ServiceError(context) if context.err().is_conditional_check_failed_exception() => match context.into_err() {
            UpdateItemError::ConditionalCheckFailedException(failed) => Ok(failed.item),
            other => Err(Error::internal(other)),
        },
        error => Err(Error::from_sdk(&error)),
    }
}

/// Why each action of a transaction did not go through, when at least one condition was not met. Where
/// another request was writing one of the items, that item is not told, so nothing can be concluded.
pub(super) fn canceled<T>(sent: std::result::Result<T, SdkError<TransactWriteItemsError>>) -> Result<Option<Vec<CancellationReason>>> {
    let Err(error) = sent else { return Ok(None) };
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled.cancellation_reasons().to_vec(),
        _ => return Err(Error::from_sdk(&error)),
    };
    let codes = || reasons.iter().filter_map(CancellationReason::code);
    if codes().any(super::error::is_passing) {
        Err(Error::Busy("transaction conflict".to_owned()))
    } else if codes().any(|code| code == "ConditionalCheckFailed") {
        Ok(Some(reasons))
    } else {
        Err(Error::from_sdk(&error))
    }
}

impl IntoValue for Status {
    fn into_value(self) -> AttributeValue {
        self.name().into_value()
    }
}

/// The rows of the state table for this change, as a condition on the item.
fn allowed(e: &mut Expression, change: &Change) -> String {
    let rows: Vec<_> = rows(change.action)
        .filter(|row| row.by.contains(&change.by.role))
        .map(|row| {
            let from = e.equals("status", row.from.into_value());
            all(std::iter::once(from).chain(requirement(e, row.needs, change.at)))
        })
        .collect();
    let requests = e.name("requests");
    let request = e.value(change.request.as_str());
    let mut conditions = vec![any(rows), e.missing("closed"), format!("NOT contains({requests}, {request})")];
    if change.by.role == ActorRole::Candidate && change.action != Action::Join {
        conditions.push(e.equals("account", change.by.account.as_str()));
    }
    if let Some(start) = change.start {
        conditions.push(e.equals("starts", start));
    }
    if change.action.is_limited() {
        let limit = i64::try_from(MAX_HISTORY).unwrap_or(i64::MAX);
        conditions.push(format!("size({}) < {}", e.name("history"), e.value(limit)));
    }
    all(conditions)
}

fn requirement(e: &mut Expression, needs: Needs, now: Timestamp) -> Option<String> {
    match needs {
        Needs::Nothing => None,
        Needs::Joined => Some(e.exists("account")),
        Needs::NotJoined => Some(e.missing("account")),
        Needs::Authorised => Some(e.exists("resumeAuthorised")),
        Needs::NotAuthorised => Some(e.missing("resumeAuthorised")),
        Needs::OpenWindow => {
            let now = e.value(now);
            Some(format!("{} <= {now} AND {} > {now}", e.name("opensAt"), e.name("closesAt")))
        }
    }
}

/// What a change does to the item: the update expression of [`crate::domain::candidate::decide`]'s
/// new state. A test holds the two against each other for every row.
fn effects(e: &mut Expression, change: &Change) -> String {
    effects_with(e, change, vec![])
}

/// [`effects`], and other assignments with them.
fn effects_with(e: &mut Expression, change: &Change, mut set: Vec<String>) -> String {
    let now = change.at;
    let entry = serde_dynamo::to_attribute_value(change.entry()).unwrap_or(AttributeValue::Null(true));
    let history = e.name("history");
    set.push(format!("{history} = list_append({history}, {})", e.value(AttributeValue::L(vec![entry]))));
    let mut remove: Vec<&str> = vec![];
    match change.action {
        Action::Enrol => {}
        Action::Tick => {
            set.extend([e.equals("status", Status::Present.into_value()), e.equals("presentSince", now)]);
            remove.push("waitingSince");
        }
        Action::Untick => {
            set.push(e.equals("status", Status::Enrolled.into_value()));
            remove.push("presentSince");
        }
        Action::Join => set.push(e.equals("account", change.by.account.as_str())),
        Action::Unlink => remove.extend(["account", "waitingSince", "tries", "lastTryAt", "lastTry"]),
        Action::Start => {
            let [attempt, started_at, starts] = ["attempt", "startedAt", "starts"].map(|name| e.name(name));
            let new_attempt = e.value(change.request.attempt_id(now).as_str());
            let at = e.value(now);
            set.extend([
                e.equals("status", Status::InProgress.into_value()),
                format!("{attempt} = if_not_exists({attempt}, {new_attempt})"),
                format!("{started_at} = if_not_exists({started_at}, {at})"),
                format!("{} = if_not_exists({started_at}, {at}) + {}", e.name("endsAt"), e.name("allowedMillis")),
                format!("{starts} = if_not_exists({starts}, {}) + {}", e.value(0_u32), e.value(1_u32)),
                e.equals("lastStartAt", now),
                e.equals("lastStartRequest", change.request.as_str()),
            ]);
            remove.extend(["resumeAuthorised", "waitingSince", "tries", "lastTryAt", "lastTry"]);
        }
        Action::Leave => set.push(e.equals("status", Status::Interrupted.into_value())),
        Action::Authorise => {
            set.push(e.equals("resumeAuthorised", true));
            remove.push("waitingSince");
        }
        Action::Withdraw => remove.push("resumeAuthorised"),
        Action::Finish | Action::End => {
            let over = if change.action == Action::Finish { Status::Finished } else { Status::Ended };
            set.extend([e.equals("status", over.into_value()), e.equals("endedAt", now)]);
            remove.extend(["resumeAuthorised", "waitingSince"]);
        }
    }
    let request = e.value(AttributeValue::Ss(vec![change.request.as_str().to_owned()]));
    let remove: Vec<_> = remove.into_iter().map(|name| e.name(name)).collect();
    let remove = if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
    format!("SET {}{remove} ADD {} {request}", set.join(", "), e.name("requests"))
}
