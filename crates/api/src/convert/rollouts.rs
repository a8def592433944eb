//! Rollouts with what was measured of them.

use std::collections::BTreeMap;

use variorum_api_types::activity::Entry;
use variorum_api_types::rollouts as wire;
use variorum_app::events::Measurement;
use variorum_app::rollouts::Measured;
use variorum_domain::fold::{ArmReading, DivisorReading, Firing, KpiReading, Reading};
use variorum_domain::library::{Kpi, KpiKind};
use variorum_domain::rollout::{CONTROL, Design, Ending, Plan, Rollout, TREATMENT};

use super::library::{direction, kpi_kind};
use super::{decisions, guards, plan, switchback};
use crate::time;
use crate::wording::{self, KpiState, Measure};

/// A rollout in a list.
pub(crate) fn rollout(found: &Measured) -> wire::Rollout {
    let rollout = &found.rollout;
    let reading = found.measurement.as_ref().map(|measured| &measured.reading);
    wire::Rollout {
        number: rollout.number.0,
        title: rollout.title.clone(),
        environment: rollout.environment.clone(),
        prompt: rollout.prompt.clone(),
        control: rollout.control().0,
        treatment: rollout.treatment().0,
        control_version: rollout.version_of(CONTROL),
        treatment_version: rollout.version_of(TREATMENT),
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
        held: held(rollout),
        sentence: sentence(rollout, found.measurement.as_ref()),
        exposed: exposed(&rollout.plan, reading),
        arms: arms(found, reading),
        design: rollout.plan.design.name().to_owned(),
        until: match rollout.plan.design {
            Design::HoldOut { until } => Some(time::format(until)),
            _ => None,
        },
        decision: found
            .asked
            .as_ref()
            .map(|asked| decisions::decision(rollout, asked)),
    }
}

/// What keeps a rollout at its stage.
fn held(rollout: &Rollout) -> Option<String> {
    let hold = rollout.hold.as_ref().filter(|_| rollout.state.is_open())?;
    let kpi = rollout.kpis.iter().find(|kpi| kpi.id == hold.kpi);
    Some(wording::held_sentence(rollout, kpi, hold))
}

fn exposed(plan: &Plan, reading: Option<&Reading>) -> Vec<u64> {
    reading.map_or_else(
        || vec![0; plan.weights_bp.len()],
        |reading| reading.exposed.clone(),
    )
}

fn arms(found: &Measured, reading: Option<&Reading>) -> Vec<wire::RolloutArm> {
    let rollout = &found.rollout;
    let exposed = exposed(&rollout.plan, reading);
    let all = rollout.arms.all().iter().zip(&rollout.plan.weights_bp);
    (0..)
        .zip(all.zip(exposed))
        .map(|(arm, ((planned, share), exposed))| wire::RolloutArm {
            arm,
            name: planned.name.clone(),
            release: planned.release.0,
            version: planned.version,
            share: *share,
            exposed,
            stopped: planned.stopped.as_ref().map(ending),
            objection: found
                .objection(arm)
                .filter(|_| arm != CONTROL && rollout.is_arm_open(arm))
                .map(str::to_owned),
        })
        .collect()
}

fn ending(ending: &Ending) -> wire::Ending {
    wire::Ending {
        at: time::format(ending.at),
        by: ending.by.clone(),
        by_guard: ending.by_guard,
        reason: ending.reason.clone(),
        arm: ending.arm,
    }
}

/// The verdict: how it ended, what stopped it, or what its most telling KPI says.
fn sentence(rollout: &Rollout, measurement: Option<&Measurement>) -> String {
    if let Some(sentence) = wording::ending_sentence(rollout) {
        return sentence;
    }
    if rollout.plan.design == Design::Shadow {
        return wording::shadow_sentence(rollout);
    }
    let fired = measurement.and_then(|measured| measured.fired.as_ref());
    if rollout.waits_for_a_person() {
        let asks = firings(measurement)
            .filter(|firing| firing.action.stops())
            .last();
        return asks.or(fired).map_or_else(
            || wording::paused_sentence(rollout),
            |firing| fired_sentence(rollout, firing),
        );
    }
    let Some(reading) = measurement.map(|measured| &measured.reading) else {
        return wording::collecting(0);
    };
    let mut states: Vec<(&Kpi, u8, Measure, KpiState)> = Vec::new();
    for kpi in kpis_in_order(rollout) {
        let Some(found) = reading.kpis.iter().find(|found| found.kpi == kpi.id) else {
            continue;
        };
        for (arm, _) in rollout.arms.treatments() {
            let measure = Measure::of(found, arm);
            let state = wording::kpi_state(kpi, &measure, is_fired(measurement, kpi, arm));
            states.push((kpi, arm, measure, state));
        }
    }
    let first = states.first().map(|(kpi, ..)| &kpi.id);
    let is_open = |arm: u8| rollout.is_arm_open(arm);
    let harm = states
        .iter()
        .find(|(_, arm, _, state)| *state == KpiState::Harm && is_open(*arm));
    let better = states
        .iter()
        .find(|(kpi, _, _, state)| *state == KpiState::Better && Some(&kpi.id) == first);
    let told = harm
        .or(better)
        .or_else(|| states.iter().find(|(_, arm, ..)| is_open(*arm)));
    if let Some(cut) = rollout.plan.switchback()
        && states
            .iter()
            .all(|(.., state)| *state == KpiState::Collecting)
    {
        let told = reading.windows.as_ref();
        return wording::windows_sentence(&cut, told.map_or(0, |told| told.pairs));
    }
    match told.or_else(|| states.first()) {
        Some((kpi, arm, found, state)) => {
            wording::kpi_sentence(&wording::newer(rollout, *arm), kpi, found, *state)
        }
        None => wording::collecting(reading.exposed.iter().sum()),
    }
}

fn fired_sentence(rollout: &Rollout, firing: &Firing) -> String {
    let kpi = rollout.kpis.iter().find(|kpi| kpi.id == firing.kpi);
    wording::fired_sentence(rollout, kpi, firing)
}

/// Everything that guards decided, in order.
pub(super) fn firings(measurement: Option<&Measurement>) -> impl Iterator<Item = &Firing> {
    measurement
        .into_iter()
        .flat_map(|measured| measured.fired.iter().chain(&measured.fired_later))
}

fn is_fired(measurement: Option<&Measurement>, kpi: &Kpi, arm: u8) -> bool {
    firings(measurement).any(|firing| firing.kpi == kpi.id && firing.arm == arm)
}

/// The goal first, then the others as they stand.
fn kpis_in_order(rollout: &Rollout) -> Vec<&Kpi> {
    let mut kpis: Vec<&Kpi> = rollout.kpis.iter().collect();
    kpis.sort_by_key(|kpi| rollout.plan.goal.as_ref() != Some(&kpi.id));
    kpis
}

/// A rollout with everything measured.
pub(crate) fn detail(
    found: &Measured,
    entries: Vec<Entry>,
    current: &BTreeMap<String, Kpi>,
) -> wire::RolloutDetail {
    let planned = &found.rollout.plan;
    let measurement = found.measurement.as_ref();
    let reading = measurement.map(|measured| &measured.reading);
    let fired = measurement.and_then(|measured| measured.fired.as_ref());
    let kpis = kpis_in_order(&found.rollout);
    wire::RolloutDetail {
        rollout: rollout(found),
        hypothesis: planned.hypothesis.clone(),
        goal: planned.goal.clone(),
        alpha: planned.alpha,
        kpis: kpis
            .into_iter()
            .map(|kpi| kpi_result(found, kpi, current))
            .collect(),
        log_e: reading.map_or(0.0, |reading| reading.log_e),
        threshold: reading.map_or_else(|| threshold(planned), |reading| reading.threshold),
        split: split(planned, reading),
        both_arms: reading.map_or(0, |reading| reading.both_arms),
        guards: guards::watching(found),
        fired: fired.map(|firing| fired_guard(&found.rollout, firing)),
        layer: planned.layer.as_ref().map(plan::layer_share),
        conditions: planned.conditions.iter().map(plan::condition_out).collect(),
        pre_period_days: planned.pre_period_days,
        switchback: switchback::result(&found.rollout, measurement),
        not_worse_by: planned.not_worse_by.clone(),
        starts_at: plan::starts_at(&found.rollout),
        schedule: plan::schedule_out(planned),
        fired_later: firings(measurement)
            .skip(1)
            .map(|firing| fired_guard(&found.rollout, firing))
            .collect(),
        verdict: super::verdicts::verdict(found),
        decided: decisions::confirmed(&found.rollout),
        stage_log: found.rollout.stages.iter().map(stage_change).collect(),
        entries,
    }
}

/// Where guards decide before anything was measured.
#[expect(clippy::cast_precision_loss, reason = "at most 9 treatments")]
fn threshold(plan: &Plan) -> f64 {
    (plan.treatments().max(1) as f64 / plan.alpha).ln()
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
        planned: plan.weights_bp.clone(),
        exposed: exposed(plan, reading),
        p: reading.map_or(1.0, |reading| reading.srm.p),
        alarm: reading.is_some_and(|reading| reading.srm.alarm),
    }
}

pub(crate) fn fired_guard(rollout: &Rollout, firing: &Firing) -> wire::Fired {
    wire::Fired {
        arm: firing.arm,
        kpi: firing.kpi.clone(),
        cohort: firing.cohort.clone(),
        action: firing.action.name().to_owned(),
        at: time::format(firing.at),
        log_e: firing.log_e,
        exposed: firing.reading.exposed.clone(),
        sentence: fired_sentence(rollout, firing),
    }
}

/// By which definition a KPI is measured.
fn definition(
    rollout: &Rollout,
    kpi: &Kpi,
    current: &BTreeMap<String, Kpi>,
) -> Option<wire::KpiDefinition> {
    let mut known = rollout.definitions.iter();
    let known = known.find(|known| known.kpi == kpi.id)?;
    Some(wire::KpiDefinition {
        digest: known.digest.clone(),
        commit: known.commit.clone(),
        cap: known.cap,
        current: current.get(&kpi.id) == Some(kpi),
    })
}

fn kpi_result(found: &Measured, kpi: &Kpi, current: &BTreeMap<String, Kpi>) -> wire::KpiResult {
    let (rollout, measurement) = (&found.rollout, found.measurement.as_ref());
    let stored = measurement.and_then(|measured| {
        measured
            .reading
            .kpis
            .iter()
            .find(|reading| reading.kpi == kpi.id)
    });
    let treatments = rollout.arms.treatments();
    let treatments: Vec<wire::TreatmentResult> = treatments
        .map(|(arm, _)| treatment(found, kpi, stored, arm))
        .collect();
    let first = treatments.first();
    wire::KpiResult {
        kpi: kpi.id.clone(),
        title: kpi.title.clone(),
        kind: kpi_kind(kpi.kind).to_owned(),
        direction: direction(kpi.direction).to_owned(),
        unit: kpi.unit.clone(),
        decimals: kpi.decimals,
        goal: rollout.plan.goal.as_ref() == Some(&kpi.id),
        guard: first.and_then(|first| first.guard.clone()),
        sentence: first.map_or_else(String::new, |first| first.sentence.clone()),
        state: first.map_or_else(String::new, |first| first.state.clone()),
        difference: first.and_then(|first| first.difference.clone()),
        control: arm_result(stored.map(|reading| &reading.control)),
        treatment: arm_result(stored.and_then(|reading| reading.arm(TREATMENT))),
        series: first.map_or_else(Vec::new, |first| first.series.clone()),
        definition: definition(rollout, kpi, current),
        treatments,
    }
}

/// One new arm beside the control.
fn treatment(
    found: &Measured,
    kpi: &Kpi,
    stored: Option<&KpiReading>,
    arm: u8,
) -> wire::TreatmentResult {
    let (rollout, measurement) = (&found.rollout, found.measurement.as_ref());
    let measure = stored.map(|stored| Measure::of(stored, arm));
    let measure = measure.unwrap_or_default();
    let state = wording::kpi_state(kpi, &measure, is_fired(measurement, kpi, arm));
    let name = wording::newer(rollout, arm);
    let place = rollout.kpis.iter().position(|known| known.id == kpi.id);
    let series = place.zip(measurement).and_then(|(place, measured)| {
        let before = place * rollout.plan.treatments();
        measured.series.get(before + usize::from(arm) - 1)
    });
    wire::TreatmentResult {
        arm,
        sums: arm_result(stored.and_then(|stored| stored.arm(arm))),
        difference: measure.difference.map(|difference| wire::Interval {
            estimate: difference.estimate,
            low: difference.low,
            high: difference.high,
        }),
        guard: guards::state(found, kpi, arm),
        sentence: stored
            .and_then(|stored| wording::quantile_sentence(&name, kpi, stored, arm))
            .unwrap_or_else(|| wording::kpi_sentence(&name, kpi, &measure, state)),
        state: if kpi.kind == KpiKind::Quantile {
            "reading".to_owned()
        } else {
            state.name().to_owned()
        },
        series: series
            .map(|series| series.points.iter().map(point).collect())
            .unwrap_or_default(),
        name,
    }
}

/// The sums of one arm; zeros where nothing was read yet.
fn arm_result(arm: Option<&ArmReading>) -> wire::ArmResult {
    wire::ArmResult {
        units: arm.map_or(0, |arm| arm.units),
        sum: arm.map_or_else(|| "0".to_owned(), |arm| arm.sum.clone()),
        sum_of_squares: arm.map_or_else(|| "0".to_owned(), |arm| arm.sum_of_squares.clone()),
        mean: arm.map_or(0.0, |arm| arm.mean),
        divisor: arm.and_then(|arm| arm.divisor.as_ref()).map(second),
        before: arm.and_then(|arm| arm.before.as_ref()).map(second),
        quantile: arm
            .and_then(|arm| arm.quantile)
            .map(|ends| wire::QuantileEnds {
                low: ends.low,
                high: ends.high,
            }),
    }
}

/// The second total of units.
fn second(sums: &DivisorReading) -> wire::Divisor {
    wire::Divisor {
        sum: sums.sum.clone(),
        sum_of_squares: sums.sum_of_squares.clone(),
        sum_of_products: sums.sum_of_products.clone(),
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
