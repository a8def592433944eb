//! How good the data is, from counts to what is shown.

use std::collections::BTreeMap;

use variorum_api_types::data as wire;
use variorum_app::quality::Quality;
use variorum_domain::id::Time;
use variorum_domain::quality::{Count, HOUR_US, Measure, Weight, series_words};

use crate::time;

fn hour_words(hour: i64) -> String {
    time::format(Time(hour * HOUR_US))
}

/// The report; every hour up to `now` has its row.
pub(crate) fn report(found: Quality, now: Time) -> wire::Quality {
    let findings = found.findings.into_iter().map(|one| wire::QualityFinding {
        code: one.code.to_owned(),
        serious: one.weight == Weight::Serious,
        source: one.source,
        sentence: one.sentence,
        advice: one.advice.to_owned(),
    });
    let last = now.0.div_euclid(HOUR_US);
    wire::Quality {
        since: hour_words(found.since_hour),
        findings: findings.collect(),
        hours: hours(&found.counts, found.since_hour, last),
        sources: sources(&found.counts),
        series: series(&found.counts),
    }
}

fn hours(counts: &[Count], first: i64, last: i64) -> Vec<wire::QualityHour> {
    let mut rows: BTreeMap<i64, wire::QualityHour> = (first..=last)
        .map(|hour| {
            let row = wire::QualityHour {
                hour: hour_words(hour),
                ..wire::QualityHour::default()
            };
            (hour, row)
        })
        .collect();
    for count in counts {
        let Some(row) = rows.get_mut(&count.hour) else {
            continue;
        };
        match count.measure {
            Measure::Accepted => row.accepted += count.count,
            Measure::Duplicate => row.duplicate += count.count,
            Measure::Refused => row.refused += count.count,
            Measure::Series if count.name.starts_with("exposure") => row.exposures += count.count,
            Measure::Series => row.outcomes += count.count,
            _ => {}
        }
    }
    rows.into_values().collect()
}

fn sources(counts: &[Count]) -> Vec<wire::QualitySource> {
    let mut rows: BTreeMap<&str, (wire::QualitySource, i64)> = BTreeMap::new();
    for count in counts {
        let (row, delay_ms) = rows.entry(&count.source).or_default();
        match count.measure {
            Measure::Accepted => row.accepted += count.count,
            Measure::Duplicate => row.duplicate += count.count,
            Measure::Late => row.late += count.count,
            Measure::Ahead => row.ahead += count.count,
            Measure::DelayMs => *delay_ms += count.count,
            Measure::Refused => {
                row.refused += count.count;
                *row.refused_by_code.entry(count.name.clone()).or_default() += count.count;
            }
            Measure::UnknownKpi | Measure::Series => {}
        }
    }
    let each = rows.into_iter().map(|(source, (mut row, delay_ms))| {
        source.clone_into(&mut row.source);
        let sent = row.accepted + row.duplicate;
        #[expect(clippy::cast_precision_loss, reason = "an average")]
        let seconds = delay_ms as f64 / 1_000.0 / sent.max(1) as f64;
        row.delay_seconds = (seconds * 10.0).round() / 10.0;
        row
    });
    each.collect()
}

fn series(counts: &[Count]) -> Vec<wire::QualitySeries> {
    let mut rows: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for count in counts
        .iter()
        .filter(|count| count.measure == Measure::Series)
    {
        let (events, last) = rows.entry(&count.name).or_insert((0, count.hour));
        *events += count.count;
        *last = (*last).max(count.hour);
    }
    let each = rows.into_iter().map(|(name, (events, last))| {
        let mut parts = name.split('|').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        wire::QualitySeries {
            words: series_words(name),
            kind: next(),
            kpi: next(),
            channel: next(),
            events,
            last: hour_words(last),
        }
    });
    each.collect()
}
