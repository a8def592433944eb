//! Keeping a library in order: copies, and prompts that nobody seems to need.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::upkeep::{Duplicates, FindDuplicates, FindObsolete, ObsoletePage};

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// What to compare.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum duplicates --folder prompts/email --percent 90")]
pub(crate) struct DuplicatesArgs {
    /// Only below this folder.
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    /// Only this channel.
    #[arg(long)]
    pub channel: Option<String>,
    /// Only of this category, by its title or path.
    #[arg(long)]
    pub category: Option<String>,
    /// How many of a hundred runs of words they share at least.
    #[arg(long, default_value_t = 80, value_name = "PERCENT")]
    pub percent: u8,
    /// At most so many groups.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
}

/// `variorum duplicates`
pub(crate) fn duplicates(args: &DuplicatesArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = FindDuplicates {
        folder: args.folder.clone(),
        channel: args.channel.clone(),
        category: args.category.clone(),
        kind: None,
        percent: Some(args.percent),
        limit: Some(args.limit),
        old_will_do: None,
    };
    let answer = console.client.find(&["duplicates"], &query)?;
    console.show(&answer, groups)
}

fn groups(found: &Duplicates) -> Vec<String> {
    if found.items.is_empty() {
        return vec!["No two texts are that much alike.".to_owned()];
    }
    let mut lines = Vec::new();
    for group in &found.items {
        lines.push(match group.percent {
            100 => "Copies".to_owned(),
            percent => format!("{percent} % alike"),
        });
        let files = group.files.iter();
        lines.extend(files.map(|file| format!("  {}  {}", file.id, file.title)));
    }
    lines
}

/// What counts as obsolete.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum obsolete --days 180 --owner \"Ann Lee\"")]
pub(crate) struct ObsoleteArgs {
    /// Not changed for so many days.
    #[arg(long, default_value_t = 90, value_name = "DAYS")]
    pub days: i64,
    /// Only below this folder.
    #[arg(long, value_name = "PATH")]
    pub folder: Option<String>,
    /// Only of this owner.
    #[arg(long)]
    pub owner: Option<String>,
    /// Only of this category, by its title or path.
    #[arg(long)]
    pub category: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
}

/// `variorum obsolete`
pub(crate) fn obsolete(args: &ObsoleteArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = FindObsolete {
        folder: args.folder.clone(),
        owner: args.owner.clone(),
        category: args.category.clone(),
        kind: None,
        days: Some(args.days),
        after: None,
        limit: Some(args.limit),
    };
    let answer = console.client.find(&["obsolete"], &query)?;
    let code = console.show(&answer, idle)?;
    console.more(&answer, "there are more; ask for them with `--limit`");
    Ok(code)
}

fn idle(page: &ObsoletePage) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["Everything seems to be needed.".to_owned()];
    }
    let row = |one: &variorum_api_types::upkeep::ObsoletePrompt| {
        vec![one.prompt.id.clone(), one.reasons.join("; ")]
    };
    let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
    layout::table(&["Prompt", "Why"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_answers_say_so() {
        let none = Duplicates {
            items: Vec::new(),
            compared_at: String::new(),
            is_current: true,
        };
        assert_eq!(groups(&none), ["No two texts are that much alike."]);
        let none = ObsoletePage {
            items: Vec::new(),
            next: None,
        };
        assert_eq!(idle(&none), ["Everything seems to be needed."]);
    }
}
