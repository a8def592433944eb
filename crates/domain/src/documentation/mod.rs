//! The documentation standard: what each prompt has to say about itself, and how much of it it says.
//!
//! A prompt states its intent, its inputs, what it yields, what it is measured against and who
//! answers for it; what it depends on is computed. Pure: knows parsed files and the rules of
//! [`STANDARD_FILE`], nothing of trees or stores.

mod judge;
mod read;
mod said;
mod shortfall;
mod standard;
#[cfg(test)]
mod tests;

pub use judge::{Around, Judgement, Lack, Standing, judge};
pub use said::{Dependency, Described, Documentation, Position};
pub use shortfall::{Shortfall, shortfall};
pub use standard::{DocumentationRule, Enforce, Standard, Weights};

/// The file of the standard.
pub const STANDARD_FILE: &str = "rules/documentation.yaml";

/// One thing the standard asks a prompt to state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// What it is for.
    Intent,
    /// What each value holds that is filled in.
    Inputs,
    /// What it yields.
    Outputs,
    /// What tells whether it is good: figures, KPIs or a suite.
    Benchmarks,
    /// All that it builds on is there.
    Dependencies,
    /// Who answers for it.
    Owner,
}

impl Item {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Intent,
        Self::Inputs,
        Self::Outputs,
        Self::Benchmarks,
        Self::Dependencies,
        Self::Owner,
    ];

    /// The name on the wire and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
            Self::Benchmarks => "benchmarks",
            Self::Dependencies => "dependencies",
            Self::Owner => "owner",
        }
    }

    /// The item of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.name() == name)
    }

    /// Its place among [`Self::ALL`].
    pub fn place(self) -> usize {
        self as usize
    }

    /// Its bit in a set of items kept as a number.
    pub fn bit(self) -> i64 {
        1 << self.place()
    }
}
