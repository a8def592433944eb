//! Deciding against the verdict: one person asks and says why, another one confirms.
//!
//! What is asked for stands on the rollout until somebody answers it, the rollout moves past it, or
//! it is too old to be confirmed. Rolling back is never asked for; it is done.

use serde::{Deserialize, Serialize};

use super::{CONTROL, Rollout, RolloutError, RolloutState};
use crate::id::{ActorId, Time};
use crate::limits::DECISION_DAYS_MAX;

/// What somebody wants although the verdict does not support it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "wish")]
pub enum Wish {
    /// Everybody gets the release of an arm.
    Finish {
        /// Which arm.
        arm: u8,
    },
    /// A stage begins while units are not split as planned.
    GoOn {
        /// Which stage, counted from 0.
        stage: usize,
    },
    /// A release that a guard took back is made live after all.
    GoLive {
        /// The arm that had it.
        arm: u8,
    },
}

impl Wish {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finish { .. } => "finish",
            Self::GoOn { .. } => "go-on",
            Self::GoLive { .. } => "go-live",
        }
    }

    /// Whether it is about a rollout that has ended.
    fn is_of_ended(self) -> bool {
        matches!(self, Self::GoLive { .. })
    }
}

/// A decision against the verdict that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is wanted.
    #[serde(flatten)]
    pub wish: Wish,
    /// Why, in the words of the one who asks.
    pub reason: String,
    /// What speaks against it, as it stood then.
    pub objection: String,
    /// Who asks.
    pub by: ActorId,
    /// That person's name at the time.
    pub by_name: String,
    /// When.
    pub at: Time,
}

/// A decision that a second person confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// Who confirmed it.
    pub confirmed_by: String,
    /// When.
    pub confirmed_at: Time,
}

/// Decisions against the verdict on one rollout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    /// The one that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Box<Decision>>,
    /// Those that were confirmed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<Confirmed>,
}

impl Decisions {
    /// Whether nobody ever decided against the verdict.
    pub fn are_none(&self) -> bool {
        self.asked.is_none() && self.confirmed.is_empty()
    }

    /// Whether two people ever decided this.
    pub fn has_confirmed(&self, wish: Wish) -> bool {
        self.confirmed.iter().any(|one| one.decision.wish == wish)
    }
}

impl Decision {
    /// After this moment it must be asked for anew: the numbers have moved on.
    pub fn until(&self) -> Time {
        self.at.plus_seconds(DECISION_DAYS_MAX * 86_400)
    }
}

impl Rollout {
    /// What waits for a second person at a moment.
    pub fn asked(&self, now: Time) -> Option<&Decision> {
        let asked = self.decisions.asked.as_deref();
        asked.filter(|decision| {
            self.state.is_open() != decision.wish.is_of_ended() && now <= decision.until()
        })
    }

    /// Whether a guard found harm in an arm and took it back.
    pub fn taken_back_by_guard(&self, arm: u8) -> bool {
        let Some(plan) = self.arms.get(arm).filter(|_| arm != CONTROL) else {
            return false;
        };
        let ending = match &plan.stopped {
            Some(stopped) => Some(stopped),
            None => self
                .ending
                .as_ref()
                .filter(|_| self.state == RolloutState::RolledBack),
        };
        ending.is_some_and(|ending| ending.by_guard)
    }

    /// Asks a second person to confirm what the verdict does not support.
    pub fn ask(&mut self, decision: Decision) -> Result<(), RolloutError> {
        if !decision.wish.is_of_ended() {
            self.must_be_open()?;
        }
        if let Some(known) = self.asked(decision.at) {
            return Err(RolloutError::AskedAlready {
                number: self.number,
                by: known.by_name.clone(),
            });
        }
        match decision.wish {
            Wish::Finish { arm } => {
                self.winner(Some(arm))?;
            }
            Wish::GoOn { stage } => self.must_begin_next(stage)?,
            Wish::GoLive { arm } if self.state.is_open() || !self.taken_back_by_guard(arm) => {
                return Err(RolloutError::NotTakenBack {
                    number: self.number,
                    arm,
                });
            }
            Wish::GoLive { .. } => {}
        }
        self.decisions.asked = Some(Box::new(decision));
        self.revision += 1;
        Ok(())
    }

    /// Notes that a second person confirms what was asked for. The caller does it.
    pub fn confirm(
        &mut self,
        (by, name): (ActorId, &str),
        now: Time,
    ) -> Result<Decision, RolloutError> {
        let number = self.number;
        let Some(asked) = self.asked(now) else {
            self.must_be_open()?;
            return Err(RolloutError::NothingAsked(number));
        };
        if asked.by == by {
            return Err(RolloutError::OwnDecision(number));
        }
        if let Wish::GoOn { stage } = asked.wish {
            self.must_begin_next(stage)?;
        }
        let decision = self.take_asked()?;
        if decision.wish.is_of_ended() {
            // Nothing else of the rollout changes with it.
            self.revision += 1;
        }
        self.decisions.confirmed.push(Confirmed {
            decision: decision.clone(),
            confirmed_by: name.to_owned(),
            confirmed_at: now,
        });
        Ok(decision)
    }

    /// Takes what was asked for back, or away.
    pub fn decline(&mut self, now: Time) -> Result<Decision, RolloutError> {
        let number = self.number;
        if self.asked(now).is_none() {
            self.must_be_open()?;
            return Err(RolloutError::NothingAsked(number));
        }
        self.revision += 1;
        self.take_asked()
    }

    fn take_asked(&mut self) -> Result<Decision, RolloutError> {
        let asked = self.decisions.asked.take();
        let asked = asked.ok_or(RolloutError::NothingAsked(self.number))?;
        Ok(*asked)
    }

    /// Drops what was asked for once it cannot be done any more.
    pub(super) fn drop_decision(&mut self, is_past: impl FnOnce(Wish) -> bool) {
        let asked = self.decisions.asked.as_ref();
        if asked.is_some_and(|one| is_past(one.wish)) {
            self.decisions.asked = None;
        }
    }

    fn must_begin_next(&self, stage: usize) -> Result<(), RolloutError> {
        if self.state == RolloutState::Paused {
            return Err(RolloutError::Paused(self.number));
        }
        let next = self.stages.last().map_or(0, |change| change.stage + 1);
        if stage != next || self.plan.stages.get(stage).is_none() {
            return Err(RolloutError::LastStage(self.number));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::started_with;
    use super::super::{Ending, Stage};
    use super::*;

    const DAY: i64 = 86_400;

    fn asked_by(by: i64, wish: Wish, at: i64) -> Decision {
        Decision {
            wish,
            reason: "the season ends".into(),
            objection: "there is not enough data yet".into(),
            by: ActorId(by),
            by_name: "Ann".into(),
            at: Time::from_seconds(at),
        }
    }

    fn rollout() -> Rollout {
        started_with(vec![Stage::of(1_000), Stage::of(10_000)])
    }

    #[test]
    fn a_second_person_confirms_what_the_first_asked_for() {
        let mut rollout = rollout();
        let now = Time::from_seconds(DAY);
        let none = rollout.confirm((ActorId(2), "Bob"), now);
        assert_eq!(none, Err(RolloutError::NothingAsked(rollout.number)));
        let wish = Wish::Finish { arm: 1 };
        rollout.ask(asked_by(1, wish, DAY)).unwrap();
        let own = rollout.confirm((ActorId(1), "Ann"), now);
        assert_eq!(own, Err(RolloutError::OwnDecision(rollout.number)));
        let twice = rollout.ask(asked_by(2, wish, DAY));
        assert!(matches!(twice, Err(RolloutError::AskedAlready { .. })));
        assert_eq!(
            rollout.confirm((ActorId(2), "Bob"), now).unwrap().wish,
            wish
        );
        assert_eq!(rollout.decisions.asked, None);
        assert_eq!(rollout.decisions.confirmed[0].confirmed_by, "Bob");
    }

    #[test]
    fn what_was_asked_for_long_ago_is_asked_for_anew() {
        let mut rollout = rollout();
        let wish = Wish::Finish { arm: 1 };
        rollout.ask(asked_by(1, wish, 0)).unwrap();
        let last = Time::from_seconds(DECISION_DAYS_MAX * DAY);
        assert!(rollout.asked(last).is_some());
        let late = last.plus_seconds(1);
        assert!(rollout.confirm((ActorId(2), "Bob"), late).is_err());
        assert!(rollout.decline(late).is_err());
        let again = asked_by(2, wish, DECISION_DAYS_MAX * DAY + 1);
        rollout.ask(again).unwrap();
        assert_eq!(rollout.decline(late).unwrap().by, ActorId(2));
    }

    #[test]
    fn only_what_can_be_done_is_asked_for() {
        let rows = [
            (Wish::Finish { arm: 0 }, false),
            (Wish::Finish { arm: 2 }, false),
            (Wish::Finish { arm: 1 }, true),
            (Wish::GoOn { stage: 0 }, false),
            (Wish::GoOn { stage: 1 }, true),
            (Wish::GoOn { stage: 2 }, false),
        ];
        for (wish, expected) in rows {
            let got = rollout().ask(asked_by(1, wish, 0));
            assert_eq!(got.is_ok(), expected, "{wish:?}: {got:?}");
        }
    }

    #[test]
    fn what_has_happened_otherwise_is_not_asked_for_any_more() {
        let mut went_on = rollout();
        went_on
            .ask(asked_by(1, Wish::GoOn { stage: 1 }, 0))
            .unwrap();
        went_on.advance(Time::from_seconds(1)).unwrap();
        assert_eq!(went_on.decisions.asked, None);
        let mut ended = rollout();
        ended.ask(asked_by(1, Wish::Finish { arm: 1 }, 0)).unwrap();
        let ending = Ending {
            at: Time::from_seconds(1),
            by: "Guard".into(),
            by_guard: true,
            reason: "harm".into(),
            arm: Some(0),
        };
        ended.end(RolloutState::RolledBack, ending).unwrap();
        assert_eq!(ended.decisions.asked, None);
        assert!(
            ended
                .confirm((ActorId(2), "Bob"), Time::from_seconds(2))
                .is_err()
        );
    }

    #[test]
    fn what_a_guard_took_back_goes_live_by_two_people_only() {
        let wish = Wish::GoLive { arm: 1 };
        let ended = |state, by_guard| {
            let mut rollout = rollout();
            let ending = Ending {
                at: Time::from_seconds(1),
                by: "Guard".into(),
                by_guard,
                reason: "harm".into(),
                arm: Some(0),
            };
            rollout.end(state, ending).unwrap();
            rollout
        };
        let rows = [
            (rollout(), false),
            (ended(RolloutState::RolledBack, false), false),
            (ended(RolloutState::Finished, true), false),
            (ended(RolloutState::RolledBack, true), true),
        ];
        for (mut rollout, expected) in rows {
            let state = rollout.state;
            assert_eq!(
                rollout.ask(asked_by(1, wish, 2)).is_ok(),
                expected,
                "{state:?}"
            );
        }
        let mut rollout = ended(RolloutState::RolledBack, true);
        assert!(!rollout.taken_back_by_guard(0) && !rollout.taken_back_by_guard(2));
        let now = Time::from_seconds(3);
        rollout.ask(asked_by(1, wish, 2)).unwrap();
        assert!(
            rollout
                .ask(asked_by(2, Wish::Finish { arm: 1 }, 2))
                .is_err()
        );
        assert!(
            rollout.confirm((ActorId(1), "Ann"), now).is_err(),
            "not alone"
        );
        assert_eq!(rollout.decline(now).unwrap().wish, wish);
        rollout.ask(asked_by(1, wish, 2)).unwrap();
        assert_eq!(
            rollout.confirm((ActorId(2), "Bob"), now).unwrap().wish,
            wish
        );
        let again = rollout.confirm((ActorId(2), "Bob"), now);
        assert!(matches!(again, Err(RolloutError::Ended { .. })));
    }

    #[test]
    fn rollouts_from_before_read_as_they_were() {
        let rollout = rollout();
        let json = serde_json::to_value(&rollout).unwrap();
        assert!(json.get("decisions").is_none());
        assert_eq!(serde_json::from_value::<Rollout>(json).unwrap(), rollout);
        let mut asked = rollout;
        asked.ask(asked_by(1, Wish::GoOn { stage: 1 }, 0)).unwrap();
        asked.confirm((ActorId(2), "Bob"), Time(1)).unwrap();
        asked.ask(asked_by(2, Wish::Finish { arm: 1 }, 0)).unwrap();
        let text = serde_json::to_string(&asked).unwrap();
        assert_eq!(serde_json::from_str::<Rollout>(&text).unwrap(), asked);
    }
}
