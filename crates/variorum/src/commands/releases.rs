//! Releases: what may go live, fixed for ever.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::releases::{
    Below, NewRelease, Release, ReleaseChange, ReleaseDetail, ReleasePage,
};

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;
use crate::output;

/// What to do with releases.
#[derive(Debug, Subcommand)]
pub(crate) enum ReleasesCommand {
    /// Lists releases, newest first.
    #[command(after_help = "Example: variorum releases list --limit 10")]
    List {
        /// At most so many.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: usize,
    },
    /// Makes a release of what the library holds.
    #[command(after_help = "Example: variorum releases create --note \"Autumn texts\"")]
    Create {
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        note: String,
        /// A commit or draft to make it of, rather than the library.
        #[arg(long, value_name = "COMMIT")]
        from: Option<String>,
    },
    /// Shows a release with what changed against the one before.
    Show(ShowArgs),
}

/// Which release, how.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum releases show 12 --manifest > release-12.json")]
pub(crate) struct ShowArgs {
    /// The release.
    #[arg(value_parser = words::release)]
    pub number: i64,
    /// Prints the whole manifest as JSON instead.
    #[arg(long)]
    pub manifest: bool,
}

/// `variorum releases …`
pub(crate) fn run(command: ReleasesCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        ReleasesCommand::List { limit } => {
            let query = Below {
                below: None,
                limit: Some(limit),
            };
            let answer = console.client.find(&["releases"], &query)?;
            let code = console.show(&answer, list)?;
            console.more(
                &answer,
                "there are older releases; ask for more with `--limit`",
            );
            Ok(code)
        }
        ReleasesCommand::Create { note, from } => {
            let answer = console
                .client
                .post(&["releases"], &NewRelease { note, from })?;
            console.show(&answer, |release: &Release| vec![made(release)])
        }
        ReleasesCommand::Show(args) => {
            let answer = console
                .client
                .get(&["releases", &args.number.to_string()])?;
            if args.manifest {
                let detail: ReleaseDetail = answer.read()?;
                output::json(&detail.manifest);
                return Ok(ExitCode::SUCCESS);
            }
            console.show(&answer, show)
        }
    }
}

fn made(release: &Release) -> String {
    let prompts = layout::plural(u64::try_from(release.prompts).unwrap_or(0), "prompt");
    let number = release.number;
    format!("Release {number} holds {prompts}; `variorum go-live {number}` makes it live.")
}

fn list(page: &ReleasePage) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["There is no release yet; `variorum releases create` makes one.".to_owned()];
    }
    let row = |release: &Release| {
        vec![
            release.number.to_string(),
            layout::moment(&release.created_at),
            release.created_by.clone(),
            release.prompts.to_string(),
            release.live_in.join(", "),
            release.note.clone(),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    layout::table(
        &["Release", "Made", "By", "Prompts", "Live in", "What for"],
        &rows,
    )
}

fn show(detail: &ReleaseDetail) -> Vec<String> {
    let release = &detail.release;
    let mut lines = vec![format!("Release {}", release.number), String::new()];
    lines.extend(layout::labelled(&[
        ("What for", release.note.clone()),
        (
            "Made",
            format!(
                "{} by {}",
                layout::moment(&release.created_at),
                release.created_by
            ),
        ),
        ("Live in", release.live_in.join(", ")),
        ("Prompts", release.prompts.to_string()),
        ("Commit", release.commit.clone()),
        ("SHA-256", release.digest.clone()),
    ]));
    lines.push(String::new());
    if detail.changes.is_empty() {
        lines.push("Nothing differs from the release before.".to_owned());
        return lines;
    }
    let row = |change: &ReleaseChange| {
        vec![
            change.prompt.clone(),
            versions(change),
            change.differs.join(", "),
        ]
    };
    let rows: Vec<_> = detail.changes.iter().map(row).collect();
    lines.extend(layout::table(&["Prompt", "Versions", "Differs in"], &rows));
    lines
}

fn versions(change: &ReleaseChange) -> String {
    match (change.before, change.after) {
        (Some(before), Some(after)) if before == after => after.to_string(),
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("new, {after}"),
        (Some(before), None) => format!("gone, was {before}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_release_is_shown_with_what_changed() {
        let detail = from_value::<ReleaseDetail>(json!({
            "number": 12, "commit": "c0ffee", "digest": "ab12", "prompts": 240, "note": "Autumn",
            "created_at": "2026-11-20T10:11:12.000000Z", "created_by": "Ann Lee",
            "live_in": ["production"], "manifest": {},
            "changes": [
                {"prompt": "email/welcome", "before": 4, "after": 5, "differs": ["text", "model"]},
                {"prompt": "ads/new", "before": null, "after": 1, "differs": []},
                {"prompt": "sms/old", "before": 3, "after": null, "differs": []},
            ],
        }))
        .unwrap();
        assert_eq!(
            show(&detail),
            [
                "Release 12",
                "",
                "What for  Autumn",
                "Made      2026-11-20 10:11 by Ann Lee",
                "Live in   production",
                "Prompts   240",
                "Commit    c0ffee",
                "SHA-256   ab12",
                "",
                "Prompt         Versions     Differs in",
                "email/welcome  4 → 5        text, model",
                "ads/new        new, 1",
                "sms/old        gone, was 3",
            ]
        );
        assert_eq!(
            made(&detail.release),
            "Release 12 holds 240 prompts; `variorum go-live 12` makes it live."
        );
    }
}
