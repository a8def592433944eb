//! How connections to a file are opened.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::count_each;

/// How long a statement waits for another process that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// The memory for pages of the writer, in KiB, as SQLite's negative cache size.
const WRITER_CACHE_KIB: i64 = -16_384;
/// The memory for pages of each reader.
const READER_CACHE_KIB: i64 = -2_048;
/// The size to which the log is cut after a checkpoint, in bytes.
const LOG_BYTES_KEPT: i64 = 64 << 20;
/// Pages in the log after which it is written back into the file: many saves change the same pages, and
/// the longer the log, the fewer of them are written twice.
const LOG_PAGES: i64 = 4_000;
/// How many prepared statements a connection keeps.
const STATEMENTS_KEPT: usize = 256;

/// A file, and whether what is committed to it is flushed.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFile {
    pub(crate) path: PathBuf,
    pub(crate) durable: bool,
}

impl DatabaseFile {
    /// Opens a connection that writes; makes the file where it is missing.
    pub(super) fn open_writer(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_CREATE)?;
        let synchronous = if self.durable { "full" } else { "off" };
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
        Ok(connection)
    }

    /// Opens a connection that cannot write even by mistake.
    pub(super) fn open_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::empty())?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", READER_CACHE_KIB)?;
        Ok(connection)
    }

    fn open(&self, more: OpenFlags) -> rusqlite::Result<Connection> {
        // Each connection is used by one thread at a time, so it needs no lock of its own.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        count_each::teach(&connection)?;
        Ok(connection)
    }
}
