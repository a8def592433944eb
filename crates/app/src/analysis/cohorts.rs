//! The effect of a rollout, cohort by cohort.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::analysis::{
    CohortFold, CohortQuestion, CohortTable, Comparison, Facet, Measure, compare, sentences,
};
use variorum_domain::columns::{Filter, Pick, UnitCode, UnitRows};
use variorum_domain::id::RolloutNumber;
use variorum_domain::library::Kpi;
use variorum_domain::limits::COHORT_FACETS_MAX;
use variorum_domain::rollout::Rollout;

use super::{CHANNEL, RETURNING, check_facet, facets, must_be_summed};
use crate::columns::{UnitFold, catch_up, scan};
use crate::context::Context;
use crate::rollouts::load;
use crate::work::Work;
use crate::{Error, Result};

/// What is asked.
#[derive(Debug, Clone)]
pub struct AskCohorts {
    /// Of which rollout.
    pub rollout: RolloutNumber,
    /// Which of its KPIs; its goal, or its first one, where not given.
    pub kpi: Option<String>,
    /// By what units are told apart: `channel`, `returning`, or an attribute of the exposures; by the
    /// segments of the KPI, else the channel, where not given.
    pub by: Vec<String>,
}

/// Effects by cohort.
#[derive(Debug, Clone)]
pub struct Cohorts {
    /// The rollout.
    pub rollout: Rollout,
    /// What is measured, as it was defined when the rollout began.
    pub kpi: Kpi,
    /// By what units are told apart.
    pub by: Vec<String>,
    /// By what they could be.
    pub facets: Vec<String>,
    /// The cohorts and their sums.
    pub table: CohortTable,
    /// Each treatment against control, with what it says in words.
    pub comparisons: Vec<(Comparison, Vec<String>)>,
    /// The place of the newest event that is in it.
    pub through_seq: i64,
    /// How many places of the log are not in it yet.
    pub missing: i64,
}

impl UnitFold for CohortFold {
    fn unit(&mut self, _unit: UnitCode, rows: UnitRows<'_>) {
        Self::unit(self, rows);
    }

    fn absorb(&mut self, other: Self) {
        Self::absorb(self, other);
    }
}

/// A person who comes back meets both versions of a switchback, so groups of people tell nothing of it.
fn must_split_people(rollout: &Rollout) -> Result<()> {
    if rollout.plan.switchback().is_none() {
        return Ok(());
    }
    Err(Error::invalid_with_hint(
        format!(
            "`R-{}` is a switchback: it compares windows, and whoever comes back meets both versions, so \
             groups of people cannot be compared",
            rollout.number
        ),
        "start one with a condition, such as region=de, to learn what it does there",
    ))
}

/// Tells the effect of a rollout in each cohort.
pub async fn cohorts(ctx: &Context, actor: &Actor, ask: &AskCohorts) -> Result<Cohorts> {
    access::check(actor, Action::Read, "")?;
    if ask.by.len() > COHORT_FACETS_MAX {
        return Err(Error::invalid_with_hint(
            format!("cohorts are made by 1 to {COHORT_FACETS_MAX} facets"),
            "for example `channel`, `returning`, or an attribute such as `region`",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rollout = load(&mut work, ask.rollout).await?;
    drop(work);
    must_split_people(&rollout)?;
    let kpi = measured_kpi(&rollout, ask.kpi.as_deref())?;
    let missing = catch_up(ctx).await?;
    let names = ctx.columns.names(actor.workspace);
    let ask = &AskCohorts {
        by: chosen(&ask.by, &kpi, &facets(&names)),
        ..ask.clone()
    };
    let attributes = attributes(&ask.by);
    for key in &attributes {
        check_facet(&names, key)?;
    }
    let arms = rollout.plan.weights_bp.len();
    let mut definitions = rollout.definitions.iter();
    let cap = definitions
        .find(|known| known.kpi == kpi.id)
        .and_then(|known| known.cap);
    let question = |names: &variorum_domain::columns::Dictionary| CohortQuestion {
        rollout: rollout.number.0,
        began: rollout.started_at.0,
        arms,
        measure: Measure::new(&kpi, &names.kpis).capped(cap),
        by: facets_asked(&ask.by, &attributes),
    };
    let scanned = scan(
        ctx,
        actor.workspace,
        &filter(ask, &rollout, &kpi),
        &attributes,
        |names| CohortFold::new(question(names)),
    )
    .await?;
    let table = scanned.fold.table(&scanned.names);
    #[expect(clippy::cast_precision_loss, reason = "a planned number of units")]
    let planned = rollout.plan.planned_units.max(100) as f64;
    let compared = |arm: usize| {
        let found = compare(&table, arm, planned);
        let name = if arms == 2 {
            "the new version".to_owned()
        } else {
            format!("arm {arm}")
        };
        let said = sentences(&kpi, &name, &table, &found);
        (found, said)
    };
    Ok(Cohorts {
        comparisons: (1..arms).map(compared).collect(),
        by: ask.by.clone(),
        facets: facets(&scanned.names),
        table,
        through_seq: scanned.through_seq,
        missing,
        kpi,
        rollout,
    })
}

/// By what units are told apart: as is asked, else by the segments that the KPI's definition names
/// and that were seen, else by the channel.
fn chosen(asked: &[String], kpi: &Kpi, known: &[String]) -> Vec<String> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    let segments = kpi.more.segments.iter();
    let seen = segments.filter(|segment| known.contains(segment));
    let mut chosen: Vec<String> = seen.take(COHORT_FACETS_MAX).cloned().collect();
    if chosen.is_empty() {
        chosen.push(CHANNEL.to_owned());
    }
    chosen
}

/// Whether somebody is new needs to know all a unit did before; all else only what counts.
fn filter(ask: &AskCohorts, rollout: &Rollout, kpi: &Kpi) -> Filter {
    let outcomes = Pick {
        kpis: vec![kpi.id.clone()],
        ..Pick::default()
    };
    let exposures = Pick {
        rollouts: vec![rollout.number.0],
        ..Pick::default()
    };
    if ask.by.iter().any(|key| key == RETURNING) {
        return Filter::default();
    }
    Filter {
        exposures: Some(exposures),
        outcomes: Some(outcomes),
        ..Filter::default()
    }
}

fn measured_kpi(rollout: &Rollout, asked: Option<&str>) -> Result<Kpi> {
    let goal = asked.or(rollout.plan.goal.as_deref());
    let found = match goal {
        Some(id) => rollout.kpis.iter().find(|kpi| kpi.id == id),
        None => rollout.kpis.first(),
    };
    let known: Vec<&str> = rollout.kpis.iter().map(|kpi| kpi.id.as_str()).collect();
    let kpi = found.ok_or_else(|| {
        Error::invalid_with_hint(
            format!(
                "rollout `R-{}` does not measure `{}`",
                rollout.number,
                goal.unwrap_or("any KPI")
            ),
            format!("it measures: {}", known.join(", ")),
        )
    })?;
    must_be_summed(kpi)?;
    Ok(kpi.clone())
}

/// The attributes that must be read, in the order of their facets.
fn attributes(by: &[String]) -> Vec<String> {
    let recorded = by.iter().filter(|key| *key != CHANNEL && *key != RETURNING);
    recorded.cloned().collect()
}

fn facets_asked(by: &[String], attributes: &[String]) -> Vec<Facet> {
    let facet = |key: &String| match key.as_str() {
        CHANNEL => Facet::Channel,
        RETURNING => Facet::Returning,
        _ => {
            let place = attributes.iter().position(|known| known == key);
            Facet::Attribute(place.unwrap_or(0), key.clone())
        }
    };
    by.iter().map(facet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::library::{Direction, KpiKind, KpiMore};

    #[test]
    fn the_segments_of_a_kpi_are_what_one_begins_with() {
        let kpi = |segments: &[&str]| Kpi {
            id: "order".into(),
            title: "Orders".into(),
            kind: KpiKind::Conversion,
            direction: Direction::Up,
            unit: String::new(),
            decimals: 0,
            window_seconds: 1,
            more: KpiMore {
                segments: segments.iter().map(ToString::to_string).collect(),
                ..KpiMore::default()
            },
        };
        let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let known = texts(&["channel", "returning", "region", "tier", "brand"]);
        let rows: [(&[&str], &[&str], &[&str]); 5] = [
            (&[], &[], &["channel"]),
            (&[], &["region", "tier"], &["region", "tier"]),
            (&["brand"], &["region"], &["brand"]),
            (&[], &["never-seen"], &["channel"]),
            (
                &[],
                &["region", "tier", "brand", "returning"],
                &["region", "tier", "brand"],
            ),
        ];
        for (asked, segments, expected) in rows {
            let found = chosen(&texts(asked), &kpi(segments), &known);
            assert_eq!(found, texts(expected), "{asked:?} of {segments:?}");
        }
    }
}
