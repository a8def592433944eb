//! Listing and reading prompts.

use std::process::ExitCode;

use variorum_api_types::library::{ListPrompts, Live, PromptPage, PromptSummary};
use variorum_api_types::prompts::{AtVersion, ListVersions, Prompt, Version, VersionPage};

use super::{AtArgs, FilterArgs, ListArgs, SearchArgs, show};
use crate::commands::console::{Console, PAGE_ROWS_MAX};
use crate::commands::layout;
use crate::error::CliError;
use crate::output;

pub(super) fn list(args: ListArgs, console: &Console) -> Result<ExitCode, CliError> {
    let ListArgs { folder, filter } = args;
    listed(
        ListPrompts {
            folder,
            ..narrowed(&filter)
        },
        &filter,
        console,
    )
}

pub(super) fn search(args: SearchArgs, console: &Console) -> Result<ExitCode, CliError> {
    let SearchArgs { words, filter } = args;
    listed(
        ListPrompts {
            q: Some(words.join(" ")),
            ..narrowed(&filter)
        },
        &filter,
        console,
    )
}

pub(in crate::commands) fn narrowed(filter: &FilterArgs) -> ListPrompts {
    ListPrompts {
        channel: filter.channel.clone(),
        brand: filter.brand.clone(),
        region: filter.region.clone(),
        owner: filter.owner.clone(),
        category: filter.category.clone(),
        tag: Some(filter.tag.join(",")).filter(|tags| !tags.is_empty()),
        status: filter.status.clone(),
        archived: filter.archived.then_some(true),
        live: filter.live.clone(),
        expiring_days: filter.expiring,
        kind: filter.kind.clone(),
        includes: filter.includes.clone(),
        with_errors: filter.with_errors.then_some(true),
        limit: Some(if filter.all {
            PAGE_ROWS_MAX
        } else {
            filter.limit
        }),
        ..ListPrompts::default()
    }
}

fn listed(
    query: ListPrompts,
    filter: &FilterArgs,
    console: &Console,
) -> Result<ExitCode, CliError> {
    let answer = if filter.all {
        let go_on = |query: &mut ListPrompts, next: &serde_json::Value| {
            query.after = next.as_str().map(ToOwned::to_owned);
        };
        console.all_pages(&["prompts"], query, go_on)?
    } else {
        console.client.find(&["prompts"], &query)?
    };
    let code = console.show(&answer, rows)?;
    if !console.json {
        let page: PromptPage = answer.read()?;
        let total = u64::try_from(page.total).unwrap_or(0);
        if page.next.is_some() {
            let shown = page.items.len();
            output::note(format!(
                "{shown} of {}; `--all` shows the rest",
                layout::grouped(total)
            ));
        }
    }
    Ok(code)
}

fn rows(page: &PromptPage) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["Nothing was found.".to_owned()];
    }
    let row = |prompt: &PromptSummary| {
        let errors = if prompt.errors == 0 {
            String::new()
        } else {
            prompt.errors.to_string()
        };
        vec![
            prompt.id.clone(),
            prompt.version.to_string(),
            prompt
                .live
                .iter()
                .map(live_short)
                .collect::<Vec<_>>()
                .join(", "),
            errors,
            prompt.title.clone(),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    layout::table(&["Prompt", "Version", "Live", "Errors", "Title"], &rows)
}

/// `production 4`, or `production 4 (R-2: 5)` while a rollout tries another version.
fn live_short(live: &Live) -> String {
    match (live.rollout, live.candidate) {
        (Some(rollout), Some(candidate)) => {
            format!(
                "{} {} (R-{rollout}: {candidate})",
                live.environment, live.version
            )
        }
        _ => format!("{} {}", live.environment, live.version),
    }
}

/// Reads a prompt in some state.
pub(super) fn prompt(args: &AtArgs, console: &Console) -> Result<crate::client::Answer, CliError> {
    let query = AtVersion {
        version: args.version,
        draft: args.draft.clone(),
    };
    console.client.find(&["prompts", &args.id], &query)
}

pub(super) fn show(args: &AtArgs, console: &Console) -> Result<ExitCode, CliError> {
    let answer = prompt(args, console)?;
    console.show(&answer, show::text)
}

pub(super) fn source(args: &AtArgs, console: &Console) -> Result<ExitCode, CliError> {
    let answer = prompt(args, console)?;
    if console.json {
        output::json(answer.json());
    } else {
        let prompt: Prompt = answer.read()?;
        output::raw(&prompt.source);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn history(id: &str, limit: usize, console: &Console) -> Result<ExitCode, CliError> {
    let query = ListVersions {
        below: None,
        limit: Some(limit),
    };
    let answer = console.client.find(&["prompts", id, "versions"], &query)?;
    let code = console.show(&answer, |page: &VersionPage| versions(&page.items))?;
    console.more(
        &answer,
        "there are older versions; ask for more with `--limit`",
    );
    Ok(code)
}

fn versions(versions: &[Version]) -> Vec<String> {
    if versions.is_empty() {
        return vec!["It has no version.".to_owned()];
    }
    let width = versions
        .iter()
        .map(|one| one.version.to_string().len())
        .max()
        .unwrap_or(1);
    versions
        .iter()
        .flat_map(|one| version(one, width))
        .collect()
}

fn version(version: &Version, width: usize) -> Vec<String> {
    let subject = layout::cut(&version.subject, layout::WIDTH - width - 2);
    let mut lines = vec![format!("{:>width$}  {subject}", version.version)];
    let mut about = vec![
        format!("{} by {}", layout::moment(&version.at), version.author),
        layout::short(&version.commit),
    ];
    if !version.on_main {
        about.push("on a draft only".to_owned());
    }
    about.extend(
        version
            .live
            .iter()
            .map(|live| format!("live in {}", live.environment)),
    );
    let indent = width + 2;
    lines.extend(layout::indented(&about.join(", "), indent));
    if !version.record.hypothesis.is_empty() {
        lines.extend(layout::indented(
            &format!("Hypothesis: {}", version.record.hypothesis),
            indent,
        ));
    }
    if let Some(outcome) = &version.outcome {
        let text = format!(
            "R-{} {}: {}",
            outcome.rollout, outcome.state, outcome.sentence
        );
        lines.extend(layout::indented(&text, indent));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn prompts_are_listed_with_where_they_are_live() {
        let page = from_value::<PromptPage>(json!({"next": null, "total": 1, "items": [{
            "id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt",
            "title": "Welcome", "intent": "", "channel": "email", "brand": "", "region": "",
            "owner": "", "tags": [], "version": 5, "updated_at": "", "updated_by": "", "errors": 2,
            "live": [
                {"environment": "production", "release": 11, "version": 4, "rollout": 2, "candidate": 5},
                {"environment": "preview", "release": 12, "version": 5, "rollout": null, "candidate": null},
            ],
        }]}))
        .unwrap();
        assert_eq!(
            rows(&page),
            [
                "Prompt         Version  Live                              Errors  Title",
                "email/welcome        5  production 4 (R-2: 5), preview 5       2  Welcome",
            ]
        );
        assert_eq!(
            rows(&PromptPage {
                items: vec![],
                next: None,
                total: 0,
                facets: None,
            }),
            ["Nothing was found."]
        );
    }

    #[test]
    fn a_history_tells_what_each_version_brought() {
        let one = from_value::<Version>(json!({
            "version": 12, "commit": "3f2a9c1b0d3f2a9c", "author": "Ann Lee",
            "at": "2026-11-20T10:11:12.000000Z", "subject": "Shorten the subject", "body": "",
            "record": {"hypothesis": "open_rate +10%"}, "on_main": false, "live": [],
            "outcome": {"rollout": 4, "state": "finished", "sentence": "First orders +8 %"},
        }))
        .unwrap();
        assert_eq!(
            versions(&[one]),
            [
                "12  Shorten the subject",
                "    2026-11-20 10:11 by Ann Lee, 3f2a9c1b0d, on a draft only",
                "    Hypothesis: open_rate +10%",
                "    R-4 finished: First orders +8 %",
            ]
        );
    }
}
