//! How long until the planned number of units, and whose time is over, at the pace so far.

use crate::id::Time;
use crate::rollout::{ALL_BP, Rollout};

/// Days to come beyond which nothing is promised.
const DAYS_MAX: f64 = 366.0;
const DAY_US: f64 = 86_400.0 * 1e6;

/// Days until the planned units are reached; none of them when they are. Missing where nothing came
/// in yet, where the rollout stands still, or where it would take longer than anybody plans.
///
/// Units come in proportion to coverage, so time at a small stage counts for less.
pub(super) fn days(rollout: &Rollout, units: u64, now: Time) -> Option<f64> {
    let left = rollout.plan.planned_units.saturating_sub(units);
    if left == 0 {
        return Some(0.0);
    }
    let pace = real(units) / covered(rollout, now) * share(rollout.coverage_bp());
    let days = real(left) / pace;
    (rollout.state.is_open() && days.is_finite() && days <= DAYS_MAX).then_some(days)
}

/// The share of people for whom so many seconds since their exposure are over, at the pace so far.
///
/// In a hold-out time goes on for everybody until it ends, so nobody's is waited for.
pub(super) fn over(rollout: &Rollout, window_seconds: i64, now: Time) -> f64 {
    if rollout.plan.design.is_hold_out() {
        return 1.0;
    }
    let all = covered(rollout, now);
    if all <= 0.0 {
        return 0.0;
    }
    covered(rollout, now.plus_seconds(-window_seconds)) / all
}

/// Days until a moment, each by how many took part in it.
fn covered(rollout: &Rollout, until: Time) -> f64 {
    let stages = rollout.stages.iter();
    let ends = rollout.stages.iter().skip(1).map(|change| change.at);
    let days = stages
        .zip(ends.chain(std::iter::once(until)))
        .map(|(change, end)| days_between(change.at, end.min(until)) * share(change.coverage_bp));
    days.sum()
}

#[expect(clippy::cast_precision_loss, reason = "a length of time")]
fn days_between(from: Time, until: Time) -> f64 {
    (until.0 - from.0).max(0) as f64 / DAY_US
}

#[expect(clippy::cast_precision_loss, reason = "a number of units")]
fn real(units: u64) -> f64 {
    units as f64
}

fn share(coverage_bp: u32) -> f64 {
    f64::from(coverage_bp) / f64::from(ALL_BP)
}
