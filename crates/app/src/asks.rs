//! On which days prompts were asked for. A request sets one bit beside the compiled prompt, and that
//! only once a day; what is new is written in one transaction a minute, outside of requests. What was
//! asked for in the last minute before a crash is not known afterwards.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::id::{Time, WorkspaceId};
use variorum_ports::rows::PromptAskRow;

use crate::Result;
use crate::context::Context;
use crate::serving::ServedRelease;
use crate::work::Work;

/// Seconds after which what is new is written.
pub const NOTE_SECONDS: u64 = 60;
/// The setting that holds the day since which days are noted.
const SINCE: &str = "asks_since";
/// Environments of a workspace that can be told apart; further ones are not watched.
const ENVIRONMENTS_MAX: usize = 64;

/// In which environments a compiled prompt was asked for today, a bit each.
#[derive(Debug, Default)]
pub struct Asked {
    seen: AtomicU64,
    written: AtomicU64,
}

impl Asked {
    /// Notes a request. Once a day a bit is set; every other time this is a read of a word that
    /// nobody writes.
    pub(crate) fn mark(&self, environment: u64) {
        if self.seen.load(Ordering::Relaxed) & environment != environment {
            self.seen.fetch_or(environment, Ordering::Relaxed);
        }
    }

    fn fresh(&self) -> u64 {
        self.seen.load(Ordering::Relaxed) & !self.written.load(Ordering::Relaxed)
    }
}

/// The bits of environments, and the day that is being noted.
#[derive(Debug, Default)]
pub struct Asks {
    environments: Mutex<HashMap<WorkspaceId, Vec<String>>>,
    day: AtomicI64,
}

impl Asks {
    /// The bit of an environment, the same for as long as the process lives.
    pub(crate) fn bit(&self, workspace: WorkspaceId, environment: &str) -> u64 {
        let mut known = self.lock();
        let names = known.entry(workspace).or_default();
        let place = names.iter().position(|name| name == environment);
        let place = place.unwrap_or_else(|| {
            names.push(environment.to_owned());
            names.len() - 1
        });
        if place < ENVIRONMENTS_MAX {
            1 << place
        } else {
            0
        }
    }

    fn names(&self, workspace: WorkspaceId) -> Vec<String> {
        self.lock().get(&workspace).cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Vec<String>>> {
        self.environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn day_of(time: Time) -> i64 {
    time.seconds().div_euclid(DAY_SECONDS)
}

/// Writes down what was asked for since the last time. Derived from requests and decided by nobody,
/// so it makes no audit entry.
pub async fn note(ctx: &Context) -> Result<()> {
    let today = day_of(ctx.clock.now());
    let before = ctx.asks.day.swap(today, Ordering::Relaxed);
    // What was set before midnight and not written yet belongs to the day before.
    let is_new_day = before != 0 && before != today;
    let day = if is_new_day { before } else { today };
    for workspace in ctx.serving.workspaces() {
        let releases = ctx.serving.compiled(workspace);
        write(ctx, workspace, day, &releases).await?;
        if is_new_day {
            for prompt in releases.iter().flat_map(|release| release.prompts()) {
                prompt.asked.seen.store(0, Ordering::Relaxed);
                prompt.asked.written.store(0, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}

async fn write(
    ctx: &Context,
    workspace: WorkspaceId,
    day: i64,
    releases: &[Arc<ServedRelease>],
) -> Result<()> {
    let names = ctx.asks.names(workspace);
    let prompts = releases.iter().flat_map(|release| release.prompts());
    let fresh: Vec<_> = prompts
        .map(|prompt| (prompt, prompt.asked.fresh()))
        .filter(|(_, bits)| *bits != 0)
        .collect();
    let known = Work::read(ctx, workspace).await?.tx.setting(SINCE).await?;
    if fresh.is_empty() && known.is_some() {
        return Ok(());
    }
    let mut rows: Vec<PromptAskRow> = Vec::new();
    for (prompt, bits) in &fresh {
        let set = names.iter().take(ENVIRONMENTS_MAX).enumerate();
        let set = set.filter(|(place, _)| bits & (1 << place) != 0);
        rows.extend(set.map(|(_, environment)| PromptAskRow {
            environment: environment.clone(),
            prompt: prompt.id.clone(),
            day,
        }));
    }
    // One statement may not touch a row twice: a prompt may be served by two releases.
    rows.sort_by(|a, b| (&a.prompt, &a.environment).cmp(&(&b.prompt, &b.environment)));
    rows.dedup();
    let mut work = Work::begin(ctx, workspace).await?;
    if known.is_none() {
        work.tx.put_setting(SINCE, &day.to_string()).await?;
    }
    work.tx.note_asks(workspace, &rows).await?;
    work.commit().await?;
    for (prompt, bits) in fresh {
        prompt.asked.written.fetch_or(bits, Ordering::Relaxed);
    }
    Ok(())
}

/// When a prompt was asked for last in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAsked {
    /// The environment.
    pub environment: String,
    /// The beginning of the day.
    pub day: Time,
}

/// When a prompt was asked for last, environment by environment.
pub async fn of_prompt(ctx: &Context, actor: &Actor, prompt: &str) -> Result<Vec<LastAsked>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rows = work.tx.asks(actor.workspace, &[prompt.to_owned()]).await?;
    let last = rows.into_iter().map(|row| LastAsked {
        environment: row.environment,
        day: Time::from_seconds(row.day * DAY_SECONDS),
    });
    Ok(last.collect())
}

/// The last day of each of these prompts, in whatever environment.
pub(crate) async fn last_days(work: &mut Work, prompts: &[String]) -> Result<HashMap<String, i64>> {
    let mut days: HashMap<String, i64> = HashMap::new();
    for row in work.tx.asks(work.workspace, prompts).await? {
        let day = days.entry(row.prompt).or_insert(row.day);
        *day = row.day.max(*day);
    }
    Ok(days)
}

/// The day since which days are noted.
pub(crate) async fn since(work: &mut Work) -> Result<Option<i64>> {
    let known = work.tx.setting(SINCE).await?;
    Ok(known.and_then(|text| text.parse().ok()))
}
