//! What a change reaches: everything that leans on it, and what that in turn belongs to.

use super::edges::EdgeKind;
use super::graph::NodeId;
use super::thing::Thing;

/// A graph that can be looked at.
pub trait View {
    /// The thing of that name.
    fn find(&self, name: &str) -> Option<NodeId>;

    /// The name of a thing.
    fn name(&self, id: NodeId) -> &str;

    /// What it stands for.
    fn thing(&self, id: NodeId) -> Thing;

    /// How many things there are; ids lie below.
    fn node_count(&self) -> usize;

    /// The files that refer to a thing, by its name or by the name others use for it.
    fn dependants(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, EdgeKind));

    /// What a file refers to.
    fn targets(&self, id: NodeId, visit: &mut dyn FnMut(NodeId, EdgeKind));
}

/// A thing that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub node: NodeId,
    /// The place, in [`Reach::things`], of the thing before it on the shortest path, and the edge
    /// between the two; none where it is changed itself.
    pub from: Option<(usize, EdgeKind)>,
    /// The length of that path.
    pub depth: u32,
}

/// Everything that is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// What changed, then files from near to far, then what these belong to.
    pub things: Vec<Reached>,
    /// How many of them changed themselves.
    pub changed: usize,
    /// How many of them are what changed or lean on it; the others are what these belong to.
    pub leaning: usize,
}

impl Reach {
    /// The path to a thing, from what changed, as places in [`Self::things`].
    pub fn why(&self, place: usize) -> Vec<usize> {
        let mut path = vec![place];
        let mut at = place;
        while let Some((before, _)) = self.things.get(at).and_then(|thing| thing.from) {
            path.push(before);
            at = before;
        }
        path.reverse();
        path
    }
}

/// Follows the graph back from what changed, breadth first, so that each thing is met on a shortest
/// path. What a thing belongs to is explained by a file for which `may_show` holds, if there is one.
pub fn reach(view: &dyn View, changed: &[NodeId], may_show: &dyn Fn(NodeId) -> bool) -> Reach {
    // Zeroed pages cost nothing until they are touched, so a leaf stays cheap in a large graph.
    let mut seen = vec![0_u8; view.node_count()];
    let mut result = Reach::default();
    for node in changed {
        if std::mem::replace(&mut seen[node.index()], 1) == 0 {
            result.things.push(Reached {
                node: *node,
                from: None,
                depth: 0,
            });
        }
    }
    result.changed = result.things.len();
    let mut next = 0;
    while let Some(thing) = result.things.get(next).copied() {
        let things = &mut result.things;
        view.dependants(thing.node, &mut |from, kind| {
            if std::mem::replace(&mut seen[from.index()], 1) == 0 {
                let depth = thing.depth + 1;
                things.push(Reached {
                    node: from,
                    from: Some((next, kind)),
                    depth,
                });
            }
        });
        next += 1;
    }
    result.leaning = result.things.len();
    for shown in [true, false] {
        for place in 0..result.leaning {
            let thing = result.things[place];
            if may_show(thing.node) != shown {
                continue;
            }
            let things = &mut result.things;
            view.targets(thing.node, &mut |to, kind| {
                if kind.belongs() && std::mem::replace(&mut seen[to.index()], 1) == 0 {
                    let depth = thing.depth + 1;
                    things.push(Reached {
                        node: to,
                        from: Some((place, kind)),
                        depth,
                    });
                }
            });
        }
    }
    result
}
