//! Finding the place where a series with a weekly rhythm got worse.
//!
//! The change-point model of Hawkins, Qiu and Kang ("The changepoint model for statistical process
//! control", Journal of Quality Technology 35(4), 2003): at every look each place of the window is
//! tried as the place of a change, the largest test statistic is kept and compared with a limit that
//! was found by simulation. Neither the level nor the noise before the change need to be known, so
//! nothing is fitted on a "clean" stretch. Here each statistic is the t of one more regressor (a step,
//! or a ramp that begins there) beside a level for each day of the week; it does not depend on those
//! levels or on the noise, so one limit serves every series.
//!
//! What the noise remembers of the day before is taken for an autoregression of the first order. Its
//! strength is estimated, and levels and changes are fitted to what each day brings beside it
//! (prewhitening; Lund, Wang, Lu, Reeves, Gallagher and Feng, "Changepoint detection in periodic and
//! autocorrelated time series", Journal of Climate 20(20), 2007; Robbins, Gallagher, Lund and Aue,
//! "Mean shift testing in correlated data", Journal of Time Series Analysis 32(5), 2011).
//!
//! Preconditions: noise that is about symmetric on the scale given, and that forgets as an
//! autoregression does. `cargo xtask bench watch` prints what other noise does.

use crate::number::of_usize;

/// One look of a series at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its place, e.g. the number of the day.
    pub place: i64,
    /// What was seen there.
    pub value: f64,
    /// How much it counts, in proportion to one over its variance; positive.
    pub weight: f64,
}

/// How a series changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// From one place on, all at once.
    Step,
    /// From one place on, more with every place.
    Drift,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// The length of the rhythm in places, 7 for days of a week.
    pub rhythm: i64,
    /// The fewest points before a change.
    pub before_min: usize,
    /// The fewest points after a step.
    pub after_step_min: usize,
    /// The fewest points after the beginning of a drift.
    pub after_drift_min: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            rhythm: 7,
            before_min: 28,
            after_step_min: 2,
            after_drift_min: 10,
        }
    }
}

/// The newest points that one look takes in: twelve weeks of days.
pub const WINDOW_POINTS: usize = 84;

/// The most likely change of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// How it changes.
    pub shape: Shape,
    /// The first place that is different.
    pub place: i64,
    /// The earliest and the latest place that the data leave possible, 90 of 100 times.
    pub between: (i64, i64),
    /// Its standardised size; compare it with [`limit`].
    pub score: f64,
    /// The step, or the slope per place, on the scale of the values.
    pub effect: f64,
    /// How much of the noise of a point the next one has, 0 to 0.8.
    pub memory: f64,
}

/// False alarms of one series in a year of daily looks, and the limit that brings them: from 20,000
/// simulated years of normal noise. `cargo xtask bench watch` prints what other noise does.
const LIMITS: [(f64, f64); 9] = [
    (0.693, 3.20),
    (0.223, 3.57),
    (0.105, 3.79),
    (0.051, 3.99),
    (0.0202, 4.23),
    (0.01, 4.39),
    (0.005, 4.55),
    (0.002, 4.80),
    (0.001, 4.94),
];
/// Fewer false alarms than one in a thousand years were not simulated; a straight line goes on.
const LIMIT_PER_DECADE: f64 = 0.6;

/// The score that a change must reach for so many false alarms of one series in a year.
pub fn limit(yearly: f64) -> f64 {
    between_limits(&LIMITS, LIMIT_PER_DECADE, yearly)
}

/// The limit between those simulated, on a straight line over the logarithm of the alarms.
pub(crate) fn between_limits(limits: &[(f64, f64)], per_decade: f64, yearly: f64) -> f64 {
    let wanted = if yearly.is_nan() {
        1e-9
    } else {
        yearly.max(1e-9)
    };
    let [first, .., last] = limits else {
        return f64::INFINITY;
    };
    if wanted >= first.0 {
        return first.1;
    }
    for pair in limits.windows(2) {
        let ((more, low), (less, high)) = (pair[0], pair[1]);
        if wanted >= less {
            let part = (more / wanted).ln() / (more / less).ln();
            return low + (high - low) * part;
        }
    }
    last.1 + per_decade * (last.0 / wanted).log10()
}

/// The fall of twice the log-likelihood beyond which a place is no longer believed; meant to hold the
/// true place in 90 of 100 cases of steps that are found. Simulated (`cargo xtask bench watch`): 90 to
/// 100 where a day says much, 80 to 92 where some ten outcomes come in a day.
const BETWEEN_DEVIANCE: f64 = 6.0;
/// Standard deviations beyond which a value is brought nearer.
const FAR: f64 = 3.0;
/// The standard deviation of normal noise over the median of its distances from the middle.
const MEDIAN_TO_DEVIATION: f64 = 1.482_6;
/// What is fitted takes memory out of the noise that is left: of a series with a level alone about
/// (1 + 4r)/n (Marriott and Pope 1954, Kendall 1954); beside seven levels and the likeliest of all
/// changes four times as much.
const MEMORY_MISSED: f64 = 4.0;
/// About one standard error more is taken for memory than was seen: too little of it brings more false
/// alarms than too much of it saves.
const MEMORY_CAUTION: f64 = 0.1;
/// The part of the score that is given up for memory of one, since it is known roughly only. With it,
/// what was asked for was held in simulations at a memory of 0 to 0.7.
const MEMORY_DOUBT: f64 = 0.08;
/// More memory than this is taken for a change itself.
const MEMORY_MAX: f64 = 0.9;

/// The places of a rhythm, and the values freed of their levels and of what noise remembers.
struct Design {
    root: Vec<f64>,
    /// Of each point: how much of the one before it has left, and the scale of what it brings.
    passed_on: Vec<(f64, f64)>,
    /// The levels as they look then, at right angles and of length one.
    levels: Vec<Vec<f64>>,
}

impl Design {
    fn new(points: &[Point], rhythm: i64, memory: f64) -> Self {
        let between = |pair: &[Point]| memory.powf(distance(pair[0].place, pair[1].place));
        let left = std::iter::once(0.0).chain(points.windows(2).map(between));
        let scale = |left: f64| ((1.0 - memory * memory) / (1.0 - left * left)).sqrt();
        let mut design = Self {
            root: points.iter().map(|point| point.weight.sqrt()).collect(),
            passed_on: left.map(|left| (left, scale(left))).collect(),
            levels: Vec::new(),
        };
        for group in 0..rhythm.max(1) {
            let is_in = |point: &Point| point.place.rem_euclid(rhythm.max(1)) == group;
            let level: Vec<f64> = points
                .iter()
                .map(|point| f64::from(u8::from(is_in(point))))
                .collect();
            // Twice, because once leaves something of rounding.
            let mut level = design.of(&level);
            design.free(&mut level);
            let length = product(&level, &level).sqrt();
            if length > 1e-9 {
                for value in &mut level {
                    *value /= length;
                }
                design.levels.push(level);
            }
        }
        design
    }

    /// What is left of values beside the levels and what each has of the one before.
    fn of(&self, values: &[f64]) -> Vec<f64> {
        let mut before = 0.0;
        let each = values.iter().zip(&self.root).zip(&self.passed_on);
        let mut found: Vec<f64> = each
            .map(|((value, root), (left, scale))| {
                let weighted = value * root;
                let fresh = (weighted - left * before) * scale;
                before = weighted;
                fresh
            })
            .collect();
        self.free(&mut found);
        found
    }

    fn free(&self, values: &mut [f64]) {
        for level in &self.levels {
            let along = product(level, values);
            for (value, level) in values.iter_mut().zip(level) {
                *value -= along * level;
            }
        }
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// One place tried.
#[derive(Clone, Copy)]
struct Tried {
    shape: Shape,
    at: usize,
    effect: f64,
    /// What the change explains of the squares.
    explained: f64,
}

/// The most likely fall of a series within its newest [`WINDOW_POINTS`] points; points by growing
/// place. `None` where there are too few of them, or where they do not vary.
///
/// For the most likely rise, give the values with the opposite sign.
pub fn fall(points: &[Point], search: Search) -> Option<Shift> {
    let points = &points[points.len().saturating_sub(WINDOW_POINTS)..];
    let valid = |point: &Point| point.weight > 0.0 && point.value.is_finite();
    let ordered = points.windows(2).all(|pair| pair[0].place < pair[1].place);
    if !ordered || !points.iter().all(valid) {
        return None;
    }
    let values = tamed(points, search.rhythm);
    let plain = Design::new(points, search.rhythm, 0.0);
    let freedom = points.len().checked_sub(plain.levels.len() + 2)?;
    if freedom < 7 {
        return None;
    }
    let memory = memory(points, &plain, &values, search)?;
    let design = if memory > 0.0 {
        Design::new(points, search.rhythm, memory)
    } else {
        plain
    };
    let values = design.of(&values);
    let total = product(&values, &values);
    let tried = try_all(points, &design, &values, search);
    let best = likeliest(&tried)?;
    let rest = total - best.explained;
    if rest <= 1e-12 * total || total <= 0.0 {
        return None;
    }
    let freedom = of_usize(freedom);
    let student = (best.explained / rest * freedom).sqrt();
    let score = standard(student, freedom) * (1.0 - MEMORY_DOUBT * memory);
    let noise = rest / freedom;
    let believed = tried.iter().filter(|one| {
        one.shape == best.shape
            && one.effect < 0.0
            && (best.explained - one.explained) / noise <= BETWEEN_DEVIANCE
    });
    let places: Vec<i64> = believed.map(|one| points[one.at].place).collect();
    let place = points[best.at].place;
    let between = (
        places.iter().copied().min().unwrap_or(place),
        places.iter().copied().max().unwrap_or(place),
    );
    Some(Shift {
        shape: best.shape,
        place,
        between,
        score,
        effect: best.effect,
        memory,
    })
}

/// The fall that explains most.
fn likeliest(tried: &[Tried]) -> Option<Tried> {
    let falls = tried.iter().filter(|one| one.effect < 0.0).copied();
    falls.max_by(|a, b| a.explained.total_cmp(&b.explained))
}

/// The values, those far from the middle of their level brought nearer (Huber 1964): one odd day
/// must not look like a change, while a change of several days still does.
fn tamed(points: &[Point], rhythm: i64) -> Vec<f64> {
    let rhythm = rhythm.max(1);
    let group = |point: &Point| usize::try_from(point.place.rem_euclid(rhythm)).unwrap_or(0);
    let mut levels = vec![Vec::new(); usize::try_from(rhythm).unwrap_or(1)];
    for point in points {
        levels[group(point)].push(point.value);
    }
    let middles: Vec<f64> = levels.iter_mut().map(|values| median(values)).collect();
    let distance =
        |point: &Point| (point.value - middles[group(point)]).abs() * point.weight.sqrt();
    let mut distances: Vec<f64> = points.iter().map(distance).collect();
    let far = FAR * MEDIAN_TO_DEVIATION * median(&mut distances);
    let nearer = |point: &Point| {
        let (middle, far) = (middles[group(point)], far / point.weight.sqrt());
        middle + (point.value - middle).clamp(-far, far)
    };
    points.iter().map(nearer).collect()
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values {
        [] => 0.0,
        sorted if sorted.len() % 2 == 1 => sorted[sorted.len() / 2],
        sorted => f64::midpoint(sorted[sorted.len() / 2 - 1], sorted[sorted.len() / 2]),
    }
}

fn try_all(points: &[Point], design: &Design, values: &[f64], search: Search) -> Vec<Tried> {
    let mut tried = Vec::new();
    let shapes = [
        (Shape::Step, search.after_step_min),
        (Shape::Drift, search.after_drift_min),
    ];
    let mut regressor = vec![0.0; points.len()];
    for (shape, after_min) in shapes {
        let last = points.len().saturating_sub(after_min.max(1));
        for at in search.before_min..=last {
            if at >= points.len() {
                break;
            }
            fill(&mut regressor, points, shape, at);
            let along = design.of(&regressor);
            let length = product(&along, &along);
            if length <= 1e-9 {
                continue;
            }
            let along = product(&along, values);
            tried.push(Tried {
                shape,
                at,
                effect: along / length,
                explained: along * along / length,
            });
        }
    }
    tried
}

fn fill(regressor: &mut [f64], points: &[Point], shape: Shape, at: usize) {
    let start = points[at].place;
    for (slot, point) in regressor.iter_mut().zip(points) {
        *slot = match shape {
            _ if point.place < start => 0.0,
            Shape::Step => 1.0,
            Shape::Drift => distance(start, point.place) + 1.0,
        };
    }
}

fn distance(from: i64, to: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "places of one window lie close together"
    )]
    let distance = (to - from) as f64;
    distance
}

/// How much of its noise a point passes on to the next, beside the levels and the likeliest change;
/// what fitting them hides is put back.
fn memory(points: &[Point], plain: &Design, values: &[f64], search: Search) -> Option<f64> {
    let values = plain.of(values);
    let best = likeliest(&try_all(points, plain, &values, search))?;
    let mut regressor = vec![0.0; points.len()];
    fill(&mut regressor, points, best.shape, best.at);
    let along = plain.of(&regressor);
    let beside = values.iter().zip(&along);
    let beside: Vec<f64> = beside
        .map(|(value, along)| value - best.effect * along)
        .collect();
    let seen = neighbours(&beside);
    let missed = MEMORY_MISSED * (1.0 + 4.0 * seen) / of_usize(points.len());
    Some((seen + missed + MEMORY_CAUTION).clamp(0.0, MEMORY_MAX))
}

/// How alike neighbours are.
fn neighbours(noise: &[f64]) -> f64 {
    let all = product(noise, noise);
    let pairs: f64 = noise.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if all > 0.0 { pairs / all } else { 0.0 }
}

/// Student's t as a standard normal score (Wallace 1959), good to a few thousandths.
pub(crate) fn standard(student: f64, freedom: f64) -> f64 {
    let wide = (freedom * (student * student / freedom).ln_1p()).sqrt();
    wide * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0)
}

#[cfg(test)]
mod tests;
