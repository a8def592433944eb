//! SQLite: one writer that commits in groups, and a pool of readers.

mod writer;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

pub use writer::CommitCounts;
pub(crate) use writer::Turn;
use writer::{GroupLimits, Writer};

use crate::OpenError;
use crate::migration;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a reader waits for its turn.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// The most readers at a time.
const READERS_MAX: u32 = 8;
/// The memory for pages of the writer, in KiB, as SQLite's negative cache size.
const WRITER_CACHE_KIB: &str = "-32768";
/// The memory for pages of each reader.
const READER_CACHE_KIB: &str = "-16384";
/// The size to which the log is cut after a checkpoint, in bytes.
const LOG_BYTES_KEPT: &str = "67108864";
/// How many prepared statements a connection keeps.
const STATEMENTS_KEPT: usize = 256;
/// How many rows may wait between the driver's thread and its caller.
const ROWS_BUFFERED: usize = 512;

/// An open database file.
pub(crate) struct SqliteDatabase {
    pub(crate) writer: Writer,
    readers: SqlitePool,
}

impl SqliteDatabase {
    /// Opens or makes the file, and brings its schema up to date.
    pub(crate) async fn open(file: &Path, durable: bool) -> Result<Self, OpenError> {
        let synchronous = if durable {
            SqliteSynchronous::Full
        } else {
            SqliteSynchronous::Off
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("temp_store", "memory")
            .statement_cache_capacity(STATEMENTS_KEPT)
            .row_buffer_size(ROWS_BUFFERED);
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .pragma("journal_size_limit", LOG_BYTES_KEPT)
            .pragma("cache_size", WRITER_CACHE_KIB)
            .thread_name(|_| "sqlite-writer".to_owned());
        let mut connection = sqlx::ConnectOptions::connect(&writing).await?;
        migration::migrate_sqlite(&mut connection, &migration::STATE).await?;
        let reading = options
            .pragma("query_only", "ON")
            .pragma("cache_size", READER_CACHE_KIB)
            .thread_name(|number| format!("sqlite-reader-{number}"));
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(reading)
            .await?;
        let writer = Writer::new(writing, connection, GroupLimits::DEFAULT);
        Ok(Self { writer, readers })
    }

    /// Begins a transaction that sees one state.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.readers.begin().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Acknowledged means durable: in WAL mode only FULL flushes at every commit.
    #[tokio::test]
    async fn a_commit_is_flushed() {
        let folder = tempfile::tempdir().unwrap();
        let database = SqliteDatabase::open(&folder.path().join("t.db"), true)
            .await
            .unwrap();
        let mut turn = database.writer.begin().await.unwrap();
        let mut ask = async |pragma: &'static str| {
            let connection = turn.connection().unwrap();
            sqlx::query(pragma).fetch_one(connection).await.unwrap()
        };
        let synchronous: i64 = sqlx::Row::get(&ask("PRAGMA synchronous").await, 0);
        let journal: String = sqlx::Row::get(&ask("PRAGMA journal_mode").await, 0);
        assert_eq!((synchronous, journal.as_str()), (2, "wal"));
        drop(turn);
        let mut reader = database.read().await.unwrap();
        let written = sqlx::query("DELETE FROM settings")
            .execute(&mut *reader)
            .await;
        assert!(written.is_err(), "readers cannot write even by mistake");
    }
}
