//! Stopping everything: rollouts end, and nothing new begins until somebody lifts it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{ActorId, RolloutNumber, Time};
use crate::limits::REASON_CHARS_MAX;

/// That a stop was lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifting {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: String,
    /// Why it is safe again.
    pub reason: String,
}

/// One stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Its number within the workspace.
    pub number: i64,
    /// The environment that stands still; all of them where none is named.
    pub environment: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Time,
    /// Who stopped it.
    pub by: ActorId,
    /// Their name then.
    pub by_name: String,
    /// The rollouts that it ended.
    pub ended: Vec<RolloutNumber>,
    /// That it was lifted, once it was.
    pub lifted: Option<Lifting>,
}

/// Why a stop or its lifting is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StopError {
    /// No reason was given, or one that is too long.
    #[error("say why, in 1 to {REASON_CHARS_MAX} characters")]
    Reason,
    /// It was lifted before.
    #[error("stop {0} is lifted already")]
    Lifted(i64),
}

/// Checks a reason and takes the blanks around it away.
pub fn reason(text: &str) -> Result<String, StopError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_CHARS_MAX {
        return Err(StopError::Reason);
    }
    Ok(text.to_owned())
}

impl Stop {
    /// Whether it holds at an environment.
    pub fn holds(&self, environment: &str) -> bool {
        self.lifted.is_none() && self.reaches(environment)
    }

    /// Whether an environment is one that it is about.
    pub fn reaches(&self, environment: &str) -> bool {
        self.environment
            .as_deref()
            .is_none_or(|name| name == environment)
    }

    /// Lifts it.
    pub fn lift(&mut self, by: &str, why: &str, at: Time) -> Result<(), StopError> {
        if self.lifted.is_some() {
            return Err(StopError::Lifted(self.number));
        }
        self.lifted = Some(Lifting {
            at,
            by: by.to_owned(),
            reason: reason(why)?,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(environment: Option<&str>) -> Stop {
        Stop {
            number: 1,
            environment: environment.map(str::to_owned),
            reason: "wrong price".into(),
            at: Time(1),
            by: ActorId(1),
            by_name: "Ann".into(),
            ended: Vec::new(),
            lifted: None,
        }
    }

    #[test]
    fn a_stop_holds_where_it_was_called_until_it_is_lifted() {
        let mut everywhere = stop(None);
        assert!(everywhere.holds("production") && everywhere.holds("preview"));
        let one = stop(Some("production"));
        assert!(one.holds("production") && !one.holds("preview"));
        assert_eq!(everywhere.lift("Ann", " ", Time(2)), Err(StopError::Reason));
        assert!(everywhere.holds("production"), "it was not lifted");
        everywhere.lift("Ann", "fixed", Time(2)).unwrap();
        assert!(!everywhere.holds("production"));
        assert_eq!(
            everywhere.lift("Ann", "fixed", Time(3)),
            Err(StopError::Lifted(1))
        );
    }
}
