//! Switchbacks: time is cut into windows, and in each of them everybody gets one arm.
//!
//! Windows come in pairs, one for each arm; which one comes first is drawn for each pair from the
//! rollout's salt. The arm of a moment is a pure function of the plan and the salt, so it can be
//! computed again at any time.

use serde::{Deserialize, Serialize};
use variorum_stats::hash::pm1;

use super::{
    ALL_BP, CONTROL, Guard, GuardAction, Limit, Plan, Rollout, RolloutError, TREATMENT,
    equal_shares,
};
use crate::id::Time;
use crate::library::{Kpi, KpiKind};
use crate::limits::{
    SWITCHBACK_DAYS_AHEAD_MAX, SWITCHBACK_PAIRS_MAX, SWITCHBACK_PAIRS_MIN,
    SWITCHBACK_WINDOW_SECONDS_MAX, SWITCHBACK_WINDOW_SECONDS_MIN,
};

/// The pairs of windows at which a decision is planned where nothing is said.
pub const PAIRS_DEFAULT: u32 = 40;
const HOUR_SECONDS: i64 = 3_600;
const MINUTE_SECONDS: i64 = 60;

/// How time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switchback {
    /// How long a window is.
    pub window_seconds: i64,
    /// How much of the beginning of each window is left out of what is measured.
    pub burn_in_seconds: i64,
    /// The pairs of windows at which a decision is planned.
    pub pairs: u32,
    /// When the first window begins; fixed when the rollout starts, and of no meaning before.
    pub from: Time,
}

/// One window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its place, counted from 0.
    pub index: u32,
    /// When it begins.
    pub from: Time,
    /// When it is over.
    pub until: Time,
    /// Whether the moment that was asked about lies in the part that is left out.
    pub is_burn_in: bool,
}

impl Switchback {
    /// The window in which a moment lies; none before the first and after the last one.
    pub fn window_at(&self, at: Time) -> Option<Window> {
        let since = at.0.checked_sub(self.from.0).filter(|since| *since >= 0)?;
        let length = self.window_seconds.checked_mul(Time::SECOND_US)?;
        let index = u32::try_from(since.checked_div(length)?).ok()?;
        if index / 2 >= SWITCHBACK_PAIRS_MAX {
            return None;
        }
        let from = self.begin_of(index);
        Some(Window {
            index,
            from,
            until: self.begin_of(index + 1),
            is_burn_in: at < from.plus_seconds(self.burn_in_seconds),
        })
    }

    /// When a window begins.
    pub fn begin_of(&self, index: u32) -> Time {
        self.from
            .plus_seconds(i64::from(index).saturating_mul(self.window_seconds))
    }

    /// How many pairs are over at a moment.
    pub fn pairs_over(&self, at: Time) -> u32 {
        match self.window_at(at) {
            Some(window) => window.index / 2,
            None if at < self.from => 0,
            None => SWITCHBACK_PAIRS_MAX,
        }
    }

    /// The arm of a window: a coin for each pair says which one comes first.
    pub fn arm_of(&self, salt: &str, index: u32) -> u8 {
        let is_first = index.is_multiple_of(2);
        let coin = pm1(salt, &format!("pair:{}", index / 2)) < ALL_BP / 2;
        if coin == is_first { TREATMENT } else { CONTROL }
    }

    /// The next full hour, or the next full minute where windows are no whole hours.
    pub fn next_begin(&self, now: Time) -> Time {
        let step = if self.window_seconds % HOUR_SECONDS == 0 {
            HOUR_SECONDS
        } else {
            MINUTE_SECONDS
        };
        let step_us = step * Time::SECOND_US;
        let begun = now.0.div_euclid(step_us) * step_us;
        if begun == now.0 {
            now
        } else {
            Time(begun).plus_seconds(step)
        }
    }

    fn check(&self) -> Result<(), RolloutError> {
        let fail = |text: String| Err(RolloutError::Plan(text));
        let lengths = SWITCHBACK_WINDOW_SECONDS_MIN..=SWITCHBACK_WINDOW_SECONDS_MAX;
        if !lengths.contains(&self.window_seconds) {
            return fail(format!(
                "a window is {} minutes to {} days long",
                SWITCHBACK_WINDOW_SECONDS_MIN / MINUTE_SECONDS,
                SWITCHBACK_WINDOW_SECONDS_MAX / (24 * HOUR_SECONDS),
            ));
        }
        if !(0..self.window_seconds).contains(&self.burn_in_seconds) {
            return fail("the burn-in must be shorter than the window, and not below 0".into());
        }
        if !(SWITCHBACK_PAIRS_MIN..=SWITCHBACK_PAIRS_MAX).contains(&self.pairs) {
            return fail(format!(
                "a switchback is planned for {SWITCHBACK_PAIRS_MIN} to {SWITCHBACK_PAIRS_MAX} pairs of \
                 windows: fewer can show nothing"
            ));
        }
        Ok(())
    }
}

impl Plan {
    /// How time is cut, where it is.
    pub fn switchback(&self) -> Option<Switchback> {
        match self.design {
            super::Design::Switchback(switchback) => Some(switchback),
            _ => None,
        }
    }

    /// Fixes when the first window begins: as it was planned, else with the next full hour or minute.
    pub fn begin_windows(&mut self, now: Time) -> Result<(), RolloutError> {
        let Some(switchback) = self.switchback() else {
            return Ok(());
        };
        let asked = self.stages.first().and_then(|stage| stage.not_before);
        let from = asked.unwrap_or_else(|| switchback.next_begin(now));
        let last = now.plus_seconds(SWITCHBACK_DAYS_AHEAD_MAX * 24 * HOUR_SECONDS);
        if from < now || from > last {
            return Err(RolloutError::Plan(format!(
                "the first window begins after now, and within {SWITCHBACK_DAYS_AHEAD_MAX} days"
            )));
        }
        self.design = super::Design::Switchback(Switchback { from, ..switchback });
        if let Some(stage) = self.stages.first_mut() {
            stage.not_before = None;
        }
        Ok(())
    }

    /// Refuses what windows cannot keep.
    pub(super) fn check_switchback(&self, switchback: &Switchback) -> Result<(), RolloutError> {
        let fail = |text: &str| Err(RolloutError::Plan(text.to_owned()));
        switchback.check()?;
        if self.weights_bp != equal_shares(2) {
            return fail(
                "a switchback has two arms of the same share: in each window everybody gets one of \
                 them",
            );
        }
        let is_whole = matches!(self.stages.as_slice(), [one] if one.coverage_bp == ALL_BP && one.units_min.is_none());
        if !is_whole {
            return fail("a switchback has no stages: in each window everybody gets one arm");
        }
        if self.layer.is_some() || self.external_assignment {
            return fail(
                "a switchback gives everybody one arm at a time, so it is in no layer and is not \
                 assigned elsewhere",
            );
        }
        if self.pre_period_days.is_some() {
            return fail(
                "a switchback compares windows, not people; leave out the time before the exposure",
            );
        }
        self.guards.iter().try_for_each(check_guard)
    }

    /// Refuses a goal that windows cannot tell.
    pub(super) fn check_goal_of_windows(&self, goal: &Kpi) -> Result<(), RolloutError> {
        if self.switchback().is_none() || goal.kind != KpiKind::Quantile {
            return Ok(());
        }
        Err(RolloutError::Plan(format!(
            "KPI `{}` is a quantile; a switchback compares means of windows. Take the number it is a \
             quantile of",
            goal.id
        )))
    }
}

fn check_guard(guard: &Guard) -> Result<(), RolloutError> {
    let fail = |text: String| Err(RolloutError::Plan(text));
    if guard.more.cohorts.is_some() {
        return fail(format!(
            "the guard on `{}` cannot tell cohorts apart: a switchback compares windows",
            guard.kpi
        ));
    }
    if matches!(guard.more.limit, Some(Limit::Level(_))) {
        return fail(format!(
            "the guard on `{}` cannot watch a level: only the order in which windows come is drawn, so a \
             switchback tells the arms apart and nothing else. Give a margin or a difference",
            guard.kpi
        ));
    }
    match guard.action {
        GuardAction::RollBack | GuardAction::Escalate => Ok(()),
        GuardAction::Pause | GuardAction::Hold => fail(format!(
            "the guard on `{}` can roll back or escalate: a switchback has no stage to be held at, and its \
             windows go on by the clock",
            guard.kpi
        )),
    }
}

impl Rollout {
    /// The window and the arm of a moment, where it is a switchback that runs.
    pub fn window_at(&self, at: Time) -> Option<(Window, u8)> {
        let switchback = self.plan.switchback().filter(|_| self.state.is_open())?;
        let window = switchback.window_at(at)?;
        Some((window, switchback.arm_of(&self.salt, window.index)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::{Cohorts, Design, GuardMore, Harm, LayerClaim, Stage};
    use super::*;

    fn four_hours() -> Switchback {
        Switchback {
            window_seconds: 4 * HOUR_SECONDS,
            burn_in_seconds: HOUR_SECONDS / 2,
            pairs: 40,
            from: Time::from_seconds(1_000_000),
        }
    }

    fn plan() -> Plan {
        Plan {
            design: Design::Switchback(four_hours()),
            ..Plan::even(&[ALL_BP])
        }
    }

    fn refused(plan: &Plan) -> String {
        let none: BTreeMap<String, Kpi> = BTreeMap::new();
        plan.check(&none)
            .err()
            .map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn windows_follow_each_other_and_begin_with_their_burn_in() {
        let cut = four_hours();
        let at = |seconds: i64| cut.window_at(cut.from.plus_seconds(seconds));
        assert_eq!(at(-1), None);
        let first = at(0).unwrap();
        assert_eq!(
            (first.index, first.from, first.is_burn_in),
            (0, cut.from, true)
        );
        assert!(at(1_799).unwrap().is_burn_in && !at(1_800).unwrap().is_burn_in);
        let second = at(14_400).unwrap();
        assert_eq!((second.index, second.from), (1, first.until));
        assert!(at(i64::from(2 * SWITCHBACK_PAIRS_MAX) * 14_400 - 1).is_some());
        assert_eq!(at(i64::from(2 * SWITCHBACK_PAIRS_MAX) * 14_400), None);
        let over = |seconds: i64| cut.pairs_over(cut.from.plus_seconds(seconds));
        assert_eq!([over(-9), over(28_799), over(28_800)], [0, 0, 1]);
        assert_eq!(over(i64::MAX / 2_000_000), SWITCHBACK_PAIRS_MAX);
    }

    #[test]
    fn it_begins_with_a_full_hour_or_minute() {
        let at = Time::from_seconds(3_601);
        assert_eq!(four_hours().next_begin(at), Time::from_seconds(7_200));
        assert_eq!(
            four_hours().next_begin(Time::from_seconds(7_200)),
            Time::from_seconds(7_200)
        );
        let minutes = Switchback {
            window_seconds: 900,
            ..four_hours()
        };
        assert_eq!(minutes.next_begin(at), Time::from_seconds(3_660));
    }

    #[test]
    fn a_start_that_was_asked_for_is_the_first_window() {
        let now = Time::from_seconds(100);
        let asked = |at: Option<i64>| {
            let mut plan = plan();
            plan.stages[0].not_before = at.map(Time::from_seconds);
            plan.begin_windows(now)
                .map(|()| plan.switchback().unwrap().from)
        };
        assert_eq!(asked(Some(123)).unwrap(), Time::from_seconds(123));
        assert_eq!(asked(None).unwrap(), Time::from_seconds(3_600));
        assert!(asked(Some(99)).is_err() && asked(Some(400 * 86_400)).is_err());
    }

    fn all_refused(rows: Vec<(Plan, &str)>) {
        for (plan, expected) in rows {
            let text = refused(&plan);
            assert!(text.contains(expected), "{text:?} should say {expected:?}");
        }
    }

    #[test]
    fn windows_that_cannot_be_are_refused() {
        assert_eq!(refused(&plan()), "");
        let cut = |change: fn(&mut Switchback)| {
            let mut cut = four_hours();
            change(&mut cut);
            Plan {
                design: Design::Switchback(cut),
                ..plan()
            }
        };
        all_refused(vec![
            (cut(|one| one.window_seconds = 599), "10 minutes to 14 days"),
            (
                cut(|one| one.window_seconds = 15 * 86_400),
                "10 minutes to 14 days",
            ),
            (
                cut(|one| one.burn_in_seconds = 14_400),
                "shorter than the window",
            ),
            (cut(|one| one.burn_in_seconds = -1), "not below 0"),
            (cut(|one| one.pairs = 7), "8 to 1000 pairs"),
        ]);
    }

    #[test]
    fn what_windows_cannot_keep_is_refused() {
        let with = |change: fn(&mut Plan)| {
            let mut plan = plan();
            change(&mut plan);
            plan
        };
        let layer = |plan: &mut Plan| plan.layer = Some(LayerClaim::wanted("offers", 4_000));
        all_refused(vec![
            (
                with(|plan| plan.weights_bp = vec![4_000, 6_000]),
                "two arms",
            ),
            (with(|plan| plan.weights_bp = equal_shares(3)), "two arms"),
            (
                with(|plan| plan.stages.insert(0, Stage::of(5_000))),
                "no stages",
            ),
            (
                with(|plan| plan.stages = vec![Stage::of(5_000)]),
                "no stages",
            ),
            (with(layer), "no layer"),
            (
                with(|plan| plan.external_assignment = true),
                "not assigned elsewhere",
            ),
            (with(|plan| plan.pre_period_days = Some(14)), "not people"),
        ]);
    }

    #[test]
    fn guards_that_windows_cannot_keep_are_refused() {
        let guarded = |action, more| Plan {
            guards: vec![Guard {
                kpi: "order".into(),
                harm: Harm::Decrease,
                margin: 0.0,
                action,
                more,
            }],
            ..plan()
        };
        let cohorts = GuardMore {
            cohorts: Some(Cohorts {
                facet: "channel".into(),
                levels: Vec::new(),
            }),
            ..GuardMore::default()
        };
        let level = GuardMore {
            limit: Some(Limit::Level(0.1)),
            ..GuardMore::default()
        };
        all_refused(vec![
            (
                guarded(GuardAction::Pause, GuardMore::default()),
                "roll back or escalate",
            ),
            (
                guarded(GuardAction::Hold, GuardMore::default()),
                "roll back or escalate",
            ),
            (guarded(GuardAction::RollBack, cohorts), "cohorts"),
            (guarded(GuardAction::RollBack, level), "a level"),
        ]);
    }

    #[test]
    fn it_is_stored_with_its_windows() {
        let text = serde_json::to_string(&plan()).unwrap();
        assert!(
            text.contains(r#""design":{"kind":"switchback","window_seconds":14400,"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan());
    }

    proptest! {
        #[test]
        fn each_pair_has_both_arms_and_a_moment_always_the_same(salt in "[0-9a-f]{16}", pair in 0_u32..1_000) {
            let cut = four_hours();
            let arms = [cut.arm_of(&salt, 2 * pair), cut.arm_of(&salt, 2 * pair + 1)];
            prop_assert_eq!(arms[0] + arms[1], 1);
            prop_assert_eq!(arms[0], cut.arm_of(&salt, 2 * pair));
        }

        /// Both orders come about as often as each other, and a pair's says nothing of the next one's:
        /// of 1,000 coins 430 to 570 fall so (more than four standard deviations), and so do changes.
        #[test]
        fn the_coin_is_fair(salt in "[0-9a-f]{16}") {
            let cut = four_hours();
            let first: Vec<u8> = (0..1_000).map(|pair| cut.arm_of(&salt, 2 * pair)).collect();
            let ones: u32 = first.iter().map(|arm| u32::from(*arm)).sum();
            prop_assert!((430..=570).contains(&ones), "{ones}");
            let changes = first.windows(2).filter(|two| two[0] != two[1]).count();
            prop_assert!((430..=570).contains(&changes), "{changes}");
        }
    }
}
