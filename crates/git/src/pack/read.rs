//! Reading packs that may come from anybody: every size is checked before memory is used for it.

use std::collections::HashMap;
use std::sync::Arc;

use variorum_domain::id::Oid;

use super::{
    HEADER_BYTES, MAGIC, OFFSET_DELTA, PackError, REFERENCE_DELTA, TRAILER_BYTES, VERSION,
};
use crate::delta::{apply_delta, target_size};
use crate::object::{Kind, Object, sha1};
use crate::zlib::inflate_prefix;

/// How much of a pack is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackLimits {
    /// The most objects.
    pub objects_max: usize,
    /// The largest object, in bytes.
    pub object_bytes_max: usize,
    /// The most bytes of all objects together.
    pub total_bytes_max: u64,
    /// The longest chain of deltas.
    pub chain_max: usize,
    /// The most bytes of bases that are held in memory at a time.
    pub live_bytes_max: usize,
}

impl Default for PackLimits {
    fn default() -> Self {
        Self {
            objects_max: 2_000_000,
            object_bytes_max: 64 * 1024 * 1024,
            total_bytes_max: 8 * 1024 * 1024 * 1024,
            chain_max: 4096,
            live_bytes_max: 512 * 1024 * 1024,
        }
    }
}

/// How an object stands in the pack; its zlib data can be stored as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored<'a> {
    /// The zlib data of its content.
    Whole(&'a [u8]),
    /// The zlib data of a delta.
    Delta {
        /// The object it is made from.
        base: Oid,
        /// The size of the delta itself.
        delta_size: usize,
        /// How many deltas lie between it and a whole object; 1 if its base is whole.
        chain: usize,
        /// The zlib data.
        body: &'a [u8],
    },
}

/// An object outside of a pack from which deltas in it are made.
#[derive(Debug, Clone)]
pub struct OutsideBase {
    /// The object.
    pub object: Object,
    /// How many deltas stand behind it where it is stored.
    pub chain: usize,
}

/// An object of a pack.
#[derive(Debug, Clone)]
pub struct PackedObject<'a> {
    /// Its id, computed from its content.
    pub oid: Oid,
    /// The object.
    pub object: Object,
    /// How it stands in the pack.
    pub stored: Stored<'a>,
    /// What it may be made from at one step; `None` where it is an anchor itself.
    pub anchor: Option<Anchor>,
}

/// An object that those below it in a chain of deltas may be made from at one step. It is a whole one,
/// or one that has become too unlike the anchor above it and has others made from it.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// Its id.
    pub oid: Oid,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The bytes of all deltas from it on.
    away: usize,
}

impl Anchor {
    fn is_near(&self, object: &Object) -> bool {
        self.away <= object.bytes.len() / ANCHOR_SHARE
    }
}

/// The part of an object that the deltas from its anchor on may come to.
const ANCHOR_SHARE: usize = 10;

#[derive(Debug, Clone, Copy)]
enum Base {
    None(Kind),
    Entry(usize),
    Id(Oid),
}

#[derive(Debug, Clone)]
struct Slot {
    base: Base,
    size: usize,
    body: std::ops::Range<usize>,
}

/// A pack whose form and checksum were found good; its objects are not resolved yet.
#[derive(Debug)]
pub struct Pack<'a> {
    bytes: &'a [u8],
    limits: PackLimits,
    slots: Vec<Slot>,
}

/// Where the entries of a pack lie and what they are made from.
#[derive(Debug)]
pub struct PackEntries(Vec<Slot>);

/// Reads all objects of a pack that needs no objects from outside.
pub fn read_pack(bytes: &[u8], limits: PackLimits) -> Result<Vec<(Oid, Object)>, PackError> {
    Pack::parse(bytes, limits)?.objects()
}

impl<'a> Pack<'a> {
    /// Checks the form, the checksum and the sizes of a pack.
    pub fn parse(bytes: &'a [u8], limits: PackLimits) -> Result<Self, PackError> {
        let wrong = PackError::Malformed;
        if bytes.len() < HEADER_BYTES + TRAILER_BYTES || !bytes.starts_with(MAGIC) {
            return Err(wrong("it does not begin like a pack"));
        }
        let (content, trailer) = bytes.split_at(bytes.len() - TRAILER_BYTES);
        if big_endian(&content[4..8]) != VERSION {
            return Err(wrong("its version is unknown"));
        }
        let count = big_endian(&content[8..12]) as usize;
        if count > limits.objects_max {
            return Err(over("number of objects", limits.objects_max));
        }
        if sha1(content)?.as_bytes() != trailer {
            return Err(PackError::Checksum);
        }
        let slots = scan(content, count, &limits)?;
        Ok(Self {
            bytes,
            limits,
            slots,
        })
    }

    /// What was learnt of the entries, for [`Pack::with_entries`]; it does not borrow the bytes.
    pub fn into_entries(self) -> PackEntries {
        PackEntries(self.slots)
    }

    /// The same pack again, without reading it through once more.
    pub fn with_entries(bytes: &'a [u8], limits: PackLimits, entries: PackEntries) -> Self {
        Self {
            bytes,
            limits,
            slots: entries.0,
        }
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// All objects in memory; for large packs use [`Pack::visit`].
    pub fn objects(&self) -> Result<Vec<(Oid, Object)>, PackError> {
        let mut objects = Vec::with_capacity(self.len());
        self.visit(|packed| {
            objects.push((packed.oid, packed.object));
            Ok(())
        })?;
        Ok(objects)
    }

    /// The ids by which deltas name their bases, each once; some may stand outside of the pack.
    pub fn named_bases(&self) -> Vec<Oid> {
        let named = self.slots.iter().filter_map(|slot| match slot.base {
            Base::Id(oid) => Some(oid),
            _ => None,
        });
        let mut named: Vec<Oid> = named.collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// Resolves the objects one after the other, each after its delta base, and hands them over.
    /// Only the bases in use are held in memory.
    pub fn visit(
        &self,
        take: impl FnMut(PackedObject<'a>) -> Result<(), PackError>,
    ) -> Result<(), PackError> {
        self.visit_thin(&HashMap::new(), take)
    }

    /// Like [`Pack::visit`], for a pack whose deltas may be made from objects outside of it.
    pub fn visit_thin(
        &self,
        outside: &HashMap<Oid, OutsideBase>,
        mut take: impl FnMut(PackedObject<'a>) -> Result<(), PackError>,
    ) -> Result<(), PackError> {
        let mut walk = Walk {
            children: Children::of(&self.slots),
            resolved: 0,
            total: 0,
        };
        for (root, slot) in self.slots.iter().enumerate() {
            if let Base::None(kind) = slot.base {
                let task = Task {
                    at: root,
                    base: None,
                };
                self.descend(kind, vec![task], &mut walk, &mut take)?;
            }
        }
        for oid in walk.children.outside() {
            let Some(base) = outside.get(&oid) else {
                continue;
            };
            let next = walk.children.take(usize::MAX, &oid);
            let parent = Parent {
                oid,
                bytes: Arc::clone(&base.object.bytes),
                chain: base.chain,
                anchor: Anchor {
                    oid,
                    bytes: Arc::clone(&base.object.bytes),
                    away: 0,
                },
                uses: None,
            };
            let tasks = next.into_iter().rev().map(|at| Task {
                at,
                base: Some(parent.clone()),
            });
            self.descend(base.object.kind, tasks.collect(), &mut walk, &mut take)?;
        }
        match self.slots.len() - walk.resolved {
            0 => Ok(()),
            missing => Err(PackError::MissingBases(missing)),
        }
    }

    /// Resolves these entries and all that are made from them.
    fn descend(
        &self,
        kind: Kind,
        mut stack: Vec<Task>,
        walk: &mut Walk,
        take: &mut impl FnMut(PackedObject<'a>) -> Result<(), PackError>,
    ) -> Result<(), PackError> {
        let mut live = 0_usize;
        while let Some(task) = stack.pop() {
            let mut packed = self.resolve(kind, &task)?;
            live -= task.base.map_or(0, Parent::give_back);
            walk.resolved += 1;
            walk.total += packed.object.bytes.len() as u64;
            if walk.total > self.limits.total_bytes_max {
                let limit = self.limits.total_bytes_max;
                return Err(PackError::Limit {
                    what: "size of all objects",
                    limit,
                });
            }
            let next = walk.children.take(task.at, &packed.oid);
            if !next.is_empty() {
                packed.anchor = packed
                    .anchor
                    .filter(|anchor| anchor.is_near(&packed.object));
                let parent = self.parent(&packed, next.len(), &mut live)?;
                let task = |at| Task {
                    at,
                    base: Some(parent.clone()),
                };
                stack.extend(next.into_iter().rev().map(task));
            }
            take(packed)?;
        }
        Ok(())
    }

    /// Makes an object the base of those that are made from it.
    fn parent(
        &self,
        packed: &PackedObject<'a>,
        children: usize,
        live: &mut usize,
    ) -> Result<Parent, PackError> {
        let chain = match packed.stored {
            Stored::Whole(_) => 0,
            Stored::Delta { chain, .. } => chain,
        };
        if chain >= self.limits.chain_max {
            return Err(over("length of a delta chain", self.limits.chain_max));
        }
        *live += packed.object.bytes.len();
        if *live > self.limits.live_bytes_max {
            return Err(over("memory for delta bases", self.limits.live_bytes_max));
        }
        let uses = Arc::new(std::sync::atomic::AtomicUsize::new(children));
        let itself = || Anchor {
            oid: packed.oid,
            bytes: Arc::clone(&packed.object.bytes),
            away: 0,
        };
        Ok(Parent {
            oid: packed.oid,
            bytes: Arc::clone(&packed.object.bytes),
            chain,
            anchor: packed.anchor.clone().unwrap_or_else(itself),
            uses: Some(uses),
        })
    }

    fn resolve(&self, kind: Kind, task: &Task) -> Result<PackedObject<'a>, PackError> {
        let slot = &self.slots[task.at];
        let body = self.bytes.get(slot.body.clone());
        let body = body.ok_or(PackError::Malformed("it is cut off"))?;
        let (content, _) = inflate_prefix(body, slot.size)?;
        let (content, stored, anchor) = match &task.base {
            None => (content, Stored::Whole(body), None),
            Some(parent) => {
                let made = apply_delta(&parent.bytes, &content, self.limits.object_bytes_max)?;
                let (base, chain) = (parent.oid, parent.chain + 1);
                let delta = Stored::Delta {
                    base,
                    delta_size: slot.size,
                    chain,
                    body,
                };
                let mut anchor = parent.anchor.clone();
                anchor.away += slot.size;
                (made, delta, Some(anchor))
            }
        };
        let object = Object::new(kind, content);
        Ok(PackedObject {
            oid: object.id()?,
            object,
            stored,
            anchor,
        })
    }
}

struct Task {
    at: usize,
    base: Option<Parent>,
}

/// A base while objects are made from it.
#[derive(Clone)]
struct Parent {
    oid: Oid,
    bytes: Arc<[u8]>,
    chain: usize,
    /// The nearest anchor: itself or one above it.
    anchor: Anchor,
    /// How many entries still need it; `None` where it is held elsewhere anyway.
    uses: Option<Arc<std::sync::atomic::AtomicUsize>>,
}

/// How far a walk over a pack has come.
struct Walk {
    children: Children,
    resolved: usize,
    total: u64,
}

impl Parent {
    /// Notes that one use is over; returns the bytes that become free with the last one.
    fn give_back(self) -> usize {
        let left = self
            .uses
            .map(|uses| uses.fetch_sub(1, std::sync::atomic::Ordering::Relaxed));
        if left == Some(1) { self.bytes.len() } else { 0 }
    }
}

/// Which entries are made from which.
struct Children {
    by_entry: HashMap<usize, Vec<usize>>,
    by_id: HashMap<Oid, Vec<usize>>,
}

impl Children {
    fn of(slots: &[Slot]) -> Self {
        let mut children = Self {
            by_entry: HashMap::new(),
            by_id: HashMap::new(),
        };
        for (at, slot) in slots.iter().enumerate() {
            match slot.base {
                Base::None(_) => {}
                Base::Entry(base) => children.by_entry.entry(base).or_default().push(at),
                Base::Id(base) => children.by_id.entry(base).or_default().push(at),
            }
        }
        children
    }

    /// The bases nothing in the pack turned out to be, in order.
    fn outside(&self) -> Vec<Oid> {
        let mut oids: Vec<Oid> = self.by_id.keys().copied().collect();
        oids.sort_unstable();
        oids
    }

    /// Takes the entries made from this one; an id that is there twice gives them only once.
    fn take(&mut self, at: usize, oid: &Oid) -> Vec<usize> {
        let mut taken = self.by_entry.remove(&at).unwrap_or_default();
        taken.extend(self.by_id.remove(oid).unwrap_or_default());
        taken
    }
}

/// Walks over all entries, inflating each once to learn where it ends.
fn scan(content: &[u8], count: usize, limits: &PackLimits) -> Result<Vec<Slot>, PackError> {
    let mut slots = Vec::new();
    let mut starts = HashMap::new();
    let mut total = 0_u64;
    let mut at = HEADER_BYTES;
    for index in 0..count {
        starts.insert(at, index);
        let mut input = Cursor { content, at };
        let (number, size) = input.header()?;
        if size > limits.object_bytes_max {
            return Err(over("size of an object", limits.object_bytes_max));
        }
        total += size as u64;
        if total > limits.total_bytes_max {
            let limit = limits.total_bytes_max;
            return Err(PackError::Limit {
                what: "size of all objects",
                limit,
            });
        }
        let base = match number {
            OFFSET_DELTA => {
                let distance = input.distance()?;
                let start = at
                    .checked_sub(distance)
                    .and_then(|start| starts.get(&start));
                let unknown = PackError::Malformed("a delta begins at no entry");
                Base::Entry(*start.filter(|base| **base < index).ok_or(unknown)?)
            }
            REFERENCE_DELTA => Base::Id(input.oid()?),
            _ => {
                let unknown = PackError::Malformed("an entry has an unknown kind");
                Base::None(Kind::from_number(number).ok_or(unknown)?)
            }
        };
        let (inflated, used) = inflate_prefix(&content[input.at..], size)?;
        if !matches!(base, Base::None(_)) && target_size(&inflated)? > limits.object_bytes_max {
            return Err(over("size of an object", limits.object_bytes_max));
        }
        at = input.at + used;
        slots.push(Slot {
            base,
            size,
            body: input.at..at,
        });
    }
    if at != content.len() {
        return Err(PackError::Malformed("something follows the last entry"));
    }
    Ok(slots)
}

struct Cursor<'a> {
    content: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Result<u8, PackError> {
        let byte = self
            .content
            .get(self.at)
            .ok_or(PackError::Malformed("it is cut off"))?;
        self.at += 1;
        Ok(*byte)
    }

    /// The number of an entry and the size of its content.
    fn header(&mut self) -> Result<(u8, usize), PackError> {
        let mut byte = self.byte()?;
        let number = byte >> 4 & 7;
        let mut size = usize::from(byte & 0x0f);
        let mut shift = 4;
        while byte & 0x80 != 0 {
            byte = self.byte()?;
            let bits = usize::from(byte & 0x7f);
            if shift > 56 {
                return Err(PackError::Malformed("a size is too long"));
            }
            size |= bits << shift;
            shift += 7;
        }
        Ok((number, size))
    }

    /// The distance to the base of an offset delta.
    fn distance(&mut self) -> Result<usize, PackError> {
        let mut byte = self.byte()?;
        let mut distance = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.byte()?;
            if distance >= 1 << 48 {
                return Err(PackError::Malformed("a distance is too long"));
            }
            distance = ((distance + 1) << 7) | usize::from(byte & 0x7f);
        }
        Ok(distance)
    }

    fn oid(&mut self) -> Result<Oid, PackError> {
        let cut = PackError::Malformed("it is cut off");
        let bytes = self.content.get(self.at..self.at + TRAILER_BYTES);
        let oid = bytes
            .and_then(|bytes| Oid::from_bytes(bytes).ok())
            .ok_or(cut)?;
        self.at += TRAILER_BYTES;
        Ok(oid)
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn over(what: &'static str, limit: usize) -> PackError {
    PackError::Limit {
        what,
        limit: limit as u64,
    }
}
