//! What a change did to a KPI where no experiment tells: days before against days after, and how far
//! that can be trusted.

use std::fmt::Write as _;

use crate::watch::{Day, DaySeries};

/// Days on each side of the change.
pub const AROUND_DAYS: i64 = 14;
/// Days with something in them that each side needs.
const DAYS_MIN: usize = 5;
/// The share of an interval of 95 %, two-sided, for about ten days (Student's t).
const WIDE: f64 = 2.2;

/// Before against after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Before {
    /// What a unit brought before, in the KPI's smallest unit.
    pub before: f64,
    /// After minus before.
    pub effect: f64,
    /// The lower end of the interval from how much days differ.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Units on both sides.
    pub units: u64,
    /// Days on the thinner side.
    pub days: usize,
    /// What the days before did by themselves, as a change from their first to their second half.
    pub trend: f64,
}

/// Compares the two weeks before a day with the two weeks after it; the day itself belongs to
/// neither. `None` with fewer than five days on a side.
pub fn before_after(series: &DaySeries, day: i64) -> Option<Before> {
    let side = |from: i64, until: i64| -> Vec<Day> {
        let within = |one: &&Day| from <= one.day && one.day < until && one.units > 0;
        series.days.iter().filter(within).copied().collect()
    };
    let (old, new) = (
        side(day - AROUND_DAYS, day),
        side(day + 1, day + 1 + AROUND_DAYS),
    );
    let days = old.len().min(new.len());
    // A KPI that is never reported for the prompt says nothing of it.
    let reported = old.iter().chain(&new).any(|day| day.outcomes > 0);
    if days < DAYS_MIN || !reported {
        return None;
    }
    let ((before, noise), (after, other)) = (mean(&old), mean(&new));
    let half = old.len() / 2;
    let wide = WIDE * (noise + other).sqrt();
    Some(Before {
        before,
        effect: after - before,
        low: after - before - wide,
        high: after - before + wide,
        units: old.iter().chain(&new).map(|day| day.units).sum(),
        days,
        trend: mean(&old[half..]).0 - mean(&old[..half]).0,
    })
}

/// What a unit brought in some days, and the interval of 95 % from how much the days differ; no
/// interval below five days.
pub fn level(days: &[Day]) -> (f64, Option<(f64, f64)>) {
    let (mean, noise) = mean(days);
    let wide = WIDE * noise.sqrt();
    let interval = (days.len() >= DAYS_MIN).then_some((mean - wide, mean + wide));
    (mean, interval)
}

/// The mean of a unit, and the variance of that mean as the days tell it (a ratio of sums).
fn mean(days: &[Day]) -> (f64, f64) {
    let units: f64 = days.iter().map(|day| of(i128::from(day.units))).sum();
    let total: f64 = days.iter().map(|day| of(day.total)).sum();
    if units <= 0.0 {
        return (0.0, 0.0);
    }
    let mean = total / units;
    let squares: f64 = days
        .iter()
        .map(|day| {
            let rest = of(day.total) - mean * of(i128::from(day.units));
            rest * rest
        })
        .sum();
    let count = of(days.len() as i128);
    (
        mean,
        squares * count / (count - 1.0).max(1.0) / (units * units),
    )
}

fn of(number: i128) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sums of a few days lie below 2^53"
    )]
    let number = number as f64;
    number
}

/// How far an experiment's lift can be trusted.
pub fn of_experiment(was_taken_back: bool, low: f64, high: f64) -> String {
    let mut text = "Measured by an experiment: people were split by chance, so the difference is \
                    the change's own."
        .to_owned();
    if low <= 0.0 && high >= 0.0 {
        text.push_str(" The interval holds zero, so it may have brought nothing.");
    }
    if was_taken_back {
        text.push_str(" It was taken back, so this was avoided, not kept.");
    }
    text
}

/// How far before against after can be trusted, the weakness first.
pub fn of_before_after(found: &Before, others: usize) -> String {
    let mut text =
        "Weak: nobody was kept on the old version, so whatever else changed in these weeks \
                    is in this number, too."
            .to_owned();
    // Writing into a String cannot fail.
    if others > 0 {
        let _ = write!(text, " {others} other prompts changed in the same release.");
    }
    if found.trend.abs() > 0.3 * found.effect.abs() {
        text.push_str(" It moved by itself in the weeks before, too.");
    }
    if found.low <= 0.0 && found.high >= 0.0 {
        text.push_str(" Days differ so much that it may be nothing.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{Direction, KpiKind};

    fn series(total: impl Fn(i64) -> i128) -> DaySeries {
        let day = |day: i64| Day {
            day,
            units: 100,
            outcomes: 1,
            total: total(day),
        };
        DaySeries {
            kind: KpiKind::Conversion,
            direction: Direction::Up,
            per_exposure: true,
            days: (0..60).map(day).collect(),
        }
    }

    #[test]
    fn two_weeks_are_compared_with_two_weeks() {
        let step = series(|day| if day < 30 { 20 } else { 30 } + i128::from(day % 3) - 1);
        let found = before_after(&step, 30).unwrap();
        assert!((found.before - 0.2).abs() < 0.01, "{found:?}");
        assert!((found.effect - 0.1).abs() < 0.01, "{found:?}");
        assert!(found.low > 0.05 && found.high < 0.15, "{found:?}");
        assert_eq!((found.days, found.units), (14, 2_800));
        let text = of_before_after(&found, 2);
        assert!(
            text.starts_with("Weak:") && text.contains("2 other prompts"),
            "{text}"
        );
        assert!(
            !text.contains("by itself") && !text.contains("nothing"),
            "{text}"
        );
        assert_eq!(before_after(&step, 3), None);
        assert_eq!(before_after(&step, 57), None);
    }

    #[test]
    fn a_slope_is_not_a_change() {
        let found = before_after(&series(|day| i128::from(10 + day)), 30).unwrap();
        assert!(of_before_after(&found, 0).contains("by itself"));
        let quiet = before_after(&series(|day| 20 + i128::from(day % 5)), 30).unwrap();
        assert!(quiet.low < 0.0 && quiet.high > 0.0);
        assert!(of_before_after(&quiet, 0).contains("may be nothing"));
    }

    #[test]
    fn an_experiment_says_what_it_is() {
        assert!(!of_experiment(false, 1.0, 2.0).contains("zero"));
        assert!(of_experiment(false, -1.0, 2.0).contains("zero"));
        assert!(of_experiment(true, -2.0, -1.0).contains("taken back"));
    }
}
