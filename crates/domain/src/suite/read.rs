//! A suite as it is written.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::reader::{Reader, read_root};
use super::shelf::Shelf;
use super::spec::Spec;
use super::{Place, SUITE_PROMPTS_MAX, SUITE_PROVIDERS_MAX, dataset};
use crate::impact::{beside, is_prompt_id, prompt_path};
use crate::prompt::{Diagnostic, YamlNode, YamlValue};

/// A suite that was read.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Its path.
    pub path: Arc<str>,
    /// What people call it.
    pub description: Option<String>,
    /// The prompts it is about.
    pub prompts: Vec<PromptRef>,
    /// Who answers; nobody means that the prompt itself is looked at.
    pub providers: Vec<Provider>,
    /// What holds for every case: `defaultTest`.
    pub base: Spec,
    /// The cases, and files of cases.
    pub tests: Vec<Tests>,
    /// Each scenario: the variables it is tried with, and its cases.
    pub scenarios: Vec<(Vec<Spec>, Vec<Tests>)>,
    /// The workflow it is about.
    pub workflow: Option<String>,
    /// What was found while reading.
    pub diagnostics: Vec<Diagnostic>,
}

/// A prompt that a suite is about.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptRef {
    /// Where it is named.
    pub place: Place,
    /// What the suite calls it.
    pub label: String,
    /// Where it comes from.
    pub source: PromptSource,
}

/// Where a prompt comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptSource {
    /// A file of the library.
    File(String),
    /// The suite itself.
    Text(String),
}

/// Who answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Who, such as `echo` or `openai:chat:gpt-5-mini`.
    pub id: String,
    /// What the suite calls it.
    pub label: String,
    /// What it is told, such as `temperature` or `apiBaseUrl`.
    pub config: Map<String, Value>,
    /// The labels of the only prompts it is asked; all where none are given.
    pub prompts: Vec<String>,
}

impl Provider {
    /// The one that gives the prompt back.
    pub fn echo() -> Self {
        Self {
            id: "echo".to_owned(),
            label: "echo".to_owned(),
            config: Map::new(),
            prompts: Vec::new(),
        }
    }

    /// Whether it gives the prompt back.
    pub fn is_echo(&self) -> bool {
        self.id == "echo"
    }
}

/// A case, or a file of cases.
#[derive(Debug, Clone)]
pub enum Tests {
    /// A case.
    One(Box<Spec>),
    /// A file with a case a row, line or item.
    File {
        /// Where it is named.
        place: Place,
        /// Its path.
        path: String,
    },
}

const KEYS: [&str; 11] = [
    "description",
    "prompts",
    "prompt",
    "workflow",
    "providers",
    "provider",
    "targets",
    "defaultTest",
    "tests",
    "scenarios",
    "extensions",
];
/// What tells promptfoo how to run, or says something about the suite.
const SILENT: [&str; 11] = [
    "$schema",
    "id",
    "tags",
    "env",
    "sharing",
    "outputPath",
    "evaluateOptions",
    "commandLineOptions",
    "metadata",
    "derivedMetrics",
    "writeLatestResults",
];

/// Reads a suite; whatever is wrong with it is in [`Suite::diagnostics`].
pub fn parse(path: &str, text: &str) -> Suite {
    let mut reader = Reader::new(path);
    let mut suite = Suite {
        path: reader.path.clone(),
        description: None,
        prompts: Vec::new(),
        providers: Vec::new(),
        base: Spec::empty(reader.place((1, 1))),
        tests: Vec::new(),
        scenarios: Vec::new(),
        workflow: None,
        diagnostics: Vec::new(),
    };
    if let Some(root) = read_root(&mut reader, text) {
        fill(&mut suite, &mut reader, &root);
    }
    suite.diagnostics = reader.found;
    suite
}

fn fill(suite: &mut Suite, reader: &mut Reader, root: &YamlNode) {
    reader.known_keys(root, &[&KEYS, &SILENT]);
    suite.description = root
        .get("description")
        .and_then(YamlNode::as_str)
        .map(str::to_owned);
    for key in ["prompts", "prompt"] {
        for node in items(root.get(key)) {
            suite.prompts.extend(prompt(reader, node));
        }
    }
    for key in ["providers", "provider", "targets"] {
        for node in items(root.get(key)) {
            suite.providers.extend(provider(reader, node));
        }
    }
    suite.workflow = root.get("workflow").and_then(|node| reader.file(node));
    if let Some(node) = root.get("defaultTest") {
        match node.value {
            YamlValue::Mapping(_) => suite.base = reader.spec(node),
            _ if node.is_null() => {}
            _ => reader.fault(
                node,
                "`defaultTest` must be a mapping; files of it are not read",
            ),
        }
    }
    if let Some(node) = root.get("extensions").filter(|node| !node.is_null()) {
        reader.warn(
            node,
            "`extensions` is foreign code, so its cases are not run",
        );
        suite
            .base
            .unread
            .get_or_insert("needs `extensions`, which is foreign code".to_owned());
    }
    suite.tests = tests(reader, root.get("tests"));
    for node in items(root.get("scenarios")) {
        let config: Vec<Spec> = items(node.get("config"))
            .iter()
            .map(|one| reader.spec(one))
            .collect();
        let tests = tests(reader, node.get("tests"));
        suite.scenarios.push((config, tests));
    }
    for (count, max, what) in [
        (suite.prompts.len(), SUITE_PROMPTS_MAX, "prompts"),
        (suite.providers.len(), SUITE_PROVIDERS_MAX, "providers"),
    ] {
        if count > max {
            reader.fault(
                root,
                format!("the suite has {count} {what}, and at most {max} are taken"),
            );
        }
    }
    let keys = ["prompts", "prompt", "workflow"];
    if !keys.iter().any(|key| !items(root.get(key)).is_empty()) {
        reader.fault(root, "the suite names neither `prompts` nor a `workflow`");
    }
}

/// The items of a list; anything else stands for itself.
fn items(node: Option<&YamlNode>) -> &[YamlNode] {
    match node.map(|node| &node.value) {
        None => &[],
        Some(YamlValue::Sequence(items)) => items,
        Some(_) => node
            .filter(|node| !node.is_null())
            .map_or(&[], std::slice::from_ref),
    }
}

fn prompt(reader: &mut Reader, node: &YamlNode) -> Option<PromptRef> {
    const PROMPT_KEYS: [&str; 4] = ["id", "label", "raw", "display"];
    let text = match &node.value {
        YamlValue::Mapping(_) => {
            reader.known_keys(node, &[&PROMPT_KEYS]);
            node.get("raw").or_else(|| node.get("id"))?.as_str()?
        }
        _ => match node.as_str() {
            Some(text) => text,
            None => {
                reader.fault(
                    node,
                    "a prompt must be a text: `file://…`, an id, or the prompt itself",
                );
                return None;
            }
        },
    };
    let is_raw = node.get("raw").is_some();
    let source = if is_raw {
        PromptSource::Text(text.to_owned())
    } else if text.starts_with("file://") {
        PromptSource::File(reader.file_named(node, text)?)
    } else if is_prompt_id(text) {
        PromptSource::File(prompt_path(text))
    } else {
        PromptSource::Text(text.to_owned())
    };
    let label = node.get("label").and_then(YamlNode::as_str).unwrap_or(text);
    Some(PromptRef {
        place: reader.place(node.position()),
        label: label.to_owned(),
        source,
    })
}

/// A provider as a name, as a mapping with an `id`, or as a mapping of its name to what it is told.
pub(super) fn provider(reader: &mut Reader, node: &YamlNode) -> Option<Provider> {
    if let Some(id) = node.as_str() {
        let id = id.to_owned();
        return Some(Provider {
            label: id.clone(),
            id,
            ..Provider::echo()
        });
    }
    let (id, told) = match (node.get("id"), node.entries()) {
        (Some(id), _) => (id.as_str()?.to_owned(), node),
        (None, [(name, told)]) => (name.text.clone(), told),
        _ => {
            reader.fault(node, "a provider must be a name, or a mapping with an `id`");
            return None;
        }
    };
    let label = told.get("label").and_then(YamlNode::as_str).unwrap_or(&id);
    Some(Provider {
        label: label.to_owned(),
        config: told.get("config").map(YamlNode::to_map).unwrap_or_default(),
        prompts: texts(told.get("prompts")),
        id,
    })
}

pub(super) fn texts(node: Option<&YamlNode>) -> Vec<String> {
    let texts = items(node).iter().filter_map(YamlNode::as_str);
    texts.map(str::to_owned).collect()
}

fn tests(reader: &mut Reader, node: Option<&YamlNode>) -> Vec<Tests> {
    let mut found = Vec::new();
    for node in items(node) {
        match &node.value {
            YamlValue::Mapping(_) => found.push(Tests::One(Box::new(reader.spec(node)))),
            _ => {
                if let Some(path) = reader.file(node) {
                    let place = reader.place(node.position());
                    found.push(Tests::File { place, path });
                }
            }
        }
    }
    found
}

impl Suite {
    /// Everything that stands for cases.
    pub(super) fn all_tests(&self) -> impl Iterator<Item = &Tests> {
        let own = self.tests.iter();
        own.chain(self.scenarios.iter().flat_map(|(_, tests)| tests))
    }

    /// The cases in its files.
    pub(super) fn read_files(&self, shelf: &Shelf) -> Vec<Spec> {
        let files = self
            .all_tests()
            .filter(|tests| matches!(tests, Tests::File { .. }));
        files.flat_map(|tests| specs_of(tests, shelf).0).collect()
    }
}

/// The cases of one entry.
pub(super) fn specs_of(tests: &Tests, shelf: &Shelf) -> (Vec<Spec>, Vec<Diagnostic>) {
    match tests {
        Tests::One(spec) => (vec![(**spec).clone()], Vec::new()),
        Tests::File { place, path } => match shelf.texts.get(path) {
            Some(text) => dataset::read(path, text),
            None => {
                let message = format!("there is no file `{path}` with cases");
                let at = (place.line, place.column);
                let fault = Diagnostic::error("unknown-file", at, message).at_path(&place.path);
                (Vec::new(), vec![fault])
            }
        },
    }
}

impl Reader {
    /// The path of a `file://` reference.
    fn file(&mut self, node: &YamlNode) -> Option<String> {
        match node.as_str() {
            Some(text) if text.starts_with("file://") => self.file_named(node, text),
            _ => {
                self.fault(
                    node,
                    "a file must be named as `file://…`, from where this file stands",
                );
                None
            }
        }
    }

    fn file_named(&mut self, node: &YamlNode, text: &str) -> Option<String> {
        let named = text.strip_prefix("file://").unwrap_or(text);
        let path = beside(&self.path, named);
        if path.is_none() {
            let message = if named.contains('*') {
                format!("`{text}` is a pattern, and files are named one by one here")
            } else {
                format!("`{text}` lies outside of the library")
            };
            self.fault(node, message);
        }
        path
    }
}
