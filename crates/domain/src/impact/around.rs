//! What stands around the files a change reaches: who answers for their folders, which releases hold
//! them, where these are live, which rollouts try them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::edges::EdgeKind;
use super::graph::NodeId;
use super::layer::Layer;
use super::reach::{Reach, Reached, View};

/// What stands around a library.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The categories, by the prefix of their paths, each with the people who answer for it.
    pub categories: Vec<(String, Vec<String>)>,
    /// What is live.
    pub live: Live,
}

/// What is live in a workspace.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Releases that are live or tried: the number, and the paths of the prompts they hold.
    pub releases: Vec<(i64, Arc<HashSet<String>>)>,
    /// Environments, each with the release that is live there.
    pub environments: Vec<(String, i64)>,
    /// Rollouts that run: the number, the environment, and the paths of the prompts that differ
    /// between their arms.
    pub rollouts: Vec<(i64, String, Arc<Vec<String>>)>,
}

/// Adds to a reach what stands around it; each thing by a file for which `may_show` holds, if there
/// is one.
pub fn extend(
    layer: &mut Layer<'_>,
    reach: &mut Reach,
    around: &Around,
    may_show: &dyn Fn(&str) -> bool,
) {
    let mut adder = Adder {
        known: reach.things[reach.leaning..]
            .iter()
            .enumerate()
            .map(|(place, thing)| (thing.node, reach.leaning + place))
            .collect(),
        layer,
        reach,
    };
    adder.categories(&around.categories, may_show);
    adder.live(&around.live, may_show);
}

struct Adder<'a, 'g> {
    layer: &'a mut Layer<'g>,
    reach: &'a mut Reach,
    /// The places of what is no file.
    known: HashMap<NodeId, usize>,
}

impl Adder<'_, '_> {
    /// Adds a thing unless it is there; returns its place.
    fn add(&mut self, name: &str, from: usize, kind: EdgeKind) -> usize {
        let node = self.layer.intern(name);
        if let Some(place) = self.known.get(&node) {
            return *place;
        }
        let depth = self.reach.things.get(from).map_or(0, |thing| thing.depth) + 1;
        let place = self.reach.things.len();
        self.reach.things.push(Reached {
            node,
            from: Some((from, kind)),
            depth,
        });
        self.known.insert(node, place);
        place
    }

    /// The first file for which something holds; one that may be shown before others.
    fn first(
        &self,
        holds: impl Fn(&str) -> bool,
        may_show: &dyn Fn(&str) -> bool,
    ) -> Option<usize> {
        let mut hidden = None;
        for (place, thing) in self.reach.things[..self.reach.leaning].iter().enumerate() {
            let name = self.layer.name(thing.node);
            if !holds(name) {
                continue;
            }
            if may_show(name) {
                return Some(place);
            }
            hidden = hidden.or(Some(place));
        }
        hidden
    }

    fn categories(
        &mut self,
        categories: &[(String, Vec<String>)],
        may_show: &dyn Fn(&str) -> bool,
    ) {
        // The longest prefix decides, so a file of a narrower category does not count for a wider one.
        for (number, (prefix, people)) in categories.iter().enumerate() {
            let narrower: Vec<&str> = categories
                .iter()
                .enumerate()
                .filter(|(other, (path, _))| {
                    path.starts_with(prefix) && (path.len() > prefix.len() || *other > number)
                })
                .map(|(_, (path, _))| path.as_str())
                .collect();
            let within = |name: &str| {
                name.starts_with(prefix) && !narrower.iter().any(|other| name.starts_with(other))
            };
            let Some(place) = self.first(within, may_show) else {
                continue;
            };
            let category = self.add(&format!("category:{prefix}"), place, EdgeKind::Category);
            for person in people.iter().filter(|person| !person.is_empty()) {
                self.add(&format!("owner:{person}"), category, EdgeKind::Owner);
            }
        }
    }

    fn live(&mut self, live: &Live, may_show: &dyn Fn(&str) -> bool) {
        let mut places = HashMap::new();
        for (number, prompts) in &live.releases {
            let holds = |name: &str| prompts.contains(name);
            if let Some(place) = self.first(holds, may_show) {
                let name = format!("release:{number}");
                places.insert(number, self.add(&name, place, EdgeKind::Released));
            }
        }
        for (name, release) in &live.environments {
            if let Some(place) = places.get(release) {
                self.add(&format!("environment:{name}"), *place, EdgeKind::Live);
            }
        }
        for (number, environment, prompts) in &live.rollouts {
            let nodes: HashSet<NodeId> = prompts
                .iter()
                .filter_map(|path| self.layer.find(path))
                .collect();
            let tried = self.tried(&nodes, may_show);
            if let Some(place) = tried {
                let rollout = self.add(&format!("rollout:{number}"), place, EdgeKind::Tried);
                self.add(
                    &format!("environment:{environment}"),
                    rollout,
                    EdgeKind::RunsIn,
                );
            }
        }
    }

    /// The first prompt that a rollout tries.
    fn tried(&self, nodes: &HashSet<NodeId>, may_show: &dyn Fn(&str) -> bool) -> Option<usize> {
        if nodes.is_empty() {
            return None;
        }
        let mut hidden = None;
        for (place, thing) in self.reach.things[..self.reach.leaning].iter().enumerate() {
            if nodes.contains(&thing.node) {
                if may_show(self.layer.name(thing.node)) {
                    return Some(place);
                }
                hidden = hidden.or(Some(place));
            }
        }
        hidden
    }
}
