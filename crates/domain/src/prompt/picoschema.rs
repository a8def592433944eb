//! Picoschema, the short form of JSON Schema that front matter uses.

use serde_json::{Map, Value, json};

use super::diagnostic::Diagnostic;
use super::yaml::{YamlNode, YamlValue};

/// Finds a named schema.
pub type SchemaResolver<'r> = dyn Fn(&str) -> Option<Value> + 'r;

const SCALARS: [&str; 6] = ["any", "boolean", "integer", "null", "number", "string"];
const WILDCARD: &str = "(*)";

/// Makes a JSON Schema of a schema in either form; a part that is wrong is left open.
pub fn to_json_schema(
    node: &YamlNode,
    schemas: &SchemaResolver<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Value {
    let mut reader = Reader { schemas, findings };
    if node.as_str().is_none() && is_json_schema(node) {
        let mut schema = node.to_map();
        if !schema.contains_key("type") {
            schema.insert("type".to_owned(), "object".into());
        }
        reader.check_properties(node);
        return Value::Object(schema);
    }
    Value::Object(reader.schema(node))
}

/// Whether a mapping is a JSON Schema already: it has a known `type`, or `properties`.
fn is_json_schema(node: &YamlNode) -> bool {
    let known = |kind: &str| SCALARS.contains(&kind) || kind == "object" || kind == "array";
    node.get("type")
        .and_then(YamlNode::as_str)
        .is_some_and(known)
        || matches!(
            node.get("properties").map(|node| &node.value),
            Some(YamlValue::Mapping(_))
        )
}

struct Reader<'r, 'f> {
    schemas: &'r SchemaResolver<'r>,
    findings: &'f mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn fault(&mut self, position: (usize, usize), message: String) {
        self.findings
            .push(Diagnostic::error("invalid-schema", position, message));
    }

    /// Warns of short forms inside of a JSON Schema, where they mean nothing.
    fn check_properties(&mut self, node: &YamlNode) {
        let Some(properties) = node.get("properties") else {
            return;
        };
        for (key, property) in properties.entries() {
            if property.as_str().is_some() {
                let message = format!(
                    "the schema of `{}` is not JSON Schema; short forms do not work beside `properties`",
                    key.text
                );
                let position = property.position();
                self.findings
                    .push(Diagnostic::warning("mixed-schema", position, message));
            }
        }
    }

    fn schema(&mut self, node: &YamlNode) -> Map<String, Value> {
        match &node.value {
            YamlValue::Scalar(Value::String(text)) => self.scalar(text, node.position()),
            YamlValue::Mapping(_) => self.object(node),
            _ => {
                self.fault(
                    node.position(),
                    "a schema is a text or a mapping".to_owned(),
                );
                Map::new()
            }
        }
    }

    fn scalar(&mut self, text: &str, position: (usize, usize)) -> Map<String, Value> {
        let (kind, description) = split_description(text);
        let mut schema = if kind == "any" {
            Map::new()
        } else if SCALARS.contains(&kind) {
            object_of(json!({ "type": kind }))
        } else if let Some(item) = kind.strip_suffix("[]") {
            let message = format!("`{kind}` is not portable; write `name(array): {item}` instead");
            self.findings
                .push(Diagnostic::warning("not-portable", position, message));
            let items = self.scalar(item, position);
            object_of(json!({ "type": "array", "items": items }))
        } else {
            self.named(kind, position)
        };
        if let Some(description) = description {
            schema.insert("description".to_owned(), description.into());
        }
        schema
    }

    fn named(&mut self, name: &str, position: (usize, usize)) -> Map<String, Value> {
        if let Some(schema) = (self.schemas)(name) {
            return object_of(schema);
        }
        let hint = super::suggestion(name, SCALARS)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        self.fault(position, format!("unknown type or schema `{name}`{hint}"));
        Map::new()
    }

    fn object(&mut self, node: &YamlNode) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut required: Vec<Value> = Vec::new();
        let mut additional = Value::Bool(false);
        for (key, value) in node.entries() {
            if key.text == WILDCARD {
                additional = Value::Object(self.schema(value));
                continue;
            }
            let (name, kind) = match key.text.split_once('(') {
                Some((name, kind)) => (name, Some(kind.strip_suffix(')').unwrap_or(kind))),
                None => (key.text.as_str(), None),
            };
            let name = name.trim_end();
            let optional = name.ends_with('?');
            let name = name.strip_suffix('?').unwrap_or(name);
            if !optional {
                required.push(name.into());
            }
            let position = (key.line, key.column);
            let property = self.property(kind, value, optional, position);
            properties.insert(name.to_owned(), Value::Object(property));
        }
        let mut schema = object_of(json!({ "type": "object", "properties": properties }));
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        schema.insert("additionalProperties".to_owned(), additional);
        schema
    }

    fn property(
        &mut self,
        kind: Option<&str>,
        value: &YamlNode,
        optional: bool,
        position: (usize, usize),
    ) -> Map<String, Value> {
        let Some(kind) = kind else {
            let mut schema = self.schema(value);
            if optional {
                allow_null(&mut schema);
            }
            return schema;
        };
        let (kind, description) = split_description(kind);
        let mut schema = match kind {
            "array" => object_of(json!({ "type": "array", "items": self.schema(value) })),
            "object" => self.schema(value),
            "enum" => self.enumeration(value, optional),
            other => {
                let message = format!("`({other})` must be `(array)`, `(object)` or `(enum)`");
                self.fault(position, message);
                Map::new()
            }
        };
        if optional {
            allow_null(&mut schema);
        }
        if let Some(description) = description {
            schema.insert("description".to_owned(), description.into());
        }
        schema
    }

    fn enumeration(&mut self, value: &YamlNode, optional: bool) -> Map<String, Value> {
        let YamlValue::Sequence(items) = &value.value else {
            self.fault(
                value.position(),
                "an `(enum)` needs a list of values".to_owned(),
            );
            return Map::new();
        };
        let mut values: Vec<Value> = items.iter().map(YamlNode::to_json).collect();
        if optional && !values.contains(&Value::Null) {
            values.push(Value::Null);
        }
        object_of(json!({ "enum": values }))
    }
}

/// A type and what follows its first comma.
fn split_description(text: &str) -> (&str, Option<&str>) {
    match text.split_once(',') {
        Some((kind, description)) => (kind.trim(), Some(description.trim())),
        None => (text.trim(), None),
    }
}

/// An optional value may be null, too.
fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(Value::String(kind)) = schema.get("type") {
        let kinds = json!([kind, "null"]);
        schema.insert("type".to_owned(), kinds);
    }
}

fn object_of(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
