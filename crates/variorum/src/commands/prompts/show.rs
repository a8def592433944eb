//! One prompt as text: what it is, what it says in which role, what it takes.

use serde_json::Value;
use variorum_api_types::library::Live;
use variorum_api_types::problem::Diagnostic;
use variorum_api_types::prompts::{Piece, Prompt, Section, Variable};

use crate::client::diagnostic;
use crate::commands::{layout, resolve};

/// Everything about one prompt.
pub(super) fn text(prompt: &Prompt) -> Vec<String> {
    let summary = &prompt.summary;
    let saved = format!(
        "{}, saved {} by {}",
        summary.version,
        layout::moment(&summary.updated_at),
        summary.updated_by
    );
    let title = if summary.title.is_empty() {
        &summary.id
    } else {
        &summary.title
    };
    let mut lines = vec![layout::cut(title, layout::WIDTH), String::new()];
    lines.extend(layout::labelled(&[
        ("Id", summary.id.clone()),
        ("Path", summary.path.clone()),
        ("What for", summary.intent.clone()),
        ("Version", saved),
        ("Base", prompt.base.clone()),
        (
            "Live",
            summary.live.iter().map(live).collect::<Vec<_>>().join("\n"),
        ),
        ("Channel", summary.channel.clone()),
        ("Brand", summary.brand.clone()),
        ("Region", summary.region.clone()),
        ("Owner", summary.owner.clone()),
        ("Tags", summary.tags.join(", ")),
        ("KPIs", prompt.kpis.join(", ")),
        (
            "Model",
            resolve::model(prompt.model.as_deref(), &prompt.config),
        ),
        ("Partials", prompt.partials.join(", ")),
    ]));
    lines.extend(variables(&prompt.variables));
    lines.extend(prompt.sections.iter().flat_map(section));
    lines.extend(findings(&prompt.diagnostics));
    lines
}

fn live(live: &Live) -> String {
    let now = format!(
        "version {} in {}, release {}",
        live.version, live.environment, live.release
    );
    match (live.rollout, live.candidate) {
        (Some(rollout), Some(candidate)) => format!("{now}; R-{rollout} tries version {candidate}"),
        _ => now,
    }
}

/// A table of variables under its heading.
pub(super) fn variables(variables: &[Variable]) -> Vec<String> {
    if variables.is_empty() {
        return Vec::new();
    }
    let row = |variable: &Variable| {
        let needed = match (&variable.default, variable.required) {
            (Some(default), _) => format!("default {}", plain(default)),
            (None, true) => "required".to_owned(),
            (None, false) => "optional".to_owned(),
        };
        let choices: Vec<String> = variable.choices.iter().map(plain).collect();
        let choices = if choices.is_empty() {
            String::new()
        } else {
            format!("one of {}", choices.join(", "))
        };
        let words = [variable.description.as_str(), &choices];
        let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
        vec![
            variable.name.clone(),
            variable.kind.clone(),
            needed,
            words.join("; "),
        ]
    };
    let rows: Vec<_> = variables.iter().map(row).collect();
    let mut lines = vec![String::new()];
    lines.extend(layout::table(
        &["Variable", "Type", "Given", "What it holds"],
        &rows,
    ));
    lines
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn section(section: &Section) -> Vec<String> {
    let text: String = section.pieces.iter().map(piece).collect();
    let text = text
        .lines()
        .map(|line| format!("  {line}").trim_end().to_owned());
    [String::new(), section.role.clone()]
        .into_iter()
        .chain(text)
        .collect()
}

/// A piece as it is read; what is not text stands in braces.
fn piece(piece: &Piece) -> String {
    match piece.kind.as_str() {
        "text" => piece.text.clone(),
        "partial" => format!("{{{{> {}}}}}", piece.text),
        "comment" => String::new(),
        _ => format!("{{{{{}}}}}", piece.text),
    }
}

/// What is wrong with a text, under its heading.
pub(super) fn findings(findings: &[Diagnostic]) -> Vec<String> {
    if findings.is_empty() {
        return Vec::new();
    }
    let heading = [String::new(), "Findings".to_owned()];
    let line = |found: &Diagnostic| format!("  {}: {}", found.severity, diagnostic(found));
    heading
        .into_iter()
        .chain(findings.iter().map(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_prompt_is_read_role_by_role() {
        let prompt = from_value::<Prompt>(json!({
            "id": "email/welcome", "path": "prompts/email/welcome.prompt", "kind": "prompt",
            "title": "Welcome", "intent": "Greets new customers.", "channel": "email", "brand": "",
            "region": "", "owner": "CRM", "tags": ["lifecycle"], "version": 5,
            "updated_at": "2026-11-20T10:11:12.000000Z", "updated_by": "Ann Lee", "errors": 1,
            "live": [{"environment": "production", "release": 11, "version": 4, "rollout": 2, "candidate": 5}],
            "source": "…", "base": "c0ffee", "model": "acme/small", "config": {}, "partials": ["voice"],
            "kpis": ["first_order"], "notes": [],
            "variables": [
                {"name": "name", "type": "string", "description": "who it is", "required": true, "default": null, "choices": []},
                {"name": "tone", "type": "string", "description": "", "required": false, "default": "warm", "choices": ["warm", "dry"]},
            ],
            "diagnostics": [{"severity": "error", "code": "unknown-partial", "path": "prompts/email/welcome.prompt",
                "message": "there is no partial `voice`", "line": 4, "column": 7}],
            "sections": [
                {"role": "system", "pieces": [
                    {"kind": "partial", "text": "voice", "version": 1},
                    {"kind": "text", "text": "\nBe brief.\n\nBe kind", "version": 2},
                    {"kind": "condition", "text": "if vip", "version": 2},
                    {"kind": "text", "text": " indeed", "version": 2},
                    {"kind": "condition", "text": "end", "version": 2}]},
                {"role": "user", "pieces": [
                    {"kind": "text", "text": "Write to ", "version": 1},
                    {"kind": "variable", "text": "name", "version": null}]},
            ],
        }))
        .unwrap();
        let expected = [
            "Welcome",
            "",
            "Id        email/welcome",
            "Path      prompts/email/welcome.prompt",
            "What for  Greets new customers.",
            "Version   5, saved 2026-11-20 10:11 by Ann Lee",
            "Base      c0ffee",
            "Live      version 4 in production, release 11; R-2 tries version 5",
            "Channel   email",
            "Owner     CRM",
            "Tags      lifecycle",
            "KPIs      first_order",
            "Model     acme/small",
            "Partials  voice",
            "",
            "Variable  Type    Given         What it holds",
            "name      string  required      who it is",
            "tone      string  default warm  one of warm, dry",
            "",
            "system",
            "  {{> voice}}",
            "  Be brief.",
            "",
            "  Be kind{{if vip}} indeed{{end}}",
            "",
            "user",
            "  Write to {{name}}",
            "",
            "Findings",
            "  error: prompts/email/welcome.prompt:4:7: there is no partial `voice`",
        ];
        assert_eq!(text(&prompt), expected);
    }
}
