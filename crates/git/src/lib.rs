//! Git objects, trees, diff, three-way merge, history and packs over plain data.
//!
//! Pure and synchronous: nothing here waits, reads a clock, touches a file or a database. Objects
//! come from an [`overlay::Overlay`]. What is not loaded is reported as
//! [`error::GitError::Missing`]; the caller loads those objects and makes the same call again.

pub mod bundle;
pub mod cache;
pub mod check;
pub mod commit;
pub mod delta;
pub mod diff;
pub mod error;
mod foreign;
pub mod graph;
mod header;
pub mod merge;
pub mod object;
pub mod order;
pub mod overlay;
pub mod pack;
pub mod signature;
pub mod sshsig;
pub mod tag;
pub mod tree;
pub mod zlib;
