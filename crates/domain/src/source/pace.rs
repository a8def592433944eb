//! How fast one source may send.

use crate::id::Time;

/// Deliveries of one source that are taken in a second where whoever runs the server says nothing.
pub const DELIVERIES_PER_SECOND: u32 = 50;
/// What may be asked for in its place.
pub const DELIVERIES_PER_SECOND_MAX: u32 = 10_000;
/// Seconds whose deliveries may come all at once.
pub const BURST_SECONDS: u32 = 10;

/// A bucket that holds the deliveries of [`BURST_SECONDS`] and fills at an even pace. All it remembers
/// is when it will be full again (the generic cell rate algorithm, ITU-T I.371).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    full_at: Time,
}

impl Default for Pace {
    /// A full bucket.
    fn default() -> Self {
        Self {
            full_at: Time(i64::MIN),
        }
    }
}

impl Pace {
    /// Takes one delivery out; where there is none, says after how many seconds there will be.
    pub fn take(&mut self, now: Time, per_second: u32) -> Result<(), u32> {
        let each = 1_000_000 / i64::from(per_second.clamp(1, DELIVERIES_PER_SECOND_MAX));
        let whole = i64::from(BURST_SECONDS) * 1_000_000;
        let full_at = self.full_at.max(now).0.saturating_add(each);
        let wait = full_at.saturating_sub(now.0).saturating_sub(whole);
        if wait > 0 {
            let seconds = wait.unsigned_abs().div_ceil(1_000_000);
            return Err(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        self.full_at = Time(full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_the_pace() {
        let (mut pace, now) = (Pace::default(), Time::from_seconds(1_000));
        for _ in 0..20 {
            assert_eq!(pace.take(now, 2), Ok(()));
        }
        assert_eq!(pace.take(now, 2), Err(1));
        assert_eq!(pace.take(Time(now.0 + 499_999), 2), Err(1));
        assert_eq!(pace.take(Time(now.0 + 500_000), 2), Ok(()));
        assert_eq!(
            pace.take(now.plus_seconds(-3), 2),
            Err(4),
            "a clock set back"
        );
        let much_later = now.plus_seconds(3_600);
        let taken = (0..100).filter(|_| pace.take(much_later, 2).is_ok());
        assert_eq!(taken.count(), 20);
    }

    proptest! {
        /// In every stretch of time a burst, and what the pace brings meanwhile; and waiting as long
        /// as is said is enough.
        #[test]
        fn never_more_than_a_burst_and_the_pace(
            steps in prop::collection::vec(0..900_000_i64, 1..400),
            per_second in 1..8_u32,
        ) {
            let (mut pace, mut now, mut taken) = (Pace::default(), Time(0), Vec::new());
            for step in steps {
                now = Time(now.0 + step);
                match pace.take(now, per_second) {
                    Ok(()) => taken.push(now.0),
                    Err(seconds) => {
                        let later = now.plus_seconds(i64::from(seconds));
                        prop_assert_eq!(pace.clone().take(later, per_second), Ok(()));
                    }
                }
            }
            for (at, first) in taken.iter().enumerate() {
                for (count, last) in (1_i64..).zip(&taken[at..]) {
                    let brought = (last - first) * i64::from(per_second) / 1_000_000;
                    let burst = i64::from(per_second * BURST_SECONDS);
                    // A microsecond of rounding in each of them.
                    prop_assert!(count <= burst + brought + 2, "{count} in {}", last - first);
                }
            }
        }
    }
}
