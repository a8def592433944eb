//! Effects by cohort: corrected for their number, compared with each other, weighed together.
//!
//! Fixed horizon: a cohort is rolled back by a guard of its own, never by these p-values.

use std::f64::consts::LN_2;

use crate::moments::Sample;
use crate::multiplicity::{Correction, adjust};
use crate::number::of_u64;
use crate::special::{gamma, normal};

/// Most cohorts of one view; the caller pours the rest into "other".
pub const COHORTS_MAX: usize = 20;

/// Effect within one cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CohortEffect {
    /// Treatment minus control.
    pub difference: f64,
    /// Standard error with each arm's own variance.
    pub standard_error: f64,
    /// p-values; none if no unit differs from another in its arm.
    pub p: Option<CohortP>,
}

/// Two-sided p-values of one cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CohortP {
    /// As if it were the only cohort.
    pub plain: f64,
    /// Corrected by Holm over all cohorts: for claims.
    pub holm: f64,
    /// Corrected by Benjamini and Hochberg: for display.
    pub bh: f64,
}

/// Whether cohorts differ in their effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heterogeneity {
    /// Cochran's Q.
    pub q: f64,
    /// Degrees of freedom.
    pub degrees: u32,
    /// p-value of "all effects are equal".
    pub p: f64,
    /// Share of the variation that is more than chance.
    pub i_squared: f64,
    /// Common effect, weighted by inverse variance.
    pub fixed_effect: f64,
    /// Standard error of the common effect.
    pub fixed_effect_error: f64,
}

/// Effects by cohort and together.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// One effect per cohort, in the order given.
    pub cohorts: Vec<CohortEffect>,
    /// Comparison of the cohorts; needs two with a standard error.
    pub heterogeneity: Option<Heterogeneity>,
    /// Effect with each cohort weighted by its share of all units: free of Simpson's paradox.
    pub post_stratified: f64,
    /// Standard error of the post-stratified effect.
    pub post_stratified_error: f64,
}

/// Analyses cohorts given as `(control, treatment)` (Cochran 1954; Higgins, Thompson 2002; Holm
/// 1979).
///
/// Preconditions: cohorts known before the assignment and disjoint, many units in each, one look.
/// `None` without a cohort.
pub fn analyse(cohorts: &[(Sample, Sample)]) -> Option<Analysis> {
    if cohorts.is_empty() {
        return None;
    }
    let plain: Vec<(f64, f64, Option<f64>)> = cohorts
        .iter()
        .map(|(control, treatment)| {
            let difference = treatment.minus(1.0, control);
            let error = (control.variance_of_mean() + treatment.variance_of_mean()).sqrt();
            let p = (error > 0.0).then(|| {
                (LN_2 + normal::log_cdf(-(difference / error).abs()))
                    .exp()
                    .min(1.0)
            });
            (difference, error, p)
        })
        .collect();
    let family: Vec<Option<f64>> = plain.iter().map(|(_, _, p)| *p).collect();
    let holm = adjust(&family, Correction::Holm);
    let bh = adjust(&family, Correction::BenjaminiHochberg);
    let effects: Vec<CohortEffect> = plain
        .iter()
        .zip(holm.into_iter().zip(bh))
        .map(
            |((difference, standard_error, p), (holm, bh))| CohortEffect {
                difference: *difference,
                standard_error: *standard_error,
                p: p.zip(holm.zip(bh))
                    .map(|(plain, (holm, bh))| CohortP { plain, holm, bh }),
            },
        )
        .collect();
    let (post_stratified, post_stratified_error) = post_stratified(cohorts, &effects);
    Some(Analysis {
        heterogeneity: heterogeneity(&effects),
        cohorts: effects,
        post_stratified,
        post_stratified_error,
    })
}

fn post_stratified(cohorts: &[(Sample, Sample)], effects: &[CohortEffect]) -> (f64, f64) {
    let sizes: Vec<f64> = cohorts
        .iter()
        .map(|(control, treatment)| of_u64(control.n()) + of_u64(treatment.n()))
        .collect();
    let all: f64 = sizes.iter().sum();
    let (mut effect, mut variance) = (0.0, 0.0);
    for (size, cohort) in sizes.iter().zip(effects) {
        let share = size / all;
        effect += share * cohort.difference;
        variance += (share * cohort.standard_error).powi(2);
    }
    (effect, variance.sqrt())
}

fn heterogeneity(effects: &[CohortEffect]) -> Option<Heterogeneity> {
    let weighed: Vec<(f64, f64)> = effects
        .iter()
        .filter(|effect| effect.standard_error > 0.0)
        .map(|effect| (effect.difference, effect.standard_error.powi(-2)))
        .collect();
    if weighed.len() < 2 {
        return None;
    }
    let degrees = u32::try_from(weighed.len() - 1).ok()?;
    let total: f64 = weighed.iter().map(|(_, weight)| weight).sum();
    let fixed_effect = weighed
        .iter()
        .map(|(effect, weight)| effect * weight)
        .sum::<f64>()
        / total;
    let q: f64 = weighed
        .iter()
        .map(|(effect, weight)| weight * (effect - fixed_effect).powi(2))
        .sum();
    let excess = q - f64::from(degrees);
    Some(Heterogeneity {
        q,
        degrees,
        p: gamma::log_chi_square_tail(q, degrees).exp(),
        i_squared: if excess > 0.0 { excess / q } else { 0.0 },
        fixed_effect,
        fixed_effect_error: total.sqrt().recip(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_cohorts_do_not_differ() {
        let arm = |converted| Sample::of_conversions(1000, converted).unwrap();
        let analysis =
            analyse(&[(arm(50), arm(60)), (arm(50), arm(60)), (arm(50), arm(60))]).unwrap();
        let heterogeneity = analysis.heterogeneity.unwrap();
        assert!(heterogeneity.q.abs() < 1e-20 && heterogeneity.i_squared.abs() < 1e-20);
        assert!((analysis.post_stratified - 0.01).abs() < 1e-15);
        assert!((analysis.post_stratified_error - heterogeneity.fixed_effect_error).abs() < 1e-15);
    }
}
