//! The history of the library as a whole.

use std::collections::HashMap;

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::drafts::{Commit, CommitPage, DraftChange, ListCommits};
use variorum_app::Error;
use variorum_app::library::history;
use variorum_app::signatures::Provenance;
use variorum_domain::id::Oid;
use variorum_domain::record::Note;
use variorum_ports::rows::CommitRow;

use super::drafts::change;
use super::keys::provenance;
use super::{Answer, page_rows};
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::convert::library::record;
use crate::state::Shared;
use crate::time;

fn convert(row: CommitRow, changes: Vec<DraftChange>, known: &HashMap<Oid, Provenance>) -> Commit {
    let note = Note::from_message(&row.message);
    Commit {
        commit: row.oid.to_string(),
        parents: row.parents.iter().map(ToString::to_string).collect(),
        author: row.author_name,
        at: time::format(row.committed_at),
        subject: note.subject,
        body: note.body,
        record: record(note.record),
        changes,
        provenance: known.get(&row.oid).map(provenance),
    }
}

/// Lists saved versions of the library or a draft.
#[utoipa::path(
    get,
    path = "/api/v1/commits",
    operation_id = "list_commits",
    tag = "drafts",
    params(ListCommits),
    responses((status = 200, description = "A page of commits.", body = CommitPage))
)]
pub(crate) async fn list_commits(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<ListCommits>,
) -> Answer<Out<CommitPage>> {
    let (skip, limit) = (asked.skip.unwrap_or(0), page_rows(asked.limit));
    let draft = asked.draft.filter(|draft| !draft.is_empty());
    let (rows, total) =
        history::commits(&api.ctx, &caller.actor, draft.as_deref(), skip, limit).await?;
    let end = skip.saturating_add(rows.len());
    let oids: Vec<Oid> = rows.iter().map(|row| row.oid).collect();
    let known = history::provenance(&api.ctx, &caller.actor, &oids).await?;
    let items = rows
        .into_iter()
        .map(|row| convert(row, Vec::new(), &known))
        .collect();
    Ok(Out(CommitPage {
        items,
        next: (end < total).then_some(end),
        total,
    }))
}

/// Reads one saved version with what it changed.
#[utoipa::path(
    get,
    path = "/api/v1/commits/{oid}",
    operation_id = "get_commit",
    tag = "drafts",
    params(("oid" = String, Path, description = "The commit's id, 40 hexadecimal digits.")),
    responses((status = 200, description = "The commit.", body = Commit))
)]
pub(crate) async fn get_commit(
    State(api): State<Shared>,
    caller: Caller,
    Path(oid): Path<String>,
) -> Answer<Out<Commit>> {
    let oid: Oid = oid.parse().map_err(|_| Error::not_found("version", oid))?;
    let (row, changes) = history::commit(&api.ctx, &caller.actor, oid).await?;
    let changes = changes
        .into_iter()
        .map(|c| change(c.path, c.old.is_some(), c.new.is_some()));
    let known = history::provenance(&api.ctx, &caller.actor, &[oid]).await?;
    Ok(Out(convert(row, changes.collect(), &known)))
}
