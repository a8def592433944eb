//! The library as a whole: settings, folders, listing, saving.

use std::sync::Arc;

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::library::{
    Folder, LibrarySettings, ListPrompts, PromptPage, SaveVersion, SavedVersion,
};
use variorum_api_types::problem::Diagnostic;
use variorum_app::library::{read, save, search as app_search, workflows};
use variorum_app::{Error, serving};
use variorum_domain::access::Actor;
use variorum_domain::library::FileKind;

use super::{Answer, next_page, page_rows, search};
use crate::body::{Json, Query};
use crate::caller::Caller;
use crate::convert::{diagnostic, library as convert, search as convert_search};
use crate::state::{Api, Shared};

/// What is live in the caller's workspace.
pub(crate) fn index(api: &Api, actor: &Actor) -> Option<Arc<serving::Index>> {
    api.ctx.serving.index(actor.workspace)
}

/// Reads the library's settings.
#[utoipa::path(
    get,
    path = "/api/v1/library",
    operation_id = "get_library",
    tag = "library",
    responses((status = 200, description = "The settings.", body = LibrarySettings))
)]
pub(crate) async fn get_library(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<LibrarySettings>> {
    let (library, problem) = read::library(&api.ctx, &caller.actor).await?;
    Ok(Out(convert::settings(
        Arc::unwrap_or_clone(library),
        problem,
    )))
}

/// Lists all folders.
#[utoipa::path(
    get,
    path = "/api/v1/folders",
    operation_id = "list_folders",
    tag = "library",
    responses((status = 200, description = "The folders.", body = [Folder]))
)]
pub(crate) async fn list_folders(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Vec<Folder>>> {
    let rows = read::folders(&api.ctx, &caller.actor).await?;
    Ok(Out(rows.into_iter().map(convert::folder).collect()))
}

/// Lists and searches the library.
#[utoipa::path(
    get,
    path = "/api/v1/prompts",
    operation_id = "list_prompts",
    tag = "library",
    params(ListPrompts),
    responses((status = 200, description = "A page of the library.", body = PromptPage))
)]
pub(crate) async fn list_prompts(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListPrompts>,
) -> Answer<Out<PromptPage>> {
    let limit = page_rows(asked.limit);
    let after = asked.after.clone();
    let with_facets = asked.facets.unwrap_or(false);
    let ask = search::ask(asked);
    let (rows, total) = read::list(&api.ctx, &caller.actor, &ask, after.as_deref(), limit).await?;
    let facets = if with_facets {
        Some(app_search::facets(&api.ctx, &caller.actor, &ask).await?)
    } else {
        None
    };
    let next = next_page(&rows, limit, |row| row.path.clone());
    let index = index(&api, &caller.actor);
    let items = rows
        .into_iter()
        .map(|row| convert::summary(row, index.as_deref()));
    Ok(Out(PromptPage {
        items: items.collect(),
        next,
        total,
        facets: facets.map(convert_search::facets),
    }))
}

/// Saves a version: one commit that changes some files.
#[utoipa::path(
    post,
    path = "/api/v1/versions",
    operation_id = "save_version",
    tag = "library",
    request_body = SaveVersion,
    responses((status = 201, description = "The saved version.", body = SavedVersion))
)]
pub(crate) async fn save_version(
    State(api): State<Shared>,
    caller: Caller,
    Json(cmd): Json<SaveVersion>,
) -> Answer<(StatusCode, Out<SavedVersion>)> {
    let base = cmd.base.filter(|base| !base.is_empty());
    let base = base.map(|base| base.parse()).transpose();
    let base = base.map_err(|error| Error::invalid(format!("`base`: {error}")))?;
    let texts: Vec<String> = cmd
        .files
        .iter()
        .filter(|file| file.content.is_some())
        .map(|file| file.path.clone())
        .collect();
    let files = cmd.files.into_iter();
    let new = save::SaveVersion {
        draft: cmd.draft.filter(|draft| !draft.is_empty()),
        base,
        author: None,
        note: convert::note(cmd.subject, cmd.body, cmd.record),
        files: files
            .map(|file| (file.path, file.content.map(String::into_bytes)))
            .collect(),
        told: false,
    };
    let saved = save::save_version(&api.ctx, &caller.actor, new).await?;
    let findings = findings(&api, &caller.actor, &saved.draft, &texts).await;
    Ok((StatusCode::CREATED, Out(convert::saved(saved, findings))))
}

/// What is wrong with the saved prompts and workflows. They are saved by now, so a failure to look is
/// not a failure to save.
async fn findings(api: &Api, actor: &Actor, draft: &str, paths: &[String]) -> Vec<Diagnostic> {
    let at = read::At {
        version: None,
        draft: Some(draft.to_owned()),
    };
    let mut found = Vec::new();
    for path in paths {
        let diagnostics = match FileKind::of(path) {
            FileKind::Prompt | FileKind::Partial => {
                let prompt = read::prompt(&api.ctx, actor, path, &at).await;
                prompt.map(|prompt| {
                    let remarks = prompt.documentation.map(|judged| judged.remarks);
                    let mut found = prompt.diagnostics;
                    found.extend(remarks.unwrap_or_default());
                    found
                })
            }
            FileKind::Workflow => {
                let workflow = workflows::read(&api.ctx, actor, path, &at).await;
                workflow.map(|workflow| workflow.found.checked.diagnostics)
            }
            _ => continue,
        };
        found.extend(diagnostics.iter().flatten().map(diagnostic));
    }
    found
}
