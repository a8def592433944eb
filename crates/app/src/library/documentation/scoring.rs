//! The scores of rows of the listing: what each prompt says, judged by the standard of its tree.

use std::collections::{BTreeMap, BTreeSet};

use variorum_domain::documentation::{Around, Documentation, Standard, judge};
use variorum_domain::id::Oid;
use variorum_domain::impact::prompt_path;
use variorum_domain::library::{FileKind, Library, prompt_id};
use variorum_git::diff::Change;
use variorum_ports::rows::{EdgeKind, LibraryRow};

use super::super::edges::leaving;
use super::super::index::put_differing;
use super::{decode, standard};
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Rows scored anew at a time.
const ROWS_PER_ROUND: usize = 500;

/// What prompts are judged by.
pub(crate) struct Scoring<'l> {
    library: &'l Library,
    standard: Standard,
}

impl<'l> Scoring<'l> {
    /// By the standard of a tree; by the default one where that cannot be read.
    pub(crate) async fn of(work: &mut Work, tree: Oid, library: &'l Library) -> Result<Self> {
        let standard = standard(work, Some(tree)).await?.unwrap_or_default();
        Ok(Self { library, standard })
    }

    /// Notes the scores of rows. Suites are those the edges of `main` name.
    pub(crate) async fn note(&self, work: &mut Work, rows: &mut [LibraryRow]) -> Result<()> {
        let said: Vec<Option<Documentation>> =
            rows.iter().map(|row| decode(&row.documentation)).collect();
        // Most prompts name figures or KPIs themselves, and then suites change nothing.
        let asked = rows.iter().zip(&said).filter(|(_, said)| {
            let needs = |said: &Documentation| said.benchmarks.is_empty() && said.kpis.is_empty();
            said.as_ref().is_some_and(needs)
        });
        let asked: Vec<&str> = asked.map(|(row, _)| row.path.as_str()).collect();
        let suites = tested_by(work, &asked).await?;
        for (row, said) in rows.iter_mut().zip(said) {
            let Some(said) = said else {
                (row.score, row.lacking) = (None, 0);
                continue;
            };
            let around = around(self.library, &row.path, &suites);
            let judged = judge(&self.standard.weights, &said, &around);
            row.score = Some(judged.score.into());
            row.lacking = judged.lacking();
        }
        Ok(())
    }
}

/// What others say about a prompt.
pub(super) fn around(
    library: &Library,
    path: &str,
    suites: &BTreeMap<String, Vec<String>>,
) -> Around {
    let category = library.category_of(path);
    Around {
        category_owner: category.map_or_else(String::new, |one| one.owner.clone()),
        suites: suites.get(path).cloned().unwrap_or_default(),
    }
}

/// The suites on `main` that test each of these files.
pub(crate) async fn tested_by(
    work: &mut Work,
    paths: &[&str],
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if paths.is_empty() {
        return Ok(found);
    }
    // A suite names a prompt by its file or by its id.
    let named = |path: &str| [path.to_owned(), prompt_path(prompt_id(path))];
    let refs: BTreeSet<String> = paths.iter().flat_map(|path| named(path)).collect();
    let refs: Vec<String> = refs.into_iter().collect();
    let mut edges = work
        .tx
        .edges_to(work.workspace, EdgeKind::Tests, &refs)
        .await?;
    edges.sort_unstable();
    for path in paths {
        let names = named(path);
        let tests = edges.iter().filter(|edge| names.contains(&edge.to_ref));
        let mut suites: Vec<String> = tests.map(|edge| edge.from_path.clone()).collect();
        suites.dedup();
        if !suites.is_empty() {
            found.insert((*path).to_owned(), suites);
        }
    }
    Ok(found)
}

/// The files that changed suites test, or tested before.
async fn targets(ctx: &Context, work: &mut Work, changes: &[Change]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for change in changes {
        if FileKind::of(&change.path) != FileKind::Suite {
            continue;
        }
        for entry in [change.old, change.new] {
            let edges = leaving(ctx, work, &change.path, entry).await?;
            let tests = edges
                .into_iter()
                .filter(|edge| edge.kind == EdgeKind::Tests);
            found.extend(tests.map(|edge| edge.to));
        }
    }
    Ok(found)
}

/// Scores anew the prompts that changed suites test, or tested before.
pub(crate) async fn rescore_tested(
    ctx: &Context,
    work: &mut Work,
    changes: &[Change],
    scoring: &Scoring<'_>,
) -> Result<()> {
    let targets: Vec<String> = targets(ctx, work, changes).await?.into_iter().collect();
    for paths in targets.chunks(ROWS_PER_ROUND) {
        let rows = work.tx.library_rows(work.workspace, paths).await?;
        let mut scored = rows.clone();
        scoring.note(work, &mut scored).await?;
        put_differing(work, &rows, scored).await?;
    }
    Ok(())
}
