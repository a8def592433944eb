//! YAML with a position for every node, as far as front matter needs it.
//!
//! Reads events one by one and never calls itself, so that no input can exhaust the stack.

use std::collections::HashSet;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser, Span};
use serde_json::{Map, Value};

use super::diagnostic::Diagnostic;

/// Longest front matter, in bytes.
pub const FRONT_MATTER_BYTES_MAX: usize = 64 * 1024;
/// Deepest nesting of lists and mappings.
pub const YAML_DEPTH_MAX: usize = 64;
/// Most nodes, those repeated by aliases included.
pub const YAML_NODES_MAX: usize = 20_000;

/// A node and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlNode {
    /// What it is.
    pub value: YamlValue,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    /// A single value.
    Scalar(Value),
    /// A list.
    Sequence(Vec<YamlNode>),
    /// Keys and values in order.
    Mapping(Vec<(YamlKey, YamlNode)>),
}

/// A key of a mapping and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlKey {
    /// The key; one that is not text is written as text.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// Why a text is not YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub(crate) message: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Default for YamlNode {
    fn default() -> Self {
        Self {
            value: YamlValue::Scalar(Value::Null),
            line: 1,
            column: 1,
        }
    }
}

impl YamlNode {
    /// The position.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    /// The entries, if it is a mapping.
    pub fn entries(&self) -> &[(YamlKey, YamlNode)] {
        match &self.value {
            YamlValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&YamlNode> {
        self.entries()
            .iter()
            .find(|(known, _)| known.text == key)
            .map(|(_, node)| node)
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.value == YamlValue::Scalar(Value::Null)
    }

    /// The node without positions.
    pub fn to_json(&self) -> Value {
        match &self.value {
            YamlValue::Scalar(value) => value.clone(),
            YamlValue::Sequence(items) => items.iter().map(Self::to_json).collect(),
            YamlValue::Mapping(_) => Value::Object(self.to_map()),
        }
    }

    /// The entries without positions; empty if it is not a mapping.
    pub fn to_map(&self) -> Map<String, Value> {
        self.entries()
            .iter()
            .map(|(key, node)| (key.text.clone(), node.to_json()))
            .collect()
    }
}

/// Reads a whole file of YAML that is no longer than `bytes_max`.
pub fn read_document(text: &str, bytes_max: usize) -> Result<YamlNode, Diagnostic> {
    read_large_document(text, bytes_max, YAML_NODES_MAX)
}

/// Reads a whole file of YAML that is no longer than `bytes_max` and holds at most `nodes_max` values.
pub fn read_large_document(
    text: &str,
    bytes_max: usize,
    nodes_max: usize,
) -> Result<YamlNode, Diagnostic> {
    read_up_to(text, 1, bytes_max, nodes_max).map_err(|error| {
        let message = format!("invalid YAML: {}", error.message);
        Diagnostic::error("invalid-yaml", (error.line, error.column), message)
    })
}

/// Reads the first document of front matter; its first line is line `first_line` of the file.
pub(super) fn read(text: &str, first_line: usize) -> Result<YamlNode, YamlError> {
    read_up_to(text, first_line, FRONT_MATTER_BYTES_MAX, YAML_NODES_MAX)
}

fn read_up_to(
    text: &str,
    first_line: usize,
    bytes_max: usize,
    nodes_max: usize,
) -> Result<YamlNode, YamlError> {
    if text.len() > bytes_max {
        let message = format!("it is longer than {bytes_max} bytes");
        return Err(YamlError {
            message,
            line: first_line,
            column: 1,
        });
    }
    let mut builder = Builder {
        first_line,
        nodes_max,
        ..Builder::default()
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| YamlError {
            message: error.info().to_owned(),
            line: error.marker().line() + first_line - 1,
            column: error.marker().col() + 1,
        })?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        builder.event(event, span)?;
    }
    Ok(builder.root.unwrap_or(YamlNode {
        line: first_line,
        ..YamlNode::default()
    }))
}

/// A list or mapping that is not complete.
#[derive(Debug)]
struct Open {
    node: YamlNode,
    key: Option<YamlKey>,
    /// The keys so far.
    keys: HashSet<String>,
    anchor: usize,
}

#[derive(Debug, Default)]
struct Builder {
    first_line: usize,
    nodes_max: usize,
    root: Option<YamlNode>,
    open: Vec<Open>,
    anchors: Vec<(usize, YamlNode)>,
    count: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let line = span.start.line() + self.first_line - 1;
        let column = span.start.col() + 1;
        let fault = |message: &str| YamlError {
            message: message.to_owned(),
            line,
            column,
        };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref())
                    .ok_or_else(|| fault("the value does not fit its tag"))?;
                let node = YamlNode {
                    value: YamlValue::Scalar(scalar_value(&scalar)),
                    line,
                    column,
                };
                self.complete(node, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(
                YamlNode {
                    value: YamlValue::Sequence(Vec::new()),
                    line,
                    column,
                },
                anchor,
            ),
            Event::MappingStart(anchor, _) => self.begin(
                YamlNode {
                    value: YamlValue::Mapping(Vec::new()),
                    line,
                    column,
                },
                anchor,
            ),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.complete(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let known = self.anchors.iter().rev().find(|(id, _)| *id == anchor);
                let mut node = known
                    .map(|(_, node)| node.clone())
                    .ok_or_else(|| fault("unknown alias"))?;
                self.count += weight(&node);
                if self.open.len() + depth(&node) > YAML_DEPTH_MAX {
                    return Err(fault("lists and mappings are nested too deeply"));
                }
                (node.line, node.column) = (line, column);
                self.complete(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, node: YamlNode, anchor: usize) -> Result<(), YamlError> {
        if self.open.len() >= YAML_DEPTH_MAX {
            let message = "lists and mappings are nested too deeply".to_owned();
            return Err(YamlError {
                message,
                line: node.line,
                column: node.column,
            });
        }
        self.open.push(Open {
            node,
            key: None,
            keys: HashSet::new(),
            anchor,
        });
        Ok(())
    }

    fn complete(&mut self, node: YamlNode, anchor: usize) -> Result<(), YamlError> {
        self.count += 1;
        if self.count > self.nodes_max {
            let message = format!("it has more than {} values", self.nodes_max);
            return Err(YamlError {
                message,
                line: node.line,
                column: node.column,
            });
        }
        if anchor > 0 {
            self.anchors.push((anchor, node.clone()));
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match (&mut open.node.value, open.key.take()) {
            (YamlValue::Sequence(items), _) => items.push(node),
            (YamlValue::Mapping(entries), Some(key)) => entries.push((key, node)),
            (YamlValue::Mapping(_), None) => {
                let text = key_text(&node);
                if !open.keys.insert(text.clone()) {
                    let message = format!("key `{text}` appears twice");
                    return Err(YamlError {
                        message,
                        line: node.line,
                        column: node.column,
                    });
                }
                open.key = Some(YamlKey {
                    text,
                    line: node.line,
                    column: node.column,
                });
            }
            (YamlValue::Scalar(_), _) => {}
        }
        Ok(())
    }
}

fn weight(node: &YamlNode) -> usize {
    match &node.value {
        YamlValue::Scalar(_) => 1,
        YamlValue::Sequence(items) => 1 + items.iter().map(weight).sum::<usize>(),
        YamlValue::Mapping(entries) => {
            1 + entries.iter().map(|(_, node)| weight(node)).sum::<usize>()
        }
    }
}

fn depth(node: &YamlNode) -> usize {
    match &node.value {
        YamlValue::Scalar(_) => 0,
        YamlValue::Sequence(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        YamlValue::Mapping(entries) => {
            1 + entries
                .iter()
                .map(|(_, node)| depth(node))
                .max()
                .unwrap_or(0)
        }
    }
}

fn key_text(node: &YamlNode) -> String {
    match &node.value {
        YamlValue::Scalar(Value::String(text)) => text.clone(),
        YamlValue::Scalar(Value::Null) => String::new(),
        _ => node.to_json().to_string(),
    }
}

fn scalar_value(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => (*value).into(),
        Scalar::Integer(value) => (*value).into(),
        Scalar::FloatingPoint(value) => value.into_inner().into(),
        Scalar::String(text) => text.as_ref().into(),
    }
}
