//! Who did what, from the audit log.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::activity::{Entry, EntryPage, ListEntries};

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// Which entries.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum activity --target rollout:R-4 --limit 20")]
pub(crate) struct ActivityArgs {
    /// Only of this target, e.g. `rollout:R-4`.
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// Only actions that begin so, e.g. `rollout.`.
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
    /// At most so many, newest first.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
}

/// `variorum activity`
pub(crate) fn run(args: &ActivityArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = ListEntries {
        target: args.target.clone(),
        action: args.action.clone(),
        limit: Some(args.limit),
        ..ListEntries::default()
    };
    let answer = console.client.find(&["entries"], &query)?;
    let code = console.show(&answer, |page: &EntryPage| text(&page.items))?;
    console.more(
        &answer,
        "there are older entries; ask for more with `--limit`",
    );
    Ok(code)
}

/// One entry a row; reasons on a row of their own, since they are what people look for.
pub(super) fn text(entries: &[Entry]) -> Vec<String> {
    if entries.is_empty() {
        return vec!["Nothing of that kind was done.".to_owned()];
    }
    entries.iter().flat_map(entry).collect()
}

fn entry(entry: &Entry) -> Vec<String> {
    let by = if entry.sentence.starts_with(&entry.actor_name) {
        ""
    } else {
        &entry.actor_name
    };
    let by = if by.is_empty() {
        String::new()
    } else {
        format!(" ({by})")
    };
    let sentence = format!("{}{by}", entry.sentence);
    let mut lines = layout::labelled(&[(&layout::moment(&entry.at), sentence)]);
    if !entry.reason.is_empty() {
        let indent = layout::moment(&entry.at).chars().count() + 2;
        lines.extend(layout::indented(&format!("“{}”", entry.reason), indent));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn entries_are_told_with_their_reasons() {
        let entry = from_value::<Entry>(json!({
            "seq": 9, "at": "2026-11-20T10:11:12.000000Z", "actor": 2, "actor_name": "Ann Lee",
            "actor_kind": "person", "action": "rollout.rolled-back", "target": "rollout:R-4",
            "sentence": "Ann Lee rolled back R-4", "before": null, "after": null,
            "reason": "Fewer orders", "evidence": {}, "prev": "a", "hash": "b",
        }))
        .unwrap();
        assert_eq!(
            text(&[entry]),
            [
                "2026-11-20 10:11  Ann Lee rolled back R-4",
                "                  “Fewer orders”"
            ]
        );
        assert_eq!(text(&[]), ["Nothing of that kind was done."]);
    }
}
