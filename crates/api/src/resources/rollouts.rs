//! Rollouts: starting, watching, moving on, taking back, finishing.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::releases::Reason;
use variorum_api_types::rollouts::{
    FinishRollout, ListRollouts, Replayed, Rollout, RolloutDetail, RolloutPage, StartRollout,
};
use variorum_app::{Error, activity, rollouts};
use variorum_domain::id::RolloutNumber;
use variorum_domain::kpi::defined;
use variorum_domain::rollout;
use variorum_ports::rows::EntryFilter;

use super::{Answer, next_page, page_rows};
use crate::body::{Json, JsonOrNothing, Path, Query};
use crate::caller::Caller;
use crate::convert::activity::entry;
use crate::convert::{plan, rollouts as convert, verdicts};
use crate::state::Shared;

/// Entries shown beside a rollout.
const ENTRIES: usize = 50;

/// Lists rollouts, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts",
    operation_id = "list_rollouts",
    tag = "rollouts",
    params(ListRollouts),
    responses((status = 200, description = "A page of rollouts.", body = RolloutPage))
)]
pub(crate) async fn list_rollouts(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListRollouts>,
) -> Answer<Out<RolloutPage>> {
    let limit = page_rows(asked.limit);
    let open = asked.open.unwrap_or(false);
    let found = rollouts::list(&api.ctx, &caller.actor, open, asked.below, limit).await?;
    let next = next_page(&found, limit, |measured| measured.rollout.number.0);
    Ok(Out(RolloutPage {
        items: found.iter().map(convert::rollout).collect(),
        next,
    }))
}

/// Starts a rollout of a release beside the one that is live.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts",
    operation_id = "start_rollout",
    tag = "rollouts",
    request_body = StartRollout,
    responses((status = 201, description = "The rollout.", body = Rollout))
)]
pub(crate) async fn start_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<StartRollout>,
) -> Answer<(StatusCode, Out<Rollout>)> {
    let kpis = api.kpis.get(&api.ctx, &caller.actor).await?;
    let cmd = plan::start(cmd, |id| defined(&kpis, id))?;
    let started = rollouts::start(&api.ctx, &caller.actor, cmd).await?;
    Ok((StatusCode::CREATED, answer(&api, &caller, started).await?))
}

/// The rollout as it stands after something was done to it.
pub(super) async fn answer(
    api: &Shared,
    caller: &Caller,
    changed: rollout::Rollout,
) -> Result<Out<Rollout>, Error> {
    let found = rollouts::get(&api.ctx, &caller.actor, changed.number).await?;
    Ok(Out(convert::rollout(&found)))
}

/// Reads one rollout with everything measured.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{number}",
    operation_id = "get_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    responses((status = 200, description = "The rollout.", body = RolloutDetail))
)]
pub(crate) async fn get_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<RolloutDetail>> {
    let (ctx, actor) = (&api.ctx, &caller.actor);
    let found = rollouts::get(ctx, actor, RolloutNumber(number)).await?;
    let target = Some(format!("rollout:R-{number}"));
    let filter = EntryFilter {
        target,
        without: Some(rollouts::LOOKED.to_owned()),
        ..EntryFilter::default()
    };
    let entries = activity::list(ctx, actor, &filter, None, ENTRIES).await?;
    let kpis = variorum_app::library::read::settings_of_main(ctx, actor)
        .await?
        .kpis
        .clone();
    let entries = entries.into_iter().map(entry).collect();
    Ok(Out(convert::detail(&found, entries, &kpis)))
}

/// Computes a rollout again from the stored events and compares its decisions and numbers with
/// those that were kept.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{number}/replay",
    operation_id = "replay_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    responses((status = 200, description = "What it came to.", body = Replayed))
)]
pub(crate) async fn replay_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<Replayed>> {
    let (ctx, actor) = (&api.ctx, &caller.actor);
    let number = RolloutNumber(number);
    let replayed = rollouts::replay(ctx, actor, number).await?;
    let found = rollouts::get(ctx, actor, number).await?;
    Ok(Out(verdicts::replayed(&found.rollout, &replayed)))
}

/// Moves a rollout on to its next stage.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/advance",
    operation_id = "advance_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The rollout.", body = Rollout))
)]
pub(crate) async fn advance_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::advance(&api.ctx, &caller.actor, number, &why.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}

/// Stops a rollout from advancing; everybody keeps what they have.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/pause",
    operation_id = "pause_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The rollout.", body = Rollout))
)]
pub(crate) async fn pause_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::set_paused(&api.ctx, &caller.actor, number, true, &why.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}

/// Lets a paused rollout go on.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/resume",
    operation_id = "resume_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The rollout.", body = Rollout))
)]
pub(crate) async fn resume_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::set_paused(&api.ctx, &caller.actor, number, false, &why.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}

/// Takes a rollout back: everybody gets the old release again, at once.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/roll-back",
    operation_id = "roll_back_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The rollout.", body = Rollout))
)]
pub(crate) async fn roll_back_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(why): JsonOrNothing<Reason>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::roll_back(&api.ctx, &caller.actor, number, &why.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}

/// Finishes a rollout: everybody gets the new release. Where several new arms are left, the body
/// says which.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts/{number}/finish",
    operation_id = "finish_rollout",
    tag = "rollouts",
    params(("number" = i64, Path, description = "The rollout's number.")),
    request_body = Option<FinishRollout>,
    responses((status = 200, description = "The rollout.", body = Rollout))
)]
pub(crate) async fn finish_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
    JsonOrNothing(cmd): JsonOrNothing<FinishRollout>,
) -> Answer<Out<Rollout>> {
    let number = RolloutNumber(number);
    let after = rollouts::finish(&api.ctx, &caller.actor, number, cmd.arm, &cmd.reason).await?;
    Ok(answer(&api, &caller, after).await?)
}
