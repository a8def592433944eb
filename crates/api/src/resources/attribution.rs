//! Credits beside experiments, the paths of journeys, the ledger of changes.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::attribution as wire;
use variorum_app::Error;
use variorum_app::attribution::{self, Question};
use variorum_domain::attribution::By;
use variorum_domain::id::Time;

use super::Answer;
use crate::body::Query;
use crate::caller::Caller;
use crate::convert::attribution as convert;
use crate::state::Shared;
use crate::time;

fn question(asked: wire::AskAttribution) -> Result<Question, Error> {
    let by = match asked.by.as_deref() {
        None => By::default(),
        Some(name) => By::from_name(name)
            .ok_or_else(|| Error::invalid("`by` must be one of channel, prompt, version"))?,
    };
    let moment = |field: &str, text: Option<String>| -> Result<Option<Time>, Error> {
        let Some(text) = text else { return Ok(None) };
        let wrong = || {
            Error::invalid(format!(
                "`{field}` must be a time such as 2026-11-28T00:00:00Z"
            ))
        };
        time::parse(&text).map(Some).ok_or_else(wrong)
    };
    let touches = asked.touches.unwrap_or_default();
    let touches = touches
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty());
    Ok(Question {
        kpi: asked.kpi,
        by,
        lookback_days: asked.lookback_days,
        half_life_days: asked.half_life_days,
        touch_kpis: touches.map(str::to_owned).collect(),
        from: moment("from", asked.from)?,
        until: moment("until", asked.until)?,
    })
}

/// Shares the conversions of a period out by eight models, with what experiments found beside them.
#[utoipa::path(
    get,
    path = "/api/v1/attribution",
    operation_id = "get_attribution",
    tag = "measurement",
    params(wire::AskAttribution),
    responses((status = 200, description = "Credits and causal numbers.", body = wire::Attribution))
)]
pub(crate) async fn get_attribution(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskAttribution>,
) -> Answer<Out<wire::Attribution>> {
    let question = question(asked)?;
    let found = attribution::attribute(&api.ctx, &caller.actor, &question).await?;
    Ok(Out(convert::attribution(&found)))
}

/// Shows the paths that journeys took, and their first steps as a flow.
#[utoipa::path(
    get,
    path = "/api/v1/journeys",
    operation_id = "get_journeys",
    tag = "measurement",
    params(wire::AskAttribution),
    responses((status = 200, description = "Paths and flow.", body = wire::Journeys))
)]
pub(crate) async fn get_journeys(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskAttribution>,
) -> Answer<Out<wire::Journeys>> {
    let question = question(asked)?;
    let found = attribution::attribute(&api.ctx, &caller.actor, &question).await?;
    Ok(Out(convert::journeys(&found)))
}

/// Tells what each change brought: the experiment's lift, else before against after with its weakness.
#[utoipa::path(
    get,
    path = "/api/v1/ledger",
    operation_id = "get_ledger",
    tag = "measurement",
    params(wire::AskLedger),
    responses((status = 200, description = "The lines, oldest first.", body = wire::Ledger))
)]
pub(crate) async fn get_ledger(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskLedger>,
) -> Answer<Out<wire::Ledger>> {
    let (kpi, prompt) = (asked.kpi.as_deref(), asked.prompt.as_deref());
    let found = attribution::ledger(&api.ctx, &caller.actor, kpi, prompt).await?;
    Ok(Out(convert::ledger(&found)))
}
