//! Who comes back.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::analysis::{Measure, RetentionCurve, RetentionFold, RetentionQuestion};
use variorum_domain::columns::{Filter, Pick, UnitCode, UnitRows};
use variorum_domain::library::Kpi;
use variorum_domain::limits::RETENTION_WEEKS_MAX;

use super::{CHANNEL, RETURNING, check_facet, kpi_of, must_be_summed, settings};
use crate::columns::{UnitFold, catch_up, scan};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// What is asked.
#[derive(Debug, Clone)]
pub struct AskRetention {
    /// What counts as coming back.
    pub kpi: String,
    /// Only units first exposed to this prompt; any exposure where not given.
    pub prompt: Option<String>,
    /// By what units are told apart: `channel` or an attribute of the exposures.
    pub by: String,
    /// How many weeks are looked at.
    pub weeks: usize,
}

/// Curves by cohort.
#[derive(Debug, Clone)]
pub struct Retention {
    /// What counts as coming back.
    pub kpi: Kpi,
    /// The curves, the largest cohort first.
    pub curves: Vec<RetentionCurve>,
    /// How many places of the log are not in it yet.
    pub missing: i64,
}

impl UnitFold for RetentionFold {
    fn unit(&mut self, _unit: UnitCode, rows: UnitRows<'_>) {
        Self::unit(self, rows);
    }

    fn absorb(&mut self, other: Self) {
        Self::absorb(self, other);
    }
}

/// Tells which share of each cohort's units had an outcome in each week after the first exposure.
pub async fn retention(ctx: &Context, actor: &Actor, ask: &AskRetention) -> Result<Retention> {
    access::check(actor, Action::Read, "")?;
    if !(1..=RETENTION_WEEKS_MAX).contains(&ask.weeks) {
        return Err(Error::invalid(format!(
            "`weeks` must lie between 1 and {RETENTION_WEEKS_MAX}"
        )));
    }
    if ask.by == RETURNING {
        return Err(Error::invalid_with_hint(
            "who comes back begins with the first exposure, when everybody is new",
            "ask by `channel` or by an attribute",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let kpi = kpi_of(&*settings(&mut work).await?, &ask.kpi)?;
    must_be_summed(&kpi)?;
    drop(work);
    let missing = catch_up(ctx).await?;
    let attribute = (ask.by != CHANNEL).then(|| ask.by.clone());
    check_facet(&ctx.columns.names(actor.workspace), &ask.by)?;
    let filter = Filter {
        exposures: Some(Pick {
            prompts: ask.prompt.iter().cloned().collect(),
            ..Pick::default()
        }),
        outcomes: Some(Pick {
            kpis: vec![kpi.id.clone()],
            ..Pick::default()
        }),
        ..Filter::default()
    };
    let keys: Vec<String> = attribute.iter().cloned().collect();
    let scanned = scan(ctx, actor.workspace, &filter, &keys, |names| {
        RetentionFold::new(RetentionQuestion {
            measure: Measure::new(&kpi, &names.kpis),
            weeks: ask.weeks,
            now: ctx.clock.now().0,
            from: i64::MIN,
            attribute: attribute.clone(),
        })
    })
    .await?;
    Ok(Retention {
        curves: scanned.fold.curves(&scanned.names),
        kpi,
        missing,
    })
}
