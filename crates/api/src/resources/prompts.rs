//! One prompt: its text, its versions, comparing and trying it.

use axum::Json as Out;
use axum::extract::State;
use serde_json::{Map, Value};
use variorum_api_types::prompts::{
    AtVersion, CompareVersions, Comparison, ListVersions, MovedFrom, Preview, Previewed, Prompt,
    Version, VersionPage,
};
use variorum_app::library::{history, read};
use variorum_app::work::Work;
use variorum_app::{Error, asks, rollouts};
use variorum_domain::access::Actor;
use variorum_domain::library::prompt_id;

use super::keys::provenance;
use super::library::index;
use super::{Answer, next_page, page_rows};
use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::convert::prompts::{self as convert, Surroundings};
use crate::problem::Failure;
use crate::state::{Api, Shared};

/// The file a prompt's id stands for, and the rollouts that measured it.
async fn known(
    api: &Api,
    actor: &Actor,
    id: &str,
) -> Result<(String, Vec<rollouts::Measured>), Error> {
    let mut work = Work::read(&api.ctx, actor.workspace).await?;
    let path = read::path_of(&mut work, id).await?;
    let measured = rollouts::of_prompt(&api.ctx, &mut work, prompt_id(&path)).await?;
    Ok((path, measured))
}

/// Reads one prompt with everything about it.
#[utoipa::path(
    get,
    path = "/api/v1/prompts/{id}",
    operation_id = "get_prompt",
    tag = "prompts",
    params(("id" = String, Path, description = "The prompt's id as one part: `/` is written `%2F`."), AtVersion),
    responses((status = 200, description = "The prompt.", body = Prompt))
)]
pub(crate) async fn get_prompt(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<AtVersion>,
) -> Answer<Out<Prompt>> {
    let at = read::At {
        version: asked.version,
        draft: asked.draft.filter(|draft| !draft.is_empty()),
    };
    let found = read::prompt(&api.ctx, &caller.actor, &id, &at).await?;
    let (_, measured) = known(&api, &caller.actor, &id).await?;
    let index = index(&api, &caller.actor);
    let around = Surroundings {
        index: index.as_deref(),
        measured: &measured,
    };
    let mut shown = convert::prompt(found, &around);
    let asked = asks::of_prompt(&api.ctx, &caller.actor, &shown.summary.id).await?;
    shown.asked = asked.into_iter().map(convert::last_asked).collect();
    Ok(Out(shown))
}

/// Lists the versions of a prompt.
#[utoipa::path(
    get,
    path = "/api/v1/prompts/{id}/versions",
    operation_id = "list_versions",
    tag = "prompts",
    params(("id" = String, Path, description = "The prompt's id as one part: `/` is written `%2F`."), ListVersions),
    responses((status = 200, description = "A page of versions.", body = VersionPage))
)]
pub(crate) async fn list_versions(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<ListVersions>,
) -> Answer<Out<VersionPage>> {
    let limit = page_rows(asked.limit);
    let (path, measured) = known(&api, &caller.actor, &id).await?;
    let found = history::versions(&api.ctx, &caller.actor, &path, asked.below, limit).await?;
    if found.is_empty() && asked.below.is_none() {
        return Err(Error::not_found("prompt", id).into());
    }
    let next = next_page(&found, limit, |version| version.number);
    let moved_from = match next {
        None => history::moved_from(&api.ctx, &caller.actor, &path).await?,
        Some(_) => None,
    };
    let index = index(&api, &caller.actor);
    let around = Surroundings {
        index: index.as_deref(),
        measured: &measured,
    };
    let commits: Vec<_> = found.iter().map(|one| one.commit.oid).collect();
    let known = history::provenance(&api.ctx, &caller.actor, &commits).await?;
    let items = found.into_iter().map(|one| {
        let provenance = known.get(&one.commit.oid).map(provenance);
        Version {
            provenance,
            ..convert::version(prompt_id(&path), one, &around)
        }
    });
    Ok(Out(VersionPage {
        items: items.collect(),
        next,
        moved_from: moved_from.map(|(path, version)| MovedFrom {
            id: prompt_id(&path).to_owned(),
            path,
            version,
        }),
    }))
}

/// Compares two versions of a prompt.
#[utoipa::path(
    get,
    path = "/api/v1/prompts/{id}/compare",
    operation_id = "compare_versions",
    tag = "prompts",
    params(("id" = String, Path, description = "The prompt's id as one part: `/` is written `%2F`."), CompareVersions),
    responses((status = 200, description = "Two versions beside each other.", body = Comparison))
)]
pub(crate) async fn compare_versions(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<CompareVersions>,
) -> Answer<Out<Comparison>> {
    let (path, measured) = known(&api, &caller.actor, &id).await?;
    let found = history::compare(&api.ctx, &caller.actor, &path, asked.from, asked.to).await?;
    let index = index(&api, &caller.actor);
    let around = Surroundings {
        index: index.as_deref(),
        measured: &measured,
    };
    Ok(Out(convert::comparison(prompt_id(&path), found, &around)))
}

/// Tries a text before it is saved.
#[utoipa::path(
    post,
    path = "/api/v1/preview",
    operation_id = "preview_prompt",
    tag = "prompts",
    request_body = Preview,
    responses((status = 200, description = "What the text becomes.", body = Previewed))
)]
pub(crate) async fn preview_prompt(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<Preview>,
) -> Answer<Out<Previewed>> {
    let try_it = read::Preview {
        path: asked.path,
        source: asked.source,
        draft: asked.draft.filter(|draft| !draft.is_empty()),
        variables: variables(asked.variables)?,
    };
    let found = read::preview(&api.ctx, &caller.actor, &try_it).await?;
    Ok(Out(convert::previewed(found)))
}

/// Variables are an object, or nothing.
fn variables(value: Value) -> Result<Map<String, Value>, Failure> {
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err(Failure::invalid(
            "`variables` must be an object",
            "Send each variable as a field with its value.",
        )),
    }
}
