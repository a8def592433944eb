//! Keeping a library in order.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::library::ListPrompts;
use variorum_api_types::upkeep::{
    DuplicateGroup, Duplicates, FindDuplicates, FindObsolete, ObsoletePage, ObsoletePrompt,
};
use variorum_app::library::{duplicates, upkeep};

use super::library::index;
use super::{Answer, next_page, page_rows, search};
use crate::body::Query;
use crate::caller::Caller;
use crate::convert::library::summary;
use crate::state::Shared;
use crate::time;

/// Shared runs of words from which on texts count as alike, of a hundred.
const PERCENT: u8 = 80;
/// Days without a change from which on a prompt may be obsolete.
const DAYS: i64 = 90;

/// Finds copies and near copies.
#[utoipa::path(
    get,
    path = "/api/v1/duplicates",
    operation_id = "find_duplicates",
    tag = "library",
    params(FindDuplicates),
    responses((status = 200, description = "Groups of files that are alike.", body = Duplicates))
)]
pub(crate) async fn find_duplicates(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<FindDuplicates>,
) -> Answer<Out<Duplicates>> {
    let ask = search::ask(ListPrompts {
        folder: asked.folder,
        channel: asked.channel,
        category: asked.category,
        kind: asked.kind,
        ..ListPrompts::default()
    });
    let (percent, limit) = (asked.percent.unwrap_or(PERCENT), page_rows(asked.limit));
    let old_will_do = asked.old_will_do.unwrap_or(false);
    let (ctx, actor) = (&api.ctx, &caller.actor);
    let found = duplicates::duplicates(ctx, actor, &ask, percent, limit, old_will_do).await?;
    let index = index(&api, &caller.actor);
    let group = |group: duplicates::AlikeGroup| DuplicateGroup {
        percent: group.percent,
        files: group
            .files
            .into_iter()
            .map(|row| summary(row, index.as_deref()))
            .collect(),
    };
    Ok(Out(Duplicates {
        items: found.groups.into_iter().map(group).collect(),
        compared_at: time::format(found.compared_at),
        is_current: found.is_current,
    }))
}

/// Lists prompts and partials that nobody seems to need, each with the reasons.
#[utoipa::path(
    get,
    path = "/api/v1/obsolete",
    operation_id = "find_obsolete",
    tag = "library",
    params(FindObsolete),
    responses((status = 200, description = "A page of files.", body = ObsoletePage))
)]
pub(crate) async fn find_obsolete(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<FindObsolete>,
) -> Answer<Out<ObsoletePage>> {
    let kinds = asked.kind.filter(|kind| !kind.is_empty());
    let ask = search::ask(ListPrompts {
        folder: asked.folder,
        owner: asked.owner,
        category: asked.category,
        kind: Some(kinds.unwrap_or_else(|| "prompt,foreign-prompt,partial".to_owned())),
        ..ListPrompts::default()
    });
    let (days, limit) = (asked.days.unwrap_or(DAYS), page_rows(asked.limit));
    let after = asked.after.as_deref();
    let found = upkeep::obsolete(&api.ctx, &caller.actor, &ask, days, after, limit).await?;
    let next = next_page(&found, limit, |one| one.row.path.clone());
    let index = index(&api, &caller.actor);
    let item = |one: upkeep::Obsolete| ObsoletePrompt {
        prompt: summary(one.row, index.as_deref()),
        reasons: one.reasons,
    };
    Ok(Out(ObsoletePage {
        items: found.into_iter().map(item).collect(),
        next,
    }))
}
