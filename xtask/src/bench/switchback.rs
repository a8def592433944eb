//! Switchbacks that never took place: how often pairs of windows raise a false alarm, and how many
//! pairs it takes to see a change, beside a paired t-test that is looked at as often.

use std::process::ExitCode;

use anyhow::{Result, bail};
use variorum_stats::signs::{Pair, Side, Signs};
use variorum_stats::simulation::Random;

use super::acceptance::real;
use super::{comment, positive};
use crate::output;

const REPS: usize = 4_000;
/// Pairs of windows after each of which it is looked.
const PAIRS: u32 = 100;
/// The chance that an interval ever misses.
const ALPHA: f64 = 0.05;
/// The chance that a guard ever takes something back in vain.
const GUARD_ALPHA: f64 = 0.01;
/// The change that is to be seen: so much more in each window of the treatment.
const LIFT: f64 = 0.15;
const WINDOWS_A_DAY: f64 = 6.0;

/// What windows are like.
#[derive(Debug, Clone, Copy)]
enum World {
    /// Normal noise about a level.
    Noise,
    /// A wave over the day, and a slow rise.
    Wave,
    /// Each window is much like the one before.
    Memory,
    /// Amounts of 200 people, of whom one in twenty spends, few of them very much.
    Spending,
    /// The change turns its sign from pair to pair, so that there is none on average.
    Turning,
    /// A third of the second window is not told yet when a pair is looked at first.
    Late,
    /// A quarter of the change in a window is carried over into the next one.
    CarryOver,
}

const WORLDS: [(&str, World); 7] = [
    ("noise", World::Noise),
    ("wave", World::Wave),
    ("memory", World::Memory),
    ("spending", World::Spending),
    ("turning", World::Turning),
    ("late", World::Late),
    ("carry_over", World::CarryOver),
];

fn normal(random: &mut Random) -> f64 {
    let angle = std::f64::consts::TAU * random.uniform();
    (-2.0 * random.uniform().ln()).sqrt() * angle.cos()
}

/// What a window would come to with the control.
fn level(world: World, index: u32, before: f64, random: &mut Random) -> f64 {
    let at = f64::from(index);
    match world {
        World::Noise | World::Turning | World::CarryOver => 1.0 + 0.2 * normal(random),
        World::Late => 1.0 + 0.1 * normal(random),
        World::Wave => {
            let wave = (at * std::f64::consts::TAU / WINDOWS_A_DAY).sin();
            (1.0 + 0.001 * at) * (1.0 + 0.3 * wave) + 0.1 * normal(random)
        }
        World::Memory => 1.0 + 0.9 * (before - 1.0) + 0.1 * normal(random),
        World::Spending => {
            let buyers = random.binomial(200, 0.05);
            let spent: f64 = (0..buyers).map(|_| (1.2 * normal(random)).exp()).sum();
            spent / 20.0
        }
    }
}

/// The first look at which something happened.
#[derive(Debug, Default, Clone, Copy)]
struct Run {
    alarm: Option<u32>,
    guard: Option<u32>,
    missed: Option<u32>,
    t_test: Option<u32>,
}

fn run(world: World, lift: f64, random: &mut Random) -> Run {
    let (mut found, mut pairs) = (Run::default(), Vec::new());
    let (mut before, mut carried) = (1.0, 0.0);
    for pair in 0..PAIRS {
        let treated_first = random.bits() & 1 == 0;
        let mut seen = [0.0; 2];
        for place in 0..2_u32 {
            let is_treated = treated_first == (place == 0);
            let own = level(world, 2 * pair + place, before, random);
            before = own;
            let turned = matches!(world, World::Turning) && pair % 2 == 1;
            let change = match (matches!(world, World::Turning), turned) {
                (true, false) => lift + 0.3,
                (true, true) => lift - 0.3,
                _ => lift,
            };
            let change = if is_treated { change } else { 0.0 };
            let value = own + change + carried;
            carried = if matches!(world, World::CarryOver) {
                change / 4.0
            } else {
                0.0
            };
            seen[usize::from(is_treated)] = value;
        }
        let known = Pair {
            control: seen[0],
            treatment: seen[1],
        };
        pairs.push(known);
        let mut looked = pairs.clone();
        if matches!(world, World::Late)
            && let Some(last) = looked.last_mut()
        {
            if treated_first {
                last.control *= 0.67;
            } else {
                last.treatment *= 0.67;
            }
        }
        let signs = Signs::new(looked.clone());
        let at = pair + 1;
        let mark = |slot: &mut Option<u32>, is: bool| {
            if is {
                slot.get_or_insert(at);
            }
        };
        let (above, below) = (
            signs.log_e((1.0, lift), Side::Above),
            signs.log_e((1.0, lift), Side::Below),
        );
        mark(&mut found.alarm, signs.log_p() <= ALPHA.ln());
        mark(
            &mut found.guard,
            signs.log_e((1.0, 0.0), Side::Below) >= -GUARD_ALPHA.ln(),
        );
        mark(&mut found.missed, above.max(below) >= (2.0 / ALPHA).ln());
        mark(&mut found.t_test, at >= 8 && t_test(&looked));
    }
    found
}

/// Whether a paired t-test at 5 % calls a difference; its quantile is that of many pairs.
fn t_test(pairs: &[Pair]) -> bool {
    let differences: Vec<f64> = pairs
        .iter()
        .map(|pair| pair.treatment - pair.control)
        .collect();
    let count = real(differences.len());
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|one| (one - mean).powi(2)).sum();
    mean.abs() > 1.96 * (squares / (count - 1.0) / count).sqrt()
}

fn runs(world: World, lift: f64, reps: usize) -> Vec<Run> {
    let one = |rep: usize| {
        run(
            world,
            lift,
            &mut Random::new(Random::new(rep as u64).bits()),
        )
    };
    (0..reps).map(one).collect()
}

fn share(runs: &[Run], of: impl Fn(&Run) -> Option<u32>) -> f64 {
    real(runs.iter().filter(|run| of(run).is_some()).count()) / real(runs.len())
}

/// The pairs by which half of the runs came to it; more than all where they did not.
fn median(runs: &[Run], of: impl Fn(&Run) -> Option<u32>) -> f64 {
    let mut found: Vec<u32> = runs
        .iter()
        .map(|run| of(run).unwrap_or(PAIRS + 1))
        .collect();
    found.sort_unstable();
    f64::from(found[found.len() / 2])
}

/// Simulates all worlds without a change and with one.
pub(super) fn bench(words: &[&str]) -> Result<ExitCode> {
    let reps = match words {
        [] => REPS,
        ["--reps", count] => usize::try_from(positive(count)?)?,
        other => bail!(
            "`{}` is not understood; there is: --reps N",
            other.join(" ")
        ),
    };
    comment(&format!(
        "switchback: {reps} runs of {PAIRS} pairs, a look after each; reference: a paired t-test"
    ));
    comment("name ours reference ratio");
    for (name, world) in WORLDS {
        let (none, some) = (runs(world, 0.0, reps), runs(world, LIFT, reps));
        let (ours, reference) = (
            share(&none, |run| run.alarm),
            share(&none, |run| run.t_test),
        );
        output::line(&format!(
            "switchback_{name}_false_alarms {ours:.4} {reference:.4} {:.2}",
            ours / reference
        ));
        let (pairs, reference) = (
            median(&some, |run| run.alarm),
            median(&some, |run| run.t_test),
        );
        output::line(&format!(
            "switchback_{name}_pairs {pairs} {reference} {:.2}",
            pairs / reference
        ));
        comment(&format!(
            "  guard at 1 %: {:.4} false; interval at 95 %: {:.4} ever miss; found {:.4}",
            share(&none, |run| run.guard),
            share(&some, |run| run.missed),
            share(&some, |run| run.alarm),
        ));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_change_few_runs_alarm_and_a_t_test_looked_at_as_often_does() {
        let found = runs(World::Noise, 0.0, 60);
        assert!(share(&found, |run| run.alarm) <= 0.15);
        assert!(share(&found, |run| run.t_test) > share(&found, |run| run.alarm));
    }
}
