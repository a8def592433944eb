//! Starting a rollout.

use std::process::ExitCode;

use variorum_api_types::rollouts::{Rollout, StartRollout};

use super::{StartArgs, state};
use crate::commands::console::Console;
use crate::error::CliError;

/// `variorum rollouts start`
pub(super) fn run(args: StartArgs, console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.post(&["rollouts"], &body(args))?;
    console.show(&answer, |rollout: &Rollout| {
        vec![
            state(rollout),
            format!("`variorum rollouts watch R-{}` follows it.", rollout.number),
        ]
    })
}

fn body(args: StartArgs) -> StartRollout {
    StartRollout {
        environment: args.environment,
        title: args.title,
        release: args.release,
        prompt: args.prompt,
        stages: args.stage,
        treatment_share: args.treatment_share,
        treatment_name: args.name,
        further: args.further,
        goal: args.goal,
        hypothesis: args.hypothesis,
        guards: args.guard,
        alpha: args.alpha,
        planned_units: args.planned_units,
        external_assignment: args.external_assignment,
        starts_at: args.start_at,
        schedule: args.then,
        pre_period_days: args.pre_period_days,
        layer: args.layer,
        conditions: args.only,
        shadow: args.shadow,
        switchback: args.switchback.body(),
        reason: args.reason,
    }
}
