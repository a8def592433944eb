//! Drafts: changes that are not in the library yet.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::drafts::{
    Draft, DraftDetail, NewDraft, PublishDraft, Published, Resolution,
};
use variorum_api_types::releases::Reason;

use super::console::Console;
use super::prompts::{NoteArgs, saved_files};
use super::{files, layout, log, words};
use crate::error::CliError;

/// What to do with drafts.
#[derive(Debug, Subcommand)]
pub(crate) enum DraftsCommand {
    /// Lists drafts.
    #[command(after_help = "Example: variorum drafts list")]
    List,
    /// Makes a draft; its kind is the part before `/`: `campaign`, `experiment` or `hotfix`.
    #[command(after_help = "Example: variorum drafts create campaign/autumn")]
    Create {
        /// Its name.
        name: String,
        /// The draft it starts from; the library where not given.
        #[arg(long, value_name = "DRAFT")]
        from: Option<String>,
    },
    /// Shows a draft with the files it changes.
    #[command(after_help = "Example: variorum drafts show campaign/autumn")]
    Show {
        /// Its name.
        name: String,
    },
    /// Brings a draft into the library.
    Publish(Box<PublishArgs>),
    /// Deletes a draft.
    #[command(
        after_help = "Example: variorum drafts delete campaign/autumn --reason \"Called off\""
    )]
    Delete {
        /// Its name.
        name: String,
        /// Why, for the audit log.
        #[arg(
            long,
            default_value = "",
            hide_default_value = true,
            value_name = "TEXT"
        )]
        reason: String,
    },
}

/// What to publish.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum drafts publish campaign/autumn --subject \"Autumn texts\"\n\n\
        Where somebody else changed the same part, the answer shows both; write the text you want \
        to\na file and publish again with --resolve prompts/email/welcome.prompt=FILE."
)]
pub(crate) struct PublishArgs {
    /// The draft.
    pub name: String,
    #[command(flatten)]
    pub note: NoteArgs,
    /// The content a file in conflict shall have; may be given more than once.
    #[arg(long, value_parser = words::resolution, value_name = "PATH=FILE")]
    pub resolve: Vec<(String, PathBuf)>,
    /// A file in conflict that shall be deleted; may be given more than once.
    #[arg(long, value_name = "PATH")]
    pub resolve_deleted: Vec<String>,
}

/// `variorum drafts …`
pub(crate) fn run(command: DraftsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        DraftsCommand::List => {
            let answer = console.client.get(&["drafts"])?;
            console.show(&answer, |drafts: &Vec<Draft>| list(drafts))
        }
        DraftsCommand::Create { name, from } => {
            let answer = console.client.post(&["drafts"], &NewDraft { name, from })?;
            console.show(&answer, |draft: &Draft| {
                let hint = format!("save on it with `--draft {}`", draft.name);
                vec![format!(
                    "Draft {} stands at {}; {hint}.",
                    draft.name,
                    layout::short(&draft.commit)
                )]
            })
        }
        DraftsCommand::Show { name } => {
            let answer = console.client.get(&["drafts", &name])?;
            console.show(&answer, show)
        }
        DraftsCommand::Publish(args) => publish(*args, console),
        DraftsCommand::Delete { name, reason } => {
            let answer = console
                .client
                .delete(&["drafts", &name], &Reason { reason })?;
            Ok(console.done(&answer, format!("Draft {name} is deleted.")))
        }
    }
}

fn publish(args: PublishArgs, console: &Console) -> Result<ExitCode, CliError> {
    let mut resolutions = Vec::with_capacity(args.resolve.len() + args.resolve_deleted.len());
    for (path, file) in args.resolve {
        resolutions.push(Resolution {
            path,
            content: Some(files::read(&file)?),
        });
    }
    let deleted = args.resolve_deleted.into_iter();
    resolutions.extend(deleted.map(|path| Resolution {
        path,
        content: None,
    }));
    let (subject, body, record) = args.note.parts();
    let body = PublishDraft {
        subject,
        body,
        record,
        resolutions,
    };
    let answer = console
        .client
        .post(&["drafts", &args.name, "publish"], &body)?;
    console.show(&answer, |published: &Published| {
        let commit = layout::short(&published.commit);
        let mut lines = vec![format!("Published to the library as {commit}.")];
        lines.extend(saved_files(&published.versions));
        lines
    })
}

fn list(drafts: &[Draft]) -> Vec<String> {
    if drafts.is_empty() {
        return vec!["There is no draft.".to_owned()];
    }
    let row = |draft: &Draft| {
        vec![
            draft.name.clone(),
            draft.kind.clone(),
            layout::moment(&draft.updated_at),
            draft.ahead.to_string(),
            draft.behind.to_string(),
        ]
    };
    let rows: Vec<_> = drafts.iter().map(row).collect();
    layout::table(&["Draft", "Kind", "Saved", "Ahead", "Behind"], &rows)
}

fn show(detail: &DraftDetail) -> Vec<String> {
    let draft = &detail.draft;
    let distance = format!(
        "{} ahead of the library, {} behind",
        layout::plural(draft.ahead as u64, "version"),
        draft.behind
    );
    let mut lines = vec![draft.name.clone(), String::new()];
    lines.extend(layout::labelled(&[
        ("Kind", draft.kind.clone()),
        ("Commit", draft.commit.clone()),
        ("Saved", layout::moment(&draft.updated_at)),
        ("Stands", distance),
    ]));
    lines.push(String::new());
    if detail.changes.is_empty() {
        lines.push("It changes nothing yet.".to_owned());
    }
    lines.extend(log::changes(&detail.changes));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_draft_is_shown_with_what_it_changes() {
        let detail = from_value::<DraftDetail>(json!({
            "name": "campaign/autumn", "kind": "campaign", "commit": "c0ffee",
            "updated_at": "2026-11-20T10:11:12.000000Z", "ahead": 1, "behind": 0,
            "changes": [{"path": "prompts/a.prompt", "kind": "added"}],
        }))
        .unwrap();
        assert_eq!(
            show(&detail),
            [
                "campaign/autumn",
                "",
                "Kind    campaign",
                "Commit  c0ffee",
                "Saved   2026-11-20 10:11",
                "Stands  1 version ahead of the library, 0 behind",
                "",
                "added    prompts/a.prompt",
            ]
        );
        assert_eq!(list(&[]), ["There is no draft."]);
    }
}
