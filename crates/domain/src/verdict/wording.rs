//! The verdict in one honest sentence, or two where a loss cannot be ruled out.

use super::{
    Claim, Lift, MarginFrom, Outcome, Safety, TreatmentVerdict, Verdict, WindowsVerdict, Within,
};

/// Guarded numbers that the sentence names one by one.
const NAMED_MAX: usize = 2;

/// How things are called in the sentence.
pub struct Names<'a> {
    /// An arm at the start of a sentence: `Version 13`.
    pub arm: &'a dyn Fn(u8) -> String,
    /// The title of a KPI inside a sentence: `first orders`.
    pub kpi: &'a dyn Fn(&str) -> String,
    /// A level or a difference of a KPI in its unit: `0.3 %`, `0.1 points`.
    pub amount: &'a dyn Fn(&str, Within, f64) -> String,
}

impl Names<'_> {
    /// A guarded KPI, with the cohort it is about.
    fn guarded(&self, safety: &Safety) -> String {
        let kpi = (self.kpi)(&safety.kpi);
        match &safety.cohort {
            Some(cohort) => format!("{kpi} ({})", cohort.replace('=', " ")),
            None => kpi,
        }
    }

    /// How much of what a guarded KPI must stay within.
    fn much(&self, safety: &Safety, number: f64) -> String {
        match safety.within {
            Within::Share => unsigned(number),
            other => (self.amount)(&safety.kpi, other, number),
        }
    }

    /// The same of a bound, of which three digits say enough.
    fn at_most(&self, safety: &Safety, bound: f64) -> String {
        if bound.abs() <= 0.0 || !bound.is_finite() {
            return self.much(safety, bound);
        }
        let scale = 10_f64.powf(2.0 - bound.abs().log10().floor());
        self.much(safety, (bound * scale).ceil() / scale)
    }
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
        (Outcome::NotWorse, Some(found)) => {
            let arm = (names.arm)(found.arm);
            let most = found.safety.first().and_then(|goal| goal.loss_at_most);
            let most = unsigned(most.unwrap_or_default());
            format!(
                "{arm} is no worse: at most {most} lost in {goal}. {}",
                safe(found, names)
            )
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

/// Whether it may be used, as far as what guards watch is shown to be unharmed.
fn safe(found: &TreatmentVerdict, names: &Names<'_>) -> String {
    let Some(open) = found.safety.iter().find(|safety| safety.is_open()) else {
        return shown_safe(found, names);
    };
    let kpi = names.guarded(open);
    let Some(most) = open.loss_at_most else {
        return format!("Nothing can be said of {kpi} yet.");
    };
    let (most, limit) = (names.at_most(open, most), names.much(open, open.margin));
    match open.within {
        Within::Share => format!("Harm of up to {most} in {kpi} cannot be ruled out yet."),
        Within::Difference => {
            format!("Harm of up to {most} in {kpi} cannot be ruled out yet; {limit} are allowed.")
        }
        Within::Level => {
            format!("That {kpi} stays at {limit} is not shown yet: it may be up to {most}.")
        }
    }
}

/// That it may be used, with what is shown to be no worse, and by how much at most.
fn shown_safe(found: &TreatmentVerdict, names: &Names<'_>) -> String {
    let stays = |safety: &&Safety| {
        let (kpi, limit) = (names.guarded(safety), names.much(safety, safety.margin));
        match safety.within {
            Within::Level => format!("{kpi} not above {limit}"),
            Within::Share | Within::Difference => format!("{kpi} not worse by more than {limit}"),
        }
    };
    let shown = found.safety.iter().filter(|safety| safety.is_shown);
    let all: Vec<String> = shown.map(|safety| stays(&safety)).collect();
    let rests_on = match all.len() {
        0 => "Safe to use.".to_owned(),
        few if few <= NAMED_MAX => format!("Safe to use: {}.", all.join(", ")),
        many => {
            format!("Safe to use: none of {many} guarded numbers is worse by more than its limit.")
        }
    };
    let is_small = |safety: &&Safety| safety.is_small && !safety.is_shown;
    match found.safety.iter().filter(is_small).count() {
        0 => rests_on,
        1 => format!("{rests_on} One watched cohort has too few people to tell."),
        many => format!("{rests_on} {many} watched cohorts have too few people to tell."),
    }
}

/// What is known of one guarded KPI, and by which limit, as a line of its own.
pub fn safety_words(safety: &Safety, names: &Names<'_>) -> String {
    let kpi = upper_first(&names.guarded(safety));
    let limit = names.much(safety, safety.margin);
    let by = match safety.from {
        MarginFrom::Rollout => "by this rollout",
        MarginFrom::Definition => "by its definition",
        MarginFrom::Guard => "by its guard",
        MarginFrom::Usual => "as is usual where nobody names a limit",
    };
    let Some(most) = safety.loss_at_most else {
        let why = if safety.is_shown {
            "better, so it is no worse"
        } else if safety.is_small {
            "too few people to tell; nothing waits for them"
        } else {
            "nothing can be said yet"
        };
        return format!("{kpi}: {why}.");
    };
    let most = names.at_most(safety, most);
    match (safety.within, safety.is_shown) {
        (Within::Level, true) => format!("{kpi}: at most {most}; {limit} allowed {by}."),
        (Within::Level, false) => {
            format!("{kpi}: may be up to {most}; {limit} allowed {by}. More people are needed.")
        }
        (_, true) => format!("{kpi}: at most {most} worse; {limit} allowed {by}."),
        (_, false) => {
            format!(
                "{kpi}: may be up to {most} worse; {limit} allowed {by}. More people are needed."
            )
        }
    }
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
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
