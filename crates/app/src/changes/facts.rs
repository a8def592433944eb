//! Everything that is known of a change at this moment, and what still blocks it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use variorum_domain::access::{self, Action, Actor, ActorKind};
use variorum_domain::change::{
    Blocker, Change, ChangeStatus, Facts, Review, Standing, Thread, blockers,
};
use variorum_domain::documentation::Shortfall;
use variorum_domain::draft::Draft;
use variorum_domain::id::{ActorId, ChangeNumber, Oid};
use variorum_domain::library::{FileKind, MAIN};
use variorum_domain::limits::{CHANGES_JUDGED_MAX, DRAFT_VERSIONS_READ_MAX};
use variorum_domain::policy::{Duties, Policy, Reaching, TestGuard, Touched};
use variorum_domain::prompt::{Diagnostic, Severity};
use variorum_domain::record::Note;
use variorum_domain::suite::CASE_FAILED;
use variorum_git::diff::{Change as FileChange, tree_diff};
use variorum_ports::rows::{ArrivalRow, ChangeFilter};

use super::{load, people, trailers};
use crate::context::Context;
use crate::impact::{self, Broken};
use crate::library::graphs::graph;
use crate::library::merging::{self, Tip};
use crate::library::suites::Tried;
use crate::library::tree_view::TreeView;
use crate::library::{contracts, documentation, gate, head, head_or_missing, ref_name, suites};
use crate::work::Work;
use crate::{Result, signatures};

/// A file a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The path.
    pub path: String,
    /// What kind of file it is.
    pub kind: FileKind,
    /// Whether it is there before.
    pub was_there: bool,
    /// Whether it is there after.
    pub is_there: bool,
    /// Whether only its wording changed.
    pub wording_only: bool,
}

/// The two sides of a change, as trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tips {
    /// Where the draft stands, or stood.
    pub head: Oid,
    /// The library before.
    pub before: Option<Oid>,
    /// The library after.
    pub after: Oid,
}

/// A change judged against the state of this moment.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Where the draft stands; `None` where it is gone.
    pub head: Option<Oid>,
    /// The rules that bind.
    pub policy: Policy,
    /// What the rules ask for.
    pub duties: Duties,
    /// The files it touches.
    pub files: Vec<ChangedFile>,
    /// Errors and warnings in them.
    pub findings: Vec<Diagnostic>,
    /// The reviews, oldest first.
    pub reviews: Vec<Review>,
    /// What still blocks it.
    pub blockers: Vec<Blocker>,
    /// Versions of the draft that `main` does not have, newest first.
    pub commits: Vec<Oid>,
    /// How many versions `main` has that the draft does not have.
    pub behind: usize,
    /// Whose approval does not count here.
    pub barred: Vec<ActorId>,
    /// The contracts it breaks.
    pub broken: Arc<Broken>,
    /// What it lacks of the documentation standard, where that refuses.
    pub undocumented: Vec<Blocker>,
    /// What the suites came to that it touches or reaches.
    pub tried: Tried,
    /// How much it reaches, where a rule asks.
    pub(crate) reaching: Reaching,
    pub(crate) tips: Option<Tips>,
    pub(crate) main: Option<Oid>,
    pub(crate) note: Note,
}

/// A change with all that belongs to it.
#[derive(Debug, Clone)]
pub struct View {
    /// The change.
    pub change: Change,
    /// Its draft's row.
    pub draft: Option<Draft>,
    /// How it stands.
    pub judged: Judged,
    /// The discussions, oldest first.
    pub threads: Vec<Thread>,
}

/// One change with all that belongs to it.
pub async fn get(ctx: &Context, actor: &Actor, number: ChangeNumber) -> Result<View> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let change = load(&mut work, number).await?;
    let judged = judge(ctx, &mut work, &change).await?;
    let threads = work.tx.threads(actor.workspace, number).await?;
    let draft = work.tx.draft(actor.workspace, &change.draft).await?;
    Ok(View {
        change,
        draft,
        judged,
        threads,
    })
}

/// The trees between which a change lies; nothing where its draft is gone.
pub(crate) async fn sides_of(
    ctx: &Context,
    work: &mut Work,
    number: ChangeNumber,
) -> Result<Option<(Option<Oid>, Oid)>> {
    let change = load(work, number).await?;
    let sides = sides(ctx, work, &change).await?;
    Ok(sides.tips.map(|tips| (tips.before, tips.after)))
}

/// Open changes, newest first, each with how it stands: for boards and lists of what waits.
pub async fn standing(ctx: &Context, actor: &Actor) -> Result<Vec<View>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = ChangeFilter {
        status: Some(ChangeStatus::Open),
        ..ChangeFilter::default()
    };
    let open = work
        .tx
        .changes(actor.workspace, &filter, None, CHANGES_JUDGED_MAX)
        .await?;
    let mut views = Vec::with_capacity(open.len());
    for change in open {
        views.push(View {
            judged: judge(ctx, &mut work, &change).await?,
            threads: work.tx.threads(actor.workspace, change.number).await?,
            draft: work.tx.draft(actor.workspace, &change.draft).await?,
            change,
        });
    }
    Ok(views)
}

/// What would block a draft if a change of that title and record were opened for it.
pub async fn preview(ctx: &Context, actor: &Actor, change: &Change) -> Result<Judged> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    judge(ctx, &mut work, change).await
}

/// Where both branches of a change stand, and what their merge comes to.
struct Sides {
    main: Option<Oid>,
    main_tree: Option<Oid>,
    draft: Option<Oid>,
    tips: Option<Tips>,
    conflicts: Vec<String>,
}

/// The trees before and after a change, and the files both sides changed.
pub(crate) async fn tips(
    ctx: &Context,
    work: &mut Work,
    change: &Change,
) -> Result<(Option<Tips>, Vec<String>)> {
    let sides = sides(ctx, work, change).await?;
    Ok((sides.tips, sides.conflicts))
}

/// The tree of `main`, and the one it would have with a draft; with the files both sides changed.
pub(crate) async fn draft_trees(
    ctx: &Context,
    work: &mut Work,
    draft: &str,
    theirs: Oid,
) -> Result<((Oid, Oid), Vec<String>)> {
    let (ours, data) = head_or_missing(work, MAIN).await?;
    let (after, conflicts) = merged_tree(ctx, work, ours, (draft, theirs)).await?;
    Ok(((data.tree, after), conflicts))
}

/// What `main` would be with a draft, and the files both sides changed, which hold both texts.
async fn merged_tree(
    ctx: &Context,
    work: &mut Work,
    main: Oid,
    (draft, theirs): (&str, Oid),
) -> Result<(Oid, Vec<String>)> {
    let ours = Tip {
        name: "main",
        commit: main,
    };
    let theirs = Tip {
        name: draft,
        commit: theirs,
    };
    let outcome = merging::merge(ctx, work, ours, theirs).await?.outcome;
    let conflicts = outcome.conflicts.iter().map(|one| one.path.clone());
    Ok((outcome.partial_tree, conflicts.collect()))
}

async fn sides(ctx: &Context, work: &mut Work, change: &Change) -> Result<Sides> {
    let main = head(work, MAIN).await?;
    let main_tree = main.as_ref().map(|(_, data)| data.tree);
    let main = main.map(|(oid, _)| oid);
    let draft_ref = ref_name(Some(&change.draft))?;
    let draft = work.tx.get_ref(work.workspace, &draft_ref).await?;
    let mut conflicts = Vec::new();
    let tips = match (change.status, draft, main, main_tree) {
        (ChangeStatus::Open, Some(theirs), Some(ours), Some(tree)) => {
            let (after, both) = merged_tree(ctx, work, ours, (&change.draft, theirs)).await?;
            conflicts = both;
            Some(Tips {
                head: theirs,
                before: Some(tree),
                after,
            })
        }
        _ => settled_tips(work, change, main_tree).await?,
    };
    Ok(Sides {
        main,
        main_tree,
        draft,
        tips,
        conflicts,
    })
}

/// Judges a change against the state of this moment.
pub(crate) async fn judge(ctx: &Context, work: &mut Work, change: &Change) -> Result<Judged> {
    let sides = sides(ctx, work, change).await?;
    let policy = gate::policy(work, sides.main_tree).await?;
    let reviews = work.tx.reviews(work.workspace, change.number).await?;
    let people = people(work).await?;
    let (files, changes) = match sides.tips {
        Some(tips) => judge_files(work, tips).await?,
        None => (Vec::new(), Vec::new()),
    };
    let open = sides.tips.filter(|_| change.status == ChangeStatus::Open);
    let (broken, reaching) = match open {
        Some(tips) => reached(ctx, work, tips, &policy, &sides.conflicts).await?,
        None => Default::default(),
    };
    let mut found = match open {
        Some(tips) => findings(ctx, work, tips, &changes, (&sides.conflicts, &broken)).await?,
        None => Vec::new(),
    };
    let tried = match open.filter(|_| sides.conflicts.is_empty()) {
        Some(tips) => suites::tried(ctx, work, (tips.before, tips.after), &changes).await?,
        None => Tried::default(),
    };
    found.extend(told(&tried, policy.tests));
    let undocumented = match open {
        Some(tips) => {
            let trees = (tips.before, tips.after);
            documentation::shortfalls(ctx, work, trees, &changes, &sides.conflicts).await?
        }
        None => Vec::new(),
    };
    let head = sides.tips.map(|tips| tips.head);
    let (commits, behind) = distance(ctx, work, head, sides.main).await?;
    let barred = writers(work, change, &commits, &people).await?;
    let unsigned = if policy.signed_commits {
        signatures::unsigned(ctx, work, &commits).await?
    } else {
        None
    };
    let threads = work.tx.threads(work.workspace, change.number).await?;
    found.extend(undocumented.iter().flat_map(Shortfall::warnings));
    let mut judged = Judged {
        head: sides.draft,
        duties: Duties::default(),
        files,
        findings: found,
        blockers: Vec::new(),
        commits,
        behind,
        barred,
        tips: sides.tips,
        main: sides.main,
        note: note_of(change),
        undocumented: undocumented.iter().flat_map(Shortfall::blockers).collect(),
        broken,
        tried,
        reaching,
        reviews,
        policy,
    };
    decide(
        &mut judged,
        change,
        &people,
        &sides.conflicts,
        unsigned,
        &threads,
    );
    Ok(judged)
}

/// The findings of suites, as the rules weigh them.
fn told(tried: &Tried, guard: TestGuard) -> Vec<Diagnostic> {
    let mut findings = tried.findings.clone();
    let failing = findings.iter_mut().filter(|one| one.code == CASE_FAILED);
    if guard == TestGuard::Warn {
        failing.for_each(|one| one.severity = Severity::Warning);
    }
    findings
}

/// What a change breaks, and how much it reaches.
async fn reached(
    ctx: &Context,
    work: &mut Work,
    tips: Tips,
    policy: &Policy,
    conflicts: &[String],
) -> Result<(Arc<Broken>, Reaching)> {
    let Some(before) = tips.before else {
        return Ok(Default::default());
    };
    let trees = (before, tips.after);
    let broken = impact::broken(ctx, work, trees, conflicts).await?;
    Ok((broken, impact::reaching(ctx, work, trees, policy).await?))
}

/// The pure part: what blocks, what the rules ask for, and the trailers of the merge.
fn decide(
    judged: &mut Judged,
    change: &Change,
    people: &[Actor],
    conflicts: &[String],
    unsigned: Option<Blocker>,
    threads: &[Thread],
) {
    let touched: Vec<Touched> = judged.files.iter().map(touched_of).collect();
    let standing = Standing {
        policy: &judged.policy,
        reviews: &judged.reviews,
        people,
        barred: &judged.barred,
        head: judged.tips.map_or(Oid::ZERO, |tips| tips.head),
    };
    let blocked = if change.status == ChangeStatus::Open && judged.head.is_none() {
        vec![draft_is_gone(&change.draft)]
    } else {
        blockers(&Facts {
            change,
            note: &judged.note,
            standing,
            has_something: !judged.commits.is_empty(),
            behind: judged.behind,
            conflicts: conflicts.to_vec(),
            findings: &judged.findings,
            touched: &touched,
            open_threads: threads.iter().filter(|one| one.settled.is_none()).count(),
            reaching: &judged.reaching,
            broken_contracts: &judged.broken.breaches,
            undocumented: &judged.undocumented,
            unsigned,
        })
    };
    let lines = trailers(change, &standing);
    judged.duties = judged.policy.duties_reaching(&touched, &judged.reaching);
    judged.blockers = blocked;
    judged.note.trailers = lines;
}

fn draft_is_gone(draft: &str) -> Blocker {
    Blocker::new(
        "draft-gone",
        format!("the draft `{draft}` is not there"),
        "restore the draft, or close this change",
    )
}

/// The message a change's merge has, its trailers apart.
fn note_of(change: &Change) -> Note {
    Note {
        subject: change.title.clone(),
        body: change.summary.clone(),
        record: change.record.clone(),
        trailers: Vec::new(),
    }
}

fn touched_of(file: &ChangedFile) -> Touched {
    Touched {
        path: file.path.clone(),
        wording_only: file.wording_only,
    }
}

/// The two sides of a change that is not open: what its merge did, or what its draft held.
async fn settled_tips(
    work: &mut Work,
    change: &Change,
    main_tree: Option<Oid>,
) -> Result<Option<Tips>> {
    if let Some(merged) = &change.merged {
        let data = work.commit_data(merged.commit).await?;
        let before = match data.parents.first() {
            Some(parent) => Some(work.commit_data(*parent).await?.tree),
            None => None,
        };
        return Ok(Some(Tips {
            head: merged.head,
            before,
            after: data.tree,
        }));
    }
    let branch = work
        .tx
        .get_ref(work.workspace, &ref_name(Some(&change.draft))?)
        .await?;
    let row = work.tx.draft(work.workspace, &change.draft).await?;
    let rested = row.and_then(|row| row.rest).map(|rest| rest.commit);
    match branch.or(rested) {
        Some(head) => Ok(Some(Tips {
            head,
            before: main_tree,
            after: work.commit_data(head).await?.tree,
        })),
        None => Ok(None),
    }
}

/// The files in which two trees differ.
async fn judge_files(work: &mut Work, tips: Tips) -> Result<(Vec<ChangedFile>, Vec<FileChange>)> {
    let changes = work
        .with(|overlay| tree_diff(overlay, tips.before, Some(tips.after)))
        .await?;
    let touched = gate::touched(work, &changes).await?;
    let files = changes
        .iter()
        .zip(touched)
        .map(|(change, touched)| ChangedFile {
            kind: FileKind::of(&change.path),
            was_there: change.old.is_some(),
            is_there: change.new.is_some(),
            wording_only: touched.wording_only,
            path: touched.path,
        });
    Ok((files.collect(), changes))
}

/// What is wrong with the changed files as they would stand, and with those that build on them where no
/// broken contract says so; files in conflict hold markers and are left out.
async fn findings(
    ctx: &Context,
    work: &mut Work,
    tips: Tips,
    changes: &[FileChange],
    (conflicts, broken): (&[String], &Broken),
) -> Result<Vec<Diagnostic>> {
    let mut view = TreeView::of(ctx, work, tips.after).await?;
    let mut found = gate::settings_findings(work, changes).await?;
    for change in changes {
        let entry = change.new.filter(|entry| entry.mode.is_file());
        if let Some(entry) = entry.filter(|_| !conflicts.contains(&change.path)) {
            found.extend(view.diagnostics(ctx, work, &change.path, entry.oid).await?);
        }
    }
    let trees = (tips.before, tips.after);
    for finding in contracts::broken(ctx, work, trees, changes).await? {
        // A broken contract tells of both ends, and says it better.
        let is_told = broken.names(&finding.path) || found.contains(&finding);
        if !is_told && !conflicts.contains(&finding.path) {
            found.push(finding);
        }
    }
    Ok(found)
}

async fn distance(
    ctx: &Context,
    work: &mut Work,
    head: Option<Oid>,
    main: Option<Oid>,
) -> Result<(Vec<Oid>, usize)> {
    let (Some(head), Some(main)) = (head, main) else {
        return Ok((Vec::new(), 0));
    };
    let graph = graph(ctx, work).await?;
    let range = graph.walk_range(&[head], &[main]);
    let commits = range.take(DRAFT_VERSIONS_READ_MAX).collect();
    Ok((commits, graph.ahead_behind(&head, &main).1))
}

/// Whose approval does not count: the author, whoever wrote a version of the draft, by the addresses
/// in it, and whoever pushed it, whatever addresses are in it. A merge that only takes over what
/// others wrote bars nobody.
async fn writers(
    work: &mut Work,
    change: &Change,
    commits: &[Oid],
    people: &[Actor],
) -> Result<Vec<ActorId>> {
    let mut addresses = BTreeSet::new();
    let arrivals = work.tx.arrivals(work.workspace, commits).await?;
    let pushed: HashMap<Oid, &ArrivalRow> = arrivals.iter().map(|row| (row.commit, row)).collect();
    work.with(|overlay| overlay.require(commits.iter().copied()))
        .await?;
    for oid in commits {
        let data = work.commit_data(*oid).await?;
        let arrival = pushed.get(oid);
        if data.parents.len() < 2 || arrival.is_some_and(|row| row.wrote) {
            addresses.insert(data.author.email.to_lowercase());
            addresses.insert(data.committer.email.to_lowercase());
        }
    }
    let wrote = people.iter().filter(|person| {
        person.kind == ActorKind::Person && addresses.contains(&person.email.to_lowercase())
    });
    let mut barred: Vec<ActorId> = wrote.map(|person| person.id).collect();
    barred.push(change.author.id);
    barred.extend(arrivals.iter().filter(|row| row.wrote).map(|row| row.actor));
    barred.sort_unstable();
    barred.dedup();
    Ok(barred)
}
