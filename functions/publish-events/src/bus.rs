//! Puts events on the bus of Amazon EventBridge.

use crate::event::{Event, SOURCE};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::{
    Client,
    config::{Builder, timeout::TimeoutConfig},
    primitives::DateTime,
    types::PutEventsRequestEntry,
};
use shared::aws::outline;
use std::time::Duration;

/// How long a request may take, with the SDK's own retries: far less than Lambda gives the function.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The event bus.
#[derive(Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

/// From which event on the bus took nothing that counts.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct NotTaken {
    /// The place of the first one that was not taken; later ones may have been.
    pub first: usize,
    pub why: String,
}

impl NotTaken {
    fn all(why: &impl ToString) -> Self {
        Self { first: 0, why: why.to_string() }
    }
}

impl Bus {
    /// That of this name, for whom this is the configuration of.
    pub fn new(name: String, aws: &SdkConfig) -> Self {
        let config = Builder::from(aws).timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build());
        Self { client: Client::from_conf(config.build()), name }
    }

    /// Puts these on the bus, ten at most.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
    ///
    /// # Errors
    /// When EventBridge does not take all of them.
    pub async fn put(&self, events: Vec<Event>) -> Result<(), NotTaken> {
        let entries = events.iter().map(|event| self.entry(event)).collect::<Result<Vec<_>, _>>().map_err(|error| NotTaken::all(&error))?;
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| NotTaken::all(&outline(&error)))?;
        if answer.failed_entry_count() == 0 {
            return Ok(());
        }
        // A count without a reason is taken for the first.
        let mut codes = answer.entries().iter().enumerate().filter_map(|(place, entry)| Some((place, entry.error_code()?)));
        Err(codes.next().map_or_else(|| NotTaken::all(&"unknown"), |(first, code)| NotTaken { first, why: code.to_owned() }))
    }

    fn entry(&self, event: &Event) -> serde_json::Result<PutEventsRequestEntry> {
        let entry = PutEventsRequestEntry::builder().event_bus_name(&self.name).source(SOURCE).detail_type(event.detail_type());
        Ok(entry.time(DateTime::from_millis(event.at().as_millisecond())).detail(serde_json::to_string(event)?).build())
    }
}
