//! One transaction on either engine: the narrow waist through which every statement goes.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Postgres, Transaction};
use variorum_domain::id::WorkspaceId;
use variorum_ports::{StoreError, Tx};

use crate::dialect::Engine;
use crate::error::{Refusal, from_sqlx};
use crate::postgres::PostgresTurn;
use crate::sql::{Lists, Row, Tuples, Value, for_postgres, has_nul};
use crate::sqlite::{self, Holder, Length};

/// Statements with more parameters than this are prepared for one use only.
const PARAMETERS_PREPARED_MAX: usize = 160;
/// A list with more values than this may take long.
const SHORT_LIST_MAX: usize = 32;

/// What a transaction runs on.
pub(crate) enum Session {
    Sqlite(sqlite::Session),
    PostgresWriter(PostgresTurn),
    PostgresReader(Transaction<'static, Postgres>),
}

impl Session {
    pub(crate) fn sqlite(holder: Holder) -> Self {
        Self::Sqlite(sqlite::Session::new(holder))
    }
}

/// A transaction.
pub(crate) struct SqlTx {
    session: Session,
    writes: bool,
    /// Set while a statement runs, so that one that failed or was abandoned leaves it set.
    broken: bool,
    /// Files noted for indexing since somebody counted those that wait.
    noted: Arc<AtomicUsize>,
}

impl SqlTx {
    pub(crate) fn new(session: Session, writes: bool, noted: Arc<AtomicUsize>) -> Self {
        Self {
            session,
            writes,
            noted,
            broken: false,
        }
    }

    /// The engine it runs on.
    pub(crate) fn engine(&self) -> Engine {
        match self.session {
            Session::Sqlite(_) => Engine::Sqlite,
            Session::PostgresWriter(_) | Session::PostgresReader(_) => Engine::Postgres,
        }
    }

    /// Adds files noted for indexing; `true`, and begins anew, once there are so many.
    pub(crate) fn note_unindexed(&self, files: usize, many: usize) -> bool {
        let noted = self.noted.fetch_add(files, Ordering::Relaxed) + files;
        if noted < many {
            return false;
        }
        self.noted.store(0, Ordering::Relaxed);
        true
    }

    /// Whether it may write.
    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    /// What an ending of a `SELECT` locks, in a transaction that writes.
    pub(crate) fn for_update(&self) -> &'static str {
        if self.writes {
            self.engine().for_update()
        } else {
            ""
        }
    }

    /// Refuses where this transaction only reads.
    pub(crate) fn check_writes(&self) -> Result<(), StoreError> {
        if self.writes {
            Ok(())
        } else {
            Err(StoreError::ReadOnly)
        }
    }

    /// Runs a writing statement and returns how many rows it touched; `what` names the thing in a
    /// conflict.
    pub(crate) async fn execute(
        &mut self,
        what: &str,
        sql: impl Into<Cow<'static, str>>,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        self.check_writes()?;
        self.enter(values)?;
        let done = match &mut self.session {
            Session::Sqlite(session) => session.execute(what, sql.into(), values).await,
            Session::PostgresWriter(turn) => {
                execute_postgres(&mut turn.tx, what, sql.into(), values).await
            }
            Session::PostgresReader(tx) => execute_postgres(tx, what, sql.into(), values).await,
        };
        self.broken = done.is_err();
        done
    }

    /// Runs a statement that may look at many rows and returns those it finds; `what` names one of
    /// them.
    pub(crate) async fn fetch(
        &mut self,
        what: &'static str,
        sql: impl Into<Cow<'static, str>>,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.fetch_of(what, sql.into(), values, Length::Long).await
    }

    /// Runs a statement that finds one row at most, by its key.
    pub(crate) async fn fetch_one(
        &mut self,
        what: &'static str,
        sql: impl Into<Cow<'static, str>>,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        let rows = self.fetch_of(what, sql.into(), values, Length::Short).await;
        Ok(rows?.into_iter().next())
    }

    async fn fetch_of(
        &mut self,
        what: &'static str,
        sql: Cow<'static, str>,
        values: &[Value<'_>],
        length: Length,
    ) -> Result<Vec<Row>, StoreError> {
        self.enter(values)?;
        let rows = match &mut self.session {
            Session::Sqlite(session) => session.fetch(what, sql, values, length).await,
            Session::PostgresWriter(turn) => fetch_postgres(&mut turn.tx, what, sql, values).await,
            Session::PostgresReader(tx) => fetch_postgres(tx, what, sql, values).await,
        };
        self.broken = rows.is_err();
        rows
    }

    /// Inserts rows of `columns` values each: `head` ends before the rows, `tail` follows them.
    pub(crate) async fn insert(
        &mut self,
        what: &str,
        (head, columns, tail): (&str, usize, &str),
        values: &[Value<'_>],
    ) -> Result<(), StoreError> {
        self.check_writes()?;
        for (tuples, values) in Tuples::new(self.engine(), columns, values) {
            self.execute(what, format!("{head} VALUES {tuples} {tail}"), values)
                .await?;
        }
        Ok(())
    }

    /// Runs a statement once for each chunk of a list of keys, which stands where `{list}` is, after
    /// `$1`.
    pub(crate) async fn fetch_listed(
        &mut self,
        what: &'static str,
        sql: &str,
        first: WorkspaceId,
        list: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let length = if list.len() <= SHORT_LIST_MAX {
            Length::Short
        } else {
            Length::Long
        };
        self.fetch_chunks(what, sql, (first, list), length).await
    }

    /// The same where each value of the list may find many rows.
    pub(crate) async fn search_listed(
        &mut self,
        what: &'static str,
        sql: &str,
        first: WorkspaceId,
        list: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let length = Length::Long;
        self.fetch_chunks(what, sql, (first, list), length).await
    }

    async fn fetch_chunks(
        &mut self,
        what: &'static str,
        sql: &str,
        (first, list): (WorkspaceId, &[Value<'_>]),
        length: Length,
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        let engine = self.engine();
        for (text, values) in Lists::new(engine, first.into(), list) {
            let sql = engine.listed(sql, &text).into();
            found.extend(self.fetch_of(what, sql, &values, length).await?);
        }
        Ok(found)
    }

    /// Runs a writing statement once for each chunk of a long list.
    pub(crate) async fn execute_listed(
        &mut self,
        what: &str,
        sql: &str,
        first: WorkspaceId,
        list: &[Value<'_>],
    ) -> Result<(), StoreError> {
        self.check_writes()?;
        let engine = self.engine();
        for (text, values) in Lists::new(engine, first.into(), list) {
            self.execute(what, engine.listed(sql, &text), &values)
                .await?;
        }
        Ok(())
    }

    fn enter(&mut self, values: &[Value<'_>]) -> Result<(), StoreError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        if has_nul(values) {
            return Err(Refusal::Nul.into());
        }
        self.broken = true;
        Ok(())
    }
}

#[async_trait]
impl Tx for SqlTx {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        match self.session {
            Session::Sqlite(session) => session.commit().await,
            Session::PostgresWriter(turn) => {
                turn.tx.commit().await.map_err(|e| from_sqlx(e, "state"))
            }
            Session::PostgresReader(tx) => tx.commit().await.map_err(|e| from_sqlx(e, "state")),
        }
    }
}

// The texts are made of literals and placeholders only; every value is bound.

async fn execute_postgres(
    connection: &mut sqlx::PgConnection,
    what: &str,
    sql: Cow<'static, str>,
    values: &[Value<'_>],
) -> Result<u64, StoreError> {
    let done = match for_postgres(values).map_err(sqlx::Error::Encode) {
        Ok(arguments) => {
            let query = sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments);
            let query = query.persistent(values.len() <= PARAMETERS_PREPARED_MAX);
            query.execute(connection).await
        }
        Err(error) => Err(error),
    };
    Ok(done
        .map_err(|error| from_sqlx(error, what))?
        .rows_affected())
}

async fn fetch_postgres(
    connection: &mut sqlx::PgConnection,
    what: &'static str,
    sql: Cow<'static, str>,
    values: &[Value<'_>],
) -> Result<Vec<Row>, StoreError> {
    let rows = match for_postgres(values).map_err(sqlx::Error::Encode) {
        Ok(arguments) => {
            let query = sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments);
            let query = query.persistent(values.len() <= PARAMETERS_PREPARED_MAX);
            query.fetch_all(connection).await
        }
        Err(error) => Err(error),
    };
    let rows = rows.map_err(|error| from_sqlx(error, what))?;
    Ok(rows
        .into_iter()
        .map(|row| Row::postgres(what, row))
        .collect())
}
