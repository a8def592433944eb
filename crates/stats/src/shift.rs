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
//! Preconditions: noise that is about symmetric on the scale given, and that
//! remembers little of the day before; what it remembers is estimated and taken off the score.

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
    let wanted = if yearly.is_nan() {
        1e-9
    } else {
        yearly.max(1e-9)
    };
    let [first, .., last] = LIMITS;
    if wanted >= first.0 {
        return first.1;
    }
    for pair in LIMITS.windows(2) {
        let ((more, low), (less, high)) = (pair[0], pair[1]);
        if wanted >= less {
            let part = (more / wanted).ln() / (more / less).ln();
            return low + (high - low) * part;
        }
    }
    last.1 + LIMIT_PER_DECADE * (last.0 / wanted).log10()
}

/// The fall of twice the log-likelihood beyond which a place is no longer believed; meant to hold the
/// true place in 90 of 100 cases of steps that are found, which nobody has measured yet.
const BETWEEN_DEVIANCE: f64 = 6.0;
/// Standard deviations beyond which a value is brought nearer.
const FAR: f64 = 3.0;
/// The standard deviation of normal noise over the median of its distances from the middle.
const MEDIAN_TO_DEVIATION: f64 = 1.482_6;
/// What is fitted takes memory out of the noise that is left: of a series with a level alone about
/// (1 + 4r)/n (Marriott and Pope 1954, Kendall 1954). Beside seven levels and the likeliest of all
/// changes four times as much brings the false alarms of series that remember to those asked for; with
/// noise that remembers nothing it moves no limit.
const MEMORY_MISSED: f64 = 4.0;
/// More memory than this is taken for a change itself.
const MEMORY_MAX: f64 = 0.8;

/// The levels of a rhythm, which each regressor is freed of.
struct Rhythm {
    group: Vec<usize>,
    weight: Vec<f64>,
    whole: Vec<f64>,
}

impl Rhythm {
    fn new(points: &[Point], rhythm: i64) -> Self {
        let rhythm = rhythm.max(1);
        let group_of = |point: &Point| usize::try_from(point.place.rem_euclid(rhythm)).unwrap_or(0);
        let group: Vec<usize> = points.iter().map(group_of).collect();
        let weight: Vec<f64> = points.iter().map(|point| point.weight).collect();
        let mut whole = vec![0.0; usize::try_from(rhythm).unwrap_or(1)];
        for (group, weight) in group.iter().zip(&weight) {
            whole[*group] += weight;
        }
        Self {
            group,
            weight,
            whole,
        }
    }

    fn levels(&self) -> usize {
        self.whole.iter().filter(|weight| **weight > 0.0).count()
    }

    /// What is left of values beside the levels.
    fn free(&self, values: &mut [f64]) {
        let mut sums = vec![0.0; self.whole.len()];
        for ((group, weight), value) in self.group.iter().zip(&self.weight).zip(values.iter()) {
            sums[*group] += weight * value;
        }
        for (group, value) in self.group.iter().zip(values.iter_mut()) {
            *value -= sums[*group] / self.whole[*group];
        }
    }

    fn product(&self, a: &[f64], b: &[f64]) -> f64 {
        let pairs = a.iter().zip(b).zip(&self.weight);
        pairs.map(|((a, b), weight)| a * b * weight).sum()
    }
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
    let rhythm = Rhythm::new(points, search.rhythm);
    let freedom = points.len().checked_sub(rhythm.levels() + 2)?;
    let mut values = tamed(points, &rhythm);
    rhythm.free(&mut values);
    let total = rhythm.product(&values, &values);
    let tried = try_all(points, &rhythm, &values, search);
    let falls = tried.iter().filter(|one| one.effect < 0.0);
    let best = falls
        .copied()
        .max_by(|a, b| a.explained.total_cmp(&b.explained))?;
    let rest = total - best.explained;
    if freedom < 7 || rest <= 1e-12 * total || total <= 0.0 {
        return None;
    }
    let memory = memory(points, &rhythm, &values, best);
    let freedom = of_usize(freedom);
    let student = (best.explained / rest * freedom).sqrt();
    let score = standard(student, freedom) * ((1.0 - memory) / (1.0 + memory)).sqrt();
    let noise = rest / freedom * (1.0 + memory) / (1.0 - memory);
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

/// The values, those far from the middle of their level brought nearer (Huber 1964): one odd day
/// must not look like a change, while a change of several days still does.
fn tamed(points: &[Point], rhythm: &Rhythm) -> Vec<f64> {
    let mut levels = vec![Vec::new(); rhythm.whole.len()];
    for (point, group) in points.iter().zip(&rhythm.group) {
        levels[*group].push(point.value);
    }
    let middles: Vec<f64> = levels.iter_mut().map(|values| median(values)).collect();
    let distance = |(point, group): (&Point, &usize)| {
        (point.value - middles[*group]).abs() * point.weight.sqrt()
    };
    let mut distances: Vec<f64> = points.iter().zip(&rhythm.group).map(distance).collect();
    let far = FAR * MEDIAN_TO_DEVIATION * median(&mut distances);
    points
        .iter()
        .zip(&rhythm.group)
        .map(|(point, group)| {
            let far = far / point.weight.sqrt();
            middles[*group] + (point.value - middles[*group]).clamp(-far, far)
        })
        .collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values {
        [] => 0.0,
        sorted if sorted.len() % 2 == 1 => sorted[sorted.len() / 2],
        sorted => f64::midpoint(sorted[sorted.len() / 2 - 1], sorted[sorted.len() / 2]),
    }
}

fn try_all(points: &[Point], rhythm: &Rhythm, values: &[f64], search: Search) -> Vec<Tried> {
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
            rhythm.free(&mut regressor);
            let length = rhythm.product(&regressor, &regressor);
            if length <= 1e-9 {
                continue;
            }
            let along = rhythm.product(&regressor, values);
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

/// How alike neighbouring noise is, beside the levels and the change; what fitting them hides is put
/// back.
fn memory(points: &[Point], rhythm: &Rhythm, values: &[f64], best: Tried) -> f64 {
    let mut regressor = vec![0.0; points.len()];
    fill(&mut regressor, points, best.shape, best.at);
    rhythm.free(&mut regressor);
    let noise: Vec<f64> = values
        .iter()
        .zip(&regressor)
        .zip(&rhythm.weight)
        .map(|((value, along), weight)| (value - best.effect * along) * weight.sqrt())
        .collect();
    let all: f64 = noise.iter().map(|value| value * value).sum();
    let neighbours: f64 = noise.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if all > 0.0 {
        let seen = neighbours / all;
        let missed = MEMORY_MISSED * (1.0 + 4.0 * seen) / of_usize(points.len());
        (seen + missed).clamp(0.0, MEMORY_MAX)
    } else {
        0.0
    }
}

/// Student's t as a standard normal score (Wallace 1959), good to a few thousandths.
fn standard(student: f64, freedom: f64) -> f64 {
    let wide = (freedom * (student * student / freedom).ln_1p()).sqrt();
    wide * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::special::normal;

    /// Repeatable normal noise (SplitMix64 through the inverse of the normal distribution).
    fn noise(seed: u64, count: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            normal::quantile((crate::number::of_u64(mixed >> 11) + 0.5) / 2.0_f64.powi(53))
        };
        (0..count).map(|_| next()).collect()
    }

    fn points(values: &[f64]) -> Vec<Point> {
        let place = |place: usize| i64::try_from(place).unwrap();
        let each = values.iter().enumerate();
        each.map(|(at, value)| Point {
            place: place(at),
            value: *value,
            weight: 1.0,
        })
        .collect()
    }

    /// The slow way: least squares with all levels and the regressor at once, by normal equations.
    fn student(points: &[Point], regressor: &[f64]) -> f64 {
        let size = 8;
        let mut system = vec![vec![0.0; size + 1]; size];
        let row = |point: &Point, along: f64| {
            let mut row = vec![0.0; size];
            row[usize::try_from(point.place.rem_euclid(7)).unwrap()] = 1.0;
            row[7] = along;
            row
        };
        for (point, along) in points.iter().zip(regressor) {
            let row = row(point, *along);
            for i in 0..size {
                for j in 0..size {
                    system[i][j] += point.weight * row[i] * row[j];
                }
                system[i][size] += point.weight * row[i] * point.value;
            }
        }
        let mut inverse = system.clone();
        for (at, row) in inverse.iter_mut().enumerate() {
            row.truncate(size);
            row.extend((0..size).map(|other| f64::from(u8::from(at == other))));
        }
        for pivot in 0..size {
            let scale = inverse[pivot][pivot];
            inverse[pivot].iter_mut().for_each(|value| *value /= scale);
            let pivot_row = inverse[pivot].clone();
            for (at, row) in inverse.iter_mut().enumerate() {
                let factor = row[pivot];
                if at != pivot {
                    for (value, above) in row.iter_mut().zip(&pivot_row) {
                        *value -= factor * above;
                    }
                }
            }
        }
        let solved: Vec<f64> = (0..size)
            .map(|at| {
                (0..size)
                    .map(|j| inverse[at][size + j] * system[j][size])
                    .sum()
            })
            .collect();
        let rest: f64 = points
            .iter()
            .zip(regressor)
            .map(|(point, along)| {
                let fitted: f64 = row(point, *along)
                    .iter()
                    .zip(&solved)
                    .map(|(a, b)| a * b)
                    .sum();
                point.weight * (point.value - fitted) * (point.value - fitted)
            })
            .sum();
        let freedom = of_usize(points.len() - size);
        solved[7] / (rest / freedom * inverse[7][size + 7]).sqrt()
    }

    proptest! {
        #[test]
        fn the_statistic_is_that_of_least_squares(seed in 0_u64..1_000, at in 30_usize..60) {
            let mut points = points(&noise(seed, 70));
            for (place, point) in points.iter_mut().enumerate() {
                point.weight = 1.0 + of_usize(place % 3);
            }
            let rhythm = Rhythm::new(&points, 7);
            let mut values: Vec<f64> = points.iter().map(|point| point.value).collect();
            rhythm.free(&mut values);
            let tried = try_all(&points, &rhythm, &values, Search::default());
            let total = rhythm.product(&values, &values);
            for shape in [Shape::Step, Shape::Drift] {
                let mut regressor = vec![0.0; points.len()];
                fill(&mut regressor, &points, shape, at);
                let slow = student(&points, &regressor);
                let fast = tried.iter().find(|one| one.shape == shape && one.at == at).unwrap();
                let freedom = of_usize(points.len() - 8);
                let size = (fast.explained / (total - fast.explained) * freedom).sqrt();
                prop_assert!((size * fast.effect.signum() - slow).abs() < 1e-6 * (1.0 + slow.abs()));
            }
        }

        #[test]
        fn levels_and_scale_of_a_series_change_nothing(
            seed in 0_u64..1_000,
            level in proptest::collection::vec(-50.0..50.0_f64, 7),
            scale in 0.01..100.0_f64,
        ) {
            let values = noise(seed, 84);
            let moved: Vec<f64> = values
                .iter()
                .enumerate()
                .map(|(at, value)| scale * value + level[at % 7])
                .collect();
            let score = |values: &[f64]| {
                fall(&points(values), Search::default()).map_or((0.0, 0), |one| (one.score, one.place))
            };
            let (plain, other) = (score(&values), score(&moved));
            prop_assert!((plain.0 - other.0).abs() < 1e-6);
            prop_assert_eq!(plain.1, other.1);
        }
    }

    #[test]
    fn steps_and_drifts_are_found_where_they_are() {
        for seed in 0..20 {
            let mut values = noise(seed, 80);
            for value in &mut values[60..] {
                *value -= 3.0;
            }
            let found = fall(&points(&values), Search::default()).unwrap();
            assert!(found.score > limit(0.001), "{found:?}");
            assert!((58..=62).contains(&found.place), "{found:?}");
            assert!(found.between.0 <= found.place && found.place <= found.between.1);

            let mut values = noise(seed, 84);
            for (past, value) in values[50..].iter_mut().enumerate() {
                *value -= 0.15 * of_usize(past);
            }
            let found = fall(&points(&values), Search::default()).unwrap();
            assert!(found.score > limit(0.001), "{found:?}");
        }
    }

    #[test]
    fn a_rise_is_no_fall() {
        let mut values = noise(3, 80);
        for value in &mut values[60..] {
            *value += 4.0;
        }
        let found = fall(&points(&values), Search::default());
        assert!(found.is_none_or(|one| one.score < limit(0.1)), "{found:?}");
    }

    #[test]
    fn limits_grow_as_fewer_false_alarms_are_wanted() {
        let yearly = [2.0, 0.693, 0.3, 0.1, 0.04, 0.01, 0.003, 0.001, 1e-4, 1e-6];
        let limits: Vec<f64> = yearly.into_iter().map(limit).collect();
        assert!(
            limits.windows(2).all(|pair| pair[0] <= pair[1]),
            "{limits:?}"
        );
        assert!((limit(0.0) - limit(1e-9)).abs() < 1e-12 && limit(f64::NAN).is_finite());
    }

    #[test]
    fn what_cannot_be_judged_is_not() {
        let search = Search::default();
        assert_eq!(fall(&points(&noise(1, 20)), search), None);
        assert_eq!(fall(&points(&[1.0; 60]), search), None);
        let mut wrong = points(&noise(1, 60));
        wrong.swap(3, 4);
        assert_eq!(fall(&wrong, search), None);
        let mut wrong = points(&noise(1, 60));
        wrong[5].value = f64::NAN;
        assert_eq!(fall(&wrong, search), None);
    }
}
