//! The gamma function and the chi-square tail.

use std::f64::consts::PI;

const TERMS_MAX: u32 = 100_000;

/// What Stirling's formula `(x - 1/2) ln x - x + ln(2 pi)/2` misses of `ln gamma(x)`, for `x > 0`.
///
/// Differences of `ln gamma` at large arguments lose all digits; differences of this do not.
pub fn stirling_rest(at: f64) -> f64 {
    if at < 15.0 {
        return libm::lgamma(at) - ((at - 0.5) * at.ln() - at + 0.5 * (2.0 * PI).ln());
    }
    let square = 1.0 / (at * at);
    let series = 1.0 / 1188.0 - square * 691.0 / 360_360.0;
    let series = -1.0 / 1680.0 + square * series;
    let series = 1.0 / 1260.0 + square * series;
    (1.0 / 12.0 + square * (-1.0 / 360.0 + square * series)) / at
}

/// `k ln(k/m) + m - k`, exact to the last digits even where `k` is close to `m` (Loader 2000).
pub fn deviance(observed: f64, expected: f64) -> f64 {
    if observed <= 0.0 {
        return expected;
    }
    let gap = observed - expected;
    let ratio = gap / (observed + expected);
    if ratio.abs() > 0.1 {
        return observed * (observed / expected).ln() - gap;
    }
    let square = ratio * ratio;
    let (mut sum, mut power, mut odd) = (0.0, ratio * square, 3.0);
    for _ in 0..20 {
        sum += power / odd;
        power *= square;
        odd += 2.0;
    }
    gap * ratio + 2.0 * observed * sum
}

/// Natural logarithm of the probability that a chi-square variable exceeds `statistic`.
///
/// Domain: at least one degree of freedom, `statistic >= 0`.
pub fn log_chi_square_tail(statistic: f64, degrees: u32) -> f64 {
    log_upper(f64::from(degrees) / 2.0, statistic / 2.0)
}

/// Logarithm of the upper regularised incomplete gamma function, by series or continued fraction.
fn log_upper(shape: f64, at: f64) -> f64 {
    if at <= 0.0 {
        return 0.0;
    }
    let log_weight = shape * at.ln() - at - libm::lgamma(shape);
    if at < shape + 1.0 {
        let (mut term, mut sum, mut next) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..TERMS_MAX {
            next += 1.0;
            term *= at / next;
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        return (-(log_weight.exp() * sum)).ln_1p();
    }
    log_weight + upper_fraction(shape, at).ln()
}

/// Legendre's continued fraction, evaluated by Lentz's method.
fn upper_fraction(shape: f64, at: f64) -> f64 {
    let mut denominator = at + 1.0 - shape;
    let mut ratio = f64::MAX;
    let mut inverse = 1.0 / denominator;
    let mut product = inverse;
    let mut step = 0.0;
    for _ in 0..TERMS_MAX {
        step += 1.0;
        let numerator = -step * (step - shape);
        denominator += 2.0;
        inverse = 1.0 / away_from_zero(numerator * inverse + denominator);
        ratio = away_from_zero(denominator + numerator / ratio);
        let change = inverse * ratio;
        product *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    product
}

/// Keeps a term of a continued fraction from being divided by.
pub(crate) fn away_from_zero(value: f64) -> f64 {
    if value.abs() < 1e-300 { 1e-300 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_with_two_degrees_are_exponentials() {
        for statistic in [0.1, 1.0, 3.9, 4.1, 50.0, 3000.0] {
            let log = log_chi_square_tail(statistic, 2);
            assert!(
                (log + statistic / 2.0).abs() < 1e-13 * statistic.max(1.0),
                "{statistic}"
            );
        }
    }

    #[test]
    fn the_branches_of_the_stirling_rest_meet() {
        let (near, far) = (stirling_rest(15.0 - 1e-12), stirling_rest(15.0));
        assert!((near - far).abs() < 1e-13);
    }

    #[test]
    fn deviance_agrees_with_its_definition() {
        for (k, m) in [(3.0_f64, 7.0_f64), (10.0, 10.5), (1e6, 1.3e6), (0.0, 2.0)] {
            let plain: f64 = if k > 0.0 { k * (k / m).ln() + m - k } else { m };
            assert!((deviance(k, m) - plain).abs() < 1e-9 * plain);
        }
    }
}
