//! What Variorum asks of the outside world: traits over plain data.
//!
//! No type of a database driver, a Git library or a web framework appears here. Not found is
//! `Ok(None)`, never an error.

pub mod clock;
pub mod events;
pub mod notifier;
pub mod rows;
pub mod shelf;
pub mod store;

pub use clock::{Clock, Ids};
pub use events::{EventLog, StoredEvent};
pub use notifier::{NoNotifier, Notifier};
pub use store::{Store, StoreError, Tx};
