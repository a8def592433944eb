//! The answer to a question: rows with reasons, a drawing, what is broken, what collides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::change::Change;
use variorum_domain::id::{ChangeNumber, RolloutNumber};
use variorum_domain::impact::{EdgeKind, How, Key, Listing, Thing, short_name};
use variorum_domain::library::Library;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::Rollout;

use super::contracts::{Broken, broken};
use super::graphs::at_main;
use super::others::open_changes;
use super::survey::{Prepared, prepare_file, prepare_step};
use super::{Ask, DRAWN_MAX, DRAWN_PER_KIND_MAX, Step};
use crate::Result;
use crate::context::Context;
use crate::library::facts::title_from_path;
use crate::work::Work;

/// What is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// `draft`, `change`, or the kind of a file.
    pub kind: &'static str,
    /// The draft's name, the change's number or the file's path.
    pub id: String,
    /// What people call it.
    pub title: String,
}

impl Subject {
    pub(super) fn file(path: &str, title: String) -> Self {
        Self {
            kind: Thing::of(path).name(),
            id: path.to_owned(),
            title,
        }
    }

    pub(super) fn draft(name: &str) -> Self {
        Self {
            kind: "draft",
            id: name.to_owned(),
            title: name.to_owned(),
        }
    }

    pub(super) fn change(change: &Change) -> Self {
        Self {
            kind: "change",
            id: format!("CH-{}", change.number),
            title: change.title.clone(),
        }
    }
}

/// How many of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The kind.
    pub thing: Thing,
    /// How many change themselves.
    pub changed: usize,
    /// How many are reached beside these.
    pub reached: usize,
}

/// A thing that is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id: the path of a file, or `kpi:click` and the like. It stays the same from answer to answer.
    pub id: String,
    /// Its kind.
    pub thing: Thing,
    /// What people call it: a prompt's id, a region's short name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// In which way the change has to do with it.
    pub how: How,
    /// How far it is from what changes.
    pub layer: u32,
    /// Whether the reader may see no more of it than its kind.
    pub hidden: bool,
}

/// A row: a thing, and why it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The thing.
    pub node: Node,
    /// Why, in words.
    pub reason: String,
    /// The way from what changes: each thing's id and name, and the edge that led to it.
    pub why: Vec<(String, String, Option<EdgeKind>)>,
}

/// A part of what is reached that is small enough to be drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graphic {
    /// The things.
    pub nodes: Vec<Node>,
    /// The edges between them, by id: from, to, how.
    pub edges: Vec<(String, String, EdgeKind)>,
    /// How many things are not drawn.
    pub left_out: usize,
}

/// With what something collides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollisionKind {
    /// A rollout that runs tries what is reached.
    Rollout(RolloutNumber),
    /// Another open change touches the same files.
    Change(ChangeNumber),
}

/// A warning: something else is going on with the same prompts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// With what.
    pub kind: CollisionKind,
    /// The title of that.
    pub title: String,
    /// The files it is about, a few of them.
    pub paths: Vec<String>,
    /// How many files there are.
    pub count: usize,
    /// What is the matter.
    pub message: String,
    /// What to do next.
    pub next: String,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Impact {
    /// What was asked of.
    pub of: Subject,
    /// How many of each kind.
    pub counts: Vec<Count>,
    /// How many things are reached that the reader may not see.
    pub hidden: usize,
    /// A page of rows.
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<Key>,
    /// The drawing.
    pub graphic: Graphic,
    /// What is broken.
    pub broken: Arc<Broken>,
    /// What it collides with.
    pub collisions: Vec<Collision>,
}

/// Files named in one collision.
const NAMED_MAX: usize = 20;

pub(super) async fn answer(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    ask: &Ask,
    step: Step,
) -> Result<Impact> {
    let sees_all = access::check(actor, Action::Read, "").is_ok();
    let prepared = match (&step.file, step.trees) {
        (_, Some(trees)) => prepare_step(ctx, work, trees).await?,
        (path, None) => {
            let path = path.as_deref().unwrap_or_default();
            prepare_file(ctx, work, path, sees_all).await?
        }
    };
    let others = if sees_all {
        open_changes(ctx, work, step.change, step.draft.as_deref()).await?
    } else {
        Vec::new()
    };
    let broken = match step.trees {
        Some(trees) => broken(ctx, work, trees, &step.conflicts).await?,
        None => Arc::default(),
    };
    let may_show = |path: &str| sees_all || access::check(actor, Action::Read, path).is_ok();
    let limit = ask.limit.clamp(1, PAGE_ROWS_MAX);
    let held = at_main(ctx, work).await?;
    let (mut impact, tried) = prepared.survey(&held, &may_show, |listing, found| {
        let impact = show(listing, ask, limit, step.subject.clone());
        (impact, found.tried())
    });
    drop(held);
    impact.broken = Arc::new(readable(&broken, &may_show));
    impact.collisions = collisions(&prepared, &tried, &others, &may_show);
    entitle(work, &prepared, &mut impact).await?;
    Ok(impact)
}

/// The part that needs the graph; titles come later, for what is shown only.
fn show(listing: &Listing<'_>, ask: &Ask, limit: usize, of: Subject) -> Impact {
    let page = listing.page(&ask.kinds, ask.after.as_ref(), limit);
    let is_full = page.len() == limit;
    let last = page.last().filter(|_| is_full);
    let next = last.map(|place| listing.key(*place));
    let next = next.filter(|key| !listing.page(&ask.kinds, Some(key), 1).is_empty());
    let drawing = match ask.after {
        // The drawing comes with the first page; later ones only continue the table.
        Some(_) => variorum_domain::impact::Drawing::default(),
        None => listing.drawing(DRAWN_PER_KIND_MAX, DRAWN_MAX),
    };
    let counts = listing.counts().into_iter();
    Impact {
        of,
        counts: counts
            .map(|(thing, changed, reached)| Count {
                thing,
                changed,
                reached,
            })
            .collect(),
        hidden: listing.hidden(),
        rows: page.iter().map(|place| row(listing, *place)).collect(),
        next,
        graphic: Graphic {
            nodes: drawing
                .places
                .iter()
                .map(|place| node(listing, *place))
                .collect(),
            edges: drawing
                .edges
                .iter()
                .map(|edge| (id(listing, edge.from), id(listing, edge.to), edge.kind))
                .collect(),
            left_out: drawing.left_out,
        },
        broken: Arc::default(),
        collisions: Vec::new(),
    }
}

/// The id of a thing; of one that may not be seen, one that tells nothing.
fn id(listing: &Listing<'_>, place: usize) -> String {
    if listing.may_show(place) {
        listing.name(place).to_owned()
    } else {
        format!("hidden:{place}")
    }
}

fn node(listing: &Listing<'_>, place: usize) -> Node {
    Node {
        id: id(listing, place),
        thing: listing.thing(place),
        name: listing.called(place),
        title: String::new(),
        how: listing.how(place),
        layer: listing.depth(place),
        hidden: !listing.may_show(place),
    }
}

fn row(listing: &Listing<'_>, place: usize) -> Row {
    let why = listing.why(place).into_iter();
    Row {
        node: node(listing, place),
        reason: listing.reason(place),
        why: why
            .map(|(place, kind)| (id(listing, place), listing.called(place), kind))
            .collect(),
    }
}

/// The breaches whose both files may be seen; the others are only counted.
fn readable(broken: &Broken, may_show: &dyn Fn(&str) -> bool) -> Broken {
    let mut shown = broken.clone();
    shown
        .breaches
        .retain(|one| may_show(&one.provider.path) && may_show(&one.dependant.path));
    shown.unnamed += broken.breaches.len() - shown.breaches.len();
    shown
}

fn collisions(
    prepared: &Prepared,
    tried: &BTreeMap<i64, Vec<String>>,
    others: &[(Change, Arc<BTreeSet<String>>)],
    may_show: &dyn Fn(&str) -> bool,
) -> Vec<Collision> {
    let mut found = Vec::new();
    for rollout in &prepared.rollouts {
        if let Some(paths) = tried.get(&rollout.number.0) {
            found.push(with_rollout(rollout, paths, may_show));
        }
    }
    for (change, touched) in others {
        let both = prepared.seeds.iter().filter(|path| touched.contains(*path));
        let both: Vec<String> = both.cloned().collect();
        if !both.is_empty() {
            found.push(with_change(change, &both, may_show));
        }
    }
    found
}

fn with_rollout(rollout: &Rollout, paths: &[String], may_show: &dyn Fn(&str) -> bool) -> Collision {
    let message = format!(
        "rollout {} “{}” runs in {} and tries {}",
        rollout.number,
        rollout.title,
        rollout.environment,
        counted(paths, may_show)
    );
    Collision {
        kind: CollisionKind::Rollout(rollout.number),
        title: rollout.title.clone(),
        paths: named(paths, may_show),
        count: paths.len(),
        message,
        next: "wait until it has ended, or what it measures is of neither text".to_owned(),
    }
}

fn with_change(change: &Change, paths: &[String], may_show: &dyn Fn(&str) -> bool) -> Collision {
    let message = format!(
        "change CH-{} “{}” of {} touches {} as well",
        change.number,
        change.title,
        change.author.name,
        counted(paths, may_show)
    );
    Collision {
        kind: CollisionKind::Change(change.number),
        title: change.title.clone(),
        paths: named(paths, may_show),
        count: paths.len(),
        message,
        next: format!(
            "talk to {}; whoever publishes second has to bring both together",
            change.author.name
        ),
    }
}

fn named(paths: &[String], may_show: &dyn Fn(&str) -> bool) -> Vec<String> {
    let shown = paths.iter().filter(|path| may_show(path));
    shown.take(NAMED_MAX).cloned().collect()
}

fn counted(paths: &[String], may_show: &dyn Fn(&str) -> bool) -> String {
    match paths {
        [only] if may_show(only) => format!("`{}`", short_name(only)),
        [_] => "a file you may not see".to_owned(),
        several => format!("{} files", several.len()),
    }
}

/// Adds the titles of what is shown.
async fn entitle(work: &mut Work, prepared: &Prepared, impact: &mut Impact) -> Result<()> {
    let rows = impact.rows.iter_mut().map(|row| &mut row.node);
    let nodes: Vec<&mut Node> = rows.chain(&mut impact.graphic.nodes).collect();
    let files = nodes
        .iter()
        .filter(|node| node.thing.is_file() && !node.hidden)
        .map(|node| node.id.clone());
    let files: Vec<String> = files.collect::<BTreeSet<_>>().into_iter().collect();
    let known = work.tx.library_rows(work.workspace, &files).await?;
    let known: BTreeMap<String, String> =
        known.into_iter().map(|row| (row.path, row.title)).collect();
    for node in nodes {
        node.title = if node.hidden {
            node.name.clone()
        } else if node.thing.is_file() {
            let known = known.get(&node.id).cloned();
            known.unwrap_or_else(|| title_from_path(&node.id))
        } else {
            title_of(&prepared.library, &prepared.rollouts, node)
        };
    }
    Ok(())
}

fn title_of(library: &Library, rollouts: &[Rollout], node: &Node) -> String {
    let own = short_name(&node.id);
    let title = match node.thing {
        Thing::Kpi => library.kpis.get(own).map(|kpi| kpi.title.clone()),
        Thing::Brand => library.brands.get(own).cloned(),
        Thing::Region => library.regions.get(own).cloned(),
        Thing::Category => {
            let mut all = library.categories.iter();
            all.find(|one| one.path == own).map(|one| one.title.clone())
        }
        Thing::Rollout => {
            let mut all = rollouts.iter();
            all.find(|one| one.number.to_string() == own)
                .map(|one| one.title.clone())
        }
        _ => None,
    };
    title
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| node.name.clone())
}
