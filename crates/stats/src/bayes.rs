//! Chance to win and expected loss: for reading, never for stopping a rollout.

use crate::interval::Interval;
use crate::mean;
use crate::moments::Sample;
use crate::number::{is_open_share, of_u64};
use crate::proportion::Counts;
use crate::quadrature::Quadrature;
use crate::special::beta::{self, Share};
use crate::special::normal;

/// Comparison of two conversion rates with a beta prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversions {
    /// Probability that the treatment converts better.
    pub chance_to_win: f64,
    /// Expected loss if the treatment is chosen, in points of the rate.
    pub risk_treatment: f64,
    /// Expected loss if the control is chosen.
    pub risk_control: f64,
    /// Posterior mean and equal-tailed interval of the control.
    pub control: Interval,
    /// Posterior mean and equal-tailed interval of the treatment.
    pub treatment: Interval,
}

/// With more conversions and misses than this the posteriors are taken from an expansion.
const LARGE: f64 = 1e6;

/// A beta distribution.
#[derive(Clone, Copy, Debug)]
struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    fn posterior(counts: Counts, prior: (f64, f64)) -> Option<Self> {
        let valid = counts.converted <= counts.n && prior.0 > 0.0 && prior.1 > 0.0;
        (valid && prior.0.is_finite() && prior.1.is_finite()).then(|| Self {
            a: prior.0 + of_u64(counts.converted),
            b: prior.1 + of_u64(counts.n - counts.converted),
        })
    }

    fn log_below(self, at: Share) -> f64 {
        beta::log_cdf(self.a, self.b, at)
    }

    fn log_above(self, at: Share) -> f64 {
        beta::log_cdf(
            self.b,
            self.a,
            Share {
                of: at.rest,
                rest: at.of,
            },
        )
    }

    fn is_large(self) -> bool {
        self.a.min(self.b) > LARGE
    }

    fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }

    fn variance(self) -> f64 {
        let total = self.a + self.b;
        self.mean() * (self.b / total) / (total + 1.0)
    }

    /// Third central moment.
    fn third_moment(self) -> f64 {
        let total = self.a + self.b;
        2.0 * self.variance() * (self.b - self.a) / total / (total + 2.0)
    }

    fn interval(self, alpha: f64) -> Interval {
        Interval {
            low: beta::quantile(alpha / 2.0, self.a, self.b),
            high: beta::quantile(1.0 - alpha / 2.0, self.a, self.b),
            estimate: self.mean(),
        }
    }

    /// Log odds between which all of the distribution lies, and points of interest in between.
    fn breaks(self, breaks: &mut Vec<f64>) {
        let centre = (self.a / self.b).ln();
        let spread = (1.0 / self.a + 1.0 / self.b).sqrt();
        for steps in [0.0, 1.0, 2.0, 4.0, 8.0] {
            breaks.push(centre - steps * spread);
            breaks.push(centre + steps * spread);
        }
        breaks.push(centre - 20.0 * spread - 45.0 / self.a);
        breaks.push(centre + 20.0 * spread + 45.0 / self.b);
    }
}

/// Compares two conversion rates with independent beta posteriors (Beta(1, 1) is the usual prior).
///
/// Preconditions: independent units. Exact up to quadrature (about ten digits), over the log odds.
/// `None` if an arm has more conversions than units, the prior is not positive, or `alpha` does not
/// lie strictly between 0 and 1.
pub fn conversions(
    control: Counts,
    treatment: Counts,
    prior: (f64, f64),
    alpha: f64,
) -> Option<Conversions> {
    let (left, right) = (
        Beta::posterior(control, prior)?,
        Beta::posterior(treatment, prior)?,
    );
    if !is_open_share(alpha) {
        return None;
    }
    let odds = if left.is_large() && right.is_large() {
        by_expansion(left, right)
    } else {
        by_quadrature(left, right)
    };
    Some(Conversions {
        chance_to_win: odds.chance.clamp(0.0, 1.0),
        risk_treatment: odds.loss_right.max(0.0),
        risk_control: odds.loss_left.max(0.0),
        control: left.interval(alpha),
        treatment: right.interval(alpha),
    })
}

/// Probability that the right one is larger, and the expected loss of choosing either.
#[derive(Clone, Copy, Debug)]
struct Odds {
    chance: f64,
    loss_left: f64,
    loss_right: f64,
}

fn by_quadrature(left: Beta, right: Beta) -> Odds {
    let mut breaks = Vec::new();
    left.breaks(&mut breaks);
    right.breaks(&mut breaks);
    breaks.sort_by(f64::total_cmp);
    let quadrature = Quadrature::new();
    let integrate = |function: &dyn Fn(Share) -> f64| {
        quadrature.over(&breaks, &|log_odds| {
            function(Share::from_log_odds(log_odds))
        })
    };
    let loss = |chosen: Beta, other: Beta| {
        integrate(&|at| at.of * at.rest * (chosen.log_below(at) + other.log_above(at)).exp())
    };
    let density = |at: Share| beta::log_density(right.a, right.b, at);
    Odds {
        chance: integrate(&|at| (density(at) + left.log_below(at)).exp()),
        loss_left: loss(left, right),
        loss_right: loss(right, left),
    }
}

/// Edgeworth's expansion to the third moment; its error is of the order of one over the counts.
fn by_expansion(left: Beta, right: Beta) -> Odds {
    let (mean, variance) = (
        right.mean() - left.mean(),
        right.variance() + left.variance(),
    );
    let sd = variance.sqrt();
    let skewness = (right.third_moment() - left.third_moment()) / (variance * sd);
    let at = mean / sd;
    let bend = skewness / 6.0 * normal::density(at);
    Odds {
        chance: normal::cdf(at) + bend * (at * at - 1.0),
        loss_left: partial_mean(mean, sd) - sd * bend * at,
        loss_right: partial_mean(-mean, sd) - sd * bend * at,
    }
}

/// What is believed of a relative change beforehand: normal with mean and standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Mean of the relative change.
    pub mean: f64,
    /// Standard deviation of the relative change, positive.
    pub sd: f64,
}

/// How an effect is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectOptions {
    /// Relative change instead of the absolute difference.
    pub relative: bool,
    /// Prior; none for a flat one.
    pub prior: Option<Prior>,
    /// One minus the probability within the interval.
    pub alpha: f64,
    /// Lower is better.
    pub inverse: bool,
}

/// Posterior of an effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Standard deviation of the posterior.
    pub sd: f64,
    /// Mean and equal-tailed interval of the posterior.
    pub interval: Interval,
    /// Probability that the treatment is better.
    pub chance_to_win: f64,
    /// Expected loss if the control is chosen.
    pub risk_control: f64,
    /// Expected loss if the treatment is chosen.
    pub risk_treatment: f64,
}

/// Normal posterior of an effect, compatible with GrowthBook.
///
/// Preconditions: independent units, means near enough to normal. `None` without variance in an
/// arm, with a relative effect on a control mean of zero, or with options outside of their domain.
pub fn effect(control: &Sample, treatment: &Sample, options: EffectOptions) -> Option<Effect> {
    let EffectOptions {
        relative,
        prior,
        alpha,
        inverse,
    } = options;
    let flat = control.variance() <= 0.0 || treatment.variance() <= 0.0;
    if flat || !is_open_share(alpha) || prior.is_some_and(|prior| prior.sd <= 0.0) {
        return None;
    }
    let (estimate, error, scale) = if relative {
        let (value, error) = mean::lift(control, treatment)?;
        (value, error, 1.0)
    } else {
        let variance = control.variance_of_mean() + treatment.variance_of_mean();
        (
            treatment.minus(1.0, control),
            variance.sqrt(),
            control.mean().abs(),
        )
    };
    let (mean, sd) = match prior {
        None => (estimate, error),
        Some(prior) => {
            let (centre, spread) = (prior.mean * scale, prior.sd * scale);
            // Written with variances, so that a prior of no width at scale zero stays defined.
            let (likelihood, belief) = (error * error, spread * spread);
            let sum = likelihood + belief;
            let mean = (estimate * belief + centre * likelihood) / sum;
            (mean, (likelihood * belief / sum).sqrt())
        }
    };
    if sd <= 0.0 || !mean.is_finite() {
        return None;
    }
    let (gain, loss) = (partial_mean(mean, sd), partial_mean(-mean, sd));
    let (risk_control, risk_treatment) = if inverse { (loss, gain) } else { (gain, loss) };
    Some(Effect {
        sd,
        interval: Interval::around(mean, normal::upper_quantile(alpha / 2.0) * sd),
        chance_to_win: normal::cdf(if inverse { -mean / sd } else { mean / sd }),
        risk_control,
        risk_treatment,
    })
}

/// Mean of the positive part of a normal variable.
fn partial_mean(mean: f64, sd: f64) -> f64 {
    let at = mean / sd;
    (sd * (normal::density(at) + at * normal::cdf(at))).max(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_data_is_a_coin() {
        let none = Counts { n: 0, converted: 0 };
        let result = conversions(none, none, (1.0, 1.0), 0.05).unwrap();
        assert!((result.chance_to_win - 0.5).abs() < 1e-12);
        assert!((result.risk_treatment - 1.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn the_expansion_agrees_with_quadrature() {
        for (converted, other) in [(300_000, 300_000), (300_000, 301_000), (300_500, 299_500)] {
            let beta = |converted| {
                Beta::posterior(
                    Counts {
                        n: 2_000_000,
                        converted,
                    },
                    (1.0, 1.0),
                )
                .unwrap()
            };
            let (left, right) = (beta(converted), beta(other));
            let (slow, quick) = (by_quadrature(left, right), by_expansion(left, right));
            assert!(
                (slow.chance - quick.chance).abs() < 1e-6,
                "{slow:?} {quick:?}"
            );
            assert!((slow.loss_left - quick.loss_left).abs() < 1e-6 * slow.loss_left + 1e-12);
            assert!((slow.loss_right - quick.loss_right).abs() < 1e-6 * slow.loss_right + 1e-12);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn equals_the_closed_sum_for_whole_counts(n in 1u64..40, m in 1u64..40, a: u64, b: u64) {
            let (control, treatment) = (
                Counts {
                    n,
                    converted: a % (n + 1),
                },
                Counts {
                    n: m,
                    converted: b % (m + 1),
                },
            );
            let got = conversions(control, treatment, (1.0, 1.0), 0.05).unwrap();
            let ln_beta = |x: f64, y: f64| libm::lgamma(x) + libm::lgamma(y) - libm::lgamma(x + y);
            let (a_c, b_c) = (
                of_u64(control.converted) + 1.0,
                of_u64(n - control.converted) + 1.0,
            );
            let (a_t, b_t) = (
                of_u64(treatment.converted) + 1.0,
                of_u64(m - treatment.converted) + 1.0,
            );
            let sum: f64 = (0..=treatment.converted)
                .map(of_u64)
                .map(|i| {
                    (ln_beta(a_c + i, b_t + b_c)
                        - (b_t + i).ln()
                        - ln_beta(1.0 + i, b_t)
                        - ln_beta(a_c, b_c))
                    .exp()
                })
                .sum();
            prop_assert!(
                (got.chance_to_win - sum).abs() < 1e-10,
                "{} {}",
                got.chance_to_win,
                sum
            );
            let means = a_t / (a_t + b_t) - a_c / (a_c + b_c);
            prop_assert!((got.risk_control - got.risk_treatment - means).abs() < 1e-11);
        }
    }
}
