//! DynamoDB: one file per kind of record, one function per access pattern.

mod accounts;
mod candidacies;
mod candidates;
mod carry;
mod centres;
mod client;
mod edit;
mod error;
mod here;
mod identities;
mod import;
mod incidents;
mod items;
mod letters;
mod lockout;
mod mending;
mod passes;
mod past;
mod record;
mod records;
mod reopening;
mod sessions;
mod told;
mod transition;

pub use accounts::{Confirming, Login, SignUp};
pub use client::{BEHAVIOR, client, warm_up};
pub use error::{Error, Result};
pub use import::{Created, Import};
pub use items::announced_at;
pub use letters::Opened;
pub use mending::{Leaked, Mending};
pub use past::Past;
pub use records::{ARCHIVED_SECONDS, Record, archived};
pub use reopening::NotReopened;
pub use sessions::{Cursor, Page, Room};
pub use told::{Departure, Subject, subject};

use crate::domain::session::SessionNumber;
use aws_sdk_dynamodb::{
    Client,
    operation::query::builders::QueryFluentBuilder,
    types::{CancellationReason, ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};
use edit::{Edit, IntoValue};
use error::{canceled, unmet};
use items::Item;

/// The tables, reached through one client.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    accounts: String,
    sessions: String,
}

/// What a conditional write came to.
enum Written {
    /// The item after it.
    Done(Item),
    /// The condition did not hold; the item as it is, if there is one.
    Unmet(Option<Item>),
}

impl Store {
    pub const fn new(client: Client, accounts: String, sessions: String) -> Self {
        Self { client, accounts, sessions }
    }

    async fn get(&self, table: &str, key: Item) -> Result<Option<Item>> {
        let call = self.client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
        Ok(call.send().await.map_err(|error| Error::from_sdk(&error))?.item)
    }

    /// Asks for what a session has in its table, as it is now, where `#session = :session` and whatever else this condition says.
    fn query(&self, session: &SessionNumber, condition: &str) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.sessions).consistent_read(true).key_condition_expression(condition);
        let query = query.expression_attribute_names("#session", "session");
        query.expression_attribute_values(":session", session.as_str().into_value())
    }

    /// [`Store::query`] of the items whose sort keys begin so.
    fn query_beginning(&self, session: &SessionNumber, sort: &str) -> QueryFluentBuilder {
        let query = self.query(session, "#session = :session AND begins_with(sk, :sk)");
        query.expression_attribute_values(":sk", sort.into_value())
    }

    /// Writes an item, unless there is one that has this attribute: that one is returned then.
    async fn create(&self, table: &str, item: Item, absent: &str) -> Result<Option<Item>> {
        let call = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#absent)")
            .expression_attribute_names("#absent", absent)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(None),
            Err(error) => Ok(Some(unmet(&error)?.unwrap_or_default())),
        }
    }

    /// Edits an item, if its condition holds. It asks for the whole item also where nobody looks at it, which costs no unit.
    async fn update(&self, table: &str, key: Item, edit: &Edit) -> Result<Written> {
        let call = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(edit.update_expression())
            .set_condition_expression(edit.condition_expression())
            .set_expression_attribute_names(edit.names())
            .set_expression_attribute_values(edit.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(answer) => Ok(Written::Done(answer.attributes.unwrap_or_default())),
            Err(error) => Ok(Written::Unmet(unmet(&error)?)),
        }
    }

    /// Writes all of this or nothing; returns why each action did not go through, when a condition was not met.
    async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<Option<Vec<CancellationReason>>> {
        canceled(self.client.transact_write_items().set_transact_items(Some(actions)).send().await)
    }

    /// [`Store::update`] as a part of a transaction.
    fn updating(table: &str, key: Item, edit: &Edit) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(edit.update_expression())
            .set_condition_expression(edit.condition_expression())
            .set_expression_attribute_names(edit.names())
            .set_expression_attribute_values(edit.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        Ok(TransactWriteItem::builder().update(update.map_err(Error::internal)?).build())
    }

    /// Goes on with a transaction only where the condition of this edit holds for an item.
    fn checking(table: &str, key: Item, edit: &Edit) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(key))
            .set_condition_expression(edit.condition_expression())
            .set_expression_attribute_names(edit.names())
            .set_expression_attribute_values(edit.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        Ok(TransactWriteItem::builder().condition_check(check.map_err(Error::internal)?).build())
    }

    /// Deletes an item, if the condition of this edit holds for it, as a part of a transaction.
    fn deleting(table: &str, key: Item, edit: &Edit) -> Result<TransactWriteItem> {
        let delete = Delete::builder()
            .table_name(table)
            .set_key(Some(key))
            .set_condition_expression(edit.condition_expression())
            .set_expression_attribute_names(edit.names())
            .set_expression_attribute_values(edit.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        Ok(TransactWriteItem::builder().delete(delete.map_err(Error::internal)?).build())
    }

    /// Writes an item of the `sessions` table, in place of any other, as a part of a transaction.
    fn putting(&self, item: Item) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&self.sessions).set_item(Some(item)).build();
        Ok(TransactWriteItem::builder().put(put.map_err(Error::internal)?).build())
    }

    /// Writes an item of the `sessions` table that does not exist yet, as a part of a transaction.
    fn creating(&self, item: Item) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.sessions)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(sk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        Ok(TransactWriteItem::builder().put(put.map_err(Error::internal)?).build())
    }
}
