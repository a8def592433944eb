//! One thing done to many prompts at once, and taking a saved version back.

use axum::Json as Out;
use axum::extract::State;
use axum::http::StatusCode;
use variorum_api_types::bulk::{BulkChange, BulkResult, UndoVersion};
use variorum_api_types::library::SavedVersion;
use variorum_app::Error;
use variorum_app::library::bulk::{self, Bulk, BulkAction, Chosen, Destination, Undo};

use super::{Answer, search};
use crate::body::Json;
use crate::caller::Caller;
use crate::convert::{bulk as convert, library};
use crate::problem::Failure;
use crate::state::Shared;

/// Moves, tags or archives many prompts in one commit, all or nothing; or says what that would do.
#[utoipa::path(
    post,
    path = "/api/v1/bulk",
    operation_id = "change_prompts",
    tag = "library",
    request_body = BulkChange,
    responses((status = 200, description = "What was done, or would be.", body = BulkResult))
)]
pub(crate) async fn change_prompts(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<BulkChange>,
) -> Answer<Out<BulkResult>> {
    let dry_run = asked.dry_run;
    let draft = asked.draft.clone().filter(|draft| !draft.is_empty());
    let cmd = command(asked)?;
    if dry_run {
        let (plan, blockers) = bulk::preview(&api.ctx, &caller.actor, &cmd).await?;
        let draft = draft.unwrap_or_else(|| "main".to_owned());
        return Ok(Out(convert::planned(plan, &blockers, draft)));
    }
    let done = bulk::apply(&api.ctx, &caller.actor, &cmd).await?;
    Ok(Out(convert::done(done)))
}

fn command(asked: BulkChange) -> Result<Bulk, Failure> {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let action = match asked.action.as_str() {
        "move" => BulkAction::Move(match (given(asked.to), given(asked.folder)) {
            (Some(to), None) => Destination::Name(to),
            (None, Some(folder)) => Destination::Folder {
                folder,
                below: given(asked.below),
            },
            _ => {
                return Err(Failure::invalid(
                    "it is not said where to move to",
                    "Give `folder` for many prompts, or `to` for one.",
                ));
            }
        }),
        "retag" => BulkAction::Retag {
            add: asked.add_tags,
            remove: asked.remove_tags,
        },
        "archive" => BulkAction::Archive {
            instead: given(asked.instead),
        },
        "unarchive" => BulkAction::Unarchive,
        other => {
            return Err(Failure::invalid(
                &format!("there is no action `{other}`"),
                "Use `move`, `retag`, `archive` or `unarchive`.",
            ));
        }
    };
    let chosen = match asked.find {
        Some(find) if asked.ids.is_empty() => Chosen::Found(Box::new(search::ask(find))),
        Some(_) => {
            return Err(Failure::invalid(
                "both ids and a search are given",
                "Choose by one of them.",
            ));
        }
        None => Chosen::Ids(asked.ids),
    };
    Ok(Bulk {
        draft: given(asked.draft),
        chosen,
        action,
        note: library::note(asked.subject, asked.body, asked.record),
    })
}

/// Takes a saved version back: a new version undoes what it did and keeps what came after.
#[utoipa::path(
    post,
    path = "/api/v1/undo",
    operation_id = "undo_version",
    tag = "library",
    request_body = UndoVersion,
    responses((status = 201, description = "The version that takes it back.", body = SavedVersion))
)]
pub(crate) async fn undo_version(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<UndoVersion>,
) -> Answer<(StatusCode, Out<SavedVersion>)> {
    let commit = asked.commit.parse();
    let commit = commit.map_err(|error| Error::invalid(format!("`commit`: {error}")))?;
    let cmd = Undo {
        draft: asked.draft.filter(|draft| !draft.is_empty()),
        commit,
        note: library::note(asked.subject, asked.body, asked.record),
    };
    let saved = bulk::undo(&api.ctx, &caller.actor, &cmd).await?;
    Ok((StatusCode::CREATED, Out(library::saved(saved, Vec::new()))))
}
