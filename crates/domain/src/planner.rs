//! How many units a rollout needs and how long that takes, before anybody starts it.
//!
//! Formulas and their sources stand in `variorum_stats::sample_size`. A plan promises nothing: it is
//! what the given rate, spread and traffic come to.

use thiserror::Error;
use variorum_stats::sample_size::{self, Risks};
use variorum_stats::signs;

use crate::limits::ARMS_PER_ROLLOUT_MAX;

/// The days of the curve: dense at first, since that is where people decide.
const CURVE_DAYS: [u32; 12] = [1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 56, 84];
/// A plan that takes longer is told to ask for less.
pub const LONG_DAYS: f64 = 90.0;

/// What is known of a KPI before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// A conversion: the share of units to which it happens.
    Rate(f64),
    /// A value or count per unit, in the KPI's unit.
    Mean {
        /// The mean.
        mean: f64,
        /// The standard deviation between units.
        sd: f64,
    },
}

impl Baseline {
    fn mean(self) -> f64 {
        match self {
            Self::Rate(mean) | Self::Mean { mean, .. } => mean,
        }
    }

    /// The variance of a unit's value, the mean of both arms, under a relative change.
    fn variance(self, lift: f64) -> f64 {
        match self {
            Self::Rate(rate) => {
                let changed = (rate * (1.0 + lift)).clamp(0.0, 1.0);
                f64::midpoint(rate * (1.0 - rate), changed * (1.0 - changed))
            }
            Self::Mean { sd, .. } => sd * sd,
        }
    }
}

/// What is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// What is known of the KPI.
    pub baseline: Baseline,
    /// The relative change to be seen, e.g. 0.05 for 5 %; the sign is that of the change.
    pub lift: f64,
    /// How many arms, the control among them.
    pub arms: usize,
    /// Units a day that ask for the prompt, all of them.
    pub daily_units: Option<f64>,
    /// The share of them in the rollout, above 0 and at most 1.
    pub coverage: f64,
    /// The chance to call a difference where there is none, over all arms.
    pub alpha: f64,
    /// The chance to see the change if it is there.
    pub power: f64,
    /// The chance of a false roll-back by a guard on this KPI.
    pub guard_alpha: f64,
}

/// Why something cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}` {reason}")]
pub struct PlannerError {
    /// Which field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Units and days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// Units of each arm.
    pub per_arm: u64,
    /// Units of all arms.
    pub total: u64,
    /// Days at the given traffic, where that is known.
    pub days: Option<f64>,
}

/// The smallest relative change that is seen by a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// The day, counted from the start.
    pub day: u32,
    /// Units of all arms by then.
    pub units: f64,
    /// The smallest relative change, always positive.
    pub lift: f64,
}

/// What a plan comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Looked at all the time, as Variorum does.
    pub any_time: Need,
    /// Looked at once, at the end, and never before.
    pub once: Need,
    /// When a guard would notice a harm of the same size; for falling conversions.
    pub guard: Option<Need>,
    /// What is seen by when; empty where the traffic is not known.
    pub curve: Vec<Seen>,
}

impl Aim {
    fn check(&self) -> Result<(), PlannerError> {
        let fail = |field, reason| Err(PlannerError { field, reason });
        match self.baseline {
            Baseline::Rate(rate) if !(rate > 0.0 && rate < 1.0) => {
                return fail("baseline", "must be a share between 0 and 1");
            }
            Baseline::Mean { mean, .. } if mean.abs() <= 0.0 || !mean.is_finite() => {
                return fail("baseline", "must not be 0: a relative change of 0 is none");
            }
            Baseline::Mean { sd, .. } if !(sd > 0.0 && sd.is_finite()) => {
                return fail("sd", "must be above 0");
            }
            _ => {}
        }
        if self.lift.abs() <= 0.0 || !self.lift.is_finite() {
            return fail("lift", "must be a change, up or down");
        }
        let changed = self.baseline.mean() * (1.0 + self.lift);
        if matches!(self.baseline, Baseline::Rate(_)) && !(changed > 0.0 && changed < 1.0) {
            return fail("lift", "leads to a share that is not between 0 and 1");
        }
        if !(2..=ARMS_PER_ROLLOUT_MAX).contains(&self.arms) {
            return fail("arms", "must be 2 to 10, the control among them");
        }
        if self
            .daily_units
            .is_some_and(|units| !(units > 0.0 && units.is_finite()))
        {
            return fail("daily_units", "must be above 0");
        }
        if !(self.coverage > 0.0 && self.coverage <= 1.0) {
            return fail("coverage", "must lie above 0 and be at most 1");
        }
        for (field, share) in [("alpha", self.alpha), ("guard_alpha", self.guard_alpha)] {
            if !(share > 0.0 && share < 0.5) {
                return fail(field, "must lie between 0 and 0.5");
            }
        }
        if !(self.power > 0.0 && self.power < 1.0) {
            return fail("power", "must lie between 0 and 1");
        }
        Ok(())
    }

    /// Each new arm is compared with the control; the chance of a false call is shared among them.
    fn risks(&self) -> Risks {
        let comparisons = u32::try_from(self.arms - 1).unwrap_or(1);
        Risks {
            alpha: self.alpha / f64::from(comparisons),
            power: self.power,
            two_sided: true,
        }
    }

    /// Pairs of windows until the change is seen, where differences within pairs have this standard
    /// deviation.
    pub fn pairs_of_windows(&self, pair_sd: f64) -> Option<f64> {
        let effect = self.baseline.mean() * self.lift / pair_sd;
        signs::pairs_needed(effect, self.alpha, self.power)
    }

    /// The standard deviation of the mean of so many units.
    pub fn sd_of_means(&self, units: f64) -> f64 {
        (self.baseline.variance(self.lift) / units).sqrt()
    }

    fn need(&self, per_arm: f64) -> Need {
        let per_arm = sample_size::whole_units(per_arm);
        let total = per_arm.saturating_mul(self.arms as u64);
        #[expect(clippy::cast_precision_loss, reason = "a number of units to plan with")]
        let days = self.daily_in_rollout().map(|units| total as f64 / units);
        Need {
            per_arm,
            total,
            days,
        }
    }

    fn daily_in_rollout(&self) -> Option<f64> {
        Some(self.daily_units? * self.coverage)
    }

    /// The smallest relative change that so many units of two arms show at any time.
    fn lift_seen(&self, units: f64) -> Option<f64> {
        let (mean, risks) = (self.baseline.mean().abs(), self.risks());
        let seen = |lift: f64| {
            let variance = self.baseline.variance(lift);
            Some(sample_size::any_time_effect(units, variance, risks)? / mean)
        };
        // The spread depends on the change only a little, so this settles after a few rounds.
        let mut lift = seen(0.0)?;
        for _ in 0..20 {
            lift = seen(lift * self.lift.signum())?;
        }
        Some(lift)
    }
}

/// What a plan comes to.
pub fn forecast(aim: &Aim) -> Result<Forecast, PlannerError> {
    aim.check()?;
    let out_of_range = PlannerError {
        field: "lift",
        reason: "is too small or too large to plan with",
    };
    let risks = aim.risks();
    let mean = aim.baseline.mean();
    let any_time = sample_size::any_time(mean * aim.lift, aim.baseline.variance(aim.lift), risks);
    let once = match aim.baseline {
        Baseline::Rate(rate) => {
            sample_size::proportion(rate, aim.lift, risks, 1.0).map(|size| size.control_pooled)
        }
        Baseline::Mean { mean, sd } => {
            sample_size::mean(mean, sd, aim.lift, risks).map(|size| size.student)
        }
    };
    let (Some(any_time), Some(once)) = (any_time, once) else {
        return Err(out_of_range);
    };
    let guard = match aim.baseline {
        Baseline::Rate(rate) => {
            let fall = -aim.lift.abs().min(0.99);
            sample_size::detection(rate, fall, aim.guard_alpha, any_time)
        }
        Baseline::Mean { .. } => None,
    };
    let pairs = f64::from(u32::try_from(aim.arms).unwrap_or(2)) / 2.0;
    let curve = aim.daily_in_rollout().map_or_else(Vec::new, |daily| {
        let seen = |day: &u32| {
            let units = daily * f64::from(*day);
            let lift = aim.lift_seen(units / pairs)?;
            Some(Seen {
                day: *day,
                units,
                lift,
            })
        };
        CURVE_DAYS.iter().filter_map(seen).collect()
    });
    Ok(Forecast {
        any_time: aim.need(any_time / 2.0),
        once: aim.need(once),
        guard: guard.map(|found| aim.need(found.drift_crossing / 2.0)),
        curve,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aim() -> Aim {
        Aim {
            baseline: Baseline::Rate(0.2),
            lift: 0.1,
            arms: 2,
            daily_units: Some(1_000.0),
            coverage: 1.0,
            alpha: 0.05,
            power: 0.8,
            guard_alpha: 0.01,
        }
    }

    #[test]
    fn a_plan_in_numbers() {
        let found = forecast(&aim()).unwrap();
        assert_eq!(found.once.per_arm, 6_510);
        assert_eq!(found.once.total, 13_020);
        assert!(found.any_time.total > found.once.total);
        let days = found.any_time.days.unwrap();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let units = found.any_time.total as f64;
        assert!((days - units / 1_000.0).abs() < 1e-9);
        assert!(found.guard.unwrap().total < found.any_time.total);
    }

    #[test]
    fn what_cannot_be_planned_is_named() {
        let field = |aim: Aim| forecast(&aim).unwrap_err().field;
        assert_eq!(field(Aim { lift: 0.0, ..aim() }), "lift");
        assert_eq!(field(Aim { lift: 4.5, ..aim() }), "lift");
        let rate = Baseline::Rate(1.2);
        assert_eq!(
            field(Aim {
                baseline: rate,
                ..aim()
            }),
            "baseline"
        );
        let flat = Baseline::Mean { mean: 3.0, sd: 0.0 };
        assert_eq!(
            field(Aim {
                baseline: flat,
                ..aim()
            }),
            "sd"
        );
        assert_eq!(field(Aim { arms: 1, ..aim() }), "arms");
        assert_eq!(
            field(Aim {
                coverage: 0.0,
                ..aim()
            }),
            "coverage"
        );
        assert_eq!(
            field(Aim {
                daily_units: Some(-1.0),
                ..aim()
            }),
            "daily_units"
        );
        assert_eq!(
            field(Aim {
                power: 1.0,
                ..aim()
            }),
            "power"
        );
    }

    proptest! {
        #[test]
        fn more_traffic_or_a_larger_change_takes_less_time(
            rate in 0.01..0.5f64, lift in 0.02..0.4f64, daily in 10.0..1e6f64, arms in 2..6usize,
        ) {
            let aim = Aim { baseline: Baseline::Rate(rate), lift, arms, daily_units: Some(daily), ..aim() };
            let days = |aim: &Aim| forecast(aim).unwrap().any_time.days.unwrap();
            let here = days(&aim);
            let twice = Aim { daily_units: Some(daily * 2.0), ..aim };
            let larger = Aim { lift: lift * 1.5, ..aim };
            let more = Aim { arms: arms + 1, ..aim };
            prop_assert!(days(&twice) < here && days(&larger) < here && days(&more) > here);
            let curve = forecast(&aim).unwrap().curve;
            prop_assert!(curve.is_sorted_by(|a, b| a.lift > b.lift), "later sees more: {curve:?}");
        }

        #[test]
        fn the_curve_meets_the_plan(rate in 0.02..0.4f64, lift in 0.03..0.3f64) {
            let aim = Aim { baseline: Baseline::Rate(rate), lift, ..aim() };
            let need = forecast(&aim).unwrap().any_time;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let seen = aim.lift_seen(need.total as f64).unwrap();
            prop_assert!((seen / lift - 1.0).abs() < 0.01, "{seen} against {lift}");
        }
    }
}
