//! Which files a pushed commit changed, and whether the library takes them.

use std::collections::{HashMap, HashSet};

use variorum_domain::id::Oid;
use variorum_domain::limits::FILE_BYTES_MAX;
use variorum_git::commit::CommitData;
use variorum_git::diff::{Change, tree_diff};
use variorum_git::object::Kind;
use variorum_git::tree::{check_path, list_dir};

use super::receive::Incoming;
use super::{Refusal, Step};
use crate::Result;
use crate::work::Work;

/// What is remembered over the commits of one push.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Changed files so far, each change counted.
    pub changes: usize,
    /// Names in a directory of a tree, folded, with how often they are there.
    names: HashMap<(Oid, String), HashMap<String, usize>>,
}

/// The changes that a commit itself made: what differs from every parent.
pub(super) async fn own_changes(work: &mut Work, data: &CommitData) -> Result<Vec<Change>> {
    let mut parents = data.parents.iter();
    let first = match parents.next() {
        Some(parent) => Some(work.commit_data(*parent).await?.tree),
        None => None,
    };
    let mut own = work
        .with(|overlay| tree_diff(overlay, first, Some(data.tree)))
        .await?;
    for parent in parents {
        let tree = work.commit_data(*parent).await?.tree;
        let differs = work
            .with(|overlay| tree_diff(overlay, Some(tree), Some(data.tree)))
            .await?;
        let differs: HashSet<&str> = differs.iter().map(|change| change.path.as_str()).collect();
        own.retain(|change| differs.contains(change.path.as_str()));
    }
    Ok(own)
}

/// Checks what a commit made of files: what they are, how they are called, how large they are.
pub(super) async fn check(
    work: &mut Work,
    incoming: &Incoming,
    commit: Oid,
    tree: Oid,
    own: &[Change],
    places: &mut Places,
) -> Step<()> {
    for change in own {
        let Some(new) = change.new else { continue };
        if !new.mode.is_file() {
            let line = format!(
                "commit {}: `{}` is a {}, which the library does not take; it holds plain files only",
                short(commit),
                shown(&change.path),
                new.mode.describe()
            );
            return Ok(Err(Refusal::one("not a plain file", line)));
        }
        if change.old.is_none() {
            if let Err(error) = check_path(&change.path) {
                let line = format!("commit {}: {error}", short(commit));
                return Ok(Err(Refusal::one("a file's name is refused", line)));
            }
            if let Some(place) = collides(work, tree, &change.path, places).await? {
                let line = format!(
                    "commit {}: `{}` differs from another name in `{place}` by upper and lower case \
                     only; rename one of them, since some computers cannot hold both",
                    short(commit),
                    shown(&change.path)
                );
                return Ok(Err(Refusal::one("two names differ by case only", line)));
            }
        }
        let size = incoming
            .get(&new.oid)
            .filter(|object| object.kind == Kind::Blob)
            .map_or(0, |object| object.bytes.len());
        if size > FILE_BYTES_MAX {
            let line = format!(
                "commit {}: `{}` is {size} bytes long, the limit is {FILE_BYTES_MAX}; take it out of \
                 the history, then push again",
                short(commit),
                shown(&change.path)
            );
            return Ok(Err(Refusal::one("a file is too large", line)));
        }
    }
    Ok(Ok(()))
}

/// The directory in which a part of the path stands beside the same name in another case.
async fn collides(
    work: &mut Work,
    tree: Oid,
    path: &str,
    places: &mut Places,
) -> Result<Option<String>> {
    let mut directory = String::new();
    for part in path.split('/') {
        let key = (tree, directory.clone());
        if !places.names.contains_key(&key) {
            // Only the tree of one commit at a time is of interest.
            places.names.retain(|(known, _), _| *known == tree);
            let listed = work
                .with(|overlay| list_dir(overlay, tree, &directory))
                .await?;
            let mut names: HashMap<String, usize> = HashMap::new();
            for entry in listed.unwrap_or_default() {
                *names.entry(entry.name.to_lowercase()).or_default() += 1;
            }
            places.names.insert(key.clone(), names);
        }
        let names = places.names.get(&key);
        let count = names.and_then(|names| names.get(&part.to_lowercase()));
        if count.copied().unwrap_or(0) > 1 {
            return Ok(Some(if directory.is_empty() {
                "the top folder".to_owned()
            } else {
                directory
            }));
        }
        if !directory.is_empty() {
            directory.push('/');
        }
        directory.push_str(part);
    }
    Ok(None)
}

/// An id as people see it.
pub(super) fn short(oid: Oid) -> String {
    oid.to_string().chars().take(10).collect()
}

/// A path on one line of a terminal: control characters could say anything there.
pub(super) fn shown(path: &str) -> String {
    path.chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect()
}
