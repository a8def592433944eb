//! Reading and checking the audit log.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::{Entry, Head, Tampering, follow, reached};
use variorum_domain::id::WorkspaceId;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_ports::rows::EntryFilter;

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Entries read at a time while checking.
const ENTRIES_PER_READ: usize = 2_000;

/// Entries, newest first.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    filter: &EntryFilter,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Entry>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(work
        .tx
        .entries(
            actor.workspace,
            filter,
            below,
            limit.clamp(1, PAGE_ROWS_MAX),
        )
        .await?)
}

/// The result of checking a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many entries fit.
    pub entries: i64,
    /// The newest entry that fits.
    pub head: Head,
    /// What is wrong, where something is.
    pub problem: Option<Tampering>,
}

/// Checks every entry of a log, and that it reaches the head that was noted: by the store, and
/// outside where the caller gives one.
pub async fn check(ctx: &Context, workspace: WorkspaceId, noted: Option<Head>) -> Result<Checked> {
    let mut work = Work::read(ctx, workspace).await?;
    let stored = work.tx.audit_head(workspace).await?;
    let mut head = Head::EMPTY;
    let mut noted_found = noted.is_none_or(|noted| noted == Head::EMPTY);
    loop {
        let entries = work
            .tx
            .scan_entries(workspace, head.seq, ENTRIES_PER_READ)
            .await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            match follow(head, &entry) {
                Ok(next) => head = next,
                Err(problem) => {
                    return Ok(Checked {
                        entries: head.seq,
                        head,
                        problem: Some(problem),
                    });
                }
            }
            noted_found |= noted == Some(head);
        }
    }
    let cut = reached(head, stored).err();
    let outside = noted
        .filter(|_| !noted_found)
        .map(|noted| match reached(head, noted) {
            Err(problem) => problem,
            Ok(()) => Tampering::Changed { seq: noted.seq },
        });
    Ok(Checked {
        entries: head.seq,
        head,
        problem: cut.or(outside),
    })
}

/// Checks the log of the actor's workspace.
pub async fn check_own(ctx: &Context, actor: &Actor) -> Result<Checked> {
    access::check(actor, Action::Read, "")?;
    check(ctx, actor.workspace, None).await
}
