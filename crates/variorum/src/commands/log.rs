//! Saved versions of the whole library, as `git log` would show them.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::drafts::{Commit, CommitPage, DraftChange, ListCommits};
use variorum_api_types::library::ChangeRecord;

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// Which versions.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum log --draft campaign/autumn --limit 10\n         variorum log 3f2a9c1b0d"
)]
pub(crate) struct LogArgs {
    /// Shows this one with everything about it.
    #[arg(value_name = "COMMIT", conflicts_with_all = ["draft", "limit"])]
    pub commit: Option<String>,
    /// Of this draft rather than of the library.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
    /// At most so many, newest first.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
}

/// `variorum log`
pub(crate) fn run(args: &LogArgs, console: &Console) -> Result<ExitCode, CliError> {
    if let Some(commit) = &args.commit {
        let answer = console.client.get(&["commits", commit])?;
        return console.show(&answer, one);
    }
    let query = ListCommits {
        draft: args.draft.clone(),
        skip: None,
        limit: Some(args.limit),
    };
    let answer = console.client.find(&["commits"], &query)?;
    let code = console.show(&answer, list)?;
    console.more(
        &answer,
        "there are older versions; ask for more with `--limit`",
    );
    Ok(code)
}

fn list(page: &CommitPage) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["Nothing is saved yet.".to_owned()];
    }
    let row = |commit: &Commit| {
        vec![
            layout::short(&commit.commit),
            layout::moment(&commit.at),
            commit.author.clone(),
            commit.subject.clone(),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    layout::table(&["Commit", "Saved", "By", "What changed"], &rows)
}

fn one(commit: &Commit) -> Vec<String> {
    let mut lines = layout::wrap(&commit.subject, layout::WIDTH);
    lines.push(String::new());
    let parents: Vec<String> = commit
        .parents
        .iter()
        .map(|parent| layout::short(parent))
        .collect();
    lines.extend(layout::labelled(&[
        ("Commit", commit.commit.clone()),
        ("Parents", parents.join(", ")),
        ("Saved", layout::moment(&commit.at)),
        ("By", commit.author.clone()),
        ("Signed", signed(commit)),
        ("Pushed by", pushed_by(commit)),
    ]));
    if !commit.body.trim().is_empty() {
        lines.push(String::new());
        lines.extend(layout::wrap(commit.body.trim(), layout::WIDTH));
    }
    let why = record(&commit.record);
    if !why.is_empty() {
        lines.push(String::new());
        lines.extend(why);
    }
    if !commit.changes.is_empty() {
        lines.push(String::new());
        lines.extend(changes(&commit.changes));
    }
    lines
}

/// What its signature comes to, in words.
fn signed(commit: &Commit) -> String {
    let words = commit.provenance.as_ref().map(|found| found.words.as_str());
    words
        .unwrap_or_default()
        .trim_start_matches("it is ")
        .to_owned()
}

fn pushed_by(commit: &Commit) -> String {
    let found = commit.provenance.as_ref();
    found
        .and_then(|found| found.pushed_by.clone())
        .unwrap_or_default()
}

/// Why a change was made, as far as it was said.
pub(super) fn record(record: &ChangeRecord) -> Vec<String> {
    layout::labelled(&[
        ("Problem", record.problem.clone()),
        ("Baseline", record.baseline.clone()),
        ("Hypothesis", record.hypothesis.clone()),
        ("Campaign", record.campaign.clone()),
        ("Validation", record.validation.clone()),
    ])
}

/// Changed files.
pub(super) fn changes(changes: &[DraftChange]) -> Vec<String> {
    changes
        .iter()
        .map(|change| format!("{:8} {}", change.kind, change.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    fn commit() -> Commit {
        from_value(json!({
            "commit": "3f2a9c1b0d3f2a9c1b0d3f2a9c1b0d3f2a9c1b0d", "parents": ["aaaaaaaaaaaaaaaa"],
            "author": "Ann Lee", "at": "2026-11-20T10:11:12.000000Z",
            "subject": "Shorten the welcome subject", "body": "Long ones are cut.\n",
            "record": {"problem": "open_rate fell", "campaign": "autumn"},
            "provenance": {"signature": "good", "counts": true, "words": "it is signed by Ann Lee",
                "pushed_by": "Bob Ray"},
            "changes": [{"path": "prompts/email/welcome.prompt", "kind": "changed"}],
        }))
        .unwrap()
    }

    #[test]
    fn one_version_is_shown_with_its_reasons_and_files() {
        assert_eq!(
            one(&commit()),
            [
                "Shorten the welcome subject",
                "",
                "Commit     3f2a9c1b0d3f2a9c1b0d3f2a9c1b0d3f2a9c1b0d",
                "Parents    aaaaaaaaaa",
                "Saved      2026-11-20 10:11",
                "By         Ann Lee",
                "Signed     signed by Ann Lee",
                "Pushed by  Bob Ray",
                "",
                "Long ones are cut.",
                "",
                "Problem   open_rate fell",
                "Campaign  autumn",
                "",
                "changed  prompts/email/welcome.prompt",
            ]
        );
    }

    #[test]
    fn versions_are_listed_one_a_line() {
        let page = CommitPage {
            items: vec![commit()],
            next: None,
            total: 1,
        };
        assert_eq!(
            list(&page)[1],
            "3f2a9c1b0d  2026-11-20 10:11  Ann Lee  Shorten the welcome subject"
        );
    }
}
