//! Finding prompts: the best first, with the passage that shows why.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::library::ListPrompts;
use variorum_api_types::search::{FacetCount, Facets, FoundPrompt, SearchPage, TextPiece};

use super::console::Console;
use super::layout;
use super::prompts::{FilterArgs, narrowed};
use crate::error::CliError;
use crate::output;

/// What is looked for.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum search welcome discount --channel email\n         variorum search 'win back' --live --facets"
)]
pub(crate) struct SearchArgs {
    /// The words. A word also finds what begins with it; put a phrase into \"signs\".
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Only below this folder, e.g. `prompts/email`.
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    /// Also counts what was found by kind, channel, brand and so on.
    #[arg(long)]
    pub facets: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `variorum search`
pub(crate) fn run(args: &SearchArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = ListPrompts {
        q: Some(args.words.join(" ")),
        folder: args.folder.clone(),
        facets: args.facets.then_some(true),
        ..narrowed(&args.filter)
    };
    find(query, args.filter.all, console)
}

/// Finds and shows what a question asks for.
pub(crate) fn find(query: ListPrompts, all: bool, console: &Console) -> Result<ExitCode, CliError> {
    let answer = if all {
        let go_on = |query: &mut ListPrompts, next: &serde_json::Value| {
            query.after = next.as_str().map(ToOwned::to_owned);
        };
        console.all_pages(&["search"], query, go_on)?
    } else {
        console.client.find(&["search"], &query)?
    };
    let code = console.show(&answer, lines)?;
    if !console.json {
        let page: SearchPage = answer.read()?;
        if page.next.is_some() {
            let total = u64::try_from(page.total).unwrap_or(0);
            output::note(format!(
                "{} of {}; `--all` shows the rest",
                page.items.len(),
                layout::grouped(total)
            ));
        }
    }
    Ok(code)
}

fn lines(page: &SearchPage) -> Vec<String> {
    let mut lines = Vec::new();
    for correction in &page.corrections {
        let also = correction.also.join(", ");
        lines.push(format!(
            "`{}` occurs nowhere; looked for {also}",
            correction.word
        ));
    }
    if page.items.is_empty() {
        lines.push("Nothing was found.".to_owned());
    }
    for found in &page.items {
        lines.extend(one(found));
    }
    if let Some(facets) = &page.facets {
        lines.push(String::new());
        lines.extend(counted(facets));
    }
    lines
}

fn one(found: &FoundPrompt) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", found.prompt.id, text(&found.title))];
    let passage = text(&found.passage);
    if !passage.trim().is_empty() {
        lines.extend(layout::indented(
            &layout::wrap(&passage, layout::WIDTH - 2).join("\n"),
            2,
        ));
    }
    lines
}

/// A text with marks around what was looked for.
fn text(pieces: &[TextPiece]) -> String {
    let piece = |piece: &TextPiece| {
        if piece.hit {
            format!("[{}]", piece.text)
        } else {
            piece.text.clone()
        }
    };
    pieces.iter().map(piece).collect()
}

fn counted(facets: &Facets) -> Vec<String> {
    let short = |counts: &[FacetCount]| {
        let counts = counts.iter().take(8);
        let texts: Vec<String> = counts
            .map(|count| format!("{} {}", count.value, count.files))
            .collect();
        texts.join(", ")
    };
    layout::labelled(&[
        ("Kinds", short(&facets.kinds)),
        ("Channels", short(&facets.channels)),
        ("Brands", short(&facets.brands)),
        ("Regions", short(&facets.regions)),
        ("Owners", short(&facets.owners)),
        ("Statuses", short(&facets.statuses)),
        ("Categories", short(&facets.categories)),
        ("Tags", short(&facets.tags)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn hits_are_marked() {
        let page: SearchPage = from_value(json!({
            "items": [{
                "prompt": {"id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt",
                    "title": "Welcome", "intent": "", "channel": "email", "brand": "", "region": "", "owner": "",
                    "tags": [], "version": 2, "updated_at": "2026-11-18T11:06:40.000000Z", "updated_by": "Ann Lee",
                    "errors": 0, "live": []},
                "score": 5,
                "title": [{"text": "Welcome", "hit": true}],
                "passage": [{"text": "…a ", "hit": false}, {"text": "warm", "hit": true}, {"text": " note", "hit": false}],
            }],
            "next": null, "total": 1, "corrections": [{"word": "wlecome", "also": ["welcome"]}],
        }))
        .unwrap();
        assert_eq!(
            lines(&page),
            [
                "`wlecome` occurs nowhere; looked for welcome",
                "email/welcome  [Welcome]",
                "  …a [warm] note",
            ]
        );
    }
}
