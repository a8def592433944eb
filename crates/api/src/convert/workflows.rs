//! Workflows: what they are, how they fit, what they look like.

use std::collections::BTreeMap;

use variorum_api_types::library::PromptSummary;
use variorum_api_types::workflows as wire;
use variorum_app::library::tree_view::CheckedWorkflow;
use variorum_app::library::workflows::{TriedWorkflow, WorkflowPage};
use variorum_domain::library::{FileKind, workflow_name};
use variorum_domain::prompt::Diagnostic;
use variorum_domain::workflow::{
    Branch, Checked, Feeding, Graph, NodeKind, Run, Step, StepKind, Workflow,
};
use variorum_ports::rows::LibraryRow;

use super::{diagnostic, library, place};
use crate::time;

/// The node at which attributes come in.
const START: &str = ".start";

/// A workflow in a list.
pub(crate) fn summary(row: LibraryRow) -> wire::WorkflowSummary {
    wire::WorkflowSummary {
        name: workflow_name(&row.path).to_owned(),
        summary: library::summary(row, None),
    }
}

/// One workflow with everything about it.
pub(crate) fn workflow(found: WorkflowPage) -> wire::Workflow {
    let errors = found.found.checked.diagnostics.iter();
    let errors = errors.filter(|finding| finding.is_error()).count();
    let read = &found.found.workflow;
    let row = match found.row {
        Some(row) => library::summary(row, None),
        None => from_file(&found.path, read),
    };
    let shown = &found.version;
    let summary = PromptSummary {
        title: read.title.clone().unwrap_or(row.title),
        version: shown.number,
        updated_at: time::format(shown.commit.committed_at),
        updated_by: shown.commit.author_name.clone(),
        errors: i64::try_from(errors).unwrap_or(i64::MAX),
        ..row
    };
    wire::Workflow {
        summary: wire::WorkflowSummary {
            name: workflow_name(&found.path).to_owned(),
            summary,
        },
        source: found.source,
        base: found.base.to_string(),
        checked: checked(&found.found, &found.graph, &found.versions),
    }
}

/// A file that stands on a draft only has no row in the listing of `main`.
fn from_file(path: &str, read: &Workflow) -> PromptSummary {
    PromptSummary {
        id: path.to_owned(),
        path: path.to_owned(),
        kind: FileKind::Workflow.name().to_owned(),
        title: workflow_name(path).to_owned(),
        intent: read.description.clone().unwrap_or_default(),
        channel: String::new(),
        brand: String::new(),
        region: String::new(),
        owner: read.owner.clone().unwrap_or_default(),
        tags: Vec::new(),
        version: 0,
        updated_at: String::new(),
        updated_by: String::new(),
        errors: 0,
        live: Vec::new(),
    }
}

/// A workflow that was tried.
pub(crate) fn tried(found: &TriedWorkflow) -> wire::CheckedWorkflow {
    checked(&found.found, &found.graph, &BTreeMap::new())
}

fn checked(
    found: &CheckedWorkflow,
    drawn: &Graph,
    versions: &BTreeMap<String, i64>,
) -> wire::CheckedWorkflow {
    let read = &found.workflow;
    let prompts = found.prompts.iter().map(|(id, path)| wire::RunPrompt {
        id: id.clone(),
        path: path.clone(),
        version: versions.get(id).copied(),
    });
    wire::CheckedWorkflow {
        trigger: read.trigger.clone(),
        kpis: read.kpis.iter().map(|kpi| kpi.value.clone()).collect(),
        attributes: read.attributes.clone(),
        steps: read
            .steps
            .iter()
            .map(|one| step(one, &found.checked))
            .collect(),
        prompts: prompts.collect(),
        graph: graph(read, drawn, &found.checked),
        diagnostics: found.checked.diagnostics.iter().map(diagnostic).collect(),
    }
}

fn step(step: &Step, checked: &Checked) -> wire::WorkflowStep {
    let id = &step.id.value;
    let inputs = checked.feedings.iter().filter(|one| one.step == *id);
    let (run, branches): (Option<&Run>, &[Branch]) = match &step.kind {
        StepKind::Run(run) => (Some(run), &[]),
        StepKind::Decide(branches) => (None, branches),
    };
    let kind = match run {
        Some(_) => NodeKind::Prompt,
        None => NodeKind::Decision,
    };
    wire::WorkflowStep {
        id: id.clone(),
        title: step.title.clone().unwrap_or_else(|| id.clone()),
        kind: kind.name().to_owned(),
        line: place(step.id.line),
        prompt: run.map(|run| run.prompt.value.clone()),
        channel: step.channel.as_ref().map(|channel| channel.value.clone()),
        day: step.day,
        for_each: run.and_then(|run| Some(run.for_each.as_ref()?.text())),
        skip_when: run.and_then(|run| Some(run.skip_when.as_ref()?.words())),
        stop_when_kpi: run.and_then(|run| Some(run.stop_when_kpi.as_ref()?.value.clone())),
        inputs: inputs.map(input).collect(),
        output: checked.outputs.get(id).cloned(),
        branches: branches.iter().map(branch).collect(),
    }
}

fn input(feeding: &Feeding) -> wire::WorkflowInput {
    wire::WorkflowInput {
        input: feeding.input.clone(),
        from: feeding.from.clone(),
        source_step: feeding.source_step.clone(),
        wanted: feeding.wanted.clone(),
        required: feeding.required,
        line: place(feeding.line),
    }
}

fn branch(branch: &Branch) -> wire::WorkflowBranch {
    let when = branch
        .when
        .as_ref()
        .map(variorum_domain::workflow::Condition::words);
    wire::WorkflowBranch {
        when: when.unwrap_or_else(|| "otherwise".to_owned()),
        go: branch
            .go
            .iter()
            .map(|target| target.value.clone())
            .collect(),
        line: place(branch.line),
    }
}

fn graph(read: &Workflow, drawn: &Graph, checked: &Checked) -> wire::WorkflowGraph {
    let nodes = drawn.nodes.iter().map(|node| wire::WorkflowNode {
        id: node.id.clone(),
        kind: node.kind.name().to_owned(),
        title: node.title.clone(),
        errors: errors_in(read, node.line, &checked.diagnostics),
    });
    let edges = drawn.edges.iter().map(|edge| wire::WorkflowEdge {
        from: edge.from.clone(),
        to: edge.to.clone(),
        label: edge.label.clone(),
    });
    let data = checked.feedings.iter().filter_map(|feeding| {
        Some(wire::WorkflowData {
            from: feeding
                .source_step
                .clone()
                .unwrap_or_else(|| START.to_owned()),
            to: feeding.step.clone(),
            value: feeding.from.clone()?,
            input: feeding.input.clone(),
            kind: feeding.wanted.clone(),
            required: feeding.required,
        })
    });
    wire::WorkflowGraph {
        nodes: nodes.collect(),
        edges: edges.collect(),
        data: data.collect(),
    }
}

/// The errors between the line at which a step begins and the next one; 0 stands for no step.
fn errors_in(read: &Workflow, line: usize, findings: &[Diagnostic]) -> usize {
    if line == 0 {
        return 0;
    }
    let others = read.steps.iter().map(|step| step.id.line);
    let next = others.filter(|other| *other > line).min();
    let inside = |finding: &&Diagnostic| {
        finding.is_error() && finding.line >= line && next.is_none_or(|next| finding.line < next)
    };
    findings.iter().filter(inside).count()
}
