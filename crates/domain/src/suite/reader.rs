//! Reading cases and assertions; every refusal has a line and a column.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::Answer;
use super::assertion::{Assertion, Kind, Need, known_kinds};
use super::read::{provider, texts};
use super::spec::Spec;
use super::{ASSERTIONS_MAX, Place, SUITE_BYTES_MAX, SUITE_NODES_MAX};
use crate::prompt::{Diagnostic, YamlNode, YamlValue, read_large_document, suggestion};

const CASE_KEYS: [&str; 13] = [
    "description",
    "vars",
    "assert",
    "threshold",
    "providerOutput",
    "provider",
    "providers",
    "prompts",
    "options",
    "metadata",
    "id",
    "assertScoringFunction",
    RECORDED,
];
const OPTION_KEYS: [&str; 12] = [
    "disableVarExpansion",
    "disableDefaultAsserts",
    "disableConversationVar",
    "runSerially",
    "provider",
    "rubricPrompt",
    "transform",
    "postprocess",
    "transformVars",
    "prefix",
    "suffix",
    "storeOutputAs",
];
/// Options that change what is asserted on, in ways that are not run.
const UNREAD_OPTIONS: [&str; 6] = [
    "transform",
    "postprocess",
    "transformVars",
    "prefix",
    "suffix",
    "storeOutputAs",
];
const ASSERT_KEYS: [&str; 12] = [
    "type",
    "value",
    "threshold",
    "weight",
    "metric",
    "provider",
    "rubricPrompt",
    "config",
    "transform",
    "contextTransform",
    "assert",
    "description",
];
/// What is known of a recorded answer beside its text.
const RECORDED: &str = "variorum.recorded";
const RECORDED_KEYS: [&str; 3] = ["latencyMs", "cost", "finishReason"];

/// Collects what is wrong while a suite or a data set is read.
pub(super) struct Reader {
    pub path: Arc<str>,
    pub found: Vec<Diagnostic>,
}

/// The mapping at the root of a suite.
pub(super) fn read_root(reader: &mut Reader, text: &str) -> Option<YamlNode> {
    match read_large_document(text, SUITE_BYTES_MAX, SUITE_NODES_MAX) {
        Ok(root) if matches!(root.value, YamlValue::Mapping(_)) => Some(root),
        Ok(root) => {
            reader.fault(&root, "a suite must be a mapping of keys to values");
            None
        }
        Err(error) => {
            let error = error.at_path(&reader.path);
            reader.found.push(error);
            None
        }
    }
}

impl Reader {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            found: Vec::new(),
        }
    }

    pub(super) fn place(&self, (line, column): (usize, usize)) -> Place {
        Place {
            path: self.path.clone(),
            line,
            column,
        }
    }

    pub(super) fn fault(&mut self, node: &YamlNode, message: impl Into<String>) {
        let fault = Diagnostic::error("bad-suite", node.position(), message);
        self.found.push(fault.at_path(&self.path));
    }

    pub(super) fn warn(&mut self, node: &YamlNode, message: impl Into<String>) {
        let remark = Diagnostic::warning("bad-suite", node.position(), message);
        self.found.push(remark.at_path(&self.path));
    }

    /// Remarks on keys nobody knows: what they ask for is not done.
    pub(super) fn known_keys(&mut self, node: &YamlNode, known: &[&[&'static str]]) {
        for (key, _) in node.entries() {
            let mut all = known.iter().copied().flatten().copied();
            if all.clone().any(|one| one == key.text) {
                continue;
            }
            let near = suggestion(&key.text, &mut all);
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("`{}` is not read here{hint}", key.text);
            let remark = Diagnostic::warning("unknown-key", (key.line, key.column), message);
            self.found.push(remark.at_path(&self.path));
        }
    }

    /// A case, or what holds for every case.
    pub(super) fn spec(&mut self, node: &YamlNode) -> Spec {
        self.known_keys(node, &[&CASE_KEYS]);
        let mut spec = Spec::empty(self.place(node.position()));
        spec.description = node
            .get("description")
            .and_then(YamlNode::as_str)
            .map(str::to_owned);
        match node.get("vars") {
            Some(vars) if matches!(vars.value, YamlValue::Mapping(_)) => {
                spec.variables = vars.to_map();
            }
            Some(vars) if !vars.is_null() => {
                self.fault(vars, "`vars` must be a mapping of names to values");
            }
            _ => {}
        }
        spec.asserts = self.asserts(node);
        spec.threshold = self.number(node, "threshold");
        spec.recorded = self.recorded(node);
        spec.provider = node.get("provider").and_then(|node| provider(self, node));
        spec.prompts = texts(node.get("prompts"));
        spec.providers = texts(node.get("providers"));
        if node.get("assertScoringFunction").is_some() {
            spec.unread = Some("needs `assertScoringFunction`, which is foreign code".to_owned());
        }
        if let Some(options) = node.get("options") {
            self.options(options, &mut spec);
        }
        spec
    }

    fn options(&mut self, node: &YamlNode, spec: &mut Spec) {
        self.known_keys(node, &[&OPTION_KEYS]);
        let is_set = |key: &str| {
            node.get(key)
                .is_some_and(|one| one.value == YamlValue::Scalar(Value::Bool(true)))
        };
        spec.keep_lists = node
            .get("disableVarExpansion")
            .map(|_| is_set("disableVarExpansion"));
        spec.only_own_asserts = is_set("disableDefaultAsserts");
        let unread = UNREAD_OPTIONS
            .iter()
            .find(|key| node.get(key).is_some_and(|one| !one.is_null()));
        if let Some(key) = unread {
            spec.unread = Some(format!("uses the option `{key}`, which is not run"));
        }
    }

    fn recorded(&mut self, node: &YamlNode) -> Option<Answer> {
        let more = node.get(RECORDED);
        let output = node
            .get("providerOutput")
            .filter(|output| !output.is_null());
        let Some(output) = output else {
            if let Some(more) = more {
                self.fault(
                    more,
                    format!("`{RECORDED}` says more of a `providerOutput`, and there is none"),
                );
            }
            return None;
        };
        let mut answer = Answer::of_value(&output.to_json());
        if let Some(more) = more {
            self.known_keys(more, &[&RECORDED_KEYS]);
            answer.latency_ms = self.number(more, "latencyMs");
            answer.cost = self.number(more, "cost");
            answer.finish_reason = more
                .get("finishReason")
                .and_then(YamlNode::as_str)
                .map(str::to_owned);
        }
        Some(answer)
    }

    fn number(&mut self, node: &YamlNode, key: &str) -> Option<f64> {
        let node = node.get(key).filter(|node| !node.is_null())?;
        let number = match &node.value {
            YamlValue::Scalar(Value::Number(number)) => number.as_f64(),
            _ => None,
        };
        if number.is_none() {
            self.fault(node, format!("`{key}` must be a number"));
        }
        number
    }

    fn asserts(&mut self, node: &YamlNode) -> Vec<Arc<Assertion>> {
        let Some(list) = node.get("assert").filter(|list| !list.is_null()) else {
            return Vec::new();
        };
        let YamlValue::Sequence(items) = &list.value else {
            self.fault(list, "`assert` must be a list of assertions");
            return Vec::new();
        };
        let asserts: Vec<Arc<Assertion>> = items
            .iter()
            .filter_map(|item| self.assertion(item, false))
            .map(Arc::new)
            .collect();
        if asserts.iter().map(|one| one.len()).sum::<usize>() > ASSERTIONS_MAX {
            self.fault(
                list,
                format!("a case has at most {ASSERTIONS_MAX} assertions"),
            );
        }
        asserts
    }

    fn assertion(&mut self, node: &YamlNode, inside: bool) -> Option<Assertion> {
        let Some(name) = node.get("type").and_then(YamlNode::as_str) else {
            self.fault(node, "an assertion must be a mapping with a `type`");
            return None;
        };
        self.known_keys(node, &[&ASSERT_KEYS]);
        let mut assertion = Assertion::of_kind(self.place(node.position()), name);
        assertion.value = node.get("value").map(YamlNode::to_json).unwrap_or_default();
        assertion.threshold = self.number(node, "threshold");
        assertion.weight = self.number(node, "weight").unwrap_or(1.0);
        if assertion.weight < 0.0 {
            self.fault(node, "`weight` must not be below zero");
            assertion.weight = 0.0;
        }
        match &mut assertion.kind {
            Kind::Set(_) if inside => {
                self.fault(node, "a set of assertions cannot hold another set");
                return None;
            }
            Kind::Set(_) if assertion.negated => {
                self.fault(
                    node,
                    "there is no `not-assert-set`; turn its assertions round",
                );
                return None;
            }
            Kind::Set(members) => {
                let listed = node.get("assert").map(|list| &list.value);
                match listed {
                    Some(YamlValue::Sequence(items)) => {
                        members.extend(items.iter().filter_map(|item| self.assertion(item, true)));
                    }
                    _ => self.fault(node, "`assert-set` needs a list `assert`"),
                }
            }
            Kind::Elsewhere(Need::Unknown) => {
                let near = suggestion(name, known_kinds());
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                let message = format!("`{name}` is a kind of assertion that nobody knows{hint}");
                let fault = Diagnostic::error("unknown-assertion", node.position(), message);
                self.found.push(fault.at_path(&self.path));
            }
            _ => {}
        }
        if ["transform", "contextTransform"]
            .iter()
            .any(|key| node.get(key).is_some())
        {
            assertion.kind = Kind::Elsewhere(Need::Code);
        }
        Some(assertion)
    }
}

/// JSON as if it had been read from YAML at one place.
pub(super) fn node_at(value: Value, position: (usize, usize)) -> YamlNode {
    let (line, column) = position;
    let value = match value {
        Value::Array(items) => {
            let items = items.into_iter().map(|item| node_at(item, position));
            YamlValue::Sequence(items.collect())
        }
        Value::Object(fields) => YamlValue::Mapping(entries_at(fields, position)),
        plain => YamlValue::Scalar(plain),
    };
    YamlNode {
        value,
        line,
        column,
    }
}

fn entries_at(
    fields: Map<String, Value>,
    (line, column): (usize, usize),
) -> Vec<(crate::prompt::YamlKey, YamlNode)> {
    let entry = |(text, value)| {
        let key = crate::prompt::YamlKey { text, line, column };
        (key, node_at(value, (line, column)))
    };
    fields.into_iter().map(entry).collect()
}
