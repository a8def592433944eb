//! Bare repositories on disk that follow the store, one a workspace, for the real `git` to read.
//!
//! A mirror is a copy and nothing more: thrown away, it comes back with the next fetch. Only this
//! module writes into it, with one writer at a time, and only what was read in one snapshot. Its place
//! in the store is noted last, so that what a crash left half done is done again. Nothing is flushed
//! to the disk: a mirror that was written before the machine was started is not trusted.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use variorum_app::Context;
use variorum_app::transfer::mirror::{Changes, Place, changes_since};
use variorum_domain::access::Actor;
use variorum_domain::id::{Oid, WorkspaceId};

use crate::limits::{COMPLAINT_BYTES_MAX, LOOSE_OBJECTS_PER_SYNC, SYNC_TIMEOUT};
use crate::maintenance;
use crate::program::GitProgram;

/// The file that says up to where a mirror has come.
const STATE_FILE: &str = "variorum.json";
/// Changes whenever this machine is started; there is none on other systems.
const BOOT_FILE: &str = "/proc/sys/kernel/random/boot_id";
/// The mirror's own settings.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[gc]\n\tauto = 0\n";

/// Why a mirror could not catch up.
#[derive(Debug, Error)]
pub(crate) enum SyncError {
    /// The use case refused, or the store failed.
    #[error(transparent)]
    App(#[from] variorum_app::Error),
    /// A file could not be written.
    #[error("the mirror in `{folder}` cannot be written")]
    Io {
        /// Which mirror.
        folder: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// `git` refused what it was given.
    #[error("`git index-pack` failed: {0}")]
    Git(String),
    /// It took too long.
    #[error("the mirror did not catch up in time")]
    TooSlow,
}

/// All mirrors of this process.
pub(crate) struct Mirrors {
    folder: PathBuf,
    pub(crate) git: GitProgram,
    boot: String,
    known: Mutex<HashMap<WorkspaceId, Arc<tokio::sync::Mutex<Known>>>>,
}

/// What is known of one mirror; the lock around it makes its writer the only one.
#[derive(Debug, Default)]
pub(crate) struct Known {
    state: Option<MirrorState>,
    is_read: bool,
    refs: Vec<u8>,
    pub(crate) is_maintained: bool,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MirrorState {
    boot: String,
    seq: i64,
    oid: String,
    /// Loose objects written since it was last packed.
    pub(crate) loose: u64,
    /// Packs written since it was last packed.
    pub(crate) packs: u64,
    /// Whether it holds a large pack that was never looked after.
    pub(crate) is_raw: bool,
}

impl MirrorState {
    fn place(&self) -> Option<Place> {
        let oid: Oid = self.oid.parse().ok()?;
        (self.seq > 0).then_some(Place { seq: self.seq, oid })
    }
}

impl Mirrors {
    pub(crate) fn new(folder: PathBuf, git: GitProgram) -> Self {
        let boot = std::fs::read_to_string(BOOT_FILE).unwrap_or_default();
        Self {
            folder,
            git,
            boot: boot.trim().to_owned(),
            known: Mutex::default(),
        }
    }

    /// Where a workspace's mirror is.
    pub(crate) fn path(&self, workspace: WorkspaceId) -> PathBuf {
        self.folder.join(format!("{workspace}.git"))
    }

    /// Where what was fetched from a remote is.
    pub(crate) fn remote_path(&self, workspace: WorkspaceId, name: &str) -> PathBuf {
        self.folder
            .join("remotes")
            .join(format!("{workspace}-{name}.git"))
    }

    pub(crate) fn known(&self, workspace: WorkspaceId) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(workspace).or_default().clone()
    }

    /// Brings the mirror of the actor's workspace up to what the store holds now.
    pub(crate) async fn sync(
        self: &Arc<Self>,
        ctx: &Context,
        actor: &Actor,
    ) -> Result<PathBuf, SyncError> {
        let folder = self.path(actor.workspace);
        let known = self.known(actor.workspace);
        let mut known = known.lock().await;
        let caught_up = self.catch_up(ctx, actor, &folder, &mut known);
        match tokio::time::timeout(SYNC_TIMEOUT, caught_up).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                // What is there may be half written.
                *known = Known::default();
                return Err(error);
            }
            Err(_) => {
                *known = Known::default();
                return Err(SyncError::TooSlow);
            }
        }
        let due = known.state.as_ref().is_some_and(maintenance::is_due);
        if due && !known.is_maintained {
            known.is_maintained = true;
            maintenance::start(self.clone(), actor.workspace);
        }
        Ok(folder)
    }

    async fn catch_up(
        &self,
        ctx: &Context,
        actor: &Actor,
        folder: &Path,
        known: &mut Known,
    ) -> Result<(), SyncError> {
        let io = |source| SyncError::Io {
            folder: folder.display().to_string(),
            source,
        };
        let is_there = std::fs::exists(folder.join("HEAD")).map_err(io)?;
        if !known.is_read || !is_there {
            known.state = self.read_state(folder);
            known.refs = std::fs::read(folder.join("packed-refs")).unwrap_or_default();
            known.is_read = true;
        }
        let from = known.state.as_ref().and_then(MirrorState::place);
        let mut changes = changes_since(ctx, actor, from).await?;
        let mut state = match known.state.take().filter(|_| changes.continues()) {
            Some(state) => state,
            None => {
                begin_anew(folder).map_err(io)?;
                known.refs.clear();
                MirrorState::default()
            }
        };
        let count = changes.count();
        if count > LOOSE_OBJECTS_PER_SYNC {
            self.index_pack(folder, &mut changes).await?;
            state.packs += 1;
            state.is_raw |= count > crate::limits::LOOSE_OBJECTS_MAX;
        } else if count > 0 {
            let files = changes.loose_objects().await?;
            write_loose(folder, &files).map_err(io)?;
            state.loose += count;
        }
        let refs = packed_refs(changes.refs());
        if refs != known.refs {
            replace(folder, "packed-refs", &refs).map_err(io)?;
            known.refs = refs;
        }
        if let Some(place) = changes.place() {
            state.boot.clone_from(&self.boot);
            (state.seq, state.oid) = (place.seq, place.oid.to_string());
            if count > 0 {
                save_state(folder, &state).map_err(io)?;
            }
        }
        known.state = Some(state);
        Ok(())
    }

    fn read_state(&self, folder: &Path) -> Option<MirrorState> {
        let text = std::fs::read_to_string(folder.join(STATE_FILE)).ok()?;
        let state: MirrorState = serde_json::from_str(&text).ok()?;
        let is_whole = folder.join("objects").is_dir() && folder.join("HEAD").is_file();
        (is_whole && !self.boot.is_empty() && state.boot == self.boot).then_some(state)
    }

    /// Notes what upkeep has done.
    pub(crate) fn note_packed(
        &self,
        workspace: WorkspaceId,
        known: &mut Known,
        before: &MirrorState,
    ) {
        if let Some(state) = &mut known.state {
            state.loose = state.loose.saturating_sub(before.loose);
            state.packs = state.packs.saturating_sub(before.packs);
            state.is_raw = false;
            if let Err(error) = save_state(&self.path(workspace), state) {
                tracing::warn!(workspace = %workspace, error = %error, "the mirror's state cannot be written");
            }
        }
    }

    /// Throws a mirror away; the next fetch makes it anew.
    pub(crate) async fn discard(&self, workspace: WorkspaceId) {
        let known = self.known(workspace);
        *known.lock().await = Known::default();
        // Without its state a mirror is not trusted, whatever else is left of it.
        drop(std::fs::remove_file(self.path(workspace).join(STATE_FILE)));
    }

    /// Looks whether a mirror still has what its refs point to, after a fetch from it has failed.
    pub(crate) async fn check(&self, workspace: WorkspaceId) -> bool {
        let git_dir = format!("--git-dir={}", self.path(workspace).display());
        let arguments = [git_dir.as_str(), "for-each-ref", "--format=%(objecttype)"];
        let output = self.git.command(&arguments).output().await;
        output.is_ok_and(|output| output.status.success())
    }

    async fn index_pack(&self, folder: &Path, changes: &mut Changes) -> Result<(), SyncError> {
        let git_dir = format!("--git-dir={}", folder.display());
        let arguments = [git_dir.as_str(), "index-pack", "--stdin", "--fix-thin"];
        let failed = |error: io::Error| SyncError::Git(error.to_string());
        let mut child = self
            .git
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut input = child.stdin.take();
        let said = tokio::spawn(complaint(child.stderr.take()));
        while let Some(bytes) = changes.next_pack_bytes().await? {
            let Some(input) = &mut input else { break };
            if input.write_all(&bytes).await.is_err() {
                // It has ended; what it says tells why.
                break;
            }
        }
        drop(input);
        let status = child.wait().await.map_err(failed)?;
        let said = said.await.unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        Err(SyncError::Git(said))
    }
}

impl Known {
    pub(crate) fn state(&self) -> Option<&MirrorState> {
        self.state.as_ref()
    }
}

/// What a program says about an error, cut to a length.
pub(crate) async fn complaint(source: Option<tokio::process::ChildStderr>) -> String {
    let mut text = Vec::new();
    if let Some(mut source) = source {
        let kept = (&mut source).take(COMPLAINT_BYTES_MAX);
        let mut kept = kept;
        // What cannot be read is not there to be shown.
        drop(kept.read_to_end(&mut text).await);
        drop(tokio::io::copy(&mut source, &mut tokio::io::sink()).await);
    }
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// Makes an empty repository where there may be the rest of an older one.
fn begin_anew(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for part in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        std::fs::create_dir_all(folder.join(part))?;
    }
    std::fs::write(folder.join("config"), CONFIG)?;
    std::fs::write(folder.join("HEAD"), "ref: refs/heads/main\n")
}

fn write_loose(folder: &Path, files: &[(Oid, Vec<u8>)]) -> io::Result<()> {
    for (oid, bytes) in files {
        let name = oid.to_string();
        let (directory, rest) = name.split_at(2);
        let directory = folder.join("objects").join(directory);
        let file = directory.join(rest);
        if file.exists() {
            continue;
        }
        std::fs::create_dir_all(&directory)?;
        let fresh = directory.join(format!("tmp_obj_{rest}"));
        std::fs::write(&fresh, bytes)?;
        std::fs::rename(fresh, file)?;
    }
    Ok(())
}

/// All refs in one file, which is replaced as a whole: a reader sees all of them before or after.
fn packed_refs(refs: &[(String, Oid)]) -> Vec<u8> {
    let mut text = b"# pack-refs with: sorted \n".to_vec();
    for (name, oid) in refs {
        text.extend_from_slice(format!("{oid} {name}\n").as_bytes());
    }
    text
}

fn save_state(folder: &Path, state: &MirrorState) -> io::Result<()> {
    replace(folder, STATE_FILE, &serde_json::to_vec(state)?)
}

fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = folder.join(format!("{name}.new"));
    std::fs::write(&fresh, bytes)?;
    std::fs::rename(fresh, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_stand_in_one_sorted_file() {
        let refs = [
            ("refs/heads/main".to_owned(), Oid([1; 20])),
            ("refs/tags/release/1".to_owned(), Oid([2; 20])),
        ];
        let text = String::from_utf8(packed_refs(&refs)).unwrap();
        assert!(text.starts_with("# pack-refs with: sorted \n0101"));
        assert!(text.ends_with(" refs/tags/release/1\n"));
    }

    #[test]
    fn a_state_of_another_start_of_the_machine_is_not_trusted() {
        let state = MirrorState {
            seq: 7,
            oid: Oid([3; 20]).to_string(),
            ..MirrorState::default()
        };
        assert_eq!(state.place().map(|place| place.seq), Some(7));
        assert_eq!(MirrorState::default().place(), None);
    }
}
