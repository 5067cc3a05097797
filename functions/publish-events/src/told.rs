//! From a change of an item to what is told of it. Of a candidate no name, birth date, word, account, device or code is read
//! here, so that none can be told; of a session its plan, to see whether it changed.

use crate::event::{CandidateChanged, Event, IncidentReported, SessionAction, SessionChanged, Version};
use archive::{Change, Versions};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use shared::{
    domain::{
        act::Action,
        actor::ActorRole,
        identity::CandidateId,
        incident::Category,
        record::Instant,
        session::{Plan, SessionNumber, SessionStatus},
        state_table::Status,
    },
    store::{self, Departure, Subject, subject},
};

/// Why a change can't be told. It says nothing of what or whom it is about.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// Without serde's own words, which may quote the item.
    #[error("an item is none of a {0:?} that is known")]
    Unreadable(Subject),
    #[error("who has left: {0}")]
    Departures(#[from] store::Error),
}

/// A candidate's item.
#[derive(Deserialize)]
struct Candidate {
    session: SessionNumber,
    id: CandidateId,
    status: Status,
    #[serde(default)]
    closed: bool,
    history: Vec<Entry>,
}

/// An entry of the history.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "t", with = "millisecond::required")]
    at: Timestamp,
    #[serde(rename = "a")]
    action: Action,
    #[serde(rename = "r")]
    role: ActorRole,
    #[serde(rename = "m")]
    minutes: Option<i32>,
}

/// A session's item.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    #[serde(rename = "session")]
    number: SessionNumber,
    /// Compared alone.
    #[serde(flatten)]
    plan: Plan,
    status: SessionStatus,
    #[serde(with = "millisecond::required")]
    created_at: Timestamp,
    #[serde(default, with = "millisecond::optional")]
    finalised_at: Option<Timestamp>,
    code_issue: u32,
    password_issue: u32,
    #[serde(default)]
    mendings: u32,
    #[serde(default)]
    finalisations: u32,
}

/// What is left of a deleted session.
#[derive(Deserialize)]
struct Deleted {
    #[serde(rename = "deletedAt", with = "millisecond::required")]
    at: Timestamp,
}

#[derive(Deserialize)]
struct Incident {
    session: SessionNumber,
    id: String,
    #[serde(with = "millisecond::required")]
    at: Timestamp,
    role: ActorRole,
    category: Category,
    candidate: Option<CandidateId>,
}

/// What is told of a change, in order: mostly nothing or one event. `departures` knows who has an id of a session's no more.
///
/// # Errors
/// When an item is none that is known, or it can't be known who has left.
pub async fn told(
    change: Change,
    departures: &impl AsyncFn(SessionNumber) -> store::Result<Vec<Departure>>,
) -> Result<Vec<Event>, NotTold> {
    let recorded_at = change.at();
    let Versions { old, new } = change.versions();
    let sort = new.get("sk").or_else(|| old.get("sk")).and_then(Value::as_str).unwrap_or_default();
    match subject(sort) {
        Some(Subject::Candidate) => {
            of_candidate(read(old, Subject::Candidate)?, read(new, Subject::Candidate)?, recorded_at, departures).await
        }
        Some(Subject::Session) => Ok(of_session(old, new, recorded_at)?.map(Event::Session).into_iter().collect()),
        Some(Subject::Incident) if old.is_empty() => Ok(read(new, Subject::Incident)?.map(of_incident).into_iter().collect()),
        Some(Subject::Incident) | None => Ok(vec![]),
    }
}

/// An item, if there is one.
fn read<T: DeserializeOwned>(item: Map<String, Value>, of: Subject) -> Result<Option<T>, NotTold> {
    if item.is_empty() {
        return Ok(None);
    }
    serde_json::from_value(Value::Object(item)).map(Some).map_err(|_| NotTold::Unreadable(of))
}

async fn of_candidate(
    before: Option<Candidate>,
    after: Option<Candidate>,
    recorded_at: Timestamp,
    departures: &impl AsyncFn(SessionNumber) -> store::Result<Vec<Departure>>,
) -> Result<Vec<Event>, NotTold> {
    let Some(after) = after else { return gone(before, recorded_at, departures).await };
    let is_new = before.is_none();
    let latest = after.history.len().saturating_sub(1);
    let known = before.map_or(latest, |before| before.history.len());
    let mut events: Vec<_> = (known..after.history.len()).filter_map(|place| after.happened(place)).collect();
    // Who comes with a past had another id until then.
    if let (true, Some(event), 1..) = (is_new, events.first_mut(), latest) {
        let departures = departures(after.session.clone()).await?;
        let here = |departure: &Departure| departure.to.as_ref() == Some(&after.id) && departure.at == event.at.0;
        event.former_candidate = departures.into_iter().find(here).map(|departure| departure.from);
    }
    Ok(events.into_iter().map(Event::Candidate).collect())
}

/// Somebody who is no more was removed, unless they have another id since, or the whole session is being deleted.
async fn gone(
    before: Option<Candidate>,
    recorded_at: Timestamp,
    departures: &impl AsyncFn(SessionNumber) -> store::Result<Vec<Departure>>,
) -> Result<Vec<Event>, NotTold> {
    let Some(before) = before.filter(|before| !before.closed) else { return Ok(vec![]) };
    let (Some(first), Some(last)) = (before.history.first(), before.history.last()) else { return Ok(vec![]) };
    let departures = departures(before.session.clone()).await?;
    // Others may have had this id before, and the same person may have been enrolled again since, and have left again. When
    // a correction began, and not when it was written, is its time: acts of later may be in the history.
    let is_correction = |at| before.history.iter().any(|entry| entry.action == Action::Correct && entry.at == at);
    let arrivals = departures.iter().filter(|departure| departure.to.as_ref() == Some(&before.id) && is_correction(departure.at));
    let since = arrivals.map(|departure| departure.at).max().unwrap_or(first.at);
    let own = departures.iter().filter(|departure| departure.from == before.id && departure.at >= since);
    if own.min_by_key(|departure| departure.at).is_some_and(|departure| departure.to.is_some()) {
        return Ok(vec![]);
    }
    let removal = before.event(before.history.len(), Action::Remove, ActorRole::Organiser, recorded_at.max(last.at));
    // Not the id of what may happen next, if the operator brings the item back.
    let removal = removal.map(|removal| CandidateChanged { id: format!("{}/removed", removal.id), ..removal });
    Ok(removal.map(Event::Candidate).into_iter().collect())
}

impl Candidate {
    /// What happened at this place of the history.
    fn happened(&self, place: usize) -> Option<CandidateChanged> {
        let until = self.history.get(..=place)?;
        let entry = until.last()?;
        let starts = until.iter().filter(|entry| entry.action == Action::Start).count();
        Some(CandidateChanged {
            status: Some(self.status),
            start: (entry.action == Action::Start).then_some(starts),
            minutes: entry.minutes,
            ..self.event(place, entry.action, entry.role, entry.at)?
        })
    }

    fn event(&self, place: usize, action: Action, role: ActorRole, at: Timestamp) -> Option<CandidateChanged> {
        let enrolled_at = self.history.first()?.at;
        let order = place + 1;
        Some(CandidateChanged {
            version: Version::First,
            id: format!("{}/{}/{}/{order}", self.session, self.id.as_str(), enrolled_at.as_millisecond()),
            session: self.session.clone(),
            candidate: self.id.clone(),
            former_candidate: None,
            action,
            role,
            at: Instant(at),
            status: None,
            start: None,
            minutes: None,
            enrolled_at: Instant(enrolled_at),
            order,
        })
    }
}

fn of_session(old: Map<String, Value>, new: Map<String, Value>, recorded_at: Timestamp) -> Result<Option<SessionChanged>, NotTold> {
    let read_session = |item| read::<Session>(item, Subject::Session);
    let is_deleted = |item: &Map<String, Value>| item.contains_key("deletedAt");
    if new.is_empty() || is_deleted(&old) && is_deleted(&new) {
        return Ok(None);
    }
    if is_deleted(&new) {
        let Some(Deleted { at }) = read(new, Subject::Session)? else { return Ok(None) };
        return Ok(read_session(old)?.map(|before| before.event(SessionAction::Delete, at, before.order() + 1)));
    }
    let (before, after) = (read_session(old)?, read_session(new)?);
    let Some(after) = after else { return Ok(None) };
    let Some(before) = before else { return Ok(Some(after.event(SessionAction::Create, after.created_at, after.order()))) };
    let (action, at) = if before.finalisations < after.finalisations && after.status == SessionStatus::Finalised {
        (SessionAction::Finalise, after.finalised_at.unwrap_or(recorded_at))
    } else if before.status == SessionStatus::Finalised && after.status == SessionStatus::Open {
        (SessionAction::Reopen, recorded_at)
    } else if before.plan != after.plan {
        (SessionAction::Edit, recorded_at)
    } else if (before.code_issue, before.password_issue) != (after.code_issue, after.password_issue) {
        (SessionAction::ReplaceCodes, recorded_at)
    } else {
        return Ok(None);
    };
    Ok(Some(after.event(action, at, after.order())))
}

impl Session {
    /// Each change that is told counts in one of these; others may, too.
    const fn order(&self) -> u32 {
        1 + self.mendings + self.finalisations
    }

    fn event(&self, action: SessionAction, at: Timestamp, order: u32) -> SessionChanged {
        SessionChanged {
            version: Version::First,
            id: format!("{}/{}/{order}", self.number, self.created_at.as_millisecond()),
            session: self.number.clone(),
            action,
            at: Instant(at),
            created_at: Instant(self.created_at),
            order,
        }
    }
}

fn of_incident(Incident { session, id, at, role, category, candidate }: Incident) -> Event {
    let id = format!("{session}/incident/{id}");
    // It would say something of somebody's health (GDPR, article 9).
    let candidate = candidate.filter(|_| category != Category::Health);
    Event::Incident(IncidentReported { version: Version::First, id, session, candidate, category, role, at: Instant(at) })
}
