//! What came, and what is said of it.

use serde_json::Value;

use super::Place;

/// What a case asserts on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// How long it took, where that is known.
    pub latency_ms: Option<f64>,
    /// What it cost, where that is known.
    pub cost: Option<f64>,
    /// Why the model stopped, where that is known.
    pub finish_reason: Option<String>,
}

impl Answer {
    /// A text of which nothing else is known.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A recorded answer: a text as it is, anything else as compact JSON.
    pub fn of_value(value: &Value) -> Self {
        Self::of_text(match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

/// What an assertion says of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It holds.
    Passed,
    /// It does not, and why. The score of a set of assertions may be more than zero.
    Failed {
        /// What was expected and what came.
        why: String,
        /// Between 0 and 1.
        score: f64,
    },
    /// Nobody can say here, and what would be needed. Never counts as passed.
    NotRun(String),
}

impl Verdict {
    /// It does not hold.
    pub fn failed(why: impl Into<String>) -> Self {
        Self::Failed {
            why: why.into(),
            score: 0.0,
        }
    }
}

/// An assertion that does not hold, or was not run.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// Where it stands.
    pub place: Place,
    /// The assertion's kind as written; empty where it is about the case as a whole.
    pub kind: String,
    /// What was expected and what came, or what would be needed.
    pub why: String,
}

impl Miss {
    /// The kind and why, in one line.
    pub fn whole(&self) -> String {
        if self.kind.is_empty() {
            return self.why.clone();
        }
        format!("`{}` {}", self.kind, self.why)
    }
}

/// How often which verdict was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Not run.
    pub not_run: usize,
}

impl Counts {
    /// All of them.
    pub fn total(self) -> usize {
        self.passed + self.failed + self.not_run
    }

    /// Counts one more.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.not_run += other.not_run;
    }
}

/// What came out of a case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// What was expected and did not come; the case failed where there is any.
    pub failures: Vec<Miss>,
    /// What was not run. A case that neither failed nor passed for certain counts as not run.
    pub not_run: Vec<Miss>,
    /// The assertions by their verdicts.
    pub assertions: Counts,
}

impl Outcome {
    /// The case as one count.
    pub fn counts(&self) -> Counts {
        let failed = usize::from(!self.failures.is_empty());
        let not_run = usize::from(failed == 0 && !self.not_run.is_empty());
        Counts {
            passed: 1 - failed - not_run,
            failed,
            not_run,
        }
    }

    /// The word for the whole case.
    pub fn word(&self) -> &'static str {
        match self.counts() {
            Counts { failed: 1, .. } => "failed",
            Counts { not_run: 1, .. } => "not run",
            _ => "passed",
        }
    }
}
