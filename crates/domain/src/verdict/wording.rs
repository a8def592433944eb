//! The verdict in one honest sentence, or two where a loss cannot be ruled out.

use super::{Claim, Lift, Outcome, TreatmentVerdict, Verdict, WindowsVerdict};

/// Guarded numbers that the sentence names one by one.
const NAMED_MAX: usize = 2;

/// How things are called in the sentence.
pub struct Names<'a> {
    /// An arm at the start of a sentence: `Version 13`.
    pub arm: &'a dyn Fn(u8) -> String,
    /// The title of a KPI inside a sentence: `first orders`.
    pub kpi: &'a dyn Fn(&str) -> String,
}

/// The verdict as a sentence.
pub fn sentence(verdict: &Verdict, names: &Names<'_>) -> String {
    let found = verdict
        .arm
        .and_then(|arm| verdict.treatments.iter().find(|found| found.arm == arm));
    let goal = verdict.goal.as_deref().map(|id| (names.kpi)(id));
    let goal = goal.unwrap_or_default();
    match (verdict.outcome, found) {
        (Outcome::Held, _) if verdict.windows.is_some() => {
            "Held: windows were not served as drawn, so \
             the numbers cannot be compared. Find the cause first."
                .to_owned()
        }
        (Outcome::Held, _) => "Held: people are not split as planned, so the numbers cannot be \
             compared. Find the cause first."
            .to_owned(),
        (Outcome::Stopped, _) => {
            let arm = verdict.arm.map(names.arm).unwrap_or_default();
            format!("{arm} does harm: a guard stopped it.")
        }
        (Outcome::NoGoal, _) => {
            "No goal was planned, so there is nothing to decide; the guards watch.".to_owned()
        }
        (Outcome::ForReading, _) => {
            "The goal is a quantile: it is shown for reading, and nothing is claimed of it; the \
             guards watch."
                .to_owned()
        }
        (Outcome::Better, Some(found)) => {
            let change = change(found, &goal);
            let arm = (names.arm)(found.arm);
            format!("{arm} is better: {change}. {}", safe(found, names))
        }
        (Outcome::Worse, Some(found)) => {
            let arm = (names.arm)(found.arm);
            format!("{arm} is worse: {}. Roll it back.", change(found, &goal))
        }
        (Outcome::NoDifference, Some(found)) => {
            let reach = found.lift.map_or(0.0, |lift| lift.reach());
            let reach = unsigned(reach);
            format!(
                "No difference larger than {reach} in {goal}. {}",
                safe(found, names)
            )
        }
        _ => not_enough(verdict),
    }
}

/// `Not enough windows yet, 6 of 40 pairs, about 12 days to go.`
fn not_enough_windows(verdict: &Verdict, told: &WindowsVerdict) -> String {
    let WindowsVerdict {
        pairs,
        planned,
        left_out,
    } = told;
    let left_out = match left_out {
        0 => String::new(),
        1 => " (1 left out)".to_owned(),
        more => format!(" ({more} left out)"),
    };
    let time = match verdict.days_left {
        Some(days) if pairs < planned => format!(", {}", about(days)),
        _ => String::new(),
    };
    format!("Not enough windows yet, {pairs} of {planned} pairs{left_out}{time}.")
}

fn not_enough(verdict: &Verdict) -> String {
    if let Some(told) = &verdict.windows {
        return not_enough_windows(verdict, told);
    }
    match verdict.days_left {
        Some(days) if verdict.units < verdict.planned_units => {
            format!("Not enough data yet, {}.", about(days))
        }
        _ => "Not enough data yet.".to_owned(),
    }
}

/// A time to come in whole units, rounded up.
fn about(days: f64) -> String {
    let hours = (days * 24.0).ceil();
    let (count, unit) = if hours <= 1.0 {
        return "less than an hour to go".to_owned();
    } else if hours < 48.0 {
        (hours, "hours")
    } else {
        (days.ceil(), "days")
    };
    format!("about {count:.0} {unit} to go")
}

/// `+8 % clicks, between +3 and +13 %`; without an interval, the goal alone.
fn change(found: &TreatmentVerdict, goal: &str) -> String {
    let Some(Lift {
        estimate,
        low,
        high,
    }) = found.lift
    else {
        let word = if found.claim == Claim::Worse {
            "worse"
        } else {
            "better"
        };
        return format!("{goal} are {word} for certain, by how much is not");
    };
    format!(
        "{} % {goal}, between {} and {} %",
        signed(estimate),
        signed(low),
        signed(high)
    )
}

/// Whether it may be used, as far as the guarded KPIs beside the goal are shown to be unharmed.
fn safe(found: &TreatmentVerdict, names: &Names<'_>) -> String {
    let Some(open) = found.safety.iter().find(|safety| !safety.is_shown) else {
        return shown_safe(found, names);
    };
    let kpi = (names.kpi)(&open.kpi);
    match open.loss_at_most {
        Some(loss) => {
            let loss = unsigned(loss);
            format!("Harm of up to {loss} in {kpi} cannot be ruled out yet.")
        }
        None => format!("Nothing can be said of {kpi} yet."),
    }
}

/// That it may be used, with what is shown to be no worse, and by how much at most.
fn shown_safe(found: &TreatmentVerdict, names: &Names<'_>) -> String {
    let not_worse = |safety: &super::Safety| {
        let kpi = (names.kpi)(&safety.kpi);
        format!("{kpi} not worse by more than {}", unsigned(safety.margin))
    };
    match found.safety.as_slice() {
        [] => "Safe to use.".to_owned(),
        few if few.len() <= NAMED_MAX => {
            let all: Vec<String> = few.iter().map(not_worse).collect();
            format!("Safe to use: {}.", all.join(", "))
        }
        many => format!(
            "Safe to use: none of {} guarded numbers is worse by more than its limit.",
            many.len()
        ),
    }
}

/// Per cent with as many digits as it takes to show one that is not zero.
fn digits(share: f64) -> usize {
    let percent = (share * 100.0).abs();
    if !(0.005..2.0).contains(&percent) {
        0
    } else if percent >= 0.2 {
        1
    } else {
        2
    }
}

fn signed(share: f64) -> String {
    let digits = digits(share);
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{:.digits$}", (share * 100.0).abs())
}

fn unsigned(share: f64) -> String {
    let digits = digits(share);
    format!("{:.digits$} %", (share * 100.0).abs())
}
