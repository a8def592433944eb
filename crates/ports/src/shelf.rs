//! A place for derived files: written once, read by pieces, thrown away.
//!
//! Calls block; callers stand on a thread for that.

use std::sync::Arc;

use crate::store::StoreError;

/// A folder of derived files. Whatever is on it can be made again.
pub trait Shelf: Send + Sync {
    /// The names of all files.
    fn names(&self) -> Result<Vec<String>, StoreError>;

    /// Begins a file; until it is finished nobody sees it.
    fn create(&self, name: &str) -> Result<Box<dyn Draft>, StoreError>;

    /// Opens a file for reading; it can be read on after it was removed.
    fn open(&self, name: &str) -> Result<Arc<dyn Pages>, StoreError>;

    /// Removes a file; one that is not there is fine.
    fn remove(&self, name: &str) -> Result<(), StoreError>;
}

/// A file that is being written.
pub trait Draft: Send {
    /// Writes at its end.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError>;

    /// Makes it durable and puts it under its name, in place of what stood there.
    fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// A file that is read by pieces, by several threads at once.
pub trait Pages: Send + Sync {
    /// How many bytes it has.
    fn bytes(&self) -> u64;

    /// Fills `into` from a place on.
    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), StoreError>;
}
