//! The verdict on a switchback: its pairs of windows are what is counted.

use serde::{Deserialize, Serialize};

use super::{
    Asked, CLAIM_ALPHA, Claim, Lift, TreatmentVerdict, Within, claim_of_sign, kpi_reading, safety,
};
use crate::fold::{KpiReading, PairsReading, Reading};
use crate::id::Time;
use crate::kpi::Kpi;
use crate::rollout::{Harm, Rollout, Switchback, TREATMENT};

const DAY_SECONDS: f64 = 86_400.0;
/// Days to come beyond which nothing is promised.
const DAYS_MAX: f64 = 366.0;

/// How far the windows have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowsVerdict {
    /// Pairs of windows that count.
    pub pairs: u32,
    /// Pairs at which a decision is planned.
    pub planned: u32,
    /// Pairs that are over and do not count.
    pub left_out: u32,
}

pub(super) fn windows(rollout: &Rollout, reading: &Reading) -> Option<WindowsVerdict> {
    let cut = rollout.plan.switchback()?;
    let read = reading.windows?;
    Some(WindowsVerdict {
        pairs: read.pairs,
        planned: cut.pairs,
        left_out: read.over - read.pairs,
    })
}

/// Days until the planned pairs are there, if as many of the coming ones count as of those so far.
pub(super) fn days_left(cut: &Switchback, told: &WindowsVerdict, now: Time) -> Option<f64> {
    let missing = told.planned.saturating_sub(told.pairs);
    if missing == 0 {
        return Some(0.0);
    }
    let over = told.pairs + told.left_out;
    let share = if over == 0 {
        1.0
    } else {
        f64::from(told.pairs) / f64::from(over)
    };
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    let pair = 2.0 * cut.window_seconds as f64 / DAY_SECONDS;
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    let since = (now.0 - cut.begin_of(2 * over).0) as f64 / 1e6 / DAY_SECONDS;
    let days = f64::from(missing) * pair / share - since.min(pair);
    (days.is_finite() && days <= DAYS_MAX).then_some(days.max(0.0))
}

/// The goal in pairs of windows, with the safety of the guarded KPIs.
pub(super) fn treatment(
    rollout: &Rollout,
    reading: &Reading,
    goal: &Kpi,
    now: Time,
) -> TreatmentVerdict {
    let found = kpi_reading(reading, &goal.id);
    let pairs = found.and_then(|found| enough(goal, found));
    let absolute = pairs.and_then(|_| found?.difference(TREATMENT));
    let lift = pairs.and_then(|pairs| pairs.lift);
    let p = pairs.map(|pairs| pairs.log_p.exp().max(f64::MIN_POSITIVE));
    let claimed = absolute.filter(|_| p.is_some_and(|p| p <= CLAIM_ALPHA));
    let claim = claimed.map_or(Claim::Open, |found| claim_of_sign(goal, found.low > 0.0));
    let asked = Asked {
        rollout,
        reading,
        goal,
        arm: TREATMENT,
        now,
    };
    TreatmentVerdict {
        arm: TREATMENT,
        claim,
        lift: lift.map(|lift| Lift {
            estimate: lift.estimate,
            low: lift.low,
            high: lift.high,
        }),
        absolute,
        p,
        p_discovery: p,
        adjustment: None,
        safety: safety::all(asked, claim),
        chance_to_win: None,
    }
}

/// The pairs, where the arms have as many units as the KPI asks for.
fn enough<'a>(kpi: &Kpi, found: &'a KpiReading) -> Option<&'a PairsReading> {
    let units = found.control.units.min(found.arm(TREATMENT)?.units);
    found.pairs.as_ref().filter(|_| units >= kpi.more.min_units)
}

/// The largest loss that pairs do not rule out: as a share, or in the KPI's unit.
pub(super) fn loss_at_most(pairs: &PairsReading, harm: Harm, within: Within) -> Option<f64> {
    let loss = match (within, harm) {
        (Within::Share, Harm::Decrease) => -pairs.lift_at_least?,
        (Within::Share, Harm::Increase) => pairs.lift_at_most?,
        (Within::Difference, Harm::Decrease) => -pairs.difference_at_least?,
        (Within::Difference, Harm::Increase) => pairs.difference_at_most?,
        (Within::Level, _) => return None,
    };
    Some(loss.max(0.0))
}
