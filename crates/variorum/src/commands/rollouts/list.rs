//! Rollouts in a list.

use std::process::ExitCode;

use variorum_api_types::rollouts::{ListRollouts, Rollout, RolloutPage};

use crate::commands::console::Console;
use crate::commands::layout;
use crate::error::CliError;

/// `variorum rollouts list`
pub(super) fn run(open: bool, limit: usize, console: &Console) -> Result<ExitCode, CliError> {
    let query = ListRollouts {
        open: open.then_some(true),
        below: None,
        limit: Some(limit),
    };
    let answer = console.client.find(&["rollouts"], &query)?;
    let code = console.show(&answer, |page: &RolloutPage| rows(&page.items, open))?;
    console.more(
        &answer,
        "there are older rollouts; ask for more with `--limit`",
    );
    Ok(code)
}

fn rows(rollouts: &[Rollout], open: bool) -> Vec<String> {
    if rollouts.is_empty() {
        let text = if open {
            "No rollout runs."
        } else {
            "There is no rollout yet."
        };
        return vec![text.to_owned()];
    }
    let rows: Vec<_> = rollouts.iter().map(row).collect();
    layout::table(
        &[
            "Rollout", "State", "Where", "Prompt", "Share", "People", "Title",
        ],
        &rows,
    )
}

fn row(rollout: &Rollout) -> Vec<String> {
    vec![
        format!("R-{}", rollout.number),
        rollout.state.clone(),
        rollout.environment.clone(),
        subject(rollout),
        layout::share(rollout.coverage),
        layout::grouped(rollout.exposed.iter().sum()),
        rollout.title.clone(),
    ]
}

/// What it is about: `email/welcome 4 → 5`, or the releases.
pub(super) fn subject(rollout: &Rollout) -> String {
    match (
        &rollout.prompt,
        rollout.control_version,
        rollout.treatment_version,
    ) {
        (Some(prompt), Some(old), Some(new)) => format!("{prompt} {old} → {new}"),
        (Some(prompt), None, Some(new)) => format!("{prompt} {new}, new"),
        (Some(prompt), _, _) => prompt.clone(),
        (None, _, _) => format!("release {} → {}", rollout.control, rollout.treatment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::rollouts::samples;

    #[test]
    fn rollouts_are_listed() {
        assert_eq!(
            rows(&[samples::rollout()], false),
            [
                "Rollout  State    Where       Prompt               Share  People  Title",
                "R-4      running  production  email/welcome 4 → 5   10 %   8,120  Shorter subject",
            ]
        );
        assert_eq!(rows(&[], true), ["No rollout runs."]);
    }
}
