//! One wait for the disk for all the changes that wait at once.
//!
//! The database would sync its log at every commit, one after the other. Here a commit only writes to the
//! log, and each answer waits for a sync of it that began after what the answer tells was written; so no
//! answer tells what a power cut takes back.

use anyhow::{Context, Result};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use dynoxide::Database;
use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

/// The log of a database whose commits do not wait for the disk.
#[derive(Clone)]
pub struct Log(Arc<Syncs>);

struct Syncs {
    sync: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
    /// How many have begun.
    begun: AtomicU64,
    /// How many have ended. Who holds it syncs for all who wait for it.
    ended: Mutex<u64>,
}

impl Log {
    /// Takes over from the database of this file to wait for the disk.
    ///
    /// # Errors
    /// When the database has no log.
    pub fn of(database: &Database, file: &Path) -> Result<Self> {
        let file = file.canonicalize()?;
        let mut log = file.clone().into_os_string();
        log.push("-wal");
        let log = File::open(log).context("opening the data file's log")?;
        // So that the log, which may be new, is found again.
        File::open(file.parent().context("the data file is in no folder")?)?.sync_all()?;
        // That is SQLite's `PRAGMA synchronous = NORMAL`: it syncs its log before it copies it into the data file.
        database.disable_bulk_loading()?;
        Ok(Self::synced_by(move || log.sync_data()))
    }

    /// A log that this brings onto the disk.
    pub fn synced_by(sync: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Syncs { sync: Box::new(sync), begun: AtomicU64::new(0), ended: Mutex::new(0) }))
    }

    /// Returns when all that was committed before is on the disk.
    ///
    /// # Errors
    /// When the system says that it is not.
    pub async fn sync(self) -> io::Result<()> {
        let begun = self.0.begun.load(Ordering::SeqCst);
        let mut ended = self.0.ended.lock().await;
        if *ended > begun {
            return Ok(());
        }
        let syncs = self.0.clone();
        let sync = move || {
            let number = syncs.begun.fetch_add(1, Ordering::SeqCst) + 1;
            (syncs.sync)().map(|()| number)
        };
        *ended = tokio::task::spawn_blocking(sync).await??;
        Ok(())
    }
}

/// Answers when what the answer tells is on the disk.
pub async fn answer_when_on_disk(State(log): State<Log>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Err(error) = log.sync().await {
        // Asked again, the system may say that all is well, although it is not.
        tracing::error!(%error, "the data file could not be written");
        std::process::exit(1);
    }
    response
}
