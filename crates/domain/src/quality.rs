//! How good the data is: counts by hour, and what in them needs somebody's attention. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Event, EventKind};
use crate::id::Time;

/// Microseconds of an hour.
pub const HOUR_US: i64 = 3_600_000_000;
/// Hours that are looked back upon at most.
pub const QUALITY_HOURS_MAX: i64 = 24 * 31;
/// Different series, codes or KPI names counted of one source in one hour; what is beyond is `…`.
pub const NAMES_PER_HOUR_MAX: usize = 200;
/// An event that is reported later than this after it happened is late.
const LATE_US: i64 = HOUR_US;
/// An event from further in the future than this was stamped by a clock that runs ahead.
const AHEAD_US: i64 = 2_000_000;
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

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// New events.
    Accepted,
    /// Events whose id was known.
    Duplicate,
    /// Refused events, by code.
    Refused,
    /// Outcomes of a KPI that the library does not define, by its name.
    UnknownKpi,
    /// Events sent, by kind, KPI and channel.
    Series,
    /// Thousandths of a second between happening and arriving, summed.
    DelayMs,
    /// Events that arrived more than an hour after they happened.
    Late,
    /// Events from the future.
    Ahead,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Duplicate,
        Self::Refused,
        Self::UnknownKpi,
        Self::Series,
        Self::DelayMs,
        Self::Late,
        Self::Ahead,
    ];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::UnknownKpi => "unknown-kpi",
            Self::Series => "series",
            Self::DelayMs => "delay-ms",
            Self::Late => "late",
            Self::Ahead => "ahead",
        }
    }

    /// The measure of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// One count of one hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// Hours since 1970.
    pub hour: i64,
    /// Who sent it.
    pub source: String,
    /// What is counted.
    pub measure: Measure,
    /// Which of it; empty where there is only one.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// The counts of one source in one hour, as they grow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Measure, String), i64>);

/// Which events belong together: kind, KPI, channel.
pub fn series_name(kind: EventKind, kpi: &str, channel: &str) -> String {
    match kind {
        EventKind::Exposure => format!("exposure||{channel}"),
        EventKind::Outcome => format!("outcome|{kpi}|{channel}"),
    }
}

/// Places at which the series of a batch are found again.
const SERIES_PLACES: usize = 512;

/// Mixed into hashes: an odd number with bits all over, from the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The place of an event's series.
fn place_of(event: &Event) -> usize {
    let kind = u64::from(event.kind == EventKind::Outcome) + 1;
    let hash = (word(event.kpi.as_bytes()) ^ kind).wrapping_mul(FACTOR);
    let hash = (hash.rotate_left(23) ^ word(event.channel.as_bytes())).wrapping_mul(FACTOR);
    // The upper bits are the mixed ones.
    usize::try_from(hash >> 32).unwrap_or(0) % SERIES_PLACES
}

/// A text in one word; short ones, as names are, without a loop. Texts that share a word are told apart
/// where it matters.
fn word(text: &[u8]) -> u64 {
    let wide = |part: &[u8; 8]| u64::from_le_bytes(*part);
    let narrow = |part: &[u8; 4]| u64::from(u32::from_le_bytes(*part));
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) if text.len() <= 16 => wide(first) ^ wide(last).rotate_left(29),
        (Some(_), Some(last)) => {
            let (parts, _) = text.as_chunks();
            parts.iter().fold(wide(last), |word, part| {
                (word.rotate_left(29) ^ wide(part)).wrapping_mul(FACTOR)
            })
        }
        _ => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => narrow(first) | (narrow(last) << 32),
            _ => text
                .iter()
                .fold(0, |word, byte| (word << 8) | u64::from(*byte)),
        },
    }
}

impl Counts {
    /// Counts a batch that was sent: once per batch and series, not once per event.
    pub fn batch<'a>(&mut self, events: impl Iterator<Item = &'a Event>, received: Time) {
        let mut series: Vec<(&Event, i64)> = Vec::new();
        let mut places = [usize::MAX; SERIES_PLACES];
        let (mut delay_ms, mut late, mut ahead) = (0_i64, 0, 0);
        for event in events {
            let lag = received.0.saturating_sub(event.time.0);
            delay_ms = delay_ms.saturating_add(lag.max(0) / 1_000);
            late += i64::from(lag > LATE_US);
            ahead += i64::from(lag < -AHEAD_US);
            let same = |known: &Event| {
                known.kind == event.kind && known.kpi == event.kpi && known.channel == event.channel
            };
            // Where the same series stood before; what shares the place is looked for one by one.
            let place = &mut places[place_of(event)];
            if let Some((known, count)) = series.get_mut(*place)
                && same(known)
            {
                *count += 1;
                continue;
            }
            *place = series
                .iter()
                .position(|(known, _)| same(known))
                .unwrap_or(series.len());
            match series.get_mut(*place) {
                Some((_, count)) => *count += 1,
                None => series.push((event, 1)),
            }
        }
        for (event, count) in series {
            let name = series_name(event.kind, &event.kpi, &event.channel);
            self.add(Measure::Series, &name, count);
        }
        self.add(Measure::DelayMs, "", delay_ms);
        self.add(Measure::Late, "", late);
        self.add(Measure::Ahead, "", ahead);
    }

    /// Adds to one count.
    pub fn add(&mut self, measure: Measure, name: &str, count: i64) {
        if count == 0 {
            return;
        }
        let key = (measure, name.to_owned());
        let key = if self.0.len() < NAMES_PER_HOUR_MAX || self.0.contains_key(&key) {
            key
        } else {
            (measure, "…".to_owned())
        };
        let known = self.0.entry(key).or_default();
        *known = known.saturating_add(count);
    }

    /// Adds all counts of another.
    pub fn merge(&mut self, other: &Self) {
        for ((measure, name), count) in &other.0 {
            self.add(*measure, name, *count);
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The counts with their hour and source.
    pub fn rows<'a>(&'a self, hour: i64, source: &'a str) -> impl Iterator<Item = Count> + 'a {
        self.0.iter().map(move |((measure, name), count)| Count {
            hour,
            source: source.to_owned(),
            measure: *measure,
            name: name.clone(),
            count: *count,
        })
    }
}

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
    use proptest::prelude::*;

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

    fn event(kind: EventKind, kpi: &str, time: i64) -> Event {
        Event {
            id: "x".into(),
            kind,
            time: Time(time),
            unit: "u".into(),
            prompt: String::new(),
            rollout: None,
            arm: None,
            kpi: kpi.into(),
            value: 0,
            channel: "email".into(),
            attributes: String::new(),
        }
    }

    proptest! {
        /// However many series share a place, each is counted by itself.
        #[test]
        fn series_are_counted_as_one_by_one(said in proptest::collection::vec((any::<bool>(), 0_u8..12, 0_u8..8), 0..300)) {
            let events: Vec<Event> = said.iter().map(|(happened, kpi, channel)| {
                let kind = if *happened { EventKind::Outcome } else { EventKind::Exposure };
                let kpi = if *happened { format!("kpi-{kpi}") } else { String::new() };
                Event { channel: format!("channel-{channel}"), ..event(kind, &kpi, 0) }
            }).collect();
            let mut expected: BTreeMap<String, i64> = BTreeMap::new();
            for event in &events {
                *expected.entry(series_name(event.kind, &event.kpi, &event.channel)).or_default() += 1;
            }
            let mut counts = Counts::default();
            counts.batch(events.iter(), Time(0));
            let found: BTreeMap<String, i64> = counts
                .rows(0, "shop")
                .filter(|row| row.measure == Measure::Series)
                .map(|row| (row.name, row.count))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_batch_is_counted_by_series() {
        let now = Time(10 * HOUR_US);
        let events = [
            event(EventKind::Exposure, "", now.0 - 3_000),
            event(EventKind::Outcome, "order", now.0 - 2 * HOUR_US),
            event(EventKind::Outcome, "order", now.0 + 3_000_000),
        ];
        let mut counts = Counts::default();
        counts.batch(events.iter(), now);
        counts.batch(events[1..2].iter(), now);
        let rows: Vec<String> = counts
            .rows(10, "shop")
            .map(|row| format!("{} {} {}", row.measure.name(), row.name, row.count))
            .collect();
        assert_eq!(
            rows,
            [
                "series exposure||email 1",
                "series outcome|order|email 3",
                "delay-ms  14400003",
                "late  2",
                "ahead  1"
            ]
        );
        for n in 0..1_000 {
            counts.add(Measure::UnknownKpi, &format!("k{n}"), 1);
        }
        assert!(counts.rows(10, "shop").count() <= NAMES_PER_HOUR_MAX + 8);
        let unknown = counts
            .rows(10, "shop")
            .filter(|row| row.measure == Measure::UnknownKpi);
        assert_eq!(unknown.map(|row| row.count).sum::<i64>(), 1_000);
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
