//! What comes out: two rows of measurements, their medians and their ratio.

use crate::output;

/// Measurements of both sides, one a round.
#[derive(Debug, Default)]
pub(super) struct Figure {
    ours: Vec<f64>,
    reference: Vec<f64>,
}

impl Figure {
    /// Takes the measurements of one round.
    pub(super) fn round(&mut self, ours: f64, reference: f64) {
        self.ours.push(ours);
        self.reference.push(reference);
    }

    /// Prints the figure's line, and how far the rounds lay apart.
    pub(super) fn print(&self, name: &str) {
        output::line(&self.line(name));
        let ratios: Vec<f64> = self
            .ours
            .iter()
            .zip(&self.reference)
            .map(|(a, b)| a / b)
            .collect();
        let spread = |row: &[f64]| {
            let (low, high) = ends(row);
            format!("{}..{}", short(low), short(high))
        };
        let (ours, reference) = (spread(&self.ours), spread(&self.reference));
        super::comment(&format!(
            "  by round: ours {ours}, reference {reference}, ratio {}",
            spread(&ratios)
        ));
    }

    fn line(&self, name: &str) -> String {
        let (ours, reference) = (median(&self.ours), median(&self.reference));
        format!(
            "{name} {} {} {:.2}",
            short(ours),
            short(reference),
            ours / reference
        )
    }
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

fn ends(row: &[f64]) -> (f64, f64) {
    let low = row.iter().copied().fold(f64::INFINITY, f64::min);
    (low, row.iter().copied().fold(f64::NEG_INFINITY, f64::max))
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
        figure.round(41_000.4, 50_000.0);
        figure.round(1.0, 52_000.0);
        figure.round(99_999.0, 54_000.0);
        assert_eq!(figure.line("per_second"), "per_second 41000 52000 0.79");
    }

    #[test]
    fn the_median_of_an_even_row_lies_between() {
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-12);
        assert!(median(&[]).is_nan());
    }
}
