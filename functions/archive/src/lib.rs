//! Archives what is forgotten when its time has come. Without a route: Lambda gives it what the streams of both tables say.

mod bucket;
mod image;

pub use bucket::Bucket;

use image::Image;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::{
    store::{self, Record},
    stream::Failed,
};
use std::fmt::Display;
use tracing::warn;

/// What a table's stream says.
#[derive(Deserialize)]
pub struct Changes {
    #[serde(rename = "Records")]
    pub records: Vec<Change>,
}

/// A change of an item.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    event_name: String,
    /// Who did it, where nobody asked for it.
    user_identity: Option<Identity>,
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    r#type: String,
    principal_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    /// In seconds since 1970.
    approximate_creation_date_time: f64,
    sequence_number: String,
    #[serde(default)]
    old_image: Image,
    #[serde(default)]
    new_image: Image,
}

/// An item before and after a change, in plain JSON: empty where there was none.
pub struct Versions {
    pub old: Map<String, Value>,
    pub new: Map<String, Value>,
}

/// An object of the archive.
#[derive(Debug, PartialEq)]
pub struct Object {
    pub key: String,
    /// Of JSON, each about one item.
    pub lines: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    forgotten_at: Timestamp,
    #[serde(flatten)]
    record: Record,
}

impl Change {
    /// Whether DynamoDB itself deleted this, because its time had come. What a person erases is erased.
    ///
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html>
    pub fn is_expiry(&self) -> bool {
        let by_itself = |by: &Identity| by.r#type == "Service" && by.principal_id == "dynamodb.amazonaws.com";
        self.event_name == "REMOVE" && self.user_identity.as_ref().is_some_and(by_itself)
    }

    /// About when it was made.
    pub fn at(&self) -> Timestamp {
        let since_1970 = SignedDuration::try_from_secs_f64(self.dynamodb.approximate_creation_date_time);
        since_1970.and_then(Timestamp::from_duration).unwrap_or_default()
    }

    pub fn sequence_number(&self) -> &str {
        &self.dynamodb.sequence_number
    }

    pub fn versions(self) -> Versions {
        Versions { old: self.dynamodb.old_image.plain(), new: self.dynamodb.new_image.plain() }
    }

    /// What is archived of it, if it is a record, and its sequence number.
    fn line(self) -> Option<(Line, String)> {
        let (forgotten_at, sequence_number) = (self.at(), self.sequence_number().to_owned());
        let record = store::archived(self.versions().old)?;
        Some((Line { forgotten_at, record }, sequence_number))
    }
}

/// Archives the records that were forgotten, as one object, by `write`; says from where on to try again. A batch that is
/// tried again is written over itself, since its object is named after its first record.
pub async fn archive<W, E>(changes: Changes, write: impl Fn(Object) -> W) -> Failed
where
    W: Future<Output = Result<(), E>>,
    E: Display,
{
    let forgotten: Vec<_> = changes.records.into_iter().filter(Change::is_expiry).filter_map(Change::line).collect();
    let mut failed = Failed::default();
    let Some((first, sequence_number)) = forgotten.first() else { return failed };
    let key = format!("{}/{}/{sequence_number}.jsonl", first.record.table, first.forgotten_at.strftime("%Y/%m/%d"));
    let lines = forgotten.iter().filter_map(|(line, _)| serde_json::to_string(line).ok()).map(|line| line + "\n").collect();
    if let Err(error) = write(Object { key, lines }).await {
        warn!(%error, "not archived");
        failed.add(sequence_number.clone());
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::{cell::RefCell, future::ready};

    fn expiry(number: u32, item: &Value) -> Value {
        json!({
            "eventName": "REMOVE",
            "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
            "dynamodb": {"ApproximateCreationDateTime": 1_960_000_000.0, "OldImage": item, "SequenceNumber": number.to_string()},
        })
    }

    fn guard(account: &str) -> Value {
        json!({"session": {"S": "95331"}, "sk": {"S": format!("account/{account}")}, "candidate": {"S": "ID"}})
    }

    /// What is written, and what is to be tried again.
    async fn archived(records: &[Value], succeeds: bool) -> (Vec<Object>, Value) {
        let written = RefCell::new(vec![]);
        let write = |object| {
            written.borrow_mut().push(object);
            ready(if succeeds { Ok(()) } else { Err("down") })
        };
        let failed = archive(serde_json::from_value(json!({"Records": records})).unwrap(), write).await;
        (written.into_inner(), serde_json::to_value(failed).unwrap())
    }

    #[tokio::test]
    async fn a_batch_is_one_object_that_is_named_after_its_first_record() {
        let pass = json!({"session": {"S": "95331"}, "sk": {"S": "pass/TAG"}, "candidate": {"S": "ID"}});
        let records = [expiry(1, &pass), expiry(2, &guard("01A")), expiry(3, &guard("01B"))];
        let (written, failed) = archived(&records, true).await;
        let line = |account| {
            let keys = format!(r#""keys":{{"session":"95331","sk":"account/{account}"}}"#);
            format!(r#"{{"forgottenAt":"2032-02-10T04:26:40Z","table":"sessions",{keys},"record":{{"candidate":"ID"}}}}"#) + "\n"
        };
        let key = "sessions/2032/02/10/2.jsonl".to_owned();
        assert_eq!(written, [Object { key, lines: line("01A") + &line("01B") }]);
        assert_eq!(failed, json!({"batchItemFailures": []}));
        assert_eq!(archived(&records, true).await.0, written, "tried again it is written over itself");
    }

    #[tokio::test]
    async fn what_dynamodb_did_not_delete_by_itself_is_not_archived() {
        let with = |name: &str, value: Value| {
            let mut record = expiry(1, &guard("01A"));
            record[name] = value;
            record
        };
        let mut by_hand = expiry(1, &guard("01A"));
        by_hand.as_object_mut().unwrap().remove("userIdentity");
        let others = [
            by_hand,
            with("userIdentity", Value::Null),
            with("userIdentity", json!({"type": "Service", "principalId": "replication.dynamodb.amazonaws.com"})),
            with("userIdentity", json!({"type": "AssumedRole", "principalId": "dynamodb.amazonaws.com"})),
            with("eventName", json!("MODIFY")),
        ];
        assert_eq!(archived(&others, true).await, (vec![], json!({"batchItemFailures": []})));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_tried_again_from_its_first_record_on() {
        let records = [expiry(1, &json!({})), expiry(2, &guard("01A")), expiry(3, &guard("01B"))];
        let (written, failed) = archived(&records, false).await;
        assert_eq!((written.len(), failed), (1, json!({"batchItemFailures": [{"itemIdentifier": "2"}]})));
    }
}
