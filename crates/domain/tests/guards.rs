//! Guards in the fold: cohorts, absolute limits, actions that do not end a rollout, and looks.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::fold::{Firing, RolloutFold};
use variorum_domain::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use variorum_domain::kpi::model;
use variorum_domain::library::{Direction, Kpi, KpiKind, KpiMore};
use variorum_domain::rollout::{
    ArmPlan, Arms, Cohorts, Guard, GuardAction, GuardMethod, Harm, Limit, Plan, Rollout,
    RolloutError, Start,
};

const CHANNELS: [&str; 2] = ["email", "sms"];

fn kpi(id: &str, kind: KpiKind) -> Kpi {
    Kpi {
        id: id.into(),
        title: id.into(),
        kind,
        direction: Direction::Up,
        unit: String::new(),
        decimals: 0,
        window_seconds: 1_000,
        more: KpiMore::default(),
    }
}

fn library() -> BTreeMap<String, Kpi> {
    let known = [
        kpi("order", KpiKind::Conversion),
        kpi("complaint", KpiKind::Conversion),
        kpi("revenue", KpiKind::Value),
    ];
    known.map(|kpi| (kpi.id.clone(), kpi)).into()
}

fn plan(guards: Vec<Guard>) -> Plan {
    Plan {
        guards,
        planned_units: 2_000,
        external_assignment: true,
        ..Plan::even(&[10_000])
    }
}

fn rollout(guards: Vec<Guard>) -> Rollout {
    let plan = plan(guards);
    let arm = |release| ArmPlan::new(ReleaseNumber(release), None);
    let start = Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        arms: Arms::two(arm(1), arm(2)),
        kpis: plan.check(&library()).unwrap(),
        definitions: Vec::new(),
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time(0),
    };
    Rollout::start(start, plan)
}

fn by_channel(kpi: &str, harm: Harm) -> Guard {
    let mut guard = Guard::of(kpi, harm);
    guard.more.cohorts = Some(Cohorts {
        facet: "channel".into(),
        levels: CHANNELS.map(str::to_owned).to_vec(),
    });
    guard
}

fn limited(kpi: &str, limit: Limit) -> Guard {
    let mut guard = Guard::of(kpi, Harm::Increase);
    guard.more.limit = Some(limit);
    guard
}

fn exposure(unit: &str, second: i64, arm: u8, channel: &str) -> Event {
    Event {
        id: format!("x-{unit}-{second}-{arm}"),
        kind: EventKind::Exposure,
        time: Time::from_seconds(second),
        unit: unit.into(),
        prompt: String::new(),
        rollout: Some(RolloutNumber(1)),
        arm: Some(arm),
        kpi: String::new(),
        value: 0,
        channel: channel.into(),
        attributes: String::new(),
    }
}

fn outcome(unit: &str, second: i64, kpi: &str, value: i64) -> Event {
    Event {
        id: format!("o-{unit}-{second}-{kpi}"),
        kind: EventKind::Outcome,
        rollout: None,
        arm: None,
        kpi: kpi.into(),
        value,
        ..exposure(unit, second, 0, "")
    }
}

/// Exposes `people` units, arm by arm in turn and channel by channel; `happens` says what else.
fn serve(
    fold: &mut RolloutFold,
    people: usize,
    mut happens: impl FnMut(usize, u8, &str) -> Vec<(&'static str, i64)>,
) {
    for n in 0..people {
        let (arm, channel) = (u8::try_from(n % 2).unwrap(), CHANNELS[n / 2 % 2]);
        let unit = format!("unit-{n}");
        fold.take(&exposure(&unit, 1, arm, channel));
        for (kpi, value) in happens(n, arm, channel) {
            fold.take(&outcome(&unit, 2, kpi, value));
        }
    }
}

fn fired(fold: &RolloutFold) -> Vec<(&str, Option<&str>, GuardAction)> {
    let all = fold.fired().iter();
    all.map(|one| (one.kpi.as_str(), one.cohort.as_deref(), one.action))
        .collect()
}

#[test]
fn a_cohort_that_is_harmed_is_found_though_the_whole_is_not() {
    let harmed = |_: usize, arm: u8, channel: &str| {
        // By sms nobody orders any more; by e-mail everybody does.
        match (arm, channel) {
            (1, "sms") => vec![],
            _ => vec![("order", 1)],
        }
    };
    let mut whole = RolloutFold::new(&rollout(vec![Guard {
        margin: 0.6,
        ..Guard::of("order", Harm::Decrease)
    }]));
    serve(&mut whole, 600, harmed);
    assert_eq!(fired(&whole), []);
    let mut apart = RolloutFold::new(&rollout(vec![Guard {
        margin: 0.6,
        ..by_channel("order", Harm::Decrease)
    }]));
    serve(&mut apart, 600, harmed);
    let expected = [("order", Some("channel=sms"), GuardAction::RollBack)];
    assert_eq!(fired(&apart), expected);
    let firing = &apart.fired()[0];
    let cohort = firing.reading.cohorts.iter();
    let cohort = cohort
        .clone()
        .find(|one| one.cohort == "channel=sms")
        .unwrap();
    assert_eq!(cohort.arms[1].sum, "0", "the evidence says whose");
}

#[test]
fn cohorts_share_the_part_of_their_guard() {
    let mut fold = RolloutFold::new(&rollout(vec![by_channel("order", Harm::Decrease)]));
    // Few enough that nothing has fired yet.
    serve(&mut fold, 44, |_, arm, channel| {
        if arm == 0 && channel == "sms" {
            vec![("order", 1)]
        } else {
            vec![]
        }
    });
    let reading = fold.reading();
    let all: Vec<f64> = reading.guards.iter().map(|one| one.log_e).collect();
    let cohorts: Vec<_> = reading
        .guards
        .iter()
        .map(|one| one.cohort.clone())
        .collect();
    assert_eq!(
        cohorts,
        [Some("channel=email".into()), Some("channel=sms".into())]
    );
    let sum: f64 = all.iter().map(|log_e| log_e.exp() / 2.0).sum();
    assert!(
        (reading.log_e - sum.ln()).abs() < 1e-9,
        "weights are halves"
    );
}

#[test]
fn a_level_that_is_too_high_is_found_without_looking_at_the_control() {
    // Both arms complain alike, and far more than is allowed.
    let mut fold = RolloutFold::new(&rollout(vec![limited("complaint", Limit::Level(0.003))]));
    serve(&mut fold, 2_000, |n, _, _| {
        if n / 2 % 50 == 0 {
            vec![("complaint", 1)]
        } else {
            vec![]
        }
    });
    assert_eq!(fired(&fold), [("complaint", None, GuardAction::RollBack)]);
    let mut fold = RolloutFold::new(&rollout(vec![limited("complaint", Limit::Level(0.05))]));
    serve(&mut fold, 2_000, |n, _, _| {
        if n / 2 % 50 == 0 {
            vec![("complaint", 1)]
        } else {
            vec![]
        }
    });
    assert_eq!(fired(&fold), []);
}

#[test]
fn a_difference_in_points_is_found() {
    let complain = |n: usize, arm: u8, _: &str| {
        let every = if arm == 1 { 10 } else { 40 };
        if (n / 2).is_multiple_of(every) {
            vec![("complaint", 1)]
        } else {
            vec![]
        }
    };
    let guard = |most| vec![limited("complaint", Limit::Difference(most))];
    let mut strict = RolloutFold::new(&rollout(guard(0.001)));
    serve(&mut strict, 4_000, complain);
    assert_eq!(fired(&strict).len(), 1);
    let mut lax = RolloutFold::new(&rollout(guard(0.2)));
    serve(&mut lax, 4_000, complain);
    assert_eq!(fired(&lax), []);
}

#[test]
fn a_mean_above_its_level_is_found_for_a_kpi_that_nobody_defined() {
    let mut rollout = rollout(vec![limited(model::LATENCY, Limit::Level(1_500.0))]);
    assert_eq!(rollout.kpis[0].unit, "ms");
    let slow = |n: usize, arm: u8, _: &str| {
        let jitter = i64::try_from(n % 13).unwrap() * 20;
        let base = if arm == 1 { 1_700 } else { 1_000 };
        vec![(model::LATENCY, base + jitter)]
    };
    let mut fold = RolloutFold::new(&rollout);
    serve(&mut fold, 400, slow);
    assert_eq!(fired(&fold).len(), 1);
    rollout.plan.guards[0].more.limit = Some(Limit::Level(2_500.0));
    let mut fold = RolloutFold::new(&rollout);
    serve(&mut fold, 400, slow);
    assert_eq!(fired(&fold), []);
}

#[test]
fn a_guard_that_only_tells_steps_aside_and_the_others_watch_on() {
    let tells = Guard {
        action: GuardAction::Escalate,
        ..limited("complaint", Limit::Level(0.01))
    };
    let guards = vec![tells, Guard::of("order", Harm::Decrease)];
    let mut fold = RolloutFold::new(&rollout(guards.clone()));
    let first = |n: usize, _: u8, _: &str| {
        if n.is_multiple_of(3) {
            vec![("complaint", 1)]
        } else {
            vec![]
        }
    };
    serve(&mut fold, 600, first);
    assert_eq!(fired(&fold), [("complaint", None, GuardAction::Escalate)]);
    // The evidence that counts from now on is that of the other guard alone.
    assert!(fold.reading().log_e < 1.0, "{}", fold.reading().log_e);
    for n in 600..1_400 {
        let (unit, arm) = (format!("unit-{n}"), u8::try_from(n % 2).unwrap());
        fold.take(&exposure(&unit, 3, arm, "email"));
        if arm == 0 {
            fold.take(&outcome(&unit, 4, "order", 1));
        }
    }
    let expected = [
        ("complaint", None, GuardAction::Escalate),
        ("order", None, GuardAction::RollBack),
    ];
    assert_eq!(fired(&fold), expected);
    // Rollouts that began before keep to one decision for an arm.
    let mut old = rollout(guards);
    old.method = GuardMethod::FourteenRatios;
    let mut fold = RolloutFold::new(&old);
    serve(&mut fold, 600, first);
    serve(&mut fold, 900, |_, arm, _| {
        if arm == 0 { vec![("order", 1)] } else { vec![] }
    });
    assert_eq!(fold.fired().len(), 1);
}

#[test]
fn a_revision_keeps_its_weights() {
    let mut began = rollout(vec![Guard::of("order", Harm::Decrease)]);
    let mut evidence = |method: GuardMethod| {
        began.method = method;
        let mut fold = RolloutFold::new(&began);
        // The control converts one in ten, the treatment nobody.
        serve(&mut fold, 200, |n, arm, _| {
            if arm == 0 && n % 20 == 0 {
                vec![("order", 1)]
            } else {
                vec![]
            }
        });
        fold.reading().log_e
    };
    let eight = evidence(GuardMethod::EightRatios);
    let fourteen = evidence(GuardMethod::FourteenRatios);
    let by_guard = evidence(GuardMethod::GuardByGuard);
    let collapse = evidence(GuardMethod::CollapseSooner);
    assert_eq!(fourteen.to_bits(), by_guard.to_bits());
    assert!(collapse > by_guard + 0.5, "{collapse}, {by_guard}");
    assert!((eight - by_guard).abs() > 0.1, "{eight}, {by_guard}");
}

#[test]
fn each_quarter_of_the_evidence_is_told_once() {
    let mut fold = RolloutFold::new(&rollout(vec![Guard::of("order", Harm::Decrease)]));
    serve(&mut fold, 400, |_, arm, _| {
        if arm == 0 { vec![("order", 1)] } else { vec![] }
    });
    let quarters: Vec<u8> = fold.passed().iter().map(|one| one.quarters).collect();
    assert_eq!(quarters, [1, 2, 3]);
    assert_eq!(fold.fired().len(), 1);
    let told: Vec<(&str, u8)> = fold
        .passed()
        .iter()
        .map(|one| (one.kpi.as_str(), one.arm))
        .collect();
    assert_eq!(told, [("order", 1); 3]);
}

#[test]
fn what_is_planned_must_make_sense() {
    let of = |harm, limit| {
        let mut guard = Guard::of("complaint", harm);
        guard.more.limit = Some(limit);
        guard
    };
    let levels = |levels: &[&str]| {
        let mut guard = Guard::of("order", Harm::Decrease);
        guard.more.cohorts = Some(Cohorts {
            facet: "region".into(),
            levels: levels.iter().map(|one| (*one).to_owned()).collect(),
        });
        guard
    };
    let many: Vec<String> = (0..21).map(|n| format!("r{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let both = Guard {
        margin: 0.1,
        ..of(Harm::Increase, Limit::Level(0.1))
    };
    let rows = [
        (of(Harm::Decrease, Limit::Level(0.1)), "from below"),
        (of(Harm::Increase, Limit::Level(0.0)), "above 0 %"),
        (of(Harm::Increase, Limit::Level(1.0)), "below 100 %"),
        (of(Harm::Increase, Limit::Level(f64::NAN)), "above 0 %"),
        (of(Harm::Increase, Limit::Difference(-0.1)), "0 or more"),
        (of(Harm::Increase, Limit::Difference(1.0)), "100 points"),
        (both, "a margin and a limit"),
        (levels(&[]), "1 to 20 values"),
        (levels(&many), "1 to 20 values"),
        (levels(&["eu", "eu"]), "twice"),
        (levels(&["eu", ""]), "empty"),
    ];
    for (guard, expected) in rows {
        let error: RolloutError = plan(vec![guard]).check(&library()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    plan(vec![
        of(Harm::Increase, Limit::Level(0.003)),
        of(Harm::Decrease, Limit::Difference(0.001)),
        levels(&["eu", "us"]),
    ])
    .check(&library())
    .unwrap();
}

#[test]
fn guards_from_before_there_were_limits_are_read_and_written_as_they_were() {
    let old =
        serde_json::json!({"kpi": "order", "harm": "decrease", "margin": 0.05, "action": "pause"});
    let guard: Guard = serde_json::from_value(old.clone()).unwrap();
    assert_eq!((guard.margin, guard.action), (0.05, GuardAction::Pause));
    assert_eq!(serde_json::to_value(&guard).unwrap(), old);
    let new = Guard {
        action: GuardAction::Hold,
        ..by_channel("order", Harm::Decrease)
    };
    let text = serde_json::to_string(&new).unwrap();
    assert_eq!(serde_json::from_str::<Guard>(&text).unwrap(), new);
}

/// Unit, second, arm or none for an order, channel.
fn happening() -> impl Strategy<Value = (u8, i64, Option<u8>, usize)> {
    let arm = prop_oneof![(0_u8..2).prop_map(Some), Just(None)];
    (0_u8..8, 0_i64..40, arm, 0_usize..3)
}

fn event((index, what): (usize, (u8, i64, Option<u8>, usize))) -> Event {
    let (unit, second, arm, channel) = what;
    let unit = format!("u{unit}");
    let mut event = match arm {
        Some(arm) => exposure(&unit, second, arm, ["email", "sms", "fax"][channel]),
        None => outcome(&unit, second, "order", 1),
    };
    event.id = format!("e{index}");
    event
}

/// Units and orders of each cohort and arm, read from all events at once.
fn oracle(events: &[Event]) -> Vec<(String, usize, u64, u64)> {
    let mut found: BTreeMap<(&str, usize), (u64, u64)> = BTreeMap::new();
    let units: std::collections::BTreeSet<&str> =
        events.iter().map(|one| one.unit.as_str()).collect();
    for unit in units {
        let own = || events.iter().filter(|one| one.unit == unit);
        let exposures = own().filter(|one| one.kind == EventKind::Exposure);
        // Of exposures to one arm at one moment the cohort that is named first counts.
        let place = |channel: &str| {
            CHANNELS
                .iter()
                .position(|one| *one == channel)
                .unwrap_or(255)
        };
        let first = exposures
            .map(|one| (one.time, one.arm.unwrap(), place(&one.channel)))
            .min();
        let Some((from, arm, channel)) = first else {
            continue;
        };
        let until = from.plus_seconds(1_000);
        let ordered = own()
            .any(|one| one.kind == EventKind::Outcome && one.time >= from && one.time <= until);
        if let Some(channel) = CHANNELS.get(channel) {
            let entry = found.entry((channel, usize::from(arm))).or_default();
            entry.0 += 1;
            entry.1 += u64::from(ordered);
        }
    }
    let all = CHANNELS
        .iter()
        .flat_map(|channel| [0, 1].map(|arm| (*channel, arm)));
    all.map(|key| {
        let (units, orders) = found.get(&key).copied().unwrap_or_default();
        (format!("channel={}", key.0), key.1, units, orders)
    })
    .collect()
}

fn folded(events: &[Event]) -> Vec<(String, usize, u64, u64)> {
    let mut fold = RolloutFold::new(&rollout(vec![by_channel("order", Harm::Decrease)]));
    let mut seen = std::collections::BTreeSet::new();
    for event in events {
        if seen.insert(event.id.clone()) {
            fold.take(event);
        }
    }
    let mut rows = Vec::new();
    for cohort in fold.reading().cohorts {
        for (arm, sums) in cohort.arms.iter().enumerate() {
            rows.push((
                cohort.cohort.clone(),
                arm,
                sums.units,
                sums.sum.parse().unwrap(),
            ));
        }
    }
    rows
}

proptest! {
    #[test]
    fn cohorts_are_a_function_of_the_set_of_events(
        happenings in prop::collection::vec(happening(), 0..60),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..90),
    ) {
        let events: Vec<Event> = happenings.into_iter().enumerate().map(event).collect();
        let expected = oracle(&events);
        prop_assert_eq!(&folded(&events), &expected);
        let mut shuffled: Vec<Event> = Vec::new();
        if !events.is_empty() {
            shuffled.extend(order.iter().map(|index| index.get(&events).clone()));
        }
        shuffled.extend(events.iter().rev().cloned());
        prop_assert_eq!(&folded(&shuffled), &expected);
    }

    /// A guard that tells cohorts apart says the same as guards on each cohort's events alone.
    #[test]
    fn the_evidence_of_a_cohort_is_that_of_its_own_people(
        happenings in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 10..80),
    ) {
        let mut apart = RolloutFold::new(&rollout(vec![by_channel("order", Harm::Decrease)]));
        let mut alone = RolloutFold::new(&rollout(vec![Guard::of("order", Harm::Decrease)]));
        for (n, (arm, sms, orders)) in happenings.into_iter().enumerate() {
            let unit = format!("u{n}");
            let mut told = vec![exposure(&unit, 1, u8::from(arm), CHANNELS[usize::from(sms)])];
            if orders {
                told.push(outcome(&unit, 2, "order", 1));
            }
            for event in told {
                apart.take(&event);
                if sms {
                    alone.take(&event);
                }
            }
        }
        let one = |fold: &RolloutFold, place: usize| fold.reading().guards[place].log_e;
        prop_assert!((one(&apart, 1) - one(&alone, 0)).abs() < 1e-9);
        let all: Vec<&Firing> = apart.fired().iter().collect();
        prop_assert!(all.len() <= 2);
    }
}
