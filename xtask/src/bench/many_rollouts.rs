//! 1,611 real experiments replayed as monitored rollouts, each once as it was and once with equal
//! arms: how often does a guard stop what did no harm?
//!
//! The archive (Matias, Munger, Aubin Le Quere, Ebersole 2021) has sums only, so the order of
//! impressions within a test is drawn at random. Arms are made equal by drawing the clicks of both
//! without replacement from all clicks: the rates stay real, and no difference is left to find.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, Result};
use variorum_stats::guard::{ConversionSplit, Stage, threshold};
use variorum_stats::simulation::Random;

use super::acceptance::{real, shared};
use super::comment;
use crate::output;

const ALPHA: f64 = 0.01;
/// Weeks in which the archive's authors found that arms were not drawn evenly.
const FAULTY: std::ops::RangeInclusive<u32> = 201_325..=201_401;

/// Impressions and clicks of one package.
type Package = (u64, u64);

struct Test {
    week: u32,
    packages: Vec<Package>,
}

/// Replays every test: its first package is the control, its second the treatment.
pub(super) fn run(guard: &ConversionSplit) -> Result<()> {
    let tests = tests()?;
    let mut random = Random::new(20_261_128);
    let (mut equal, mut sound, mut stopped, mut harmed) = (0, 0, 0, 0);
    for test in tests.values() {
        let [control, treatment, ..] = test.packages[..] else {
            continue;
        };
        let worse = real_rate(treatment) < real_rate(control);
        harmed += usize::from(worse);
        stopped += usize::from(is_stopped(control, treatment, guard, &mut random));
        let (control, treatment) = mixed(control, treatment, &mut random);
        let wrong = usize::from(is_stopped(control, treatment, guard, &mut random));
        equal += wrong;
        if !FAULTY.contains(&test.week) {
            sound += wrong;
        }
    }
    let count = tests.len();
    let share = real(equal) / real(count);
    output::line(&format!(
        "acceptance_upworthy_wrong_stops {share:.4} {ALPHA} {:.2} {} # {equal} of {count} rollouts \
         with equal arms were taken back, {sound} of them outside of the faulty weeks",
        share / ALPHA,
        if share <= ALPHA { "pass" } else { "miss" }
    ));
    comment(&format!(
        "upworthy as it was: {stopped} of {count} second packages were taken back; {harmed} had the lower rate"
    ));
    Ok(())
}

fn tests() -> Result<BTreeMap<String, Test>> {
    let path = shared().join("data/experiments/upworthy_packages.csv.gz");
    let file = std::fs::File::open(&path).with_context(|| format!("no `{}`", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let mut tests: BTreeMap<String, Test> = BTreeMap::new();
    for row in rows(&text).into_iter().skip(1) {
        let field = |place: usize| row.get(place).map_or("", String::as_str);
        let package = (field(5).parse()?, field(6).parse()?);
        let test = tests.entry(field(1).to_owned()).or_insert_with(|| Test {
            week: 0,
            packages: Vec::new(),
        });
        test.week = field(10).parse()?;
        test.packages.push(package);
    }
    Ok(tests)
}

/// Rows of a CSV file with quoted fields that may hold commas and line ends (RFC 4180).
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(field) = rows.last_mut().and_then(|row| row.last_mut()) else {
            break;
        };
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => rows
                .last_mut()
                .into_iter()
                .for_each(|row| row.push(String::new())),
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            other => field.push(other),
        }
    }
    rows.retain(|row| row.len() > 1);
    rows
}

#[expect(clippy::cast_precision_loss, reason = "some thousand impressions")]
fn real_rate((units, converted): Package) -> f64 {
    converted as f64 / units.max(1) as f64
}

/// Deals all clicks of two packages out again, blindly.
fn mixed(control: Package, treatment: Package, random: &mut Random) -> (Package, Package) {
    let (mut left_control, mut left_treatment) = (control.0, treatment.0);
    let (mut clicks_control, mut clicks_treatment) = (0, 0);
    for _ in 0..control.1 + treatment.1 {
        if random.bits() % (left_control + left_treatment) < left_control {
            left_control -= 1;
            clicks_control += 1;
        } else {
            left_treatment -= 1;
            clicks_treatment += 1;
        }
    }
    ((control.0, clicks_control), (treatment.0, clicks_treatment))
}

/// Deals impressions out one by one in random order and looks at every click.
fn is_stopped(
    control: Package,
    treatment: Package,
    guard: &ConversionSplit,
    random: &mut Random,
) -> bool {
    let mut left = [
        (control.1, false, true),
        (control.0 - control.1, false, false),
        (treatment.1, true, true),
        (treatment.0 - treatment.1, true, false),
    ];
    let (mut seen, mut seen_treatment) = (0usize, 0usize);
    let mut stage = Stage {
        share_treatment: 0.5,
        converted_treatment: 0,
        converted_control: 0,
    };
    loop {
        let total: u64 = left.iter().map(|(count, ..)| count).sum();
        if total == 0 {
            return false;
        }
        let mut place = random.bits() % total;
        let Some((count, is_treatment, is_click)) = left.iter_mut().find(|(count, ..)| {
            let here = place < *count;
            place = place.saturating_sub(*count);
            here
        }) else {
            return false;
        };
        *count -= 1;
        seen += 1;
        seen_treatment += usize::from(*is_treatment);
        if !*is_click {
            continue;
        }
        if *is_treatment {
            stage.converted_treatment += 1;
        } else {
            stage.converted_control += 1;
        }
        if seen_treatment > 0 && seen_treatment < seen {
            stage.share_treatment = real(seen_treatment) / real(seen);
        }
        if guard.log_e(&[stage]) >= threshold(ALPHA) {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_are_read_whole() {
        let read = rows("a,b\n\"x, \"\"y\"\"\nz\",2\n");
        assert_eq!(read, [["a", "b"], ["x, \"y\"\nz", "2"]]);
    }

    #[test]
    fn dealing_keeps_the_sums() {
        let (control, treatment) = mixed((900, 40), (1_100, 60), &mut Random::new(1));
        assert_eq!((control.0, treatment.0), (900, 1_100));
        assert_eq!(control.1 + treatment.1, 100);
    }
}
