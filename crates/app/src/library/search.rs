//! Finding files of `main` by words and filters, ranked, with the passage that shows why.

use std::collections::BTreeMap;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::library::ARCHIVED;
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::search::{Piece, Query, mark, near_words, snippet};
use variorum_ports::rows::{FacetRow, LibraryFilter, LibraryRow, SearchPlace};

use super::main_settings;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Characters of the passage shown of a text.
const SNIPPET_CHARS: usize = 200;
/// Known words that are looked at for a mistyped one.
const WORDS_LOOKED_AT_MAX: usize = 20_000;
/// Values listed of one facet, those with the most files.
const FACET_VALUES_MAX: usize = 100;

/// How often the words of saved files are indexed, so that whoever looks for some seldom waits for it.
pub const INDEX_SECONDS: u64 = 3;

/// Indexes the words of every file that waits for it.
pub async fn index_waiting(ctx: &Context) -> Result<()> {
    for workspace in ctx.store.read().await?.workspaces().await? {
        let mut work = Work::read(ctx, workspace.id).await?;
        work.find_by_words(ctx).await?;
    }
    Ok(())
}

/// What is looked for. What only the process or the settings can tell stands beside the filter.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// What the store can tell.
    pub filter: LibraryFilter,
    /// Words as typed.
    pub text: String,
    /// A category, by title or path.
    pub category: Option<String>,
    /// Only what is live: in this environment, or in any where it is empty.
    pub live: Option<String>,
    /// Only what expires within so many days, or has expired.
    pub expiring_days: Option<i64>,
    /// Also what is archived.
    pub with_archived: bool,
}

impl From<LibraryFilter> for Ask {
    fn from(filter: LibraryFilter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }
}

/// A file that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The file.
    pub row: LibraryRow,
    /// How well it fits.
    pub score: i64,
    /// Its title, cut where the words stand.
    pub title: Vec<Piece>,
    /// The passage that shows why it was found.
    pub passage: Vec<Piece>,
}

/// A word that was found nowhere, and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The word.
    pub word: String,
    /// What it was taken for.
    pub also: Vec<String>,
}

/// A page of what was found.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The best first.
    pub found: Vec<Found>,
    /// How many there are in all.
    pub total: i64,
    /// Words that were taken for others.
    pub corrections: Vec<Correction>,
}

/// How many files have each value of what can be filtered by; the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// By kind.
    pub kinds: Vec<(String, i64)>,
    /// By channel.
    pub channels: Vec<(String, i64)>,
    /// By brand.
    pub brands: Vec<(String, i64)>,
    /// By region.
    pub regions: Vec<(String, i64)>,
    /// By owner.
    pub owners: Vec<(String, i64)>,
    /// By status.
    pub statuses: Vec<(String, i64)>,
    /// By the path of the category.
    pub categories: Vec<(String, i64)>,
    /// By tag.
    pub tags: Vec<(String, i64)>,
}

/// The filter a store can answer.
pub(crate) async fn filter(ctx: &Context, work: &mut Work, ask: &Ask) -> Result<LibraryFilter> {
    work.find_by_words(ctx).await?;
    let mut filter = ask.filter.clone();
    filter.query = Query::parse(&ask.text);
    let archived = filter.status.as_deref() == Some(ARCHIVED);
    filter.without_archived = !ask.with_archived && !archived;
    if let Some(category) = &ask.category {
        filter.category = Some(category_path(work, category).await?);
    }
    if let Some(environment) = &ask.live {
        let index = ctx.serving.index(work.workspace);
        let only = Some(environment.as_str()).filter(|name| !name.is_empty());
        filter.ids = Some(index.map(|index| index.live_ids(only)).unwrap_or_default());
    }
    if let Some(days) = ask.expiring_days {
        if !(0..=36_500).contains(&days) {
            return Err(Error::invalid(
                "`expiring_days` must lie between 0 and 36500",
            ));
        }
        let before = Time(ctx.clock.now().0 + 1);
        filter.expires_before = Some(before.plus_seconds(days * DAY_SECONDS));
    }
    Ok(filter)
}

/// The path of a category that is named by its title or path.
async fn category_path(work: &mut Work, named: &str) -> Result<String> {
    let (library, _) = main_settings(work).await?;
    let slashless = |path: &str| path.trim_end_matches('/').to_owned();
    let same = |title: &str, path: &str| {
        title.eq_ignore_ascii_case(named) || slashless(path) == slashless(named)
    };
    let mut found = library.categories.iter();
    let found = found.find(|category| same(&category.title, &category.path));
    let found = found.ok_or_else(|| Error::not_found("category", named))?;
    Ok(found.path.clone())
}

/// Finds files. Without words it lists by path what the filters leave.
pub async fn search(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    after: Option<&SearchPlace>,
    limit: usize,
) -> Result<Page> {
    access::check(actor, Action::Read, "")?;
    let id = actor.workspace;
    let mut work = Work::read(ctx, id).await?;
    let (filter, corrections) = understood(ctx, &mut work, ask).await?;
    // Nobody holds one reader while waiting for another.
    drop(work);
    let (found, total) = tokio::try_join!(
        async {
            let mut work = words(ctx, id).await?;
            found(&mut work, &filter, after, limit).await
        },
        async {
            let mut work = words(ctx, id).await?;
            Ok(work.tx.library_count(id, &filter).await?)
        }
    )?;
    Ok(Page {
        found,
        total,
        corrections,
    })
}

/// Finds files and counts by what one can filter, both at the same time.
pub async fn search_with_facets(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    after: Option<&SearchPlace>,
    limit: usize,
) -> Result<(Page, Facets)> {
    access::check(actor, Action::Read, "")?;
    let id = actor.workspace;
    let mut work = Work::read(ctx, id).await?;
    let (filter, corrections) = understood(ctx, &mut work, ask).await?;
    // Nobody holds one reader while waiting for another.
    drop(work);
    let (found, rows) = tokio::try_join!(
        async {
            let mut work = words(ctx, id).await?;
            found(&mut work, &filter, after, limit).await
        },
        async {
            let mut work = words(ctx, id).await?;
            Ok(work.tx.library_facets(id, &filter).await?)
        }
    )?;
    let page = Page {
        found,
        // Every file is in one set, so nobody has to count them again.
        total: rows.iter().map(|row| row.files).sum(),
        corrections,
    };
    Ok((page, counted(&rows)))
}

/// A reader for whom every file is found by the words it has now.
async fn words(ctx: &Context, workspace: WorkspaceId) -> Result<Work> {
    let mut work = Work::read(ctx, workspace).await?;
    work.find_by_words(ctx).await?;
    Ok(work)
}

/// The filter that a question comes to, with what was taken for mistyped in it.
async fn understood(
    ctx: &Context,
    work: &mut Work,
    ask: &Ask,
) -> Result<(LibraryFilter, Vec<Correction>)> {
    let mut filter = filter(ctx, work, ask).await?;
    let corrections = forgive(work, &mut filter.query).await?;
    Ok((filter, corrections))
}

async fn found(
    work: &mut Work,
    filter: &LibraryFilter,
    after: Option<&SearchPlace>,
    limit: usize,
) -> Result<Vec<Found>> {
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let id = work.workspace;
    let rows: Vec<(LibraryRow, i64)> = if filter.query.terms.is_empty() {
        let after = after.map(|place| place.path.as_str());
        let rows = work.tx.library(id, filter, after, limit).await?;
        rows.into_iter().map(|row| (row, 0)).collect()
    } else {
        let rows = work.tx.search_library(id, filter, after, limit).await?;
        rows.into_iter()
            .map(|found| (found.row, found.score))
            .collect()
    };
    let found = rows.into_iter().map(|(row, score)| Found {
        title: mark(&row.title, &filter.query),
        passage: passage(&row, &filter.query),
        score,
        row,
    });
    Ok(found.collect())
}

/// The text where the words stand in it, else the intent.
fn passage(row: &LibraryRow, query: &Query) -> Vec<Piece> {
    let text = snippet(&row.text, query, SNIPPET_CHARS);
    let hit = |pieces: &[Piece]| pieces.iter().any(|piece| piece.hit);
    if hit(&text) || row.intent.is_empty() {
        return text;
    }
    snippet(&row.intent, query, SNIPPET_CHARS)
}

/// Takes words that occur nowhere for those that are nearest to them.
async fn forgive(work: &mut Work, query: &mut Query) -> Result<Vec<Correction>> {
    let mut corrections = Vec::new();
    for term in &mut query.terms {
        let [word] = term.words.as_slice() else {
            continue;
        };
        if term.excluded || !term.prefix || word.chars().count() < 4 {
            continue;
        }
        let known = work.tx.library_words(work.workspace, word, 1).await?;
        let first: String = word.chars().take(1).collect();
        if !known.is_empty() {
            continue;
        }
        let known = work
            .tx
            .library_words(work.workspace, &first, WORDS_LOOKED_AT_MAX)
            .await?;
        term.also = near_words(word, known.iter().map(String::as_str));
        if !term.also.is_empty() {
            corrections.push(Correction {
                word: word.clone(),
                also: term.also.clone(),
            });
        }
    }
    Ok(corrections)
}

/// Counts by what one can filter.
pub async fn facets(ctx: &Context, actor: &Actor, ask: &Ask) -> Result<Facets> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let mut filter = filter(ctx, &mut work, ask).await?;
    forgive(&mut work, &mut filter.query).await?;
    let rows = work.tx.library_facets(actor.workspace, &filter).await?;
    Ok(counted(&rows))
}

fn counted(rows: &[FacetRow]) -> Facets {
    let single = |value: fn(&FacetRow) -> &str| {
        let mut count = Count::default();
        for row in rows {
            count.add([value(row)], row.files);
        }
        count.most()
    };
    let list = |value: fn(&FacetRow) -> &str| {
        let mut count = Count::default();
        for row in rows {
            count.add(value(row).split(", "), row.files);
        }
        count.most()
    };
    // Many files have the same tags.
    let mut tags: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows {
        *tags.entry(&row.tags).or_default() += row.files;
    }
    let tags: Vec<(Vec<String>, i64)> = tags
        .into_iter()
        .map(|(tags, files)| (serde_json::from_str(tags).unwrap_or_default(), files))
        .collect();
    let mut tagged = Count::default();
    for (tags, files) in &tags {
        tagged.add(tags.iter().map(String::as_str), *files);
    }
    Facets {
        kinds: single(|row| &row.kind),
        channels: list(|row| &row.channel),
        brands: list(|row| &row.brand),
        regions: list(|row| &row.region),
        owners: single(|row| &row.owner),
        statuses: single(|row| &row.status),
        categories: single(|row| &row.category),
        tags: tagged.most(),
    }
}

/// How many files have each value of one facet.
#[derive(Default)]
struct Count<'a>(BTreeMap<&'a str, i64>);

impl<'a> Count<'a> {
    /// Adds files that all have these values, each of them once.
    fn add(&mut self, values: impl IntoIterator<Item = &'a str>, files: i64) {
        let mut values: Vec<&str> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        for value in values.into_iter().filter(|value| !value.is_empty()) {
            *self.0.entry(value).or_default() += files;
        }
    }

    /// The values with the most files.
    fn most(self) -> Vec<(String, i64)> {
        let mut counts: Vec<(&str, i64)> = self.0.into_iter().collect();
        counts.sort_by(|(a, files_a), (b, files_b)| files_b.cmp(files_a).then_with(|| a.cmp(b)));
        counts.truncate(FACET_VALUES_MAX);
        let owned = counts
            .into_iter()
            .map(|(value, files)| (value.to_owned(), files));
        owned.collect()
    }
}
