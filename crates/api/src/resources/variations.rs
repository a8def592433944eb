//! Who differs from a base and how; what a change makes of variations.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::variations::{OnDraft, VariationEffects, VariationMatrix};
use variorum_app::library::variations;
use variorum_domain::id::ChangeNumber;

use super::Answer;
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::convert::variations as convert;
use crate::state::Shared;

/// Shows who differs from a base, and how: a line a variation, a column a slot or field.
///
/// Asked of a variation, it shows those of its base.
#[utoipa::path(
    get,
    path = "/api/v1/prompts/{id}/variations",
    operation_id = "list_variations",
    tag = "prompts",
    params(("id" = String, Path, description = "The prompt's id as one part: `/` is written `%2F`."), OnDraft),
    responses((status = 200, description = "The matrix.", body = VariationMatrix))
)]
pub(crate) async fn list_variations(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<OnDraft>,
) -> Answer<Out<VariationMatrix>> {
    let draft = asked.draft.filter(|draft| !draft.is_empty());
    let found = variations::matrix(&api.ctx, &caller.actor, &id, draft.as_deref()).await?;
    Ok(Out(convert::matrix(found)))
}

/// Shows the variations that read differently once a change is in the library, before and after.
#[utoipa::path(
    get,
    path = "/api/v1/changes/{number}/variations",
    operation_id = "list_change_variations",
    tag = "changes",
    params(("number" = i64, Path, description = "The change's number.")),
    responses((status = 200, description = "The variations.", body = VariationEffects))
)]
pub(crate) async fn list_change_variations(
    State(api): State<Shared>,
    caller: Caller,
    Path(number): Path<i64>,
) -> Answer<Out<VariationEffects>> {
    let number = ChangeNumber(number);
    let found = variations::of_change(&api.ctx, &caller.actor, number).await?;
    Ok(Out(convert::effects(found)))
}

/// Shows the variations that read differently on a draft than where it left the library.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{name}/variations",
    operation_id = "list_draft_variations",
    tag = "drafts",
    params(("name" = String, Path, description = "The draft's name as one part: `/` is written `%2F`.")),
    responses((status = 200, description = "The variations.", body = VariationEffects))
)]
pub(crate) async fn list_draft_variations(
    State(api): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<Out<VariationEffects>> {
    let found = variations::of_draft(&api.ctx, &caller.actor, &name).await?;
    Ok(Out(convert::effects(found)))
}
