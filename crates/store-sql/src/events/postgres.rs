//! The log of events in a PostgreSQL database.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use variorum_domain::event::Event;
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_ports::events::NewEvent;
use variorum_ports::{EventLog, StoreError, StoredEvent};

use super::ledger::{Ledger, counts};
use super::queue::{Append, Erase, Group, Jobs, Queue, queue};
use super::{
    CLEAR, COLUMNS, COUNT, COUNT_UNIT, ERASE, LAST, SCAN_IDS, SKIP, check, kind_and_arm, limit,
};
use crate::OpenError;
use crate::error::{from_sqlx, shared};
use crate::migration::{EVENTS, migrate_postgres};
use crate::postgres::{begin, options};

/// The most connections of the log: one writes, the others read.
const CONNECTIONS_MAX: u32 = 4;

/// Events in a PostgreSQL database.
pub struct PostgresEventLog {
    queue: Queue,
    pool: PgPool,
}

impl PostgresEventLog {
    /// Connects to a database, which may be the one that holds the state.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX);
        let pool = pool.connect_with(options(url)?).await?;
        migrate_postgres(&pool, &EVENTS).await?;
        let (queue, jobs) = queue();
        tokio::spawn(write(pool.clone(), jobs));
        Ok(Self { queue, pool })
    }
}

#[async_trait]
impl EventLog for PostgresEventLog {
    async fn append(&self, events: Arc<[NewEvent]>) -> Result<i64, StoreError> {
        check(&events)?;
        if events.is_empty() {
            return Ok(self.last_seq().await? + 1);
        }
        self.queue.append(events).await
    }

    async fn scan(&self, after: i64, rows: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE seq > $1 ORDER BY seq LIMIT $2");
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(after)
            .bind(limit(rows));
        let rows = query.fetch_all(&self.pool).await.map_err(unavailable)?;
        rows.iter().map(read).collect()
    }

    async fn scan_ids(
        &self,
        since: Time,
        after: i64,
        rows: usize,
    ) -> Result<Vec<(i64, WorkspaceId, String, Time)>, StoreError> {
        let skip: i64 = sqlx::query_scalar(SKIP)
            .bind(since.0)
            .fetch_one(&self.pool)
            .await
            .map_err(unavailable)?;
        let query = sqlx::query_as(SCAN_IDS)
            .bind(after.max(skip))
            .bind(since.0)
            .bind(limit(rows));
        let rows: Vec<(i64, i64, String, i64)> =
            query.fetch_all(&self.pool).await.map_err(unavailable)?;
        Ok(rows
            .into_iter()
            .map(|(seq, workspace, id, received)| (seq, WorkspaceId(workspace), id, Time(received)))
            .collect())
    }

    async fn last_seq(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar(LAST)
            .fetch_one(&self.pool)
            .await
            .map_err(unavailable)
    }

    async fn count(&self, workspace: WorkspaceId) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(COUNT).bind(workspace.0);
        let count = query
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(count.unwrap_or(0))
    }

    async fn clear(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        self.queue.clear(workspace).await
    }

    async fn count_unit(&self, workspace: WorkspaceId, unit: &str) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(COUNT_UNIT).bind(workspace.0).bind(unit);
        query.fetch_one(&self.pool).await.map_err(unavailable)
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

/// The writer: stores what waits in one transaction, as long as the log lives.
async fn write(pool: PgPool, mut jobs: Jobs) {
    while let Some(group) = jobs.next().await {
        match group {
            Group::Append(appends) => answer_appends(&pool, appends).await,
            Group::Clear(workspace, answer) => {
                let cleared = clear(&pool, workspace).await.map_err(unavailable);
                drop(answer.send(cleared));
            }
            Group::Erase(erase) => {
                let erased = erase_unit(&pool, &erase).await.map_err(unavailable);
                drop(erase.answer.send(erased));
            }
        }
    }
}

async fn answer_appends(pool: &PgPool, appends: Vec<Append>) {
    match append(pool, &appends).await {
        Ok(places) => {
            for (append, first) in appends.into_iter().zip(places) {
                drop(append.answer.send(Ok(first)));
            }
        }
        Err(error) => {
            tracing::error!(error = %error, "a group of events could not be stored");
            let error = Arc::new(error);
            for append in appends {
                drop(append.answer.send(Err(shared(&error))));
            }
        }
    }
}

/// Stores all batches in one transaction. The ledger's row makes the writers of all replicas wait
/// for each other, so places are given out in the order in which they become visible.
async fn append(pool: &PgPool, appends: &[Append]) -> Result<Vec<i64>, sqlx::Error> {
    let mut tx = begin(pool, "BEGIN").await?;
    let mut ledger = read_ledger(&mut tx).await?;
    let mut places = Vec::with_capacity(appends.len());
    for append in appends {
        let first = ledger.take(&append.events);
        insert(&mut tx, first, &append.events).await?;
        places.push(first);
    }
    for (workspace, events) in counts(appends.iter().flat_map(|append| append.events.iter())) {
        let sql = "INSERT INTO event_counts (workspace, events) VALUES ($1, $2) ON CONFLICT \
                   (workspace) DO UPDATE SET events = event_counts.events + excluded.events";
        sqlx::query(sql)
            .bind(workspace.0)
            .bind(events)
            .execute(&mut *tx)
            .await?;
    }
    if let Some((seq, received)) = ledger.mark() {
        let sql = "INSERT INTO event_marks (seq, received) VALUES ($1, $2)";
        sqlx::query(sql)
            .bind(seq)
            .bind(received)
            .execute(&mut *tx)
            .await?;
    }
    let sql = "UPDATE event_ledger SET last_seq = $1, newest_received = $2, marked_seq = $3";
    let query = sqlx::query(sql)
        .bind(ledger.last_seq)
        .bind(ledger.newest_received);
    query.bind(ledger.marked_seq).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(places)
}

async fn read_ledger(connection: &mut PgConnection) -> Result<Ledger, sqlx::Error> {
    let sql = "SELECT last_seq, newest_received, marked_seq FROM event_ledger \
               WHERE one = 1 FOR UPDATE";
    let (last_seq, newest_received, marked_seq) = sqlx::query_as(sql).fetch_one(connection).await?;
    Ok(Ledger {
        last_seq,
        newest_received,
        marked_seq,
    })
}

async fn insert(
    connection: &mut PgConnection,
    first: i64,
    events: &[NewEvent],
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "INSERT INTO events ({COLUMNS}) SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], \
         $3::BIGINT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::TEXT[], $8::TEXT[], \
         $9::BIGINT[], $10::BIGINT[], $11::TEXT[], $12::BIGINT[], $13::TEXT[], $14::TEXT[])"
    );
    let ints = |get: fn(&NewEvent) -> i64| events.iter().map(get).collect::<Vec<i64>>();
    let maybe = |get: fn(&Event) -> Option<i64>| {
        events
            .iter()
            .map(|new| get(&new.event))
            .collect::<Vec<Option<i64>>>()
    };
    let texts = |get: fn(&Event) -> &String| {
        events
            .iter()
            .map(|new| get(&new.event).as_str())
            .collect::<Vec<&str>>()
    };
    let places: Vec<i64> = (first..).take(events.len()).collect();
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(places)
        .bind(ints(|new| new.workspace.0))
        .bind(ints(|new| new.received.0))
        .bind(texts(|event| &event.id))
        .bind(ints(|new| new.event.kind.code()))
        .bind(ints(|new| new.event.time.0))
        .bind(texts(|event| &event.unit))
        .bind(texts(|event| &event.prompt))
        .bind(maybe(|event| event.rollout.map(|number| number.0)))
        .bind(maybe(|event| event.arm.map(i64::from)))
        .bind(texts(|event| &event.kpi))
        .bind(ints(|new| new.event.value))
        .bind(texts(|event| &event.channel))
        .bind(texts(|event| &event.attributes));
    query.execute(connection).await.map(drop)
}

async fn clear(pool: &PgPool, workspace: WorkspaceId) -> Result<(), sqlx::Error> {
    let mut tx = begin(pool, "BEGIN").await?;
    for sql in CLEAR {
        sqlx::query(sql).bind(workspace.0).execute(&mut *tx).await?;
    }
    tx.commit().await
}

/// Writes a unit's rows anew, then lets the server use the room of the old ones again.
async fn erase_unit(pool: &PgPool, erase: &Erase) -> Result<i64, sqlx::Error> {
    let sql = ERASE.replace("{holds}", "strpos(id, $2)");
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(erase.workspace.0)
        .bind(&erase.unit)
        .bind(&erase.name)
        .execute(pool)
        .await?;
    let rows = i64::try_from(done.rows_affected()).unwrap_or(i64::MAX);
    if rows > 0 {
        sqlx::query("VACUUM events").execute(pool).await?;
    }
    Ok(rows)
}

fn read(row: &PgRow) -> Result<StoredEvent, StoreError> {
    let seq = row.try_get("seq").map_err(unavailable)?;
    let corrupt = |_| StoreError::Corrupt {
        what: "event",
        id: format!("{seq}"),
    };
    let (kind, arm) = kind_and_arm(
        seq,
        row.try_get("kind").map_err(corrupt)?,
        row.try_get("arm").map_err(corrupt)?,
    )?;
    let event = || {
        Ok(Event {
            id: row.try_get("id")?,
            kind,
            time: Time(row.try_get("time")?),
            unit: row.try_get("unit")?,
            prompt: row.try_get("prompt")?,
            rollout: row.try_get::<Option<i64>, _>("rollout")?.map(RolloutNumber),
            arm,
            kpi: row.try_get("kpi")?,
            value: row.try_get("value")?,
            channel: row.try_get("channel")?,
            attributes: row.try_get("attributes")?,
        })
    };
    Ok(StoredEvent {
        seq,
        workspace: WorkspaceId(row.try_get("workspace").map_err(corrupt)?),
        received: Time(row.try_get("received").map_err(corrupt)?),
        event: event().map_err(corrupt)?,
    })
}

fn unavailable(error: sqlx::Error) -> StoreError {
    from_sqlx(error, "events")
}
