//! The typed fields of front matter: those of Dotprompt, and our own under `variorum.`.

use serde_json::{Map, Value};

use super::diagnostic::Diagnostic;
use super::picoschema::{SchemaResolver, to_json_schema};
use super::suggestion;
use super::yaml::{YamlNode, YamlValue};

/// Keys Dotprompt gives a meaning to.
pub const KNOWN_KEYS: [&str; 13] = [
    "config",
    "description",
    "ext",
    "input",
    "metadata",
    "model",
    "name",
    "output",
    "raw",
    "toolDefs",
    "tools",
    "variant",
    "version",
];

/// The namespace of our own fields.
pub const NAMESPACE: &str = "variorum";

/// The fields of Dotprompt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrontMatter {
    /// `name`.
    pub name: Option<String>,
    /// `variant`.
    pub variant: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `model`.
    pub model: Option<String>,
    /// `config`: parameters of the model.
    pub config: Map<String, Value>,
    /// `input.schema` as JSON Schema.
    pub input_schema: Option<Value>,
    /// `input.default`.
    pub input_default: Map<String, Value>,
    /// `output.format`.
    pub output_format: Option<String>,
    /// `output.schema` as JSON Schema.
    pub output_schema: Option<Value>,
    /// `tools`: names of tools.
    pub tools: Vec<String>,
    /// `toolDefs`: tools spelt out.
    pub tool_definitions: Vec<Value>,
    /// `metadata`.
    pub metadata: Map<String, Value>,
    /// Keys with dots, by namespace; `variorum` is among them.
    pub ext: Map<String, Value>,
    /// Keys without a meaning, kept as they are.
    pub other: Map<String, Value>,
}

/// Our own fields, `variorum.…`. A list may be written as a single text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variorum {
    /// `title`: what people call the prompt.
    pub title: Option<String>,
    /// `intent`: what it is for.
    pub intent: Option<String>,
    /// `owner`.
    pub owner: Option<String>,
    /// `channel`.
    pub channels: Vec<String>,
    /// `region`.
    pub regions: Vec<String>,
    /// `brand`.
    pub brands: Vec<String>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `outputs`: what it yields.
    pub outputs: Vec<String>,
    /// `benchmarks`: what it is measured against.
    pub benchmarks: Vec<String>,
    /// `kpis`.
    pub kpis: Vec<KpiTarget>,
    /// All fields as written.
    pub fields: Map<String, Value>,
}

/// A KPI a prompt is meant to move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KpiTarget {
    /// Name of the KPI.
    pub name: String,
    /// Where it should go, such as `up` or `+10%`.
    pub goal: Option<String>,
    /// How far it may fall.
    pub guard: Option<String>,
}

impl Variorum {
    /// Reads the fields; singular and plural names are the same.
    pub fn from_fields(fields: Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(text_of);
        let list = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|name| fields.get(*name))
                .map(list_of)
                .unwrap_or_default()
        };
        Self {
            title: text("title"),
            intent: text("intent"),
            owner: text("owner"),
            channels: list(["channel", "channels"]),
            regions: list(["region", "regions"]),
            brands: list(["brand", "brands"]),
            tags: list(["tags", "tag"]),
            outputs: list(["outputs", "output"]),
            benchmarks: list(["benchmarks", "benchmark"]),
            kpis: fields
                .get("kpis")
                .or_else(|| fields.get("kpi"))
                .map(kpis_of)
                .unwrap_or_default(),
            fields,
        }
    }

    /// Another field as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.fields.get(name).and_then(text_of)
    }

    /// Another field as a list.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.fields.get(name).map(list_of).unwrap_or_default()
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn list_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| text_of(item).unwrap_or_else(|| item.to_string()))
            .collect(),
        Value::Null => Vec::new(),
        single => vec![text_of(single).unwrap_or_else(|| single.to_string())],
    }
}

fn kpis_of(value: &Value) -> Vec<KpiTarget> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    items.iter().filter_map(kpi_of).collect()
}

fn kpi_of(value: &Value) -> Option<KpiTarget> {
    let field = |name: &str| value.get(name).and_then(text_of);
    match value {
        Value::String(name) => Some(KpiTarget {
            name: name.clone(),
            ..KpiTarget::default()
        }),
        _ => Some(KpiTarget {
            name: field("name")?,
            goal: field("goal"),
            guard: field("guard"),
        }),
    }
}

/// Reads the fields from the mapping at the top of a file.
pub(super) fn read(
    root: &YamlNode,
    schemas: &SchemaResolver<'_>,
    findings: &mut Vec<Diagnostic>,
) -> FrontMatter {
    let mut reader = Reader { root, findings };
    let mut front_matter = FrontMatter {
        name: reader.text("name"),
        variant: reader.text("variant"),
        version: reader.text("version"),
        description: reader.text("description"),
        model: reader.text("model"),
        config: reader.mapping(root, "config"),
        metadata: reader.mapping(root, "metadata"),
        tools: reader.tools(),
        tool_definitions: reader.list("toolDefs"),
        ..FrontMatter::default()
    };
    if let Some(input) = reader.section("input") {
        front_matter.input_schema = schema(input, schemas, reader.findings);
        front_matter.input_default = reader.mapping(input, "default");
    }
    if let Some(output) = reader.section("output") {
        front_matter.output_schema = schema(output, schemas, reader.findings);
        front_matter.output_format = output
            .get("format")
            .and_then(|node| text_of(&node.to_json()));
    }
    reader.rest(&mut front_matter);
    front_matter
}

fn schema(
    section: &YamlNode,
    schemas: &SchemaResolver<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let node = section.get("schema").filter(|node| !node.is_null())?;
    Some(to_json_schema(node, schemas, findings))
}

struct Reader<'r, 'f> {
    root: &'r YamlNode,
    findings: &'f mut Vec<Diagnostic>,
}

fn insert(ext: &mut Map<String, Value>, namespace: &str, field: &str, node: &YamlNode) {
    let entry = ext.entry(namespace).or_insert_with(|| Map::new().into());
    if let Value::Object(fields) = entry {
        fields.insert(field.to_owned(), node.to_json());
    }
}

impl<'r> Reader<'r, '_> {
    /// Our own fields written as a block: `variorum:` with keys below, rather than with dots.
    fn block(&mut self, block: &YamlNode, ext: &mut Map<String, Value>) {
        if !matches!(block.value, YamlValue::Mapping(_)) && !block.is_null() {
            self.wrong(block, NAMESPACE, "a mapping");
        }
        for (key, node) in block.entries() {
            let dotted = format!("{NAMESPACE}.{}", key.text);
            if self.root.get(&dotted).is_none() {
                insert(ext, NAMESPACE, &key.text, node);
                continue;
            }
            let message = format!(
                "`{dotted}` is given twice; the one with the dot counts, the one in the block does not"
            );
            let position = (key.line, key.column);
            self.findings
                .push(Diagnostic::warning("given-twice", position, message));
        }
    }

    fn wrong(&mut self, node: &YamlNode, key: &str, wanted: &str) {
        let message = format!("`{key}` must be {wanted}");
        self.findings
            .push(Diagnostic::error("invalid-field", node.position(), message));
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.root.get(key).filter(|node| !node.is_null())?;
        let text = text_of(&node.to_json());
        if text.is_none() {
            self.wrong(node, key, "a text");
        }
        text
    }

    fn section(&mut self, key: &str) -> Option<&'r YamlNode> {
        let node = self.root.get(key).filter(|node| !node.is_null())?;
        if matches!(node.value, YamlValue::Mapping(_)) {
            return Some(node);
        }
        self.wrong(node, key, "a mapping");
        None
    }

    fn mapping(&mut self, parent: &YamlNode, key: &str) -> Map<String, Value> {
        let Some(node) = parent.get(key).filter(|node| !node.is_null()) else {
            return Map::new();
        };
        if !matches!(node.value, YamlValue::Mapping(_)) {
            self.wrong(node, key, "a mapping");
        }
        node.to_map()
    }

    fn list(&mut self, key: &str) -> Vec<Value> {
        let Some(node) = self.root.get(key).filter(|node| !node.is_null()) else {
            return Vec::new();
        };
        let YamlValue::Sequence(items) = &node.value else {
            self.wrong(node, key, "a list");
            return Vec::new();
        };
        items.iter().map(YamlNode::to_json).collect()
    }

    fn tools(&mut self) -> Vec<String> {
        let tools = self.list("tools");
        if let Some(node) = self.root.get("tools")
            && tools.iter().any(|tool| !tool.is_string())
        {
            self.wrong(
                node,
                "tools",
                "a list of names; spell a tool out under `toolDefs`",
            );
        }
        tools.iter().filter_map(text_of).collect()
    }

    /// Namespaced keys and keys without a meaning.
    fn rest(&mut self, front_matter: &mut FrontMatter) {
        for (key, node) in self.root.entries() {
            if let Some((namespace, field)) = key.text.rsplit_once('.') {
                insert(&mut front_matter.ext, namespace, field, node);
            } else if key.text == NAMESPACE {
                self.block(node, &mut front_matter.ext);
            } else if !KNOWN_KEYS.contains(&key.text.as_str()) {
                front_matter.other.insert(key.text.clone(), node.to_json());
                if let Some(near) = suggestion(&key.text, KNOWN_KEYS) {
                    let message = format!("unknown key `{}`; did you mean `{near}`?", key.text);
                    let position = (key.line, key.column);
                    self.findings
                        .push(Diagnostic::warning("unknown-key", position, message));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::prompt::parse;

    /// A name, the YAML, the title, the tags, and what is found.
    type Row = (
        &'static str,
        &'static str,
        Option<&'static str>,
        &'static [&'static str],
        &'static [&'static str],
    );

    /// Both ways of writing our own fields: with dots, and as a block.
    #[test]
    fn table_of_dotted_and_nested_fields() {
        let rows: [Row; 8] = [
            (
                "dots",
                "variorum.title: A\nvariorum.tags: [x, y]",
                Some("A"),
                &["x", "y"],
                &[],
            ),
            (
                "a block",
                "variorum:\n  title: A\n  tags: [x, y]",
                Some("A"),
                &["x", "y"],
                &[],
            ),
            (
                "in one line",
                "variorum: {title: A, tags: x}",
                Some("A"),
                &["x"],
                &[],
            ),
            (
                "some here, some there",
                "variorum.title: A\nvariorum:\n  tags: [x]",
                Some("A"),
                &["x"],
                &[],
            ),
            (
                "twice, the block first",
                "variorum:\n  title: B\n  tags: [x]\nvariorum.title: A",
                Some("A"),
                &["x"],
                &["given-twice 3"],
            ),
            (
                "twice, the block last",
                "variorum.title: A\nvariorum:\n  title: B",
                Some("A"),
                &[],
                &["given-twice 4"],
            ),
            ("empty", "variorum:", None, &[], &[]),
            ("no mapping", "variorum: A", None, &[], &["invalid-field 2"]),
        ];
        for (name, yaml, title, tags, findings) in rows {
            let file = parse(&format!("---\n{yaml}\n---\nHi\n"));
            assert_eq!(file.variorum.title.as_deref(), title, "{name}");
            assert_eq!(file.variorum.tags, tags, "{name}");
            let found = file.diagnostics.iter();
            let found: Vec<String> = found
                .map(|one| format!("{} {}", one.code, one.line))
                .collect();
            assert_eq!(found, findings, "{name}");
            assert!(!file.front_matter.other.contains_key("variorum"), "{name}");
        }
    }
}
