//! Reading `rules/documentation.yaml`; every refusal has a line and a column.

use serde_json::Value;

use super::{DocumentationRule, Enforce, Item, STANDARD_FILE, Standard, Weights};
use crate::policy::{Reader, read_rules};
use crate::prompt::{Diagnostic, YamlNode, YamlValue, suggestion};

const KEYS: [&str; 4] = ["title", "description", "weights", "rules"];
const RULE_KEYS: [&str; 7] = [
    "id", "title", "paths", "enforce", "require", "minimum", "existing",
];
/// The heaviest an item can be.
const WEIGHT_MAX: u32 = 1_000;

impl Standard {
    /// Reads the file; what is not said takes its default.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        read_rules(text, STANDARD_FILE, Reader::standard)
    }
}

/// The whole number a key holds, if it is not above a limit.
fn number(node: &YamlNode, limit: u32) -> Option<u32> {
    let YamlValue::Scalar(Value::Number(number)) = &node.value else {
        return None;
    };
    let number = u32::try_from(number.as_u64()?).ok()?;
    (number <= limit).then_some(number)
}

impl Reader {
    fn standard(&mut self, root: &YamlNode) -> Standard {
        self.known_keys(root, &KEYS);
        let weights = self.weights(root);
        let mut rules: Vec<DocumentationRule> = Vec::new();
        for (place, node) in self.items(root, "rules").iter().enumerate() {
            if !matches!(node.value, YamlValue::Mapping(_)) {
                self.fault(node, "a rule must be a mapping of keys to values");
                continue;
            }
            let rule = self.documentation_rule(node, place);
            if rules.iter().any(|known| known.id == rule.id) {
                self.fault(node, format!("two rules have the id `{}`", rule.id));
            }
            rules.push(rule);
        }
        Standard { weights, rules }
    }

    fn weights(&mut self, root: &YamlNode) -> Weights {
        let mut weights = Weights::default();
        let Some(node) = root.get("weights").filter(|node| !node.is_null()) else {
            return weights;
        };
        if !matches!(node.value, YamlValue::Mapping(_)) {
            self.fault(node, "`weights` must be a mapping of items to numbers");
            return weights;
        }
        self.known_keys(node, &Item::ALL.map(Item::name));
        for item in Item::ALL {
            let Some(value) = node.get(item.name()) else {
                continue;
            };
            match number(value, WEIGHT_MAX) {
                Some(weight) => weights = weights.with(item, weight),
                None => {
                    let message = format!("a weight must be a number from 0 to {WEIGHT_MAX}");
                    self.fault(value, message);
                }
            }
        }
        if weights.is_nothing() {
            self.fault(node, "at least one item must weigh something");
        }
        weights
    }

    fn documentation_rule(&mut self, node: &YamlNode, place: usize) -> DocumentationRule {
        self.known_keys(node, &RULE_KEYS);
        let mut id = self.text(node, "id");
        if id.is_empty() {
            id = format!("rule-{}", place + 1);
        }
        let mut title = self.text(node, "title");
        if title.is_empty() {
            title.clone_from(&id);
        }
        let patterns = self.texts(node, "paths");
        if patterns.is_empty() {
            let message = format!("rule `{id}` needs `paths`, e.g. `prompts/**`");
            self.fault(node, message);
        }
        let paths = self.globs(node, &patterns);
        let require = self.required(node);
        let minimum = node.get("minimum").map_or(0, |value| {
            let read = number(value, 100).and_then(|number| u8::try_from(number).ok());
            read.unwrap_or_else(|| {
                self.fault(value, "`minimum` must be a score from 0 to 100");
                0
            })
        });
        let enforce = self.enforce(node);
        if enforce != Enforce::Off && require.is_empty() && minimum == 0 {
            let message = format!("rule `{id}` asks for nothing: give it `require` or `minimum`");
            self.fault(node, message);
        }
        DocumentationRule {
            holds_existing: self.choice(node, "existing", ["spare", "hold"]) == Some(1),
            id,
            title,
            paths,
            enforce,
            require,
            minimum,
        }
    }

    fn required(&mut self, node: &YamlNode) -> Vec<Item> {
        let mut require = Vec::new();
        for (name, at) in self.texts(node, "require") {
            let known = Item::ALL.map(Item::name);
            match Item::from_name(&name) {
                Some(item) => require.push(item),
                None => {
                    let near = suggestion(&name, known);
                    let hint = near.map_or_else(
                        || format!("one of {}", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.fault(at, format!("nothing of the standard is `{name}`; {hint}"));
                }
            }
        }
        require
    }

    /// What happens where something is missing; a rule that does not say warns.
    fn enforce(&mut self, node: &YamlNode) -> Enforce {
        let Some(value) = node.get("enforce") else {
            return Enforce::Warn;
        };
        // YAML 1.1 reads a bare `off` as a truth value; either way it is meant.
        if value.value == YamlValue::Scalar(Value::Bool(false)) {
            return Enforce::Off;
        }
        let named = |text: &str| Enforce::ALL.into_iter().find(|one| one.name() == text);
        value.as_str().and_then(named).unwrap_or_else(|| {
            self.fault(value, "`enforce` must be `refuse`, `warn` or `off`");
            Enforce::Off
        })
    }
}
