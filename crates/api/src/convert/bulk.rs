//! What an action on many prompts does.

use variorum_api_types::bulk as wire;
use variorum_app::library::bulk::{Done, Plan};
use variorum_domain::change::Blocker;

use super::{blocker, diagnostic, library};

/// What would be done.
pub(crate) fn planned(plan: Plan, blockers: &[Blocker], draft: String) -> wire::BulkResult {
    wire::BulkResult {
        commit: None,
        draft,
        moved: plan
            .moved
            .into_iter()
            .map(|moved| wire::MovedFile {
                from: moved.from,
                to: moved.to,
            })
            .collect(),
        edited: plan
            .edited
            .into_iter()
            .map(|edited| wire::EditedFile {
                path: edited.path,
                what: edited.what,
            })
            .collect(),
        redirects: plan
            .redirects
            .into_iter()
            .map(|(from, to)| wire::Redirect { from, to })
            .collect(),
        refused: plan.refused.iter().map(diagnostic).collect(),
        blockers: blockers.iter().map(blocker).collect(),
        notes: plan.notes,
        versions: Vec::new(),
    }
}

/// What was done.
pub(crate) fn done(done: Done) -> wire::BulkResult {
    wire::BulkResult {
        commit: Some(done.commit.to_string()),
        versions: library::file_versions(done.versions),
        ..planned(done.plan, &[], done.draft)
    }
}
