//! The fields of front matter that a base opens, under `variorum.open`.

use super::{OPEN_FIELDS_MAX, OPEN_KEY};
use crate::prompt::{Diagnostic, NAMESPACE, PromptFile, YamlNode, YamlValue, suggestion};

/// Fields that can be opened as they are.
const WHOLE: [&str; 7] = [
    "model",
    "description",
    "config",
    "metadata",
    "tools",
    "toolDefs",
    "input.default",
];
/// Fields of which one member can be opened.
const MEMBERS: [&str; 3] = ["config.", "metadata.", "input.default."];

/// A field that is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenField {
    /// Its path, such as `config.temperature`.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// The fields a file opens, and what is wrong with them.
pub(super) fn read(file: &PromptFile) -> (Vec<OpenField>, Vec<Diagnostic>) {
    let mut fields: Vec<OpenField> = Vec::new();
    let mut findings = Vec::new();
    let dotted = file.raw.get(OPEN_KEY);
    let node = dotted.or_else(|| file.raw.get(NAMESPACE)?.get("open"));
    let Some(node) = node.filter(|node| !node.is_null()) else {
        return (fields, findings);
    };
    let items = match &node.value {
        YamlValue::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for item in items.iter().take(OPEN_FIELDS_MAX) {
        match item.as_str() {
            Some(path) if can_be_opened(path) => fields.push(OpenField {
                path: path.to_owned(),
                line: item.line,
                column: item.column,
            }),
            found => {
                let (code, message) = refused(found);
                findings.push(Diagnostic::error(code, item.position(), message));
            }
        }
    }
    if items.len() > OPEN_FIELDS_MAX {
        let message = format!("a prompt opens at most {OPEN_FIELDS_MAX} fields");
        findings.push(Diagnostic::error(
            "limit-exceeded",
            node.position(),
            message,
        ));
    }
    (fields, findings)
}

fn can_be_opened(path: &str) -> bool {
    let is_member = |prefix: &&str| {
        path.strip_prefix(prefix)
            .is_some_and(|name| !name.is_empty())
    };
    WHOLE.contains(&path) || MEMBERS.iter().any(is_member)
}

fn refused(found: Option<&str>) -> (&'static str, String) {
    let Some(path) = found else {
        let message =
            format!("`{OPEN_KEY}` is a list of fields, such as `[model, config.temperature]`");
        return ("invalid-field", message);
    };
    let near = suggestion(path, WHOLE)
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    let message = format!(
        "`{path}` cannot be opened{near}; what can be is {} and members of `config`, `metadata` and `input.default`",
        WHOLE.map(|field| format!("`{field}`")).join(", ")
    );
    ("cannot-open", message)
}

/// The entries of front matter, our own fields always by their keys with dots.
pub(super) fn entries(file: &PromptFile) -> Vec<(String, (usize, usize), &YamlNode)> {
    let mut found = Vec::new();
    for (key, node) in file.raw.entries() {
        if key.text == NAMESPACE && !node.entries().is_empty() {
            let block = node.entries().iter().map(|(key, node)| {
                let dotted = format!("{NAMESPACE}.{}", key.text);
                (dotted, (key.line, key.column), node)
            });
            found.extend(block.filter(|(dotted, ..)| file.raw.get(dotted).is_none()));
        } else {
            found.push((key.text.clone(), (key.line, key.column), node));
        }
    }
    found
}

/// The leaves of a variation's front matter: path, key position, value. Mappings that may be opened
/// member by member are taken apart.
pub(super) fn leaves(file: &PromptFile) -> Vec<(Vec<String>, (usize, usize), &YamlNode)> {
    let mut found = Vec::new();
    for (key, at, node) in entries(file) {
        let start = vec![key.clone()];
        match key.as_str() {
            "config" | "metadata" => members(start, at, node, &mut found),
            "input" => {
                for (inner, node) in node.entries() {
                    let path = vec![key.clone(), inner.text.clone()];
                    let at = (inner.line, inner.column);
                    if inner.text == "default" {
                        members(path, at, node, &mut found);
                    } else {
                        found.push((path, at, node));
                    }
                }
            }
            _ => found.push((start, at, node)),
        }
    }
    found
}

fn members<'n>(
    path: Vec<String>,
    at: (usize, usize),
    node: &'n YamlNode,
    found: &mut Vec<(Vec<String>, (usize, usize), &'n YamlNode)>,
) {
    let entries = node.entries();
    if entries.is_empty() {
        found.push((path, at, node));
        return;
    }
    for (key, inner) in entries {
        let mut path = path.clone();
        path.push(key.text.clone());
        found.push((path, (key.line, key.column), inner));
    }
}

/// Whether a field is opened: itself, or the mapping it stands in.
pub(super) fn is_open(opened: &[OpenField], path: &[String]) -> bool {
    let joined = path.join(".");
    opened.iter().any(|field| {
        let inside = joined.strip_prefix(&field.path);
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}
