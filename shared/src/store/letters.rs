//! Letters that somebody asked for, which the accounts' stream brings to whoever sends them, and what their links open.

use super::{
    Error, Result, Store, Written,
    accounts::{devices_of, read_account, replacing_password},
    edit::{Edit, any},
    items::{Item, account_key, confirmations_key, letter_key, link_key, partition, read, write},
    lockout::COUNTER,
};
use crate::domain::{
    account::{Account, Email},
    letter::{Invitation, LETTERS_APART, Letter, Link, LinkToken, Opens, Purpose},
    refusal::Refusal,
};
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;

/// How long a letter's item, and that of a link which is no longer good, is kept: a day.
const KEPT_SECONDS: i64 = 24 * 3600;

/// A link that is good, and the account that it opens.
#[derive(Debug)]
pub struct Opened {
    key: Item,
    pub account: Account,
    /// The attributes of its devices.
    devices: Vec<String>,
}

impl Store {
    /// Asks for a letter, unless the same was asked for a moment ago. The same work whether or not anybody has the address.
    ///
    /// # Errors
    /// Busy.
    pub async fn ask_for(&self, letter: &Letter) -> Result<()> {
        let mut edit = Edit::default();
        edit.only_if(|edit| {
            let asked = edit.name("askedAt");
            any([edit.missing("askedAt"), format!("{asked} <= {}", edit.value(letter.asked_at - LETTERS_APART))])
        });
        edit.set_all(letter)?;
        edit.set("expiresAt", letter.asked_at.as_second() + KEPT_SECONDS);
        let from = letter.invitation.as_ref().map(|invitation| &invitation.centre.id);
        let key = letter_key(letter.purpose, from, &letter.email);
        let (Written::Done(_) | Written::Unmet(_)) = self.update(&self.accounts, key, &edit).await?;
        Ok(())
    }

    /// Reads the letter of this key, if it is one's.
    ///
    /// # Errors
    /// Busy.
    pub async fn letter(&self, pk: &str) -> Result<Option<Letter>> {
        self.get(&self.accounts, partition(pk)).await?.map(read).transpose()
    }

    /// Makes the link of a letter, if there is anybody to write to: an account of this address, which is not proved yet where
    /// that is what the letter is for; who is invited need not have one yet. It goes to the address as the account has it:
    /// another that is the same but for the case of its letters may be somebody else's.
    ///
    /// # Errors
    /// Busy.
    pub async fn draw_link(&self, letter: &Letter, now: Timestamp) -> Result<Option<(Email, LinkToken)>> {
        let account = self.account_of(&letter.email).await?;
        let email = account.as_ref().map_or(&letter.email, |account| &account.email).clone();
        let opens = if let Some(Invitation { id, centre }) = &letter.invitation {
            Opens::Centre { centre: centre.id.clone(), invitation: id.clone() }
        } else if let Some(account) = account.filter(|account| letter.purpose != Purpose::Proof || account.email_proved_at.is_none()) {
            Opens::Account { account: account.id, password_issue: account.password_issue }
        } else {
            return Ok(None);
        };
        let token = LinkToken::draw().map_err(|_| Error::internal("no randomness"))?;
        let link = Link { purpose: letter.purpose, email: email.clone(), opens, valid_until: now + letter.purpose.lasts() };
        let item = write(&link, link_key(&token), link.valid_until.as_second() + KEPT_SECONDS)?;
        self.create(&self.accounts, item, "pk").await?;
        Ok(Some((email, token)))
    }

    /// Looks a link up that somebody shows.
    ///
    /// # Errors
    /// `invalid_link`: unknown, used, expired, for something else, or of an account that has another password now, or is gone;
    /// busy.
    pub async fn open_link(&self, purpose: Purpose, token: &LinkToken, now: Timestamp) -> Result<Opened> {
        let key = link_key(token);
        let link = self.link(purpose, token, now).await?;
        let Opens::Account { account: id, password_issue } = link.opens else { return Err(Refusal::InvalidLink.into()) };
        let item = self.get(&self.accounts, account_key(&link.email.canonical())).await?.unwrap_or_default();
        let devices = devices_of(&item);
        let account = read_account(item)?.filter(|account| account.id == id).ok_or(Refusal::InvalidLink)?;
        if purpose == Purpose::Password && account.password_issue != password_issue {
            return Err(Refusal::InvalidLink.into());
        }
        Ok(Opened { key, account, devices })
    }

    /// Reads a link that is good.
    pub(super) async fn link(&self, purpose: Purpose, token: &LinkToken, now: Timestamp) -> Result<Link> {
        let link: Option<Link> = self.get(&self.accounts, link_key(token)).await?.map(read).transpose()?;
        Ok(link.filter(|link| link.purpose == purpose && now < link.valid_until).ok_or(Refusal::InvalidLink)?)
    }

    /// Replaces a password by who reads the address's mail: forgets devices and wrong tries, and ends all logins of before.
    ///
    /// # Errors
    /// `invalid_link`, when it was used or the password replaced meanwhile; busy.
    pub async fn reset_password(&self, link: &Opened, hash: &str, now: Timestamp) -> Result<()> {
        let mut edit = replacing_password(&link.account, hash);
        edit.remove(&COUNTER);
        edit.remove(&link.devices.iter().map(String::as_str).collect::<Vec<_>>());
        let forget = Self::deleting(&self.accounts, confirmations_key(&link.account.id), &Edit::default())?;
        self.use_link(link, edit, Some(forget), now).await
    }

    /// Notes that the address is its owner's.
    ///
    /// # Errors
    /// `invalid_link`, when it was used meanwhile; busy.
    pub async fn prove_email(&self, link: &Opened, now: Timestamp) -> Result<()> {
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("id", link.account.id.as_str()));
        self.use_link(link, edit, None, now).await
    }

    /// Any link that is used proves the address.
    async fn use_link(&self, link: &Opened, mut edit: Edit, also: Option<TransactWriteItem>, now: Timestamp) -> Result<()> {
        prove(&mut edit, now);
        let mut once = Edit::default();
        once.only_if(|edit| edit.exists("pk"));
        let spend = Self::deleting(&self.accounts, link.key.clone(), &once)?;
        let update = Self::updating(&self.accounts, account_key(&link.account.email.canonical()), &edit)?;
        match self.transact([spend, update].into_iter().chain(also).collect()).await? {
            None => Ok(()),
            Some(_) => Err(Refusal::InvalidLink.into()),
        }
    }
}

/// Notes that an account's address is its owner's, unless that is known.
pub(super) fn prove(edit: &mut Edit, now: Timestamp) {
    let (proved, now) = (edit.name("emailProvedAt"), edit.value(now));
    edit.compute("emailProvedAt", &format!("if_not_exists({proved}, {now})"));
}
