//! Counts what reaches DynamoDB: every attempt, by operation, with the capacity it consumed and the
//! rights it takes.

use aws_sdk_dynamodb::{
    Client,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        delete_item::{DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
            },
            dyn_dispatch_hint,
        },
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

/// What was asked of DynamoDB since the last look.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Reading {
    /// One operation name per attempt.
    pub requests: Vec<String>,
    /// Capacity units, where DynamoDB told them (it does not for failed conditions).
    pub units: f64,
    /// What IAM is asked for. A transaction needs what each of its members does.
    pub rights: BTreeSet<Right>,
}

/// What IAM decides on: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Such as `UpdateItem`.
    pub action: &'static str,
    /// A table or `table/index/name`.
    pub resource: String,
    /// The partition of the item (`dynamodb:LeadingKeys`), where it is one item.
    pub partition: Option<String>,
    /// What a request about one item names (`dynamodb:Attributes`): its key, what is put, what its expressions are about.
    pub attributes: BTreeSet<String>,
}

type Item = HashMap<String, AttributeValue>;
type Names = HashMap<String, String>;

impl Right {
    fn on(action: &'static str, resource: impl Into<String>) -> Self {
        Self { action, resource: resource.into(), partition: None, attributes: BTreeSet::new() }
    }

    /// On an item of this key, or this item, by a request with these names in its expressions.
    fn on_item(action: &'static str, table: &str, item: &Item, names: Option<&Names>) -> Self {
        let partition = item.get("pk").or_else(|| item.get("session")).and_then(|value| value.as_s().ok()).cloned();
        let attributes = item.keys().chain(names.into_iter().flat_map(HashMap::values)).cloned().collect();
        Self { partition, attributes, ..Self::on(action, table) }
    }
}

/// Shared with the interceptor of a client.
#[derive(Debug, Default, Clone)]
pub struct Meter(Arc<Mutex<Reading>>);

impl Meter {
    /// The same client, metered.
    pub fn on(&self, client: &Client) -> Client {
        Client::from_conf(client.config().to_builder().interceptor(self.clone()).build())
    }

    /// What was counted since the last call.
    pub fn take(&self) -> Reading {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        let total = Some(ReturnConsumedCapacity::Total);
        let mut rights = vec![];
        if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
            input.return_consumed_capacity = total;
            rights.push(Right::on_item(
                "UpdateItem",
                input.table_name().unwrap(),
                input.key().unwrap(),
                input.expression_attribute_names(),
            ));
        } else if let Some(input) = input.downcast_mut::<QueryInput>() {
            input.return_consumed_capacity = total;
            let (table, index) = (input.table_name().unwrap(), input.index_name());
            rights.push(Right::on("Query", index.map_or_else(|| table.to_owned(), |index| format!("{table}/index/{index}"))));
        } else if let Some(input) = input.downcast_mut::<GetItemInput>() {
            input.return_consumed_capacity = total;
            rights.push(Right::on_item("GetItem", input.table_name().unwrap(), input.key().unwrap(), None));
        } else if let Some(input) = input.downcast_mut::<BatchGetItemInput>() {
            input.return_consumed_capacity = total;
            for (table, keys) in input.request_items().unwrap() {
                rights.extend(keys.keys().iter().map(|key| Right::on_item("BatchGetItem", table, key, None)));
            }
        } else if let Some(input) = input.downcast_mut::<PutItemInput>() {
            input.return_consumed_capacity = total;
            rights.push(Right::on_item("PutItem", input.table_name().unwrap(), input.item().unwrap(), input.expression_attribute_names()));
        } else if let Some(input) = input.downcast_mut::<DeleteItemInput>() {
            input.return_consumed_capacity = total;
            rights.push(Right::on_item(
                "DeleteItem",
                input.table_name().unwrap(),
                input.key().unwrap(),
                input.expression_attribute_names(),
            ));
        } else if let Some(input) = input.downcast_mut::<TransactWriteItemsInput>() {
            input.return_consumed_capacity = total;
            for item in input.transact_items() {
                rights.extend(
                    item.put().map(|put| Right::on_item("PutItem", put.table_name(), put.item(), put.expression_attribute_names())),
                );
                rights
                    .extend(item.update().map(|update| {
                        Right::on_item("UpdateItem", update.table_name(), update.key(), update.expression_attribute_names())
                    }));
                rights
                    .extend(item.delete().map(|delete| {
                        Right::on_item("DeleteItem", delete.table_name(), delete.key(), delete.expression_attribute_names())
                    }));
                rights.extend(item.condition_check().map(|check| {
                    Right::on_item("ConditionCheckItem", check.table_name(), check.key(), check.expression_attribute_names())
                }));
            }
        } else {
            return Err("the meter does not know this operation".into());
        }
        self.0.lock().unwrap().rights.extend(rights);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = bag.load::<Metadata>().map_or_else(String::new, |metadata| metadata.name().to_owned());
        self.0.lock().unwrap().requests.push(operation);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let one = |capacity: Option<&ConsumedCapacity>| capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        let several = |capacity: &[ConsumedCapacity]| capacity.iter().filter_map(ConsumedCapacity::capacity_units).sum();
        let units: f64 = if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            one(output.consumed_capacity())
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            one(output.consumed_capacity())
        } else if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            one(output.consumed_capacity())
        } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
            one(output.consumed_capacity())
        } else if let Some(output) = output.downcast_ref::<DeleteItemOutput>() {
            one(output.consumed_capacity())
        } else if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
            several(output.consumed_capacity())
        } else if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
            several(output.consumed_capacity())
        } else {
            0.0
        };
        self.0.lock().unwrap().units += units;
        Ok(())
    }
}
