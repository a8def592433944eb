//! Store and EventLog on SQLite and PostgreSQL, with their migrations.
//!
//! One SQL text serves both engines; the module `dialect` holds what differs. Nothing here decides
//! anything: rows go in and come out, compare-and-swap says who was first.
//!
//! After a statement fails, or its future is dropped half-way, its transaction takes no further
//! statement and cannot be committed: PostgreSQL works that way, and SQLite is held to the same.

mod backfill;
mod dialect;
mod error;
pub mod events;
mod migration;
mod postgres;
mod sql;
mod sqlite;
mod store;
mod tables;
mod transaction;

pub use error::OpenError;
pub use events::{PostgresEventLog, SqliteEventLog};

pub use sqlite::CommitCounts;
pub use store::SqlStore;
