//! One piece of work: a transaction with the Git objects it reads and writes.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use clru::CLruCache;
use variorum_domain::access::Actor;
use variorum_domain::audit::{By, Entry, Happening};
use variorum_domain::id::{Oid, WorkspaceId};
use variorum_domain::library::Library;
use variorum_domain::limits::RECORD_FIELD_CHARS_MAX;
use variorum_git::commit::{CommitData, parse_commit};
use variorum_git::error::GitError;
use variorum_git::object::{Kind, Object};
use variorum_git::overlay::Overlay;
use variorum_git::{delta, zlib};
use variorum_ports::rows::ObjectRow;
use variorum_ports::{StoreError, Tx};

use crate::context::Context;
use crate::{Error, Result};

/// The longest chain of deltas behind one stored object.
const DELTA_CHAIN_MAX: usize = 8;
/// The longest chain that is read: imported packs bring longer ones.
const DELTA_CHAIN_READ_MAX: usize = 128;
/// Objects smaller than this are stored whole; a delta would save nothing.
const DELTA_BYTES_MIN: usize = 256;
/// Objects whose depth is remembered.
const DEPTHS_KEPT: NonZeroUsize = NonZeroUsize::new(50_000).expect("not zero");
/// Settings that are kept in memory.
const SETTINGS_KEPT: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");
/// How often a closure may ask for further objects before something must be wrong.
const LOAD_ROUNDS_MAX: usize = 100_000;
/// The largest object that is read into memory.
const OBJECT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A transaction with its view of the library's objects.
pub struct Work {
    /// The transaction.
    pub tx: Box<dyn Tx>,
    /// The objects.
    pub overlay: Overlay,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Settings that were read before.
    pub settings: Arc<SettingsCache>,
    writes: bool,
    depths: Arc<DepthCache>,
}

/// Settings as they were read, and what is wrong with them where something is.
type Settings = (Arc<Library>, Option<String>);

/// Settings by the blob they stand in; a blob never changes, so this can never be stale.
pub struct SettingsCache {
    known: Mutex<CLruCache<(WorkspaceId, Oid), Settings>>,
}

impl Default for SettingsCache {
    fn default() -> Self {
        Self {
            known: Mutex::new(CLruCache::new(SETTINGS_KEPT)),
        }
    }
}

impl SettingsCache {
    /// What was read from a blob; reads it where nobody did.
    pub fn get(&self, workspace: WorkspaceId, blob: Oid, text: &[u8]) -> Settings {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&(workspace, blob)) {
            return known.clone();
        }
        let read = match Library::parse(&String::from_utf8_lossy(text)) {
            Ok(library) => (Arc::new(library), None),
            Err(error) => (Arc::default(), Some(error.to_string())),
        };
        known.put((workspace, blob), read.clone());
        read
    }
}

/// How many deltas stand behind stored objects; an object's row never changes.
pub struct DepthCache {
    known: Mutex<CLruCache<(WorkspaceId, Oid), usize>>,
}

impl Default for DepthCache {
    fn default() -> Self {
        Self {
            known: Mutex::new(CLruCache::new(DEPTHS_KEPT)),
        }
    }
}

impl DepthCache {
    fn get(&self, workspace: WorkspaceId, oid: Oid) -> Option<usize> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(workspace, oid)).copied()
    }

    fn put(&self, workspace: WorkspaceId, oid: Oid, depth: usize) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.put((workspace, oid), depth);
    }
}

impl Work {
    /// Begins work that may write.
    pub async fn begin(ctx: &Context, workspace: WorkspaceId) -> Result<Self> {
        let tx = ctx.store.begin(workspace).await?;
        Ok(Self {
            tx,
            overlay: Overlay::new(ctx.objects.clone(), workspace),
            workspace,
            settings: ctx.settings.clone(),
            writes: true,
            depths: ctx.depths.clone(),
        })
    }

    /// Begins work that only reads.
    pub async fn read(ctx: &Context, workspace: WorkspaceId) -> Result<Self> {
        let tx = ctx.store.read().await?;
        Ok(Self {
            tx,
            overlay: Overlay::new(ctx.objects.clone(), workspace),
            workspace,
            settings: ctx.settings.clone(),
            writes: false,
            depths: ctx.depths.clone(),
        })
    }

    /// Sees that every file is found by the words it has now. Saves leave their words for later; whoever
    /// is about to ask for words makes up for it.
    pub async fn find_by_words(&mut self, ctx: &Context) -> Result<()> {
        if !self.tx.words_wait(self.workspace).await? {
            return Ok(());
        }
        if self.writes {
            return Ok(self.tx.index_words(self.workspace).await?);
        }
        let mut tx = ctx.store.begin(self.workspace).await?;
        tx.index_words(self.workspace).await?;
        tx.commit().await?;
        self.tx = ctx.store.read().await?;
        Ok(())
    }

    /// Runs a pure function over the objects; whatever it misses is loaded and it runs again.
    pub async fn with<T>(
        &mut self,
        run: impl Fn(&Overlay) -> std::result::Result<T, GitError> + Send,
    ) -> Result<T>
    where
        T: Send,
    {
        for _ in 0..LOAD_ROUNDS_MAX {
            match run(&self.overlay) {
                Err(GitError::Missing(oids)) => self.load(oids).await?,
                other => return Ok(other?),
            }
        }
        Err(Error::Internal(
            "an operation never had all objects it needs".into(),
        ))
    }

    /// Loads objects from the store, with the objects they are deltas against.
    async fn load(&mut self, wanted: Vec<Oid>) -> Result<()> {
        let mut rows: HashMap<Oid, ObjectRow> = HashMap::new();
        let mut queue = wanted.clone();
        while !queue.is_empty() {
            let found = self.tx.objects(self.workspace, &queue).await?;
            queue = found.iter().filter_map(|row| row.base).collect();
            rows.extend(found.into_iter().map(|row| (row.oid, row)));
            queue.retain(|oid| !rows.contains_key(oid) && self.overlay.get(oid).is_err());
        }
        for oid in wanted {
            self.decode(oid, &rows)?;
        }
        Ok(())
    }

    /// Inflates one object, bases first, and puts all of them into the overlay.
    fn decode(&self, oid: Oid, rows: &HashMap<Oid, ObjectRow>) -> Result<Object> {
        let mut chain = Vec::new();
        let mut next = oid;
        let mut object = loop {
            if let Ok(known) = self.overlay.get(&next) {
                break known;
            }
            let row = rows.get(&next).ok_or_else(|| damaged(next))?;
            if chain.len() > DELTA_CHAIN_READ_MAX {
                return Err(damaged(oid));
            }
            if let Some(base) = row.base {
                chain.push((row, base));
                next = base;
            } else {
                let object = whole(row)?;
                self.overlay.insert_loaded(row.oid, object.clone());
                break object;
            }
        };
        for (row, base) in chain.into_iter().rev() {
            let delta = inflated_delta(row)?;
            let made = apply(row, &object, &delta)?;
            self.overlay
                .insert_patched(row.oid, made.clone(), (base, &object), &delta);
            object = made;
        }
        Ok(object)
    }

    /// Stores the new objects these tips lead to. They become visible with the transaction.
    pub async fn store_objects(&mut self, tips: &[Oid]) -> Result<()> {
        let new = self.overlay.new_objects_of(tips);
        let mut rows = Vec::with_capacity(new.len());
        for (oid, object) in new {
            let row = match self.overlay.base_of(&oid) {
                Some(base) if object.bytes.len() >= DELTA_BYTES_MIN => {
                    self.as_delta(oid, &object, base).await?
                }
                _ => None,
            };
            rows.push(row.unwrap_or_else(|| {
                self.depths.put(self.workspace, oid, 0);
                encode_whole(oid, &object)
            }));
        }
        self.tx.put_objects(self.workspace, &rows).await?;
        Ok(())
    }

    /// The object as a delta, where its base is stored with a short enough chain and it saves room.
    async fn as_delta(
        &mut self,
        oid: Oid,
        object: &Object,
        base: Oid,
    ) -> Result<Option<ObjectRow>> {
        let depth = self.chain_depth(base).await?;
        let Some(depth) = depth.filter(|depth| *depth < DELTA_CHAIN_MAX) else {
            return Ok(None);
        };
        let base_object = self.with(|overlay| overlay.get(&base)).await?;
        if base_object.kind != object.kind {
            return Ok(None);
        }
        let delta = delta::encode_delta(&base_object.bytes, &object.bytes);
        Ok(delta.map(|delta| {
            self.depths.put(self.workspace, oid, depth + 1);
            ObjectRow {
                oid,
                kind: i64::from(object.kind.number()),
                size: i64::try_from(object.bytes.len()).unwrap_or(i64::MAX),
                base: Some(base),
                data: zlib::deflate(&delta),
            }
        }))
    }

    /// How many deltas stand behind a stored object; `None` when it is not stored.
    pub(crate) async fn chain_depth(&mut self, oid: Oid) -> Result<Option<usize>> {
        let mut steps = 0;
        let mut next = oid;
        let mut visited = HashSet::new();
        loop {
            if let Some(known) = self.depths.get(self.workspace, next) {
                steps += known;
                break;
            }
            let rows = self.tx.objects(self.workspace, &[next]).await?;
            let Some(row) = rows.first() else {
                return Ok(None);
            };
            match row.base {
                Some(base) if visited.insert(base) && steps <= DELTA_CHAIN_MAX => {
                    steps += 1;
                    next = base;
                }
                _ => break,
            }
        }
        self.depths.put(self.workspace, oid, steps);
        Ok(Some(steps))
    }

    /// Reads a commit.
    pub async fn commit_data(&mut self, oid: Oid) -> Result<CommitData> {
        self.with(|overlay| parse_commit(&overlay.get_kind(&oid, Kind::Commit)?.bytes))
            .await
    }

    /// Reads a file's bytes.
    pub async fn blob(&mut self, oid: Oid) -> Result<Object> {
        self.with(|overlay| overlay.get_kind(&oid, Kind::Blob))
            .await
    }

    /// Appends an entry to the audit log.
    pub async fn record(&mut self, ctx: &Context, actor: &Actor, what: Happening) -> Result<Entry> {
        if what.reason.chars().count() > RECORD_FIELD_CHARS_MAX {
            return Err(Error::invalid(format!(
                "the reason is longer than {RECORD_FIELD_CHARS_MAX} characters"
            )));
        }
        let head = self.tx.audit_head(self.workspace).await?;
        let by = By {
            id: actor.id,
            kind: actor.kind,
            name: actor.name.clone(),
        };
        let entry = Entry::seal(self.workspace, head, ctx.clock.now(), by, what);
        self.tx.append_entry(&entry).await?;
        Ok(entry)
    }

    /// Makes everything durable and visible.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        self.overlay.commit_to_cache();
        Ok(())
    }
}

/// The row of an object stored whole.
pub fn encode_whole(oid: Oid, object: &Object) -> ObjectRow {
    let data = match object.kind {
        Kind::Tree => zlib::deflate_quickly(&object.bytes),
        _ => zlib::deflate(&object.bytes),
    };
    ObjectRow {
        oid,
        kind: i64::from(object.kind.number()),
        size: i64::try_from(object.bytes.len()).unwrap_or(i64::MAX),
        base: None,
        data,
    }
}

/// Inflates a row that is stored whole.
fn whole(row: &ObjectRow) -> Result<Object> {
    let kind = kind_of(row)?;
    let size = usize::try_from(row.size)
        .ok()
        .filter(|size| *size <= OBJECT_BYTES_MAX);
    let size = size.ok_or_else(|| damaged(row.oid))?;
    let bytes = zlib::inflate(&row.data, size).map_err(|_| damaged(row.oid))?;
    Ok(Object::new(kind, bytes))
}

/// Inflates the delta of a row.
fn inflated_delta(row: &ObjectRow) -> Result<Vec<u8>> {
    let size = usize::try_from(row.size).map_err(|_| damaged(row.oid))?;
    zlib::inflate_up_to(&row.data, size.saturating_add(4_096)).map_err(|_| damaged(row.oid))
}

/// Applies a row's delta to the object it was made against.
fn apply(row: &ObjectRow, base: &Object, delta: &[u8]) -> Result<Object> {
    let kind = kind_of(row)?;
    let size = usize::try_from(row.size).map_err(|_| damaged(row.oid))?;
    let bytes = delta::apply_delta(&base.bytes, delta, size).map_err(|_| damaged(row.oid))?;
    Ok(Object::new(kind, bytes))
}

fn kind_of(row: &ObjectRow) -> Result<Kind> {
    u8::try_from(row.kind)
        .ok()
        .and_then(Kind::from_number)
        .ok_or_else(|| damaged(row.oid))
}

fn damaged(oid: Oid) -> Error {
    Error::Store(StoreError::Corrupt {
        what: "object",
        id: oid.to_string(),
    })
}
