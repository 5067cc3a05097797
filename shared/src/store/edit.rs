//! Writes DynamoDB's expressions without tripping over reserved words or unused placeholders.

use super::{Error, Result, items::Item};
use crate::domain::{session::SessionStatus, state_table::Status};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// What a write changes of one item, and on which condition.
#[derive(Debug, Default)]
pub(super) struct Edit {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    conditions: Vec<String>,
}

impl Edit {
    /// A placeholder for this attribute, or for an attribute's member, such as `devices.tries`.
    pub(super) fn name(&mut self, path: &str) -> String {
        let steps = path.split('.').map(|attribute| {
            let placeholder = format!("#{attribute}");
            self.names.insert(placeholder.clone(), attribute.to_owned());
            placeholder
        });
        steps.collect::<Vec<_>>().join(".")
    }

    /// A placeholder for this value.
    pub(super) fn value(&mut self, value: impl IntoValue) -> String {
        let value = value.into_value();
        if let Some((placeholder, _)) = self.values.iter().find(|(_, known)| **known == value) {
            return placeholder.clone();
        }
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    pub(super) fn equals(&mut self, attribute: &str, value: impl IntoValue) -> String {
        format!("{} = {}", self.name(attribute), self.value(value))
    }

    pub(super) fn exists(&mut self, attribute: &str) -> String {
        format!("attribute_exists({})", self.name(attribute))
    }

    pub(super) fn missing(&mut self, attribute: &str) -> String {
        format!("attribute_not_exists({})", self.name(attribute))
    }

    /// Makes the write depend on this condition, beside those before.
    pub(super) fn only_if(&mut self, condition: impl FnOnce(&mut Self) -> String) {
        let condition = condition(self);
        self.conditions.push(condition);
    }

    pub(super) fn set(&mut self, attribute: &str, value: impl IntoValue) {
        let assignment = self.equals(attribute, value);
        self.set.push(assignment);
    }

    /// Sets all attributes of a record.
    ///
    /// # Errors
    /// A record that is no item.
    pub(super) fn set_all(&mut self, record: impl Serialize) -> Result<()> {
        for (attribute, value) in item(record)? {
            self.set(&attribute, value);
        }
        Ok(())
    }

    /// Sets an attribute to what a formula of placeholders comes to.
    pub(super) fn compute(&mut self, attribute: &str, formula: &str) {
        let assignment = format!("{} = {formula}", self.name(attribute));
        self.set.push(assignment);
    }

    /// A placeholder for an entry of a map.
    fn entry(&mut self, map: &str, key: &str) -> String {
        let entry = format!("#entry{}", self.names.len());
        self.names.insert(entry.clone(), key.to_owned());
        format!("{}.{entry}", self.name(map))
    }

    pub(super) fn has_entry(&mut self, map: &str, key: &str) -> String {
        format!("attribute_exists({})", self.entry(map, key))
    }

    pub(super) fn lacks_entry(&mut self, map: &str, key: &str) -> String {
        format!("attribute_not_exists({})", self.entry(map, key))
    }

    /// Puts an entry into a map, and makes the write depend on the map having none of this key.
    pub(super) fn insert(&mut self, map: &str, key: &str, value: impl IntoValue) {
        let (entry, value) = (self.entry(map, key), self.value(value));
        self.conditions.push(format!("attribute_not_exists({entry})"));
        self.set.push(format!("{entry} = {value}"));
    }

    /// Sets what one record has otherwise than another.
    ///
    /// # Errors
    /// A record that is no item.
    pub(super) fn set_changed<T: Serialize>(&mut self, before: &T, after: &T) -> Result<()> {
        let [mut before, after]: [Item; 2] = [item(before)?, item(after)?];
        for (attribute, value) in after {
            if before.remove(&attribute).as_ref() != Some(&value) {
                self.set(&attribute, value);
            }
        }
        for attribute in before.keys() {
            self.remove(&[attribute]);
        }
        Ok(())
    }

    /// Takes an entry out of a map.
    pub(super) fn remove_from(&mut self, map: &str, key: &str) {
        let entry = self.entry(map, key);
        self.remove.push(entry);
    }

    pub(super) fn remove(&mut self, attributes: &[&str]) {
        for attribute in attributes {
            let name = self.name(attribute);
            self.remove.push(name);
        }
    }

    /// Adds a text to a set of texts.
    pub(super) fn add(&mut self, attribute: &str, text: &str) {
        let addition = format!("{} {}", self.name(attribute), self.value(AttributeValue::Ss(vec![text.to_owned()])));
        self.add.push(addition);
    }

    pub(super) fn update_expression(&self) -> String {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add)];
        let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(clause, parts)| format!("{clause} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn condition_expression(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| all(self.conditions.iter().cloned()))
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

fn item(record: impl Serialize) -> Result<Item> {
    serde_dynamo::to_item(record).map_err(Error::internal)
}

/// All of these conditions.
pub(super) fn all(conditions: impl IntoIterator<Item = String>) -> String {
    join(conditions, " AND ")
}

/// At least one of these conditions.
pub(super) fn any(conditions: impl IntoIterator<Item = String>) -> String {
    join(conditions, " OR ")
}

/// DynamoDB refuses redundant parentheses, so only compound parts of several get them.
fn join(conditions: impl IntoIterator<Item = String>, operator: &str) -> String {
    let parts: Vec<_> = conditions.into_iter().collect();
    if let [part] = parts.as_slice() {
        return part.clone();
    }
    let is_compound = |part: &String| part.contains(" AND ") || part.contains(" OR ");
    parts.into_iter().map(|part| if is_compound(&part) { format!("({part})") } else { part }).collect::<Vec<_>>().join(operator)
}

/// What can stand in an item.
pub(super) trait IntoValue {
    fn into_value(self) -> AttributeValue;
}

impl IntoValue for AttributeValue {
    fn into_value(self) -> AttributeValue {
        self
    }
}

impl IntoValue for &str {
    fn into_value(self) -> AttributeValue {
        AttributeValue::S(self.to_owned())
    }
}

impl IntoValue for i64 {
    fn into_value(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl IntoValue for u32 {
    fn into_value(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl IntoValue for usize {
    fn into_value(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl IntoValue for bool {
    fn into_value(self) -> AttributeValue {
        AttributeValue::Bool(self)
    }
}

/// As milliseconds since 1970, so that conditions can compare them.
impl IntoValue for Timestamp {
    fn into_value(self) -> AttributeValue {
        self.as_millisecond().into_value()
    }
}

impl IntoValue for Status {
    fn into_value(self) -> AttributeValue {
        self.name().into_value()
    }
}

impl IntoValue for SessionStatus {
    fn into_value(self) -> AttributeValue {
        self.name().into_value()
    }
}
