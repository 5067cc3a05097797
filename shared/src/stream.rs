//! What Lambda gives a function of a table's stream, and what it is told by one.

use serde::{Deserialize, Serialize};

/// Records of a stream, of which only the keys are read: what else stands in an item stays where it is.
#[derive(Debug, Deserialize)]
pub struct Changes<K> {
    #[serde(rename = "Records")]
    pub records: Vec<Record<K>>,
}

#[derive(Debug, Deserialize)]
pub struct Record<K> {
    pub dynamodb: Change<K>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Change<K> {
    pub keys: K,
    pub sequence_number: String,
}

/// A key that is a text.
#[derive(Debug, Deserialize)]
pub struct Text {
    #[serde(rename = "S")]
    pub text: String,
}

/// What Lambda is to give again: everything from the first of these on.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Failed {
    /// The record that has this sequence number.
    pub fn add(&mut self, sequence_number: String) {
        self.batch_item_failures.push(Failure { item_identifier: sequence_number });
    }

    /// Where it was first.
    pub fn first(&self) -> Option<&String> {
        self.batch_item_failures.first().map(|failure| &failure.item_identifier)
    }

    pub fn is_empty(&self) -> bool {
        self.batch_item_failures.is_empty()
    }
}
