//! Questions over all events: effects by cohort, KPIs over time, who comes back. Read from the
//! columns, never from the log.

mod cohorts;
mod retention;
mod series;

use std::sync::Arc;

use variorum_domain::columns::Dictionary;
use variorum_domain::kpi::defined;
use variorum_domain::library::{Kpi, Library};

pub use cohorts::{AskCohorts, Cohorts, cohorts};
pub use retention::{AskRetention, Retention, retention};
pub(crate) use series::make_ready;
pub use series::{AskSeries, Line, Marker, Series, series};

use crate::library::main_settings;
use crate::work::Work;
use crate::{Error, Result};

/// The channel of an exposure.
const CHANNEL: &str = "channel";
/// Whether a unit was known before.
const RETURNING: &str = "returning";

/// By what units can be told apart in a workspace's events.
fn facets(names: &Dictionary) -> Vec<String> {
    let built_in = [CHANNEL.to_owned(), RETURNING.to_owned()];
    let recorded = names.attributes().map(str::to_owned);
    let mut facets: Vec<String> = built_in.into_iter().chain(recorded).collect();
    facets.dedup();
    facets
}

fn check_facet(names: &Dictionary, key: &str) -> Result<()> {
    let known = facets(names);
    if known.iter().any(|facet| facet == key) {
        return Ok(());
    }
    Err(Error::invalid_with_hint(
        format!("no event has an attribute `{key}`"),
        format!("units can be told apart by: {}", known.join(", ")),
    ))
}

async fn settings(work: &mut Work) -> Result<Arc<Library>> {
    Ok(main_settings(work).await?.0)
}

fn kpi_of(library: &Library, id: &str) -> Result<Kpi> {
    let kpi = defined(&library.kpis, id).cloned();
    kpi.ok_or_else(|| Error::not_found("KPI", id))
}

/// Whether a KPI is a sum over each unit's own events.
fn must_be_summed(kpi: &Kpi) -> Result<()> {
    let parts = kpi.parts();
    if parts.is_empty() {
        return Ok(());
    }
    Err(Error::invalid_with_hint(
        format!(
            "`{}` is made of other KPIs, which is not shown here yet",
            kpi.id
        ),
        format!("ask for what it is made of: {}", parts.join(", ")),
    ))
}
