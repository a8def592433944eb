//! Test suites: `*.test.yaml`, cases and assertions for prompts, in promptfoo's shape.
//!
//! Reads a suite, multiplies it out to cases, and judges answers. Knows nothing about where files are
//! kept or how a model is asked: whoever runs a suite lays its files on a [`Shelf`] and, where a model
//! is to answer, hands in the [`Answer`].

mod answer;
mod assertion;
mod contained;
mod dataset;
mod judge;
mod measure;
mod pattern;
mod plan;
mod read;
mod reader;
mod schema;
mod shelf;
mod spec;
mod template;

pub use answer::{Answer, Counts, Miss, Outcome, Verdict};
pub use assertion::{Assertion, Kind, Need};
pub use plan::{Ask, Case, Plan, Run, plan};
pub use read::{PromptRef, PromptSource, Provider, Suite, Tests, parse};
pub use shelf::{Ready, Shelf, Shelved, Wanted, shelve};
pub use spec::Spec;

use std::sync::Arc;

/// The code of findings about cases that failed.
pub const CASE_FAILED: &str = "case-failed";
/// Longest suite or data set that is read, in bytes.
pub const SUITE_BYTES_MAX: usize = crate::limits::FILE_BYTES_MAX;
/// Most values of one suite or data set in YAML.
pub const SUITE_NODES_MAX: usize = 500_000;
/// Most prompts of one suite.
pub const SUITE_PROMPTS_MAX: usize = 200;
/// Most providers of one suite.
pub const SUITE_PROVIDERS_MAX: usize = 50;
/// Most cases of one suite: prompts times providers times cases times the variables that are lists.
pub const CASES_MAX: usize = 50_000;
/// Most assertions of one case, those of sets and of `defaultTest` among them.
pub const ASSERTIONS_MAX: usize = 500;
/// Longest answer that is judged, in bytes.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Largest compiled regular expression, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1024 * 1024;
/// The largest product of two lengths, in characters, of which a distance is counted.
pub const DISTANCE_WORK_MAX: usize = 25_000_000;
/// Failing assertions of one case that are told; the rest is counted.
pub const MISSES_TOLD_MAX: usize = 5;
/// Places of a text at which JSON is looked for.
pub const JSON_STARTS_MAX: usize = 1_000;
/// Deepest nesting of a JSON Schema, references followed.
pub const SCHEMA_DEPTH_MAX: usize = 64;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}
