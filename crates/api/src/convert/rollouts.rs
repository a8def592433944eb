//! Rollouts with what was measured of them.

use variorum_api_types::activity::Entry;
use variorum_api_types::rollouts as wire;
use variorum_app::Error;
use variorum_app::events::Measurement;
use variorum_app::rollouts::{Measured, StartRollout};
use variorum_domain::fold::{Firing, KpiReading, Reading};
use variorum_domain::id::ReleaseNumber;
use variorum_domain::library::{Direction, Kpi};
use variorum_domain::rollout::{
    Ending, Guard, GuardAction, Harm, Plan, Rollout, RolloutState, Stage,
};

use super::library::{direction, kpi_kind};
use crate::problem::Failure;
use crate::time;
use crate::wording::{self, KpiState, Measure};

/// The share of the new release where none is given, in basis points.
const TREATMENT_SHARE_BP: u32 = 5_000;
/// Everybody, in basis points.
const ALL_BP: u32 = 10_000;
/// The chance of a false roll-back where none is given.
const ALPHA: f64 = 0.01;
/// The number of units at which a decision is planned where none is given.
const PLANNED_UNITS: u64 = 40_000;

/// A rollout in a list.
pub(crate) fn rollout(found: &Measured) -> wire::Rollout {
    let rollout = &found.rollout;
    let reading = found.measurement.as_ref().map(|measured| &measured.reading);
    wire::Rollout {
        number: rollout.number.0,
        title: rollout.title.clone(),
        environment: rollout.environment.clone(),
        prompt: rollout.prompt.clone(),
        control: rollout.control.0,
        treatment: rollout.treatment.0,
        control_version: rollout.control_version,
        treatment_version: rollout.treatment_version,
        state: rollout.state.name().to_owned(),
        stages: rollout
            .plan
            .stages
            .iter()
            .map(|stage| stage.coverage_bp)
            .collect(),
        stage: rollout.stage(),
        coverage: rollout.coverage_bp(),
        started_at: time::format(rollout.started_at),
        started_by: rollout.started_by_name.clone(),
        ending: rollout.ending.as_ref().map(ending),
        sentence: sentence(rollout, found.measurement.as_ref()),
        exposed: reading.map_or(vec![0, 0], |reading| reading.exposed.to_vec()),
    }
}

fn ending(ending: &Ending) -> wire::Ending {
    wire::Ending {
        at: time::format(ending.at),
        by: ending.by.clone(),
        by_guard: ending.by_guard,
        reason: ending.reason.clone(),
    }
}

/// The verdict: how it ended, what stopped it, or what its most telling KPI says.
fn sentence(rollout: &Rollout, measurement: Option<&Measurement>) -> String {
    if let Some(sentence) = wording::ending_sentence(rollout) {
        return sentence;
    }
    let fired = measurement.and_then(|measured| measured.fired.as_ref());
    if rollout.state == RolloutState::Paused {
        return fired.map_or_else(
            || wording::paused_sentence(rollout),
            |firing| fired_sentence(rollout, firing),
        );
    }
    let Some(reading) = measurement.map(|measured| &measured.reading) else {
        return wording::collecting(0);
    };
    let states = kpis_in_order(rollout).into_iter().filter_map(|kpi| {
        let found = reading.kpis.iter().find(|found| found.kpi == kpi.id)?;
        let found = Measure::from(found);
        Some((
            kpi,
            found,
            wording::kpi_state(kpi, &found, is_fired(fired, kpi)),
        ))
    });
    let states: Vec<(&Kpi, Measure, KpiState)> = states.collect();
    let harm = states.iter().find(|(_, _, state)| *state == KpiState::Harm);
    match harm.or_else(|| states.first()) {
        Some((kpi, found, state)) => {
            wording::kpi_sentence(&wording::newer(rollout), kpi, found, *state)
        }
        None => wording::collecting(reading.exposed.iter().sum()),
    }
}

fn fired_sentence(rollout: &Rollout, firing: &Firing) -> String {
    let kpi = rollout.kpis.iter().find(|kpi| kpi.id == firing.kpi);
    wording::fired_sentence(rollout, kpi, firing)
}

fn is_fired(fired: Option<&Firing>, kpi: &Kpi) -> bool {
    fired.is_some_and(|firing| firing.kpi == kpi.id)
}

/// The goal first, then the others as they stand.
fn kpis_in_order(rollout: &Rollout) -> Vec<&Kpi> {
    let mut kpis: Vec<&Kpi> = rollout.kpis.iter().collect();
    kpis.sort_by_key(|kpi| rollout.plan.goal.as_ref() != Some(&kpi.id));
    kpis
}

/// A rollout with everything measured.
pub(crate) fn detail(found: &Measured, entries: Vec<Entry>) -> wire::RolloutDetail {
    let plan = &found.rollout.plan;
    let measurement = found.measurement.as_ref();
    let reading = measurement.map(|measured| &measured.reading);
    let fired = measurement.and_then(|measured| measured.fired.as_ref());
    let kpis = kpis_in_order(&found.rollout);
    wire::RolloutDetail {
        rollout: rollout(found),
        hypothesis: plan.hypothesis.clone(),
        goal: plan.goal.clone(),
        alpha: plan.alpha,
        kpis: kpis.into_iter().map(|kpi| kpi_result(found, kpi)).collect(),
        log_e: reading.map_or(0.0, |reading| reading.log_e),
        threshold: reading.map_or_else(|| -plan.alpha.ln(), |reading| reading.threshold),
        split: split(plan, reading),
        both_arms: reading.map_or(0, |reading| reading.both_arms),
        fired: fired.map(|firing| fired_guard(&found.rollout, firing)),
        stage_log: found.rollout.stages.iter().map(stage_change).collect(),
        entries,
    }
}

fn stage_change(change: &variorum_domain::rollout::StageChange) -> wire::StageChange {
    wire::StageChange {
        at: time::format(change.at),
        stage: change.stage,
        coverage: change.coverage_bp,
    }
}

fn split(plan: &Plan, reading: Option<&Reading>) -> wire::Split {
    wire::Split {
        planned: plan.weights_bp.to_vec(),
        exposed: reading.map_or(vec![0, 0], |reading| reading.exposed.to_vec()),
        p: reading.map_or(1.0, |reading| reading.srm.p),
        alarm: reading.is_some_and(|reading| reading.srm.alarm),
    }
}

fn fired_guard(rollout: &Rollout, firing: &Firing) -> wire::Fired {
    wire::Fired {
        kpi: firing.kpi.clone(),
        action: action_name(firing.action).to_owned(),
        at: time::format(firing.at),
        log_e: firing.log_e,
        exposed: firing.reading.exposed.to_vec(),
        sentence: fired_sentence(rollout, firing),
    }
}

fn kpi_result(found: &Measured, kpi: &Kpi) -> wire::KpiResult {
    let (rollout, measurement) = (&found.rollout, found.measurement.as_ref());
    let place = rollout.kpis.iter().position(|known| known.id == kpi.id);
    let fired = measurement.and_then(|measured| measured.fired.as_ref());
    let stored = measurement.and_then(|measured| {
        measured
            .reading
            .kpis
            .iter()
            .find(|reading| reading.kpi == kpi.id)
    });
    let measure = stored.map(Measure::from).unwrap_or_default();
    let series = place
        .zip(measurement)
        .and_then(|(place, measured)| measured.series.get(place));
    let state = wording::kpi_state(kpi, &measure, is_fired(fired, kpi));
    wire::KpiResult {
        kpi: kpi.id.clone(),
        title: kpi.title.clone(),
        kind: kpi_kind(kpi.kind).to_owned(),
        direction: direction(kpi.direction).to_owned(),
        unit: kpi.unit.clone(),
        decimals: kpi.decimals,
        goal: rollout.plan.goal.as_ref() == Some(&kpi.id),
        guard: guard_state(found, kpi),
        sentence: wording::kpi_sentence(&wording::newer(rollout), kpi, &measure, state),
        state: state.name().to_owned(),
        difference: measure.difference.map(|difference| wire::Interval {
            estimate: difference.estimate,
            low: difference.low,
            high: difference.high,
        }),
        control: arm(stored, false),
        treatment: arm(stored, true),
        series: series
            .map(|series| series.points.iter().map(point).collect())
            .unwrap_or_default(),
    }
}

fn guard_state(found: &Measured, kpi: &Kpi) -> Option<wire::GuardState> {
    let guards = &found.rollout.plan.guards;
    let place = guards.iter().position(|guard| guard.kpi == kpi.id)?;
    let guard = guards.get(place)?;
    let measured = found.measurement.as_ref();
    let reading = measured.and_then(|measured| measured.reading.guards.get(place));
    let fired = measured.and_then(|measured| measured.fired.as_ref());
    Some(wire::GuardState {
        harm: harm_name(guard.harm).to_owned(),
        margin: guard.margin,
        action: action_name(guard.action).to_owned(),
        log_e: reading.map_or(0.0, |reading| reading.log_e),
        fired: fired.is_some_and(|firing| firing.guard == place),
    })
}

/// The sums of one arm; zeros where nothing was read yet.
fn arm(reading: Option<&KpiReading>, is_treatment: bool) -> wire::ArmResult {
    let arm = reading.map(|reading| {
        if is_treatment {
            &reading.treatment
        } else {
            &reading.control
        }
    });
    wire::ArmResult {
        units: arm.map_or(0, |arm| arm.units),
        sum: arm.map_or_else(|| "0".to_owned(), |arm| arm.sum.clone()),
        sum_of_squares: arm.map_or_else(|| "0".to_owned(), |arm| arm.sum_of_squares.clone()),
        mean: arm.map_or(0.0, |arm| arm.mean),
    }
}

fn point(point: &variorum_domain::fold::Point) -> wire::Point {
    wire::Point {
        units: point.units,
        at: time::format(point.at),
        difference: point.difference,
        low: point.low,
        high: point.high,
    }
}

fn harm_name(harm: Harm) -> &'static str {
    match harm {
        Harm::Decrease => "decrease",
        Harm::Increase => "increase",
    }
}

fn action_name(action: GuardAction) -> &'static str {
    match action {
        GuardAction::RollBack => "roll-back",
        GuardAction::Pause => "pause",
    }
}

/// What to start. `kpis` tells which way is good where a guard does not say what harm is.
pub(crate) fn start<'a>(
    cmd: wire::StartRollout,
    kpi: impl Fn(&str) -> Option<&'a Kpi>,
) -> Result<StartRollout, Failure> {
    let guards = cmd.guards.into_iter().map(|guard| plan_guard(guard, &kpi));
    let guards = guards.collect::<Result<Vec<Guard>, Failure>>()?;
    let stages = if cmd.stages.is_empty() {
        vec![ALL_BP]
    } else {
        cmd.stages
    };
    let treatment = cmd.treatment_share.unwrap_or(TREATMENT_SHARE_BP);
    Ok(StartRollout {
        environment: cmd.environment.filter(|name| !name.is_empty()),
        title: cmd.title,
        release: ReleaseNumber(cmd.release),
        prompt: cmd.prompt.filter(|id| !id.is_empty()),
        plan: Plan {
            weights_bp: [ALL_BP.saturating_sub(treatment), treatment],
            stages: stages
                .into_iter()
                .map(|coverage_bp| Stage { coverage_bp })
                .collect(),
            goal: cmd.goal.filter(|id| !id.is_empty()),
            hypothesis: cmd.hypothesis,
            guards,
            alpha: cmd.alpha.unwrap_or(ALPHA),
            planned_units: cmd.planned_units.unwrap_or(PLANNED_UNITS),
            external_assignment: cmd.external_assignment,
        },
        reason: cmd.reason,
    })
}

fn plan_guard<'a>(
    guard: wire::Guard,
    kpi: &impl Fn(&str) -> Option<&'a Kpi>,
) -> Result<Guard, Failure> {
    let harm = match guard.harm.as_deref() {
        Some("decrease") => Harm::Decrease,
        Some("increase") => Harm::Increase,
        Some(other) => return Err(unknown("harm", other, "decrease or increase")),
        None => match kpi(&guard.kpi).map(|kpi| kpi.direction) {
            Some(Direction::Down) => Harm::Increase,
            _ => Harm::Decrease,
        },
    };
    let action = match guard.action.as_deref() {
        None | Some("roll-back") => GuardAction::RollBack,
        Some("pause") => GuardAction::Pause,
        Some(other) => return Err(unknown("action", other, "roll-back or pause")),
    };
    Ok(Guard {
        kpi: guard.kpi,
        harm,
        margin: guard.margin,
        action,
    })
}

fn unknown(field: &str, value: &str, allowed: &str) -> Failure {
    let message = format!("a guard's `{field}` cannot be `{value}`");
    Failure::App(Error::invalid_with_hint(message, format!("use {allowed}")))
}
