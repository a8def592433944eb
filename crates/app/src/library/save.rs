//! Saving a version: one commit that changes some files of a draft or of `main`.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::canonical;
use variorum_domain::id::{Oid, Time};
use variorum_domain::library::MAIN;
use variorum_domain::limits::{FILE_BYTES_MAX, FILES_PER_SAVE_MAX};
use variorum_domain::policy::Way;
use variorum_domain::record::Note;
use variorum_git::commit::{CommitData, NewCommit, encode_commit};
use variorum_git::merge::{MergeLabels, merge_trees};
use variorum_git::object::Kind;
use variorum_git::signature::Signature;
use variorum_git::sshsig::sign_commit;
use variorum_git::tree::{Edit, Mode, edit, entry_at};

use super::index::{self, FileVersion};
use super::{contracts, draft_name, gate, head, ref_name};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, signatures};

/// What to save.
#[derive(Debug, Clone, Default)]
pub struct SaveVersion {
    /// The draft; `main` where not given.
    pub draft: Option<String>,
    /// The commit the author started from; the newest where not given.
    pub base: Option<Oid>,
    /// Who wrote it, where that is not the actor: name and address. The actor is the committer.
    pub author: Option<(String, String)>,
    /// What changed and why.
    pub note: Note,
    /// The files: new content, or `None` to delete.
    pub files: Vec<(String, Option<Vec<u8>>)>,
    /// Whether this tells what happened elsewhere, before the rules of today; no door of the server
    /// says so.
    pub told: bool,
}

/// A saved version.
#[derive(Debug, Clone)]
pub struct Saved {
    /// Its commit.
    pub commit: Oid,
    /// The draft it was saved on.
    pub draft: String,
    /// The files with their numbers.
    pub versions: Vec<FileVersion>,
    /// The files that others had changed since the author began, and which now hold both.
    pub joined: Vec<String>,
}

/// Saves a version.
pub async fn save_version(ctx: &Context, actor: &Actor, cmd: SaveVersion) -> Result<Saved> {
    check(actor, &ref_name(cmd.draft.as_deref())?, &cmd)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let saved = save_in(ctx, &mut work, actor, &cmd).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "library", saved.draft.clone());
    Ok(saved)
}

/// Saves a version within other work; the caller commits.
pub(crate) async fn save_in(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    cmd: &SaveVersion,
) -> Result<Saved> {
    let name = ref_name(cmd.draft.as_deref())?;
    check(actor, &name, cmd)?;
    let head = head(work, &name).await?;
    if head.is_none() && name != MAIN {
        return Err(Error::not_found("draft", draft_name(&name)));
    }
    let (tree, joined) = new_tree(work, head.as_ref(), cmd).await?;
    if head.as_ref().is_some_and(|(_, data)| data.tree == tree) {
        return Err(Error::invalid_with_hint(
            "nothing changed: the files already have this content",
            "the newest version is still there; change something before saving",
        ));
    }
    if !cmd.told {
        check_tree(ctx, work, &name, (head.as_ref(), tree), cmd).await?;
    }
    let parents = head.iter().map(|(oid, _)| *oid).collect();
    let author = cmd.author.as_ref();
    let commit = NewCommitOn {
        name: &name,
        tree,
        parents,
        note: &cmd.note,
        author,
    };
    let (oid, versions) = write_commit(ctx, work, actor, commit).await?;
    Ok(Saved {
        commit: oid,
        draft: draft_name(&name).to_owned(),
        versions,
        joined,
    })
}

/// Checks what the version would leave: on `main` against everything, on a draft what is saved by
/// itself, so that the rest can be mended by later versions.
async fn check_tree(
    ctx: &Context,
    work: &mut Work,
    name: &str,
    (head, tree): (Option<&(Oid, CommitData)>, Oid),
    cmd: &SaveVersion,
) -> Result<()> {
    if name == MAIN {
        let before = head.map(|(_, data)| data.tree);
        return gate::check_main(ctx, work, before, tree, &[&cmd.note], Way::Direct).await;
    }
    let saved = cmd.files.iter().filter(|(_, content)| content.is_some());
    let paths = saved.map(|(path, _)| path.as_str());
    contracts::check_own(ctx, work, tree, paths).await
}

/// Checks rights and limits before anything is read.
fn check(actor: &Actor, ref_name: &str, cmd: &SaveVersion) -> Result<()> {
    cmd.note.check()?;
    if cmd.files.is_empty() {
        return Err(Error::invalid("a version must change at least one file"));
    }
    if cmd.files.len() > FILES_PER_SAVE_MAX {
        return Err(Error::invalid(format!(
            "a version may change at most {FILES_PER_SAVE_MAX} files, this one changes {}",
            cmd.files.len()
        )));
    }
    let action = if ref_name == MAIN {
        Action::Publish
    } else {
        Action::WriteDraft
    };
    for (path, content) in &cmd.files {
        access::check(actor, action, path)?;
        let size = content.as_ref().map_or(0, Vec::len);
        if size > FILE_BYTES_MAX {
            let message = format!("`{path}` is {size} bytes long, the limit is {FILE_BYTES_MAX}");
            return Err(Error::invalid(message));
        }
    }
    Ok(())
}

/// The tree after the changes, merged with what others have saved since the author began; and the
/// files of these in which both stand.
async fn new_tree(
    work: &mut Work,
    head: Option<&(Oid, CommitData)>,
    cmd: &SaveVersion,
) -> Result<(Oid, Vec<String>)> {
    let head_tree = head.map(|(_, data)| data.tree);
    let base_tree = match (cmd.base, head) {
        (Some(base), Some((oid, _))) if base != *oid => {
            let known = work.tx.commits(work.workspace, &[base]).await?;
            let known = known
                .first()
                .ok_or_else(|| Error::not_found("version", base))?;
            Some(known.tree)
        }
        _ => head_tree,
    };
    let edits = write_blobs(work, base_tree, cmd).await?;
    let theirs = work
        .with(|overlay| edit(overlay, base_tree, &edits))
        .await?;
    let (Some(base), Some(ours)) = (base_tree, head_tree) else {
        return Ok((theirs, Vec::new()));
    };
    if base == ours {
        return Ok((theirs, Vec::new()));
    }
    let labels = MergeLabels {
        base: "before".into(),
        ours: "saved first".into(),
        theirs: "yours".into(),
    };
    let merged = work
        .with(|overlay| merge_trees(overlay, Some(base), ours, theirs, &labels))
        .await?;
    match (merged.tree, head) {
        (Some(tree), _) => Ok((tree, joined(work, (theirs, tree), cmd).await?)),
        (None, Some((oid, _))) => Err(Error::Clash {
            conflicts: merged.conflicts,
            head: *oid,
        }),
        (None, None) => Err(Error::Internal("a merge without a head".into())),
    }
}

/// The files of a version that came out of the merge other than their author wrote them.
async fn joined(
    work: &mut Work,
    (theirs, merged): (Oid, Oid),
    cmd: &SaveVersion,
) -> Result<Vec<String>> {
    let mut both = Vec::new();
    for (path, _) in &cmd.files {
        let written = work.with(|overlay| entry_at(overlay, theirs, path)).await?;
        let stands = work.with(|overlay| entry_at(overlay, merged, path)).await?;
        if written != stands {
            both.push(path.clone());
        }
    }
    Ok(both)
}

async fn write_blobs(
    work: &mut Work,
    base_tree: Option<Oid>,
    cmd: &SaveVersion,
) -> Result<Vec<(String, Edit)>> {
    let mut edits = Vec::with_capacity(cmd.files.len());
    for (path, content) in &cmd.files {
        let before = match base_tree {
            Some(tree) => work.with(|overlay| entry_at(overlay, tree, path)).await?,
            None => None,
        };
        let edit = match content {
            Some(bytes) => {
                let oid = work.overlay.put(Kind::Blob, bytes.as_slice())?;
                if let Some(before) = before {
                    work.overlay.suggest_base(oid, before.oid);
                }
                let mode = before.map(|entry| entry.mode).filter(|mode| mode.is_file());
                Edit::Upsert {
                    mode: mode.unwrap_or(Mode::File),
                    oid,
                }
            }
            None if before.is_none() => return Err(Error::not_found("file", path)),
            None => Edit::Remove,
        };
        edits.push((path.clone(), edit));
    }
    Ok(edits)
}

/// A commit about to be written onto a branch.
pub(crate) struct NewCommitOn<'a> {
    /// The branch.
    pub name: &'a str,
    /// The tree.
    pub tree: Oid,
    /// The parents; the first is where the branch stands.
    pub parents: Vec<Oid>,
    /// The message.
    pub note: &'a Note,
    /// Who wrote it, where that is not the actor.
    pub author: Option<&'a (String, String)>,
}

/// Writes the commit, moves the branch, indexes and records; the caller commits the transaction.
pub(crate) async fn write_commit(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    new: NewCommitOn<'_>,
) -> Result<(Oid, Vec<FileVersion>)> {
    let now = ctx.clock.now();
    let at = Time::from_seconds(now.seconds());
    let signature = Signature::utc(&actor.name, &actor.email, at);
    let author = new
        .author
        .map(|(name, email)| Signature::utc(name, email, at));
    let data = NewCommit {
        tree: new.tree,
        parents: new.parents.clone(),
        author: author.unwrap_or_else(|| signature.clone()),
        committer: signature,
        extra_headers: Vec::new(),
        message: new.note.to_message(),
    };
    let key = signatures::server_key(ctx, work).await?;
    let data = sign_commit(data, &key)?;
    let oid = work.overlay.put(Kind::Commit, encode_commit(&data)?)?;
    work.store_objects(&[oid]).await?;
    let before = new.parents.first().copied();
    work.tx
        .move_ref(work.workspace, new.name, before, Some(oid), now)
        .await?;
    let versions = index::index_commit(work, oid, &data).await?;
    if new.name == MAIN {
        let before_tree = match before {
            Some(parent) => Some(work.commit_data(parent).await?.tree),
            None => None,
        };
        let saved = index::JustSaved {
            commit: oid,
            data: &data,
            versions: &versions,
        };
        index::refresh_library(ctx, work, (before_tree, new.tree), Some(&saved)).await?;
    }
    let digest = |oid: Option<Oid>| oid.map(|oid| canonical::digest(&oid.to_string()));
    let paths: Vec<&str> = versions
        .iter()
        .take(20)
        .map(|file| file.path.as_str())
        .collect();
    let evidence = serde_json::json!({
        "commit": oid.to_string(),
        "parent": before.map(|oid| oid.to_string()),
        "subject": new.note.subject,
        "files": paths,
        "file_count": versions.len(),
        "signed_with": key.public().fingerprint,
    });
    let what = Happening::new("version.saved", format!("draft:{}", draft_name(new.name)))
        .because(&new.note.record.problem)
        .from_to(digest(before), digest(Some(oid)))
        .with_evidence(evidence);
    work.record(ctx, actor, what).await?;
    Ok((oid, versions))
}
