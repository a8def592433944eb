//! Checking: objects, statistics, the audit log. A failed check exits with 2.

use std::process::ExitCode;
use std::sync::Arc;

use variorum_app::setup;
use variorum_app::transfer::fsck;
use variorum_app::{activity, events};
use variorum_domain::audit::Head;

use super::VerifyArgs;
use super::admin::administrator;
use super::open::{SystemClock, open};
use crate::args::Connection;
use crate::error::CliError;
use crate::output;

/// The exit code of a check that failed.
const CHECK_FAILED: u8 = 2;

fn exit(fine: bool) -> ExitCode {
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(CHECK_FAILED)
    }
}

/// `variorum fsck`
pub(super) async fn fsck(connection: &Connection, json: bool) -> Result<ExitCode, CliError> {
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let actor = administrator(&ctx).await?;
    let checked = fsck::run(&ctx, &actor).await?;
    if json {
        output::json(&serde_json::json!({
            "objects": checked.objects, "refs": checked.refs,
            "errors": checked.errors, "warnings": checked.warnings,
        }));
    } else {
        checked
            .errors
            .iter()
            .for_each(|error| output::line(format!("error: {error}")));
        checked
            .warnings
            .iter()
            .for_each(|warning| output::line(format!("warning: {warning}")));
        let verdict = if checked.errors.is_empty() {
            "all there and intact"
        } else {
            "damaged"
        };
        output::line(format!(
            "{} objects, {} refs: {verdict}",
            checked.objects, checked.refs
        ));
    }
    Ok(exit(checked.errors.is_empty()))
}

/// `variorum rebuild`
pub(super) async fn rebuild(connection: &Connection, json: bool) -> Result<ExitCode, CliError> {
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let actor = administrator(&ctx).await?;
    let rebuilt = events::rebuild(&ctx, &actor).await?;
    let fine = rebuilt.iter().all(|one| one.equal != Some(false));
    if json {
        let rows: Vec<serde_json::Value> = rebuilt
            .iter()
            .map(|one| {
                serde_json::json!({"rollout": one.number.0, "exposed": one.exposed, "equal": one.equal})
            })
            .collect();
        output::json(&rows);
    } else {
        for one in &rebuilt {
            let verdict = match one.equal {
                Some(true) => "equal",
                Some(false) => "DIFFERENT from what was kept",
                None => "nothing was kept to compare with",
            };
            let arms: Vec<String> = one.exposed.iter().map(u64::to_string).collect();
            output::line(format!(
                "R-{}: {} people, {verdict}",
                one.number,
                arms.join(" and ")
            ));
        }
        output::line(format!(
            "{} rollouts rebuilt from the stored events",
            rebuilt.len()
        ));
    }
    Ok(exit(fine))
}

/// `variorum audit verify`
pub(super) async fn verify(
    args: &VerifyArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let noted = args.noted.as_deref().map(parse_head).transpose()?;
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let mut fine = true;
    let mut rows = Vec::new();
    for workspace in setup::workspaces(&ctx).await? {
        let checked = activity::check(&ctx, workspace.id, noted).await?;
        fine &= checked.problem.is_none();
        let head = format!("{}:{}", checked.head.seq, checked.head.hash);
        if json {
            rows.push(serde_json::json!({
                "workspace": workspace.name, "entries": checked.entries, "head": head,
                "intact": checked.problem.is_none(),
                "problem": checked.problem.map(|problem| problem.to_string()),
            }));
        } else if let Some(problem) = checked.problem {
            output::line(format!("{}: {problem}", workspace.name));
        } else {
            output::line(format!(
                "{}: {} entries, all as written",
                workspace.name, checked.entries
            ));
            output::line(format!("head: {head}"));
        }
    }
    if json {
        output::json(&rows);
    }
    Ok(exit(fine))
}

fn parse_head(text: &str) -> Result<Head, CliError> {
    let parsed = text.split_once(':').and_then(|(seq, hash)| {
        Some(Head {
            seq: seq.parse().ok()?,
            hash: hash.parse().ok()?,
        })
    });
    parsed.ok_or_else(|| {
        CliError::user(
            format!("`{text}` is not a noted head"),
            "give what `variorum audit verify` printed after `head:`",
        )
    })
}
