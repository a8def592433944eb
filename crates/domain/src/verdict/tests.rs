//! Verdicts: what is said, when nothing may be said, and what it rests on.

use proptest::prelude::*;

use super::*;
use crate::fold::{RolloutFold, SrmReading, TreatmentReading};
use crate::id::{ActorId, ReleaseNumber, RolloutNumber};
use crate::kpi::KpiMore;
use crate::rollout::{ArmPlan, Arms, GuardAction, GuardMore, Plan, Start, equal_shares};

const DAY: i64 = 86_400 * 1_000_000;

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

fn rollout(treatments: usize) -> Rollout {
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

fn arm(units: u64, sum: u64) -> ArmReading {
    ArmReading {
        units,
        sum: sum.to_string(),
        sum_of_squares: sum.to_string(),
        mean: 0.0,
        divisor: None,
    }
}

/// Clicks and unsubscribes of every arm of `units`, control first.
fn reading(units: u64, clicks: &[u64], unsubscribes: &[u64]) -> Reading {
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
    }
}

fn said(rollout: &Rollout, reading: &Reading, fired: &[&Firing]) -> (Verdict, String) {
    let verdict = judge(rollout, reading, fired, Time(DAY));
    let names = Names {
        arm: &|arm| format!("Version {}", arm + 12),
        kpi: &|id| id.to_owned(),
    };
    let sentence = sentence(&verdict, &names);
    (verdict, sentence)
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
            "Version 13 is better: +10 % clicks, between +4 and +16 %. Safe to use.",
        ),
        (
            reading(50_000, &[5_000, 5_500], &[500, 520]),
            Outcome::Better,
            "Version 13 is better: +10 % clicks, between +4 and +16 %. \
             Harm of up to 26 % in unsubscribes cannot be ruled out yet.",
        ),
        (
            reading(50_000, &[5_000, 4_500], &[500, 450]),
            Outcome::Worse,
            "Version 13 is worse: −10 % clicks, between −15 and −4 %. Roll it back.",
        ),
        (
            reading(50_000, &[5_000, 5_010], &[500, 450]),
            Outcome::NoDifference,
            "No difference larger than 6 % in clicks. Safe to use.",
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
