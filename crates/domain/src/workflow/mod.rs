//! Workflows: graphs of prompts with typed data flow and decisions.
//!
//! Reads a `*.workflow.yaml` file, checks it against the prompts it runs, and gives the graph as
//! data to draw. Knows nothing about where files are kept; runs nothing.

mod check;
mod condition;
mod flow;
mod graph;
mod read;
mod reference;
mod resolve;
mod schema;

use serde_json::{Map, Value};

pub use check::{Checked, Feeding, Interface, Surroundings, check};
pub use condition::{Comparison, Condition, Test};
pub use graph::{Edge, Graph, Node, NodeKind, graph};
pub use read::parse;
pub use reference::{Reference, Source};
pub use schema::{accepts, describe, fits};

use crate::prompt::Diagnostic;

/// Longest workflow file, in bytes.
pub const WORKFLOW_BYTES_MAX: usize = 256 * 1024;
/// Most steps of one workflow.
pub const STEPS_MAX: usize = 300;
/// Most branches of one decision.
pub const BRANCHES_MAX: usize = 50;
/// Most steps that one step may lead to at once.
pub const PARALLEL_MAX: usize = 20;
/// Deepest nesting of `all`, `any` and `not` in one condition.
pub const CONDITION_DEPTH_MAX: usize = 8;
/// Longest id of a step, in characters.
pub const STEP_ID_CHARS_MAX: usize = 60;
/// The target that ends a path.
pub const END: &str = "end";

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl<T> Placed<T> {
    /// The position.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }
}

/// A workflow that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// What people call it.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The KPIs it is meant to move.
    pub kpis: Vec<Placed<String>>,
    /// What sets it off.
    pub trigger: Option<String>,
    /// What the caller passes in, as JSON Schema of an object.
    pub attributes: Value,
    /// The steps; the first one begins.
    pub steps: Vec<Step>,
    /// What was found while reading.
    pub diagnostics: Vec<Diagnostic>,
}

impl Workflow {
    /// The ids of the prompts it runs, sorted, each once.
    pub fn prompts(&self) -> Vec<&str> {
        let runs = self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Run(run) => Some(run.prompt.value.as_str()),
            StepKind::Decide(_) => None,
        });
        let mut ids: Vec<&str> = runs.collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its id.
    pub id: Placed<String>,
    /// What people call it.
    pub title: Option<String>,
    /// The channel its answer goes out through.
    pub channel: Option<Placed<String>>,
    /// Days after the start on which it runs.
    pub day: Option<f64>,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// Runs a prompt.
    Run(Box<Run>),
    /// Decides how to go on.
    Decide(Vec<Branch>),
}

/// A step that runs a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The prompt's id.
    pub prompt: Placed<String>,
    /// What it is given.
    pub inputs: Vec<Input>,
    /// The list it runs once an item for.
    pub for_each: Option<Reference>,
    /// When it is passed over.
    pub skip_when: Option<Condition>,
    /// The KPI that ends the path when it has happened.
    pub stop_when_kpi: Option<Placed<String>>,
    /// Where the path goes on: at several steps at once, or nowhere.
    pub next: Vec<Placed<String>>,
}

/// One input of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The variable of the prompt.
    pub name: Placed<String>,
    /// What it is given.
    pub feed: Feed,
}

/// What an input is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Feed {
    /// A value from elsewhere.
    From(Reference),
    /// A value as it stands.
    Value(Placed<Value>),
}

/// One way out of a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// When it is taken; always where nothing is said.
    pub when: Option<Condition>,
    /// Where it leads.
    pub go: Vec<Placed<String>>,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

fn empty_object() -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Map::new().into());
    Value::Object(schema)
}
