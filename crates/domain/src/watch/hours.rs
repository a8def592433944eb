//! A series of hours, and whether its newest hours fell. Only large falls: small ones are found by
//! [`super::judge`] on whole days.

use variorum_stats::hourly::{BASE_HOURS, Base, base_until, limit};
use variorum_stats::shift::{Point, Shape};

use super::lag::HOUR_SECONDS;
use super::series::{DaySeries, Found, Judgement, Settings, of_i128, of_u64, scaled};
use crate::library::{Direction, KpiKind};

/// Outcomes an hour, on average over a week, below which an hour says too little.
pub const HOUR_OUTCOMES_MIN: f64 = 10.0;
/// Hours of a series that are looked at: those of the base, and the newest.
pub(super) const HOURS_LOOKED_AT: i64 = BASE_HOURS + 72;
/// Hours of a day.
const DAY_HOURS: i64 = 24;

/// One hour of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// Its number since 1970.
    pub hour: i64,
    /// Exposures, or 1 where none are reported.
    pub units: u64,
    /// Outcomes reported.
    pub outcomes: u64,
    /// Their sum; for conversions their number.
    pub total: i128,
}

/// A KPI of one subject, hour by hour.
#[derive(Debug, Clone, PartialEq)]
pub struct HourSeries {
    /// What kind of KPI.
    pub kind: KpiKind,
    /// Which way is good.
    pub direction: Direction,
    /// Whether outcomes are counted on exposures; else on hours.
    pub per_exposure: bool,
    /// Whole hours that have come in, by growing number.
    pub hours: Vec<Hour>,
}

/// The hours of a fall that was found by the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HourSpan {
    /// The first hour that is different, since 1970.
    pub first: i64,
    /// The earliest and the latest hour in which it may have begun.
    pub between: (i64, i64),
    /// Hours since, with the first.
    pub count: usize,
}

impl HourSeries {
    /// Whether there is enough of it to be judged by the hour: four weeks, and enough outcomes an
    /// hour. Amounts are not: in an hour, a few large ones decide their mean.
    pub fn is_watchable(&self) -> bool {
        let Some(last) = self.hours.last() else {
            return false;
        };
        let week = self.hours.iter().rev();
        let week = week.take_while(|one| one.hour > last.hour - 7 * DAY_HOURS);
        let outcomes: u64 = week.map(|one| one.outcomes).sum();
        let until = base_until(last.hour);
        let base = self
            .hours
            .iter()
            .filter(|one| one.units > 0 && until - BASE_HOURS <= one.hour && one.hour < until);
        matches!(self.kind, KpiKind::Conversion | KpiKind::Count)
            && of_u64(outcomes) >= HOUR_OUTCOMES_MIN * 7.0 * 24.0
            && base.count() >= variorum_stats::hourly::BASE_HOURS_MIN
    }

    fn points(&self) -> Vec<Point> {
        let usable: Vec<&Hour> = self.hours.iter().filter(|one| one.units > 0).collect();
        let mut units: Vec<u64> = usable.iter().map(|one| one.units).collect();
        units.sort_unstable();
        let middle = units.get(units.len() / 2).map_or(1.0, |one| of_u64(*one));
        let sign = match self.direction {
            Direction::Up => 1.0,
            Direction::Down => -1.0,
        };
        let point = |one: &&Hour| Point {
            place: one.hour,
            value: sign * scaled((self.kind, self.per_exposure, true), one.units, one.total),
            weight: of_u64(one.units) / (of_u64(one.units) + middle),
        };
        usable.iter().map(point).collect()
    }

    /// What came in some hours, and what their hours of the week brought before.
    fn compared(&self, until: i64, of: impl Fn(&Hour) -> bool) -> Compared {
        let base = |one: &Hour| until - BASE_HOURS <= one.hour && one.hour < until;
        let mut slots = vec![(0_u64, 0_i128); 168];
        let slot = |one: &Hour| usize::try_from(one.hour.rem_euclid(168)).unwrap_or(0);
        for one in self.hours.iter().filter(|one| base(one)) {
            let (units, total) = &mut slots[slot(one)];
            *units += one.units;
            *total += one.total;
        }
        let mut compared = Compared::default();
        for one in self.hours.iter().filter(|one| one.units > 0 && of(one)) {
            let (units, total) = slots[slot(one)];
            compared.hours += 1;
            compared.units += one.units;
            compared.came += of_i128(one.total);
            compared.expected += of_u64(one.units) * of_i128(total) / of_u64(units.max(1));
        }
        compared
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Compared {
    hours: usize,
    units: u64,
    came: f64,
    expected: f64,
}

/// The score that a fall of the newest hours must reach.
pub fn hour_limit(settings: Settings) -> f64 {
    limit(settings.yearly)
}

/// Judges the newest hours of a series.
pub fn judge_by_hour(series: &HourSeries, settings: Settings) -> Judgement {
    let limit = limit(settings.yearly);
    let quiet = |score: f64| Judgement::Quiet { score, limit };
    let Some(last) = series.hours.last().filter(|_| series.is_watchable()) else {
        return quiet(0.0);
    };
    let points = series.points();
    let base = Base::of(&points, last.hour);
    let Some(found) = base.and_then(|base| base.fall(&points)) else {
        return quiet(0.0);
    };
    if found.score < limit {
        return quiet(found.score);
    }
    let until = base_until(last.hour);
    let since = series.compared(until, |one| one.hour >= found.place);
    let units = of_u64(since.units.max(1));
    let day = |hour: i64| hour.div_euclid(DAY_HOURS);
    Judgement::Worse(Found {
        shape: Shape::Step,
        day: day(found.place),
        between: (day(found.between.0), day(found.between.1)),
        score: found.score,
        limit,
        before: since.expected / units,
        after: since.came / units,
        days: since.hours.div_ceil(24),
        units: since.units,
        missing: since.expected - since.came,
        hours: Some(HourSpan {
            first: found.place,
            between: found.between,
            count: since.hours,
        }),
    })
}

/// Hours shown before and after the first one of a fall.
const SHOWN: (i64, i64) = (5 * DAY_HOURS, 3 * DAY_HOURS);

/// The hours around a fall, each with what its hour of the week brought in the weeks before, where
/// that is still known.
pub fn around(series: &HourSeries, span: HourSpan) -> Vec<(Hour, Option<f64>)> {
    let until = base_until(span.between.0);
    let near = span.first - SHOWN.0..span.first + SHOWN.1;
    let shown = series.hours.iter().filter(|one| near.contains(&one.hour));
    let usual = |hour: i64| {
        let alike = series.hours.iter().filter(|one| {
            one.hour.rem_euclid(168) == hour.rem_euclid(168)
                && (until - BASE_HOURS..until).contains(&one.hour)
                && one.hour != hour
        });
        let (units, total) = alike.fold((0_u64, 0_i128), |(units, total), one| {
            (units + one.units, total + one.total)
        });
        (units > 0).then(|| of_i128(total) / of_u64(units))
    };
    shown.map(|one| (*one, usual(one.hour))).collect()
}

/// Whether a fall that was found by the hour is back: the newest 24 hours since brought at least
/// three quarters of what was lost, each beside its own hour of the week.
pub fn recovered_by_hour(series: &HourSeries, found: &Found) -> bool {
    let (Some(last), Some(span)) = (series.hours.last(), found.hours) else {
        return false;
    };
    let from = last.hour - DAY_HOURS + 1;
    if from <= span.between.1 || found.before == 0.0 {
        return false;
    }
    let day = series.compared(base_until(last.hour), |one| one.hour >= from);
    let enough = day.hours * 4 >= 3 * 24 && day.expected > 0.0;
    let (left, now) = (found.after / found.before, day.came / day.expected);
    enough && (left - 1.0).abs() > 0.0 && (now - left) / (1.0 - left) >= 0.75
}

/// The seconds of an hour's beginning since 1970.
pub fn hour_begins(hour: i64) -> i64 {
    hour * HOUR_SECONDS
}

/// The hours of days that are not left out.
pub fn only_days_of(series: &mut HourSeries, days: &DaySeries, today: i64) {
    let kept: std::collections::BTreeSet<i64> = days.days.iter().map(|one| one.day).collect();
    series.hours.retain(|one| {
        let day = one.hour.div_euclid(DAY_HOURS);
        day >= today || kept.contains(&day)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five weeks and some hours: busy by day, thin by night, 30 % convert, with wiggles instead of
    /// chance; from `fall` on a part of it.
    fn series(hours: i64, fall: i64, part: i128) -> HourSeries {
        let hour = |hour: i64| {
            let of_day = hour.rem_euclid(24);
            let units: u64 = if (7..22).contains(&of_day) { 120 } else { 30 };
            let wiggle = i128::from((hour * 37 + hour * hour * 11) % 11) - 5;
            let good = i128::from(units) * 30 / 100 + wiggle;
            let total = if hour >= fall {
                good * part / 100
            } else {
                good
            };
            Hour {
                hour,
                units,
                outcomes: u64::try_from(total).unwrap_or(0),
                total,
            }
        };
        HourSeries {
            kind: KpiKind::Conversion,
            direction: Direction::Up,
            per_exposure: true,
            hours: (0..hours).map(hour).collect(),
        }
    }

    const NOW: i64 = 38 * 24 + 12;

    fn settings() -> Settings {
        Settings::for_one_of(40)
    }

    #[test]
    fn a_large_fall_is_found_within_hours_and_measured() {
        let quiet = judge_by_hour(&series(NOW, NOW, 100), settings());
        assert!(matches!(quiet, Judgement::Quiet { .. }), "{quiet:?}");
        let fallen = series(NOW, NOW - 4, 50);
        let Judgement::Worse(found) = judge_by_hour(&fallen, settings()) else {
            panic!("{:?}", judge_by_hour(&fallen, settings()));
        };
        let span = found.hours.unwrap();
        assert_eq!((span.first, span.count), (NOW - 4, 4));
        assert!(span.between.0 <= NOW - 4 && NOW - 4 <= span.between.1);
        assert_eq!(found.day, 38);
        assert!((found.relative() + 0.5).abs() < 0.06, "{found:?}");
        assert!((found.missing - 4.0 * 18.0).abs() < 8.0, "{found:?}");
        assert!((found.missing_a_day() - 24.0 * 18.0).abs() < 48.0);
        let shown = around(&fallen, span);
        assert_eq!(shown.len(), 5 * 24 + 4);
        assert!(
            shown
                .iter()
                .all(|(_, usual)| usual.is_some_and(|one| (one - 0.3).abs() < 0.17))
        );
    }

    #[test]
    fn what_comes_back_for_a_day_is_back() {
        let fallen = series(NOW, NOW - 4, 50);
        let Judgement::Worse(found) = judge_by_hour(&fallen, settings()) else {
            panic!("not found");
        };
        assert!(!recovered_by_hour(&fallen, &found));
        assert!(!recovered_by_hour(&series(NOW + 30, NOW - 4, 50), &found));
        let mended = |hours: i64| {
            let mut all = series(NOW + hours, NOW + hours, 100);
            all.hours
                .iter_mut()
                .filter(|one| (NOW - 4..NOW).contains(&one.hour))
                .for_each(|one| {
                    one.total /= 2;
                });
            all
        };
        assert!(!recovered_by_hour(&mended(10), &found), "too early");
        assert!(recovered_by_hour(&mended(26), &found));
    }

    #[test]
    fn what_is_too_thin_or_too_short_or_an_amount_is_left_to_the_days() {
        let enough = series(NOW, NOW, 100);
        assert!(enough.is_watchable());
        assert!(!series(20 * 24, 20 * 24, 100).is_watchable());
        assert!(!series(NOW, 0, 10).is_watchable(), "two outcomes an hour");
        let amounts = HourSeries {
            kind: KpiKind::Value,
            ..enough
        };
        assert!(!amounts.is_watchable());
        let thin = judge_by_hour(&series(NOW, 0, 10), settings());
        assert!(matches!(thin, Judgement::Quiet { score, .. } if score == 0.0));
    }
}
