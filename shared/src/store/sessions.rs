//! Sessions, and rooms: a session with its candidates.

use super::{
    Error, Result, Store, Written,
    candidates::ROUNDS,
    carry::closed,
    edit::{Edit, IntoValue, any},
    error::is_unmet,
    items::{
        DELETED_AT, SESSION, candidate_key, heard_of, is_candidate, is_proctor, is_session, read, session_expires_at, session_key, write,
    },
};
use crate::domain::{
    act::Act,
    actor::Actor,
    candidate::Candidate,
    centre::CentreId,
    code::CodeKeys,
    decision::Change,
    here::Here,
    identity::CandidateId,
    refusal::Refusal,
    request::{RequestId, Said},
    seen::Seen,
    session::{MAX_CANDIDATES, Session, SessionNumber, SessionProctor, SessionStatus},
};
use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::{BTreeMap, HashMap};

const BY_CENTRE: &str = "by-centre";
/// Session numbers tried before a creation gives up; two draws already collide once in thousands.
const DRAWS: u32 = 10;

/// A session with its candidates and proctors.
#[derive(Debug)]
pub struct Room<C> {
    pub session: Session,
    pub candidates: Vec<C>,
    /// The longest here first.
    pub proctors: Vec<SessionProctor>,
    /// What candidates' devices said last.
    pub here: HashMap<CandidateId, Here>,
}

/// What the board reads of an item: of a session all but its requests, all of a proctor, and of a
/// candidate what is seen.
const SEEN: [&str; 42] = [
    "sk",
    DELETED_AT,
    // Of both.
    "session",
    "status",
    // Of a session.
    "centre",
    "organiser",
    "date",
    "time",
    "timeZone",
    "site",
    "room",
    "examiner",
    "durationMinutes",
    "opensAt",
    "closesAt",
    "createdAt",
    "codeKey",
    "codeIssue",
    "passwordIssue",
    "terms",
    "candidateCount",
    // Of people.
    "account",
    "firstName",
    "lastName",
    // Of a proctor.
    "since",
    // Of a candidate.
    "id",
    "birthdate",
    "extraTimePercent",
    "joinedAs",
    "resumeAuthorised",
    "presentSince",
    "waitingSince",
    "startedAt",
    "extraMinutes",
    "helpSince",
    "endedAt",
    "tries",
    "lastTryAt",
    "starts",
    // Of a candidate's device.
    "start",
    "heardAt",
    "away",
];

/// A session, or what is left of a deleted one.
#[derive(Deserialize)]
struct Taken {
    requests: BTreeMap<RequestId, Said>,
}

/// Where a page of a centre's sessions ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: Timestamp,
    pub number: SessionNumber,
}

#[derive(Debug)]
pub struct Page {
    pub sessions: Vec<Session>,
    /// Where to go on; absent at the end.
    pub next: Option<Cursor>,
}

/// Where in a list those are of whom this holds.
fn places(candidates: &[Candidate], holds: impl Fn(&Candidate) -> bool) -> Vec<usize> {
    candidates.iter().enumerate().filter_map(|(place, candidate)| holds(candidate).then_some(place)).collect()
}

/// Makes a write depend on a session being open, and as it was read.
pub(super) fn still(session: &Session) -> Edit {
    let mut edit = Edit::default();
    edit.only_if(|edit| edit.equals("centre", session.centre.as_str()));
    edit.only_if(|edit| edit.equals("status", SessionStatus::Open));
    edit.only_if(|edit| edit.equals("terms", session.revision));
    edit.only_if(|edit| edit.equals("corrections", session.corrections));
    edit
}

/// Makes a write depend on a session being of this organiser's centre.
pub(super) fn of_own_centre(edit: &mut Edit, by: &Actor) {
    if let Some(centre) = &by.centre {
        edit.only_if(|edit| edit.equals("centre", centre.as_str()));
    }
}

async fn read_room<C: DeserializeOwned>(query: QueryFluentBuilder) -> Result<Room<C>> {
    let mut pages = query.into_paginator().items().send();
    let (mut session, mut candidates, mut proctors, mut here) = (None, vec![], vec![], HashMap::new());
    while let Some(item) = pages.next().await {
        let item = item.map_err(|error| Error::from_sdk(&error))?;
        if is_session(&item) {
            session = Some(read(item)?);
        } else if is_candidate(&item) {
            candidates.push(read(item)?);
        } else if is_proctor(&item) {
            proctors.push(read(item)?);
        } else if let Some(id) = heard_of(&item) {
            here.insert(id, read(item)?);
        }
    }
    proctors.sort_by_key(|proctor: &SessionProctor| proctor.since);
    Ok(Room { session: session.ok_or(Refusal::SessionNotFound)?, candidates, proctors, here })
}

impl Store {
    /// Writes a new session under the first free number it draws. A retry of the same request finds
    /// the session it made before.
    ///
    /// # Errors
    /// `key_reused`, busy.
    pub async fn create_session(&self, make: impl Fn(SessionNumber) -> Session, codes: &CodeKeys, request: &RequestId) -> Result<Session> {
        for draw in 0..DRAWS {
            let session = make(codes.session_number(request, draw));
            let item = write(&session, session_key(&session.number), session_expires_at(session.window, session.created_at))?;
            let Some(taken) = self.create(&self.sessions, item, "sk").await? else { return Ok(session) };
            let Taken { requests } = read(taken.clone())?;
            if let Some(said) = requests.get(request) {
                let is_repeated = session.requests.get(request) == Some(said) && is_session(&taken);
                return if is_repeated { read(taken) } else { Err(Refusal::KeyReused.into()) };
            }
        }
        Err(Error::Busy("no free session number".to_owned()))
    }

    /// Reads a session.
    ///
    /// # Errors
    /// Busy.
    pub async fn session(&self, number: &SessionNumber) -> Result<Option<Session>> {
        self.get(&self.sessions, session_key(number)).await?.filter(is_session).map(read).transpose()
    }

    /// Reads a session of this organiser's centre.
    ///
    /// # Errors
    /// `session_not_found`, also for another centre's; busy.
    pub async fn session_of(&self, organiser: &Actor, number: &SessionNumber) -> Result<Session> {
        let session = self.session(number).await?.ok_or(Refusal::SessionNotFound)?;
        organiser.check_centre(&session.centre)?;
        Ok(session)
    }

    /// Reads a session, all its candidates and its proctors: one query, consistent, so that a confirmed tick never
    /// flickers.
    ///
    /// # Errors
    /// `session_not_found`, busy.
    pub async fn room(&self, number: &SessionNumber) -> Result<Room<Candidate>> {
        read_room(self.query_beginning(number, SESSION)).await
    }

    /// [`Store::room`], with as much of the candidates as is seen.
    ///
    /// # Errors
    /// `session_not_found`, busy.
    pub async fn board(&self, number: &SessionNumber) -> Result<Room<Seen>> {
        let placeholders = SEEN.map(|name| format!("#{name}"));
        let seen = self.query_beginning(number, SESSION).projection_expression(placeholders.join(", "));
        let query =
            placeholders.into_iter().zip(SEEN).fold(seen, |query, (placeholder, name)| query.expression_attribute_names(placeholder, name));
        read_room(query).await
    }

    /// Lists a centre's sessions, newest first.
    ///
    /// # Errors
    /// Busy.
    pub async fn sessions_of(&self, centre: &CentreId, limit: u32, after: Option<Cursor>) -> Result<Page> {
        let start = after.map(|cursor| {
            let mut start = session_key(&cursor.number);
            start.insert("centre".to_owned(), centre.as_str().into_value());
            start.insert("createdAt".to_owned(), cursor.created_at.into_value());
            start
        });
        let answer = self
            .client
            .query()
            .table_name(&self.sessions)
            .index_name(BY_CENTRE)
            .key_condition_expression("centre = :centre")
            .expression_attribute_values(":centre", centre.as_str().into_value())
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| Error::from_sdk(&error))?;
        let more = answer.last_evaluated_key.is_some();
        let sessions: Vec<Session> = answer.items.unwrap_or_default().into_iter().map(read).collect::<Result<_>>()?;
        let last = sessions.last().filter(|_| more);
        let next = last.map(|session| Cursor { created_at: session.created_at, number: session.number.clone() });
        Ok(Page { sessions, next })
    }

    /// Enrols candidates, all or none, in one transaction, under the terms that the session has then. A retry of the same
    /// request answers with the candidates as they are now.
    ///
    /// # Errors
    /// `key_reused`, `session_finalised`, `session_full`, [`Error::AlreadyEnrolled`], busy.
    pub async fn enrol(
        &self,
        mut session: Session,
        mut candidates: Vec<Candidate>,
        at: Timestamp,
        request: &RequestId,
        said: &Said,
    ) -> Result<Vec<Candidate>> {
        let added = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        let room_before = MAX_CANDIDATES.saturating_sub(added);
        for _ in 0..ROUNDS {
            let corrected = places(&candidates, |candidate| session.is_corrected_to(&candidate.id));
            if !corrected.is_empty() {
                return Err(Error::AlreadyEnrolled(corrected));
            }
            let mut edit = still(&session);
            let (count, added) = (edit.name("candidateCount"), edit.value(added));
            edit.only_if(|edit| format!("{count} <= {}", edit.value(room_before)));
            edit.compute("candidateCount", &format!("{count} + {added}"));
            edit.insert("requests", request.as_str(), said.as_str());
            let update = Self::updating(&self.sessions, session_key(&session.number), &edit)?;
            let puts = candidates.iter().map(|candidate| self.put_candidate(candidate, at)).collect::<Result<Vec<_>>>()?;
            let actions = std::iter::once(update).chain(puts).collect();
            let Some(reasons) = self.transact(actions).await? else {
                return Ok(candidates);
            };
            let gone = reasons.first().is_some_and(|reason| is_unmet(reason) && !reason.item.as_ref().is_some_and(is_session));
            if gone {
                return Err(Refusal::SessionNotFound.into());
            }
            let mut items = reasons.into_iter().map(|reason| reason.item);
            let session_now: Option<Session> = items.next().flatten().filter(is_session).map(read).transpose()?;
            let existing = items.map(|item| item.map(read::<Candidate>).transpose()).collect::<Result<Vec<_>>>()?;
            let Some(now) = session_now else {
                let known = existing.iter().enumerate().filter_map(|(place, candidate)| candidate.as_ref().map(|_| place));
                return Err(Error::AlreadyEnrolled(known.collect()));
            };
            if now.requests.contains_key(request) {
                let enrolled: Vec<_> = existing.into_iter().flatten().collect();
                let is_repeated = now.requests.get(request) == Some(said) && enrolled.len() == candidates.len();
                return if is_repeated { Ok(enrolled) } else { Err(Refusal::KeyReused.into()) };
            }
            now.check_changeable()?;
            if now.candidate_count > room_before {
                return Err(Refusal::SessionFull.into());
            }
            session = now;
            for candidate in &mut candidates {
                candidate.terms = session.terms();
            }
        }
        Err(Error::Busy("a session kept changing".to_owned()))
    }

    pub(super) fn put_candidate(&self, candidate: &Candidate, at: Timestamp) -> Result<TransactWriteItem> {
        let key = candidate_key(&candidate.session, &candidate.id);
        self.creating(write(candidate, key, session_expires_at(candidate.terms.window, at))?)
    }

    /// Finalises a session: no more enrolment, then every candidate closed and running tests ended,
    /// then marked final. Called again after a crash it goes on where it stopped.
    ///
    /// # Errors
    /// `session_not_found` (also for another centre's), busy.
    pub async fn finalise(&self, number: &SessionNumber, organiser: &Actor, at: Timestamp) -> Result<Room<Candidate>> {
        let session = self.set_session_status(number, organiser, SessionStatus::Finalising, &[SessionStatus::Open]).await?;
        if session.status == SessionStatus::Deleting {
            return Err(Refusal::SessionNotFound.into());
        }
        let room = self.whole_room(number).await?;
        let end = Change {
            act: Act::End,
            by: organiser.finalising(),
            at,
            request: RequestId::of("finalisation", &[number.as_str()]),
            start: None,
        };
        let terms = room.session.terms();
        let candidates = self.carry(room.candidates, |candidate| closed(candidate, &end, terms)).await?;
        let session = if room.session.status == SessionStatus::Finalised {
            room.session
        } else {
            self.set_session_status(number, organiser, SessionStatus::Finalised, &[SessionStatus::Finalising]).await?
        };
        Ok(Room { session, candidates, proctors: room.proctors, here: room.here })
    }

    /// Moves the session on from one of these statuses; leaves it where it is in any other.
    pub(super) async fn set_session_status(
        &self,
        number: &SessionNumber,
        organiser: &Actor,
        to: SessionStatus,
        from: &[SessionStatus],
    ) -> Result<Session> {
        let mut edit = Edit::default();
        of_own_centre(&mut edit, organiser);
        edit.only_if(|edit| any(from.iter().map(|status| edit.equals("status", *status))));
        edit.set("status", to);
        let (Written::Done(item) | Written::Unmet(Some(item))) = self.update(&self.sessions, session_key(number), &edit).await? else {
            return Err(Refusal::SessionNotFound.into());
        };
        let session: Session = read(Some(item).filter(is_session).ok_or(Refusal::SessionNotFound)?)?;
        organiser.check_centre(&session.centre)?;
        Ok(session)
    }
}
