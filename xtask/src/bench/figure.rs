//! What comes out: two rows of measurements, their medians and their ratio.

use crate::output;

/// Measurements of both sides, one a round.
#[derive(Debug, Default)]
pub(super) struct Figure {
    ours: Vec<f64>,
    reference: Vec<f64>,
}

impl Figure {
    /// A figure of one measurement.
    pub(super) fn of(ours: f64, reference: f64) -> Self {
        let mut figure = Self::default();
        figure.round(ours, reference);
        figure
    }

    /// Takes the measurements of one round.
    pub(super) fn round(&mut self, ours: f64, reference: f64) {
        self.ours.push(ours);
        self.reference.push(reference);
    }

    /// The median of our side.
    pub(super) fn ours_middle(&self) -> f64 {
        median(&self.ours)
    }

    /// Prints the figure's line, and how far the rounds lay apart.
    pub(super) fn print(&self, name: &str) {
        output::line(&self.line(name));
        if self.ours.len() > 1 {
            let (ours, reference) = (spread(&self.ours), spread(&self.reference));
            let ratios = spread(&self.ratios());
            super::comment(&format!(
                "  rounds: ours {ours}, reference {reference}, ratio {ratios}"
            ));
        }
    }

    /// Two turns of one round met the same neighbours, so they are compared first.
    fn ratios(&self) -> Vec<f64> {
        self.ours
            .iter()
            .zip(&self.reference)
            .map(|(ours, reference)| ours / reference)
            .collect()
    }

    fn line(&self, name: &str) -> String {
        let (ours, reference) = (median(&self.ours), median(&self.reference));
        format!(
            "{name} {} {} {:.2}",
            short(ours),
            short(reference),
            median(&self.ratios())
        )
    }
}

/// The lowest and the highest.
fn spread(row: &[f64]) -> String {
    let low = row.iter().copied().fold(f64::INFINITY, f64::min);
    let high = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{}..{}", short(low), short(high))
}

/// The middle one, or the mean of the two in the middle.
fn median(row: &[f64]) -> f64 {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

/// The value below which a share of a row lies; its highest at 100.
pub(super) fn percentile(row: &[f64], percent: usize) -> f64 {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// A number with about three digits that say something.
fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_medians_and_their_ratio() {
        let mut figure = Figure::default();
        figure.round(40_000.4, 50_000.0);
        figure.round(10.0, 20.0);
        figure.round(99_999.0, 90_000.0);
        assert_eq!(figure.line("per_second"), "per_second 40000 50000 0.80");
        assert_eq!(spread(&figure.ratios()), "0.50..1.11");
    }

    #[test]
    fn percentiles_reach_up_to_the_highest() {
        let row = [5.0, 1.0, 4.0, 2.0, 3.0];
        let of = |percent| percentile(&row, percent);
        assert!((of(50) - 3.0).abs() < 1e-12);
        assert!((of(100) - 5.0).abs() < 1e-12);
        assert!(percentile(&[], 50).is_nan());
    }

    #[test]
    fn the_median_of_an_even_row_lies_between() {
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-12);
        assert!(median(&[]).is_nan());
    }
}
