//! What "update with latest" would bring into a draft, and where two people changed the same part.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{Oid, Time};
use variorum_domain::library::MAIN;
use variorum_domain::limits::{CONFLICT_VERSIONS_READ_MAX, FILE_BYTES_MAX};
use variorum_domain::record::Note;
use variorum_git::tree::Entry;

use super::graphs::graph;
use super::merging::{self, Tip};
use super::update::source;
use super::{head_or_missing, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

pub use variorum_git::merge::Conflict;

/// What a draft would get from its source.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The branch it would be updated from.
    pub from: String,
    /// Where the draft stands.
    pub head: Oid,
    /// Where its source stands.
    pub latest: Oid,
    /// How many versions the source has that the draft does not have.
    pub behind: usize,
    /// What a person must decide.
    pub clashes: Vec<Clash>,
}

/// A file that both sides changed.
#[derive(Debug, Clone)]
pub struct Clash {
    /// The conflict; `ours` is the draft, `theirs` its source.
    pub conflict: Conflict,
    /// The draft's side.
    pub ours: ClashSide,
    /// The source's side.
    pub theirs: ClashSide,
}

/// One side of a clash.
#[derive(Debug, Clone, Default)]
pub struct ClashSide {
    /// The whole text; `None` where the file is gone, is no text or is too long.
    pub text: Option<String>,
    /// Whether the file is there.
    pub is_there: bool,
    /// Who changed it last on this side.
    pub last: Option<LastChange>,
}

/// The newest version of a file that only one side has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
    /// What they said of it.
    pub subject: String,
}

/// Looks at what an update of a draft would bring; changes nothing.
pub async fn pending(ctx: &Context, actor: &Actor, name: &str) -> Result<Pending> {
    access::check(actor, Action::Read, "")?;
    let draft_ref = ref_name(Some(name))?;
    if draft_ref == MAIN {
        return Err(Error::invalid(
            "`main` is the library itself and has no source",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (head, _) = head_or_missing(&mut work, &draft_ref).await?;
    let row = work.tx.draft(work.workspace, name).await?;
    let from = row.map_or_else(|| "main".to_owned(), |row| row.from);
    let (from, latest) = source(&mut work, &from).await?;
    let graph = graph(ctx, &mut work).await?;
    let behind = graph.ahead_behind(&head, &latest).1;
    let mut clashes = Vec::new();
    if behind > 0 && !graph.is_ancestor(&head, &latest) {
        let ours = Tip { name, commit: head };
        let theirs = Tip {
            name: &from,
            commit: latest,
        };
        let merged = merging::merge(ctx, &mut work, ours, theirs).await?;
        for conflict in merged.outcome.conflicts {
            let ours = Side {
                entry: conflict.ours,
                path: &conflict.ours_path,
                tip: head,
                other: latest,
            };
            let theirs = Side {
                entry: conflict.theirs,
                path: &conflict.theirs_path,
                tip: latest,
                other: head,
            };
            clashes.push(Clash {
                ours: side(ctx, &mut work, &ours).await?,
                theirs: side(ctx, &mut work, &theirs).await?,
                conflict,
            });
        }
    }
    Ok(Pending {
        from,
        head,
        latest,
        behind,
        clashes,
    })
}

struct Side<'a> {
    entry: Option<Entry>,
    path: &'a str,
    tip: Oid,
    other: Oid,
}

async fn side(ctx: &Context, work: &mut Work, side: &Side<'_>) -> Result<ClashSide> {
    let mut text = None;
    if let Some(entry) = side.entry.filter(|entry| entry.mode.is_file()) {
        let blob = work.blob(entry.oid).await?;
        if blob.bytes.len() <= FILE_BYTES_MAX {
            text = String::from_utf8(blob.bytes.to_vec()).ok();
        }
    }
    let graph = graph(ctx, work).await?;
    let versions = work
        .tx
        .path_versions(work.workspace, side.path, None, CONFLICT_VERSIONS_READ_MAX)
        .await?;
    let mine = versions.into_iter().find(|one| {
        let oid = &one.commit.oid;
        graph.is_ancestor(oid, &side.tip) && !graph.is_ancestor(oid, &side.other)
    });
    Ok(ClashSide {
        text,
        is_there: side.entry.is_some(),
        last: mine.map(|one| LastChange {
            by: one.commit.author_name,
            at: one.commit.authored_at,
            subject: Note::from_message(&one.commit.message).subject,
        }),
    })
}
