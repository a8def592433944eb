//! False alarms and delays of the regression watch, beside two rules that are often used instead, all
//! on the same simulated days. Nothing is timed; the figures depend on the number of rounds only.

use anyhow::Result;
use variorum_domain::library::{Direction, KpiKind};
use variorum_domain::watch::{Day, DaySeries, Found, Judgement, Settings, judge};

use super::{Options, comment};
use crate::output;

/// Simulated years for false alarms, and falls for delays, of each round.
const YEARS_PER_ROUND: usize = 20;
const FALLS_PER_ROUND: usize = 10;
/// Days before the year that is looked at, and days waited for an alarm after a fall.
const BEFORE: usize = 90;
const YEAR: usize = 365;
const WAIT: usize = 60;
/// Days that a rule has seen before it may tell anything.
const SEEN_MIN: usize = 56;
/// False alarms of one series in a year that are asked for: one a year among twenty series.
pub(super) const YEARLY: f64 = 0.05;
/// The share of intervals that is meant to hold the day of the change.
pub(super) const HELD: f64 = 0.9;

/// Repeatable chance (SplitMix64; Steele, Lea and Flood 2014).
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let high = u32::try_from(mixed >> 32).unwrap_or(0);
        (f64::from(high) + 0.5) / 4_294_967_296.0
    }

    pub(super) fn normal(&mut self) -> f64 {
        let (a, b) = (self.next(), self.next());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// Binomial: drawn one by one where it is small, else by a normal with the same moments.
    pub(super) fn binomial(&mut self, units: u32, share: f64) -> u32 {
        let mean = f64::from(units) * share;
        if mean > 60.0 {
            let drawn = mean + (mean * (1.0 - share)).sqrt() * self.normal();
            return rounded(drawn.clamp(0.0, f64::from(units)));
        }
        let hits = (0..units).filter(|_| self.next() < share).count();
        u32::try_from(hits).unwrap_or(units)
    }
}

pub(super) fn rounded(value: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a day"
    )]
    let whole = value.round() as u32;
    whole
}

/// What the days of one kind of series look like.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    units: u32,
    share: f64,
    /// Standard deviation of a day's own luck, in relation.
    day: f64,
    /// How much of that luck the next day has.
    memory: f64,
}

const WORLDS: [World; 6] = [
    World {
        name: "conversions_400_a_day",
        units: 2_000,
        share: 0.2,
        day: 0.04,
        memory: 0.0,
    },
    World {
        name: "conversions_12_a_day",
        units: 300,
        share: 0.04,
        day: 0.04,
        memory: 0.0,
    },
    World {
        name: "restless_days",
        units: 2_000,
        share: 0.2,
        day: 0.12,
        memory: 0.0,
    },
    World {
        name: "days_that_remember",
        units: 2_000,
        share: 0.2,
        day: 0.10,
        memory: 0.3,
    },
    World {
        name: "days_that_remember_much",
        units: 2_000,
        share: 0.2,
        day: 0.10,
        memory: 0.5,
    },
    World {
        name: "days_that_remember_most",
        units: 2_000,
        share: 0.2,
        day: 0.10,
        memory: 0.7,
    },
];
/// Days over which a drift loses its part; it stays lost then.
const DRIFT_DAYS: f64 = 28.0;

/// What is lost, and how.
#[derive(Clone, Copy)]
struct Loss {
    part: f64,
    drifts: bool,
}

impl Loss {
    fn step(part: f64) -> Self {
        Self {
            part,
            drifts: false,
        }
    }

    /// What is left of the share so many days after the change began.
    fn left(self, days: usize) -> f64 {
        let reached = if self.drifts {
            (number(days as u64 + 1) / DRIFT_DAYS).min(1.0)
        } else {
            1.0
        };
        1.0 - self.part * reached
    }
}

/// Weekly rhythm of traffic and of the share.
pub(super) const TRAFFIC: [f64; 7] = [1.0, 1.05, 1.1, 1.0, 0.95, 0.6, 0.55];
pub(super) const RHYTHM: [f64; 7] = [1.0, 1.02, 1.0, 0.97, 0.95, 1.15, 1.2];

fn days(world: World, seed: u64, count: usize, loss: Option<Loss>) -> Vec<Day> {
    let mut random = Random(seed);
    let mut luck = 0.0;
    let mut found = Vec::with_capacity(count);
    for day in 0..count {
        let fresh = (1.0 - world.memory * world.memory).sqrt() * random.normal();
        luck = world.memory * luck + fresh;
        let since = day.checked_sub(BEFORE);
        let left = loss.zip(since).map_or(1.0, |(loss, days)| loss.left(days));
        let share = world.share * RHYTHM[day % 7] * (world.day * luck).exp() * left;
        let units = rounded(f64::from(world.units) * TRAFFIC[day % 7]);
        let total = random.binomial(units, share.min(0.95));
        found.push(Day {
            day: i64::try_from(day).unwrap_or(0),
            units: units.into(),
            outcomes: total.into(),
            total: total.into(),
        });
    }
    found
}

/// A rule that looks at all days so far once a day.
type Rule = fn(&[Day]) -> bool;

fn ours(days: &[Day]) -> bool {
    found(days).is_some()
}

fn found(days: &[Day]) -> Option<Found> {
    let series = DaySeries {
        kind: KpiKind::Conversion,
        direction: Direction::Up,
        per_exposure: true,
        days: days[days.len().saturating_sub(84)..].to_vec(),
    };
    let settings = Settings {
        yearly: YEARLY,
        outcomes_min: 3.0,
    };
    match judge(&series, settings) {
        Judgement::Worse(found) => Some(found),
        _ => None,
    }
}

/// Of falls that are told, the share whose day lies in the interval of days that is told with the
/// alarm, and how many were told.
fn held(world: World, part: f64, falls: usize) -> (f64, usize) {
    let (mut told, mut held) = (0, 0);
    let day = i64::try_from(BEFORE).unwrap_or(0);
    for fall in 0..falls {
        let all = days(
            world,
            33_000 + fall as u64,
            BEFORE + WAIT,
            Some(Loss::step(part)),
        );
        if ours(&all[..BEFORE]) {
            continue;
        }
        let first = (1..=WAIT).find_map(|past| found(&all[..BEFORE + past]));
        if let Some(Found { between, .. }) = first {
            told += 1;
            held += usize::from(between.0 <= day && day <= between.1);
        }
    }
    (number(held as u64) / number(told.max(1) as u64), told)
}

pub(super) fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn rate(day: &Day) -> f64 {
    number(day.outcomes) / number(day.units.max(1))
}

fn moments(days: &[Day]) -> (f64, f64) {
    let count = number(days.len() as u64);
    let mean = days.iter().map(rate).sum::<f64>() / count;
    let squares: f64 = days.iter().map(|day| (rate(day) - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

/// Yesterday is more than three standard deviations below the four weeks before it.
fn three_sigma(days: &[Day]) -> bool {
    let Some((last, before)) = days.split_last() else {
        return false;
    };
    let (mean, deviation) = moments(&before[before.len().saturating_sub(28)..]);
    rate(last) < mean - 3.0 * deviation
}

/// A one-sided CUSUM (Page 1954) with k = 0.5 and h = 5 on the mean and deviation of the first four
/// weeks.
fn fixed_cusum(days: &[Day]) -> bool {
    let (mean, deviation) = moments(&days[..28.min(days.len())]);
    let mut sum: f64 = 0.0;
    for day in days.iter().skip(28) {
        sum = (sum + (mean - rate(day)) / deviation - 0.5).max(0.0);
    }
    sum > 5.0
}

/// False alarms a year: after each one the rule begins anew with the days that follow.
fn false_alarms(world: World, rule: Rule, years: usize) -> f64 {
    let mut alarms = 0;
    for year in 0..years {
        let all = days(world, 77_000 + year as u64, BEFORE + YEAR, None);
        let mut from = 0;
        for until in BEFORE..all.len() {
            if until - from >= SEEN_MIN && rule(&all[from..until]) {
                alarms += 1;
                from = until;
            }
        }
    }
    number(alarms) / number(years.max(1) as u64)
}

/// Days until the alarm after a fall, in the middle of many; the wait where it does not come. Falls
/// that a false alarm came before are left out.
fn delay(world: World, rule: Rule, loss: Loss, falls: usize) -> f64 {
    let mut waits: Vec<usize> = (0..falls)
        .filter_map(|fall| {
            let all = days(world, 55_000 + fall as u64, BEFORE + WAIT, Some(loss));
            let first = (1..=WAIT).find(|past| rule(&all[..BEFORE + past]));
            (!rule(&all[..BEFORE])).then_some(first.unwrap_or(WAIT))
        })
        .collect();
    waits.sort_unstable();
    number(waits.get(waits.len() / 2).copied().unwrap_or(WAIT) as u64)
}

/// Simulates.
#[expect(clippy::unnecessary_wraps, reason = "as the other benches")]
pub(super) fn run(options: Options) -> Result<()> {
    let (years, falls) = (
        options.rounds * YEARS_PER_ROUND,
        options.rounds * FALLS_PER_ROUND,
    );
    comment(&format!(
        "asked for: {YEARLY} false alarms a year of one series; {years} years, {falls} falls of each size"
    ));
    comment(
        "days until a fall of 10 %, 20 %, 30 %, 50 % is told: in the middle; 60 where it is not",
    );
    comment("the same of a drift that loses as much within four weeks");
    comment("ours: change-point model (Hawkins, Qiu, Kang 2003) on weekdays, limit by simulation");
    comment("three_sigma: yesterday against four weeks; fixed_cusum: k 0.5, h 5, first four weeks");
    let rules: [(&str, Rule); 3] = [
        ("ours", ours),
        ("three_sigma", three_sigma),
        ("fixed_cusum", fixed_cusum),
    ];
    for world in WORLDS {
        for (name, rule) in rules {
            let alarms = false_alarms(world, rule, years);
            let told = |drifts: bool| {
                let parts = [0.1, 0.2, 0.3, 0.5].into_iter();
                let days = parts.map(|part| delay(world, rule, Loss { part, drifts }, falls));
                days.map(|days| format!("{days:.0}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            output::line(&format!(
                "{} {name} false_alarms_a_year {alarms:.3} days_to_tell {} of_a_drift {}",
                world.name,
                told(false),
                told(true)
            ));
        }
        for part in [0.2, 0.3, 0.5] {
            let (share, told) = held(world, part, falls);
            output::line(&format!(
                "{}_fall_{:.0}_interval_holds_the_day {share:.3} {HELD} {:.2}",
                world.name,
                part * 100.0,
                share / HELD
            ));
            comment(&format!("  of {told} falls that were told"));
        }
    }
    super::watch_hours::run(options);
    Ok(())
}
