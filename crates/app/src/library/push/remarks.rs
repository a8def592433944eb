//! What is wrong with the files of a push, line by line. Nothing is refused for it: a save in the
//! browser keeps such files, too, and shows what is wrong with them.

use variorum_domain::library::{FileKind, MAIN};
use variorum_domain::limits::{PUSH_PROMPTS_READ_MAX, PUSH_REMARKS_MAX};
use variorum_domain::prompt::Diagnostic;
use variorum_git::diff::tree_diff;

use super::super::tree_view::TreeView;
use super::super::{documentation, head};
use super::decide::Accepted;
use super::paths::shown;
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// The remarks on all branches of a push.
pub(super) async fn remarks(
    ctx: &Context,
    work: &mut Work,
    accepted: &[&Accepted],
) -> Result<Vec<String>> {
    let main_tree = head(work, MAIN).await?.map(|(_, data)| data.tree);
    let mut lines = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut read = 0;
    for one in accepted {
        let Some(after) = one.after_tree.filter(|tree| seen.insert(*tree)) else {
            continue;
        };
        // A new draft is held against the library, not against nothing.
        let before = one.before_tree.or(main_tree);
        let changes = work
            .with(|overlay| tree_diff(overlay, before, Some(after)))
            .await?;
        for short in documentation::shortfalls(ctx, work, (before, after), &changes, &[]).await? {
            lines.extend(
                short
                    .remarks()
                    .iter()
                    .map(|found| line_of(&short.path, found)),
            );
        }
        let prompts = changes.into_iter().filter_map(|change| {
            let entry = change.new.filter(|entry| entry.mode.is_file())?;
            let kind = FileKind::of(&change.path);
            let checked = matches!(
                kind,
                FileKind::Prompt | FileKind::Partial | FileKind::Workflow
            );
            checked.then_some((change.path, entry.oid))
        });
        let prompts: Vec<_> = prompts.collect();
        if prompts.is_empty() {
            continue;
        }
        let mut view = TreeView::of(ctx, work, after).await?;
        for (path, blob) in prompts {
            read += 1;
            if read > PUSH_PROMPTS_READ_MAX || lines.len() > PUSH_REMARKS_MAX {
                lines.truncate(PUSH_REMARKS_MAX);
                lines.push(
                    "… further prompts are not listed here; the library shows them".to_owned(),
                );
                return Ok(lines);
            }
            let found = view.diagnostics(ctx, work, &path, blob).await?;
            lines.extend(found.iter().map(|found| line_of(&path, found)));
        }
    }
    Ok(lines)
}

/// A finding as compilers write it.
fn line_of(path: &str, found: &Diagnostic) -> String {
    let severity = if found.is_error() { "error" } else { "warning" };
    let place = if found.path.is_empty() {
        path
    } else {
        &found.path
    };
    format!(
        "{}:{}:{}: {severity}: {} [{}]",
        shown(place),
        found.line,
        found.column,
        found.message,
        found.code
    )
}
