//! The catalogue: every prompt of `main` with what it says about itself, and how well its category
//! keeps the documentation standard.
//!
//! Answered from the listing alone: what prompts say and how they score is kept with their rows.

use std::collections::{BTreeMap, BTreeSet};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::documentation::{Item, Weights};
use variorum_domain::id::Oid;
use variorum_domain::impact::prompt_path;
use variorum_domain::library::{FileKind, Library, prompt_id};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_ports::rows::{EdgeKind, LibraryFilter, LibraryRow, ScoreRow};

use crate::context::Context;
use crate::library::documentation::{Judge, Judged, decode, tested_by};
use crate::library::history::{Version, told};
use crate::library::read::path_of;
use crate::library::search::{self, Ask};
use crate::work::Work;
use crate::{Error, Result};

/// The newest changes an entry tells of.
pub const CHANGES_TOLD: usize = 8;

/// How the prompts of one category keep the standard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CategoryScore {
    /// The category's path; empty for prompts outside of every category, and for all together.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// Who looks after it day by day.
    pub custodian: String,
    /// How many prompts it has.
    pub prompts: i64,
    /// Their average score, rounded down.
    pub score: i64,
    /// How many score a hundred.
    pub full: i64,
    /// How many lack something of each item, in the order of [`Item::ALL`].
    pub lacking: [i64; 6],
}

/// The catalogue at a glance.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// All prompts together.
    pub all: CategoryScore,
    /// By category, in the order of `library.yaml`; those without prompts are left out.
    pub categories: Vec<CategoryScore>,
    /// What each item weighs.
    pub weights: Weights,
    /// What is wrong with the standard's file, where it cannot be read.
    pub problem: Option<String>,
}

/// A file that an entry leads to, or that leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How they belong together.
    pub kind: EdgeKind,
    /// The name it is called by.
    pub name: String,
    /// The file; empty where there is none.
    pub path: String,
    /// Its title.
    pub title: String,
}

/// A prompt of the catalogue.
#[derive(Debug, Clone)]
pub struct CatalogueEntry {
    /// Its row.
    pub row: LibraryRow,
    /// The title of its category.
    pub category: String,
    /// What it says, and how that stands.
    pub judged: Judged,
    /// What it builds on.
    pub uses: Vec<Link>,
    /// What builds on it, runs it or tests it.
    pub used_by: Vec<Link>,
}

/// A page of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct CataloguePage {
    /// The entries, by path.
    pub entries: Vec<CatalogueEntry>,
    /// How many there are in all.
    pub total: i64,
}

/// One entry with its text and what last changed it.
#[derive(Debug, Clone)]
pub struct EntryDetail {
    /// The entry.
    pub entry: CatalogueEntry,
    /// The whole file.
    pub source: String,
    /// The newest versions that are in the library, the newest first.
    pub changes: Vec<Version>,
}

/// How the categories keep the standard.
pub async fn overview(ctx: &Context, actor: &Actor, ask: &Ask) -> Result<Overview> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = filter(ctx, &mut work, ask).await?;
    let judge = Judge::of_main(&mut work).await?;
    let rows = work.tx.library_scores(actor.workspace, &filter).await?;
    let mut together = ScoreRow::default();
    for row in &rows {
        add(&mut together, row);
    }
    let mut categories: Vec<CategoryScore> = rows
        .into_iter()
        .map(|row| stated(row, &judge.library))
        .collect();
    let place = |path: &str| {
        let known = judge.library.categories.iter();
        known
            .map(|one| one.path.as_str())
            .position(|one| one == path)
    };
    categories.sort_by_key(|one| (place(&one.path).unwrap_or(usize::MAX), one.path.clone()));
    Ok(Overview {
        all: stated(together, &Library::default()),
        categories,
        weights: judge.standard.weights,
        problem: judge.problem,
    })
}

fn add(sum: &mut ScoreRow, row: &ScoreRow) {
    sum.prompts += row.prompts;
    sum.scores += row.scores;
    sum.full += row.full;
    for (sum, one) in sum.lacking.iter_mut().zip(row.lacking) {
        *sum += one;
    }
}

fn stated(row: ScoreRow, library: &Library) -> CategoryScore {
    let known = library.categories.iter();
    let category = known.clone().find(|one| one.path == row.category);
    let text = |of: fn(&variorum_domain::library::Category) -> &String| {
        category.map(of).cloned().unwrap_or_default()
    };
    CategoryScore {
        title: text(|one| &one.title),
        owner: text(|one| &one.owner),
        custodian: text(|one| &one.custodian),
        prompts: row.prompts,
        score: row.scores.checked_div(row.prompts).unwrap_or(0),
        full: row.full,
        lacking: row.lacking,
        path: row.category,
    }
}

/// Only prompts are judged.
async fn filter(ctx: &Context, work: &mut Work, ask: &Ask) -> Result<LibraryFilter> {
    let mut filter = search::filter(ctx, work, ask).await?;
    filter.kinds = vec![FileKind::Prompt.name().to_owned()];
    Ok(filter)
}

/// A page of the catalogue, by path.
pub async fn page(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    after: Option<&str>,
    limit: usize,
) -> Result<CataloguePage> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = filter(ctx, &mut work, ask).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let rows = work
        .tx
        .library(actor.workspace, &filter, after, limit)
        .await?;
    let total = work.tx.library_count(actor.workspace, &filter).await?;
    let judge = Judge::of_main(&mut work).await?;
    Ok(CataloguePage {
        entries: entries(&mut work, &judge, rows).await?,
        total,
    })
}

/// One entry, by the prompt's id.
pub async fn entry(ctx: &Context, actor: &Actor, id: &str) -> Result<EntryDetail> {
    let mut work = Work::read(ctx, actor.workspace).await?;
    let path = path_of(&mut work, id).await?;
    access::check(actor, Action::Read, &path)?;
    let row = work.tx.library_row(actor.workspace, &path).await?;
    let row = row.filter(|row| row.score.is_some());
    let row = row.ok_or_else(|| Error::not_found("prompt", id))?;
    let blob: Oid = row.blob;
    let judge = Judge::of_main(&mut work).await?;
    let entry = entries(&mut work, &judge, vec![row]).await?.pop();
    let entry = entry.ok_or_else(|| Error::not_found("prompt", id))?;
    let source = work.blob(blob).await?.bytes;
    let rows = work
        .tx
        .path_versions(actor.workspace, &path, None, PAGE_ROWS_MAX)
        .await?;
    let mut changes = told(ctx, &mut work, rows).await?;
    changes.retain(|version| version.on_main);
    changes.truncate(CHANGES_TOLD);
    Ok(EntryDetail {
        entry,
        source: String::from_utf8_lossy(&source).into_owned(),
        changes,
    })
}

/// Rows with what they say and what they lead to; all of them are asked for at once.
async fn entries(
    work: &mut Work,
    judge: &Judge,
    rows: Vec<LibraryRow>,
) -> Result<Vec<CatalogueEntry>> {
    let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    let suites = tested_by(work, &paths).await?;
    let mut building = building_on(work, &paths).await?;
    for (path, suites) in &suites {
        let tests = suites.iter().map(|suite| (EdgeKind::Tests, suite.clone()));
        building.entry(path.clone()).or_default().extend(tests);
    }
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(said) = decode(&row.documentation) else {
            continue;
        };
        let judged = judge.judged(&row.path, said, &suites);
        let uses = judged.said.uses.iter().map(|one| Link {
            kind: one.kind,
            name: one.name.clone(),
            path: one.path.clone().unwrap_or_default(),
            title: String::new(),
        });
        let used_by = building.remove(&row.path).unwrap_or_default();
        let used_by = used_by.into_iter().map(|(kind, path)| Link {
            kind,
            name: prompt_id(&path).to_owned(),
            path,
            title: String::new(),
        });
        let category = judge.library.category_of(&row.path);
        entries.push(CatalogueEntry {
            category: category.map_or_else(String::new, |one| one.title.clone()),
            uses: uses.collect(),
            used_by: used_by.collect(),
            judged,
            row,
        });
    }
    name(work, &mut entries).await?;
    Ok(entries)
}

/// What varies or runs each of these prompts.
async fn building_on(
    work: &mut Work,
    paths: &[&str],
) -> Result<BTreeMap<String, BTreeSet<(EdgeKind, String)>>> {
    let mut found: BTreeMap<String, BTreeSet<(EdgeKind, String)>> = BTreeMap::new();
    if paths.is_empty() {
        return Ok(found);
    }
    let by_id: BTreeMap<String, &str> = paths
        .iter()
        .map(|path| (prompt_path(prompt_id(path)), *path))
        .collect();
    let run: Vec<String> = by_id.keys().cloned().collect();
    let varied: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    for (kind, refs) in [(EdgeKind::Runs, run), (EdgeKind::Varies, varied)] {
        for edge in work.tx.edges_to(work.workspace, kind, &refs).await? {
            let to = by_id.get(&edge.to_ref).copied();
            let to = to.unwrap_or(&edge.to_ref).to_owned();
            let from = found.entry(to).or_default();
            from.insert((kind, edge.from_path));
        }
    }
    Ok(found)
}

/// Gives links the titles of the files they lead to.
async fn name(work: &mut Work, entries: &mut [CatalogueEntry]) -> Result<()> {
    let links = entries
        .iter()
        .flat_map(|entry| entry.uses.iter().chain(&entry.used_by));
    let paths: BTreeSet<&String> = links.map(|link| &link.path).collect();
    let paths: Vec<String> = paths.into_iter().cloned().collect();
    let rows = work.tx.library_rows(work.workspace, &paths).await?;
    let titles: BTreeMap<String, String> =
        rows.into_iter().map(|row| (row.path, row.title)).collect();
    for entry in entries {
        for link in entry.uses.iter_mut().chain(&mut entry.used_by) {
            let known = titles.get(&link.path).cloned();
            link.title = known.unwrap_or_else(|| link.name.clone());
        }
    }
    Ok(())
}

/// Reads items of the standard by their names, as a set of bits.
pub fn items(names: &[String]) -> Result<i64> {
    let mut bits = 0;
    for name in names {
        let item = Item::from_name(name).ok_or_else(|| {
            let known = Item::ALL.map(Item::name).join("`, `");
            Error::invalid_with_hint(
                format!("nothing of the standard is called `{name}`"),
                format!("ask for any of `{known}`"),
            )
        })?;
        bits |= item.bit();
    }
    Ok(bits)
}
