//! The catalogue: how categories keep the documentation standard, what prompts say of themselves,
//! and all of it as a static site.

mod export;
mod html;
mod pages;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::catalogue::{
    BrowseCatalogue, Catalogue, CatalogueDetail, CatalogueEntry, CataloguePage, CategoryScore,
};

use super::console::Console;
use super::layout;
use crate::error::CliError;
use crate::output;

/// What of the catalogue.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example: variorum catalogue\n         variorum catalogue --entries --lacking owner,benchmarks\n         variorum catalogue export ./site"
)]
pub(crate) struct CatalogueArgs {
    #[command(subcommand)]
    pub command: Option<CatalogueCommand>,
    /// Lists prompts with what they lack, rather than categories.
    #[arg(long)]
    pub entries: bool,
    /// Only of this category, by its title or path.
    #[arg(long)]
    pub category: Option<String>,
    /// Only of this owner, as the prompt itself names it.
    #[arg(long)]
    pub owner: Option<String>,
    /// Only this channel.
    #[arg(long)]
    pub channel: Option<String>,
    /// Only what lacks any of these: intent, inputs, outputs, benchmarks, dependencies, owner.
    #[arg(long, value_name = "ITEMS")]
    pub lacking: Option<String>,
    /// Only what scores less than this.
    #[arg(long, value_name = "SCORE")]
    pub below: Option<i64>,
    /// At most so many prompts.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
}

/// What to do with the catalogue.
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Shows what one prompt says about itself, and what is missing.
    #[command(after_help = "Example: variorum catalogue show email/onboarding/welcome")]
    Show {
        /// The prompt's id.
        id: String,
    },
    /// Writes the catalogue as a static site: pages that need no server.
    #[command(after_help = "Example: variorum catalogue export ./site")]
    Export(export::ExportArgs),
}

/// `variorum catalogue`
pub(crate) fn run(args: &CatalogueArgs, console: &Console) -> Result<ExitCode, CliError> {
    match &args.command {
        Some(CatalogueCommand::Export(args)) => return export::run(args, console),
        Some(CatalogueCommand::Show { id }) => {
            let answer = console.client.get(&["catalogue", "entries", id])?;
            return console.show(&answer, told);
        }
        None => {}
    }
    let query = BrowseCatalogue {
        category: args.category.clone(),
        owner: args.owner.clone(),
        channel: args.channel.clone(),
        lacking: args.lacking.clone(),
        below: args.below,
        limit: Some(args.limit),
        ..BrowseCatalogue::default()
    };
    if !args.entries {
        let answer = console.client.find(&["catalogue"], &query)?;
        let code = console.show(&answer, categories)?;
        if let (false, Some(problem)) = (console.json, answer.read::<Catalogue>()?.problem) {
            let file = "rules/documentation.yaml";
            output::note(format!(
                "`{file}` cannot be read, the default counts: {problem}"
            ));
        }
        return Ok(code);
    }
    let answer = console.client.find(&["catalogue", "entries"], &query)?;
    let code = console.show(&answer, entries)?;
    console.more(&answer, "there are more; ask for them with `--limit`");
    Ok(code)
}

/// What a category is called.
fn name_of(category: &CategoryScore) -> &str {
    match (category.title.as_str(), category.path.as_str()) {
        ("", "") => "Without a category",
        ("", path) => path,
        (title, _) => title,
    }
}

fn categories(found: &Catalogue) -> Vec<String> {
    if found.categories.is_empty() {
        return vec!["No prompt is found.".to_owned()];
    }
    let row = |name: &str, one: &CategoryScore| {
        let lacking = one.lacking.iter().filter(|count| count.prompts > 0);
        let lacking = lacking.map(|count| format!("{} {}", count.item, count.prompts));
        vec![
            name.to_owned(),
            one.prompts.to_string(),
            one.score.to_string(),
            one.full.to_string(),
            lacking.collect::<Vec<_>>().join(", "),
        ]
    };
    let each = found.categories.iter();
    let mut rows: Vec<Vec<String>> = each.map(|one| row(name_of(one), one)).collect();
    rows.push(row("All", &found.all));
    layout::table(&["Category", "Prompts", "Score", "Whole", "Lacking"], &rows)
}

fn entries(page: &CataloguePage) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["No prompt is found.".to_owned()];
    }
    let row = |one: &CatalogueEntry| {
        vec![
            one.prompt.id.clone(),
            one.documentation.score.to_string(),
            lacking(one).join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
    layout::table(&["Prompt", "Score", "Lacking"], &rows)
}

/// The names of the items of which something is missing.
fn lacking(entry: &CatalogueEntry) -> Vec<String> {
    let items = entry.documentation.items.iter();
    let lacking = items.filter(|item| item.stated < item.of);
    lacking.map(|item| item.item.clone()).collect()
}

fn told(found: &CatalogueDetail) -> Vec<String> {
    let said = &found.entry.documentation;
    let links = |links: &[variorum_api_types::catalogue::CatalogueLink]| {
        let names = links
            .iter()
            .map(|link| format!("{} {}", link.kind, link.name));
        names.collect::<Vec<_>>().join("; ")
    };
    let inputs = said
        .inputs
        .iter()
        .map(|input| match input.description.as_str() {
            "" => input.name.clone(),
            text => format!("{}: {text}", input.name),
        });
    let mut lines = layout::labelled(&[
        (
            "Prompt",
            format!("{} ({})", found.entry.prompt.title, found.entry.prompt.id),
        ),
        ("Score", format!("{} of 100", said.score)),
        ("Intent", said.intent.clone()),
        ("Inputs", inputs.collect::<Vec<_>>().join("\n")),
        ("Outputs", said.outputs.join("\n")),
        ("Benchmarks", said.benchmarks.join("\n")),
        ("KPIs", said.kpis.join(", ")),
        ("Owner", said.owner.clone()),
        ("Builds on", links(&found.entry.uses)),
        ("Used by", links(&found.entry.used_by)),
    ]);
    for lack in &said.missing {
        let line = lack
            .line
            .map_or_else(String::new, |line| format!("line {line}: "));
        lines.push(String::new());
        lines.extend(layout::wrap(
            &format!("{line}{}", lack.message),
            layout::WIDTH,
        ));
        lines.extend(layout::indented(&lack.next, 2));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(path: &str, title: &str) -> CategoryScore {
        CategoryScore {
            path: path.to_owned(),
            title: title.to_owned(),
            owner: String::new(),
            custodian: String::new(),
            prompts: 2,
            score: 67,
            full: 1,
            lacking: Vec::new(),
        }
    }

    #[test]
    fn categories_stand_in_a_table_with_all_of_them_last() {
        let found = Catalogue {
            all: score("", ""),
            categories: vec![score("prompts/email/", "E-mail"), score("", "")],
            weights: Vec::new(),
            problem: None,
        };
        let lines = categories(&found);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[1].starts_with("E-mail"));
        assert!(lines[2].starts_with("Without a category"));
        assert!(lines[3].starts_with("All"));
    }

    #[test]
    fn empty_answers_say_so() {
        let none = CataloguePage {
            items: Vec::new(),
            next: None,
            total: 0,
        };
        assert_eq!(entries(&none), ["No prompt is found."]);
    }
}
