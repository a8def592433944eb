//! Decoded events folded into the statistics of a rollout on one core, and what judging its guards
//! costs, beside a plain loop over a hash map that comes to the same sums and judges nothing.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, bail};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::RolloutFold;
use variorum_domain::id::Time;
use variorum_domain::rollout::Rollout;
use variorum_stats::moments::Arm;

use super::company::Company;
use super::figure::Figure;
use super::{Options, comment};

/// Units, each with an exposure and what follows.
const UNITS: usize = 200_000;
/// How many units later each of a unit's outcomes comes.
const LAGS: [usize; 4] = [200, 2_000, 10_000, 30_000];
/// Microseconds between two units.
const PACE_US: i64 = 100_000;
/// What is asked for: so many events a second, and a decision in so many microseconds.
const ASKED_PER_SECOND: f64 = 300_000.0;
const ASKED_DECISION_US: f64 = 5.0;

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let rollout =
        runtime.block_on(async { Company::found(folder.path()).await?.start_rollout().await })?;
    let mut unguarded = rollout.clone();
    unguarded.plan.guards.clear();
    let events = events(&rollout);
    let judged = events.iter().filter(|event| is_judged(&rollout, event));
    let judged = judged.count();
    comment(&format!(
        "{} events of {UNITS} units in order of arrival, decoded; {judged} outcomes of a guarded KPI, {} guards",
        events.len(),
        rollout.plan.guards.len()
    ));
    comment("reference: one loop over a hash map by unit that keeps n, sum and sum of squares");
    let count = number(events.len());
    let (mut guarded, mut plain) = (Figure::default(), Figure::default());
    let mut decision = Vec::new();
    for _ in 0..options.rounds {
        let (with, fold) = folded(&rollout, &events);
        let (without, silent) = folded(&unguarded, &events);
        let (loop_took, sums) = looped(&rollout, &events);
        if !fold.fired().is_empty() {
            comment("a guard decided by chance; what came after it was judged less");
        }
        for (kpi, arms) in rollout.kpis.iter().zip(&sums) {
            let same = [&fold, &silent].map(|fold| fold.tally(&kpi.id) == Some(arms.as_slice()))
                == [true; 2];
            if !same {
                bail!("the sums of `{}` differ", kpi.id);
            }
        }
        guarded.round(count / with, count / loop_took);
        plain.round(count / without, count / loop_took);
        decision.push((with - without) / number(judged.max(1)) * 1e6);
    }
    guarded.print("fold_events_per_second");
    plain.print("fold_without_guards_events_per_second");
    Figure::of(guarded.ours_middle(), ASKED_PER_SECOND).print("fold_events_per_second_vs_asked");
    let mut against = Figure::default();
    for took in decision {
        against.round(took, ASKED_DECISION_US);
    }
    against.print("guard_decision_us_vs_asked");
    Ok(())
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn is_judged(rollout: &Rollout, event: &Event) -> bool {
    let guards = &rollout.plan.guards;
    event.kind == EventKind::Outcome && guards.iter().any(|guard| guard.kpi == event.kpi)
}

/// Seconds, and what they brought.
fn folded(rollout: &Rollout, events: &[Event]) -> (f64, RolloutFold) {
    let mut fold = RolloutFold::new(rollout);
    let begun = Instant::now();
    for event in events {
        black_box(fold.take(event));
    }
    (begun.elapsed().as_secs_f64(), fold)
}

/// What the loop knows of one unit: its exposure, and a total of each KPI.
struct Seen {
    at: Time,
    arm: u8,
    totals: Vec<i64>,
}

/// Exposures come before their outcomes here, so the loop need not remember outcomes.
fn looped(rollout: &Rollout, events: &[Event]) -> (f64, Vec<Vec<Arm>>) {
    let arms = rollout.plan.weights_bp.len();
    let kpis = &rollout.kpis;
    let begun = Instant::now();
    let mut units: HashMap<&str, Seen> = HashMap::new();
    let mut sums = vec![vec![Arm::default(); arms]; kpis.len()];
    for event in events {
        match event.kind {
            EventKind::Exposure => {
                let arm = event.arm.unwrap_or(0);
                units.entry(&event.unit).or_insert_with(|| {
                    for of_kpi in &mut sums {
                        of_kpi[usize::from(arm)].add_unit(0);
                    }
                    Seen {
                        at: event.time,
                        arm,
                        totals: vec![0; kpis.len()],
                    }
                });
            }
            EventKind::Outcome => {
                let Some(place) = kpis.iter().position(|kpi| kpi.id == event.kpi) else {
                    continue;
                };
                let Some(unit) = units.get_mut(event.unit.as_str()) else {
                    continue;
                };
                let kpi = &kpis[place];
                if event.time > unit.at.plus_seconds(kpi.window_seconds) {
                    continue;
                }
                let before = unit.totals[place];
                let is_yes_or_no = kpi.kind == variorum_domain::library::KpiKind::Conversion;
                let after = if is_yes_or_no {
                    i64::from(before + event.value > 0)
                } else {
                    before + event.value
                };
                unit.totals[place] = after;
                sums[place][usize::from(unit.arm)].change_unit(before, after);
            }
        }
    }
    let took = begun.elapsed().as_secs_f64();
    black_box(units.len());
    (took, sums)
}

/// Exposures and outcomes in order of arrival; both arms do alike, so no guard decides.
fn events(rollout: &Rollout) -> Vec<Event> {
    let mut events = Vec::with_capacity(UNITS * (1 + LAGS.len()));
    let last = LAGS[LAGS.len() - 1];
    for step in 0..UNITS + last {
        let passed = i64::try_from(step).unwrap_or(0) * PACE_US;
        let time = Time(rollout.started_at.0 + passed);
        let shown = (step < UNITS).then_some((step, 0));
        let later = (1..).zip(LAGS).filter_map(|(kind, lag)| {
            let unit = step.checked_sub(lag)?;
            (unit < UNITS).then_some((unit, kind))
        });
        for (unit, kind) in shown.into_iter().chain(later) {
            events.extend(event(rollout, unit, kind, time));
        }
    }
    events
}

fn event(rollout: &Rollout, number: usize, kind: usize, time: Time) -> Option<Event> {
    let unit = format!("customer-{number}");
    let arm = rollout.arm_of(&unit)?;
    let kpi = match kind {
        0 => "",
        3 if number.is_multiple_of(10) => "order",
        1..=3 => "click",
        _ => "revenue",
    };
    let exposed = kind == 0;
    Some(Event {
        id: format!("{number}-{kind}"),
        kind: if exposed {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time,
        prompt: String::new(),
        rollout: exposed.then_some(rollout.number),
        arm: exposed.then_some(arm),
        kpi: kpi.into(),
        value: match kind {
            0 => 0,
            4 => 1_999,
            _ => 1,
        },
        channel: String::new(),
        attributes: String::new(),
        unit,
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn both_sides_come_to_the_same() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let rollout = runtime
            .block_on(async { Company::found(folder.path()).await?.start_rollout().await })?;
        let mut all = events(&rollout);
        all.truncate(20_000);
        let (_, fold) = folded(&rollout, &all);
        let (_, sums) = looped(&rollout, &all);
        let order = rollout.kpis.iter().position(|kpi| kpi.id == "revenue");
        let order = order.context("no revenue")?;
        assert!(sums[order][0].sum > 0);
        for (kpi, arms) in rollout.kpis.iter().zip(&sums) {
            assert_eq!(fold.tally(&kpi.id), Some(arms.as_slice()));
        }
        Ok(())
    }
}
