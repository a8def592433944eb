//! One transaction on either engine: the narrow waist through which every statement goes.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};
use variorum_domain::id::WorkspaceId;
use variorum_ports::{StoreError, Tx};

use crate::dialect::Engine;
use crate::error::{Refusal, from_sqlx};
use crate::postgres::PostgresTurn;
use crate::sql::{Lists, Row, Tuples, Value, for_postgres, for_sqlite, has_nul};
use crate::sqlite::Turn;

/// Statements with more parameters than this are prepared for one use only.
const PARAMETERS_PREPARED_MAX: usize = 160;

/// What a transaction runs on.
pub(crate) enum Session {
    SqliteWriter(Turn),
    SqliteReader(Transaction<'static, Sqlite>),
    PostgresWriter(PostgresTurn),
    PostgresReader(Transaction<'static, Postgres>),
}

/// A transaction.
pub(crate) struct SqlTx {
    session: Session,
    /// Set while a statement runs, so that one that failed or was abandoned leaves it set.
    broken: bool,
}

impl SqlTx {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session,
            broken: false,
        }
    }

    /// The engine it runs on.
    pub(crate) fn engine(&self) -> Engine {
        match self.session {
            Session::SqliteWriter(_) | Session::SqliteReader(_) => Engine::Sqlite,
            Session::PostgresWriter(_) | Session::PostgresReader(_) => Engine::Postgres,
        }
    }

    /// Whether it may write.
    pub(crate) fn writes(&self) -> bool {
        matches!(
            self.session,
            Session::SqliteWriter(_) | Session::PostgresWriter(_)
        )
    }

    /// What an ending of a `SELECT` locks, in a transaction that writes.
    pub(crate) fn for_update(&self) -> &'static str {
        if self.writes() {
            self.engine().for_update()
        } else {
            ""
        }
    }

    /// Refuses where this transaction only reads.
    pub(crate) fn check_writes(&self) -> Result<(), StoreError> {
        if self.writes() {
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
        let sql = sql.into();
        let keep = values.len() <= PARAMETERS_PREPARED_MAX;
        let done = match &mut self.session {
            Session::SqliteWriter(turn) => {
                let connection = turn.connection().ok_or(Refusal::Stopped)?;
                execute_sqlite(connection, sql, values, keep).await
            }
            Session::SqliteReader(tx) => execute_sqlite(tx, sql, values, keep).await,
            Session::PostgresWriter(turn) => {
                execute_postgres(&mut turn.tx, sql, values, keep).await
            }
            Session::PostgresReader(tx) => execute_postgres(tx, sql, values, keep).await,
        };
        let count = done.map_err(|error| from_sqlx(error, what))?;
        self.broken = false;
        Ok(count)
    }

    /// Runs a statement and returns its rows; `what` names one of them.
    pub(crate) async fn fetch(
        &mut self,
        what: &'static str,
        sql: impl Into<Cow<'static, str>>,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.enter(values)?;
        let sql = sql.into();
        let keep = values.len() <= PARAMETERS_PREPARED_MAX;
        let rows = match &mut self.session {
            Session::SqliteWriter(turn) => {
                let connection = turn.connection().ok_or(Refusal::Stopped)?;
                fetch_sqlite(connection, what, sql, values, keep).await
            }
            Session::SqliteReader(tx) => fetch_sqlite(tx, what, sql, values, keep).await,
            Session::PostgresWriter(turn) => {
                fetch_postgres(&mut turn.tx, what, sql, values, keep).await
            }
            Session::PostgresReader(tx) => fetch_postgres(tx, what, sql, values, keep).await,
        };
        let rows = rows.map_err(|error| from_sqlx(error, what))?;
        self.broken = false;
        Ok(rows)
    }

    /// Runs a statement that finds one row at most.
    pub(crate) async fn fetch_one(
        &mut self,
        what: &'static str,
        sql: impl Into<Cow<'static, str>>,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(what, sql, values).await?.into_iter().next())
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

    /// Runs a statement once for each chunk of a long list, which stands where `{list}` is, after
    /// `$1`.
    pub(crate) async fn fetch_listed(
        &mut self,
        what: &'static str,
        sql: &str,
        first: WorkspaceId,
        list: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        let engine = self.engine();
        for (text, values) in Lists::new(engine, first.into(), list) {
            found.extend(self.fetch(what, engine.listed(sql, &text), &values).await?);
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
            Session::SqliteWriter(turn) => turn.commit().await,
            Session::SqliteReader(tx) => tx.commit().await.map_err(|e| from_sqlx(e, "state")),
            Session::PostgresWriter(turn) => {
                turn.tx.commit().await.map_err(|e| from_sqlx(e, "state"))
            }
            Session::PostgresReader(tx) => tx.commit().await.map_err(|e| from_sqlx(e, "state")),
        }
    }
}

// The texts are made of literals and placeholders only; every value is bound.

async fn execute_sqlite(
    connection: &mut sqlx::SqliteConnection,
    sql: Cow<'static, str>,
    values: &[Value<'_>],
    keep: bool,
) -> Result<u64, sqlx::Error> {
    let arguments = for_sqlite(values).map_err(sqlx::Error::Encode)?;
    let query = sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments).persistent(keep);
    Ok(query.execute(connection).await?.rows_affected())
}

async fn execute_postgres(
    connection: &mut sqlx::PgConnection,
    sql: Cow<'static, str>,
    values: &[Value<'_>],
    keep: bool,
) -> Result<u64, sqlx::Error> {
    let arguments = for_postgres(values).map_err(sqlx::Error::Encode)?;
    let query = sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments).persistent(keep);
    Ok(query.execute(connection).await?.rows_affected())
}

async fn fetch_sqlite(
    connection: &mut sqlx::SqliteConnection,
    what: &'static str,
    sql: Cow<'static, str>,
    values: &[Value<'_>],
    keep: bool,
) -> Result<Vec<Row>, sqlx::Error> {
    let arguments = for_sqlite(values).map_err(sqlx::Error::Encode)?;
    let query = sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments).persistent(keep);
    let rows = query.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| Row::sqlite(what, row)).collect())
}

async fn fetch_postgres(
    connection: &mut sqlx::PgConnection,
    what: &'static str,
    sql: Cow<'static, str>,
    values: &[Value<'_>],
    keep: bool,
) -> Result<Vec<Row>, sqlx::Error> {
    let arguments = for_postgres(values).map_err(sqlx::Error::Encode)?;
    let query = sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments).persistent(keep);
    let rows = query.fetch_all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| Row::postgres(what, row))
        .collect())
}
