//! The statistic against slow definitions, and what it finds.

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
        let design = Design::new(&points, 7, 0.0);
        let values: Vec<f64> = points.iter().map(|point| point.value).collect();
        let values = design.of(&values);
        let tried = try_all(&points, &design, &values, Search::default());
        let total = product(&values, &values);
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

/// The slow way with memory: generalised least squares with the whole covariance, by Cholesky.
fn squares_left(points: &[Point], columns: &[Vec<f64>], memory: f64) -> f64 {
    let count = points.len();
    let mut root = vec![vec![0.0; count]; count];
    for i in 0..count {
        for j in 0..=i {
            let alike = memory.powf(distance(points[j].place, points[i].place))
                / (1.0 - memory * memory)
                / (points[i].weight * points[j].weight).sqrt();
            let before: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
            root[i][j] = if i == j {
                (alike - before).sqrt()
            } else {
                (alike - before) / root[j][j]
            };
        }
    }
    let solve = |values: &[f64]| {
        let mut solved = vec![0.0; count];
        for i in 0..count {
            let before: f64 = (0..i).map(|k| root[i][k] * solved[k]).sum();
            solved[i] = (values[i] - before) / root[i][i];
        }
        solved
    };
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let mut left = solve(&values);
    let mut taken: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        let mut column = solve(column);
        for known in &taken {
            let along = product(known, &column);
            for (one, known) in column.iter_mut().zip(known) {
                *one -= along * known;
            }
        }
        let length = product(&column, &column).sqrt();
        for one in &mut column {
            *one /= length;
        }
        let along = product(&column, &left);
        for (one, known) in left.iter_mut().zip(&column) {
            *one -= along * known;
        }
        taken.push(column);
    }
    product(&left, &left)
}

#[test]
fn with_memory_it_is_generalised_least_squares() {
    for (seed, memory, at) in [(1, 0.3, 40), (2, 0.6, 55), (3, 0.85, 58)] {
        let mut points = points(&noise(seed, 70));
        for (place, point) in points.iter_mut().enumerate() {
            point.weight = 1.0 + of_usize(place % 3);
            // Days are missing.
            point.place += i64::try_from(place / 20 * 2).unwrap();
        }
        let design = Design::new(&points, 7, memory);
        let values: Vec<f64> = points.iter().map(|point| point.value).collect();
        let values = design.of(&values);
        let tried = try_all(&points, &design, &values, Search::default());
        let level = |group: i64| {
            let is_in = points
                .iter()
                .map(|point| point.place.rem_euclid(7) == group);
            is_in
                .map(|is_in| f64::from(u8::from(is_in)))
                .collect::<Vec<f64>>()
        };
        let mut columns: Vec<Vec<f64>> = (0..7).map(level).collect();
        let without = squares_left(&points, &columns, memory);
        assert!((product(&values, &values) - without).abs() < 1e-6 * without);
        for shape in [Shape::Step, Shape::Drift] {
            let mut regressor = vec![0.0; points.len()];
            fill(&mut regressor, &points, shape, at);
            columns.push(regressor);
            let slow = without - squares_left(&points, &columns, memory);
            columns.pop();
            let of_it = |one: &&Tried| one.shape == shape && one.at == at;
            let fast = tried.iter().find(of_it).unwrap().explained;
            assert!((fast - slow).abs() < 1e-6 * without, "{fast} {slow}");
        }
    }
}

#[test]
fn memory_is_seen_and_neither_made_of_a_fall_nor_lost() {
    let remembers = |seed: u64, memory: f64, fall: f64| {
        let mut luck = 0.0;
        let mut values = noise(seed, 84);
        for (place, value) in values.iter_mut().enumerate() {
            luck = memory * luck + (1.0 - memory * memory).sqrt() * *value;
            *value = if place >= 74 { luck - fall } else { luck };
        }
        fall_of(&values).map_or(0.0, |one| one.memory)
    };
    let middle = |memory: f64, fall: f64| {
        let mut seen: Vec<f64> = (0..41).map(|seed| remembers(seed, memory, fall)).collect();
        median(&mut seen)
    };
    for (memory, fall, least, most) in [
        (0.0, 0.0, 0.05, 0.25),
        (0.5, 0.0, 0.45, 0.7),
        (0.0, 3.0, 0.05, 0.25),
        (0.5, 3.0, 0.4, 0.7),
    ] {
        let seen = middle(memory, fall);
        assert!((least..=most).contains(&seen), "{memory} {fall}: {seen}");
    }
}

fn fall_of(values: &[f64]) -> Option<Shift> {
    fall(&points(values), Search::default())
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
