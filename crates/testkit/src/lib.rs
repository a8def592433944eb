//! For tests only: a clock that stands still, ids from a seed, rows to fill stores with, and the
//! conformance suite that every store must pass.
//!
//! Knows ports and domain, and no adapter: an adapter's tests bring their store here.

pub mod build;
pub mod clock;
pub mod cluster;
pub mod conformance;
pub mod ids;
pub mod letters;

pub use clock::FixedClock;
pub use cluster::Cluster;
pub use ids::SeededIds;
pub use letters::Letterbox;
