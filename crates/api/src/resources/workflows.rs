//! Workflows: listing, reading, checking. Saving, versions and comparing go by the file's path, as for
//! prompts.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::prompts::AtVersion;
use variorum_api_types::workflows::{
    CheckWorkflow, CheckedWorkflow, ListWorkflows, Workflow, WorkflowList,
};
use variorum_app::library::search::Ask;
use variorum_app::library::{read, workflows};
use variorum_domain::impact::prompt_path;
use variorum_domain::library::FileKind;
use variorum_ports::rows::{EdgeKind, LibraryFilter};

use super::{Answer, next_page, page_rows};
use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::convert::workflows as convert;
use crate::state::Shared;

/// Lists workflows.
#[utoipa::path(
    get,
    path = "/api/v1/workflows",
    operation_id = "list_workflows",
    tag = "workflows",
    params(ListWorkflows),
    responses((status = 200, description = "A page of workflows.", body = WorkflowList))
)]
pub(crate) async fn list_workflows(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListWorkflows>,
) -> Answer<Out<WorkflowList>> {
    let limit = page_rows(asked.limit);
    let runs = asked.runs.filter(|id| !id.is_empty());
    let ask = Ask {
        text: asked.q.unwrap_or_default(),
        filter: LibraryFilter {
            kinds: vec![FileKind::Workflow.name().to_owned()],
            refers_to: runs.map(|id| (EdgeKind::Runs, prompt_path(&id))),
            with_errors: asked.with_errors.unwrap_or(false),
            ..LibraryFilter::default()
        },
        ..Ask::default()
    };
    let after = asked.after.as_deref();
    let (rows, total) = read::list(&api.ctx, &caller.actor, &ask, after, limit).await?;
    let next = next_page(&rows, limit, |row| row.path.clone());
    Ok(Out(WorkflowList {
        items: rows.into_iter().map(convert::summary).collect(),
        next,
        total,
    }))
}

/// Reads one workflow: its steps, the graph to draw, what flows where, what does not fit.
///
/// At an older version, it is checked against the prompts as they are now.
#[utoipa::path(
    get,
    path = "/api/v1/workflows/{id}",
    operation_id = "get_workflow",
    tag = "workflows",
    params(("id" = String, Path, description = "The workflow's name or path as one part: `/` is written `%2F`."), AtVersion),
    responses((status = 200, description = "The workflow.", body = Workflow))
)]
pub(crate) async fn get_workflow(
    State(api): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<AtVersion>,
) -> Answer<Out<Workflow>> {
    let at = read::At {
        version: asked.version,
        draft: asked.draft.filter(|draft| !draft.is_empty()),
    };
    let found = workflows::read(&api.ctx, &caller.actor, &id, &at).await?;
    Ok(Out(convert::workflow(found)))
}

/// Checks a workflow before it is saved.
#[utoipa::path(
    post,
    path = "/api/v1/workflows/check",
    operation_id = "check_workflow",
    tag = "workflows",
    request_body = CheckWorkflow,
    responses((status = 200, description = "What it is, and what does not fit.", body = CheckedWorkflow))
)]
pub(crate) async fn check_workflow(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<CheckWorkflow>,
) -> Answer<Out<CheckedWorkflow>> {
    let draft = asked.draft.filter(|draft| !draft.is_empty());
    let (path, source) = (&asked.path, &asked.source);
    let found = workflows::check(&api.ctx, &caller.actor, path, source, draft.as_deref()).await?;
    Ok(Out(convert::tried(&found)))
}
