//! A series of days, and whether it got worse.

use variorum_stats::shift::{self, Point, Search, Shape, Shift};

use super::hours::HourSpan;
use crate::library::{Direction, KpiKind};

/// One day of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Its number since 1970.
    pub day: i64,
    /// Exposures, or 1 where none are reported.
    pub units: u64,
    /// Outcomes reported.
    pub outcomes: u64,
    /// Their sum in the KPI's smallest unit; for conversions their number.
    pub total: i128,
}

/// A KPI of one subject, day by day.
#[derive(Debug, Clone, PartialEq)]
pub struct DaySeries {
    /// What kind of KPI.
    pub kind: KpiKind,
    /// Which way is good.
    pub direction: Direction,
    /// Whether outcomes are counted on exposures; else on days.
    pub per_exposure: bool,
    /// Whole days, by growing number; days that are not to be judged are left out.
    pub days: Vec<Day>,
}

/// How a series is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// False alarms of this one series that are accepted in a year of daily looks.
    pub yearly: f64,
    /// Outcomes a day, on average, below which a series says too little.
    pub outcomes_min: f64,
}

/// False alarms in a year that one workspace accepts, all series together.
pub const YEARLY_OF_WORKSPACE: f64 = 1.0;

impl Settings {
    /// The share of each of so many series in what the workspace accepts.
    pub fn for_one_of(series: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand series")]
        let series = series.max(1) as f64;
        Self {
            yearly: YEARLY_OF_WORKSPACE / series,
            outcomes_min: 3.0,
        }
    }
}

/// The score that a change must reach.
pub fn limit(settings: Settings) -> f64 {
    shift::limit(settings.yearly)
}

/// A series that got worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// At once, or more with every day.
    pub shape: Shape,
    /// The first day that is different.
    pub day: i64,
    /// The earliest and latest day on which it may have begun.
    pub between: (i64, i64),
    /// The standardised size, and the limit it is over.
    pub score: f64,
    /// The limit.
    pub limit: f64,
    /// What a unit brought before, on days of the week as they were since.
    pub before: f64,
    /// What a unit brought since.
    pub after: f64,
    /// Days since, with the first.
    pub days: usize,
    /// Units since.
    pub units: u64,
    /// What would have come since at the level before, minus what came; negative where too much came
    /// of what is unwanted.
    pub missing: f64,
    /// The hours, where it was found by the hour.
    pub hours: Option<HourSpan>,
}

impl Found {
    /// The change in relation to the level before, −0.2 for a fifth less.
    pub fn relative(&self) -> f64 {
        if self.before.abs() > 0.0 {
            (self.after - self.before) / self.before.abs()
        } else {
            0.0
        }
    }

    /// What is missing a day.
    pub fn missing_a_day(&self) -> f64 {
        match self.hours {
            Some(span) => 24.0 * self.missing / of_usize(span.count.max(1)),
            None => self.missing / of_usize(self.days.max(1)),
        }
    }
}

/// What is known of a series after a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judgement {
    /// Not enough days yet.
    TooShort {
        /// Days there are.
        days: usize,
        /// Days needed.
        need: usize,
    },
    /// So few outcomes a day that a day says nothing.
    TooThin {
        /// Outcomes a day.
        a_day: f64,
    },
    /// Nothing that chance would not bring.
    Quiet {
        /// The largest standardised fall.
        score: f64,
        /// The limit that it is below.
        limit: f64,
    },
    /// It got worse.
    Worse(Found),
}

/// Judges the newest days of a series.
pub fn judge(series: &DaySeries, settings: Settings) -> Judgement {
    let search = Search::default();
    let days: Vec<Day> = usable(series);
    let need = search.before_min + search.after_step_min;
    if days.len() < need {
        return Judgement::TooShort {
            days: days.len(),
            need,
        };
    }
    let window = &days[days.len().saturating_sub(shift::WINDOW_POINTS)..];
    let outcomes: u64 = window.iter().map(|day| day.outcomes).sum();
    let a_day = of_u64(outcomes) / of_usize(window.len());
    if a_day < settings.outcomes_min {
        return Judgement::TooThin { a_day };
    }
    let limit = shift::limit(settings.yearly);
    let points = points(series, window);
    let Some(found) = shift::fall(&points, search) else {
        return Judgement::Quiet { score: 0.0, limit };
    };
    if found.score < limit {
        return Judgement::Quiet {
            score: found.score,
            limit,
        };
    }
    Judgement::Worse(sized(window, &found, limit))
}

/// Whether a series is back: the last week brought at least three quarters of what was lost a unit.
pub fn recovered(series: &DaySeries, found: &Found) -> bool {
    const DAYS: usize = 7;
    let days = usable(series);
    let since: Vec<Day> = days
        .into_iter()
        .filter(|day| day.day >= found.day)
        .collect();
    if since.len() < DAYS {
        return false;
    }
    let week = &since[since.len() - DAYS..];
    let units: u64 = week.iter().map(|day| day.units).sum();
    let total: i128 = week.iter().map(|day| day.total).sum();
    let now = of_i128(total) / of_u64(units.max(1));
    let lost = found.before - found.after;
    lost.abs() > 0.0 && (now - found.after) / lost >= 0.75
}

fn usable(series: &DaySeries) -> Vec<Day> {
    let days = series.days.iter().filter(|day| day.units > 0);
    days.copied().collect()
}

/// The days on a scale on which their noise is about the same, with less being worse.
fn points(series: &DaySeries, days: &[Day]) -> Vec<Point> {
    let mut units: Vec<u64> = days.iter().map(|day| day.units).collect();
    units.sort_unstable();
    let middle = of_u64(units[units.len() / 2]).max(1.0);
    let has_losses = days.iter().any(|day| day.total <= 0);
    let sign = match series.direction {
        Direction::Up => 1.0,
        Direction::Down => -1.0,
    };
    let point = |day: &Day| Point {
        place: day.day,
        value: sign
            * scaled(
                (series.kind, series.per_exposure, has_losses),
                day.units,
                day.total,
            ),
        // Half of the noise from counting, half from the day itself.
        weight: of_u64(day.units) / (of_u64(day.units) + middle),
    };
    days.iter().map(point).collect()
}

/// What came of so many units, on a scale on which its noise is about the same.
pub(super) fn scaled(
    (kind, per_exposure, has_losses): (KpiKind, bool, bool),
    units: u64,
    total: i128,
) -> f64 {
    let (units, total) = (of_u64(units), of_i128(total));
    match kind {
        // Anscombe (1948): the variance of a share or a rate hardly depends on it then.
        KpiKind::Conversion if per_exposure && total <= units => {
            2.0 * ((total + 0.375) / (units + 0.75)).sqrt().asin()
        }
        KpiKind::Conversion | KpiKind::Count if total >= 0.0 => ((total + 0.375) / units).sqrt(),
        _ if has_losses => total / units,
        _ => (total / units).ln(),
    }
}

/// The size in the KPI's own unit, each day compared with the same day of the week before the change.
fn sized(days: &[Day], found: &Shift, limit: f64) -> Found {
    let (before, after): (Vec<&Day>, Vec<&Day>) =
        days.iter().partition(|day| day.day < found.place);
    let level = |weekday: Option<i64>| {
        let same = |day: &&&Day| weekday.is_none_or(|wanted| day.day.rem_euclid(7) == wanted);
        let days = before.iter().filter(same);
        let (units, total) = days.fold((0_u64, 0_i128), |(units, total), day| {
            (units + day.units, total + day.total)
        });
        (units > 0).then(|| of_i128(total) / of_u64(units))
    };
    let whole = level(None).unwrap_or(0.0);
    let expected: f64 = after
        .iter()
        .map(|day| of_u64(day.units) * level(Some(day.day.rem_euclid(7))).unwrap_or(whole))
        .sum();
    let units: u64 = after.iter().map(|day| day.units).sum();
    let total: i128 = after.iter().map(|day| day.total).sum();
    let units_seen = of_u64(units.max(1));
    Found {
        shape: found.shape,
        day: found.place,
        between: found.between,
        score: found.score,
        limit,
        before: expected / units_seen,
        after: of_i128(total) / units_seen,
        days: after.len(),
        units,
        missing: expected - of_i128(total),
        hours: None,
    }
}

fn of_usize(number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "days of a series")]
    let number = number as f64;
    number
}

pub(super) fn of_u64(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts lie below 2^53")]
    let number = number as f64;
    number
}

pub(super) fn of_i128(number: i128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "sums of a day lie below 2^53")]
    let number = number as f64;
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rates: impl Fn(i64) -> (u64, i128), count: i64, kind: KpiKind) -> DaySeries {
        let day = |day: i64| {
            let (units, total) = rates(day);
            Day {
                day,
                units,
                outcomes: u64::try_from(total.max(0)).unwrap_or(0),
                total,
            }
        };
        DaySeries {
            kind,
            direction: Direction::Up,
            per_exposure: true,
            days: (0..count).map(day).collect(),
        }
    }

    /// Wiggles without chance, so that tests tell the same every time.
    fn wiggle(day: i64) -> i128 {
        i128::from((day * 37 + day * day * 11) % 13) - 6
    }

    fn settings() -> Settings {
        Settings::for_one_of(20)
    }

    #[test]
    fn a_drop_is_measured_in_the_unit_of_the_kpi() {
        // 400 units a day on weekdays, half of them at weekends; 20 % convert, from day 70 only 12 %.
        let rates = |day: i64| {
            let units = if day % 7 >= 5 { 200 } else { 400 };
            let share = if day < 70 { 20 } else { 12 };
            (units, i128::from(units) * share / 100 + wiggle(day))
        };
        let series = series(rates, 80, KpiKind::Conversion);
        let Judgement::Worse(found) = judge(&series, settings()) else {
            panic!("not found: {:?}", judge(&series, settings()));
        };
        assert_eq!((found.day, found.shape, found.days), (70, Shape::Step, 10));
        assert!((found.before - 0.20).abs() < 0.005, "{found:?}");
        assert!((found.after - 0.12).abs() < 0.01, "{found:?}");
        assert!((found.relative() + 0.4).abs() < 0.05);
        let missing = found.before * of_u64(found.units) - found.after * of_u64(found.units);
        assert!((found.missing - missing).abs() < 1e-6);
        assert!(!recovered(&series, &found));
        let back = DaySeries {
            days: (0..100)
                .map(|day| {
                    let (units, total) = rates(if day < 90 { day } else { day % 7 });
                    Day {
                        day,
                        units,
                        outcomes: 1,
                        total,
                    }
                })
                .collect(),
            ..series
        };
        assert!(recovered(&back, &found));
    }

    #[test]
    fn more_of_what_is_unwanted_is_worse() {
        let mut series = series(
            |day| {
                (
                    500,
                    i128::from(if day < 60 { 20 } else { 45 }) + wiggle(day),
                )
            },
            70,
            KpiKind::Conversion,
        );
        assert!(matches!(
            judge(&series, settings()),
            Judgement::Quiet { .. }
        ));
        series.direction = Direction::Down;
        let Judgement::Worse(found) = judge(&series, settings()) else {
            panic!("not found");
        };
        assert!(found.missing < 0.0 && found.relative() > 0.5, "{found:?}");
    }

    #[test]
    fn money_is_judged_by_its_mean() {
        let series = series(
            |day| {
                (
                    300,
                    (i128::from(if day < 60 { 90 } else { 60 }) + wiggle(day)) * 1_000,
                )
            },
            75,
            KpiKind::Value,
        );
        let Judgement::Worse(found) = judge(&series, settings()) else {
            panic!("not found");
        };
        assert!((58..=62).contains(&found.day), "{found:?}");
    }

    #[test]
    fn what_is_too_short_or_too_thin_says_so() {
        let short = series(|_| (100, 10), 20, KpiKind::Conversion);
        assert_eq!(
            judge(&short, settings()),
            Judgement::TooShort { days: 20, need: 30 }
        );
        let thin = series(|day| (100, i128::from(day % 2)), 60, KpiKind::Conversion);
        assert_eq!(judge(&thin, settings()), Judgement::TooThin { a_day: 0.5 });
        let quiet = series(|day| (400, 80 + wiggle(day)), 90, KpiKind::Conversion);
        assert!(matches!(judge(&quiet, settings()), Judgement::Quiet { .. }));
        assert_eq!(Settings::for_one_of(0), Settings::for_one_of(1));
    }
}
