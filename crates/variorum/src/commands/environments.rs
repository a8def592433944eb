//! What is live, and moving it at once.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::library::LibrarySettings;
use variorum_api_types::releases::{Environment, GoLive, Reason};

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;

/// Going live.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum go-live 12 --reason \"Autumn texts, approved by Legal\"")]
pub(crate) struct GoLiveArgs {
    /// The release.
    #[arg(value_parser = words::release)]
    pub release: i64,
    /// The environment; the library's first where not given.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Rolling an environment back.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum roll-back --reason \"Wrong price in the subject\"\n\nTo end a \
        rollout, see `variorum rollouts roll-back`."
)]
pub(crate) struct RollBackArgs {
    /// The environment; the library's first where not given.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `variorum live`
pub(crate) fn live(console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.get(&["environments"])?;
    console.show(&answer, |environments: &Vec<Environment>| {
        if environments.is_empty() {
            return vec!["There is no environment yet; `library.yaml` names them.".to_owned()];
        }
        let number =
            |number: Option<i64>| number.map_or("–".to_owned(), |number| number.to_string());
        let row = |one: &Environment| {
            let rollout = one
                .rollout
                .map_or(String::new(), |number| format!("R-{number}"));
            vec![
                one.name.clone(),
                number(one.release),
                number(one.previous),
                rollout,
            ]
        };
        let rows: Vec<_> = environments.iter().map(row).collect();
        layout::table(&["Environment", "Release", "Before", "Rollout"], &rows)
    })
}

/// `variorum go-live`
pub(crate) fn go_live(args: &GoLiveArgs, console: &Console) -> Result<ExitCode, CliError> {
    let name = named_or_first(args.environment.as_deref(), console)?;
    let body = GoLive {
        release: args.release,
        reason: args.reason.clone(),
    };
    let answer = console
        .client
        .post(&["environments", &name, "go-live"], &body)?;
    console.show(&answer, |environment| vec![now_live(environment)])
}

/// `variorum roll-back`
pub(crate) fn roll_back(args: &RollBackArgs, console: &Console) -> Result<ExitCode, CliError> {
    let name = named_or_first(args.environment.as_deref(), console)?;
    let body = Reason {
        reason: args.reason.clone(),
    };
    let answer = console
        .client
        .post(&["environments", &name, "roll-back"], &body)?;
    console.show(&answer, |environment| vec![now_live(environment)])
}

/// The environment asked for, else the library's first.
fn named_or_first(name: Option<&str>, console: &Console) -> Result<String, CliError> {
    if let Some(name) = name {
        return Ok(name.to_owned());
    }
    let library: LibrarySettings = console.client.get(&["library"])?.read()?;
    library.environments.into_iter().next().ok_or_else(|| {
        CliError::user(
            "the library names no environment",
            "add `environments: [production]` to `library.yaml`",
        )
    })
}

fn now_live(environment: &Environment) -> String {
    let name = &environment.name;
    match (environment.release, environment.previous) {
        (Some(release), Some(previous)) => {
            format!("Release {release} is live in {name}; before it was {previous}.")
        }
        (Some(release), None) => format!("Release {release} is live in {name}."),
        (None, _) => format!("Nothing is live in {name}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_live_now() {
        let mut environment = Environment {
            name: "production".into(),
            release: Some(12),
            previous: Some(11),
            rollout: None,
            revision: 2,
        };
        assert_eq!(
            now_live(&environment),
            "Release 12 is live in production; before it was 11."
        );
        environment.previous = None;
        assert_eq!(now_live(&environment), "Release 12 is live in production.");
    }
}
