//! The gate's look at what files promise each other: a workflow is fed with what its prompts take, a
//! variation fills only what its base opens.
//!
//! What is saved must keep these promises by itself, on every branch. What reaches `main` must not
//! break the promises of files that build on it; what was broken before stays as it is and stands in
//! nobody's way.

use std::collections::BTreeSet;

use variorum_domain::id::Oid;
use variorum_domain::library::FileKind;
use variorum_domain::prompt::Diagnostic;
use variorum_domain::variation::may_vary;
use variorum_git::diff::Change;

use super::edges::building_on;
use super::tree_view::TreeView;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Findings told in one refusal.
const FINDINGS_MAX: usize = 50;

/// Whether a file promises something that is checked before it is saved.
pub(crate) fn is_checked(path: &str) -> bool {
    FileKind::of(path) == FileKind::Workflow || may_vary(path)
}

/// Fails where one of these files of a tree does not keep what it promises.
pub(crate) async fn check_own(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    paths: impl IntoIterator<Item = &str>,
) -> Result<()> {
    let found = broken_in(ctx, work, tree, paths.into_iter().collect()).await?;
    refuse(found)
}

/// Fails where changed files do not keep what they promise, or break what others promise.
pub(crate) async fn check_all(
    ctx: &Context,
    work: &mut Work,
    trees: (Option<Oid>, Oid),
    changes: &[Change],
) -> Result<()> {
    refuse(broken(ctx, work, trees, changes).await?)
}

/// Fails where a prompt or a shared part that changed has errors that it did not have before: it could
/// not be released. What came in broken stays as it is and may be mended step by step, moved and tagged.
pub(crate) async fn check_prompts(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    changes: &[Change],
) -> Result<()> {
    let gone: BTreeSet<Oid> = changes
        .iter()
        .filter(|change| change.new.is_none())
        .filter_map(|change| change.old.map(|entry| entry.oid))
        .collect();
    let texts = changes.iter().filter_map(|change| {
        let is_text = matches!(
            FileKind::of(&change.path),
            FileKind::Prompt | FileKind::Partial
        );
        let entry = change.new.filter(|entry| is_text && entry.mode.is_file())?;
        // Moved as it is.
        (!gone.contains(&entry.oid)).then(|| (change.path.clone(), entry.oid))
    });
    let texts: Vec<(String, Oid)> = texts.collect();
    let mut found = errors_of(ctx, work, after, &texts).await?;
    if let Some(before) = before.filter(|_| !found.is_empty()) {
        let bad: BTreeSet<&str> = found.iter().map(|one| one.path.as_str()).collect();
        let old = changes.iter().filter_map(|change| {
            let entry = change.old.filter(|entry| entry.mode.is_file())?;
            bad.contains(change.path.as_str())
                .then(|| (change.path.clone(), entry.oid))
        });
        let old: Vec<(String, Oid)> = old.collect();
        let known = errors_of(ctx, work, before, &old).await?;
        found.retain(|one| !known.iter().any(|old| is_same(old, one)));
    }
    let Some(first) = found.first() else {
        return Ok(());
    };
    let message = format!(
        "`{}` has an error with which it could not be released, so nothing was saved",
        first.path
    );
    found.truncate(FINDINGS_MAX);
    Err(Error::Invalid {
        message,
        hint: Some(
            "mend the lines named and save again, or save it on a draft, which takes it as it is"
                .to_owned(),
        ),
        diagnostics: found,
    })
}

/// The errors in these texts of a tree.
async fn errors_of(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    texts: &[(String, Oid)],
) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut view = None;
    for (path, blob) in texts {
        let view = match &mut view {
            Some(view) => view,
            None => view.insert(TreeView::of(ctx, work, tree).await?),
        };
        let findings = view.diagnostics(ctx, work, path, *blob).await?;
        found.extend(
            findings
                .into_iter()
                .filter(|finding| finding.is_error() && finding.path == *path),
        );
    }
    Ok(found)
}

/// Whether two findings are the same wherever they stand in their file.
fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    (&one.path, one.code, &one.message) == (&other.path, other.code, &other.message)
}

/// The errors in changed files that make promises, and those the changes bring to files on `main`
/// that build on them.
pub(crate) async fn broken(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    changes: &[Change],
) -> Result<Vec<Diagnostic>> {
    let changed: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    let mut found = broken_in(ctx, work, after, changed.clone()).await?;
    let Some(before) = before else {
        return Ok(found);
    };
    let others = building_on(work, &changed).await?;
    let others = others.iter().map(String::as_str);
    let others: BTreeSet<&str> = others
        .filter(|path| is_checked(path) && !changed.contains(path))
        .collect();
    if others.is_empty() {
        return Ok(found);
    }
    let now = broken_in(ctx, work, after, others).await?;
    if now.is_empty() {
        return Ok(found);
    }
    let suffering = now.iter().map(|finding| finding.path.as_str()).collect();
    let known = broken_in(ctx, work, before, suffering).await?;
    let is_new = |finding: &Diagnostic| !known.iter().any(|old| is_same(old, finding));
    found.extend(now.into_iter().filter(is_new));
    Ok(found)
}

/// The errors that lie in these very files.
async fn broken_in(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    paths: BTreeSet<&str>,
) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut view = None;
    for path in paths.into_iter().filter(|path| is_checked(path)) {
        let view = match &mut view {
            Some(view) => view,
            None => view.insert(TreeView::of(ctx, work, tree).await?),
        };
        let Some(blob) = view.blob(work, path).await? else {
            continue;
        };
        if FileKind::of(path) == FileKind::Prompt
            && !view.is_variation(ctx, work, path, blob).await?
        {
            continue;
        }
        let findings = view.diagnostics(ctx, work, path, blob).await?;
        found.extend(
            findings
                .into_iter()
                .filter(|finding| finding.is_error() && finding.path == path),
        );
    }
    Ok(found)
}

fn refuse(found: Vec<Diagnostic>) -> Result<()> {
    let Some(first) = found.first() else {
        return Ok(());
    };
    let message = match found.len() {
        1 => format!("`{}` does not fit together", first.path),
        more => format!(
            "{more} things do not fit together, the first in `{}`",
            first.path
        ),
    };
    let mut diagnostics = found;
    diagnostics.truncate(FINDINGS_MAX);
    Err(Error::Invalid {
        message: format!("{message}, so nothing was saved"),
        hint: Some(
            "mend the lines named, in the same version or before it, and save again".to_owned(),
        ),
        diagnostics,
    })
}
