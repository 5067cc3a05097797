//! What devices say of themselves, beside the candidates: small, and kept for a day.

use super::{
    Result, Store,
    edit::{Edit, all, any},
    items::here_key,
};
use crate::domain::{here::Here, identity::CandidateId, session::SessionNumber};

/// How long it is kept, in seconds.
const KEPT_SECONDS: i64 = 24 * 3600;

impl Store {
    /// Keeps a device's word, unless there is one of a later start or a later instant: it is the newest that counts, in
    /// whatever order they arrive. Of the same instant, it counts that somebody is here.
    ///
    /// # Errors
    /// Busy.
    pub async fn hear(&self, session: &SessionNumber, id: &CandidateId, here: &Here) -> Result<()> {
        let mut edit = Edit::default();
        edit.only_if(|edit| {
            let (start, heard_at) = (edit.name("start"), edit.name("heardAt"));
            let before = if here.away { "<" } else { "<=" };
            let (of_start, now) = (edit.value(here.start), edit.value(here.heard_at));
            let earlier_start = format!("{start} < {of_start}");
            let earlier = all([format!("{start} = {of_start}"), format!("{heard_at} {before} {now}")]);
            any([edit.missing("start"), earlier_start, earlier])
        });
        edit.set_all(here)?;
        if !here.away {
            edit.remove(&["away"]);
        }
        edit.set("expiresAt", here.heard_at.as_second() + KEPT_SECONDS);
        self.update(&self.sessions, here_key(session, id), &edit).await.map(drop)
    }
}
