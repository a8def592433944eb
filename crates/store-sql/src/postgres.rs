//! PostgreSQL: pools of readers and writers; the writers of a workspace wait for each other.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
use sqlx::{AssertSqlSafe, Transaction};
use tokio::sync::OwnedMutexGuard;
use variorum_domain::id::WorkspaceId;

use crate::OpenError;
use crate::error::is_connection_loss;
use crate::migration;

/// The most connections that write at a time.
const WRITERS_MAX: u32 = 8;
/// The most connections that read at a time.
const READERS_MAX: u32 = 16;
/// How long a caller waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a transaction is begun anew after its connection was lost, and after which pause.
const RETRY_PAUSES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
];
/// The upper half of the keys of our advisory locks, so that they meet nobody else's.
const LOCK_SPACE: i64 = 0x5641_5249 << 32;
/// Begins a transaction that sees one state.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A database on a server.
pub(crate) struct PostgresDatabase {
    writers: PgPool,
    readers: PgPool,
    /// One lock a workspace, so that those who wait hold no connection.
    queues: Mutex<HashMap<WorkspaceId, Arc<tokio::sync::Mutex<()>>>>,
}

/// A writing transaction and its place in the queue of its workspace.
pub(crate) struct PostgresTurn {
    /// Ends before the place in the queue is given up.
    pub(crate) tx: Transaction<'static, Postgres>,
    _place: OwnedMutexGuard<()>,
}

/// The options every connection of ours is opened with.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(OpenError::Address)?;
    Ok(options
        .application_name("variorum")
        .options([("synchronous_commit", "on")]))
}

impl PostgresDatabase {
    /// Connects and brings the schema up to date.
    pub(crate) async fn open(url: &str) -> Result<Self, OpenError> {
        let options = options(url)?;
        let pool = || PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        let writers = pool()
            .max_connections(WRITERS_MAX)
            .connect_with(options.clone())
            .await?;
        migration::migrate_postgres(&writers, &migration::STATE).await?;
        let readers = pool()
            .max_connections(READERS_MAX)
            .connect_with(options)
            .await?;
        Ok(Self {
            writers,
            readers,
            queues: Mutex::default(),
        })
    }

    /// Begins a transaction that writes to a workspace, when it is its turn.
    pub(crate) async fn begin(&self, workspace: WorkspaceId) -> Result<PostgresTurn, sqlx::Error> {
        let (queue, pool) = (self.queue(workspace), self.writers.clone());
        // Replicas of this program meet at the advisory lock.
        let key = LOCK_SPACE ^ workspace.0;
        to_the_end(async move {
            let place = queue.lock_owned().await;
            let sql = format!("BEGIN; SELECT pg_advisory_xact_lock({key})");
            Ok(PostgresTurn {
                tx: begin(&pool, &sql).await?,
                _place: place,
            })
        })
        .await
    }

    /// Begins a transaction that sees one state.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let pool = self.readers.clone();
        to_the_end(async move { begin(&pool, BEGIN_READING).await }).await
    }

    fn queue(&self, workspace: WorkspaceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(workspace).or_default())
    }
}

/// Runs work in a task of its own, so that it ends even where its caller gives up.
///
/// The driver gives a connection whose `BEGIN` was abandoned back to its pool with the transaction
/// open: its locks would stay, and the next reader would see an old state. A transaction that was
/// begun and is then dropped is rolled back.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    tokio::spawn(work)
        .await
        .map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// Begins a transaction; on a lost connection tries again, since nothing was done yet.
pub(crate) async fn begin(
    pool: &PgPool,
    sql: &str,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut pauses = RETRY_PAUSES.into_iter();
    loop {
        match pool.begin_with(AssertSqlSafe(sql.to_owned())).await {
            Err(error) if is_connection_loss(&error) => match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            },
            begun => return begun,
        }
    }
}
