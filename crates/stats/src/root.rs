//! Finds where a continuous function crosses zero. Knows nothing of statistics.

const STEPS_MAX: u32 = 300;

/// Finds a zero between two ends where the function has opposite signs.
///
/// False position with halved ends (Illinois), and a plain halving every third step, so that the
/// bracket always shrinks. Without a change of sign the end with the smaller value is the answer.
pub(crate) fn between(low: f64, high: f64, mut function: impl FnMut(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let (mut at_low, mut at_high) = (function(low), function(high));
    if at_low.signum() * at_high.signum() > 0.0 {
        return if at_low.abs() < at_high.abs() {
            low
        } else {
            high
        };
    }
    for step in 0..STEPS_MAX {
        let width = high - low;
        if width <= f64::EPSILON * (low.abs() + high.abs()) * 0.5 {
            break;
        }
        let slope = at_high - at_low;
        let guess = high - at_high * (width / slope);
        let inside = guess > low && guess < high;
        let next = if inside && step % 3 != 2 {
            guess
        } else {
            low + width / 2.0
        };
        let value = function(next);
        if value.abs() <= 0.0 {
            return next;
        }
        if (value > 0.0) == (at_high > 0.0) {
            (high, at_high) = (next, value);
            at_low /= 2.0;
        } else {
            (low, at_low) = (next, value);
            at_high /= 2.0;
        }
    }
    low + (high - low) / 2.0
}

/// Finds a zero of an increasing function, widening the bracket around `start` by doubling steps.
pub(crate) fn of_increasing(start: f64, step: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high, mut reach) = (start, start, step);
    for _ in 0..STEPS_MAX {
        if function(low) <= 0.0 {
            break;
        }
        low -= reach;
        reach *= 2.0;
    }
    reach = step;
    for _ in 0..STEPS_MAX {
        if function(high) >= 0.0 {
            break;
        }
        high += reach;
        reach *= 2.0;
    }
    between(low, high, function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_zeros_of_awkward_functions() {
        let cube = of_increasing(0.0, 0.01, |x| x * x * x - 1e9);
        assert!((cube - 1000.0).abs() < 1e-9);
        let flat = between(-1.0, 4.0, |x: f64| (x - 1.0).powi(5));
        assert!((flat - 1.0).abs() < 1e-3);
    }
}
