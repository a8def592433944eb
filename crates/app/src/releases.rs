//! Releases: making the full snapshot of a commit, reading it, comparing two.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::audit::Happening;
use variorum_domain::id::{Digest, Oid, ReleaseNumber};
use variorum_domain::library::{ARCHIVED, FileKind, prompt_id};
use variorum_domain::limits::{PAGE_ROWS_MAX, REASON_CHARS_MAX};
use variorum_domain::prompt::{Diagnostic, PromptFile};
use variorum_domain::release::{
    Manifest, Release, ReleaseChange, ReleasedPrompt, ReleasedVariation, compare,
};
use variorum_git::object::Kind;
use variorum_git::signature::Signature;
use variorum_git::sshsig::sign_tag;
use variorum_git::tag::{NewTag, encode_tag};
use variorum_git::tree::{Entry, list_all};

use crate::context::Context;
use crate::library::bulk::redirects;
use crate::library::graphs::graph;
use crate::library::history::find_commit;
use crate::library::parsed::{PartialBlobs, Partials};
use crate::library::tree_view::{TreeView, Varies};
use crate::library::{parsed, settings};
use crate::serving::read_manifest;
use crate::signatures::server_key;
use crate::work::Work;
use crate::{Error, Result};

/// Prompts whose texts are in memory at the same time while a release is made or compiled.
pub(crate) const PROMPTS_AT_ONCE: usize = 256;

/// Makes a release of a commit or draft; `main` where none is named.
pub async fn create(
    ctx: &Context,
    actor: &Actor,
    from: Option<&str>,
    note: &str,
) -> Result<Release> {
    access::check(actor, Action::CreateRelease, "")?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let commit = find_commit(&mut work, from).await?;
    let release = create_in(ctx, &mut work, actor, commit, note).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "release", release.number.to_string());
    Ok(release)
}

/// Makes a release within other work; the caller commits.
pub(crate) async fn create_in(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    commit: Oid,
    note: &str,
) -> Result<Release> {
    if note.chars().count() > REASON_CHARS_MAX {
        return Err(Error::invalid(format!(
            "`note` is longer than {REASON_CHARS_MAX} characters"
        )));
    }
    let tree = work.commit_data(commit).await?.tree;
    let manifest = manifest(ctx, work, commit, tree).await?;
    if manifest.prompts.is_empty() {
        return Err(no_prompts(&manifest));
    }
    store_effective(work, &manifest).await?;
    let text = manifest.to_text();
    let prompts = i64::try_from(manifest.prompts.len()).unwrap_or(i64::MAX);
    let left_out: Vec<String> = manifest.left_out.into_keys().take(50).collect();
    // Of ten thousand prompts, the text and what it was written from are not in memory together.
    drop(manifest.prompts);
    let number = ReleaseNumber(work.tx.next_number(actor.workspace, "release").await?);
    let digest = Digest::of(text.as_bytes());
    let now = ctx.clock.now();
    let tag = NewTag {
        target: commit,
        target_kind: Kind::Commit,
        name: format!("release/{number}"),
        tagger: Some(Signature::utc(&actor.name, &actor.email, now)),
        message: format!("{}\n\nManifest-Sha256: {digest}\n", one_line(note, number)),
    };
    let tag = write_tag(ctx, work, number, tag).await?;
    let release = Release {
        number,
        commit,
        tree,
        digest,
        tag,
        prompts,
        manifest: text,
        note: note.to_owned(),
        created_at: now,
        created_by: actor.id,
        created_by_name: actor.name.clone(),
    };
    work.tx.put_release(actor.workspace, &release).await?;
    let what = Happening::new("release.created", format!("release:{number}"))
        .because(note)
        .from_to(None, Some(digest))
        .with_evidence(serde_json::json!({
            "commit": commit.to_string(), "prompts": release.prompts, "left_out": left_out,
        }));
    work.record(ctx, actor, what).await?;
    Ok(release)
}

fn no_prompts(manifest: &Manifest) -> Error {
    let reasons: Vec<String> = manifest
        .left_out
        .iter()
        .take(5)
        .map(|(id, why)| format!("`{id}`: {why}"))
        .collect();
    let message = "there is no prompt that can be released";
    if reasons.is_empty() {
        return Error::invalid_with_hint(message, "save a prompt first");
    }
    Error::invalid_with_hint(message, reasons.join("; "))
}

/// Signs the tag and makes its ref.
async fn write_tag(
    ctx: &Context,
    work: &mut Work,
    number: ReleaseNumber,
    tag: NewTag,
) -> Result<Oid> {
    let tag = sign_tag(tag, &*server_key(ctx, work).await?)?;
    let oid = work.overlay.put(Kind::Tag, encode_tag(&tag)?)?;
    work.store_objects(&[oid]).await?;
    work.tx
        .move_ref(
            work.workspace,
            &Release::tag_name(number),
            None,
            Some(oid),
            ctx.clock.now(),
        )
        .await?;
    Ok(oid)
}

fn one_line(note: &str, number: ReleaseNumber) -> String {
    let line = note.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        format!("Release {number}")
    } else {
        line
    }
}

/// Everything a commit holds, resolved.
async fn manifest(ctx: &Context, work: &mut Work, commit: Oid, tree: Oid) -> Result<Manifest> {
    let (library, problem) = settings(work, tree).await?;
    if let Some(problem) = problem {
        return Err(Error::invalid_with_hint(
            problem,
            "mend `library.yaml` and release again",
        ));
    }
    let files = work.with(|overlay| list_all(overlay, tree, "")).await?;
    let files: Vec<(String, Entry)> = files
        .into_iter()
        .filter(|(_, entry)| entry.mode.is_file())
        .collect();
    let mut view = TreeView::new(tree, Partials::new(partial_blobs(&files)));
    let ancestors = with_ancestors(ctx, work, commit).await?;
    let mut manifest = Manifest::new(commit, tree, &library);
    for part in files.chunks(PROMPTS_AT_ONCE) {
        let versions = versions_in(work, &ancestors, part).await?;
        let prompts: Vec<Oid> = part
            .iter()
            .filter(|(path, _)| FileKind::of(path).is_prompt())
            .map(|(_, entry)| entry.oid)
            .collect();
        work.with(|overlay| overlay.require(prompts.iter().copied()))
            .await?;
        for (path, entry) in part {
            let version = versions.get(path).copied();
            fix(
                ctx,
                work,
                (path, entry.oid),
                version,
                &mut view,
                &mut manifest,
            )
            .await?;
        }
        work.overlay.forget_loaded(&prompts);
    }
    let (redirects, _) = redirects(work, tree).await?;
    for (from, to) in redirects.ends() {
        if !manifest.prompts.contains_key(from) && manifest.prompts.contains_key(to) {
            manifest.redirects.insert(from.to_owned(), to.to_owned());
        }
    }
    Ok(manifest)
}

/// Fixes one file in the manifest.
async fn fix(
    ctx: &Context,
    work: &mut Work,
    (path, oid): (&str, Oid),
    version: Option<(i64, Oid)>,
    view: &mut TreeView,
    manifest: &mut Manifest,
) -> Result<()> {
    let blob = oid.to_string();
    match FileKind::of(path) {
        FileKind::Prompt | FileKind::ForeignPrompt => {
            let id = prompt_id(path).to_owned();
            match released(ctx, work, path, oid, version, view).await? {
                Ok(prompt) => manifest.prompts.insert(id, prompt).is_some(),
                Err(why) => manifest.left_out.insert(id, why).is_some(),
            }
        }
        FileKind::Workflow => manifest.workflows.insert(path.to_owned(), blob).is_some(),
        FileKind::Suite => manifest.suites.insert(path.to_owned(), blob).is_some(),
        FileKind::Rule => manifest.rules.insert(path.to_owned(), blob).is_some(),
        _ => false,
    };
    Ok(())
}

fn partial_blobs(files: &[(String, Entry)]) -> PartialBlobs {
    let mut blobs = PartialBlobs::default();
    for (path, entry) in files {
        blobs.insert(path, entry.oid);
    }
    blobs
}

/// A commit and everything before it.
async fn with_ancestors(ctx: &Context, work: &mut Work, commit: Oid) -> Result<HashSet<Oid>> {
    let graph = graph(ctx, work).await?;
    let mut found: HashSet<Oid> = graph.walk(&commit).collect();
    found.insert(commit);
    Ok(found)
}

/// For each file, the version of it that is in one of these commits.
async fn versions_in(
    work: &mut Work,
    commits: &HashSet<Oid>,
    files: &[(String, Entry)],
) -> Result<HashMap<String, (i64, Oid)>> {
    let blobs: Vec<(String, Oid)> = files
        .iter()
        .map(|(path, entry)| (path.clone(), entry.oid))
        .collect();
    let changes = work.tx.versions_of_blobs(work.workspace, &blobs).await?;
    let mut found: HashMap<String, (i64, Oid)> = HashMap::new();
    for change in changes {
        let Some(number) = change.version else {
            continue;
        };
        if !commits.contains(&change.commit) {
            continue;
        }
        let entry = found.entry(change.path).or_insert((number, change.commit));
        if entry.0 < number {
            *entry = (number, change.commit);
        }
    }
    Ok(found)
}

/// One prompt as the release fixes it, or why it is left out.
async fn released(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
    version: Option<(i64, Oid)>,
    view: &mut TreeView,
) -> Result<std::result::Result<ReleasedPrompt, String>> {
    let own = parsed::file(ctx, work, path, blob).await?;
    if own.variorum.text("status").as_deref() == Some(ARCHIVED) {
        return Ok(Err("it is archived".to_owned()));
    }
    let (number, commit) = version.unwrap_or((0, Oid::ZERO));
    let fixed = |file: &PromptFile, text: &str| ReleasedPrompt {
        path: path.to_owned(),
        version: number,
        commit: commit.to_string(),
        blob: blob.to_string(),
        partials: std::collections::BTreeMap::new(),
        text: Digest::of(text.as_bytes()).to_string(),
        model: file.front_matter.model.clone(),
        config: Value::Object(file.front_matter.config.clone()),
        tools: file.front_matter.tools.clone(),
        varies: None,
    };
    if FileKind::of(path) == FileKind::ForeignPrompt {
        let mut prompt = fixed(&own, own.source());
        prompt.config = Value::Object(serde_json::Map::new());
        return Ok(Ok(prompt));
    }
    let understood = view.understand(ctx, work, own).await?;
    let compiled = match understood.compile(&view.partials) {
        Ok(compiled) => compiled,
        Err(findings) => {
            return Ok(Err(findings
                .first()
                .map(|first| why(path, first))
                .unwrap_or_default()));
        }
    };
    let mut prompt = fixed(understood.file(), &compiled.canonical_text());
    for name in compiled.partials() {
        if let Some(blob) = view.partials.blob(name) {
            prompt.partials.insert(name.clone(), blob.to_string());
        }
    }
    if let Some(varies) = &understood.varies {
        prompt.varies = Some(made_of(work, view, varies).await?);
    }
    Ok(Ok(prompt))
}

/// Stores what variations come to, each as an object of its own, so that it is served byte for byte
/// however bases are put together one day.
async fn store_effective(work: &mut Work, manifest: &Manifest) -> Result<()> {
    let varying = manifest
        .prompts
        .values()
        .filter_map(|one| one.varies.as_ref());
    let blobs: Vec<Oid> = varying
        .filter_map(|one| one.effective.parse().ok())
        .collect();
    if blobs.is_empty() {
        return Ok(());
    }
    work.store_objects(&blobs).await
}

/// What a variation is made of, and the object that holds what it comes to.
async fn made_of(work: &mut Work, view: &TreeView, varies: &Varies) -> Result<ReleasedVariation> {
    let text = varies.effective.file.source();
    let effective = work.overlay.put(Kind::Blob, text.as_bytes())?;
    let mut made_of = std::collections::BTreeMap::new();
    for path in std::iter::once(&varies.base.path).chain(&varies.layers) {
        if let Some(blob) = view.blob(work, path).await? {
            made_of.insert(path.clone(), blob.to_string());
        }
    }
    Ok(ReleasedVariation {
        base: prompt_id(&varies.base.path).to_owned(),
        brand: varies.brand.clone(),
        region: varies.region.clone(),
        made_of,
        effective: effective.to_string(),
    })
}

/// Why a prompt is left out; a fault that lies in a partial is told with the partial's path.
fn why(path: &str, finding: &Diagnostic) -> String {
    let place = if finding.path == path || finding.path.is_empty() {
        String::new()
    } else {
        format!("`{}`, ", finding.path)
    };
    format!("{place}line {}: {}", finding.line, finding.message)
}

/// One release.
pub async fn get(ctx: &Context, actor: &Actor, number: ReleaseNumber) -> Result<Release> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    load(&mut work, number).await
}

pub(crate) async fn load(work: &mut Work, number: ReleaseNumber) -> Result<Release> {
    let release = work.tx.release(work.workspace, number).await?;
    release.ok_or_else(|| Error::not_found("release", number))
}

/// Releases, newest first, without their manifests.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Release>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    Ok(work
        .tx
        .releases(actor.workspace, below, limit.clamp(1, PAGE_ROWS_MAX))
        .await?)
}

/// What changed from one release to another; against nothing, everything is new.
pub async fn changes(
    ctx: &Context,
    actor: &Actor,
    before: Option<ReleaseNumber>,
    after: ReleaseNumber,
) -> Result<Vec<ReleaseChange>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let after = read_manifest(&load(&mut work, after).await?)?;
    let before = match before {
        Some(number) => read_manifest(&load(&mut work, number).await?)?,
        None => Manifest {
            prompts: std::collections::BTreeMap::new(),
            ..after.clone()
        },
    };
    Ok(compare(&before, &after))
}
