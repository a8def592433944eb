//! KPIs that got worse.

use variorum_api_types::regressions as wire;
use variorum_app::watch::{Looked, ShownRegression};
use variorum_domain::calendar::{self, DAY_SECONDS};
use variorum_domain::id::Time;
use variorum_domain::library::{Kpi, KpiKind};
use variorum_domain::watch::{Day, HappenedKind, Hour, Measured, Subject, Suspect, hour_begins};

use super::library::{direction, kpi_kind};
use crate::time;

/// Touched prompts told of one suspect.
const TOUCHED_MAX: usize = 20;

pub(crate) fn looked(one: &Looked) -> wire::WatchLook {
    wire::WatchLook {
        at: time::format(one.at),
        watched: one.watched,
        by_hour: one.by_hour,
        too_short: one.too_short,
        too_thin: one.too_thin,
        yearly: one.yearly,
        limit: one.limit,
    }
}

fn day(number: i64) -> String {
    calendar::day(Time::from_seconds(number * DAY_SECONDS))
}

pub(crate) fn regression(shown: ShownRegression) -> wire::Regression {
    let row = shown.regression;
    let found = row.found.found();
    let (about, subject) = match &row.subject {
        Subject::Everything => ("everything", String::new()),
        Subject::Prompt(id) => ("prompt", id.clone()),
        Subject::Channel(id) => ("channel", id.clone()),
    };
    let kpi = shown.kpi.as_ref();
    let span = row.found.hours;
    wire::Regression {
        number: row.number,
        about: about.to_owned(),
        kpi_title: kpi.map_or_else(|| row.kpi.clone(), |kpi| kpi.title.clone()),
        kind: kpi.map_or("count", |kpi| kpi_kind(kpi.kind)).to_owned(),
        direction: kpi.map_or("up", |kpi| direction(kpi.direction)).to_owned(),
        unit: kpi.map_or_else(String::new, |kpi| kpi.unit.clone()),
        decimals: kpi.map_or(0, |kpi| kpi.decimals),
        state: row.state.name().to_owned(),
        sentence: sentence(&row.subject, &row.kpi, kpi, &row.found),
        before_it: shown.told,
        drifts: row.found.drifts,
        day: day(row.found.day),
        earliest: day(row.found.between.0),
        latest: day(row.found.between.1),
        grain: if span.is_some() { "hour" } else { "day" }.to_owned(),
        hour: span.map(|span| hour(span.first)),
        earliest_hour: span.map(|span| hour(span.between.0)),
        latest_hour: span.map(|span| hour(span.between.1)),
        before: row.found.before,
        after: row.found.after,
        relative: found.relative(),
        days: row.found.days,
        units: row.found.units,
        missing_a_day: found.missing_a_day(),
        missing: row.found.missing,
        per_exposure: row.found.per_exposure,
        money_a_day: row.stake.money_a_day,
        money_unit: row.stake.unit,
        money_decimals: row.stake.decimals,
        money_basis: row.stake.basis,
        score: row.found.score,
        limit: row.found.limit,
        yearly: row.found.yearly,
        suspects: row.suspects.into_iter().map(suspect).collect(),
        series: shown.series.days.iter().map(series_day).collect(),
        hours: shown.hours.into_iter().map(series_hour).collect(),
        found_at: time::format(row.found_at),
        settled_by: row.settled.as_ref().map(|one| one.by_name.clone()),
        settled_at: row.settled.as_ref().map(|one| time::format(one.at)),
        settled_reason: row.settled.map(|one| one.reason),
        resolved_at: row.resolved_at.map(time::format),
        kpi: row.kpi,
        subject,
    }
}

fn series_day(one: &Day) -> wire::SeriesDay {
    #[expect(clippy::cast_precision_loss, reason = "sums of a day lie below 2^53")]
    let value = (one.units > 0).then(|| one.total as f64 / one.units as f64);
    wire::SeriesDay {
        day: day(one.day),
        units: one.units,
        outcomes: one.outcomes,
        value,
    }
}

fn hour(number: i64) -> String {
    time::format(Time::from_seconds(hour_begins(number)))
}

fn series_hour((one, usual): (Hour, Option<f64>)) -> wire::SeriesHour {
    #[expect(clippy::cast_precision_loss, reason = "sums of an hour lie below 2^53")]
    let value = (one.units > 0).then(|| one.total as f64 / one.units as f64);
    wire::SeriesHour {
        at: hour(one.hour),
        units: one.units,
        outcomes: one.outcomes,
        value,
        usual,
    }
}

fn suspect(one: Suspect) -> wire::Suspect {
    let kind = match one.happened.kind {
        HappenedKind::WentLive => "went-live",
        HappenedKind::RolledBack => "rolled-back",
        HappenedKind::RolloutStarted => "rollout-started",
        HappenedKind::RolloutFinished => "rollout-finished",
        HappenedKind::Saved => "saved",
    };
    let touched = one.happened.touched.into_iter().take(TOUCHED_MAX);
    wire::Suspect {
        kind: kind.to_owned(),
        at: time::format(one.happened.at),
        by: one.happened.by,
        title: one.happened.title,
        target: one.happened.target,
        touched: touched
            .map(|touched| wire::TouchedPrompt {
                prompt: touched.prompt,
                from: touched.from,
                to: touched.to,
            })
            .collect(),
        days_before: one.days_before,
        reaches: one.reaches,
        score: one.score,
    }
}

/// "First orders of `email/welcome` fell from 4.1 % to 3.2 % on 2026-11-12, or a few days around it."
fn sentence(subject: &Subject, id: &str, kpi: Option<&Kpi>, found: &Measured) -> String {
    let title = kpi.map_or(id, |kpi| kpi.title.as_str());
    let about = match subject {
        Subject::Everything => "everywhere".to_owned(),
        Subject::Prompt(prompt) => format!("of `{prompt}`"),
        Subject::Channel(channel) => format!("through {channel}"),
    };
    let verb = match (found.after < found.before, found.drifts) {
        (true, false) => "fell",
        (true, true) => "slid",
        (false, false) => "rose",
        (false, true) => "crept up",
    };
    let (from, to) = (shown(kpi, found.before), shown(kpi, found.after));
    let (earliest, latest) = (day(found.between.0), day(found.between.1));
    let when = if let Some(span) = found.hours {
        let begins = Time::from_seconds(hour_begins(span.first));
        format!(
            "on {} about {:02}:00 UTC",
            calendar::day(begins),
            span.first.rem_euclid(24)
        )
    } else if earliest == latest {
        format!("on {}", day(found.day))
    } else {
        format!("about {} (between {earliest} and {latest})", day(found.day))
    };
    format!("{title} {about} {verb} from {from} to {to} {when}.")
}

/// A mean in the KPI's own unit.
fn shown(kpi: Option<&Kpi>, mean: f64) -> String {
    let Some(kpi) = kpi else {
        return format!("{mean:.2}");
    };
    if kpi.kind == KpiKind::Conversion {
        return format!("{:.1} %", 100.0 * mean);
    }
    let (unit, decimals) = variorum_app::watch::shown_unit(kpi);
    let scaled = mean / 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    format!("{scaled:.2} {unit}").trim_end().to_owned()
}
