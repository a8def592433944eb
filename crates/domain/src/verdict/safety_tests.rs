//! What "safe to use" rests on, for each kind of guard.

use super::tests::{DAY, arm, names, reading, rollout};
use super::*;
use crate::fold::CohortReading;
use crate::rollout::{Cohorts, Guard, Harm, Limit};

/// Enough days for nearly everybody's time to be over.
const LATER: Time = Time(20 * DAY);

fn said_later(rollout: &Rollout, reading: &Reading) -> (Verdict, String) {
    let verdict = judge(rollout, reading, &[], LATER);
    let sentence = sentence(&verdict, &names());
    (verdict, sentence)
}

/// The rollout of the other tests, watched by one guard with this limit instead of a margin.
fn limited(limit: Limit) -> Rollout {
    let mut rollout = rollout(1);
    let guard = &mut rollout.plan.guards[0];
    (guard.margin, guard.more.limit) = (0.0, Some(limit));
    rollout
}

#[test]
fn a_level_is_shown_by_the_level_and_not_by_the_difference() {
    // A tenth fewer unsubscribes than the old one, which was far above what is allowed.
    let found = reading(50_000, &[5_000, 5_500], &[500, 450]);
    let rows = [
        (0.012, true, "Safe to use: unsubscribes not above 1.2 %."),
        (
            0.01,
            false,
            "That unsubscribes stays at 1.0 % is not shown yet: it may be up to 1.1 %.",
        ),
    ];
    for (limit, is_safe, wanted) in rows {
        let (verdict, sentence) = said_later(&limited(Limit::Level(limit)), &found);
        assert_eq!(verdict.supports(1), is_safe, "{sentence}");
        assert!(sentence.ends_with(wanted), "{sentence}");
    }
    // More unsubscribes than with the old one, and still far fewer than allowed.
    let more = reading(50_000, &[5_000, 5_500], &[100, 200]);
    assert!(
        said_later(&limited(Limit::Level(0.01)), &more)
            .0
            .supports(1)
    );
}

#[test]
fn a_level_waits_for_the_time_of_people_to_be_over() {
    let found = reading(50_000, &[5_000, 5_500], &[500, 450]);
    let rollout = limited(Limit::Level(0.012));
    let level = |now: Time| judge(&rollout, &found, &[], now).treatments[0].safety[0].clone();
    let at_first = level(Time(DAY));
    assert_eq!((at_first.loss_at_most, at_first.is_shown), (None, false));
    // Half of them: what all did counts for half as many.
    let half = level(Time(2 * DAY)).loss_at_most.unwrap();
    let later = level(LATER).loss_at_most.unwrap();
    assert!(half > 0.018 && later < 0.012, "{half} {later}");
    // Where nothing was told of anybody, it may be that nobody tells.
    let silent = reading(50_000, &[5_000, 5_500], &[0, 0]);
    let found = &judge(&rollout, &silent, &[], LATER).treatments[0].safety[0];
    assert_eq!((found.loss_at_most, found.is_shown), (None, false));
}

#[test]
fn a_level_of_an_amount_is_shown_by_its_mean() {
    let mut rollout = limited(Limit::Level(0.012));
    rollout.kpis[1].kind = KpiKind::Count;
    let found = reading(50_000, &[5_000, 5_500], &[500, 450]);
    let level = &said_later(&rollout, &found).0.treatments[0].safety[0];
    assert!(level.is_shown && level.loss_at_most.unwrap() > 450.0 / 47_500.0);
    rollout.plan.guards[0].more.limit = Some(Limit::Level(0.0096));
    assert!(!said_later(&rollout, &found).0.supports(1));
}

#[test]
fn a_difference_is_shown_in_units() {
    let found = reading(50_000, &[5_000, 5_500], &[500, 500]);
    let (verdict, sentence) = said_later(&limited(Limit::Difference(0.004)), &found);
    assert!(verdict.supports(1));
    assert!(
        sentence.ends_with("Safe to use: unsubscribes not worse by more than 0.4 points."),
        "{sentence}"
    );
    let (verdict, sentence) = said_later(&limited(Limit::Difference(0.0004)), &found);
    assert_eq!(verdict.objection(1), Some(Objection::NotSafe));
    assert!(
        sentence.ends_with(
            "Harm of up to 0.2 points in unsubscribes cannot be ruled out yet; 0.0 points are \
             allowed."
        ),
        "{sentence}"
    );
    // No data can show that there is no difference at all, so the usual margin is used.
    let (verdict, _) = said_later(&limited(Limit::Difference(0.0)), &found);
    let safety = &verdict.treatments[0].safety[0];
    assert_eq!(
        (safety.within, safety.from),
        (Within::Share, MarginFrom::Usual)
    );
}

fn cohort(kpi: &str, cohort: &str, units: u64, sums: [u64; 2]) -> CohortReading {
    CohortReading {
        kpi: kpi.into(),
        cohort: cohort.into(),
        arms: sums.map(|sum| arm(units, sum)).to_vec(),
    }
}

fn by_channel(kpi: &str, harm: Harm, margin: f64) -> Guard {
    let mut guard = Guard::of(kpi, harm);
    guard.margin = margin;
    guard.more.cohorts = Some(Cohorts {
        facet: "channel".into(),
        levels: vec!["email".into(), "sms".into(), "voice".into()],
    });
    guard
}

#[test]
fn each_cohort_is_shown_by_itself() {
    let mut rollout = rollout(1);
    rollout.plan.guards = vec![by_channel("unsubscribes", Harm::Increase, 0.2)];
    let mut found = reading(100_000, &[10_000, 11_000], &[1_000, 900]);
    let quiet = cohort("unsubscribes", "channel=email", 80_000, [900, 700]);
    let few = cohort("unsubscribes", "channel=voice", 60, [0, 1]);
    found.cohorts = vec![
        quiet.clone(),
        cohort("unsubscribes", "channel=sms", 19_940, [100, 199]),
        few.clone(),
    ];
    let (verdict, sentence) = said_later(&rollout, &found);
    assert_eq!(verdict.objection(1), Some(Objection::NotSafe));
    assert!(
        sentence.contains("in unsubscribes (channel sms) cannot be ruled out yet"),
        "{sentence}"
    );
    found.cohorts[1] = cohort("unsubscribes", "channel=sms", 19_940, [500, 300]);
    let (verdict, sentence) = said_later(&rollout, &found);
    assert!(verdict.supports(1), "{sentence}");
    assert!(
        sentence.ends_with(
            "Safe to use: none of 3 guarded numbers is worse by more than its limit. One watched \
             cohort has too few people to tell."
        ),
        "{sentence}"
    );
    let lines: Vec<String> = verdict.treatments[0]
        .safety
        .iter()
        .map(|safety| safety_words(safety, &names()))
        .collect();
    assert_eq!(lines.len(), 4, "everybody, and each channel");
    assert!(lines[0].starts_with("Unsubscribes: at most "));
    assert!(lines[1].ends_with("worse; 20 % allowed by its guard."));
    assert_eq!(
        lines[3],
        "Unsubscribes (channel voice): too few people to tell; nothing waits for them."
    );
}

#[test]
fn cohorts_of_the_goal_are_not_covered_by_its_claim() {
    let mut rollout = rollout(1);
    rollout.plan.guards = vec![by_channel("clicks", Harm::Decrease, 0.05)];
    let mut found = reading(100_000, &[10_000, 12_000], &[1_000, 1_000]);
    found.cohorts = vec![
        cohort("clicks", "channel=email", 80_000, [8_000, 10_400]),
        cohort("clicks", "channel=sms", 20_000, [2_000, 1_600]),
    ];
    let (verdict, sentence) = said_later(&rollout, &found);
    assert_eq!(verdict.outcome, Outcome::Better);
    assert_eq!(verdict.objection(1), Some(Objection::NotSafe), "{sentence}");
    // The same guard without cohorts asks nothing that the claim does not answer.
    rollout.plan.guards[0].more.cohorts = None;
    assert!(said_later(&rollout, &found).0.supports(1));
}

#[test]
fn the_margin_is_the_rollouts_or_the_definitions_or_the_guards_or_the_usual_one() {
    let found = reading(200_000, &[20_000, 22_000], &[2_000, 2_000]);
    let rows = [
        (
            Some(0.4),
            1_500,
            0.3,
            0.4,
            MarginFrom::Rollout,
            "by this rollout.",
        ),
        (
            None,
            1_500,
            0.3,
            0.15,
            MarginFrom::Definition,
            "by its definition.",
        ),
        (None, 0, 0.3, 0.3, MarginFrom::Guard, "by its guard."),
        (
            None,
            0,
            0.0,
            SAFE_MARGIN,
            MarginFrom::Usual,
            "as is usual where nobody names a limit. More people are needed.",
        ),
    ];
    for (planned, not_worse_by_bp, tolerated, margin, from, words) in rows {
        let mut rollout = rollout(1);
        rollout.plan.guards[0].margin = tolerated;
        rollout.kpis[1].more.not_worse_by_bp = not_worse_by_bp;
        let own = planned.map(|share| ("unsubscribes".to_owned(), share));
        rollout.plan.not_worse_by.extend(own);
        let verdict = said_later(&rollout, &found).0;
        let safety = &verdict.treatments[0].safety[0];
        assert!((safety.margin - margin).abs() < 1e-12);
        assert_eq!(safety.from, from);
        let said = safety_words(safety, &names());
        assert!(said.ends_with(words), "{said}");
    }
    // A level is no margin: the rollout's own leaves it what it is.
    let mut rollout = limited(Limit::Level(0.02));
    rollout.plan.not_worse_by.insert("unsubscribes".into(), 0.4);
    let safety = &said_later(&rollout, &found).0.treatments[0].safety[0];
    assert_eq!(
        (safety.within, safety.from),
        (Within::Level, MarginFrom::Guard)
    );
}

#[test]
fn a_version_that_is_shown_to_be_no_worse_may_be_used() {
    let no_worse = |treatments: usize, share: f64| {
        let mut rollout = rollout(treatments);
        rollout.plan.planned_units = 400_000;
        rollout.plan.not_worse_by.insert("clicks".into(), share);
        rollout
    };
    let found = reading(100_000, &[10_000, 10_020], &[1_000, 900]);
    let (verdict, sentence) = said_later(&no_worse(1, 0.04), &found);
    assert_eq!((verdict.outcome, verdict.arm), (Outcome::NotWorse, Some(1)));
    assert!(
        verdict.supports(1) && !verdict.ships(1),
        "nothing is better"
    );
    assert!(
        sentence.starts_with("Version 13 is no worse: at most 4 % lost in clicks. Safe to use: "),
        "{sentence}"
    );
    // The same numbers do not show it for a smaller margin, nor where nobody asked for it.
    assert_eq!(
        said_later(&no_worse(1, 0.03), &found).0.outcome,
        Outcome::NotEnough
    );
    let mut unasked = no_worse(1, 0.04);
    unasked.plan.not_worse_by.clear();
    assert_eq!(said_later(&unasked, &found).0.outcome, Outcome::NotEnough);
    // One of several needs more, because each may be the one that is wrong.
    let several = reading(
        100_000,
        &[10_000, 10_020, 9_000, 10_000, 10_000],
        &[1_000; 5],
    );
    let mut four = no_worse(4, 0.04);
    four.plan.planned_units = 1_000_000;
    assert_eq!(said_later(&four, &several).0.outcome, Outcome::NotEnough);
    // At the planned number of people "no difference" does not do where a loss cannot be ruled out.
    let mut planned = no_worse(1, 0.03);
    planned.plan.planned_units = 200_000;
    let (verdict, sentence) = said_later(&planned, &found);
    assert_eq!(verdict.outcome, Outcome::NoDifference);
    assert_eq!(verdict.objection(1), Some(Objection::NotSafe), "{sentence}");
    // Harm elsewhere still speaks against it; a better version is no worse.
    let harm = reading(100_000, &[10_000, 10_020], &[1_000, 1_400]);
    let (verdict, _) = said_later(&no_worse(1, 0.04), &harm);
    assert_eq!(verdict.objection(1), Some(Objection::NotSafe));
    let better = reading(100_000, &[10_000, 11_000], &[1_000, 900]);
    let (verdict, _) = said_later(&no_worse(1, 0.01), &better);
    assert_eq!(verdict.outcome, Outcome::Better);
    assert!(verdict.ships(1));
}
