//! How many people a rollout needs, and how long that takes.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::planner::{AskPlan, PlanNeed, RolloutForecast};

use crate::commands::console::Console;
use crate::commands::{layout, words};
use crate::error::CliError;

/// What is planned.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum rollouts plan --kpi first_order --lift 5% --prompt email/onboarding/welcome\n         variorum rollouts plan --kpi revenue --lift=-3% --baseline 12.5 --sd 40 --daily 8000"
)]
pub(crate) struct PlanArgs {
    /// The KPI to be moved.
    #[arg(long, value_name = "KPI")]
    pub kpi: String,
    /// The relative change to be seen, e.g. `5%` or `-5%`.
    #[arg(long, value_parser = lift, allow_hyphen_values = true, value_name = "CHANGE")]
    pub lift: f64,
    /// The prompt it is about; its own rollouts tell baseline and traffic.
    #[arg(long, value_name = "ID")]
    pub prompt: Option<String>,
    /// A conversion's share (0.05 for 5 %) or the mean per person; measured where not given.
    #[arg(long, value_name = "X")]
    pub baseline: Option<f64>,
    /// The standard deviation between people, for values and counts.
    #[arg(long, value_name = "X")]
    pub sd: Option<f64>,
    /// People a day; measured where not given.
    #[arg(long, value_name = "N")]
    pub daily: Option<f64>,
    /// How many arms, what is live among them.
    #[arg(long, value_name = "N")]
    pub arms: Option<usize>,
    /// How long a window is, e.g. `4h`, where time is to be cut into windows (a switchback).
    #[arg(long, value_parser = words::duration, value_name = "TIME")]
    pub window: Option<i64>,
    /// The standard deviation of differences within pairs of windows; measured where not given.
    #[arg(long, requires = "window", value_name = "X")]
    pub pair_sd: Option<f64>,
    /// The share of everybody who takes part, e.g. `50%`.
    #[arg(long, value_parser = words::stage, value_name = "SHARE")]
    pub coverage: Option<u32>,
}

/// A relative change: `5%`, `-5%`, or `0.05`.
fn lift(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.trim().strip_suffix('%') {
        Some(number) => (number, 0.01),
        None => (text, 1.0),
    };
    let number: Result<f64, _> = number.trim().parse();
    number
        .map(|number| number * scale)
        .map_err(|_| "give a change such as `5%` or `-5%`".to_owned())
}

/// `variorum rollouts plan`
pub(super) fn run(args: &PlanArgs, console: &Console) -> Result<ExitCode, CliError> {
    let ask = AskPlan {
        kpi: args.kpi.clone(),
        lift: args.lift,
        prompt: args.prompt.clone(),
        baseline: args.baseline,
        sd: args.sd,
        daily_units: args.daily,
        arms: args.arms,
        coverage: args.coverage,
        alpha: None,
        power: None,
        guard_alpha: None,
        window_seconds: args.window,
        pair_sd: args.pair_sd,
    };
    let answer = console.client.find(&["plan"], &ask)?;
    console.show(&answer, text)
}

fn text(plan: &RolloutForecast) -> Vec<String> {
    let mut lines = layout::wrap(&plan.sentence, layout::WIDTH);
    if let Some(windows) = &plan.windows {
        lines.extend(layout::wrap(&windows.sentence, layout::WIDTH));
    }
    lines.push(String::new());
    let row = |name: &str, need: &PlanNeed| {
        vec![
            name.to_owned(),
            layout::grouped(need.per_arm),
            layout::grouped(need.total),
            need.days
                .map_or_else(String::new, |days| format!("{days:.1}")),
        ]
    };
    let mut rows = vec![
        row("looked at all the time", &plan.any_time),
        row("looked at once, at the end", &plan.once),
    ];
    rows.extend(
        plan.guard
            .as_ref()
            .map(|need| row("a guard notices a fall of it", need)),
    );
    lines.extend(layout::table(
        &["", "PEOPLE AN ARM", "IN ALL", "DAYS"],
        &rows,
    ));
    if !plan.curve.is_empty() {
        lines.push(String::new());
        let rows: Vec<Vec<String>> = plan
            .curve
            .iter()
            .map(|point| {
                vec![
                    point.day.to_string(),
                    format!("{:.2} %", point.lift * 100.0),
                ]
            })
            .collect();
        lines.extend(layout::table(
            &["AFTER DAYS", "SMALLEST CHANGE SEEN"],
            &rows,
        ));
    }
    if let Some(known) = &plan.known {
        lines.push(String::new());
        lines.push(format!(
            "R-{} measured {:.4} on {} people, until {}.",
            known.rollout,
            known.baseline,
            layout::grouped(known.units),
            layout::moment(&known.until)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::lift;

    #[test]
    fn a_change_is_a_percentage_or_a_share() {
        assert!((lift("5%").unwrap() - 0.05).abs() < 1e-12);
        assert!((lift(" -2.5 %").unwrap() + 0.025).abs() < 1e-12);
        assert!((lift("0.05").unwrap() - 0.05).abs() < 1e-12);
        assert!(lift("much").is_err());
    }
}
