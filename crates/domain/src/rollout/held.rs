//! What guards decided that does not end a rollout: it is kept at its stage, or people are told.

use serde::{Deserialize, Serialize};

use super::{GuardAction, Rollout, RolloutError, RolloutState};
use crate::id::Time;

/// A guard keeps a rollout at its stage. It runs on and is measured; no further stage comes until a
/// person lets it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub at: Time,
    /// The guard's KPI.
    pub kpi: String,
    /// The arm that does harm.
    pub arm: u8,
    /// The cohort it does harm to, where the guard tells cohorts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
}

/// A decision of a guard that was carried out: of which guard, on which arm, about which cohort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heeded {
    /// The place of the guard in the plan.
    pub guard: usize,
    /// The arm.
    pub arm: u8,
    /// The cohort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
}

impl Rollout {
    /// Whether a decision was carried out before.
    pub fn has_heeded(&self, decision: &Heeded) -> bool {
        self.heeded.contains(decision)
    }

    /// Carries out what a guard decided that does not end it, and remembers that it was. A rollout that
    /// is kept at its stage already keeps its first reason.
    pub fn heed(
        &mut self,
        action: GuardAction,
        decision: Heeded,
        hold: Hold,
    ) -> Result<(), RolloutError> {
        self.must_be_open()?;
        match action {
            GuardAction::Pause => self.state = RolloutState::Paused,
            GuardAction::Hold => {
                self.hold.get_or_insert(hold);
            }
            GuardAction::Escalate | GuardAction::RollBack => {}
        }
        self.heeded.push(decision);
        self.revision += 1;
        Ok(())
    }

    /// Whether it may not go on until a person lets it.
    pub fn waits_for_a_person(&self) -> bool {
        self.state == RolloutState::Paused || (self.state.is_open() && self.hold.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::started_with;
    use super::super::{Stage, Step, Waits, decide};
    use super::*;

    fn decision(kpi: &str) -> (Heeded, Hold) {
        let decision = Heeded {
            guard: kpi.len(),
            arm: 1,
            cohort: None,
        };
        let hold = Hold {
            at: Time(5),
            kpi: kpi.into(),
            arm: 1,
            cohort: None,
        };
        (decision, hold)
    }

    fn heed(rollout: &mut Rollout, action: GuardAction, kpi: &str) {
        let (decision, hold) = decision(kpi);
        let before = rollout.revision;
        rollout.heed(action, decision, hold).unwrap();
        assert_eq!(rollout.revision, before + 1, "one change, one revision");
    }

    #[test]
    fn a_hold_keeps_the_stage_until_a_person_lets_it_go_on() {
        let mut rollout = started_with(vec![Stage::of(500), Stage::of(2_500)]);
        heed(&mut rollout, GuardAction::Hold, "complaint");
        assert!(rollout.waits_for_a_person());
        assert_eq!(rollout.state, RolloutState::Running);
        assert_eq!(rollout.coverage_bp(), 500, "nothing is taken back");
        let refused = rollout.advance(Time(6)).unwrap_err();
        assert!(refused.to_string().contains("the guard on `complaint`"));
        heed(&mut rollout, GuardAction::Hold, "order");
        let first = rollout.hold.as_ref().map(|hold| hold.kpi.as_str());
        assert_eq!(first, Some("complaint"), "the first reason stays");
        rollout.resume(Time(7)).unwrap();
        assert!(!rollout.waits_for_a_person());
        rollout.advance(Time(8)).unwrap();
        assert_eq!(rollout.coverage_bp(), 2_500);
    }

    #[test]
    fn nothing_comes_by_itself_while_it_is_held() {
        let timed = super::super::tests::timed(2_500, Some(1), None);
        let mut rollout = started_with(vec![Stage::of(500), timed]);
        assert_eq!(decide(&rollout, None, &[], Time(9)), Step::GoOn);
        heed(&mut rollout, GuardAction::Hold, "order");
        let step = decide(&rollout, None, &[], Time(9));
        assert_eq!(step, Step::Wait(Waits::Hold));
    }

    #[test]
    fn what_is_heeded_is_remembered_and_does_what_it_says() {
        let rows = [
            (GuardAction::Pause, RolloutState::Paused, false),
            (GuardAction::Hold, RolloutState::Running, true),
            (GuardAction::Escalate, RolloutState::Running, false),
        ];
        for (action, state, is_held) in rows {
            let mut rollout = started_with(vec![Stage::of(500)]);
            let (known, _) = decision("order");
            assert!(!rollout.has_heeded(&known));
            heed(&mut rollout, action, "order");
            assert!(rollout.has_heeded(&known));
            assert!(!rollout.has_heeded(&Heeded { arm: 2, ..known }));
            assert_eq!((rollout.state, rollout.hold.is_some()), (state, is_held));
        }
    }
}
