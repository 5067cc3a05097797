//! What Lambda is told by a function that it gives a table's stream.

use serde::Serialize;

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

    pub fn is_empty(&self) -> bool {
        self.batch_item_failures.is_empty()
    }
}
