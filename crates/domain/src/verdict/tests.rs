//! Verdicts: what is said, when nothing may be said, and what it rests on.

use proptest::prelude::*;

use super::*;
use crate::fold::{ArmReading, RolloutFold, SrmReading, TreatmentReading};
use crate::id::{ActorId, ReleaseNumber, RolloutNumber};
use crate::kpi::{KpiKind, KpiMore};
use crate::rollout::{
    ArmPlan, Arms, Guard, GuardAction, GuardMore, Harm, Plan, Start, equal_shares,
};

pub(super) const DAY: i64 = 86_400 * 1_000_000;

fn kpi(id: &str, direction: Direction) -> Kpi {
    Kpi {
        id: id.into(),
        title: id.into(),
        kind: KpiKind::Conversion,
        direction,
        unit: String::new(),
        decimals: 0,
        window_seconds: 86_400,
        more: KpiMore::default(),
    }
}

pub(super) fn rollout(treatments: usize) -> Rollout {
    let arms = (0..=treatments).map(|arm| {
        let release = ReleaseNumber(i64::try_from(arm).unwrap() + 1);
        ArmPlan::new(release, None)
    });
    let mut arms = arms.collect::<Vec<_>>().into_iter();
    let control = arms.next().unwrap();
    let plan = Plan {
        weights_bp: equal_shares(treatments + 1),
        goal: Some("clicks".into()),
        guards: vec![Guard {
            kpi: "unsubscribes".into(),
            harm: Harm::Increase,
            margin: 0.2,
            action: GuardAction::RollBack,
            more: GuardMore::default(),
        }],
        ..Plan::even(&[1_000, 10_000])
    };
    let start = Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        arms: Arms::of(control, arms),
        kpis: vec![
            kpi("clicks", Direction::Up),
            kpi("unsubscribes", Direction::Down),
        ],
        definitions: Vec::new(),
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time(0),
    };
    Rollout::start(start, plan)
}

pub(super) fn arm(units: u64, sum: u64) -> ArmReading {
    ArmReading {
        units,
        sum: sum.to_string(),
        sum_of_squares: sum.to_string(),
        mean: 0.0,
        divisor: None,
        before: None,
        both_before: None,
        quantile: None,
    }
}

/// Clicks and unsubscribes of every arm of `units`, control first.
pub(super) fn reading(units: u64, clicks: &[u64], unsubscribes: &[u64]) -> Reading {
    let of = |kpi: &str, sums: &[u64]| KpiReading {
        kpi: kpi.into(),
        control: arm(units, sums[0]),
        treatments: sums[1..]
            .iter()
            .map(|sum| TreatmentReading {
                arm: arm(units, *sum),
                difference: None,
            })
            .collect(),
        pairs: None,
    };
    Reading {
        exposed: vec![units; clicks.len()],
        both_arms: 0,
        dropped: 0,
        kpis: vec![of("clicks", clicks), of("unsubscribes", unsubscribes)],
        guards: Vec::new(),
        cohorts: Vec::new(),
        log_e: 0.0,
        threshold: 4.6,
        srm: SrmReading {
            p: 1.0,
            log_e: 0.0,
            alarm: false,
        },
        windows: None,
    }
}

fn said(rollout: &Rollout, reading: &Reading, fired: &[&Firing]) -> (Verdict, String) {
    let verdict = judge(rollout, reading, fired, Time(DAY));
    let sentence = sentence(&verdict, &names());
    (verdict, sentence)
}

pub(super) fn names() -> Names<'static> {
    Names {
        arm: &|arm| format!("Version {}", arm + 12),
        kpi: &|id| id.to_owned(),
        amount: &|_, within, number| {
            let unit = if within == Within::Level {
                "%"
            } else {
                "points"
            };
            format!("{:.1} {unit}", number * 100.0)
        },
    }
}

fn firing(arm: u8, reading: &Reading) -> Firing {
    Firing {
        guard: 0,
        arm,
        kpi: "unsubscribes".into(),
        cohort: None,
        action: GuardAction::RollBack,
        at: Time(5),
        log_e: 5.0,
        threshold: 4.6,
        reading: reading.clone(),
    }
}

#[test]
fn one_honest_sentence() {
    let two = rollout(1);
    let rows: [(Reading, Outcome, &str); 6] = [
        (
            reading(50_000, &[5_000, 5_500], &[500, 450]),
            Outcome::Better,
            "Version 13 is better: +10 % clicks, between +4 and +16 %. \
             Safe to use: unsubscribes not worse by more than 20 %.",
        ),
        (
            reading(50_000, &[5_000, 5_500], &[500, 520]),
            Outcome::Better,
            "Version 13 is better: +10 % clicks, between +4 and +16 %. \
             Harm of up to 24 % in unsubscribes cannot be ruled out yet.",
        ),
        (
            reading(50_000, &[5_000, 4_500], &[500, 450]),
            Outcome::Worse,
            "Version 13 is worse: −10 % clicks, between −15 and −4 %. Roll it back.",
        ),
        (
            reading(50_000, &[5_000, 5_010], &[500, 450]),
            Outcome::NoDifference,
            "No difference larger than 6 % in clicks. \
             Safe to use: unsubscribes not worse by more than 20 %.",
        ),
        (
            reading(1_000, &[100, 104], &[10, 9]),
            Outcome::NotEnough,
            "Not enough data yet, about 19 days to go.",
        ),
        (
            reading(0, &[0, 0], &[0, 0]),
            Outcome::NotEnough,
            "Not enough data yet.",
        ),
    ];
    for (reading, outcome, wanted) in rows {
        let (verdict, sentence) = said(&two, &reading, &[]);
        assert_eq!((verdict.outcome, sentence.as_str()), (outcome, wanted));
    }
}

#[test]
fn an_uneven_split_blocks_every_claim() {
    let mut better = reading(50_000, &[5_000, 5_500], &[500, 450]);
    better.srm.alarm = true;
    let (verdict, sentence) = said(&rollout(1), &better, &[]);
    assert_eq!(verdict.outcome, Outcome::Held);
    assert!(!verdict.supports(1), "nobody may finish on it");
    assert!(sentence.starts_with("Held: people are not split as planned"));
}

#[test]
fn a_guard_decides_before_the_goal() {
    let better = reading(50_000, &[5_000, 5_500], &[500, 900]);
    let (verdict, sentence) = said(&rollout(1), &better, &[&firing(1, &better)]);
    assert_eq!(verdict.outcome, Outcome::Stopped);
    assert_eq!(sentence, "Version 13 does harm: a guard stopped it.");
    // One arm of two was stopped: the other is judged.
    let both = reading(50_000, &[5_000, 5_600, 5_600], &[500, 900, 400]);
    let (verdict, _) = said(&rollout(2), &both, &[&firing(1, &both)]);
    assert_eq!((verdict.outcome, verdict.arm), (Outcome::Better, Some(2)));
}

#[test]
fn the_best_of_several_is_named_and_each_is_corrected() {
    let three = reading(50_000, &[5_000, 5_600, 5_900, 5_010], &[500, 400, 400, 400]);
    let (verdict, _) = said(&rollout(3), &three, &[]);
    assert_eq!((verdict.outcome, verdict.arm), (Outcome::Better, Some(2)));
    let claims: Vec<Claim> = verdict.treatments.iter().map(|found| found.claim).collect();
    assert_eq!(claims, [Claim::Better, Claim::Better, Claim::Open]);
    assert!(verdict.supports(1) && verdict.supports(2) && !verdict.supports(3));
    // The same numbers alone are enough; among nine they are not.
    let alone = reading(50_000, &[5_000, 5_325], &[500, 500]);
    assert_eq!(said(&rollout(1), &alone, &[]).0.outcome, Outcome::Better);
    let clicks: Vec<u64> = std::iter::once(5_000)
        .chain(std::iter::once(5_325))
        .chain([5_000; 8])
        .collect();
    let many = reading(50_000, &clicks, &[500; 10]);
    assert_ne!(said(&rollout(9), &many, &[]).0.outcome, Outcome::Better);
}

#[test]
fn what_speaks_against_an_arm_is_said() {
    let even = [500, 450];
    let objection = |treatments: usize, reading: &Reading, fired: &[&Firing], arm: u8| {
        said(&rollout(treatments), reading, fired).0.objection(arm)
    };
    let better = reading(50_000, &[5_000, 5_500], &even);
    assert_eq!(objection(1, &better, &[], 1), None);
    let harmful = firing(1, &better);
    assert_eq!(
        objection(1, &better, &[&harmful], 1),
        Some(Objection::Guard)
    );
    let worse = reading(50_000, &[5_000, 4_500], &even);
    assert_eq!(objection(1, &worse, &[], 1), Some(Objection::Worse));
    let little = reading(1_000, &[100, 104], &even);
    assert_eq!(objection(1, &little, &[], 1), Some(Objection::NotEnough));
    let equal = reading(50_000, &[5_000, 5_010], &even);
    assert_eq!(objection(1, &equal, &[], 1), None);
    let mut uneven = better.clone();
    uneven.srm.alarm = true;
    assert_eq!(objection(1, &uneven, &[], 1), Some(Objection::Split));
    // One of two was paused by its guard although the goal is better with it.
    let two = reading(50_000, &[5_000, 5_600, 5_010], &[500, 900, 400]);
    assert_eq!(objection(2, &two, &[&harmful], 1), Some(Objection::Guard));
    assert_eq!(objection(2, &two, &[], 1), Some(Objection::NotSafe));
    assert_eq!(objection(2, &two, &[], 2), Some(Objection::NotTheBest));
}

#[test]
fn a_version_ships_when_the_goal_is_better_and_no_guarded_number_worse() {
    // Treatment's clicks and unsubscribes, whether its guard fired, and whether it ships.
    let rows = [
        (5_500, 450, false, None, true),
        (5_500, 450, true, Some(Objection::Guard), false),
        (5_500, 520, false, Some(Objection::NotSafe), false),
        (5_010, 450, false, None, false),
        (5_010, 520, false, Some(Objection::NotSafe), false),
        (4_500, 450, false, Some(Objection::Worse), false),
    ];
    for (clicks, unsubscribes, fires, objection, ships) in rows {
        let found = reading(50_000, &[5_000, clicks], &[500, unsubscribes]);
        let harmful = firing(1, &found);
        let fired: Vec<&Firing> = if fires { vec![&harmful] } else { Vec::new() };
        let (verdict, _) = said(&rollout(1), &found, &fired);
        let got = (verdict.objection(1), verdict.ships(1));
        assert_eq!(got, (objection, ships), "{clicks} {unsubscribes} {fires}");
    }
}

#[test]
fn the_change_is_told_relative_and_absolute_alike() {
    let found = reading(50_000, &[5_000, 5_500, 5_010], &[500, 450, 450]);
    let (verdict, _) = said(&rollout(2), &found, &[]);
    let first = &verdict.treatments[0];
    let absolute = first.absolute.unwrap();
    assert!((absolute.estimate - 0.01).abs() < 1e-12, "one point more");
    assert!(absolute.low > 0.0 && first.lift.unwrap().low > 0.0);
    let second = verdict.treatments[1].absolute.unwrap();
    assert!(second.low < 0.0 && second.high > 0.0);
    // Two versions: Holm doubles the smaller p, Benjamini and Hochberg the same; the larger stays.
    let p = |place: usize| {
        let found = &verdict.treatments[place];
        (found.p.unwrap(), found.p_discovery.unwrap())
    };
    assert!((p(0).0 - p(0).1).abs() < 1e-12 && p(1).1 <= p(1).0);
}

#[test]
fn what_was_known_before_is_taken_out() {
    let mut rollout = rollout(1);
    rollout.plan.goal = Some("unsubscribes".into());
    rollout.plan.guards.clear();
    let mut found = reading(2_000, &[200, 200], &[200, 230]);
    let of_goal = &mut found.kpis[1];
    // Most of those to whom it happens are those to whom it happened before.
    let before = |products: u64| {
        Some(crate::fold::DivisorReading {
            sum: "200".into(),
            sum_of_squares: "200".into(),
            sum_of_products: products.to_string(),
        })
    };
    of_goal.control.before = before(120);
    of_goal.treatments[0].arm.before = before(138);
    let (adjusted, _) = said(&rollout, &found, &[]);
    let (plain, _) = {
        let mut plain = found.clone();
        plain.kpis[1].control.before = None;
        plain.kpis[1].treatments[0].arm.before = None;
        said(&rollout, &plain, &[])
    };
    let (adjusted, plain) = (&adjusted.treatments[0], &plain.treatments[0]);
    let gain = adjusted.adjustment.unwrap();
    assert!((0.3..0.4).contains(&gain.reduction), "{gain:?}");
    assert_eq!(plain.adjustment, None);
    let width = |found: &TreatmentVerdict| {
        let absolute = found.absolute.unwrap();
        (absolute.estimate, absolute.high - absolute.low)
    };
    // Both arms did the same before, so the difference stays and only the interval shrinks.
    assert!((width(adjusted).0 - width(plain).0).abs() < 1e-12);
    assert!(width(adjusted).1 < 0.9 * width(plain).1);
    assert!(adjusted.p.unwrap() < plain.p.unwrap());
    // Where nothing was before, nothing is taken out.
    let nothing = Some(crate::fold::DivisorReading {
        sum: "0".into(),
        sum_of_squares: "0".into(),
        sum_of_products: "0".into(),
    });
    found.kpis[1].control.before = nothing.clone();
    found.kpis[1].treatments[0].arm.before = nothing;
    let (verdict, _) = said(&rollout, &found, &[]);
    let same = &verdict.treatments[0];
    assert!(same.adjustment.unwrap().theta.abs() <= 0.0);
    assert!(same.adjustment.unwrap().reduction.abs() <= 0.0);
    assert!((same.p.unwrap() - plain.p.unwrap()).abs() < 1e-9);
    assert_eq!(same.claim, plain.claim);
}

#[test]
fn few_units_carry_no_claim() {
    let tiny = reading(99, &[0, 99], &[0, 0]);
    let (verdict, _) = said(&rollout(1), &tiny, &[]);
    assert_eq!(verdict.outcome, Outcome::NotEnough);
    assert_eq!(verdict.treatments[0].lift, None);
}

#[test]
fn time_at_a_small_stage_counts_for_less() {
    let mut rollout = rollout(1);
    let some = reading(1_000, &[100, 100], &[10, 10]);
    let days = |rollout: &Rollout| judge(rollout, &some, &[], Time(DAY)).days_left.unwrap();
    assert!((days(&rollout) - 19.0).abs() < 1e-9);
    rollout.advance(Time(DAY)).unwrap();
    assert!(
        (days(&rollout) - 1.9).abs() < 1e-9,
        "ten times as many come now"
    );
}

#[test]
fn without_a_goal_there_is_nothing_to_decide() {
    let mut rollout = rollout(1);
    rollout.plan.goal = None;
    let (verdict, _) = said(&rollout, &reading(500, &[50, 50], &[5, 5]), &[]);
    assert_eq!(verdict.outcome, Outcome::NoGoal);
    assert!(verdict.supports(1));
}

#[test]
fn of_a_quantile_nothing_is_claimed() {
    let mut rollout = rollout(1);
    rollout.kpis[0].kind = KpiKind::Quantile;
    let (verdict, sentence) = said(
        &rollout,
        &reading(50_000, &[5_000, 5_500], &[500, 450]),
        &[],
    );
    assert_eq!(verdict.outcome, Outcome::ForReading);
    assert!(verdict.treatments[0].lift.is_none() && verdict.supports(1));
    assert!(sentence.starts_with("The goal is a quantile"), "{sentence}");
}

#[test]
fn an_empty_fold_is_judged() {
    let rollout = rollout(2);
    let empty = RolloutFold::new(&rollout).reading();
    assert_eq!(said(&rollout, &empty, &[]).0.outcome, Outcome::NotEnough);
}

proptest! {
    #[test]
    fn claim_and_interval_never_contradict_each_other(
        units in 100u64..200_000,
        shares in proptest::collection::vec(0.0..0.3f64, 2..6),
    ) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a count within the units"
        )]
        let clicks: Vec<u64> = shares.iter().map(|share| (units as f64 * share) as u64).collect();
        let found = reading(units, &clicks, &vec![units / 50; clicks.len()]);
        let (verdict, sentence) = said(&rollout(clicks.len() - 1), &found, &[]);
        prop_assert!(!sentence.contains("significant") && !sentence.contains("NaN"));
        for treatment in &verdict.treatments {
            let Some(lift) = treatment.lift else { continue };
            let settled = match treatment.claim {
                Claim::Better => lift.low >= -1e-9,
                Claim::Worse => lift.high <= 1e-9,
                Claim::Open => lift.low <= 1e-9 && lift.high >= -1e-9,
            };
            prop_assert!(settled, "{treatment:?}");
        }
    }
}
