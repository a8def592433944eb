//! One thing done to many prompts at once.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::bulk::{BulkChange, BulkResult, UndoVersion};
use variorum_api_types::library::{ListPrompts, SavedVersion};

use super::read::narrowed;
use super::write::saved_files;
use super::{FilterArgs, NoteArgs};
use crate::commands::console::Console;
use crate::commands::layout;
use crate::error::CliError;

/// What to do with many prompts.
#[derive(Debug, Subcommand)]
pub(crate) enum BulkCommand {
    /// Moves prompts; their history stays and callers of old ids are redirected.
    Move(Box<MoveArgs>),
    /// Adds tags to prompts and takes tags away.
    Retag(Box<RetagArgs>),
    /// Keeps prompts, but offers and releases them no longer.
    Archive(Box<ArchiveArgs>),
    /// Offers archived prompts again.
    Unarchive(Box<UnarchiveArgs>),
    /// Takes a saved version back and keeps what came after it.
    Undo(Box<UndoArgs>),
}

/// Which prompts, and how.
#[derive(Debug, Args)]
pub(crate) struct ManyArgs {
    /// Their ids or paths; where none are given, all that --q and the filters find.
    #[arg(value_name = "ID-OR-PATH")]
    pub ids: Vec<String>,
    /// Words to find them by.
    #[arg(long, value_name = "WORDS")]
    pub q: Option<String>,
    /// Only below this folder.
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub note: NoteArgs,
    /// The draft; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
    /// Says what would happen without doing it.
    #[arg(long)]
    pub dry_run: bool,
}

/// Where to.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum prompts move --folder prompts/email --below prompts/email --into prompts/mail --subject \"Say mail\"\n         variorum prompts move email/welcome --to email/hello --subject \"Say hello\" --dry-run"
)]
pub(crate) struct MoveArgs {
    /// The folder they go to.
    #[arg(
        long,
        value_name = "FOLDER",
        conflicts_with = "to",
        required_unless_present = "to"
    )]
    pub into: Option<String>,
    /// The folder they come from, whose inner order is kept.
    #[arg(long, value_name = "FOLDER", requires = "into")]
    pub below: Option<String>,
    /// The new id or path of one prompt.
    #[arg(long, value_name = "ID-OR-PATH")]
    pub to: Option<String>,
    #[command(flatten)]
    pub many: ManyArgs,
}

/// Which tags.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum prompts retag --channel email --add autumn --remove summer --subject \"Autumn\""
)]
pub(crate) struct RetagArgs {
    /// A tag they get; may be given several times.
    #[arg(long, value_name = "TAG")]
    pub add: Vec<String>,
    /// A tag they lose; may be given several times.
    #[arg(long, value_name = "TAG")]
    pub remove: Vec<String>,
    #[command(flatten)]
    pub many: ManyArgs,
}

/// What callers get.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum prompts archive sms/old --instead sms/new --subject \"Replaced\""
)]
pub(crate) struct ArchiveArgs {
    /// The prompt that callers get from the next release on.
    #[arg(long, value_name = "ID")]
    pub instead: Option<String>,
    #[command(flatten)]
    pub many: ManyArgs,
}

/// Which prompts.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum prompts unarchive sms/old --subject \"Needed again\"")]
pub(crate) struct UnarchiveArgs {
    #[command(flatten)]
    pub many: ManyArgs,
}

/// Which version.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum prompts undo 3f2a9c1b0d… --subject \"Moved too early\"")]
pub(crate) struct UndoArgs {
    /// Its whole commit id, as `variorum log --json` shows it.
    pub commit: String,
    #[command(flatten)]
    pub note: NoteArgs,
    /// The draft; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
}

pub(super) fn run(command: BulkCommand, console: &Console) -> Result<ExitCode, CliError> {
    let (many, change) = match command {
        BulkCommand::Move(args) => {
            let change = BulkChange {
                action: "move".into(),
                folder: args.into,
                below: args.below,
                to: args.to,
                ..BulkChange::default()
            };
            (args.many, change)
        }
        BulkCommand::Retag(args) => {
            let change = BulkChange {
                action: "retag".into(),
                add_tags: args.add,
                remove_tags: args.remove,
                ..BulkChange::default()
            };
            (args.many, change)
        }
        BulkCommand::Archive(args) => {
            let change = BulkChange {
                action: "archive".into(),
                instead: args.instead,
                ..BulkChange::default()
            };
            (args.many, change)
        }
        BulkCommand::Unarchive(args) => {
            let change = BulkChange {
                action: "unarchive".into(),
                ..BulkChange::default()
            };
            (args.many, change)
        }
        BulkCommand::Undo(args) => return undo(*args, console),
    };
    send(many, change, console)
}

fn send(many: ManyArgs, change: BulkChange, console: &Console) -> Result<ExitCode, CliError> {
    let find = many.ids.is_empty().then(|| ListPrompts {
        q: many.q.clone(),
        folder: many.folder.clone(),
        limit: None,
        ..narrowed(&many.filter)
    });
    let (subject, body, record) = many.note.parts();
    let body = BulkChange {
        ids: many.ids,
        find,
        draft: many.draft,
        dry_run: many.dry_run,
        subject,
        body,
        record,
        ..change
    };
    let answer = console.client.post(&["bulk"], &body)?;
    let code = console.show(&answer, lines)?;
    let result: BulkResult = answer.read()?;
    let stopped = !result.refused.is_empty() || !result.blockers.is_empty();
    Ok(if stopped { ExitCode::from(2) } else { code })
}

fn lines(result: &BulkResult) -> Vec<String> {
    let mut lines = Vec::new();
    let moved = result.moved.iter();
    lines.extend(moved.map(|one| format!("{} → {}", one.from, one.to)));
    let edited = result.edited.iter();
    lines.extend(edited.map(|one| format!("{}: {}", one.path, one.what)));
    let redirects = result.redirects.iter();
    lines.extend(redirects.map(|one| format!("callers of {} get {}", one.from, one.to)));
    lines.extend(result.notes.iter().cloned());
    let refused = result.refused.iter();
    lines.extend(refused.map(|one| format!("in the way: {}: {}", one.path, one.message)));
    let blockers = result.blockers.iter();
    lines.extend(blockers.map(|one| format!("refused by a rule: {}", one.message)));
    lines.push(match &result.commit {
        Some(commit) => format!("Saved on {} as {}.", result.draft, layout::short(commit)),
        None => "Nothing was done.".to_owned(),
    });
    lines
}

fn undo(args: UndoArgs, console: &Console) -> Result<ExitCode, CliError> {
    let (subject, body, record) = args.note.parts();
    let body = UndoVersion {
        commit: args.commit,
        draft: args.draft,
        subject,
        body,
        record,
    };
    let answer = console.client.post(&["undo"], &body)?;
    console.show(&answer, |saved: &SavedVersion| {
        let mut lines = vec![format!(
            "Taken back, saved as {}.",
            layout::short(&saved.commit)
        )];
        lines.extend(saved_files(&saved.versions));
        lines
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_plan_is_told() {
        let result: BulkResult = from_value(json!({
            "commit": null, "draft": "main", "moved": [{"from": "a", "to": "b"}],
            "edited": [{"path": "w", "what": "refers to new places"}],
            "redirects": [{"from": "x", "to": "y"}], "refused": [], "blockers": [], "notes": ["Mind it."], "versions": [],
        }))
        .unwrap();
        assert_eq!(
            lines(&result),
            [
                "a → b",
                "w: refers to new places",
                "callers of x get y",
                "Mind it.",
                "Nothing was done."
            ]
        );
    }
}
