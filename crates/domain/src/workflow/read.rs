//! Reads a workflow file; whatever is wrong with its shape is reported with its place.

use std::collections::HashMap;

use serde_json::Value;

use super::condition::{Comparison, Condition, Test};
use super::reference::Reference;
use super::{
    BRANCHES_MAX, Branch, CONDITION_DEPTH_MAX, END, Feed, Input, PARALLEL_MAX, Placed, Run,
    STEP_ID_CHARS_MAX, STEPS_MAX, Step, StepKind, WORKFLOW_BYTES_MAX, Workflow, empty_object,
};
use crate::prompt::{
    Diagnostic, YamlKey, YamlNode, YamlValue, read_document, suggestion, to_json_schema,
};

const KEYS: [&str; 8] = [
    "title",
    "description",
    "owner",
    "kpis",
    "trigger",
    "attributes",
    "steps",
    "tags",
];
const STEP_KEYS: [&str; 12] = [
    "id",
    "title",
    "description",
    "channel",
    "day",
    "prompt",
    "inputs",
    "for_each",
    "skip_when",
    "stop_when_kpi",
    "next",
    "decide",
];
/// What only a step that runs a prompt can have.
const RUN_KEYS: [&str; 5] = ["inputs", "for_each", "skip_when", "stop_when_kpi", "next"];
const TESTS: [&str; 10] = [
    "equals",
    "not_equals",
    "in",
    "not_in",
    "above",
    "at_least",
    "below",
    "at_most",
    "matches",
    "missing",
];

/// Reads a workflow; whatever is wrong with it is in [`Workflow::diagnostics`].
pub fn parse(source: &str) -> Workflow {
    let mut reader = Reader {
        findings: Vec::new(),
    };
    let root = match read_document(source, WORKFLOW_BYTES_MAX) {
        Ok(root) => root,
        Err(finding) => {
            reader.findings.push(finding);
            YamlNode::default()
        }
    };
    let mut workflow = reader.workflow(&root);
    workflow.diagnostics = reader.findings;
    workflow
}

struct Reader {
    findings: Vec<Diagnostic>,
}

impl Reader {
    fn error(&mut self, code: &'static str, at: (usize, usize), message: impl Into<String>) {
        self.findings.push(Diagnostic::error(code, at, message));
    }

    fn wrong(&mut self, node: &YamlNode, key: &str, wanted: &str) {
        let message = format!("`{key}` must be {wanted}");
        self.error("invalid-field", node.position(), message);
    }

    fn workflow(&mut self, root: &YamlNode) -> Workflow {
        let is_mapping = matches!(root.value, YamlValue::Mapping(_));
        if !is_mapping && self.findings.is_empty() {
            let message = "a workflow is a mapping with `steps`";
            self.error("invalid-workflow", root.position(), message);
        }
        self.unknown_keys(root, &KEYS);
        let attributes = root.get("attributes").filter(|node| !node.is_null());
        let attributes = match attributes {
            Some(node) => to_json_schema(node, &|_| None, &mut self.findings),
            None => empty_object(),
        };
        Workflow {
            title: self.text(root, "title"),
            description: self.text(root, "description"),
            owner: self.text(root, "owner"),
            kpis: self.names(root, "kpis"),
            trigger: self.text(root, "trigger"),
            attributes,
            steps: if is_mapping {
                self.steps(root)
            } else {
                Vec::new()
            },
            diagnostics: Vec::new(),
        }
    }

    fn unknown_keys(&mut self, node: &YamlNode, known: &[&'static str]) {
        for (key, _) in node.entries() {
            if known.contains(&key.text.as_str()) {
                continue;
            }
            let near = suggestion(&key.text, known.iter().copied());
            let hint = near
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            let message = format!("unknown key `{}`{hint}", key.text);
            let at = (key.line, key.column);
            self.findings
                .push(Diagnostic::warning("unknown-key", at, message));
        }
    }

    fn text(&mut self, parent: &YamlNode, key: &str) -> Option<String> {
        self.placed(parent, key).map(|placed| placed.value)
    }

    fn placed(&mut self, parent: &YamlNode, key: &str) -> Option<Placed<String>> {
        let node = parent.get(key).filter(|node| !node.is_null())?;
        let text = scalar_text(node);
        if text.is_none() {
            self.wrong(node, key, "a text");
        }
        Some(place(node, text?))
    }

    /// A name, or a list of names.
    fn names(&mut self, parent: &YamlNode, key: &str) -> Vec<Placed<String>> {
        let Some(node) = parent.get(key).filter(|node| !node.is_null()) else {
            return Vec::new();
        };
        let items = match &node.value {
            YamlValue::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            match scalar_text(item) {
                Some(text) => names.push(place(item, text)),
                None => self.wrong(item, key, "a name or a list of names"),
            }
        }
        names
    }

    fn steps(&mut self, root: &YamlNode) -> Vec<Step> {
        let Some(node) = root.get("steps") else {
            let message = "a workflow needs `steps`";
            self.error("no-steps", root.position(), message);
            return Vec::new();
        };
        let YamlValue::Sequence(items) = &node.value else {
            self.wrong(node, "steps", "a list of steps");
            return Vec::new();
        };
        if items.is_empty() {
            self.error("no-steps", node.position(), "a workflow needs a step");
        }
        if items.len() > STEPS_MAX {
            let message = format!(
                "a workflow has at most {STEPS_MAX} steps, this one has {}",
                items.len()
            );
            self.error("limit-exceeded", node.position(), message);
        }
        let mut steps = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for item in items.iter().take(STEPS_MAX) {
            let Some(step) = self.step(item) else {
                continue;
            };
            if let Some(line) = known.get(&step.id.value) {
                let message = format!("step `{}` is there already, in line {line}", step.id.value);
                self.error("duplicate-step", step.id.position(), message);
                continue;
            }
            known.insert(step.id.value.clone(), step.id.line);
            steps.push(step);
        }
        steps
    }

    fn step(&mut self, node: &YamlNode) -> Option<Step> {
        if !matches!(node.value, YamlValue::Mapping(_)) {
            self.wrong(node, "steps", "a list of mappings, each with an `id`");
            return None;
        }
        self.unknown_keys(node, &STEP_KEYS);
        let Some(id) = self.placed(node, "id") else {
            self.error("invalid-step", node.position(), "a step needs an `id`");
            return None;
        };
        if !is_step_id(&id.value) {
            let message = format!(
                "`{}` cannot be the id of a step; use letters, digits, `_` and `-`, at most {STEP_ID_CHARS_MAX}, and not `{END}`",
                id.value
            );
            self.error("invalid-step", id.position(), message);
            return None;
        }
        let kind = self.kind(node, &id)?;
        let day = node.get("day").filter(|day| !day.is_null());
        let number = day.and_then(|day| day.to_json().as_f64());
        if let Some(day) = day
            && number.is_none_or(|number| number < 0.0)
        {
            self.wrong(day, "day", "a number of days, not below 0");
        }
        Some(Step {
            title: self.text(node, "title"),
            channel: self.placed(node, "channel"),
            day: number,
            kind,
            id,
        })
    }

    fn kind(&mut self, node: &YamlNode, id: &Placed<String>) -> Option<StepKind> {
        match (node.get("decide"), node.get("prompt")) {
            (Some(branches), None) => {
                for key in RUN_KEYS {
                    if let Some(odd) = node.get(key) {
                        let message = format!("a step that decides has no `{key}`");
                        self.error("invalid-step", odd.position(), message);
                    }
                }
                Some(StepKind::Decide(self.branches(branches)))
            }
            (None, Some(_)) => {
                let prompt = self.placed(node, "prompt")?;
                Some(StepKind::Run(Box::new(self.run(node, prompt))))
            }
            _ => {
                let message = format!("step `{}` needs either `prompt` or `decide`", id.value);
                self.error("invalid-step", node.position(), message);
                None
            }
        }
    }

    fn run(&mut self, node: &YamlNode, prompt: Placed<String>) -> Run {
        Run {
            prompt,
            inputs: node
                .get("inputs")
                .map(|inputs| self.inputs(inputs))
                .unwrap_or_default(),
            for_each: node.get("for_each").and_then(|over| self.for_each(over)),
            skip_when: node
                .get("skip_when")
                .and_then(|when| self.condition(when, 0)),
            stop_when_kpi: self.placed(node, "stop_when_kpi"),
            next: self.targets(node, "next"),
        }
    }

    /// Where a path goes on; `end` leads nowhere.
    fn targets(&mut self, node: &YamlNode, key: &str) -> Vec<Placed<String>> {
        let mut targets = self.names(node, key);
        if targets.len() > PARALLEL_MAX
            && let Some(first) = targets.first()
        {
            let message = format!("a step leads to at most {PARALLEL_MAX} steps at once");
            let at = first.position();
            self.error("limit-exceeded", at, message);
            targets.truncate(PARALLEL_MAX);
        }
        if targets.len() > 1
            && let Some(end) = targets.iter().find(|target| target.value == END)
        {
            let at = end.position();
            let message = "`end` stands alone: a path that goes on does not end";
            self.error("invalid-field", at, message);
        }
        targets.retain(|target| target.value != END);
        let mut seen = Vec::new();
        targets.retain(|target| {
            let new = !seen.contains(&target.value);
            seen.push(target.value.clone());
            new
        });
        targets
    }

    fn inputs(&mut self, node: &YamlNode) -> Vec<Input> {
        if !matches!(node.value, YamlValue::Mapping(_)) && !node.is_null() {
            self.wrong(node, "inputs", "a mapping of variables to what they get");
        }
        let mut inputs = Vec::new();
        for (key, feed) in node.entries() {
            if let Some(feed) = self.feed(key, feed) {
                let name = Placed {
                    value: key.text.clone(),
                    line: key.line,
                    column: key.column,
                };
                inputs.push(Input { name, feed });
            }
        }
        inputs
    }

    fn feed(&mut self, key: &YamlKey, node: &YamlNode) -> Option<Feed> {
        match (node.get("from"), node.get("value")) {
            (Some(from), None) => {
                self.unknown_keys(node, &["from", "optional"]);
                let optional = self.flag(node, "optional");
                self.reference(from, "from", optional).map(Feed::From)
            }
            (None, Some(value)) => {
                self.unknown_keys(node, &["value"]);
                Some(Feed::Value(place(value, value.to_json())))
            }
            _ => {
                let name = &key.text;
                let message = format!(
                    "`{name}` needs a source: `{name}: {{from: attributes.{name}}}` or `{name}: {{value: …}}`"
                );
                self.error("invalid-input", node.position(), message);
                None
            }
        }
    }

    fn for_each(&mut self, node: &YamlNode) -> Option<Reference> {
        let Some(from) = node.get("from") else {
            let wanted = "a list: `for_each: {from: steps.id.output.field}`";
            self.wrong(node, "for_each", wanted);
            return None;
        };
        self.unknown_keys(node, &["from", "optional"]);
        let optional = self.flag(node, "optional");
        self.reference(from, "from", optional)
    }

    fn flag(&mut self, node: &YamlNode, key: &str) -> bool {
        match node.get(key).map(|node| (node, node.to_json())) {
            None => false,
            Some((_, Value::Bool(flag))) => flag,
            Some((node, _)) => {
                self.wrong(node, key, "true or false");
                false
            }
        }
    }

    fn reference(&mut self, node: &YamlNode, key: &str, optional: bool) -> Option<Reference> {
        let Some(text) = node.as_str() else {
            let wanted = "the name of a value, such as `attributes.region`";
            self.wrong(node, key, wanted);
            return None;
        };
        match Reference::parse(&place(node, text.to_owned()), optional) {
            Ok(reference) => Some(reference),
            Err(message) => {
                self.error("invalid-reference", node.position(), message);
                None
            }
        }
    }

    fn branches(&mut self, node: &YamlNode) -> Vec<Branch> {
        let YamlValue::Sequence(items) = &node.value else {
            self.wrong(node, "decide", "a list of `when` and `go`");
            return Vec::new();
        };
        if items.len() > BRANCHES_MAX {
            let message = format!("a decision has at most {BRANCHES_MAX} branches");
            self.error("limit-exceeded", node.position(), message);
        }
        let branches: Vec<Branch> = items
            .iter()
            .take(BRANCHES_MAX)
            .filter_map(|item| self.branch(item))
            .collect();
        let always = branches.iter().position(|branch| branch.when.is_none());
        match always {
            None => {
                let message =
                    "the last branch must be `otherwise: true`, so that every case is decided";
                self.error("no-otherwise", node.position(), message);
            }
            Some(at) => {
                if let Some(late) = branches.get(at + 1) {
                    let message = "nothing gets here: the branch before is taken otherwise";
                    self.error("unreachable-branch", (late.line, late.column), message);
                }
            }
        }
        branches
    }

    fn branch(&mut self, node: &YamlNode) -> Option<Branch> {
        self.unknown_keys(node, &["when", "otherwise", "go"]);
        let when = match (node.get("when"), node.get("otherwise")) {
            (Some(when), None) => Some(self.condition(when, 0)?),
            (None, Some(always)) if always.to_json() == Value::Bool(true) => None,
            _ => {
                let message = "a branch needs either `when` or `otherwise: true`";
                self.error("invalid-branch", node.position(), message);
                return None;
            }
        };
        if node.get("go").is_none_or(YamlNode::is_null) {
            let message = "a branch needs `go`: the id of a step, or `end`";
            self.error("invalid-branch", node.position(), message);
            return None;
        }
        Some(Branch {
            when,
            go: self.targets(node, "go"),
            line: node.line,
            column: node.column,
        })
    }

    fn condition(&mut self, node: &YamlNode, depth: usize) -> Option<Condition> {
        if depth >= CONDITION_DEPTH_MAX {
            let message = format!("conditions are nested at most {CONDITION_DEPTH_MAX} deep");
            self.error("limit-exceeded", node.position(), message);
            return None;
        }
        let joins = ["all", "any", "not"].map(|key| (key, node.get(key)));
        let mut found = joins
            .into_iter()
            .filter_map(|(key, inner)| Some((key, inner?)));
        let Some((key, inner)) = found.next() else {
            return self.comparison(node);
        };
        if found.next().is_some() || node.entries().len() > 1 {
            let message = format!("`{key}` stands alone in a condition");
            self.error("invalid-condition", node.position(), message);
            return None;
        }
        if key == "not" {
            let inner = self.condition(inner, depth + 1)?;
            return Some(Condition::Not(Box::new(inner)));
        }
        let YamlValue::Sequence(items) = &inner.value else {
            self.wrong(inner, key, "a list of conditions");
            return None;
        };
        if items.is_empty() {
            self.wrong(inner, key, "a list with at least one condition");
        }
        let parts: Vec<Condition> = items
            .iter()
            .filter_map(|item| self.condition(item, depth + 1))
            .collect();
        if parts.len() != items.len() || parts.is_empty() {
            return None;
        }
        Some(if key == "all" {
            Condition::All(parts)
        } else {
            Condition::Any(parts)
        })
    }

    fn comparison(&mut self, node: &YamlNode) -> Option<Condition> {
        let Some(value) = node.get("value") else {
            let message =
                "a condition compares a `value`: `{value: attributes.region, equals: de}`";
            self.error("invalid-condition", node.position(), message);
            return None;
        };
        let known: Vec<&'static str> = ["value", "optional"].into_iter().chain(TESTS).collect();
        self.unknown_keys(node, &known);
        let optional = self.flag(node, "optional");
        let value = self.reference(value, "value", optional)?;
        let mut tests = TESTS
            .into_iter()
            .filter_map(|key| Some((key, node.get(key)?)));
        let (Some((key, asked)), None) = (tests.next(), tests.next()) else {
            let message = format!("a condition asks one thing: one of {}", TESTS.join(", "));
            self.error("invalid-condition", node.position(), message);
            return None;
        };
        let test = self.test(key, asked)?;
        Some(Condition::Compare(Box::new(Comparison { value, test })))
    }

    fn test(&mut self, key: &str, node: &YamlNode) -> Option<Test> {
        let one = || place(node, node.to_json());
        let test = match key {
            "equals" => Test::Equals(one()),
            "not_equals" => Test::NotEquals(one()),
            "above" => Test::Above(one()),
            "at_least" => Test::AtLeast(one()),
            "below" => Test::Below(one()),
            "at_most" => Test::AtMost(one()),
            "missing" => match node.to_json() {
                Value::Bool(missing) => Test::Missing(missing),
                _ => {
                    self.wrong(node, key, "true or false");
                    return None;
                }
            },
            "matches" => match node.as_str() {
                Some(pattern) => Test::Matches(place(node, pattern.to_owned())),
                None => {
                    self.wrong(node, key, "a text with `*` and `?`");
                    return None;
                }
            },
            _ => {
                let YamlValue::Sequence(items) = &node.value else {
                    self.wrong(node, key, "a list of values");
                    return None;
                };
                let values = items
                    .iter()
                    .map(|item| place(item, item.to_json()))
                    .collect();
                if key == "in" {
                    Test::In(values)
                } else {
                    Test::NotIn(values)
                }
            }
        };
        Some(test)
    }
}

fn place<T>(node: &YamlNode, value: T) -> Placed<T> {
    Placed {
        value,
        line: node.line,
        column: node.column,
    }
}

fn scalar_text(node: &YamlNode) -> Option<String> {
    match &node.value {
        YamlValue::Scalar(Value::String(text)) => Some(text.clone()),
        YamlValue::Scalar(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        _ => None,
    }
}

fn is_step_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !id.is_empty() && id != END && id.len() <= STEP_ID_CHARS_MAX && id.chars().all(allowed)
}
