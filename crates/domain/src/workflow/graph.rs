//! The graph of a workflow, as data to draw.

use super::{END, Step, StepKind, Workflow};

/// The id of the node at which a workflow starts; no step can have it, for its dot.
const START: &str = ".start";
/// The id of the node at which paths end.
const END_NODE: &str = ".end";

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Where it begins.
    Start,
    /// A step that runs a prompt.
    Prompt,
    /// A step that decides.
    Decision,
    /// Where paths end.
    End,
}

impl NodeKind {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Prompt => "prompt",
            Self::Decision => "decision",
            Self::End => "end",
        }
    }
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The step's id; `.start` and `.end` are not steps.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// What people call it.
    pub title: String,
    /// The line of the file; 0 for what is not a step.
    pub line: usize,
}

/// One edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where from.
    pub from: String,
    /// Where to.
    pub to: String,
    /// When it is taken, in words; empty where always.
    pub label: String,
}

/// Nodes and edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Start, the steps in the order of the file, end.
    pub nodes: Vec<Node>,
    /// Edges in the order of the file.
    pub edges: Vec<Edge>,
}

/// The graph of a workflow. A target that does not exist has no edge.
pub fn graph(workflow: &Workflow) -> Graph {
    let node = |id: &str, kind, title: &str, line| Node {
        id: id.to_owned(),
        kind,
        title: title.to_owned(),
        line,
    };
    let mut nodes = vec![node(START, NodeKind::Start, "Start", 0)];
    let mut edges = Vec::new();
    if let Some(first) = workflow.steps.first() {
        edges.push(edge(START, &first.id.value, String::new()));
    }
    for step in &workflow.steps {
        let kind = match step.kind {
            StepKind::Run(_) => NodeKind::Prompt,
            StepKind::Decide(_) => NodeKind::Decision,
        };
        let title = step.title.as_deref().unwrap_or(&step.id.value);
        nodes.push(node(&step.id.value, kind, title, step.id.line));
        ways_out(step, &mut edges);
    }
    nodes.push(node(END_NODE, NodeKind::End, "End", 0));
    edges.retain(|edge| nodes.iter().any(|node| node.id == edge.to));
    Graph { nodes, edges }
}

fn edge(from: &str, to: &str, label: String) -> Edge {
    let to = if to == END { END_NODE } else { to };
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        label,
    }
}

fn ways_out(step: &Step, edges: &mut Vec<Edge>) {
    let id = &step.id.value;
    let mut add = |targets: &[super::Placed<String>], label: &str| {
        if targets.is_empty() {
            edges.push(edge(id, END, label.to_owned()));
        }
        for target in targets {
            edges.push(edge(id, &target.value, label.to_owned()));
        }
    };
    match &step.kind {
        StepKind::Run(run) => {
            add(&run.next, "");
            if let Some(kpi) = &run.stop_when_kpi {
                add(&[], &format!("stops after {}", kpi.value));
            }
        }
        StepKind::Decide(branches) => {
            for branch in branches {
                let label = match &branch.when {
                    Some(when) => when.words(),
                    None => "otherwise".to_owned(),
                };
                add(&branch.go, &label);
            }
        }
    }
}
