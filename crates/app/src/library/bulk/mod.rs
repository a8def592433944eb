//! Doing one thing to many prompts at once: moving, tagging, archiving. One commit with a change
//! record, all or nothing; what refers to a moved file is written anew in the same commit, and callers
//! of its old id are redirected.

mod chosen;
mod moves;
mod plan;
mod undo;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::change::Blocker;
use variorum_domain::id::Oid;
use variorum_domain::library::MAIN;
use variorum_domain::policy::Way;
use variorum_domain::prompt::Diagnostic;
use variorum_domain::record::Note;
use variorum_domain::redirect::REDIRECTS_FILE;
use variorum_git::tree::edit;

use super::index::FileVersion;
use super::save::{NewCommitOn, write_commit};
use super::search::Ask;
use super::{draft_name, gate, head_or_missing, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

pub(crate) use plan::redirects;
pub use plan::{Edited, Moved, Plan};
pub use undo::{Undo, undo};

/// Files that one bulk action may change by itself; what refers to them comes on top.
pub const BULK_FILES_MAX: usize = 2_000;

/// Which files.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These, by id or path.
    Ids(Vec<String>),
    /// All that a search finds on `main`.
    Found(Box<Ask>),
}

/// Where files go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Into a folder; what of their paths lies below another one is kept.
    Folder {
        /// The folder, e.g. `prompts/mail`.
        folder: String,
        /// The folder they come from, whose inner order is kept; their names alone where not given.
        below: Option<String>,
    },
    /// One file gets this id or path.
    Name(String),
}

/// What is done.
#[derive(Debug, Clone)]
pub enum BulkAction {
    /// They get other paths.
    Move(Destination),
    /// Tags are added and taken away.
    Retag {
        /// Tags they get.
        add: Vec<String>,
        /// Tags they lose.
        remove: Vec<String>,
    },
    /// They are kept, but no longer offered or released; callers get another prompt where one is named.
    Archive {
        /// The id of the prompt that callers get from now on.
        instead: Option<String>,
    },
    /// They are offered again.
    Unarchive,
}

impl BulkAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Move(_) => "prompts.moved",
            Self::Retag { .. } => "prompts.retagged",
            Self::Archive { .. } => "prompts.archived",
            Self::Unarchive => "prompts.unarchived",
        }
    }
}

/// One action on many files.
#[derive(Debug, Clone)]
pub struct Bulk {
    /// The draft; `main` where not given.
    pub draft: Option<String>,
    /// Which files.
    pub chosen: Chosen,
    /// What is done.
    pub action: BulkAction,
    /// What changed and why.
    pub note: Note,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Done {
    /// What it consisted of.
    pub plan: Plan,
    /// The commit.
    pub commit: Oid,
    /// The draft.
    pub draft: String,
    /// The files with their numbers.
    pub versions: Vec<FileVersion>,
}

/// What an action would do, without doing it; and the rules that would refuse it.
pub async fn preview(ctx: &Context, actor: &Actor, cmd: &Bulk) -> Result<(Plan, Vec<Blocker>)> {
    access::check(actor, Action::Read, "")?;
    let name = ref_name(cmd.draft.as_deref())?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (_, head) = head_or_missing(&mut work, &name).await?;
    let plan = plan::plan(ctx, &mut work, head.tree, cmd).await?;
    check_rights(actor, &name, &plan)?;
    if name != MAIN || !plan.refused.is_empty() || plan.edits.is_empty() {
        return Ok((plan, Vec::new()));
    }
    let edits = plan.edits.clone();
    let tree = work
        .with(|overlay| edit(overlay, Some(head.tree), &edits))
        .await?;
    let notes = [&cmd.note];
    match gate::check_main(ctx, &mut work, Some(head.tree), tree, &notes, Way::Direct).await {
        Err(Error::Refused(blockers)) => Ok((plan, blockers)),
        other => other.map(|()| (plan, Vec::new())),
    }
}

/// Does it: all of it in one commit, or nothing.
pub async fn apply(ctx: &Context, actor: &Actor, cmd: &Bulk) -> Result<Done> {
    cmd.note.check()?;
    let name = ref_name(cmd.draft.as_deref())?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let (oid, head) = head_or_missing(&mut work, &name).await?;
    let plan = plan::plan(ctx, &mut work, head.tree, cmd).await?;
    check_rights(actor, &name, &plan)?;
    if !plan.refused.is_empty() {
        return Err(refused(&plan.refused));
    }
    if plan.edits.is_empty() {
        return Err(Error::invalid_with_hint(
            "nothing would change",
            "the files are already as you want them; choose others, or something else to do",
        ));
    }
    let edits = plan.edits.clone();
    let tree = work
        .with(|overlay| edit(overlay, Some(head.tree), &edits))
        .await?;
    if name == MAIN {
        let notes = [&cmd.note];
        gate::check_main(ctx, &mut work, Some(head.tree), tree, &notes, Way::Direct).await?;
    }
    let commit = NewCommitOn {
        name: &name,
        tree,
        parents: vec![oid],
        note: &cmd.note,
        author: None,
    };
    let (commit, versions) = write_commit(ctx, &mut work, actor, commit).await?;
    let what = Happening::new(cmd.action.name(), format!("draft:{}", draft_name(&name)))
        .because(&cmd.note.subject)
        .with_evidence(plan.evidence(commit));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    let draft = draft_name(&name).to_owned();
    ctx.announce(actor.workspace, "library", draft.clone());
    Ok(Done {
        plan,
        commit,
        draft,
        versions,
    })
}

/// Whoever may change the files may leave redirects; these follow from the change.
fn check_rights(actor: &Actor, ref_name: &str, plan: &Plan) -> Result<()> {
    let action = if ref_name == MAIN {
        Action::Publish
    } else {
        Action::WriteDraft
    };
    for (path, _) in plan.edits.iter().filter(|(path, _)| path != REDIRECTS_FILE) {
        access::check(actor, action, path)?;
    }
    Ok(())
}

fn refused(reasons: &[Diagnostic]) -> Error {
    let first = reasons.first().map(|reason| reason.message.as_str());
    Error::Invalid {
        message: format!(
            "{} stand in the way, so nothing was changed; the first: {}",
            match reasons.len() {
                1 => "1 file".to_owned(),
                count => format!("{count} files"),
            },
            first.unwrap_or_default()
        ),
        hint: Some("leave those files out, or mend what is named, and try again".to_owned()),
        diagnostics: reasons.to_vec(),
    }
}
