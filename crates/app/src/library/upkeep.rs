//! Keeping a library in order: prompts that nobody seems to need.

use std::collections::BTreeSet;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::calendar::{self, DAY_SECONDS};
use variorum_domain::id::Time;
use variorum_domain::impact::{EdgeKind as Refers, edges_of_text, prompt_path};
use variorum_domain::library::{FileKind, partial_name, prompt_id};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_ports::rows::{EdgeKind, LibraryFilter, LibraryRow};

use super::search::{self, Ask};
use crate::asks;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// Rows read at a time.
const ROWS_PER_PAGE: usize = 500;

pub(super) async fn page(
    work: &mut Work,
    filter: &LibraryFilter,
    after: Option<&str>,
) -> Result<Vec<LibraryRow>> {
    let id = work.workspace;
    Ok(work.tx.library(id, filter, after, ROWS_PER_PAGE).await?)
}

/// A file that nobody seems to need.
#[derive(Debug, Clone)]
pub struct Obsolete {
    /// The file.
    pub row: LibraryRow,
    /// Why it is thought so, in words.
    pub reasons: Vec<String>,
}

/// Prompts and partials that nobody asks for, that nothing uses and that were not touched for so many
/// days, by path. What is live nowhere is asked for by nobody: only live releases answer. What is live
/// is listed once it was not asked for in all those days.
pub async fn obsolete(
    ctx: &Context,
    actor: &Actor,
    ask: &Ask,
    days: i64,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Obsolete>> {
    access::check(actor, Action::Read, "")?;
    if !(0..=36_500).contains(&days) {
        return Err(Error::invalid("`days` must lie between 0 and 36500"));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let filter = search::filter(ctx, &mut work, ask).await?;
    let now = ctx.clock.now();
    let index = ctx.serving.index(actor.workspace);
    let today = now.seconds().div_euclid(DAY_SECONDS);
    let since = asks::since(&mut work).await?;
    let run = run_by_workflows(&mut work).await?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let (mut found, mut after) = (Vec::new(), after.map(str::to_owned));
    while found.len() < limit {
        let rows = page(&mut work, &filter, after.as_deref()).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.path.clone());
        let included = included(&mut work, &rows).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let asked = asks::last_days(&mut work, &ids).await?;
        for row in rows {
            let idle = now.seconds().saturating_sub(row.updated_at.seconds()) / DAY_SECONDS;
            let partial = partial_name(&row.path);
            let used = run.contains(&prompt_path(&row.id))
                || partial.is_some_and(|name| included.contains(name));
            if used || idle < days || found.len() == limit {
                continue;
            }
            let last = asked.get(&row.id).copied();
            let quiet = Quiet { today, since, last };
            let live = index.as_ref().map(|index| index.live(&row.id));
            let live = live.unwrap_or_default();
            let about = match partial {
                Some(_) => Some("nothing includes it".to_owned()),
                None => quiet.words(live.first().map(|place| place.environment.as_str()), days),
            };
            let Some(about) = about else { continue };
            let reasons = vec![
                about,
                "no workflow runs it".to_owned(),
                format!("nobody has changed it for {idle} days"),
            ];
            found.push(Obsolete { row, reasons });
        }
    }
    Ok(found)
}

/// What is known of who asks for a prompt; days since 1970.
struct Quiet {
    today: i64,
    since: Option<i64>,
    last: Option<i64>,
}

impl Quiet {
    /// Why nobody seems to ask for it; nothing where somebody did within so many days, or where it is
    /// live and days have not been noted for as long.
    fn words(&self, live: Option<&str>, days: i64) -> Option<String> {
        let lasts = |day: i64| self.today - day >= days;
        match (live, self.last) {
            (_, Some(last)) if !lasts(last) => None,
            (None, None) => Some("it is live in no environment, so nobody gets it".to_owned()),
            (None, Some(last)) => Some(format!(
                "it is live in no environment, and nobody has asked for it since {}",
                day_words(last)
            )),
            (Some(place), last) => {
                let from = last.or(self.since).filter(|from| lasts(*from))?;
                Some(format!(
                    "it is live in {place}, but nobody has asked for it since {}",
                    day_words(from)
                ))
            }
        }
    }
}

fn day_words(days: i64) -> String {
    calendar::day(Time::from_seconds(days * DAY_SECONDS))
}

/// The names among these partials that something includes.
async fn included(work: &mut Work, rows: &[LibraryRow]) -> Result<BTreeSet<String>> {
    let names = rows.iter().filter_map(|row| partial_name(&row.path));
    let names: Vec<String> = names.map(str::to_owned).collect();
    let id = work.workspace;
    let edges = work.tx.edges_to(id, EdgeKind::Includes, &names).await?;
    Ok(edges.into_iter().map(|edge| edge.to_ref).collect())
}

/// The files that workflows run.
async fn run_by_workflows(work: &mut Work) -> Result<BTreeSet<String>> {
    let filter = LibraryFilter {
        kinds: vec![FileKind::Workflow.name().to_owned()],
        ..LibraryFilter::default()
    };
    let mut run = BTreeSet::new();
    let mut after: Option<String> = None;
    loop {
        let rows = page(work, &filter, after.as_deref()).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.path.clone());
        for row in rows {
            let blob = work.blob(row.blob).await?;
            let edges = edges_of_text(&row.path, &String::from_utf8_lossy(&blob.bytes));
            let runs = edges.into_iter().filter(|edge| edge.kind == Refers::Runs);
            run.extend(runs.map(|edge| prompt_path(prompt_id(&edge.to))));
        }
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_who_asks() {
        let rows = [
            // live, last asked, noted since, days: listed?
            (None, None, None, 90, Some("live in no environment, so")),
            (
                None,
                Some(100),
                Some(50),
                90,
                Some("asked for it since 1970-04-11"),
            ),
            (None, Some(150), Some(50), 90, None),
            (Some("production"), None, None, 90, None),
            (Some("production"), None, Some(150), 90, None),
            (
                Some("production"),
                None,
                Some(100),
                90,
                Some("asked for it since 1970-04-11"),
            ),
            (
                Some("production"),
                Some(101),
                Some(50),
                99,
                Some("live in production, but"),
            ),
            (Some("production"), Some(102), Some(50), 99, None),
        ];
        for (live, last, since, days, expected) in rows {
            let quiet = Quiet {
                today: 200,
                since,
                last,
            };
            let words = quiet.words(live, days);
            let fits = match (&words, expected) {
                (Some(words), Some(part)) => words.contains(part),
                (None, None) => true,
                _ => false,
            };
            assert!(fits, "{live:?} {last:?} {since:?} {days}: {words:?}");
        }
    }
}
