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
