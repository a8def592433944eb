//! Drafts: making, listing and publishing branches.

use std::collections::BTreeMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::draft::{self as domain, DraftKind, DraftStatus};
use variorum_domain::id::{ActorId, Oid, Time};
use variorum_domain::library::MAIN;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::policy::Way;
use variorum_domain::record::Note;
use variorum_git::diff::{Change, tree_diff};
use variorum_git::graph::CommitGraph;

use super::graphs::graph;
use super::history::find_commit;
use super::index::FileVersion;
use super::merging::{self, Tip, check_resolutions, settle};
use super::save::{NewCommitOn, write_commit};
use super::{draft_name, gate, head_or_missing, lifecycle, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

pub use super::lifecycle::delete;
pub use super::merging::Resolution;

/// A draft with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Where it stands, or stood when it came to rest.
    pub commit: Oid,
    /// When it was last saved, or came to rest.
    pub updated_at: Time,
    /// Versions it has that `main` does not have.
    pub ahead: usize,
    /// Versions `main` has that it does not have.
    pub behind: usize,
    /// Its state at this moment.
    pub status: DraftStatus,
    /// Its row; a draft that is older than these rows has none until somebody touches it.
    pub row: Option<domain::Draft>,
}

impl Draft {
    /// What it is for.
    pub fn kind(&self) -> DraftKind {
        DraftKind::of(&self.name)
    }
}

/// Which drafts to list.
#[derive(Debug, Clone, Default)]
pub struct DraftFilter {
    /// Only with this status; those with a branch where not given.
    pub status: Option<DraftStatus>,
    /// Only of this kind.
    pub kind: Option<DraftKind>,
    /// Only of this owner.
    pub owner: Option<ActorId>,
}

/// All drafts that have a branch, by name; `main` is not one of them.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Draft>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let mut all = known(ctx, &mut work).await?;
    all.retain(|draft| draft.status.has_branch());
    Ok(all)
}

/// A page of drafts after a name, by name.
pub async fn page(
    ctx: &Context,
    actor: &Actor,
    filter: &DraftFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Draft>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let all = known(ctx, &mut work).await?;
    let wanted = all.into_iter().filter(|draft| {
        let status = filter
            .status
            .map_or(draft.status.has_branch(), |status| draft.status == status);
        let owner = draft.row.as_ref().map(|row| row.owner);
        status
            && filter.kind.is_none_or(|kind| draft.kind() == kind)
            && filter.owner.is_none_or(|wanted| owner == Some(wanted))
            && after.is_none_or(|after| draft.name.as_str() > after)
    });
    Ok(wanted.take(limit.clamp(1, PAGE_ROWS_MAX)).collect())
}

/// Rows of drafts read at a time.
const ROWS_PER_READ: usize = 1_000;

/// Every draft there is or was, by name: branches and rows together.
async fn known(ctx: &Context, work: &mut Work) -> Result<Vec<Draft>> {
    let mut rows: BTreeMap<String, domain::Draft> = BTreeMap::new();
    loop {
        let after = rows.last_key_value().map(|(name, _)| name.clone());
        let page = work
            .tx
            .drafts(work.workspace, after.as_deref(), ROWS_PER_READ)
            .await?;
        let is_last = page.len() < ROWS_PER_READ;
        rows.extend(page.into_iter().map(|row| (row.name.clone(), row)));
        if is_last {
            break;
        }
    }
    let refs = work.tx.refs(work.workspace, "refs/heads/").await?;
    let main = refs.iter().find(|(name, ..)| name == MAIN);
    let main = main.map(|(_, oid, _)| *oid);
    let graph = graph(ctx, work).await?;
    let mut found: BTreeMap<String, Draft> = BTreeMap::new();
    for (name, commit, moved_at) in refs.into_iter().filter(|(name, ..)| name != MAIN) {
        let name = draft_name(&name).to_owned();
        let row = rows.remove(&name);
        found.insert(
            name.clone(),
            draft(&graph, main, name, Some((commit, moved_at)), row),
        );
    }
    for (name, row) in rows {
        found.insert(name.clone(), draft(&graph, main, name, None, Some(row)));
    }
    Ok(found.into_values().collect())
}

fn draft(
    graph: &CommitGraph,
    main: Option<Oid>,
    name: String,
    branch: Option<(Oid, Time)>,
    row: Option<domain::Draft>,
) -> Draft {
    let rest = row.as_ref().and_then(|row| row.rest.as_ref());
    let rested = rest.map(|rest| (rest.commit, rest.at));
    let created = row.as_ref().map_or(Time(0), |row| row.created_at);
    let (commit, updated_at) = branch.or(rested).unwrap_or((Oid::ZERO, created));
    let known = graph.contains(&commit);
    let (ahead, behind) = match main {
        Some(main) if known => graph.ahead_behind(&commit, &main),
        _ => (0, 0),
    };
    let head = branch.map(|(commit, _)| commit);
    Draft {
        status: row
            .as_ref()
            .map_or(DraftStatus::Open, |row| row.status_at(head)),
        name,
        commit,
        updated_at,
        ahead,
        behind,
        row,
    }
}

/// One draft with the files it changes since it left `main`.
pub async fn get(ctx: &Context, actor: &Actor, name: &str) -> Result<(Draft, Vec<Change>)> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let draft = one(ctx, &mut work, name).await?;
    let graph = graph(ctx, &mut work).await?;
    if !graph.contains(&draft.commit) {
        return Ok((draft, Vec::new()));
    }
    let main = work.tx.get_ref(actor.workspace, MAIN).await?;
    let base = main.and_then(|main| graph.merge_bases(&main, &draft.commit).first().copied());
    let base_tree = match base {
        Some(base) => Some(work.commit_data(base).await?.tree),
        None => None,
    };
    let tree = work.commit_data(draft.commit).await?.tree;
    let changes = work
        .with(|overlay| tree_diff(overlay, base_tree, Some(tree)))
        .await?;
    Ok((draft, changes))
}

/// One draft, whatever its state, or not found.
pub(crate) async fn one(ctx: &Context, work: &mut Work, name: &str) -> Result<Draft> {
    let row = work.tx.draft(work.workspace, name).await?;
    let refs = work.tx.refs(work.workspace, &ref_name(Some(name))?).await?;
    let branch = refs
        .into_iter()
        .find(|(known, ..)| draft_name(known) == name && known != MAIN)
        .map(|(_, commit, at)| (commit, at));
    if row.is_none() && branch.is_none() {
        return Err(Error::not_found("draft", name));
    }
    let main = work.tx.get_ref(work.workspace, MAIN).await?;
    let graph = graph(ctx, work).await?;
    Ok(draft(&graph, main, name.to_owned(), branch, row))
}

/// What to make a draft of.
#[derive(Debug, Clone, Default)]
pub struct CreateDraft {
    /// Its name.
    pub name: String,
    /// The draft, commit or `main` it starts from; `main` where not given.
    pub from: Option<String>,
    /// The title shown; made of the name where empty.
    pub title: String,
    /// When it ends by itself.
    pub ends_at: Option<Time>,
}

/// Makes a draft from `main`, another draft or any saved version.
pub async fn create(ctx: &Context, actor: &Actor, name: &str, from: Option<&str>) -> Result<Oid> {
    let cmd = CreateDraft {
        name: name.to_owned(),
        from: from.map(str::to_owned),
        ..CreateDraft::default()
    };
    start(ctx, actor, &cmd).await
}

/// The same with a title and an end.
pub async fn start(ctx: &Context, actor: &Actor, cmd: &CreateDraft) -> Result<Oid> {
    access::check(actor, Action::WriteDraft, "")?;
    let name = cmd.name.as_str();
    let new = ref_name(Some(name))?;
    if new == MAIN {
        return Err(Error::invalid("`main` is the library itself, not a draft"));
    }
    let now = ctx.clock.now();
    let from = cmd.from.as_deref().filter(|from| !from.is_empty());
    let mut row = domain::Draft::start(domain::NewDraft {
        name: name.to_owned(),
        title: cmd.title.clone(),
        from: from.unwrap_or("main").to_owned(),
        owner: (actor.id, actor.name.clone()),
        at: now,
        ends_at: cmd.ends_at,
    })?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let commit = find_commit(&mut work, from).await?;
    nothing_in_the_way(&mut work, name, &new).await?;
    if let Some(old) = work.tx.draft(actor.workspace, name).await? {
        may_be_replaced(&old)?;
        row.revision = old.revision + 1;
    }
    work.tx
        .move_ref(actor.workspace, &new, None, Some(commit), now)
        .await?;
    work.tx.put_draft(actor.workspace, &row).await?;
    let what = Happening::new("draft.created", format!("draft:{name}")).with_evidence(
        serde_json::json!({"from": from.unwrap_or("main"), "commit": commit.to_string()}),
    );
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", name);
    Ok(commit)
}

/// Fails where Git could not keep the new branch beside one that is there.
pub(crate) async fn nothing_in_the_way(work: &mut Work, name: &str, new: &str) -> Result<()> {
    let taken = work.tx.refs(work.workspace, "refs/heads/").await?;
    match taken
        .iter()
        .find(|(other, ..)| stand_in_the_way(other, new))
    {
        None => Ok(()),
        Some((other, ..)) => Err(Error::Conflict(format!(
            "a draft `{}` exists already; choose another name than `{name}`",
            draft_name(other)
        ))),
    }
}

fn may_be_replaced(old: &domain::Draft) -> Result<()> {
    if matches!(old.status, DraftStatus::Closed | DraftStatus::Archived) {
        return Err(Error::Conflict(format!(
            "a draft `{}` was {} and can be opened again; choose another name, or delete it first",
            old.name,
            old.status.name()
        )));
    }
    Ok(())
}

/// Whether two branches cannot stand side by side: the same name but for case, or one the folder of
/// the other, which Git keeps as files and folders.
pub(crate) fn stand_in_the_way(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let inside = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    one == other || inside(&one, &other) || inside(&other, &one)
}

/// Brings a draft into `main` as a merge commit, without a review; where the rules ask for one, a
/// change is the way.
pub async fn publish(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    note: &Note,
    resolutions: &[Resolution],
) -> Result<(Oid, Vec<FileVersion>)> {
    bring_in(ctx, actor, name, note, resolutions, false).await
}

/// The same as part of a story of the past, which the rules of today do not bind; no door of the
/// server calls it.
pub async fn publish_told(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    note: &Note,
) -> Result<(Oid, Vec<FileVersion>)> {
    bring_in(ctx, actor, name, note, &[], true).await
}

async fn bring_in(
    ctx: &Context,
    actor: &Actor,
    name: &str,
    note: &Note,
    resolutions: &[Resolution],
    told: bool,
) -> Result<(Oid, Vec<FileVersion>)> {
    note.check()?;
    access::check_somewhere(actor, Action::Publish)?;
    check_resolutions(resolutions)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    if let Some(open) = work.tx.open_change(actor.workspace, name).await? {
        return Err(Error::Conflict(format!(
            "change CH-{} is open for `{name}`: publish it there, or close it first",
            open.number
        )));
    }
    let (theirs, _) = head_or_missing(&mut work, &ref_name(Some(name))?).await?;
    let (ours, our_data) = head_or_missing(&mut work, MAIN).await?;
    must_bring_something(ctx, &mut work, name, theirs, ours).await?;
    let (main, draft) = (
        Tip {
            name: "main",
            commit: ours,
        },
        Tip {
            name,
            commit: theirs,
        },
    );
    let merged = merging::merge(ctx, &mut work, main, draft).await?;
    // Before a conflict is shown: it holds the texts of both sides.
    for conflict in &merged.outcome.conflicts {
        access::check(actor, Action::Publish, &conflict.path)?;
    }
    let tree = settle(&mut work, merged.outcome, resolutions, ours).await?;
    may_change(&mut work, actor, Action::Publish, our_data.tree, tree).await?;
    if !told {
        let before = Some(our_data.tree);
        gate::check_main(ctx, &mut work, before, tree, &[note], Way::Published).await?;
        let graph = graph(ctx, &mut work).await?;
        let commits: Vec<Oid> = graph.walk_range(&[theirs], &[ours]).collect();
        gate::check_signed(ctx, &mut work, before, &commits, Way::Published).await?;
    }
    let commit = NewCommitOn {
        name: MAIN,
        tree,
        parents: vec![ours, theirs],
        note,
        author: None,
    };
    let (oid, versions) = write_commit(ctx, &mut work, actor, commit).await?;
    lifecycle::published(ctx, &mut work, actor, name, theirs).await?;
    let what = Happening::new("draft.published", format!("draft:{name}"))
        .because(&note.record.problem)
        .with_evidence(serde_json::json!({
            "commit": oid.to_string(),
            "resolved": resolutions.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", "main");
    Ok((oid, versions))
}

/// Fails where `main` has all that a draft has.
pub(crate) async fn must_bring_something(
    ctx: &Context,
    work: &mut Work,
    name: &str,
    theirs: Oid,
    ours: Oid,
) -> Result<()> {
    let graph = graph(ctx, work).await?;
    if graph.is_ancestor(&theirs, &ours) {
        return Err(Error::invalid(format!(
            "`{name}` has nothing that `main` does not have"
        )));
    }
    Ok(())
}

/// Checks the right to every path in which two trees differ; returns how they differ.
pub(crate) async fn may_change(
    work: &mut Work,
    actor: &Actor,
    action: Action,
    before: Oid,
    after: Oid,
) -> Result<Vec<Change>> {
    let changes = work
        .with(|overlay| tree_diff(overlay, Some(before), Some(after)))
        .await?;
    for change in &changes {
        access::check(actor, action, &change.path)?;
    }
    let first = changes.first().map_or("", |change| change.path.as_str());
    access::check(actor, action, first)?;
    Ok(changes)
}
