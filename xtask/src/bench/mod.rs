//! Measuring against a reference: both sides are started here, take turns, and are compared by their
//! medians, because a machine is never quiet for long.

mod acceptance;
mod acceptance_further;
mod analysis;
mod client;
mod clone;
mod commit;
mod company;
mod events;
mod figure;
mod first_asked;
mod fold;
mod git;
mod guard;
mod history;
mod http_backend;
mod impact;
mod looking_back;
mod many_rollouts;
mod processor;
mod raw_log;
mod resolve;
mod scale;
mod search;
mod server;
mod suites;
mod switchback;
mod watch;
mod watch_hours;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

pub(crate) use http_backend::serve_git;
pub(crate) use server::serve_static;

use crate::output;

/// How long and how often to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Options {
    /// The length of one side's turn.
    turn: Duration,
    /// How many turns each side has.
    rounds: usize,
}

/// Short turns and many: what disturbs one side then disturbs the other, too.
const SECONDS: u64 = 1;
const ROUNDS: usize = 9;

/// Runs one bench.
pub(crate) fn run(words: &[&str]) -> Result<ExitCode> {
    let [name, rest @ ..] = words else {
        bail!(
            "which one: acceptance, resolve, commit, events, fold, guard, history, impact, scale, search, clone, analysis, suites, switchback or watch?"
        )
    };
    if *name == "acceptance" {
        return acceptance::run(rest);
    }
    if *name == "switchback" {
        return switchback::bench(rest);
    }
    let options = options(rest)?;
    let bench = match *name {
        "analysis" => analysis::run,
        "resolve" => resolve::run,
        "commit" => commit::run,
        "events" => events::run,
        "fold" => fold::run,
        "guard" => guard::run,
        "impact" => impact::run,
        "history" => looking_back::run,
        "scale" => scale::run,
        "search" => search::run,
        "clone" => clone::run,
        "suites" => suites::run,
        "watch" => watch::run,
        other => {
            bail!(
                "there is no bench `{other}`; there is: acceptance, resolve, commit, events, fold, guard, history, impact, scale, search, clone, analysis, suites, switchback, watch"
            )
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let Options { turn, rounds } = options;
    comment(&format!(
        "{name}: {cores} cores, {rounds} rounds of {} s a side",
        turn.as_secs()
    ));
    comment("name ours reference ratio; medians, the ratio that of the rounds' ratios");
    bench(options)?;
    Ok(ExitCode::SUCCESS)
}

fn options(words: &[&str]) -> Result<Options> {
    let mut options = Options {
        turn: Duration::from_secs(SECONDS),
        rounds: ROUNDS,
    };
    for pair in words.chunks(2) {
        match pair {
            ["--seconds", text] => options.turn = Duration::from_secs(positive(text)?),
            ["--rounds", text] => options.rounds = usize::try_from(positive(text)?)?,
            _ => bail!(
                "`{}` is not understood; there is: --seconds N, --rounds N",
                pair.join(" ")
            ),
        }
    }
    Ok(options)
}

fn positive(text: &str) -> Result<u64> {
    let number: u64 = text
        .parse()
        .with_context(|| format!("`{text}` is not a whole number"))?;
    if number == 0 {
        bail!("`0` measures nothing");
    }
    Ok(number)
}

/// Prints what helps to judge the figures.
fn comment(text: &str) {
    output::line(&format!("# {text}"));
}

/// The folder of the built programs.
fn programs() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own
        .parent()
        .context("this program stands in no folder")?
        .to_owned())
}

/// A folder for one bench, beside the build: the system's own may lie in memory, where a flush costs
/// nothing.
fn folder() -> Result<TempDir> {
    let made = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(programs()?);
    made.context("no folder to measure in")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let read = options(&["--rounds", "2", "--seconds", "7"]).unwrap();
        assert_eq!(
            read,
            Options {
                turn: Duration::from_secs(7),
                rounds: 2
            }
        );
        assert!(options(&["--seconds"]).is_err());
        assert!(options(&["--seconds", "0"]).is_err());
        assert!(options(&["--seconds", "soon"]).is_err());
    }
}
