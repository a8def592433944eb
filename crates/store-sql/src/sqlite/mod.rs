//! SQLite: one writer that commits in groups, and a pool of readers.

mod count_each;
mod file;
mod readers;
mod session;
mod statement;
mod writer;

use std::path::Path;

use file::DatabaseFile;
use readers::Readers;
pub(crate) use session::{Holder, Length, Session};
pub use writer::CommitCounts;
use writer::{GroupLimits, Writer};

use crate::OpenError;
use crate::migration;

/// An open database file.
pub(crate) struct SqliteDatabase {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
}

impl SqliteDatabase {
    /// Opens or makes the file, and brings its schema up to date.
    pub(crate) async fn open(path: &Path, durable: bool) -> Result<Self, OpenError> {
        let file = DatabaseFile {
            path: path.to_owned(),
            durable,
        };
        // Another program that writes is waited for, so this may block.
        let opening = file.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let mut connection = opening.open_writer()?;
            migration::migrate_file(&mut connection, &migration::STATE)?;
            Ok::<_, OpenError>((connection, Readers::open(opening)?))
        });
        let opened = opened.await.map_err(|e| OpenError::Database(Box::new(e)))?;
        let (connection, readers) = opened?;
        let writer = Writer::new(file, connection, GroupLimits::DEFAULT);
        Ok(Self { writer, readers })
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
        let turn = database.writer.begin().await.unwrap();
        let connection = turn.connection().unwrap();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
        assert_eq!(pragma("synchronous"), Ok(2_i64));
        let journal: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(journal, "wal");
        drop(turn);
        let reader = database.readers.begin().await.unwrap();
        let written = reader
            .connection()
            .unwrap()
            .execute("DELETE FROM settings", []);
        assert!(written.is_err(), "readers cannot write even by mistake");
    }
}
