//! Centres: organisers who see and change the same sessions, such as those of a school.

use super::{account::Email, name::Label, refusal::Refusal, request::RequestId};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ulid::Ulid;

/// Keeps all its members, those invited included, within one request to DynamoDB.
pub const MAX_MEMBERS: usize = 100;

/// For how long an invitation is good.
pub const INVITATIONS_LAST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Removals whose retries are known.
const REMOVALS_KEPT: usize = 20;

/// Names a centre: two of one name are two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CentreId(String);

impl CentreId {
    /// `None` when no centre can have this id.
    pub fn parse(text: &str) -> Option<Self> {
        Ulid::from_string(text).is_ok().then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Ulid> for CentreId {
    fn from(id: Ulid) -> Self {
        Self(id.to_string())
    }
}

/// The centre that an account is an organiser of, as it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCentre {
    pub id: CentreId,
    pub name: Label,
}

/// Names an invitation: two of one address are two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationId(String);

impl InvitationId {
    fn new() -> Self {
        Self(Ulid::generate().to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// That an address was invited: what opens it is a link that names the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invited {
    id: InvitationId,
    /// The account of the member who invited it last.
    by: String,
    #[serde(with = "millisecond::required")]
    until: Timestamp,
}

/// A centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Centre {
    pub id: CentreId,
    pub name: Label,
    #[serde(with = "millisecond::required")]
    pub created_at: Timestamp,
    /// By account: its address.
    pub members: BTreeMap<String, Email>,
    /// By canonical address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    invitations: BTreeMap<String, Invited>,
    /// The requests that removed somebody or withdrew an invitation last, the oldest first.
    removals: Vec<RequestId>,
    /// How often it changed.
    pub revision: u32,
}

impl Centre {
    /// A centre without anybody.
    pub const fn new(id: CentreId, name: Label, created_at: Timestamp) -> Self {
        Self { id, name, created_at, members: BTreeMap::new(), invitations: BTreeMap::new(), removals: vec![], revision: 0 }
    }

    /// What an account says that is an organiser of it.
    pub fn as_own(&self) -> OwnCentre {
        OwnCentre { id: self.id.clone(), name: self.name.clone() }
    }

    /// # Errors
    /// `forbidden`.
    pub fn check_member(&self, account: &str) -> Result<(), Refusal> {
        if self.members.contains_key(account) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// Whether there are these two, of whom one may want to remove the other, or themselves.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub fn check_members(&self, by: &str, account: &str) -> Result<(), Refusal> {
        self.check_member(by)?;
        self.check_member(account).map_err(|_| Refusal::NotFound)
    }

    /// With one more member, who need not be invited any more. Who had the address before them is gone.
    ///
    /// # Errors
    /// `centre_full`.
    pub fn with(mut self, account: &str, email: &Email, now: Timestamp) -> Result<Self, Refusal> {
        self.members.retain(|_, known| known.canonical() != email.canonical());
        self.members.insert(account.to_owned(), email.clone());
        self.invitations.remove(&email.canonical());
        self.changed(now).check_size()
    }

    /// After a member invited this address, and which invitation that is: the same as before while that is good.
    ///
    /// # Errors
    /// `forbidden`, `centre_full`.
    pub fn inviting(mut self, email: &Email, by: &str, now: Timestamp) -> Result<(Self, InvitationId), Refusal> {
        self.check_member(by)?;
        let known = self.invitations.remove(&email.canonical()).filter(|invited| now < invited.until);
        let id = known.map_or_else(InvitationId::new, |invited| invited.id);
        self.invitations.insert(email.canonical(), Invited { id: id.clone(), by: by.to_owned(), until: now + INVITATIONS_LAST });
        Ok((self.changed(now).check_size()?, id))
    }

    /// Whom it invites by now, and until when; by address.
    pub fn invited(&self, now: Timestamp) -> impl Iterator<Item = (&str, Timestamp)> {
        self.invitations.iter().map(|(email, invited)| (email.as_str(), invited.until)).filter(move |(_, until)| now < *until)
    }

    /// The centre after a member withdrew the invitation of this address; `None` where there is none, or this request did so
    /// before.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn withdrawing(&self, email: &Email, by: &str, request: &RequestId, now: Timestamp) -> Result<Option<Self>, Refusal> {
        self.check_member(by)?;
        let mut after = self.clone();
        if self.removals.contains(request) || after.invitations.remove(&email.canonical()).is_none() {
            return Ok(None);
        }
        Ok(Some(after.changed(now).noting(request)))
    }

    /// Whether this invitation of that address is good.
    ///
    /// # Errors
    /// `invalid_link`.
    pub fn check_invited(&self, email: &Email, id: &InvitationId, now: Timestamp) -> Result<(), Refusal> {
        let invited = self.invitations.get(&email.canonical());
        if invited.is_some_and(|invited| invited.id == *id && now < invited.until) { Ok(()) } else { Err(Refusal::InvalidLink) }
    }

    /// Forgets invitations that nobody can accept any more.
    fn changed(mut self, now: Timestamp) -> Self {
        self.invitations.retain(|_, invited| now < invited.until);
        self.revision += 1;
        self
    }

    fn check_size(self) -> Result<Self, Refusal> {
        if self.members.len() + self.invitations.len() > MAX_MEMBERS { Err(Refusal::CentreFull) } else { Ok(self) }
    }

    /// Without this member, even if it was the last, nor any invitation to them or by them.
    #[must_use]
    pub fn without(mut self, account: &str, now: Timestamp) -> Self {
        if let Some(email) = self.members.remove(account) {
            self.invitations.retain(|address, invited| *address != email.canonical() && invited.by != account);
        }
        self.changed(now)
    }

    /// The centre after one member removed another, or themselves; `None` when this request did so before.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `last_member`; `key_reused` when who was removed by this request is a member again.
    pub fn removing(&self, account: &str, by: &str, request: &RequestId, now: Timestamp) -> Result<Option<Self>, Refusal> {
        if self.removals.contains(request) {
            return if self.members.contains_key(account) { Err(Refusal::KeyReused) } else { Ok(None) };
        }
        self.check_members(by, account)?;
        if self.members.len() == 1 {
            return Err(Refusal::LastMember);
        }
        Ok(Some(self.clone().without(account, now).noting(request)))
    }

    /// Remembers a request, so that a retry finds it done.
    fn noting(mut self, request: &RequestId) -> Self {
        self.removals.push(request.clone());
        if self.removals.len() > REMOVALS_KEPT {
            self.removals.remove(0);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centre(members: &[&str]) -> Centre {
        let empty = Centre::new(Ulid::nil().into(), Label::parse("Collège").unwrap(), Timestamp::UNIX_EPOCH);
        members.iter().fold(empty, |centre, member| centre.with(member, &email(member), Timestamp::UNIX_EPOCH).unwrap())
    }

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.org")).unwrap()
    }

    fn request(key: &str) -> RequestId {
        RequestId::of(key, &[])
    }

    #[test]
    fn ids() {
        assert!(CentreId::parse("01JZ8K2M3N4P5Q6R7S8T9V0W1X").is_some());
        for bad in ["", "x", "01JZ8K2M3N4P5Q6R7S8T9V0W1", "01JZ8K2M3N4P5Q6R7S8T9V0W1é"] {
            assert!(CentreId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn there_is_an_end_to_members() {
        let names: Vec<_> = (0..MAX_MEMBERS).map(|n| format!("a{n}")).collect();
        let full = centre(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(full.clone().with("b", &email("b"), Timestamp::UNIX_EPOCH).map(drop), Err(Refusal::CentreFull));
        assert!(full.with("a0", &email("a0"), Timestamp::UNIX_EPOCH).is_ok(), "is one of them");
    }

    #[test]
    fn an_invitation_stays_the_same_while_it_is_good_and_takes_a_place() {
        let (start, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + INVITATIONS_LAST);
        let (invited, id) = centre(&["a"]).inviting(&email("b"), "a", start).unwrap();
        assert_eq!(invited.check_invited(&email("B"), &id, start), Ok(()));
        for (whom, id, at) in [("b", &id, later), ("c", &id, start), ("b", &InvitationId::new(), start)] {
            assert_eq!(invited.check_invited(&email(whom), id, at), Err(Refusal::InvalidLink));
        }
        let (again, same) = invited.clone().inviting(&email("B"), "a", start).unwrap();
        assert!(same == id && again.revision > invited.revision);
        let (after, other) = invited.clone().inviting(&email("b"), "a", later).unwrap();
        assert!(other != id && after.invitations.len() == 1);
        assert_eq!(invited.clone().inviting(&email("c"), "b", start).map(drop), Err(Refusal::Forbidden));

        let names: Vec<_> = (0..MAX_MEMBERS - 1).map(|n| format!("a{n}")).collect();
        let (full, _) = centre(&names.iter().map(String::as_str).collect::<Vec<_>>()).inviting(&email("b"), "a0", start).unwrap();
        assert_eq!(full.clone().inviting(&email("c"), "a0", start).map(drop), Err(Refusal::CentreFull));
        assert_eq!(full.clone().with("c", &email("c"), start).map(drop), Err(Refusal::CentreFull));
        assert!(full.clone().inviting(&email("c"), "a0", later).is_ok(), "nobody waits for it any more");
        assert!(full.with("b", &email("b"), start).unwrap().invitations.is_empty());
    }

    #[test]
    fn whoever_is_removed_is_invited_no_more_nor_is_anybody_by_them() {
        let start = Timestamp::UNIX_EPOCH;
        let (invited, of_b) = centre(&["a", "b"]).inviting(&email("b"), "a", start).unwrap();
        let (invited, of_c) = invited.inviting(&email("c"), "a", start).unwrap();
        let (invited, of_d) = invited.inviting(&email("d"), "b", start).unwrap();
        let after = invited.removing("b", "a", &request("1"), start).unwrap().unwrap();
        for (whom, id, good) in [("b", of_b, Err(Refusal::InvalidLink)), ("c", of_c, Ok(())), ("d", of_d, Err(Refusal::InvalidLink))] {
            assert_eq!(after.check_invited(&email(whom), &id, start), good, "{whom}");
        }
    }

    #[test]
    fn an_invitation_is_withdrawn_once_by_each_request_and_by_members_alone() {
        let start = Timestamp::UNIX_EPOCH;
        let invite = |centre: Centre| centre.inviting(&email("b"), "a", start).unwrap();
        let (invited, id) = invite(centre(&["a"]));
        assert_eq!(invited.invited(start).collect::<Vec<_>>(), [("b@example.org", start + INVITATIONS_LAST)]);
        assert_eq!(invited.invited(start + INVITATIONS_LAST).count(), 0);
        let withdraw = |from: &Centre, by: &str, key: &str| from.withdrawing(&email("B"), by, &request(key), start);
        assert_eq!(withdraw(&invited, "b", "1"), Err(Refusal::Forbidden));
        let after = withdraw(&invited, "a", "1").unwrap().unwrap();
        assert!(after.check_invited(&email("b"), &id, start).is_err() && after.revision > invited.revision);
        assert_eq!(withdraw(&after, "a", "2"), Ok(None), "there is none");
        let (again, _) = invite(after);
        assert_eq!(withdraw(&again, "a", "1"), Ok(None), "that request has done it");
        assert!(withdraw(&again, "a", "2").unwrap().is_some());
    }

    #[test]
    fn one_removes_another_or_themselves_but_not_the_last() {
        let both = centre(&["a", "b"]);
        for (account, by, left) in [("b", "a", "a"), ("a", "a", "b")] {
            let after = both.removing(account, by, &request("1"), Timestamp::UNIX_EPOCH).unwrap().unwrap();
            assert_eq!(after.members.keys().collect::<Vec<_>>(), [left]);
            assert!(after.revision > both.revision);
        }
        assert_eq!(both.removing("a", "c", &request("1"), Timestamp::UNIX_EPOCH), Err(Refusal::Forbidden));
        assert_eq!(both.removing("c", "a", &request("1"), Timestamp::UNIX_EPOCH), Err(Refusal::NotFound));
        assert_eq!(centre(&["a"]).removing("a", "a", &request("1"), Timestamp::UNIX_EPOCH), Err(Refusal::LastMember));
    }

    #[test]
    fn a_removal_is_known_again_and_removes_nobody_twice() {
        let after = centre(&["a", "b"]).removing("b", "a", &request("1"), Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!(after.removing("b", "a", &request("1"), Timestamp::UNIX_EPOCH), Ok(None));
        assert_eq!(after.removing("b", "a", &request("2"), Timestamp::UNIX_EPOCH), Err(Refusal::NotFound));
        let back = after.with("b", &email("b"), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(back.removing("b", "a", &request("1"), Timestamp::UNIX_EPOCH), Err(Refusal::KeyReused));
        let gone = back.removing("a", "a", &request("3"), Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!(gone.removing("a", "a", &request("3"), Timestamp::UNIX_EPOCH), Ok(None), "also when they removed themselves");
    }

    #[test]
    fn only_the_latest_removals_are_kept() {
        let mut one = centre(&["a"]);
        for n in 0..REMOVALS_KEPT + 5 {
            let two = one.with("b", &email("b"), Timestamp::UNIX_EPOCH).unwrap();
            one = two.removing("b", "a", &request(&n.to_string()), Timestamp::UNIX_EPOCH).unwrap().unwrap();
        }
        assert_eq!(one.removals.len(), REMOVALS_KEPT);
        assert_eq!(one.removing("b", "a", &request(&(REMOVALS_KEPT + 4).to_string()), Timestamp::UNIX_EPOCH), Ok(None));
    }
}
