//! Upkeep of mirrors: many small files become one pack with a bitmap, in the background. No object is
//! ever dropped by it.

use std::process::Stdio;
use std::sync::Arc;

use variorum_domain::id::WorkspaceId;

use crate::limits::{LOOSE_OBJECTS_MAX, MAINTENANCE_TIMEOUT, PACKS_MAX};
use crate::mirror::{MirrorState, Mirrors, complaint};

/// Whether a mirror has become slow to read.
pub(crate) fn is_due(state: &MirrorState) -> bool {
    state.is_raw || state.loose > LOOSE_OBJECTS_MAX || state.packs > PACKS_MAX
}

/// Packs a mirror, while it is read and followed.
pub(crate) fn start(mirrors: Arc<Mirrors>, workspace: WorkspaceId) {
    drop(tokio::spawn(async move {
        let known = mirrors.known(workspace);
        let Some(before) = known.lock().await.state().cloned() else {
            return;
        };
        let repack = [
            "repack",
            "-a",
            "-d",
            "--keep-unreachable",
            "--quiet",
            "--write-bitmap-index",
        ];
        let graph = [
            "commit-graph",
            "write",
            "--reachable",
            "--changed-paths",
            "--no-progress",
        ];
        let done =
            run(&mirrors, workspace, &repack).await && run(&mirrors, workspace, &graph).await;
        let mut known = known.lock().await;
        known.is_maintained = false;
        if done {
            mirrors.note_packed(workspace, &mut known, &before);
        }
    }));
}

async fn run(mirrors: &Mirrors, workspace: WorkspaceId, arguments: &[&str]) -> bool {
    let git_dir = format!("--git-dir={}", mirrors.path(workspace).display());
    let all: Vec<&str> = std::iter::once(git_dir.as_str())
        .chain(arguments.iter().copied())
        .collect();
    let mut command = mirrors.git.command(&all);
    let spawned = command.stdout(Stdio::null()).spawn();
    let Ok(mut child) = spawned else { return false };
    let said = tokio::spawn(complaint(child.stderr.take()));
    let status = tokio::time::timeout(MAINTENANCE_TIMEOUT, child.wait()).await;
    let succeeded = matches!(status, Ok(Ok(status)) if status.success());
    if !succeeded {
        drop(child);
        let said = said.await.unwrap_or_default();
        tracing::warn!(workspace = %workspace, command = arguments.first(), said, "upkeep of a mirror failed");
    }
    succeeded
}
