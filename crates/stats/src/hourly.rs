//! Finding a large fall of a series of hours within hours.
//!
//! Moving sums (Bauer and Hackl, "The use of MOSUMs for quality control", Technometrics 20(4), 1978)
//! of what is left beside the level of each hour of the week: the newest 2 to 24 hours are compared
//! with how much sums of so many hours varied in the five weeks before. That yardstick is measured
//! for each length by itself (overlapping batch means; Meketon and Schmeiser 1984), so what an hour
//! has left of the one before, and days that are good or bad as a whole, are in it and need no model.
//!
//! Preconditions: noise that is about symmetric on the scale given, a rhythm that repeats weekly, and
//! four weeks of hours before. Small and slow changes are the days' to find ([`crate::shift`]).

use crate::number::of_usize;
use crate::shift::{Point, standard};

/// Hours of a week, each with a level of its own.
const WEEK: i64 = 168;
/// Hours of a day.
const DAY: i64 = 24;
/// Hours before the newest two days that levels and yardsticks are taken from: five weeks.
pub const BASE_HOURS: i64 = 5 * WEEK;
/// The fewest hours of those that must be there.
pub const BASE_HOURS_MIN: usize = 4 * 168;
/// Lengths that are tried, in hours.
const LENGTHS: [usize; 8] = [2, 3, 4, 6, 8, 12, 18, 24];
/// Standard deviations beyond which an hour is brought nearer, so that one odd hour is no fall.
const FAR: f64 = 4.0;
/// The fewest hours of the same place in the week that make a level.
const LEVEL_MIN: usize = 3;
/// The fall of twice the log-likelihood beyond which an hour is no longer believed to be the first,
/// as for days.
const BETWEEN_DEVIANCE: f64 = 6.0;

/// A fall of the newest hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourFall {
    /// The first hour that is different.
    pub place: i64,
    /// The earliest and the latest hour that the data leave possible.
    pub between: (i64, i64),
    /// Its standardised size; compare it with [`limit`].
    pub score: f64,
    /// The mean change on the scale of the values.
    pub effect: f64,
}

/// False alarms of one series in a year of looks at every hour, and the limit that brings them: the
/// largest of those found in 200 to 600 simulated years each of normal noise that remembers nothing, a
/// half, or seven tenths of the hour before, and of days with luck of their own; and 0.15 more, since
/// counts are not normal.
const LIMITS: [(f64, f64); 6] = [
    (0.5, 4.25),
    (0.2, 4.48),
    (0.1, 4.65),
    (0.05, 4.77),
    (0.02, 4.95),
    (0.01, 5.13),
];
/// Fewer were not simulated; a straight line goes on.
const LIMIT_PER_DECADE: f64 = 0.5;

/// The score that a fall must reach for so many false alarms of one series in a year.
pub fn limit(yearly: f64) -> f64 {
    crate::shift::between_limits(&LIMITS, LIMIT_PER_DECADE, yearly)
}

/// The levels of a week's hours, and how much sums of hours vary.
#[derive(Debug)]
pub struct Base {
    levels: Vec<Option<f64>>,
    until: i64,
    /// For each length: the standard deviation of its standardised sums, and on how many it rests.
    spreads: Vec<(f64, f64)>,
    hour: f64,
}

/// The first hour after the base of a look at a series whose newest hour is `last`: whole days, so
/// that all looks of a day rest on the same base.
pub fn base_until(last: i64) -> i64 {
    last - last.rem_euclid(DAY) - DAY
}

impl Base {
    /// The base of a series for looks whose newest hour is `last`; points by growing place. `None`
    /// where there are too few, or where they do not vary.
    pub fn of(points: &[Point], last: i64) -> Option<Self> {
        let until = base_until(last);
        let within = |point: &&Point| until - BASE_HOURS <= point.place && point.place < until;
        let base: Vec<Point> = points.iter().filter(within).copied().collect();
        let valid = |point: &Point| point.weight > 0.0 && point.value.is_finite();
        let ordered = base.windows(2).all(|pair| pair[0].place < pair[1].place);
        if base.len() < BASE_HOURS_MIN || !ordered || !base.iter().all(valid) {
            return None;
        }
        let base = tamed(base);
        let mut sums = vec![(0.0, 0.0, 0_usize); 168];
        for point in &base {
            let (value, weight, count) = &mut sums[slot(point.place)];
            *value += point.weight * point.value;
            *weight += point.weight;
            *count += 1;
        }
        let level = |(value, weight, count): &(f64, f64, usize)| {
            (*count >= LEVEL_MIN).then(|| value / weight)
        };
        // Each hour beside the level of the others, as the newest hours stand beside all of them.
        let left = base.iter().filter_map(|point| {
            let (value, weight, count) = sums[slot(point.place)];
            let others = (value - point.weight * point.value) / (weight - point.weight);
            (count >= LEVEL_MIN).then_some((point.value - others, point.weight))
        });
        let left: Vec<(f64, f64)> = left.collect();
        let hour = spread(&left, 1)?;
        let of_length = |length: &usize| {
            let count = 1.5 * of_usize(left.len()) / of_usize(*length);
            spread(&left, *length).map(|spread| (spread.max(hour), count))
        };
        Some(Self {
            levels: sums.iter().map(level).collect(),
            until,
            spreads: LENGTHS.iter().map(of_length).collect::<Option<Vec<_>>>()?,
            hour,
        })
    }

    /// The level that an hour should have.
    pub fn level(&self, place: i64) -> Option<f64> {
        self.levels[slot(place)]
    }

    /// The largest fall that ends with the newest hour.
    pub fn fall(&self, points: &[Point]) -> Option<HourFall> {
        let newest = points.iter().filter(|point| point.place >= self.until);
        let mut left: Vec<(i64, f64, f64)> = newest
            .filter_map(|point| {
                let far = FAR * self.hour / point.weight.sqrt();
                let change = point.value - self.level(point.place)?;
                Some((point.place, change.clamp(-far, far), point.weight))
            })
            .collect();
        left.reverse();
        // The newest so many hours, added up.
        let mut sums = vec![(0.0, 0.0)];
        for (_, change, weight) in &left {
            let (value, whole) = sums[sums.len() - 1];
            sums.push((value + weight * change, whole + weight));
        }
        let size = |length: usize| {
            let (value, whole) = sums[length];
            -value / whole.sqrt()
        };
        let lengths = LENGTHS.iter().zip(&self.spreads);
        let tried = lengths.filter(|(length, _)| **length <= left.len());
        let scored = tried.map(|(length, (spread, count))| {
            let score = standard((size(*length) / spread).max(0.0), *count);
            (score, *spread)
        });
        let (score, spread) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
        let explained = |length: usize| (size(length).max(0.0) / spread).powi(2);
        let first =
            (LENGTHS[0]..=left.len()).max_by(|a, b| explained(*a).total_cmp(&explained(*b)))?;
        let believed = (1..=left.len())
            .filter(|length| explained(first) - explained(*length) <= BETWEEN_DEVIANCE);
        let places: Vec<i64> = believed.map(|length| left[length - 1].0).collect();
        let place = left[first - 1].0;
        let ends = places.iter().copied();
        let (value, whole) = sums[first];
        Some(HourFall {
            place,
            between: (
                ends.clone().min().unwrap_or(place),
                ends.max().unwrap_or(place),
            ),
            score,
            effect: value / whole,
        })
    }
}

fn slot(place: i64) -> usize {
    usize::try_from(place.rem_euclid(WEEK)).unwrap_or(0)
}

/// The standard deviation of the standardised sums of so many hours in a row.
fn spread(left: &[(f64, f64)], length: usize) -> Option<f64> {
    let mut squares = 0.0;
    let (mut value, mut whole) = (0.0, 0.0);
    for (at, (change, weight)) in left.iter().enumerate() {
        value += weight * change;
        whole += weight;
        if at >= length {
            let (change, weight) = left[at - length];
            value -= weight * change;
            whole -= weight;
        }
        if at + 1 >= length {
            squares += value * value / whole;
        }
    }
    let count = left.len().checked_sub(length)? + 1;
    let spread = (squares / of_usize(count)).sqrt();
    (spread > 1e-12).then_some(spread)
}

/// The values, those far from the middle of their hour of the week brought nearer.
fn tamed(mut points: Vec<Point>) -> Vec<Point> {
    let mut slots = vec![Vec::new(); 168];
    for point in &points {
        slots[slot(point.place)].push(point.value);
    }
    let middles: Vec<f64> = slots
        .iter_mut()
        .map(|values| crate::shift::median(values))
        .collect();
    let distance =
        |point: &Point| (point.value - middles[slot(point.place)]).abs() * point.weight.sqrt();
    let mut distances: Vec<f64> = points.iter().map(distance).collect();
    // A middle of five values lies nearer to them than the true one does.
    let far = FAR * MEDIAN_TO_DEVIATION * crate::shift::median(&mut distances);
    for point in &mut points {
        let (middle, far) = (middles[slot(point.place)], far / point.weight.sqrt());
        point.value = middle + (point.value - middle).clamp(-far, far);
    }
    points
}

/// As [`crate::shift`] has it, for the distance from the middle of five: by simulation.
const MEDIAN_TO_DEVIATION: f64 = 2.0;

#[cfg(test)]
mod tests;
