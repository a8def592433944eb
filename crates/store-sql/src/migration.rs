//! Versions of the schema, oldest first, built into the program.
//!
//! A version once released is never edited. A change that an older program could not live with
//! comes in two releases: first expand (add the new, write both), later contract (drop the old).

use sqlx::{AssertSqlSafe, PgPool};

use crate::OpenError;
use crate::dialect::Engine;

/// One version: the text for both engines, and what only one of them needs.
struct Migration {
    version: i64,
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// The versions of one store, and the table that tells which of them a database has.
pub(crate) struct Schema {
    table: &'static str,
    migrations: &'static [Migration],
}

/// The schema of the state.
pub(crate) const STATE: Schema = Schema {
    table: "schema_version",
    migrations: &[
        Migration {
            version: 1,
            both: include_str!("../migrations/0001_state.sql"),
            sqlite: include_str!("../migrations/0001_append_only.sqlite.sql"),
            postgres: include_str!("../migrations/0001_append_only.postgres.sql"),
        },
        Migration {
            version: 2,
            both: include_str!("../migrations/0002_library_edges.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 3,
            both: include_str!("../migrations/0003_collaboration.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 4,
            both: include_str!("../migrations/0004_git_door.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 7,
            both: include_str!("../migrations/0007_signatures.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 8,
            both: include_str!("../migrations/0008_remotes.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 9,
            both: include_str!("../migrations/0009_search.sql"),
            sqlite: include_str!("../migrations/0009_search.sqlite.sql"),
            postgres: include_str!("../migrations/0009_search.postgres.sql"),
        },
        Migration {
            version: 10,
            both: include_str!("../migrations/0010_views.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 11,
            both: include_str!("../migrations/0011_documentation.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 12,
            both: include_str!("../migrations/0012_facets.sql"),
            sqlite: include_str!("../migrations/0012_facets.sqlite.sql"),
            postgres: "",
        },
        Migration {
            version: 13,
            both: include_str!("../migrations/0013_unindexed.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 14,
            both: include_str!("../migrations/0014_token_uses.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 19,
            both: include_str!("../migrations/0019_regressions.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 21,
            both: include_str!("../migrations/0021_quality.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 22,
            both: include_str!("../migrations/0022_stops.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 23,
            both: include_str!("../migrations/0023_escalation.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 24,
            both: include_str!("../migrations/0024_fewer_pages.sql"),
            sqlite: include_str!("../migrations/0024_fewer_pages.sqlite.sql"),
            postgres: "",
        },
        Migration {
            version: 31,
            both: include_str!("../migrations/0031_went_live.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 32,
            both: include_str!("../migrations/0032_live_versions.sql"),
            sqlite: "",
            postgres: "",
        },
        Migration {
            version: 33,
            both: include_str!("../migrations/0033_sources.sql"),
            sqlite: "",
            postgres: "",
        },
    ],
};

/// The schema of the log of events.
pub(crate) const EVENTS: Schema = Schema {
    table: "event_schema_version",
    migrations: &[Migration {
        version: 1,
        both: include_str!("../migrations/0001_events.sql"),
        sqlite: "",
        postgres: "",
    }],
};

/// Held while the schema changes, so that two programs that start together do not both change it.
const LOCK_KEY: i64 = 0x5641_5249_4d49_4752;

impl Schema {
    fn table_sql(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (version BIGINT NOT NULL)",
            self.table
        )
    }

    fn newest_sql(&self) -> String {
        format!(
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM {}",
            self.table
        )
    }

    fn note_sql(&self) -> String {
        format!("INSERT INTO {} (version) VALUES ($1)", self.table)
    }

    fn missing(&self, found: i64) -> Result<&'static [Migration], OpenError> {
        let known = self
            .migrations
            .last()
            .map_or(0, |migration| migration.version);
        if found > known {
            return Err(OpenError::NewerSchema { found, known });
        }
        let first = self
            .migrations
            .iter()
            .position(|migration| migration.version > found);
        Ok(first.map_or(&[], |first| &self.migrations[first..]))
    }
}

impl Migration {
    fn text(&self, engine: Engine) -> String {
        let own = match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        };
        engine.schema(self.both) + own
    }
}

/// Brings a file up to date.
pub(crate) fn migrate_file(
    connection: &mut rusqlite::Connection,
    schema: &Schema,
) -> Result<(), OpenError> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    tx.execute(&schema.table_sql(), [])?;
    let found: i64 = tx.query_row(&schema.newest_sql(), [], |row| row.get(0))?;
    for migration in schema.missing(found)? {
        tx.execute_batch(&migration.text(Engine::Sqlite))?;
        tx.execute(&schema.note_sql(), [migration.version])?;
    }
    Ok(tx.commit()?)
}

/// Brings a PostgreSQL database up to date.
pub(crate) async fn migrate_postgres(pool: &PgPool, schema: &Schema) -> Result<(), OpenError> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK_KEY)
        .execute(&mut *tx)
        .await?;
    sqlx::query(AssertSqlSafe(schema.table_sql()))
        .execute(&mut *tx)
        .await?;
    let found: i64 = sqlx::query_scalar(AssertSqlSafe(schema.newest_sql()))
        .fetch_one(&mut *tx)
        .await?;
    for migration in schema.missing(found)? {
        let text = migration.text(Engine::Postgres);
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *tx).await?;
        let note = sqlx::query(AssertSqlSafe(schema.note_sql()));
        note.bind(migration.version).execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}
