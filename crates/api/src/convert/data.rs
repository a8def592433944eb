//! Tables of events and exports, between the wire and the use cases.

use std::collections::BTreeMap;

use variorum_api_types::data as wire;
use variorum_app::exports::{Divisor, ResultRow};
use variorum_app::intake::Uploaded;
use variorum_domain::event::EventKind;
use variorum_domain::intake::{Mapping, Origin, Refusal, Tally, TimeFormat};
use variorum_domain::kpi::defined;
use variorum_domain::library::Kpi;
use variorum_formats::{Cell, Column, ColumnKind};
use variorum_ports::StoredEvent;

use crate::problem::{Failure, sentence};
use crate::time;

fn origin(field: &str, sent: Option<wire::Origin>) -> Result<Option<Origin>, Failure> {
    let Some(sent) = sent else { return Ok(None) };
    match (sent.column, sent.constant) {
        (Some(column), None) => Ok(Some(Origin::Column(column))),
        (None, Some(text)) => Ok(Some(Origin::Constant(text))),
        _ => Err(Failure::invalid(
            &format!("`{field}` of the mapping needs either `column` or `constant`"),
            "Name a column of the table, or a value that holds for every row.",
        )),
    }
}

/// A mapping as it is sent.
pub(crate) fn mapping(sent: wire::Mapping) -> Result<Mapping, Failure> {
    let format = match sent.time_format.as_str() {
        "" => Some(TimeFormat::default()),
        name => TimeFormat::from_name(name),
    };
    let time_format = format.ok_or_else(|| {
        Failure::invalid(
            &format!("`{}` is no way in which times are written", sent.time_format),
            "Use `rfc3339`, `epoch-s`, `epoch-ms`, `epoch-us`, `local`, or a pattern such as `%d.%m.%Y %H:%M`.",
        )
    })?;
    Ok(Mapping {
        id: origin("id", sent.id)?,
        kind: origin("type", sent.kind)?,
        exposure_words: sent.exposure_words,
        time: origin("time", sent.time)?,
        time_format,
        zone: sent.zone,
        unit: origin("unit", sent.unit)?,
        prompt: origin("prompt", sent.prompt)?,
        rollout: origin("rollout", sent.rollout)?,
        arm: origin("arm", sent.arm)?,
        kpi: origin("kpi", sent.kpi)?,
        value: origin("value", sent.value)?,
        currency: origin("currency", sent.currency)?,
        minor_units: sent.minor_units,
        decimal_comma: sent.decimal_comma,
        channel: origin("channel", sent.channel)?,
        attributes: sent.attributes.into_iter().collect(),
        attributes_json: sent.attributes_json,
    })
}

fn origin_out(origin: Option<Origin>) -> Option<wire::Origin> {
    Some(match origin? {
        Origin::Column(column) => wire::Origin {
            column: Some(column),
            constant: None,
        },
        Origin::Constant(text) => wire::Origin {
            column: None,
            constant: Some(text),
        },
    })
}

/// A mapping as it is answered.
pub(crate) fn mapping_out(mapping: Mapping) -> wire::Mapping {
    wire::Mapping {
        id: origin_out(mapping.id),
        kind: origin_out(mapping.kind),
        exposure_words: mapping.exposure_words,
        time: origin_out(mapping.time),
        time_format: mapping.time_format.name().to_owned(),
        zone: mapping.zone,
        unit: origin_out(mapping.unit),
        prompt: origin_out(mapping.prompt),
        rollout: origin_out(mapping.rollout),
        arm: origin_out(mapping.arm),
        kpi: origin_out(mapping.kpi),
        value: origin_out(mapping.value),
        currency: origin_out(mapping.currency),
        minor_units: mapping.minor_units,
        decimal_comma: mapping.decimal_comma,
        channel: origin_out(mapping.channel),
        attributes: mapping.attributes.into_iter().collect(),
        attributes_json: mapping.attributes_json,
    }
}

fn refusal(refusal: Refusal) -> wire::RowRefused {
    wire::RowRefused {
        line: refusal.line,
        column: refusal.fault.column,
        code: refusal.fault.code.to_owned(),
        message: sentence(&refusal.fault.message),
        value: refusal.fault.value,
    }
}

/// An amount of the smallest unit with its decimals.
pub(crate) fn decimal(minor: i128, decimals: u32) -> String {
    let places = usize::try_from(decimals).unwrap_or(0);
    if places == 0 {
        return minor.to_string();
    }
    let sign = if minor < 0 { "-" } else { "" };
    let width = places + 1;
    let digits = format!("{:0width$}", minor.unsigned_abs());
    let (whole, part) = digits.split_at(digits.len() - places);
    format!("{sign}{whole}.{part}")
}

/// What became of a table; format, columns and mapping are added by the caller.
pub(crate) fn upload(done: Uploaded, dry_run: bool) -> wire::Upload {
    let sentences = sentences(&done, dry_run);
    let tally = done.tally;
    let kpis = tally.kpis.iter().map(|(id, kpi)| wire::UploadKpi {
        kpi: id.clone(),
        outcomes: kpi.outcomes,
        sum: decimal(kpi.sum, done.kpis.get(id).map_or(0, |known| known.decimals)),
    });
    let by_code = tally.refused_by_code.iter();
    let rollouts = done.rollouts.iter().map(|one| wire::UploadRollout {
        rollout: one.number.0,
        exposures: one.exposures,
        exists: one.exists,
        open: one.is_open,
    });
    wire::Upload {
        id: done.number.map(|number| format!("U-{number}")),
        dry_run,
        rows: tally.rows,
        accepted: tally.accepted,
        duplicate: tally.duplicate,
        refused: tally.refused,
        refused_by_code: by_code
            .map(|(code, rows)| ((*code).to_owned(), *rows))
            .collect(),
        exposures: tally.exposures,
        outcomes: tally.outcomes,
        units: tally.units(),
        from: tally.from.map(time::format),
        to: tally.to.map(time::format),
        backfilled: tally.backfilled,
        out_of_order: tally.out_of_order,
        kpis: kpis.collect(),
        rollouts: rollouts.collect(),
        measuring: done.measuring.iter().map(|number| number.0).collect(),
        refusals: tally.refusals.into_iter().map(refusal).collect(),
        channels: tally.channels.into_iter().collect(),
        sentences,
        ..wire::Upload::default()
    }
}

fn rows(count: u64) -> String {
    if count == 1 {
        "1 row".to_owned()
    } else {
        format!("{count} rows")
    }
}

/// What is to be said of rows from before.
fn of_times(tally: &Tally) -> Vec<String> {
    let mut said = Vec::new();
    if tally.backfilled > 0 {
        said.push(format!(
            "{} are from before what arrives live may be: they fill the past and are marked as backfill.",
            rows(tally.backfilled)
        ));
    }
    if tally.out_of_order > 0 {
        said.push(format!(
            "{} happened before a row above them. That does no harm: results do not depend on the order.",
            rows(tally.out_of_order)
        ));
    }
    said
}

fn sentences(done: &Uploaded, dry_run: bool) -> Vec<String> {
    let tally = &done.tally;
    let mut said = Vec::new();
    let (new, known, refused) = (
        rows(tally.accepted),
        rows(tally.duplicate),
        rows(tally.refused),
    );
    said.push(if dry_run {
        format!(
            "Of {}, {new} would come in, {known} are known already, {refused} would be refused.",
            rows(tally.rows)
        )
    } else {
        format!(
            "Of {}, {new} came in, {known} were known already, {refused} were refused.",
            rows(tally.rows)
        )
    });
    said.extend(of_times(tally));
    let ended = done
        .rollouts
        .iter()
        .filter(|one| one.exists && !one.is_open);
    let ended: Vec<String> = ended.map(|one| one.number.to_string()).collect();
    if !ended.is_empty() {
        said.push(format!(
            "{} has ended: its result and what its guards decided stay as they are; the events are kept beside it.",
            ended.join(", ")
        ));
    }
    let missing = done.rollouts.iter().filter(|one| !one.exists);
    let missing: Vec<String> = missing.map(|one| one.number.to_string()).collect();
    if !missing.is_empty() {
        said.push(format!(
            "There is no rollout {}: exposures of it count for none.",
            missing.join(", ")
        ));
    }
    let open = done
        .rollouts
        .iter()
        .filter(|one| one.is_open)
        .map(|one| one.number);
    let mut touched: Vec<_> = open.chain(done.measuring.iter().copied()).collect();
    touched.sort_unstable();
    touched.dedup();
    if !touched.is_empty() && tally.accepted > 0 {
        let names: Vec<String> = touched.iter().map(ToString::to_string).collect();
        said.push(format!(
            "The numbers of {} {}, and their guards look at them.",
            names.join(", "),
            if dry_run {
                "would take them in"
            } else {
                "take them in"
            }
        ));
    }
    if !dry_run && tally.accepted > 0 {
        said.push(
            "Stored events are not taken back one by one: each bears the upload's number, and the same file sent again counts once."
                .to_owned(),
        );
    }
    said
}

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind }
}

/// The columns of exported events.
pub(crate) const EVENT_COLUMNS: &[Column] = &[
    column("seq", ColumnKind::Int),
    column("id", ColumnKind::Text),
    column("type", ColumnKind::Text),
    column("time", ColumnKind::Time),
    column("received", ColumnKind::Time),
    column("unit", ColumnKind::Text),
    column("prompt", ColumnKind::Text),
    column("rollout", ColumnKind::Int),
    column("arm", ColumnKind::Int),
    column("kpi", ColumnKind::Text),
    column("value", ColumnKind::Float),
    column("value_minor", ColumnKind::Int),
    column("channel", ColumnKind::Text),
    column("attributes", ColumnKind::Text),
];

fn text(text: String) -> Cell {
    if text.is_empty() {
        Cell::Nothing
    } else {
        Cell::Text(text)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the exact amount stands beside it"
)]
fn amount(minor: i128, decimals: u32) -> Cell {
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    Cell::Decimal(decimal(minor, decimals), minor as f64 / scale)
}

/// An event as a row.
pub(crate) fn event_row(stored: StoredEvent, kpis: &BTreeMap<String, Kpi>) -> Vec<Cell> {
    let event = stored.event;
    let decimals = defined(kpis, &event.kpi).map_or(0, |known| known.decimals);
    let is_outcome = event.kind == EventKind::Outcome;
    let (value, minor) = if is_outcome {
        (
            amount(i128::from(event.value), decimals),
            Cell::Int(event.value),
        )
    } else {
        (Cell::Nothing, Cell::Nothing)
    };
    let kind = if is_outcome { "outcome" } else { "exposure" };
    vec![
        Cell::Int(stored.seq),
        Cell::Text(event.id),
        Cell::Text(kind.to_owned()),
        Cell::Time(event.time.0),
        Cell::Time(stored.received.0),
        Cell::Text(event.unit),
        text(event.prompt),
        event
            .rollout
            .map_or(Cell::Nothing, |number| Cell::Int(number.0)),
        event.arm.map_or(Cell::Nothing, |arm| Cell::Int(arm.into())),
        text(event.kpi),
        value,
        minor,
        text(event.channel),
        text(event.attributes),
    ]
}

/// The columns of exported results.
pub(crate) const RESULT_COLUMNS: &[Column] = &[
    column("rollout", ColumnKind::Int),
    column("state", ColumnKind::Text),
    column("environment", ColumnKind::Text),
    column("prompt", ColumnKind::Text),
    column("begun", ColumnKind::Time),
    column("cohort", ColumnKind::Text),
    column("arm", ColumnKind::Int),
    column("release", ColumnKind::Int),
    column("kpi", ColumnKind::Text),
    column("kpi_kind", ColumnKind::Text),
    column("units", ColumnKind::Int),
    column("sum", ColumnKind::Float),
    column("sum_minor", ColumnKind::Text),
    column("sum_of_squares_minor", ColumnKind::Text),
    column("divisor", ColumnKind::Text),
    column("divisor_sum_minor", ColumnKind::Text),
    column("divisor_sum_of_squares_minor", ColumnKind::Text),
    column("sum_of_products_minor", ColumnKind::Text),
    column("mean", ColumnKind::Float),
    column("difference", ColumnKind::Float),
    column("low", ColumnKind::Float),
    column("high", ColumnKind::Float),
    column("split_alarm", ColumnKind::Int),
];

fn scale(row: &ResultRow) -> f64 {
    10_f64.powi(i32::try_from(row.decimals).unwrap_or(0))
}

/// A result as a row.
pub(crate) fn result_row(row: ResultRow) -> Vec<Cell> {
    let scale = scale(&row);
    let part =
        |number: Option<f64>| number.map_or(Cell::Nothing, |number| Cell::Float(number / scale));
    let minor: i128 = row.sum.parse().unwrap_or(0);
    let divisor = row.divisor;
    let of_divisor = |part: fn(&Divisor) -> &String| {
        divisor
            .as_ref()
            .map_or(Cell::Nothing, |divisor| Cell::Text(part(divisor).clone()))
    };
    vec![
        Cell::Int(row.rollout.0),
        Cell::Text(row.state.to_owned()),
        Cell::Text(row.environment),
        text(row.prompt),
        Cell::Time(row.begun.0),
        text(row.cohort),
        Cell::Int(row.arm.into()),
        Cell::Int(row.release.0),
        Cell::Text(row.kpi),
        Cell::Text(row.kpi_kind.to_owned()),
        Cell::Int(i64::try_from(row.units).unwrap_or(i64::MAX)),
        amount(minor, row.decimals),
        Cell::Text(row.sum),
        Cell::Text(row.sum_of_squares),
        of_divisor(|divisor| &divisor.kpi),
        of_divisor(|divisor| &divisor.sum),
        of_divisor(|divisor| &divisor.sum_of_squares),
        of_divisor(|divisor| &divisor.sum_of_products),
        Cell::Float(row.mean / scale),
        part(row.difference.map(|one| one.0)),
        part(row.difference.map(|one| one.1)),
        part(row.difference.map(|one| one.2)),
        Cell::Int(row.split_alarm.into()),
    ]
}

/// A result as JSON.
pub(crate) fn result(row: ResultRow) -> wire::ResultRow {
    let scale = scale(&row);
    let part = |number: Option<f64>| number.map(|number| number / scale);
    wire::ResultRow {
        rollout: row.rollout.0,
        state: row.state.to_owned(),
        environment: row.environment,
        prompt: row.prompt,
        begun: time::format(row.begun),
        cohort: row.cohort,
        arm: row.arm,
        release: row.release.0,
        kpi: row.kpi,
        kpi_kind: row.kpi_kind.to_owned(),
        units: row.units,
        sum: decimal(row.sum.parse().unwrap_or(0), row.decimals),
        divisor_sum_minor: row.divisor.as_ref().map(|divisor| divisor.sum.clone()),
        divisor: row.divisor.map_or_else(String::new, |divisor| divisor.kpi),
        mean: row.mean / scale,
        difference: part(row.difference.map(|one| one.0)),
        low: part(row.difference.map(|one| one.1)),
        high: part(row.difference.map(|one| one.2)),
        split_alarm: row.split_alarm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_decimals() {
        let rows = [
            (1_234, 2, "12.34"),
            (-5, 2, "-0.05"),
            (7, 0, "7"),
            (0, 3, "0.000"),
            (100, 2, "1.00"),
        ];
        for (minor, decimals, expected) in rows {
            assert_eq!(decimal(minor, decimals), expected);
        }
    }
}
