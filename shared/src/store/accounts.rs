//! The `accounts` table: an account by its e-mail address (`account#…`), and the short-lived counters
//! of wrong session passwords, one per account and session (`tries#…`).

use super::{
    Error, Result, Store,
    candidates::unmet,
    expression::{Expression, IntoValue, all},
    lockout::{self, Tries},
};
use crate::domain::{
    account::{Account, Email, RETENTION_SECONDS, Role},
    history::RequestId,
    refusal::Refusal,
    session::SessionNumber,
};
use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use ulid::Ulid;

/// How long a counter of wrong tries is kept after its first: longer than any block.
const TRIES_KEPT_SECONDS: i64 = 24 * 3600;

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
pub struct SignIn {
    email: String,
    /// Absent for an address without an account.
    pub account: Option<Account>,
}

fn account_key(email: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), format!("account#{email}").as_str().into_value())])
}

fn tries_key(session: &SessionNumber, account: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), format!("tries#{session}#{account}").as_str().into_value())])
}

fn read<T: DeserializeOwned>(item: HashMap<String, AttributeValue>) -> Result<T> {
    serde_dynamo::from_item(item).map_err(Error::internal)
}

/// An address somebody tried to log in with has an item of counters only until it has an account.
fn read_account(item: HashMap<String, AttributeValue>) -> Result<Option<Account>> {
    if item.contains_key("id") { read(item).map(Some) } else { Ok(None) }
}

impl Store {
    /// Creates an account unless its address has one.
    ///
    /// # Errors
    /// Busy.
    pub async fn create_account(&self, account: &Account, request: &RequestId) -> Result<SignUp> {
        let item: HashMap<String, AttributeValue> = serde_dynamo::to_item(account).map_err(Error::internal)?;
        let mut e = Expression::default();
        let condition = e.missing("id");
        let call = self
            .client
            .put_item()
            .table_name(&self.accounts)
            .set_item(Some(item))
            .item("pk", format!("account#{}", account.email.canonical()).as_str().into_value())
            .item("createdByRequest", request.as_str().into_value())
            .item("expiresAt", (account.created_at.as_second() + RETENTION_SECONDS).into_value())
            .condition_expression(condition)
            .set_expression_attribute_names(e.names())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let item = match call.send().await {
            Ok(_) => return Ok(SignUp::Created),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item.clone().unwrap_or_default(),
                _ => return Err(Error::from_sdk(&error)),
            },
        };
        let repeated = item.get("createdByRequest") == Some(&request.as_str().into_value());
        let account = Box::new(read(item)?);
        Ok(if repeated { SignUp::Repeated(account) } else { SignUp::Taken(account) })
    }

    /// Looks an address up for a login.
    ///
    /// # Errors
    /// Locked after wrong passwords; busy.
    pub async fn sign_in(&self, email: &Email, now: Timestamp) -> Result<SignIn> {
        let email = email.canonical();
        let call = self.client.get_item().table_name(&self.accounts).set_key(Some(account_key(&email)));
        let item = call.consistent_read(true).send().await.map_err(|error| Error::from_sdk(&error))?.item.unwrap_or_default();
        let locked = read::<Tries>(item.clone())?.remaining(now);
        if locked.is_positive() {
            return Err(Error::Locked(locked));
        }
        Ok(SignIn { email, account: read_account(item)? })
    }

    /// Settles a login whose password was right: forgets wrong ones and notes the access.
    ///
    /// # Errors
    /// Locked, when wrong passwords came in at the same time; busy.
    pub async fn accept_sign_in(&self, sign_in: &SignIn, now: Timestamp) -> Result<()> {
        let mut e = Expression::default();
        let condition = all([e.exists("id"), lockout::unlocked(&mut e, now)]);
        let kept_until = e.equals("expiresAt", now.as_second() + RETENTION_SECONDS);
        let update = format!("SET {kept_until} {}", lockout::reset(&mut e));
        self.settle(account_key(&sign_in.email), &e, update, condition, None, now).await
    }

    /// Settles a login whose password was wrong or whose address has no account: counts it.
    ///
    /// # Errors
    /// Locked, when others were counted at the same time; busy.
    pub async fn reject_sign_in(&self, sign_in: &SignIn, now: Timestamp) -> Result<()> {
        self.count_try(account_key(&sign_in.email), now).await
    }

    /// Settles a right session password: forgets wrong ones.
    ///
    /// # Errors
    /// Locked; busy.
    pub async fn accept_session_password(&self, session: &SessionNumber, account: &str, now: Timestamp) -> Result<()> {
        let mut e = Expression::default();
        let condition = lockout::unlocked(&mut e, now);
        let call = self
            .client
            .delete_item()
            .table_name(&self.accounts)
            .set_key(Some(tries_key(session, account)))
            .condition_expression(condition)
            .set_expression_attribute_names(e.names())
            .set_expression_attribute_values(e.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
                    Err(Error::Locked(read::<Tries>(failed.item.clone().unwrap_or_default())?.remaining(now)))
                }
                _ => Err(Error::from_sdk(&error)),
            },
        }
    }

    /// Settles a wrong session password: counts it.
    ///
    /// # Errors
    /// Locked; busy.
    pub async fn reject_session_password(&self, session: &SessionNumber, account: &str, now: Timestamp) -> Result<()> {
        self.count_try(tries_key(session, account), now).await
    }

    /// Gives an account the organiser's role, from its next login on.
    ///
    /// # Errors
    /// `not_found` when the address has no account; busy.
    pub async fn grant_organiser(&self, email: &Email) -> Result<()> {
        let role: AttributeValue = serde_dynamo::to_attribute_value(vec![Role::Organiser]).map_err(Error::internal)?;
        let mut e = Expression::default();
        let update = format!("SET {}", e.equals("roles", role));
        let condition = e.exists("id");
        let call = self
            .client
            .update_item()
            .table_name(&self.accounts)
            .set_key(Some(account_key(&email.canonical())))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(e.names())
            .set_expression_attribute_values(e.values());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => unmet(error).and_then(|_| Err(Refusal::NotFound.into())),
        }
    }

    async fn count_try(&self, key: HashMap<String, AttributeValue>, now: Timestamp) -> Result<()> {
        let try_id = Ulid::generate().to_string();
        let mut e = Expression::default();
        let condition = lockout::countable(&mut e, &try_id, now);
        let count = lockout::count(&mut e, &try_id, now);
        let expires_at = e.name("expiresAt");
        let update = format!("{count}, {expires_at} = if_not_exists({expires_at}, {})", e.value(now.as_second() + TRIES_KEPT_SECONDS));
        self.settle(key, &e, update, condition, Some(&try_id), now).await
    }

    async fn settle(
        &self,
        key: HashMap<String, AttributeValue>,
        e: &Expression,
        update: String,
        condition: String,
        try_id: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let call = self
            .client
            .update_item()
            .table_name(&self.accounts)
            .set_key(Some(key))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(e.names())
            .set_expression_attribute_values(e.values())
            .return_values(ReturnValue::None)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let tries: Tries = read(unmet(error)?.unwrap_or_default())?;
                if try_id.is_some_and(|id| tries.has_counted(id)) { Ok(()) } else { Err(Error::Locked(tries.remaining(now))) }
            }
        }
    }
}
