//! Where a push asks whether its commits may be saved as they are described, and whether the rules of
//! the library let them reach `main`.

use variorum_domain::change::Blocker;
use variorum_domain::documentation::STANDARD_FILE;
use variorum_domain::escalation::ESCALATION_FILE;
use variorum_domain::id::Oid;
use variorum_domain::policy::{POLICY_FILE, Way};
use variorum_domain::prompt::Diagnostic;
use variorum_domain::record::Note;

use super::super::{contracts, gate};
use super::paths::shown;
use super::{Refusal, Step};
use crate::Error;
use crate::context::Context;
use crate::work::Work;

/// Checks subject and record of a commit that reaches a branch, as a save in the browser does.
pub(super) fn check_note(short_oid: &str, note: &Note, _on_main: bool) -> Result<(), Refusal> {
    note.check().map_err(|error| {
        Refusal::new(
            "a commit's description is refused",
            &[
                format!("commit {short_oid} `{}`: {error}", cut(&note.subject)),
                "Reword it (`git commit --amend`, or `git rebase -i` for an older one), then push \
                 again."
                    .to_owned(),
            ],
        )
    })
}

/// Holds what would reach `main` against the rules in the library, as every other door does.
pub(super) async fn check_rules(
    ctx: &Context,
    work: &mut Work,
    (before, after): (Option<Oid>, Oid),
    notes: &[Note],
) -> Step<()> {
    let notes: Vec<&Note> = notes.iter().collect();
    step(gate::check_main(ctx, work, before, after, &notes, Way::Direct).await)
}

/// Checks that what a push brings to a draft keeps its promises by itself, as a save there does.
pub(super) async fn check_own(
    ctx: &Context,
    work: &mut Work,
    tree: Oid,
    paths: impl IntoIterator<Item = &str>,
) -> Step<()> {
    step(contracts::check_own(ctx, work, tree, paths).await)
}

/// Holds the signatures of what would reach `main` against the rules in the library.
pub(super) async fn check_signed(
    ctx: &Context,
    work: &mut Work,
    before: Option<Oid>,
    commits: &[Oid],
) -> Step<()> {
    step(gate::check_signed(ctx, work, before, commits, Way::Direct).await)
}

/// What a gate refuses, in words for a terminal.
fn step(checked: crate::Result<()>) -> Step<()> {
    match checked {
        Ok(()) => Ok(Ok(())),
        Err(Error::Refused(blockers)) => {
            let lines: Vec<String> = blockers.iter().map(line_of_blocker).collect();
            Ok(Err(Refusal::new("the rules refuse it", &lines)))
        }
        Err(Error::Invalid {
            message,
            hint,
            diagnostics,
        }) => {
            let is_policy = diagnostics.iter().any(|one| {
                [POLICY_FILE, STANDARD_FILE, ESCALATION_FILE].contains(&one.path.as_str())
            });
            let reason = if is_policy || diagnostics.is_empty() {
                "the rules cannot be read"
            } else {
                "it does not fit together"
            };
            let mut lines = vec![message];
            lines.extend(diagnostics.iter().map(line_of_finding));
            lines.extend(hint);
            Ok(Err(Refusal::new(reason, &lines)))
        }
        Err(other) => Err(other),
    }
}

fn line_of_blocker(blocker: &Blocker) -> String {
    let place = if blocker.path.is_empty() {
        String::new()
    } else {
        format!("`{}`: ", shown(&blocker.path))
    };
    format!(
        "{place}{}; {}",
        shown(&blocker.message),
        shown(&blocker.next)
    )
}

fn line_of_finding(finding: &Diagnostic) -> String {
    format!(
        "`{}` line {}, column {}: {}",
        shown(&finding.path),
        finding.line,
        finding.column,
        shown(&finding.message)
    )
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
