//! Prompts: finding, showing, comparing, saving and trying them.

mod bulk;
mod compare;
mod read;
mod show;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::library::ChangeRecord;

pub(super) use read::narrowed;
pub(super) use write::saved_files;

use super::console::Console;
use super::resolve::VariableArgs;
use super::words;
use crate::error::CliError;

/// What to do with prompts.
#[derive(Debug, Subcommand)]
pub(crate) enum PromptsCommand {
    /// Lists prompts.
    List(Box<ListArgs>),
    /// Lists prompts in which all of these words occur.
    Search(Box<SearchArgs>),
    /// Shows a prompt: its text, its variables, where it is live.
    #[command(
        disable_version_flag = true,
        after_help = "Example: variorum prompts show email/welcome --version 4"
    )]
    Show(AtArgs),
    /// Prints the file of a prompt as it is.
    #[command(
        disable_version_flag = true,
        after_help = "Example: variorum prompts source email/welcome > welcome.prompt"
    )]
    Source(AtArgs),
    /// Lists the versions of a prompt, with what each brought.
    #[command(after_help = "Example: variorum prompts history email/welcome")]
    History {
        /// Its id or path.
        id: String,
        /// At most so many, newest first.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: usize,
    },
    /// Compares two versions of a prompt word by word.
    #[command(after_help = "Example: variorum prompts compare email/welcome 4 5")]
    Compare {
        /// Its id or path.
        id: String,
        /// The older version.
        #[arg(value_parser = words::version)]
        from: i64,
        /// The newer version.
        #[arg(value_parser = words::version)]
        to: i64,
    },
    /// Saves a version of a prompt.
    Save(Box<SaveArgs>),
    /// Deletes a prompt; its history stays.
    Delete(DeleteArgs),
    /// Checks a file and shows what it becomes, without saving it.
    Preview(PreviewArgs),
    #[command(flatten)]
    Bulk(bulk::BulkCommand),
}

/// Which prompts.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum prompts list --channel email --with-errors")]
pub(crate) struct ListArgs {
    /// Only below this folder, e.g. `prompts/email`.
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// Which words.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum prompts search welcome discount")]
pub(crate) struct SearchArgs {
    /// The words; looked for in title, text, intent, owner and tags.
    #[arg(required = true, value_name = "WORDS")]
    pub words: Vec<String>,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// What narrows a list.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only this channel.
    #[arg(long)]
    pub channel: Option<String>,
    /// Only this brand.
    #[arg(long)]
    pub brand: Option<String>,
    /// Only this region.
    #[arg(long)]
    pub region: Option<String>,
    /// Only of this owner.
    #[arg(long)]
    pub owner: Option<String>,
    /// Only of this category, by its title or path.
    #[arg(long)]
    pub category: Option<String>,
    /// Only with this tag; may be given several times.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only with this status, e.g. `archived`.
    #[arg(long)]
    pub status: Option<String>,
    /// Also what is archived.
    #[arg(long)]
    pub archived: bool,
    /// Only what is live: in any environment, or in this one.
    #[arg(long, value_name = "ENVIRONMENT", num_args = 0..=1, default_missing_value = "any")]
    pub live: Option<String>,
    /// Only what expires within so many days.
    #[arg(long, value_name = "DAYS")]
    pub expiring: Option<i64>,
    /// Other kinds of files, e.g. `partial,workflow`; prompts where not given.
    #[arg(long, value_name = "KINDS")]
    pub kind: Option<String>,
    /// Only prompts and partials whose text includes this partial, by its name, id or path.
    #[arg(long, value_name = "PARTIAL")]
    pub includes: Option<String>,
    /// Only files in which errors were found.
    #[arg(long)]
    pub with_errors: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
    /// All there are.
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
}

/// A prompt in some state.
#[derive(Debug, Args)]
pub(crate) struct AtArgs {
    /// Its id, e.g. `email/welcome`, or its path.
    pub id: String,
    /// A version; the newest where not given.
    #[arg(long, value_parser = words::version, value_name = "N")]
    pub version: Option<i64>,
    /// A draft; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
}

/// What changed and why; becomes the message of the saved version.
#[derive(Debug, Args)]
pub(crate) struct NoteArgs {
    /// One line that says what changed.
    #[arg(long, value_name = "TEXT")]
    pub subject: String,
    /// More, where needed.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub body: String,
    /// The problem that was seen.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub problem: String,
    /// The measured state before.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub baseline: String,
    /// The KPI and the move expected of it.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub hypothesis: String,
    /// The campaign it belongs to.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub campaign: String,
    /// How it will be validated.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub validation: String,
}

impl NoteArgs {
    /// Subject, body and change record.
    pub(super) fn parts(self) -> (String, String, ChangeRecord) {
        let Self {
            subject,
            body,
            problem,
            baseline,
            hypothesis,
            campaign,
            validation,
        } = self;
        (
            subject,
            body,
            ChangeRecord {
                problem,
                baseline,
                hypothesis,
                campaign,
                validation,
            },
        )
    }
}

/// What to save.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum prompts save email/welcome --file welcome.prompt \\\n           \
        --subject \"Shorten the subject\" --hypothesis \"open_rate +10%\"\n\nA name that is not \
        known yet becomes a new prompt. With --base nothing another person saved\nmeanwhile is \
        overwritten: `variorum prompts show` prints the base of what you read."
)]
pub(crate) struct SaveArgs {
    /// Its id, e.g. `email/welcome`, or its path.
    #[arg(value_name = "ID-OR-PATH")]
    pub id: String,
    /// The file with the new content, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub note: NoteArgs,
    /// The draft to save on; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
    /// The commit you started from; the newest where not given.
    #[arg(long, value_name = "COMMIT")]
    pub base: Option<String>,
}

/// What to delete.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum prompts delete sms/old --subject \"No longer sent\"")]
pub(crate) struct DeleteArgs {
    /// Its id, e.g. `email/welcome`, or its path.
    #[arg(value_name = "ID-OR-PATH")]
    pub id: String,
    /// One line that says why.
    #[arg(long, value_name = "TEXT")]
    pub subject: String,
    /// The draft to delete it on; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
}

/// What to try.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum prompts preview welcome.prompt --var name=Ann\n\nMissing \
        variables get their default or their own name. Exits with 2 where the file has errors."
)]
pub(crate) struct PreviewArgs {
    /// The file, or `-` for standard input.
    pub file: PathBuf,
    /// The path it would have in the library, for finding partials.
    #[arg(long = "as", value_name = "PATH")]
    pub path: Option<String>,
    /// The draft whose partials are used; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// `variorum prompts …`
pub(crate) fn run(command: PromptsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        PromptsCommand::Bulk(command) => bulk::run(command, console),
        PromptsCommand::List(args) => read::list(*args, console),
        PromptsCommand::Search(args) => read::search(*args, console),
        PromptsCommand::Show(args) => read::show(&args, console),
        PromptsCommand::Source(args) => read::source(&args, console),
        PromptsCommand::History { id, limit } => read::history(&id, limit, console),
        PromptsCommand::Compare { id, from, to } => compare::run(&id, from, to, console),
        PromptsCommand::Save(args) => write::save(*args, console),
        PromptsCommand::Delete(args) => write::delete(args, console),
        PromptsCommand::Preview(args) => write::preview(&args, console),
    }
}
