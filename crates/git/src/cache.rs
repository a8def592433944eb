//! Objects of all workspaces that were read lately, shared by the whole process. Objects never
//! change, so an entry can be old but never wrong.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clru::{CLruCache, CLruCacheConfig, WeightScale};
use variorum_domain::id::{Oid, WorkspaceId};

use crate::delta::apply_delta;
use crate::object::{Kind, Object};
use crate::tree::patch::TreePatch;

/// Independent parts of the cache, so that requests seldom wait for each other.
const SHARDS: usize = 16;
/// What an entry costs beside its content: keys, links and the slot itself.
const ENTRY_COST_BYTES: usize = 128;
/// What differs is kept in place of an object where it takes no more than this part of its bytes.
const PATCH_SHARE: usize = 3;
/// The longest chain of deltas that is kept; longer ones cost more time than they save room.
const CHAIN_MAX: u8 = 8;

type Key = (WorkspaceId, Oid);

/// An object as what differs from another one: of a directory's many versions each differs from the
/// next by an entry or two, so that in the room of one whole there are twenty of these.
#[derive(Debug)]
struct Patch {
    /// The object it is made from.
    base: Oid,
    kind: Kind,
    how: How,
    /// How long the object is.
    size: usize,
}

#[derive(Debug)]
enum How {
    /// A delta in Git's form.
    Delta(Box<[u8]>),
    /// The entries of a tree.
    Tree(TreePatch),
}

impl How {
    fn weight(&self) -> usize {
        match self {
            Self::Delta(delta) => delta.len(),
            Self::Tree(patch) => patch.weight(),
        }
    }
}

impl Patch {
    fn is_of_tree(&self) -> bool {
        matches!(self.how, How::Tree(_))
    }
}

/// Two trees to compare.
pub(crate) enum TreePair {
    /// They are made from the same one.
    Siblings(Siblings),
    /// They are not.
    Both(TreeBytes, TreeBytes),
}

/// The content of a tree, which nobody keeps where it was made to be compared.
pub(crate) enum TreeBytes {
    Held(Arc<[u8]>),
    Made(Vec<u8>),
}

impl std::ops::Deref for TreeBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Held(bytes) => bytes,
            Self::Made(bytes) => bytes,
        }
    }
}

/// Two trees that are made from the same one.
pub(crate) struct Siblings {
    base: Object,
    /// `None` where it is the base itself.
    patches: [Option<Arc<Patch>>; 2],
}

impl Siblings {
    /// The tree both are made from, and what makes each of them of it.
    pub(crate) fn parts(&self) -> (&[u8], (Option<&TreePatch>, Option<&TreePatch>)) {
        fn tree(patch: Option<&Arc<Patch>>) -> Option<&TreePatch> {
            match &patch?.how {
                How::Tree(tree) => Some(tree),
                How::Delta(_) => None,
            }
        }
        let [old, new] = &self.patches;
        (&self.base.bytes, (tree(old.as_ref()), tree(new.as_ref())))
    }
}

/// How an object is held.
#[derive(Debug, Clone)]
enum Held {
    Whole(Object),
    Patch(Arc<Patch>),
}

struct ByBytes;

impl WeightScale<Key, Held> for ByBytes {
    fn weight(&self, _: &Key, held: &Held) -> usize {
        let bytes = match held {
            Held::Whole(object) => object.bytes.len(),
            Held::Patch(patch) => patch.how.weight(),
        };
        bytes + ENTRY_COST_BYTES
    }
}

type Shard = CLruCache<Key, Held, std::collections::hash_map::RandomState, ByBytes>;

/// A cache of objects that forgets the least recently used ones beyond a number of bytes.
pub struct ObjectCache {
    shards: Vec<Mutex<Shard>>,
}

impl ObjectCache {
    /// Makes an empty cache that holds about `capacity_bytes`.
    pub fn new(capacity_bytes: usize) -> Self {
        let each = NonZeroUsize::new(capacity_bytes / SHARDS).unwrap_or(NonZeroUsize::MIN);
        let shard = || {
            let config = CLruCacheConfig::new(each)
                .with_hasher(std::collections::hash_map::RandomState::new())
                .with_scale(ByBytes);
            Mutex::new(CLruCache::with_config(config))
        };
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
        }
    }

    /// The object, when it is here with all that it is made from.
    pub fn get(&self, workspace: WorkspaceId, oid: &Oid) -> Option<Object> {
        self.resolve(workspace, oid, CHAIN_MAX)
    }

    fn resolve(&self, workspace: WorkspaceId, oid: &Oid, chain: u8) -> Option<Object> {
        let held = self.shard(oid).get(&(workspace, *oid)).cloned()?;
        match held {
            Held::Whole(object) => Some(object),
            Held::Patch(patch) => {
                let base = self.resolve(workspace, &patch.base, chain.checked_sub(1)?)?;
                // It was applied before it was kept; were it to fail, the store is asked again.
                let bytes = match &patch.how {
                    How::Delta(delta) => apply_delta(&base.bytes, delta, patch.size).ok()?,
                    How::Tree(tree) => tree.apply(&base.bytes, patch.size)?,
                };
                Some(Object::new(patch.kind, bytes))
            }
        }
    }

    /// Remembers an object that is durably stored; one larger than a shard is not kept.
    pub fn put(&self, workspace: WorkspaceId, oid: Oid, object: Object) {
        self.hold(workspace, oid, Held::Whole(object));
    }

    /// Remembers an object by what differs from the one it was just made of by a delta, where that is
    /// much smaller.
    pub(crate) fn put_patched(
        &self,
        workspace: WorkspaceId,
        (oid, object): (Oid, &Object),
        (base, base_object): (Oid, &Object),
        delta: &[u8],
    ) {
        let size = object.bytes.len();
        let how = match object.kind {
            Kind::Tree => TreePatch::between(&base_object.bytes, &object.bytes).map(How::Tree),
            _ => Some(How::Delta(delta.into())),
        };
        let how = how.filter(|how| how.weight() <= size / PATCH_SHARE);
        match how.filter(|_| self.is_made_from_few(workspace, base)) {
            Some(how) => {
                let patch = Patch {
                    base,
                    kind: object.kind,
                    how,
                    size,
                };
                self.hold(workspace, oid, Held::Patch(Arc::new(patch)));
            }
            None => self.put(workspace, oid, object.clone()),
        }
    }

    /// Two trees to compare, where both are here.
    pub(crate) fn pair(&self, workspace: WorkspaceId, old: Oid, new: Oid) -> Option<TreePair> {
        let held = |oid: Oid| self.shard(&oid).get(&(workspace, oid)).cloned();
        let (a, b) = (held(old)?, held(new)?);
        let base = match (&a, &b) {
            (Held::Patch(a), Held::Patch(b)) if a.base == b.base => Some(a.base),
            (Held::Patch(a), Held::Whole(_)) if a.base == new => Some(new),
            (Held::Whole(_), Held::Patch(b)) if b.base == old => Some(old),
            _ => None,
        };
        let Some(base) = base else {
            let bytes = |held| self.tree_bytes(workspace, held);
            return Some(TreePair::Both(bytes(a)?, bytes(b)?));
        };
        let base = self.resolve(workspace, &base, CHAIN_MAX)?;
        let patch = |held| match held {
            Held::Whole(_) => None,
            Held::Patch(patch) => Some(patch),
        };
        let patches = [patch(a), patch(b)];
        let are_trees =
            base.kind == Kind::Tree && patches.iter().flatten().all(|patch| patch.is_of_tree());
        are_trees.then_some(TreePair::Siblings(Siblings { base, patches }))
    }

    fn tree_bytes(&self, workspace: WorkspaceId, held: Held) -> Option<TreeBytes> {
        match held {
            Held::Whole(tree) => (tree.kind == Kind::Tree).then_some(TreeBytes::Held(tree.bytes)),
            Held::Patch(patch) => match &patch.how {
                How::Tree(tree) => {
                    let base = self.resolve(workspace, &patch.base, CHAIN_MAX)?;
                    Some(TreeBytes::Made(tree.apply(&base.bytes, patch.size)?))
                }
                How::Delta(_) => None,
            },
        }
    }

    /// Whether a chain may go on from this object.
    fn is_made_from_few(&self, workspace: WorkspaceId, base: Oid) -> bool {
        let mut next = base;
        for _ in 1..CHAIN_MAX {
            match self.shard(&next).get(&(workspace, next)) {
                Some(Held::Patch(patch)) => next = patch.base,
                Some(Held::Whole(_)) => return true,
                None => return false,
            }
        }
        false
    }

    fn hold(&self, workspace: WorkspaceId, oid: Oid, held: Held) {
        // What is refused as too large, or pushed out, is dropped here on purpose.
        drop(self.shard(&oid).put_with_weight((workspace, oid), held));
    }

    /// Forgets everything of a workspace, for when its objects were collected or it was erased.
    pub fn forget(&self, workspace: WorkspaceId) {
        for shard in &self.shards {
            lock(shard).retain(|(owner, _), _| *owner != workspace);
        }
    }

    /// The bytes held now, with the cost of the entries.
    pub fn weight_bytes(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).weight()).sum()
    }

    fn shard(&self, oid: &Oid) -> MutexGuard<'_, Shard> {
        lock(&self.shards[usize::from(oid.0[19]) % SHARDS])
    }
}

impl std::fmt::Debug for ObjectCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectCache")
            .field("weight_bytes", &self.weight_bytes())
            .finish()
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // A panic elsewhere cannot leave half an object behind, so the data is still good.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Kind;

    #[test]
    fn stays_below_its_capacity_and_keeps_workspaces_apart() {
        let cache = ObjectCache::new(64 * 1024);
        let one = WorkspaceId(1);
        for n in 0..=255_u8 {
            cache.put(one, Oid([n; 20]), Object::new(Kind::Blob, vec![n; 1000]));
        }
        assert!(cache.weight_bytes() <= 64 * 1024);
        assert!(cache.get(one, &Oid([255; 20])).is_some());
        assert!(
            cache.get(one, &Oid([0; 20])).is_none(),
            "the oldest entry was not dropped"
        );
        assert!(cache.get(WorkspaceId(2), &Oid([255; 20])).is_none());
        cache.forget(one);
        assert_eq!(cache.weight_bytes(), 0);
    }
}
