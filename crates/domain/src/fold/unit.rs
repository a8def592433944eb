//! One unit: when it was exposed to what, what happened to it, and what that comes to for a KPI.

use crate::id::Time;
use crate::kpi::{Definition, Made};
use crate::library::{Kpi, KpiKind};

/// Something that happened to a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happened {
    /// When.
    pub(super) time: Time,
    /// The place of its KPI.
    pub(super) kpi: u8,
    /// How much.
    pub(super) value: i64,
}

/// What is known of one unit.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// The earliest exposure: when, and to which arm.
    pub(super) exposure: Option<(Time, u8)>,
    /// It was exposed to more than one arm.
    pub(super) several: bool,
    /// Its cohorts at that exposure, where guards tell cohorts apart.
    pub(super) cohorts: super::part::CohortCode,
    /// What happened to it, in the order in which it was told.
    pub(super) outcomes: Vec<Happened>,
}

/// A KPI made ready to be summed.
#[derive(Debug)]
pub(super) struct Measure {
    /// Its own amounts, or those it divides.
    first: Amount,
    /// What it divides by.
    second: Option<Amount>,
    window_seconds: i64,
}

/// The amounts of the events of one KPI.
#[derive(Debug)]
struct Amount {
    place: usize,
    is_conversion: bool,
    /// Totals above count as this.
    cap: i64,
}

impl Amount {
    fn new(place: usize, kpis: &[Kpi], definitions: &[Definition]) -> Self {
        let kpi = kpis.get(place);
        let known = definitions
            .iter()
            .find(|known| kpi.is_some_and(|kpi| kpi.id == known.kpi));
        Self {
            place,
            is_conversion: kpi.is_some_and(|kpi| kpi.kind == KpiKind::Conversion),
            cap: known.and_then(|known| known.cap).unwrap_or(i64::MAX),
        }
    }

    fn total(&self, outcomes: &[Happened], (from, until): (Time, Time)) -> i64 {
        let counted = outcomes.iter().filter(|happened| {
            usize::from(happened.kpi) == self.place
                && from <= happened.time
                && happened.time <= until
        });
        let sum: i64 = counted.map(|happened| happened.value).sum();
        if self.is_conversion {
            i64::from(sum > 0)
        } else {
            sum.min(self.cap)
        }
    }
}

impl Measure {
    /// The KPI at a place.
    pub(super) fn new(place: usize, kpis: &[Kpi], definitions: &[Definition]) -> Self {
        let kpi = &kpis[place];
        let amount = |id: &str| {
            let place = kpis.iter().position(|known| known.id == id);
            Amount::new(place.unwrap_or(usize::MAX), kpis, definitions)
        };
        let (first, second) = match &kpi.more.made {
            Made::OfTwo {
                numerator,
                denominator,
            } => (amount(numerator), Some(amount(denominator))),
            Made::OfEvents | Made::OfQuantile { .. } => {
                (Amount::new(place, kpis, definitions), None)
            }
        };
        Self {
            first,
            second,
            window_seconds: kpi.window_seconds,
        }
    }

    /// Whether it divides one KPI by another.
    pub(super) fn is_ratio(&self) -> bool {
        self.second.is_some()
    }

    /// Whether events of the KPI at a place count for it.
    pub(super) fn uses(&self, place: usize) -> bool {
        let second = self.second.as_ref();
        self.first.place == place || second.is_some_and(|second| second.place == place)
    }
}

impl Unit {
    /// The unit's totals of a KPI: outcomes within the window after its exposure. The second is 0
    /// where the KPI divides by nothing.
    pub(super) fn totals(&self, measure: &Measure) -> (i64, i64) {
        self.totals_of(measure, &self.outcomes)
    }

    /// The totals without what was told last.
    pub(super) fn totals_before(&self, measure: &Measure) -> (i64, i64) {
        let known = self.outcomes.len().saturating_sub(1);
        self.totals_of(measure, &self.outcomes[..known])
    }

    fn totals_of(&self, measure: &Measure, outcomes: &[Happened]) -> (i64, i64) {
        let Some((from, _)) = self.exposure else {
            return (0, 0);
        };
        let span = (from, from.plus_seconds(measure.window_seconds));
        let second = measure.second.as_ref();
        (
            measure.first.total(outcomes, span),
            second.map_or(0, |second| second.total(outcomes, span)),
        )
    }
}
