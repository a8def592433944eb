//! The store of state on either engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use tempfile::TempDir;
use variorum_domain::id::WorkspaceId;
use variorum_ports::{Store, StoreError, Tx};

use crate::backfill;
use crate::dialect::Engine;
use crate::error::{OpenError, from_sqlx};
use crate::postgres::PostgresDatabase;
use crate::sqlite::{CommitCounts, Holder, SqliteDatabase};
use crate::transaction::{Session, SqlTx};

/// The name of the state's file in the data folder.
const FILE: &str = "state.db";

enum Database {
    Sqlite(SqliteDatabase),
    Postgres(PostgresDatabase),
}

/// The state in an SQL database.
pub struct SqlStore {
    database: Database,
    /// Files noted for indexing since somebody counted those that wait.
    noted: Arc<AtomicUsize>,
    /// The folder of a store that is thrown away; removed after the database is closed.
    _folder: Option<TempDir>,
}

impl SqlStore {
    /// Opens or makes the file `state.db` in a folder, which is made where it is missing.
    pub async fn open_sqlite(dir: &Path) -> Result<Self, OpenError> {
        make_folder(dir)?;
        let database = SqliteDatabase::open(&dir.join(FILE), true).await?;
        Self::filled(Self {
            database: Database::Sqlite(database),
            noted: Arc::default(),
            _folder: None,
        })
        .await
    }

    /// Opens an empty store that is gone when it is dropped. It is a temporary file that is never
    /// flushed: readers see one state while a writer writes, which SQLite's memory databases cannot
    /// offer.
    pub async fn open_sqlite_memory() -> Result<Self, OpenError> {
        let folder = temporary_folder()?;
        let database = SqliteDatabase::open(&folder.path().join(FILE), false).await?;
        Ok(Self {
            database: Database::Sqlite(database),
            noted: Arc::default(),
            _folder: Some(folder),
        })
    }

    /// Connects to a PostgreSQL database, e.g. `postgres://user@host/name`.
    pub async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let database = PostgresDatabase::open(url).await?;
        Self::filled(Self {
            database: Database::Postgres(database),
            noted: Arc::default(),
            _folder: None,
        })
        .await
    }

    /// Fills indexes that are newer than the data.
    async fn filled(self) -> Result<Self, OpenError> {
        let filled = backfill::records(&self).await;
        filled.map_err(|error| OpenError::Database(Box::new(error)))?;
        Ok(self)
    }

    /// How many transactions shared how many flushes; `None` where the server does the flushing.
    pub fn commit_counts(&self) -> Option<CommitCounts> {
        match &self.database {
            Database::Sqlite(database) => Some(database.writer.counts()),
            Database::Postgres(_) => None,
        }
    }
}

/// Makes a data folder.
pub(crate) fn make_folder(dir: &Path) -> Result<(), OpenError> {
    std::fs::create_dir_all(dir).map_err(|source| OpenError::Folder {
        folder: dir.display().to_string(),
        source,
    })
}

/// Makes a folder that is thrown away.
pub(crate) fn temporary_folder() -> Result<TempDir, OpenError> {
    tempfile::Builder::new()
        .prefix("variorum-")
        .tempdir()
        .map_err(|source| OpenError::Folder {
            folder: "temporary".to_owned(),
            source,
        })
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self, workspace: WorkspaceId) -> Result<Box<dyn Tx>, StoreError> {
        let session = match &self.database {
            Database::Sqlite(database) => {
                Session::sqlite(Holder::Writer(database.writer.begin().await?))
            }
            Database::Postgres(database) => {
                let turn = database
                    .begin(workspace)
                    .await
                    .map_err(|e| from_sqlx(e, "state"))?;
                Session::PostgresWriter(turn)
            }
        };
        Ok(Box::new(SqlTx::new(session, true, self.noted.clone())))
    }

    async fn read(&self) -> Result<Box<dyn Tx>, StoreError> {
        let session = match &self.database {
            Database::Sqlite(database) => {
                Session::sqlite(Holder::Reader(database.readers.begin().await?))
            }
            Database::Postgres(database) => {
                let tx = database.read().await.map_err(|e| from_sqlx(e, "state"))?;
                Session::PostgresReader(tx)
            }
        };
        Ok(Box::new(SqlTx::new(session, false, self.noted.clone())))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        tx.setting("ping").await?;
        tx.commit().await
    }

    fn engine(&self) -> &'static str {
        match self.database {
            Database::Sqlite(_) => Engine::Sqlite.name(),
            Database::Postgres(_) => Engine::Postgres.name(),
        }
    }
}
