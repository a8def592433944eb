//! Everything that is summed as events arrive, against slow sums over the raw events: after any
//! interleaving, repetition, restart and rebuilding, to the last integer.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use variorum_app::analysis::{AskCohorts, AskRetention, AskSeries, cohorts, retention, series};
use variorum_app::erasure::{EraseUnit, erase_unit};
use variorum_app::events::settle;
use variorum_app::rollouts::{self, NewArm};
use variorum_app::{columns, events, releases, watch};
use variorum_domain::analysis::Grain;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::library::{Kpi, KpiKind};
use variorum_domain::rollout::{Plan, Rollout, equal_shares};
use variorum_domain::watch::{Subject, day_number};
use variorum_stats::moments::Arm;

use crate::measure::send;
use crate::restore::{PROMPT, plan, start, two_releases};
use crate::world::{START, World};

const DAY: i64 = 86_400;
/// Where totals of `amount` are cut.
const CAP: i64 = 1_200;
const SETTINGS: &str = "title: Acme\nenvironments: [production, preview]\nkpis:\n  - {id: order, kind: conversion, window_days: 3}\n  - {id: amount, kind: value, winsorise: 1200, window_days: 4}\n  - {id: click, kind: count, window_days: 2}\n  - {id: basket, kind: ratio, numerator: amount, denominator: order, window_days: 3}\n";
const PROMPTS: [&str; 2] = ["email/welcome", "email/other"];

/// What is done between questions.
#[derive(Debug, Clone)]
enum Act {
    /// New events, and some that were sent before.
    Send(Vec<u32>),
    /// All events of a batch once more, the other way round.
    Again(usize),
    /// The columns catch up.
    Refresh,
    /// The columns are made anew.
    Rebuild,
    Restart,
    /// A unit is erased.
    Erase(u8),
    /// Sums over time are asked for, and kept.
    Ask,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => prop::collection::vec(any::<u32>(), 1..70).prop_map(Act::Send),
        2 => any::<usize>().prop_map(Act::Again),
        2 => Just(Act::Refresh),
        1 => Just(Act::Rebuild),
        1 => Just(Act::Restart),
        1 => (0..14_u8).prop_map(Act::Erase),
        4 => Just(Act::Ask),
    ]
}

fn event(seed: u32) -> Event {
    let digit = |place: u32, base: u32| seed.rotate_right(place).wrapping_mul(0x9E37_79B1) % base;
    let is_exposure = digit(3, 2) == 0;
    let in_rollout = is_exposure && digit(17, 4) > 0;
    let kpi = ["order", "amount", "click"][digit(13, 3) as usize];
    Event {
        id: format!("e{seed}"),
        kind: if is_exposure {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time: START.plus_seconds(3_600 * i64::from(digit(7, 20 * 24))),
        unit: format!("unit-{}", digit(11, 14)),
        prompt: PROMPTS[usize::from(digit(29, 4) == 0)].into(),
        rollout: in_rollout.then_some(RolloutNumber(1)),
        arm: in_rollout.then_some(u8::try_from(digit(19, 3)).unwrap()),
        kpi: if is_exposure { "" } else { kpi }.into(),
        value: match (is_exposure, kpi) {
            (true, _) => 0,
            (false, "amount") => i64::from(digit(23, 900)) + 1,
            (false, _) => 1,
        },
        channel: ["", "email", "web"][digit(5, 3) as usize].into(),
        attributes: match digit(2, 4) {
            0 => String::new(),
            region => format!(r#"{{"region":"r{region}"}}"#),
        },
    }
}

/// A rollout of three arms that begins on the fifth day and measures a ratio with both its parts.
async fn begun(world: &World) -> Rollout {
    two_releases(world).await;
    let other = PROMPT.replace("Write to", "Write kindly to");
    let files = [
        ("prompts/email/welcome.prompt", other.as_str()),
        ("library.yaml", SETTINGS),
    ];
    world.save("Third", &files).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    let colder = PROMPT.replace("Write to", "Write coldly to");
    let files = [("prompts/email/welcome.prompt", colder.as_str())];
    world.save("Fourth", &files).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "four")
        .await
        .unwrap();
    world.clock.set(START.plus_seconds(5 * DAY));
    let plan = Plan {
        weights_bp: equal_shares(3),
        external_assignment: true,
        goal: Some("basket".into()),
        ..plan(Vec::new())
    };
    let cmd = rollouts::StartRollout {
        treatments: vec![NewArm::of(ReleaseNumber(3)), NewArm::of(ReleaseNumber(4))],
        prompt: Some(PROMPTS[0].into()),
        ..start(3, plan)
    };
    let rollout = rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap();
    world.clock.set(START.plus_seconds(20 * DAY + 7_200));
    rollout
}

fn micros(seconds: i64) -> i64 {
    seconds * 1_000_000
}

/// The events of each unit in order of time, those of one moment as they came.
fn by_unit(events: &[Event]) -> BTreeMap<&str, Vec<&Event>> {
    let mut units: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        units.entry(&event.unit).or_default().push(event);
    }
    for of_unit in units.values_mut() {
        of_unit.sort_by_key(|event| event.time);
    }
    units
}

fn total(events: &[&Event], kpi: &str, (from, seconds): (Time, i64), cap: i64) -> i64 {
    let counts = |event: &&&Event| {
        event.kpi == kpi && from <= event.time && event.time <= from.plus_seconds(seconds)
    };
    let sum: i64 = events.iter().filter(counts).map(|event| event.value).sum();
    if kpi == "order" {
        i64::from(sum > 0)
    } else {
        sum.min(cap)
    }
}

/// The first exposure of a unit in the rollout: when, and to which arm.
fn assigned<'e>(events: &[&'e Event]) -> Option<&'e Event> {
    let exposed = events.iter().filter(|event| event.rollout.is_some());
    let first = exposed.clone().map(|event| (event.time, event.arm)).min()?;
    let mut exposed = exposed.filter(|event| (event.time, event.arm) == first);
    exposed.next().copied()
}

/// Sums of two amounts of each unit: n, both sums, both sums of squares, and that of products.
type Pair = (u64, i128, i128, i128, i128, i128);

fn add(pair: &mut Pair, a: i64, b: i64) {
    let (a, b) = (i128::from(a), i128::from(b));
    *pair = (
        pair.0 + 1,
        pair.1 + a,
        pair.2 + a * a,
        pair.3 + b,
        pair.4 + b * b,
        pair.5 + a * b,
    );
}

async fn rollout_sums_agree(world: &World, model: &[Event]) {
    let seen = rollouts::get(&world.ctx, &world.admin, RolloutNumber(1))
        .await
        .unwrap();
    let mut expected: BTreeMap<(&str, u8), Pair> = BTreeMap::new();
    for kpi in ["order", "amount", "basket"] {
        for arm in 0..3 {
            expected.insert((kpi, arm), Pair::default());
        }
    }
    for events in by_unit(model).values() {
        let Some(first) = assigned(events) else {
            continue;
        };
        let arm = first.arm.unwrap();
        let of = |kpi: &str, days: i64| total(events, kpi, (first.time, days * DAY), CAP);
        add(
            expected.get_mut(&("order", arm)).unwrap(),
            of("order", 3),
            0,
        );
        add(
            expected.get_mut(&("amount", arm)).unwrap(),
            of("amount", 4),
            0,
        );
        let both = expected.get_mut(&("basket", arm)).unwrap();
        add(both, of("amount", 3), of("order", 3));
    }
    let Some(measured) = seen.measurement else {
        assert!(model.is_empty(), "nothing measured");
        return;
    };
    for kpi in &measured.reading.kpis {
        for arm in 0..3 {
            let found = kpi.arm(arm).unwrap();
            let told = expected[&(kpi.kpi.as_str(), arm)];
            let sums = (found.units, found.sum.clone(), found.sum_of_squares.clone());
            let slow = (told.0, told.1.to_string(), told.2.to_string());
            assert_eq!(sums, slow, "{} of arm {arm}", kpi.kpi);
            if let Some(divisor) = &found.divisor {
                let sums = [
                    &divisor.sum,
                    &divisor.sum_of_squares,
                    &divisor.sum_of_products,
                ];
                let slow = [told.3, told.4, told.5].map(|sum| sum.to_string());
                assert_eq!(sums, slow.each_ref(), "divisor of arm {arm}");
            }
        }
        assert_eq!(kpi.arm(0).unwrap().divisor.is_some(), kpi.kpi == "basket");
    }
}

/// The channel or region of an exposure as lines and cohorts are called.
fn named(event: &Event, by: &str) -> String {
    let text = if by == "channel" {
        event.channel.clone()
    } else {
        let fields: serde_json::Value = serde_json::from_str(&event.attributes).unwrap_or_default();
        fields[by].as_str().unwrap_or_default().to_owned()
    };
    if text.is_empty() {
        "(not recorded)".into()
    } else {
        text
    }
}

fn version(rollout: &Rollout, event: &Event) -> String {
    let arm = event.arm.unwrap_or(0);
    format!("v{}", rollout.version_of(arm).unwrap())
}

type Points = BTreeMap<(String, i64), Arm>;

fn slow_points(
    (model, rollout): (&[Event], &Rollout),
    (kpi, days): (&str, i64),
    ask: &AskSeries,
    from: Time,
) -> Points {
    let mut points = Points::new();
    for events in by_unit(model).values() {
        let mut open = i64::MIN;
        for event in events {
            let is_it = event.kind == EventKind::Exposure
                && ask
                    .prompt
                    .as_deref()
                    .is_none_or(|asked| asked == event.prompt)
                && event.time.0 > open;
            if !is_it {
                continue;
            }
            open = event.time.0 + micros(days * DAY);
            let length = ask.grain.us();
            let at = event.time.0.div_euclid(length) * length;
            if at < from.0 {
                continue;
            }
            let line = match ask.by.as_deref() {
                None => String::new(),
                Some("version") => version(rollout, event),
                Some(by) => named(event, by),
            };
            let total = total(events, kpi, (event.time, days * DAY), i64::MAX);
            points.entry((line, at)).or_default().add_unit(total);
        }
    }
    points
}

async fn series_agree(world: &World, rollout: &Rollout, model: &[Event]) {
    let asks = [
        ("order", 3, None, None, Grain::Day),
        ("amount", 4, None, Some("channel"), Grain::Day),
        ("click", 2, Some(PROMPTS[1]), Some("region"), Grain::Hour),
        ("order", 3, Some(PROMPTS[0]), Some("version"), Grain::Day),
    ];
    for (kpi, days, prompt, by, grain) in asks {
        if by == Some("region") && !model.iter().any(|event| !event.attributes.is_empty()) {
            continue;
        }
        let ask = AskSeries {
            kpi: kpi.into(),
            prompt: prompt.map(str::to_owned),
            by: by.map(str::to_owned),
            from: (grain == Grain::Hour).then(|| START.plus_seconds(6 * DAY + 1_800)),
            until: None,
            grain,
        };
        let found = series(&world.ctx, &world.admin, &ask).await.unwrap();
        assert_eq!(found.missing, 0);
        let mut told = Points::new();
        for line in found.lines {
            for point in line.series.points {
                told.insert((line.label.clone(), point.at), point.arm);
            }
        }
        let slow = slow_points((model, rollout), (kpi, days), &ask, found.from);
        assert_eq!(told, slow, "{ask:?}");
    }
}

async fn cohorts_agree(world: &World, rollout: &Rollout, model: &[Event]) {
    let exposed = by_unit(model)
        .values()
        .any(|events| assigned(events).is_some());
    if !exposed {
        return;
    }
    for by in [vec!["returning", "channel"], vec!["channel"]] {
        let ask = AskCohorts {
            rollout: rollout.number,
            kpi: Some("amount".into()),
            by: by.iter().map(|facet| (*facet).to_owned()).collect(),
        };
        let found = cohorts(&world.ctx, &world.admin, &ask).await.unwrap();
        let mut slow: BTreeMap<Vec<String>, Vec<Arm>> = BTreeMap::new();
        for events in by_unit(model).values() {
            let Some(first) = assigned(events) else {
                continue;
            };
            let labels = by.iter().map(|facet| match *facet {
                "returning" if events[0].time < rollout.started_at => "returning".to_owned(),
                "returning" => "new".to_owned(),
                other => named(first, other),
            });
            let arms = slow
                .entry(labels.collect())
                .or_insert_with(|| vec![Arm::default(); 3]);
            let sum = total(events, "amount", (first.time, 4 * DAY), CAP);
            arms[usize::from(first.arm.unwrap())].add_unit(sum);
        }
        let told: BTreeMap<Vec<String>, Vec<Arm>> = found
            .table
            .cohorts
            .into_iter()
            .map(|cohort| (cohort.labels, cohort.arms))
            .collect();
        assert_eq!(told, slow, "{by:?}");
    }
}

async fn retention_agrees(world: &World, model: &[Event]) {
    let ask = AskRetention {
        kpi: "click".into(),
        prompt: None,
        by: "channel".into(),
        weeks: 3,
    };
    let found = retention(&world.ctx, &world.admin, &ask).await.unwrap();
    let now = variorum_ports::Clock::now(world.clock.as_ref());
    let mut slow: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for events in by_unit(model).values() {
        let mut exposures = events
            .iter()
            .filter(|event| event.kind == EventKind::Exposure);
        let Some(first) = exposures.next() else {
            continue;
        };
        let weeks = slow
            .entry(named(first, "channel"))
            .or_insert_with(|| vec![(0, 0); 3]);
        for (week, counts) in (0..).zip(weeks.iter_mut()) {
            let begin = first.time.plus_seconds(week * 7 * DAY);
            let end = begin.plus_seconds(7 * DAY);
            if end > now {
                continue;
            }
            let came = events
                .iter()
                .any(|event| event.kpi == "click" && begin <= event.time && event.time < end);
            counts.0 += 1;
            counts.1 += u64::from(came);
        }
    }
    let told: BTreeMap<String, Vec<(u64, u64)>> = found
        .curves
        .into_iter()
        .map(|curve| (curve.label, curve.weeks))
        .collect();
    assert_eq!(told, slow);
}

/// The day sums of the watch.
async fn days_agree(world: &World, model: &[Event]) {
    watch::catch_up(&world.ctx).await.unwrap();
    let today = day_number(START) + 21;
    let subjects = [
        Subject::Everything,
        Subject::Prompt(PROMPTS[0].into()),
        Subject::Channel("web".into()),
    ];
    for subject in subjects {
        let is_of = |event: &&Event| match &subject {
            Subject::Everything => true,
            Subject::Prompt(prompt) => event.prompt == *prompt,
            Subject::Channel(channel) => event.channel == *channel,
        };
        let kpi = Kpi {
            id: "amount".into(),
            title: String::new(),
            kind: KpiKind::Value,
            direction: variorum_domain::library::Direction::Up,
            unit: String::new(),
            decimals: 0,
            window_seconds: 4 * DAY,
            more: variorum_domain::kpi::KpiMore::default(),
        };
        let workspace = world.admin.workspace;
        let found = world.ctx.watch.series(workspace, &subject, &kpi, today);
        let mut slow: BTreeMap<i64, (u64, u64, i128)> = BTreeMap::new();
        for event in model.iter().filter(is_of) {
            let day = slow.entry(day_number(event.time)).or_default();
            match event.kind {
                EventKind::Exposure => day.0 += 1,
                EventKind::Outcome if event.kpi == "amount" => {
                    day.1 += 1;
                    day.2 += i128::from(event.value);
                }
                EventKind::Outcome => {}
            }
        }
        slow.retain(|_, sums| *sums != (0, 0, 0));
        let mut told: BTreeMap<i64, (u64, u64, i128)> = BTreeMap::new();
        for day in found.days {
            let units = if found.per_exposure { day.units } else { 0 };
            told.insert(day.day, (units, day.outcomes, day.total));
        }
        told.retain(|_, sums| *sums != (0, 0, 0));
        assert_eq!(told, slow, "{}", subject.key());
    }
}

async fn check(acts: Vec<Act>) {
    let mut world = World::new().await;
    let rollout = begun(&world).await;
    let (mut model, mut known): (Vec<Event>, HashSet<String>) = (Vec::new(), HashSet::new());
    let mut batches: Vec<Vec<Event>> = Vec::new();
    let mut erased = 0;
    for act in acts {
        match act {
            Act::Send(seeds) => {
                let batch: Vec<Event> = seeds.into_iter().map(event).collect();
                let sent = send(&world, batch.clone()).await;
                assert!(sent.rejected.is_empty(), "{sent:?}");
                for event in &batch {
                    if known.insert(event.id.clone()) {
                        model.push(event.clone());
                    }
                }
                batches.push(batch);
            }
            Act::Again(which) if !batches.is_empty() => {
                let mut batch = batches[which % batches.len()].clone();
                batch.reverse();
                let sent = send(&world, batch).await;
                assert_eq!(sent.accepted, 0);
            }
            Act::Again(_) => {}
            Act::Refresh => columns::refresh(&world.ctx).await.unwrap(),
            Act::Rebuild => columns::rebuild(&world.ctx).await.unwrap(),
            Act::Restart => {
                settle(&world.ctx).await.unwrap();
                world.restart().await;
            }
            Act::Erase(unit) => {
                let unit = format!("unit-{unit}");
                let erase = EraseUnit {
                    unit: unit.clone(),
                    reason: "request 4711".into(),
                    dry_run: false,
                };
                erase_unit(&world.ctx, &world.admin, &erase).await.unwrap();
                erased += 1;
                for event in model.iter_mut().filter(|event| event.unit == unit) {
                    event.unit = format!("erased-{erased}");
                    event.attributes.clear();
                }
            }
            Act::Ask => series_agree(&world, &rollout, &model).await,
        }
    }
    settle(&world.ctx).await.unwrap();
    rollout_sums_agree(&world, &model).await;
    series_agree(&world, &rollout, &model).await;
    cohorts_agree(&world, &rollout, &model).await;
    retention_agrees(&world, &model).await;
    days_agree(&world, &model).await;
    let again = events::rebuild(&world.ctx, &world.admin).await.unwrap();
    assert!(
        again.iter().all(|one| one.equal != Some(false)),
        "{again:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn all_sums_equal_those_of_the_raw_events(acts in prop::collection::vec(act(), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(acts));
    }
}

#[tokio::test]
async fn sums_over_time_are_kept_and_grow_with_the_columns() {
    let world = World::new().await;
    let rollout = begun(&world).await;
    let mut model: Vec<Event> = Vec::new();
    for turn in 0..6_u32 {
        let batch: Vec<Event> = (0..40).map(|n| event((turn * 40 + n) * 104_729)).collect();
        send(&world, batch.clone()).await;
        model.extend(batch);
        columns::refresh(&world.ctx).await.unwrap();
        series_agree(&world, &rollout, &model).await;
        assert_eq!(world.ctx.columns.sums_kept(), 4, "one for each question");
    }
    columns::rebuild(&world.ctx).await.unwrap();
    assert_eq!(world.ctx.columns.sums_kept(), 0);
    series_agree(&world, &rollout, &model).await;
}
