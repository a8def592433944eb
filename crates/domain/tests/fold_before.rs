//! What units did before their exposure, and quantiles, folded in any order, against all raw events
//! read at once.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::{DivisorReading, RolloutFold};
use variorum_domain::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use variorum_domain::kpi::Made;
use variorum_domain::library::{Direction, Kpi, KpiKind, KpiMore};
use variorum_domain::rollout::{
    ArmPlan, Arms, Guard, GuardAction, Harm, Plan, Rollout, Start, equal_shares,
};
use variorum_domain::verdict;
use variorum_stats::joint::JointArm;
use variorum_stats::quantile::Sorted;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// When the rollout begins.
const BEGIN: i64 = 10 * DAY;
const PRE_DAYS: u32 = 2;
const WINDOW: i64 = 36 * HOUR;

fn kpi(id: &str, kind: KpiKind) -> Kpi {
    Kpi {
        id: id.into(),
        title: id.into(),
        kind,
        direction: Direction::Up,
        unit: String::new(),
        decimals: 0,
        window_seconds: WINDOW,
        more: KpiMore::default(),
    }
}

/// What half of the people stay below.
fn middle() -> Kpi {
    let mut kpi = kpi("middle", KpiKind::Quantile);
    kpi.more.made = Made::OfQuantile {
        of: "revenue".into(),
        quantile_bp: 5_000,
    };
    kpi
}

/// What an order brings.
fn per_order() -> Kpi {
    let mut kpi = kpi("per_order", KpiKind::Ratio);
    kpi.more.made = Made::OfTwo {
        numerator: "revenue".into(),
        denominator: "order".into(),
    };
    kpi
}

fn rollout(pre_period_days: Option<u32>) -> Rollout {
    let plan = Plan {
        weights_bp: equal_shares(3),
        goal: Some("revenue".into()),
        guards: vec![Guard {
            kpi: "order".into(),
            harm: Harm::Decrease,
            margin: 0.0,
            action: GuardAction::Pause,
            more: variorum_domain::rollout::GuardMore::default(),
        }],
        external_assignment: true,
        pre_period_days,
        ..Plan::even(&[10_000])
    };
    let arm = |release| ArmPlan::new(ReleaseNumber(release), None);
    let start = Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        arms: Arms::of(arm(1), [arm(2), arm(3)]),
        kpis: vec![
            kpi("order", KpiKind::Conversion),
            kpi("revenue", KpiKind::Value),
            middle(),
            per_order(),
        ],
        definitions: Vec::new(),
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time::from_seconds(BEGIN),
    };
    Rollout::start(start, plan)
}

/// Unit, hour since the rollout's begin, and an exposure to an arm or an outcome.
type What = (u8, i64, Option<u8>, bool, i64);

/// Outcomes from days before the begin until days after; exposures from one day before it, as late
/// reports of another system may claim.
fn happening() -> impl Strategy<Value = What> {
    let outcome = (
        0_u8..6,
        -100_i64..100,
        Just(None),
        any::<bool>(),
        -20_i64..100,
    );
    let exposure = (
        0_u8..6,
        -24_i64..60,
        (0_u8..3).prop_map(Some),
        Just(false),
        Just(0),
    );
    prop_oneof![3 => outcome, 1 => exposure]
}

fn event(index: usize, (unit, hour, arm, revenue, value): What) -> Event {
    Event {
        id: format!("e{index}"),
        kind: if arm.is_some() {
            EventKind::Exposure
        } else {
            EventKind::Outcome
        },
        time: Time::from_seconds(BEGIN + hour * HOUR),
        unit: format!("u{unit}"),
        prompt: String::new(),
        rollout: arm.map(|_| RolloutNumber(1)),
        arm,
        kpi: if revenue { "revenue" } else { "order" }.into(),
        value: if revenue { value } else { 1 },
        channel: String::new(),
        attributes: String::new(),
    }
}

/// Per KPI and arm: units, sums of after and before, squares of both, products.
type Sums = BTreeMap<(String, u8), [i128; 6]>;

/// Every unit with its arm and its totals of orders and revenue, after the exposure and before.
fn units(events: &[Event]) -> Vec<(u8, [[i64; 2]; 2])> {
    let mut found = Vec::new();
    let units: BTreeSet<&str> = events.iter().map(|event| event.unit.as_str()).collect();
    for unit in units {
        let own = || events.iter().filter(|event| event.unit == unit);
        let exposures = own().filter(|one| one.kind == EventKind::Exposure);
        let Some((shown, Some(arm))) = exposures.map(|one| (one.time, one.arm)).min() else {
            continue;
        };
        let totals = ["order", "revenue"].map(|id| {
            let total = |counts: &dyn Fn(Time) -> bool| {
                let outcomes = own().filter(|one| one.kind == EventKind::Outcome && one.kpi == id);
                let values = outcomes.filter(|one| counts(one.time)).map(|one| one.value);
                let sum: i64 = values.sum();
                if id == "order" {
                    i64::from(sum > 0)
                } else {
                    sum
                }
            };
            let days = i64::from(PRE_DAYS) * DAY;
            let from = shown
                .plus_seconds(-days)
                .max(Time::from_seconds(BEGIN - days));
            [
                total(&|at| shown <= at && at <= shown.plus_seconds(WINDOW)),
                total(&|at| from <= at && at < shown),
            ]
        });
        found.push((arm, totals));
    }
    found
}

fn oracle(events: &[Event]) -> Sums {
    let mut sums = Sums::new();
    for (arm, totals) in units(events) {
        for (id, [after, before]) in ["order", "revenue"].into_iter().zip(totals) {
            let (after, before) = (i128::from(after), i128::from(before));
            let sums = sums.entry((id.to_owned(), arm)).or_default();
            let add = [
                1,
                after,
                before,
                after * after,
                before * before,
                after * before,
            ];
            for (sum, more) in sums.iter_mut().zip(add) {
                *sum += more;
            }
        }
    }
    sums
}

/// The sums of what an order brings, after and before, arm by arm.
fn joint_oracle(events: &[Event]) -> [JointArm; 3] {
    let mut arms = [JointArm::default(); 3];
    for (arm, [orders, revenue]) in units(events) {
        arms[usize::from(arm)].add_unit([revenue[0], orders[0], revenue[1], orders[1]]);
    }
    arms
}

fn joint(fold: &RolloutFold) -> [JointArm; 3] {
    let reading = fold.reading();
    let kpi = reading
        .kpis
        .iter()
        .find(|one| one.kpi == "per_order")
        .unwrap();
    [0, 1, 2].map(|arm| kpi.arm(arm).unwrap().joint().unwrap())
}

fn folded(fold: &RolloutFold) -> Sums {
    let mut sums = Sums::new();
    for kpi in fold.reading().kpis {
        if ["middle", "per_order"].contains(&kpi.kpi.as_str()) {
            continue;
        }
        for arm in 0..3 {
            let found = kpi.arm(arm).unwrap();
            if found.units == 0 {
                continue;
            }
            let DivisorReading {
                sum,
                sum_of_squares,
                sum_of_products,
            } = found.before.clone().unwrap();
            let number = |text: &str| text.parse::<i128>().unwrap();
            let values = [
                i128::from(found.units),
                number(&found.sum),
                number(&sum),
                number(&found.sum_of_squares),
                number(&sum_of_squares),
                number(&sum_of_products),
            ];
            sums.insert((kpi.kpi.clone(), arm), values);
        }
    }
    sums
}

/// The middle of the units' totals in each arm, from all raw events at once.
fn middles(events: &[Event]) -> [Option<f64>; 3] {
    let mut totals: [Vec<f64>; 3] = Default::default();
    let units: BTreeSet<&str> = events.iter().map(|event| event.unit.as_str()).collect();
    for unit in units {
        let own = || events.iter().filter(|event| event.unit == unit);
        let exposures = own().filter(|one| one.kind == EventKind::Exposure);
        if let Some((shown, Some(arm))) = exposures.map(|one| (one.time, one.arm)).min() {
            let spent = own().filter(|one| one.kind == EventKind::Outcome && one.kpi == "revenue");
            let until = shown.plus_seconds(WINDOW);
            let after = spent.filter(|one| shown <= one.time && one.time <= until);
            let total: i64 = after.map(|one| one.value).sum();
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            totals[usize::from(arm)].push(total as f64);
        }
    }
    totals.map(|totals| Sorted::new(totals)?.quantile(0.5))
}

fn fold(rollout: &Rollout, events: &[Event]) -> RolloutFold {
    let mut fold = RolloutFold::new(rollout);
    for event in events {
        fold.take(event);
    }
    fold
}

proptest! {
    #[test]
    fn what_came_before_is_a_function_of_the_set_of_events(
        whats in prop::collection::vec(happening(), 0..60),
        seed in any::<prop::sample::Index>(),
    ) {
        let events: Vec<Event> = whats.into_iter().enumerate().map(|(n, what)| event(n, what)).collect();
        let expected = oracle(&events);
        let adjusted = rollout(Some(PRE_DAYS));
        let in_order = fold(&adjusted, &events);
        prop_assert_eq!(&folded(&in_order), &expected);
        prop_assert_eq!(joint(&in_order), joint_oracle(&events));
        let mut turned = events.clone();
        turned.reverse();
        prop_assert_eq!(&folded(&fold(&adjusted, &turned)), &expected);
        if !events.is_empty() {
            turned.rotate_left(seed.index(events.len()));
        }
        prop_assert_eq!(&folded(&fold(&adjusted, &turned)), &expected);
        let mut by_time = events.clone();
        by_time.sort_by_key(|event| event.time);
        prop_assert_eq!(&folded(&fold(&adjusted, &by_time)), &expected);
        prop_assert_eq!(joint(&fold(&adjusted, &turned)), joint_oracle(&events));

        let shown = in_order.reading().kpis.into_iter().find(|kpi| kpi.kpi == "middle").unwrap();
        for (arm, middle) in (0_u8..).zip(middles(&events)) {
            let found = shown.arm(arm).unwrap();
            prop_assert!((found.mean - middle.unwrap_or(0.0)).abs() < 1e-12);
            prop_assert_eq!(found.quantile.is_some(), middle.is_some());
        }
        prop_assert!(shown.treatments.iter().all(|one| one.difference.is_none()));

        // So is the verdict, which knows nothing else.
        let verdict = |fold: &RolloutFold| {
            verdict::judge(&adjusted, &fold.reading(), &[], Time::from_seconds(BEGIN + 9 * DAY))
        };
        prop_assert_eq!(verdict(&in_order), verdict(&fold(&adjusted, &turned)));
        prop_assert_eq!(verdict(&in_order), verdict(&fold(&adjusted, &by_time)));

        // Neither guards nor plain sums are touched by it.
        let plain = fold(&rollout(None), &events).reading();
        let mut same = in_order.reading();
        for kpi in &mut same.kpis {
            kpi.control.before = None;
            kpi.control.both_before = None;
            for one in &mut kpi.treatments {
                (one.arm.before, one.arm.both_before) = (None, None);
            }
        }
        prop_assert_eq!(same, plain);
    }
}

/// Enough people of every arm that a verdict says something, told in an order that `turn` decides.
fn crowd(turn: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for unit in 0_i64..450 {
        let arm = u8::try_from(unit % 3).unwrap();
        let usual = (unit * 37) % 101;
        let whats = [
            (-20, None, true, usual),
            (0, Some(arm), false, 0),
            (1, None, true, usual + i64::from(arm) * 20 + (unit * 53) % 7),
            (2, None, false, 1),
        ];
        for (hour, arm, revenue, value) in whats {
            let mut one = event(events.len(), (0, hour, arm, revenue, value));
            one.unit = format!("u{unit}");
            events.push(one);
        }
    }
    let all = events.len();
    // 7 and 1,800 have no divisor in common, so every place is met once.
    (0..all)
        .map(|place| events[(place * 7 + turn) % all].clone())
        .collect()
}

#[test]
fn a_verdict_is_the_same_after_any_interleaving() {
    let adjusted = rollout(Some(PRE_DAYS));
    let verdicts = [0, 1, 500, 1_799].map(|turn| {
        let fold = fold(&adjusted, &crowd(turn));
        assert_eq!(folded(&fold), oracle(&crowd(turn)));
        verdict::judge(
            &adjusted,
            &fold.reading(),
            &[],
            Time::from_seconds(BEGIN + DAY),
        )
    });
    let first = &verdicts[0];
    assert!(
        first
            .treatments
            .iter()
            .all(|one| one.adjustment.unwrap().reduction > 0.5)
    );
    assert_eq!(first.outcome, verdict::Outcome::Better);
    assert_eq!(first.arm, Some(2));
    assert!(verdicts.iter().all(|verdict| verdict == first));
}

#[test]
fn a_ratio_takes_out_what_was_known_of_both_its_parts() {
    let mut adjusted = rollout(Some(PRE_DAYS));
    adjusted.plan.goal = Some("per_order".into());
    let judged = |rollout: &Rollout| {
        let fold = fold(rollout, &crowd(1));
        verdict::judge(
            rollout,
            &fold.reading(),
            &[],
            Time::from_seconds(BEGIN + DAY),
        )
    };
    let mut plain = rollout(None);
    plain.plan.goal = Some("per_order".into());
    let (adjusted, plain) = (judged(&adjusted), judged(&plain));
    for (one, other) in adjusted.treatments.iter().zip(&plain.treatments) {
        let gain = one.adjustment.unwrap();
        assert!(
            gain.reduction > 0.5 && gain.theta_divisor.is_some(),
            "{gain:?}"
        );
        assert_eq!(other.adjustment, None);
        let width = |found: &verdict::TreatmentVerdict| {
            let absolute = found.absolute.unwrap();
            absolute.high - absolute.low
        };
        assert!(width(one) < 0.8 * width(other));
    }
    assert_eq!(adjusted.outcome, verdict::Outcome::Better);
}

#[test]
fn what_is_told_late_of_the_time_before_changes_the_sums_at_once() {
    let mut fold = RolloutFold::new(&rollout(Some(PRE_DAYS)));
    fold.take(&event(0, (1, 5, Some(1), false, 0)));
    fold.take(&event(1, (1, 6, None, true, 50)));
    let products = |fold: &RolloutFold| folded(fold)[&("revenue".to_owned(), 1)][5];
    assert_eq!(products(&fold), 0);
    fold.take(&event(2, (1, 4, None, true, 30)));
    assert_eq!(products(&fold), 1_500, "told after the exposure was folded");
    fold.take(&event(3, (1, -49, None, true, 30)));
    assert_eq!(
        products(&fold),
        1_500,
        "longer ago than the time that is looked at"
    );
    // An exposure that was earlier makes what was before into what came after.
    fold.take(&event(4, (1, 3, Some(1), false, 0)));
    assert_eq!(folded(&fold)[&("revenue".to_owned(), 1)][..3], [1, 80, 0]);
}
