//! Who differs from a base, and how: a line a variation, a column a slot or field.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;
use variorum_api_types::problem::Diagnostic;
use variorum_api_types::variations::{OnDraft, VariationMatrix, VariationRow};

use super::console::Console;
use super::layout;
use crate::client::diagnostic;
use crate::error::CliError;

/// Which base.
#[derive(Debug, Args)]
#[command(after_help = "Example: variorum variations email/welcome --draft campaign/autumn")]
pub(crate) struct VariationsArgs {
    /// The id or path of the base, or of one of its variations.
    #[arg(value_name = "PROMPT")]
    pub id: String,
    /// A draft; the library where not given.
    #[arg(long, value_name = "NAME")]
    pub draft: Option<String>,
}

/// `variorum variations PROMPT`
pub(crate) fn run(args: &VariationsArgs, console: &Console) -> Result<ExitCode, CliError> {
    let query = OnDraft {
        draft: args.draft.clone(),
    };
    let answer = console
        .client
        .find(&["prompts", &args.id, "variations"], &query)?;
    console.show(&answer, text)
}

fn text(matrix: &VariationMatrix) -> Vec<String> {
    let mut lines = vec![matrix.base.clone(), String::new()];
    if matrix.slots.is_empty() && matrix.fields.is_empty() {
        lines.push("It opens nothing, so nothing varies it.".to_owned());
    }
    let slots = matrix.slots.iter();
    let opened = slots.map(|slot| {
        let what = if slot.description.is_empty() {
            &slot.text
        } else {
            &slot.description
        };
        vec![slot.name.clone(), "slot".to_owned(), one_line(what)]
    });
    let fields = matrix.fields.iter().map(|field| {
        let value = field.value.as_ref().map(plain).unwrap_or_default();
        vec![field.field.clone(), "field".to_owned(), value]
    });
    let opened: Vec<_> = opened.chain(fields).collect();
    if !opened.is_empty() {
        lines.extend(layout::table(
            &["Opens", "Kind", "What for, or its value"],
            &opened,
        ));
    }
    for row in &matrix.variations {
        lines.push(String::new());
        lines.extend(variation(row));
    }
    if matrix.left_off > 0 {
        lines.push(String::new());
        lines.push(format!(
            "{} more variations are not shown.",
            matrix.left_off
        ));
    }
    lines
}

fn variation(row: &VariationRow) -> Vec<String> {
    let version = match row.version {
        Some(version) => format!("version {version}"),
        None => "on a draft only".to_owned(),
    };
    let errors = row
        .diagnostics
        .iter()
        .filter(|one| one.severity == "error")
        .count();
    let mut about = vec![version];
    if row.independent {
        about.push("a prompt of its own".to_owned());
    }
    match errors {
        0 => {}
        1 => about.push("1 error".to_owned()),
        more => about.push(format!("{more} errors")),
    }
    let mut lines = vec![format!("{} ({})", row.id, about.join(", "))];
    let slots = row.slots.iter().filter(|cell| cell.origin != "base");
    let slots = slots.map(|cell| (&cell.slot, &cell.from, cell.text.clone()));
    let fields = row.fields.iter().filter(|cell| cell.origin != "base");
    let fields = fields.map(|cell| {
        let value = cell.value.as_ref().map(plain).unwrap_or_default();
        (&cell.field, &cell.from, value)
    });
    let cells: Vec<_> = slots.chain(fields).collect();
    if cells.is_empty() && !row.independent {
        lines.push("  reads like its base".to_owned());
    }
    for (name, from, value) in cells {
        let from = match from {
            Some(from) => format!(" (from {from})"),
            None => String::new(),
        };
        let line = format!("  {name}{from}: {}", one_line(&value));
        lines.push(layout::cut(&line, layout::WIDTH));
    }
    let line = |found: &Diagnostic| format!("  {}: {}", found.severity, diagnostic(found));
    lines.extend(row.diagnostics.iter().map(line));
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_matrix_tells_only_what_differs() {
        let matrix = from_value::<VariationMatrix>(json!({
            "base": "email/welcome", "path": "prompts/email/welcome.prompt", "left_off": 0,
            "slots": [
                {"name": "hello", "description": "how we greet", "text": "Hello", "line": 9},
                {"name": "bye", "description": "", "text": "Bye\nthen.", "line": 12},
            ],
            "fields": [{"field": "config.temperature", "value": 0.4}],
            "variations": [
                {"id": "email/welcome.acme.eu", "path": "", "title": "", "brand": "acme", "region": "eu",
                    "layers": ["email/welcome.acme"], "version": 3, "independent": false, "diagnostics": [],
                    "slots": [
                        {"slot": "hello", "origin": "inherited", "from": "email/welcome.acme", "text": "Hi", "differs": true},
                        {"slot": "bye", "origin": "base", "from": null, "text": "Bye\nthen.", "differs": false},
                    ],
                    "fields": [{"field": "config.temperature", "origin": "own", "from": null, "value": 0.1, "differs": true}]},
                {"id": "email/welcome.us", "path": "", "title": "", "brand": null, "region": "us", "layers": [],
                    "version": null, "independent": false, "slots": [], "fields": [],
                    "diagnostics": [{"severity": "error", "code": "unknown-slot", "line": 1, "column": 1,
                        "path": "prompts/email/welcome.us.prompt", "message": "there is no slot `helo`"}]},
            ],
        }))
        .unwrap();
        assert_eq!(
            text(&matrix),
            [
                "email/welcome",
                "",
                "Opens               Kind   What for, or its value",
                "hello               slot   how we greet",
                "bye                 slot   Bye then.",
                "config.temperature  field  0.4",
                "",
                "email/welcome.acme.eu (version 3)",
                "  hello (from email/welcome.acme): Hi",
                "  config.temperature: 0.1",
                "",
                "email/welcome.us (on a draft only, 1 error)",
                "  reads like its base",
                "  error: prompts/email/welcome.us.prompt:1:1: there is no slot `helo`",
            ]
        );
    }
}
