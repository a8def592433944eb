//! Guards on the wire: what is planned of them, and what they have found.

use variorum_api_types::rollouts as wire;
use variorum_app::Error;
use variorum_app::rollouts::Measured;
use variorum_domain::fold::Firing;
use variorum_domain::library::{Direction, Kpi, KpiKind};
use variorum_domain::rollout::{
    Cohorts, Guard, GuardAction, GuardMore, Harm, Limit, Watched, watched,
};

use super::rollouts::firings;
use crate::problem::Failure;
use crate::wording;

/// A planned guard. `kpi` tells which way is good, and what a number means.
pub(super) fn planned<'a>(
    guard: wire::Guard,
    kpi: &impl Fn(&str) -> Option<&'a Kpi>,
) -> Result<Guard, Failure> {
    let known = kpi(&guard.kpi);
    let harm = match guard.harm.as_deref() {
        Some("decrease") => Harm::Decrease,
        Some("increase") => Harm::Increase,
        Some(other) => return Err(unknown("harm", other, "decrease or increase")),
        None => match known.map(|kpi| kpi.direction) {
            Some(Direction::Down) => Harm::Increase,
            // A level can only be limited from above.
            _ if guard.limit.is_some() => Harm::Increase,
            _ => Harm::Decrease,
        },
    };
    let action = match guard.action.as_deref() {
        None => GuardAction::RollBack,
        Some(name) => GuardAction::from_name(name)
            .ok_or_else(|| unknown("action", name, "roll-back, pause, hold or escalate"))?,
    };
    let scale = known.map_or(1.0, scale);
    let limit = match (guard.limit, guard.difference) {
        (Some(_), Some(_)) => {
            return Err(Failure::App(Error::invalid_with_hint(
                format!("the guard on `{}` has a limit and a difference", guard.kpi),
                "give one of them",
            )));
        }
        (Some(level), None) => Some(Limit::Level(level * scale)),
        (None, Some(most)) => Some(Limit::Difference(most * scale)),
        (None, None) => None,
    };
    let cohorts = guard.cohort.filter(|facet| !facet.is_empty());
    Ok(Guard {
        kpi: guard.kpi,
        harm,
        margin: guard.margin,
        action,
        more: GuardMore {
            limit,
            cohorts: cohorts.map(|facet| Cohorts {
                facet,
                levels: guard.levels,
            }),
        },
    })
}

/// How many of a KPI's smallest unit its unit is.
fn scale(kpi: &Kpi) -> f64 {
    match kpi.kind {
        KpiKind::Conversion => 1.0,
        _ => 10_f64.powi(i32::try_from(kpi.decimals).unwrap_or(0)),
    }
}

fn unknown(field: &str, value: &str, allowed: &str) -> Failure {
    let message = format!("a guard's `{field}` cannot be `{value}`");
    Failure::App(Error::invalid_with_hint(message, format!("use {allowed}")))
}

/// The first guard on a KPI and arm.
pub(super) fn state(found: &Measured, kpi: &Kpi, arm: u8) -> Option<wire::GuardState> {
    let guards = &found.rollout.plan.guards;
    let place = guards.iter().position(|guard| guard.kpi == kpi.id)?;
    let guard = guards.get(place)?;
    let own = all(found, arm).into_iter();
    let own = own.filter(|(watched, ..)| watched.guard == place);
    let most = own.map(|(_, log_e, _)| log_e).reduce(f64::max);
    let measured = found.measurement.as_ref();
    Some(wire::GuardState {
        harm: harm_name(guard.harm).to_owned(),
        margin: guard.margin,
        action: guard.action.name().to_owned(),
        log_e: most.unwrap_or(0.0),
        fired: firings(measured).any(|firing| firing.guard == place && firing.arm == arm),
    })
}

/// What is watched in an arm, with the evidence and whether it decided.
fn all(found: &Measured, arm: u8) -> Vec<(Watched, f64, bool)> {
    let guards = &found.rollout.plan.guards;
    let watched = watched(guards);
    let before = (usize::from(arm).saturating_sub(1)) * watched.len();
    let measured = found.measurement.as_ref();
    let one = |(place, what): (usize, Watched)| {
        let reading = measured.and_then(|measured| measured.reading.guards.get(before + place));
        let cohort = cohort(&guards[what.guard], what);
        let is_it = |firing: &Firing| {
            firing.guard == what.guard && firing.arm == arm && firing.cohort == cohort
        };
        let fired = firings(measured).any(is_it);
        (what, reading.map_or(0.0, |reading| reading.log_e), fired)
    };
    watched.into_iter().enumerate().map(one).collect()
}

fn cohort(guard: &Guard, what: Watched) -> Option<String> {
    let facet = &guard.more.cohorts.as_ref()?.facet;
    Some(format!("{facet}={}", guard.level(what.level)?))
}

/// Everything that is watched: each guard on each new arm, cohort by cohort.
pub(super) fn watching(found: &Measured) -> Vec<wire::WatchedGuard> {
    let rollout = &found.rollout;
    let mut rows = Vec::new();
    for (arm, _) in rollout.arms.treatments() {
        for (what, log_e, fired) in all(found, arm) {
            let guard = &rollout.plan.guards[what.guard];
            let kpi = rollout.kpis.iter().find(|kpi| kpi.id == guard.kpi);
            rows.push(wire::WatchedGuard {
                kpi: guard.kpi.clone(),
                title: kpi.map_or_else(|| guard.kpi.clone(), |kpi| kpi.title.clone()),
                arm,
                name: wording::newer(rollout, arm),
                cohort: cohort(guard, what),
                against: wording::guards::against(guard, kpi),
                action: guard.action.name().to_owned(),
                log_e,
                fired,
            });
        }
    }
    rows
}

fn harm_name(harm: Harm) -> &'static str {
    match harm {
        Harm::Decrease => "decrease",
        Harm::Increase => "increase",
    }
}
