//! False alarms and delays of the watch by the hour, on simulated hours.

use variorum_domain::library::{Direction, KpiKind};
use variorum_domain::watch::{Found, Hour, HourSeries, Judgement, Settings, judge_by_hour};

use super::watch::{HELD, RHYTHM, Random, TRAFFIC, YEARLY, number, rounded};
use super::{Options, comment};
use crate::output;

/// Simulated years for false alarms, and falls for delays, of each round.
const YEARS_PER_ROUND: usize = 4;
const FALLS_PER_ROUND: usize = 10;
const DAY: usize = 24;
/// Hours before the first look, those of a year, and those waited for an alarm after a fall.
const BEFORE: usize = 40 * DAY;
const YEAR: usize = 365 * DAY;
const WAIT: usize = 48;
/// Hours that one look is given.
const GIVEN: usize = 39 * DAY;
/// Hours after a false alarm until the rule may tell again.
const PAUSE: usize = 2 * DAY;

/// What the hours of one kind of series look like.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    /// Exposures of an average hour, and the share that converts.
    units: f64,
    share: f64,
    /// Standard deviation of an hour's own luck and of a day's, in relation.
    hour: f64,
    day: f64,
    /// How much of its luck the next hour has.
    memory: f64,
}

const PLAIN: World = World {
    name: "hours_with_100_outcomes",
    units: 500.0,
    share: 0.2,
    hour: 0.05,
    day: 0.0,
    memory: 0.0,
};

const WORLDS: [World; 6] = [
    PLAIN,
    World {
        name: "hours_with_12_outcomes",
        units: 100.0,
        share: 0.12,
        ..PLAIN
    },
    World {
        name: "hours_that_remember_0.3",
        hour: 0.10,
        memory: 0.3,
        ..PLAIN
    },
    World {
        name: "hours_that_remember_0.5",
        hour: 0.10,
        memory: 0.5,
        ..PLAIN
    },
    World {
        name: "hours_that_remember_0.7",
        hour: 0.10,
        memory: 0.7,
        ..PLAIN
    },
    World {
        name: "restless_days_of_hours",
        day: 0.08,
        ..PLAIN
    },
];

/// Traffic by the hour of the day.
const BY_HOUR: [f64; DAY] = [
    0.3, 0.2, 0.15, 0.15, 0.2, 0.4, 0.8, 1.2, 1.3, 1.3, 1.3, 1.4, 1.5, 1.4, 1.3, 1.3, 1.3, 1.4,
    1.6, 1.7, 1.6, 1.3, 0.9, 0.6,
];

fn hours(world: World, seed: u64, count: usize, fall: Option<(usize, f64)>) -> Vec<Hour> {
    let mut random = Random(seed);
    let (mut luck, mut of_day) = (random.normal(), 0.0);
    let mut found = Vec::with_capacity(count);
    for hour in 0..count {
        if hour.is_multiple_of(DAY) {
            of_day = random.normal();
        }
        let fresh = (1.0 - world.memory * world.memory).sqrt() * random.normal();
        luck = world.memory * luck + fresh;
        let left = fall
            .filter(|(from, _)| hour >= *from)
            .map_or(1.0, |(_, part)| 1.0 - part);
        let weekday = hour / DAY % 7;
        // People convert better in the evening.
        let evening = if hour % DAY >= 18 { 1.15 } else { 0.95 };
        let chance = (world.hour * luck + world.day * of_day).exp();
        let share = world.share * RHYTHM[weekday] * evening * chance * left;
        let units = rounded(world.units * TRAFFIC[weekday] * BY_HOUR[hour % DAY]).max(1);
        let total = random.binomial(units, share.min(0.95));
        found.push(Hour {
            hour: i64::try_from(hour).unwrap_or(0),
            units: units.into(),
            outcomes: total.into(),
            total: total.into(),
        });
    }
    found
}

fn told(hours: &[Hour]) -> Option<Found> {
    let series = HourSeries {
        kind: KpiKind::Conversion,
        direction: Direction::Up,
        per_exposure: true,
        hours: hours[hours.len().saturating_sub(GIVEN)..].to_vec(),
    };
    let settings = Settings {
        yearly: YEARLY,
        outcomes_min: 3.0,
    };
    match judge_by_hour(&series, settings) {
        Judgement::Worse(found) => Some(found),
        _ => None,
    }
}

fn false_alarms(world: World, years: usize) -> f64 {
    let mut alarms = 0;
    for year in 0..years {
        let all = hours(world, 99_000 + year as u64, BEFORE + YEAR, None);
        let mut from = BEFORE;
        while from < all.len() {
            if told(&all[..from]).is_some() {
                alarms += 1;
                from += PAUSE;
            }
            from += 1;
        }
    }
    number(alarms) / number(years.max(1) as u64)
}

/// Hours until a fall is told, in the middle of many that begin at any hour of the day; and how often
/// the interval told with it holds the hour in which it began.
fn delay(world: World, part: f64, falls: usize) -> (f64, usize, f64) {
    let mut waits = Vec::new();
    let (mut found, mut held) = (0, 0);
    for fall in 0..falls {
        let from = BEFORE + (fall * 7) % (7 * DAY);
        let all = hours(world, 44_000 + fall as u64, from + WAIT, Some((from, part)));
        if told(&all[..from]).is_some() {
            continue;
        }
        let first = (1..=WAIT).find_map(|past| Some((past, told(&all[..from + past])?)));
        waits.push(first.map_or(WAIT, |one| one.0));
        if let Some(span) = first.and_then(|one| one.1.hours) {
            let from = i64::try_from(from).unwrap_or(0);
            found += 1;
            held += usize::from(span.between.0 <= from && from <= span.between.1);
        }
    }
    waits.sort_unstable();
    let middle = waits.get(waits.len() / 2).copied().unwrap_or(WAIT);
    let share = number(held as u64) / number(found.max(1) as u64);
    (number(middle as u64), found, share)
}

/// Simulates.
pub(super) fn run(options: Options) {
    let (years, falls) = (
        options.rounds * YEARS_PER_ROUND,
        options.rounds * FALLS_PER_ROUND,
    );
    comment(&format!(
        "by the hour: {YEARLY} false alarms a year asked for; {years} years, {falls} falls of each size"
    ));
    comment(
        "hours until a fall of 20 %, 30 %, 50 %, 80 % is told: in the middle; 48 where it is not",
    );
    for world in WORLDS {
        let alarms = false_alarms(world, years);
        let each = [0.2, 0.3, 0.5, 0.8].map(|part| delay(world, part, falls));
        let waits = each.map(|one| format!("{:.0}", one.0)).join(" ");
        output::line(&format!(
            "{} ours false_alarms_a_year {alarms:.3} hours_to_tell {waits}",
            world.name
        ));
        for (part, (_, found, share)) in [20, 30, 50, 80].into_iter().zip(each) {
            output::line(&format!(
                "{}_fall_{part}_interval_holds_the_hour {share:.3} {HELD} {:.2}",
                world.name,
                share / HELD
            ));
            comment(&format!("  of {found} falls that were told"));
        }
    }
}
