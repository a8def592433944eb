//! Effects by cohort, and KPIs over time.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::analysis::{
    AskBaselines, AskCohorts, AskSeries, BaselinePage, Cohort, CohortComparison, CohortEffect,
    Cohorts, KpiInfo, KpiPage, Series, SeriesMarker,
};

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;

/// Which cohorts.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum cohorts R-12 --by region,channel\n\n\
        `--by` takes up to three of `channel`, `returning` and the attributes that come with exposures.")]
pub(crate) struct CohortsArgs {
    /// The rollout.
    #[arg(value_name = "R-N", value_parser = words::rollout)]
    pub rollout: i64,
    /// By what people are told apart, e.g. `region,channel`; the segments that the KPI's definition
    /// names, else the channel, where not given.
    #[arg(
        long,
        value_name = "FACETS",
        default_value = "",
        hide_default_value = true
    )]
    pub by: String,
    /// Which KPI of the rollout; its goal where not given.
    #[arg(long, value_name = "KPI")]
    pub kpi: Option<String>,
}

/// `variorum cohorts`
pub(crate) fn cohorts(args: &CohortsArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = AskCohorts {
        rollout: args.rollout,
        kpi: args.kpi.clone(),
        by: args.by.clone(),
    };
    let answer = console.client.find(&["cohorts"], &query)?;
    console.show(&answer, told)
}

fn told(found: &Cohorts) -> Vec<String> {
    let title = if found.kpi.title.is_empty() {
        &found.kpi.id
    } else {
        &found.kpi.title
    };
    let mut lines = vec![format!(
        "R-{} {}: {title} by {}",
        found.rollout,
        found.title,
        found.by.join(", ")
    )];
    if found.cohorts.is_empty() {
        lines.push("Nobody was exposed yet.".into());
        return lines;
    }
    for comparison in &found.comparisons {
        lines.push(String::new());
        lines.push(format!(
            "{} against {}",
            named(&found.arms, comparison.arm),
            named(&found.arms, 0)
        ));
        lines.extend(
            comparison
                .sentences
                .iter()
                .flat_map(|said| layout::indented(said, 2)),
        );
        let rows: Vec<_> = found
            .cohorts
            .iter()
            .zip(&comparison.effects)
            .map(|(cohort, effect)| row(&found.kpi, cohort, effect, comparison.arm))
            .chain(together(&found.kpi, comparison))
            .collect();
        let headings = [
            "Cohort",
            "People",
            "Before",
            "After",
            "Difference",
            "From",
            "To",
            "p (Holm)",
        ];
        lines.extend(layout::table(&headings, &rows));
    }
    lines.push(String::new());
    lines.push("From and to hold at every look, for all cohorts together (95 %).".into());
    if found.missing > 0 {
        lines.push(format!(
            "Up to {} newer events are not counted yet.",
            layout::grouped(u64::try_from(found.missing).unwrap_or(0))
        ));
    }
    lines
}

fn named(arms: &[String], arm: usize) -> String {
    arms.get(arm)
        .cloned()
        .unwrap_or_else(|| format!("arm {arm}"))
}

fn row(kpi: &KpiInfo, cohort: &Cohort, effect: &CohortEffect, arm: usize) -> Vec<String> {
    let mean = |arm: usize| amount(kpi, cohort.arms.get(arm).and_then(|arm| arm.mean));
    vec![
        cohort.labels.join(" · "),
        layout::grouped(cohort.arms.iter().map(|arm| arm.units).sum()),
        mean(0),
        mean(arm),
        signed(kpi, effect.difference),
        signed(kpi, effect.low),
        signed(kpi, effect.high),
        effect
            .p_holm
            .map_or_else(String::new, |p| format!("{p:.4}")),
    ]
}

fn together(kpi: &KpiInfo, comparison: &CohortComparison) -> Option<Vec<String>> {
    let overall = comparison.overall.as_ref()?;
    let blank = String::new;
    Some(vec![
        "all, weighted".into(),
        blank(),
        blank(),
        blank(),
        signed(kpi, Some(overall.post_stratified)),
        blank(),
        blank(),
        blank(),
    ])
}

/// A mean in the KPI's unit: a share for conversions.
fn amount(kpi: &KpiInfo, mean: Option<f64>) -> String {
    let Some(mean) = mean else {
        return String::new();
    };
    if kpi.kind == "conversion" {
        return format!("{:.2} %", mean * 100.0);
    }
    let decimals = i32::try_from(kpi.decimals).unwrap_or(0);
    let value = mean / 10_f64.powi(decimals);
    format!("{value:.2} {}", kpi.unit).trim_end().to_owned()
}

fn signed(kpi: &KpiInfo, difference: Option<f64>) -> String {
    let Some(difference) = difference else {
        return String::new();
    };
    let text = amount(kpi, Some(difference.abs()));
    let text = if kpi.kind == "conversion" {
        text.replace(" %", " pp")
    } else {
        text
    };
    let sign = if difference < 0.0 { '-' } else { '+' };
    format!("{sign}{text}")
}

/// KPIs.
#[derive(Debug, Subcommand)]
pub(crate) enum KpiCommand {
    /// Lists the KPIs that the library defines.
    #[command(after_help = "Example: variorum kpi list")]
    List,
    /// Shows a KPI over time.
    #[command(
        after_help = "Example: variorum kpi show open_rate --prompt email/welcome --by version"
    )]
    Show {
        /// The KPI's id.
        id: String,
        /// Only exposures of this prompt.
        #[arg(long, value_name = "PROMPT")]
        prompt: Option<String>,
        /// What makes lines: `version`, `channel`, or an attribute.
        #[arg(long, value_name = "FACET")]
        by: Option<String>,
        /// The first day, e.g. `2026-10-01`.
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// The day after the last.
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// By hour rather than by day.
        #[arg(long)]
        hourly: bool,
    },
    /// Tells how KPIs stood when versions went live.
    #[command(after_help = "Example: variorum kpi baselines --prompt email/welcome --kpi order")]
    Baselines {
        /// Only versions of this prompt.
        #[arg(long, value_name = "PROMPT")]
        prompt: Option<String>,
        /// Only this KPI.
        #[arg(long, value_name = "KPI")]
        kpi: Option<String>,
        /// How many versions at most.
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
}

/// `variorum kpi`
pub(crate) fn kpi(command: KpiCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        KpiCommand::List => {
            let answer = console.client.get(&["kpis"])?;
            console.show(&answer, |page: &KpiPage| listed(&page.items))
        }
        KpiCommand::Show {
            id,
            prompt,
            by,
            from,
            until,
            hourly,
        } => {
            let query = AskSeries {
                kpi: id,
                prompt,
                by,
                from,
                until,
                grain: hourly.then(|| "hour".to_owned()),
            };
            let answer = console.client.find(&["series"], &query)?;
            console.show(&answer, over_time)
        }
        KpiCommand::Baselines { prompt, kpi, limit } => {
            let query = AskBaselines {
                prompt,
                kpi,
                before: None,
                limit,
            };
            let answer = console.client.find(&["baselines"], &query)?;
            console.show(&answer, baselines)
        }
    }
}

fn listed(kpis: &[KpiInfo]) -> Vec<String> {
    if kpis.is_empty() {
        return vec!["The library defines no KPI yet: add them to `library.yaml`.".into()];
    }
    let row = |kpi: &KpiInfo| {
        vec![
            kpi.id.clone(),
            kpi.title.clone(),
            kpi.kind.clone(),
            kpi.direction.clone(),
            kpi.unit.clone(),
            window(kpi),
            kpi.owner.clone(),
        ]
    };
    let rows: Vec<_> = kpis.iter().map(row).collect();
    layout::table(
        &["KPI", "Title", "Kind", "Good is", "Unit", "Window", "Owner"],
        &rows,
    )
}

fn window(kpi: &KpiInfo) -> String {
    let hours = kpi.window_seconds / 3_600;
    if hours > 0 && hours % 24 == 0 {
        format!("{} d", hours / 24)
    } else {
        format!("{hours} h")
    }
}

fn over_time(found: &Series) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: outcomes within {} of an exposure",
        found.kpi.id,
        window(&found.kpi)
    )];
    let mut rows = Vec::new();
    for line in &found.lines {
        for point in &line.points {
            let open = if point.complete { "" } else { "still grows" };
            rows.push(vec![
                layout::moment(&point.at),
                line.label.clone(),
                layout::grouped(point.units),
                amount(&found.kpi, Some(point.mean)),
                amount(&found.kpi, point.low),
                amount(&found.kpi, point.high),
                open.to_owned(),
            ]);
        }
    }
    if rows.is_empty() {
        lines.push("Nobody was exposed in this time.".into());
    } else {
        let headings = ["From", "Of", "People", "Mean", "Low", "High", ""];
        lines.extend(layout::table(&headings, &rows));
    }
    for marker in &found.markers {
        lines.push(format!(
            "{}  {} {}: {}",
            layout::moment(&marker.at),
            what(marker),
            marker.kind,
            marker.title
        ));
    }
    lines
}

/// A rollout or a release, as people call it.
fn what(marker: &SeriesMarker) -> String {
    match (marker.rollout, marker.release) {
        (Some(number), _) => format!("R-{number}"),
        (None, Some(number)) => format!("release {number}"),
        (None, None) => String::new(),
    }
}

fn baselines(page: &BaselinePage) -> Vec<String> {
    if page.items.is_empty() {
        return vec![
            "No version went live since baselines are kept, or none with that KPI.".into(),
        ];
    }
    let mut rows = Vec::new();
    for one in &page.items {
        let version = |version: Option<i64>| {
            version.map_or_else(|| "none".to_owned(), |version| format!("v{version}"))
        };
        let head = [
            layout::moment(&one.at),
            one.prompt.clone(),
            format!("{} to {}", version(one.before), version(one.version)),
            one.kind.clone(),
        ];
        if one.baselines.is_empty() {
            let blank = vec![String::new(); 5];
            rows.push(head.iter().cloned().chain(blank).collect());
        }
        for baseline in &one.baselines {
            let number =
                |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
            let numbers = [
                baseline.kpi.clone(),
                format!("{} / {}", baseline.numerator, baseline.denominator),
                number(Some(baseline.mean)),
                number(baseline.low),
                number(baseline.high),
            ];
            rows.push(head.iter().cloned().chain(numbers).collect());
        }
    }
    let headings = [
        "At", "Prompt", "Version", "How", "KPI", "Sum / of", "Mean", "Low", "High",
    ];
    let mut lines = layout::table(&headings, &rows);
    lines.push(String::new());
    lines.push("In the smallest unit of each KPI, over the four weeks before (95 %).".into());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kpi(kind: &str) -> KpiInfo {
        KpiInfo {
            id: "order".into(),
            title: "Orders".into(),
            kind: kind.into(),
            direction: "up".into(),
            unit: if kind == "value" {
                "EUR".into()
            } else {
                String::new()
            },
            decimals: 2,
            window_seconds: 3 * 86_400,
            owner: String::new(),
            segments: Vec::new(),
            made_of: Vec::new(),
        }
    }

    #[test]
    fn amounts_are_said_in_the_kpi_s_own_unit() {
        assert_eq!(amount(&kpi("conversion"), Some(0.1234)), "12.34 %");
        assert_eq!(amount(&kpi("value"), Some(1234.0)), "12.34 EUR");
        assert_eq!(signed(&kpi("conversion"), Some(-0.01)), "-1.00 pp");
        assert_eq!(signed(&kpi("value"), None), "");
        assert_eq!(window(&kpi("value")), "3 d");
    }
}
