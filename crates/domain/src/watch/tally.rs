//! Events folded into sums per day, as they arrive, without remembering any unit.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

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

/// What is known of one subject.
#[derive(Debug, Default)]
struct Sheet {
    exposures: BTreeMap<i64, u64>,
    outcomes: BTreeMap<String, BTreeMap<i64, Sums>>,
}

/// Sums per day of one workspace. They are a function of the set of events: order and delay do not
/// change them. The caller has dropped duplicates by id.
#[derive(Debug, Default)]
pub struct Tally {
    sheets: BTreeMap<Subject, Sheet>,
    first: Option<i64>,
    left_out: u64,
}

/// The number of the day since 1970 in which a moment lies, in UTC.
pub fn day_number(time: Time) -> i64 {
    time.seconds().div_euclid(DAY_SECONDS)
}

impl Tally {
    /// Takes one event in.
    pub fn take(&mut self, event: &Event) {
        let day = day_number(event.time);
        self.first = Some(self.first.map_or(day, |first| first.min(day)));
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
        match event.kind {
            EventKind::Exposure => *sheet.exposures.entry(day).or_default() += 1,
            EventKind::Outcome => {
                if !sheet.outcomes.contains_key(&event.kpi) {
                    sheet.outcomes.insert(event.kpi.clone(), BTreeMap::new());
                }
                let days = sheet.outcomes.get_mut(&event.kpi);
                if let Some(sums) = days.map(|days| days.entry(day).or_default()) {
                    sums.outcomes += 1;
                    sums.total += i128::from(event.value);
                }
            }
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
            .map(|sheet| sheet.outcomes.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// How many outcomes of a KPI were reported.
    pub fn reported(&self, kpi: &str) -> u64 {
        let all = self.sheets.get(&Subject::Everything);
        let days = all.and_then(|sheet| sheet.outcomes.get(kpi));
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
        let sheet = self.sheets.get(subject).unwrap_or(&empty);
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

#[cfg(test)]
mod tests {
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
        events.iter().for_each(|event| forward.take(event));
        events.iter().rev().for_each(|event| backward.take(event));
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
        tally.take(&event(10, "", "order", 5));
        tally.take(&event(12, "", "order", 7));
        let series = tally.series(&Subject::Everything, &kpi(KpiKind::Value), 13);
        assert!(!series.per_exposure);
        let units: Vec<u64> = series.days.iter().map(|day| day.units).collect();
        assert_eq!(units, [1, 1, 1]);
    }
}
