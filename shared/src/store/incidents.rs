//! Incidents, one item each.

use super::{
    Error, Result, Store,
    edit::{Edit, IntoValue},
    error::is_unmet,
    items::{INCIDENT, SESSION, candidate_key, incident_key, is_incident, is_session, read, session_expires_at, session_key, write},
    sessions::of_own_centre,
    transition::current_password,
};
use crate::domain::{
    actor::Actor,
    incident::{Incident, MAX_INCIDENTS},
    refusal::Refusal,
    request::RequestId,
    session::{Session, SessionNumber, SessionStatus, Window},
};
use aws_sdk_dynamodb::types::CancellationReason;

impl Store {
    /// Adds an incident to a session, in one transaction. A retry of the same request answers with the incident it
    /// reported before.
    ///
    /// # Errors
    /// `session_not_found`, also for an organiser of another one; `unauthenticated` for a proctor who came in by a replaced
    /// password; `candidate_not_found`, `key_reused`, `session_finalised`, `too_many_changes`, busy.
    pub async fn report(&self, session: &SessionNumber, by: &Actor, incident: Incident, request: &RequestId) -> Result<Incident> {
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("status", SessionStatus::Open));
        of_own_centre(&mut edit, by);
        if let Some(issue) = by.password_issue {
            edit.only_if(|edit| current_password(edit, issue));
        }
        edit.only_if(|edit| format!("{} < {}", edit.name("incidentCount"), edit.value(MAX_INCIDENTS)));
        let (count, one) = (edit.name("incidentCount"), edit.value(1_u32));
        edit.compute("incidentCount", &format!("{count} + {one}"));
        // As long as a session of today: what is written now is kept from now on.
        let expires_at = session_expires_at(Window::around(incident.at), incident.at);
        let mut actions = vec![
            Self::updating(&self.sessions, session_key(session), &edit)?,
            self.creating(write(&incident, incident_key(session, request), expires_at)?)?,
        ];
        if let Some(candidate) = &incident.report.candidate {
            let mut known = Edit::default();
            known.only_if(|edit| edit.exists("sk"));
            actions.push(Self::checking(&self.sessions, candidate_key(session, candidate), &known)?);
        }
        let Some(reasons) = self.transact(actions).await? else {
            return Ok(incident);
        };
        why_not(&reasons, by, &incident)
    }

    /// Reads a session and its incidents, the oldest first.
    ///
    /// # Errors
    /// `session_not_found`, busy.
    pub async fn incidents(&self, session: &SessionNumber) -> Result<(Session, Vec<Incident>)> {
        // One query: whatever stands between the two is passed over.
        let all = self.query(session, "#session = :session AND sk BETWEEN :first AND :last");
        let all =
            all.expression_attribute_values(":first", INCIDENT.into_value()).expression_attribute_values(":last", SESSION.into_value());
        let items = all.into_paginator().items().send().try_collect().await.map_err(|error| Error::from_sdk(&error))?;
        let (mut found, mut incidents) = (None, vec![]);
        for item in items {
            if is_session(&item) {
                found = Some(read(item)?);
            } else if is_incident(&item) {
                incidents.push(read(item)?);
            }
        }
        incidents.sort_by_key(|incident: &Incident| (incident.at, incident.id.clone()));
        Ok((found.ok_or(Refusal::SessionNotFound)?, incidents))
    }
}

/// What a transaction that did not go through means for a report.
fn why_not(reasons: &[CancellationReason], by: &Actor, incident: &Incident) -> Result<Incident> {
    let [session, known, candidate @ ..] = reasons else { return Err(Error::internal("too few reasons")) };
    let session_now: Option<Session> = session.item.clone().filter(is_session).map(read).transpose()?;
    if is_unmet(session) {
        let now = session_now.as_ref().ok_or(Refusal::SessionNotFound)?;
        by.check_centre(&now.centre)?;
        by.check_password(now.password_issue)?;
    }
    if let Some(known) = known.item.clone() {
        let known: Incident = read(known)?;
        return if known.said == incident.said { Ok(known) } else { Err(Refusal::KeyReused.into()) };
    }
    if candidate.first().is_some_and(is_unmet) {
        return Err(Refusal::CandidateNotFound.into());
    }
    if let Some(session) = session_now {
        session.check_changeable()?;
    }
    Err(Refusal::TooManyChanges.into())
}
