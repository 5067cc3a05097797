//! Centres: organisers who see and change the same sessions, such as those of a school.

use super::{account::Email, name::Label, refusal::Refusal, request::RequestId};
use jiff::{Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ulid::Ulid;

/// Keeps all its members within one request to DynamoDB.
pub const MAX_MEMBERS: usize = 100;

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
    /// The requests that removed somebody last, the oldest first.
    removals: Vec<RequestId>,
    /// How often it changed.
    pub revision: u32,
}

impl Centre {
    /// A centre without anybody.
    pub const fn new(id: CentreId, name: Label, created_at: Timestamp) -> Self {
        Self { id, name, created_at, members: BTreeMap::new(), removals: vec![], revision: 0 }
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

    /// With one more member.
    ///
    /// # Errors
    /// `centre_full`.
    pub fn with(mut self, account: &str, email: &Email) -> Result<Self, Refusal> {
        self.members.insert(account.to_owned(), email.clone());
        self.revision += 1;
        if self.members.len() > MAX_MEMBERS { Err(Refusal::CentreFull) } else { Ok(self) }
    }

    /// Without this member, even if it was the last.
    #[must_use]
    pub fn without(mut self, account: &str) -> Self {
        self.members.remove(account);
        self.revision += 1;
        self
    }

    /// The centre after one member removed another, or themselves; `None` when this request did so before.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `last_member`; `key_reused` when who was removed by this request is a member again.
    pub fn removing(&self, account: &str, by: &str, request: &RequestId) -> Result<Option<Self>, Refusal> {
        if self.removals.contains(request) {
            return if self.members.contains_key(account) { Err(Refusal::KeyReused) } else { Ok(None) };
        }
        self.check_members(by, account)?;
        if self.members.len() == 1 {
            return Err(Refusal::LastMember);
        }
        let mut after = self.clone().without(account);
        after.removals.push(request.clone());
        if after.removals.len() > REMOVALS_KEPT {
            after.removals.remove(0);
        }
        Ok(Some(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centre(members: &[&str]) -> Centre {
        let empty = Centre::new(Ulid::nil().into(), Label::parse("Collège").unwrap(), Timestamp::UNIX_EPOCH);
        members.iter().fold(empty, |centre, member| centre.with(member, &email(member)).unwrap())
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
        assert_eq!(full.clone().with("b", &email("b")).map(drop), Err(Refusal::CentreFull));
        assert!(full.with("a0", &email("a0")).is_ok(), "is one of them");
    }

    #[test]
    fn one_removes_another_or_themselves_but_not_the_last() {
        let both = centre(&["a", "b"]);
        for (account, by, left) in [("b", "a", "a"), ("a", "a", "b")] {
            let after = both.removing(account, by, &request("1")).unwrap().unwrap();
            assert_eq!(after.members.keys().collect::<Vec<_>>(), [left]);
            assert!(after.revision > both.revision);
        }
        assert_eq!(both.removing("a", "c", &request("1")), Err(Refusal::Forbidden));
        assert_eq!(both.removing("c", "a", &request("1")), Err(Refusal::NotFound));
        assert_eq!(centre(&["a"]).removing("a", "a", &request("1")), Err(Refusal::LastMember));
    }

    #[test]
    fn a_removal_is_known_again_and_removes_nobody_twice() {
        let after = centre(&["a", "b"]).removing("b", "a", &request("1")).unwrap().unwrap();
        assert_eq!(after.removing("b", "a", &request("1")), Ok(None));
        assert_eq!(after.removing("b", "a", &request("2")), Err(Refusal::NotFound));
        let back = after.with("b", &email("b")).unwrap();
        assert_eq!(back.removing("b", "a", &request("1")), Err(Refusal::KeyReused));
        let gone = back.removing("a", "a", &request("3")).unwrap().unwrap();
        assert_eq!(gone.removing("a", "a", &request("3")), Ok(None), "also when they removed themselves");
    }

    #[test]
    fn only_the_latest_removals_are_kept() {
        let mut one = centre(&["a"]);
        for n in 0..REMOVALS_KEPT + 5 {
            let two = one.with("b", &email("b")).unwrap();
            one = two.removing("b", "a", &request(&n.to_string())).unwrap().unwrap();
        }
        assert_eq!(one.removals.len(), REMOVALS_KEPT);
        assert_eq!(one.removing("b", "a", &request(&(REMOVALS_KEPT + 4).to_string())), Ok(None));
    }
}
