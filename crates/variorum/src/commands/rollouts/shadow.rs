//! What a release in the shadow would have answered.

use std::process::ExitCode;

use variorum_api_types::designs::{ShadowPrompt, ShadowResult};

use crate::commands::console::Console;
use crate::commands::layout;
use crate::error::CliError;

/// `variorum rollouts shadow`
pub(super) fn run(number: i64, console: &Console) -> Result<ExitCode, CliError> {
    let path = ["rollouts", &number.to_string(), "shadow"];
    let answer = console.client.get(&path)?;
    console.show(&answer, text)
}

fn text(found: &ShadowResult) -> Vec<String> {
    let mut lines = vec![format!("R-{}", found.number)];
    lines.extend(layout::wrap(&found.sentence, layout::WIDTH));
    if found.all.passed_over > 0 {
        lines.push(format!(
            "{} more came faster than they could be compared.",
            found.all.passed_over
        ));
    }
    lines.extend(found.prompts.iter().flat_map(prompt));
    lines
}

fn prompt(found: &ShadowPrompt) -> Vec<String> {
    let counts = &found.counts;
    let mut lines = vec![format!(
        "{}: {} compared, {} same, {} with another text, {} with other settings, {} absent, {} failed",
        found.prompt,
        counts.compared,
        counts.same,
        counts.text_differs,
        counts.settings_differ,
        counts.absent,
        counts.failed
    )];
    if let (Some(old), Some(new)) = (counts.old_length, counts.new_length) {
        lines.push(format!(
            "  {old:.0} characters before, {new:.0} now, on average"
        ));
    }
    let missing = found.missing.iter();
    lines.extend(missing.map(|one| format!("  `{}` is missing in {}", one.name, one.requests)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_api_types::designs::{MissingVariable, ShadowCounts};

    #[test]
    fn it_is_told_prompt_by_prompt() {
        let counts = ShadowCounts {
            compared: 4,
            same: 1,
            text_differs: 2,
            failed: 1,
            old_length: Some(10.4),
            new_length: Some(8.0),
            passed_over: 3,
            ..ShadowCounts::default()
        };
        let found = ShadowResult {
            number: 7,
            sentence: "Of 4 requests, the text differed in 2.".into(),
            all: counts.clone(),
            prompts: vec![ShadowPrompt {
                prompt: "email/welcome".into(),
                counts,
                missing: vec![MissingVariable {
                    name: "town".into(),
                    requests: 1,
                }],
            }],
            samples: Vec::new(),
        };
        assert_eq!(
            text(&found),
            [
                "R-7",
                "Of 4 requests, the text differed in 2.",
                "3 more came faster than they could be compared.",
                "email/welcome: 4 compared, 1 same, 2 with another text, 0 with other settings, 0 \
                 absent, 1 failed",
                "  10 characters before, 8 now, on average",
                "  `town` is missing in 1",
            ]
        );
    }
}
