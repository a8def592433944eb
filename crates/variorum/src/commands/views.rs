//! Searches kept under a name.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::library::ListPrompts;
use variorum_api_types::releases::Reason;
use variorum_api_types::views::{EditView, NewView, View, Views};

use super::console::Console;
use super::prompts::{FilterArgs, narrowed};
use super::{layout, search};
use crate::error::CliError;

/// What to do with views.
#[derive(Debug, Subcommand)]
pub(crate) enum ViewCommand {
    /// Lists your views and those that others share.
    #[command(after_help = "Example: variorum view list")]
    List,
    /// Keeps words and filters under a name.
    Save(Box<SaveArgs>),
    /// Shows what a view asks for, and whose it is.
    #[command(after_help = "Example: variorum view show 3")]
    Show {
        /// Its number, or its name.
        view: String,
    },
    /// Finds what a view asks for, now.
    #[command(after_help = "Example: variorum view run \"Expiring soon\" --json")]
    Run {
        /// Its number, or its name.
        view: String,
        /// Every page.
        #[arg(long)]
        all: bool,
    },
    /// Renames a view, shares it, pins it.
    Change(ChangeArgs),
    /// Takes a view away; what it finds stays.
    #[command(after_help = "Example: variorum view delete 3")]
    Delete {
        /// Its number, or its name.
        view: String,
    },
}

/// What to keep.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum view save \"Expiring soon\" --channel email --expiring-days 30 --share"
)]
pub(crate) struct SaveArgs {
    /// The name.
    pub name: String,
    /// Words to find.
    #[arg(long, value_name = "WORDS")]
    pub q: Option<String>,
    /// Only below this folder.
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    /// Shows it to everybody.
    #[arg(long)]
    pub share: bool,
    /// Lets it stand ready beside the library.
    #[arg(long)]
    pub pin: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// What is to be different.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum view change 3 --name \"Ends soon\" --share true")]
pub(crate) struct ChangeArgs {
    /// Its number, or its name.
    pub view: String,
    /// Another name.
    #[arg(long)]
    pub name: Option<String>,
    /// Whether everybody sees it.
    #[arg(long, value_name = "TRUE-OR-FALSE")]
    pub share: Option<bool>,
    /// Whether it stands ready beside the library.
    #[arg(long, value_name = "TRUE-OR-FALSE")]
    pub pin: Option<bool>,
}

/// `variorum view …`
pub(crate) fn run(command: ViewCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        ViewCommand::List => {
            let answer = console.client.get(&["views"])?;
            console.show(&answer, list)
        }
        ViewCommand::Save(args) => {
            let body = NewView {
                name: args.name,
                find: ListPrompts {
                    q: args.q,
                    folder: args.folder,
                    ..narrowed(&args.filter)
                },
                shared: args.share,
                pinned: args.pin,
            };
            let answer = console.client.post(&["views"], &body)?;
            console.show(&answer, |view: &View| {
                vec![format!("View {} `{}` is kept.", view.id, view.name)]
            })
        }
        ViewCommand::Show { view } => {
            let id = number(&view, console)?;
            let answer = console.client.get(&["views", &id])?;
            console.show(&answer, shown)
        }
        ViewCommand::Run { view, all } => {
            let id = number(&view, console)?;
            let view: View = console.client.get(&["views", &id])?.read()?;
            search::find(view.find, all, console)
        }
        ViewCommand::Change(args) => {
            let id = number(&args.view, console)?;
            let body = EditView {
                name: args.name,
                find: None,
                shared: args.share,
                pinned: args.pin,
            };
            let answer = console.client.patch(&["views", &id], &body)?;
            console.show(&answer, shown)
        }
        ViewCommand::Delete { view } => {
            let id = number(&view, console)?;
            let answer = console.client.delete(&["views", &id], &Reason::default())?;
            Ok(console.done(&answer, format!("View {id} is gone; what it finds is not.")))
        }
    }
}

/// The number of a view that is named by its number or its name.
fn number(named: &str, console: &Console) -> Result<String, CliError> {
    if named.parse::<i64>().is_ok() {
        return Ok(named.to_owned());
    }
    let views: Views = console.client.get(&["views"])?.read()?;
    let same = |view: &&View| view.name.to_lowercase() == named.to_lowercase();
    let mut found: Vec<&View> = views.items.iter().filter(same).collect();
    found.sort_by_key(|view| !view.mine);
    match found.as_slice() {
        [view, rest @ ..] if view.mine || rest.is_empty() => Ok(view.id.to_string()),
        [] => Err(CliError::user(
            format!("there is no view `{named}`"),
            "`variorum view list` shows those you see",
        )),
        _ => Err(CliError::user(
            format!("several people share a view `{named}`"),
            "name it by its number, as `variorum view list` shows it",
        )),
    }
}

fn list(views: &Views) -> Vec<String> {
    if views.items.is_empty() {
        return vec!["Nobody keeps a view that you see.".to_owned()];
    }
    let row = |view: &View| {
        vec![
            view.id.to_string(),
            view.name.clone(),
            view.owner_name.clone(),
            seen_by(view).to_owned(),
            asks(view),
        ]
    };
    let rows: Vec<Vec<String>> = views.items.iter().map(row).collect();
    layout::table(&["Id", "Name", "Of", "Seen by", "Asks for"], &rows)
}

fn seen_by(view: &View) -> &'static str {
    if view.shared { "everybody" } else { "you" }
}

/// The question in one line.
fn asks(view: &View) -> String {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&view.find) else {
        return String::new();
    };
    let said = fields.into_iter().filter(|(_, value)| !value.is_null());
    let parts: Vec<String> = said
        .map(|(field, value)| match value {
            serde_json::Value::String(text) => format!("{field}={text}"),
            other => format!("{field}={other}"),
        })
        .collect();
    parts.join(" ")
}

fn shown(view: &View) -> Vec<String> {
    layout::labelled(&[
        ("View", format!("{} {}", view.id, view.name)),
        ("Of", view.owner_name.clone()),
        ("Seen by", seen_by(view).to_owned()),
        ("Asks for", asks(view)),
        ("Changed", layout::moment(&view.updated_at)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_listed_with_what_they_ask_for() {
        let view = View {
            id: 3,
            name: "Expiring soon".into(),
            find: ListPrompts {
                channel: Some("email".into()),
                expiring_days: Some(30),
                ..ListPrompts::default()
            },
            shared: true,
            pinned: false,
            owner: 1,
            owner_name: "Ann Lee".into(),
            mine: true,
            may_change: true,
            created_at: "2026-11-20T10:11:12.000000Z".into(),
            updated_at: "2026-11-20T10:11:12.000000Z".into(),
        };
        let lines = list(&Views { items: vec![view] });
        assert_eq!(lines.len(), 2);
        for words in [
            "Expiring soon",
            "Ann Lee",
            "everybody",
            "channel=email",
            "expiring_days=30",
        ] {
            assert!(lines[1].contains(words), "{lines:?}");
        }
        let none = Views { items: Vec::new() };
        assert_eq!(list(&none), ["Nobody keeps a view that you see."]);
    }
}
