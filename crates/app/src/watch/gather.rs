//! What happened in a workspace within some days: what went live, what was tried, what was saved.

use std::collections::HashMap;

use serde_json::Value;
use variorum_domain::audit::Entry;
use variorum_domain::id::{ReleaseNumber, Time};
use variorum_domain::release::{Manifest, compare};
use variorum_domain::rollout::RolloutState;
use variorum_domain::watch::{Happened, HappenedKind, Subject, Touched};
use variorum_ports::rows::EntryFilter;

use crate::Result;
use crate::serving::read_manifest;
use crate::work::Work;

/// Entries about what is live that are looked through, newest first.
const ENTRIES_MAX: usize = 500;
/// Rollouts looked through, newest first.
const ROLLOUTS_MAX: usize = 500;
/// Saved versions of the prompt looked through, newest first.
const VERSIONS_MAX: usize = 50;
/// Releases compared for one question.
const RELEASES_READ_MAX: usize = 40;

/// Manifests read for one question, so that each is read once.
#[derive(Default)]
struct Manifests(HashMap<ReleaseNumber, Option<Manifest>>);

impl Manifests {
    async fn get(&mut self, work: &mut Work, number: ReleaseNumber) -> Result<Option<&Manifest>> {
        if !self.0.contains_key(&number) {
            if self.0.len() >= RELEASES_READ_MAX {
                return Ok(None);
            }
            let row = work.tx.release(work.workspace, number).await?;
            let read = row.as_ref().map(read_manifest).transpose()?;
            self.0.insert(number, read);
        }
        Ok(self.0.get(&number).and_then(Option::as_ref))
    }

    /// The prompts that differ between two releases.
    async fn touched(
        &mut self,
        work: &mut Work,
        from: Option<ReleaseNumber>,
        to: ReleaseNumber,
    ) -> Result<Vec<Touched>> {
        let before = match from {
            Some(number) => self.get(work, number).await?.cloned(),
            None => None,
        };
        let Some(after) = self.get(work, to).await? else {
            return Ok(Vec::new());
        };
        let before = before.unwrap_or_else(|| Manifest {
            prompts: std::collections::BTreeMap::new(),
            ..after.clone()
        });
        let touched = compare(&before, after).into_iter().map(|change| Touched {
            prompt: change.prompt,
            from: change.before,
            to: change.after,
        });
        Ok(touched.collect())
    }
}

/// Everything that happened from one moment until another, oldest first.
pub(crate) async fn happened(
    work: &mut Work,
    subject: &Subject,
    (from, until): (Time, Time),
) -> Result<Vec<Happened>> {
    let mut manifests = Manifests::default();
    let mut found = environments(work, &mut manifests, (from, until)).await?;
    found.extend(rollouts(work, &mut manifests, (from, until)).await?);
    if let Subject::Prompt(prompt) = subject {
        found.extend(saved(work, prompt, (from, until)).await?);
    }
    found.sort_by_key(|one| one.at);
    Ok(found)
}

async fn environments(
    work: &mut Work,
    manifests: &mut Manifests,
    (from, until): (Time, Time),
) -> Result<Vec<Happened>> {
    let filter = EntryFilter {
        action_prefix: Some("environment.".to_owned()),
        ..EntryFilter::default()
    };
    let entries = work
        .tx
        .entries(work.workspace, &filter, None, ENTRIES_MAX)
        .await?;
    let near = entries
        .into_iter()
        .filter(|one| from <= one.at && one.at < until);
    let mut found = Vec::new();
    for entry in near {
        let kind = match entry.action.as_str() {
            "environment.went-live" => HappenedKind::WentLive,
            "environment.rolled-back" => HappenedKind::RolledBack,
            _ => continue,
        };
        let Some((before, after)) = moved(&entry) else {
            continue;
        };
        let release = work.tx.release(work.workspace, after).await?;
        found.push(Happened {
            kind,
            at: entry.at,
            by: entry.by.name.clone(),
            title: release.map_or_else(String::new, |release| first_line(&release.note)),
            target: format!("release:{after}"),
            touched: manifests.touched(work, before, after).await?,
        });
    }
    Ok(found)
}

/// The releases before and after, as the entry tells them.
fn moved(entry: &Entry) -> Option<(Option<ReleaseNumber>, ReleaseNumber)> {
    let evidence: Value = serde_json::from_str(&entry.evidence).ok()?;
    let number = |name: &str| evidence[name].as_i64().map(ReleaseNumber);
    Some((number("from"), number("to")?))
}

async fn rollouts(
    work: &mut Work,
    manifests: &mut Manifests,
    (from, until): (Time, Time),
) -> Result<Vec<Happened>> {
    let rollouts = work
        .tx
        .rollouts(work.workspace, false, None, ROLLOUTS_MAX)
        .await?;
    let within = |at: Time| from <= at && at < until;
    let mut found = Vec::new();
    for rollout in rollouts {
        let ended = rollout
            .ending
            .as_ref()
            .filter(|_| rollout.state == RolloutState::Finished);
        let started = within(rollout.started_at).then(|| {
            let by = rollout.started_by_name.clone();
            (HappenedKind::RolloutStarted, rollout.started_at, by)
        });
        let finished = ended
            .filter(|ending| within(ending.at))
            .map(|ending| (HappenedKind::RolloutFinished, ending.at, ending.by.clone()));
        for (kind, at, by) in started.into_iter().chain(finished) {
            found.push(Happened {
                kind,
                at,
                by,
                title: rollout.title.clone(),
                target: format!("rollout:R-{}", rollout.number),
                touched: manifests
                    .touched(work, Some(rollout.control()), rollout.treatment())
                    .await?,
            });
        }
    }
    Ok(found)
}

async fn saved(
    work: &mut Work,
    prompt: &str,
    (from, until): (Time, Time),
) -> Result<Vec<Happened>> {
    let row = work.tx.library_row_by_id(work.workspace, prompt).await?;
    let Some(row) = row else {
        return Ok(Vec::new());
    };
    let versions = work
        .tx
        .path_versions(work.workspace, &row.path, None, VERSIONS_MAX)
        .await?;
    let near = versions
        .into_iter()
        .filter(|one| from <= one.change.at && one.change.at < until);
    let found = near.map(|one| Happened {
        kind: HappenedKind::Saved,
        at: one.change.at,
        by: one.commit.author_name,
        title: first_line(&one.commit.message),
        target: format!("version:{}", one.change.commit),
        touched: vec![Touched {
            prompt: prompt.to_owned(),
            from: one
                .change
                .version
                .filter(|version| *version > 1)
                .map(|version| version - 1),
            to: one.change.version,
        }],
    });
    Ok(found.collect())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").trim().to_owned()
}
