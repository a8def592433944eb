//! Results of rollouts as a table: a row for each rollout, KPI and arm.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::analysis::Cohort;
use variorum_domain::fold::{DivisorReading, Reading};
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::kpi::Made;
use variorum_domain::library::{Kpi, KpiKind};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::Rollout;

use crate::analysis::{AskCohorts, cohorts};
use crate::context::Context;
use crate::rollouts::measured;
use crate::work::Work;
use crate::{Error, Result};

/// Which results.
#[derive(Debug, Clone, Default)]
pub struct ResultsFilter {
    /// Only of this rollout.
    pub rollout: Option<RolloutNumber>,
    /// Only of this KPI.
    pub kpi: Option<String>,
    /// Only of rollouts that were begun at this time or later.
    pub from: Option<Time>,
    /// Only of rollouts that were begun before.
    pub to: Option<Time>,
    /// Only of rollouts that are about this prompt.
    pub prompt: Option<String>,
    /// Also the parts of each result, by what units are told apart: `channel`, `returning` or attributes
    /// of the exposures. Takes `rollout`.
    pub by: Vec<String>,
}

/// What one arm of a rollout did to one KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// Which rollout.
    pub rollout: RolloutNumber,
    /// How it stands.
    pub state: &'static str,
    /// Where.
    pub environment: String,
    /// The prompt it is about, where it is about one.
    pub prompt: String,
    /// When it was begun.
    pub begun: Time,
    /// Which part of the units, e.g. `channel=email`; empty for all of them.
    pub cohort: String,
    /// Which arm: 0 is the control.
    pub arm: u8,
    /// The release of that arm.
    pub release: ReleaseNumber,
    /// Which KPI.
    pub kpi: String,
    /// The kind of the KPI.
    pub kpi_kind: &'static str,
    /// Digits of the KPI's values behind the point.
    pub decimals: u32,
    /// Exposed units.
    pub units: u64,
    /// The sum over the units, in the smallest unit.
    pub sum: String,
    /// The sum of squares, in the smallest unit squared.
    pub sum_of_squares: String,
    /// What a ratio divides by, where the KPI is one.
    pub divisor: Option<Divisor>,
    /// The mean per unit, in the smallest unit; of a ratio one sum over the other.
    pub mean: f64,
    /// The difference to the control with its always-valid 95 % interval: estimate, low, high.
    pub difference: Option<(f64, f64, f64)>,
    /// Whether the split does not fit the plan, so that results are not to be trusted.
    pub split_alarm: bool,
}

/// What a ratio divides by: its sums, in the smallest unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divisor {
    /// Which KPI.
    pub kpi: String,
    /// The sum over the units.
    pub sum: String,
    /// The sum of squares.
    pub sum_of_squares: String,
    /// The sum of the products of both totals of each unit.
    pub sum_of_products: String,
}

/// The results of rollouts, the newest first.
pub async fn results(
    ctx: &Context,
    actor: &Actor,
    filter: &ResultsFilter,
) -> Result<Vec<ResultRow>> {
    access::check(actor, Action::Read, "")?;
    if !filter.by.is_empty() && filter.rollout.is_none() {
        return Err(Error::invalid_with_hint(
            "results by cohort are worked out from all events, one rollout at a time",
            "say which rollout",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let mut found = Vec::new();
    let mut below = filter.rollout.map(|number| number.0 + 1);
    loop {
        let page = work
            .tx
            .rollouts(actor.workspace, false, below, PAGE_ROWS_MAX)
            .await?;
        let Some(last) = page.last() else { break };
        below = Some(last.number.0);
        for rollout in page {
            if filter
                .rollout
                .is_some_and(|number| number != rollout.number)
            {
                return Ok(found);
            }
            let begun = rollout.started_at;
            let is_in = filter.from.is_none_or(|from| begun >= from)
                && filter.to.is_none_or(|to| begun < to)
                && filter
                    .prompt
                    .as_ref()
                    .is_none_or(|prompt| rollout.prompt.as_ref() == Some(prompt));
            if !is_in {
                continue;
            }
            let measured = measured(ctx, &mut work, rollout).await?;
            if let Some(measurement) = measured.measurement {
                let alarm = measurement.reading.srm.alarm;
                rows_of(&measured.rollout, &measurement.reading, filter, &mut found);
                if !filter.by.is_empty() {
                    parts_of(ctx, actor, (&measured.rollout, alarm), filter, &mut found).await?;
                }
            }
        }
    }
    Ok(found)
}

/// The rows of each cohort, of KPIs that are sums over each unit's own events.
async fn parts_of(
    ctx: &Context,
    actor: &Actor,
    (rollout, split_alarm): (&Rollout, bool),
    filter: &ResultsFilter,
    found: &mut Vec<ResultRow>,
) -> Result<()> {
    let wanted =
        |kpi: &&Kpi| kpi.parts().is_empty() && filter.kpi.as_ref().is_none_or(|id| *id == kpi.id);
    for kpi in rollout.kpis.iter().filter(wanted) {
        let ask = AskCohorts {
            rollout: rollout.number,
            kpi: Some(kpi.id.clone()),
            by: filter.by.clone(),
        };
        let parts = cohorts(ctx, actor, &ask).await?;
        for (place, cohort) in parts.table.cohorts.iter().enumerate() {
            let name = name_of(&parts.by, cohort);
            for (arm, sums) in (0..).zip(&cohort.arms) {
                let compared = usize::from(arm)
                    .checked_sub(1)
                    .and_then(|pair| parts.comparisons.get(pair));
                let interval = compared.and_then(|(one, _)| one.effects.get(place)?.interval);
                found.push(ResultRow {
                    rollout: rollout.number,
                    state: rollout.state.name(),
                    environment: rollout.environment.clone(),
                    prompt: rollout.prompt.clone().unwrap_or_default(),
                    begun: rollout.started_at,
                    cohort: name.clone(),
                    arm,
                    release: rollout.release_of(arm),
                    kpi: kpi.id.clone(),
                    kpi_kind: kind_name(kpi.kind),
                    decimals: kpi.decimals,
                    units: sums.n,
                    sum: sums.sum.to_string(),
                    sum_of_squares: sums.sum_sq.to_string(),
                    divisor: None,
                    mean: sums.mean().unwrap_or(0.0),
                    difference: interval.map(|one| (one.estimate, one.low, one.high)),
                    split_alarm,
                });
            }
        }
    }
    Ok(())
}

/// `channel=email, region=de`; `other` for what is poured together.
fn name_of(by: &[String], cohort: &Cohort) -> String {
    if cohort.is_rest {
        return "other".to_owned();
    }
    let parts = by.iter().zip(&cohort.labels);
    let parts: Vec<String> = parts.map(|(key, label)| format!("{key}={label}")).collect();
    parts.join(", ")
}

fn rows_of(
    rollout: &Rollout,
    reading: &Reading,
    filter: &ResultsFilter,
    found: &mut Vec<ResultRow>,
) {
    for kpi in &reading.kpis {
        if filter.kpi.as_ref().is_some_and(|wanted| *wanted != kpi.kpi) {
            continue;
        }
        let known = rollout.kpis.iter().find(|known| known.id == kpi.kpi);
        let control = (&kpi.control, None);
        let treatments = kpi.treatments.iter().map(|one| (&one.arm, one.difference));
        for (arm, (sums, difference)) in (0..).zip(std::iter::once(control).chain(treatments)) {
            found.push(ResultRow {
                rollout: rollout.number,
                state: rollout.state.name(),
                environment: rollout.environment.clone(),
                prompt: rollout.prompt.clone().unwrap_or_default(),
                begun: rollout.started_at,
                cohort: String::new(),
                arm,
                release: rollout.release_of(arm),
                kpi: kpi.kpi.clone(),
                kpi_kind: known.map_or("", |known| kind_name(known.kind)),
                decimals: known.map_or(0, |known| known.decimals),
                units: sums.units,
                sum: sums.sum.clone(),
                sum_of_squares: sums.sum_of_squares.clone(),
                divisor: sums
                    .divisor
                    .as_ref()
                    .map(|divisor| divisor_of(known, divisor)),
                mean: sums.mean,
                difference: difference.map(|one| (one.estimate, one.low, one.high)),
                split_alarm: reading.srm.alarm,
            });
        }
    }
}

fn divisor_of(known: Option<&Kpi>, reading: &DivisorReading) -> Divisor {
    let kpi = known.and_then(|known| match &known.more.made {
        Made::OfTwo { denominator, .. } => Some(denominator.clone()),
        _ => None,
    });
    Divisor {
        kpi: kpi.unwrap_or_default(),
        sum: reading.sum.clone(),
        sum_of_squares: reading.sum_of_squares.clone(),
        sum_of_products: reading.sum_of_products.clone(),
    }
}

fn kind_name(kind: KpiKind) -> &'static str {
    match kind {
        KpiKind::Conversion => "conversion",
        KpiKind::Value => "value",
        KpiKind::Count => "count",
        KpiKind::Ratio => "ratio",
        KpiKind::Quantile => "quantile",
    }
}
