//! Simulates the conversion guard against the acceptance bar of the shared folder.
//!
//! The bar names its generator; repetitions are cut down to what a test may take, so every
//! criterion allows for the sampling error of that number: a failure is one beyond chance.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use variorum_stats::guard::{ConversionSplit, GRID_ROLLOUT, Harm, threshold};
use variorum_stats::quantile::Sorted;
use variorum_stats::simulation::{Random, TwoArms};
use variorum_stats::special::beta;

const ALPHA: f64 = 0.01;
/// Evaluations of the guard that one scenario may take.
const EVALUATIONS: u32 = 40_000;
/// How sure a failure must be.
const DOUBT: f64 = 0.001;

/// One line of the bar.
struct Scenario {
    id: String,
    arms: TwoArms,
}

impl Scenario {
    fn of(value: &Value) -> Self {
        let looks = value["looks"].as_u64().unwrap_or(10_000);
        Self {
            id: value["id"].as_str().unwrap().to_owned(),
            arms: TwoArms {
                control: value["p_control"].as_f64().unwrap(),
                treatment: value["p_treatment"].as_f64().unwrap(),
                share: value["treatment_share"].as_f64().unwrap(),
                batch: value["batch"]
                    .as_u64()
                    .map(|batch| u32::try_from(batch).unwrap()),
                looks: u32::try_from(looks).unwrap(),
            },
        }
    }

    /// Runs the scenario until the evaluations are used up; gives the runs and their rollbacks.
    fn simulate(&self, expected_looks: u32) -> (u32, Vec<f64>) {
        let guard = ConversionSplit::with_grid(0.0, Harm::Decrease, &GRID_ROLLOUT).unwrap();
        let mut random = Random::new(20_261_123);
        let runs = (EVALUATIONS / expected_looks.max(1)).clamp(60, 1000);
        (
            runs,
            (0..runs)
                .filter_map(|_| self.arms.run(&guard, threshold(ALPHA), &mut random))
                .collect(),
        )
    }
}

fn scenarios() -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("VARIORUM_SHARED").map_or("../shared".into(), PathBuf::from);
    let path = root.join(shared).join("data/oracles/acceptance_bar.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["scenarios"].as_array().unwrap().clone()
}

#[test]
fn equal_arms_are_rarely_rolled_back() {
    let mut seen = 0;
    for value in scenarios() {
        let scenario = Scenario::of(&value);
        if value["median_exposures_must"].is_null() {
            assert!(
                (scenario.arms.control - scenario.arms.treatment).abs() < 1e-12,
                "{}",
                scenario.id
            );
            let (runs, rollbacks) = scenario.simulate(scenario.arms.looks);
            let (runs, rollbacks) = (
                f64::from(runs),
                f64::from(u32::try_from(rollbacks.len()).unwrap()),
            );
            // Lower bound of Clopper and Pearson.
            let least = if rollbacks > 0.0 {
                beta::quantile(DOUBT, rollbacks, runs - rollbacks + 1.0)
            } else {
                0.0
            };
            assert!(
                least <= ALPHA,
                "{}: {rollbacks} of {runs} rolled back",
                scenario.id
            );
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn harm_is_found_in_time() {
    let mut seen = 0;
    for value in scenarios() {
        let Some(must) = value["median_exposures_must"].as_f64() else {
            continue;
        };
        let scenario = Scenario::of(&value);
        let units_per_look = scenario.arms.batch.map_or(21.6, f64::from);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few looks"
        )]
        let expected_looks = (1.2 * must / units_per_look) as u32;
        let (runs, found) = scenario.simulate(expected_looks);
        let missed = usize::try_from(runs).unwrap() - found.len();
        let all = found
            .into_iter()
            .chain(std::iter::repeat_n(1e12, missed))
            .collect();
        let (low, high) = Sorted::new(all)
            .unwrap()
            .quantile_interval(0.5, 2.0 * DOUBT)
            .unwrap();
        let (low, high) = (low.unwrap(), high.unwrap());
        assert!(
            low <= must,
            "{}: median at least {low}, must be {must}",
            scenario.id
        );
        // Nothing can be faster than this: a failure here means that the simulation cheats.
        let bound = value["bounds"]["np_median_bound"].as_f64().unwrap_or(0.0);
        assert!(
            high >= bound,
            "{}: median at most {high}, bound {bound}",
            scenario.id
        );
        let share = value["detect_share_min"].as_f64().unwrap_or(0.99);
        let (hit, miss) = (f64::from(runs), f64::from(u32::try_from(missed).unwrap()));
        let share_high = if missed > 0 {
            1.0 - beta::quantile(DOUBT, miss, hit - miss + 1.0)
        } else {
            1.0
        };
        assert!(
            share_high >= share,
            "{}: {missed} of {runs} not found",
            scenario.id
        );
        seen += 1;
    }
    assert!(seen > 0);
}
