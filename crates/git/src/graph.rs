//! The history of a workspace in memory: which commit follows which. Built from rows, never from
//! objects, so that questions about ancestry take no look into the store.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use variorum_domain::id::{Oid, Time};

/// A row of the commit index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRow {
    /// The commit.
    pub oid: Oid,
    /// The commits it follows.
    pub parents: Vec<Oid>,
    /// When it was recorded.
    pub time: Time,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    oid: Oid,
    time: Time,
    /// One more than the largest generation of the parents; 0 for a commit that is only named as a
    /// parent and has no row.
    generation: u32,
    parents_start: u32,
    parents_count: u32,
}

/// The commits of a workspace.
#[derive(Debug, Clone, Default)]
pub struct CommitGraph {
    nodes: Vec<Node>,
    parents: Vec<u32>,
    index: HashMap<Oid, u32>,
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const BOTH: u8 = OURS | THEIRS;
/// Below a merge base, so never a merge base itself.
const STALE: u8 = 4;

impl CommitGraph {
    /// Makes a graph without commits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds the graph from rows in any order.
    pub fn from_rows(rows: impl IntoIterator<Item = CommitRow>) -> Self {
        let mut graph = Self::default();
        for row in rows {
            graph.insert(&row);
        }
        graph.number_generations();
        graph
    }

    /// Adds a commit; it is cheap if its parents are there already, as they are for new commits.
    pub fn add(&mut self, row: &CommitRow) {
        if self.contains(&row.oid) {
            return;
        }
        let was_named = self.index.contains_key(&row.oid);
        let at = self.insert(row);
        if was_named {
            // Its children are here already and stand higher now.
            self.number_generations();
        } else {
            self.nodes[at as usize].generation = self.generation_above_parents(at);
        }
    }

    /// Whether the commit has a row.
    pub fn contains(&self, oid: &Oid) -> bool {
        self.position(oid).is_some()
    }

    /// How many commits there are.
    pub fn len(&self) -> usize {
        self.nodes.iter().filter(|node| node.generation > 0).count()
    }

    /// Whether there are no commits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parents of a commit, if it has a row.
    pub fn parents(&self, oid: &Oid) -> Option<Vec<Oid>> {
        let at = self.position(oid)?;
        Some(
            self.parents_of(at)
                .iter()
                .map(|parent| self.oid(*parent))
                .collect(),
        )
    }

    /// When a commit was recorded, if it has a row.
    pub fn time(&self, oid: &Oid) -> Option<Time> {
        Some(self.nodes[self.position(oid)? as usize].time)
    }

    /// Whether `descendant` is `ancestor` or follows it. False for unknown commits.
    pub fn is_ancestor(&self, ancestor: &Oid, descendant: &Oid) -> bool {
        let (Some(ancestor), Some(start)) = (self.position(ancestor), self.position(descendant))
        else {
            return false;
        };
        let floor = self.generation(ancestor);
        let mut seen = vec![false; self.nodes.len()];
        let mut stack = vec![start];
        while let Some(at) = stack.pop() {
            if at == ancestor {
                return true;
            }
            // Only what stands higher than the ancestor can lead to it.
            if self.generation(at) > floor && !std::mem::replace(&mut seen[at as usize], true) {
                stack.extend_from_slice(self.parents_of(at));
            }
        }
        false
    }

    /// Which of some commits `tip` is or follows, found in one walk.
    pub fn ancestors_among(&self, asked: &[Oid], tip: &Oid) -> HashSet<Oid> {
        let places: HashSet<u32> = asked.iter().filter_map(|oid| self.position(oid)).collect();
        let floor = places.iter().map(|place| self.generation(*place)).min();
        let (Some(floor), Some(start)) = (floor, self.position(tip)) else {
            return HashSet::new();
        };
        let mut found = HashSet::new();
        let mut seen = vec![false; self.nodes.len()];
        let mut stack = vec![start];
        while let Some(at) = stack.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            if places.contains(&at) {
                found.insert(self.nodes[at as usize].oid);
                if found.len() == places.len() {
                    break;
                }
            }
            // Only what stands higher than all of them can lead to one.
            if self.generation(at) > floor {
                stack.extend_from_slice(self.parents_of(at));
            }
        }
        found
    }

    /// The best common ancestors of two commits, newest first; empty for unrelated histories.
    pub fn merge_bases(&self, ours: &Oid, theirs: &Oid) -> Vec<Oid> {
        self.merge_bases_of(std::slice::from_ref(ours), theirs)
    }

    /// The best common ancestors of `theirs` and a commit that would merge all of `ours`, newest
    /// first.
    pub fn merge_bases_of(&self, ours: &[Oid], theirs: &Oid) -> Vec<Oid> {
        let mut marks = vec![0_u8; self.nodes.len()];
        let mut queue = Queue::default();
        let mut open = 0_usize;
        let start = ours.iter().map(|oid| (oid, OURS)).chain([(theirs, THEIRS)]);
        for (oid, mark) in start {
            let Some(at) = self.position(oid) else {
                continue;
            };
            if marks[at as usize] == 0 {
                queue.push((self.generation(at), at));
                open += 1;
            }
            marks[at as usize] |= mark;
        }
        let mut bases = Vec::new();
        // A parent always stands lower than its children. So whatever leaves the queue has all the
        // marks it will ever get, and an unstale commit with both marks is a best ancestor.
        while open > 0 {
            let Some((_, at)) = queue.pop() else { break };
            let mut mark = marks[at as usize];
            open -= usize::from(mark & STALE == 0);
            if mark & BOTH == BOTH && mark & STALE == 0 {
                bases.push(at);
                mark |= STALE;
            }
            for parent in self.parents_of(at) {
                let before = marks[*parent as usize];
                if before == 0 {
                    queue.push((self.generation(*parent), *parent));
                    open += usize::from(mark & STALE == 0);
                } else if before & STALE == 0 && mark & STALE != 0 {
                    open -= 1;
                }
                marks[*parent as usize] |= mark;
            }
        }
        bases.retain(|at| self.generation(*at) > 0);
        bases.sort_by_key(|at| (Reverse(self.nodes[*at as usize].time), self.oid(*at)));
        bases.into_iter().map(|at| self.oid(at)).collect()
    }

    /// How many commits only `ours` has and how many only `theirs` has.
    pub fn ahead_behind(&self, ours: &Oid, theirs: &Oid) -> (usize, usize) {
        let mut marks = vec![0_u8; self.nodes.len()];
        let mut queue = Queue::default();
        let mut single = 0_usize;
        for (oid, mark) in [(ours, OURS), (theirs, THEIRS)] {
            let Some(at) = self.position(oid) else {
                continue;
            };
            if marks[at as usize] == 0 {
                queue.push((self.generation(at), at));
                single += 1;
            } else {
                single -= 1;
            }
            marks[at as usize] |= mark;
        }
        let (mut ahead, mut behind) = (0, 0);
        while single > 0 {
            let Some((_, at)) = queue.pop() else { break };
            let mark = marks[at as usize];
            if mark != BOTH {
                single -= 1;
                let counted = usize::from(self.generation(at) > 0);
                *(if mark == OURS {
                    &mut ahead
                } else {
                    &mut behind
                }) += counted;
            }
            for parent in self.parents_of(at) {
                let before = marks[*parent as usize];
                marks[*parent as usize] |= mark;
                let after = before | mark;
                if before == 0 {
                    queue.push((self.generation(*parent), *parent));
                    single += usize::from(after != BOTH);
                } else if before != BOTH && after == BOTH {
                    single -= 1;
                }
            }
        }
        (ahead, behind)
    }

    /// All commits from a tip backwards, newest first.
    pub fn walk(&self, tip: &Oid) -> Walk<'_> {
        self.walk_range(std::slice::from_ref(tip), &[])
    }

    /// All commits reachable from `tips` and not from `hidden`, newest first.
    pub fn walk_range(&self, tips: &[Oid], hidden: &[Oid]) -> Walk<'_> {
        let mut seen = vec![false; self.nodes.len()];
        let mut stack: Vec<u32> = hidden.iter().filter_map(|oid| self.position(oid)).collect();
        while let Some(at) = stack.pop() {
            if !std::mem::replace(&mut seen[at as usize], true) {
                stack.extend_from_slice(self.parents_of(at));
            }
        }
        let mut walk = Walk {
            graph: self,
            seen,
            queue: BinaryHeap::new(),
            pushed: 0,
        };
        for tip in tips {
            if let Some(at) = self.position(tip) {
                walk.push(at);
            }
        }
        walk
    }

    /// The commits from a tip backwards along first parents.
    pub fn first_parents(&self, tip: &Oid) -> impl Iterator<Item = Oid> + '_ {
        let known = |at: &u32| self.generation(*at) > 0;
        std::iter::successors(self.position(tip), move |at| {
            self.parents_of(*at).first().copied().filter(known)
        })
        .map(|at| self.oid(at))
    }

    fn position(&self, oid: &Oid) -> Option<u32> {
        self.index
            .get(oid)
            .copied()
            .filter(|at| self.generation(*at) > 0)
    }

    fn oid(&self, at: u32) -> Oid {
        self.nodes[at as usize].oid
    }

    fn generation(&self, at: u32) -> u32 {
        self.nodes[at as usize].generation
    }

    fn parents_of(&self, at: u32) -> &[u32] {
        let node = &self.nodes[at as usize];
        let start = node.parents_start as usize;
        &self.parents[start..start + node.parents_count as usize]
    }

    fn place(&mut self, oid: Oid) -> u32 {
        let next = position_number(self.nodes.len());
        *self.index.entry(oid).or_insert_with(|| {
            let time = Time::default();
            self.nodes.push(Node {
                oid,
                time,
                generation: 0,
                parents_start: 0,
                parents_count: 0,
            });
            next
        })
    }

    fn insert(&mut self, row: &CommitRow) -> u32 {
        let at = self.place(row.oid);
        let start = position_number(self.parents.len());
        for parent in &row.parents {
            let parent = self.place(*parent);
            self.parents.push(parent);
        }
        let node = &mut self.nodes[at as usize];
        node.time = row.time;
        node.generation = 1;
        node.parents_start = start;
        node.parents_count = position_number(row.parents.len());
        at
    }

    fn generation_above_parents(&self, at: u32) -> u32 {
        1 + self
            .parents_of(at)
            .iter()
            .map(|parent| self.generation(*parent))
            .max()
            .unwrap_or(0)
    }

    fn number_generations(&mut self) {
        let mut done = vec![false; self.nodes.len()];
        for start in 0..position_number(self.nodes.len()) {
            // Not recursive: a history may be longer than a stack is deep.
            let mut stack = vec![(start, false)];
            while let Some((at, parents_done)) = stack.pop() {
                if parents_done {
                    self.nodes[at as usize].generation = self.generation_above_parents(at);
                } else if self.generation(at) > 0
                    && !std::mem::replace(&mut done[at as usize], true)
                {
                    stack.push((at, true));
                    stack.extend(self.parents_of(at).iter().map(|parent| (*parent, false)));
                }
            }
        }
    }
}

/// Gives the commits of the highest generation first.
type Queue = BinaryHeap<(u32, u32)>;

/// Commits are counted with 32 bits; 4 billion rows do not fit into memory anyway.
fn position_number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// See [`CommitGraph::walk`].
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    graph: &'a CommitGraph,
    seen: Vec<bool>,
    queue: BinaryHeap<(Time, Reverse<u32>, u32)>,
    pushed: u32,
}

impl Walk<'_> {
    fn push(&mut self, at: u32) {
        let known = self.graph.generation(at) > 0;
        if known && !std::mem::replace(&mut self.seen[at as usize], true) {
            let time = self.graph.nodes[at as usize].time;
            self.queue.push((time, Reverse(self.pushed), at));
            self.pushed += 1;
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Oid;

    fn next(&mut self) -> Option<Oid> {
        let (_, _, at) = self.queue.pop()?;
        for parent in self.graph.parents_of(at) {
            self.push(*parent);
        }
        Some(self.graph.oid(at))
    }
}
