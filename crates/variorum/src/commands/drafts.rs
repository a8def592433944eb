//! Drafts: changes that are not in the library yet.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::drafts::{
    Draft, DraftDetail, EditDraft, ListDrafts, NewDraft, PublishDraft, Published, Resolution,
    UpdateDraft, UpdatedDraft,
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
    #[command(after_help = "Example: variorum drafts list --status closed")]
    List {
        /// Only with this status: open, closed, published, archived or deleted.
        #[arg(long, value_name = "STATUS")]
        status: Option<String>,
        /// Only of this kind: campaign, experiment, hotfix or draft.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// Makes a draft; its kind is the part before `/`: `campaign`, `experiment` or `hotfix`.
    #[command(after_help = "Example: variorum drafts create campaign/autumn")]
    Create {
        /// Its name.
        name: String,
        /// The draft it starts from; the library where not given.
        #[arg(long, value_name = "DRAFT")]
        from: Option<String>,
        /// The title shown; made of the name where not given.
        #[arg(
            long,
            default_value = "",
            hide_default_value = true,
            value_name = "TEXT"
        )]
        title: String,
        /// When it ends by itself, e.g. 2026-12-24T18:00:00Z.
        #[arg(long, value_name = "TIME")]
        ends: Option<String>,
    },
    /// Brings the latest of its source into a draft.
    Update(UpdateArgs),
    /// Moves the end of a draft.
    #[command(
        after_help = "Example: variorum drafts extend experiment/short --ends 2026-12-24T18:00:00Z"
    )]
    Extend {
        /// Its name.
        name: String,
        /// When it ends by itself; `never` for drafts that need not end.
        #[arg(long, value_name = "TIME")]
        ends: String,
    },
    /// Closes a draft; it can be opened again.
    #[command(
        after_help = "Example: variorum drafts close campaign/autumn --reason \"Called off\""
    )]
    Close {
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
    /// Opens a closed or archived draft again.
    #[command(after_help = "Example: variorum drafts reopen campaign/autumn")]
    Reopen {
        /// Its name.
        name: String,
    },
    /// Restores a deleted draft, where it stood.
    #[command(after_help = "Example: variorum drafts restore campaign/autumn")]
    Restore {
        /// Its name.
        name: String,
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
        DraftsCommand::List { status, kind } => {
            let query = ListDrafts {
                status,
                kind,
                ..ListDrafts::default()
            };
            let answer = console.client.find(&["drafts"], &query)?;
            console.show(&answer, |drafts: &Vec<Draft>| list(drafts))
        }
        DraftsCommand::Create {
            name,
            from,
            title,
            ends,
        } => {
            let ends_at = ends;
            let body = NewDraft {
                name,
                from,
                title,
                ends_at,
            };
            let answer = console.client.post(&["drafts"], &body)?;
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
        DraftsCommand::Update(args) => update(args, console),
        DraftsCommand::Extend { name, ends } => extend(&name, ends, console),
        DraftsCommand::Delete { name, reason } => {
            let answer = console
                .client
                .delete(&["drafts", &name], &Reason { reason })?;
            let hint = format!("`variorum drafts restore {name}` brings it back");
            Ok(console.done(&answer, format!("Draft {name} is deleted; {hint}.")))
        }
        DraftsCommand::Close { name, reason } => {
            let answer = console
                .client
                .post(&["drafts", &name, "close"], &Reason { reason })?;
            let hint = format!("`variorum drafts reopen {name}` opens it again");
            Ok(console.done(&answer, format!("Draft {name} is closed; {hint}.")))
        }
        DraftsCommand::Reopen { name } | DraftsCommand::Restore { name } => {
            let nothing = serde_json::json!({});
            let answer = console
                .client
                .post(&["drafts", &name, "reopen"], &nothing)?;
            Ok(console.done(
                &answer,
                format!("Draft {name} is open again, where it stood."),
            ))
        }
    }
}

fn extend(name: &str, ends: String, console: &Console) -> Result<ExitCode, CliError> {
    let ends_at = if ends == "never" { String::new() } else { ends };
    let body = EditDraft {
        title: None,
        ends_at: Some(ends_at),
    };
    let answer = console.client.patch(&["drafts", name], &body)?;
    console.show(&answer, |draft: &Draft| {
        let end = draft.ends_at.as_deref().map(layout::moment);
        let end = end.map_or_else(|| "does not end".to_owned(), |end| format!("ends {end}"));
        vec![format!("Draft {} {end}.", draft.name)]
    })
}

/// How conflicts of an update are settled.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum drafts update campaign/autumn\n\n\
        Where both sides changed the same part, the answer shows both; write the text you want to a \
        file\nand update again with --resolve prompts/email/welcome.prompt=FILE.")]
pub(crate) struct UpdateArgs {
    /// The draft.
    pub name: String,
    /// The content a file in conflict shall have; may be given more than once.
    #[arg(long, value_parser = words::resolution, value_name = "PATH=FILE")]
    pub resolve: Vec<(String, PathBuf)>,
    /// A file in conflict that shall be deleted; may be given more than once.
    #[arg(long, value_name = "PATH")]
    pub resolve_deleted: Vec<String>,
}

fn update(args: UpdateArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = UpdateDraft {
        resolutions: resolutions(args.resolve, args.resolve_deleted)?,
        ..UpdateDraft::default()
    };
    let answer = console
        .client
        .post(&["drafts", &args.name, "update"], &body)?;
    console.show(&answer, |updated: &UpdatedDraft| {
        let commit = layout::short(&updated.commit);
        vec![format!(
            "It has the latest of {} now, at {commit}.",
            updated.from
        )]
    })
}

fn resolutions(
    resolve: Vec<(String, PathBuf)>,
    deleted: Vec<String>,
) -> Result<Vec<Resolution>, CliError> {
    let mut resolutions = Vec::with_capacity(resolve.len() + deleted.len());
    for (path, file) in resolve {
        resolutions.push(Resolution {
            path,
            content: Some(files::read(&file)?),
        });
    }
    let deleted = deleted.into_iter();
    resolutions.extend(deleted.map(|path| Resolution {
        path,
        content: None,
    }));
    Ok(resolutions)
}

fn publish(args: PublishArgs, console: &Console) -> Result<ExitCode, CliError> {
    let resolutions = resolutions(args.resolve, args.resolve_deleted)?;
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
            draft.status.clone(),
            layout::moment(&draft.updated_at),
            draft.ahead.to_string(),
            draft.behind.to_string(),
        ]
    };
    let rows: Vec<_> = drafts.iter().map(row).collect();
    layout::table(&["Draft", "Status", "Saved", "Ahead", "Behind"], &rows)
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
        ("Title", draft.title.clone()),
        ("Status", draft.status.clone()),
        (
            "Ends",
            draft
                .ends_at
                .as_deref()
                .map(layout::moment)
                .unwrap_or_default(),
        ),
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
            "title": "Autumn", "status": "open", "from": "main", "owner": "Ann", "ends_at": null,
            "rest": null,
            "changes": [{"path": "prompts/a.prompt", "kind": "added"}],
        }))
        .unwrap();
        assert_eq!(
            show(&detail),
            [
                "campaign/autumn",
                "",
                "Kind    campaign",
                "Title   Autumn",
                "Status  open",
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
