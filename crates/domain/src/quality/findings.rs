//! What in the counts needs somebody's attention, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Count, HOUR_US, Measure};
use crate::id::Time;

/// Events that a silence must have been worth for it to be told.
const GAP_EVENTS_MIN: f64 = 20.0;
/// Silence shorter than this is no gap.
const GAP_HOURS_MIN: i64 = 2;
/// Events below which shares say nothing.
const EVENTS_MIN: i64 = 100;
/// Shares above which something is told: duplicates, refusals, late events.
const DUPLICATE_SHARE: f64 = 0.05;
const REFUSED_SHARE: f64 = 0.01;
const LATE_SHARE: f64 = 0.2;
/// Exposures of a channel without any outcome that are told.
const SILENT_EXPOSURES_MIN: i64 = 100;

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Results are wrong or missing.
    Serious,
    /// Somebody should look.
    Look,
}

/// Something in the data that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable code.
    pub code: &'static str,
    /// How much it matters.
    pub weight: Weight,
    /// Whose data, where it is one source's.
    pub source: String,
    /// What is the matter, in a sentence.
    pub sentence: String,
    /// What to do, in a sentence.
    pub advice: &'static str,
}

#[expect(clippy::cast_precision_loss, reason = "counts of events")]
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// The series of a name in words.
pub fn series_words(name: &str) -> String {
    let mut parts = name.split('|');
    let (kind, kpi, channel) = (parts.next(), parts.next(), parts.next());
    let what = match (kind, kpi.unwrap_or_default()) {
        (Some("exposure"), _) => "exposures".to_owned(),
        (_, kpi) => format!("outcomes of `{kpi}`"),
    };
    match channel.unwrap_or_default() {
        "" => what,
        channel => format!("{what} through `{channel}`"),
    }
}

/// What the counts of the hours up to `now` tell; the worst first.
pub fn findings(counts: &[Count], now: Time) -> Vec<Finding> {
    let this_hour = now.0.div_euclid(HOUR_US);
    let mut found = gaps(counts, this_hour);
    let sources: BTreeSet<&str> = counts.iter().map(|count| count.source.as_str()).collect();
    for source in sources {
        found.extend(of_source(counts, source));
    }
    found.extend(unknown_kpis(counts));
    found.extend(silent_channels(counts, this_hour));
    found.sort_by_key(|finding| finding.weight);
    found
}

fn gaps(counts: &[Count], this_hour: i64) -> Vec<Finding> {
    let mut series: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for count in counts
        .iter()
        .filter(|count| count.measure == Measure::Series)
    {
        let known = series
            .entry(&count.name)
            .or_insert((count.hour, count.hour, 0));
        known.0 = known.0.min(count.hour);
        known.1 = known.1.max(count.hour);
        known.2 += count.count;
    }
    let mut found = Vec::new();
    for (name, (first, last, events)) in series {
        let silent = this_hour - last;
        let rate = share(events, last - first + 1);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred hours")]
        let missed = rate * silent as f64;
        // A series must have gone on for longer than it is silent to be missed.
        if silent < GAP_HOURS_MIN || missed < GAP_EVENTS_MIN || last - first < silent {
            continue;
        }
        found.push(Finding {
            code: "gap",
            weight: Weight::Serious,
            source: String::new(),
            sentence: format!(
                "No {} for {silent} hours; about {rate:.0} an hour were usual.",
                series_words(name)
            ),
            advice: "Look whether the sender still runs and its token is still good. What was missed can be uploaded later: it counts by when it happened.",
        });
    }
    found
}

/// The code under which most events of a source are refused.
fn most_refused<'a>(counts: &'a [Count], source: &str) -> &'a str {
    let mut codes: BTreeMap<&str, i64> = BTreeMap::new();
    for count in counts
        .iter()
        .filter(|count| count.source == source && count.measure == Measure::Refused)
    {
        *codes.entry(&count.name).or_default() += count.count;
    }
    let most = codes.into_iter().max_by_key(|(_, count)| *count);
    most.map_or("", |(code, _)| code)
}

fn of_source(counts: &[Count], source: &str) -> Vec<Finding> {
    let of = |measure: Measure| -> i64 {
        let own = counts
            .iter()
            .filter(|count| count.source == source && count.measure == measure);
        own.map(|count| count.count).sum()
    };
    let (accepted, duplicate) = (of(Measure::Accepted), of(Measure::Duplicate));
    let (refused, sent) = (of(Measure::Refused), accepted + duplicate);
    let mut found = Vec::new();
    let mut tell = |code, weight, sentence: String, advice| {
        found.push(Finding {
            code,
            weight,
            source: source.to_owned(),
            sentence,
            advice,
        });
    };
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let duplicates = share(duplicate, sent);
    // What is sent twice on purpose, as uploads are, is no fault.
    if sent >= EVENTS_MIN && duplicates > DUPLICATE_SHARE && source != UPLOAD_SOURCE {
        tell(
            "duplicates",
            Weight::Look,
            format!(
                "{} of the events from `{source}` were sent more than once.",
                percent(duplicates)
            ),
            "They count once, so results are right. Look whether the sender waits long enough for the answer before it tries again.",
        );
    }
    let refusals = share(refused, sent + refused);
    if refused >= 10 && refusals > REFUSED_SHARE {
        let most = most_refused(counts, source);
        tell(
            "refusals",
            Weight::Serious,
            format!(
                "{} of the events from `{source}` are refused, most as `{most}`.",
                percent(refusals)
            ),
            "Refused events are lost to every result. Mend the sender, then send them again.",
        );
    }
    let late = share(of(Measure::Late), sent);
    if sent >= EVENTS_MIN && late > LATE_SHARE && source != UPLOAD_SOURCE {
        tell(
            "late",
            Weight::Look,
            format!(
                "{} of the events from `{source}` arrive more than an hour after they happened.",
                percent(late)
            ),
            "They count by when they happened, but guards see harm only when it arrives. Send sooner, or in smaller batches.",
        );
    }
    let ahead = of(Measure::Ahead);
    if ahead >= 10 && share(ahead, sent) > REFUSED_SHARE {
        tell(
            "clock-ahead",
            Weight::Look,
            format!(
                "{ahead} events from `{source}` happened later than they arrived: its clock runs ahead."
            ),
            "Set the sender's clock by NTP. An outcome stamped before its exposure does not count.",
        );
    }
    found
}

/// The source that stands for all uploads.
pub const UPLOAD_SOURCE: &str = "uploads";

fn unknown_kpis(counts: &[Count]) -> Vec<Finding> {
    let mut names: BTreeMap<&str, i64> = BTreeMap::new();
    for count in counts
        .iter()
        .filter(|count| count.measure == Measure::UnknownKpi)
    {
        *names.entry(&count.name).or_default() += count.count;
    }
    names.retain(|_, count| *count > 0);
    let each = names.into_iter().map(|(name, count)| Finding {
        code: "unknown-kpi",
        weight: Weight::Serious,
        source: String::new(),
        sentence: format!("{count} outcomes of `{name}` were refused: the library defines no such KPI."),
        advice: "Define the KPI in `library.yaml`, or correct its name at the sender, and send the outcomes again.",
    });
    each.collect()
}

fn silent_channels(counts: &[Count], this_hour: i64) -> Vec<Finding> {
    let mut channels: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let lately = counts.iter().filter(|count| count.hour > this_hour - 24);
    for count in lately.filter(|count| count.measure == Measure::Series) {
        let channel = count.name.rsplit('|').next().unwrap_or_default();
        let known = channels.entry(channel).or_default();
        if count.name.starts_with("exposure") {
            known.0 += count.count;
        } else {
            known.1 += count.count;
        }
    }
    // Outcomes that name no channel may belong to any.
    if channels.get("").is_some_and(|(_, outcomes)| *outcomes > 0) {
        return Vec::new();
    }
    let each = channels
        .into_iter()
        .filter(|(_, (exposures, outcomes))| *exposures >= SILENT_EXPOSURES_MIN && *outcomes == 0)
        .map(|(channel, (exposures, _))| Finding {
            code: "no-outcomes",
            weight: Weight::Serious,
            source: String::new(),
            sentence: match channel {
                "" => format!("{exposures} exposures in the last day and not one outcome."),
                channel => format!("{exposures} exposures through `{channel}` in the last day and not one outcome."),
            },
            advice: "Without outcomes nothing is measured and no guard can see harm. Look whether outcomes are sent, and with the same unit ids.",
        });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(hour: i64, measure: Measure, name: &str, count: i64) -> Count {
        Count {
            hour,
            source: "shop".into(),
            measure,
            name: name.into(),
            count,
        }
    }

    fn codes(counts: &[Count], hour: i64) -> Vec<&'static str> {
        findings(counts, Time(hour * HOUR_US))
            .into_iter()
            .map(|one| one.code)
            .collect()
    }

    #[test]
    fn silence_is_told_when_it_is_unusual() {
        let steady: Vec<Count> = (0..48)
            .map(|hour| count(hour, Measure::Series, "outcome|order|", 10))
            .collect();
        assert_eq!(codes(&steady, 48), [] as [&str; 0]);
        assert_eq!(codes(&steady, 49), ["gap"]);
        let rare: Vec<Count> = (0..48)
            .map(|hour| count(hour, Measure::Series, "outcome|order|", 1))
            .collect();
        assert_eq!(
            codes(&rare, 55),
            [] as [&str; 0],
            "eight hours of one an hour are no proof"
        );
        let once = [count(0, Measure::Series, "outcome|order|", 5_000)];
        assert_eq!(
            codes(&once, 40),
            [] as [&str; 0],
            "an upload that came once is not missed"
        );
    }

    #[test]
    fn shares_are_told_above_their_limits() {
        let base = count(5, Measure::Accepted, "", 1_000);
        let rows = [
            (count(5, Measure::Duplicate, "", 200), "duplicates"),
            (count(5, Measure::Refused, "bad-time", 50), "refusals"),
            (count(5, Measure::Late, "", 400), "late"),
            (count(5, Measure::Ahead, "", 40), "clock-ahead"),
            (count(5, Measure::UnknownKpi, "moon", 1), "unknown-kpi"),
            (
                count(5, Measure::Series, "exposure||email", 500),
                "no-outcomes",
            ),
        ];
        for (row, code) in rows {
            assert_eq!(codes(&[base.clone(), row.clone()], 5), [code]);
            let small = Count { count: 0, ..row };
            assert_eq!(codes(&[base.clone(), small], 5), [] as [&str; 0], "{code}");
        }
    }
}
