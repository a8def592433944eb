//! Deciding against the verdict: one person asks, another one confirms or declines.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::decisions::{AskDecision, ConfirmedDecision, Decision};
use variorum_api_types::releases::Reason;
use variorum_api_types::rollouts::Rollout;

use super::{ActArgs, state};
use crate::commands::console::Console;
use crate::commands::{layout, words};
use crate::error::CliError;

/// What to ask a second person for.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum rollouts ask R-4 --finish --reason \"The season ends on \
        Friday\"\n\nAnother person with the role `publisher` confirms it with `variorum rollouts \
        confirm R-4`. Rolling\nback never needs a second person."
)]
#[command(group(clap::ArgGroup::new("wish").required(true).args(["finish", "go_on", "go_live"])))]
pub(crate) struct AskArgs {
    /// The rollout, as `4` or `R-4`.
    #[arg(value_parser = words::rollout)]
    pub number: i64,
    /// Everybody gets the new release although the verdict does not support it.
    #[arg(long)]
    pub finish: bool,
    /// The next stage begins although people are not split as planned.
    #[arg(long)]
    pub go_on: bool,
    /// The release that a guard took back goes live after all; on a rollout that has ended.
    #[arg(long)]
    pub go_live: bool,
    /// The arm whose release everybody gets; needed only where several new ones are left.
    #[arg(long, value_name = "N", conflicts_with = "go_on")]
    pub arm: Option<u8>,
    /// Why it should be done all the same.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `variorum rollouts ask`
pub(super) fn ask(args: AskArgs, console: &Console) -> Result<ExitCode, CliError> {
    let wish = match (args.go_on, args.go_live) {
        (true, _) => "go-on",
        (_, true) => "go-live",
        _ => "finish",
    };
    let body = AskDecision {
        wish: wish.to_owned(),
        arm: args.arm,
        reason: args.reason,
    };
    let number = args.number.to_string();
    let path = ["rollouts", &number, "decision"];
    let answer = console.client.post(&path, &body)?;
    console.show(&answer, |rollout: &Rollout| {
        let asked = rollout.decision.as_ref();
        asked.map_or_else(
            || vec![state(rollout)],
            |asked| waiting(rollout.number, asked),
        )
    })
}

/// `variorum rollouts confirm` and `variorum rollouts decline`
pub(super) fn answer(verb: &str, args: ActArgs, console: &Console) -> Result<ExitCode, CliError> {
    let number = args.number.to_string();
    let body = Reason {
        reason: args.reason,
    };
    let path = ["rollouts", &number, "decision", verb];
    let answer = console.client.post(&path, &body)?;
    console.show(&answer, |rollout: &Rollout| vec![state(rollout)])
}

/// What waits for a second person, and what that person can do.
pub(super) fn waiting(number: i64, asked: &Decision) -> Vec<String> {
    let mut lines = layout::wrap(&asked.sentence, layout::WIDTH);
    lines.extend(layout::wrap(
        &format!("Reason: {}", asked.reason),
        layout::WIDTH,
    ));
    let until = layout::moment(&asked.until);
    lines.push(format!("A second person decides until {until}:"));
    lines.push(format!("  variorum rollouts confirm R-{number}"));
    lines.push(format!("  variorum rollouts decline R-{number} --reason …"));
    lines
}

/// What two people decided, in a sentence.
pub(super) fn decided(one: &ConfirmedDecision) -> String {
    format!(
        "Against the verdict: {} asked ({}), {} confirmed.",
        one.decision.by_name, one.decision.reason, one.confirmed_by
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_says_what_to_do() {
        let asked = Decision {
            wish: "finish".into(),
            arm: Some(1),
            stage: None,
            sentence:
                "Ann wants to give everybody version 5, although there is not enough data yet."
                    .into(),
            reason: "the season ends".into(),
            objection: "there is not enough data yet".into(),
            by: 1,
            by_name: "Ann".into(),
            at: "2026-11-20T10:00:00.000000Z".into(),
            until: "2026-11-27T10:00:00.000000Z".into(),
        };
        let text = waiting(4, &asked).join("\n");
        assert!(
            text.starts_with("Ann wants to give everybody version 5"),
            "{text}"
        );
        assert!(text.contains("Reason: the season ends"), "{text}");
        assert!(text.contains("variorum rollouts confirm R-4"), "{text}");
        let confirmed = ConfirmedDecision {
            decision: asked,
            confirmed_by: "Bob".into(),
            confirmed_at: "2026-11-21T10:00:00.000000Z".into(),
        };
        assert_eq!(
            decided(&confirmed),
            "Against the verdict: Ann asked (the season ends), Bob confirmed."
        );
    }
}
