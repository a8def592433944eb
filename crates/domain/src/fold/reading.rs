//! What the fold says at a moment, in plain numbers.

use serde::{Deserialize, Serialize};
use variorum_stats::interval::Interval;
use variorum_stats::joint::JointArm;
use variorum_stats::moments::Arm;
use variorum_stats::paired::PairedArm;
use variorum_stats::{guard, ratio, sequential, srm};

use super::windows::Windows;
use super::{CohortReading, PairsReading, RolloutFold, WindowsReading};
use crate::rollout::TREATMENT;

/// The chance that a drawn interval ever misses the truth.
pub(super) const INTERVAL_ALPHA: f64 = 0.05;

/// The chance that a fair split ever raises the alarm.
const SRM_ALPHA: f64 = 0.001;
/// How strongly the sequential check of the split expects the planned shares.
const SRM_CONCENTRATION: f64 = 100.0;

/// An estimate with its always-valid interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Treatment minus control.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl From<Interval> for Difference {
    fn from(interval: Interval) -> Self {
        Self {
            estimate: interval.estimate,
            low: interval.low,
            high: interval.high,
        }
    }
}

/// The sums of one arm. The sum of squares is text, because it may exceed what JSON numbers hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmReading {
    /// Exposed units.
    pub units: u64,
    /// The sum of the units' totals, in the KPI's smallest unit.
    pub sum: String,
    /// The sum of their squares.
    pub sum_of_squares: String,
    /// The mean per unit, in the KPI's smallest unit; of a ratio one sum over the other.
    pub mean: f64,
    /// What a ratio divides by: its sums and the sum of products; `sum` is what it divides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divisor: Option<DivisorReading>,
    /// What units did before their exposure: sums of those totals, and of their products with what
    /// they did after; `sum` is what they did after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<DivisorReading>,
    /// What units did before their exposure of both totals of a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub both_before: Option<BothBeforeReading>,
    /// The ends of the interval of a quantile, from ranks of the units' totals; it holds for one look
    /// and is for reading. `mean` is the quantile itself then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<QuantileReading>,
}

/// The interval of a quantile at 95 %; an end is missing where too few units lie beyond.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuantileReading {
    /// The lower end, in the KPI's smallest unit.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// The second total of each unit: what a ratio divides by, or what came before the exposure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DivisorReading {
    /// The sum of the units' totals.
    pub sum: String,
    /// The sum of their squares.
    pub sum_of_squares: String,
    /// The sum of the products of both totals of each unit.
    pub sum_of_products: String,
}

/// Both totals of a ratio before the exposure of each unit: `a` of what is divided, `b` of what it is
/// divided by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BothBeforeReading {
    /// The sums of a and b.
    pub sums: [String; 2],
    /// The sums of products of a and b with each other: aa, ab, bb.
    pub products: [String; 3],
    /// The sums of their products with what came after: a and b by what is divided, a and b by what
    /// it is divided by.
    pub products_with_after: [String; 4],
}

impl BothBeforeReading {
    fn of(joint: &JointArm) -> Self {
        let text = |sum: i128| sum.to_string();
        let [_, _, a, b] = joint.sums;
        let [_, _, ya, yb, _, xa, xb, aa, ab, bb] = joint.products;
        Self {
            sums: [a, b].map(text),
            products: [aa, ab, bb].map(text),
            products_with_after: [ya, yb, xa, xb].map(text),
        }
    }
}

impl ArmReading {
    /// The sums of a ratio's totals before the exposure and after, where both are known.
    pub fn joint(&self) -> Option<JointArm> {
        let (after, before) = (self.divisor.as_ref()?, self.both_before.as_ref()?);
        let number = |text: &String| text.parse::<i128>().ok();
        let numbers = |texts: &[String]| texts.iter().map(number).collect::<Option<Vec<_>>>();
        let sums = numbers(&before.sums)?;
        let own = numbers(&before.products)?;
        let mixed = numbers(&before.products_with_after)?;
        let (yy, yx) = (
            number(&self.sum_of_squares)?,
            number(&after.sum_of_products)?,
        );
        Some(JointArm {
            n: self.units,
            sums: [number(&self.sum)?, number(&after.sum)?, sums[0], sums[1]],
            products: [
                yy,
                yx,
                mixed[0],
                mixed[1],
                number(&after.sum_of_squares)?,
                mixed[2],
                mixed[3],
                own[0],
                own[1],
                own[2],
            ],
        })
    }
}

/// One treatment beside the control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreatmentReading {
    /// The sums of the arm.
    #[serde(flatten)]
    pub arm: ArmReading,
    /// The difference of the means to the control's, where there is enough data.
    pub difference: Option<Difference>,
}

/// One KPI at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredKpi")]
pub struct KpiReading {
    /// Which KPI.
    pub kpi: String,
    /// The arm that keeps the old release.
    pub control: ArmReading,
    /// The arms that get a new one, arm 1 first.
    pub treatments: Vec<TreatmentReading>,
    /// What pairs of windows say, in a switchback; `sums` are those of the windows that count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairsReading>,
}

/// As it was stored when there were always two arms, or as it is stored now.
#[derive(Deserialize)]
struct StoredKpi {
    kpi: String,
    control: ArmReading,
    #[serde(default)]
    treatments: Vec<TreatmentReading>,
    #[serde(default)]
    treatment: Option<ArmReading>,
    #[serde(default)]
    difference: Option<Difference>,
    #[serde(default)]
    pairs: Option<PairsReading>,
}

impl From<StoredKpi> for KpiReading {
    fn from(stored: StoredKpi) -> Self {
        let mut treatments = stored.treatments;
        if let Some(arm) = stored.treatment.filter(|_| treatments.is_empty()) {
            let difference = stored.difference;
            treatments.push(TreatmentReading { arm, difference });
        }
        Self {
            kpi: stored.kpi,
            control: stored.control,
            treatments,
            pairs: stored.pairs,
        }
    }
}

impl KpiReading {
    /// The sums of an arm, 0 for the control.
    pub fn arm(&self, arm: u8) -> Option<&ArmReading> {
        match usize::from(arm).checked_sub(1) {
            None => Some(&self.control),
            Some(place) => self.treatments.get(place).map(|treatment| &treatment.arm),
        }
    }

    /// The difference of a treatment to the control.
    pub fn difference(&self, arm: u8) -> Option<Difference> {
        let place = usize::from(arm).checked_sub(1)?;
        self.treatments.get(place)?.difference
    }

    /// Exposed units, all arms.
    pub fn units(&self) -> u64 {
        let treatments = self.treatments.iter().map(|treatment| treatment.arm.units);
        self.control.units + treatments.sum::<u64>()
    }
}

/// One guard on one treatment at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardReading {
    /// Its KPI.
    pub kpi: String,
    /// Which treatment.
    #[serde(default = "super::first_treatment")]
    pub arm: u8,
    /// The cohort, as `facet=value`, where the guard tells cohorts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// The natural logarithm of its E-value.
    pub log_e: f64,
}

/// How well the split fits the plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SrmReading {
    /// The chi-square p-value, for the report.
    pub p: f64,
    /// The natural logarithm of the sequential E-value, valid at every look.
    pub log_e: f64,
    /// The split does not fit: results are not to be trusted.
    pub alarm: bool,
}

/// Everything at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Exposed units, control first.
    pub exposed: Vec<u64>,
    /// Units that were exposed to more than one arm.
    pub both_arms: u64,
    /// Outcomes beyond the limit per unit.
    pub dropped: u64,
    /// The KPIs.
    pub kpis: Vec<KpiReading>,
    /// The guards in the order of the plan, on arm 1, then on the next.
    pub guards: Vec<GuardReading>,
    /// The cohorts that guards tell apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<CohortReading>,
    /// The natural logarithm of the combined E-value of all guards; of the treatment with the most
    /// evidence of harm.
    pub log_e: f64,
    /// The threshold at which a guard decides: ln(treatments/alpha).
    pub threshold: f64,
    /// The split.
    pub srm: SrmReading,
    /// The windows of a switchback; `exposed` is of all of them, each unit in each window it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<WindowsReading>,
}

fn second(paired: &PairedArm) -> DivisorReading {
    DivisorReading {
        sum: paired.sum_x.to_string(),
        sum_of_squares: paired.sum_sq_x.to_string(),
        sum_of_products: paired.sum_xy.to_string(),
    }
}

pub(super) fn arm_reading(
    arm: &Arm,
    ratio: Option<&PairedArm>,
    adjusted: Option<&PairedArm>,
) -> ArmReading {
    let mean = match ratio {
        Some(ratio) => mean_of_ratio(ratio),
        None => arm.mean(),
    };
    ArmReading {
        units: arm.n,
        sum: arm.sum.to_string(),
        sum_of_squares: arm.sum_sq.to_string(),
        mean: mean.unwrap_or(0.0),
        divisor: ratio.map(second),
        before: adjusted.map(second),
        both_before: None,
        quantile: None,
    }
}

fn mean_of_ratio(arm: &PairedArm) -> Option<f64> {
    Some(ratio::ratio(&arm.sample()?)?.mean())
}

impl RolloutFold {
    /// Exposed units, control first.
    pub(super) fn exposed_units(&self) -> Vec<u64> {
        let windows = self.windows.as_ref();
        windows.map_or_else(|| self.exposed.clone(), Windows::exposed)
    }

    /// Everything the fold knows now.
    pub fn reading(&self) -> Reading {
        Reading {
            exposed: self.exposed_units(),
            both_arms: self.several_arms,
            dropped: self.windows.as_ref().map_or(self.dropped, Windows::dropped),
            kpis: (0..self.kpis.len())
                .map(|place| match &self.windows {
                    Some(windows) => self.kpi_of_windows(windows, place),
                    None => self.kpi_reading(place),
                })
                .collect(),
            guards: self.guard_readings(),
            cohorts: self.parts.readings(&self.guards),
            log_e: self.log_e(),
            threshold: self.threshold,
            srm: self.srm(),
            windows: self.windows.as_ref().map(Windows::reading),
        }
    }

    /// Every guard on every treatment; in the order of [`crate::rollout::watched`], treatment by
    /// treatment.
    fn guard_readings(&self) -> Vec<GuardReading> {
        let mut found = Vec::new();
        for (arm, pair) in (TREATMENT..).zip(&self.pairs) {
            for (what, log_e) in pair.evidence() {
                let guard = &self.guards[what.guard];
                found.push(GuardReading {
                    kpi: guard.kpi.clone(),
                    arm,
                    cohort: super::part::name(guard, what),
                    log_e,
                });
            }
        }
        found
    }

    fn log_e(&self) -> f64 {
        if self.guards.is_empty() {
            return 0.0;
        }
        let combined = self.pairs.iter().map(super::Pair::log_e);
        combined.reduce(f64::max).unwrap_or(0.0)
    }

    fn kpi_reading(&self, place: usize) -> KpiReading {
        let (arms, ratios) = (self.arms_of(place), self.ratios_of(place));
        let (adjusted, spreads) = (self.adjusted_of(place), self.spreads_of(place));
        let reading = |arm: usize| {
            let ratio = ratios.and_then(|ratios| ratios.get(arm));
            let adjusted = adjusted.and_then(|adjusted| adjusted.get(arm));
            let mut reading = arm_reading(&arms[arm], ratio, adjusted);
            let joint = self.joint_of(place).and_then(|all| all.get(arm));
            reading.both_before = joint.map(BothBeforeReading::of);
            if let Some((share, spread)) =
                spreads.and_then(|(share, all)| Some((share, all.get(arm)?)))
            {
                reading.mean = spread.quantile(share).unwrap_or(0.0);
                let ends = spread.quantile_interval(share, INTERVAL_ALPHA);
                reading.quantile = ends.map(|(low, high)| QuantileReading { low, high });
            }
            reading
        };
        KpiReading {
            kpi: self.kpis[place].id.clone(),
            control: reading(0),
            treatments: (1..arms.len())
                .map(|arm| TreatmentReading {
                    arm: reading(arm),
                    difference: self.difference(place, arm - 1),
                })
                .collect(),
            pairs: None,
        }
    }

    /// The difference of a treatment to the control, `pair` counted from 0.
    pub(super) fn difference(&self, place: usize, pair: usize) -> Option<Difference> {
        if self.measures[place].quantile().is_some() {
            // No interval of quantiles stays valid at every look.
            return None;
        }
        if let Some(windows) = &self.windows {
            let signs = windows.signs(place, &self.measures[place]);
            return signs.difference(INTERVAL_ALPHA).map(Difference::from);
        }
        let planned = self.pairs[pair].planned_units;
        let interval = match self.ratios_of(place) {
            Some(ratios) => {
                let arm = |arm: &PairedArm| ratio::ratio(&arm.sample()?);
                let (control, treatment) = (arm(&ratios[0])?, arm(&ratios[pair + 1])?);
                sequential::sample_interval(&control, &treatment, INTERVAL_ALPHA, planned)?
            }
            None => {
                let arms = self.arms_of(place);
                sequential::difference_interval(&arms[0], &arms[pair + 1], INTERVAL_ALPHA, planned)?
            }
        };
        Some(interval.into())
    }

    /// Whether units are not split as planned, so that nothing may be concluded.
    pub fn is_split_breached(&self) -> bool {
        self.srm().alarm
    }

    /// The split between the arms that still get what was planned; stopping one arm does not change
    /// how units fall to the others. In a switchback nothing is split; the alarm says that windows were
    /// not served as drawn.
    fn srm(&self) -> SrmReading {
        if let Some(windows) = &self.windows {
            let alarm = windows.reading().alarm;
            return SrmReading {
                p: 1.0,
                log_e: 0.0,
                alarm,
            };
        }
        let weight = |(arm, share): (usize, &u32)| {
            if self.is_given(arm) {
                f64::from(*share)
            } else {
                0.0
            }
        };
        let weights: Vec<f64> = self.weights_bp.iter().enumerate().map(weight).collect();
        let result = srm::check(&self.exposed, &weights, SRM_CONCENTRATION);
        let (p, log_e) = result.map_or((1.0, 0.0), |reading| (reading.p, reading.log_e));
        SrmReading {
            p,
            log_e,
            alarm: log_e >= guard::threshold(SRM_ALPHA),
        }
    }
}
