//! Bringing a library in: a bundle with its whole history, or a folder as one version. Nothing is
//! dropped: a prompt that is not valid is kept and flagged.

use std::collections::{HashMap, HashSet};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::Oid;
use variorum_domain::library::MAIN;
use variorum_domain::limits::FILE_BYTES_MAX;
use variorum_domain::record::Note;
use variorum_git::bundle::{Bundle, read_bundle};
use variorum_git::check::check_object;
use variorum_git::commit::{CommitData, parse_commit};
use variorum_git::delta::encode_delta;
use variorum_git::object::Kind;
use variorum_git::pack::{PackError, PackLimits, PackedObject, Stored};
use variorum_git::tree::{Edit, Mode, edit};
use variorum_git::zlib::deflate;
use variorum_ports::rows::{CommitRow, ObjectRow, PathChangeRow};

use crate::context::Context;
use crate::library::head;
use crate::library::index::{Numbers, commit_row, path_changes, refresh_library};
use crate::library::save::{NewCommitOn, write_commit};
use crate::work::{Work, encode_whole};
use crate::{Error, Result};

/// Delta chains of a pack are kept up to this length; what lies deeper is stored whole. Those of
/// directories are not kept: many versions of one are read at a time, so each is made anew from the
/// anchor above it.
const IMPORTED_CHAIN_MAX: usize = 50;
/// Rows written at a time.
const ROWS_PER_WRITE: usize = 500;
/// Findings reported one by one.
const FINDINGS_MAX: usize = 100;
/// Files of a folder.
const FOLDER_FILES_MAX: usize = 200_000;

/// What an import brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// New objects.
    pub objects: usize,
    /// Commits.
    pub commits: usize,
    /// The refs that were set.
    pub refs: Vec<(String, Oid)>,
    /// What `git fsck --strict` would complain about; kept all the same.
    pub findings: Vec<String>,
}

/// Imports a bundle into an empty library; commit ids stay what they are.
pub async fn bundle(ctx: &Context, actor: &Actor, bytes: &[u8]) -> Result<Imported> {
    access::check(actor, Action::Administer, "")?;
    let bundle = read_bundle(bytes, PackLimits::default()).map_err(|error| unreadable(&error))?;
    if !bundle.prerequisites.is_empty() {
        return Err(Error::invalid_with_hint(
            "the bundle holds only a part of the history",
            "make it with `git bundle create library.bundle --all`",
        ));
    }
    let unpacked = unpack(&bundle)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    must_be_empty(&mut work).await?;
    let mut imported = Imported {
        objects: unpacked.rows.len(),
        commits: unpacked.commits.len(),
        refs: branches_and_tags(&bundle),
        findings: unpacked.findings,
    };
    work.tx.put_objects(work.workspace, &unpacked.rows).await?;
    index(&mut work, unpacked.commits).await?;
    let now = ctx.clock.now();
    imported.refs.retain(|(_, oid)| unpacked.oids.contains(oid));
    for (name, oid) in &imported.refs {
        work.tx
            .move_ref(work.workspace, name, None, Some(*oid), now)
            .await?;
    }
    let main = imported
        .refs
        .iter()
        .find(|(name, _)| name == MAIN)
        .map(|(_, oid)| *oid);
    let main = main.ok_or_else(|| {
        Error::invalid_with_hint(
            "the bundle holds no branch `main` or `master`",
            "name the branch you want as the library `main` and make the bundle again",
        )
    })?;
    let tree = work.commit_data(main).await?.tree;
    refresh_library(ctx, &mut work, (None, tree), None).await?;
    let what = Happening::new("library.imported", format!("workspace:{}", actor.workspace))
        .with_evidence(serde_json::json!({
            "commits": imported.commits, "objects": imported.objects, "main": main.to_string(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", "main");
    Ok(imported)
}

fn unreadable(error: &PackError) -> Error {
    Error::invalid(format!("the bundle cannot be read: {error}"))
}

async fn must_be_empty(work: &mut Work) -> Result<()> {
    if head(work, MAIN).await?.is_none() {
        return Ok(());
    }
    Err(Error::Conflict(
        "the library holds versions already; import into an empty one".into(),
    ))
}

struct Unpacked {
    rows: Vec<ObjectRow>,
    oids: HashSet<Oid>,
    commits: Vec<(Oid, CommitData)>,
    findings: Vec<String>,
}

/// Checks every object and keeps its packed body as it is.
fn unpack(bundle: &Bundle<'_>) -> Result<Unpacked> {
    let mut unpacked = Unpacked {
        rows: Vec::with_capacity(bundle.pack.len()),
        oids: HashSet::with_capacity(bundle.pack.len()),
        commits: Vec::new(),
        findings: Vec::new(),
    };
    let mut broken = None;
    let visited = bundle.pack.visit(|packed| {
        let findings = check_object(packed.object.kind, &packed.object.bytes);
        for finding in findings {
            if unpacked.findings.len() < FINDINGS_MAX {
                unpacked
                    .findings
                    .push(format!("{} {}: {finding}", packed.object.kind, packed.oid));
            }
        }
        if packed.object.kind == Kind::Commit {
            match parse_commit(&packed.object.bytes) {
                Ok(data) => unpacked.commits.push((packed.oid, data)),
                Err(error) => broken = Some(format!("commit `{}`: {error}", packed.oid)),
            }
        }
        unpacked.oids.insert(packed.oid);
        unpacked.rows.push(row(&packed));
        Ok(())
    });
    visited.map_err(|error| unreadable(&error))?;
    if let Some(broken) = broken {
        return Err(Error::invalid(broken));
    }
    unpacked.commits = parents_first(unpacked.commits);
    Ok(unpacked)
}

fn row(packed: &PackedObject<'_>) -> ObjectRow {
    let whole = || encode_whole(packed.oid, &packed.object);
    let is_tree = packed.object.kind == Kind::Tree;
    let is_kept = |base: Oid, chain: usize| match &packed.anchor {
        Some(anchor) if is_tree => anchor.oid == base,
        None if is_tree => false,
        _ => chain <= IMPORTED_CHAIN_MAX,
    };
    match packed.stored {
        Stored::Whole(body) => ObjectRow {
            data: body.to_vec(),
            ..header(packed, None)
        },
        Stored::Delta {
            base, chain, body, ..
        } if is_kept(base, chain) => ObjectRow {
            data: body.to_vec(),
            ..header(packed, Some(base))
        },
        Stored::Delta { .. } if is_tree => near_anchor(packed).unwrap_or_else(whole),
        Stored::Delta { .. } => whole(),
    }
}

/// The object made from the anchor above it, where there is one and it saves room.
fn near_anchor(packed: &PackedObject<'_>) -> Option<ObjectRow> {
    let anchor = packed.anchor.as_ref()?;
    let delta = encode_delta(&anchor.bytes, &packed.object.bytes)?;
    Some(ObjectRow {
        data: deflate(&delta),
        ..header(packed, Some(anchor.oid))
    })
}

fn header(packed: &PackedObject<'_>, base: Option<Oid>) -> ObjectRow {
    ObjectRow {
        oid: packed.oid,
        kind: i64::from(packed.object.kind.number()),
        size: i64::try_from(packed.object.bytes.len()).unwrap_or(i64::MAX),
        base,
        data: Vec::new(),
    }
}

/// Every commit after its parents; commits whose parents are not in the bundle come first.
fn parents_first(commits: Vec<(Oid, CommitData)>) -> Vec<(Oid, CommitData)> {
    let mut by_oid: HashMap<Oid, CommitData> = commits.iter().cloned().collect();
    let mut ordered = Vec::with_capacity(commits.len());
    let mut tips: Vec<Oid> = commits.into_iter().map(|(oid, _)| oid).collect();
    // Oldest first keeps the numbers of versions in the order in which they were written.
    tips.sort_by_key(|oid| by_oid.get(oid).map(|data| data.committer.time));
    for tip in tips {
        let mut stack = vec![tip];
        while let Some(oid) = stack.last().copied() {
            let Some(data) = by_oid.get(&oid) else {
                stack.pop();
                continue;
            };
            let waiting: Vec<Oid> = data
                .parents
                .iter()
                .filter(|parent| by_oid.contains_key(parent))
                .copied()
                .collect();
            if waiting.is_empty() {
                stack.pop();
                if let Some(data) = by_oid.remove(&oid) {
                    ordered.push((oid, data));
                }
            } else {
                stack.extend(waiting);
            }
        }
    }
    ordered
}

/// Branches and tags under our names; `master` becomes `main` where there is no `main`.
fn branches_and_tags(bundle: &Bundle<'_>) -> Vec<(String, Oid)> {
    let mut refs: Vec<(String, Oid)> = bundle
        .refs
        .iter()
        .filter(|(name, _)| name.starts_with("refs/heads/") || name.starts_with("refs/tags/"))
        .cloned()
        .collect();
    if !refs.iter().any(|(name, _)| name == MAIN) {
        let head = bundle
            .refs
            .iter()
            .find(|(name, _)| name == "HEAD")
            .map(|(_, oid)| *oid);
        let master = refs
            .iter()
            .position(|(name, _)| name == "refs/heads/master");
        match (master, head) {
            (Some(place), _) => MAIN.clone_into(&mut refs[place].0),
            (None, Some(oid)) => refs.push((MAIN.to_owned(), oid)),
            (None, None) => {}
        }
    }
    refs.sort();
    refs.dedup_by(|a, b| a.0 == b.0);
    refs
}

/// Indexes commits, parents first.
pub(super) async fn index(work: &mut Work, commits: Vec<(Oid, CommitData)>) -> Result<()> {
    let mut numbers = Numbers::default();
    let mut commit_rows: Vec<CommitRow> = Vec::new();
    let mut path_rows: Vec<PathChangeRow> = Vec::new();
    for (oid, data) in commits {
        path_rows.extend(path_changes(work, oid, &data, &mut numbers).await?);
        commit_rows.push(commit_row(oid, &data));
        if commit_rows.len() >= ROWS_PER_WRITE {
            work.tx.put_commits(work.workspace, &commit_rows).await?;
            work.tx.put_path_changes(work.workspace, &path_rows).await?;
            commit_rows.clear();
            path_rows.clear();
        }
    }
    work.tx.put_commits(work.workspace, &commit_rows).await?;
    work.tx.put_path_changes(work.workspace, &path_rows).await?;
    Ok(())
}

/// Imports a folder's files as one version on `main`; files that are there already are replaced.
pub async fn folder(
    ctx: &Context,
    actor: &Actor,
    files: Vec<(String, Vec<u8>)>,
    note: &Note,
) -> Result<Imported> {
    access::check(actor, Action::Administer, "")?;
    note.check()?;
    if files.is_empty() || files.len() > FOLDER_FILES_MAX {
        return Err(Error::invalid(format!(
            "a folder must hold 1 to {FOLDER_FILES_MAX} files"
        )));
    }
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let head = head(&mut work, MAIN).await?;
    let mut edits = Vec::with_capacity(files.len());
    let mut findings = Vec::new();
    for (path, bytes) in files {
        if bytes.len() > FILE_BYTES_MAX {
            findings.push(format!(
                "`{path}` is larger than {FILE_BYTES_MAX} bytes and was left out"
            ));
            continue;
        }
        let oid = work.overlay.put(Kind::Blob, bytes)?;
        edits.push((
            path,
            Edit::Upsert {
                mode: Mode::File,
                oid,
            },
        ));
    }
    let before = head.as_ref().map(|(_, data)| data.tree);
    let tree = work.with(|overlay| edit(overlay, before, &edits)).await?;
    if before == Some(tree) {
        return Err(Error::invalid(
            "the library holds all these files already, with this content",
        ));
    }
    let parents = head.iter().map(|(oid, _)| *oid).collect();
    let new = NewCommitOn {
        name: MAIN,
        tree,
        parents,
        note,
        author: None,
    };
    let (oid, _) = write_commit(ctx, &mut work, actor, new).await?;
    let objects = work.overlay.new_objects().len();
    work.commit().await?;
    ctx.announce(actor.workspace, "library", "main");
    Ok(Imported {
        objects,
        commits: 1,
        refs: vec![(MAIN.to_owned(), oid)],
        findings,
    })
}
