//! Effects by cohort, whether they differ, and what they come to together.

use variorum_stats::cohort::{self, CohortP, Heterogeneity};
use variorum_stats::interval::Interval;
use variorum_stats::moments::{Arm, Sample};
use variorum_stats::sequential;

use super::cohorts::{Cohort, CohortTable};

/// The chance that any interval of a view ever misses the truth.
const ALPHA: f64 = 0.05;
/// Below this chance cohorts are said to differ.
const DIFFER_P: f64 = 0.05;

/// The effect in one cohort. Amounts are in the KPI's smallest unit.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortEffect {
    /// Treatment minus control, where both arms have units.
    pub difference: Option<f64>,
    /// The difference over the control's mean.
    pub relative: Option<f64>,
    /// An interval that holds at every look, for all cohorts together.
    pub interval: Option<Interval>,
    /// p-values of this one look, plain and corrected for the number of cohorts.
    pub p: Option<CohortP>,
}

/// All units together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overall {
    /// The plain difference of all units.
    pub pooled: f64,
    /// Each cohort weighted by its share of all units.
    pub post_stratified: f64,
    /// The standard error of the weighted one.
    pub post_stratified_error: f64,
}

/// All units together say the opposite of what the cohorts say (Simpson's paradox).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversal {
    /// Every cohort says the opposite.
    Every,
    /// The cohorts, weighted by their size, say the opposite.
    Weighted,
}

/// Whether cohorts differ in their effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Differences {
    /// There are too few to say.
    TooFew,
    /// They do not differ by more than chance explains.
    No(Heterogeneity),
    /// They do.
    Yes(Heterogeneity),
}

/// One treatment against control, by cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Which arm.
    pub arm: usize,
    /// The effects, in the order of the cohorts.
    pub effects: Vec<CohortEffect>,
    /// All together.
    pub overall: Option<Overall>,
    /// Whether the cohorts differ.
    pub differences: Differences,
    /// Whether the whole contradicts its parts.
    pub reversal: Option<Reversal>,
}

/// Compares an arm with control. `planned_units` tunes the intervals.
pub fn compare(table: &CohortTable, arm: usize, planned_units: f64) -> Comparison {
    let sampled = |arms: &[Arm]| Some((sample(arms.first()?)?, sample(arms.get(arm)?)?));
    let pairs: Vec<Option<(Sample, Sample)>> = table
        .cohorts
        .iter()
        .map(|cohort| sampled(&cohort.arms))
        .collect();
    let known: Vec<(Sample, Sample)> = pairs.iter().flatten().copied().collect();
    let analysis = cohort::analyse(&known);
    let mut analysed = analysis.iter().flat_map(|found| found.cohorts.iter());
    #[expect(clippy::cast_precision_loss, reason = "at most 20 cohorts")]
    let alpha = ALPHA / known.len().max(1) as f64;
    let mut effects = Vec::with_capacity(pairs.len());
    for (pair, cohort) in pairs.iter().zip(&table.cohorts) {
        let found = pair.as_ref().and_then(|_| analysed.next());
        effects.push(CohortEffect {
            difference: found.map(|effect| effect.difference),
            relative: found.and_then(|effect| relative(cohort, effect.difference)),
            interval: pair.as_ref().and_then(|_| {
                let (control, treatment) = (&cohort.arms[0], &cohort.arms[arm]);
                sequential::difference_interval(control, treatment, alpha, planned_units)
            }),
            p: found.and_then(|effect| effect.p),
        });
    }
    let overall = analysis.as_ref().and_then(|found| {
        let [pooled, post_stratified] = [
            sampled(&table.total).map(|(control, treatment)| treatment.mean() - control.mean())?,
            found.post_stratified,
        ];
        Some(Overall {
            pooled,
            post_stratified,
            post_stratified_error: found.post_stratified_error,
        })
    });
    Comparison {
        arm,
        reversal: overall.and_then(|overall| reversal(&overall, &effects)),
        effects,
        overall,
        differences: match analysis.and_then(|found| found.heterogeneity) {
            None => Differences::TooFew,
            Some(found) if found.p < DIFFER_P => Differences::Yes(found),
            Some(found) => Differences::No(found),
        },
    }
}

/// A sample with the variance `Σ²/n - mean²` of conversions, and the unbiased one of amounts.
fn sample(arm: &Arm) -> Option<Sample> {
    let is_conversion = arm.sum == arm.sum_sq;
    match u64::try_from(arm.sum) {
        Ok(converted) if is_conversion => Sample::of_conversions(arm.n, converted),
        _ => arm.sample(),
    }
}

fn relative(cohort: &Cohort, difference: f64) -> Option<f64> {
    let mean = cohort.arms.first()?.mean()?;
    (mean.abs() > 0.0).then(|| difference / mean.abs())
}

fn reversal(overall: &Overall, effects: &[CohortEffect]) -> Option<Reversal> {
    let differences: Vec<f64> = effects
        .iter()
        .filter_map(|effect| effect.difference)
        .collect();
    let is_against = |difference: f64| difference * overall.pooled < 0.0;
    if differences.len() < 2 {
        None
    } else if differences.iter().all(|difference| is_against(*difference)) {
        Some(Reversal::Every)
    } else if is_against(overall.post_stratified) {
        Some(Reversal::Weighted)
    } else {
        None
    }
}
