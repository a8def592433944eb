//! Integrates a smooth function over an interval. Knows nothing of statistics.

use std::f64::consts::PI;

const POINTS: usize = 12;
/// Halvings of a piece; bounds the time even where rounding hides the agreement of the halves.
const DEPTH_MAX: u32 = 8;
/// Accepted error of a piece, relative to the first estimate of the whole.
const TOLERANCE: f64 = 1e-11;

/// Adaptive Gauss-Legendre quadrature: a piece is halved until both halves agree with the whole.
pub(crate) struct Quadrature {
    nodes: [(f64, f64); POINTS],
}

impl Quadrature {
    /// Computes nodes and weights from the Legendre recurrence by Newton's method.
    pub(crate) fn new() -> Self {
        let order = crate::number::of_usize(POINTS);
        let mut nodes = [(0.0, 0.0); POINTS];
        let mut index = 0.0;
        for node in &mut nodes {
            let mut at = (PI * (index + 0.75) / (order + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..20 {
                let (value, derivative) = legendre(at);
                at -= value / derivative;
                slope = derivative;
            }
            *node = (at, 2.0 / ((1.0 - at * at) * slope * slope));
            index += 1.0;
        }
        Self { nodes }
    }

    /// Integrates a function that is not negative over consecutive break points.
    ///
    /// A peak much narrower than its piece is overlooked: put break points around it.
    pub(crate) fn over(&self, breaks: &[f64], function: &dyn Fn(f64) -> f64) -> f64 {
        let pieces: Vec<(f64, f64, f64)> = breaks
            .iter()
            .zip(breaks.iter().skip(1))
            .map(|(low, high)| (*low, *high, self.piece(*low, *high, function)))
            .collect();
        let tolerance = TOLERANCE * pieces.iter().map(|(_, _, whole)| whole).sum::<f64>();
        let refined = pieces.into_iter().map(|(low, high, whole)| {
            self.refine(low, high, whole, tolerance, DEPTH_MAX, function)
        });
        refined.sum()
    }

    fn piece(&self, low: f64, high: f64, function: &dyn Fn(f64) -> f64) -> f64 {
        let (half, middle) = ((high - low) / 2.0, f64::midpoint(low, high));
        let sum: f64 = self
            .nodes
            .iter()
            .map(|(at, weight)| weight * function(middle + half * at))
            .sum();
        sum * half
    }

    fn refine(
        &self,
        low: f64,
        high: f64,
        whole: f64,
        tolerance: f64,
        depth: u32,
        function: &dyn Fn(f64) -> f64,
    ) -> f64 {
        let middle = f64::midpoint(low, high);
        let (left, right) = (
            self.piece(low, middle, function),
            self.piece(middle, high, function),
        );
        let sum = left + right;
        if depth == 0 || (sum - whole).abs() <= tolerance {
            return sum;
        }
        self.refine(low, middle, left, tolerance, depth - 1, function)
            + self.refine(middle, high, right, tolerance, depth - 1, function)
    }
}

/// Value and slope of the Legendre polynomial of order `POINTS`.
fn legendre(at: f64) -> (f64, f64) {
    let (mut before, mut now) = (1.0, at);
    let mut order = 1.0;
    for _ in 1..POINTS {
        let next = ((2.0 * order + 1.0) * at * now - order * before) / (order + 1.0);
        (before, now) = (now, next);
        order += 1.0;
    }
    (now, order * (at * now - before) / (at * at - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrates_a_narrow_bell() {
        let bell = |x: f64| (-(x - 0.3) * (x - 0.3) / 2e-6).exp();
        let breaks = [-5.0, 0.292, 0.3, 0.308, 5.0];
        let area = Quadrature::new().over(&breaks, &bell);
        assert!((area - (2.0 * PI * 1e-6).sqrt()).abs() < 1e-13);
    }
}
