//! What guards are against, what they decided and what they hold, in words.

use variorum_domain::fold::{Firing, Why};
use variorum_domain::library::{Kpi, KpiKind};
use variorum_domain::rollout::{Guard, GuardAction, Harm, Hold, Limit, Rollout};

use super::{Measure, duration, grouped, level, newer_inside, older_inside, share};

/// Why a guard decided, in one sentence.
pub fn fired_sentence(rollout: &Rollout, kpi: Option<&Kpi>, firing: &Firing) -> String {
    let after = duration((firing.at.0 - rollout.started_at.0) / 1_000_000);
    let people = grouped(firing.reading.exposed.iter().sum());
    let is_stopped = rollout
        .arms
        .get(firing.arm)
        .is_some_and(|arm| arm.stopped.is_some());
    let act = match firing.action {
        GuardAction::RollBack if is_stopped => "stopped this arm",
        GuardAction::RollBack => "took it back",
        GuardAction::Pause => "paused it",
        GuardAction::Hold => "keeps it at its stage",
        GuardAction::Escalate => "asked for people",
    };
    let whom = whom(firing.cohort.as_deref());
    let Some((kpi, (before, now))) = kpi.zip(levels(firing)) else {
        return format!(
            "The guard on {}{whom} {act} after {after} and {people} people.",
            firing.kpi
        );
    };
    let moved = if now < before { "fell" } else { "rose" };
    let (title, before, now) = (&kpi.title, level(kpi, before), level(kpi, now));
    let (older, newer) = (older_inside(rollout), newer_inside(rollout, firing.arm));
    format!(
        "{title}{whom} {moved} from {before} with {older} to {now} with {newer}; \
         the guard {act} after {after} and {people} people."
    )
}

/// The means of the control and of the arm when a guard decided, in the cohort it is about.
fn levels(firing: &Firing) -> Option<(f64, f64)> {
    let reading = &firing.reading;
    if let Some(cohort) = &firing.cohort {
        let mut known = reading.cohorts.iter();
        let known = known.find(|one| one.kpi == firing.kpi && &one.cohort == cohort)?;
        let arm = known.arms.get(usize::from(firing.arm))?;
        return Some((known.arms.first()?.mean, arm.mean));
    }
    let found = reading.kpis.iter().find(|one| one.kpi == firing.kpi)?;
    let measure = Measure::of(found, firing.arm);
    Some((measure.control, measure.treatment))
}

/// Why a look was kept. `title` gives the title of a KPI.
pub fn why(why: &Why, title: impl Fn(&str) -> String) -> String {
    match why {
        Why::Stage => "a stage began".to_owned(),
        Why::Passed(passed) => {
            let how_much = match passed.quarters {
                1 => "a quarter",
                2 => "half",
                _ => "three quarters",
            };
            format!(
                "the guard on {}{} has {how_much} of its evidence against arm {}",
                title(&passed.kpi),
                whom(passed.cohort.as_deref()),
                passed.arm
            )
        }
        Why::Verdict(before) => format!("the verdict was “{}” before", before.name()),
        Why::Hour => "an hour with events has passed".to_owned(),
        Why::Decision => "something was decided".to_owned(),
    }
}

fn whom(cohort: Option<&str>) -> String {
    cohort.map_or_else(String::new, |cohort| {
        format!(" ({})", cohort.replace('=', " "))
    })
}

/// What keeps a rollout at its stage.
pub fn held_sentence(rollout: &Rollout, kpi: Option<&Kpi>, hold: &Hold) -> String {
    let title = kpi.map_or(hold.kpi.as_str(), |kpi| kpi.title.as_str());
    format!(
        "Held at {} of all people: the guard on {title}{} found harm. Let it go on, or roll it back.",
        share(rollout.coverage_bp()),
        whom(hold.cohort.as_deref()),
    )
}

/// What a guard is against, in words.
pub fn against(guard: &Guard, kpi: Option<&Kpi>) -> String {
    let noun = match guard.harm {
        Harm::Decrease => "fall",
        Harm::Increase => "rise",
    };
    match guard.more.limit {
        Some(Limit::Level(most)) => format!("more than {}", amount(kpi, most)),
        Some(Limit::Difference(most)) => format!("a {noun} by more than {}", points(kpi, most)),
        None if guard.margin > 0.0 => {
            format!("a {noun} by more than {} %", trimmed(guard.margin * 100.0))
        }
        None => format!("any {noun}"),
    }
}

/// A level of a KPI, or a difference, as guards limit them.
pub fn limit(kpi: Option<&Kpi>, is_level: bool, number: f64) -> String {
    if is_level {
        amount(kpi, number)
    } else {
        points(kpi, number)
    }
}

fn is_rate(kpi: Option<&Kpi>) -> bool {
    kpi.is_some_and(|kpi| kpi.kind == KpiKind::Conversion)
}

fn points(kpi: Option<&Kpi>, difference: f64) -> String {
    if is_rate(kpi) {
        format!("{} points", trimmed(difference * 100.0))
    } else {
        amount(kpi, difference)
    }
}

fn amount(kpi: Option<&Kpi>, amount: f64) -> String {
    if is_rate(kpi) {
        return format!("{} %", trimmed(amount * 100.0));
    }
    let decimals = kpi.map_or(0, |kpi| i32::try_from(kpi.decimals).unwrap_or(0));
    let number = trimmed(amount * 10_f64.powi(-decimals));
    match kpi
        .map(|kpi| kpi.unit.as_str())
        .filter(|unit| !unit.is_empty())
    {
        Some(unit) => format!("{number} {unit}"),
        None => number,
    }
}

/// A number without digits that say nothing.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::library::{Direction, KpiMore};

    fn kpi(kind: KpiKind, unit: &str, decimals: u32) -> Kpi {
        Kpi {
            id: "x".into(),
            title: "X".into(),
            kind,
            direction: Direction::Down,
            unit: unit.into(),
            decimals,
            window_seconds: 1,
            more: KpiMore::default(),
        }
    }

    #[test]
    fn what_a_guard_is_against() {
        let rate = kpi(KpiKind::Conversion, "", 0);
        let money = kpi(KpiKind::Value, "EUR", 2);
        let with = |harm, margin, limit| {
            let mut guard = Guard::of("x", harm);
            (guard.margin, guard.more.limit) = (margin, limit);
            guard
        };
        let (less, more) = (Harm::Decrease, Harm::Increase);
        let rows = [
            (with(less, 0.0, None), &rate, "any fall"),
            (with(more, 0.05, None), &rate, "a rise by more than 5 %"),
            (
                with(more, 0.0, Some(Limit::Level(0.003))),
                &rate,
                "more than 0.3 %",
            ),
            (
                with(more, 0.0, Some(Limit::Difference(0.001))),
                &rate,
                "a rise by more than 0.1 points",
            ),
            (
                with(more, 0.0, Some(Limit::Level(150.0))),
                &money,
                "more than 1.5 EUR",
            ),
            (
                with(less, 0.0, Some(Limit::Difference(25.0))),
                &money,
                "a fall by more than 0.25 EUR",
            ),
        ];
        for (guard, kpi, expected) in rows {
            assert_eq!(against(&guard, Some(kpi)), expected);
        }
    }
}
