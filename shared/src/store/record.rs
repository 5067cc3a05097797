//! All that a session's record is made of.

use super::{
    Error, Result, Store,
    carry::AT_ONCE,
    edit::Edit,
    items::{Item, expires_at, is_candidate, is_incident, is_mending, is_proctor, is_session, key_of, read},
};
use crate::domain::{
    record::Kept,
    refusal::Refusal,
    session::{Session, SessionNumber},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;

/// What the table holds for a record, with what it takes to keep it together.
pub(super) struct Partition {
    pub kept: Kept,
    /// In seconds since 1970, when DynamoDB may delete the session …
    expires_at: i64,
    /// … and the keys of what it may delete before.
    expires_before: Vec<Item>,
}

impl Store {
    /// Reads all that the record of a session tells. A session whose time has come is none: DynamoDB may have deleted parts.
    ///
    /// # Errors
    /// `session_not_found`, busy.
    pub async fn record(&self, number: &SessionNumber, now: Timestamp) -> Result<Kept> {
        let mut partition = self.partition(number).await?;
        let lacks_a_part = |Partition { kept, .. }: &Partition| kept.session.seal.is_some() && !kept.is_whole();
        if lacks_a_part(&partition) {
            // It may have been sealed while it was read; all that was sealed is visible by now.
            partition = self.partition(number).await?;
        }
        if partition.expires_at <= now.as_second() {
            return Err(Refusal::SessionNotFound.into());
        }
        if lacks_a_part(&partition) {
            tracing::error!(session = %number, "the table has less of a sealed record than it counts");
        }
        Ok(partition.kept)
    }

    /// One query, consistent, which passes over what is no part of a record.
    pub(super) async fn partition(&self, number: &SessionNumber) -> Result<Partition> {
        let items = self.query(number, "#session = :session").into_paginator().items().send().try_collect().await;
        let (mut session, mut candidates, mut proctors, mut incidents, mut mendings) = (None::<Session>, vec![], vec![], vec![], vec![]);
        let (mut end, mut ends) = (i64::MAX, vec![]);
        for item in items.map_err(|error| Error::from_sdk(&error))? {
            let until = (expires_at(&item), key_of(&item));
            if is_session(&item) {
                end = until.0;
                session = Some(read(item)?);
                continue;
            } else if is_candidate(&item) {
                candidates.push(read(item)?);
            } else if is_proctor(&item) {
                proctors.push(read(item)?);
            } else if is_incident(&item) {
                incidents.push(read(item)?);
            } else if is_mending(&item) {
                mendings.push(read(item)?);
            } else {
                continue;
            }
            ends.push(until);
        }
        let kept = Kept { session: session.ok_or(Refusal::SessionNotFound)?, candidates, proctors, incidents, mendings };
        let expires_before = ends.into_iter().filter(|(until, _)| *until < end).map(|(_, key)| key).collect();
        Ok(Partition { kept, expires_at: end, expires_before })
    }

    /// Keeps all parts of a record for as long as its session: a session that was moved is kept for longer than what
    /// happened before, and a record of which a part is gone verifies no more.
    pub(super) async fn keep_together(&self, Partition { expires_at, expires_before, .. }: &Partition) -> Result<()> {
        let keeping = stream::iter(expires_before.clone()).map(async |key| {
            let mut edit = Edit::default();
            edit.only_if(|edit| format!("{} < {}", edit.name("expiresAt"), edit.value(*expires_at)));
            edit.set("expiresAt", *expires_at);
            self.update(&self.sessions, key, &edit).await
        });
        let kept: Vec<_> = keeping.buffered(AT_ONCE).collect().await;
        kept.into_iter().try_for_each(|kept| kept.map(drop))
    }
}

impl Kept {
    /// Whether nothing that was written is missing: a query is not isolated from transactions.
    fn is_whole(&self) -> bool {
        let Self { session, candidates, incidents, mendings, .. } = self;
        let counts =
            [(candidates.len(), session.candidate_count), (incidents.len(), session.incident_count), (mendings.len(), session.mendings)];
        let is_visible = |(seen, written): &(usize, u32)| u32::try_from(*seen).is_ok_and(|seen| seen >= *written);
        counts.iter().all(is_visible)
    }

    /// # Errors
    /// Busy, unless nothing that was written is missing.
    pub(super) fn check_whole(&self) -> Result<()> {
        if self.is_whole() { Ok(()) } else { Err(Error::Busy("a change is still becoming visible".to_owned())) }
    }
}
