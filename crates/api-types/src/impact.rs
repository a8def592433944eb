//! Impact: what a prompt, a draft or a change reaches, what it breaks, and what it collides with.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Of what impact is asked: exactly one of `prompt`, `draft` and `change`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskImpact {
    /// A file on `main`: a prompt's id, or the path of a partial, a workflow or any other file.
    pub prompt: Option<String>,
    /// A draft, as it would come into the library.
    pub draft: Option<String>,
    /// A change's number.
    pub change: Option<i64>,
    /// Only rows of these kinds, separated by commas, e.g. `prompt,workflow`.
    pub kind: Option<String>,
    /// Continue after this row: the `next` of the page before.
    pub after: Option<String>,
    /// At most so many rows; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// What something reaches.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Impact {
    /// What was asked of.
    pub of: ImpactSubject,
    /// How many of each kind are reached, in the order in which rows come.
    pub counts: Vec<ImpactCount>,
    /// How many things are reached that the caller may not see.
    pub hidden: usize,
    /// A page of rows: by kind, then from near to far, then by name.
    pub items: Vec<ImpactRow>,
    /// Where the next page begins; absent on the last.
    pub next: Option<String>,
    /// A part that is small enough to be drawn; with the first page only.
    pub graph: ImpactGraph,
    /// Contracts that are broken, errors first; at most 200.
    pub breaches: Vec<Breach>,
    /// How many more contracts are broken, or lie between files the caller may not see.
    pub breaches_unnamed: usize,
    /// Files that use what changed and were not looked at, because there are too many.
    pub files_unread: usize,
    /// What else is going on with the same prompts.
    pub collisions: Vec<Collision>,
}

/// What was asked of.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactSubject {
    /// `draft`, `change`, or the kind of the file.
    pub kind: String,
    /// The draft's name, `CH-42`, or the file's path.
    pub id: String,
    /// What people call it.
    pub title: String,
}

/// How many of a kind.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactCount {
    /// `prompt`, `partial`, `variation`, `workflow`, `suite`, `dataset`, `rule`, `settings`, `kpi`,
    /// `channel`, `brand`, `region`, `owner`, `category`, `release`, `environment`, `rollout` or
    /// `other`.
    pub kind: String,
    /// How many change themselves.
    pub changed: usize,
    /// How many are reached beside these.
    pub reached: usize,
}

/// A thing that is reached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactNode {
    /// Stays the same from answer to answer: a file's path, or `kpi:click`, `release:3` and the like.
    pub id: String,
    /// Its kind, as in `counts`.
    pub kind: String,
    /// What people call it, e.g. a prompt's id.
    pub name: String,
    /// The title shown.
    pub title: String,
    /// `changed`, `leans` (on what changes) or `belongs` (what is reached belongs to it, or is live
    /// there).
    pub how: String,
    /// How many edges away it is; for laying a drawing out in columns.
    pub layer: u32,
    /// Whether it is something the caller may not see; name and title tell no more than its kind.
    pub hidden: bool,
}

/// A thing that is reached, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactRow {
    /// The thing.
    #[serde(flatten)]
    pub node: ImpactNode,
    /// Why, in one sentence.
    pub reason: String,
    /// The shortest way from what changes to it.
    pub why: Vec<ImpactStep>,
}

/// One thing on the way.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactStep {
    /// The thing's id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The edge that led to it, as in the graph; absent at the beginning.
    pub edge: Option<String>,
}

/// Things and edges to draw.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ImpactGraph {
    /// The things: at most 250, at most 40 of each kind and what lies on the ways to them.
    pub nodes: Vec<ImpactNode>,
    /// All edges between them.
    pub edges: Vec<ImpactEdge>,
    /// How many things are reached and not drawn.
    pub left_out: usize,
}

/// An edge to draw.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImpactEdge {
    /// Stays the same from answer to answer.
    pub id: String,
    /// The id of what refers.
    pub from: String,
    /// The id of what it refers to.
    pub to: String,
    /// `includes`, `varies`, `runs`, `tests`, `reads`, `measures`, `channel`, `brand`, `region`,
    /// `owner`, `category`, `released`, `live`, `tried` or `runs-in`.
    pub kind: String,
    /// The edge in words, between the names of both, e.g. `is a variation of`.
    pub phrase: String,
}

/// A contract that is broken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Breach {
    /// `error` or `warning`.
    pub severity: String,
    /// Its kind, e.g. `input-removed`, `output-removed`, `slot-removed`.
    pub code: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// The file that changed, with the place where it declares or declared what is gone.
    pub provider: Place,
    /// The place where it is counted on.
    pub dependant: Place,
    /// The variable, field, slot or value it is about.
    pub subject: String,
    /// What that may be called now.
    pub renamed_to: Option<String>,
}

/// A place in a file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

/// Something else that is going on with the same prompts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Collision {
    /// `rollout` or `change`.
    pub kind: String,
    /// The number of the rollout or the change.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// The files it is about, at most 20.
    pub paths: Vec<String>,
    /// How many files there are.
    pub count: usize,
    /// What is the matter, in one sentence.
    pub message: String,
    /// What to do next.
    pub next: String,
}
