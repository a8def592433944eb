//! Files of a draft laid over the graph of `main`, which is neither copied nor changed.

use std::collections::HashMap;
use std::sync::Arc;

use super::edges::{Edge, EdgeKind};
use super::graph::{Graph, NodeId};
use super::reach::View;
use super::thing::{Thing, alias_of};

type Ends = Vec<(NodeId, EdgeKind)>;

/// A graph with some of its files replaced.
#[derive(Debug)]
pub struct Layer<'g> {
    base: &'g Graph,
    names: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, NodeId>,
    /// What the files laid over refer to; nothing where they are deleted.
    targets: HashMap<NodeId, Ends>,
    /// What of them leads to a thing.
    dependants: HashMap<NodeId, Ends>,
    /// Names others use for files the base does not know.
    aliases: HashMap<NodeId, NodeId>,
}

impl<'g> Layer<'g> {
    /// A layer with nothing on it.
    pub fn over(base: &'g Graph) -> Self {
        Self {
            base,
            names: Vec::new(),
            ids: HashMap::new(),
            targets: HashMap::new(),
            dependants: HashMap::new(),
            aliases: HashMap::new(),
        }
    }

    /// Lays a file over; without edges where it is deleted.
    pub fn lay<'e>(&mut self, path: &str, edges: impl IntoIterator<Item = &'e Edge>) {
        let from = self.intern(path);
        for (to, kind) in self.targets.remove(&from).unwrap_or_default() {
            if let Some(ends) = self.dependants.get_mut(&to) {
                ends.retain(|end| *end != (from, kind));
            }
        }
        let mut targets = Ends::new();
        for edge in edges {
            let end = (self.intern(&edge.target_name()), edge.kind);
            if !targets.contains(&end) {
                self.dependants
                    .entry(end.0)
                    .or_default()
                    .push((from, end.1));
                targets.push(end);
            }
        }
        self.targets.insert(from, targets);
    }

    /// The thing of a name, which is new where nothing has that name yet.
    pub fn intern(&mut self, name: &str) -> NodeId {
        if let Some(known) = self.find(name) {
            return known;
        }
        let place = self.base.node_count() + self.names.len();
        let id = NodeId(u32::try_from(place).unwrap_or(u32::MAX));
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.ids.insert(name.clone(), id);
        if let Some(alias) = alias_of(&name) {
            let alias = self.intern(&alias);
            self.aliases.insert(id, alias);
        }
        id
    }
}

impl View for Layer<'_> {
    fn find(&self, name: &str) -> Option<NodeId> {
        self.base.find(name).or_else(|| self.ids.get(name).copied())
    }

    fn name(&self, id: NodeId) -> &str {
        let own = id.index().checked_sub(self.base.node_count());
        match own {
            Some(place) => self.names.get(place).map_or("", |name| name),
            None => self.base.name(id),
        }
    }

    fn thing(&self, id: NodeId) -> Thing {
        let laid = self.targets.get(&id);
        let is_own = laid.is_some() || id.index() >= self.base.node_count();
        if !is_own {
            return self.base.thing(id);
        }
        let varies = |ends: &Ends| ends.iter().any(|(_, kind)| *kind == EdgeKind::Varies);
        if laid.is_some_and(varies) {
            return Thing::Variation;
        }
        Thing::of(self.name(id))
    }

    fn node_count(&self) -> usize {
        self.base.node_count() + self.names.len()
    }

    fn dependants(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, EdgeKind)) {
        let alias = self
            .base
            .alias(id)
            .or_else(|| self.aliases.get(&id).copied());
        for name in std::iter::once(id).chain(alias) {
            for (from, kind) in self.base.own_dependants(name) {
                if !self.targets.contains_key(&from) {
                    visit(from, kind);
                }
            }
            for (from, kind) in self.dependants.get(&name).into_iter().flatten() {
                visit(*from, *kind);
            }
        }
    }

    fn targets(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, EdgeKind)) {
        match self.targets.get(&id) {
            Some(laid) => laid.iter().for_each(|(to, kind)| visit(*to, *kind)),
            None => self.base.targets(id, visit),
        }
    }
}
