//! A clock that moves only when told to.

use std::sync::atomic::{AtomicI64, Ordering};

use variorum_domain::id::Time;
use variorum_ports::Clock;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock {
    now: AtomicI64,
    step: AtomicI64,
}

impl FixedClock {
    /// A moment in November 2026, for tests that do not care which.
    pub const START: Time = Time(1_795_000_000 * Time::SECOND_US);

    /// Stands at a moment.
    pub fn at(now: Time) -> Self {
        Self {
            now: AtomicI64::new(now.0),
            step: AtomicI64::new(0),
        }
    }

    /// Moves on by this many microseconds after each look.
    #[must_use]
    pub fn stepping(self, step_us: i64) -> Self {
        self.step.store(step_us, Ordering::SeqCst);
        self
    }

    /// Sets the moment.
    pub fn set(&self, now: Time) {
        self.now.store(now.0, Ordering::SeqCst);
    }

    /// Moves on by seconds.
    pub fn advance(&self, seconds: i64) {
        self.now
            .fetch_add(seconds * Time::SECOND_US, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Time {
        Time(
            self.now
                .fetch_add(self.step.load(Ordering::SeqCst), Ordering::SeqCst),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_only_when_told_to() {
        let clock = FixedClock::default();
        assert_eq!(clock.now(), clock.now());
        clock.advance(2);
        assert_eq!(clock.now(), FixedClock::START.plus_seconds(2));
        clock.set(Time(7));
        assert_eq!(clock.now(), Time(7));
        let clock = FixedClock::at(Time(0)).stepping(3);
        assert_eq!(
            [clock.now(), clock.now(), clock.now()],
            [Time(0), Time(3), Time(6)]
        );
    }
}
