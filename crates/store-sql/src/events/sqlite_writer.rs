//! The thread that writes events to SQLite: one transaction and one flush for all that wait.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use variorum_domain::id::WorkspaceId;
use variorum_ports::StoreError;
use variorum_ports::events::NewEvent;

use super::ledger::{Ledger, counts};
use super::queue::{Append, Erase, Group, Jobs};
use super::{CLEAR, COLUMNS, ERASE};
use crate::OpenError;

/// How long a statement waits for another process that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// The size to which the log is cut after a checkpoint, in bytes.
const LOG_BYTES_KEPT: i64 = 64 << 20;

/// Opens the writing connection.
pub(super) fn connect(file: &Path, durable: bool) -> Result<Connection, OpenError> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", if durable { "full" } else { "off" })?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

/// Starts the thread; it ends when the log is dropped.
pub(super) fn start(mut connection: Connection, mut jobs: Jobs) -> Result<(), OpenError> {
    let work = move || {
        while let Some(group) = jobs.next_blocking() {
            match group {
                Group::Append(appends) => answer_appends(&mut connection, appends),
                Group::Clear(workspace, answer) => {
                    let cleared = clear(&mut connection, workspace).map_err(unavailable);
                    drop(answer.send(cleared));
                }
                Group::Erase(erase) => {
                    let erased = erase_unit(&mut connection, &erase).map_err(unavailable);
                    drop(erase.answer.send(erased));
                }
            }
        }
    };
    let started = std::thread::Builder::new()
        .name("sqlite-events".to_owned())
        .spawn(work);
    started
        .map(drop)
        .map_err(|error| OpenError::Database(Box::new(error)))
}

fn answer_appends(connection: &mut Connection, appends: Vec<Append>) {
    match append(connection, &appends) {
        Ok(places) => {
            for (append, first) in appends.into_iter().zip(places) {
                drop(append.answer.send(Ok(first)));
            }
        }
        Err(error) => {
            tracing::error!(error = %error, "a group of events could not be stored");
            let error = Arc::new(error);
            for append in appends {
                drop(append.answer.send(Err(unavailable(Arc::clone(&error)))));
            }
        }
    }
}

/// Stores all batches in one transaction; it is durable when this returns.
fn append(connection: &mut Connection, appends: &[Append]) -> Result<Vec<i64>, rusqlite::Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut ledger = read_ledger(&tx)?;
    let mut places = Vec::with_capacity(appends.len());
    for append in appends {
        let first = ledger.take(&append.events);
        insert(&tx, first, &append.events)?;
        places.push(first);
    }
    for (workspace, events) in counts(appends.iter().flat_map(|append| append.events.iter())) {
        let sql = "INSERT INTO event_counts (workspace, events) VALUES ($1, $2) \
                   ON CONFLICT (workspace) DO UPDATE SET events = events + excluded.events";
        tx.prepare_cached(sql)?
            .execute(params![workspace.0, events])?;
    }
    if let Some((seq, received)) = ledger.mark() {
        let sql = "INSERT INTO event_marks (seq, received) VALUES ($1, $2)";
        tx.prepare_cached(sql)?.execute(params![seq, received])?;
    }
    let sql = "UPDATE event_ledger SET last_seq = $1, newest_received = $2, marked_seq = $3";
    let values = params![ledger.last_seq, ledger.newest_received, ledger.marked_seq];
    tx.prepare_cached(sql)?.execute(values)?;
    tx.commit()?;
    Ok(places)
}

fn read_ledger(tx: &Transaction<'_>) -> Result<Ledger, rusqlite::Error> {
    let sql = "SELECT last_seq, newest_received, marked_seq FROM event_ledger WHERE one = 1";
    tx.prepare_cached(sql)?.query_row([], |row| {
        Ok(Ledger {
            last_seq: row.get(0)?,
            newest_received: row.get(1)?,
            marked_seq: row.get(2)?,
        })
    })
}

fn insert(tx: &Transaction<'_>, first: i64, events: &[NewEvent]) -> Result<(), rusqlite::Error> {
    let sql = format!(
        "INSERT INTO events ({COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    for (seq, new) in (first..).zip(events) {
        let event = &new.event;
        statement.execute(params![
            seq,
            new.workspace.0,
            new.received.0,
            event.id,
            event.kind.code(),
            event.time.0,
            event.unit,
            event.prompt,
            event.rollout.map(|number| number.0),
            event.arm,
            event.kpi,
            event.value,
            event.channel,
            event.attributes,
        ])?;
    }
    Ok(())
}

fn clear(connection: &mut Connection, workspace: WorkspaceId) -> Result<(), rusqlite::Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for sql in CLEAR {
        tx.execute(sql, [workspace.0])?;
    }
    tx.commit()
}

/// Writes a unit's rows anew, then the whole file: pages that were split before may hold copies of rows
/// in parts that nothing points to. The log of changes is folded into the file and cut.
fn erase_unit(connection: &mut Connection, erase: &Erase) -> Result<i64, rusqlite::Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Names of parameters are counted by their first place here; numbers are not.
    let sql = ERASE.replace("{holds}", "instr(id, $2)").replace('$', "?");
    let rows = tx.execute(&sql, params![erase.workspace.0, erase.unit, erase.name])?;
    tx.commit()?;
    if rows > 0 {
        // The copy may be as large as the file, which is no matter for the memory.
        connection.pragma_update(None, "temp_store", "file")?;
        connection.execute_batch("VACUUM")?;
        connection.pragma_update(None, "temp_store", "memory")?;
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy != 0 {
            tracing::warn!(
                "a reader holds the log of changes; what was erased leaves it with the next checkpoint"
            );
        }
    }
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}
