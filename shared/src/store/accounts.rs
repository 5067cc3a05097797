//! Accounts, and the short-lived counters of wrong session passwords, one per account and session.

use super::{
    Error, Result, Store, Written,
    candidates::ROUNDS,
    edit::Edit,
    error::is_unmet,
    items::{
        Item, account_key, confirmations_key, is_at, letter_key, proctor_key, read, session_expires_at, session_key, tries_key, write,
    },
    lockout::{self, Counter},
};
use crate::domain::{
    account::{Account, Email, RETENTION_SECONDS, UNUSED_SECONDS},
    device::{DeviceId, MAX_DEVICES},
    letter::Purpose,
    name::PersonName,
    refusal::Refusal,
    request::RequestId,
    session::{Session, SessionNumber, SessionProctor, SessionStatus},
};
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, TransactWriteItem};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::millisecond};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// How long a counter of wrong tries is kept after its first: longer than any block.
const TRIES_KEPT_SECONDS: i64 = 24 * 3600;

/// For how long a sign-up's retry is known as one: its answer tells whether the password is the account's, and is counted
/// nowhere.
const RETRIES_LAST: SignedDuration = SignedDuration::from_mins(10);

/// What creating an account came to.
#[derive(Debug)]
pub enum SignUp {
    Created,
    /// The address has an account.
    Taken(Box<Account>),
    /// The address has an account, and this same request made it.
    Repeated(Box<Account>),
}

/// What is known of an e-mail address before its password is checked.
#[derive(Debug)]
pub struct Login {
    email: String,
    /// Absent for an address without an account.
    pub account: Option<Account>,
    /// Where the login comes from, if the account knows it.
    device: Option<DeviceId>,
    /// The attributes of the devices that give way to a new one.
    outdated: Vec<String>,
}

/// A device that an account knows. Beside this stands its counter of wrong passwords.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    #[serde(with = "millisecond::required")]
    used_at: Timestamp,
}

/// Devices that one login drops at most: 4 KB of an expression hold some 60 of their names.
const DROPPED_AT_ONCE: usize = 20;

/// How the attributes of an account's devices begin.
const DEVICE: &str = "device_";

fn attribute_of(device: &DeviceId) -> String {
    format!("{DEVICE}{}", device.hash())
}

/// The attributes of an account's devices but for those used last, among which a new one has its place; of many, which
/// logins at once leave, as many as an expression of DynamoDB's takes.
fn outdated_devices(item: &Item) -> Result<Vec<String>> {
    let devices = item.iter().filter(|(name, _)| name.starts_with(DEVICE));
    let devices = devices.map(|(name, value)| {
        let device: Device = serde_dynamo::from_attribute_value(value.clone()).map_err(Error::internal)?;
        Ok((device.used_at, name.clone()))
    });
    let mut devices = devices.collect::<Result<Vec<_>>>()?;
    devices.sort_unstable_by(|a, b| b.cmp(a));
    Ok(devices.into_iter().skip(MAX_DEVICES - 1).take(DROPPED_AT_ONCE).map(|(_, name)| name).collect())
}

/// An account whose password is asked for once more.
#[derive(Debug)]
pub struct Confirming {
    pub account: Account,
    locked: SignedDuration,
}

impl Confirming {
    /// # Errors
    /// Locked, after too many wrong ones: then none is looked at, so that no time tells whether it is right.
    pub fn check_unlocked(&self) -> Result<()> {
        if self.locked.is_positive() { Err(Error::Locked(self.locked)) } else { Ok(()) }
    }
}

/// Makes a write depend on the account being the one whose password was read.
fn as_confirmed(account: &Account) -> Edit {
    let mut edit = Edit::default();
    edit.only_if(|edit| edit.equals("id", account.id.as_str()));
    edit.only_if(|edit| edit.equals("passwordHash", account.password_hash.as_str()));
    edit
}

/// Replaces the password that was read: logins of before end at their next renewal.
pub(super) fn replacing_password(account: &Account, hash: &str) -> Edit {
    let mut edit = as_confirmed(account);
    edit.set("passwordHash", hash);
    edit.set("passwordIssue", account.password_issue + 1);
    edit
}

/// The attributes of an account's devices, as many as an expression of DynamoDB's takes.
pub(super) fn devices_of(item: &Item) -> Vec<String> {
    item.keys().filter(|name| name.starts_with(DEVICE)).take(DROPPED_AT_ONCE).cloned().collect()
}

/// An address somebody tried to log in with has an item of counters only until it has an account.
pub(super) fn read_account(item: Item) -> Result<Option<Account>> {
    if item.contains_key("id") { read(item).map(Some) } else { Ok(None) }
}

impl Store {
    /// Creates an account unless its address has one. It is kept for a month, and from the first login on for longer.
    ///
    /// # Errors
    /// Busy.
    pub async fn create_account(&self, account: &Account, request: &RequestId) -> Result<SignUp> {
        let expires_at = account.created_at.as_second() + UNUSED_SECONDS;
        let mut item = write(account, account_key(&account.email.canonical()), expires_at)?;
        let request = AttributeValue::S(request.as_str().to_owned());
        item.insert("createdByRequest".to_owned(), request.clone());
        let Some(item) = self.create(&self.accounts, item, "id").await? else { return Ok(SignUp::Created) };
        let same_request = item.get("createdByRequest") == Some(&request);
        let known: Box<Account> = Box::new(read(item)?);
        let is_retry = same_request && account.created_at.duration_since(known.created_at) < RETRIES_LAST;
        Ok(if is_retry { SignUp::Repeated(known) } else { SignUp::Taken(known) })
    }

    /// Reads the account of this address, if it is still the one of this id.
    ///
    /// # Errors
    /// Busy.
    pub async fn account(&self, email: &Email, id: &str) -> Result<Option<Account>> {
        Ok(self.account_of(email).await?.filter(|account| account.id == id))
    }

    /// Reads the account of an address.
    ///
    /// # Errors
    /// Busy.
    pub async fn account_of(&self, email: &Email) -> Result<Option<Account>> {
        let item = self.get(&self.accounts, account_key(&email.canonical())).await?;
        item.map(read_account).transpose().map(Option::flatten)
    }

    /// Looks an address up for a login. A device that its account does not know is none.
    ///
    /// # Errors
    /// Locked after wrong passwords from that device, or without one from anywhere; busy.
    pub async fn begin_login(&self, email: &Email, device: Option<DeviceId>, now: Timestamp) -> Result<Login> {
        let email = email.canonical();
        let item = self.get(&self.accounts, account_key(&email)).await?.unwrap_or_default();
        let known = device.map(|device| (attribute_of(&device), device)).filter(|(attribute, _)| item.contains_key(attribute));
        let counter = known.as_ref().map_or(Counter::Own, |(attribute, _)| Counter::Of(attribute));
        let locked = counter.read(&item)?.remaining(now);
        if locked.is_positive() {
            return Err(Error::Locked(locked));
        }
        let outdated = outdated_devices(&item)?;
        Ok(Login { email, account: read_account(item)?, device: known.map(|(_, device)| device), outdated })
    }

    /// Settles a login whose password was right: forgets the wrong ones that were counted with it, and keeps the account
    /// for another 5 years. Returns the device that it came from, or a new one that the account knows from now on.
    ///
    /// # Errors
    /// Locked, when wrong passwords came in at the same time; busy.
    pub async fn accept_login(&self, login: &Login, now: Timestamp) -> Result<DeviceId> {
        let device = match &login.device {
            Some(device) => device.clone(),
            None => DeviceId::draw().map_err(|_| Error::internal("no randomness"))?,
        };
        let attribute = attribute_of(&device);
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("id", login.account.as_ref().map_or("", |account| &account.id)));
        let counter = if login.device.is_some() {
            // Those from elsewhere stay: whoever goes on guessing there gains nothing by this login.
            let counter = Counter::Of(&attribute);
            edit.only_if(|edit| edit.exists(&attribute));
            lockout::unlocked(&mut edit, counter, now);
            counter
        } else {
            lockout::reset(&mut edit, now);
            edit.remove(&login.outdated.iter().map(String::as_str).collect::<Vec<_>>());
            Counter::Own
        };
        let used: AttributeValue = serde_dynamo::to_attribute_value(Device { used_at: now }).map_err(Error::internal)?;
        edit.set(&attribute, used);
        edit.set("lastAccessAt", now);
        edit.set("expiresAt", now.as_second() + RETENTION_SECONDS);
        self.settle(account_key(&login.email), &edit, counter, None, now).await?;
        Ok(device)
    }

    /// Settles a login whose password was wrong or whose address has no account: counts it.
    ///
    /// # Errors
    /// Locked, when others were counted at the same time; busy.
    pub async fn reject_login(&self, login: &Login, now: Timestamp) -> Result<()> {
        let attribute = login.device.as_ref().map(attribute_of);
        let counter = attribute.as_deref().map_or(Counter::Own, Counter::Of);
        self.count_try(account_key(&login.email), counter, now).await
    }

    /// Reads an account whose holder is asked for the password once more.
    ///
    /// # Errors
    /// Busy.
    pub async fn confirming(&self, email: &Email, id: &str, now: Timestamp) -> Result<Option<Confirming>> {
        let [of_account, of_tries] = [account_key(&email.canonical()), confirmations_key(id)];
        let (mut account, mut locked) = (None, SignedDuration::ZERO);
        for item in self.read_together([(&self.accounts, vec![of_account, of_tries.clone()])]).await? {
            if is_at(&item, &of_tries) {
                locked = Counter::Own.read(&item)?.remaining(now);
            } else {
                account = read_account(item)?.filter(|account| account.id == id);
            }
        }
        Ok(account.map(|account| Confirming { account, locked }))
    }

    /// Settles a wrong password where a login asks once more for it: counts it.
    ///
    /// # Errors
    /// Locked; busy.
    pub async fn reject_confirmation(&self, account: &str, now: Timestamp) -> Result<()> {
        self.count_try(confirmations_key(account), Counter::Own, now).await
    }

    /// Settles a right one with nothing else: forgets the wrong ones.
    ///
    /// # Errors
    /// Locked; busy.
    pub async fn forget_wrong_passwords(&self, account: &Account, now: Timestamp) -> Result<()> {
        self.settle_confirmation(vec![], account, now).await
    }

    /// Replaces a password whose owner has just shown it: ends all logins of before.
    ///
    /// # Errors
    /// Locked; `invalid_credentials`, when it was replaced or the account erased meanwhile; busy.
    pub async fn change_password(&self, account: Account, hash: String, now: Timestamp) -> Result<Account> {
        let edit = replacing_password(&account, &hash);
        let update = Self::updating(&self.accounts, account_key(&account.email.canonical()), &edit)?;
        self.settle_confirmation(vec![update], &account, now).await?;
        Ok(Account { password_hash: hash, password_issue: account.password_issue + 1, ..account })
    }

    /// Erases an account whose owner has just shown its password; its centre loses a member, even if it is the last.
    ///
    /// # Errors
    /// Locked; `invalid_credentials`, when it was replaced meanwhile; busy.
    pub async fn delete_account(&self, mut account: Account, now: Timestamp) -> Result<()> {
        for _ in 0..ROUNDS {
            let mut as_read = as_confirmed(&account);
            as_read.only_if(|edit| match &account.centre {
                Some(own) => edit.equals("centre.id", own.id.as_str()),
                None => edit.missing("centre"),
            });
            let mut actions = vec![Self::deleting(&self.accounts, account_key(&account.email.canonical()), &as_read)?];
            for purpose in [Purpose::Password, Purpose::Proof] {
                actions.push(Self::deleting(&self.accounts, letter_key(purpose, None, &account.email), &Edit::default())?);
            }
            if let Some(own) = &account.centre {
                let centre = self.own_centre(&own.id).await?;
                actions.push(self.changing(&centre, &centre.clone().without(&account.id, now))?);
            }
            let Some(reasons) = self.try_confirmed(actions, &account, now).await? else { return Ok(()) };
            if let Some(of_account) = reasons.into_iter().next().filter(is_unmet) {
                let known = of_account.item.map(read_account).transpose()?.flatten().filter(|known| known.id == account.id);
                // The same request sent twice, which the other one has carried out.
                let Some(known) = known else { return Ok(()) };
                if known.password_hash != account.password_hash {
                    return Err(Refusal::InvalidCredentials.into());
                }
                account = known;
            }
        }
        Err(Error::Busy("an account or its centre kept changing".to_owned()))
    }

    /// Does this, which depends on a right password, and forgets wrong ones.
    async fn settle_confirmation(&self, actions: Vec<TransactWriteItem>, account: &Account, now: Timestamp) -> Result<()> {
        match self.try_confirmed(actions, account, now).await? {
            None => Ok(()),
            Some(_) => Err(Refusal::InvalidCredentials.into()),
        }
    }

    /// The same; returns what kept one of the actions from going through.
    async fn try_confirmed(
        &self,
        mut actions: Vec<TransactWriteItem>,
        account: &Account,
        now: Timestamp,
    ) -> Result<Option<Vec<CancellationReason>>> {
        let mut forget = Edit::default();
        lockout::unlocked(&mut forget, Counter::Own, now);
        actions.push(Self::deleting(&self.accounts, confirmations_key(&account.id), &forget)?);
        let Some(mut reasons) = self.transact(actions).await? else { return Ok(None) };
        match reasons.pop().filter(is_unmet).and_then(|reason| reason.item) {
            Some(tries) => Err(Error::Locked(Counter::Own.read(&tries)?.remaining(now))),
            None => Ok(Some(reasons)),
        }
    }

    /// Corrects names, first and last; returns the account, if there is one of this address and id.
    ///
    /// # Errors
    /// Busy.
    pub async fn rename(&self, email: &Email, id: &str, [first, last]: [Option<&PersonName>; 2]) -> Result<Option<Account>> {
        let mut edit = Edit::default();
        edit.only_if(|edit| edit.equals("id", id));
        for (attribute, name) in [("firstName", first), ("lastName", last)] {
            if let Some(name) = name {
                edit.set(attribute, name.as_str());
            } else {
                let as_it_is = edit.name(attribute);
                edit.compute(attribute, &as_it_is);
            }
        }
        match self.update(&self.accounts, account_key(&email.canonical()), &edit).await? {
            Written::Done(item) => read(item).map(Some),
            Written::Unmet(_) => Ok(None),
        }
    }

    /// Settles a right session password: forgets wrong ones, and notes who proctors, unless the session is over.
    ///
    /// # Errors
    /// Locked, `session_finalised`; busy.
    pub async fn accept_session_password(&self, session: &Session, proctor: &SessionProctor) -> Result<()> {
        if session.status == SessionStatus::Open {
            let mut open = Edit::default();
            open.only_if(|edit| edit.equals("status", SessionStatus::Open));
            // Nobody is noted whom the record that is being sealed would lack.
            let open = Self::checking(&self.sessions, session_key(&session.number), &open)?;
            let unmet = self.settle_session_password(session, proctor, vec![open, self.noting(session, proctor)?]).await?;
            if !unmet {
                return Ok(());
            }
        }
        self.settle_session_password(session, proctor, vec![]).await?;
        Err(Refusal::SessionFinalised.into())
    }

    /// Does this too, unless a condition of it is not met, which is returned.
    async fn settle_session_password(&self, session: &Session, proctor: &SessionProctor, also: Vec<TransactWriteItem>) -> Result<bool> {
        let mut forget = Edit::default();
        lockout::unlocked(&mut forget, Counter::Own, proctor.since);
        let forget = Self::deleting(&self.accounts, tries_key(&session.number, &proctor.account), &forget)?;
        let actions = std::iter::once(forget).chain(also).collect();
        let Some(reasons) = self.transact(actions).await? else { return Ok(false) };
        match reasons.into_iter().next().filter(is_unmet) {
            Some(tries) => Err(Error::Locked(Counter::Own.read(&tries.item.unwrap_or_default())?.remaining(proctor.since))),
            None => Ok(true),
        }
    }

    fn noting(&self, session: &Session, proctor: &SessionProctor) -> Result<TransactWriteItem> {
        let mut edit = Edit::default();
        edit.set("account", proctor.account.as_str());
        edit.set("firstName", proctor.first_name.as_str());
        edit.set("lastName", proctor.last_name.as_str());
        edit.set("expiresAt", session_expires_at(session.window, proctor.since));
        let (since, now) = (edit.name("since"), edit.value(proctor.since));
        edit.compute("since", &format!("if_not_exists({since}, {now})"));
        Self::updating(&self.sessions, proctor_key(&session.number, &proctor.account), &edit)
    }

    /// Settles a wrong session password: counts it.
    ///
    /// # Errors
    /// Locked; busy.
    pub async fn reject_session_password(&self, session: &SessionNumber, account: &str, now: Timestamp) -> Result<()> {
        self.count_try(tries_key(session, account), Counter::Own, now).await
    }

    async fn count_try(&self, key: Item, counter: Counter<'_>, now: Timestamp) -> Result<()> {
        let try_id = Ulid::generate().to_string();
        let mut edit = Edit::default();
        if let Counter::Of(attribute) = counter {
            edit.only_if(|edit| edit.exists(attribute));
        }
        lockout::count(&mut edit, counter, &try_id, now);
        let (expires_at, kept_until) = (edit.name("expiresAt"), edit.value(now.as_second() + TRIES_KEPT_SECONDS));
        edit.compute("expiresAt", &format!("if_not_exists({expires_at}, {kept_until})"));
        self.settle(key, &edit, counter, Some(&try_id), now).await
    }

    async fn settle(&self, key: Item, edit: &Edit, counter: Counter<'_>, try_id: Option<&str>, now: Timestamp) -> Result<()> {
        match self.update(&self.accounts, key, edit).await? {
            Written::Done(_) => Ok(()),
            Written::Unmet(item) => {
                let tries = counter.read(&item.unwrap_or_default())?;
                if try_id.is_some_and(|id| tries.has_counted(id)) { Ok(()) } else { Err(Error::Locked(tries.remaining(now))) }
            }
        }
    }
}
