//! What a prompt, a draft or a change reaches, what it breaks, and what it collides with.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use variorum_api_types::impact::{AskImpact, Breach, Impact, ImpactCount, ImpactRow};

use super::console::{Console, PAGE_ROWS_MAX};
use super::{layout, words};
use crate::error::CliError;

/// Of what impact is asked.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum impact --change CH-42\n\n\
        Other questions: `variorum impact email/welcome`, `variorum impact prompts/_voice.prompt --kind \
        prompt,workflow`,\n`variorum impact --draft campaign/autumn`.\n\n\
        Exits with 1 where a contract is broken.")]
pub(crate) struct ImpactArgs {
    /// A prompt's id, or the path of a partial, a workflow or any other file.
    #[arg(required_unless_present_any = ["draft", "change"])]
    pub prompt: Option<String>,
    /// A draft, as it would come into the library.
    #[arg(long, value_name = "DRAFT", conflicts_with_all = ["prompt", "change"])]
    pub draft: Option<String>,
    /// A change.
    #[arg(long, value_name = "CH-N", conflicts_with = "prompt", value_parser = words::change)]
    pub change: Option<i64>,
    /// Only these kinds, e.g. `prompt,workflow`.
    #[arg(long, value_name = "KINDS")]
    pub kind: Option<String>,
    /// Shows everything that is reached, not only the nearest.
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// At most so many rows.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `variorum impact`
pub(crate) fn impact(args: &ImpactArgs, console: &Console) -> Result<ExitCode, CliError> {
    let mut query = AskImpact {
        prompt: args.prompt.clone(),
        draft: args.draft.clone(),
        change: args.change,
        kind: args.kind.clone(),
        after: None,
        limit: args.limit,
    };
    let answer = if args.all {
        query.limit = Some(PAGE_ROWS_MAX);
        console.all_pages(&["impact"], query, |query, next| {
            query.after = next.as_str().map(str::to_owned);
        })?
    } else {
        console.client.find(&["impact"], &query)?
    };
    let found: Impact = answer.read()?;
    console.show(&answer, told)?;
    console.more(&answer, "There is more: --all shows everything.");
    let is_broken = found.breaches.iter().any(|one| one.severity == "error");
    Ok(ExitCode::from(u8::from(is_broken)))
}

fn told(found: &Impact) -> Vec<String> {
    let mut lines = vec![format!(
        "{} {}{}",
        found.of.kind,
        found.of.id,
        titled(&found.of.id, &found.of.title)
    )];
    lines.extend(layout::indented(&counted(found), 2));
    lines.extend(broken(found));
    for collision in &found.collisions {
        lines.push(String::new());
        lines.push(format!("Mind: {}", collision.message));
        lines.extend(layout::indented(&collision.next, 2));
    }
    if !found.items.is_empty() {
        lines.push(String::new());
        let rows: Vec<_> = found.items.iter().map(row).collect();
        lines.extend(layout::table(&["Kind", "Name", "Away", "Why"], &rows));
    }
    lines
}

fn titled(id: &str, title: &str) -> String {
    if title.is_empty() || title == id {
        String::new()
    } else {
        format!(" “{title}”")
    }
}

/// `1 partial changes; 3 prompts, 1 workflow are reached`.
fn counted(found: &Impact) -> String {
    let listed = |number: fn(&ImpactCount) -> usize| {
        let some = found.counts.iter().filter(|count| number(count) > 0);
        let words =
            some.map(|count| format!("{} {}", number(count), many(&count.kind, number(count))));
        words.collect::<Vec<_>>().join(", ")
    };
    let changed = listed(|count| count.changed);
    let reached = listed(|count| count.reached);
    let reached = if reached.is_empty() {
        "nothing else".to_owned()
    } else {
        reached
    };
    let mut text = format!("changes: {changed}\nreaches: {reached}");
    if found.hidden > 0 {
        let _ = write!(text, "\nand {} things that you may not see", found.hidden);
    }
    text
}

fn many(kind: &str, number: usize) -> String {
    match (kind, number) {
        ("kpi", 1) => "KPI".to_owned(),
        ("kpi", _) => "KPIs".to_owned(),
        ("category", 2..) => "categories".to_owned(),
        ("settings", _) | (_, 1) => kind.to_owned(),
        _ => format!("{kind}s"),
    }
}

fn broken(found: &Impact) -> Vec<String> {
    let mut lines = Vec::new();
    for breach in &found.breaches {
        lines.push(String::new());
        lines.extend(told_breach(breach));
    }
    if found.breaches_unnamed > 0 {
        lines.push(format!("… and {} more", found.breaches_unnamed));
    }
    if found.files_unread > 0 {
        lines.push(String::new());
        lines.push(format!(
            "Mind: {} more files use what changed and were not looked at.",
            found.files_unread
        ));
    }
    lines
}

fn told_breach(breach: &Breach) -> Vec<String> {
    let word = if breach.severity == "error" {
        "Broken"
    } else {
        "Mind"
    };
    let place = &breach.dependant;
    let mut lines = layout::wrap(&format!("{word}: {}", breach.message), layout::WIDTH);
    lines.push(format!("  {}:{}:{}", place.path, place.line, place.column));
    lines.extend(layout::indented(&breach.next, 2));
    lines
}

fn row(row: &ImpactRow) -> Vec<String> {
    vec![
        row.node.kind.clone(),
        row.node.name.clone(),
        row.node.layer.to_string(),
        row.reason.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_told_from_what_is_broken_to_what_is_reached() {
        let found: Impact = serde_json::from_value(json!({
            "of": {"kind": "draft", "id": "campaign/autumn", "title": "campaign/autumn"},
            "counts": [
                {"kind": "prompt", "changed": 1, "reached": 0},
                {"kind": "workflow", "changed": 0, "reached": 2},
                {"kind": "kpi", "changed": 0, "reached": 1},
            ],
            "hidden": 2,
            "items": [{
                "id": "workflows/w.workflow.yaml", "kind": "workflow", "name": "workflows/w.workflow.yaml",
                "title": "W", "how": "leans", "layer": 1, "hidden": false,
                "reason": "`workflows/w.workflow.yaml` runs `a`.", "why": [],
            }],
            "next": null,
            "graph": {"nodes": [], "edges": [], "left_out": 0},
            "breaches": [{
                "severity": "error", "code": "input-removed",
                "message": "Step `sort` gives `name`, which `prompts/a.prompt` no longer has.",
                "next": "Keep `name`.", "subject": "name", "renamed_to": null,
                "provider": {"path": "prompts/a.prompt", "line": 4, "column": 5},
                "dependant": {"path": "workflows/w.workflow.yaml", "line": 9, "column": 7},
            }],
            "breaches_unnamed": 1, "files_unread": 0,
            "collisions": [{
                "kind": "rollout", "number": 7, "title": "Test", "paths": [], "count": 1,
                "message": "Rollout 7 “Test” runs in production and tries `a`.", "next": "Wait.",
            }],
        }))
        .unwrap();
        assert_eq!(
            told(&found),
            [
                "draft campaign/autumn",
                "  changes: 1 prompt",
                "  reaches: 2 workflows, 1 KPI",
                "  and 2 things that you may not see",
                "",
                "Broken: Step `sort` gives `name`, which `prompts/a.prompt` no longer has.",
                "  workflows/w.workflow.yaml:9:7",
                "  Keep `name`.",
                "… and 1 more",
                "",
                "Mind: Rollout 7 “Test” runs in production and tries `a`.",
                "  Wait.",
                "",
                "Kind      Name                       Away  Why",
                "workflow  workflows/w.workflow.yaml     1  `workflows/w.workflow.yaml` runs `a`.",
            ]
        );
    }
}
