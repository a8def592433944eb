//! The log of raw events on both engines.
//!
//! Callers queue their batches; one writer drains the queue, stores all of it in one transaction,
//! and answers after the flush. So the number of callers does not change the number of flushes.
//! The log never interprets an event: duplicates are the fold's affair.

mod ledger;
mod postgres;
mod queue;
mod sqlite;
mod sqlite_writer;

pub use postgres::PostgresEventLog;
pub use sqlite::SqliteEventLog;

use variorum_domain::event::{Event, EventKind};
use variorum_ports::StoreError;
use variorum_ports::events::NewEvent;

use crate::error::Refusal;

/// The columns of an event, in the order in which they are written and read.
const COLUMNS: &str = "seq, workspace, received, id, kind, time, unit, prompt, rollout, arm, kpi, \
                       value, channel, attributes";
const SCAN_IDS: &str = "SELECT seq, workspace, id, received FROM events \
                        WHERE seq > $1 AND received >= $2 ORDER BY seq LIMIT $3";
/// Everything up to this place was received before a moment.
const SKIP: &str = "SELECT COALESCE(MAX(seq), 0) AS seq FROM event_marks WHERE received < $1";
const LAST: &str = "SELECT last_seq FROM event_ledger WHERE one = 1";
const COUNT: &str = "SELECT events FROM event_counts WHERE workspace = $1";
const CLEAR: [&str; 2] = [
    "DELETE FROM events WHERE workspace = $1",
    "DELETE FROM event_counts WHERE workspace = $1",
];

const COUNT_UNIT: &str = "SELECT COUNT(*) FROM events WHERE workspace = $1 AND unit = $2";
/// Gives a unit's events another name. `{holds}` finds the unit's id in the event's.
const ERASE: &str = "UPDATE events SET unit = $3, attributes = '', \
                     id = CASE WHEN {holds} > 0 THEN $3 || '-' || seq ELSE id END \
                     WHERE workspace = $1 AND unit = $2";

/// Refuses a batch that PostgreSQL could not store, before it is queued with others.
fn check(events: &[NewEvent]) -> Result<(), StoreError> {
    let has_nul = |event: &Event| {
        [
            &event.id,
            &event.unit,
            &event.prompt,
            &event.kpi,
            &event.channel,
            &event.attributes,
        ]
        .iter()
        .any(|text| text.as_bytes().contains(&0))
    };
    if events.iter().any(|new| has_nul(&new.event)) {
        return Err(Refusal::Nul.into());
    }
    Ok(())
}

/// The kind and arm of a stored event, or the error that the row is damaged.
fn kind_and_arm(
    seq: i64,
    kind: i64,
    arm: Option<i64>,
) -> Result<(EventKind, Option<u8>), StoreError> {
    let corrupt = || StoreError::Corrupt {
        what: "event",
        id: seq.to_string(),
    };
    let kind = EventKind::from_code(kind).ok_or_else(corrupt)?;
    let arm = arm
        .map(|arm| u8::try_from(arm).map_err(|_| corrupt()))
        .transpose()?;
    Ok((kind, arm))
}

/// A number of rows as the engines take it.
fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
