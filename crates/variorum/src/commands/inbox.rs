//! The caller's inbox, and the search over change records.

use std::process::ExitCode;

use clap::Args;
use variorum_api_types::inbox::{ListNotices, Notice, NoticePage, ReadNotice, Unread};
use variorum_api_types::records::{FindRecords, Record, RecordPage};

use super::console::Console;
use super::layout;
use crate::error::CliError;

/// Which lines to show.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum inbox")]
pub(crate) struct InboxArgs {
    /// Also shows what was read.
    #[arg(long)]
    pub all: bool,
    /// Marks everything up to this line as read.
    #[arg(long, value_name = "ID")]
    pub read: Option<i64>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Which records to find.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum records welcome --kpi open_rate")]
pub(crate) struct RecordsArgs {
    /// Words that must all occur.
    pub words: Vec<String>,
    /// Words of the problem.
    #[arg(long, value_name = "TEXT")]
    pub problem: Option<String>,
    /// Words of the hypothesis.
    #[arg(long, value_name = "TEXT")]
    pub hypothesis: Option<String>,
    /// The campaign.
    #[arg(long, value_name = "NAME")]
    pub campaign: Option<String>,
    /// A KPI that baseline, hypothesis or validation names.
    #[arg(long, value_name = "KPI")]
    pub kpi: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `variorum inbox`
pub(crate) fn inbox(args: &InboxArgs, console: &Console) -> Result<ExitCode, CliError> {
    if let Some(id) = args.read {
        let body = ReadNotice { all_before: true };
        let answer = console
            .client
            .post(&["notices", &id.to_string(), "read"], &body)?;
        return console.show(&answer, |left: &Unread| {
            vec![format!(
                "{} left unread.",
                layout::grouped(count(left.unread))
            )]
        });
    }
    let query = ListNotices {
        unread: (!args.all).then_some(true),
        limit: args.limit,
        ..ListNotices::default()
    };
    let answer = console.client.find(&["notices"], &query)?;
    console.show(&answer, |page: &NoticePage| {
        if page.items.is_empty() {
            return vec!["Nothing new.".to_owned()];
        }
        let row = |notice: &Notice| {
            vec![
                notice.id.to_string(),
                layout::moment(&notice.at),
                notice.target.clone(),
                notice.text.clone(),
            ]
        };
        let rows: Vec<_> = page.items.iter().map(row).collect();
        layout::table(&["Id", "When", "About", "What"], &rows)
    })
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// `variorum records`
pub(crate) fn records(args: &RecordsArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = FindRecords {
        q: Some(args.words.join(" ")).filter(|words| !words.is_empty()),
        problem: args.problem.clone(),
        hypothesis: args.hypothesis.clone(),
        campaign: args.campaign.clone(),
        kpi: args.kpi.clone(),
        below: None,
        limit: args.limit,
    };
    let answer = console.client.find(&["records"], &query)?;
    console.show(&answer, |page: &RecordPage| {
        if page.items.is_empty() {
            return vec!["No record says so.".to_owned()];
        }
        page.items.iter().flat_map(record).collect()
    })
}

fn record(found: &Record) -> Vec<String> {
    let place = if found.on_main { "" } else { " (on a draft)" };
    let mut lines = vec![format!(
        "{}  {}  {}{place}",
        layout::short(&found.commit),
        layout::moment(&found.at),
        found.subject
    )];
    let mut parts = vec![
        ("Problem", found.record.problem.clone()),
        ("Hypothesis", found.record.hypothesis.clone()),
    ];
    let outcomes = found.outcomes.iter();
    parts.extend(outcomes.map(|one| {
        let text = format!(
            "R-{} {} by {}: {}",
            one.rollout, one.decision, one.by, one.reason
        );
        ("Outcome", text)
    }));
    let told = layout::labelled(&parts);
    lines.extend(told.into_iter().map(|line| format!("  {line}")));
    lines
}
