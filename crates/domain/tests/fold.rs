//! The fold against a slow, obvious oracle: whatever the order, delay and repetition of events.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::{Reading, RolloutFold, Seen};
use variorum_domain::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use variorum_domain::kpi::{Definition, Made};
use variorum_domain::library::{Direction, Kpi, KpiKind, KpiMore};
use variorum_domain::rollout::{
    ArmPlan, Arms, Guard, GuardAction, GuardMore, Harm, Plan, Rollout, Start, equal_shares,
};

const WINDOW_SECONDS: i64 = 50;
/// Nobody's revenue counts for more than this.
const REVENUE_CAP: i64 = 90;

fn kpi(id: &str, kind: KpiKind) -> Kpi {
    Kpi {
        id: id.into(),
        title: id.into(),
        kind,
        direction: Direction::Up,
        unit: String::new(),
        decimals: 0,
        window_seconds: WINDOW_SECONDS,
        more: KpiMore::default(),
    }
}

/// Revenue per unit that ordered.
fn basket() -> Kpi {
    let mut kpi = kpi("basket", KpiKind::Ratio);
    kpi.more.made = Made::OfTwo {
        numerator: "revenue".into(),
        denominator: "order".into(),
    };
    kpi
}

fn rollout(treatments: usize) -> Rollout {
    let plan = Plan {
        weights_bp: equal_shares(treatments + 1),
        goal: Some("order".into()),
        guards: vec![Guard {
            kpi: "order".into(),
            harm: Harm::Decrease,
            margin: 0.0,
            action: GuardAction::RollBack,
            more: GuardMore::default(),
        }],
        planned_units: 1_000,
        external_assignment: true,
        ..Plan::even(&[10_000])
    };
    let arm = |release| ArmPlan::new(ReleaseNumber(release), None);
    let start = Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        arms: Arms::of(arm(1), (0..treatments).map(|_| arm(2))),
        kpis: vec![
            kpi("order", KpiKind::Conversion),
            kpi("revenue", KpiKind::Value),
            basket(),
        ],
        definitions: vec![Definition {
            kpi: "revenue".into(),
            digest: String::new(),
            commit: None,
            cap: Some(REVENUE_CAP),
        }],
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time(0),
    };
    Rollout::start(start, plan)
}

/// What happens: unit, second, and an exposure to an arm or an outcome of a KPI.
fn happening() -> impl Strategy<Value = (u8, i64, Option<u8>, bool, i64)> {
    let arm = prop_oneof![(0_u8..3).prop_map(Some), Just(None)];
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

/// Per KPI and arm: units, sum, sum of squares; of the ratio also the sum and sum of squares of what
/// it divides by, and the sum of products.
type Sums = BTreeMap<(String, u8), Vec<i128>>;

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
        let total = |kpi: &str| -> i128 {
            let counted = own().filter(|e| {
                e.kind == EventKind::Outcome && e.kpi == kpi && e.time >= from && e.time <= until
            });
            counted.map(|e| i128::from(e.value)).sum()
        };
        let order = i128::from(total("order") > 0);
        let revenue = total("revenue").min(i128::from(REVENUE_CAP));
        let mut add = |kpi: &str, amounts: &[i128]| {
            let entry = sums.entry((kpi.to_owned(), arm)).or_default();
            entry.resize(amounts.len(), 0);
            for (sum, amount) in entry.iter_mut().zip(amounts) {
                *sum += amount;
            }
        };
        add("order", &[1, order, order * order]);
        add("revenue", &[1, revenue, revenue * revenue]);
        let pair = [order, order * order, revenue * order];
        add(
            "basket",
            &[&[1, revenue, revenue * revenue][..], &pair].concat(),
        );
    }
    sums
}

fn folded(events: &[Event]) -> Sums {
    let mut fold = RolloutFold::new(&rollout(2));
    let mut seen = Seen::default();
    for event in events {
        if seen.insert(&event.id, Time(0)) {
            fold.take(event);
        }
    }
    let mut sums = Sums::new();
    let whole = |text: &str| text.parse::<i128>().unwrap();
    for reading in fold.reading().kpis {
        for number in 0..3 {
            let arm = reading.arm(number).unwrap();
            if arm.units == 0 {
                continue;
            }
            let mut amounts = vec![i128::from(arm.units), whole(&arm.sum)];
            amounts.push(whole(&arm.sum_of_squares));
            if let Some(divisor) = &arm.divisor {
                amounts.push(whole(&divisor.sum));
                amounts.push(whole(&divisor.sum_of_squares));
                amounts.push(whole(&divisor.sum_of_products));
            }
            sums.insert((reading.kpi.clone(), number), amounts);
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
    let mut fold = RolloutFold::new(&rollout(1));
    let mut decided = 0;
    for n in 0..2_000_usize {
        let unit = u8::try_from(n % 2).unwrap();
        let mut exposed = event(n * 2, (0, 1, Some(unit), false, 0));
        exposed.unit = format!("unit-{n}");
        fold.take(&exposed);
        if unit == 0 {
            let mut ordered = event(n * 2 + 1, (0, 2, None, false, 0));
            ordered.unit.clone_from(&exposed.unit);
            decided += fold.take(&ordered).len();
        }
    }
    assert_eq!(decided, 1);
    let firing = &fold.fired()[0];
    assert!(firing.log_e >= firing.threshold);
    assert_eq!(firing.kpi, "order");
}

/// Sends `people` units through arms in turn; the units of `dead` do nothing, all others order.
fn served(fold: &mut RolloutFold, arms: usize, dead: &[usize], people: usize) {
    for n in 0..people {
        let arm = n % arms;
        let mut exposed = event(n * 2, (0, 1, u8::try_from(arm).ok(), false, 0));
        exposed.unit = format!("unit-{n}");
        fold.take(&exposed);
        if !dead.contains(&arm) {
            let mut ordered = event(n * 2 + 1, (0, 2, None, false, 0));
            ordered.unit.clone_from(&exposed.unit);
            fold.take(&ordered);
        }
    }
}

#[test]
fn an_arm_that_nobody_has_seen_is_not_judged() {
    let mut fold = RolloutFold::new(&rollout(1));
    for n in 0..200 {
        let mut exposed = event(n * 2, (0, 1, Some(0), false, 0));
        exposed.unit = format!("unit-{n}");
        fold.take(&exposed);
        let mut ordered = event(n * 2 + 1, (0, 2, None, false, 0));
        ordered.unit.clone_from(&exposed.unit);
        fold.take(&ordered);
    }
    assert!(fold.fired().is_empty(), "{:?}", fold.fired());
}

#[test]
fn only_the_arm_that_does_harm_is_stopped_and_with_its_part_of_the_error_rate() {
    let mut fold = RolloutFold::new(&rollout(2));
    served(&mut fold, 3, &[2], 3_000);
    let fired: Vec<u8> = fold.fired().iter().map(|firing| firing.arm).collect();
    assert_eq!(fired, [2]);
    let threshold = fold.reading().threshold;
    assert!((threshold - (2.0_f64 / 0.01).ln()).abs() < 1e-12);
    let guards: Vec<(u8, bool)> = fold
        .reading()
        .guards
        .iter()
        .map(|guard| (guard.arm, guard.log_e >= threshold))
        .collect();
    assert_eq!(guards, [(1, false), (2, true)]);
}

#[test]
fn an_arm_that_was_stopped_gets_no_more_units_and_that_is_no_fault_of_the_split() {
    let mut fold = RolloutFold::new(&rollout(2));
    served(&mut fold, 3, &[2], 3_000);
    for n in 0..3_000_usize {
        let mut exposed = event(n, (0, 3, u8::try_from(n % 2).ok(), false, 0));
        exposed.unit = format!("later-{n}");
        fold.take(&exposed);
    }
    assert!(!fold.reading().srm.alarm);
    for n in 0..3_000_usize {
        let mut exposed = event(n, (0, 3, Some(1), false, 0));
        exposed.unit = format!("lost-{n}");
        fold.take(&exposed);
    }
    assert!(fold.reading().srm.alarm, "the other arms must still fit");
}

#[test]
fn a_result_stored_when_there_were_two_arms_is_read() {
    let arm = |units: u64| serde_json::json!({"units": units, "sum": "3", "sum_of_squares": "3", "mean": 0.1});
    let old = serde_json::json!({
        "exposed": [30, 31], "both_arms": 0, "dropped": 0,
        "kpis": [{
            "kpi": "order", "control": arm(30), "treatment": arm(31),
            "difference": {"estimate": 0.1, "low": -0.1, "high": 0.3},
        }],
        "guards": [{"kpi": "order", "log_e": 0.2}], "log_e": 0.2, "threshold": 4.6,
        "srm": {"p": 1.0, "log_e": 0.0, "alarm": false},
    });
    let read: Reading = serde_json::from_value(old).unwrap();
    assert_eq!(read.kpis[0].arm(1).unwrap().units, 31);
    assert!(read.kpis[0].difference(1).is_some());
    assert_eq!(read.guards[0].arm, 1);
    let again: Reading = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(again, read);
}

#[test]
fn a_guard_on_a_ratio_sees_that_baskets_shrink_while_orders_do_not() {
    let mut rollout = rollout(1);
    rollout.plan.guards[0].kpi = "basket".into();
    let mut fold = RolloutFold::new(&rollout);
    for n in 0..2_000_usize {
        let arm = u8::try_from(n % 2).unwrap();
        let unit = format!("unit-{n}");
        let amount = i64::try_from(n % 7).unwrap() * 2 + if arm == 0 { 60 } else { 45 };
        let told = [
            event(n * 3, (0, 1, Some(arm), false, 0)),
            event(n * 3 + 1, (0, 2, None, false, 0)),
            event(n * 3 + 2, (0, 2, None, true, amount)),
        ];
        for mut event in told {
            event.unit.clone_from(&unit);
            fold.take(&event);
        }
    }
    let firing = &fold.fired()[0];
    assert_eq!((firing.kpi.as_str(), firing.arm), ("basket", 1));
    let basket = &firing.reading.kpis[2];
    assert!(basket.arm(0).unwrap().mean > basket.arm(1).unwrap().mean);
}
