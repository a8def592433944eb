//! Keeping a share of everybody at what is live now.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::designs::StartHoldOut;
use variorum_api_types::rollouts::Rollout;

use super::state;
use crate::commands::console::Console;
use crate::commands::words;
use crate::error::CliError;

/// A hold-out.
#[derive(Debug, Args)]
pub(crate) struct HoldOutArgs {
    /// The share of everybody that is held out, e.g. `5%`; at most a fifth.
    #[arg(long, value_parser = words::stage, value_name = "SHARE")]
    pub share: u32,
    /// When it ends by itself, RFC 3339.
    #[arg(long, value_name = "TIME")]
    pub until: String,
    /// The title shown.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// The environment; the library's first where not given.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The KPI by which everybody else is compared with those held out.
    #[arg(long, value_name = "KPI")]
    pub goal: Option<String>,
    /// What is expected, in words.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub hypothesis: String,
    /// Why, for the audit log.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub reason: String,
}

/// `variorum rollouts hold-out`
pub(super) fn run(args: HoldOutArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = StartHoldOut {
        environment: args.environment,
        title: args.title,
        share: args.share,
        until: args.until,
        goal: args.goal,
        hypothesis: args.hypothesis,
        reason: args.reason,
    };
    let answer = console.client.post(&["hold-outs"], &body)?;
    console.show(&answer, |rollout: &Rollout| vec![state(rollout)])
}
