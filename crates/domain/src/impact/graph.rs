//! The graph of `main`: interned names, edges both ways, kept up to date file by file.
//!
//! Every edge knows its place in the list of the thing it leads to, so that a file is replaced in
//! time proportional to its own edges, however many others lead to the same hub.

use std::collections::HashMap;
use std::sync::Arc;

use super::edges::{Edge, EdgeKind};
use super::reach::View;
use super::thing::{Thing, alias_of};

/// A thing in a graph; meaningful only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An edge that leaves a file.
#[derive(Debug, Clone, Copy)]
struct Target {
    to: NodeId,
    /// Its place among the dependants of `to`.
    back: u32,
    kind: EdgeKind,
}

/// The other end of an edge.
#[derive(Debug, Clone, Copy)]
struct Dependant {
    from: NodeId,
    /// Its place among the targets of `from`.
    slot: u32,
}

#[derive(Debug, Clone)]
struct Node {
    name: Arc<str>,
    targets: Vec<Target>,
    dependants: Vec<Dependant>,
    /// The name others use for it.
    alias: Option<NodeId>,
    thing: Thing,
    is_file: bool,
}

/// What leans on what.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    ids: HashMap<Arc<str>, NodeId>,
    nodes: Vec<Node>,
    files: usize,
    edges: usize,
}

impl Graph {
    /// Puts a file in, or replaces what it refers to.
    pub fn set_file<'e>(&mut self, path: &str, edges: impl IntoIterator<Item = &'e Edge>) {
        let from = self.intern(path);
        self.clear(from);
        let mut targets = Vec::new();
        let followed = edges
            .into_iter()
            .filter(|edge| edge.kind != EdgeKind::NamedAfter);
        for edge in followed {
            let to = self.intern(&edge.target_name());
            targets.push((to, edge.kind));
        }
        targets.sort_unstable();
        targets.dedup();
        let varies = targets.iter().any(|(_, kind)| *kind == EdgeKind::Varies);
        let mut placed = Vec::with_capacity(targets.len());
        for (slot, (to, kind)) in targets.into_iter().enumerate() {
            let dependants = &mut self.nodes[to.index()].dependants;
            placed.push(Target {
                to,
                back: count(dependants.len()),
                kind,
            });
            dependants.push(Dependant {
                from,
                slot: count(slot),
            });
        }
        self.edges += placed.len();
        let node = &mut self.nodes[from.index()];
        node.targets = placed;
        if varies {
            node.thing = Thing::Variation;
        }
        self.files += usize::from(!node.is_file);
        node.is_file = true;
    }

    /// Takes a file out; what refers to it stays.
    pub fn remove_file(&mut self, path: &str) {
        let Some(from) = self.find(path) else { return };
        self.clear(from);
        let node = &mut self.nodes[from.index()];
        self.files -= usize::from(node.is_file);
        node.is_file = false;
    }

    /// Whether the file is in.
    pub fn has_file(&self, path: &str) -> bool {
        self.find(path)
            .is_some_and(|id| self.nodes[id.index()].is_file)
    }

    /// How many files are in.
    pub fn file_count(&self) -> usize {
        self.files
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.edges
    }

    /// What a file refers to, sorted; for comparing graphs.
    pub fn edges_of(&self, path: &str) -> Vec<(EdgeKind, &str)> {
        let mut edges = Vec::new();
        if let Some(id) = self.find(path) {
            self.targets(id, &mut |to, kind| edges.push((kind, to)));
        }
        let named = edges.into_iter();
        let mut named: Vec<(EdgeKind, &str)> =
            named.map(|(kind, to)| (kind, self.name(to))).collect();
        named.sort_unstable();
        named
    }

    /// The paths of all files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.nodes.iter().filter(|node| node.is_file);
        files.map(|node| &*node.name)
    }

    fn intern(&mut self, name: &str) -> NodeId {
        if let Some(known) = self.ids.get(name) {
            return *known;
        }
        let id = NodeId(count(self.nodes.len()));
        let name: Arc<str> = name.into();
        self.nodes.push(Node {
            thing: Thing::of(&name),
            name: name.clone(),
            targets: Vec::new(),
            dependants: Vec::new(),
            alias: None,
            is_file: false,
        });
        self.ids.insert(name.clone(), id);
        if let Some(alias) = alias_of(&name) {
            let alias = self.intern(&alias);
            self.nodes[id.index()].alias = Some(alias);
        }
        id
    }

    /// Takes the edges away that leave a file.
    fn clear(&mut self, from: NodeId) {
        let node = &mut self.nodes[from.index()];
        node.thing = Thing::of(&node.name);
        // One by one, because a file may refer twice to the same thing, in two ways.
        while let Some(target) = self.nodes[from.index()].targets.pop() {
            self.edges -= 1;
            let dependants = &mut self.nodes[target.to.index()].dependants;
            dependants.swap_remove(target.back as usize);
            // The last one has moved into the gap; its edge learns where it is now.
            if let Some(moved) = dependants.get(target.back as usize).copied()
                && let Some(edge) = self.nodes[moved.from.index()]
                    .targets
                    .get_mut(moved.slot as usize)
            {
                edge.back = target.back;
            }
        }
    }

    pub(super) fn alias(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.get(id.index()).and_then(|node| node.alias)
    }

    /// The dependants of a node itself, by its own name only.
    pub(super) fn own_dependants(&self, id: NodeId) -> impl Iterator<Item = (NodeId, EdgeKind)> {
        let node = self.nodes.get(id.index());
        let list = node.map_or(&[][..], |node| &node.dependants);
        list.iter().map(|back| {
            let edge = self.nodes[back.from.index()].targets[back.slot as usize];
            (back.from, edge.kind)
        })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl View for Graph {
    fn find(&self, name: &str) -> Option<NodeId> {
        self.ids.get(name).copied()
    }

    fn name(&self, id: NodeId) -> &str {
        self.nodes.get(id.index()).map_or("", |node| &*node.name)
    }

    fn thing(&self, id: NodeId) -> Thing {
        let node = self.nodes.get(id.index());
        node.map_or(Thing::Other, |node| node.thing)
    }

    fn node_count(&self) -> usize {
        self.nodes.len()
    }

    fn dependants(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, EdgeKind)) {
        for name in std::iter::once(id).chain(self.alias(id)) {
            self.own_dependants(name)
                .for_each(|(from, kind)| visit(from, kind));
        }
    }

    fn targets(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, EdgeKind)) {
        let node = self.nodes.get(id.index());
        for target in node.map_or(&[][..], |node| &node.targets) {
            visit(target.to, target.kind);
        }
    }
}
