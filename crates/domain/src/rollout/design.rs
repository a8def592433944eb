//! What kind of comparison a rollout is.

use serde::{Deserialize, Serialize};

use super::{ALL_BP, Plan, RolloutError, Switchback};
use crate::id::Time;
use crate::limits::{HOLD_OUT_DAYS_MAX, HOLD_OUT_SHARE_BP_MAX};

const DAY_SECONDS: i64 = 86_400;

/// What kind of comparison a rollout is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Design {
    /// Units are split among the arms, by stages or at once.
    #[default]
    Split,
    /// The new release is filled in beside the old one, and everybody gets the old one.
    Shadow,
    /// The control keeps the release that was live at the start, over whatever goes live and whatever
    /// is tried meanwhile; the other arm is everybody else.
    HoldOut {
        /// When it ends by itself.
        until: Time,
    },
    /// Time is cut into windows, and in each of them everybody gets one arm.
    Switchback(Switchback),
}

impl Design {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Shadow => "shadow",
            Self::HoldOut { .. } => "hold-out",
            Self::Switchback(_) => "switchback",
        }
    }

    /// Whether units are split among old and new releases.
    pub fn is_split(&self) -> bool {
        *self == Self::Split
    }

    /// Whether some people get something new by it while it runs.
    pub fn gives_new(&self) -> bool {
        matches!(self, Self::Split | Self::Switchback(_))
    }

    /// Whether its time is over.
    pub fn is_over(self, now: Time) -> bool {
        matches!(self, Self::HoldOut { until } if until <= now)
    }

    /// Whether it keeps some units away from everything new.
    pub fn is_hold_out(self) -> bool {
        matches!(self, Self::HoldOut { .. })
    }
}

impl Plan {
    /// A plan that keeps a share of all units at what is live now.
    pub fn hold_out(share_bp: u32, until: Time) -> Self {
        Self {
            weights_bp: vec![share_bp, ALL_BP.saturating_sub(share_bp)],
            design: Design::HoldOut { until },
            ..Self::even(&[ALL_BP])
        }
    }

    /// Refuses what a design cannot keep.
    pub(super) fn check_design(&self) -> Result<(), RolloutError> {
        let fail = |text: String| Err(RolloutError::Plan(text));
        match &self.design {
            Design::Split => return Ok(()),
            Design::Switchback(switchback) => return self.check_switchback(switchback),
            Design::Shadow | Design::HoldOut { .. } => {}
        }
        if self.weights_bp.len() != 2 {
            return fail(format!("a {} has two arms", self.design.name()));
        }
        if !self.guards.is_empty() {
            return fail(format!(
                "a {} has no guards; nobody gets anything new by it",
                self.design.name()
            ));
        }
        if self.layer.is_some() || self.external_assignment {
            return fail(format!(
                "a {} is in no layer and is not assigned elsewhere",
                self.design.name()
            ));
        }
        match self.design {
            Design::Shadow if self.goal.is_some() => {
                fail("in a shadow nobody gets the new release, so it can move no goal".into())
            }
            Design::HoldOut { .. } if self.weights_bp[0] > HOLD_OUT_SHARE_BP_MAX => fail(format!(
                "a hold-out keeps at most {HOLD_OUT_SHARE_BP_MAX} basis points of all people from \
                 what is better for them"
            )),
            Design::HoldOut { .. } if !self.conditions.is_empty() || self.stages.len() != 1 => {
                fail("a hold-out is drawn from everybody, at once".into())
            }
            _ => Ok(()),
        }
    }

    /// Refuses a hold-out that ends in the past, or too late to be read.
    pub fn check_end(&self, now: Time) -> Result<(), RolloutError> {
        let Design::HoldOut { until } = self.design else {
            return Ok(());
        };
        let last = now.plus_seconds(HOLD_OUT_DAYS_MAX * DAY_SECONDS);
        if until <= now || until > last {
            return Err(RolloutError::Plan(format!(
                "a hold-out ends after now, and within {HOLD_OUT_DAYS_MAX} days"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stage;
    use super::*;
    use crate::library::Kpi;
    use std::collections::BTreeMap;

    fn refused(plan: &Plan) -> Option<String> {
        let none: BTreeMap<String, Kpi> = BTreeMap::new();
        plan.check(&none).err().map(|error| error.to_string())
    }

    #[test]
    fn a_design_refuses_what_it_cannot_keep() {
        let shadow = Plan {
            design: Design::Shadow,
            ..Plan::even(&[10_000])
        };
        let hold_out = Plan::hold_out(500, Time(1));
        assert_eq!((refused(&shadow), refused(&hold_out)), (None, None));
        let rows = [
            Plan {
                goal: Some("order".into()),
                ..shadow.clone()
            },
            Plan {
                weights_bp: vec![4_000, 3_000, 3_000],
                ..shadow.clone()
            },
            Plan {
                external_assignment: true,
                ..shadow
            },
            Plan::hold_out(2_001, Time(1)),
            Plan::hold_out(0, Time(1)),
            Plan {
                stages: vec![Stage::of(5_000), Stage::of(10_000)],
                ..hold_out
            },
        ];
        for plan in rows {
            assert!(refused(&plan).is_some(), "{plan:?}");
        }
    }

    #[test]
    fn a_hold_out_ends_after_now_and_within_a_year() {
        let day = |days: i64| Time(0).plus_seconds(days * DAY_SECONDS);
        let ends = |until| Plan::hold_out(500, until).check_end(day(10)).is_ok();
        assert_eq!(
            [ends(day(10)), ends(day(11)), ends(day(376)), ends(day(377))],
            [false, true, true, false]
        );
        assert!(Plan::even(&[10_000]).check_end(day(10)).is_ok());
    }

    #[test]
    fn plans_from_before_designs_are_splits_and_are_stored_as_they_were() {
        let plan = Plan::even(&[10_000]);
        let text = serde_json::to_string(&plan).unwrap();
        assert!(!text.contains("design"));
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        let hold_out = Plan::hold_out(500, Time(7));
        let text = serde_json::to_string(&hold_out).unwrap();
        assert!(
            text.contains(r#""design":{"kind":"hold-out","until":7}"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), hold_out);
    }
}
