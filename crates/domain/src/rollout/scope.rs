//! Who can be in a rollout at all: the layer that keeps rollouts apart, and the conditions on what
//! is known of a unit.

use serde::{Deserialize, Serialize};
use variorum_stats::bucket::Layer;

use super::{ALL_BP, RolloutError};
use crate::limits::{CONDITION_VALUES_MAX, CONDITIONS_PER_ROLLOUT_MAX, LAYER_NAME_CHARS_MAX};

/// A part of all units that one rollout has for itself: no other rollout of the same layer can have
/// any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerClaim {
    /// The name of the layer.
    pub name: String,
    /// What the units are hashed with; the same for all rollouts of the layer.
    pub salt: String,
    /// The first bucket, in basis points.
    pub start_bp: u32,
    /// The first bucket that is not in it any more.
    pub end_bp: u32,
}

impl LayerClaim {
    /// A part that is still to be booked: of this layer, so long.
    pub fn wanted(name: &str, share_bp: u32) -> Self {
        Self {
            name: name.to_owned(),
            salt: String::new(),
            start_bp: 0,
            end_bp: share_bp,
        }
    }

    /// Whether a unit falls into this part.
    pub fn admits(&self, unit: &str) -> bool {
        let layer = Layer {
            salt: &self.salt,
            start: self.start_bp,
            end: self.end_bp,
        };
        layer.admits(unit)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.name == other.name && self.start_bp < other.end_bp && other.start_bp < self.end_bp
    }

    /// The first part of a layer that is free and large enough, beside what others have.
    pub fn book(
        name: &str,
        share_bp: u32,
        taken: &[&LayerClaim],
    ) -> Result<LayerClaim, RolloutError> {
        let fail = |text: String| Err(RolloutError::Plan(text));
        if name.is_empty() || name.chars().count() > LAYER_NAME_CHARS_MAX {
            return fail(format!(
                "a layer has a name of 1 to {LAYER_NAME_CHARS_MAX} characters"
            ));
        }
        if !(1..=ALL_BP).contains(&share_bp) {
            return fail("the share of a layer must lie between 1 and 10000 basis points".into());
        }
        let own: Vec<&&LayerClaim> = taken.iter().filter(|other| other.name == name).collect();
        let mut starts: Vec<u32> = own.iter().map(|other| other.end_bp).collect();
        starts.push(0);
        starts.sort_unstable();
        let salt = format!("layer:{name}");
        let part = |start_bp: u32| LayerClaim {
            name: name.to_owned(),
            salt: salt.clone(),
            start_bp,
            end_bp: start_bp.saturating_add(share_bp),
        };
        let free = |part: &LayerClaim| {
            part.end_bp <= ALL_BP && !own.iter().any(|other| part.overlaps(other))
        };
        match starts.into_iter().map(part).find(free) {
            Some(part) => Ok(part),
            None => {
                let used: u32 = own.iter().map(|other| other.end_bp - other.start_bp).sum();
                fail(format!(
                    "layer `{name}` has no {share_bp} basis points in one piece left; its rollouts \
                     have {used} of {ALL_BP}. Ask for less, or end one of them"
                ))
            }
        }
    }
}

/// How an attribute is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// It is one of these.
    OneOf(Vec<String>),
    /// It is none of these, or not known.
    NoneOf(Vec<String>),
    /// It is a number and at least this.
    AtLeast(f64),
    /// It is a number and at most this.
    AtMost(f64),
}

/// Something that must hold of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Which attribute; `channel`, `brand` and `region` are attributes as well.
    pub attribute: String,
    /// What must hold of it.
    pub test: Test,
}

impl Condition {
    /// Whether it holds of what is known; `None` where the attribute is not known.
    pub fn holds(&self, known: Option<&str>) -> bool {
        let number = || known.and_then(|text| text.trim().parse::<f64>().ok());
        match &self.test {
            Test::OneOf(values) => known.is_some_and(|known| values.iter().any(|v| v == known)),
            Test::NoneOf(values) => !known.is_some_and(|known| values.iter().any(|v| v == known)),
            Test::AtLeast(least) => number().is_some_and(|number| number >= *least),
            Test::AtMost(most) => number().is_some_and(|number| number <= *most),
        }
    }

    /// Refuses conditions that nobody can meet, or that are beyond the limits.
    pub fn check_all(conditions: &[Self]) -> Result<(), RolloutError> {
        let fail = |text: String| Err(RolloutError::Plan(text));
        if conditions.len() > CONDITIONS_PER_ROLLOUT_MAX {
            return fail(format!(
                "a rollout has at most {CONDITIONS_PER_ROLLOUT_MAX} conditions"
            ));
        }
        for Condition { attribute, test } in conditions {
            if attribute.is_empty() {
                return fail("a condition names no attribute".into());
            }
            let fits = match test {
                Test::OneOf(values) | Test::NoneOf(values) => {
                    (1..=CONDITION_VALUES_MAX).contains(&values.len())
                }
                Test::AtLeast(number) | Test::AtMost(number) => number.is_finite(),
            };
            if !fits {
                return fail(format!(
                    "the condition on `{attribute}` needs 1 to {CONDITION_VALUES_MAX} values, or a number"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn conditions_are_compared_as_they_say() {
        let texts = |values: &[&str]| values.iter().map(ToString::to_string).collect();
        let rows = [
            (Test::OneOf(texts(&["de", "at"])), Some("at"), true),
            (Test::OneOf(texts(&["de"])), Some("uk"), false),
            (Test::OneOf(texts(&["de"])), None, false),
            (Test::NoneOf(texts(&["de"])), Some("de"), false),
            (Test::NoneOf(texts(&["de"])), None, true),
            (Test::AtLeast(3.0), Some("3"), true),
            (Test::AtLeast(3.0), Some("2.9"), false),
            (Test::AtMost(3.0), Some("many"), false),
            (Test::AtMost(3.0), None, false),
        ];
        for (test, known, expected) in rows {
            let condition = Condition {
                attribute: "a".into(),
                test,
            };
            assert_eq!(
                condition.holds(known),
                expected,
                "{condition:?} of {known:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_condition_is_refused() {
        let refused = |attribute: &str, test: Test| {
            let condition = Condition {
                attribute: attribute.into(),
                test,
            };
            Condition::check_all(&[condition]).is_err()
        };
        assert!(refused("", Test::AtLeast(1.0)));
        assert!(refused("a", Test::OneOf(Vec::new())));
        assert!(refused("a", Test::AtMost(f64::NAN)));
        assert!(!refused("a", Test::AtMost(1.0)));
    }

    proptest! {
        #[test]
        fn what_is_booked_in_a_layer_never_shares_a_unit(
            shares in prop::collection::vec(1_u32..6_000, 1..8),
            unit in ".{1,20}",
        ) {
            let mut booked: Vec<LayerClaim> = Vec::new();
            let mut refused = false;
            for share in shares {
                let taken: Vec<&LayerClaim> = booked.iter().collect();
                match LayerClaim::book("offers", share, &taken) {
                    Ok(part) => {
                        prop_assert_eq!(part.end_bp - part.start_bp, share);
                        booked.push(part);
                    }
                    Err(_) => refused = true,
                }
            }
            let used: u32 = booked.iter().map(|part| part.end_bp - part.start_bp).sum();
            prop_assert!(used <= ALL_BP);
            prop_assert!(refused || !booked.is_empty());
            let admitted = booked.iter().filter(|part| part.admits(&unit)).count();
            prop_assert!(admitted <= 1);
        }
    }

    #[test]
    fn a_part_that_was_given_back_is_booked_again() {
        let book = |share, taken: &[&LayerClaim]| LayerClaim::book("offers", share, taken);
        let first = book(4_000, &[]).unwrap();
        let second = book(4_000, &[&first]).unwrap();
        assert_eq!((second.start_bp, second.end_bp), (4_000, 8_000));
        assert!(book(4_000, &[&first, &second]).is_err());
        assert_eq!(book(4_000, &[&second]).unwrap(), first);
        let other = LayerClaim::book("banners", 10_000, &[&first, &second]);
        assert!(other.is_ok(), "another layer is another matter");
    }
}
