//! Guards that the bar does not know: levels, differences and cohorts. The criteria are ours, made as
//! the bar makes its own: without harm no more false alarms than alpha, and with harm a share that is
//! found, beside a test that knows how large the harm is.

use anyhow::{Context as _, Result};
use variorum_stats::guard::{
    ConversionSplit, Harm, MeanLimit, RateLimit, ShiftGuard, Stage, combine, threshold,
};
use variorum_stats::moments::{Arm, Sample};
use variorum_stats::simulation::Random;

use super::acceptance::{ALPHA, HARM_REPS, least_share, real};
use crate::output;

/// Repetitions without harm, as the bar has them.
const EQUAL_REPS: usize = 10_000;
/// Planned units, as rollouts have them where nothing is said.
const PLANNED: f64 = 40_000.0;
/// The share of runs with harm that must be found.
const FOUND_MIN: f64 = 0.99;

/// What is watched, how things really are, and how often it is looked.
#[derive(Clone, Copy)]
enum Case {
    /// A rate of one arm against the highest allowed.
    Rate { limit: f64, rate: f64 },
    /// What one in twenty spends, log-normally with a sigma of 1.8, against the highest mean allowed.
    Mean { limit: f64, mean: f64 },
    /// The difference of two rates against the largest tolerated.
    Shift {
        control: f64,
        tolerated: f64,
        actual: f64,
    },
    /// Four cohorts, each with its guard; one of them may be harmed.
    Cohorts { rates: [f64; 4], kept: f64 },
}

struct Scenario {
    name: &'static str,
    case: Case,
    /// Units between two looks, all arms and cohorts together.
    batch: u32,
    looks: u32,
    is_harm: bool,
}

const SHAPE: f64 = 1.8;
const BUYERS: f64 = 0.05;
/// Per cent that convert in the cohorts.
const RATES: [f64; 4] = [0.02, 0.05, 0.05, 0.1];

/// Without harm: at the very limit.
const EQUAL: [Scenario; 8] = [
    equal(
        "level_rate_0.3%",
        Case::Rate {
            limit: 0.003,
            rate: 0.003,
        },
        100,
        1_000,
    ),
    equal(
        "level_rate_0.3%_each_unit",
        Case::Rate {
            limit: 0.003,
            rate: 0.003,
        },
        1,
        20_000,
    ),
    equal(
        "level_rate_5%",
        Case::Rate {
            limit: 0.05,
            rate: 0.05,
        },
        100,
        400,
    ),
    equal(
        "level_rate_40%",
        Case::Rate {
            limit: 0.4,
            rate: 0.4,
        },
        100,
        300,
    ),
    equal(
        "level_mean",
        Case::Mean {
            limit: 1.0,
            mean: 1.0,
        },
        100,
        400,
    ),
    equal(
        "difference",
        Case::Shift {
            control: 0.002,
            tolerated: 0.001,
            actual: 0.001,
        },
        200,
        500,
    ),
    equal(
        "difference_of_none",
        Case::Shift {
            control: 0.05,
            tolerated: 0.0,
            actual: 0.0,
        },
        200,
        500,
    ),
    equal(
        "cohorts",
        Case::Cohorts {
            rates: RATES,
            kept: 1.0,
        },
        400,
        250,
    ),
];

/// With harm.
const HARMFUL: [Scenario; 11] = [
    harm(
        "level_rate_0.3%_at_0.45%",
        Case::Rate {
            limit: 0.003,
            rate: 0.0045,
        },
        100,
        1_000,
    ),
    harm(
        "level_rate_0.3%_at_0.6%",
        Case::Rate {
            limit: 0.003,
            rate: 0.006,
        },
        100,
        1_000,
    ),
    harm(
        "level_rate_0.3%_at_1.5%",
        Case::Rate {
            limit: 0.003,
            rate: 0.015,
        },
        20,
        1_000,
    ),
    harm(
        "level_rate_5%_at_6%",
        Case::Rate {
            limit: 0.05,
            rate: 0.06,
        },
        100,
        1_000,
    ),
    harm(
        "level_mean_at_150%",
        Case::Mean {
            limit: 1.0,
            mean: 1.5,
        },
        200,
        1_000,
    ),
    harm(
        "level_mean_at_200%",
        Case::Mean {
            limit: 1.0,
            mean: 2.0,
        },
        100,
        1_000,
    ),
    harm(
        "difference_0.1_at_0.3_points",
        Case::Shift {
            control: 0.002,
            tolerated: 0.001,
            actual: 0.003,
        },
        200,
        1_000,
    ),
    harm(
        "difference_0_at_0.75_points",
        Case::Shift {
            control: 0.05,
            tolerated: 0.0,
            actual: 0.0075,
        },
        400,
        1_000,
    ),
    harm(
        "cohort_-30%",
        Case::Cohorts {
            rates: RATES,
            kept: 0.7,
        },
        400,
        1_000,
    ),
    harm(
        "cohort_-50%",
        Case::Cohorts {
            rates: RATES,
            kept: 0.5,
        },
        200,
        1_000,
    ),
    harm(
        "cohort_-100%",
        Case::Cohorts {
            rates: RATES,
            kept: 0.0,
        },
        40,
        1_000,
    ),
];

const fn equal(name: &'static str, case: Case, batch: u32, looks: u32) -> Scenario {
    Scenario {
        name,
        case,
        batch,
        looks,
        is_harm: false,
    }
}

const fn harm(name: &'static str, case: Case, batch: u32, looks: u32) -> Scenario {
    Scenario {
        name,
        case,
        batch,
        looks,
        is_harm: true,
    }
}

/// Evidence of the guard, and of a test that knows the truth; of cohorts that of a guard on everybody.
struct Evidence {
    guard: f64,
    other: f64,
}

/// One run as it goes on.
trait Run {
    /// Takes so many further units in and says what there is.
    fn look(&mut self, batch: u32, random: &mut Random) -> Evidence;
}

/// The likelihood ratio of a distance that is known, against none: of an estimate that is nearly
/// normal.
fn knowing(distance: f64, known: f64, variance: f64) -> f64 {
    if variance <= 0.0 || known <= 0.0 {
        return 0.0;
    }
    known / variance * (distance - known / 2.0)
}

struct RateRun {
    guard: RateLimit,
    limit: f64,
    rate: f64,
    n: u64,
    converted: u64,
}

impl Run for RateRun {
    fn look(&mut self, batch: u32, random: &mut Random) -> Evidence {
        self.n += u64::from(batch);
        self.converted += u64::from(random.binomial(batch, self.rate));
        let (hits, all) = (real_of(self.converted), real_of(self.n));
        let other = hits * (self.rate / self.limit).ln()
            + (all - hits) * ((1.0 - self.rate) / (1.0 - self.limit)).ln();
        Evidence {
            guard: self.guard.log_e(self.n, self.converted),
            other,
        }
    }
}

struct MeanRun {
    guard: MeanLimit,
    limit: f64,
    mean: f64,
    n: u64,
    sum: f64,
    sum_sq: f64,
}

impl Run for MeanRun {
    fn look(&mut self, batch: u32, random: &mut Random) -> Evidence {
        self.n += u64::from(batch);
        let scale = self.mean / BUYERS / (SHAPE * SHAPE / 2.0).exp();
        for _ in 0..random.binomial(batch, BUYERS) {
            let angle = std::f64::consts::TAU * random.uniform();
            let normal = (-2.0 * random.uniform().ln()).sqrt() * angle.cos();
            let amount = scale * (SHAPE * normal).exp();
            self.sum += amount;
            self.sum_sq += amount * amount;
        }
        let all = real_of(self.n);
        let square = (SHAPE * SHAPE).exp() / BUYERS - 1.0;
        let variance = self.mean * self.mean * square / all;
        let known = self.mean - self.limit;
        let sample = Sample::from_sums(self.n, self.sum, self.sum_sq);
        Evidence {
            guard: sample.map_or(0.0, |sample| self.guard.read(&sample).log_e()),
            other: knowing(self.sum / all - self.limit, known, variance),
        }
    }
}

struct ShiftRun {
    guard: ShiftGuard,
    rates: [f64; 2],
    tolerated: f64,
    arms: [(u64, u64); 2],
}

impl Run for ShiftRun {
    fn look(&mut self, batch: u32, random: &mut Random) -> Evidence {
        let treated = random.binomial(batch, 0.5);
        for (arm, (units, rate)) in [batch - treated, treated]
            .into_iter()
            .zip(self.rates)
            .enumerate()
        {
            self.arms[arm].0 += u64::from(units);
            self.arms[arm].1 += u64::from(random.binomial(units, rate));
        }
        let sample = |arm: usize| Arm::of_conversions(self.arms[arm].0, self.arms[arm].1).sample();
        let guard = sample(0).zip(sample(1));
        let guard = guard.map_or(0.0, |(control, treatment)| {
            self.guard.read(&control, &treatment).log_e()
        });
        let level = |arm: usize| real_of(self.arms[arm].1) / real_of(self.arms[arm].0.max(1));
        let variance: f64 = [0, 1]
            .map(|arm| self.rates[arm] * (1.0 - self.rates[arm]) / real_of(self.arms[arm].0.max(1)))
            .iter()
            .sum();
        let known = self.rates[1] - self.rates[0] - self.tolerated;
        let distance = level(1) - level(0) - self.tolerated;
        Evidence {
            guard,
            other: knowing(distance, known, variance),
        }
    }
}

struct CohortRun {
    split: ConversionSplit,
    rates: [[f64; 2]; 4],
    /// Units and conversions of both arms, cohort by cohort.
    arms: [[(u64, u64); 2]; 4],
}

impl CohortRun {
    fn log_e(&self, arms: [(u64, u64); 2]) -> f64 {
        let [
            (control, converted_control),
            (treatment, converted_treatment),
        ] = arms;
        if control == 0 || treatment == 0 {
            return 0.0;
        }
        self.split.log_e(&[Stage {
            share_treatment: real_of(treatment) / real_of(control + treatment),
            converted_treatment,
            converted_control,
        }])
    }
}

impl Run for CohortRun {
    fn look(&mut self, batch: u32, random: &mut Random) -> Evidence {
        for (cohort, rates) in self.rates.iter().enumerate() {
            let units = batch / 4;
            let treated = random.binomial(units, 0.5);
            for (arm, (units, rate)) in [units - treated, treated]
                .into_iter()
                .zip(rates)
                .enumerate()
            {
                self.arms[cohort][arm].0 += u64::from(units);
                self.arms[cohort][arm].1 += u64::from(random.binomial(units, *rate));
            }
        }
        let each = self.arms.map(|arms| (0.25, self.log_e(arms)));
        let all = [0, 1].map(|arm| {
            let of = self.arms.iter().map(|cohort| cohort[arm]);
            of.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        });
        Evidence {
            guard: combine(&each).log_e,
            other: self.log_e(all),
        }
    }
}

impl Case {
    fn begin(self, split: &ConversionSplit) -> Option<Box<dyn Run>> {
        Some(match self {
            Self::Rate { limit, rate } => Box::new(RateRun {
                guard: RateLimit::new(limit)?,
                limit,
                rate,
                n: 0,
                converted: 0,
            }),
            Self::Mean { limit, mean } => Box::new(MeanRun {
                guard: MeanLimit::new(limit, ALPHA, PLANNED / 2.0)?,
                limit,
                mean,
                n: 0,
                sum: 0.0,
                sum_sq: 0.0,
            }),
            Self::Shift {
                control,
                tolerated,
                actual,
            } => Box::new(ShiftRun {
                guard: ShiftGuard::new(tolerated, Harm::Increase, ALPHA, PLANNED)?,
                rates: [control, control + actual],
                tolerated,
                arms: [(0, 0); 2],
            }),
            Self::Cohorts { rates, kept } => {
                let mut rates = rates.map(|rate| [rate, rate]);
                rates[1][1] *= kept;
                Box::new(CohortRun {
                    split: *split,
                    rates,
                    arms: [[(0, 0); 2]; 4],
                })
            }
        })
    }
}

impl Scenario {
    /// Units until the guard decides and until the other test does.
    fn run(&self, split: &ConversionSplit, random: &mut Random) -> (Option<f64>, Option<f64>) {
        let Some(mut run) = self.case.begin(split) else {
            return (None, None);
        };
        let (mut guard, mut other) = (None, None);
        for look in 1..=self.looks {
            let found = run.look(self.batch, random);
            let units = f64::from(look) * f64::from(self.batch);
            if found.guard >= threshold(ALPHA) {
                guard.get_or_insert(units);
            }
            if found.other >= threshold(ALPHA) {
                other.get_or_insert(units);
            }
            if guard.is_some() && (other.is_some() || !self.is_harm) {
                break;
            }
        }
        (guard, other)
    }

    fn simulate(&self, split: &ConversionSplit, reps: usize) -> Vec<(Option<f64>, Option<f64>)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut found = vec![(None, None); reps];
        let part = reps.div_ceil(cores).max(1);
        std::thread::scope(|scope| {
            for (place, chunk) in found.chunks_mut(part).enumerate() {
                scope.spawn(move || {
                    for (offset, slot) in chunk.iter_mut().enumerate() {
                        let seed = Random::new((place * part + offset) as u64).bits();
                        *slot = self.run(split, &mut Random::new(seed));
                    }
                });
            }
        });
        found
    }

    /// Whether the criterion is met; prints the line.
    fn judge(&self, split: &ConversionSplit, reps: Option<usize>) -> bool {
        let usual = if self.is_harm { HARM_REPS } else { EQUAL_REPS };
        let found = self.simulate(split, reps.unwrap_or(usual));
        let stopped = found.iter().filter(|one| one.0.is_some()).count();
        let share = real(stopped) / real(found.len());
        let runs = found.len();
        if !self.is_harm {
            let least = least_share(stopped, runs);
            let fine = least <= ALPHA;
            output::line(&format!(
                "acceptance_ours_{}_false_share {share:.4} {ALPHA} {:.2} {} \
                 # at least {least:.4} with 99 % confidence; {runs} runs",
                self.name,
                share / ALPHA,
                if fine { "pass" } else { "miss" }
            ));
            return fine;
        }
        let median = |units: Vec<Option<f64>>| {
            let all = units
                .into_iter()
                .map(|units| units.unwrap_or(f64::INFINITY));
            super::figure::percentile(&all.collect::<Vec<f64>>(), 50)
        };
        let ours = median(found.iter().map(|one| one.0).collect());
        let other = median(found.iter().map(|one| one.1).collect());
        let beside = match self.case {
            Case::Cohorts { .. } => "a guard on everybody",
            Case::Rate { .. } => "the best test, which knows the harm",
            Case::Mean { .. } | Case::Shift { .. } => "a normal test that knows harm and variance",
        };
        let fine = share >= FOUND_MIN;
        output::line(&format!(
            "acceptance_ours_{}_median {ours:.0} {other:.0} {:.2} {} # found {share:.4}; beside \
             {beside}; {runs} runs",
            self.name,
            ours / other,
            if fine { "pass" } else { "miss" }
        ));
        fine
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of units")]
fn real_of(count: u64) -> f64 {
    count as f64
}

/// Simulates all of them; how many miss their criterion.
pub(super) fn run(split: &ConversionSplit, reps: Option<usize>) -> Result<usize> {
    let sound = EQUAL
        .iter()
        .chain(&HARMFUL)
        .all(|one| one.case.begin(split).is_some());
    sound.then_some(()).context("a guard is refused")?;
    let missed = EQUAL
        .iter()
        .chain(&HARMFUL)
        .filter(|scenario| !scenario.judge(split, reps));
    Ok(missed.count())
}

#[cfg(test)]
mod tests {
    use variorum_stats::guard::GRID_ROLLOUT;

    use super::*;

    /// A level that is far too high is found, one that is kept is not.
    #[test]
    fn harm_is_found_and_nothing_is_not() {
        let split = ConversionSplit::with_grid(0.0, Harm::Decrease, &GRID_ROLLOUT).unwrap();
        for scenario in EQUAL.iter().chain(&HARMFUL) {
            if scenario.looks > 1_000 {
                continue;
            }
            let found = scenario.simulate(&split, 4);
            let stopped = found.iter().filter(|one| one.0.is_some()).count();
            let expected = if scenario.is_harm { 4 } else { 0 };
            assert_eq!(stopped, expected, "{}", scenario.name);
        }
    }
}
