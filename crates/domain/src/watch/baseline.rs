//! How the KPIs stood when a version went live: what later numbers are compared with.

use serde::{Deserialize, Serialize};

use super::series::{Day, DaySeries};
use super::suspects::HappenedKind;
use crate::id::{ReleaseNumber, RolloutNumber, Time};
use crate::library::Kpi;
use crate::movement;

/// Whole days before the moment that a baseline takes in.
pub const BASELINE_DAYS: usize = 28;

/// How one KPI stood: the whole days before the moment, four weeks at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Which KPI.
    pub kpi: String,
    /// The digest of its definition.
    pub definition: String,
    /// What came, in the KPI's smallest unit; text, because it may exceed what JSON numbers hold.
    pub numerator: String,
    /// Exposures; days where none are reported.
    pub denominator: u64,
    /// Whether the denominator counts exposures; else it counts days.
    pub per_exposure: bool,
    /// How many days there were.
    pub days: usize,
    /// The first of them, since 1970.
    pub first_day: i64,
    /// The last of them.
    pub last_day: i64,
    /// One over the other.
    pub mean: f64,
    /// The interval of 95 % from how much the days differ; none below five days.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
}

impl Baseline {
    /// The baseline of a series whose last day is the one before the moment. `None` where nothing of
    /// the KPI was reported.
    pub fn of(kpi: &Kpi, series: &DaySeries) -> Option<Self> {
        let newest = series.days.len().saturating_sub(BASELINE_DAYS);
        let days = series.days[newest..].iter().filter(|day| day.units > 0);
        let days: Vec<Day> = days.copied().collect();
        let (first, last) = (days.first()?, days.last()?);
        if days.iter().all(|day| day.outcomes == 0) {
            return None;
        }
        let (mean, interval) = movement::level(&days);
        Some(Self {
            kpi: kpi.id.clone(),
            definition: kpi.digest(),
            numerator: days.iter().map(|day| day.total).sum::<i128>().to_string(),
            denominator: days.iter().map(|day| day.units).sum(),
            per_exposure: series.per_exposure,
            days: days.len(),
            first_day: first.day,
            last_day: last.day,
            mean,
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        })
    }
}

/// A release that went live, or began to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WentLive {
    /// When.
    pub at: Time,
    /// Where.
    pub environment: String,
    /// How.
    pub kind: HappenedKind,
    /// Which release was live before.
    pub before: Option<ReleaseNumber>,
    /// Which release.
    pub release: ReleaseNumber,
    /// The rollout that brought it.
    pub rollout: Option<RolloutNumber>,
    /// In a few words: the note of the release, or the title of the rollout.
    pub title: String,
    /// Who did it.
    pub by: String,
    /// How many prompts were different afterwards.
    pub changed: usize,
}

/// A version of a prompt that went live with a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveVersion {
    /// When.
    pub at: Time,
    /// Where.
    pub environment: String,
    /// How.
    pub kind: HappenedKind,
    /// The release.
    pub release: ReleaseNumber,
    /// The rollout that brought it.
    pub rollout: Option<RolloutNumber>,
    /// Who did it.
    pub by: String,
    /// The prompt.
    pub prompt: String,
    /// The version that was live before.
    pub before: Option<i64>,
    /// The version; `None` where the prompt is no longer there.
    pub version: Option<i64>,
    /// How the KPIs stood.
    pub baselines: Vec<Baseline>,
}

impl LiveVersion {
    /// Whether everybody gets it since.
    pub fn is_for_all(&self) -> bool {
        self.kind != HappenedKind::RolloutStarted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::KpiMore;
    use crate::library::{Direction, KpiKind};

    fn kpi() -> Kpi {
        Kpi {
            id: "order".into(),
            title: String::new(),
            kind: KpiKind::Conversion,
            direction: Direction::Up,
            unit: String::new(),
            decimals: 0,
            window_seconds: 86_400,
            more: KpiMore::default(),
        }
    }

    fn series(count: i64, total: impl Fn(i64) -> i128) -> DaySeries {
        let day = |day: i64| Day {
            day,
            units: if day % 10 == 3 { 0 } else { 100 },
            outcomes: u64::try_from(total(day)).unwrap_or(0),
            total: total(day),
        };
        DaySeries {
            kind: KpiKind::Conversion,
            direction: Direction::Up,
            per_exposure: true,
            days: (0..count).map(day).collect(),
        }
    }

    #[test]
    fn four_weeks_of_whole_days_are_taken_and_days_without_units_are_not() {
        let found = Baseline::of(&kpi(), &series(40, |day| 20 + i128::from(day % 3))).unwrap();
        assert_eq!((found.first_day, found.last_day), (12, 39));
        // Of 28 days, those numbered 13, 23 and 33 had no units.
        assert_eq!((found.days, found.denominator), (25, 2_500));
        let sum: i64 = (12..40)
            .filter(|day| day % 10 != 3)
            .map(|day| 20 + day % 3)
            .sum();
        assert_eq!(found.numerator, sum.to_string());
        let mean = found.mean;
        assert!((mean - f64::from(i32::try_from(sum).unwrap()) / 2_500.0).abs() < 1e-12);
        assert!(found.low.unwrap() < mean && mean < found.high.unwrap());
    }

    #[test]
    fn what_was_never_reported_has_no_baseline_and_few_days_no_interval() {
        assert_eq!(Baseline::of(&kpi(), &series(40, |_| 0)), None);
        assert_eq!(Baseline::of(&kpi(), &series(0, |_| 5)), None);
        let few = Baseline::of(&kpi(), &series(3, |_| 5)).unwrap();
        assert_eq!((few.days, few.low, few.high), (3, None, None));
    }
}
