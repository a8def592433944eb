//! Workflows: listing, showing and checking them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::problem::Diagnostic;
use variorum_api_types::prompts::AtVersion;
use variorum_api_types::workflows::{
    CheckWorkflow, CheckedWorkflow, ListWorkflows, Workflow, WorkflowInput, WorkflowList,
    WorkflowStep, WorkflowSummary,
};

use super::console::{Console, PAGE_ROWS_MAX};
use super::{files, layout, words};
use crate::client::diagnostic;
use crate::error::CliError;
use crate::output;

/// The ending of workflows.
const ENDING: &str = ".workflow.yaml";

/// What to do with workflows.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowsCommand {
    /// Lists workflows.
    List(ListArgs),
    /// Shows a workflow: its steps, what flows into each, what does not fit.
    #[command(
        disable_version_flag = true,
        after_help = "Example: variorum workflows show lead-to-sequence --draft campaign/autumn"
    )]
    Show(AtArgs),
    /// Checks a file against the prompts it runs, without saving it.
    Check(CheckArgs),
}

/// Which workflows.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum workflows list --runs email/welcome")]
pub(crate) struct ListArgs {
    /// Only those that run this prompt, by its id.
    #[arg(long, value_name = "PROMPT")]
    pub runs: Option<String>,
    /// Only files in which errors were found.
    #[arg(long)]
    pub with_errors: bool,
}

/// A workflow in some state.
#[derive(Debug, Args)]
pub(crate) struct AtArgs {
    /// Its name, e.g. `lead-to-sequence`, or its path.
    pub name: String,
    /// A version; the newest where not given.
    #[arg(long, value_parser = words::version, value_name = "N")]
    pub version: Option<i64>,
    /// A draft; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
}

/// What to check.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum workflows check workflows/lead.workflow.yaml\n\nExits with 2 where \
        the file has errors."
)]
pub(crate) struct CheckArgs {
    /// The file, or `-` for standard input.
    pub file: PathBuf,
    /// The draft whose prompts it runs; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
}

/// `variorum workflow …`
pub(crate) fn run(command: WorkflowsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        WorkflowsCommand::List(args) => list(args, console),
        WorkflowsCommand::Show(args) => {
            let query = AtVersion {
                version: args.version,
                draft: args.draft,
            };
            let answer = console.client.find(&["workflows", &args.name], &query)?;
            console.show(&answer, shown)
        }
        WorkflowsCommand::Check(args) => check(&args, console),
    }
}

fn list(args: ListArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = ListWorkflows {
        runs: args.runs,
        with_errors: args.with_errors.then_some(true),
        limit: Some(PAGE_ROWS_MAX),
        ..ListWorkflows::default()
    };
    let go_on = |query: &mut ListWorkflows, next: &serde_json::Value| {
        query.after = next.as_str().map(ToOwned::to_owned);
    };
    let answer = console.all_pages(&["workflows"], query, go_on)?;
    console.show(&answer, rows)
}

fn rows(page: &WorkflowList) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["There is no workflow.".to_owned()];
    }
    let row = |one: &WorkflowSummary| {
        let errors = match one.summary.errors {
            0 => String::new(),
            errors => errors.to_string(),
        };
        vec![
            one.name.clone(),
            one.summary.version.to_string(),
            errors,
            one.summary.title.clone(),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    layout::table(&["Workflow", "Version", "Errors", "Title"], &rows)
}

fn shown(workflow: &Workflow) -> Vec<String> {
    let summary = &workflow.summary.summary;
    let saved = format!(
        "{}, saved {} by {}",
        summary.version,
        layout::moment(&summary.updated_at),
        summary.updated_by
    );
    let mut lines = vec![layout::cut(&summary.title, layout::WIDTH), String::new()];
    lines.extend(layout::labelled(&[
        ("Name", workflow.summary.name.clone()),
        ("Path", summary.path.clone()),
        ("What for", summary.intent.clone()),
        ("Version", saved),
        ("Base", workflow.base.clone()),
        ("Owner", summary.owner.clone()),
    ]));
    lines.extend(checked(&workflow.checked));
    lines
}

fn check(args: &CheckArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = CheckWorkflow {
        path: path_of(&args.file.to_string_lossy()),
        source: files::read(&args.file)?,
        draft: args.draft.clone(),
    };
    let answer = console.client.post(&["workflows", "check"], &body)?;
    let found: CheckedWorkflow = answer.read()?;
    if console.json {
        output::json(answer.json());
    } else {
        // Every part begins with an empty line; the first one needs none.
        let lines = checked(&found).into_iter().skip_while(String::is_empty);
        output::lines(&lines.collect::<Vec<_>>());
    }
    let has_errors = found.diagnostics.iter().any(|one| one.severity == "error");
    Ok(if has_errors {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

/// The path a file has in the library, as far as its own name says.
fn path_of(file: &str) -> String {
    let inside = file.find("workflows/");
    if let Some(start) = inside.filter(|start| *start == 0 || file[..*start].ends_with('/')) {
        return file[start..].to_owned();
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name
        .strip_suffix(ENDING)
        .or_else(|| name.strip_suffix(".yaml"));
    match stem.unwrap_or(name) {
        "-" | "" => format!("workflows/check{ENDING}"),
        stem => format!("workflows/{stem}{ENDING}"),
    }
}

fn checked(found: &CheckedWorkflow) -> Vec<String> {
    let mut lines = Vec::new();
    for step in &found.steps {
        lines.push(String::new());
        lines.extend(step_lines(step, found));
    }
    lines.extend(findings(&found.diagnostics));
    lines
}

fn step_lines(step: &WorkflowStep, found: &CheckedWorkflow) -> Vec<String> {
    let title = if step.title == step.id {
        step.id.clone()
    } else {
        format!("{}: {}", step.id, step.title)
    };
    let mut lines = vec![layout::cut(&title, layout::WIDTH)];
    let mut about = vec![match &step.prompt {
        Some(prompt) => format!("runs {prompt}"),
        None => "decides".to_owned(),
    }];
    about.extend(
        step.channel
            .as_ref()
            .map(|channel| format!("through {channel}")),
    );
    about.extend(step.day.map(|day| format!("on day {day}")));
    about.extend(
        step.for_each
            .as_ref()
            .map(|over| format!("once for each of {over}")),
    );
    about.extend(step.skip_when.as_ref().map(|when| format!("unless {when}")));
    lines.extend(layout::indented(&about.join(", "), 2));
    lines.extend(step.inputs.iter().flat_map(input));
    let ways = found.graph.edges.iter().filter(|edge| edge.from == step.id);
    for way in ways {
        let to = if way.to == ".end" { "end" } else { &way.to };
        let when = match way.label.as_str() {
            "" => String::new(),
            label => format!(" ({label})"),
        };
        lines.extend(layout::indented(&format!("→ {to}{when}"), 2));
    }
    lines
}

fn input(input: &WorkflowInput) -> Vec<String> {
    let from = input.from.as_deref().unwrap_or("a value of the file");
    let needed = if input.required { "" } else { ", optional" };
    let text = format!("{} ← {from} ({}{needed})", input.input, input.wanted);
    layout::indented(&text, 4)
}

fn findings(findings: &[Diagnostic]) -> Vec<String> {
    if findings.is_empty() {
        return Vec::new();
    }
    let heading = [String::new(), "Findings".to_owned()];
    let line = |found: &Diagnostic| format!("  {}: {}", found.severity, diagnostic(found));
    heading
        .into_iter()
        .chain(findings.iter().map(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn the_path_of_a_file_is_taken_from_its_name() {
        let rows = [
            ("-", "workflows/check.workflow.yaml"),
            ("lead.workflow.yaml", "workflows/lead.workflow.yaml"),
            (
                "../lib/workflows/a/b.workflow.yaml",
                "workflows/a/b.workflow.yaml",
            ),
            ("/tmp/lead.yaml", "workflows/lead.workflow.yaml"),
        ];
        for (file, path) in rows {
            assert_eq!(path_of(file), path, "{file}");
        }
    }

    #[test]
    fn steps_are_told_with_what_flows_and_where_they_lead() {
        let found = from_value::<CheckedWorkflow>(json!({
            "trigger": null, "kpis": [], "attributes": {},
            "steps": [{
                "id": "mail", "title": "Write", "kind": "prompt", "line": 3, "prompt": "email/welcome",
                "channel": "email", "day": 2.0, "for_each": null, "skip_when": "age is missing",
                "stop_when_kpi": null, "output": null, "branches": [],
                "inputs": [
                    {"input": "name", "from": "attributes.name", "source_step": null, "wanted": "text", "required": true, "line": 7},
                    {"input": "tone", "from": null, "source_step": null, "wanted": "text", "required": false, "line": 8},
                ],
            }],
            "prompts": [],
            "graph": {"nodes": [], "data": [], "edges": [
                {"from": "mail", "to": ".end", "label": ""},
                {"from": "mail", "to": "nudge", "label": "segment is new"},
            ]},
            "diagnostics": [{"severity": "error", "code": "unknown-attribute", "line": 7, "column": 14,
                "path": "workflows/lead.workflow.yaml", "message": "the workflow has no attribute `name`"}],
        }))
        .unwrap();
        assert_eq!(
            checked(&found),
            [
                "",
                "mail: Write",
                "  runs email/welcome, through email, on day 2, unless age is missing",
                "    name ← attributes.name (text)",
                "    tone ← a value of the file (text, optional)",
                "  → end",
                "  → nudge (segment is new)",
                "",
                "Findings",
                "  error: workflows/lead.workflow.yaml:7:14: the workflow has no attribute `name`",
            ]
        );
    }
}
