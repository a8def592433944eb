//! What a prompt, a draft or a change reaches, and what it breaks.
//!
//! The decisions are in `domain::impact`; here the graph of `main` is kept in memory and brought up to
//! date, and the files of a draft are laid over it.

mod answer;
mod contracts;
mod graphs;
mod live;
mod others;
mod state;
mod survey;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::change::Change;
use variorum_domain::id::{ChangeNumber, Oid};
use variorum_domain::impact::{Key, Thing};
use variorum_domain::library::{FileKind, LIBRARY_FILE, MAIN};
use variorum_domain::limits::PAGE_ROWS_MAX;

pub use answer::{Collision, CollisionKind, Count, Graphic, Impact, Node, Row, Subject};
pub(crate) use contracts::broken;
pub use contracts::{BREACHES_NAMED_MAX, Broken, USES_READ_MAX};
pub use graphs::both_graphs;
pub use live::ROLLOUTS_READ_MAX;
pub use others::OPEN_CHANGES_READ_MAX;
pub use state::ImpactState;
pub(crate) use survey::reaching;

use crate::context::Context;
use crate::library::read::path_of;
use crate::library::{head_or_missing, ref_name};
use crate::work::Work;
use crate::{Error, Result, changes};

/// Things of one kind that are drawn, at most.
pub const DRAWN_PER_KIND_MAX: usize = 40;
/// Things that are drawn altogether, at most.
pub const DRAWN_MAX: usize = 250;

/// What impact is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// A file on `main`: a prompt's id, or a path.
    File(String),
    /// A draft, as it would come into `main`.
    Draft(String),
    /// A change.
    Change(ChangeNumber),
}

/// A question.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Of what.
    pub of: Of,
    /// Only rows of these kinds; all where none is named.
    pub kinds: Vec<Thing>,
    /// Rows after this one.
    pub after: Option<Key>,
    /// Rows of a page.
    pub limit: usize,
}

impl Ask {
    /// The first page of everything.
    pub fn of(of: Of) -> Self {
        Self {
            of,
            kinds: Vec::new(),
            after: None,
            limit: PAGE_ROWS_MAX,
        }
    }
}

/// What something reaches, a page at a time, with what it breaks and collides with.
pub async fn impact(ctx: &Context, actor: &Actor, ask: &Ask) -> Result<Impact> {
    let mut work = Work::read(ctx, actor.workspace).await?;
    let step = step(ctx, &mut work, actor, &ask.of).await?;
    answer::answer(ctx, &mut work, actor, ask, step).await
}

/// A step whose impact is asked: from one tree to another, or a file as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    subject: Subject,
    /// The trees before and after; none where a file as it stands is asked of.
    trees: Option<(Oid, Oid)>,
    /// Files both sides changed.
    conflicts: Vec<String>,
    /// The file that is asked of.
    file: Option<String>,
    /// The change or draft itself, which is no other.
    change: Option<ChangeNumber>,
    draft: Option<String>,
}

async fn step(ctx: &Context, work: &mut Work, actor: &Actor, of: &Of) -> Result<Step> {
    match of {
        Of::File(id) => step_of_file(work, actor, id).await,
        Of::Draft(name) => {
            access::check(actor, Action::Read, "")?;
            let draft_ref = ref_name(Some(name))?;
            if draft_ref == MAIN {
                return Err(Error::invalid_with_hint(
                    "`main` is the library itself, not a draft",
                    "name a draft, a change or a prompt",
                ));
            }
            let (head, _) = head_or_missing(work, &draft_ref).await?;
            let (trees, conflicts) = changes::draft_trees(ctx, work, name, head).await?;
            let open = work.tx.open_change(work.workspace, name).await?;
            Ok(Step {
                subject: Subject::draft(name),
                trees: Some(trees),
                conflicts,
                file: None,
                change: open.map(|open| open.number),
                draft: Some(name.clone()),
            })
        }
        Of::Change(number) => {
            access::check(actor, Action::Read, "")?;
            let change = changes::load(work, *number).await?;
            step_of_change(ctx, work, &change).await
        }
    }
}

async fn step_of_file(work: &mut Work, actor: &Actor, id: &str) -> Result<Step> {
    let path = path_of(work, id).await?;
    access::check(actor, Action::Read, &path)?;
    let known = work.tx.library_row(work.workspace, &path).await?;
    let title = match known {
        Some(row) => row.title,
        None if path == LIBRARY_FILE => String::new(),
        None => return Err(Error::not_found(kind_word(&path), id)),
    };
    Ok(Step {
        subject: Subject::file(&path, title),
        trees: None,
        conflicts: Vec::new(),
        file: Some(path),
        change: None,
        draft: None,
    })
}

fn kind_word(path: &str) -> &'static str {
    match FileKind::of(path) {
        FileKind::Prompt | FileKind::ForeignPrompt => "prompt",
        FileKind::Partial => "partial",
        FileKind::Workflow => "workflow",
        _ => "file",
    }
}

async fn step_of_change(ctx: &Context, work: &mut Work, change: &Change) -> Result<Step> {
    let (tips, conflicts) = changes::tips(ctx, work, change).await?;
    let trees = tips.and_then(|tips| Some((tips.before?, tips.after)));
    let trees = trees.ok_or_else(|| Error::not_found("draft", &change.draft))?;
    Ok(Step {
        subject: Subject::change(change),
        trees: Some(trees),
        conflicts,
        file: None,
        change: Some(change.number),
        draft: Some(change.draft.clone()),
    })
}
