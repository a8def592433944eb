//! What can go wrong with a database, in the words of the ports.

use std::error::Error;
use std::sync::Arc;

use rusqlite::ffi::{
    SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID,
    SQLITE_CONSTRAINT_UNIQUE,
};
use sqlx::error::ErrorKind;
use variorum_ports::StoreError;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data was written by a newer program.
    #[error(
        "the data has schema version {found}, but this program knows {known} at most; start a newer program"
    )]
    NewerSchema {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The folder cannot be made or written.
    #[error("the data folder `{folder}` cannot be used")]
    Folder {
        /// Which folder.
        folder: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The database's address is not one.
    #[error("the database's address is not valid")]
    Address(#[source] sqlx::Error),
    /// The database cannot be reached or refuses.
    #[error("the database cannot be opened")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

/// Why a transaction takes no further statement.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("an earlier statement of this transaction failed or was abandoned")]
    Broken,
    #[error("a text holds a NUL character, which PostgreSQL cannot store")]
    Nul,
    #[error("the writer stopped before it answered; whether the transaction is durable is unknown")]
    Stopped,
    #[error("too many others read at the same time; nothing was read, try again later")]
    Crowded,
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Unavailable(Box::new(refusal))
    }
}

/// A failure that several waiting callers share.
pub(crate) fn shared<E: Error + Send + Sync + 'static>(error: &Arc<E>) -> StoreError {
    StoreError::Unavailable(Box::new(Arc::clone(error)))
}

/// An error of SQLite in the words of the port; `what` names the thing that was read or written.
pub(crate) fn from_rusqlite(error: rusqlite::Error, what: &str) -> StoreError {
    match error.sqlite_error() {
        Some(inner) if is_violation(inner.extended_code) => StoreError::Conflict {
            what: what.to_owned(),
        },
        Some(inner) if inner.code == rusqlite::ErrorCode::ReadOnly => StoreError::ReadOnly,
        _ => StoreError::Unavailable(Box::new(error)),
    }
}

/// Whether a row was there already, or one it refers to was not.
fn is_violation(extended_code: i32) -> bool {
    matches!(
        extended_code,
        SQLITE_CONSTRAINT_UNIQUE
            | SQLITE_CONSTRAINT_PRIMARYKEY
            | SQLITE_CONSTRAINT_ROWID
            | SQLITE_CONSTRAINT_FOREIGNKEY
    )
}

/// An error of PostgreSQL in the words of the port; `what` names the thing that was read or written.
pub(crate) fn from_sqlx(error: sqlx::Error, what: &str) -> StoreError {
    if let sqlx::Error::Database(inner) = &error {
        if matches!(
            inner.kind(),
            ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation
        ) {
            return StoreError::Conflict {
                what: what.to_owned(),
            };
        }
        // Serialization failure, deadlock, write in a reading transaction.
        match inner.code().as_deref() {
            Some("40001" | "40P01") => {
                return StoreError::Conflict {
                    what: what.to_owned(),
                };
            }
            Some("25006") => return StoreError::ReadOnly,
            _ => {}
        }
    }
    StoreError::Unavailable(Box::new(error))
}

/// Whether the connection was at fault, so that another connection may do better.
pub(crate) fn is_connection_loss(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => true,
        // Class 08 is "connection exception"; 57P01 to 57P03 are shut-down, crash and start-up.
        sqlx::Error::Database(inner) => inner.code().is_some_and(|code| {
            code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03")
        }),
        _ => false,
    }
}
