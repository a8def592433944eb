//! Drafts.

use variorum_api_types::drafts as wire;
use variorum_app::library::drafts::{self, Resolution};
use variorum_app::library::pending::{ClashSide, Pending};

use crate::time;

/// A draft.
pub(crate) fn draft(draft: drafts::Draft) -> wire::Draft {
    let row = draft.row.as_ref();
    wire::Draft {
        kind: draft.kind().name().to_owned(),
        title: row.map_or_else(|| draft.name.clone(), |row| row.title.clone()),
        status: draft.status.name().to_owned(),
        from: row.map_or_else(|| "main".to_owned(), |row| row.from.clone()),
        owner: row.map_or_else(String::new, |row| row.owner_name.clone()),
        ends_at: row.and_then(|row| row.ends_at).map(time::format),
        rest: row
            .filter(|_| !draft.status.has_branch())
            .and_then(|row| row.rest.as_ref())
            .map(|rest| wire::DraftRest {
                at: time::format(rest.at),
                by: rest.by.clone(),
                reason: rest.reason.clone(),
            }),
        commit: draft.commit.to_string(),
        updated_at: time::format(draft.updated_at),
        ahead: draft.ahead,
        behind: draft.behind,
        name: draft.name,
    }
}

/// How a person settled conflicts.
pub(crate) fn resolutions(given: Vec<wire::Resolution>) -> Vec<Resolution> {
    let pairs = given
        .into_iter()
        .map(|one| (one.path, one.content.map(String::into_bytes)));
    pairs.collect()
}

/// What an update would bring.
pub(crate) fn pending(found: Pending) -> wire::PendingUpdate {
    wire::PendingUpdate {
        from: found.from,
        head: found.head.to_string(),
        latest: found.latest.to_string(),
        behind: found.behind,
        clashes: found
            .clashes
            .into_iter()
            .map(|clash| wire::Clash {
                conflict: super::conflict(&clash.conflict),
                ours: side(clash.ours),
                theirs: side(clash.theirs),
            })
            .collect(),
    }
}

fn side(side: ClashSide) -> wire::ClashSide {
    wire::ClashSide {
        is_there: side.is_there,
        text: side.text,
        by: side.last.as_ref().map(|last| last.by.clone()),
        at: side.last.as_ref().map(|last| time::format(last.at)),
        subject: side.last.map(|last| last.subject),
    }
}
