//! How far tables are that are being taken in, and a way to stop one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{Time, WorkspaceId};

use crate::context::Context;
use crate::{Error, Result};

/// Tables that may be taken in at once by a key.
const UPLOADS_AT_ONCE_MAX: usize = 100;
/// Characters of a key.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 8..=64;
/// News of progress come at most this often.
const ANNOUNCE_EVERY_US: i64 = 500_000;

type Key = (WorkspaceId, String);

/// Tables that are being taken in.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<HashMap<Key, Arc<State>>>);

#[derive(Debug, Default)]
struct State {
    rows: AtomicU64,
    total: AtomicU64,
    stores: AtomicBool,
    is_cancelled: AtomicBool,
    told: Mutex<Option<Time>>,
}

/// How far a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadProgress {
    /// Rows are being stored; before that they are looked at.
    pub stores: bool,
    /// Rows of this pass that are done.
    pub rows: u64,
    /// Rows there are, once they were counted.
    pub total: Option<u64>,
}

impl Uploads {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<State>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A table under way; forgotten when it is dropped, however it ends.
pub(super) struct Running<'a> {
    ctx: &'a Context,
    key: Option<Key>,
    state: Arc<State>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.ctx.uploads.lock().remove(key);
        }
    }
}

impl<'a> Running<'a> {
    /// Begins; by a key it can be asked about and stopped.
    pub(super) fn begin(ctx: &'a Context, actor: &Actor, key: Option<&str>) -> Result<Self> {
        let state = Arc::<State>::default();
        let Some(key) = key else {
            return Ok(Self {
                ctx,
                key: None,
                state,
            });
        };
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if !KEY_CHARS.contains(&key.len()) || !key.chars().all(fits) {
            return Err(Error::invalid_with_hint(
                "`progress` must have 8 to 64 letters, digits and `-`",
                "make up one for each upload, e.g. a random UUID",
            ));
        }
        let key = (actor.workspace, key.to_owned());
        let mut known = ctx.uploads.lock();
        if known.len() >= UPLOADS_AT_ONCE_MAX || known.contains_key(&key) {
            return Err(Error::Conflict(
                "an upload of that key is under way, or too many are".to_owned(),
            ));
        }
        known.insert(key.clone(), state.clone());
        drop(known);
        Ok(Self {
            ctx,
            key: Some(key),
            state,
        })
    }

    /// From now on rows are stored, of which there are so many.
    pub(super) fn stores(&self, total: u64) {
        self.state.rows.store(0, Ordering::Relaxed);
        self.state.total.store(total, Ordering::Relaxed);
        self.state.stores.store(true, Ordering::Relaxed);
    }

    /// Notes that further rows are done; tells whether to go on.
    pub(super) fn go_on(&self, rows: usize) -> bool {
        self.state.rows.fetch_add(rows as u64, Ordering::Relaxed);
        if let Some((workspace, key)) = &self.key {
            let now = self.ctx.clock.now();
            let mut told = self
                .state
                .told
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let is_due = told.is_none_or(|last| now.0 - last.0 >= ANNOUNCE_EVERY_US);
            if is_due {
                *told = Some(now);
                self.ctx.announce(*workspace, "upload", key);
            }
        }
        !self.state.is_cancelled.load(Ordering::Relaxed)
    }
}

fn found(ctx: &Context, actor: &Actor, key: &str) -> Result<Arc<State>> {
    access::check(actor, Action::SendEvents, "")?;
    let known = ctx.uploads.lock();
    let state = known.get(&(actor.workspace, key.to_owned())).cloned();
    state.ok_or_else(|| Error::not_found("upload", key))
}

/// How far the upload of a key is.
pub fn progress(ctx: &Context, actor: &Actor, key: &str) -> Result<UploadProgress> {
    let state = found(ctx, actor, key)?;
    let total = state.total.load(Ordering::Relaxed);
    Ok(UploadProgress {
        stores: state.stores.load(Ordering::Relaxed),
        rows: state.rows.load(Ordering::Relaxed),
        total: Some(total).filter(|total| *total > 0),
    })
}

/// Stops the upload of a key. What is stored already stays, and its entry says that it was stopped.
pub fn cancel(ctx: &Context, actor: &Actor, key: &str) -> Result<()> {
    let state = found(ctx, actor, key)?;
    state.is_cancelled.store(true, Ordering::Relaxed);
    Ok(())
}
