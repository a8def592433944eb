//! Changes: asking for a draft to be brought into the library, and looking at it together.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::changes::{
    AcceptedSuggestion, Anchor, Change, ChangeDetail, ChangePage, EditChange, ListChanges,
    MergeChange, MergedChange, NewComment, NewReview, NewThread, OpenChange, PublishHotfix,
    PublishedHotfix, SettleThread, Thread,
};
use variorum_api_types::releases::Reason;

use super::console::Console;
use super::prompts::{NoteArgs, saved_files};
use super::{files, layout, log, words};
use crate::error::CliError;

/// What to do with changes.
#[derive(Debug, Subcommand)]
pub(crate) enum ChangesCommand {
    /// Opens a change for a draft; its subject becomes the one in the library.
    Open(Box<OpenArgs>),
    /// Lists changes, newest first.
    List(ListArgs),
    /// Shows a change: its files, reviews, discussions, and what still blocks it.
    #[command(after_help = "Example: variorum changes show CH-42")]
    Show {
        /// The change, as `CH-42` or `42`.
        #[arg(value_parser = words::change)]
        change: i64,
    },
    /// Asks people for a review.
    #[command(after_help = "Example: variorum changes ask CH-42 bob@acme.example")]
    Ask {
        /// The change.
        #[arg(value_parser = words::change)]
        change: i64,
        /// Their addresses.
        #[arg(required = true, value_name = "ADDRESS")]
        reviewers: Vec<String>,
    },
    /// Approves a change, asks for changes, or only says something.
    Review(ReviewArgs),
    /// Begins a discussion, on lines of a file or on the whole change.
    Comment(CommentArgs),
    /// Suggests another text for lines of the draft.
    Suggest(SuggestArgs),
    /// Answers in a discussion.
    #[command(after_help = "Example: variorum changes reply 7 --text \"Done\"")]
    Reply {
        /// The discussion's number.
        thread: i64,
        /// What to say.
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
    /// Settles a discussion.
    #[command(after_help = "Example: variorum changes resolve 7")]
    Resolve {
        /// The discussion's number.
        thread: i64,
        /// Takes it up again instead.
        #[arg(long)]
        reopen: bool,
    },
    /// Takes a suggested text over: a saved version of the draft.
    #[command(after_help = "Example: variorum changes accept 7")]
    Accept {
        /// The discussion's number.
        thread: i64,
    },
    /// Publishes a change to the library, if nothing blocks it.
    #[command(after_help = "Example: variorum changes merge CH-42")]
    Merge {
        /// The change.
        #[arg(value_parser = words::change)]
        change: i64,
    },
    /// Closes a change; its draft stays.
    #[command(after_help = "Example: variorum changes close CH-42 --reason \"Called off\"")]
    Close {
        /// The change.
        #[arg(value_parser = words::change)]
        change: i64,
        /// Why, for the audit log.
        #[arg(
            long,
            default_value = "",
            hide_default_value = true,
            value_name = "TEXT"
        )]
        reason: String,
    },
    /// Opens a closed change again.
    #[command(after_help = "Example: variorum changes reopen CH-42")]
    Reopen {
        /// The change.
        #[arg(value_parser = words::change)]
        change: i64,
    },
}

/// What to open.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum changes open campaign/autumn --subject \"Autumn texts\" \
        --problem \"Opens fell\""
)]
pub(crate) struct OpenArgs {
    /// The draft.
    pub draft: String,
    #[command(flatten)]
    pub note: NoteArgs,
    /// The address of somebody who is asked to review it; may be given more than once.
    #[arg(long, value_name = "ADDRESS")]
    pub reviewer: Vec<String>,
}

/// Which changes to list.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum changes list --status open")]
pub(crate) struct ListArgs {
    /// Only with this status: open, merged or closed.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Only of this draft.
    #[arg(long, value_name = "DRAFT")]
    pub draft: Option<String>,
    /// Only those for which a review is owed after an emergency.
    #[arg(long)]
    pub owed: bool,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// A review.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum changes review CH-42 --approve\n\n\
        Only people can review; a program's token cannot.")]
pub(crate) struct ReviewArgs {
    /// The change.
    #[arg(value_parser = words::change)]
    pub change: i64,
    /// It may go into the library.
    #[arg(long, conflicts_with = "request_changes")]
    pub approve: bool,
    /// Something must change first.
    #[arg(long)]
    pub request_changes: bool,
    /// What the approval means, e.g. `approval` or `compliance`.
    #[arg(long, value_name = "WORD")]
    pub meaning: Option<String>,
    /// In words.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub note: String,
}

/// A comment.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum changes comment CH-42 --text \"Too long\" \
        --path prompts/email/welcome.prompt --line 12"
)]
pub(crate) struct CommentArgs {
    /// The change.
    #[arg(value_parser = words::change)]
    pub change: i64,
    /// What to say.
    #[arg(long, value_name = "TEXT")]
    pub text: String,
    /// The file; the whole change where not given.
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// The line of the draft's text, from 1.
    #[arg(long, value_name = "N", requires = "path")]
    pub line: Option<usize>,
    /// A field of the front matter, e.g. `config.temperature`.
    #[arg(long, value_name = "FIELD", requires = "path")]
    pub field: Option<String>,
}

/// A suggestion.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum changes suggest CH-42 --path prompts/email/welcome.prompt \
        --line 12 --with line.txt"
)]
pub(crate) struct SuggestArgs {
    /// The change.
    #[arg(value_parser = words::change)]
    pub change: i64,
    /// The file.
    #[arg(long, value_name = "PATH")]
    pub path: String,
    /// The first line to replace, from 1.
    #[arg(long, value_name = "N")]
    pub line: usize,
    /// The last line to replace; the first where not given.
    #[arg(long, value_name = "N")]
    pub end_line: Option<usize>,
    /// A file with the text these lines shall have; `-` reads standard input.
    #[arg(long = "with", value_name = "FILE")]
    pub with_file: PathBuf,
    /// Why.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub text: String,
}

/// What to do with hotfixes.
#[derive(Debug, Subcommand)]
pub(crate) enum HotfixCommand {
    /// Publishes a hotfix and makes it live at once; a review is owed within a day.
    #[command(
        after_help = "Example: variorum hotfix publish hotfix/price --reason \"Wrong price\""
    )]
    Publish {
        /// The draft, `hotfix/…`.
        draft: String,
        /// Why it cannot wait.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The environment; the library's first where not given.
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
}

/// `variorum changes …`
pub(crate) fn run(command: ChangesCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        ChangesCommand::Open(args) => open(*args, console),
        ChangesCommand::List(args) => list(args, console),
        ChangesCommand::Show { change } => {
            let answer = console.client.get(&["changes", &change.to_string()])?;
            console.show(&answer, show)
        }
        ChangesCommand::Ask { change, reviewers } => ask(change, reviewers, console),
        ChangesCommand::Review(args) => review(args, console),
        ChangesCommand::Comment(args) => {
            let anchor = Anchor {
                path: args.path.unwrap_or_default(),
                side: None,
                line: args.line,
                end_line: None,
                field: args.field.unwrap_or_default(),
            };
            begin(args.change, anchor, args.text, None, console)
        }
        ChangesCommand::Suggest(args) => {
            let text = files::read(&args.with_file)?;
            let anchor = Anchor {
                path: args.path,
                side: Some("new".to_owned()),
                line: Some(args.line),
                end_line: args.end_line,
                field: String::new(),
            };
            begin(args.change, anchor, args.text, Some(text), console)
        }
        ChangesCommand::Reply { thread, text } => {
            let path = thread.to_string();
            let body = NewComment { text };
            let answer = console
                .client
                .post(&["threads", &path, "comments"], &body)?;
            console.show(&answer, thread_lines)
        }
        ChangesCommand::Resolve { thread, reopen } => {
            let path = thread.to_string();
            let body = SettleThread { settled: !reopen };
            let answer = console.client.post(&["threads", &path, "settle"], &body)?;
            console.show(&answer, thread_lines)
        }
        ChangesCommand::Accept { thread } => accept(thread, console),
        ChangesCommand::Merge { change } => merge(change, console),
        ChangesCommand::Close { change, reason } => {
            let path = change.to_string();
            let why = Reason { reason };
            let answer = console.client.post(&["changes", &path, "close"], &why)?;
            Ok(console.done(&answer, format!("CH-{change} is closed; its draft stays.")))
        }
        ChangesCommand::Reopen { change } => {
            let path = change.to_string();
            let nothing = serde_json::json!({});
            let answer = console
                .client
                .post(&["changes", &path, "reopen"], &nothing)?;
            Ok(console.done(&answer, format!("CH-{change} is open again.")))
        }
    }
}

fn ask(change: i64, reviewers: Vec<String>, console: &Console) -> Result<ExitCode, CliError> {
    let body = EditChange {
        reviewers: Some(reviewers),
        ..EditChange::default()
    };
    let path = change.to_string();
    let answer = console.client.patch(&["changes", &path], &body)?;
    console.show(&answer, |change: &Change| {
        let names: Vec<&str> = change.reviewers.iter().map(|who| &*who.name).collect();
        vec![format!("CH-{}: asked {}.", change.number, names.join(", "))]
    })
}

fn accept(thread: i64, console: &Console) -> Result<ExitCode, CliError> {
    let nothing = serde_json::json!({});
    let path = thread.to_string();
    let answer = console
        .client
        .post(&["threads", &path, "accept"], &nothing)?;
    console.show(&answer, |accepted: &AcceptedSuggestion| {
        let commit = layout::short(&accepted.commit);
        let mut lines = vec![format!("Taken over as {commit}.")];
        lines.extend(saved_files(&accepted.versions));
        lines
    })
}

fn merge(change: i64, console: &Console) -> Result<ExitCode, CliError> {
    let path = change.to_string();
    let body = MergeChange::default();
    let answer = console.client.post(&["changes", &path, "merge"], &body)?;
    console.show(&answer, |merged: &MergedChange| {
        let commit = layout::short(&merged.commit);
        let mut lines = vec![format!("CH-{change} is in the library as {commit}.")];
        lines.extend(saved_files(&merged.versions));
        lines
    })
}

/// `variorum hotfix …`
pub(crate) fn hotfix(command: HotfixCommand, console: &Console) -> Result<ExitCode, CliError> {
    let HotfixCommand::Publish {
        draft,
        reason,
        environment,
    } = command;
    let body = PublishHotfix {
        reason,
        environment,
    };
    let answer = console
        .client
        .post(&["drafts", &draft, "publish-hotfix"], &body)?;
    console.show(&answer, |live: &PublishedHotfix| {
        let owed = live.change.owed.as_ref().map_or("", |owed| &owed.by);
        vec![
            format!(
                "Release {} is live in {} ({}).",
                live.release,
                live.environment,
                layout::short(&live.commit)
            ),
            format!(
                "CH-{}: a review by somebody else is owed until {}.",
                live.change.number,
                layout::moment(owed)
            ),
        ]
    })
}

fn open(args: OpenArgs, console: &Console) -> Result<ExitCode, CliError> {
    let (title, summary, record) = args.note.parts();
    let body = OpenChange {
        draft: args.draft,
        title,
        summary,
        record,
        reviewers: args.reviewer,
    };
    let answer = console.client.post(&["changes"], &body)?;
    console.show(&answer, |change: &Change| {
        vec![format!(
            "CH-{} is open for {}; `variorum changes show CH-{}` says what blocks it.",
            change.number, change.draft, change.number
        )]
    })
}

fn list(args: ListArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = ListChanges {
        status: args.status,
        draft: args.draft,
        owed: args.owed.then_some(true),
        limit: args.limit,
        ..ListChanges::default()
    };
    let answer = console.client.find(&["changes"], &query)?;
    console.show(&answer, |page: &ChangePage| {
        if page.items.is_empty() {
            return vec!["There is no such change.".to_owned()];
        }
        let row = |change: &Change| {
            vec![
                format!("CH-{}", change.number),
                change.status.clone(),
                change.draft.clone(),
                change.author.name.clone(),
                change.title.clone(),
            ]
        };
        let rows: Vec<_> = page.items.iter().map(row).collect();
        layout::table(&["Change", "Status", "Draft", "By", "Title"], &rows)
    })
}

fn review(args: ReviewArgs, console: &Console) -> Result<ExitCode, CliError> {
    let verdict = match (args.approve, args.request_changes) {
        (true, _) => "approve",
        (_, true) => "request-changes",
        _ => "comment",
    };
    let path = args.change.to_string();
    // What is approved is what stands there now; a push in between is refused by the server.
    let detail: ChangeDetail = console.client.get(&["changes", &path])?.read()?;
    let body = NewReview {
        verdict: verdict.to_owned(),
        meaning: args.meaning,
        note: args.note,
        head: detail.head,
    };
    let answer = console.client.post(&["changes", &path, "reviews"], &body)?;
    let done = match verdict {
        "approve" => "approved",
        "request-changes" => "asked for changes",
        _ => "said",
    };
    Ok(console.done(&answer, format!("CH-{}: {done}.", args.change)))
}

fn begin(
    change: i64,
    anchor: Anchor,
    text: String,
    suggestion: Option<String>,
    console: &Console,
) -> Result<ExitCode, CliError> {
    let body = NewThread {
        anchor,
        text,
        suggestion,
    };
    let path = change.to_string();
    let answer = console.client.post(&["changes", &path, "threads"], &body)?;
    console.show(&answer, thread_lines)
}

fn show(detail: &ChangeDetail) -> Vec<String> {
    let change = &detail.change;
    let mut lines = vec![
        format!("CH-{}  {}", change.number, change.title),
        String::new(),
    ];
    lines.extend(layout::labelled(&[
        ("Status", change.status.clone()),
        ("Draft", change.draft.clone()),
        ("By", change.author.name.clone()),
        ("Opened", layout::moment(&change.opened_at)),
        ("Problem", change.record.problem.clone()),
        ("Hypothesis", change.record.hypothesis.clone()),
    ]));
    if let Some(owed) = change.owed.as_ref().filter(|owed| owed.done_at.is_none()) {
        let until = layout::moment(&owed.by);
        lines.push(format!("A review is owed until {until}: {}", owed.reason));
    }
    lines.push(String::new());
    let files: Vec<_> = detail
        .files
        .iter()
        .map(|file| file.change.clone())
        .collect();
    lines.extend(log::changes(&files));
    for review in &detail.reviews {
        let stale = if review.stale {
            " (before the draft moved)"
        } else {
            ""
        };
        lines.push(format!(
            "{}: {}{stale} {}",
            review.by.name, review.verdict, review.note
        ));
    }
    for thread in detail.threads.iter().filter(|thread| !thread.settled) {
        lines.extend(thread_lines(thread));
    }
    lines.push(String::new());
    if change.status == "open" && detail.blockers.is_empty() {
        lines.push("Nothing blocks it: `changes merge` publishes it.".to_owned());
    }
    lines.extend(detail.blockers.iter().flat_map(crate::client::blocker));
    lines
}

fn thread_lines(thread: &Thread) -> Vec<String> {
    let anchor = &thread.anchor;
    let place = match (anchor.path.as_str(), anchor.line) {
        ("", _) => String::new(),
        (path, Some(line)) => format!(" {path}:{line}"),
        (path, None) => format!(" {path} {}", anchor.field),
    };
    let state = if thread.settled { " (settled)" } else { "" };
    let mut lines = vec![format!("Discussion {}{place}{state}", thread.number)];
    for comment in &thread.comments {
        let text = format!("{}: {}", comment.by.name, comment.text);
        lines.extend(layout::indented(&text, 2));
    }
    if let Some(suggestion) = &thread.suggestion {
        lines.extend(suggestion.before.lines().map(|line| format!("  - {line}")));
        lines.extend(suggestion.after.lines().map(|line| format!("  + {line}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn what_blocks_is_told_with_what_to_do() {
        let found = variorum_api_types::problem::Blocker {
            code: "needs-approval".into(),
            message: "One more person must approve.".into(),
            next: "Ask Bob.".into(),
            path: "prompts/a.prompt".into(),
            line: None,
            field: String::new(),
            who: vec!["Bob".into()],
        };
        assert_eq!(
            crate::client::blocker(&found),
            [
                "✗ prompts/a.prompt: One more person must approve.",
                "  Ask Bob."
            ]
        );
    }

    #[test]
    fn a_discussion_shows_its_suggestion() {
        let thread = from_value::<Thread>(json!({
            "number": 7, "anchor": {"path": "a.prompt", "line": 3}, "commit": "c",
            "comments": [{"by": {"id": 1, "name": "Ann", "email": "a"}, "text": "warmer?", "at": ""}],
            "suggestion": {"before": "Hi\n", "after": "Dear\n", "accepted": null},
            "settled": false, "settled_by": null, "settled_at": null,
        }))
        .unwrap();
        assert_eq!(
            thread_lines(&thread),
            [
                "Discussion 7 a.prompt:3",
                "  Ann: warmer?",
                "  - Hi",
                "  + Dear"
            ]
        );
    }
}
