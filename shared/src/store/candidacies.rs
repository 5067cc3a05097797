//! What an account has joined.

use super::{
    Error, Result, Store,
    edit::IntoValue,
    items::{candidate_key, is_candidate, is_session, read, session_key},
};
use crate::domain::{
    candidate::Candidate,
    identity::CandidateId,
    session::{Session, SessionNumber},
};
use serde::Deserialize;
use std::cmp::Reverse;

const BY_JOINER: &str = "by-joiner";
/// `BatchGetItem` takes 100 keys, and each of these is two.
const AT_ONCE: usize = 50;

/// Where an account joined, and as whom.
#[derive(Debug, Deserialize)]
struct Joined {
    session: SessionNumber,
    candidate: CandidateId,
}

impl Store {
    /// The candidates that an account is joined to, with their sessions, the latest first. A join of the last moments may not
    /// be among them.
    ///
    /// # Errors
    /// Busy.
    pub async fn candidacies(&self, account: &str) -> Result<Vec<(Session, Candidate)>> {
        let query = self
            .client
            .query()
            .table_name(&self.sessions)
            .index_name(BY_JOINER)
            .key_condition_expression("joiner = :joiner")
            .expression_attribute_values(":joiner", account.into_value());
        let guards: Vec<_> = query.into_paginator().items().send().try_collect().await.map_err(|error| Error::from_sdk(&error))?;
        let joined = guards.into_iter().map(read).collect::<Result<Vec<Joined>>>()?;
        let (mut sessions, mut candidates) = (vec![], vec![]);
        for batch in joined.chunks(AT_ONCE) {
            let keys = batch.iter().flat_map(|Joined { session, candidate }| [session_key(session), candidate_key(session, candidate)]);
            for item in self.read_together([(&self.sessions, keys.collect())]).await? {
                if is_session(&item) {
                    sessions.push(read::<Session>(item)?);
                } else if is_candidate(&item) {
                    candidates.push(read::<Candidate>(item)?);
                }
            }
        }
        let own = candidates.into_iter().filter(|candidate| candidate.is_joined_to(account));
        let with_session = own.filter_map(|candidate| {
            let session = sessions.iter().find(|session| session.number == candidate.session)?;
            Some((session.clone(), candidate))
        });
        let mut candidacies: Vec<_> = with_session.collect();
        candidacies.sort_by_key(|(session, _)| Reverse(session.window.opens_at));
        Ok(candidacies)
    }
}
