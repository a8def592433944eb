//! The one place where what is about to reach `main` meets the rules of the library.
//!
//! Every door calls [`check_main`]: a save, a publish, the merge of a change, a push. It knows two
//! trees and the messages of the commits between them, and nothing of where they came from. What
//! files promise each other is looked at by [`contracts`], what they say about themselves by
//! [`documentation`], whether the cases of suites still hold by [`suites`]. Versions that come along as they are pass
//! [`check_signed`], too.

use std::sync::Arc;

use variorum_domain::change::{broken_contracts, failing_cases};
use variorum_domain::documentation::{STANDARD_FILE, Shortfall};
use variorum_domain::escalation::{ESCALATION_FILE, Escalation};
use variorum_domain::id::Oid;
use variorum_domain::library::{LIBRARY_FILE, Library};
use variorum_domain::policy::{
    Facts, POLICY_FILE, Policy, Reaching, Touched, Way, breaches, is_wording_only,
};
use variorum_domain::prompt::Diagnostic;
use variorum_domain::record::Note;
use variorum_domain::redirect::REDIRECTS_FILE;
use variorum_git::diff::{Change, tree_diff};
use variorum_git::tree::{Entry, entry_at};

use super::bulk::redirects;
use super::{contracts, documentation, suites};
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result, impact, signatures};

/// Checks that a tree may follow another on `main`: the rules on `main` before bind, on paths, on what
/// they reach and on broken contracts, and settings and rules of the new tree can be read. What they
/// refuse is [`Error::Refused`]. Then workflows and variations that changed must fit what they are made
/// of, unless it is an emergency; and those that did not, where broken contracts are refused.
pub async fn check_main(
    ctx: &Context,
    work: &mut Work,
    before: Option<Oid>,
    after: Oid,
    notes: &[&Note],
    way: Way,
) -> Result<()> {
    let old = rules_file(work, before).await?;
    let new = rules_file(work, Some(after)).await?;
    let next = read(work, new).await?;
    if new != old
        && let Err(diagnostics) = &next
    {
        return Err(Error::Invalid {
            message: format!("the rules in `{POLICY_FILE}` cannot be read, so nothing was saved"),
            hint: Some("mend the lines named here and save again".to_owned()),
            diagnostics: diagnostics.clone(),
        });
    }
    check_redirects(work, before, after).await?;
    let policy = match read(work, old).await? {
        Ok(policy) => policy,
        // Rules that came in broken, by an import, are mended by bringing readable ones.
        Err(_) if new != old => next.unwrap_or_default(),
        Err(diagnostics) => return Err(unreadable(diagnostics)),
    };
    let binds_contracts = policy.contracts.binds(way);
    let changes = work
        .with(|overlay| tree_diff(overlay, before, Some(after)))
        .await?;
    documentation::check_standard(work, &changes).await?;
    check_escalation(work, &changes).await?;
    let touched = if policy == Policy::default() {
        Vec::new()
    } else {
        touched(work, &changes).await?
    };
    let mut reaching = Reaching::default();
    let mut broken = Arc::default();
    if let Some(before) = before {
        reaching = impact::reaching(ctx, work, (before, after), &policy).await?;
        if binds_contracts {
            broken = impact::broken(ctx, work, (before, after), &[]).await?;
        }
    }
    let facts = Facts {
        touched: &touched,
        reaching: &reaching,
        notes,
    };
    let mut found = breaches(&policy, facts, way);
    found.extend(broken_contracts(&broken.breaches));
    if way != Way::Emergency {
        let short = documentation::shortfalls(ctx, work, (before, after), &changes, &[]).await?;
        found.extend(short.iter().flat_map(Shortfall::blockers));
    }
    if policy.tests.binds(way) {
        let tried = suites::tried(ctx, work, (before, after), &changes).await?;
        found.extend(failing_cases(&tried.findings));
    }
    if !found.is_empty() {
        return Err(Error::Refused(found));
    }
    match way {
        // Told with what went live, and mended after it.
        Way::Emergency => Ok(()),
        _ if binds_contracts => {
            contracts::check_all(ctx, work, (before, after), &changes).await?;
            contracts::check_prompts(ctx, work, (before, after), &changes).await
        }
        _ => {
            let paths = changes.iter().map(|change| change.path.as_str());
            contracts::check_own(ctx, work, after, paths).await
        }
    }
}

/// Checks the signatures of versions that reach `main` as they are, where the rules on `main` ask for
/// them. What the server writes in the same act is signed by it and is not among them.
pub async fn check_signed(
    ctx: &Context,
    work: &mut Work,
    before: Option<Oid>,
    commits: &[Oid],
    way: Way,
) -> Result<()> {
    let file = rules_file(work, before).await?;
    let asked = read(work, file)
        .await?
        .is_ok_and(|policy| policy.signed_commits);
    if !asked || way == Way::Emergency {
        return Ok(());
    }
    match signatures::unsigned(ctx, work, commits).await? {
        None => Ok(()),
        Some(blocker) => Err(Error::Refused(vec![blocker])),
    }
}

/// Refuses redirects that cannot be read or lead in a circle, where they changed.
async fn check_redirects(work: &mut Work, before: Option<Oid>, after: Oid) -> Result<()> {
    let at = async |work: &mut Work, tree| {
        work.with(|overlay| entry_at(overlay, tree, REDIRECTS_FILE))
            .await
    };
    let old = match before {
        Some(tree) => at(work, tree).await?,
        None => None,
    };
    if at(work, after).await? != old {
        redirects(work, after).await?;
    }
    Ok(())
}

/// The rules a tree holds; the default ones where it holds none.
pub(crate) async fn policy(work: &mut Work, tree: Option<Oid>) -> Result<Policy> {
    let file = rules_file(work, tree).await?;
    read(work, file).await?.map_err(unreadable)
}

fn unreadable(diagnostics: Vec<Diagnostic>) -> Error {
    Error::Invalid {
        message: format!("the rules in `{POLICY_FILE}` on `main` cannot be read"),
        hint: Some(
            "save a version of that file that can be read; nothing else is taken".to_owned(),
        ),
        diagnostics,
    }
}

async fn rules_file(work: &mut Work, tree: Option<Oid>) -> Result<Option<Entry>> {
    let Some(tree) = tree else { return Ok(None) };
    let entry = work
        .with(|overlay| entry_at(overlay, tree, POLICY_FILE))
        .await?;
    Ok(entry.filter(|entry| entry.mode.is_file()))
}

async fn read(
    work: &mut Work,
    file: Option<Entry>,
) -> Result<std::result::Result<Policy, Vec<Diagnostic>>> {
    let Some(file) = file else {
        return Ok(Ok(Policy::default()));
    };
    let blob = work.blob(file.oid).await?;
    Ok(Policy::parse(&String::from_utf8_lossy(&blob.bytes)))
}

/// Fails where a change brings rules of escalation that cannot be read.
async fn check_escalation(work: &mut Work, changes: &[Change]) -> Result<()> {
    let change = changes.iter().find(|one| one.path == ESCALATION_FILE);
    let diagnostics = match change.and_then(|change| change.new) {
        Some(entry) => escalation_findings(work, entry).await?,
        None => Vec::new(),
    };
    if diagnostics.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid {
        message: format!("the rules in `{ESCALATION_FILE}` cannot be read, so nothing was saved"),
        hint: Some("mend the lines named here and save again".to_owned()),
        diagnostics,
    })
}

async fn escalation_findings(work: &mut Work, entry: Entry) -> Result<Vec<Diagnostic>> {
    if !entry.mode.is_file() {
        return Ok(Vec::new());
    }
    let blob = work.blob(entry.oid).await?;
    let read = Escalation::parse(&String::from_utf8_lossy(&blob.bytes));
    Ok(read.err().unwrap_or_default())
}

/// The paths of changes, and which of them only changed their wording.
pub(crate) async fn touched(work: &mut Work, changes: &[Change]) -> Result<Vec<Touched>> {
    let both = changes.iter().filter(|change| {
        change.path.ends_with(".prompt") && change.old.is_some() && change.new.is_some()
    });
    let blobs: Vec<Oid> = both
        .flat_map(|change| [change.old, change.new])
        .flatten()
        .filter(|entry| entry.mode.is_file())
        .map(|entry| entry.oid)
        .collect();
    work.with(|overlay| overlay.require(blobs.iter().copied()))
        .await?;
    let mut touched = Vec::with_capacity(changes.len());
    for change in changes {
        let before = text_of(work, &change.path, change.old).await?;
        let after = text_of(work, &change.path, change.new).await?;
        touched.push(Touched {
            wording_only: is_wording_only(&change.path, before.as_deref(), after.as_deref()),
            path: change.path.clone(),
        });
    }
    Ok(touched)
}

async fn text_of(work: &mut Work, path: &str, entry: Option<Entry>) -> Result<Option<String>> {
    match entry.filter(|entry| entry.mode.is_file() && path.ends_with(".prompt")) {
        Some(entry) => {
            let blob = work.blob(entry.oid).await?;
            Ok(Some(String::from_utf8_lossy(&blob.bytes).into_owned()))
        }
        None => Ok(None),
    }
}

/// What is wrong with rules and settings among changed files, as findings.
pub(crate) async fn settings_findings(
    work: &mut Work,
    changes: &[Change],
) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    for change in changes {
        let Some(entry) = change.new.filter(|entry| entry.mode.is_file()) else {
            continue;
        };
        match change.path.as_str() {
            POLICY_FILE => {
                if let Err(diagnostics) = read(work, Some(entry)).await? {
                    found.extend(diagnostics);
                }
            }
            STANDARD_FILE => {
                if let Err(diagnostics) = documentation::read(work, Some(entry)).await? {
                    found.extend(diagnostics);
                }
            }
            ESCALATION_FILE => found.extend(escalation_findings(work, entry).await?),
            LIBRARY_FILE => {
                let blob = work.blob(entry.oid).await?;
                if let Err(error) = Library::parse(&String::from_utf8_lossy(&blob.bytes)) {
                    let finding = Diagnostic::error("bad-settings", (1, 1), error.to_string());
                    found.push(finding.at_path(LIBRARY_FILE));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
