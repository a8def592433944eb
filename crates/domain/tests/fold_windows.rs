//! Windows of a switchback, folded from raw events, against a slow, obvious oracle.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::{Firing, Reading, RolloutFold, Seen, WindowReading, WindowState};
use variorum_domain::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use variorum_domain::kpi::Made;
use variorum_domain::library::{Direction, Kpi, KpiKind, KpiMore};
use variorum_domain::rollout::{
    ArmPlan, Arms, Design, Guard, GuardAction, GuardMore, Harm, Plan, Rollout, Start, Switchback,
};
use variorum_domain::verdict::{self, Names, Outcome};

/// How long an outcome counts after the exposure: longer than a window, shorter than a pair.
const COUNTS_SECONDS: i64 = 35;
const CUT: Switchback = Switchback {
    window_seconds: 20,
    burn_in_seconds: 5,
    pairs: 20,
    from: Time(100 * Time::SECOND_US),
};

fn kpi(id: &str, kind: KpiKind) -> Kpi {
    Kpi {
        id: id.into(),
        title: id.into(),
        kind,
        direction: Direction::Up,
        unit: String::new(),
        decimals: 0,
        window_seconds: COUNTS_SECONDS,
        more: KpiMore::default(),
    }
}

fn guard(kpi: &str, harm: Harm, margin: f64) -> Guard {
    Guard {
        kpi: kpi.into(),
        harm,
        margin,
        action: GuardAction::RollBack,
        more: GuardMore::default(),
    }
}

fn rollout(guards: Vec<Guard>) -> Rollout {
    let mut basket = kpi("basket", KpiKind::Ratio);
    basket.more.made = Made::OfTwo {
        numerator: "revenue".into(),
        denominator: "order".into(),
    };
    let plan = Plan {
        goal: Some("order".into()),
        guards,
        design: Design::Switchback(CUT),
        ..Plan::even(&[10_000])
    };
    let arm = |release| ArmPlan::new(ReleaseNumber(release), None);
    let start = Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        arms: Arms::two(arm(1), arm(2)),
        kpis: vec![
            kpi("order", KpiKind::Conversion),
            kpi("revenue", KpiKind::Value),
            basket,
        ],
        definitions: Vec::new(),
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time(0),
    };
    Rollout::start(start, plan)
}

fn drawn(at: Time) -> Option<u8> {
    Some(CUT.arm_of("s", CUT.window_at(at)?.index))
}

/// What happens: unit, second, an exposure that is as drawn or not, or an outcome of a KPI.
type What = (u8, i64, Option<bool>, bool, i64);

fn happening() -> impl Strategy<Value = What> {
    let exposed = prop_oneof![4 => Just(Some(true)), 1 => Just(Some(false)), 4 => Just(None)];
    (0_u8..5, 90_i64..240, exposed, any::<bool>(), -20_i64..100)
}

fn event(index: usize, (unit, second, exposed, revenue, value): What) -> Event {
    let time = Time::from_seconds(second);
    let arm = exposed.map(|as_drawn| match (drawn(time), as_drawn) {
        (Some(arm), true) => arm,
        (Some(arm), false) => 1 - arm,
        (None, _) => 0,
    });
    Event {
        id: format!("e{index}"),
        kind: if arm.is_some() {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time,
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

/// Of each window: units, units of the burn-in, exposures to the other arm, orders, revenue.
type Sums = BTreeMap<u32, [i64; 5]>;

/// Reads all raw events at once, window by window and unit by unit.
fn oracle(events: &[Event]) -> Sums {
    let units: BTreeSet<&str> = events.iter().map(|event| event.unit.as_str()).collect();
    let is_drawn = |e: &&Event| e.arm.is_some() && e.arm == drawn(e.time);
    let place = |at: Time| {
        CUT.window_at(at)
            .map(|window| (window.index, window.is_burn_in))
    };
    let mut sums = Sums::new();
    for index in 0..7 {
        let inside = |e: &&Event| place(e.time).is_some_and(|place| place.0 == index);
        let sum = sums.entry(index).or_default();
        let astray = events
            .iter()
            .filter(inside)
            .filter(|e| e.arm.is_some() && !is_drawn(e));
        let astray = astray.filter(|e| place(e.time) == Some((index, false)));
        sum[2] = i64::try_from(astray.count()).unwrap();
        for unit in &units {
            let own = || events.iter().filter(|event| event.unit == *unit);
            let exposed = |burn_in| {
                let exposures = own().filter(is_drawn);
                let inside = exposures.filter(move |e| place(e.time) == Some((index, burn_in)));
                inside.map(|e| e.time).min()
            };
            sum[1] += i64::from(exposed(true).is_some());
            let Some(first) = exposed(false) else {
                continue;
            };
            sum[0] += 1;
            let total = |kpi: &str| -> i64 {
                let counted = own().filter(|e| {
                    let is_outcome = e.kind == EventKind::Outcome && e.kpi == kpi;
                    let before = own()
                        .filter(is_drawn)
                        .filter(|x| place(x.time).is_some() && x.time <= e.time);
                    let last = before.map(|x| x.time).max();
                    let is_here = last.and_then(place) == Some((index, false));
                    is_outcome && is_here && e.time <= first.plus_seconds(COUNTS_SECONDS)
                });
                counted.map(|e| e.value).sum()
            };
            sum[3] += i64::from(total("order") > 0);
            sum[4] += total("revenue");
        }
    }
    sums
}

fn folded(events: &[Event]) -> (Reading, Vec<WindowReading>) {
    let mut fold = RolloutFold::new(&rollout(Vec::new()));
    let mut seen = Seen::default();
    for event in events {
        if seen.insert(&event.id, Time(0)) {
            fold.take(event);
        }
    }
    (fold.reading(), fold.windows())
}

#[expect(clippy::cast_precision_loss, reason = "small sums")]
fn real(whole: i64) -> f64 {
    whole as f64
}

proptest! {
    #[test]
    fn windows_are_a_function_of_the_set_of_events(
        happenings in prop::collection::vec(happening(), 0..80),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..160),
    ) {
        let events: Vec<Event> =
            happenings.into_iter().enumerate().map(|(index, what)| event(index, what)).collect();
        let expected = oracle(&events);
        let (reading, windows) = folded(&events);
        let newest = events.iter().map(|event| event.time).max();
        let over = newest.map_or(0, |newest| CUT.pairs_over(newest));
        for window in &windows {
            let [units, burn_in, astray, orders, revenue] = expected[&window.index];
            prop_assert_eq!((window.units, window.burn_in, window.astray),
                (units.unsigned_abs(), burn_in.unsigned_abs(), astray.unsigned_abs()));
            let mean = |sum: i64| (units > 0).then(|| real(sum) / real(units));
            prop_assert_eq!(window.means[0], mean(orders));
            prop_assert_eq!(window.means[1], mean(revenue));
            prop_assert_eq!(window.means[2], (orders > 0).then(|| real(revenue) / real(orders)));
            prop_assert_eq!(window.state == WindowState::Open, window.index / 2 >= over);
        }
        let fine = |index: u32| {
            let [units, _, astray, ..] = expected[&index];
            units > 0 && astray * 20 <= units + astray
        };
        let counted: Vec<u32> = (0..over).filter(|pair| fine(2 * pair) && fine(2 * pair + 1)).collect();
        let told = reading.windows.unwrap();
        prop_assert_eq!(usize::try_from(told.pairs).unwrap(), counted.len());
        prop_assert_eq!(told.pairs + told.empty + told.astray, over);
        for arm in 0..2_u8 {
            let windows = counted.iter().flat_map(|pair| [2 * pair, 2 * pair + 1]);
            let own: Vec<u32> = windows.filter(|index| CUT.arm_of("s", *index) == arm).collect();
            let sum = |column: usize| own.iter().map(|index| expected[index][column]).sum::<i64>();
            let found = reading.kpis[1].arm(arm).unwrap();
            prop_assert_eq!((found.units, found.sum.clone()), (sum(0).unsigned_abs(), sum(4).to_string()));
        }
        // Any interleaving with repetitions, that in the end holds every event.
        let mut shuffled: Vec<Event> = Vec::new();
        if !events.is_empty() {
            shuffled.extend(order.iter().map(|index| index.get(&events).clone()));
        }
        shuffled.extend(events.iter().rev().cloned());
        prop_assert_eq!(folded(&shuffled), (reading, windows));
    }
}

/// Ten units a window, of which so many order, for each of the arms; pair after pair.
fn run(
    rollout: &Rollout,
    pairs: u32,
    orders: [u8; 2],
    skipped: &[u32],
) -> (RolloutFold, Vec<Firing>) {
    let mut fold = RolloutFold::new(rollout);
    let (mut fired, mut number) = (Vec::new(), 0);
    for index in (0..=2 * pairs).filter(|index| !skipped.contains(index)) {
        let arm = CUT.arm_of("s", index);
        for unit in 0..10_u8 {
            let from = CUT.begin_of(index).seconds() + 6 + i64::from(unit % 5);
            let order =
                (unit < orders[usize::from(arm)]).then_some((unit, from + 2, None, false, 1));
            let both = [(unit, from, Some(true), false, 1)]
                .into_iter()
                .chain(order);
            for what in both.collect::<Vec<What>>() {
                number += 1;
                let mut event = event(number, what);
                event.unit = format!("u{index}-{unit}");
                fired.extend(fold.take(&event).iter().cloned());
            }
        }
    }
    (fold, fired)
}

fn said(
    rollout: &Rollout,
    fold: &RolloutFold,
    fired: &[Firing],
    at: Time,
) -> (verdict::Verdict, String) {
    let fired: Vec<&Firing> = fired.iter().collect();
    let verdict = verdict::judge(rollout, &fold.reading(), &fired, at);
    let names = Names {
        arm: &|arm| format!("Version {}", arm + 12),
        kpi: &|id| id.to_owned(),
        amount: &|_, _, number| format!("{number}"),
    };
    let sentence = verdict::sentence(&verdict, &names);
    (verdict, sentence)
}

#[test]
fn a_verdict_speaks_of_windows() {
    let plan = rollout(Vec::new());
    let (fold, fired) = run(&plan, 6, [2, 6], &[3]);
    let (verdict, sentence) = said(&plan, &fold, &fired, CUT.begin_of(12));
    assert_eq!(verdict.outcome, Outcome::NotEnough);
    assert_eq!(
        sentence,
        "Not enough windows yet, 5 of 20 pairs (1 left out), less than an hour to go."
    );
    let (fold, fired) = run(&plan, 12, [2, 6], &[]);
    let (verdict, sentence) = said(&plan, &fold, &fired, CUT.begin_of(24));
    assert_eq!((verdict.outcome, verdict.arm), (Outcome::Better, Some(1)));
    assert!(
        sentence.starts_with("Version 13 is better: +200 % order, between "),
        "{sentence}"
    );
    let found = &verdict.treatments[0];
    assert!(found.p.unwrap() < 0.05 && found.absolute.unwrap().low > 0.0);
    let (fold, fired) = run(&plan, 20, [4, 4], &[]);
    let (verdict, sentence) = said(&plan, &fold, &fired, CUT.begin_of(40));
    assert_eq!(verdict.outcome, Outcome::NoDifference, "{sentence}");
}

#[test]
fn a_guard_acts_when_a_pair_of_windows_is_over() {
    let plan = rollout(vec![guard("order", Harm::Decrease, 0.05)]);
    let (fold, fired) = run(&plan, 20, [8, 1], &[]);
    assert_eq!(fired.len(), 1);
    let reading = &fired[0].reading;
    let (over, at) = (reading.windows.unwrap().over, fired[0].at);
    assert!(at >= CUT.begin_of(2 * over) && at < CUT.begin_of(2 * over + 1));
    assert!(
        fired[0].log_e >= fired[0].threshold && (7..15).contains(&over),
        "{over}"
    );
    assert!(!fold.passed().is_empty());
    let (verdict, _) = said(&plan, &fold, &fired, at);
    assert_eq!(
        (verdict.outcome, verdict.stopped),
        (Outcome::Stopped, vec![1])
    );
    for orders in [[4, 4], [1, 8]] {
        let (fold, fired) = run(&plan, 20, orders, &[]);
        assert!(fired.is_empty(), "{orders:?}");
        assert_eq!(
            verdict::judge(&plan, &fold.reading(), &[], at).stopped,
            Vec::<u8>::new()
        );
    }
}

#[test]
fn windows_that_were_not_served_as_drawn_hold_the_verdict() {
    let plan = rollout(Vec::new());
    let (mut fold, fired) = run(&plan, 12, [2, 6], &[]);
    for index in [4, 9, 15] {
        let second = CUT.begin_of(index).seconds() + 7;
        for unit in 0..2 {
            let number = usize::try_from(index).unwrap() * 1_000 + usize::from(unit);
            fold.take(&event(
                number + 100_000,
                (unit, second, Some(false), false, 1),
            ));
        }
    }
    let reading = fold.reading();
    let told = reading.windows.unwrap();
    assert_eq!((told.pairs, told.astray, told.alarm), (9, 3, true));
    let (verdict, sentence) = said(&plan, &fold, &fired, CUT.begin_of(24));
    assert_eq!(verdict.outcome, Outcome::Held);
    assert!(
        sentence.starts_with("Held: windows were not served as drawn"),
        "{sentence}"
    );
    assert!(!verdict.supports(1));
}
