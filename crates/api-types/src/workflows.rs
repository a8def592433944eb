//! Workflows: graphs of prompts with typed data flow and decisions.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::library::PromptSummary;
use crate::problem::Diagnostic;

/// Which workflows to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListWorkflows {
    /// Words that must all occur in title, description, owner, ids of steps and prompts.
    pub q: Option<String>,
    /// Only those that run this prompt, by its id.
    pub runs: Option<String>,
    /// Only files with errors.
    pub with_errors: Option<bool>,
    /// Continue after this path.
    pub after: Option<String>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// A page of workflows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowList {
    /// The rows.
    pub items: Vec<WorkflowSummary>,
    /// Pass as `after` to get the next page; absent on the last.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: i64,
}

/// A workflow in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowSummary {
    /// Its name: the path without `workflows/` and `.workflow.yaml`.
    pub name: String,
    /// What stands in any list of the library.
    #[serde(flatten)]
    pub summary: PromptSummary,
}

/// Everything about one workflow at one version. Versions, comparing and saving go by its path, as
/// for any file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Workflow {
    /// What stands in a list.
    #[serde(flatten)]
    pub summary: WorkflowSummary,
    /// The file's content.
    pub source: String,
    /// The commit this state was read from; pass it as `base` when saving.
    pub base: String,
    /// What it is and how it fits.
    #[serde(flatten)]
    pub checked: CheckedWorkflow,
}

/// A workflow to check before it is saved.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckWorkflow {
    /// Its path or name.
    pub path: String,
    /// The content to check.
    pub source: String,
    /// The draft whose prompts it runs; `main` where not given.
    #[serde(default)]
    pub draft: Option<String>,
}

/// What a workflow is and how it fits the prompts it runs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckedWorkflow {
    /// What sets it off.
    pub trigger: Option<String>,
    /// The KPIs it is meant to move.
    pub kpis: Vec<String>,
    /// What the caller passes in, as JSON Schema of an object.
    pub attributes: Value,
    /// The steps, in the order of the file.
    pub steps: Vec<WorkflowStep>,
    /// The prompts it runs.
    pub prompts: Vec<RunPrompt>,
    /// The graph to draw.
    pub graph: WorkflowGraph,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// A step.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowStep {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// `prompt` or `decision`.
    pub kind: String,
    /// The line of the file.
    pub line: u32,
    /// The prompt it runs.
    pub prompt: Option<String>,
    /// The channel its answer goes out through.
    pub channel: Option<String>,
    /// Days after the start on which it runs.
    pub day: Option<f64>,
    /// The list it runs once an item for, e.g. `attributes.products`.
    pub for_each: Option<String>,
    /// When it is passed over, in words.
    pub skip_when: Option<String>,
    /// The KPI that ends the path when it has happened.
    pub stop_when_kpi: Option<String>,
    /// What it is given.
    pub inputs: Vec<WorkflowInput>,
    /// What it answers, as JSON Schema; absent for decisions and for prompts that do not exist.
    pub output: Option<Value>,
    /// The ways out of a decision.
    pub branches: Vec<WorkflowBranch>,
}

/// What a step is given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowInput {
    /// The variable of its prompt.
    pub input: String,
    /// The reference as written; absent for a value that stands in the file.
    pub from: Option<String>,
    /// The step whose output it is.
    pub source_step: Option<String>,
    /// The type the prompt wants, in words.
    pub wanted: String,
    /// Whether the prompt cannot do without it.
    pub required: bool,
    /// The line of the file.
    pub line: u32,
}

/// A way out of a decision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowBranch {
    /// When it is taken, in words; `otherwise` where always.
    pub when: String,
    /// The steps it leads to; `end` ends the path.
    pub go: Vec<String>,
    /// The line of the file.
    pub line: u32,
}

/// A prompt that a workflow runs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RunPrompt {
    /// Its id.
    pub id: String,
    /// Its path; absent where there is no such prompt.
    pub path: Option<String>,
    /// Its newest version on `main`; absent where it is not there.
    pub version: Option<i64>,
}

/// The graph of a workflow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowGraph {
    /// Start, the steps in the order of the file, end.
    pub nodes: Vec<WorkflowNode>,
    /// Where each path goes on.
    pub edges: Vec<WorkflowEdge>,
    /// What flows from where to where, with its type.
    pub data: Vec<WorkflowData>,
}

/// A node.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowNode {
    /// The step's id; `.start` and `.end` are not steps.
    pub id: String,
    /// `start`, `prompt`, `decision` or `end`.
    pub kind: String,
    /// What people call it.
    pub title: String,
    /// Errors found in it.
    pub errors: usize,
}

/// An edge of the path.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowEdge {
    /// Where from.
    pub from: String,
    /// Where to.
    pub to: String,
    /// When it is taken, in words; empty where always.
    pub label: String,
}

/// A value on its way.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WorkflowData {
    /// The step it comes from; `.start` for attributes.
    pub from: String,
    /// The step it goes to.
    pub to: String,
    /// The reference as written, e.g. `steps.sort.output.segment`.
    pub value: String,
    /// The variable of the prompt.
    pub input: String,
    /// The type the prompt wants, in words.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the prompt cannot do without it.
    pub required: bool,
}
