//! Simulates the conversion guard against the acceptance bar of the shared folder.
//!
//! The bar names its generator; repetitions are cut down to what a test may take, so every
//! criterion allows for the sampling error of that number: a failure is one beyond chance.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use variorum_stats::guard::{ConversionSplit, GRID_ROLLOUT, Harm, Stage, threshold};
use variorum_stats::quantile::Sorted;
use variorum_stats::special::beta;

const ALPHA: f64 = 0.01;
/// Evaluations of the guard that one scenario may take.
const EVALUATIONS: u32 = 40_000;
/// How sure a failure must be.
const DOUBT: f64 = 0.001;

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, good enough for counting.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number strictly between 0 and 1.
    fn uniform(&mut self) -> f64 {
        let bits = u32::try_from(self.next() >> 32).unwrap();
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }

    /// Successes among trials: by inversion for small counts, by the normal limit for large ones.
    fn binomial(&mut self, trials: u32, chance: f64) -> u32 {
        let mean = f64::from(trials) * chance;
        if mean > 60.0 {
            let angle = std::f64::consts::TAU * self.uniform();
            let normal = (-2.0 * self.uniform().ln()).sqrt() * angle.cos();
            let drawn = (mean + normal * (mean * (1.0 - chance)).sqrt()).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "cut"
            )]
            return (drawn as u32).min(trials);
        }
        let (odds, mut left) = (chance / (1.0 - chance), self.uniform());
        let mut weight = (f64::from(trials) * (-chance).ln_1p()).exp();
        let mut count = 0;
        while left > weight && count < trials {
            left -= weight;
            weight *= f64::from(trials - count) / f64::from(count + 1) * odds;
            count += 1;
        }
        count
    }
}

/// One line of the bar.
struct Scenario {
    id: String,
    control: f64,
    treatment: f64,
    share: f64,
    batch: Option<u32>,
    looks: u32,
}

impl Scenario {
    fn of(value: &Value) -> Self {
        let looks = value["looks"].as_u64().unwrap_or(10_000);
        Self {
            id: value["id"].as_str().unwrap().to_owned(),
            control: value["p_control"].as_f64().unwrap(),
            treatment: value["p_treatment"].as_f64().unwrap(),
            share: value["treatment_share"].as_f64().unwrap(),
            batch: value["batch"]
                .as_u64()
                .map(|batch| u32::try_from(batch).unwrap()),
            looks: u32::try_from(looks).unwrap(),
        }
    }

    /// Exposures until the rollback, if there is one.
    fn run(&self, guard: &ConversionSplit, random: &mut Random) -> Option<f64> {
        match self.batch {
            Some(batch) => self.run_batches(batch, guard, random),
            None => self.run_conversions(guard, random),
        }
    }

    fn run_batches(&self, batch: u32, guard: &ConversionSplit, random: &mut Random) -> Option<f64> {
        let hit_treatment = self.share * self.treatment;
        let hit_control = (1.0 - self.share) * self.control / (1.0 - hit_treatment);
        let miss_treatment = self.share * (1.0 - self.treatment);
        let misses = miss_treatment + (1.0 - self.share) * (1.0 - self.control);
        let (mut units, mut units_treatment) = (0.0, 0.0);
        let (mut converted_treatment, mut converted_control) = (0u64, 0u64);
        for _ in 0..self.looks {
            let treatment = random.binomial(batch, hit_treatment);
            let control = random.binomial(batch - treatment, hit_control);
            let rest = random.binomial(batch - treatment - control, miss_treatment / misses);
            units += f64::from(batch);
            units_treatment += f64::from(treatment) + f64::from(rest);
            converted_treatment += u64::from(treatment);
            converted_control += u64::from(control);
            let share_treatment = units_treatment / units;
            let stage = Stage {
                share_treatment,
                converted_treatment,
                converted_control,
            };
            if guard.log_e(&[stage]) >= threshold(ALPHA) {
                return Some(units);
            }
        }
        None
    }

    /// Looks after every conversion, with the design share.
    fn run_conversions(&self, guard: &ConversionSplit, random: &mut Random) -> Option<f64> {
        let hit_treatment = self.share * self.treatment;
        let hit = hit_treatment + (1.0 - self.share) * self.control;
        let mut units = 0.0;
        let mut stage = Stage {
            share_treatment: self.share,
            converted_treatment: 0,
            converted_control: 0,
        };
        for _ in 0..self.looks {
            units += (random.uniform().ln() / (-hit).ln_1p()).ceil();
            if random.uniform() < hit_treatment / hit {
                stage.converted_treatment += 1;
            } else {
                stage.converted_control += 1;
            }
            if guard.log_e(&[stage]) >= threshold(ALPHA) {
                return Some(units);
            }
        }
        None
    }

    /// Runs the scenario until the evaluations are used up; gives the runs and their rollbacks.
    fn simulate(&self, expected_looks: u32) -> (u32, Vec<f64>) {
        let guard = ConversionSplit::with_grid(0.0, Harm::Decrease, &GRID_ROLLOUT).unwrap();
        let mut random = Random(20_261_123);
        let runs = (EVALUATIONS / expected_looks.max(1)).clamp(60, 1000);
        (
            runs,
            (0..runs)
                .filter_map(|_| self.run(&guard, &mut random))
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
                (scenario.control - scenario.treatment).abs() < 1e-12,
                "{}",
                scenario.id
            );
            let (runs, rollbacks) = scenario.simulate(scenario.looks);
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
        let units_per_look = scenario.batch.map_or(21.6, f64::from);
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
