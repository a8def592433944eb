//! What a change reaches, as people look at it: counted by kind, page by page, and drawn.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::edges::EdgeKind;
use super::graph::NodeId;
use super::reach::{Reach, Reached, View};
use super::thing::{Thing, alias_of, short_name};

/// In which way a change has to do with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// It is what changes.
    Changed,
    /// It leans on what changes.
    Leans,
    /// Something that is reached belongs to it, or is live there.
    Belongs,
}

impl How {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Leans => "leans",
            Self::Belongs => "belongs",
        }
    }
}

/// The place of a thing in the order of pages: by kind, then from near to far, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The kind.
    pub thing: Thing,
    /// How far it is from what changes.
    pub depth: u32,
    /// Its name.
    pub name: String,
}

impl Key {
    /// The key as text, for the address of the next page.
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}", self.thing.name(), self.depth, self.name)
    }

    /// The key of that text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        Some(Self {
            thing: Thing::from_name(parts.next()?)?,
            depth: parts.next()?.parse().ok()?,
            name: parts.next()?.to_owned(),
        })
    }
}

/// An edge to draw, between places of a reach; in the direction in which its phrase is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawnEdge {
    /// What refers.
    pub from: usize,
    /// What it refers to.
    pub to: usize,
    /// How.
    pub kind: EdgeKind,
}

/// A part of a reach that is small enough to be drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The places that are drawn, in order.
    pub places: Vec<usize>,
    /// All edges between them.
    pub edges: Vec<DrawnEdge>,
    /// How many things are not drawn.
    pub left_out: usize,
}

/// A reach as somebody may see it.
pub struct Listing<'a> {
    view: &'a dyn View,
    reach: &'a Reach,
    /// The places that may be shown, by kind.
    by_thing: BTreeMap<Thing, Vec<usize>>,
    /// Which places may not be shown; empty where all may.
    hidden: BTreeSet<usize>,
}

impl<'a> Listing<'a> {
    /// What may be shown of a reach: a file for which `may_show` holds, and what such a file belongs to.
    /// What only others belong to would tell of them.
    pub fn new(view: &'a dyn View, reach: &'a Reach, may_show: &dyn Fn(&str) -> bool) -> Self {
        let mut listing = Self {
            view,
            reach,
            by_thing: BTreeMap::new(),
            hidden: BTreeSet::new(),
        };
        for (place, reached) in reach.things.iter().enumerate() {
            let thing = view.thing(reached.node);
            let told_by = reached.from.filter(|_| place >= reach.leaning);
            let is_told = told_by.is_none_or(|(from, _)| !listing.hidden.contains(&from));
            let is_file = thing.is_file() && place < reach.leaning;
            if !is_told || (is_file && !may_show(view.name(reached.node))) {
                listing.hidden.insert(place);
            } else {
                listing.by_thing.entry(thing).or_default().push(place);
            }
        }
        listing
    }

    /// How many things may not be shown.
    pub fn hidden(&self) -> usize {
        self.hidden.len()
    }

    /// Whether a thing may be shown.
    pub fn may_show(&self, place: usize) -> bool {
        !self.hidden.contains(&place)
    }

    /// Each kind, with how many of it change and how many are reached beside these.
    pub fn counts(&self) -> Vec<(Thing, usize, usize)> {
        let count = |(thing, places): (&Thing, &Vec<usize>)| {
            let changed = places
                .iter()
                .take_while(|place| **place < self.reach.changed);
            let changed = changed.count();
            (*thing, changed, places.len() - changed)
        };
        self.by_thing.iter().map(count).collect()
    }

    /// The name of a thing.
    pub fn name(&self, place: usize) -> &str {
        self.view.name(self.node(place))
    }

    /// What people call a thing; nothing more than its kind where it may not be shown.
    pub fn called(&self, place: usize) -> String {
        let thing = self.thing(place);
        if !self.may_show(place) {
            return format!("a {} you may not see", thing.name());
        }
        let name = short_name(self.name(place));
        match thing {
            Thing::Release | Thing::Rollout => format!("{} {name}", thing.name()),
            _ => name.to_owned(),
        }
    }

    /// The kind of a thing.
    pub fn thing(&self, place: usize) -> Thing {
        self.view.thing(self.node(place))
    }

    /// In which way the change has to do with it.
    pub fn how(&self, place: usize) -> How {
        if place < self.reach.changed {
            How::Changed
        } else if place < self.reach.leaning {
            How::Leans
        } else {
            How::Belongs
        }
    }

    /// How far it is from what changes.
    pub fn depth(&self, place: usize) -> u32 {
        self.at(place).map_or(0, |reached| reached.depth)
    }

    /// The place of a thing in the order of pages.
    pub fn key(&self, place: usize) -> Key {
        Key {
            thing: self.thing(place),
            depth: self.depth(place),
            name: self.name(place).to_owned(),
        }
    }

    /// The things of a kind that may be shown.
    pub fn of(&self, thing: Thing) -> &[usize] {
        self.by_thing.get(&thing).map_or(&[], Vec::as_slice)
    }

    /// A page of things after a key; only of some kinds where any are named.
    pub fn page(&self, kinds: &[Thing], after: Option<&Key>, limit: usize) -> Vec<usize> {
        let mut page = Vec::new();
        for (thing, places) in &self.by_thing {
            let wanted = kinds.is_empty() || kinds.contains(thing);
            let passed = after.is_some_and(|after| *thing < after.thing);
            if !wanted || passed {
                continue;
            }
            let after = after.filter(|after| after.thing == *thing);
            let is_after = |place: &usize| after.is_none_or(|after| self.is_after(*place, after));
            let rest: Vec<usize> = places.iter().copied().filter(is_after).collect();
            page.extend(self.nearest(rest, limit - page.len()));
            if page.len() == limit {
                break;
            }
        }
        page
    }

    /// The way from what changes to a thing: places, and the edge that led to each but the first.
    pub fn why(&self, place: usize) -> Vec<(usize, Option<EdgeKind>)> {
        let way = self.reach.why(place).into_iter();
        let kind = |place| self.at(place)?.from.map(|(_, kind)| kind);
        way.map(|place| (place, kind(place))).collect()
    }

    /// The way in words: ``` `launch` runs `welcome`, which includes `voice` ```.
    pub fn reason(&self, place: usize) -> String {
        let way = self.why(place);
        let called = |place: usize| format!("`{}`", self.called(place));
        let mut sentence = String::new();
        // Edges of files are told from the far end, for it is the far end that refers.
        let leaning = way.iter().take_while(|(_, kind)| {
            let leads_away = kind.is_some_and(EdgeKind::leads_away);
            !leads_away
        });
        let leaning = leaning.count();
        for at in (1..leaning).rev() {
            let (Some(kind), before) = (way[at].1, way[at - 1].0) else {
                continue;
            };
            if sentence.is_empty() {
                sentence = called(way[at].0);
            } else {
                sentence.push_str(", which");
            }
            sentence = format!("{sentence} {} {}", kind.phrase(), called(before));
        }
        let mut away = String::new();
        for at in leaning..way.len() {
            let Some(kind) = way[at].1 else { continue };
            if away.is_empty() {
                away = called(way[at - 1].0);
            } else {
                away.push_str(", which");
            }
            away = format!("{away} {} {}", kind.phrase(), called(way[at].0));
        }
        match (away.is_empty(), sentence.is_empty()) {
            (true, true) => "it changes itself".to_owned(),
            (true, false) => sentence,
            (false, true) => away,
            (false, false) => format!("{away}; {sentence}"),
        }
    }

    /// The nearest things of each kind, with everything on the ways to them.
    pub fn drawing(&self, per_kind: usize, most: usize) -> Drawing {
        let mut drawn: BTreeSet<usize> = BTreeSet::new();
        let mut kinds: Vec<Vec<usize>> = Vec::new();
        for places in self.by_thing.values() {
            kinds.push(self.nearest(places.clone(), per_kind));
        }
        // In turns, so that no kind fills the drawing.
        for turn in 0..per_kind {
            for place in kinds.iter().filter_map(|kind| kind.get(turn)) {
                let way = self.reach.why(*place);
                let new = way.iter().filter(|place| !drawn.contains(place)).count();
                if drawn.len() + new <= most {
                    drawn.extend(way);
                }
            }
        }
        Drawing {
            edges: self.edges_among(&drawn),
            left_out: self.reach.things.len() - drawn.len(),
            places: drawn.into_iter().collect(),
        }
    }

    fn edges_among(&self, drawn: &BTreeSet<usize>) -> Vec<DrawnEdge> {
        let mut places: HashMap<NodeId, usize> = HashMap::new();
        for place in drawn {
            places.insert(self.node(*place), *place);
            let alias = alias_of(self.name(*place));
            if let Some(alias) = alias.and_then(|name| self.view.find(&name)) {
                places.entry(alias).or_insert(*place);
            }
        }
        let mut edges = BTreeSet::new();
        for place in drawn {
            self.view.targets(self.node(*place), &mut |to, kind| {
                if let Some(to) = places.get(&to) {
                    let (from, to) = (*place, *to);
                    edges.insert(DrawnEdge { from, to, kind });
                }
            });
            if let Some((before, kind)) = self.at(*place).and_then(|reached| reached.from) {
                let (from, to) = if kind.leads_away() {
                    (before, *place)
                } else {
                    (*place, before)
                };
                edges.insert(DrawnEdge { from, to, kind });
            }
        }
        edges.into_iter().collect()
    }

    fn at(&self, place: usize) -> Option<&Reached> {
        self.reach.things.get(place)
    }

    fn node(&self, place: usize) -> NodeId {
        self.reach.things[place].node
    }

    fn is_after(&self, place: usize, key: &Key) -> bool {
        (self.depth(place), self.name(place)) > (key.depth, key.name.as_str())
    }

    /// The first of places of one kind, in their order.
    fn nearest(&self, mut places: Vec<usize>, limit: usize) -> Vec<usize> {
        let order = |one: &usize, other: &usize| -> Ordering {
            let depths = self.depth(*one).cmp(&self.depth(*other));
            depths.then_with(|| self.name(*one).cmp(self.name(*other)))
        };
        if limit == 0 {
            return Vec::new();
        }
        if places.len() > limit {
            places.select_nth_unstable_by(limit - 1, order);
            places.truncate(limit);
        }
        places.sort_unstable_by(order);
        places
    }
}
