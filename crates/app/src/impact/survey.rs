//! From a step to what it reaches: what has to be read first, and the pure part on the graph in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use variorum_domain::id::Oid;
use variorum_domain::impact::{
    Around, Edge, Graph, Layer, Listing, Live, Reach, Thing, View, changed_settings, extend, reach,
    short_name,
};
use variorum_domain::library::{LIBRARY_FILE, Library};
use variorum_domain::policy::{Policy, Reaching};
use variorum_domain::rollout::Rollout;
use variorum_git::diff::tree_diff;

use super::graphs::{Held, at_main, edges_after};
use super::live::live;
use crate::Result;
use crate::context::Context;
use crate::library::edges::leaving;
use crate::library::settings;
use crate::work::Work;

/// Everything a survey needs beside the graph.
pub(super) struct Prepared {
    /// Files whose edges differ from those of `main`.
    laid: BTreeMap<String, BTreeSet<Edge>>,
    /// What changes: paths, and definitions of the settings.
    pub(super) seeds: Vec<String>,
    /// The settings after the change.
    pub(super) library: Arc<Library>,
    /// The rollouts that run.
    pub(super) rollouts: Vec<Rollout>,
    around: Around,
}

/// Reads what a file as it stands needs; what is live only for those who may see all of it.
pub(super) async fn prepare_file(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    sees_all: bool,
) -> Result<Prepared> {
    let library = at_main(ctx, work).await?.library.clone();
    let mut seeds = vec![path.to_owned()];
    if path == LIBRARY_FILE {
        seeds.extend(changed_settings(&Library::default(), &library));
    }
    let live = if sees_all {
        live(ctx, work).await?
    } else {
        Default::default()
    };
    Ok(prepared(live, BTreeMap::new(), seeds, library))
}

/// Reads what a step from one tree to another needs.
pub(super) async fn prepare_step(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Oid, Oid),
) -> Result<Prepared> {
    let (main, mut library) = {
        let held = at_main(ctx, work).await?;
        (held.tree, held.library.clone())
    };
    let changes = work
        .with(|overlay| tree_diff(overlay, main, Some(after)))
        .await?;
    let laid = edges_after(ctx, work, &changes).await?;
    let mut laid: BTreeMap<String, BTreeSet<Edge>> = laid.into_iter().collect();
    if laid.contains_key(LIBRARY_FILE) {
        library = settings(work, after).await?.0;
    }
    let changes = work
        .with(|overlay| tree_diff(overlay, Some(before), Some(after)))
        .await?;
    let mut seeds = Vec::with_capacity(changes.len());
    for change in changes {
        let path = &change.path;
        let mut edges = leaving(ctx, work, path, change.new).await?;
        // What it belonged to before is reached as well as what it belongs to now.
        let belonged = leaving(ctx, work, path, change.old).await?.into_iter();
        edges.extend(belonged.filter(|edge| edge.kind.belongs()));
        laid.insert(path.clone(), edges);
        seeds.push(change.path);
    }
    if seeds.iter().any(|path| path == LIBRARY_FILE) {
        let (old, new) = (
            settings(work, before).await?.0,
            settings(work, after).await?.0,
        );
        seeds.extend(changed_settings(&old, &new));
    }
    let live = live(ctx, work).await?;
    Ok(prepared(live, laid, seeds, library))
}

fn prepared(
    (live, rollouts): (Live, Vec<Rollout>),
    laid: BTreeMap<String, BTreeSet<Edge>>,
    seeds: Vec<String>,
    library: Arc<Library>,
) -> Prepared {
    let categories = library.categories.iter().map(|category| {
        let people = vec![category.owner.clone(), category.custodian.clone()];
        (category.path.clone(), people)
    });
    Prepared {
        around: Around {
            categories: categories.collect(),
            live,
        },
        laid,
        seeds,
        library,
        rollouts,
    }
}

impl Prepared {
    /// Surveys what is reached and gives it to `show`. Runs on the graph in memory, without waiting.
    pub(super) fn survey<T>(
        &self,
        held: &Held,
        may_show: &dyn Fn(&str) -> bool,
        show: impl FnOnce(&Listing<'_>, &Found<'_, '_>) -> T,
    ) -> T {
        let mut layer = layer(&held.graph, &self.laid);
        let nodes: Vec<_> = self.seeds.iter().map(|name| layer.intern(name)).collect();
        let mut reach = reach(&layer, &nodes, &|node| may_show(layer.name(node)));
        extend(&mut layer, &mut reach, &self.around, may_show);
        let listing = Listing::new(&layer, &reach, may_show);
        let found = Found {
            layer: &layer,
            reach: &reach,
            around: &self.around,
        };
        show(&listing, &found)
    }
}

fn layer<'g>(graph: &'g Graph, laid: &BTreeMap<String, BTreeSet<Edge>>) -> Layer<'g> {
    let mut layer = Layer::over(graph);
    for (path, edges) in laid {
        layer.lay(path, edges);
    }
    layer
}

/// What a survey found, for looking things up.
pub(super) struct Found<'a, 'g> {
    layer: &'a Layer<'g>,
    reach: &'a Reach,
    around: &'a Around,
}

impl Found<'_, '_> {
    /// The prompts reached that each rollout tries, by the rollout's number.
    pub(super) fn tried(&self) -> BTreeMap<i64, Vec<String>> {
        let rollouts = &self.around.live.rollouts;
        if rollouts.is_empty() {
            return BTreeMap::new();
        }
        let leaning = &self.reach.things[..self.reach.leaning];
        let reached: std::collections::HashSet<_> =
            leaning.iter().map(|thing| thing.node).collect();
        let is_reached = |path: &&String| {
            let node = self.layer.find(path);
            node.is_some_and(|node| reached.contains(&node))
        };
        let tried = rollouts.iter().map(|(number, _, paths)| {
            let paths: Vec<String> = paths.iter().filter(is_reached).cloned().collect();
            (*number, paths)
        });
        tried.filter(|(_, paths)| !paths.is_empty()).collect()
    }
}

/// How much of each kind a step reaches, for the rules; nothing is read where no rule asks.
pub(crate) async fn reaching(
    ctx: &Context,
    work: &mut Work,
    trees: (Oid, Oid),
    policy: &Policy,
) -> Result<Reaching> {
    if policy.impact.is_empty() {
        return Ok(Reaching::default());
    }
    let prepared = prepare_step(ctx, work, trees).await?;
    let named = policy.named_kinds();
    let held = at_main(ctx, work).await?;
    Ok(prepared.survey(&held, &|_| true, |listing, _| {
        let counts = listing.counts().into_iter();
        let counts = counts.map(|(thing, changed, reached)| (thing, changed + reached));
        let names = |thing: &Thing| {
            let places = listing.of(*thing).iter();
            let name = |place: &usize| {
                let name = listing.name(*place);
                let own = if thing.is_file() {
                    name
                } else {
                    short_name(name)
                };
                own.to_owned()
            };
            (*thing, places.map(name).collect())
        };
        Reaching {
            counts: counts.collect(),
            names: named.iter().map(names).collect(),
        }
    }))
}
