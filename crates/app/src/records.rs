//! Change records: finding them, and what the form for a new one needs to know.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::library::{FileKind, Kpi, MAIN, prompt_id};
use variorum_domain::limits::{FILES_PER_SAVE_MAX, PAGE_ROWS_MAX};
use variorum_domain::policy::{Duties, Policy, Touched};
use variorum_domain::rollout::{Rollout, RolloutState, TREATMENT};
use variorum_ports::rows::{OutcomeRow, RecordFilter, RecordRow};

use crate::context::Context;
use crate::events::Measurement;
use crate::library::graphs::graph;
use crate::library::{gate, head, main_settings};
use crate::outcomes::in_unit;
use crate::rollouts;
use crate::work::Work;
use crate::{Error, Result};

/// A record with what became of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The record.
    pub row: RecordRow,
    /// Whether `main` holds its version.
    pub on_main: bool,
    /// What was measured, oldest rollout first.
    pub outcomes: Vec<OutcomeRow>,
}

/// Records that a filter finds, newest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    filter: &RecordFilter,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Record>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let rows = work
        .tx
        .records(actor.workspace, filter, below, limit)
        .await?;
    let commits: Vec<_> = rows.iter().map(|row| row.commit).collect();
    let outcomes = work.tx.outcomes_of(actor.workspace, &commits).await?;
    let graph = graph(ctx, &mut work).await?;
    let main = work.tx.get_ref(actor.workspace, MAIN).await?;
    let with_outcomes = rows.into_iter().map(|row| Record {
        on_main: main.is_some_and(|main| graph.is_ancestor(&row.commit, &main)),
        outcomes: outcomes
            .iter()
            .filter(|outcome| outcome.commit == row.commit)
            .cloned()
            .collect(),
        row,
    });
    Ok(with_outcomes.collect())
}

/// The measured value of a KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The value, in the KPI's unit.
    pub value: f64,
    /// How many people it was measured on.
    pub units: u64,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// By which rollout.
    pub rollout: RolloutNumber,
    /// Whether the rollout was about one of the paths asked for.
    pub of_these_paths: bool,
    /// Ready to stand in the record.
    pub text: String,
}

/// A KPI with its newest measured value.
#[derive(Debug, Clone)]
pub struct KnownKpi {
    /// The KPI.
    pub kpi: Kpi,
    /// What was measured, where anything was.
    pub measured: Option<Baseline>,
}

/// What the form for a record needs to know.
#[derive(Debug, Clone)]
pub struct Form {
    /// What the rules ask for on these paths.
    pub duties: Duties,
    /// The rules.
    pub policy: Policy,
    /// The KPIs of the library.
    pub kpis: Vec<KnownKpi>,
}

/// What the form needs for changes of these paths.
pub async fn form(
    ctx: &Context,
    actor: &Actor,
    paths: &[String],
    wording_only: bool,
) -> Result<Form> {
    access::check(actor, Action::Read, "")?;
    if paths.len() > FILES_PER_SAVE_MAX {
        return Err(Error::invalid(format!(
            "at most {FILES_PER_SAVE_MAX} paths can be asked for at once"
        )));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let tree = head(&mut work, MAIN).await?.map(|(_, data)| data.tree);
    let policy = gate::policy(&mut work, tree).await?;
    let touched: Vec<Touched> = paths
        .iter()
        .map(|path| Touched {
            wording_only: wording_only && path.ends_with(".prompt"),
            path: path.clone(),
        })
        .collect();
    let (library, _) = main_settings(&mut work).await?;
    let prompts: Vec<&str> = paths
        .iter()
        .filter(|path| FileKind::of(path).is_prompt())
        .map(|path| prompt_id(path))
        .collect();
    let measured = measured(ctx, &mut work, &prompts).await?;
    let kpis = library.kpis.values().map(|kpi| KnownKpi {
        measured: newest(&measured, kpi),
        kpi: kpi.clone(),
    });
    Ok(Form {
        duties: policy.duties(&touched),
        kpis: kpis.collect(),
        policy,
    })
}

struct Known {
    rollout: Rollout,
    measurement: Measurement,
    of_these_paths: bool,
}

/// Rollouts with results: those of the prompts asked for first, newest first.
async fn measured(ctx: &Context, work: &mut Work, prompts: &[&str]) -> Result<Vec<Known>> {
    let all = work
        .tx
        .rollouts(work.workspace, false, None, PAGE_ROWS_MAX)
        .await?;
    let mut known = Vec::new();
    for rollout in all {
        let found = rollouts::measured(ctx, work, rollout).await?;
        let Some(measurement) = found.measurement else {
            continue;
        };
        let of = found.rollout.prompt.as_deref();
        known.push(Known {
            of_these_paths: of.is_some_and(|prompt| prompts.contains(&prompt)),
            rollout: found.rollout,
            measurement,
        });
    }
    known.sort_by_key(|one| !one.of_these_paths);
    Ok(known)
}

/// What everybody gets after that rollout: the new arm where it was finished, else the old one.
fn newest(known: &[Known], kpi: &Kpi) -> Option<Baseline> {
    known.iter().find_map(|one| {
        let reading = one.measurement.reading.kpis.iter();
        let reading = reading.clone().find(|reading| reading.kpi == kpi.id)?;
        let arm = match one.rollout.state {
            RolloutState::Finished => reading.arm(won(&one.rollout)?)?,
            _ => &reading.control,
        };
        if arm.units == 0 {
            return None;
        }
        let value = in_unit(kpi, arm.mean);
        let from = one.rollout.started_at;
        let ending = one.rollout.ending.as_ref();
        let to = ending.map_or_else(|| one.rollout.started_at, |ending| ending.at);
        Some(Baseline {
            text: format!(
                "{}={} n={} from={} to={}",
                kpi.id,
                digits(value),
                arm.units,
                day(from),
                day(to)
            ),
            value,
            units: arm.units,
            from,
            to,
            rollout: one.rollout.number,
            of_these_paths: one.of_these_paths,
        })
    })
}

/// The arm that everybody gets since a rollout was finished.
fn won(rollout: &Rollout) -> Option<u8> {
    let ending = rollout.ending.as_ref()?;
    Some(ending.arm.unwrap_or(TREATMENT))
}

/// Up to four digits after the point, without zeros at the end.
fn digits(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The day as `2026-11-24` (civil from days, Howard Hinnant's algorithm).
fn day(at: Time) -> String {
    let days = at.seconds().div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_digits_are_written_short() {
        let rows = [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_793_491_200, "2026-11-01"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(day(Time::from_seconds(seconds)), expected);
        }
        assert_eq!(digits(0.24), "0.24");
        assert_eq!(digits(12.0), "12");
        assert_eq!(digits(0.123_456), "0.1235");
    }
}
