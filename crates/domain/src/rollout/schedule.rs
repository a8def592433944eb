//! When a rollout begins and goes on by itself, and when nothing may.

use serde::{Deserialize, Serialize};

use super::{Rollout, RolloutState, Stage};
use crate::fold::Reading;
use crate::id::Time;

/// Days on which nothing begins or goes on. Taking something back is always possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Why, as it is shown.
    pub title: String,
    /// From when.
    pub from: Time,
    /// Until when; not in it any more.
    pub until: Time,
    /// In which environments; in all where none is named.
    pub environments: Vec<String>,
}

impl Freeze {
    /// Whether it holds in an environment at a moment.
    pub fn holds(&self, environment: &str, at: Time) -> bool {
        let is_there =
            self.environments.is_empty() || self.environments.iter().any(|one| one == environment);
        is_there && self.from <= at && at < self.until
    }
}

/// What a rollout does by itself now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing is planned.
    Nothing,
    /// It begins with its first stage, or goes on to the next one.
    GoOn,
    /// Its time has not come, or something is in the way.
    Wait(Waits),
}

/// Why a rollout does not go on by itself yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    /// Until this moment.
    Until(Time),
    /// For more people.
    People {
        /// How many there are.
        seen: u64,
        /// How many are asked for.
        asked: u64,
    },
    /// A guard has seen much of the evidence at which it decides.
    Guards,
    /// A guard keeps the rollout at its stage until a person decides.
    Hold,
    /// The split does not fit the plan.
    Split,
    /// Nothing goes on on these days.
    Frozen(String),
}

/// What a rollout does by itself at a moment, by its plan, what was measured, and the days on which
/// nothing goes on.
pub fn decide(rollout: &Rollout, reading: Option<&Reading>, freezes: &[Freeze], now: Time) -> Step {
    if rollout.state != RolloutState::Running {
        return Step::Nothing;
    }
    let is_first = rollout.stages.is_empty();
    let next = if is_first { 0 } else { rollout.stage() + 1 };
    let Some(stage) = rollout.plan.stages.get(next) else {
        return Step::Nothing;
    };
    if !is_first && !stage.goes_on_by_itself() {
        return Step::Nothing;
    }
    if rollout.hold.is_some() {
        return Step::Wait(Waits::Hold);
    }
    if let Some(at) = stage.not_before.filter(|at| *at > now) {
        return Step::Wait(Waits::Until(at));
    }
    if let Some(freeze) = freezes
        .iter()
        .find(|one| one.holds(&rollout.environment, now))
    {
        return Step::Wait(Waits::Frozen(freeze.title.clone()));
    }
    if is_first {
        return Step::GoOn;
    }
    let seen = reading.map_or(0, |reading| reading.exposed.iter().sum());
    if let Some(asked) = stage.units_min.filter(|asked| *asked > seen) {
        return Step::Wait(Waits::People { seen, asked });
    }
    match reading {
        Some(reading) if reading.srm.alarm => Step::Wait(Waits::Split),
        Some(reading) if reading.log_e >= reading.threshold / 2.0 => Step::Wait(Waits::Guards),
        _ => Step::GoOn,
    }
}

impl Stage {
    /// A stage that waits for a person.
    pub fn of(coverage_bp: u32) -> Self {
        Self {
            coverage_bp,
            not_before: None,
            units_min: None,
        }
    }

    /// Whether the plan says when it comes.
    pub fn goes_on_by_itself(&self) -> bool {
        self.not_before.is_some() || self.units_min.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{started_with, timed};
    use super::*;
    use crate::fold::SrmReading;

    fn reading(people: u64, log_e: f64, alarm: bool) -> Reading {
        Reading {
            exposed: vec![people / 2, people - people / 2],
            both_arms: 0,
            dropped: 0,
            kpis: Vec::new(),
            guards: Vec::new(),
            cohorts: Vec::new(),
            log_e,
            threshold: 4.6,
            srm: SrmReading {
                p: 1.0,
                log_e: 0.0,
                alarm,
            },
            windows: None,
        }
    }

    #[test]
    fn a_stage_comes_when_its_time_people_and_guards_allow() {
        let holidays = Freeze {
            title: "Holidays".into(),
            from: Time(100),
            until: Time(200),
            environments: vec!["production".into()],
        };
        let rollout = started_with(vec![Stage::of(500), timed(2_500, Some(50), Some(1_000))]);
        let rows = [
            (
                40,
                reading(5_000, 0.0, false),
                Step::Wait(Waits::Until(Time(50))),
            ),
            (
                60,
                reading(999, 0.0, false),
                Step::Wait(Waits::People {
                    seen: 999,
                    asked: 1_000,
                }),
            ),
            (60, reading(1_000, 0.0, false), Step::GoOn),
            (60, reading(1_000, 2.4, false), Step::Wait(Waits::Guards)),
            (60, reading(1_000, 0.0, true), Step::Wait(Waits::Split)),
            (
                150,
                reading(1_000, 0.0, false),
                Step::Wait(Waits::Frozen("Holidays".into())),
            ),
            (200, reading(1_000, 0.0, false), Step::GoOn),
        ];
        for (now, reading, expected) in rows {
            let freezes = [holidays.clone()];
            let step = decide(&rollout, Some(&reading), &freezes, Time(now));
            assert_eq!(step, expected, "at {now}");
        }
        let elsewhere = Freeze {
            environments: vec!["preview".into()],
            ..holidays
        };
        let calm = reading(1_000, 0.0, false);
        assert_eq!(
            decide(&rollout, Some(&calm), &[elsewhere], Time(150)),
            Step::GoOn
        );
    }

    #[test]
    fn without_a_time_a_stage_waits_for_a_person() {
        let rollout = started_with(vec![Stage::of(500), Stage::of(2_500)]);
        assert_eq!(decide(&rollout, None, &[], Time(9)), Step::Nothing);
        let mut paused = started_with(vec![Stage::of(500), timed(2_500, Some(1), None)]);
        assert_eq!(decide(&paused, None, &[], Time(9)), Step::GoOn);
        paused.pause().unwrap();
        assert_eq!(decide(&paused, None, &[], Time(9)), Step::Nothing);
    }

    #[test]
    fn before_it_begins_nobody_is_in_it() {
        let mut rollout = started_with(vec![timed(10_000, Some(50), None)]);
        assert_eq!((rollout.coverage_bp(), rollout.arm_of("u")), (0, None));
        assert_eq!(
            decide(&rollout, None, &[], Time(10)),
            Step::Wait(Waits::Until(Time(50)))
        );
        assert_eq!(decide(&rollout, None, &[], Time(50)), Step::GoOn);
        rollout.advance(Time(50)).unwrap();
        assert_eq!((rollout.stage(), rollout.coverage_bp()), (0, 10_000));
        assert!(rollout.arm_of("u").is_some());
    }
}
