//! Cases from files: a row of CSV, a line of JSONL, an item of YAML or JSON.

use std::sync::Arc;

use csv::{ReaderBuilder, Trim};
use serde_json::Value;

use super::answer::Answer;
use super::assertion::{Assertion, Kind, Need, kind_of};
use super::reader::{Reader, node_at};
use super::spec::Spec;
use super::{CASES_MAX, SUITE_BYTES_MAX, SUITE_NODES_MAX};
use crate::prompt::{Diagnostic, YamlNode, YamlValue, read_large_document};

/// Kinds whose number in brackets is a threshold in CSV, as in `levenshtein(3):text`.
const WITH_THRESHOLD: [&str; 5] = ["cost", "latency", "levenshtein", "starts-with", "similar"];
/// The threshold of those where none is given.
const THRESHOLD: f64 = 0.75;

/// The cases of a file, and what is wrong with it.
pub(super) fn read(path: &str, text: &str) -> (Vec<Spec>, Vec<Diagnostic>) {
    let mut reader = Reader::new(path);
    let ending = path.rsplit('.').next().unwrap_or_default();
    let specs = if text.len() > SUITE_BYTES_MAX {
        let message = format!("the file is longer than {SUITE_BYTES_MAX} bytes");
        reader.fault(&YamlNode::default(), message);
        Vec::new()
    } else {
        match ending {
            "csv" => rows(&mut reader, text),
            "jsonl" | "ndjson" => lines(&mut reader, text),
            "yaml" | "yml" | "json" => documents(&mut reader, text, ending == "json"),
            _ => {
                let message = "cases are read from `.csv`, `.jsonl`, `.yaml` and `.json`";
                reader.fault(&YamlNode::default(), message);
                Vec::new()
            }
        }
    };
    (specs, reader.found)
}

fn rows(reader: &mut Reader, text: &str) -> Vec<Spec> {
    let text = text.trim_start_matches('\u{feff}');
    let mut table = ReaderBuilder::new()
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let names = match table.headers() {
        Ok(names) => names.clone(),
        Err(error) => {
            reader.fault(
                &YamlNode::default(),
                format!("the first row cannot be read: {error}"),
            );
            return Vec::new();
        }
    };
    let mut specs = Vec::new();
    for row in table.records().take(CASES_MAX) {
        match row {
            Ok(row) => {
                let line = row.position().map_or(1, csv::Position::line);
                let node = node_at(Value::Null, (usize::try_from(line).unwrap_or(1), 1));
                specs.push(spec_of_row(reader, &node, names.iter().zip(row.iter())));
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                let node = node_at(Value::Null, (usize::try_from(line).unwrap_or(1), 1));
                reader.fault(&node, format!("this row cannot be read: {error}"));
                break;
            }
        }
    }
    specs
}

fn spec_of_row<'r>(
    reader: &mut Reader,
    node: &YamlNode,
    fields: impl Iterator<Item = (&'r str, &'r str)>,
) -> Spec {
    let mut spec = Spec::empty(reader.place(node.position()));
    for (name, text) in fields {
        let own = name.strip_prefix("__");
        match own {
            Some(own) if own.starts_with("expected") => {
                if !text.is_empty() {
                    spec.asserts.push(Arc::new(expected(reader, node, text)));
                }
            }
            Some("description") => {
                spec.description = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            Some("providerOutput") if !text.is_empty() => {
                spec.recorded = Some(Answer::of_text(text));
            }
            Some("threshold") if !text.is_empty() => match text.parse() {
                Ok(number) => spec.threshold = Some(number),
                Err(_) => reader.fault(node, "`__threshold` must be a number"),
            },
            Some("prefix" | "suffix") if !text.is_empty() => {
                spec.unread = Some(format!("uses `{name}`, which is not run"));
            }
            Some(own) if own.starts_with("config") && !text.is_empty() => {
                spec.unread = Some(format!("uses `{name}`, which is not run"));
            }
            Some("providerOutput" | "threshold" | "prefix" | "suffix" | "metric") => {}
            Some(own) if own.starts_with("config") || own.starts_with("metadata") => {}
            _ => {
                spec.variables.insert(name.to_owned(), text.into());
            }
        }
    }
    spec
}

/// An assertion in one cell: `contains:text`, `not-regex:…`, `levenshtein(3):text`; otherwise the
/// text it must equal.
fn expected(reader: &mut Reader, node: &YamlNode, text: &str) -> Assertion {
    let place = reader.place(node.position());
    let made = |name: &str, value: Value| {
        let mut assertion = Assertion::of_kind(place.clone(), name);
        assertion.value = value;
        assertion
    };
    for (start, name) in [
        ("fn:", "javascript"),
        ("eval:", "javascript"),
        ("grade:", "llm-rubric"),
    ] {
        if let Some(rest) = text.strip_prefix(start) {
            return made(name, rest.into());
        }
    }
    let (head, value) = match text.split_once(':') {
        Some((head, value)) => (head, value),
        None => (text, ""),
    };
    let (name, number) = match head.strip_suffix(')').and_then(|head| head.split_once('(')) {
        Some((name, number)) => (name, number.parse::<f64>().ok()),
        None => (head, None),
    };
    let plain = name.strip_prefix("not-").unwrap_or(name);
    let is_known = !matches!(
        kind_of(plain),
        Kind::Elsewhere(Need::Unknown) | Kind::Set(_)
    );
    if !is_known || (text.starts_with("file://") && plain == "file") {
        return made("equals", text.into());
    }
    let value = match kind_of(plain) {
        Kind::ContainsAll { .. } | Kind::ContainsAny { .. } => value
            .split(',')
            .map(|part| Value::from(part.trim()))
            .collect(),
        Kind::IsJson | Kind::ContainsJson if value.is_empty() => Value::Null,
        _ => Value::from(value),
    };
    let mut assertion = made(name, value);
    if WITH_THRESHOLD.contains(&plain) {
        assertion.threshold = Some(number.unwrap_or(THRESHOLD));
    }
    assertion
}

fn lines(reader: &mut Reader, text: &str) -> Vec<Spec> {
    let mut specs = Vec::new();
    let filled = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    for (at, line) in filled.take(CASES_MAX) {
        let position = (at + 1, 1);
        match serde_json::from_str(line) {
            Ok(value) => specs.extend(spec_of(reader, &node_at(value, position))),
            Err(error) => {
                let node = node_at(Value::Null, position);
                reader.fault(&node, format!("this line is not JSON: {error}"));
            }
        }
    }
    specs
}

fn documents(reader: &mut Reader, text: &str, is_json: bool) -> Vec<Spec> {
    let root = if is_json {
        serde_json::from_str(text)
            .map(|value| node_at(value, (1, 1)))
            .map_err(|error| {
                let at = (error.line(), error.column());
                Diagnostic::error("bad-suite", at, format!("the file is not JSON: {error}"))
            })
    } else {
        read_large_document(text, SUITE_BYTES_MAX, SUITE_NODES_MAX)
    };
    let root = match root {
        Ok(root) => root,
        Err(error) => {
            let error = error.at_path(&reader.path);
            reader.found.push(error);
            return Vec::new();
        }
    };
    let items = match &root.value {
        YamlValue::Sequence(items) => items.as_slice(),
        _ if root.is_null() => &[],
        _ => std::slice::from_ref(&root),
    };
    let items = items.iter().take(CASES_MAX);
    items.filter_map(|item| spec_of(reader, item)).collect()
}

fn spec_of(reader: &mut Reader, node: &YamlNode) -> Option<Spec> {
    if matches!(node.value, YamlValue::Mapping(_)) {
        return Some(reader.spec(node));
    }
    reader.fault(node, "a case must be a mapping with `vars` and `assert`");
    None
}
