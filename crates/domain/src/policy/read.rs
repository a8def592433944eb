//! Reading `rules/change.yaml`; every refusal has a line and a column.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reader::{Reader, read_rules};
use super::{
    Approvals, ContractGuard, Field, ImpactRule, MainGuard, MergeStyle, POLICY_FILE, Policy, Rule,
    TestGuard, plain,
};
use crate::access::Role;
use crate::impact::Thing;
use crate::prompt::{Diagnostic, YamlNode, YamlValue, suggestion};

const KEYS: [&str; 14] = [
    "title",
    "description",
    "main",
    "merge",
    "refused_subjects",
    "dismiss_stale",
    "signed_commits",
    "unresolved_threads",
    "broken_contracts",
    "tests",
    "up_to_date",
    "groups",
    "rules",
    "impact",
];
const RULE_KEYS: [&str; 6] = [
    "id",
    "title",
    "paths",
    "require",
    "exempt_when",
    "approvals",
];
const IMPACT_KEYS: [&str; 7] = [
    "id",
    "title",
    "reaches",
    "names",
    "more_than",
    "then",
    "approvals",
];
const APPROVAL_KEYS: [&str; 3] = ["group", "count", "meaning"];
/// What an approval means where nothing is said.
const MEANING: &str = "approval";
/// Most people whose approval one rule can ask for.
const COUNT_MAX: usize = 20;

impl Policy {
    /// Reads the file; what is not said takes its default.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        read_rules(text, POLICY_FILE, Reader::policy)
    }
}

impl Reader {
    fn policy(&mut self, root: &YamlNode) -> Policy {
        let mut policy = Policy::default();
        self.known_keys(root, &KEYS);
        if self.choice(root, "main", ["open", "reviewed"]) == Some(1) {
            policy.main = MainGuard::Reviewed;
        }
        if self.choice(root, "merge", ["merge", "squash"]) == Some(1) {
            policy.merge = MergeStyle::Squash;
        }
        policy.signed_commits =
            self.choice(root, "signed_commits", ["optional", "required"]) == Some(1);
        policy.threads_block =
            self.choice(root, "unresolved_threads", ["allow", "block"]) == Some(1);
        policy.contracts = match self.choice(root, "broken_contracts", ["warn", "block"]) {
            None => ContractGuard::default(),
            Some(0) => ContractGuard::Warn,
            Some(_) => ContractGuard::Block,
        };
        policy.tests = match self.choice(root, "tests", ["warn", "block"]) {
            None => TestGuard::default(),
            Some(0) => TestGuard::Warn,
            Some(_) => TestGuard::Block,
        };
        policy.up_to_date = self.choice(root, "up_to_date", ["optional", "required"]) == Some(1);
        if let Some(node) = root.get("dismiss_stale") {
            match node.value {
                YamlValue::Scalar(Value::Bool(value)) => policy.dismiss_stale = value,
                _ => self.fault(node, "`dismiss_stale` must be true or false"),
            }
        }
        let refused = self.texts(root, "refused_subjects");
        policy.refused_subjects = refused.iter().map(|(text, _)| plain(text)).collect();
        policy.groups = self.groups(root);
        policy.rules = self.rules(root, &policy.groups);
        policy.impact = self.impact(root, &policy.groups);
        policy
    }

    fn groups(&mut self, root: &YamlNode) -> BTreeMap<String, Vec<String>> {
        let mut groups = BTreeMap::new();
        let Some(node) = root.get("groups") else {
            return groups;
        };
        if !matches!(node.value, YamlValue::Mapping(_)) && !node.is_null() {
            self.fault(
                node,
                "`groups` must be a mapping of names to lists of addresses",
            );
        }
        for (name, members) in node.entries() {
            if Role::from_name(&name.text).is_some() {
                let message = format!(
                    "`{}` is a role and cannot be the name of a group",
                    name.text
                );
                self.fault(members, message);
            }
            let mut addresses = Vec::new();
            for (address, at) in self.texts(node, &name.text) {
                if address.contains('@') {
                    addresses.push(address.to_lowercase());
                } else {
                    self.fault(at, format!("`{address}` is not an e-mail address"));
                }
            }
            groups.insert(name.text.clone(), addresses);
        }
        groups
    }

    fn rules(&mut self, root: &YamlNode, groups: &BTreeMap<String, Vec<String>>) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for (place, node) in self.items(root, "rules").iter().enumerate() {
            if !matches!(node.value, YamlValue::Mapping(_)) {
                self.fault(node, "a rule must be a mapping of keys to values");
                continue;
            }
            let rule = self.rule(node, place, groups);
            if rules.iter().any(|known| known.id == rule.id) {
                self.fault(node, format!("two rules have the id `{}`", rule.id));
            }
            rules.push(rule);
        }
        rules
    }

    fn rule(
        &mut self,
        node: &YamlNode,
        place: usize,
        groups: &BTreeMap<String, Vec<String>>,
    ) -> Rule {
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
            self.fault(
                node,
                format!("rule `{id}` needs `paths`, e.g. `prompts/**`"),
            );
        }
        let paths = self.globs(node, &patterns);
        let mut require = Vec::new();
        for (name, at) in self.texts(node, "require") {
            match Field::from_name(&name) {
                Some(field) => require.push(field),
                None => {
                    let known = Field::ALL.map(Field::name);
                    let message = format!("unknown field `{name}`; one of {}", known.join(", "));
                    self.fault(at, message);
                }
            }
        }
        let exempt_wording_only = match node.get("exempt_when") {
            None => false,
            Some(value) if value.as_str() == Some("wording_only") => true,
            Some(value) => {
                self.fault(value, "`exempt_when` can only be `wording_only`");
                false
            }
        };
        let approvals = self.items(node, "approvals").iter();
        let approvals = approvals.map(|item| self.approvals(item, groups)).collect();
        Rule {
            id,
            title,
            paths,
            require,
            exempt_wording_only,
            approvals,
        }
    }

    /// The rules about what is reached.
    fn impact(
        &mut self,
        root: &YamlNode,
        groups: &BTreeMap<String, Vec<String>>,
    ) -> Vec<ImpactRule> {
        let mut rules: Vec<ImpactRule> = Vec::new();
        for (place, node) in self.items(root, "impact").iter().enumerate() {
            if !matches!(node.value, YamlValue::Mapping(_)) {
                self.fault(node, "a rule must be a mapping of keys to values");
                continue;
            }
            let rule = self.impact_rule(node, place, groups);
            if rules.iter().any(|known| known.id == rule.id) {
                self.fault(node, format!("two rules have the id `{}`", rule.id));
            }
            rules.push(rule);
        }
        rules
    }

    fn impact_rule(
        &mut self,
        node: &YamlNode,
        place: usize,
        groups: &BTreeMap<String, Vec<String>>,
    ) -> ImpactRule {
        self.known_keys(node, &IMPACT_KEYS);
        let mut id = self.text(node, "id");
        if id.is_empty() {
            id = format!("impact-{}", place + 1);
        }
        let mut title = self.text(node, "title");
        if title.is_empty() {
            title.clone_from(&id);
        }
        let patterns = self.texts(node, "names");
        let names = node.get("names").map(|at| self.globs(at, &patterns));
        let refuse = match node.get("then") {
            None => false,
            Some(value) if value.as_str() == Some("block") => true,
            Some(value) => {
                let message = "`then` can only be `block`; where people shall approve, list them under `approvals`";
                self.fault(value, message);
                false
            }
        };
        let approvals = self.items(node, "approvals").iter();
        let approvals: Vec<Approvals> =
            approvals.map(|item| self.approvals(item, groups)).collect();
        if !refuse && approvals.is_empty() {
            let message =
                format!("rule `{id}` asks for nothing: it needs `then: block` or `approvals`");
            self.fault(node, message);
        }
        ImpactRule {
            reaches: self.reached_kinds(node, &id),
            more_than: self.more_than(node),
            id,
            title,
            names,
            refuse,
            approvals,
        }
    }

    /// One kind, or a list of kinds.
    fn reached_kinds(&mut self, node: &YamlNode, id: &str) -> Vec<Thing> {
        let known = || Thing::ALL.map(Thing::name);
        let Some(value) = node.get("reaches") else {
            let message = format!("rule `{id}` needs `reaches`: one of {}", known().join(", "));
            self.fault(node, message);
            return Vec::new();
        };
        let items = match &value.value {
            YamlValue::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let mut kinds = Vec::new();
        for item in items {
            let name = item.as_str().unwrap_or_default();
            match Thing::from_name(name) {
                Some(thing) => kinds.push(thing),
                None => {
                    let near = suggestion(name, known());
                    let hint = near.map_or_else(
                        || format!("one of {}", known().join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.fault(item, format!("nothing is called `{name}`; {hint}"));
                }
            }
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn more_than(&mut self, node: &YamlNode) -> usize {
        let Some(value) = node.get("more_than") else {
            return 0;
        };
        let number = match &value.value {
            YamlValue::Scalar(Value::Number(number)) => number.as_u64(),
            _ => None,
        };
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.unwrap_or_else(|| {
            self.fault(value, "`more_than` must be a whole number, not below 0");
            0
        })
    }

    fn approvals(&mut self, node: &YamlNode, groups: &BTreeMap<String, Vec<String>>) -> Approvals {
        self.known_keys(node, &APPROVAL_KEYS);
        let group = self.text(node, "group");
        let is_known = groups.contains_key(&group) || Role::from_name(&group).is_some();
        if !is_known {
            let names = groups.keys().map(String::as_str);
            let known = names.chain(Role::ALL.map(Role::name));
            let near = suggestion(&group, known);
            let hint = near.map_or_else(
                || "; name its people under `groups`".to_owned(),
                |near| format!("; did you mean `{near}`?"),
            );
            let at = node.get("group").unwrap_or(node);
            self.fault(at, format!("`{group}` is neither a group nor a role{hint}"));
        }
        let count = match node.get("count") {
            None => 1,
            Some(value) => match &value.value {
                YamlValue::Scalar(Value::Number(number)) => number
                    .as_u64()
                    .and_then(|number| usize::try_from(number).ok())
                    .filter(|number| (1..=COUNT_MAX).contains(number))
                    .unwrap_or(0),
                _ => 0,
            },
        };
        if count == 0 {
            let at = node.get("count").unwrap_or(node);
            self.fault(
                at,
                format!("`count` must be a number from 1 to {COUNT_MAX}"),
            );
        }
        if let Some(addresses) = groups.get(&group)
            && addresses.len() < count
        {
            let message =
                format!("`{group}` has fewer than {count} people, so nobody could ever approve");
            self.fault(node, message);
        }
        let mut meaning = self.text(node, "meaning");
        if meaning.is_empty() {
            MEANING.clone_into(&mut meaning);
        }
        let is_word = meaning
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
        if !is_word {
            let at = node.get("meaning").unwrap_or(node);
            self.fault(at, "`meaning` must be one word, e.g. `approval`");
        }
        Approvals {
            group,
            count,
            meaning,
        }
    }
}
