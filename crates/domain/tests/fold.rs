//! The fold against a slow, obvious oracle: whatever the order, delay and repetition of events.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::{RolloutFold, Seen};
use variorum_domain::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use variorum_domain::library::{Direction, Kpi, KpiKind};
use variorum_domain::rollout::{Guard, GuardAction, Harm, Plan, Rollout, Stage, Start};

const WINDOW_SECONDS: i64 = 50;

fn kpi(id: &str, kind: KpiKind) -> Kpi {
    Kpi {
        id: id.into(),
        title: id.into(),
        kind,
        direction: Direction::Up,
        unit: String::new(),
        decimals: 0,
        window_seconds: WINDOW_SECONDS,
    }
}

fn rollout() -> Rollout {
    let plan = Plan {
        weights_bp: [5_000, 5_000],
        stages: vec![Stage {
            coverage_bp: 10_000,
        }],
        goal: Some("order".into()),
        hypothesis: String::new(),
        guards: vec![Guard {
            kpi: "order".into(),
            harm: Harm::Decrease,
            margin: 0.0,
            action: GuardAction::RollBack,
        }],
        alpha: 0.01,
        planned_units: 1_000,
        external_assignment: true,
    };
    let start = Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        control: ReleaseNumber(1),
        treatment: ReleaseNumber(2),
        versions: (None, None),
        kpis: vec![
            kpi("order", KpiKind::Conversion),
            kpi("revenue", KpiKind::Value),
        ],
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time(0),
    };
    Rollout::start(start, plan)
}

/// What happens: unit, second, and an exposure to an arm or an outcome of a KPI.
fn happening() -> impl Strategy<Value = (u8, i64, Option<u8>, bool, i64)> {
    let arm = prop_oneof![Just(Some(0)), Just(Some(1)), Just(None), Just(None)];
    (0_u8..8, 0_i64..120, arm, any::<bool>(), -20_i64..100)
}

fn event(index: usize, what: (u8, i64, Option<u8>, bool, i64)) -> Event {
    let (unit, second, arm, revenue, value) = what;
    Event {
        id: format!("e{index}"),
        kind: if arm.is_some() {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time: Time::from_seconds(second),
        unit: format!("u{unit}"),
        prompt: String::new(),
        rollout: arm.map(|_| RolloutNumber(1)),
        arm,
        kpi: if revenue {
            "revenue".into()
        } else {
            "order".into()
        },
        value: if revenue { value } else { 1 },
        channel: String::new(),
        attributes: String::new(),
    }
}

/// Per KPI and arm: units, sum, sum of squares.
type Sums = BTreeMap<(String, u8), (u64, i128, i128)>;

/// Reads all raw events at once, unit by unit.
fn oracle(events: &[Event]) -> Sums {
    let units: BTreeSet<&str> = events.iter().map(|event| event.unit.as_str()).collect();
    let mut sums = Sums::new();
    for unit in units {
        let own = || events.iter().filter(|event| event.unit == unit);
        let first = own()
            .filter(|e| e.kind == EventKind::Exposure)
            .map(|e| (e.time, e.arm))
            .min();
        let Some((from, Some(arm))) = first else {
            continue;
        };
        let until = from.plus_seconds(WINDOW_SECONDS);
        for kpi in ["order", "revenue"] {
            let counted = own().filter(|e| {
                e.kind == EventKind::Outcome && e.kpi == kpi && e.time >= from && e.time <= until
            });
            let total: i128 = counted.map(|e| i128::from(e.value)).sum();
            let total = if kpi == "order" {
                i128::from(total > 0)
            } else {
                total
            };
            let entry = sums.entry((kpi.to_owned(), arm)).or_default();
            *entry = (entry.0 + 1, entry.1 + total, entry.2 + total * total);
        }
    }
    sums
}

fn folded(events: &[Event]) -> Sums {
    let mut fold = RolloutFold::new(&rollout());
    let mut seen = Seen::default();
    for event in events {
        if seen.insert(&event.id, Time(0)) {
            fold.take(event);
        }
    }
    let mut sums = Sums::new();
    for kpi in ["order", "revenue"] {
        for (arm, tally) in (0_u8..).zip(fold.tally(kpi).unwrap()) {
            if tally.n > 0 {
                sums.insert((kpi.to_owned(), arm), (tally.n, tally.sum, tally.sum_sq));
            }
        }
    }
    sums
}

proptest! {
    #[test]
    fn statistics_are_a_function_of_the_set_of_events(
        happenings in prop::collection::vec(happening(), 0..60),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..120),
    ) {
        let events: Vec<Event> =
            happenings.into_iter().enumerate().map(|(index, what)| event(index, what)).collect();
        let expected = oracle(&events);
        prop_assert_eq!(&folded(&events), &expected);
        // Any interleaving with repetitions, that in the end holds every event.
        let mut shuffled: Vec<Event> = Vec::new();
        if !events.is_empty() {
            shuffled.extend(order.iter().map(|index| index.get(&events).clone()));
        }
        shuffled.extend(events.iter().rev().cloned());
        prop_assert_eq!(&folded(&shuffled), &expected);
    }
}

#[test]
fn a_guard_decides_once_and_stays_decided() {
    let mut fold = RolloutFold::new(&rollout());
    let mut decided = 0;
    for n in 0..2_000_usize {
        let unit = u8::try_from(n % 2).unwrap();
        let mut exposed = event(n * 2, (0, 1, Some(unit), false, 0));
        exposed.unit = format!("unit-{n}");
        fold.take(&exposed);
        if unit == 0 {
            let mut ordered = event(n * 2 + 1, (0, 2, None, false, 0));
            ordered.unit.clone_from(&exposed.unit);
            decided += usize::from(fold.take(&ordered));
        }
    }
    assert_eq!(decided, 1);
    let firing = fold.fired().unwrap();
    assert!(firing.log_e >= firing.threshold);
    assert_eq!(firing.kpi, "order");
}
