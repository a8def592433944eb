//! What the prompts of a tree say about themselves, held against the documentation standard.
//!
//! The listing keeps what each prompt on `main` says, with its score; the gate asks whether a change
//! may say less. The standard is that of the tree in question, as its rules file has it.

mod check;
mod judged;
mod scoring;
mod stored;

use variorum_domain::documentation::{Dependency, Documentation, STANDARD_FILE, Standard};
use variorum_domain::id::Oid;
use variorum_domain::impact::EdgeKind;
use variorum_domain::prompt::Diagnostic;
use variorum_domain::variation::base_candidates;
use variorum_git::tree::{Entry, entry_at};

use super::parsed::Partials;
use super::tree_view::Understood;
use crate::Result;
use crate::work::Work;

pub(crate) use check::{check_standard, shortfalls};
pub use judged::{Asked, Judged};
pub(crate) use judged::{Judge, judged};
pub(crate) use scoring::{Scoring, rescore_tested, tested_by};
pub(crate) use stored::{decode, encode};

/// The standard a tree holds, or what is wrong with it; the default one where it holds none.
pub(crate) async fn standard(
    work: &mut Work,
    tree: Option<Oid>,
) -> Result<std::result::Result<Standard, Vec<Diagnostic>>> {
    let Some(tree) = tree else {
        return Ok(Ok(Standard::default()));
    };
    let entry = work
        .with(|overlay| entry_at(overlay, tree, STANDARD_FILE))
        .await?;
    read(work, entry).await
}

/// Reads a file of the standard.
pub(super) async fn read(
    work: &mut Work,
    entry: Option<Entry>,
) -> Result<std::result::Result<Standard, Vec<Diagnostic>>> {
    let Some(entry) = entry.filter(|entry| entry.mode.is_file()) else {
        return Ok(Ok(Standard::default()));
    };
    let blob = work.blob(entry.oid).await?;
    Ok(Standard::parse(&String::from_utf8_lossy(&blob.bytes)))
}

/// What a prompt says, as it counts in its tree: a variation with what it has from its base.
pub(crate) fn of(understood: &Understood, partials: &Partials) -> Documentation {
    let own = &understood.own;
    let file = understood.file();
    let included = file.includes().into_iter().map(|name| {
        let path = partials.paths(&name).next().map(str::to_owned);
        Dependency {
            kind: EdgeKind::Includes,
            name,
            path,
        }
    });
    let mut uses: Vec<Dependency> = included.collect();
    if let Some(varies) = &understood.varies {
        let base = varies.base.path.clone();
        uses.push(Dependency {
            kind: EdgeKind::Varies,
            path: Some(base.clone()),
            name: base,
        });
        return Documentation::of(file, uses).placed_in(own);
    }
    if understood.remark.as_ref().is_some_and(Diagnostic::is_error)
        && let Some(name) = base_candidates(&own.path).into_iter().next()
    {
        uses.push(Dependency {
            kind: EdgeKind::Varies,
            name,
            path: None,
        });
    }
    Documentation::of(file, uses)
}
