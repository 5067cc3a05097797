//! Centres and their members. An account says which centre is its own, a centre who its members are: both change in one
//! transaction, which depends on the centre being as it was read.

use super::{
    Error, Result, Store,
    accounts::read_account,
    candidates::ROUNDS,
    edit::Edit,
    error::is_unmet,
    items::{account_key, centre_key, read},
    transition::attribute,
};
use crate::domain::{
    account::{Account, Email},
    centre::{Centre, CentreId},
    request::RequestId,
};
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

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
    pub async fn add_organiser(&self, mut centre: Centre, account: &Account) -> Result<Centre> {
        for _ in 0..ROUNDS {
            let after = centre.clone().with(&account.id, &account.email)?;
            let mut join = Edit::default();
            join.only_if(|edit| edit.equals("id", account.id.as_str()));
            join.only_if(|edit| edit.missing("centre"));
            join.set("centre", attribute(after.as_own()));
            let join = Self::updating(&self.accounts, account_key(&account.email.canonical()), &join)?;
            match self.transact(vec![self.changing(&centre, &after)?, join]).await?.as_deref() {
                None => return Ok(after),
                Some([of_centre, of_account]) if !is_unmet(of_account) => centre = as_it_is(of_centre)?,
                Some(_) => return Err(Error::Busy("the account changed meanwhile".to_owned())),
            }
        }
        Err(kept_changing())
    }

    /// Takes the organiser's role and the membership from an account, even if it is the last of its centre.
    ///
    /// # Errors
    /// Busy, also when the account changed meanwhile.
    pub async fn revoke_organiser(&self, account: &Account, id: &CentreId) -> Result<()> {
        let mut centre = self.own_centre(id).await?;
        for _ in 0..ROUNDS {
            let leave = self.leaving(id, &account.id, &account.email)?;
            let after = centre.clone().without(&account.id);
            match self.transact(vec![self.changing(&centre, &after)?, leave]).await?.as_deref() {
                None => return Ok(()),
                Some([of_centre, of_account]) if !is_unmet(of_account) => centre = as_it_is(of_centre)?,
                Some(_) => return Err(Error::Busy("the account changed meanwhile".to_owned())),
            }
        }
        Err(kept_changing())
    }

    /// Removes a member from their centre, as it was read, for another one or for themselves. A retry of the same request
    /// finds it done.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `last_member`, `key_reused`; busy.
    pub async fn remove_organiser(&self, mut centre: Centre, account: &str, by: &str, request: &RequestId) -> Result<()> {
        let mut is_gone = false;
        for _ in 0..ROUNDS {
            let Some(after) = centre.removing(account, by, request)? else { return Ok(()) };
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
        let mut edit = Edit::default();
        if before.revision == 0 {
            edit.only_if(|edit| edit.missing("pk"));
            edit.set_all(after)?;
        } else {
            edit.only_if(|edit| edit.equals("revision", before.revision));
            edit.set_changed(before, after)?;
        }
        Self::updating(&self.accounts, centre_key(&before.id), &edit)
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

/// The centre that kept a transaction from going through.
fn as_it_is(reason: &CancellationReason) -> Result<Centre> {
    read(reason.item.clone().ok_or_else(|| Error::internal("a centre is missing"))?)
}

fn kept_changing() -> Error {
    Error::Busy("a centre kept changing".to_owned())
}
