//! Writes DynamoDB expressions without tripping over reserved words or unused placeholders.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use std::collections::HashMap;

/// The names and values that one request's expressions refer to.
#[derive(Debug, Default)]
pub(super) struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    /// A placeholder for this attribute.
    pub(super) fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{attribute}");
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
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

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
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

/// The key of an item of the `sessions` table.
pub(super) fn key(session: &str, sort: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("session".to_owned(), session.into_value()), ("sk".to_owned(), sort.into_value())])
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
