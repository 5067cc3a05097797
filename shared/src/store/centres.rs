//! Centres and their members. An account says which centre is its own, a centre who its members are: both change in one
//! transaction, which depends on the centre being as it was read.

use super::{
    Error, Result, Store, Written,
    accounts::read_account,
    candidates::ROUNDS,
    edit::Edit,
    error::is_unmet,
    items::{account_key, centre_key, read},
    letters::prove,
    transition::attribute,
};
use crate::domain::{
    account::{Account, Email},
    centre::{Centre, CentreId},
    letter::{Invitation, LinkToken, Opens, Purpose},
    refusal::Refusal,
    request::RequestId,
};
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};
use jiff::Timestamp;

impl Store {
    /// Reads a centre.
    ///
    /// # Errors
    /// Busy.
    pub async fn centre(&self, id: &CentreId) -> Result<Option<Centre>> {
        self.get(&self.accounts, centre_key(id)).await?.map(read).transpose()
    }

    /// Reads the centre that an account names as its own.
    pub(super) async fn own_centre(&self, id: &CentreId) -> Result<Centre> {
        self.centre(id).await?.ok_or_else(|| Error::internal("an account's centre is missing"))
    }

    /// Reads the accounts of a centre's members, of those who still have one.
    ///
    /// # Errors
    /// Busy.
    pub async fn members(&self, centre: &Centre) -> Result<Vec<Account>> {
        let keys = centre.members.values().map(|email| account_key(&email.canonical())).collect();
        let items = self.read_together([(&self.accounts, keys)]).await?;
        let accounts = items.into_iter().filter_map(|item| read_account(item).transpose()).collect::<Result<Vec<_>>>()?;
        // Somebody else may have signed up with the address since.
        Ok(accounts.into_iter().filter(|account| centre.members.contains_key(&account.id)).collect())
    }

    /// Makes an account without a centre an organiser of this one, as it was read, or a new one.
    ///
    /// # Errors
    /// `centre_full`; busy, also when the account changed meanwhile.
    pub async fn add_organiser(&self, mut centre: Centre, account: &Account, now: Timestamp) -> Result<Centre> {
        for _ in 0..ROUNDS {
            let after = centre.clone().with(&account.id, &account.email, now)?;
            let join = joining(&after, account);
            let join = Self::updating(&self.accounts, account_key(&account.email.canonical()), &join)?;
            match self.change_centre_and_account(&centre, &after, join).await? {
                None => return Ok(after),
                Some(as_it_is) => centre = as_it_is,
            }
        }
        Err(kept_changing())
    }

    /// Notes in a centre, as it was read, that one of its members invited this address; returns which invitation that is.
    ///
    /// # Errors
    /// `forbidden`, `centre_full`; busy.
    pub async fn invite(&self, mut centre: Centre, email: &Email, by: &str, now: Timestamp) -> Result<Invitation> {
        for _ in 0..ROUNDS {
            let (after, id) = centre.clone().inviting(email, by, now)?;
            match self.change_centre(&centre, &after).await? {
                None => return Ok(Invitation { id, centre: after.as_own() }),
                Some(as_it_is) => centre = as_it_is,
            }
        }
        Err(kept_changing())
    }

    /// Withdraws the invitation of this address from a centre, as it was read, if there is one. A retry of the same request finds
    /// it done.
    ///
    /// # Errors
    /// `forbidden`; busy.
    pub async fn withdraw_invitation(
        &self,
        mut centre: Centre,
        email: &Email,
        by: &str,
        request: &RequestId,
        now: Timestamp,
    ) -> Result<()> {
        for _ in 0..ROUNDS {
            let Some(after) = centre.withdrawing(email, by, request, now)? else { return Ok(()) };
            match self.change_centre(&centre, &after).await? {
                None => return Ok(()),
                Some(as_it_is) => centre = as_it_is,
            }
        }
        Err(kept_changing())
    }

    /// Returns the centre as it is where it is not as it was read any more, and changes nothing.
    async fn change_centre(&self, before: &Centre, after: &Centre) -> Result<Option<Centre>> {
        match self.update(&self.accounts, centre_key(&before.id), &changes(before, after)?).await? {
            Written::Done(_) => Ok(None),
            Written::Unmet(item) => read(item.ok_or_else(|| Error::internal("a centre is missing"))?).map(Some),
        }
    }

    /// The same together with an account of which the centre is, or was; busy where that is not as it was read.
    async fn change_centre_and_account(&self, before: &Centre, after: &Centre, account: TransactWriteItem) -> Result<Option<Centre>> {
        match self.transact(vec![self.changing(before, after)?, account]).await?.as_deref() {
            None => Ok(None),
            Some([of_centre, of_account]) if !is_unmet(of_account) => as_it_is(of_centre).map(Some),
            Some(_) => Err(account_changed()),
        }
    }

    /// Makes an account an organiser of the centre that the link invites it to, which proves its address; returns the account
    /// as it is then. Whoever is one already stays one: they may have lost the answer.
    ///
    /// # Errors
    /// `invalid_link`: unknown, expired, for something else or for another address, or the invitation was accepted or voided;
    /// `other_centre`; busy, also when the account changed meanwhile.
    pub async fn accept_invitation(&self, account: Account, token: &LinkToken, now: Timestamp) -> Result<Account> {
        let link = self.link(Purpose::Invitation, token, now).await?;
        let Opens::Centre { centre: id, invitation } = link.opens else { return Err(Refusal::InvalidLink.into()) };
        // Not `canonical`: what is the same but for other letters' case may be somebody else's mailbox.
        if !link.email.as_str().eq_ignore_ascii_case(account.email.as_str()) {
            return Err(Refusal::InvalidLink.into());
        }
        let mut centre = self.centre(&id).await?.ok_or(Refusal::InvalidLink)?;
        for _ in 0..ROUNDS {
            if centre.members.contains_key(&account.id) {
                return self.proved(Account { centre: Some(centre.as_own()), ..account }, now).await;
            }
            centre.check_invited(&account.email, &invitation, now)?;
            if account.centre.is_some() {
                return Err(Refusal::OtherCentre.into());
            }
            let after = centre.clone().with(&account.id, &account.email, now)?;
            let mut join = joining(&after, &account);
            prove(&mut join, now);
            let join = Self::updating(&self.accounts, account_key(&account.email.canonical()), &join)?;
            match self.change_centre_and_account(&centre, &after, join).await? {
                None => {
                    let email_proved_at = account.email_proved_at.or(Some(now));
                    return Ok(Account { centre: Some(after.as_own()), email_proved_at, ..account });
                }
                Some(as_it_is) => centre = as_it_is,
            }
        }
        Err(kept_changing())
    }

    /// The account, whose address is its owner's.
    async fn proved(&self, account: Account, now: Timestamp) -> Result<Account> {
        if account.email_proved_at.is_some() {
            return Ok(account);
        }
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("id", account.id.as_str()));
        prove(&mut edit, now);
        match self.update(&self.accounts, account_key(&account.email.canonical()), &edit).await? {
            Written::Done(_) => Ok(Account { email_proved_at: Some(now), ..account }),
            Written::Unmet(_) => Err(account_changed()),
        }
    }

    /// Takes the organiser's role and the membership from an account, even if it is the last of its centre.
    ///
    /// # Errors
    /// Busy, also when the account changed meanwhile.
    pub async fn revoke_organiser(&self, account: &Account, id: &CentreId, now: Timestamp) -> Result<()> {
        let mut centre = self.own_centre(id).await?;
        for _ in 0..ROUNDS {
            let leave = self.leaving(id, &account.id, &account.email)?;
            let after = centre.clone().without(&account.id, now);
            match self.change_centre_and_account(&centre, &after, leave).await? {
                None => return Ok(()),
                Some(as_it_is) => centre = as_it_is,
            }
        }
        Err(kept_changing())
    }

    /// Removes a member from their centre, as it was read, for another one or for themselves. A retry of the same request
    /// finds it done.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `last_member`, `key_reused`; busy.
    pub async fn remove_organiser(&self, mut centre: Centre, account: &str, by: &str, request: &RequestId, now: Timestamp) -> Result<()> {
        let mut is_gone = false;
        for _ in 0..ROUNDS {
            let Some(after) = centre.removing(account, by, request, now)? else { return Ok(()) };
            let mut actions = vec![self.changing(&centre, &after)?];
            if let Some(email) = centre.members.get(account).filter(|_| !is_gone) {
                actions.push(self.leaving(&centre.id, account, email)?);
            }
            let Some(reasons) = self.transact(actions).await? else { return Ok(()) };
            // An account that was deleted meanwhile has nothing to lose.
            is_gone |= reasons.get(1).is_some_and(is_unmet);
            if let Some(of_centre) = reasons.first().filter(|reason| is_unmet(reason)) {
                centre = as_it_is(of_centre)?;
            }
        }
        Err(kept_changing())
    }

    /// Changes a centre that is still as it was read, or writes a new one.
    pub(super) fn changing(&self, before: &Centre, after: &Centre) -> Result<TransactWriteItem> {
        Self::updating(&self.accounts, centre_key(&before.id), &changes(before, after)?)
    }

    /// Takes an account's centre from it, if it is this one.
    fn leaving(&self, centre: &CentreId, account: &str, email: &Email) -> Result<TransactWriteItem> {
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("id", account));
        edit.only_if(|edit| edit.equals("centre.id", centre.as_str()));
        edit.remove(&["centre"]);
        Self::updating(&self.accounts, account_key(&email.canonical()), &edit)
    }
}

fn changes(before: &Centre, after: &Centre) -> Result<Edit> {
    let mut edit = Edit::default();
    if before.revision == 0 {
        edit.only_if(|edit| edit.missing("pk"));
        edit.set_all(after)?;
    } else {
        edit.only_if(|edit| edit.equals("revision", before.revision));
        edit.set_changed(before, after)?;
    }
    Ok(edit)
}

/// Gives this centre to an account that has none.
fn joining(centre: &Centre, account: &Account) -> Edit {
    let mut edit = Edit::default();
    edit.only_if(|edit| edit.equals("id", account.id.as_str()));
    edit.only_if(|edit| edit.missing("centre"));
    edit.set("centre", attribute(centre.as_own()));
    edit
}

/// The centre that kept a transaction from going through.
fn as_it_is(reason: &CancellationReason) -> Result<Centre> {
    read(reason.item.clone().ok_or_else(|| Error::internal("a centre is missing"))?)
}

fn account_changed() -> Error {
    Error::Busy("the account changed meanwhile".to_owned())
}

fn kept_changing() -> Error {
    Error::Busy("a centre kept changing".to_owned())
}
