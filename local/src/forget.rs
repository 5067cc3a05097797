//! What a data file holds is forgotten when its time has come, as DynamoDB does it, which the embedded database does not.
//! What `archive` would keep of it stays in a file beside for 5 years more.

use crate::database::{ACCOUNTS, SESSIONS, Tables};
use anyhow::{Context, Result, ensure};
use archive::{Object, archive};
use dynoxide::DynoxideError;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{App, store::ARCHIVED_SECONDS};
use std::{
    fs::{self, File},
    future::ready,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::sleep;
use tracing::error;

/// How often it is looked.
const EVERY: Duration = Duration::from_hours(1);

/// The archive of this data file, which there is.
///
/// # Errors
/// When there is none.
pub fn archive_of(data: &Path) -> io::Result<PathBuf> {
    let mut name = data.canonicalize()?.into_os_string();
    name.push(".archive.jsonl");
    Ok(name.into())
}

/// Forgets for as long as the process runs what has expired, by the application's clock.
pub async fn keep_forgetting(app: App, tables: Tables, archive: PathBuf) {
    loop {
        if let Err(error) = forget(&tables, &archive, app.now()).await {
            error!(%error, "not forgotten");
        }
        sleep(EVERY).await;
    }
}

/// Forgets what has expired by now, in the tables and in the archive. What can't be archived stays where it is.
///
/// # Errors
/// When the database or the archive's file fails.
pub async fn forget(tables: &Tables, archive_file: &Path, now: Timestamp) -> Result<()> {
    keep_in(archive_file, "", now).context("the archive's file")?;
    for (table, key) in [(ACCOUNTS, &["pk"][..]), (SESSIONS, &["session", "sk"])] {
        let mut start = None;
        loop {
            let mut scan = json!({
                "TableName": table,
                "FilterExpression": EXPIRED,
                "ExpressionAttributeValues": {":now": {"N": now.as_second().to_string()}},
            });
            if let (Some(start), Some(scan)) = (start.take(), scan.as_object_mut()) {
                scan.insert("ExclusiveStartKey".to_owned(), start);
            }
            let mut page = serde_json::to_value(tables.database.scan(serde_json::from_value(scan)?)?)?;
            let items = page.get_mut("Items").map(Value::take).unwrap_or_default();
            forget_page(tables, table, key, items.as_array().map_or(&[], Vec::as_slice), archive_file, now).await?;
            start = page.get_mut("LastEvaluatedKey").map(Value::take).filter(|key| !key.is_null());
            if start.is_none() {
                break;
            }
        }
    }
    Ok(())
}

const EXPIRED: &str = "expiresAt < :now";

async fn forget_page(tables: &Tables, table: &str, key: &[&str], items: &[Value], archive_file: &Path, now: Timestamp) -> Result<()> {
    let record = |item: &Value| {
        json!({
            "eventName": "REMOVE",
            "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
            "dynamodb": {"ApproximateCreationDateTime": now.as_second(), "SequenceNumber": "0", "OldImage": item},
        })
    };
    let changes = serde_json::from_value(json!({"Records": items.iter().map(record).collect::<Vec<_>>()}))?;
    let failed = archive(changes, |Object { lines, .. }| ready(keep_in(archive_file, &lines, now))).await;
    ensure!(failed.is_empty(), "{} could not be written", archive_file.display());
    for item in items {
        let key: serde_json::Map<_, _> = key.iter().filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone()))).collect();
        let delete = json!({
            "TableName": table,
            "Key": key,
            "ConditionExpression": EXPIRED,
            "ExpressionAttributeValues": {":now": {"N": now.as_second().to_string()}},
        });
        match tables.database.delete_item(serde_json::from_value(delete)?) {
            // Somebody came back in the last moment.
            Ok(_) | Err(DynoxideError::ConditionalCheckFailedException(..)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    forgotten_at: Timestamp,
}

/// Adds lines to an archive, and leaves out those that are too old, all at once.
fn keep_in(archive: &Path, lines: &str, now: Timestamp) -> io::Result<()> {
    let known = match fs::read_to_string(archive) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        known => known?,
    };
    let is_too_old = |line: &str| {
        let line = serde_json::from_str::<Line>(line);
        line.is_ok_and(|line| now.as_second() - line.forgotten_at.as_second() > ARCHIVED_SECONDS)
    };
    let kept: String = known.split_inclusive('\n').filter(|line| !is_too_old(line)).chain([lines]).collect();
    if kept == known {
        return Ok(());
    }
    let new = archive.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(kept.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, archive)?;
    // So that it is found under its name, before what it tells of is deleted.
    File::open(archive.parent().unwrap_or(archive))?.sync_all()
}
