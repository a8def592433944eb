//! Credits beside experiments, the paths of journeys, the ledger of changes.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::attribution::{
    AskAttribution, AskLedger, Attribution, AttributionBasis, CausalNumber, Journeys, Ledger,
};

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// What is to be shared out, and how.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum attribution --kpi first-order --by channel --touches click,open"
)]
pub(crate) struct AttributionArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// The paths of journeys instead of credits.
    #[arg(long)]
    pub paths: bool,
}

/// Options of the question.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The KPI; the conversion reported most where not given.
    #[arg(long, value_name = "KPI")]
    pub kpi: Option<String>,
    /// What touches are named by: channel, prompt or version.
    #[arg(long, value_name = "WHAT")]
    pub by: Option<String>,
    /// Days before a conversion in which a touch counts.
    #[arg(long, value_name = "DAYS")]
    pub lookback_days: Option<i64>,
    /// KPIs whose outcomes are touches, too, with commas between them.
    #[arg(long, value_name = "KPIS")]
    pub touches: Option<String>,
    /// The beginning of the period, e.g. 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Its end.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Whose ledger.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum ledger --kpi first-order --prompt email/welcome")]
pub(crate) struct LedgerArgs {
    /// The KPI; the conversion reported most where not given.
    #[arg(long, value_name = "KPI")]
    pub kpi: Option<String>,
    /// Only changes of this prompt.
    #[arg(long, value_name = "PROMPT")]
    pub prompt: Option<String>,
}

/// `variorum attribution`
pub(crate) fn run(args: &AttributionArgs, console: &Console) -> Result<ExitCode, CliError> {
    let ask = &args.ask;
    let query = AskAttribution {
        kpi: ask.kpi.clone(),
        by: ask.by.clone(),
        lookback_days: ask.lookback_days,
        touches: ask.touches.clone(),
        from: ask.from.clone(),
        until: ask.until.clone(),
        ..AskAttribution::default()
    };
    if args.paths {
        let answer = console.client.find(&["journeys"], &query)?;
        return console.show(&answer, paths);
    }
    let answer = console.client.find(&["attribution"], &query)?;
    console.show(&answer, credits)
}

fn credits(found: &Attribution) -> Vec<String> {
    let mut lines = vec![found.sentence.clone(), String::new()];
    let mut headings = vec![found.basis.by.as_str()];
    headings.extend(found.models.iter().map(|model| model.model.as_str()));
    let rows: Vec<Vec<String>> = found
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let parts = found
                .models
                .iter()
                .map(|model| format!("{:.1}", model.parts[at].conversions));
            std::iter::once(name.name.clone()).chain(parts).collect()
        })
        .collect();
    lines.extend(layout::table(&headings, &rows));
    lines.extend(causal(&found.basis, &found.causal));
    lines.extend(fine_print(&found.basis));
    lines
}

fn causal(basis: &AttributionBasis, found: &[CausalNumber]) -> Vec<String> {
    if found.is_empty() {
        return vec![
            String::new(),
            "No experiment has measured this KPI, so nothing here says what causes it.".to_owned(),
        ];
    }
    let row = |one: &CausalNumber| {
        vec![
            one.name.clone(),
            format!("R-{}", one.rollout),
            amount(basis, one.estimate),
            format!("{} to {}", amount(basis, one.low), amount(basis, one.high)),
            one.title.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let mut lines = vec![
        String::new(),
        "What experiments found (this is causal):".to_owned(),
    ];
    lines.extend(layout::table(
        &["Name", "Rollout", "Lift", "Between", "Title"],
        &rows,
    ));
    lines
}

fn amount(basis: &AttributionBasis, value: f64) -> String {
    in_unit(&basis.kind, &basis.unit, basis.decimals, value)
}

/// A difference of means with its sign and unit.
fn in_unit(kind: &str, unit: &str, decimals: u32, value: f64) -> String {
    if kind == "conversion" {
        return format!("{:+.2} pp", 100.0 * value);
    }
    let scaled = value / 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    format!("{scaled:+.2} {unit}").trim_end().to_owned()
}

fn fine_print(basis: &AttributionBasis) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!(
            "{} conversions and {} journeys without one, {} units, {} to {}, touches up to {} days before.",
            basis.conversions,
            basis.nulls,
            basis.units,
            layout::moment(&basis.from),
            layout::moment(&basis.until),
            basis.lookback_days
        ),
    ];
    if basis.untouched > 0 {
        lines.push(format!(
            "{} conversions had no touch before them.",
            basis.untouched
        ));
    }
    if basis.missing > 0 {
        lines.push(format!(
            "Up to {} newer events are not counted yet.",
            basis.missing
        ));
    }
    if basis.left_out > 0 {
        lines.push(
            "Not everything was looked at: there is more than one answer takes in.".to_owned(),
        );
    }
    lines
}

fn paths(found: &Journeys) -> Vec<String> {
    if found.paths.is_empty() {
        return vec!["No journey was seen in this period.".to_owned()];
    }
    let rows: Vec<Vec<String>> = found
        .paths
        .iter()
        .map(|path| {
            vec![
                path.names.join(" > "),
                path.journeys.to_string(),
                format!("{:.1} %", 100.0 * path.share),
                format!("{:.1} %", 100.0 * path.rate),
                path.days
                    .map_or_else(String::new, |days| format!("{days:.1}")),
            ]
        })
        .collect();
    let mut lines = layout::table(&["Path", "Journeys", "Share", "Convert", "Days"], &rows);
    lines.push(String::new());
    lines.push(format!("{} distinct paths.", found.distinct));
    lines.extend(fine_print(&found.basis));
    lines
}

/// `variorum ledger`
pub(crate) fn ledger(args: &LedgerArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = AskLedger {
        kpi: args.kpi.clone(),
        prompt: args.prompt.clone(),
    };
    let answer = console.client.find(&["ledger"], &query)?;
    console.show(&answer, |ledger: &Ledger| lines(ledger))
}

fn lines(ledger: &Ledger) -> Vec<String> {
    let mut lines = vec![ledger.sentence.clone()];
    let shown = |value: f64| in_unit(&ledger.kind, &ledger.unit, ledger.decimals, value);
    for line in &ledger.items {
        let title = if line.title.is_empty() {
            &line.target
        } else {
            &line.title
        };
        let text = format!(
            "{title} ({}, {}): {} ({} to {}), {:+.1} % kept so far. {}",
            line.target,
            line.kind,
            shown(line.effect),
            shown(line.low),
            shown(line.high),
            100.0 * line.cumulative,
            line.weakness
        );
        lines.push(String::new());
        lines.extend(layout::labelled(&[(&layout::moment(&line.at), text)]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_sign_and_unit() {
        assert_eq!(in_unit("conversion", "", 0, 0.0123), "+1.23 pp");
        assert_eq!(in_unit("value", "EUR", 2, -1_250.0), "-12.50 EUR");
        assert_eq!(in_unit("count", "", 0, 2.0), "+2.00");
    }
}
