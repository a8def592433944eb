//! The reference for events: the same columns inserted into an SQLite file, and nothing else.

use std::path::Path;

use anyhow::Result;
use rusqlite::{Connection, params};
use variorum_domain::event::Event;

const TABLE: &str = "CREATE TABLE events (seq INTEGER PRIMARY KEY, workspace INTEGER NOT NULL, \
    received INTEGER NOT NULL, id TEXT NOT NULL, kind INTEGER NOT NULL, time INTEGER NOT NULL, \
    unit TEXT NOT NULL, prompt TEXT NOT NULL, rollout INTEGER, arm INTEGER, kpi TEXT NOT NULL, \
    value INTEGER NOT NULL, channel TEXT NOT NULL, attributes TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO events (seq, workspace, received, id, kind, time, unit, prompt, \
    rollout, arm, kpi, value, channel, attributes) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// A file that takes events in.
pub(super) struct RawLog {
    connection: Connection,
    last_seq: i64,
}

impl RawLog {
    /// Makes the file, with the settings of the product's own.
    pub(super) fn found(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute(TABLE, [])?;
        Ok(Self {
            connection,
            last_seq: 0,
        })
    }

    /// Inserts a batch in one transaction.
    pub(super) fn append(&mut self, events: &[Event]) -> Result<()> {
        let tx = self.connection.transaction()?;
        let mut statement = tx.prepare_cached(INSERT)?;
        for event in events {
            self.last_seq += 1;
            statement.execute(params![
                self.last_seq,
                1,
                event.time.0,
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
        drop(statement);
        tx.commit()?;
        Ok(())
    }
}
