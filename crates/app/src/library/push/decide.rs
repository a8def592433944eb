//! Which refs of a push may move: inside the writer's turn, where nobody else can move them.

use std::collections::HashMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_domain::limits::PUSH_COMMITS_MAX;
use variorum_domain::record::Note;
use variorum_domain::signing::Verdict;
use variorum_git::diff::tree_diff;
use variorum_git::graph::{CommitGraph, CommitRow};
use variorum_git::object::Kind;
use variorum_ports::rows::CommitRow as VersionRow;

use super::super::drafts::stand_in_the_way;
use super::super::graphs::graph;
use super::super::{draft_name, ref_name};
use super::inspect::{Inspected, Tip};
use super::note::{check_note, check_own, check_rules, check_signed};
use super::paths::{short, shown};
use super::{Push, Refusal, Step, Update, is_main};
use crate::Result;
use crate::context::Context;
use crate::signatures::{self, Provenance};
use crate::work::Work;

/// A ref that may move.
#[derive(Debug, Clone)]
pub(super) struct Accepted {
    /// From where to where.
    pub update: Update,
    /// The tree before, for a branch that was there.
    pub before_tree: Option<Oid>,
    /// The tree after, for a branch.
    pub after_tree: Option<Oid>,
    /// The new commits it leads to, parents first.
    pub new: Vec<Oid>,
    /// How many commits it leads to that it did not lead to before.
    pub commits: usize,
    /// Whether versions are left behind.
    pub rewritten: bool,
}

/// The state against which the updates of one push are held.
struct Bench<'a> {
    ctx: &'a Context,
    actor: &'a Actor,
    only_forward: bool,
    inspected: &'a Inspected,
    graph: CommitGraph,
    names: HashMap<String, Oid>,
}

/// Decides for each update, deletions first, so that a name can be used again in the same push.
pub(super) async fn decide(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    cmd: &Push,
    inspected: &Inspected,
) -> Result<Vec<std::result::Result<Accepted, Refusal>>> {
    let updates = &cmd.updates;
    let mut graph = (*graph(ctx, work).await?).clone();
    for tip in inspected.tips.values().flatten() {
        for oid in &tip.new {
            if let Some(commit) = inspected.commits.get(oid).filter(|_| !graph.contains(oid)) {
                graph.add(&CommitRow {
                    oid: *oid,
                    parents: commit.data.parents.clone(),
                    time: commit.data.committer.time,
                });
            }
        }
    }
    let refs = work.tx.refs(work.workspace, "refs/").await?;
    let mut bench = Bench {
        ctx,
        actor,
        only_forward: cmd.only_forward,
        inspected,
        graph,
        names: refs.into_iter().map(|(name, oid, _)| (name, oid)).collect(),
    };
    let mut order: Vec<usize> = (0..updates.len()).collect();
    order.sort_by_key(|index| updates[*index].new.is_some());
    let mut verdicts: Vec<Option<std::result::Result<Accepted, Refusal>>> =
        updates.iter().map(|_| None).collect();
    for index in order {
        let update = &updates[index];
        let verdict = bench.judge(work, update).await?;
        if verdict.is_ok() {
            match update.new {
                Some(new) => bench.names.insert(update.name.clone(), new),
                None => bench.names.remove(&update.name),
            };
        }
        verdicts[index] = Some(verdict);
    }
    Ok(verdicts.into_iter().flatten().collect())
}

impl Bench<'_> {
    async fn judge(&self, work: &mut Work, update: &Update) -> Step<Accepted> {
        let name = &update.name;
        if let Err(refusal) = check_name(name) {
            return Ok(Err(refusal));
        }
        let current = self.names.get(name).copied();
        if current != update.old {
            return Ok(Err(moved(name, current.is_some())));
        }
        let is_new = current.is_none() && update.new.is_some();
        let taken = || {
            self.names
                .keys()
                .find(|other| stand_in_the_way(other, name))
        };
        if let Some(other) = is_new.then(taken).flatten() {
            return Ok(Err(Refusal::one(
                "the name is taken",
                format!(
                    "`{}` is there already, and the two cannot stand side by side; choose another name",
                    shown(draft_name(other))
                ),
            )));
        }
        let Some(new) = update.new else {
            return Ok(self.judge_deletion(update));
        };
        let tip = match self.inspected.tips.get(&new) {
            Some(Ok(tip)) => tip,
            Some(Err(refusal)) => return Ok(Err(refusal.clone())),
            None => {
                return Ok(Err(Refusal::one(
                    "not a commit",
                    format!("`{new}` is not known"),
                )));
            }
        };
        if name.starts_with("refs/tags/") {
            return Ok(self.judge_tag(update, tip));
        }
        if tip.kind != Kind::Commit {
            return Ok(Err(Refusal::one(
                "not a commit",
                format!("`{new}` is a tag; a draft points to a commit"),
            )));
        }
        if is_main(name) {
            self.judge_main(work, update, new, tip).await
        } else {
            self.judge_draft(work, update, new, tip).await
        }
    }

    fn judge_deletion(&self, update: &Update) -> std::result::Result<Accepted, Refusal> {
        if is_main(&update.name) {
            let line = "`main` is the library itself and cannot be deleted";
            return Err(Refusal::one("main cannot be deleted", line));
        }
        if update.old.is_none() {
            return Err(Refusal::one(
                "not there",
                "there is nothing of that name to delete",
            ));
        }
        let action = if update.name.starts_with("refs/tags/") {
            Action::Publish
        } else {
            Action::WriteDraft
        };
        access::check(self.actor, action, "").map_err(|denied| not_allowed(&denied))?;
        Ok(Accepted {
            update: update.clone(),
            before_tree: None,
            after_tree: None,
            new: Vec::new(),
            commits: 0,
            rewritten: false,
        })
    }

    fn judge_tag(&self, update: &Update, tip: &Tip) -> std::result::Result<Accepted, Refusal> {
        if update.old.is_some() {
            let line = "a tag never moves; make another one, or delete it first";
            return Err(Refusal::one("a tag never moves", line));
        }
        access::check(self.actor, Action::Publish, "").map_err(|denied| not_allowed(&denied))?;
        let commits = &self.inspected.commits;
        for oid in &tip.new {
            let Some(commit) = commits.get(oid) else {
                continue;
            };
            check_note(
                &short(*oid),
                &Note::from_message(&commit.data.message),
                false,
            )?;
            self.may(Action::WriteDraft, &commit.own_paths)?;
        }
        Ok(Accepted {
            update: update.clone(),
            before_tree: None,
            after_tree: None,
            new: tip.new.clone(),
            commits: tip.new.len(),
            rewritten: false,
        })
    }

    async fn judge_main(
        &self,
        work: &mut Work,
        update: &Update,
        new: Oid,
        tip: &Tip,
    ) -> Step<Accepted> {
        if let Some(old) = update.old.filter(|old| !self.graph.is_ancestor(old, &new)) {
            let lost = self.graph.walk_range(&[old], &[new]).count();
            return Ok(Err(Refusal::new(
                "main only moves forward",
                &[
                    format!("this would take {lost} saved versions out of `main`; even with `--force` it only moves forward"),
                    "Run `git pull` (fetch and merge), then push again. To take a change back, push \
                     a commit that undoes it (`git revert`)."
                        .to_owned(),
                ],
            )));
        }
        if let Err(refusal) = self.may_bring(Action::Publish, tip) {
            return Ok(Err(refusal));
        }
        let reaching: Vec<Oid> = match update.old {
            Some(old) => self.graph.walk_range(&[new], &[old]).collect(),
            None => self.graph.walk(&new).collect(),
        };
        let (before_tree, after_tree) = trees(work, update.old, new).await?;
        // Rights go first: nobody learns what the rules say of paths that are not theirs to write.
        let changes = work
            .with(|overlay| tree_diff(overlay, before_tree, Some(after_tree)))
            .await?;
        let mut paths: Vec<String> = changes.into_iter().map(|change| change.path).collect();
        if paths.is_empty() {
            paths.push(String::new());
        }
        if let Err(refusal) = self.may(Action::Publish, &paths) {
            return Ok(Err(refusal));
        }
        let notes = match self.check_notes(work, &reaching, true).await? {
            Ok(notes) => notes,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = check_rules(self.ctx, work, (before_tree, after_tree), &notes).await?
        {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = check_signed(self.ctx, work, before_tree, &reaching).await? {
            return Ok(Err(refusal));
        }
        Ok(Ok(Accepted {
            update: update.clone(),
            before_tree,
            after_tree: Some(after_tree),
            new: tip.new.clone(),
            commits: reaching.len(),
            rewritten: false,
        }))
    }

    async fn judge_draft(
        &self,
        work: &mut Work,
        update: &Update,
        new: Oid,
        tip: &Tip,
    ) -> Step<Accepted> {
        if update.old.is_none()
            && let Err(denied) = access::check(self.actor, Action::WriteDraft, "")
        {
            return Ok(Err(not_allowed(&denied)));
        }
        let rewritten = update
            .old
            .is_some_and(|old| !self.graph.is_ancestor(&old, &new));
        if rewritten && self.only_forward {
            return Ok(Err(Refusal::one(
                "it only moves forward",
                "versions of the draft would be left behind",
            )));
        }
        if let Some(old) = update.old.filter(|_| rewritten)
            && let Err(refusal) = self.only_own(work, old, new).await?
        {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.may_bring(Action::WriteDraft, tip) {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.check_notes(work, &tip.new, false).await? {
            return Ok(Err(refusal));
        }
        let (before_tree, after_tree) = trees(work, update.old, new).await?;
        let commits = &self.inspected.commits;
        let brought = tip.new.iter().filter_map(|oid| commits.get(oid));
        let paths = brought.flat_map(|commit| commit.own_paths.iter().map(String::as_str));
        if let Err(refusal) = check_own(self.ctx, work, after_tree, paths).await? {
            return Ok(Err(refusal));
        }
        Ok(Ok(Accepted {
            update: update.clone(),
            before_tree,
            after_tree: Some(after_tree),
            new: tip.new.clone(),
            commits: match update.old {
                Some(old) => self.graph.walk_range(&[new], &[old]).count(),
                None => tip.new.len(),
            },
            rewritten,
        }))
    }

    /// A push with `--force` may leave versions of a draft behind, but nobody else's.
    async fn only_own(&self, work: &mut Work, old: Oid, new: Oid) -> Step<()> {
        let left: Vec<Oid> = self.graph.walk_range(&[old], &[new]).collect();
        if left.len() > PUSH_COMMITS_MAX {
            return Ok(Err(Refusal::one(
                "too many versions would be left behind",
                "make a new draft instead",
            )));
        }
        let rows = work.tx.commits(work.workspace, &left).await?;
        let known = signatures::provenance(self.ctx, work, &left).await?;
        match rows
            .iter()
            .find(|row| !self.is_own(known.get(&row.oid), row))
        {
            None => Ok(Ok(())),
            Some(row) => Ok(Err(Refusal::new(
                "other people's versions would be lost",
                &[
                    format!(
                        "version {} by {}{} would be left behind; with `--force` you may rewrite your own \
                         versions only",
                        short(row.oid),
                        shown(&row.author_name),
                        pushed_by(known.get(&row.oid)),
                    ),
                    "Run `git pull` (fetch and merge), then push again.".to_owned(),
                ],
            ))),
        }
    }

    /// Whether it was the actor who brought a version in: who pushed it is on record, and what was saved
    /// here is signed for whoever was signed in. What was imported names its author, and no more is known.
    fn is_own(&self, found: Option<&Provenance>, row: &VersionRow) -> bool {
        let mine = |email: &str| !email.is_empty() && email.eq_ignore_ascii_case(&self.actor.email);
        match found {
            Some(Provenance {
                pushed_by: Some((actor, _)),
                ..
            }) => *actor == self.actor.id,
            Some(found) if matches!(found.verdict, Verdict::Server { .. }) => {
                mine(&found.committer)
            }
            _ => mine(&row.author_email),
        }
    }

    /// The notes of these commits, each of which can be saved as it is.
    async fn check_notes(
        &self,
        work: &mut Work,
        commits: &[Oid],
        on_main: bool,
    ) -> Step<Vec<Note>> {
        let mut notes = Vec::with_capacity(commits.len());
        let mut stored = Vec::new();
        for oid in commits {
            match self.inspected.commits.get(oid) {
                Some(commit) => notes.push((*oid, Note::from_message(&commit.data.message))),
                None => stored.push(*oid),
            }
        }
        for row in work.tx.commits(work.workspace, &stored).await? {
            notes.push((row.oid, Note::from_message(&row.message)));
        }
        for (oid, note) in &notes {
            if let Err(refusal) = check_note(&short(*oid), note, on_main) {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(notes.into_iter().map(|(_, note)| note).collect()))
    }

    /// Whether the actor may do this to every path that the new commits change by themselves.
    fn may_bring(&self, action: Action, tip: &Tip) -> std::result::Result<(), Refusal> {
        let commits = &self.inspected.commits;
        let mut new = tip.new.iter().filter_map(|oid| commits.get(oid));
        new.try_for_each(|commit| self.may(action, &commit.own_paths))
    }

    fn may(&self, action: Action, paths: &[String]) -> std::result::Result<(), Refusal> {
        paths.iter().try_for_each(|path| {
            access::check(self.actor, action, path).map_err(|denied| not_allowed(&denied))
        })
    }
}

fn pushed_by(found: Option<&Provenance>) -> String {
    found
        .and_then(|found| found.pushed_by.as_ref())
        .map_or_else(String::new, |(_, name)| {
            format!(", pushed by {},", shown(name))
        })
}

async fn trees(work: &mut Work, old: Option<Oid>, new: Oid) -> Result<(Option<Oid>, Oid)> {
    let before = match old {
        Some(old) => Some(work.commit_data(old).await?.tree),
        None => None,
    };
    Ok((before, work.commit_data(new).await?.tree))
}

fn not_allowed(denied: &access::Denied) -> Refusal {
    Refusal::new(
        "not allowed",
        &[
            denied.to_string(),
            "Ask an administrator of the workspace for that role, or push to a draft.".to_owned(),
        ],
    )
}

/// Somebody else was first.
fn moved(name: &str, is_there: bool) -> Refusal {
    let name = shown(draft_name(name));
    if !is_there {
        return Refusal::one(
            "it is gone",
            format!("`{name}` was deleted meanwhile; push it under a new name"),
        );
    }
    Refusal::new(
        format!("{name} has moved: fetch, merge, push again"),
        &[
            format!(
                "`{name}` has moved since you looked: somebody saved first. Nothing of yours is lost."
            ),
            "Run `git pull` (fetch and merge), then push again.".to_owned(),
        ],
    )
}

/// Which refs a push may name at all.
fn check_name(name: &str) -> std::result::Result<(), Refusal> {
    if name.starts_with("refs/tags/release/") {
        return Err(Refusal::one(
            "release tags are read-only",
            "tags `release/…` are made with releases and never change; `variorum releases create` \
             makes a release",
        ));
    }
    if name.starts_with("refs/notes/") {
        return Err(Refusal::one(
            "notes are read-only",
            "notes are written when a rollout ends",
        ));
    }
    let rest = name
        .strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"));
    let Some(rest) = rest else {
        return Err(Refusal::one(
            "not a draft",
            format!(
                "`{}` is neither a draft (`refs/heads/…`) nor a tag",
                shown(name)
            ),
        ));
    };
    let is_tag = name.starts_with("refs/tags/");
    match ref_name(Some(rest)) {
        Ok(full) if is_tag || full == name => Ok(()),
        _ => Err(Refusal::one(
            "the name is refused",
            format!(
                "`{}` cannot be the name of a draft: use letters, digits, `-`, `_`, `.` and `/`, e.g. \
                 `campaign/autumn`",
                shown(rest)
            ),
        )),
    }
}
