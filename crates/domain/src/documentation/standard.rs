//! The rules of the standard: what each item weighs, and where what is asked for.

use super::Item;
use crate::policy::Globs;

/// What each item weighs in the score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights([u32; 6]);

impl Default for Weights {
    fn default() -> Self {
        Self([25, 20, 20, 15, 10, 10])
    }
}

impl Weights {
    /// What an item weighs.
    pub fn of(&self, item: Item) -> u32 {
        self.0[item.place()]
    }

    /// The same with another weight of an item.
    #[must_use]
    pub fn with(mut self, item: Item, weight: u32) -> Self {
        self.0[item.place()] = weight;
        self
    }

    /// Whether no item weighs anything.
    pub fn is_nothing(&self) -> bool {
        self.0.iter().all(|weight| *weight == 0)
    }
}

/// What happens where something asked for is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Enforce {
    /// Nothing: the score is shown.
    #[default]
    Off,
    /// It is told.
    Warn,
    /// It does not reach `main`.
    Refuse,
}

impl Enforce {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Refuse];

    /// The name on the wire and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// What is asked of the prompts at some paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentationRule {
    /// Its id.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// Where it applies.
    pub paths: Globs,
    /// What happens where something is missing.
    pub enforce: Enforce,
    /// The items that must be whole.
    pub require: Vec<Item>,
    /// The lowest score.
    pub minimum: u8,
    /// Whether what was missing before the change counts as much as what it brings.
    pub holds_existing: bool,
}

/// The documentation standard of a library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standard {
    /// What the items weigh.
    pub weights: Weights,
    /// The rules; of those that match a path the first decides.
    pub rules: Vec<DocumentationRule>,
}

impl Standard {
    /// The rule for a path.
    pub fn rule(&self, path: &str) -> Option<&DocumentationRule> {
        self.rules.iter().find(|rule| rule.paths.matches(path))
    }

    /// The rule for a path, where something happens by it.
    pub fn binding(&self, path: &str) -> Option<&DocumentationRule> {
        self.rule(path).filter(|rule| rule.enforce != Enforce::Off)
    }
}
