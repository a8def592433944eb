//! Events folded into sums per day, as they arrive, without remembering any unit.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hours::{HOURS_LOOKED_AT, Hour, HourSeries};
use super::lag::{Lags, hour_number};
use super::series::{Day, DaySeries};
use crate::calendar::DAY_SECONDS;
use crate::event::{Event, EventKind};
use crate::id::Time;
use crate::library::{Kpi, KpiKind};
use crate::limits::WATCHED_SUBJECTS_MAX;

/// What a series is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "about", content = "id")]
pub enum Subject {
    /// Everything in the workspace.
    Everything,
    /// One prompt.
    Prompt(String),
    /// One channel.
    Channel(String),
}

impl Subject {
    /// As it is kept and named in addresses: `everything`, `prompt:email/welcome`, `channel:email`.
    pub fn key(&self) -> String {
        match self {
            Self::Everything => "everything".to_owned(),
            Self::Prompt(id) => format!("prompt:{id}"),
            Self::Channel(id) => format!("channel:{id}"),
        }
    }

    /// Reads what [`Self::key`] writes.
    pub fn from_key(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "everything" => Some(Self::Everything),
            Some(("prompt", id)) if !id.is_empty() => Some(Self::Prompt(id.to_owned())),
            Some(("channel", id)) if !id.is_empty() => Some(Self::Channel(id.to_owned())),
            _ => None,
        }
    }
}

/// Sums of one KPI on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    outcomes: u64,
    total: i128,
}

/// What is known of one subject, by day or by hour.
#[derive(Debug, Default)]
struct Counts {
    exposures: BTreeMap<i64, u64>,
    outcomes: BTreeMap<String, BTreeMap<i64, Sums>>,
}

impl Counts {
    fn note(&mut self, event: &Event, place: i64) {
        match event.kind {
            EventKind::Exposure => *self.exposures.entry(place).or_default() += 1,
            EventKind::Outcome => {
                if !self.outcomes.contains_key(&event.kpi) {
                    self.outcomes.insert(event.kpi.clone(), BTreeMap::new());
                }
                let places = self.outcomes.get_mut(&event.kpi);
                if let Some(sums) = places.map(|places| places.entry(place).or_default()) {
                    sums.outcomes += 1;
                    sums.total += i128::from(event.value);
                }
            }
        }
    }

    fn sums(&self, kpi: &str, place: i64) -> Sums {
        let places = self.outcomes.get(kpi);
        places
            .and_then(|places| places.get(&place).copied())
            .unwrap_or_default()
    }
}

/// What is known of one subject.
#[derive(Debug, Default)]
struct Sheet {
    days: Counts,
    /// Only what may be looked at: the newest weeks, and of them only days with traffic enough.
    hours: Counts,
}

/// Events a day below which a day's hours are not kept, once it is over.
const HOURLY_EVENTS_MIN: u64 = 100;

impl Sheet {
    /// Forgets hours that nobody will look at: those before an hour, and those of a day that is over
    /// and had little traffic.
    fn forget_hours(&mut self, before: i64, day: i64) {
        let outcomes = self.days.outcomes.values();
        let outcomes = outcomes.map(|days| days.get(&day).map_or(0, |sums| sums.outcomes));
        let exposures = self.days.exposures.get(&day).copied().unwrap_or(0);
        let is_thin = exposures + outcomes.sum::<u64>() < HOURLY_EVENTS_MIN;
        let keeps = |hour: i64| hour >= before && !(is_thin && hour.div_euclid(24) == day);
        self.hours.exposures.retain(|hour, _| keeps(*hour));
        for hours in self.hours.outcomes.values_mut() {
            hours.retain(|hour, _| keeps(*hour));
        }
    }
}

/// Sums per day of one workspace. They are a function of the set of events: order and delay do not
/// change them. The caller has dropped duplicates by id.
#[derive(Debug, Default)]
pub struct Tally {
    sheets: BTreeMap<Subject, Sheet>,
    first: Option<i64>,
    newest: Option<i64>,
    lags: Lags,
    left_out: u64,
}

/// The number of the day since 1970 in which a moment lies, in UTC.
pub fn day_number(time: Time) -> i64 {
    time.seconds().div_euclid(DAY_SECONDS)
}

impl Tally {
    /// Takes one event in, and when it was received.
    pub fn take(&mut self, event: &Event, received: Time) {
        let day = day_number(event.time);
        self.first = Some(self.first.map_or(day, |first| first.min(day)));
        self.lags.note(&event.kpi, event.time, received);
        if let Some(newest) = self.newest.filter(|newest| *newest < day) {
            let before = day * 24 - HOURS_LOOKED_AT;
            // The day before the newest: what comes a little late belongs to a day that is kept.
            for sheet in self.sheets.values_mut() {
                sheet.forget_hours(before, newest - 1);
            }
        }
        self.newest = self.newest.max(Some(day));
        self.note(Subject::Everything, event, day);
        if !event.prompt.is_empty() {
            self.note(Subject::Prompt(event.prompt.clone()), event, day);
        }
        if !event.channel.is_empty() {
            self.note(Subject::Channel(event.channel.clone()), event, day);
        }
    }

    fn note(&mut self, subject: Subject, event: &Event, day: i64) {
        if !self.sheets.contains_key(&subject) && self.sheets.len() >= WATCHED_SUBJECTS_MAX {
            self.left_out += 1;
            return;
        }
        let sheet = self.sheets.entry(subject).or_default();
        sheet.days.note(event, day);
        let newest = self.newest.unwrap_or(day);
        let hour = hour_number(event.time);
        if hour >= newest * 24 - HOURS_LOOKED_AT {
            sheet.hours.note(event, hour);
        }
    }

    /// The subjects of which something is known, everything first.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.sheets.keys()
    }

    /// The KPIs that were reported for a subject.
    pub fn kpis_of(&self, subject: &Subject) -> BTreeSet<&str> {
        let sheet = self.sheets.get(subject);
        sheet
            .map(|sheet| sheet.days.outcomes.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// How many outcomes of a KPI were reported.
    pub fn reported(&self, kpi: &str) -> u64 {
        let all = self.sheets.get(&Subject::Everything);
        let days = all.and_then(|sheet| sheet.days.outcomes.get(kpi));
        days.map_or(0, |days| days.values().map(|sums| sums.outcomes).sum())
    }

    /// Events whose subject was beyond the limit and is not watched.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The series of a KPI up to a day that is not in it, from the first day on which the subject
    /// was heard of.
    pub fn series(&self, subject: &Subject, kpi: &Kpi, until: i64) -> DaySeries {
        let empty = Sheet::default();
        let none = BTreeMap::new();
        let sheet = &self.sheets.get(subject).unwrap_or(&empty).days;
        let sums = sheet.outcomes.get(&kpi.id).unwrap_or(&none);
        let firsts = [sheet.exposures.keys().next(), sums.keys().next()];
        let first = firsts.into_iter().flatten().min().copied();
        let counts_exposures = !sheet.exposures.is_empty();
        let day = |day: i64| {
            let sums = sums.get(&day).copied().unwrap_or_default();
            Day {
                day,
                // Where no exposure is ever reported, a day itself is what outcomes are counted on.
                units: if counts_exposures {
                    sheet.exposures.get(&day).copied().unwrap_or(0)
                } else {
                    1
                },
                outcomes: sums.outcomes,
                total: if kpi.kind == KpiKind::Conversion {
                    i128::from(sums.outcomes)
                } else {
                    sums.total
                },
            }
        };
        DaySeries {
            kind: kpi.kind,
            direction: kpi.direction,
            per_exposure: counts_exposures,
            days: first.map_or_else(Vec::new, |first| (first..until).map(day).collect()),
        }
    }
}

impl Tally {
    /// The series of a KPI by the hour, up to the newest hour that has come in at a moment. Hours of
    /// which not everything is known any more are left out: they do not add up to their day.
    pub fn hours(&self, subject: &Subject, kpi: &Kpi, now: Time) -> HourSeries {
        let until = hour_number(now) - self.lags.wait(&kpi.id);
        let from = until - HOURS_LOOKED_AT;
        let empty = Sheet::default();
        let sheet = self.sheets.get(subject).unwrap_or(&empty);
        let counts_exposures = !sheet.days.exposures.is_empty();
        let hour = |hour: i64| {
            let sums = sheet.hours.sums(&kpi.id, hour);
            let exposures = sheet.hours.exposures.get(&hour).copied().unwrap_or(0);
            Hour {
                hour,
                units: if counts_exposures { exposures } else { 1 },
                outcomes: sums.outcomes,
                total: if kpi.kind == KpiKind::Conversion {
                    i128::from(sums.outcomes)
                } else {
                    sums.total
                },
            }
        };
        let is_whole = |day: i64| {
            let hours = day * 24..(day + 1) * 24;
            let outcomes: u64 = hours
                .clone()
                .map(|hour| sheet.hours.sums(&kpi.id, hour).outcomes)
                .sum();
            let exposures =
                hours.map(|hour| sheet.hours.exposures.get(&hour).copied().unwrap_or(0));
            outcomes == sheet.days.sums(&kpi.id, day).outcomes
                && exposures.sum::<u64>() == sheet.days.exposures.get(&day).copied().unwrap_or(0)
        };
        let heard = sheet.hours.outcomes.get(&kpi.id);
        let first = heard.and_then(|hours| hours.keys().next().copied());
        let from = first.map_or(until, |first| first.max(from));
        let days = from.div_euclid(24)..=until.div_euclid(24);
        let whole: BTreeSet<i64> = days.filter(|day| is_whole(*day)).collect();
        let known = (from..until).filter(|hour| whole.contains(&hour.div_euclid(24)));
        HourSeries {
            kind: kpi.kind,
            direction: kpi.direction,
            per_exposure: counts_exposures,
            hours: known.map(hour).collect(),
        }
    }

    /// Whether hours of a subject are kept at all.
    pub fn has_hours(&self, subject: &Subject) -> bool {
        let sheet = self.sheets.get(subject);
        sheet.is_some_and(|sheet| !sheet.hours.outcomes.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lag::HOUR_SECONDS;
    use super::*;
    use crate::kpi::KpiMore;
    use crate::library::Direction;

    fn event(day: i64, prompt: &str, kpi: &str, value: i64) -> Event {
        Event {
            id: format!("{day}-{prompt}-{kpi}-{value}"),
            kind: if kpi.is_empty() {
                EventKind::Exposure
            } else {
                EventKind::Outcome
            },
            time: Time::from_seconds(day * DAY_SECONDS + 60),
            unit: "u".into(),
            prompt: prompt.into(),
            rollout: None,
            arm: None,
            kpi: kpi.into(),
            value,
            channel: "email".into(),
            attributes: String::new(),
        }
    }

    fn kpi(kind: KpiKind) -> Kpi {
        Kpi {
            id: "order".into(),
            title: "Orders".into(),
            kind,
            direction: Direction::Up,
            unit: String::new(),
            decimals: 0,
            window_seconds: 86_400,
            more: KpiMore::default(),
        }
    }

    #[test]
    fn days_are_summed_whatever_the_order() {
        let events = [
            event(10, "a", "", 0),
            event(10, "a", "", 0),
            event(12, "a", "order", 700),
            event(11, "b", "", 0),
            event(12, "", "order", 50),
            event(13, "a", "order", 1),
        ];
        let (mut forward, mut backward) = (Tally::default(), Tally::default());
        for event in &events {
            forward.take(event, event.time);
        }
        events
            .iter()
            .rev()
            .for_each(|event| backward.take(event, event.time));
        let subjects: Vec<String> = forward.subjects().map(Subject::key).collect();
        assert_eq!(
            subjects,
            ["everything", "prompt:a", "prompt:b", "channel:email"]
        );
        for subject in forward.subjects() {
            for kind in [KpiKind::Value, KpiKind::Conversion] {
                let one = forward.series(subject, &kpi(kind), 13);
                assert_eq!(one, backward.series(subject, &kpi(kind), 13));
            }
            assert_eq!(Subject::from_key(&subject.key()).as_ref(), Some(subject));
        }
        let a = forward.series(&Subject::Prompt("a".into()), &kpi(KpiKind::Value), 13);
        let rows: Vec<(i64, u64, u64, i128)> = a
            .days
            .iter()
            .map(|day| (day.day, day.units, day.outcomes, day.total))
            .collect();
        assert_eq!(rows, [(10, 2, 0, 0), (11, 0, 0, 0), (12, 0, 1, 700)]);
        let all = forward.series(&Subject::Everything, &kpi(KpiKind::Conversion), 13);
        assert_eq!(
            all.days[2].total, 2,
            "a conversion counts once, whatever its value"
        );
        assert_eq!(Subject::from_key("nothing"), None);
    }

    #[test]
    fn without_exposures_a_day_is_what_counts() {
        let mut tally = Tally::default();
        let early = event(10, "", "order", 5);
        tally.take(&early, early.time);
        let late = event(12, "", "order", 7);
        tally.take(&late, late.time);
        let series = tally.series(&Subject::Everything, &kpi(KpiKind::Value), 13);
        assert!(!series.per_exposure);
        let units: Vec<u64> = series.days.iter().map(|day| day.units).collect();
        assert_eq!(units, [1, 1, 1]);
    }

    #[test]
    fn hours_are_told_where_they_add_up_to_their_day() {
        let mut tally = Tally::default();
        let mut take = |hour: i64, of: &str, count: i64| {
            for n in 0..count {
                let mut one = event(0, "a", of, 1);
                one.time = Time::from_seconds(hour * HOUR_SECONDS + n);
                tally.take(&one, one.time);
            }
        };
        for hour in 0..60 * 24 {
            // Every tenth day has hardly any traffic.
            let count = if (hour / 24) % 10 == 5 { 1 } else { 6 };
            take(hour, "", count);
            take(hour, "order", count / 2);
        }
        // Something comes in late for a day whose hours are forgotten.
        take(55 * 24 + 3, "order", 1);
        let now = Time::from_seconds(60 * 24 * HOUR_SECONDS);
        let subject = Subject::Prompt("a".into());
        let series = tally.hours(&subject, &kpi(KpiKind::Conversion), now);
        let hours: BTreeSet<i64> = series.hours.iter().map(|one| one.hour).collect();
        assert_eq!(hours.last(), Some(&(60 * 24 - 1)));
        assert_eq!(hours.first(), Some(&(60 * 24 - HOURS_LOOKED_AT)));
        assert!(hours.iter().all(|hour| (hour / 24) % 10 != 5), "{hours:?}");
        assert!(
            series
                .hours
                .iter()
                .all(|one| (one.units, one.total) == (6, 3))
        );
        assert!(tally.has_hours(&subject) && !tally.has_hours(&Subject::Prompt("b".into())));
    }
}
