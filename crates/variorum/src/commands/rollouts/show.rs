//! One rollout as text: verdict, KPIs, guards, split, and what happened.

use std::process::ExitCode;

use variorum_api_types::rollouts::{
    Interval, KpiResult, RolloutDetail, TreatmentResult, TreatmentVerdict, WatchedGuard,
};

use super::decide;
use super::list::subject;
use super::switchback;
use crate::commands::console::Console;
use crate::commands::{activity, layout};
use crate::error::CliError;

/// `variorum rollouts show`
pub(super) fn run(number: i64, console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.get(&["rollouts", &number.to_string()])?;
    console.show(&answer, text)
}

fn text(detail: &RolloutDetail) -> Vec<String> {
    let rollout = &detail.rollout;
    let mut lines = vec![
        layout::cut(
            &format!("R-{}  {}", rollout.number, rollout.title),
            layout::WIDTH,
        ),
        String::new(),
    ];
    lines.extend(layout::wrap(&rollout.sentence, layout::WIDTH));
    if let Some(held) = &rollout.held {
        lines.extend(layout::wrap(held, layout::WIDTH));
    }
    if let Some(verdict) = &detail.verdict {
        let sentence = format!("Verdict: {}", verdict.sentence);
        lines.extend(layout::wrap(&sentence, layout::WIDTH));
        lines.extend(verdict.treatments.iter().flat_map(rests_on));
    }
    for one in &detail.decided {
        lines.extend(layout::wrap(&decide::decided(one), layout::WIDTH));
    }
    if let Some(asked) = &rollout.decision {
        lines.push(String::new());
        lines.extend(decide::waiting(rollout.number, asked));
    }
    lines.push(String::new());
    lines.extend(about(detail));
    if !detail.kpis.is_empty() {
        lines.push(String::new());
        lines.extend(kpis(detail));
    }
    lines.extend(guards(detail));
    lines.push(String::new());
    match &detail.switchback {
        Some(windows) => lines.extend(switchback::lines(windows)),
        None => lines.extend(split(detail)),
    }
    if !detail.entries.is_empty() {
        lines.extend([String::new(), "What happened".to_owned()]);
        lines.extend(activity::text(&detail.entries));
    }
    lines
}

/// What the verdict rests on, of one new version.
fn rests_on(found: &TreatmentVerdict) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(lift) = &found.lift {
        let text = format!(
            "{}: {} ({} to {}), {}",
            found.name,
            percent(lift.estimate),
            percent(lift.low),
            percent(lift.high),
            found.absolute_words
        );
        lines.extend(layout::indented(&text, 2));
    }
    if let Some(words) = &found.variance_words {
        lines.extend(layout::indented(words, 2));
    }
    for one in &found.safety {
        lines.extend(layout::indented(&one.words, 2));
    }
    lines
}

/// A relative change: `+8.0 %`.
fn percent(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1} %", (share * 100.0).abs())
}

fn about(detail: &RolloutDetail) -> Vec<String> {
    let rollout = &detail.rollout;
    let stages: Vec<String> = rollout
        .stages
        .iter()
        .map(|stage| layout::share(*stage))
        .collect();
    let stage = format!(
        "{} of {} ({}); {} take part",
        rollout.stage + 1,
        rollout.stages.len(),
        stages.join(", "),
        layout::share(rollout.coverage)
    );
    let ending = rollout.ending.as_ref().map(|ending| {
        let by = if ending.by_guard {
            "a guard"
        } else {
            &ending.by
        };
        let reason = if ending.reason.is_empty() {
            String::new()
        } else {
            format!(": {}", ending.reason)
        };
        format!("{} by {by}{reason}", layout::moment(&ending.at))
    });
    let releases = format!(
        "{} → {} in {}",
        rollout.control, rollout.treatment, rollout.environment
    );
    layout::labelled(&[
        ("State", rollout.state.clone()),
        ("About", subject(rollout)),
        ("Releases", releases),
        ("Stage", stage),
        (
            "Started",
            format!(
                "{} by {}",
                layout::moment(&rollout.started_at),
                rollout.started_by
            ),
        ),
        ("Ended", ending.unwrap_or_default()),
        ("Hypothesis", detail.hypothesis.clone()),
    ])
}

fn kpis(detail: &RolloutDetail) -> Vec<String> {
    let are_several = detail.rollout.arms.len() > 2;
    let row = |kpi: &KpiResult, arm: &TreatmentResult| {
        let goal = if kpi.goal { " (goal)" } else { "" };
        let name = if are_several {
            format!(", {}", arm.name)
        } else {
            String::new()
        };
        vec![
            format!("{}{goal}{name}", kpi.title),
            mean(kpi, kpi.control.mean),
            mean(kpi, arm.sums.mean),
            difference(kpi, arm.difference.as_ref()),
            arm.state.clone(),
        ]
    };
    let rows = detail.kpis.iter().flat_map(|kpi| {
        let arms = kpi.treatments.iter();
        arms.map(|arm| row(kpi, arm)).collect::<Vec<_>>()
    });
    let rows: Vec<_> = rows.collect();
    let headings = [
        "KPI",
        "Old",
        "New",
        "Difference (always-valid 95 %)",
        "Reading",
    ];
    let mut lines = layout::table(&headings, &rows);
    lines.push(String::new());
    lines.extend(
        detail
            .kpis
            .iter()
            .flat_map(|kpi| &kpi.treatments)
            .flat_map(|arm| layout::wrap(&arm.sentence, layout::WIDTH)),
    );
    lines
}

/// Guards with how near they are to deciding.
fn guards(detail: &RolloutDetail) -> Vec<String> {
    let are_several = detail.rollout.arms.len() > 2;
    let row = |guard: &WatchedGuard| {
        let state = if guard.fired { "decided" } else { "watches" };
        let mut name = guard.title.clone();
        if let Some(cohort) = &guard.cohort {
            name = format!("{name} ({cohort})");
        }
        if are_several {
            name = format!("{name}, {}", guard.name);
        }
        vec![
            name,
            guard.against.clone(),
            guard.action.clone(),
            evidence(guard.log_e, detail.threshold),
            state.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = detail.guards.iter().map(row).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new()];
    lines.extend(layout::table(
        &["Guard", "Against", "Then", "Evidence", "State"],
        &rows,
    ));
    let all = evidence(detail.log_e, detail.threshold);
    lines.push(format!(
        "All guards together have {all} of the evidence at which they decide."
    ));
    for fired in detail.fired.iter().chain(&detail.fired_later) {
        lines.extend(layout::wrap(&fired.sentence, layout::WIDTH));
    }
    lines
}

/// How much of the evidence is there at which a guard decides, on the scale of its logarithm.
pub(super) fn evidence(log_e: f64, threshold: f64) -> String {
    let share = if threshold > 0.0 {
        (log_e / threshold).clamp(0.0, 1.0)
    } else {
        0.0
    };
    format!("{:.0} %", share * 100.0)
}

fn split(detail: &RolloutDetail) -> Vec<String> {
    let people = |exposed: &[u64]| {
        let parts = exposed
            .iter()
            .zip(std::iter::once("old").chain(std::iter::repeat("new")));
        let parts: Vec<String> = parts
            .map(|(units, which)| format!("{} {which}", layout::grouped(*units)))
            .collect();
        parts.join(", ")
    };
    let planned: Vec<String> = detail
        .split
        .planned
        .iter()
        .map(|share| layout::share(*share))
        .collect();
    let fit = if detail.split.alarm {
        "does not fit the plan; do not trust the results"
    } else {
        "fits the plan"
    };
    let fit = format!(
        "planned {}; {fit} (p = {:.3})",
        planned.join(" to "),
        detail.split.p
    );
    let both = match detail.both_arms {
        0 => String::new(),
        units => format!(
            "{} met more than one; they count for the first",
            layout::grouped(units)
        ),
    };
    layout::labelled(&[
        ("People", people(&detail.split.exposed)),
        ("Split", fit),
        ("Several arms", both),
    ])
}

/// A mean per person: `8.10 %`, `EUR 2.31` or `0.42`.
fn mean(kpi: &KpiResult, value: f64) -> String {
    match (kpi.kind.as_str(), kpi.unit.as_str()) {
        ("conversion", _) => format!("{:.2} %", value * 100.0),
        ("value", unit) if !unit.is_empty() => format!("{unit} {:.2}", in_unit(kpi, value)),
        _ => format!("{:.2}", in_unit(kpi, value)),
    }
}

/// The difference with its interval, in percentage points or the KPI's unit.
fn difference(kpi: &KpiResult, interval: Option<&Interval>) -> String {
    let Some(interval) = interval else {
        return "not enough seen".to_owned();
    };
    let (factor, unit) = match kpi.kind.as_str() {
        "conversion" => (100.0, " points"),
        _ => (in_unit(kpi, 1.0), ""),
    };
    let number = |value: f64| format!("{:+.2}", value * factor);
    let (estimate, low, high) = (interval.estimate, interval.low, interval.high);
    format!(
        "{}{unit} ({} to {})",
        number(estimate),
        number(low),
        number(high)
    )
}

fn in_unit(kpi: &KpiResult, value: f64) -> f64 {
    value / 10_f64.powi(i32::try_from(kpi.decimals).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::rollouts::samples;

    #[test]
    fn a_rollout_is_told_from_the_verdict_to_the_details() {
        let expected = [
            "R-4  Shorter subject",
            "",
            "First orders fall.",
            "",
            "State       running",
            "About       email/welcome 4 → 5",
            "Releases    11 → 12 in production",
            "Stage       1 of 2 (10 %, 100 %); 10 % take part",
            "Started     2026-11-20 10:00 by Ann Lee",
            "Hypothesis  Fewer words, more orders.",
            "",
            "KPI                 Old       New       Difference (always-valid 95 %)  Reading",
            "First order (goal)  8.10 %    7.20 %    -0.90 points (-1.60 to -0.30)   harm",
            "Revenue             EUR 2.31  EUR 2.44  not enough seen                 collecting",
            "",
            "Version 5 brings 0.9 points fewer first orders.",
            "Collecting.",
            "",
            "Guard        Against                  Then       Evidence  State",
            "First order  a fall by more than 5 %  roll-back      50 %  watches",
            "All guards together have 50 % of the evidence at which they decide.",
            "",
            "People  4,060 old, 4,060 new",
            "Split   planned 50 % to 50 %; fits the plan (p = 0.810)",
            "",
            "What happened",
            "2026-11-20 10:00  Ann Lee started R-4",
        ];
        assert_eq!(text(&samples::detail()), expected);
    }

    #[test]
    fn what_the_verdict_rests_on_is_told_line_by_line() {
        let found: TreatmentVerdict = serde_json::from_value(serde_json::json!({
            "arm": 1, "name": "Version 5", "claim": "better", "p": 0.001,
            "lift": {"estimate": 0.1, "low": 0.04, "high": 0.165}, "chance_to_win": 0.99,
            "absolute_words": "+1.0 points (between +0.4 and +1.6)",
            "variance_words": "Variance reduced by 31 % with what people did in the 14 days before.",
            "safety": [{
                "kpi": "complaint", "title": "Complaints", "cohort": "channel=email", "margin": 0.003,
                "within": "level", "loss_at_most": 0.002, "shown": true,
                "words": "Complaints (channel email): at most 0.2 %; 0.3 % allowed by its guard.",
            }],
        }))
        .unwrap();
        let expected = [
            "  Version 5: +10.0 % (+4.0 % to +16.5 %), +1.0 points (between +0.4 and +1.6)",
            "  Variance reduced by 31 % with what people did in the 14 days before.",
            "  Complaints (channel email): at most 0.2 %; 0.3 % allowed by its guard.",
        ];
        assert_eq!(rests_on(&found), expected);
    }

    #[test]
    fn evidence_is_a_share_of_the_threshold() {
        let rows = [(0.0, "0 %"), (-3.0, "0 %"), (2.3, "50 %"), (9.0, "100 %")];
        for (log_e, text) in rows {
            assert_eq!(evidence(log_e, 4.6), text);
        }
        assert_eq!(evidence(1.0, 0.0), "0 %");
    }
}
