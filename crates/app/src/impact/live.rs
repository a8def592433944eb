//! What is live and what runs, as far as impact needs it.

use std::collections::HashSet;
use std::sync::Arc;

use variorum_domain::id::ReleaseNumber;
use variorum_domain::impact::Live;
use variorum_domain::release::{Manifest, compare};
use variorum_domain::rollout::Rollout;

use crate::context::Context;
use crate::serving::read_manifest;
use crate::work::Work;
use crate::{Result, releases};

/// Rollouts that run at the same time; there is at most one an environment.
pub const ROLLOUTS_READ_MAX: usize = 200;

/// What is live, with the rollouts that run.
pub(super) async fn live(ctx: &Context, work: &mut Work) -> Result<(Live, Vec<Rollout>)> {
    let environments = work.tx.environments(work.workspace).await?;
    let rollouts = work
        .tx
        .rollouts(work.workspace, true, None, ROLLOUTS_READ_MAX)
        .await?;
    let mut live = Live::default();
    let mut numbers: Vec<ReleaseNumber> = Vec::new();
    for environment in environments {
        if let Some(release) = environment.release {
            live.environments.push((environment.name, release.0));
            numbers.push(release);
        }
    }
    for rollout in &rollouts {
        numbers.extend(rollout.arms.all().iter().map(|arm| arm.release));
        let differing = differing(ctx, work, rollout).await?;
        let environment = rollout.environment.clone();
        live.rollouts
            .push((rollout.number.0, environment, differing));
    }
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        live.releases
            .push((number.0, paths(ctx, work, number).await?));
    }
    Ok((live, rollouts))
}

/// The prompts a release holds.
async fn paths(
    ctx: &Context,
    work: &mut Work,
    number: ReleaseNumber,
) -> Result<Arc<HashSet<String>>> {
    let key = (work.workspace, number);
    if let Some(known) = ctx.impact.releases.get(&key) {
        return Ok(known);
    }
    let manifest = manifest(work, number).await?;
    let prompts = manifest.prompts.into_values();
    let mut paths: HashSet<String> = prompts.map(|prompt| prompt.path).collect();
    paths.extend(manifest.workflows.into_keys());
    Ok(ctx.impact.releases.put(key, paths))
}

/// The prompts that differ between the arms of a rollout.
async fn differing(ctx: &Context, work: &mut Work, rollout: &Rollout) -> Result<Arc<Vec<String>>> {
    let mut paths: Vec<String> = Vec::new();
    for (arm, _) in rollout.arms.treatments() {
        let of_arm = differing_of(ctx, work, rollout, rollout.release_of(arm)).await?;
        if rollout.plan.treatments() == 1 {
            return Ok(of_arm);
        }
        paths.extend(of_arm.iter().cloned());
    }
    paths.sort_unstable();
    paths.dedup();
    Ok(Arc::new(paths))
}

async fn differing_of(
    ctx: &Context,
    work: &mut Work,
    rollout: &Rollout,
    treatment: ReleaseNumber,
) -> Result<Arc<Vec<String>>> {
    let key = (work.workspace, rollout.control(), treatment);
    if let Some(known) = ctx.impact.differing.get(&key) {
        return Ok(known);
    }
    let control = manifest(work, rollout.control()).await?;
    let treatment = manifest(work, treatment).await?;
    let path = |id: &String| {
        let known = treatment.prompts.get(id).or(control.prompts.get(id));
        known.map(|prompt| prompt.path.clone())
    };
    let changes = compare(&control, &treatment);
    let mut paths: Vec<String> = changes.iter().filter_map(|one| path(&one.prompt)).collect();
    paths.extend(rollout.prompt.as_ref().and_then(path));
    paths.sort_unstable();
    paths.dedup();
    Ok(ctx.impact.differing.put(key, paths))
}

async fn manifest(work: &mut Work, number: ReleaseNumber) -> Result<Manifest> {
    read_manifest(&releases::load(work, number).await?)
}
