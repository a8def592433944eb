//! What a rollout is planned to be, read from the wire and written to it.

use variorum_api_types::rollouts as wire;
use variorum_app::Error;
use variorum_app::rollouts::{NewArm, StartRollout};
use variorum_domain::id::{ReleaseNumber, Time};
use variorum_domain::library::Kpi;
use variorum_domain::rollout::{
    ALL_BP, ALPHA_DEFAULT, Condition, Design, Guard, LayerClaim, PAIRS_DEFAULT,
    PLANNED_UNITS_DEFAULT, Plan, Rollout, Stage, Switchback, Test, equal_shares,
};

use super::guards;
use crate::problem::Failure;
use crate::time;

/// What to start. `kpis` tells which way is good where a guard does not say what harm is.
pub(crate) fn start<'a>(
    cmd: wire::StartRollout,
    kpi: impl Fn(&str) -> Option<&'a Kpi>,
) -> Result<StartRollout, Failure> {
    let guards = cmd
        .guards
        .into_iter()
        .map(|guard| guards::planned(guard, &kpi));
    let guards = guards.collect::<Result<Vec<Guard>, Failure>>()?;
    let stages = if cmd.stages.is_empty() {
        vec![ALL_BP]
    } else {
        cmd.stages
    };
    let stages = timed(&stages, cmd.starts_at.as_deref(), &cmd.schedule)?;
    let conditions = cmd.conditions.into_iter().map(condition);
    let conditions = conditions.collect::<Result<Vec<Condition>, Failure>>()?;
    let weights_bp = shares(cmd.treatment_share, &cmd.further);
    let first = NewArm {
        release: ReleaseNumber(cmd.release),
        name: cmd.treatment_name,
    };
    let further = cmd.further.into_iter().map(|arm| NewArm {
        release: ReleaseNumber(arm.release),
        name: arm.name,
    });
    Ok(StartRollout {
        environment: cmd.environment.filter(|name| !name.is_empty()),
        title: cmd.title,
        treatments: std::iter::once(first).chain(further).collect(),
        prompt: cmd.prompt.filter(|id| !id.is_empty()),
        plan: Plan {
            weights_bp,
            stages,
            goal: cmd.goal.filter(|id| !id.is_empty()),
            hypothesis: cmd.hypothesis,
            guards,
            alpha: cmd.alpha.unwrap_or(ALPHA_DEFAULT),
            planned_units: cmd.planned_units.unwrap_or(PLANNED_UNITS_DEFAULT),
            external_assignment: cmd.external_assignment,
            layer: cmd
                .layer
                .map(|layer| LayerClaim::wanted(&layer.name, layer.share)),
            conditions,
            design: design(cmd.shadow, cmd.switchback)?,
            pre_period_days: cmd.pre_period_days,
            not_worse_by: cmd.not_worse_by,
        },
        reason: cmd.reason,
    })
}

/// What kind of comparison it is.
fn design(shadow: bool, switchback: Option<wire::StartSwitchback>) -> Result<Design, Failure> {
    match (shadow, switchback) {
        (true, Some(_)) => Err(Failure::App(Error::invalid_with_hint(
            "nobody gets anything new in a shadow, so there are no windows to be cut",
            "leave out `shadow` or `switchback`",
        ))),
        (true, None) => Ok(Design::Shadow),
        (false, None) => Ok(Design::Split),
        (false, Some(cut)) => Ok(Design::Switchback(Switchback {
            window_seconds: cut.window_seconds,
            burn_in_seconds: cut.burn_in_seconds,
            pairs: cut.pairs.unwrap_or(PAIRS_DEFAULT),
            from: Time(0),
        })),
    }
}

/// The shares of the arms: equal ones where none is given; the control gets what is left.
fn shares(first: Option<u32>, further: &[wire::FurtherArm]) -> Vec<u32> {
    let equal = equal_shares(further.len() + 2);
    let given = std::iter::once(first).chain(further.iter().map(|arm| arm.share));
    let treatments: Vec<u32> = given
        .zip(equal.iter().skip(1))
        .map(|(given, equal)| given.unwrap_or(*equal))
        .collect();
    let taken = treatments
        .iter()
        .fold(0, |sum: u32, share| sum.saturating_add(*share));
    std::iter::once(ALL_BP.saturating_sub(taken))
        .chain(treatments)
        .collect()
}

/// The stages with the times at which they come by themselves.
fn timed(
    stages: &[u32],
    starts_at: Option<&str>,
    schedule: &[wire::StageTime],
) -> Result<Vec<Stage>, Failure> {
    if schedule.len() >= stages.len().max(1) && !schedule.is_empty() {
        let message = format!(
            "`schedule` has times for {} further stages and there are {}",
            schedule.len(),
            stages.len().saturating_sub(1)
        );
        let hint = "give one entry for each stage after the first, or fewer";
        return Err(Failure::App(Error::invalid_with_hint(message, hint)));
    }
    let mut timed: Vec<Stage> = stages.iter().copied().map(Stage::of).collect();
    if let Some(first) = timed.first_mut() {
        first.not_before = starts_at.map(moment).transpose()?;
    }
    for (stage, given) in timed.iter_mut().skip(1).zip(schedule) {
        stage.not_before = given.at.as_deref().map(moment).transpose()?;
        stage.units_min = given.people;
    }
    Ok(timed)
}

/// A moment, as it is written on the wire.
pub(crate) fn moment(text: &str) -> Result<Time, Failure> {
    time::parse(text).ok_or_else(|| {
        let message = format!("`{text}` is not a moment");
        Failure::App(Error::invalid_with_hint(
            message,
            "write it like 2026-11-19T08:15:00Z",
        ))
    })
}

fn condition(given: wire::Condition) -> Result<Condition, Failure> {
    let tests = [
        given.one_of.map(Test::OneOf),
        given.none_of.map(Test::NoneOf),
        given.at_least.map(Test::AtLeast),
        given.at_most.map(Test::AtMost),
    ];
    let mut tests = tests.into_iter().flatten();
    match (tests.next(), tests.next()) {
        (Some(test), None) => Ok(Condition {
            attribute: given.attribute,
            test,
        }),
        _ => Err(Failure::App(Error::invalid_with_hint(
            format!(
                "the condition on `{}` needs exactly one test",
                given.attribute
            ),
            "give one of one_of, none_of, at_least and at_most",
        ))),
    }
}

/// A condition on the wire.
pub(crate) fn condition_out(condition: &Condition) -> wire::Condition {
    let mut out = wire::Condition {
        attribute: condition.attribute.clone(),
        ..wire::Condition::default()
    };
    match &condition.test {
        Test::OneOf(values) => out.one_of = Some(values.clone()),
        Test::NoneOf(values) => out.none_of = Some(values.clone()),
        Test::AtLeast(number) => out.at_least = Some(*number),
        Test::AtMost(number) => out.at_most = Some(*number),
    }
    out
}

/// A part of a layer on the wire.
pub(crate) fn layer_share(layer: &LayerClaim) -> wire::LayerShare {
    wire::LayerShare {
        name: layer.name.clone(),
        share: layer.end_bp.saturating_sub(layer.start_bp),
    }
}

/// When a rollout begins that has not begun.
pub(crate) fn starts_at(rollout: &Rollout) -> Option<String> {
    let first = rollout.plan.stages.first()?;
    let at = first.not_before.filter(|_| rollout.stages.is_empty())?;
    Some(time::format(at))
}

/// When the stages after the first come by themselves.
pub(crate) fn schedule_out(plan: &Plan) -> Vec<wire::StageTime> {
    let later = plan.stages.iter().skip(1);
    let times: Vec<wire::StageTime> = later
        .map(|stage| wire::StageTime {
            at: stage.not_before.map(time::format),
            people: stage.units_min,
        })
        .collect();
    let is_planned = |time: &wire::StageTime| time.at.is_some() || time.people.is_some();
    if times.iter().any(is_planned) {
        times
    } else {
        Vec::new()
    }
}
