//! Mirrors: Git repositories elsewhere with which the library is kept in step.

use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::Value;
use variorum_api_types::mirrors::{Mirror, MirrorDetail, MirrorRef, NewMirror};
use variorum_api_types::releases::Reason;

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// How often it is asked whether a round has ended.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// What to do with mirrors.
#[derive(Debug, Subcommand)]
pub(crate) enum MirrorCommand {
    /// Lists the mirrors and how they stand.
    #[command(after_help = "Example: variorum mirror list")]
    List,
    /// Keeps the library in step with a Git repository elsewhere.
    Add(AddArgs),
    /// Shows one mirror with its branches and tags.
    #[command(after_help = "Example: variorum mirror show origin")]
    Show {
        /// Which.
        name: String,
    },
    /// Tries a mirror now and waits for how it goes.
    Sync(SyncArgs),
    /// Takes a mirror away; what came from there stays.
    #[command(after_help = "Example: variorum mirror remove origin --reason \"We have moved\"")]
    Remove {
        /// Which.
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

/// A mirror to be added.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum mirror add origin https://github.com/acme/library.git \\\n         \
                  --direction both --credential env:VARIORUM_MIRROR_ORIGIN"
)]
pub(crate) struct AddArgs {
    /// The name it gets here.
    pub name: String,
    /// Where it is; no secret in it.
    #[arg(value_name = "URL")]
    pub address: String,
    /// Which way versions go: from here to there, from there to here, or both ways.
    #[arg(long, value_parser = PossibleValuesParser::new(["push", "pull", "both"]))]
    pub direction: String,
    /// By which name the server finds the secret: a variable or a file of the server.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "env:NAME|file:NAME"
    )]
    pub credential: String,
}

/// Which mirror to try, and how long to wait.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum mirror sync origin")]
pub(crate) struct SyncArgs {
    /// Which.
    pub name: String,
    /// Seconds to wait for the end; 0 not to wait.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub wait: u32,
}

/// `variorum mirror …`
pub(crate) fn run(command: MirrorCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        MirrorCommand::List => {
            let answer = console.client.get(&["mirrors"])?;
            console.show(&answer, |mirrors: &Vec<Mirror>| list(mirrors))
        }
        MirrorCommand::Add(args) => {
            let body = NewMirror {
                name: args.name,
                url: args.address,
                direction: args.direction,
                credential: args.credential,
            };
            let answer = console.client.post(&["mirrors"], &body)?;
            console.show(&answer, |added: &Mirror| {
                vec![format!(
                    "`{}` is kept in step from now on; `variorum mirror show {}` says how it goes.",
                    added.name, added.name
                )]
            })
        }
        MirrorCommand::Show { name } => {
            let answer = console.client.get(&["mirrors", &name])?;
            console.show(&answer, show)
        }
        MirrorCommand::Sync(args) => sync(&args, console),
        MirrorCommand::Remove { name, reason } => {
            let answer = console
                .client
                .delete(&["mirrors", &name], &Reason { reason })?;
            Ok(console.done(&answer, format!("Mirror `{name}` is gone.")))
        }
    }
}

fn sync(args: &SyncArgs, console: &Console) -> Result<ExitCode, CliError> {
    let before = console.client.get(&["mirrors", &args.name])?;
    let before: MirrorDetail = before.read()?;
    console
        .client
        .post(&["mirrors", &args.name, "sync"], &Value::Null)?;
    let mut left = Duration::from_secs(u64::from(args.wait));
    loop {
        let answer = console.client.get(&["mirrors", &args.name])?;
        let now: MirrorDetail = answer.read()?;
        let has_ended = now.mirror.tried_at != before.mirror.tried_at;
        if has_ended || left.is_zero() {
            let code = console.show(&answer, show)?;
            let fine = has_ended && now.mirror.status != "failing" || args.wait == 0;
            return Ok(if fine { code } else { ExitCode::from(2) });
        }
        std::thread::sleep(ASK_EVERY);
        left = left.saturating_sub(ASK_EVERY);
    }
}

fn moment(at: Option<&String>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| layout::moment(at))
}

fn list(mirrors: &[Mirror]) -> Vec<String> {
    if mirrors.is_empty() {
        return vec!["There is no mirror.".to_owned()];
    }
    let row = |mirror: &Mirror| {
        vec![
            mirror.name.clone(),
            mirror.direction.clone(),
            mirror.status.clone(),
            moment(mirror.succeeded_at.as_ref()),
            mirror.url.clone(),
        ]
    };
    let rows: Vec<_> = mirrors.iter().map(row).collect();
    layout::table(&["Name", "Way", "Status", "Last worked", "Address"], &rows)
}

fn show(shown: &MirrorDetail) -> Vec<String> {
    let mirror = &shown.mirror;
    let failed = match mirror.failures {
        0 => String::new(),
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let mut lines = layout::labelled(&[
        ("Name", mirror.name.clone()),
        ("Address", mirror.url.clone()),
        ("Way", mirror.direction.clone()),
        ("Credential", mirror.credential.clone()),
        ("Status", mirror.status.clone()),
        ("Problem", mirror.problem.clone()),
        ("Failed", failed),
        ("Last tried", moment(mirror.tried_at.as_ref())),
        ("Last worked", moment(mirror.succeeded_at.as_ref())),
        ("Tried next", layout::moment(&mirror.next_at)),
    ]);
    let row = |one: &MirrorRef| {
        let at = one.synced.as_deref().map(layout::short).unwrap_or_default();
        let name = one
            .name
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/tags/");
        vec![name.to_owned(), at, one.problem.clone()]
    };
    if !shown.refs.is_empty() {
        let rows: Vec<_> = shown.refs.iter().map(row).collect();
        lines.push(String::new());
        lines.extend(layout::table(
            &["Draft or tag", "In step at", "In the way"],
            &rows,
        ));
        let told = shown.refs.iter().filter(|one| !one.problem.is_empty());
        for one in told {
            lines.push(String::new());
            lines.extend(layout::wrap(
                &format!("{}: {}", one.name, one.problem),
                layout::WIDTH,
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror() -> Mirror {
        Mirror {
            name: "origin".into(),
            url: "https://git.example.com/acme/library.git".into(),
            direction: "both".into(),
            credential: "env:VARIORUM_MIRROR_ORIGIN".into(),
            added_by: "Ann Lee".into(),
            added_at: "2026-11-20T10:11:12.000000Z".into(),
            status: "failing".into(),
            problem: "the remote cannot be reached".into(),
            tried_at: Some("2026-11-20T10:11:12.000000Z".into()),
            succeeded_at: None,
            failures: 2,
            next_at: "2026-11-20T10:13:12.000000Z".into(),
        }
    }

    #[test]
    fn a_mirror_that_fails_says_why_and_since_when() {
        let shown = MirrorDetail {
            mirror: mirror(),
            refs: vec![MirrorRef {
                name: "refs/heads/main".into(),
                synced: Some("3f2a9c1b0d3f2a9c1b0d3f2a9c1b0d3f2a9c1b0d".into()),
                draft: None,
                change: None,
                parked: None,
                problem: "both sides have moved".into(),
                at: "2026-11-20T10:11:12.000000Z".into(),
            }],
        };
        let text = show(&shown).join("\n");
        for word in [
            "the remote cannot be reached",
            "2 times",
            "Last worked  never",
            "2026-11-20 10:13",
            "refs/heads/main: both sides have moved",
        ] {
            assert!(text.contains(word), "no `{word}` in:\n{text}");
        }
        assert!(list(&[mirror()])[1].starts_with("origin  both  failing  never"));
    }
}
