//! What was measured and what happened, in sentences for people.
//!
//! Knows numbers and names, nothing of requests or stores.

pub mod guards;

use variorum_domain::fold::{ArmReading, KpiReading};
use variorum_domain::kpi::Made;
use variorum_domain::library::{Direction, Kpi, KpiKind};
use variorum_domain::rollout::{CONTROL, Design, Rollout, RolloutState, Switchback, TREATMENT};

pub use guards::{fired_sentence, held_sentence};

/// Fewer exposed people than this say nothing yet.
const UNITS_MIN: u64 = 100;

/// What was measured of one KPI.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measure {
    /// Exposed people, of the control and of the arm it is about.
    pub units: u64,
    /// The mean of the old release's arm.
    pub control: f64,
    /// The mean of the new release's arm.
    pub treatment: f64,
    /// The difference, where there is enough data.
    pub difference: Option<Difference>,
}

/// Treatment minus control, with the ends of its always-valid interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The estimate.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Measure {
    /// One arm beside the control.
    pub fn of(reading: &KpiReading, arm: u8) -> Self {
        let (difference, treatment) = (reading.difference(arm), reading.arm(arm));
        Self {
            units: reading.control.units + treatment.map_or(0, |arm| arm.units),
            control: reading.control.mean,
            treatment: treatment.map_or(0.0, |arm| arm.mean),
            difference: difference.map(|difference| Difference {
                estimate: difference.estimate,
                low: difference.low,
                high: difference.high,
            }),
        }
    }
}

/// How a KPI stands in a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KpiState {
    /// The new version does harm.
    Harm,
    /// The new version does good.
    Better,
    /// Nothing can be told apart yet.
    NoDifference,
    /// There is not enough data.
    Collecting,
}

impl KpiState {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Harm => "harm",
            Self::Better => "better",
            Self::NoDifference => "no-difference",
            Self::Collecting => "collecting",
        }
    }
}

/// How a KPI stands: its guard's decision counts first, then where the whole interval lies.
pub fn kpi_state(kpi: &Kpi, measure: &Measure, guard_fired: bool) -> KpiState {
    if guard_fired {
        return KpiState::Harm;
    }
    let Some(difference) = measure.difference else {
        return KpiState::Collecting;
    };
    if measure.units < UNITS_MIN.max(kpi.more.min_units.saturating_mul(2)) {
        return KpiState::Collecting;
    }
    let good = match (difference.low > 0.0, difference.high < 0.0) {
        (true, _) => kpi.direction == Direction::Up,
        (_, true) => kpi.direction == Direction::Down,
        _ => return KpiState::NoDifference,
    };
    if good {
        KpiState::Better
    } else {
        KpiState::Harm
    }
}

/// What the new version does to a KPI, in one sentence.
pub fn kpi_sentence(newer: &str, kpi: &Kpi, measure: &Measure, state: KpiState) -> String {
    let Some(difference) = measure.difference.filter(|_| state != KpiState::Collecting) else {
        return collecting(measure.units);
    };
    let scale = Scale::new(kpi, &difference);
    if state == KpiState::NoDifference {
        return format!(
            "No difference seen yet: between {}.",
            scale.span_with_unit(&difference)
        );
    }
    let (amount, word) = scale.amount_and_word(difference.estimate);
    let span = scale.span(&difference);
    let (thing, each) = (lower_first(&kpi.title), scale.each());
    format!("{newer} brings {amount} {word} {thing}{each}, somewhere between {span}.")
}

/// A quantile of both arms beside each other; nothing is claimed of it.
pub fn quantile_sentence(newer: &str, kpi: &Kpi, found: &KpiReading, arm: u8) -> Option<String> {
    let Made::OfQuantile { quantile_bp, .. } = &kpi.more.made else {
        return None;
    };
    let treatment = found.arm(arm)?;
    let with = |arm: &ArmReading| {
        let end = |end: Option<f64>| end.map_or_else(|| "…".to_owned(), |end| level(kpi, end));
        let ends = arm.quantile.map(|ends| (end(ends.low), end(ends.high)));
        let (low, high) = ends.unwrap_or_else(|| (end(None), end(None)));
        format!("{} (between {low} and {high})", level(kpi, arm.mean))
    };
    if found.control.units.min(treatment.units) == 0 {
        return Some(collecting(found.control.units + treatment.units));
    }
    let below = f64::from(*quantile_bp) / 100.0;
    Some(format!(
        "{below} % of people stay at or below {} with {}, and at or below {} with the old one. For \
         reading: nothing is claimed of it.",
        with(treatment),
        lower_first(newer),
        with(&found.control),
    ))
}

/// How many people there are so far.
pub fn collecting(units: u64) -> String {
    match units {
        0 => "Collecting: nobody so far.".to_owned(),
        1 => "Collecting: 1 person so far.".to_owned(),
        _ => format!("Collecting: {} people so far.", grouped(units)),
    }
}

/// How many pairs of windows there are so far.
pub fn windows_sentence(cut: &Switchback, pairs: u32) -> String {
    let window = duration(cut.window_seconds);
    format!(
        "Collecting: {pairs} of {} pairs of windows so far, of {window} each.",
        cut.pairs
    )
}

/// What a version brought, in short, for the margin of its text.
pub fn outcome_sentence(kpi: &Kpi, measure: &Measure) -> String {
    let people = format!("{} people", grouped(measure.units));
    let Some(difference) = measure.difference else {
        return format!("{}: too little seen, {people}", kpi.title);
    };
    let words = difference_words(kpi, &difference);
    format!("{} {words}, {people}", kpi.title)
}

/// A difference in the unit of its KPI: `+1.0 points (between +0.4 and +1.6)`.
pub fn difference_words(kpi: &Kpi, difference: &Difference) -> String {
    let scale = Scale::new(kpi, difference);
    let each = scale.each();
    let change = scale.signed_with_unit(difference.estimate);
    let (low, high) = (scale.signed(difference.low), scale.signed(difference.high));
    format!("{change}{each} (between {low} and {high})")
}

/// How differences of one KPI are written.
struct Scale<'a> {
    kpi: &'a Kpi,
    factor: f64,
    digits: usize,
}

impl<'a> Scale<'a> {
    /// Conversions are shown in percentage points, everything else in the KPI's unit. Digits are
    /// added until the end nearer to zero shows one.
    fn new(kpi: &'a Kpi, difference: &Difference) -> Self {
        let is_rate = kpi.kind == KpiKind::Conversion;
        let decimals = i32::try_from(kpi.decimals).unwrap_or(0);
        let factor = if is_rate {
            100.0
        } else {
            10_f64.powi(-decimals)
        };
        let least = if is_rate {
            1
        } else {
            kpi.decimals.clamp(1, 6) as usize
        };
        let ends = [difference.low, difference.high];
        let nearest = ends
            .map(|end| (end * factor).abs())
            .into_iter()
            .fold(f64::MAX, f64::min);
        let mut digits = least;
        while digits < least + 2 && nearest > 0.0 && nearest < 0.5 * 10_f64.powi(-i32_of(digits)) {
            digits += 1;
        }
        Self {
            kpi,
            factor,
            digits,
        }
    }

    /// The amount without its sign. Shares cannot differ by more than 100 points, even where an
    /// interval of few people reaches further.
    fn number(&self, value: f64) -> String {
        let amount = (value * self.factor).abs();
        let is_rate = self.kpi.kind == KpiKind::Conversion;
        format!(
            "{:.*}",
            self.digits,
            if is_rate { amount.min(100.0) } else { amount }
        )
    }

    /// `0.9 points`, `EUR 1.20` or `0.12 clicks`, without a sign.
    fn with_unit(&self, value: f64) -> String {
        let number = self.number(value);
        match (self.kpi.kind, self.kpi.unit.as_str()) {
            (KpiKind::Conversion, _) => format!("{number} points"),
            (_, "") => number,
            (KpiKind::Value | KpiKind::Ratio, unit) => format!("{unit} {number}"),
            (_, unit) => format!("{number} {unit}"),
        }
    }

    fn word(&self, value: f64) -> &'static str {
        match (value < 0.0, self.kpi.kind) {
            (false, _) => "more",
            (true, KpiKind::Value | KpiKind::Ratio) => "less",
            (true, _) => "fewer",
        }
    }

    fn amount_and_word(&self, value: f64) -> (String, &'static str) {
        (self.with_unit(value), self.word(value))
    }

    /// `0.3 and 1.6 fewer`, or `1.6 fewer and 0.1 more` where the signs differ.
    fn span(&self, difference: &Difference) -> String {
        let (low, high) = (difference.low, difference.high);
        if (low < 0.0) != (high < 0.0) {
            let (less, more) = (self.number(low), self.number(high));
            return format!("{less} {} and {more} {}", self.word(low), self.word(high));
        }
        let (near, far) = if low < 0.0 { (high, low) } else { (low, high) };
        format!(
            "{} and {} {}",
            self.number(near),
            self.number(far),
            self.word(low)
        )
    }

    /// The same with the unit at its natural place: `0.4 fewer and 0.5 more points`.
    fn span_with_unit(&self, difference: &Difference) -> String {
        let (less, more) = (self.number(difference.low), self.number(difference.high));
        let (less_word, more_word) = (self.word(-1.0), self.word(1.0));
        let each = self.each();
        match (self.kpi.kind, self.kpi.unit.as_str()) {
            (KpiKind::Conversion, _) => format!("{less} {less_word} and {more} {more_word} points"),
            (_, "") => format!("{less} {less_word} and {more} {more_word}{each}"),
            (KpiKind::Value | KpiKind::Ratio, unit) => {
                format!("{unit} {less} {less_word} and {unit} {more} {more_word}{each}")
            }
            (_, unit) => format!("{less} {less_word} and {more} {more_word} {unit}{each}"),
        }
    }

    fn signed(&self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "+" };
        format!("{sign}{}", self.number(value))
    }

    fn signed_with_unit(&self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "+" };
        format!("{sign}{}", self.with_unit(value))
    }

    /// Values and counts are means per person.
    fn each(&self) -> &'static str {
        if matches!(self.kpi.kind, KpiKind::Conversion | KpiKind::Ratio) {
            ""
        } else {
            " per person"
        }
    }
}

fn i32_of(digits: usize) -> i32 {
    i32::try_from(digits).unwrap_or(0)
}

/// The mean of one arm: `5.0 %`, `EUR 12.30` or `0.31`.
fn level(kpi: &Kpi, mean: f64) -> String {
    let decimals = i32::try_from(kpi.decimals).unwrap_or(0);
    match kpi.kind {
        KpiKind::Conversion => format!("{:.1} %", mean * 100.0),
        KpiKind::Value | KpiKind::Ratio | KpiKind::Quantile if !kpi.unit.is_empty() => {
            format!("{} {:.2}", kpi.unit, mean * 10_f64.powi(-decimals))
        }
        _ => format!("{:.2}", mean * 10_f64.powi(-decimals)),
    }
}

/// What an arm of a rollout brings, at the start of a sentence.
pub fn newer(rollout: &Rollout, arm: u8) -> String {
    let named = rollout.arms.get(arm).map(|arm| arm.name.as_str());
    match (
        named.filter(|name| !name.is_empty()),
        rollout.version_of(arm),
    ) {
        (Some(name), _) => format!("“{name}”"),
        (None, Some(version)) => format!("Version {version}"),
        (None, None) => format!("Release {}", rollout.release_of(arm)),
    }
}

fn newer_inside(rollout: &Rollout, arm: u8) -> String {
    lower_first(&newer(rollout, arm))
}

fn older_inside(rollout: &Rollout) -> String {
    newer_inside(rollout, CONTROL)
}

/// The verdict on a rollout that has ended or waits; one that runs is described by its KPIs.
pub fn ending_sentence(rollout: &Rollout) -> Option<String> {
    let ending = rollout.ending.as_ref()?;
    let after = duration((ending.at.0 - rollout.started_at.0) / 1_000_000);
    match rollout.state {
        RolloutState::Finished if rollout.plan.design.is_hold_out() => Some(format!(
            "Ended after {after}. Those held out get what is live."
        )),
        RolloutState::RolledBack if rollout.plan.design == Design::Shadow => {
            Some(format!("Ended after {after}. Nobody got the new release."))
        }
        RolloutState::RolledBack => {
            let older = older_inside(rollout);
            Some(format!(
                "Taken back after {after}. Everyone gets {older} again."
            ))
        }
        RolloutState::Finished => {
            let newer = newer_inside(rollout, ending.arm.unwrap_or(TREATMENT));
            Some(format!("Finished after {after}. Everyone gets {newer}."))
        }
        RolloutState::Running | RolloutState::Paused => None,
    }
}

/// Says that a release is in the shadow.
pub fn shadow_sentence(rollout: &Rollout) -> String {
    let newer = newer_inside(rollout, TREATMENT);
    format!(
        "Nobody gets {newer}: it is filled in beside what is live, and what differs is counted."
    )
}

/// Says that a rollout stands still.
pub fn paused_sentence(rollout: &Rollout) -> String {
    format!("Paused at {} of all people.", share(rollout.coverage_bp()))
}

/// Basis points as percent: `10 %`, `12.5 %`.
pub fn share(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole} %"),
        (_, 0) => format!("{whole}.{} %", rest / 10),
        _ => format!("{whole}.{rest:02} %"),
    }
}

/// A length of time in the unit that fits.
pub fn duration(seconds: i64) -> String {
    let count = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    match seconds {
        ..60 => count(seconds.max(1), "second"),
        60..3_600 => count(seconds / 60, "minute"),
        3_600..172_800 => count(seconds / 3_600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// A number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A title inside a sentence: `First orders` becomes `first orders`, `NPS` stays.
pub fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => title.to_owned(),
    }
}

#[cfg(test)]
mod tests;
