//! How good the data is: counts by hour, and what in them needs somebody's attention. Pure.

mod findings;

use std::collections::BTreeMap;

use crate::event::{Event, EventKind};
use crate::id::Time;

pub use findings::{Finding, UPLOAD_SOURCE, Weight, findings, series_words};

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
    /// New events, by kind, KPI and channel.
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

    /// Takes events of the batch that were known out of its series: what is usual is how often
    /// something happens, not how often it is told.
    pub fn take_back<'a>(&mut self, known: impl Iterator<Item = &'a Event>) {
        for event in known {
            let name = series_name(event.kind, &event.kpi, &event.channel);
            self.add(Measure::Series, &name, -1);
        }
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
        let counted = self.0.iter().filter(|(_, count)| **count != 0);
        counted.map(move |((measure, name), count)| Count {
            hour,
            source: source.to_owned(),
            measure: *measure,
            name: name.clone(),
            count: *count,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        counts.take_back(events[..2].iter());
        let rows = counts.rows(10, "shop");
        let series = rows.filter(|row| row.measure == Measure::Series);
        let series: Vec<_> = series.map(|row| (row.name, row.count)).collect();
        assert_eq!(series, [("outcome|order|email".to_owned(), 2)]);
        for n in 0..1_000 {
            counts.add(Measure::UnknownKpi, &format!("k{n}"), 1);
        }
        assert!(counts.rows(10, "shop").count() <= NAMES_PER_HOUR_MAX + 8);
        let unknown = counts
            .rows(10, "shop")
            .filter(|row| row.measure == Measure::UnknownKpi);
        assert_eq!(unknown.map(|row| row.count).sum::<i64>(), 1_000);
    }
}
