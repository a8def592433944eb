//! The little of a workflow that impact needs: which prompts its steps run, what they are fed, what
//! of their answers is read, which KPIs it watches. Everything else of the format, and whether it is
//! right, is for `domain::workflow`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::prompt::{YamlNode, YamlValue, read_document, to_json_schema};
use crate::workflow::WORKFLOW_BYTES_MAX;

/// What is read of a workflow.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Workflow {
    pub(super) steps: Vec<Step>,
    /// Fields of answers that are read anywhere.
    pub(super) reads: Vec<OutputRead>,
    pub(super) kpis: Vec<String>,
    pub(super) channels: Vec<String>,
    pub(super) owners: Vec<String>,
    /// Files it names.
    pub(super) files: Vec<String>,
}

/// A line and a column.
pub(super) type Position = (usize, usize);

/// A step.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Step {
    pub(super) id: String,
    /// The prompt it runs.
    pub(super) prompt: Option<(String, Position)>,
    pub(super) inputs: Vec<Fed>,
}

/// What a step gives to an input of its prompt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fed {
    pub(super) name: String,
    pub(super) position: Position,
    /// The values it can have, where that is known: a literal, or the choices of an attribute.
    pub(super) values: Option<Vec<Value>>,
}

/// A field of a step's answer that is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OutputRead {
    pub(super) step: String,
    pub(super) field: String,
    pub(super) position: Position,
    /// The values a decision compares it with.
    pub(super) compared: Vec<Value>,
}

/// Reads a workflow; nothing where it is not a mapping in YAML.
pub(super) fn read(text: &str) -> Option<Workflow> {
    let root = read_document(text, WORKFLOW_BYTES_MAX).ok()?;
    if root.entries().is_empty() {
        return None;
    }
    let mut workflow = Workflow {
        kpis: list(root.get("kpis")),
        channels: list(root.get("channel")),
        owners: list(root.get("owner")),
        ..Workflow::default()
    };
    let attributes = choices(root.get("attributes"));
    for node in items(root.get("steps")) {
        workflow.steps.push(step(node, &attributes));
        workflow.kpis.extend(list(node.get("stop_when_kpi")));
        workflow.channels.extend(list(node.get("channel")));
    }
    walk(&root, &mut workflow);
    Some(workflow)
}

/// The attributes that are a choice, with their values.
fn choices(attributes: Option<&YamlNode>) -> BTreeMap<String, Vec<Value>> {
    let Some(node) = attributes else {
        return BTreeMap::new();
    };
    let schema = to_json_schema(node, &|_| None, &mut Vec::new());
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .filter_map(|(name, property)| Some((name.clone(), options(property)?)))
        .collect()
}

/// The values of a choice.
pub(super) fn options(schema: &Value) -> Option<Vec<Value>> {
    let values = schema["enum"].as_array()?;
    Some(
        values
            .iter()
            .filter(|value| !value.is_null())
            .cloned()
            .collect(),
    )
}

fn step(node: &YamlNode, attributes: &BTreeMap<String, Vec<Value>>) -> Step {
    let prompt = node.get("prompt");
    let inputs = node.get("inputs").map_or(&[][..], YamlNode::entries);
    Step {
        id: node
            .get("id")
            .and_then(YamlNode::as_str)
            .unwrap_or_default()
            .to_owned(),
        prompt: prompt.and_then(|node| Some((node.as_str()?.to_owned(), node.position()))),
        inputs: inputs
            .iter()
            .map(|(key, node)| Fed {
                name: key.text.clone(),
                position: (key.line, key.column),
                values: values(node, attributes),
            })
            .collect(),
    }
}

fn values(node: &YamlNode, attributes: &BTreeMap<String, Vec<Value>>) -> Option<Vec<Value>> {
    if let Some(literal) = node.get("value") {
        return Some(vec![literal.to_json()]);
    }
    let from = node.get("from")?.as_str()?;
    attributes.get(from.strip_prefix("attributes.")?).cloned()
}

/// Looks everywhere for answers that are read and for files that are named.
fn walk(node: &YamlNode, out: &mut Workflow) {
    match &node.value {
        YamlValue::Mapping(entries) => {
            for (key, value) in entries {
                let read = value.as_str().and_then(output_of);
                if let Some((step, field)) =
                    read.filter(|_| ["from", "value"].contains(&key.text.as_str()))
                {
                    out.reads.push(OutputRead {
                        step: step.to_owned(),
                        field: field.to_owned(),
                        position: value.position(),
                        compared: compared(node),
                    });
                }
                walk(value, out);
            }
        }
        YamlValue::Sequence(list) => list.iter().for_each(|item| walk(item, out)),
        YamlValue::Scalar(Value::String(text)) => {
            if let Some(file) = text.strip_prefix("file://") {
                out.files.push(file.to_owned());
            }
        }
        YamlValue::Scalar(_) => {}
    }
}

/// `steps.segment.output.brand` is the field `brand` of the step `segment`.
fn output_of(text: &str) -> Option<(&str, &str)> {
    let (step, field) = text.strip_prefix("steps.")?.split_once(".output.")?;
    Some((step, field.split('.').next().unwrap_or(field)))
}

/// The values a condition compares with.
fn compared(condition: &YamlNode) -> Vec<Value> {
    let mut values = Vec::new();
    for key in ["equals", "not_equals", "in", "not_in"] {
        match condition.get(key).map(YamlNode::to_json) {
            Some(Value::Array(items)) => values.extend(items),
            Some(single) => values.push(single),
            None => {}
        }
    }
    values
}

fn items(node: Option<&YamlNode>) -> &[YamlNode] {
    match node.map(|node| &node.value) {
        Some(YamlValue::Sequence(items)) => items,
        _ => &[],
    }
}

fn list(node: Option<&YamlNode>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let many = items(Some(node)).iter().filter_map(YamlNode::as_str);
    node.as_str()
        .into_iter()
        .chain(many)
        .map(str::to_owned)
        .collect()
}
