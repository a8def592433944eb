//! How late events of a KPI usually come in, so that no hour is judged before it is told.

use std::collections::BTreeMap;

use crate::id::Time;

/// Seconds of an hour.
pub(super) const HOUR_SECONDS: i64 = 3_600;
/// The share of what belongs to an hour that has usually come in when it is judged.
const SHARE_IN: f64 = 0.98;
/// Hours beyond which it is not told apart how late something came.
const LATEST: usize = 48;
/// Events after which the old ones count half, so that a new way of reporting is seen.
const HALVED_AT: u64 = 100_000;

/// The number of the hour since 1970 in which a moment lies, in UTC.
pub fn hour_number(time: Time) -> i64 {
    time.seconds().div_euclid(HOUR_SECONDS)
}

/// Events by the hours between the end of their own hour and their arrival.
#[derive(Debug, Clone)]
struct Late([u64; LATEST + 1]);

impl Late {
    fn note(&mut self, hours: usize) {
        self.0[hours.min(LATEST)] += 1;
        if self.0.iter().sum::<u64>() >= HALVED_AT {
            self.0.iter_mut().for_each(|count| *count /= 2);
        }
    }

    fn wait(&self) -> i64 {
        let share = |count: u64| {
            #[expect(clippy::cast_precision_loss, reason = "halved long before 2^53")]
            let count = count as f64;
            count
        };
        let all: u64 = self.0.iter().sum();
        let mut so_far = 0;
        let place = self.0.iter().position(|count| {
            so_far += count;
            share(so_far) >= SHARE_IN * share(all)
        });
        i64::try_from(place.unwrap_or(0)).unwrap_or(0)
    }
}

/// How late exposures and the outcomes of each KPI come in.
#[derive(Debug, Default)]
pub(super) struct Lags(BTreeMap<String, Late>);

impl Lags {
    /// Notes when an event came in; exposures under no KPI.
    pub(super) fn note(&mut self, kpi: &str, at: Time, received: Time) {
        let end = (hour_number(at) + 1) * HOUR_SECONDS;
        let late = (received.seconds() - end).max(0);
        let hours = late.div_euclid(HOUR_SECONDS) + i64::from(late % HOUR_SECONDS > 0);
        if !self.0.contains_key(kpi) {
            self.0.insert(kpi.to_owned(), Late([0; LATEST + 1]));
        }
        if let Some(late) = self.0.get_mut(kpi) {
            late.note(usize::try_from(hours).unwrap_or(LATEST));
        }
    }

    /// Hours after the end of an hour until what belongs to it has usually come in.
    pub(super) fn wait(&self, kpi: &str) -> i64 {
        let of = |kpi: &str| self.0.get(kpi).map_or(0, Late::wait);
        of(kpi).max(of(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_judged_when_it_is_told() {
        let mut lags = Lags::default();
        let at = |hour: i64, second: i64| Time::from_seconds(hour * HOUR_SECONDS + second);
        for n in 0..1_000 {
            lags.note("live", at(n, 60), at(n, 65));
            // One in fifty-one comes a day late, and changes nothing.
            if n % 51 == 0 {
                lags.note("live", at(n, 60), at(n + 24, 65));
            }
            lags.note("nightly", at(n, 60), at(n - n % 24 + 24, 0));
        }
        assert_eq!(lags.wait("live"), 0);
        assert_eq!(lags.wait("nightly"), 23);
        assert_eq!(lags.wait("never heard of"), 0);
        for n in 0..10 {
            lags.note("", at(n, 0), at(n + 7, 1));
        }
        assert_eq!(lags.wait("live"), 7, "exposures are waited for, too");
    }

    #[test]
    fn a_new_way_of_reporting_is_seen() {
        let mut late = Late([0; LATEST + 1]);
        (0..150_000).for_each(|_| late.note(0));
        assert_eq!(late.wait(), 0);
        (0..20_000).for_each(|_| late.note(9));
        assert_eq!(late.wait(), 9);
    }
}
