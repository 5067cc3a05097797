//! Announces what changed. Without a route: Lambda gives it what the stream of the sessions' table says.

mod appsync;

pub use appsync::{AppSync, NotPublished};

use futures::{StreamExt, stream::iter};
use serde::Deserialize;
use shared::{
    domain::channel::Channel,
    store,
    stream::{self, Change, Failed, Record, Text},
};
use std::fmt::Display;
use tracing::warn;

/// How many are published at once.
const AT_ONCE: usize = 20;

/// What the stream of the sessions' table tells.
pub type Changes = stream::Changes<Keys>;

#[derive(Debug, Deserialize)]
pub struct Keys {
    pub session: Text,
    pub sk: Text,
}

/// Where each is announced, once, with the first record that says so.
fn channels(changes: Changes) -> Vec<(Channel, String)> {
    let mut channels: Vec<(Channel, String)> = vec![];
    for Record { dynamodb: Change { keys, sequence_number } } in changes.records {
        if let Some(channel) = store::announced_at(&keys.session.text, &keys.sk.text)
            && !channels.iter().any(|(known, _)| *known == channel)
        {
            channels.push((channel, sequence_number));
        }
    }
    channels
}

/// Announces each change, several at once, by `publish`; says what is to be tried again.
pub async fn announce<P, E>(changes: Changes, publish: impl Fn(Channel) -> P) -> Failed
where
    P: Future<Output = Result<(), E>>,
    E: Display,
{
    let (channels, records): (Vec<_>, Vec<_>) = channels(changes).into_iter().unzip();
    let published: Vec<_> = iter(channels.into_iter().map(publish)).buffered(AT_ONCE).collect().await;
    let mut failed = Failed::default();
    for (published, sequence_number) in published.into_iter().zip(records) {
        if let Err(error) = published {
            warn!(%error, "not announced");
            failed.add(sequence_number);
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::{cell::RefCell, future::ready};

    const ZOE: &str = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU";

    fn changes(keys: &[(&str, &str)]) -> Changes {
        let record = |(number, (session, sk)): (usize, &(&str, &str))| {
            json!({
                "eventName": "MODIFY",
                "dynamodb": {
                    "Keys": {"session": {"S": session}, "sk": {"S": sk}},
                    "NewImage": {"lastName": {"S": "Bernard"}},
                    "SequenceNumber": number.to_string(),
                },
            })
        };
        let records: Vec<_> = keys.iter().enumerate().map(record).collect();
        serde_json::from_value(json!({"Records": records})).unwrap()
    }

    /// What is announced, and what is to be tried again.
    async fn announced(keys: &[(&str, &str)], fails: impl Fn(&str) -> bool) -> (Vec<String>, Value) {
        let heard = RefCell::new(vec![]);
        let publish = |channel: Channel| {
            heard.borrow_mut().push(channel.to_string());
            ready(if fails(channel.as_str()) { Err("down") } else { Ok(()) })
        };
        let failed = announce(changes(keys), publish).await;
        (heard.into_inner(), serde_json::to_value(failed).unwrap())
    }

    #[tokio::test]
    async fn each_candidate_once_and_nothing_of_what_devices_say() {
        let zoe = format!("session/{ZOE}");
        let here = format!("session-here/{ZOE}");
        let keys = [
            ("95331", "session"),
            ("95331", zoe.as_str()),
            ("95331", &zoe),
            ("95331", &here),
            ("95331", "session-proctor/01ACCOUNT"),
            ("95331", "account/01ACCOUNT"),
            ("12345", &zoe),
        ];
        let (heard, failed) = announced(&keys, |_| false).await;
        assert_eq!(heard, ["/room/95331/session".to_owned(), format!("/room/95331/{ZOE}"), format!("/room/12345/{ZOE}")]);
        assert_eq!(failed, json!({"batchItemFailures": []}));
    }

    #[tokio::test]
    async fn what_was_not_published_is_tried_again_and_the_others_are_published() {
        let zoe = format!("session/{ZOE}");
        let (heard, failed) = announced(&[("95331", &zoe), ("12345", &zoe), ("54321", &zoe)], |channel| channel.contains("12345")).await;
        assert_eq!(heard.len(), 3);
        assert_eq!(failed, json!({"batchItemFailures": [{"itemIdentifier": "1"}]}));
    }
}
