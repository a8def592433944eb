//! A regression as it is kept: found, acknowledged, dismissed, or over.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::hours::HourSpan;
use super::series::Found;
use super::suspects::Suspect;
use super::tally::Subject;
use crate::id::{ActorId, Time};
use crate::limits::REASON_CHARS_MAX;

/// Where a regression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegressionState {
    /// Found, and nobody has said anything.
    Open,
    /// Somebody looks after it.
    Acknowledged,
    /// Somebody said that it needs no work: the level since is the new one.
    Dismissed,
    /// The series is back by itself or by what was done.
    Resolved,
}

impl RegressionState {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Open,
        Self::Acknowledged,
        Self::Dismissed,
        Self::Resolved,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Dismissed => "dismissed",
            Self::Resolved => "resolved",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it still waits for its end.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged)
    }
}

/// What a person does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Takes it on.
    Acknowledge,
    /// Says that it needs no work.
    Dismiss,
}

/// Who did something with it, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// When.
    pub at: Time,
    /// Who.
    pub by: ActorId,
    /// The name at that time.
    pub by_name: String,
    /// Why.
    pub reason: String,
}

/// What is at stake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtStake {
    /// Money a day in the unit's smallest part, where the worth of an outcome is known.
    pub money_a_day: Option<f64>,
    /// The unit of the money.
    pub unit: String,
    /// Decimals of the unit.
    pub decimals: u32,
    /// What the money rests on, in words; or why there is none.
    pub basis: String,
}

/// One regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// Its number in the workspace.
    pub number: i64,
    /// What the series is about.
    pub subject: Subject,
    /// The KPI.
    pub kpi: String,
    /// Where it stands.
    pub state: RegressionState,
    /// What the newest look found.
    pub found: Measured,
    /// What is at stake.
    pub stake: AtStake,
    /// What changed just before, the likeliest first.
    pub suspects: Vec<Suspect>,
    /// When it was found.
    pub found_at: Time,
    /// When it was looked at last.
    pub seen_at: Time,
    /// Who took it on or dismissed it, and why.
    pub settled: Option<Settled>,
    /// When the series was back.
    pub resolved_at: Option<Time>,
    /// The regression in whose incident people are told of this one, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_with: Option<i64>,
    /// Grows by one with every change.
    pub revision: i64,
}

/// What a look found, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Whether it goes on getting worse.
    pub drifts: bool,
    /// The first day that is different, since 1970.
    pub day: i64,
    /// The earliest and the latest day on which it may have begun.
    pub between: (i64, i64),
    /// The standardised size.
    pub score: f64,
    /// The limit it is over.
    pub limit: f64,
    /// False alarms of the series that are accepted in a year.
    pub yearly: f64,
    /// What a unit brought before, in the KPI's smallest unit.
    pub before: f64,
    /// What a unit brings since.
    pub after: f64,
    /// Days since.
    pub days: usize,
    /// Units since.
    pub units: u64,
    /// What is missing since.
    pub missing: f64,
    /// Whether outcomes are counted on exposures; else on days.
    pub per_exposure: bool,
    /// The hours, where it was found by the hour; they stay when days tell more of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HourSpan>,
}

impl Measured {
    /// What a look found.
    pub fn of(found: &Found, yearly: f64, per_exposure: bool) -> Self {
        Self {
            drifts: found.shape == variorum_stats::shift::Shape::Drift,
            day: found.day,
            between: found.between,
            score: found.score,
            limit: found.limit,
            yearly,
            before: found.before,
            after: found.after,
            days: found.days,
            units: found.units,
            missing: found.missing,
            per_exposure,
            hours: found.hours,
        }
    }

    /// As the judge of a recovery wants it.
    pub fn found(&self) -> Found {
        Found {
            shape: if self.drifts {
                variorum_stats::shift::Shape::Drift
            } else {
                variorum_stats::shift::Shape::Step
            },
            day: self.day,
            between: self.between,
            score: self.score,
            limit: self.limit,
            before: self.before,
            after: self.after,
            days: self.days,
            units: self.units,
            missing: self.missing,
            hours: self.hours,
        }
    }
}

/// Why something cannot be done with a regression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActError {
    /// It is over.
    #[error("regression {number} is {state} already and waits for nothing")]
    Over {
        /// Which one.
        number: i64,
        /// Its state.
        state: &'static str,
    },
    /// Somebody has acknowledged it before.
    #[error("regression {number} is acknowledged by {by} already")]
    Taken {
        /// Which one.
        number: i64,
        /// Who has it.
        by: String,
    },
    /// A reason is missing or too long.
    #[error("`reason` {0}")]
    Reason(String),
}

impl Regression {
    /// Takes it on or dismisses it.
    pub fn act(&mut self, act: Act, settled: Settled) -> Result<(), ActError> {
        if !self.state.is_open() {
            return Err(ActError::Over {
                number: self.number,
                state: self.state.name(),
            });
        }
        let reason = settled.reason.trim();
        if reason.chars().count() > REASON_CHARS_MAX {
            let text = format!("is longer than {REASON_CHARS_MAX} characters");
            return Err(ActError::Reason(text));
        }
        match act {
            Act::Acknowledge if self.state == RegressionState::Acknowledged => {
                let by = self.settled.as_ref().map(|one| one.by_name.clone());
                return Err(ActError::Taken {
                    number: self.number,
                    by: by.unwrap_or_default(),
                });
            }
            Act::Dismiss if reason.is_empty() => {
                let text = "is missing: say why nothing needs to be done".to_owned();
                return Err(ActError::Reason(text));
            }
            Act::Acknowledge => self.state = RegressionState::Acknowledged,
            Act::Dismiss => self.state = RegressionState::Dismissed,
        }
        self.settled = Some(settled);
        self.revision += 1;
        Ok(())
    }

    /// Notes that the series is back.
    pub fn resolve(&mut self, at: Time) {
        self.state = RegressionState::Resolved;
        self.resolved_at = Some(at);
        self.seen_at = at;
        self.revision += 1;
    }

    /// Takes over what a newer look found; a person's decision stays.
    pub fn see(&mut self, mut found: Measured, stake: AtStake, at: Time) {
        found.hours = found.hours.or(self.found.hours);
        self.found = found;
        self.stake = stake;
        self.seen_at = at;
        self.revision += 1;
    }

    /// The day from which the series counts anew after this regression: what was dismissed is the
    /// new level, what was resolved is over.
    pub fn starts_anew(&self) -> Option<i64> {
        match self.state {
            RegressionState::Dismissed => Some(self.found.day),
            _ => None,
        }
    }

    /// What the inbox is ordered by: money where it is known, then what is missing in relation.
    pub fn rank(&self) -> (f64, f64) {
        let relative = if self.found.before.abs() > 0.0 {
            ((self.found.after - self.found.before) / self.found.before).abs()
        } else {
            0.0
        };
        #[expect(clippy::cast_precision_loss, reason = "counts lie below 2^53")]
        let (units, days) = (self.found.units as f64, self.found.days.max(1) as f64);
        let units_a_day = units / days;
        (
            self.stake.money_a_day.map_or(-1.0, f64::abs),
            relative * units_a_day,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn regression() -> Regression {
        Regression {
            number: 4,
            subject: Subject::Prompt("email/welcome".into()),
            kpi: "open".into(),
            state: RegressionState::Open,
            found: Measured {
                drifts: false,
                day: 100,
                between: (99, 101),
                score: 6.0,
                limit: 4.6,
                yearly: 0.1,
                before: 0.3,
                after: 0.2,
                days: 10,
                units: 1_000,
                missing: 100.0,
                per_exposure: true,
                hours: None,
            },
            stake: AtStake {
                money_a_day: None,
                unit: String::new(),
                decimals: 0,
                basis: String::new(),
            },
            suspects: Vec::new(),
            found_at: Time(1),
            seen_at: Time(1),
            settled: None,
            resolved_at: None,
            told_with: None,
            revision: 1,
        }
    }

    fn by(reason: &str) -> Settled {
        Settled {
            at: Time(2),
            by: ActorId(7),
            by_name: "Ann".into(),
            reason: reason.into(),
        }
    }

    #[test]
    fn table_of_acts() {
        use RegressionState::{Acknowledged, Dismissed, Open, Resolved};
        let rows = [
            (Open, Act::Acknowledge, "", Ok(Acknowledged)),
            (Open, Act::Dismiss, "prices rose", Ok(Dismissed)),
            (Acknowledged, Act::Dismiss, "prices rose", Ok(Dismissed)),
            (Open, Act::Dismiss, "  ", Err("say why")),
            (Acknowledged, Act::Acknowledge, "", Err("by Bob already")),
            (Resolved, Act::Acknowledge, "", Err("resolved already")),
            (Dismissed, Act::Dismiss, "x", Err("dismissed already")),
        ];
        for (state, act, reason, expected) in rows {
            let mut one = regression();
            one.state = state;
            if state == Acknowledged {
                one.settled = Some(Settled {
                    by_name: "Bob".into(),
                    ..by("")
                });
            }
            match (one.act(act, by(reason)), expected) {
                (Ok(()), Ok(after)) => {
                    assert_eq!((one.state, one.revision), (after, 2));
                    assert_eq!(one.settled.as_ref().map(|one| one.by), Some(ActorId(7)));
                }
                (Err(error), Err(words)) => {
                    assert!(error.to_string().contains(words), "{error}");
                    assert_eq!((one.state, one.revision), (state, 1));
                }
                (got, expected) => panic!("{state:?} {act:?}: {got:?} {expected:?}"),
            }
        }
    }

    #[test]
    fn what_is_dismissed_is_the_new_level() {
        let mut one = regression();
        assert_eq!(one.starts_anew(), None);
        one.act(Act::Dismiss, by("a new price")).unwrap();
        assert_eq!(one.starts_anew(), Some(100));
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Regression>(&text).unwrap(), one);
    }
}
