//! Time and randomness, which only adapters may take from the machine.

use variorum_domain::id::Time;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

/// Makes what must not be guessed.
pub trait Ids: Send + Sync {
    /// Random bytes from the system's secure source.
    fn secret(&self) -> [u8; 32];
}
