//! The log of events in an SQLite file of its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tempfile::TempDir;
use variorum_domain::event::Event;
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_ports::events::NewEvent;
use variorum_ports::{EventLog, StoreError, StoredEvent};

use super::queue::{Queue, queue};
use super::{
    COLUMNS, COUNT, COUNT_UNIT, LAST, SCAN_IDS, SKIP, check, kind_and_arm, limit, sqlite_writer,
};
use crate::OpenError;
use crate::migration::{EVENTS, migrate_file};
use crate::store::{make_folder, temporary_folder};

/// The name of the events' file in the data folder.
const FILE: &str = "events.db";

/// Events in an SQLite file.
pub struct SqliteEventLog {
    queue: Queue,
    reader: Arc<Mutex<Connection>>,
    /// The folder of a log that is thrown away.
    _folder: Option<TempDir>,
}

impl SqliteEventLog {
    /// Opens or makes the file `events.db` in a folder, which is made where it is missing.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        make_folder(dir)?;
        Self::open_file(&dir.join(FILE), true, None)
    }

    /// Opens an empty log that is gone when it is dropped and is never flushed.
    pub fn open_memory() -> Result<Self, OpenError> {
        let folder = temporary_folder()?;
        Self::open_file(&folder.path().join(FILE), false, Some(folder))
    }

    fn open_file(file: &Path, durable: bool, folder: Option<TempDir>) -> Result<Self, OpenError> {
        let mut writer = sqlite_writer::connect(file, durable)?;
        migrate_file(&mut writer, &EVENTS)?;
        let (queue, jobs) = queue();
        sqlite_writer::start(writer, jobs)?;
        let reader = Connection::open(file)?;
        reader.busy_timeout(sqlite_writer::BUSY_TIMEOUT)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(Self {
            queue,
            reader: Arc::new(Mutex::new(reader)),
            _folder: folder,
        })
    }

    /// Runs a question on the reading connection, off the async threads.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = Arc::clone(&self.reader);
        let asked = tokio::task::spawn_blocking(move || {
            question(&reader.lock().unwrap_or_else(PoisonError::into_inner))
        });
        match asked.await {
            Ok(answer) => answer.map_err(|error| from_rusqlite(&error)),
            Err(error) => Err(StoreError::Unavailable(Box::new(error))),
        }
    }
}

#[async_trait]
impl EventLog for SqliteEventLog {
    async fn append(&self, events: Arc<[NewEvent]>) -> Result<i64, StoreError> {
        check(&events)?;
        if events.is_empty() {
            return Ok(self.last_seq().await? + 1);
        }
        self.queue.append(events).await
    }

    async fn scan(&self, after: i64, rows: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let read = self.ask(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM events WHERE seq > $1 ORDER BY seq LIMIT $2");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([after, limit(rows)], |row| Ok(read(row)))?;
            rows.collect::<Result<Vec<_>, _>>()
        });
        read.await?.into_iter().collect()
    }

    async fn scan_ids(
        &self,
        since: Time,
        after: i64,
        rows: usize,
    ) -> Result<Vec<(i64, WorkspaceId, String, Time)>, StoreError> {
        self.ask(move |connection| {
            let skip: i64 = connection
                .prepare_cached(SKIP)?
                .query_row([since.0], |row| row.get(0))?;
            let mut statement = connection.prepare_cached(SCAN_IDS)?;
            let rows = statement.query_map([after.max(skip), since.0, limit(rows)], |row| {
                Ok((
                    row.get(0)?,
                    WorkspaceId(row.get(1)?),
                    row.get(2)?,
                    Time(row.get(3)?),
                ))
            })?;
            rows.collect()
        })
        .await
    }

    async fn last_seq(&self) -> Result<i64, StoreError> {
        self.ask(|connection| {
            connection
                .prepare_cached(LAST)?
                .query_row([], |row| row.get(0))
        })
        .await
    }

    async fn count(&self, workspace: WorkspaceId) -> Result<i64, StoreError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(COUNT)?;
            let count = statement
                .query_row([workspace.0], |row| row.get(0))
                .optional()?;
            Ok(count.unwrap_or(0))
        })
        .await
    }

    async fn clear(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        self.queue.clear(workspace).await
    }

    async fn count_unit(&self, workspace: WorkspaceId, unit: &str) -> Result<i64, StoreError> {
        let unit = unit.to_owned();
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(COUNT_UNIT)?;
            statement.query_row(params![workspace.0, unit], |row| row.get(0))
        })
        .await
    }

    async fn erase_unit(
        &self,
        workspace: WorkspaceId,
        unit: &str,
        name: &str,
    ) -> Result<i64, StoreError> {
        self.queue.erase(workspace, unit, name).await
    }
}

fn read(row: &Row<'_>) -> Result<StoredEvent, StoreError> {
    let seq = row.get(0).map_err(|error| from_rusqlite(&error))?;
    let corrupt = |_| StoreError::Corrupt {
        what: "event",
        id: format!("{seq}"),
    };
    let (kind, arm) = kind_and_arm(
        seq,
        row.get(4).map_err(corrupt)?,
        row.get(9).map_err(corrupt)?,
    )?;
    let event = || {
        Ok(Event {
            id: row.get(3)?,
            kind,
            time: Time(row.get(5)?),
            unit: row.get(6)?,
            prompt: row.get(7)?,
            rollout: row.get::<_, Option<i64>>(8)?.map(RolloutNumber),
            arm,
            kpi: row.get(10)?,
            value: row.get(11)?,
            channel: row.get(12)?,
            attributes: row.get(13)?,
        })
    };
    Ok(StoredEvent {
        seq,
        workspace: WorkspaceId(row.get(1).map_err(corrupt)?),
        received: Time(row.get(2).map_err(corrupt)?),
        event: event().map_err(corrupt)?,
    })
}

/// A driver's error in the words of the port.
fn from_rusqlite(error: &rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => StoreError::Corrupt {
            what: "event",
            id: error.to_string(),
        },
        _ => StoreError::Unavailable(error.to_string().into()),
    }
}
