//! Computing a rollout again from the stored events.

use std::process::ExitCode;

use variorum_api_types::rollouts::{Replayed, ReplayedLook};

use crate::commands::console::Console;
use crate::commands::layout;
use crate::error::CliError;

/// What the command answers where something differs.
const DIFFERS: u8 = 2;

/// `variorum rollouts replay`
pub(super) fn run(number: i64, console: &Console) -> Result<ExitCode, CliError> {
    let path = ["rollouts", &number.to_string(), "replay"];
    let answer = console.client.get(&path)?;
    let found: Replayed = answer.read()?;
    let shown = console.show(&answer, text)?;
    let is_equal = found.decisions_equal && found.statistics_equal && found.looks_equal;
    Ok(if is_equal {
        shown
    } else {
        ExitCode::from(DIFFERS)
    })
}

fn text(found: &Replayed) -> Vec<String> {
    let mut lines = vec![format!("R-{}", found.number)];
    lines.extend(layout::wrap(&found.sentence, layout::WIDTH));
    for fired in &found.fired {
        lines.extend(layout::wrap(&fired.sentence, layout::WIDTH));
        lines.push(format!("ln E = {} at {}", fired.log_e, fired.at));
    }
    if found.looks.is_empty() {
        return lines;
    }
    let row = |look: &ReplayedLook| {
        vec![
            look.at.clone(),
            look.why.clone(),
            format!("{:.2}", look.log_e),
            look.outcome.clone(),
            if look.equal { "same" } else { "DIFFERS" }.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = found.looks.iter().map(row).collect();
    lines.push(String::new());
    let headings = ["Looked at", "Because", "ln E", "Verdict", "Again"];
    lines.extend(layout::table(&headings, &rows));
    lines
}
