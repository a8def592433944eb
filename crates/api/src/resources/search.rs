//! Finding prompts by words and filters.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::library::ListPrompts;
use variorum_api_types::search::SearchPage;
use variorum_app::library::search::{self, Ask};
use variorum_domain::library::FileKind;
use variorum_domain::search::RANKED_MAX;
use variorum_ports::rows::{EdgeKind, LibraryFilter, SearchPlace};

use super::library::index;
use super::{Answer, next_page, page_rows};
use crate::body::Query;
use crate::caller::Caller;
use crate::convert::search as convert;
use crate::problem::Failure;
use crate::state::Shared;

/// Finds prompts by words, the best first, with the passage that shows why.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    operation_id = "search_prompts",
    tag = "library",
    params(ListPrompts),
    responses((status = 200, description = "A page of what was found.", body = SearchPage))
)]
pub(crate) async fn search_prompts(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListPrompts>,
) -> Answer<Out<SearchPage>> {
    let limit = page_rows(asked.limit);
    let after = asked.after.as_deref().map(place).transpose()?;
    let with_facets = asked.facets.unwrap_or(false);
    let ask = ask(asked);
    let (ctx, actor) = (&api.ctx, &caller.actor);
    let (page, facets) = if with_facets {
        let found = search::search_with_facets(ctx, actor, &ask, after.as_ref(), limit).await?;
        (found.0, Some(found.1))
    } else {
        let found = search::search(ctx, actor, &ask, after.as_ref(), limit).await?;
        (found, None)
    };
    let next = next_page(&page.found, limit, |found| {
        format!("{}:{}", found.score, found.row.path)
    });
    let index = index(&api, &caller.actor);
    Ok(Out(SearchPage {
        items: page
            .found
            .into_iter()
            .map(|found| convert::found(found, index.as_deref()))
            .collect(),
        next,
        total: page.total,
        corrections: page
            .corrections
            .into_iter()
            .map(convert::correction)
            .collect(),
        facets: facets.map(convert::facets),
    }))
}

/// Where a page ended, as its `next` says it.
fn place(text: &str) -> Result<SearchPlace, Failure> {
    let parts = text.split_once(':');
    let place = parts.and_then(|(score, path)| {
        Some(SearchPlace {
            score: score.parse().ok()?,
            path: path.to_owned(),
        })
    });
    place.ok_or_else(|| {
        Failure::invalid(
            "`after` is not where a page of a search ended",
            &format!("Pass the `next` of the page before; of very many, {RANKED_MAX} are ranked."),
        )
    })
}

/// What is asked for.
pub(crate) fn ask(asked: ListPrompts) -> Ask {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let listed = |text: Option<String>| -> Vec<String> {
        let text = given(text).unwrap_or_default();
        let items = text.split(',').map(|item| item.trim().to_owned());
        items.filter(|item| !item.is_empty()).collect()
    };
    let includes = given(asked.includes).map(|partial| named(&partial).to_owned());
    let mut kinds = listed(asked.kind);
    if kinds.is_empty() {
        let other = match includes {
            Some(_) => FileKind::Partial,
            None => FileKind::ForeignPrompt,
        };
        kinds = [FileKind::Prompt, other]
            .map(|kind| kind.name().to_owned())
            .into();
    }
    let live = given(asked.live);
    Ask {
        filter: LibraryFilter {
            kinds,
            folder: given(asked.folder).map(|folder| folder.trim_end_matches('/').to_owned()),
            channel: given(asked.channel),
            brand: given(asked.brand),
            region: given(asked.region),
            owner: given(asked.owner),
            status: given(asked.status),
            tags: listed(asked.tag),
            refers_to: includes.map(|name| (EdgeKind::Includes, name)),
            with_errors: asked.with_errors.unwrap_or(false),
            ..LibraryFilter::default()
        },
        text: asked.q.unwrap_or_default(),
        category: given(asked.category),
        live: live.map(|name| if name == "any" { String::new() } else { name }),
        expiring_days: asked.expiring_days,
        with_archived: asked.archived.unwrap_or(false),
    }
}

/// The name a partial is included by, from its name, id or path.
fn named(partial: &str) -> &str {
    let file = partial.rsplit('/').next().unwrap_or(partial);
    let stem = file.strip_suffix(".prompt").unwrap_or(file);
    stem.strip_prefix('_').unwrap_or(stem)
}
