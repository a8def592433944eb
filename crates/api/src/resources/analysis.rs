//! Questions over all events: effects by cohort, KPIs over time, who comes back.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::analysis as wire;
use variorum_app::analysis::{self, AskCohorts, AskRetention, AskSeries};
use variorum_app::library::read;
use variorum_app::lives::{self, AskBaselines};
use variorum_domain::analysis::Grain;
use variorum_domain::id::{RolloutNumber, Time};

use super::Answer;
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::convert::analysis as convert;
use crate::problem::Failure;
use crate::state::Shared;
use crate::time;

/// Weeks of retention where nothing is said.
const WEEKS: usize = 8;
/// Versions of a page of baselines where nothing is said.
const BASELINES: usize = 50;

/// Tells the effect of a rollout in each cohort.
#[utoipa::path(
    get,
    path = "/api/v1/cohorts",
    operation_id = "get_cohorts",
    tag = "analysis",
    params(wire::AskCohorts),
    responses((status = 200, description = "The cohorts.", body = wire::Cohorts))
)]
pub(crate) async fn get_cohorts(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskCohorts>,
) -> Answer<Out<wire::Cohorts>> {
    let ask = AskCohorts {
        rollout: RolloutNumber(asked.rollout),
        kpi: asked.kpi.filter(|text| !text.is_empty()),
        by: listed(&asked.by),
    };
    let found = analysis::cohorts(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(convert::cohorts(found)))
}

/// Tells a KPI day by day or hour by hour.
#[utoipa::path(
    get,
    path = "/api/v1/series",
    operation_id = "get_series",
    tag = "analysis",
    params(wire::AskSeries),
    responses((status = 200, description = "The series.", body = wire::Series))
)]
pub(crate) async fn get_series(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskSeries>,
) -> Answer<Out<wire::Series>> {
    let grain = match asked.grain.as_deref() {
        None | Some("" | "day") => Grain::Day,
        Some("hour") => Grain::Hour,
        Some(other) => {
            return Err(Failure::invalid(
                &format!("`{other}` is no length of a point"),
                "Say `day` or `hour`.",
            ));
        }
    };
    let ask = AskSeries {
        kpi: asked.kpi,
        prompt: given(asked.prompt),
        by: given(asked.by),
        from: moment("from", given(asked.from))?,
        until: moment("until", given(asked.until))?,
        grain,
    };
    let found = analysis::series(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(convert::series(found)))
}

/// Lists versions that went live, each with how the KPIs stood at that moment.
#[utoipa::path(
    get,
    path = "/api/v1/baselines",
    operation_id = "list_baselines",
    tag = "analysis",
    params(wire::AskBaselines),
    responses((status = 200, description = "The versions, newest first.", body = wire::BaselinePage))
)]
pub(crate) async fn list_baselines(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskBaselines>,
) -> Answer<Out<wire::BaselinePage>> {
    let ask = AskBaselines {
        prompt: given(asked.prompt),
        kpi: given(asked.kpi),
        before: moment("before", given(asked.before))?,
        limit: asked.limit.unwrap_or(BASELINES),
    };
    let found = lives::baselines_of(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(convert::baselines(found)))
}

/// Tells which share of each cohort comes back in each week after the first exposure.
#[utoipa::path(
    get,
    path = "/api/v1/retention",
    operation_id = "get_retention",
    tag = "analysis",
    params(wire::AskRetention),
    responses((status = 200, description = "The curves.", body = wire::Retention))
)]
pub(crate) async fn get_retention(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskRetention>,
) -> Answer<Out<wire::Retention>> {
    let by = given(asked.by).unwrap_or_else(|| "channel".into());
    let ask = AskRetention {
        kpi: asked.kpi,
        prompt: given(asked.prompt),
        by: by.clone(),
        weeks: asked.weeks.unwrap_or(WEEKS),
    };
    let found = analysis::retention(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(convert::retention(found, by)))
}

/// Lists the KPIs that the library defines.
#[utoipa::path(
    get,
    path = "/api/v1/kpis",
    operation_id = "list_kpis",
    tag = "analysis",
    responses((status = 200, description = "The KPIs.", body = wire::KpiPage))
)]
pub(crate) async fn list_kpis(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<wire::KpiPage>> {
    let (library, _) = read::library(&api.ctx, &caller.actor).await?;
    let items = library.kpis.values().map(convert::kpi).collect();
    Ok(Out(wire::KpiPage { items }))
}

/// Reads one KPI.
#[utoipa::path(
    get,
    path = "/api/v1/kpis/{id}",
    operation_id = "get_kpi",
    tag = "analysis",
    params(("id" = String, Path, description = "The KPI's id.")),
    responses((status = 200, description = "The KPI.", body = wire::KpiInfo))
)]
pub(crate) async fn get_kpi(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<Out<wire::KpiInfo>> {
    let (library, _) = read::library(&api.ctx, &caller.actor).await?;
    let found = library.kpis.get(&id).map(convert::kpi);
    let missing = || variorum_app::Error::not_found("KPI", &id);
    Ok(Out(found.ok_or_else(missing)?))
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn listed(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn moment(field: &str, text: Option<String>) -> Result<Option<Time>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let read = time::parse(&text).or_else(|| time::parse(&format!("{text}T00:00:00Z")));
    read.map(Some).ok_or_else(|| {
        Failure::invalid(
            &format!("`{field}` is not a moment: `{text}`"),
            "Write a day as 2026-11-28, or a moment as 2026-11-28T09:00:00Z.",
        )
    })
}
