//! What those are told who are told of changes, beyond what an item says of itself.

use super::{
    Error, Result, Store,
    edit::IntoValue,
    items::{ACT, INCIDENT, SESSION, is_of_candidate, read},
};
use crate::domain::{history::SessionAction, identity::CandidateId, session::SessionNumber};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::Deserialize;

/// What an item is about whose changes are told.
#[derive(Debug, PartialEq)]
pub enum Subject {
    Session,
    Candidate,
    Incident,
}

/// What the item of this sort key is about; `None` where nobody is told of it.
pub fn subject(sort: &str) -> Option<Subject> {
    match sort {
        SESSION => Some(Subject::Session),
        candidate if is_of_candidate(candidate) => Some(Subject::Candidate),
        other => other.starts_with(INCIDENT).then_some(Subject::Incident),
    }
}

/// That a candidate has an id no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    pub from: CandidateId,
    /// Which they have since, where a correction made it another; of who was removed, none.
    pub to: Option<CandidateId>,
    /// As the history of who has another id says, too.
    pub at: Timestamp,
}

/// As it is recorded of the session.
#[derive(Deserialize)]
struct Recorded {
    #[serde(rename = "t", with = "millisecond::required")]
    at: Timestamp,
    #[serde(rename = "c")]
    candidate: CandidateId,
    #[serde(rename = "o")]
    moved_from: Option<CandidateId>,
}

impl Store {
    /// Which candidates of a session have an id no more. It is written together with what it says of their items; who is taken
    /// back with an import that does not fit is not among them.
    ///
    /// # Errors
    /// Busy.
    pub async fn departures(&self, session: &SessionNumber) -> Result<Vec<Departure>> {
        let query = self.query_beginning(session, ACT).filter_expression("attribute_exists(o) OR a = :remove");
        let query = query.expression_attribute_values(":remove", SessionAction::Remove.name().into_value());
        let items = query.projection_expression("t, c, o").into_paginator().items().send().try_collect().await;
        let recorded = items.map_err(|error| Error::from_sdk(&error))?.into_iter().map(read::<Recorded>);
        let departure = |recorded: Result<Recorded>| {
            let Recorded { at, candidate, moved_from } = recorded?;
            Ok(match moved_from {
                Some(from) => Departure { from, to: Some(candidate), at },
                None => Departure { from: candidate, to: None, at },
            })
        };
        recorded.map(departure).collect()
    }
}
