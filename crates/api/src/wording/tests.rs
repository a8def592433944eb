//! Sentences by table.

use variorum_domain::fold::Firing;
use variorum_domain::id::{ActorId, ReleaseNumber, RolloutNumber, Time};
use variorum_domain::kpi::KpiMore;
use variorum_domain::rollout::{ArmPlan, Arms, Decisions, Ending, GuardMethod, Plan, StageChange};

use super::*;

fn kpi(kind: KpiKind, direction: Direction, unit: &str, decimals: u32, title: &str) -> Kpi {
    Kpi {
        id: "k".into(),
        title: title.into(),
        kind,
        direction,
        unit: unit.into(),
        decimals,
        window_seconds: 86_400,
        more: KpiMore::default(),
    }
}

fn orders() -> Kpi {
    kpi(KpiKind::Conversion, Direction::Up, "", 0, "First orders")
}

fn revenue() -> Kpi {
    kpi(KpiKind::Value, Direction::Up, "EUR", 2, "Revenue")
}

fn complaints() -> Kpi {
    kpi(KpiKind::Conversion, Direction::Down, "", 0, "Complaints")
}

fn clicks() -> Kpi {
    kpi(KpiKind::Count, Direction::Up, "", 0, "Clicks")
}

fn measure(units: u64, ends: Option<(f64, f64, f64)>) -> Measure {
    let difference = ends.map(|(estimate, low, high)| Difference {
        estimate,
        low,
        high,
    });
    Measure {
        units,
        control: 0.05,
        treatment: 0.041,
        difference,
    }
}

fn check(rows: &[(Kpi, Measure, &str, &str)]) {
    for (kpi, measure, state, sentence) in rows {
        let found = kpi_state(kpi, measure, false);
        assert_eq!(found.name(), *state, "{sentence}");
        assert_eq!(kpi_sentence("Version 13", kpi, measure, found), *sentence);
    }
}

#[test]
fn a_kpi_in_one_sentence() {
    let rows = [
        (
            orders(),
            measure(8_120, Some((-0.009, -0.016, -0.003))),
            "harm",
            "Version 13 brings 0.9 points fewer first orders, somewhere between 0.3 and 1.6 fewer.",
        ),
        (
            orders(),
            measure(8_120, Some((0.009, 0.003, 0.016))),
            "better",
            "Version 13 brings 0.9 points more first orders, somewhere between 0.3 and 1.6 more.",
        ),
        (
            orders(),
            measure(8_120, Some((0.0005, -0.004, 0.005))),
            "no-difference",
            "No difference seen yet: between 0.4 fewer and 0.5 more points.",
        ),
        (
            complaints(),
            measure(8_120, Some((0.002, 0.0002, 0.004))),
            "harm",
            "Version 13 brings 0.20 points more complaints, somewhere between 0.02 and 0.40 more.",
        ),
    ];
    check(&rows);
}

#[test]
fn a_kpi_in_its_unit_or_without_data() {
    let rows = [
        (
            revenue(),
            measure(8_120, Some((-120.0, -180.0, -60.0))),
            "harm",
            "Version 13 brings EUR 1.20 less revenue per person, somewhere between 0.60 and 1.80 less.",
        ),
        (
            revenue(),
            measure(8_120, Some((5.0, -40.0, 50.0))),
            "no-difference",
            "No difference seen yet: between EUR 0.40 less and EUR 0.50 more per person.",
        ),
        (
            clicks(),
            measure(8_120, Some((0.3, 0.1, 0.5))),
            "better",
            "Version 13 brings 0.3 more clicks per person, somewhere between 0.1 and 0.5 more.",
        ),
        (
            orders(),
            measure(1, None),
            "collecting",
            "Collecting: 1 person so far.",
        ),
        (
            orders(),
            measure(0, None),
            "collecting",
            "Collecting: nobody so far.",
        ),
        (
            orders(),
            measure(60, Some((-0.5, -0.9, -0.1))),
            "collecting",
            "Collecting: 60 people so far.",
        ),
        (
            orders(),
            measure(1_200, None),
            "collecting",
            "Collecting: 1,200 people so far.",
        ),
    ];
    check(&rows);
}

#[test]
fn a_guard_may_decide_before_the_interval_does() {
    let measure = measure(900, Some((-0.009, -0.016, 0.001)));
    let state = kpi_state(&orders(), &measure, true);
    assert_eq!(state, KpiState::Harm);
    assert_eq!(
        kpi_sentence("Version 13", &orders(), &measure, state),
        "Version 13 brings 0.9 points fewer first orders, somewhere between 1.6 fewer and 0.1 more."
    );
}

#[test]
fn what_a_version_brought() {
    let rows = [
        (
            orders(),
            Some((-0.009, -0.016, -0.003)),
            "First orders −0.9 points (between −1.6 and −0.3), 8,120 people",
        ),
        (
            revenue(),
            Some((42.0, 10.0, 74.0)),
            "Revenue +EUR 0.42 per person (between +0.10 and +0.74), 8,120 people",
        ),
        (
            orders(),
            None,
            "First orders: too little seen, 8,120 people",
        ),
    ];
    for (kpi, ends, sentence) in rows {
        assert_eq!(outcome_sentence(&kpi, &measure(8_120, ends)), sentence);
    }
}

fn rollout(state: RolloutState, minutes: i64) -> Rollout {
    let ending = Ending {
        at: Time::from_seconds(minutes * 60),
        by: "Guard".into(),
        by_guard: true,
        reason: String::new(),
        arm: None,
    };
    Rollout {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: Some("email/welcome".into()),
        arms: Arms::two(
            ArmPlan::new(ReleaseNumber(1), Some(12)),
            ArmPlan::new(ReleaseNumber(2), Some(13)),
        ),
        plan: Plan::even(&[1_250]),
        kpis: vec![orders()],
        definitions: Vec::new(),
        salt: "s".into(),
        state,
        stages: vec![StageChange {
            at: Time(0),
            stage: 0,
            coverage_bp: 1_250,
        }],
        started_at: Time(0),
        started_by: ActorId(1),
        started_by_name: "Ann".into(),
        method: GuardMethod::LATEST,
        resumed_at: None,
        hold: None,
        heeded: Vec::new(),
        decisions: Decisions::default(),
        ending: (!state.is_open()).then_some(ending),
        revision: 1,
    }
}

#[test]
fn how_a_rollout_ended() {
    let rows = [
        (
            RolloutState::RolledBack,
            11,
            Some("Taken back after 11 minutes. Everyone gets version 12 again."),
        ),
        (
            RolloutState::Finished,
            4_400,
            Some("Finished after 3 days. Everyone gets version 13."),
        ),
        (RolloutState::Running, 1, None),
        (RolloutState::Paused, 1, None),
    ];
    for (state, minutes, sentence) in rows {
        assert_eq!(
            ending_sentence(&rollout(state, minutes)).as_deref(),
            sentence
        );
    }
    let mut nameless = rollout(RolloutState::RolledBack, 1);
    let arm = |release| ArmPlan::new(ReleaseNumber(release), None);
    nameless.arms = Arms::two(arm(1), arm(2));
    let sentence = "Taken back after 1 minute. Everyone gets release 1 again.";
    assert_eq!(ending_sentence(&nameless).as_deref(), Some(sentence));
    let paused = rollout(RolloutState::Paused, 1);
    assert_eq!(paused_sentence(&paused), "Paused at 12.5 % of all people.");
}

#[test]
fn why_a_guard_decided() {
    let arm = |mean: f64| serde_json::json!({"units": 1_070, "sum": "0", "sum_of_squares": "0", "mean": mean});
    let firing: Firing = serde_json::from_value(serde_json::json!({
        "guard": 0,
        "kpi": "k",
        "action": "roll-back",
        "at": 660_000_000,
        "log_e": 4.7,
        "threshold": 4.6,
        "reading": {
            "exposed": [1_070, 1_070],
            "both_arms": 0,
            "dropped": 0,
            "kpis": [{"kpi": "k", "control": arm(0.05), "treatment": arm(0.041), "difference": null}],
            "guards": [{"kpi": "k", "log_e": 4.7}],
            "log_e": 4.7,
            "threshold": 4.6,
            "srm": {"p": 1.0, "log_e": 0.0, "alarm": false},
        },
    }))
    .unwrap();
    let rollout = rollout(RolloutState::RolledBack, 11);
    assert_eq!(
        fired_sentence(&rollout, rollout.kpis.first(), &firing),
        "First orders fell from 5.0 % with version 12 to 4.1 % with version 13; \
         the guard took it back after 11 minutes and 2,140 people."
    );
    assert_eq!(
        fired_sentence(&rollout, None, &firing),
        "The guard on k took it back after 11 minutes and 2,140 people."
    );
}

#[test]
fn numbers_as_people_write_them() {
    let lengths = [
        (0, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (7_200, "2 hours"),
    ];
    for (seconds, text) in lengths {
        assert_eq!(duration(seconds), text);
    }
    assert_eq!(duration(200_000), "2 days");
    let numbers = [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (12_345_678, "12,345,678"),
    ];
    for (number, text) in numbers {
        assert_eq!(grouped(number), text);
    }
    for (points, text) in [
        (1_000, "10 %"),
        (1_250, "12.5 %"),
        (1_005, "10.05 %"),
        (1, "0.01 %"),
    ] {
        assert_eq!(share(points), text);
    }
    assert_eq!(lower_first("NPS"), "NPS");
    assert_eq!(lower_first("Öffnungen"), "öffnungen");
}
