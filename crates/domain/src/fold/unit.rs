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
    /// Which quantile of the totals is shown.
    quantile: Option<f64>,
    /// The time before the exposure whose total stands beside the outcome's.
    before: Option<Before>,
    window_seconds: i64,
}

/// A time before the exposure of a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// How long it is.
    pub(super) seconds: i64,
    /// What happened earlier counts for nobody, so that it is known from where on events matter.
    pub(super) earliest: Time,
}

impl Before {
    /// The time before an exposure at a moment, which is not in it.
    fn span(self, exposure: Time) -> (Time, Time) {
        let start = exposure.plus_seconds(-self.seconds).max(self.earliest);
        (start, Time(exposure.0 - 1))
    }
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

    /// The same without a cut: what is far out is what a quantile asks for.
    fn uncut(self) -> Self {
        Self {
            cap: i64::MAX,
            ..self
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
    pub(super) fn new(
        place: usize,
        kpis: &[Kpi],
        definitions: &[Definition],
        before: Option<Before>,
    ) -> Self {
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
            Made::OfQuantile { of, .. } => (amount(of).uncut(), None),
            Made::OfEvents => (Amount::new(place, kpis, definitions), None),
        };
        let quantile = match &kpi.more.made {
            Made::OfQuantile { quantile_bp, .. } => Some(f64::from(*quantile_bp) / 10_000.0),
            _ => None,
        };
        Self {
            first,
            before: before.filter(|_| quantile.is_none()),
            second,
            quantile,
            window_seconds: kpi.window_seconds,
        }
    }

    /// Whether it divides one KPI by another.
    pub(super) fn is_ratio(&self) -> bool {
        self.second.is_some()
    }

    /// The share of units below the value that is shown, where it is a quantile.
    pub(super) fn quantile(&self) -> Option<f64> {
        self.quantile
    }

    /// Whether the totals of a time before the exposure stand beside its own.
    pub(super) fn is_adjusted(&self) -> bool {
        self.before.is_some() && !self.is_ratio()
    }

    /// The same of a ratio, of which both totals before stand beside both after.
    pub(super) fn is_joint(&self) -> bool {
        self.before.is_some() && self.is_ratio()
    }

    /// Whether a second total of each unit stands beside the first.
    pub(super) fn is_paired(&self) -> bool {
        self.is_ratio() || self.is_adjusted()
    }

    /// What came within the KPI's window after a moment and no later than another one: the total, and
    /// what it is divided by.
    pub(super) fn totals_until(&self, outcomes: &[Happened], from: Time, last: Time) -> (i64, i64) {
        let span = (from, from.plus_seconds(self.window_seconds).min(last));
        let second = self.second.as_ref();
        let second = second.map_or(0, |second| second.total(outcomes, span));
        (self.first.total(outcomes, span), second)
    }

    /// Whether events of the KPI at a place count for it.
    pub(super) fn uses(&self, place: usize) -> bool {
        let second = self.second.as_ref();
        self.first.place == place || second.is_some_and(|second| second.place == place)
    }
}

impl Unit {
    /// The unit's totals of a KPI: outcomes within the window after its exposure. The second is what
    /// the KPI divides by, or what came before the exposure; 0 where it is neither.
    pub(super) fn totals(&self, measure: &Measure) -> (i64, i64) {
        self.totals_of(measure, &self.outcomes)
    }

    /// The totals without what was told last.
    pub(super) fn totals_before(&self, measure: &Measure) -> (i64, i64) {
        let known = self.outcomes.len().saturating_sub(1);
        self.totals_of(measure, &self.outcomes[..known])
    }

    /// Both totals of a ratio, and both as they were before the exposure.
    pub(super) fn joint(&self, measure: &Measure) -> [i64; 4] {
        self.joint_of(measure, &self.outcomes)
    }

    /// The same without what was told last.
    pub(super) fn joint_before(&self, measure: &Measure) -> [i64; 4] {
        let known = self.outcomes.len().saturating_sub(1);
        self.joint_of(measure, &self.outcomes[..known])
    }

    fn joint_of(&self, measure: &Measure, outcomes: &[Happened]) -> [i64; 4] {
        let (first, second) = self.totals_of(measure, outcomes);
        let Some(((from, _), before)) = self.exposure.zip(measure.before) else {
            return [first, second, 0, 0];
        };
        let span = before.span(from);
        let total = |amount: &Amount| amount.total(outcomes, span);
        let divisor = measure.second.as_ref().map_or(0, total);
        [first, second, total(&measure.first), divisor]
    }

    fn totals_of(&self, measure: &Measure, outcomes: &[Happened]) -> (i64, i64) {
        let Some((from, _)) = self.exposure else {
            return (0, 0);
        };
        let span = (from, from.plus_seconds(measure.window_seconds));
        let first = measure.first.total(outcomes, span);
        let second = match (&measure.second, measure.before) {
            (Some(second), _) => second.total(outcomes, span),
            (None, Some(before)) => measure.first.total(outcomes, before.span(from)),
            (None, None) => 0,
        };
        (first, second)
    }
}
