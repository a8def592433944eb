//! Two versions of a prompt, word by word.

use std::process::ExitCode;

use serde_json::Value;
use variorum_api_types::prompts::{CompareVersions, Comparison, FieldChange, Version, WordSpan};

use crate::commands::console::Console;
use crate::commands::layout;
use crate::error::CliError;
use crate::output;

/// Lines of unchanged text shown on either side of a change.
const LINES_AROUND: usize = 2;

/// `variorum prompts compare`
pub(super) fn run(id: &str, from: i64, to: i64, console: &Console) -> Result<ExitCode, CliError> {
    let query = CompareVersions { from, to };
    let answer = console.client.find(&["prompts", id, "compare"], &query)?;
    let marks = if output::wants_colour() {
        &COLOURS
    } else {
        &BRACKETS
    };
    console.show(&answer, |comparison| text(comparison, marks))
}

/// What stands around deleted and inserted words.
struct Marks {
    delete: [&'static str; 2],
    insert: [&'static str; 2],
}

const BRACKETS: Marks = Marks {
    delete: ["[-", "-]"],
    insert: ["{+", "+}"],
};
/// Red with a line through it, and blue: told apart by people who see no red, too.
const COLOURS: Marks = Marks {
    delete: ["\u{1b}[31;9m", "\u{1b}[0m"],
    insert: ["\u{1b}[34m", "\u{1b}[0m"],
};

fn text(comparison: &Comparison, marks: &Marks) -> Vec<String> {
    let mut lines = vec![
        title(&comparison.from),
        title(&comparison.to),
        String::new(),
    ];
    lines.extend(comparison.fields.iter().map(|change| field(change, marks)));
    if !comparison.fields.is_empty() {
        lines.push(String::new());
    }
    if comparison.words.iter().all(|span| span.kind == "equal") {
        lines.push("The text is the same.".to_owned());
    } else {
        lines.extend(
            words(&comparison.words, marks)
                .lines()
                .map(ToOwned::to_owned),
        );
    }
    lines
}

fn title(version: &Version) -> String {
    let (at, by) = (layout::moment(&version.at), &version.author);
    layout::cut(
        &format!("{}  {}, {at} by {by}", version.version, version.subject),
        layout::WIDTH,
    )
}

fn field(change: &FieldChange, marks: &Marks) -> String {
    let side = |value: &Option<Value>, [open, close]: [&str; 2]| {
        let value = value.as_ref().filter(|value| !value.is_null());
        value
            .map(|value| format!(" {open}{value}{close}"))
            .unwrap_or_default()
    };
    let (before, after) = (
        side(&change.before, marks.delete),
        side(&change.after, marks.insert),
    );
    format!("{}:{before}{after}", change.field)
}

fn words(spans: &[WordSpan], marks: &Marks) -> String {
    let mut result = String::new();
    for (index, span) in spans.iter().enumerate() {
        match span.kind.as_str() {
            "delete" => result.push_str(&marked(&span.text, marks.delete)),
            "insert" => result.push_str(&marked(&span.text, marks.insert)),
            _ => {
                let (is_first, is_last) = (index == 0, index + 1 == spans.len());
                result.push_str(&shortened(&span.text, is_first, is_last));
            }
        }
    }
    result
}

/// Each line is marked by itself, so that a line alone tells what happened to it.
fn marked(text: &str, [open, close]: [&str; 2]) -> String {
    let mark = |line: &str| match line {
        "" => String::new(),
        line => format!("{open}{line}{close}"),
    };
    text.split('\n').map(mark).collect::<Vec<_>>().join("\n")
}

/// A long run of unchanged text: only what stands next to the changes.
fn shortened(text: &str, is_first: bool, is_last: bool) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let before = if is_first { 0 } else { LINES_AROUND + 1 };
    let after = if is_last { 0 } else { LINES_AROUND + 1 };
    let hidden = lines.len().saturating_sub(before + after);
    if hidden < 3 {
        return text.to_owned();
    }
    let note = format!("… {hidden} lines are the same …");
    let kept = lines[..before].iter().copied();
    let rest = lines[lines.len() - after..].iter().copied();
    kept.chain([note.as_str()])
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    fn span(kind: &str, text: &str) -> WordSpan {
        WordSpan {
            kind: kind.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        let version = |number: i64| {
            json!({"version": number, "commit": "c", "author": "Ann", "at": "2026-11-20T10:11:12Z",
                "subject": "S", "body": "", "record": {}, "on_main": true, "outcome": null, "live": []})
        };
        let comparison = from_value::<Comparison>(json!({
            "from": version(4), "to": version(5), "from_source": "", "to_source": "",
            "fields": [{"field": "config.temperature", "before": 0.4, "after": 0.7},
                {"field": "variorum.tags", "before": null, "after": ["a"]}],
            "words": [{"kind": "equal", "text": "Write "}, {"kind": "delete", "text": "a long"},
                {"kind": "insert", "text": "one\ntwo"}, {"kind": "equal", "text": " note."}],
        }))
        .unwrap();
        assert_eq!(
            text(&comparison, &BRACKETS),
            [
                "4  S, 2026-11-20 10:11 by Ann",
                "5  S, 2026-11-20 10:11 by Ann",
                "",
                "config.temperature: [-0.4-] {+0.7+}",
                "variorum.tags: {+[\"a\"]+}",
                "",
                "Write [-a long-]{+one+}",
                "{+two+} note.",
            ]
        );
        let coloured = text(&comparison, &COLOURS).join("\n");
        assert!(coloured.contains("\u{1b}[31;9ma long\u{1b}[0m") && !coloured.contains("[-"));
    }

    #[test]
    fn long_unchanged_runs_are_shortened() {
        let long: String = (1..=20).fold(String::new(), |all, n| all + &format!("line {n}\n"));
        let spans = [
            span("equal", &long),
            span("delete", "x"),
            span("equal", &long),
            span("insert", "y"),
        ];
        let shown = words(&spans, &BRACKETS);
        assert!(
            shown.starts_with("… 18 lines are the same …\nline 19\nline 20\n[-x-]line 1\n"),
            "{shown}"
        );
        assert!(
            shown.ends_with("line 3\n… 15 lines are the same …\nline 19\nline 20\n{+y+}"),
            "{shown}"
        );
        assert_eq!(
            words(&[span("equal", "a\nb"), span("insert", "c")], &BRACKETS),
            "a\nb{+c+}"
        );
    }
}
