//! The yardsticks against slow definitions, and what is found.

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

/// 38 days and some hours; an hour counts more by day, and each hour of the week has its level.
fn points(seed: u64, hours: i64) -> Vec<Point> {
    let values = noise(seed, usize::try_from(hours).unwrap());
    let places = 0..hours;
    let each = places.zip(values).map(|(place, value)| {
        let weight = if (7..22).contains(&place.rem_euclid(24)) {
            0.8
        } else {
            0.3
        };
        let level = 3.0 * of_usize(slot(place)).sin();
        Point {
            place,
            value: level + value / f64::sqrt(weight),
            weight,
        }
    });
    each.collect()
}

const LAST: i64 = 38 * 24 + 15;

#[test]
fn yardsticks_are_those_of_every_stretch_by_itself() {
    let points = points(7, LAST);
    let base = Base::of(&points, LAST - 1).unwrap();
    let until = base_until(LAST - 1);
    assert_eq!(until, 37 * 24);
    let within = |point: &&Point| until - BASE_HOURS <= point.place && point.place < until;
    let all: Vec<&Point> = points.iter().filter(within).collect();
    // Nothing of this noise lies far out, so nothing is brought nearer.
    let left: Vec<(f64, f64)> = all
        .iter()
        .map(|one| {
            let alike = all
                .iter()
                .filter(|other| slot(other.place) == slot(one.place) && other.place != one.place);
            let (value, weight) = alike.fold((0.0, 0.0), |(value, weight), other| {
                (value + other.weight * other.value, weight + other.weight)
            });
            (one.value - value / weight, one.weight)
        })
        .collect();
    for (length, (spread, count)) in LENGTHS.iter().zip(&base.spreads) {
        let sizes = left.windows(*length).map(|stretch| {
            let value: f64 = stretch.iter().map(|one| one.0 * one.1).sum();
            let whole: f64 = stretch.iter().map(|one| one.1).sum();
            value * value / whole
        });
        let sizes: Vec<f64> = sizes.collect();
        let slow = (sizes.iter().sum::<f64>() / of_usize(sizes.len())).sqrt();
        assert!((spread - slow.max(base.hour)).abs() < 1e-6, "{length}");
        assert!((count - 1.5 * 840.0 / of_usize(*length)).abs() < 1e-9);
    }
}

#[test]
fn a_fall_is_found_where_it_began_and_quiet_hours_are_quiet() {
    for seed in 0..10 {
        let mut points = points(seed, LAST);
        let base = Base::of(&points, LAST - 1).unwrap();
        let quiet = base.fall(&points).unwrap();
        assert!(quiet.score < limit(0.001), "{seed}: {quiet:?}");
        for point in &mut points {
            if point.place >= LAST - 8 {
                point.value -= 3.5 / point.weight.sqrt();
            }
        }
        let found = base.fall(&points).unwrap();
        assert!(found.score > limit(0.001), "{seed}: {found:?}");
        assert!((LAST - 10..=LAST - 6).contains(&found.place), "{found:?}");
        assert!(found.between.0 <= found.place && found.place <= found.between.1);
        assert!(found.effect < 0.0);
    }
}

#[test]
fn one_odd_hour_and_a_rise_are_no_falls() {
    let mut points = points(3, LAST);
    let base = Base::of(&points, LAST - 1).unwrap();
    let newest = points.len() - 1;
    points[newest].value -= 100.0;
    let found = base.fall(&points).unwrap();
    assert!(found.score < limit(0.2), "{found:?}");
    for point in &mut points[newest - 10..] {
        point.value += 200.0;
    }
    assert!(base.fall(&points).unwrap().score < limit(0.2));
}

/// A whole day that is good or bad as such widens the yardstick of a day.
#[test]
fn days_of_their_own_are_in_the_yardstick() {
    let mut points = points(5, LAST);
    let plain = Base::of(&points, LAST - 1).unwrap();
    let luck = noise(11, 40);
    for point in &mut points {
        let day = usize::try_from(point.place.div_euclid(24)).unwrap();
        point.value += 0.8 * luck[day];
    }
    let restless = Base::of(&points, LAST - 1).unwrap();
    let wider = |at: usize| restless.spreads[at].0 / plain.spreads[at].0;
    assert!(wider(7) > 1.8, "{}", wider(7));
    assert!(wider(0) < 1.6, "{}", wider(0));
}

#[test]
fn what_cannot_be_judged_is_not() {
    assert!(Base::of(&points(1, 20 * 24), 20 * 24 - 1).is_none());
    let mut flat = points(1, LAST);
    for point in &mut flat {
        point.value = 1.0;
    }
    assert!(Base::of(&flat, LAST - 1).is_none());
    let mut wrong = points(1, LAST);
    wrong[30 * 24].value = f64::NAN;
    assert!(Base::of(&wrong, LAST - 1).is_none());
    let base = Base::of(&points(1, LAST), LAST - 1).unwrap();
    assert_eq!(base.fall(&[]), None);
}
