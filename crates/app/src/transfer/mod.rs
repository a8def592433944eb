//! Moving whole libraries: in, out, and checking every object.

pub mod export;
pub mod fsck;
pub mod import;
pub mod mirror;
pub mod split;
