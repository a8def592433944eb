//! The catalogue of prompts and how they keep the documentation standard.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::catalogue::{BrowseCatalogue, Catalogue, CatalogueDetail, CataloguePage};
use variorum_api_types::library::ListPrompts;
use variorum_app::catalogue;
use variorum_app::library::search::Ask;
use variorum_domain::library::FileKind;

use super::library::index;
use super::{Answer, next_page, page_rows, search};
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::convert::catalogue as convert;
use crate::state::Shared;

/// Tells how each category keeps the documentation standard.
#[utoipa::path(
    get,
    path = "/api/v1/catalogue",
    operation_id = "get_catalogue",
    tag = "library",
    params(BrowseCatalogue),
    responses((status = 200, description = "The categories.", body = Catalogue))
)]
pub(crate) async fn get_catalogue(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<BrowseCatalogue>,
) -> Answer<Out<Catalogue>> {
    let ask = ask(asked)?;
    let found = catalogue::overview(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(convert::catalogue(found)))
}

/// Lists prompts with what they say about themselves.
#[utoipa::path(
    get,
    path = "/api/v1/catalogue/entries",
    operation_id = "list_catalogue_entries",
    tag = "library",
    params(BrowseCatalogue),
    responses((status = 200, description = "A page of the catalogue.", body = CataloguePage))
)]
pub(crate) async fn list_catalogue_entries(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<BrowseCatalogue>,
) -> Answer<Out<CataloguePage>> {
    let limit = page_rows(asked.limit);
    let after = asked.after.clone();
    let ask = ask(asked)?;
    let after = after.as_deref();
    let page = catalogue::page(&api.ctx, &caller.actor, &ask, after, limit).await?;
    let next = next_page(&page.entries, limit, |entry| entry.row.path.clone());
    let index = index(&api, &caller.actor);
    let entries = page.entries.into_iter();
    Ok(Out(CataloguePage {
        items: entries
            .map(|entry| convert::entry(entry, index.as_deref()))
            .collect(),
        next,
        total: page.total,
    }))
}

/// Reads one entry with its text and what last changed it.
#[utoipa::path(
    get,
    path = "/api/v1/catalogue/entries/{id}",
    operation_id = "get_catalogue_entry",
    tag = "library",
    params(("id" = String, Path, description = "The prompt's id; a slash in it is written `%2F`.")),
    responses((status = 200, description = "The entry.", body = CatalogueDetail))
)]
pub(crate) async fn get_catalogue_entry(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<Out<CatalogueDetail>> {
    let found = catalogue::entry(&api.ctx, &caller.actor, &id).await?;
    let index = index(&api, &caller.actor);
    Ok(Out(convert::detail(found, index.as_deref())))
}

/// What is asked for.
fn ask(asked: BrowseCatalogue) -> Answer<Ask> {
    let names: Vec<String> = asked
        .lacking
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let mut ask = search::ask(ListPrompts {
        q: asked.q,
        category: asked.category,
        folder: asked.folder,
        channel: asked.channel,
        brand: asked.brand,
        region: asked.region,
        owner: asked.owner,
        live: asked.live,
        archived: asked.archived,
        kind: Some(FileKind::Prompt.name().to_owned()),
        ..ListPrompts::default()
    });
    ask.filter.lacking = catalogue::items(&names)?;
    ask.filter.score_below = asked.below;
    Ok(ask)
}
