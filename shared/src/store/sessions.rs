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
    record::{Kept, record},
    refusal::Refusal,
    request::{RequestId, Said},
    seal::SealKeys,
    seen::Seen,
    session::{MAX_CANDIDATES, Session, SessionDate, SessionNumber, SessionProctor, SessionStatus},
};
use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

impl<C> Room<C> {
    /// The room of a new session, which is empty.
    pub fn of(session: Session) -> Self {
        Self { session, candidates: vec![], proctors: vec![], here: HashMap::new() }
    }
}

impl Room<Seen> {
    /// Orders its candidates as people look for them: by family name, then given name, accents and case ignored.
    pub fn in_order(&mut self) {
        self.candidates.sort_by_cached_key(|candidate| (candidate.last_name.folded(), candidate.first_name.folded(), candidate.id.clone()));
    }
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
pub(super) struct Taken {
    pub(super) requests: BTreeMap<RequestId, Said>,
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

    /// [`Store::board`], with all of each candidate.
    pub(super) async fn room(&self, number: &SessionNumber) -> Result<Room<Candidate>> {
        read_room(self.query_beginning(number, SESSION)).await
    }

    /// Reads a session, its proctors, and as much of all its candidates as is seen: one query, consistent, so that a confirmed
    /// tick never flickers.
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

    /// Asks for a centre's sessions, newest first.
    fn query_of_centre(&self, centre: &CentreId) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.sessions).index_name(BY_CENTRE).scan_index_forward(false);
        let query = query.key_condition_expression("centre = :centre");
        query.expression_attribute_values(":centre", centre.as_str().into_value())
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
            .query_of_centre(centre)
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

    /// Reads the sessions of a centre that are on these days, newest first: all its sessions are looked at.
    ///
    /// # Errors
    /// Busy.
    pub async fn sessions_on(&self, centre: &CentreId, days: &BTreeSet<SessionDate>) -> Result<Vec<Session>> {
        let mut sessions = vec![];
        let days: Vec<_> = days.iter().map(|day| day.0.to_string()).collect();
        if days.is_empty() {
            return Ok(sessions);
        }
        let placeholders: Vec<_> = (0..days.len()).map(|n| format!(":day{n}")).collect();
        let query = self.query_of_centre(centre).expression_attribute_names("#date", "date");
        let query = query.filter_expression(format!("#date IN ({})", placeholders.join(", ")));
        let query = placeholders
            .into_iter()
            .zip(&days)
            .fold(query, |query, (placeholder, day)| query.expression_attribute_values(placeholder, day.as_str().into_value()));
        let mut items = query.into_paginator().items().send();
        while let Some(item) = items.next().await {
            sessions.push(read(item.map_err(|error| Error::from_sdk(&error))?)?);
        }
        Ok(sessions)
    }

    /// Enrols candidates, all or none, in one transaction, under the terms that the session has then, and only while the
    /// session has noted the request `after` which this one comes. A retry of the same request answers with the candidates
    /// as they are now.
    ///
    /// # Errors
    /// `key_reused`, `session_finalised`, `session_full`, [`Error::AlreadyEnrolled`], [`Error::Changed`], busy.
    pub async fn enrol(
        &self,
        mut session: Session,
        mut candidates: Vec<Candidate>,
        at: Timestamp,
        request: &RequestId,
        said: &Said,
        after: Option<&RequestId>,
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
            if let Some(after) = after {
                edit.only_if(|edit| edit.has_entry("requests", after.as_str()));
            }
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
            if after.is_some_and(|after| !now.requests.contains_key(after)) {
                return Err(Error::Changed);
            }
            if now.candidate_count > room_before {
                return Err(Refusal::SessionFull.into());
            }
            session = now;
            for candidate in &mut candidates {
                candidate.terms = session.terms();
            }
        }
        Err(Error::session_kept_changing())
    }

    pub(super) fn put_candidate(&self, candidate: &Candidate, at: Timestamp) -> Result<TransactWriteItem> {
        let key = candidate_key(&candidate.session, &candidate.id);
        self.creating(write(candidate, key, session_expires_at(candidate.terms.window, at))?)
    }

    /// Finalises a session: no more enrolment, then every candidate closed and running tests ended,
    /// then sealed and marked final by one write. Called again after a crash it goes on where it stopped.
    ///
    /// A request finalises once: of a session that was opened again since, its retry tells how that stands.
    ///
    /// Whatever the record tells depends on a session that is open, or on a candidate who is not closed, by the condition of
    /// the write that made it: so nothing of it changes between the reading of the last candidate and the seal, or until the
    /// session is opened again.
    ///
    /// # Errors
    /// `session_not_found` (also for another centre's), busy.
    pub async fn finalise(
        &self,
        number: &SessionNumber,
        organiser: &Actor,
        request: &RequestId,
        keys: &SealKeys,
        at: Timestamp,
    ) -> Result<(Session, Vec<Candidate>)> {
        let mut once = Edit::default();
        once.insert("requests", request.as_str(), Said::of(&"finalise").map_err(Error::internal)?.as_str());
        self.close_session(number, organiser, SessionStatus::Finalising, once).await?;
        let mut partition = self.partition(number).await?;
        let kept = &mut partition.kept;
        match kept.session.status {
            SessionStatus::Finalising | SessionStatus::Finalised => {}
            // By this request before, or while it was under way.
            SessionStatus::Open => return Ok((partition.kept.session, partition.kept.candidates)),
            SessionStatus::Deleting => return Err(Refusal::SessionNotFound.into()),
        }
        kept.check_whole()?;
        let end = Change {
            act: Act::End,
            by: organiser.finalising(),
            at,
            request: RequestId::of("finalisation", &[number.as_str()]),
            start: None,
        };
        let terms = kept.session.terms();
        kept.candidates = self.carry(std::mem::take(&mut kept.candidates), |candidate| closed(candidate, &end, terms)).await?;
        if kept.session.status != SessionStatus::Finalised {
            // Of a candidate who was being moved to another id, neither may be left.
            kept.check_whole()?;
            self.keep_together(&partition).await?;
            partition.kept.session = self.seal(&mut partition.kept, organiser, keys, at).await?;
        }
        let Kept { session, candidates, .. } = partition.kept;
        Ok((session, candidates))
    }

    /// Seals the record of a session whose candidates are all closed, and marks it final. Returns the session as it is then:
    /// where others finalise it too, as one of them sealed it.
    async fn seal(&self, kept: &mut Kept, organiser: &Actor, keys: &SealKeys, at: Timestamp) -> Result<Session> {
        let before = kept.session.clone();
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("status", SessionStatus::Finalising));
        edit.only_if(|edit| match before.finalisations {
            0 => never_finalised(edit),
            count => edit.equals("finalisations", count),
        });
        kept.session.status = SessionStatus::Finalised;
        kept.session.finalisations += 1;
        kept.session.finalised_at = Some(at);
        kept.session.finalised_by.clone_from(&organiser.name);
        kept.session.seal = None;
        kept.session.seal = Some(keys.seal(&record(kept)).map_err(Error::internal)?);
        edit.set_changed(&before, &kept.session)?;
        match self.update(&self.sessions, session_key(&before.number), &edit).await? {
            Written::Done(item) => read(item),
            Written::Unmet(now) => {
                let now: Session = read(now.filter(is_session).ok_or(Refusal::SessionNotFound)?)?;
                let is_sealed = now.status == SessionStatus::Finalised;
                if is_sealed { Ok(now) } else { Err(Error::session_kept_changing()) }
            }
        }
    }

    /// Moves an open session on by this edit; leaves one as it is that is not open, or that the edit is not for.
    pub(super) async fn close_session(
        &self,
        number: &SessionNumber,
        organiser: &Actor,
        to: SessionStatus,
        mut edit: Edit,
    ) -> Result<Session> {
        of_own_centre(&mut edit, organiser);
        edit.only_if(|edit| edit.equals("status", SessionStatus::Open));
        edit.set("status", to);
        let (Written::Done(item) | Written::Unmet(Some(item))) = self.update(&self.sessions, session_key(number), &edit).await? else {
            return Err(Refusal::SessionNotFound.into());
        };
        let session: Session = read(Some(item).filter(is_session).ok_or(Refusal::SessionNotFound)?)?;
        organiser.check_centre(&session.centre)?;
        Ok(session)
    }
}

/// Of a session that is open for the first time.
pub(super) fn never_finalised(edit: &mut Edit) -> String {
    any([edit.missing("finalisations"), edit.equals("finalisations", 0_u32)])
}
