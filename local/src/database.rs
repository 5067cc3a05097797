//! The embedded DynamoDB, with the tables that `template.yaml` defines.
//!
//! Whoever reaches it reads every secret there is, so it listens to nobody, but where other processes need
//! it; then to whoever has the access key of that run.

use crate::{Secrets, template};
use anyhow::{Context, Result};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared,
};
use aws_smithy_types::body::SdkBody;
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE32_NOPAD;
use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};
use tokio::{
    net::TcpListener,
    sync::broadcast::{self, error::RecvError},
};

pub const ACCOUNTS: &str = "accounts";
pub const SESSIONS: &str = "sessions";
/// What a deployment keeps in Secrets Manager.
const SECRETS: &str = "local-secrets";

/// How many changes wait for whoever reads them; older ones are never told.
const CHANGES_KEPT: usize = 4096;

/// A database with all tables, that tells of what changes in them.
#[derive(Clone)]
pub struct Tables {
    pub database: Database,
    accounts: broadcast::Sender<Value>,
    sessions: broadcast::Sender<Value>,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tables")
    }
}

impl Tables {
    /// What changes from now on in the table of accounts, as records of its stream, of which they have the keys alone.
    ///
    /// The embedded database's own stream keeps every record for ever, and counts them all at each write.
    pub fn changes_of_accounts(&self) -> broadcast::Receiver<Value> {
        self.accounts.subscribe()
    }

    /// The same of the table of sessions.
    pub fn changes_of_sessions(&self) -> broadcast::Receiver<Value> {
        self.sessions.subscribe()
    }

    /// What DynamoDB answers.
    fn answer(&self, target: Option<&str>, body: &[u8]) -> (StatusCode, String) {
        let (status, answer) = answer(&self.database, target, body);
        if status.is_success() && self.accounts.receiver_count() + self.sessions.receiver_count() > 0 {
            for keys in changed(target, body) {
                let changes = if keys.get("pk").is_some() { &self.accounts } else { &self.sessions };
                // Nobody may listen any more.
                let _ = changes.send(json!({"dynamodb": {"Keys": keys, "SequenceNumber": "0"}}));
            }
        }
        (status, answer)
    }
}

/// Opens the database of that file, or one in memory, with all tables.
///
/// # Errors
/// When the file can't be used or the template has no tables.
pub fn open(file: Option<&Path>) -> Result<Tables> {
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
    let changes = || broadcast::channel(CHANGES_KEPT).0;
    Ok(Tables { database, accounts: changes(), sessions: changes() })
}

/// The next change; what was too much to be kept is passed over, since whoever waits for it asks again. `None` once the tables
/// are gone.
pub async fn next(changes: &mut broadcast::Receiver<Value>) -> Option<Value> {
    loop {
        match changes.recv().await {
            Ok(record) => return Some(record),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// The AWS SDK's way to a database of this process: no port, no network.
#[derive(Debug, Clone)]
pub struct Embedded(pub Tables);

impl HttpClient for Embedded {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.clone().into_shared()
    }
}

impl HttpConnector for Embedded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, json) = self.0.answer(request.headers().get(TARGET), request.body().bytes().unwrap_or_default());
        let status = status.as_u16().try_into().map_err(|error| ConnectorError::other(Box::new(error), None));
        HttpConnectorFuture::ready(status.map(|status| HttpResponse::new(status, SdkBody::from(json))))
    }
}

/// A database that other processes reach.
#[derive(Debug, Clone)]
pub struct Served {
    pub endpoint: String,
    /// Of the AWS credentials to use: drawn for this run, and nobody gets anything without it.
    pub access_key: String,
}

/// Serves a database on a free port of this machine.
///
/// # Errors
/// When no port is free.
pub async fn serve(tables: Tables) -> Result<Served> {
    serve_on(Ipv4Addr::LOCALHOST.into(), tables).await
}

/// Serves a database on a free port of this address.
///
/// # Errors
/// When this machine has no such address, no port of it is free, or the system has no randomness.
pub async fn serve_on(address: IpAddr, tables: Tables) -> Result<Served> {
    let listener = TcpListener::bind((address, 0)).await.with_context(|| format!("listening on {address}"))?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let access_key = BASE32_NOPAD.encode(&crate::random::<20>()?);
    let router = Router::new().fallback(answer_over_http).with_state((tables, access_key.clone()));
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(Served { endpoint, access_key })
}

async fn answer_over_http(State((tables, access_key)): State<(Tables, String)>, request: Request) -> Response {
    if !is_allowed(request.headers(), &access_key) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let target = request.headers().get(TARGET).and_then(|target| target.to_str().ok()).map(str::to_owned);
    match to_bytes(request.into_body(), MAX_REQUEST_BYTES).await {
        Ok(body) => tables.answer(target.as_deref(), &body).into_response(),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

/// Whether a request has the access key, and is no web page's: those send their origin along, and can't sign.
fn is_allowed(headers: &HeaderMap, access_key: &str) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = authorization.and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 Credential="));
    credential.and_then(|credential| credential.split_once('/')).is_some_and(|(key, _)| key == access_key)
        && !headers.contains_key(header::ORIGIN)
}

/// The header that names the operation, and what its value begins with.
const TARGET: &str = "x-amz-target";
const VERSION: &str = "DynamoDB_20120810.";
/// As large as DynamoDB takes them.
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// What DynamoDB answers.
fn answer(database: &Database, target: Option<&str>, body: &[u8]) -> (StatusCode, String) {
    let answered = match target.and_then(|target| target.strip_prefix(VERSION)) {
        Some("BatchGetItem") => typed(body, |request| database.batch_get_item(request)),
        Some("DeleteItem") => typed(body, |request| database.delete_item(request)),
        Some("DeleteTable") => typed(body, |request| database.delete_table(request)),
        Some("GetItem") => typed(body, |request| database.get_item(request)),
        Some("PutItem") => typed(body, |request| database.put_item(request)),
        Some("Query") => typed(body, |request| database.query(request)),
        Some("Scan") => typed(body, |request| database.scan(request)),
        Some("TransactWriteItems") => typed(body, |request| database.transact_write_items(request)),
        Some("UpdateItem") => typed(body, |request| database.update_item(request)),
        _ => Err(DynoxideError::ValidationException("this operation is not used".to_owned())),
    };
    match answered {
        Ok(json) => (StatusCode::OK, json),
        Err(error) => (StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error.to_json()),
    }
}

/// The keys of what such a request changed.
fn changed(target: Option<&str>, body: &[u8]) -> Vec<Value> {
    let operation = target.and_then(|target| target.strip_prefix(VERSION)).unwrap_or_default();
    if !["DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"].contains(&operation) {
        return vec![];
    }
    let Ok(mut request) = serde_json::from_slice::<Value>(body) else { return vec![] };
    let writes = match request.get_mut("TransactItems").and_then(Value::as_array_mut).map(std::mem::take) {
        Some(actions) => {
            let write = |mut action: Value| ["Delete", "Put", "Update"].iter().find_map(|kind| action.get_mut(kind).map(Value::take));
            actions.into_iter().filter_map(write).collect()
        }
        None => vec![request],
    };
    let keys = writes.into_iter().filter_map(|write| {
        let item = write.get("Key").or_else(|| write.get("Item"))?;
        match write.get("TableName")?.as_str()? {
            ACCOUNTS => Some(json!({"pk": item.get("pk")?})),
            SESSIONS => Some(json!({"session": item.get("session")?, "sk": item.get("sk")?})),
            _ => None,
        }
    });
    keys.collect()
}

fn typed<Q: DeserializeOwned, A: Serialize>(body: &[u8], answer: impl FnOnce(Q) -> dynoxide::Result<A>) -> dynoxide::Result<String> {
    let request = serde_json::from_slice(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_string(&answer(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
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
    let known = [text("signing"), text("code"), text("seal")];
    if let [Some(signing), Some(code), Some(seal)] = known {
        return Ok(Secrets { signing, code, seal });
    }
    let new = Secrets::random()?;
    // A file of before there were seals keeps its other secrets.
    let [signing, code, seal] = known;
    let secrets = Secrets { signing: signing.unwrap_or(new.signing), code: code.unwrap_or(new.code), seal: seal.unwrap_or(new.seal) };
    let (signing, code, seal) = (&secrets.signing, &secrets.code, &secrets.seal);
    let item = json!({"pk": {"S": "secrets"}, "signing": {"S": signing}, "code": {"S": code}, "seal": {"S": seal}});
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
