//! The guard of conversions held against the acceptance bar of the shared folder: every scenario is
//! simulated with the code that watches rollouts, and stands beside the reference's figure.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use variorum_stats::guard::{ConversionSplit, GRID_ROLLOUT, Harm, threshold};
use variorum_stats::simulation::{Random, TwoArms};
use variorum_stats::special::beta;

use super::{acceptance_further, comment, many_rollouts, positive};
use crate::output;

pub(super) const ALPHA: f64 = 0.01;
/// How sure the criterion of the bar is that a share lies above alpha.
const CONFIDENCE: f64 = 0.01;
/// Repetitions of scenarios with harm, of which the bar names none.
pub(super) const HARM_REPS: usize = 4_000;
/// Conversions after which a scenario without batches ends.
const CONVERSIONS_MAX: u32 = 10_000;

/// One line of the bar.
struct Scenario {
    id: String,
    arms: TwoArms,
    reps: usize,
    /// The slowest and the aimed-at median; none where the arms are equal.
    medians: Option<(f64, f64)>,
    detected_min: f64,
    reference: f64,
}

impl Scenario {
    fn of(value: &Value, reps: Option<usize>) -> Result<Self> {
        let number = |key: &str| value[key].as_f64().with_context(|| format!("no `{key}`"));
        let whole = |key: &str| value[key].as_u64().and_then(|n| u32::try_from(n).ok());
        let must = value["median_exposures_must"].as_f64();
        let reference = &value["reference"]["split_e_default"];
        let own = value["reps"].as_u64().and_then(|n| usize::try_from(n).ok());
        let known = if must.is_some() { "median" } else { "share" };
        Ok(Self {
            id: value["id"].as_str().context("no `id`")?.to_owned(),
            arms: TwoArms {
                control: number("p_control")?,
                treatment: number("p_treatment")?,
                share: number("treatment_share")?,
                batch: whole("batch"),
                looks: whole("looks").unwrap_or(CONVERSIONS_MAX),
            },
            reps: reps.or(own).unwrap_or(HARM_REPS),
            medians: must.zip(value["median_exposures_target"].as_f64()),
            detected_min: value["detect_share_min"].as_f64().unwrap_or(0.99),
            reference: reference[known].as_f64().context("no reference")?,
        })
    }

    /// Runs all repetitions on all cores; each has random numbers of its own, so that the figures
    /// do not depend on the number of cores.
    fn simulate(&self, guard: &ConversionSplit) -> Vec<Option<f64>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut found = vec![None; self.reps];
        let part = self.reps.div_ceil(cores).max(1);
        std::thread::scope(|scope| {
            for (place, chunk) in found.chunks_mut(part).enumerate() {
                scope.spawn(move || {
                    for (offset, slot) in chunk.iter_mut().enumerate() {
                        let seed = Random::new((place * part + offset) as u64).bits();
                        let mut random = Random::new(seed);
                        *slot = self.arms.run(guard, threshold(ALPHA), &mut random);
                    }
                });
            }
        });
        found
    }

    /// Whether the bar is met; prints the line.
    fn judge(&self, guard: &ConversionSplit) -> bool {
        let found = self.simulate(guard);
        let stopped: Vec<f64> = found.iter().flatten().copied().collect();
        let share = real(stopped.len()) / real(found.len());
        let (name, ours, fine, note) = match self.medians {
            None => {
                let least = least_share(stopped.len(), found.len());
                let note = format!("at least {least:.4} with 99 % confidence");
                ("false_share", share, least <= ALPHA, note)
            }
            Some((must, target)) => {
                let all = found.iter().map(|units| units.unwrap_or(f64::INFINITY));
                let median = super::figure::percentile(&all.collect::<Vec<f64>>(), 50);
                let reached = if median <= target {
                    "reached"
                } else {
                    "not reached"
                };
                let note =
                    format!("must {must:.0}, target {target:.0} {reached}, found {share:.4}");
                let fine = median <= must && share >= self.detected_min;
                ("median", median, fine, note)
            }
        };
        let word = if fine { "pass" } else { "miss" };
        let (id, reference, reps) = (&self.id, self.reference, found.len());
        let digits = if self.medians.is_some() { 0 } else { 4 };
        output::line(&format!(
            "acceptance_{id}_{name} {ours:.digits$} {reference:.digits$} {:.2} {word} \
             # {note}; {reps} runs",
            ours / reference
        ));
        fine
    }
}

/// Clopper and Pearson's lower bound of a share.
pub(super) fn least_share(hits: usize, runs: usize) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    beta::quantile(CONFIDENCE, real(hits), real(runs - hits) + 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "a number of runs")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

/// The folder of real data.
pub(super) fn shared() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("VARIORUM_SHARED").map_or("../shared".into(), PathBuf::from);
    root.join(shared)
}

/// Simulates all scenarios, then replays real experiments as rollouts.
pub(super) fn run(words: &[&str]) -> Result<ExitCode> {
    let reps = match words {
        [] => None,
        ["--reps", count] => Some(usize::try_from(positive(count)?)?),
        other => bail!(
            "`{}` is not understood; there is: --reps N",
            other.join(" ")
        ),
    };
    let path = shared().join("data/oracles/acceptance_bar.json");
    let text = std::fs::read(&path).with_context(|| format!("no `{}`", path.display()))?;
    let file: Value = serde_json::from_slice(&text)?;
    let guard = ConversionSplit::with_grid(0.0, Harm::Decrease, &GRID_ROLLOUT)
        .context("the grid of rollouts is refused")?;
    comment("acceptance: alpha 0.01 over the whole of a rollout; reference: split_e_default");
    comment("name ours reference ratio");
    let mut missed = 0;
    for value in file["scenarios"].as_array().context("no scenarios")? {
        let scenario = Scenario::of(value, reps)?;
        if !scenario.judge(&guard) {
            missed += 1;
        }
    }
    comment("ours: guards that the bar does not know, by criteria of our own");
    missed += acceptance_further::run(&guard, reps)?;
    many_rollouts::run(&guard)?;
    comment(&format!("{missed} scenarios missed"));
    Ok(if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_bounded_from_below() {
        assert!(least_share(0, 100).abs() < 1e-12);
        assert!(least_share(10, 1_000) < 0.01);
        assert!(least_share(30, 1_000) > 0.015);
    }
}
