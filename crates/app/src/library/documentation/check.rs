//! The gate's look at documentation: what changed prompts lack of what the standard on `main` asks
//! for at their paths. Only what a change touches is judged.

use std::collections::{BTreeMap, HashMap};

use variorum_domain::documentation::{
    Documentation, STANDARD_FILE, Shortfall, Standard, shortfall,
};
use variorum_domain::id::Oid;
use variorum_domain::impact::prompt_path;
use variorum_domain::library::{FileKind, prompt_id};
use variorum_git::diff::Change;
use variorum_ports::rows::EdgeKind;

use super::super::edges::leaving;
use super::super::parsed;
use super::super::tree_view::TreeView;
use super::scoring::{around, tested_by};
use super::{of, read, standard};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Fails where a change brings a standard that cannot be read.
pub(crate) async fn check_standard(work: &mut Work, changes: &[Change]) -> Result<()> {
    let change = changes.iter().find(|change| change.path == STANDARD_FILE);
    let Some(change) = change else { return Ok(()) };
    match read(work, change.new).await? {
        Ok(_) => Ok(()),
        Err(diagnostics) => Err(Error::Invalid {
            message: format!(
                "the standard in `{STANDARD_FILE}` cannot be read, so nothing was saved"
            ),
            hint: Some("mend the lines named here and save again".to_owned()),
            diagnostics,
        }),
    }
}

/// What changed prompts lack, by the standard of the tree before; those of `skip` are left out.
pub(crate) async fn shortfalls(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    changes: &[Change],
    skip: &[String],
) -> Result<Vec<Shortfall>> {
    // A standard on `main` that cannot be read came in by an import; it binds nobody until mended.
    let standard = standard(work, before).await?.unwrap_or_default();
    let is_judged = |change: &&Change| {
        FileKind::of(&change.path) == FileKind::Prompt
            && change.new.is_some_and(|entry| entry.mode.is_file())
            && standard.binding(&change.path).is_some()
            && !skip.contains(&change.path)
    };
    let judged: Vec<&Change> = changes.iter().filter(is_judged).collect();
    if judged.is_empty() {
        return Ok(Vec::new());
    }
    Judging::begin(ctx, work, (before, after), changes)
        .await?
        .all(ctx, work, &standard, &judged)
        .await
}

/// Two trees, and what stands around the prompts in them.
struct Judging {
    before: Option<TreeView>,
    after: TreeView,
    /// Paths of files that went away, by their blob: a file that comes with the same was moved.
    gone: HashMap<Oid, String>,
    /// Changed suites, each with what it tests now.
    suites: BTreeMap<String, Vec<String>>,
}

impl Judging {
    async fn begin(
        ctx: &Context,
        work: &mut Work,
        (before, after): (Option<Oid>, Oid),
        changes: &[Change],
    ) -> Result<Self> {
        let before = match before {
            Some(tree) => Some(TreeView::of(ctx, work, tree).await?),
            None => None,
        };
        let gone = changes.iter().filter(|change| change.new.is_none());
        let gone = gone.filter_map(|change| Some((change.old?.oid, change.path.clone())));
        let mut suites = BTreeMap::new();
        for change in changes {
            if FileKind::of(&change.path) == FileKind::Suite {
                let edges = leaving(ctx, work, &change.path, change.new).await?;
                let tests = edges
                    .into_iter()
                    .filter(|edge| edge.kind == EdgeKind::Tests);
                suites.insert(change.path.clone(), tests.map(|edge| edge.to).collect());
            }
        }
        Ok(Self {
            before,
            after: TreeView::of(ctx, work, after).await?,
            gone: gone.collect(),
            suites,
        })
    }

    async fn all(
        mut self,
        ctx: &Context,
        work: &mut Work,
        standard: &Standard,
        judged: &[&Change],
    ) -> Result<Vec<Shortfall>> {
        let origins: Vec<String> = judged.iter().map(|change| self.origin(change)).collect();
        let mut paths: Vec<&str> = judged.iter().map(|change| change.path.as_str()).collect();
        paths.extend(origins.iter().map(String::as_str));
        let suites_before = tested_by(work, &paths).await?;
        let library = self.after.library(work).await?;
        let mut found = Vec::new();
        for (change, origin) in judged.iter().zip(&origins) {
            let path = change.path.as_str();
            let Some(new) = change.new else { continue };
            let said = said(ctx, work, &mut self.after, path, new.oid).await?;
            let mut suites = BTreeMap::new();
            suites.insert(path.to_owned(), self.suites_after(path, &suites_before));
            let now = around(&library, path, &suites);
            let mut then = None;
            if let Some(view) = &mut self.before
                && let Some(old) = view.blob(work, origin).await?
            {
                let settings = view.library(work).await?;
                let said = self::said(ctx, work, view, origin, old).await?;
                then = Some((said, around(&settings, origin, &suites_before)));
            }
            let then = then.as_ref().map(|(said, around)| (said, around));
            found.extend(shortfall(standard, path, then, (&said, &now)));
        }
        Ok(found)
    }

    /// Where a file stood before: under its own path, or under that of the file that went away with
    /// the same text.
    fn origin(&self, change: &Change) -> String {
        let moved = change.new.filter(|_| change.old.is_none());
        let from = moved.and_then(|entry| self.gone.get(&entry.oid));
        from.unwrap_or(&change.path).clone()
    }

    /// The suites that test a file after the change.
    fn suites_after(&self, path: &str, before: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let names = [path.to_owned(), prompt_path(prompt_id(path))];
        let known = before.get(path).into_iter().flatten();
        let kept = known.filter(|suite| !self.suites.contains_key(*suite));
        let changed = self.suites.iter();
        let new = changed.filter(|(_, tests)| tests.iter().any(|to| names.contains(to)));
        kept.chain(new.map(|(suite, _)| suite)).cloned().collect()
    }
}

/// What one prompt of a tree says.
async fn said(
    ctx: &Context,
    work: &mut Work,
    view: &mut TreeView,
    path: &str,
    blob: Oid,
) -> Result<Documentation> {
    let own = parsed::file(ctx, work, path, blob).await?;
    let understood = view.understand(ctx, work, own).await?;
    Ok(of(&understood, &view.partials))
}
