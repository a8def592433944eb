//! Fixed-horizon results for conversions. Valid at one look that was planned beforehand.
//!
//! For repeated looks use [`crate::sequential`] or [`crate::guard`].

use std::f64::consts::LN_10;

use crate::interval::Interval;
use crate::moments::fraction_gap;
use crate::number::{is_open_share, of_u64};
use crate::special::{gamma, normal};

/// Fisher's exact test walks through all tables; beyond this many units it is not computed.
pub const FISHER_UNITS_MAX: u64 = 4_000;

/// Units of an arm and how many of them converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Number of units.
    pub n: u64,
    /// Units with at least one conversion; not more than `n`.
    pub converted: u64,
}

impl Counts {
    /// Share of units that converted.
    pub fn rate(&self) -> f64 {
        of_u64(self.converted) / of_u64(self.n)
    }

    fn variance(&self) -> f64 {
        self.rate() * (of_u64(self.n - self.converted) / of_u64(self.n))
    }

    fn is_valid(&self) -> bool {
        self.n > 0 && self.converted <= self.n
    }
}

/// Comparison of two conversion rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Treatment minus control.
    pub difference: f64,
    /// Relative change, unless the control converts nobody.
    pub lift: Option<f64>,
    /// Statistic with the pooled variance of the null hypothesis; none if all or nobody converted.
    pub z: Option<f64>,
    /// Two-sided p-value.
    pub p_two_sided: f64,
    /// Decimal logarithm of the two-sided p-value, finite where the p-value underflows.
    pub log10_p: f64,
    /// One-sided p-value, small when the treatment converts less.
    pub p_harm: f64,
    /// Standard error of the difference with each arm's own variance.
    pub standard_error: f64,
    /// Wald interval of the difference.
    pub wald: Interval,
    /// Wilson interval of the control rate.
    pub wilson_control: Interval,
    /// Wilson interval of the treatment rate.
    pub wilson_treatment: Interval,
    /// Newcombe's hybrid interval of the difference, the one to display.
    pub newcombe: Interval,
}

/// Compares two conversion rates: pooled z test, Wald and Newcombe intervals (Newcombe 1998,
/// method 10, without continuity correction).
///
/// Preconditions: independent units, one look. `None` unless both arms have units, no arm has more
/// conversions than units, and `alpha` lies strictly between 0 and 1.
pub fn compare(control: Counts, treatment: Counts, alpha: f64) -> Option<Comparison> {
    if !control.is_valid() || !treatment.is_valid() || !is_open_share(alpha) {
        return None;
    }
    let difference = fraction_gap(
        (treatment.converted, treatment.n),
        (control.converted, control.n),
    );
    let unpooled =
        control.variance() / of_u64(control.n) + treatment.variance() / of_u64(treatment.n);
    let pooled = Counts {
        n: control.n.checked_add(treatment.n)?,
        converted: control.converted + treatment.converted,
    };
    let null_error =
        (pooled.variance() * (1.0 / of_u64(control.n) + 1.0 / of_u64(treatment.n))).sqrt();
    let z = (null_error > 0.0).then(|| difference / null_error);
    let log_p = z.map_or(0.0, normal::log_two_sided);
    let reach = normal::upper_quantile(alpha / 2.0);
    let wilson_control = wilson(control, alpha)?;
    let wilson_treatment = wilson(treatment, alpha)?;
    Some(Comparison {
        difference,
        lift: (control.converted > 0).then(|| difference / control.rate()),
        z,
        p_two_sided: log_p.exp(),
        log10_p: log_p / LN_10,
        p_harm: z.map_or(1.0, normal::cdf),
        standard_error: unpooled.sqrt(),
        wald: Interval::around(difference, reach * unpooled.sqrt()),
        wilson_control,
        wilson_treatment,
        newcombe: newcombe(difference, &wilson_control, &wilson_treatment),
    })
}

/// Score interval of one rate (Wilson 1927). `None` on the same conditions as [`compare`].
pub fn wilson(counts: Counts, alpha: f64) -> Option<Interval> {
    if !counts.is_valid() || !is_open_share(alpha) {
        return None;
    }
    let reach = normal::upper_quantile(alpha / 2.0);
    let (n, square) = (of_u64(counts.n), reach * reach);
    let (converted, missed) = (
        of_u64(counts.converted),
        of_u64(counts.n - counts.converted),
    );
    let half = reach * (converted * missed / n + square / 4.0).sqrt();
    // The bounds of the rate and of its complement: each is exact at its own end of the scale.
    let low = if counts.converted == 0 {
        0.0
    } else {
        (converted + square / 2.0 - half) / (n + square)
    };
    let high = if missed > 0.0 {
        (converted + square / 2.0 + half) / (n + square)
    } else {
        1.0
    };
    Some(Interval {
        low: low.clamp(0.0, 1.0),
        high: high.clamp(0.0, 1.0),
        estimate: counts.rate(),
    })
}

fn newcombe(difference: f64, control: &Interval, treatment: &Interval) -> Interval {
    let down = f64::hypot(
        treatment.estimate - treatment.low,
        control.high - control.estimate,
    );
    let up = f64::hypot(
        treatment.high - treatment.estimate,
        control.estimate - control.low,
    );
    Interval {
        low: difference - down,
        high: difference + up,
        estimate: difference,
    }
}

/// Two-sided p-value of Fisher's exact test: all tables no more likely than the observed one.
///
/// `None` on invalid counts and beyond [`FISHER_UNITS_MAX`] units.
pub fn fisher(control: Counts, treatment: Counts) -> Option<f64> {
    let total = control.n.checked_add(treatment.n)?;
    if !control.is_valid() || !treatment.is_valid() || total > FISHER_UNITS_MAX {
        return None;
    }
    let drawn = control.converted + treatment.converted;
    let first = drawn.saturating_sub(control.n);
    let last = drawn.min(treatment.n);
    let mode = ((drawn + 1) * (treatment.n + 1) / (total + 2)).clamp(first, last);
    // Likelihood of each table relative to the likeliest, by the ratio of neighbours.
    let step_up = |count: u64| {
        of_u64((treatment.n - count) * (drawn - count))
            / of_u64((count + 1) * (control.n + count + 1 - drawn))
    };
    let mut tables = vec![(mode, 1.0)];
    let mut weight = 1.0;
    for count in mode..last {
        weight *= step_up(count);
        tables.push((count + 1, weight));
    }
    weight = 1.0;
    for count in (first..mode).rev() {
        weight /= step_up(count);
        tables.push((count, weight));
    }
    let observed = tables
        .iter()
        .find(|(count, _)| *count == treatment.converted)
        .map_or(1.0, |(_, weight)| *weight);
    let mut weights: Vec<f64> = tables.into_iter().map(|(_, weight)| weight).collect();
    weights.sort_by(f64::total_cmp);
    let all: f64 = weights.iter().sum();
    let rare: f64 = weights
        .iter()
        .filter(|weight| **weight <= observed * (1.0 + 1e-7))
        .sum();
    Some((rare / all).min(1.0))
}

/// Whether several arms convert at one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homogeneity {
    /// Pearson's statistic.
    pub chi_square: f64,
    /// Degrees of freedom: arms less one.
    pub degrees: u32,
    /// Its p-value, for one look.
    pub p: f64,
}

/// Pearson's chi-square test (1900) of equal rates.
///
/// Preconditions: independent units, one look; expected counts of five or more. `None` with fewer
/// than two arms that have units, or when nobody or everybody converted.
pub fn homogeneity(arms: &[Counts]) -> Option<Homogeneity> {
    let arms: Vec<(f64, f64)> = arms
        .iter()
        .filter(|arm| arm.n > 0)
        .map(|arm| (of_u64(arm.n), of_u64(arm.converted)))
        .collect();
    let add = |sum: (f64, f64), arm: &(f64, f64)| (sum.0 + arm.0, sum.1 + arm.1);
    let (units, converted) = arms.iter().fold((0.0, 0.0), add);
    let rate = converted / units;
    if arms.len() < 2 || !(rate > 0.0 && rate < 1.0) {
        return None;
    }
    let chi_square: f64 = arms
        .iter()
        .map(|(units, converted)| {
            let gap = converted - units * rate;
            gap * gap / (units * rate * (1.0 - rate))
        })
        .sum();
    let degrees = u32::try_from(arms.len() - 1).unwrap_or(u32::MAX);
    Some(Homogeneity {
        chi_square,
        degrees,
        p: gamma::log_chi_square_tail(chi_square, degrees).exp(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::of_i128;

    fn choose(n: u64, k: u64) -> i128 {
        (0..i128::from(k)).fold(1, |product, i| product * (i128::from(n) - i) / (i + 1))
    }

    proptest! {
        #[test]
        fn fisher_equals_counting_all_tables(
            n in 1u64..20,
            m in 1u64..20,
            a in 0u64..20,
            b in 0u64..20,
        ) {
            let (control, treatment) = (
                Counts {
                    n,
                    converted: a.min(n),
                },
                Counts {
                    n: m,
                    converted: b.min(m),
                },
            );
            let drawn = control.converted + treatment.converted;
            let table = |count: u64| {
                if count > m || drawn < count || drawn - count > n {
                    0
                } else {
                    choose(m, count) * choose(n, drawn - count)
                }
            };
            let observed = table(treatment.converted);
            let rare: i128 = (0..=drawn)
                .map(table)
                .filter(|ways| *ways <= observed)
                .sum();
            let all: i128 = (0..=drawn).map(table).sum();
            let expect = of_i128(rare) / of_i128(all);
            let got = fisher(control, treatment).unwrap();
            prop_assert!((got - expect).abs() < 1e-12, "{got} {expect}");
        }

        #[test]
        fn figures_are_finite_and_turn_with_the_arms(
            n in 1u64..1 << 40,
            m in 1u64..1 << 40,
            a: u64,
            b: u64,
        ) {
            let (left, right) = (
                Counts {
                    n,
                    converted: a % (n + 1),
                },
                Counts {
                    n: m,
                    converted: b % (m + 1),
                },
            );
            let there = compare(left, right, 0.05).unwrap();
            let back = compare(right, left, 0.05).unwrap();
            prop_assert!((there.difference + back.difference).abs() <= 1e-15);
            prop_assert!(
                there.newcombe.low <= there.difference && there.difference <= there.newcombe.high
            );
            prop_assert!(there.log10_p.is_finite() && there.p_harm.is_finite());
            prop_assert!(
                there.wilson_control.low <= left.rate()
                    && left.rate() <= there.wilson_control.high + 1e-15
            );
        }
    }
}
