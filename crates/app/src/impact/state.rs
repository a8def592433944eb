//! What the process keeps to answer quickly what a change reaches. All of it can be rebuilt.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use clru::CLruCache;
use tokio::sync::RwLock;
use variorum_domain::id::{Oid, ReleaseNumber, WorkspaceId};

use super::contracts::Broken;
use super::graphs::Held;

/// Pairs of trees whose broken contracts are kept.
const PAIRS_KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// Releases whose paths are kept.
const RELEASES_KEPT: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");
/// Pairs of releases whose differences are kept.
const ROLLOUTS_KEPT: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

/// The graph of each workspace, and answers that can never be stale because trees and releases never
/// change.
pub struct ImpactState {
    graphs: Mutex<HashMap<WorkspaceId, Arc<RwLock<Held>>>>,
    pub(super) broken: Kept<(WorkspaceId, Oid, Oid), Broken>,
    pub(super) touched: Kept<(WorkspaceId, Oid, Oid), BTreeSet<String>>,
    pub(super) releases: Kept<(WorkspaceId, ReleaseNumber), HashSet<String>>,
    pub(super) differing: Kept<(WorkspaceId, ReleaseNumber, ReleaseNumber), Vec<String>>,
}

impl Default for ImpactState {
    fn default() -> Self {
        Self {
            graphs: Mutex::default(),
            broken: Kept::new(PAIRS_KEPT),
            touched: Kept::new(PAIRS_KEPT),
            releases: Kept::new(RELEASES_KEPT),
            differing: Kept::new(ROLLOUTS_KEPT),
        }
    }
}

impl ImpactState {
    pub(super) fn graph(&self, workspace: WorkspaceId) -> Arc<RwLock<Held>> {
        let mut graphs = self.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        graphs.entry(workspace).or_default().clone()
    }

    /// Forgets a workspace; what else was kept is found again.
    pub fn forget(&self, workspace: WorkspaceId) {
        let mut graphs = self.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        graphs.remove(&workspace);
        self.broken.clear();
        self.touched.clear();
        self.releases.clear();
        self.differing.clear();
    }
}

/// The most recent answers to one question.
pub(super) struct Kept<K, V>(Mutex<CLruCache<K, Arc<V>>>);

impl<K: Eq + std::hash::Hash, V> Kept<K, V> {
    fn new(most: NonZeroUsize) -> Self {
        Self(Mutex::new(CLruCache::new(most)))
    }

    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).cloned()
    }

    pub(super) fn put(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(key, value.clone());
        value
    }

    fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
