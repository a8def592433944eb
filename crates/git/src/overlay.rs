//! The objects one request sees: what was loaded for it, and what it has written itself. It never
//! waits: an object that is not here is reported, and the caller loads it and calls again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use variorum_domain::id::{Oid, WorkspaceId};

use crate::cache::{ObjectCache, TreePair};
use crate::error::GitError;
use crate::object::{EMPTY_TREE, Kind, Object, hash_object};
use crate::order::dependencies_first;

#[derive(Default)]
struct State {
    loaded: HashMap<Oid, Object>,
    new: HashMap<Oid, Object>,
    written: Vec<Oid>,
    bases: HashMap<Oid, Oid>,
    missed: Vec<Oid>,
}

/// The objects of one request.
pub struct Overlay {
    cache: Arc<ObjectCache>,
    workspace: WorkspaceId,
    state: Mutex<State>,
}

impl Overlay {
    /// Makes an overlay over the cache for one workspace.
    pub fn new(cache: Arc<ObjectCache>, workspace: WorkspaceId) -> Self {
        Self {
            cache,
            workspace,
            state: Mutex::new(State::default()),
        }
    }

    /// The workspace whose objects these are.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// The object, or [`GitError::Missing`] when it was not loaded.
    pub fn get(&self, oid: &Oid) -> Result<Object, GitError> {
        self.find(oid).ok_or_else(|| GitError::Missing(vec![*oid]))
    }

    /// The object if it is of the kind, or an error that says what it is.
    pub fn get_kind(&self, oid: &Oid, expected: Kind) -> Result<Object, GitError> {
        let object = self.get(oid)?;
        if object.kind == expected {
            return Ok(object);
        }
        Err(GitError::WrongKind {
            oid: *oid,
            expected,
            found: object.kind,
        })
    }

    /// Checks that all these objects are here; reports all that are not, each once.
    pub fn require(&self, oids: impl IntoIterator<Item = Oid>) -> Result<(), GitError> {
        let mut seen = HashSet::new();
        let missing: Vec<Oid> = oids
            .into_iter()
            .filter(|oid| seen.insert(*oid) && self.find(oid).is_none())
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(GitError::Missing(missing))
        }
    }

    /// Adds an object that was read from the store, where it is durable.
    pub fn insert_loaded(&self, oid: Oid, object: Object) {
        self.cache.put(self.workspace, oid, object.clone());
        self.lock().loaded.insert(oid, object);
    }

    /// Like [`Overlay::insert_loaded`], for an object that was made from another one by a delta.
    pub fn insert_patched(&self, oid: Oid, object: Object, base: (Oid, &Object), delta: &[u8]) {
        self.cache
            .put_patched(self.workspace, (oid, &object), base, delta);
        self.lock().loaded.insert(oid, object);
    }

    /// Two stored trees to compare, where both are in the cache; they are not pinned.
    pub(crate) fn pair(&self, old: Oid, new: Oid) -> Option<TreePair> {
        self.cache.pair(self.workspace, old, new)
    }

    /// Like [`Overlay::insert_loaded`], but checks first that the id is that of the content, so
    /// that a damaged row is found when it is read and not passed on.
    pub fn insert_verified(&self, oid: Oid, object: Object) -> Result<(), GitError> {
        if object.id()? != oid {
            return Err(GitError::malformed(
                "object",
                format!("its content is not that of `{oid}`"),
            ));
        }
        self.insert_loaded(oid, object);
        Ok(())
    }

    /// Writes a new object and returns its id.
    pub fn put(&self, kind: Kind, bytes: impl Into<Arc<[u8]>>) -> Result<Oid, GitError> {
        let bytes = bytes.into();
        let oid = hash_object(kind, &bytes)?;
        self.put_known(oid, Object { kind, bytes });
        Ok(oid)
    }

    /// Writes a new object whose id was computed from the same bytes before.
    pub fn put_known(&self, oid: Oid, object: Object) {
        let mut state = self.lock();
        if state.new.insert(oid, object).is_none() {
            state.written.push(oid);
        }
    }

    /// Notes that a new object is much like an older one, which makes it a good delta base.
    pub fn suggest_base(&self, oid: Oid, base: Oid) {
        if oid != base {
            self.lock().bases.insert(oid, base);
        }
    }

    /// The older object that was noted as a good delta base for this new one.
    pub fn base_of(&self, oid: &Oid) -> Option<Oid> {
        self.lock().bases.get(oid).copied()
    }

    /// The objects written by this request, each after the objects it refers to.
    pub fn new_objects(&self) -> Vec<(Oid, Object)> {
        let state = self.lock();
        dependencies_first(&state.written, &state.new)
    }

    /// Takes the new objects out, each after the objects it refers to.
    pub fn into_new(self) -> Vec<(Oid, Object)> {
        self.new_objects()
    }

    /// The new objects that these tips lead to, each after the objects it refers to. A merge also
    /// writes objects that only served to find its answer; those are left out here.
    pub fn new_objects_of(&self, tips: &[Oid]) -> Vec<(Oid, Object)> {
        dependencies_first(tips, &self.lock().new)
    }

    /// Forgets what was written but for these, so that nothing that is not stored gets into the
    /// cache.
    pub fn retain_new(&self, kept: &HashSet<Oid>) {
        let mut state = self.lock();
        state.new.retain(|oid, _| kept.contains(oid));
        state.written.retain(|oid| kept.contains(oid));
    }

    /// Forgets what was written, for when the request gives up its changes.
    pub fn discard_new(&self) {
        let mut state = self.lock();
        state.new.clear();
        state.written.clear();
        state.bases.clear();
    }

    /// Forgets objects that were loaded, once a long request is done with them; asked for again they
    /// are loaded again.
    pub fn forget_loaded(&self, oids: &[Oid]) {
        let mut state = self.lock();
        for oid in oids {
            state.loaded.remove(oid);
        }
    }

    /// Puts the new objects into the process-wide cache. Call it after the transaction that stored
    /// them has succeeded, never before.
    pub fn commit_to_cache(&self) {
        let mut state = self.lock();
        for (oid, object) in state.new.drain().collect::<Vec<_>>() {
            self.cache.put(self.workspace, oid, object.clone());
            state.loaded.insert(oid, object);
        }
        state.written.clear();
        state.bases.clear();
    }

    /// Looks an object up and pins it for the rest of the request.
    pub(crate) fn find(&self, oid: &Oid) -> Option<Object> {
        if *oid == EMPTY_TREE {
            return Some(Object::new(Kind::Tree, Vec::new()));
        }
        let mut state = self.lock();
        if let Some(object) = state.new.get(oid).or_else(|| state.loaded.get(oid)) {
            return Some(object.clone());
        }
        let object = self.cache.get(self.workspace, oid)?;
        state.loaded.insert(*oid, object.clone());
        Some(object)
    }

    /// Like `find`, but remembers what was not there for [`Overlay::take_missed`].
    pub(crate) fn find_or_miss(&self, oid: &Oid) -> Option<Object> {
        let found = self.find(oid);
        if found.is_none() {
            self.lock().missed.push(*oid);
        }
        found
    }

    /// The ids that a foreign algorithm asked for in vain since the last call.
    pub(crate) fn take_missed(&self) -> Vec<Oid> {
        std::mem::take(&mut self.lock().missed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is a single insertion, so a panic leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("Overlay")
            .field("workspace", &self.workspace)
            .field("loaded", &state.loaded.len())
            .field("new", &state.new.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(cache: &Arc<ObjectCache>, workspace: i64) -> Overlay {
        Overlay::new(Arc::clone(cache), WorkspaceId(workspace))
    }

    #[test]
    fn asks_for_everything_at_once_and_pins_what_it_was_given() {
        let overlay = overlay(&Arc::new(ObjectCache::new(0)), 1);
        let [a, b] = [b"a", b"b"].map(|text| {
            let object = Object::new(Kind::Blob, &text[..]);
            (object.id().unwrap(), object)
        });
        let missing = overlay.require([a.0, b.0, a.0]);
        assert_eq!(missing, Err(GitError::Missing(vec![a.0, b.0])));
        assert!(overlay.insert_verified(a.0, b.1.clone()).is_err());
        overlay.insert_verified(a.0, a.1.clone()).unwrap();
        assert_eq!(
            overlay.get(&a.0),
            Ok(a.1),
            "a cache without room must not matter"
        );
        assert_eq!(
            overlay.require([a.0, b.0]),
            Err(GitError::Missing(vec![b.0]))
        );
        assert!(matches!(
            overlay.get_kind(&a.0, Kind::Tree),
            Err(GitError::WrongKind { .. })
        ));
    }

    #[test]
    fn what_is_forgotten_is_asked_for_again() {
        let overlay = overlay(&Arc::new(ObjectCache::new(0)), 1);
        let object = Object::new(Kind::Blob, &b"a"[..]);
        let oid = object.id().unwrap();
        overlay.insert_loaded(oid, object);
        let new = overlay.put(Kind::Blob, &b"b"[..]).unwrap();
        overlay.forget_loaded(&[oid, new]);
        assert_eq!(
            overlay.require([oid, new]),
            Err(GitError::Missing(vec![oid]))
        );
    }

    #[test]
    fn new_objects_reach_others_only_after_the_commit_and_only_in_the_workspace() {
        let cache = Arc::new(ObjectCache::new(1 << 20));
        let writer = overlay(&cache, 1);
        let oid = writer.put(Kind::Blob, &b"text"[..]).unwrap();
        assert!(writer.get(&oid).is_ok());
        assert!(overlay(&cache, 1).get(&oid).is_err());
        writer.commit_to_cache();
        assert!(writer.get(&oid).is_ok() && overlay(&cache, 1).get(&oid).is_ok());
        assert!(overlay(&cache, 2).get(&oid).is_err());
        let dropped = writer.put(Kind::Blob, &b"other"[..]).unwrap();
        writer.discard_new();
        assert!(writer.get(&dropped).is_err() && writer.new_objects().is_empty());
    }
}
