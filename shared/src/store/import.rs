//! Class lists that no transaction takes as a whole: enrolled block by block, all or none; and the sessions that a list creates.

use super::{
    Error, Result, Store,
    candidates::ROUNDS,
    edit::Edit,
    error::is_unmet,
    items::{candidate_key, import_key, is_session, read, session_expires_at, session_key, write},
    sessions::{Room, Taken},
};
use crate::domain::{
    actor::Actor,
    candidate::Candidate,
    code::CodeKeys,
    correction::Enrolment,
    identity::CandidateId,
    refusal::Refusal,
    request::{RequestId, Said},
    session::{MAX_CANDIDATES, NewSession, Session, SessionNumber, SessionStatus},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers tried for a session: one for each of the same place that was moved or deleted before.
const DRAWS: u32 = 40;
/// How long it is known what a request that creates several sessions said.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most candidates in a transaction: it holds 100 items, of which the session is one.
const BLOCK: usize = 99;

/// One import: who, when, by which request, and what it said.
#[derive(Debug, Clone)]
pub struct Import {
    pub by: Actor,
    pub at: Timestamp,
    /// Noted by the session with the last block: when all is done.
    pub request: RequestId,
    pub said: Said,
}

/// What became of a session that an import wants.
pub enum Created {
    /// It is there now, with the first of its candidates: as many as a transaction takes.
    New(Box<Room<Candidate>>),
    /// The centre has it already, or this import created it before.
    There(SessionNumber),
}

/// What a request that creates several sessions said.
#[derive(Serialize, Deserialize)]
struct Remembered {
    said: Said,
}

impl Import {
    /// Whether this import created that session.
    pub fn created(&self, session: &Session) -> bool {
        session.requests.contains_key(&self.creation())
    }

    fn creation(&self) -> RequestId {
        RequestId::of(self.request.as_str(), &["session"])
    }

    /// How many more candidates a room takes, this import aside.
    pub fn places(&self, room: &Room<Candidate>) -> u32 {
        let own = u32::try_from(self.enrolled(room).len()).unwrap_or_default();
        MAX_CANDIDATES.saturating_sub(room.session.candidate_count).saturating_add(own)
    }

    /// The requests of blocks of it that were enrolled, one after the other.
    fn blocks(&self, session: &Session) -> Vec<RequestId> {
        (0..session.requests.len()).map(|n| self.block(n)).take_while(|block| session.requests.contains_key(block)).collect()
    }

    fn block(&self, n: usize) -> RequestId {
        RequestId::of(self.request.as_str(), &["block", &n.to_string()])
    }

    /// Which of the candidates in a room this import enrolled, when it was sent before.
    pub fn enrolled<'a>(&self, room: &'a Room<Candidate>) -> Vec<&'a Candidate> {
        let blocks = self.blocks(&room.session);
        let is_own = |request: &RequestId| *request == self.request || blocks.contains(request);
        room.candidates.iter().filter(|candidate| candidate.requests.iter().any(is_own)).collect()
    }
}

impl Store {
    /// Enrols these candidates into the session of a room that was just read, all or none; returns them in order. Of a list
    /// longer than a transaction each block is one, and the session notes them all with what the import said: the same request
    /// goes on where it stopped. Where the room is full by then, what it enrolled is taken back. Where the session is finalised
    /// between two blocks, those before stay.
    ///
    /// # Errors
    /// `key_reused`, also where somebody of those enrolled before was removed since, or is somebody else; `session_finalised`,
    /// `session_full`; [`Error::AlreadyEnrolled`] and [`Error::Changed`] when the room has changed since it was read: then read
    /// it again; busy, which leaves what was done for the same request to complete.
    pub async fn import(&self, room: &Room<Candidate>, list: Vec<(CandidateId, Enrolment)>, import: &Import) -> Result<Vec<Candidate>> {
        let session = &room.session;
        let done = import.blocks(session);
        let is_complete = session.requests.contains_key(&import.request);
        if done.iter().chain([&import.request]).filter_map(|request| session.requests.get(request)).any(|said| *said != import.said) {
            return Err(Refusal::KeyReused.into());
        }
        let order: Vec<_> = list.iter().map(|(id, _)| id.clone()).collect();
        let mut own: BTreeMap<_, _> =
            import.enrolled(room).into_iter().map(|candidate| (candidate.id.clone(), candidate.clone())).collect();
        let is_as_it_was = own.len() >= BLOCK * done.len() && own.keys().all(|id| order.contains(id));
        let new: Vec<_> = list.into_iter().filter(|(id, _)| !own.contains_key(id)).collect();
        if !is_as_it_was || is_complete && !new.is_empty() {
            // Somebody was removed since, or corrected: what was answered, or would have been, is not the truth any more.
            return Err(Refusal::KeyReused.into());
        }
        let of_block = |block| own.values().filter(|candidate| candidate.requests.contains(block)).cloned().collect();
        let mut blocks: Vec<Vec<_>> = done.iter().map(of_block).collect();
        let outcome = self.enrol_blocks(session, &new, import, &mut blocks).await;
        if matches!(outcome, Err(Error::Refused(Refusal::SessionFull))) {
            self.take_back(&session.number, import, blocks).await?;
            return Err(Refusal::SessionFull.into());
        }
        outcome?;
        own.extend(blocks.into_iter().flatten().map(|candidate| (candidate.id.clone(), candidate)));
        Ok(order.iter().filter_map(|id| own.remove(id)).collect())
    }

    /// Notes what a request that creates several sessions said, before the first one is.
    ///
    /// # Errors
    /// `key_reused`, where it said something else before; busy.
    pub async fn note_import(&self, request: &RequestId, said: &Said, at: Timestamp) -> Result<()> {
        let note = write(&Remembered { said: said.clone() }, import_key(request), (at + REMEMBERED).as_second())?;
        let known = self.create(&self.accounts, note, "pk").await?.map(read::<Remembered>).transpose()?;
        if known.is_some_and(|known| known.said != *said) { Err(Refusal::KeyReused.into()) } else { Ok(()) }
    }

    /// Creates a session with its first candidates, in one transaction. Its number is drawn for its centre and place, not for
    /// the request: of several imports that want the same session one creates it, and the others find it.
    ///
    /// # Errors
    /// `key_reused`, where this import created it before and it was deleted since; busy.
    pub async fn create_room(&self, new: &NewSession, list: &[Enrolment], codes: &CodeKeys, import: &Import) -> Result<Created> {
        let place = new.plan.place();
        let drawn_for = place.request(&new.centre);
        let block: Vec<_> = list.iter().take(BLOCK).collect();
        let request = if block.len() < list.len() { import.block(0) } else { import.request.clone() };
        for draw in 0..DRAWS {
            let mut session = new.numbered(codes.session_number(&drawn_for, draw));
            session.requests.extend([import.creation(), request.clone()].map(|request| (request, import.said.clone())));
            session.candidate_count = u32::try_from(block.len()).unwrap_or(u32::MAX);
            let enrolled = |new: &&Enrolment| {
                let id = new.id(codes.current(), &session.number);
                Candidate::enrolled(id, (*new).clone(), &session, &import.by, import.at, request.clone())
            };
            let candidates: Vec<_> = block.iter().map(enrolled).collect();
            let item = write(&session, session_key(&session.number), session_expires_at(session.window, import.at))?;
            let puts = candidates.iter().map(|candidate| self.put_candidate(candidate, import.at)).collect::<Result<Vec<_>>>()?;
            let actions = std::iter::once(self.creating(item)).chain(puts.into_iter().map(Ok)).collect::<Result<_>>()?;
            let Some(reasons) = self.transact(actions).await? else {
                return Ok(Created::New(Box::new(Room { candidates, ..Room::of(session) })));
            };
            // Where it is a candidate alone, somebody is just deleting the session that was there.
            let Some(taken) = reasons.into_iter().next().and_then(|reason| reason.item) else { return Err(Error::Changed) };
            let Taken { requests } = read(taken.clone())?;
            let is_own = requests.contains_key(&import.creation());
            match Some(taken).filter(is_session).map(read::<Session>).transpose()? {
                None if is_own => return Err(Refusal::KeyReused.into()),
                Some(there) if is_own || there.centre == new.centre && there.plan.place() == place => {
                    return Ok(Created::There(there.number));
                }
                _ => {}
            }
        }
        Err(Error::Busy("no free session number".to_owned()))
    }

    /// Enrols the rest of an import, beside the blocks that are done.
    async fn enrol_blocks(
        &self,
        session: &Session,
        rest: &[(CandidateId, Enrolment)],
        import: &Import,
        blocks: &mut Vec<Vec<Candidate>>,
    ) -> Result<()> {
        let more = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        if more > 0 {
            session.check_changeable()?;
        }
        // Before the first write, so that most lists that are too long leave nothing to take back.
        if session.candidate_count.saturating_add(more) > MAX_CANDIDATES {
            return Err(Refusal::SessionFull.into());
        }
        let last = rest.len().div_ceil(BLOCK);
        for (n, block) in (1..).zip(rest.chunks(BLOCK)) {
            let request = if n == last { import.request.clone() } else { import.block(blocks.len()) };
            let after = blocks.len().checked_sub(1).map(|before| import.block(before));
            let candidates =
                block.iter().map(|(id, new)| Candidate::enrolled(id.clone(), new.clone(), session, &import.by, import.at, request.clone()));
            let candidates = candidates.collect();
            blocks.push(self.enrol(session.clone(), candidates, import.at, &request, &import.said, after.as_ref()).await?);
        }
        Ok(())
    }

    /// Takes blocks out of an open session again, the last one first, so that the rest is always a beginning that a retry
    /// goes on from.
    async fn take_back(&self, number: &SessionNumber, import: &Import, mut blocks: Vec<Vec<Candidate>>) -> Result<()> {
        while let Some(block) = blocks.pop() {
            self.take_back_block(number, import, blocks.len(), block).await?;
        }
        Ok(())
    }

    /// Takes a block out, and the note that it was enrolled, where it is the last one: but for candidates to whom something
    /// has happened since.
    async fn take_back_block(&self, number: &SessionNumber, import: &Import, n: usize, mut block: Vec<Candidate>) -> Result<()> {
        let request = import.block(n);
        block.retain(|candidate| candidate.history.len() == 1);
        for _ in 0..ROUNDS {
            let mut session = Edit::default();
            session.only_if(|edit| edit.equals("status", SessionStatus::Open));
            for later in [&import.block(n + 1), &import.request] {
                session.only_if(|edit| edit.lacks_entry("requests", later.as_str()));
            }
            session.remove_from("requests", request.as_str());
            let count = session.name("candidateCount");
            let gone = session.value(u32::try_from(block.len()).unwrap_or(u32::MAX));
            session.compute("candidateCount", &format!("{count} - {gone}"));
            let mut actions = vec![Self::updating(&self.sessions, session_key(number), &session)?];
            for candidate in &block {
                actions.push(Self::deleting(&self.sessions, candidate_key(number, &candidate.id), &untouched(&request))?);
            }
            let Some(reasons) = self.transact(actions).await? else { return Ok(()) };
            let mut unmet = reasons.iter().map(is_unmet);
            if unmet.next().unwrap_or_default() {
                return Err(Error::Changed);
            }
            block.retain(|_| !unmet.next().unwrap_or_default());
        }
        Err(Error::Busy("candidates kept changing".to_owned()))
    }
}

/// Made only of a candidate whom this request enrolled, and whose history is as it was then.
fn untouched(request: &RequestId) -> Edit {
    let mut edit = Edit::default();
    edit.only_if(|edit| format!("contains({}, {})", edit.name("requests"), edit.value(request.as_str())));
    edit.only_if(|edit| format!("size({}) = {}", edit.name("history"), edit.value(1_u32)));
    edit.only_if(|edit| edit.missing("closed"));
    edit
}
