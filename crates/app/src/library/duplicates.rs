//! Texts that are alike. Comparing ten thousand takes seconds, so what was found is kept with the
//! moment at which it was, and answers until the library changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{Oid, Time, WorkspaceId};
use variorum_domain::library::{ARCHIVED, MAIN};
use variorum_domain::likeness::{Shape, alike, groups, shape};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_ports::rows::{LibraryFilter, LibraryRow};

use super::search::{self, Ask};
use super::upkeep::page;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Files compared at once; larger libraries are compared part by part.
pub const COMPARED_FILES_MAX: usize = 20_000;
/// Comparisons kept in memory, the newest ones.
const KEPT_MAX: usize = 16;

/// Files whose texts are alike.
#[derive(Debug, Clone)]
pub struct AlikeGroup {
    /// The files, by path.
    pub files: Vec<LibraryRow>,
    /// How many of a hundred runs of words the most alike two of them share; 100 for copies.
    pub percent: u8,
}

/// What was found, and when.
#[derive(Debug, Clone)]
pub struct Alike {
    /// The groups, the most alike first.
    pub groups: Vec<AlikeGroup>,
    /// When the texts were compared.
    pub compared_at: Time,
    /// Whether the library is still as it was then.
    pub is_current: bool,
}

/// A comparison as it is kept: paths, not rows, so that what is shown of a file is never old.
#[derive(Debug)]
struct Kept {
    workspace: WorkspaceId,
    filter: String,
    percent: u8,
    head: Option<Oid>,
    at: Time,
    groups: Vec<(u8, Vec<String>)>,
}

/// The newest comparisons of all workspaces.
#[derive(Debug, Default)]
pub struct Comparisons(Mutex<Vec<Arc<Kept>>>);

impl Comparisons {
    fn known(&self, workspace: WorkspaceId, filter: &str, percent: u8) -> Option<Arc<Kept>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&Arc<Kept>| {
            one.workspace == workspace && one.percent == percent && one.filter == filter
        };
        kept.iter().rev().find(same).cloned()
    }

    fn keep(&self, new: Arc<Kept>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| {
            one.workspace != new.workspace || one.percent != new.percent || one.filter != new.filter
        });
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push(new);
    }

    /// Forgets everything of a workspace.
    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.workspace != workspace);
    }
}

/// Groups of files whose texts share at least so many of a hundred runs of words, the most alike
/// first. With `old_will_do` the last comparison answers although the library has changed since.
pub async fn duplicates(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    percent: u8,
    limit: usize,
    old_will_do: bool,
) -> Result<Alike> {
    access::check(actor, Action::Read, "")?;
    if !(30..=100).contains(&percent) {
        return Err(Error::invalid("`percent` must lie between 30 and 100"));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = search::filter(ctx, &mut work, ask).await?;
    let head = work.tx.get_ref(actor.workspace, MAIN).await?;
    let asked = format!("{filter:?}");
    let known = ctx.comparisons.known(actor.workspace, &asked, percent);
    // What is live and what expires changes without a version, so such questions are asked anew.
    let lasting = filter.ids.is_none() && filter.expires_before.is_none();
    let usable = known.filter(|kept| lasting && (old_will_do || kept.head == head));
    let found = match usable {
        Some(kept) => kept,
        None => {
            let groups = compare(&mut work, &filter, percent).await?;
            let kept = Arc::new(Kept {
                workspace: actor.workspace,
                filter: asked,
                percent,
                head,
                at: ctx.clock.now(),
                groups,
            });
            ctx.comparisons.keep(kept.clone());
            kept
        }
    };
    let mut groups = Vec::new();
    for (percent, paths) in found.groups.iter().take(limit.clamp(1, PAGE_ROWS_MAX)) {
        let mut files = work.tx.library_rows(work.workspace, paths).await?;
        files.retain(|file| file.status != ARCHIVED || !filter.without_archived);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        if files.len() > 1 {
            let percent = *percent;
            groups.push(AlikeGroup { files, percent });
        }
    }
    Ok(Alike {
        groups,
        compared_at: found.at,
        is_current: found.head == head,
    })
}

/// Compares all texts that a filter leaves.
async fn compare(
    work: &mut Work,
    filter: &LibraryFilter,
    percent: u8,
) -> Result<Vec<(u8, Vec<String>)>> {
    let (mut paths, mut shapes) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    loop {
        let rows = page(work, filter, after.as_deref()).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.path.clone());
        let (places, texts): (Vec<String>, Vec<String>) =
            rows.into_iter().map(|row| (row.path, row.text)).unzip();
        paths.extend(places);
        let shape_all =
            move || -> Vec<Option<Shape>> { texts.iter().map(|text| shape(text)).collect() };
        shapes.extend(aside(shape_all).await?);
        if paths.len() > COMPARED_FILES_MAX {
            return Err(Error::invalid_with_hint(
                format!("more than {COMPARED_FILES_MAX} files would be compared"),
                "compare a folder, a channel or a category at a time",
            ));
        }
    }
    aside(move || grouped(&paths, &shapes, percent)).await
}

/// Away from the workers that answer others.
async fn aside<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(run).await;
    done.map_err(|error| Error::Internal(format!("texts could not be compared: {error}")))
}

fn grouped(paths: &[String], shapes: &[Option<Shape>], percent: u8) -> Vec<(u8, Vec<String>)> {
    let pairs = alike(shapes, percent);
    let best: BTreeMap<usize, u8> = pairs
        .iter()
        .rev()
        .map(|pair| (pair.first, pair.percent))
        .collect();
    let percent_of = |group: &Vec<usize>| {
        let known = group.iter().filter_map(|place| best.get(place));
        known.copied().max().unwrap_or(percent)
    };
    let mut found = groups(&pairs);
    found.sort_by_key(|group| (std::cmp::Reverse(percent_of(group)), group.first().copied()));
    found.truncate(PAGE_ROWS_MAX);
    let named = found.into_iter().map(|group| {
        let places = group.iter().map(|place| paths[*place].clone());
        (percent_of(&group), places.collect())
    });
    named.collect()
}
