//! DynamoDB: one file per kind of record, one function per access pattern.

mod accounts;
mod candidates;
mod client;
mod error;
mod expression;
mod lockout;
mod sessions;

pub use accounts::{SignIn, SignUp};
pub use client::{BEHAVIOR, client, warm_up};
pub use error::{Error, Result};
pub use sessions::{Cursor, Page, Room};

use aws_sdk_dynamodb::Client;

/// The tables, reached through one client.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    accounts: String,
    sessions: String,
}

impl Store {
    pub const fn new(client: Client, accounts: String, sessions: String) -> Self {
        Self { client, accounts, sessions }
    }
}

/// Instants as milliseconds since 1970, so that conditions can compare them.
#[expect(clippy::missing_errors_doc, reason = "serde's own functions")]
pub mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_millisecond())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// [`millis`], or nothing.
#[expect(clippy::missing_errors_doc, reason = "serde's own functions")]
pub mod optional_millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_i64(at.as_millisecond()),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let millis = Option::<i64>::deserialize(deserializer)?;
        millis.map(|millis| Timestamp::from_millisecond(millis).map_err(D::Error::custom)).transpose()
    }
}
