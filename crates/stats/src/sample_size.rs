//! Planning: how many units, which effect can be seen, when a guard would fire.

use crate::number::{is_open_share, to_u64};
use crate::root;
use crate::sequential::Mixture;
use crate::special::{gamma, normal};

/// Risks that a plan accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Risks {
    /// Probability of a false alarm, strictly between 0 and 1.
    pub alpha: f64,
    /// Probability of seeing the effect, strictly between 0 and 1.
    pub power: f64,
    /// Whether the test looks to both sides.
    pub two_sided: bool,
}

impl Risks {
    /// Normal quantiles of both risks.
    fn quantiles(self) -> Option<(f64, f64)> {
        let alpha = if self.two_sided {
            self.alpha / 2.0
        } else {
            self.alpha
        };
        (is_open_share(self.alpha) && is_open_share(self.power))
            .then(|| (normal::upper_quantile(alpha), normal::quantile(self.power)))
    }
}

/// Units for a test of two conversion rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProportionSize {
    /// Units of the control with each arm's own variance, not rounded.
    pub control_unpooled: f64,
    /// Units of the control with the null hypothesis' variance in the test, not rounded.
    pub control_pooled: f64,
    /// Units of the treatment that belong to `control_pooled`, not rounded.
    pub treatment_pooled: f64,
    /// Effect on the arcsine scale (Cohen's h).
    pub cohen_h: f64,
}

/// Rounds a number of units up.
pub fn whole_units(units: f64) -> u64 {
    to_u64(units.ceil())
}

fn spread(rate: f64) -> f64 {
    rate * (1.0 - rate)
}

/// Units of the control by the pooled-null formula; `ratio` is treatment over control.
fn pooled_units(first: f64, second: f64, quantiles: (f64, f64), ratio: f64) -> f64 {
    let common = (first + ratio * second) / (1.0 + ratio);
    let null = quantiles.0 * (spread(common) * (1.0 + 1.0 / ratio)).sqrt();
    let alternative = quantiles.1 * (spread(first) + spread(second) / ratio).sqrt();
    ((null + alternative) / (second - first)).powi(2)
}

/// Units to see a relative `lift` of a conversion rate (Fleiss 1981).
///
/// `None` unless both rates lie strictly between 0 and 1 and differ, and `ratio` is positive.
pub fn proportion(baseline: f64, lift: f64, risks: Risks, ratio: f64) -> Option<ProportionSize> {
    let quantiles = risks.quantiles()?;
    let changed = baseline * (1.0 + lift);
    let usable = is_open_share(baseline) && is_open_share(changed) && lift.abs() > 0.0;
    if !usable || ratio.is_nan() || ratio <= 0.0 || ratio.is_infinite() {
        return None;
    }
    let variance = spread(baseline) + spread(changed) / ratio;
    let unpooled = (quantiles.0 + quantiles.1).powi(2) * variance / (changed - baseline).powi(2);
    let pooled = pooled_units(baseline, changed, quantiles, ratio);
    Some(ProportionSize {
        control_unpooled: unpooled,
        control_pooled: pooled,
        treatment_pooled: pooled * ratio,
        cohen_h: (2.0 * changed.sqrt().asin() - 2.0 * baseline.sqrt().asin()).abs(),
    })
}

/// Units of each arm for a test of two means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanSize {
    /// By the normal formula, not rounded.
    pub normal: f64,
    /// With Guenther's correction for the t test (1981), not rounded.
    pub student: f64,
}

/// Units of each arm to see a relative `lift` of a mean; both arms have standard deviation `sd`.
///
/// `None` unless the effect is not zero and `sd` is positive.
pub fn mean(base: f64, sd: f64, lift: f64, risks: Risks) -> Option<MeanSize> {
    let (alpha, beta) = risks.quantiles()?;
    let effect = base * lift;
    if effect.abs() <= 0.0 || !effect.is_finite() || !(sd > 0.0 && sd.is_finite()) {
        return None;
    }
    let normal = 2.0 * ((alpha + beta) * sd / effect).powi(2);
    Some(MeanSize {
        normal,
        student: normal + alpha * alpha / 4.0,
    })
}

/// Smallest relative changes of a conversion rate that a test with two arms of `n` units can see,
/// upwards and downwards; missing where even the end of the scale is not seen.
pub fn detectable_lift(baseline: f64, n: f64, risks: Risks) -> Option<(Option<f64>, Option<f64>)> {
    let quantiles = risks.quantiles()?;
    if !(baseline > 0.0 && baseline < 1.0 && n > 0.0) {
        return None;
    }
    let missing = |rate: f64| pooled_units(baseline, rate, quantiles, 1.0) - n;
    let search = |end: f64| {
        let near = baseline + (end - baseline) * 1e-9;
        (missing(end) <= 0.0 && missing(near) >= 0.0).then(|| {
            let (low, high) = (near.min(end), near.max(end));
            root::between(low, high, missing) / baseline - 1.0
        })
    };
    Some((search(1.0), search(0.0)))
}

/// Units of both arms to see a difference by an interval that is valid at every look, tuned for that
/// very number of units.
///
/// `variance` is that of a unit's value, the mean of both arms'. An interval tuned for the units it
/// has reaches the same number of standard errors whatever their number is, so that there is a closed
/// form (Waudby-Smith and others 2024, with Howard and others 2021 for the tuning).
///
/// `None` unless the effect is not zero and the variance is positive.
pub fn any_time(effect: f64, variance: f64, risks: Risks) -> Option<f64> {
    let reach = any_time_reach(risks)?;
    let usable = effect.abs() > 0.0 && effect.is_finite() && variance > 0.0 && variance.is_finite();
    usable.then(|| 4.0 * variance * (reach / effect).powi(2))
}

/// The smallest difference that so many units of both arms show by an interval that is valid at every
/// look; see [`any_time`].
pub fn any_time_effect(units: f64, variance: f64, risks: Risks) -> Option<f64> {
    let reach = any_time_reach(risks)?;
    let usable = units > 0.0 && variance > 0.0 && variance.is_finite();
    usable.then(|| reach * (4.0 * variance / units).sqrt())
}

/// The standard errors an interval reaches at the units it is tuned for, and what the power asks.
fn any_time_reach(risks: Risks) -> Option<f64> {
    let (_, power) = risks.quantiles()?;
    let reach = if risks.two_sided {
        Mixture::two_sided(risks.alpha, 1.0)?.reach_two_sided(1.0, risks.alpha)
    } else {
        Mixture::one_sided(risks.alpha, 1.0)?.reach_one_sided(1.0, risks.alpha)
    };
    Some(reach + power)
}

/// Units of each arm to show that a conversion rate is not worse than a relative margin, when the
/// true relative change is `true_lift`; linear form, one-sided `alpha`.
///
/// `None` if the true rate is not better than the tolerated one.
pub fn noninferiority(
    baseline: f64,
    relative_margin: f64,
    true_lift: f64,
    alpha: f64,
    power: f64,
) -> Option<f64> {
    let (z_alpha, z_beta) = Risks {
        alpha,
        power,
        two_sided: false,
    }
    .quantiles()?;
    let factor = 1.0 - relative_margin;
    let changed = baseline * (1.0 + true_lift);
    let distance = changed - factor * baseline;
    if !is_open_share(baseline) || !is_open_share(changed) || distance.is_nan() || distance <= 0.0 {
        return None;
    }
    let variance = spread(changed) + factor * factor * spread(baseline);
    Some((z_alpha + z_beta).powi(2) * variance / (distance * distance))
}

/// When a guard on a conversion would notice a harm, with two equal arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Exposures of both arms at which the drift of the mean guard crosses its threshold.
    pub drift_crossing: f64,
    /// Information per exposure against the closest rate that both arms could share.
    pub information: f64,
    /// No sequential test of this level needs fewer exposures on average (Wald 1945).
    pub mean_at_least: f64,
    /// No test of this level detects half of the harms earlier (Neyman, Pearson 1933).
    pub median_at_least: f64,
}

/// Plans the detection of a fall of a conversion rate by a mean guard tuned for `n_star`.
///
/// `None` unless the lift is negative, both rates lie strictly between 0 and 1, `alpha` lies below
/// one half and `n_star` is positive.
pub fn detection(baseline: f64, lift: f64, alpha: f64, n_star: f64) -> Option<Detection> {
    let mixture = Mixture::one_sided(alpha, n_star)?;
    let changed = baseline * (1.0 + lift);
    if !(changed > 0.0 && changed < baseline && baseline < 1.0) {
        return None;
    }
    let common = f64::midpoint(baseline, changed);
    // Variance of the difference times the exposures, each arm with its own.
    let variance = 2.0 * (spread(baseline) + spread(changed));
    let drift = (baseline - changed) / variance.sqrt();
    let goal = -alpha.ln();
    let log_exposures = root::of_increasing(n_star.ln(), 1.0, |log| {
        let exposures = log.exp();
        mixture.log_e_one_sided(exposures, drift * exposures.sqrt()) - goal
    });
    let divergence =
        |rate: f64| gamma::deviance(rate, common) + gamma::deviance(1.0 - rate, 1.0 - common);
    let information = f64::midpoint(divergence(baseline), divergence(changed));
    Some(Detection {
        drift_crossing: log_exposures.exp(),
        information,
        mean_at_least: goal / information,
        median_at_least: normal::upper_quantile(alpha).powi(2) / (2.0 * information),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RISKS: Risks = Risks {
        alpha: 0.05,
        power: 0.8,
        two_sided: true,
    };

    proptest! {
        #[test]
        fn the_detectable_lift_undoes_the_sample_size(
            baseline in 0.01..0.6f64,
            lift in 0.02..0.5f64,
        ) {
            let size = proportion(baseline, lift, RISKS, 1.0).unwrap();
            let (up, _) = detectable_lift(baseline, size.control_pooled, RISKS).unwrap();
            prop_assert!((up.unwrap() / lift - 1.0).abs() < 1e-9);
            let size = proportion(baseline, -lift, RISKS, 1.0).unwrap();
            let (_, down) = detectable_lift(baseline, size.control_pooled, RISKS).unwrap();
            prop_assert!((down.unwrap() / -lift - 1.0).abs() < 1e-9);
        }
    }

    /// Walks through the sizes one after the other, each with an interval tuned for it.
    fn any_time_slowly(effect: f64, variance: f64, risks: Risks) -> f64 {
        let (_, power) = risks.quantiles().unwrap();
        let mut units = 10.0;
        loop {
            let mixture = Mixture::two_sided(risks.alpha, units).unwrap();
            let error = (4.0 * variance / units).sqrt();
            if effect >= (mixture.reach_two_sided(units, risks.alpha) + power) * error {
                return units;
            }
            units += 2.0;
        }
    }

    #[test]
    fn looking_at_every_moment_costs_some_units() {
        let (rate, changed): (f64, f64) = (0.2, 0.24);
        let variance = f64::midpoint(spread(rate), spread(changed));
        let any = any_time(changed - rate, variance, RISKS).unwrap();
        let once = 2.0 * proportion(rate, 0.2, RISKS, 1.0).unwrap().control_pooled;
        assert!(any > 1.5 * once && any < 3.0 * once, "{any} against {once}");
        let slowly = any_time_slowly(changed - rate, variance, RISKS);
        assert!((any - slowly).abs() <= 2.0, "{any} against {slowly}");
        let seen = any_time_effect(any, variance, RISKS).unwrap();
        assert!((seen - (changed - rate)).abs() < 1e-12);
        assert!(any_time(0.0, 1.0, RISKS).is_none());
    }

    #[test]
    fn refuses_impossible_plans() {
        assert!(proportion(0.05, 0.0, RISKS, 1.0).is_none());
        assert!(proportion(0.6, 1.0, RISKS, 1.0).is_none());
        assert!(noninferiority(0.2, 0.02, -0.02, 0.025, 0.8).is_none());
        assert!(detection(0.05, 0.1, 0.01, 40_000.0).is_none());
        assert_eq!(detectable_lift(0.05, 3.0, RISKS).unwrap().1, None);
    }
}
