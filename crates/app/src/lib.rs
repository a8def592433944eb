//! The use cases of Variorum, one function each: load → may the actor? → decide → write → record →
//! commit.
//!
//! The only room that writes through `Tx`; every use case that writes also records. No SQL, no HTTP
//! status, no clock but the port's.

pub mod activity;
pub mod analysis;
pub mod asks;
pub mod attribution;
pub mod auth;
pub mod catalogue;
pub mod changes;
pub mod columns;
pub mod context;
pub mod emergency;
pub mod environments;
pub mod erasure;
pub mod error;
pub mod escalation;
pub mod events;
pub mod exports;
pub mod impact;
pub mod intake;
pub mod keys;
pub mod library;
pub mod lives;
pub mod members;
pub mod notices;
pub mod outcomes;
pub mod quality;
pub mod records;
pub mod releases;
pub mod remotes;
pub mod rollouts;
pub mod serving;
pub mod setup;
pub mod signatures;
pub mod sources;
pub mod stop;
pub mod transfer;
pub mod views;
pub mod watch;
pub mod work;

pub use context::{Context, News};
pub use error::Error;

/// What a use case returns.
pub type Result<T> = std::result::Result<T, Error>;
