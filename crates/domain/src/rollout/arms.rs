//! The arms of a rollout: who gets which release, and how a unit finds its arm.

use serde::{Deserialize, Serialize};
use variorum_stats::bucket;

use super::{ALL_BP, Ending};
use crate::id::ReleaseNumber;

/// The arm that gets the release that was live before.
pub const CONTROL: u8 = 0;
/// The first arm that gets a new release; the only one in a rollout of two arms.
pub const TREATMENT: u8 = 1;

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmPlan {
    /// The name shown; empty where the release says enough.
    #[serde(default)]
    pub name: String,
    /// What its units get.
    pub release: ReleaseNumber,
    /// The version of the rollout's prompt in that release.
    pub version: Option<i64>,
    /// Since when and why its units get what the control gets, while the other arms go on.
    #[serde(default)]
    pub stopped: Option<Ending>,
}

impl ArmPlan {
    /// An arm without a name.
    pub fn new(release: ReleaseNumber, version: Option<i64>) -> Self {
        Self {
            name: String::new(),
            release,
            version,
            stopped: None,
        }
    }
}

/// The arms of a rollout, control first; 2 or more.
///
/// Rollouts that were stored when there were always two arms have the fields `control` and
/// `treatment`; they are read as such.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Arms(Vec<ArmPlan>);

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    arms: Vec<ArmPlan>,
    #[serde(default, skip_serializing)]
    control: Option<ReleaseNumber>,
    #[serde(default, skip_serializing)]
    treatment: Option<ReleaseNumber>,
    #[serde(default, skip_serializing)]
    control_version: Option<i64>,
    #[serde(default, skip_serializing)]
    treatment_version: Option<i64>,
}

impl From<Stored> for Arms {
    fn from(stored: Stored) -> Self {
        match (stored.control, stored.treatment) {
            (Some(control), Some(treatment)) if stored.arms.is_empty() => Self::two(
                ArmPlan::new(control, stored.control_version),
                ArmPlan::new(treatment, stored.treatment_version),
            ),
            _ => Self(stored.arms),
        }
    }
}

impl From<Arms> for Stored {
    fn from(arms: Arms) -> Self {
        Self {
            arms: arms.0,
            control: None,
            treatment: None,
            control_version: None,
            treatment_version: None,
        }
    }
}

impl Arms {
    /// The old release and one new one.
    pub fn two(control: ArmPlan, treatment: ArmPlan) -> Self {
        Self(vec![control, treatment])
    }

    /// The old release and new ones.
    pub fn of(control: ArmPlan, treatments: impl IntoIterator<Item = ArmPlan>) -> Self {
        Self(std::iter::once(control).chain(treatments).collect())
    }

    /// All arms, control first.
    pub fn all(&self) -> &[ArmPlan] {
        &self.0
    }

    /// An arm.
    pub fn get(&self, arm: u8) -> Option<&ArmPlan> {
        self.0.get(usize::from(arm))
    }

    pub(super) fn get_mut(&mut self, arm: u8) -> Option<&mut ArmPlan> {
        self.0.get_mut(usize::from(arm))
    }

    /// The arms that get something new, with their numbers.
    pub fn treatments(&self) -> impl Iterator<Item = (u8, &ArmPlan)> {
        (0..).zip(&self.0).skip(1)
    }
}

/// Equal shares in basis points; what is left over falls to the control.
pub fn equal_shares(arms: usize) -> Vec<u32> {
    let count = u32::try_from(arms.max(1)).unwrap_or(ALL_BP);
    let mut shares = vec![ALL_BP / count; arms];
    if let Some(control) = shares.first_mut() {
        *control += ALL_BP % count;
    }
    shares
}

/// The arm of a unit at a coverage: the published hash of `salt:unit`, modulo 10,000.
pub fn assigned_arm(salt: &str, unit: &str, weights_bp: &[u32], coverage_bp: u32) -> Option<u8> {
    if unit.is_empty() {
        return None;
    }
    let variant = bucket::assign(salt, unit, weights_bp, coverage_bp, None).variant()?;
    u8::try_from(variant).ok()
}
