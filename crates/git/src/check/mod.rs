//! The rules an object must keep to be taken from outside, as `git fsck --strict` knows them.

mod headers;
mod trees;

use std::fmt;

use crate::object::Kind;

/// Something wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name of the rule, the one Git uses where Git has it.
    pub rule: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

impl Problem {
    fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

/// Checks the content of an object; nothing is said about the objects it refers to.
pub fn check_object(kind: Kind, bytes: &[u8]) -> Vec<Problem> {
    match kind {
        Kind::Blob => Vec::new(),
        Kind::Tree => trees::check(bytes),
        Kind::Commit => headers::check_commit(bytes),
        Kind::Tag => headers::check_tag(bytes),
    }
}
