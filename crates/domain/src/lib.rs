//! Data, state machines and decisions of Variorum.
//!
//! Pure: no IO, no async, no clock, no randomness. The same input gives the same answer.

pub mod id;
pub mod prompt;
pub mod template;
