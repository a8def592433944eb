//! What the fold says at a moment, in plain numbers.

use serde::{Deserialize, Serialize};
use variorum_stats::moments::Arm;
use variorum_stats::{guard, sequential, srm};

use super::RolloutFold;

/// The chance that a drawn interval ever misses the truth.
const INTERVAL_ALPHA: f64 = 0.05;

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

/// The sums of one arm. The sum of squares is text, because it may exceed what JSON numbers hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmReading {
    /// Exposed units.
    pub units: u64,
    /// The sum of the units' totals, in the KPI's smallest unit.
    pub sum: String,
    /// The sum of their squares.
    pub sum_of_squares: String,
    /// The mean per unit, in the KPI's smallest unit.
    pub mean: f64,
}

/// One KPI at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KpiReading {
    /// Which KPI.
    pub kpi: String,
    /// The arm that keeps the old release.
    pub control: ArmReading,
    /// The arm that gets the new one.
    pub treatment: ArmReading,
    /// The difference of the means, where there is enough data.
    pub difference: Option<Difference>,
}

/// One guard at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardReading {
    /// Its KPI.
    pub kpi: String,
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
    pub exposed: [u64; 2],
    /// Units that were exposed to both arms.
    pub both_arms: u64,
    /// Outcomes beyond the limit per unit.
    pub dropped: u64,
    /// The KPIs.
    pub kpis: Vec<KpiReading>,
    /// The guards, in the order of the plan.
    pub guards: Vec<GuardReading>,
    /// The natural logarithm of the combined E-value.
    pub log_e: f64,
    /// The threshold at which a guard decides: ln(1/alpha).
    pub threshold: f64,
    /// The split.
    pub srm: SrmReading,
}

fn arm_reading(arm: &Arm) -> ArmReading {
    ArmReading {
        units: arm.n,
        sum: arm.sum.to_string(),
        sum_of_squares: arm.sum_sq.to_string(),
        mean: arm.mean().unwrap_or(0.0),
    }
}

impl RolloutFold {
    /// Everything the fold knows now.
    pub fn reading(&self) -> Reading {
        let exposed = self.exposed;
        let guards = self.guards.iter().zip(&self.log_e);
        Reading {
            exposed,
            both_arms: self.both_arms,
            dropped: self.dropped,
            kpis: (0..self.kpis.len())
                .map(|place| self.kpi_reading(place))
                .collect(),
            guards: guards
                .map(|(guard, log_e)| GuardReading {
                    kpi: guard.kpi.clone(),
                    log_e: *log_e,
                })
                .collect(),
            log_e: if self.log_e.is_empty() {
                0.0
            } else {
                self.combined().log_e
            },
            threshold: guard::threshold(self.alpha),
            srm: self.srm(exposed),
        }
    }

    pub(super) fn kpi_reading(&self, place: usize) -> KpiReading {
        let [control, treatment] = &self.tallies[place];
        let interval =
            sequential::difference_interval(control, treatment, INTERVAL_ALPHA, self.planned_units);
        KpiReading {
            kpi: self.kpis[place].id.clone(),
            control: arm_reading(control),
            treatment: arm_reading(treatment),
            difference: interval.map(|interval| Difference {
                estimate: interval.estimate,
                low: interval.low,
                high: interval.high,
            }),
        }
    }

    fn srm(&self, exposed: [u64; 2]) -> SrmReading {
        let weights = self.weights_bp.map(f64::from);
        let result = srm::check(&exposed, &weights, SRM_CONCENTRATION);
        let (p, log_e) = result.map_or((1.0, 0.0), |reading| (reading.p, reading.log_e));
        SrmReading {
            p,
            log_e,
            alarm: log_e >= guard::threshold(SRM_ALPHA),
        }
    }
}
