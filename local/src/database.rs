//! The embedded DynamoDB, with the tables that `template.yaml` defines.

use crate::{Secrets, template};
use anyhow::{Context, Result};
use dynoxide::Database;
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};
use tokio::net::TcpListener;

pub const ACCOUNTS: &str = "accounts";
pub const SESSIONS: &str = "sessions";
/// What a deployment keeps in Secrets Manager.
const SECRETS: &str = "local-secrets";

/// Opens the database of that file, or one in memory, with all tables.
///
/// # Errors
/// When the file can't be used or the template has no tables.
pub fn open(file: Option<&Path>) -> Result<Database> {
    let database = match file {
        None => Database::memory(),
        Some(file) => Database::new(file.to_str().context("the data file's name is not UTF-8")?),
    };
    let database = database.context("opening the data file")?;
    let known = database.list_tables(serde_json::from_value(json!({}))?)?.table_names;
    for table in tables()?.into_iter().chain([secrets_table()]) {
        if !known.iter().any(|name| table.get("TableName").and_then(Value::as_str) == Some(name)) {
            database.create_table(serde_json::from_value(table)?)?;
        }
    }
    Ok(database)
}

/// Serves a database to the AWS SDK on a free port of this machine; returns its endpoint.
///
/// # Errors
/// When no port is free.
pub async fn serve(database: Database) -> Result<String> {
    serve_on(Ipv4Addr::LOCALHOST.into(), database).await
}

/// Serves a database on a free port of this address.
///
/// # Errors
/// When this machine has no such address, or no port of it is free.
pub async fn serve_on(address: IpAddr, database: Database) -> Result<String> {
    let listener = TcpListener::bind((address, 0)).await.with_context(|| format!("listening on {address}"))?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Ok(endpoint)
}

/// The secrets kept in a database; made at first.
///
/// # Errors
/// When the database fails.
pub fn secrets(database: &Database) -> Result<Secrets> {
    let key = json!({"pk": {"S": "secrets"}});
    let found = database.get_item(serde_json::from_value(json!({"TableName": SECRETS, "Key": key}))?)?;
    let found = serde_json::to_value(found)?;
    let text = |name: &str| found.pointer(&format!("/Item/{name}/S")).and_then(Value::as_str).map(str::to_owned);
    if let (Some(signing), Some(code)) = (text("signing"), text("code")) {
        return Ok(Secrets { signing, code });
    }
    let secrets = Secrets::random()?;
    let item = json!({"pk": {"S": "secrets"}, "signing": {"S": secrets.signing}, "code": {"S": secrets.code}});
    database.put_item(serde_json::from_value(json!({"TableName": SECRETS, "Item": item}))?)?;
    Ok(secrets)
}

/// The `CreateTable` requests of the template's tables.
///
/// # Errors
/// When `template.yaml` lacks one of the two tables.
pub fn tables() -> Result<Vec<Value>> {
    [("AccountsTable", ACCOUNTS), ("SessionsTable", SESSIONS)]
        .into_iter()
        .map(|(resource, name)| {
            let properties = template::properties(resource)?;
            let mut request = json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST"});
            for part in ["KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"] {
                if let (Some(value), Some(request)) = (properties.get(part), request.as_object_mut()) {
                    request.insert(part.to_owned(), value.clone());
                }
            }
            Ok(request)
        })
        .collect()
}

fn secrets_table() -> Value {
    json!({
        "TableName": SECRETS,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    })
}
