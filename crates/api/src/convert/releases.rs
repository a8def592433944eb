//! Releases and environments.

use variorum_api_types::releases as wire;
use variorum_app::Error;
use variorum_domain::id::ReleaseNumber;
use variorum_domain::release::{Environment, Release, ReleaseChange};

use crate::time;

/// A release, with the environments it is live in.
pub(crate) fn release(release: &Release, environments: &[Environment]) -> wire::Release {
    wire::Release {
        number: release.number.0,
        commit: release.commit.to_string(),
        digest: release.digest.to_string(),
        prompts: release.prompts,
        note: release.note.clone(),
        created_at: time::format(release.created_at),
        created_by: release.created_by_name.clone(),
        live_in: live_in(release.number, environments),
    }
}

fn live_in(number: ReleaseNumber, environments: &[Environment]) -> Vec<String> {
    let live = environments
        .iter()
        .filter(|environment| environment.release == Some(number));
    live.map(|environment| environment.name.clone()).collect()
}

/// A release with its manifest.
pub(crate) fn detail(
    found: &Release,
    environments: &[Environment],
    changes: Vec<ReleaseChange>,
) -> Result<wire::ReleaseDetail, Error> {
    let manifest = serde_json::from_str(&found.manifest).map_err(|_| {
        Error::Internal(format!(
            "the manifest of release {} is damaged",
            found.number
        ))
    })?;
    let release = release(found, environments);
    Ok(wire::ReleaseDetail {
        release,
        manifest,
        changes: changes.into_iter().map(change).collect(),
    })
}

fn change(change: ReleaseChange) -> wire::ReleaseChange {
    wire::ReleaseChange {
        prompt: change.prompt,
        before: change.before,
        after: change.after,
        differs: change.differs.into_iter().map(str::to_owned).collect(),
    }
}

/// An environment.
pub(crate) fn environment(environment: Environment) -> wire::Environment {
    wire::Environment {
        name: environment.name,
        release: environment.release.map(|number| number.0),
        previous: environment.previous.map(|number| number.0),
        rollout: environment.rollout.map(|number| number.0),
        revision: environment.revision,
    }
}
