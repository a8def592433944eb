//! A pool of connections that read. Each is used by one transaction at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use variorum_ports::StoreError;

use super::file::DatabaseFile;
use crate::error::{Refusal, from_rusqlite};

/// The most readers at a time.
const READERS_MAX: usize = 8;
/// How long a reader waits for its turn.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Gives connections to readers.
pub(crate) struct Readers {
    desk: Arc<Desk>,
    places: Arc<Semaphore>,
}

struct Desk {
    file: DatabaseFile,
    /// Open connections without a transaction.
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Opens the first connection; the others follow when they are needed.
    pub(super) fn open(file: DatabaseFile) -> rusqlite::Result<Self> {
        let first = file.open_reader()?;
        let desk = Desk {
            file,
            idle: Mutex::new(vec![first]),
        };
        Ok(Self {
            desk: Arc::new(desk),
            places: Arc::new(Semaphore::new(READERS_MAX)),
        })
    }

    /// Begins a transaction that sees one state.
    pub(crate) async fn begin(&self) -> Result<Reading, StoreError> {
        let place = Arc::clone(&self.places).acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(ACQUIRE_TIMEOUT, place).await else {
            return Err(Refusal::Crowded.into());
        };
        let idle = self.desk.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection
            .prepare_cached("BEGIN")
            .and_then(|mut begin| begin.execute([]))
            .map_err(|error| from_rusqlite(error, "state"))?;
        Ok(Reading {
            desk: Arc::clone(&self.desk),
            connection: Some(connection),
            _place: place,
        })
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let file = self.desk.file.clone();
        let opened = tokio::task::spawn_blocking(move || file.open_reader()).await;
        let opened = opened.map_err(|_| Refusal::Stopped)?;
        opened.map_err(|error| from_rusqlite(error, "state"))
    }
}

impl Desk {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reading transaction. Dropped, it ends and gives its connection to the next reader.
pub(crate) struct Reading {
    desk: Arc<Desk>,
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    /// Given up after the connection is back.
    _place: OwnedSemaphorePermit,
}

impl Reading {
    /// The connection to read with.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let ended = connection
            .prepare_cached("ROLLBACK")
            .and_then(|mut rollback| rollback.execute([]));
        // A connection in doubt is closed; the next reader opens another one.
        if ended.is_ok() {
            self.desk.idle().push(connection);
        }
    }
}
