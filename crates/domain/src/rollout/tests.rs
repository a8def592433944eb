//! Rollouts: moving on, arms, and units that never change sides.

use super::*;
use proptest::prelude::*;

fn plan() -> Plan {
    Plan::even(&[500, 2_500, 10_000])
}

fn start(arms: Arms) -> Start {
    Start {
        number: RolloutNumber(1),
        environment: "production".into(),
        title: "t".into(),
        prompt: None,
        arms,
        kpis: Vec::new(),
        definitions: Vec::new(),
        salt: "s".into(),
        by: (ActorId(1), "Ann".into()),
        at: Time(0),
    }
}

fn arm(release: i64) -> ArmPlan {
    ArmPlan::new(ReleaseNumber(release), None)
}

pub(super) fn timed(coverage_bp: u32, at: Option<i64>, units_min: Option<u64>) -> Stage {
    Stage {
        not_before: at.map(Time),
        units_min,
        ..Stage::of(coverage_bp)
    }
}

/// Started at 0 with these stages.
pub(super) fn started_with(stages: Vec<Stage>) -> Rollout {
    let plan = Plan { stages, ..plan() };
    Rollout::start(start(Arms::two(arm(1), arm(2))), plan)
}

fn started() -> Rollout {
    Rollout::start(start(Arms::two(arm(1), arm(2))), plan())
}

/// The old release, and `treatments` new ones with equal shares.
fn with_arms(treatments: i64) -> Rollout {
    let arms = Arms::of(arm(1), (0..treatments).map(|new| arm(2 + new)));
    let weights_bp = equal_shares(arms.all().len());
    let plan = Plan {
        weights_bp,
        ..plan()
    };
    Rollout::start(start(arms), plan)
}

fn ended() -> Ending {
    Ending {
        at: Time(1),
        by: "Ann".into(),
        by_guard: false,
        reason: String::new(),
        arm: None,
    }
}

#[test]
fn stages_go_up_and_stop_at_the_last() {
    let mut rollout = started();
    assert_eq!(rollout.coverage_bp(), 500);
    rollout.advance(Time(1)).unwrap();
    rollout.advance(Time(2)).unwrap();
    assert_eq!(rollout.coverage_bp(), 10_000);
    assert_eq!(
        rollout.advance(Time(3)),
        Err(RolloutError::LastStage(RolloutNumber(1)))
    );
}

#[test]
fn what_has_ended_stays_ended() {
    let mut rollout = started();
    let ending = ended();
    rollout
        .end(RolloutState::RolledBack, ending.clone())
        .unwrap();
    assert_eq!(rollout.arm_of("u"), None);
    assert!(rollout.advance(Time(2)).is_err());
    assert!(rollout.end(RolloutState::Finished, ending).is_err());
    assert!(rollout.pause().is_err());
}

#[test]
fn plans_that_contradict_themselves_are_refused() {
    let edits: [fn(&mut Plan); 8] = [
        |plan| plan.stages.clear(),
        |plan| plan.stages.reverse(),
        |plan| plan.weights_bp = vec![10_000, 0],
        |plan| plan.weights_bp = vec![10_000],
        |plan| plan.stages = vec![timed(1, Some(9), None), timed(2, Some(8), None)],
        |plan| plan.weights_bp = equal_shares(11),
        |plan| plan.alpha = 0.0,
        |plan| plan.goal = Some("nothing".into()),
    ];
    for edit in edits {
        let mut plan = plan();
        edit(&mut plan);
        assert!(plan.check(&std::collections::BTreeMap::new()).is_err());
    }
}

#[test]
fn shares_that_are_equal_add_up_whatever_their_number() {
    for arms in 2..=10 {
        let shares = equal_shares(arms);
        assert_eq!(shares.iter().sum::<u32>(), ALL_BP);
        assert!(shares.iter().all(|share| shares[0] - share < 10));
    }
}

#[test]
fn an_arm_stops_while_others_go_on_and_the_last_one_does_not() {
    let mut rollout = with_arms(2);
    assert_eq!(
        rollout.winner(None),
        Err(RolloutError::WhichArm(RolloutNumber(1)))
    );
    rollout.stop_arm(1, ended()).unwrap();
    assert!(!rollout.is_arm_open(1) && rollout.is_arm_open(2));
    assert_eq!(rollout.winner(None), Ok(2));
    assert!(rollout.winner(Some(1)).is_err());
    assert!(rollout.winner(Some(CONTROL)).is_err());
    assert!(rollout.stop_arm(1, ended()).is_err());
    assert_eq!(
        rollout.stop_arm(2, ended()),
        Err(RolloutError::LastArm(RolloutNumber(1)))
    );
    assert!(rollout.stop_arm(CONTROL, ended()).is_err());
}

#[test]
fn a_rollout_stored_when_there_were_two_arms_is_read() {
    let old = serde_json::json!({
        "number": 12, "environment": "production", "title": "Shorter", "prompt": "email/welcome",
        "control": 3, "treatment": 4, "control_version": 7, "treatment_version": 8,
        "plan": {
            "weights_bp": [5_000, 5_000], "stages": [{"coverage_bp": 1_000}], "goal": null,
            "hypothesis": "", "guards": [], "alpha": 0.01, "planned_units": 40_000,
            "external_assignment": false,
        },
        "kpis": [], "salt": "abc", "state": "rolled-back",
        "stages": [{"at": 0, "stage": 0, "coverage_bp": 1_000}],
        "started_at": 0, "started_by": 1, "started_by_name": "Ann",
        "ending": {"at": 9, "by": "Guard", "by_guard": true, "reason": "breached"},
        "revision": 2,
    });
    let read: Rollout = serde_json::from_value(old).unwrap();
    let release = |number| ReleaseNumber(number);
    assert_eq!((read.control(), read.treatment()), (release(3), release(4)));
    assert_eq!((read.version_of(0), read.version_of(1)), (Some(7), Some(8)));
    let again: Rollout = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(again, read);
}

proptest! {
    #[test]
    fn a_ramp_only_ever_adds_units(unit in ".{1,40}", treatments in 1_i64..10) {
        let mut rollout = with_arms(treatments);
        let mut before = rollout.arm_of(&unit);
        while rollout.advance(Time(1)).is_ok() {
            let now = rollout.arm_of(&unit);
            prop_assert!(before.is_none() || before == now);
            before = now;
        }
        prop_assert!(before.is_some());
    }
}
