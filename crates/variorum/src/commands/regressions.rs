//! KPIs that got worse outside of experiments.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::regressions::{
    AnswerRegression, ListRegressions, Regression, RegressionPage, Suspect, WatchLook,
};

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// What to do with regressions.
#[derive(Debug, Subcommand)]
pub(crate) enum RegressionsCommand {
    /// Lists those that wait, by what is at stake.
    List(ListArgs),
    /// Shows one with what changed just before it.
    #[command(after_help = "Example: variorum regressions show 3")]
    Show {
        /// Its number.
        number: i64,
    },
    /// Takes one on, so that others know somebody looks after it.
    Acknowledge(AnswerArgs),
    /// Says that one needs no work: the level since is the new one.
    Dismiss(DismissArgs),
}

/// Which ones.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum regressions list --all")]
pub(crate) struct ListArgs {
    /// Also those that are dismissed or over.
    #[arg(long)]
    pub all: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
}

/// Which one, and why.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum regressions acknowledge 3 --reason \"I compare the two versions\""
)]
pub(crate) struct AnswerArgs {
    /// Its number.
    pub number: i64,
    /// What you are going to do.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub reason: String,
}

/// Which one, and why.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum regressions dismiss 3 --reason \"the summer sale ended\""
)]
pub(crate) struct DismissArgs {
    /// Its number.
    pub number: i64,
    /// Why nothing needs to be done.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `variorum regressions …`
pub(crate) fn run(command: &RegressionsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        RegressionsCommand::List(args) => {
            let query = ListRegressions {
                open: Some(!args.all),
                limit: Some(args.limit),
                ..ListRegressions::default()
            };
            let answer = console.client.find(&["regressions"], &query)?;
            console.show(&answer, list)
        }
        RegressionsCommand::Show { number } => {
            let answer = console.client.get(&["regressions", &number.to_string()])?;
            console.show(&answer, shown)
        }
        RegressionsCommand::Acknowledge(args) => {
            answered(args.number, "acknowledge", &args.reason, console)
        }
        RegressionsCommand::Dismiss(args) => {
            answered(args.number, "dismiss", &args.reason, console)
        }
    }
}

fn answered(number: i64, act: &str, reason: &str, console: &Console) -> Result<ExitCode, CliError> {
    let body = AnswerRegression {
        reason: reason.to_owned(),
    };
    let path = ["regressions", &number.to_string(), act];
    let answer = console.client.post(&path, &body)?;
    console.show(&answer, |one: &Regression| {
        vec![format!("Regression {} is {}.", one.number, one.state)]
    })
}

fn list(page: &RegressionPage) -> Vec<String> {
    let mut lines = Vec::new();
    if page.items.is_empty() {
        lines.push("No KPI got worse outside of an experiment.".to_owned());
    } else {
        let row = |one: &Regression| {
            vec![
                one.number.to_string(),
                one.state.clone(),
                money(one),
                format!("{:+.0} %", 100.0 * one.relative),
                one.day.clone(),
                one.sentence.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
        let headings = ["No", "State", "At stake a day", "Change", "Since", "What"];
        lines.extend(layout::table(&headings, &rows));
    }
    lines.push(String::new());
    lines.push(looked(page.looked.as_ref()));
    lines
}

fn looked(look: Option<&WatchLook>) -> String {
    let Some(look) = look else {
        return "The watch has not looked yet; it does within minutes of a start.".to_owned();
    };
    format!(
        "{} series watched, {} of them by the hour, too, {} with too few days, {} with too little a day; \
         about {:.0} false alarm a year.",
        look.watched, look.by_hour, look.too_short, look.too_thin, look.yearly
    )
}

fn money(one: &Regression) -> String {
    match one.money_a_day {
        Some(money) => {
            let scale = 10_f64.powi(i32::try_from(one.money_decimals).unwrap_or(0));
            format!("{:.2} {}", money / scale, one.money_unit)
        }
        None => "not known".to_owned(),
    }
}

fn shown(one: &Regression) -> Vec<String> {
    let mut lines = layout::labelled(&[
        ("Regression", format!("{} ({})", one.number, one.state)),
        ("What", one.sentence.clone()),
        ("Before it", one.before_it.clone()),
        (
            "At stake",
            format!("{} a day: {}", money(one), one.money_basis),
        ),
        (
            "Began",
            match (&one.hour, &one.earliest_hour, &one.latest_hour) {
                (Some(hour), Some(earliest), Some(latest)) => format!(
                    "{}, between {} and {}; found by the hour",
                    layout::moment(hour),
                    layout::moment(earliest),
                    layout::moment(latest)
                ),
                _ => format!("{}, between {} and {}", one.day, one.earliest, one.latest),
            },
        ),
    ]);
    if let (Some(by), Some(reason)) = (&one.settled_by, &one.settled_reason) {
        lines.extend(layout::labelled(&[(
            "Answered",
            format!("by {by}: {reason}"),
        )]));
    }
    if !one.suspects.is_empty() {
        let row = |one: &Suspect| {
            vec![
                layout::moment(&one.at),
                one.kind.clone(),
                one.target.clone(),
                if one.reaches { "yes" } else { "no" }.to_owned(),
                one.title.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = one.suspects.iter().map(row).collect();
        lines.push(String::new());
        lines.extend(layout::table(
            &["When", "What", "Which", "Reaches it", "Title"],
            &rows,
        ));
    }
    lines
}
