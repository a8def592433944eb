//! What a file offers to those that lean on it: inputs, outputs, slots, fields, variables.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::inclusion::mention;
use crate::library::FileKind;
use crate::prompt::{PromptFile, YamlNode, used_variables};
use crate::variation::Opening;

/// A line and a column, from 1.
type Position = (usize, usize);

/// What a file offers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interface {
    /// What is given to it. Without an input schema: what its own text uses.
    pub inputs: Fields,
    /// The fields of its answer.
    pub outputs: Fields,
    /// The slots it opens, and where.
    pub slots: BTreeMap<String, Position>,
    /// The fields of its front matter that variations may set.
    pub opened: BTreeSet<String>,
    /// The variables its own text uses, and where.
    pub uses: BTreeMap<String, Position>,
}

/// Named fields with their types.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// Whether a schema says what they are.
    pub declared: bool,
    /// Whether others than these are allowed.
    pub open: bool,
    /// The fields by name.
    pub fields: BTreeMap<String, Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The type's name; `any` where nothing is said, `choice` where the values are listed.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// The values of a choice.
    pub options: Option<Vec<Value>>,
    /// Where it is declared.
    pub position: Position,
}

impl Interface {
    /// What a prompt, partial or variation offers.
    pub fn of(path: &str, file: &PromptFile) -> Self {
        let front_matter = &file.front_matter;
        let whole = (0, usize::MAX);
        let place = |name: &String| {
            mention(file.template.program(), name, whole)
                .map_or((1, 1), |span| (span.line, span.column))
        };
        let uses: BTreeMap<String, Position> = used_variables(file)
            .into_iter()
            .map(|name| (name.clone(), place(&name)))
            .collect();
        let schema = front_matter.input_schema.as_ref();
        let mut inputs = fields(schema, &file.raw, "input", &front_matter.input_default);
        if !inputs.declared || FileKind::of(path) == FileKind::Partial {
            for (name, position) in &uses {
                inputs.fields.entry(name.clone()).or_insert_with(|| Field {
                    kind: "any".to_owned(),
                    required: false,
                    options: None,
                    position: *position,
                });
            }
        }
        let opening = Opening::of(file);
        Self {
            inputs,
            outputs: fields(
                front_matter.output_schema.as_ref(),
                &file.raw,
                "output",
                &Map::new(),
            ),
            slots: opening
                .slots
                .into_iter()
                .map(|slot| (slot.name, (slot.span.line, slot.span.column)))
                .collect(),
            opened: opening.fields.into_iter().map(|field| field.path).collect(),
            uses,
        }
    }

    /// The same for a controlled variation: what it takes and answers is its base's.
    #[must_use]
    pub fn with_base(mut self, base: &Self) -> Self {
        self.inputs = base.inputs.clone();
        if !self.outputs.declared {
            self.outputs = base.outputs.clone();
        }
        self
    }
}

impl Fields {
    /// Whether a field of that name may be given or read.
    pub fn knows(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }
}

fn fields(
    schema: Option<&Value>,
    raw: &YamlNode,
    section: &str,
    defaults: &Map<String, Value>,
) -> Fields {
    let Some(schema) = schema else {
        return Fields::default();
    };
    let properties = schema["properties"].as_object();
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let field = |(name, property): (&String, &Value)| {
        let field = Field {
            kind: kind_of(property),
            required: required.contains(name.as_str()) && !defaults.contains_key(name),
            options: options(property),
            position: declared_at(raw, section, name).unwrap_or((1, 1)),
        };
        (name.clone(), field)
    };
    let closed = schema["additionalProperties"] == Value::Bool(false);
    Fields {
        declared: true,
        open: properties.is_none() || !closed,
        fields: properties.into_iter().flatten().map(field).collect(),
    }
}

/// The values of a choice.
pub(super) fn options(schema: &Value) -> Option<Vec<Value>> {
    let values = schema["enum"].as_array()?.iter();
    Some(values.filter(|value| !value.is_null()).cloned().collect())
}

fn kind_of(schema: &Value) -> String {
    if schema["enum"].is_array() {
        return "choice".to_owned();
    }
    let named = match &schema["type"] {
        Value::String(kind) => Some(kind.as_str()),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    };
    match named {
        Some("array") => format!("array of {}", kind_of(&schema["items"])),
        Some(kind) => kind.to_owned(),
        None => "any".to_owned(),
    }
}

/// Where a field of `input.schema` or `output.schema` is declared.
fn declared_at(raw: &YamlNode, section: &str, name: &str) -> Option<Position> {
    let schema = raw.get(section)?.get("schema")?;
    let inner = schema.get("properties").map_or(&[][..], YamlNode::entries);
    let declares = |text: &str| {
        let plain = text.split('(').next().unwrap_or(text).trim_end();
        plain.strip_suffix('?').unwrap_or(plain) == name
    };
    let mut all = inner.iter().chain(schema.entries());
    let (key, _) = all.find(|(key, _)| declares(&key.text))?;
    Some((key.line, key.column))
}
