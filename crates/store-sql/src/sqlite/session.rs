//! A transaction on SQLite, and where its statements run.
//!
//! A short statement takes microseconds and runs on the calling task's thread. A long one, which
//! may take milliseconds, runs on a thread for work that blocks and takes the whole session there:
//! where its caller gives up meanwhile, the session is dropped after the statement has ended.

use std::borrow::Cow;

use rusqlite::Connection;
use variorum_ports::StoreError;

use super::readers::Reading;
use super::statement;
use super::writer::Turn;
use crate::error::{Refusal, from_rusqlite};
use crate::sql::{Row, Value};

/// A statement with more parameters than this is long.
const SHORT_PARAMETERS_MAX: usize = 160;
/// A statement with more bytes of values than this is long.
const SHORT_BYTES_MAX: usize = 64 << 10;

/// How long a question may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// It finds few rows by their keys.
    Short,
    /// It may look at many rows.
    Long,
}

/// Whoever has the connection.
pub(crate) enum Holder {
    Writer(Turn),
    Reader(Reading),
}

impl Holder {
    fn connection(&self) -> Result<&Connection, StoreError> {
        let connection = match self {
            Self::Writer(turn) => turn.connection(),
            Self::Reader(reading) => reading.connection(),
        };
        Ok(connection.ok_or(Refusal::Stopped)?)
    }
}

/// A transaction on SQLite.
pub(crate) struct Session {
    /// `None` while a long statement has it, and after one was abandoned.
    holder: Option<Holder>,
}

impl Session {
    pub(crate) fn new(holder: Holder) -> Self {
        Self {
            holder: Some(holder),
        }
    }

    /// Runs a writing statement and returns how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        what: &str,
        sql: Cow<'static, str>,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let done = if is_short(values) {
            statement::execute(self.connection()?, &sql, values)
        } else {
            let values = to_static(values);
            self.away(move |connection| statement::execute(connection, &sql, &values))
                .await?
        };
        done.map_err(|error| from_rusqlite(error, what))
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn fetch(
        &mut self,
        what: &'static str,
        sql: Cow<'static, str>,
        values: &[Value<'_>],
        length: Length,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = if length == Length::Short && is_short(values) {
            statement::fetch(self.connection()?, what, &sql, values)
        } else {
            let values = to_static(values);
            self.away(move |connection| statement::fetch(connection, what, &sql, &values))
                .await?
        };
        rows.map_err(|error| from_rusqlite(error, what))
    }

    /// Keeps what was written and returns after it is durable.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.holder {
            Some(Holder::Writer(turn)) => turn.commit().await,
            Some(Holder::Reader(_)) => Ok(()),
            None => Err(Refusal::Broken.into()),
        }
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.holder.as_ref().ok_or(Refusal::Broken)?.connection()
    }

    /// Runs work on a thread for work that blocks.
    async fn away<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let holder = self.holder.take().ok_or(Refusal::Broken)?;
        let job = tokio::task::spawn_blocking(move || {
            let done = holder.connection().map(work);
            (holder, done)
        });
        let (holder, done) = job.await.map_err(|_| Refusal::Stopped)?;
        self.holder = Some(holder);
        done
    }
}

fn is_short(values: &[Value<'_>]) -> bool {
    values.len() <= SHORT_PARAMETERS_MAX
        && values.iter().map(Value::size).sum::<usize>() <= SHORT_BYTES_MAX
}

fn to_static(values: &[Value<'_>]) -> Vec<Value<'static>> {
    values.iter().map(Value::to_static).collect()
}
