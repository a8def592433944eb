//! Objects of all workspaces that were read lately, shared by the whole process. Objects never
//! change, so an entry can be old but never wrong.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clru::{CLruCache, CLruCacheConfig, WeightScale};
use variorum_domain::id::{Oid, WorkspaceId};

use crate::object::Object;

/// Independent parts of the cache, so that requests seldom wait for each other.
const SHARDS: usize = 16;
/// What an entry costs beside its content: keys, links and the slot itself.
const ENTRY_COST_BYTES: usize = 128;

type Key = (WorkspaceId, Oid);

struct ByBytes;

impl WeightScale<Key, Object> for ByBytes {
    fn weight(&self, _: &Key, object: &Object) -> usize {
        object.bytes.len() + ENTRY_COST_BYTES
    }
}

type Shard = CLruCache<Key, Object, std::collections::hash_map::RandomState, ByBytes>;

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

    /// The object, when it is here.
    pub fn get(&self, workspace: WorkspaceId, oid: &Oid) -> Option<Object> {
        self.shard(oid).get(&(workspace, *oid)).cloned()
    }

    /// Remembers an object that is durably stored; one larger than a shard is not kept.
    pub fn put(&self, workspace: WorkspaceId, oid: Oid, object: Object) {
        // What is refused as too large, or pushed out, is dropped here on purpose.
        drop(self.shard(&oid).put_with_weight((workspace, oid), object));
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
