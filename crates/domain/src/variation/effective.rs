//! The effective prompt of a variation: the base's text with the most specific fillings, the base's
//! front matter with the opened fields taken over.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};

use super::check::{self, Own};
use super::compose::Composed;
use super::fields::{self, is_open};
use super::slots::{Slot, stands_alone};
use super::{OPEN_KEY, Opening};
use crate::prompt::{
    Compiled, Diagnostic, NAMESPACE, PromptFile, Resolver, Severity, YamlNode, parse, position_of,
    validate,
};

/// Names of our fields that mean the same.
const SAME: [[&str; 2]; 7] = [
    ["variorum.channel", "variorum.channels"],
    ["variorum.region", "variorum.regions"],
    ["variorum.brand", "variorum.brands"],
    ["variorum.tag", "variorum.tags"],
    ["variorum.output", "variorum.outputs"],
    ["variorum.benchmark", "variorum.benchmarks"],
    ["variorum.kpi", "variorum.kpis"],
];

/// Who gave a slot its text or a field its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The base: it is the default.
    Base,
    /// A more general variation, by its path.
    Inherited(String),
    /// The variation itself.
    Own,
}

/// A slot as a variation has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotValue {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who gave the text.
    pub origin: Origin,
    /// The text.
    pub text: String,
    /// The base's text.
    pub default: String,
}

/// An opened field as a variation has it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldValue {
    /// Its path, such as `config.temperature`.
    pub path: String,
    /// Who gave the value.
    pub origin: Origin,
    /// The value; nothing where nobody gives one.
    pub value: Option<Value>,
    /// The base's value.
    pub default: Option<Value>,
}

/// What a variation comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The prompt, under the variation's path.
    pub file: PromptFile,
    /// What each slot of the base holds.
    pub slots: Vec<SlotValue>,
    /// What each opened field is.
    pub fields: Vec<FieldValue>,
    /// What is wrong with the variation, its own file and those it builds on; partials and
    /// variables are looked at by [`Effective::validate`].
    pub diagnostics: Vec<Diagnostic>,
    composed: Composed,
    /// The number of the variation's own file.
    own: usize,
}

/// Puts a variation together. `chain` holds the more general variations and, last, the variation
/// itself; `given` are fields its name stands for, which count where the file does not say them.
pub fn effective(
    base: &PromptFile,
    chain: &[&PromptFile],
    given: &BTreeMap<String, String>,
) -> Effective {
    let opening = Opening::of(base);
    let own = chain.len();
    let layers: Vec<Own> = chain
        .iter()
        .map(|file| check::own(file, &base.path, &opening))
        .collect();
    let merge = Merge {
        base,
        chain,
        opening: &opening,
        layers: &layers,
        given,
    };
    let composed = merge.compose(false);
    let mut file = parse(&composed.text);
    let broken = |file: &PromptFile| file.diagnostics.iter().any(|f| f.code == "invalid-yaml");
    let (composed, rewritten) = if broken(&file) && !broken(base) {
        (merge.compose(true), true)
    } else {
        (composed, false)
    };
    if rewritten {
        file = parse(&composed.text);
    }
    let path = chain.last().map_or("", |file| &file.path);
    let mut diagnostics: Vec<Diagnostic> = opening
        .diagnostics
        .iter()
        .map(|finding| finding.clone().at_path(&base.path))
        .collect();
    for (at, layer) in layers.iter().enumerate() {
        let is_own = at + 1 == own;
        let found = layer.diagnostics.iter();
        diagnostics.extend(found.filter(|f| is_own || f.is_error()).cloned());
    }
    Effective {
        slots: merge.slot_values(),
        fields: merge.field_values(),
        file: file.at_path(path),
        diagnostics,
        composed,
        own,
    }
}

impl Effective {
    /// Everything that is wrong with the variation. Findings point into the file they come from; of
    /// other files only errors are told.
    pub fn validate<'a>(&'a self, resolver: &Resolver<'a>) -> Vec<Diagnostic> {
        let mut findings = self.diagnostics.clone();
        let own_path = self.file.path.clone();
        let cannot_be_read = findings
            .iter()
            .any(|finding| finding.is_error() && finding.path == own_path);
        if !cannot_be_read {
            for finding in validate(&own_path, &self.file, resolver) {
                findings.extend(self.placed(finding));
            }
        }
        let mut unique: Vec<Diagnostic> = Vec::with_capacity(findings.len());
        for finding in findings {
            if !unique.contains(&finding) {
                unique.push(finding);
            }
        }
        unique.sort_by_key(|finding| (finding.path != own_path, finding.line, finding.column));
        unique
    }

    /// A finding where it belongs; nothing where it is another file's affair.
    fn placed(&self, finding: Diagnostic) -> Option<Diagnostic> {
        if finding.path != self.file.path {
            return finding.is_error().then_some(finding);
        }
        let (file, mut finding) = self.composed.origin(&finding);
        if file != self.own {
            return finding.is_error().then_some(finding);
        }
        if finding.code == "undeclared-variable" {
            finding.severity = Severity::Error;
            finding.message += "; a slot can only use what the base declares";
        }
        Some(finding)
    }

    /// The prompt made ready to be filled in, or the errors that stand in the way.
    pub fn compile<'a>(&'a self, resolver: &Resolver<'a>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut findings = self.validate(resolver);
        findings.retain(Diagnostic::is_error);
        if !findings.is_empty() {
            return Err(findings);
        }
        Compiled::new(&self.file, resolver)
    }
}

struct Merge<'m> {
    base: &'m PromptFile,
    chain: &'m [&'m PromptFile],
    opening: &'m Opening,
    layers: &'m [Own],
    given: &'m BTreeMap<String, String>,
}

/// A field that is taken over: its value, the file it comes from and where it stands there.
struct Taken {
    value: Value,
    file: usize,
    from: usize,
}

impl Merge<'_> {
    /// The file of a number: 0 is the base.
    fn file(&self, number: usize) -> &PromptFile {
        match number.checked_sub(1) {
            None => self.base,
            Some(at) => self.chain[at],
        }
    }

    fn origin(&self, number: usize) -> Origin {
        match number {
            0 => Origin::Base,
            last if last == self.chain.len() => Origin::Own,
            other => Origin::Inherited(self.file(other).path.clone()),
        }
    }

    /// The most specific filling of a slot: its file and its text there.
    fn filling(&self, slot: &Slot) -> Option<(usize, Range<usize>)> {
        let mut layers = self.layers.iter().enumerate().rev();
        layers.find_map(|(at, layer)| {
            let filling = layer.read.slots.iter().find(|own| own.name == slot.name)?;
            let fine = slot.speaks || !filling.speaks;
            let source = self.chain[at].source();
            fine.then(|| (at + 1, fitted(slot, self.base.source(), filling, source)))
        })
    }

    fn compose(&self, rewrite: bool) -> Composed {
        let mut files = vec![self.base];
        files.extend(self.chain);
        let mut composed = Composed::of(&files);
        let source = self.base.source();
        let yaml = self.base.yaml_range();
        let behind = match &yaml {
            None => {
                let taken = self.taken();
                if !taken.is_empty() {
                    composed.write("---\n", 0, 0);
                    write_entries(&mut composed, &taken);
                    composed.write("---\n", 0, 0);
                }
                0
            }
            Some(yaml) => {
                composed.take(0, 0..yaml.start);
                self.front_matter(&mut composed, yaml.clone(), rewrite);
                yaml.end
            }
        };
        let mut at = behind;
        for slot in &self.opening.slots {
            let Some((file, range)) = self.filling(slot) else {
                continue;
            };
            composed.take(0, at..slot.text.start);
            composed.take(file, range);
            at = slot.text.end;
        }
        composed.take(0, at..source.len());
        composed
    }

    /// The fields that are taken over, by the key they stand under.
    fn taken(&self) -> BTreeMap<String, Taken> {
        let mut taken: BTreeMap<String, Taken> = BTreeMap::new();
        for (key, value) in self.given {
            taken.insert(
                key.clone(),
                Taken {
                    value: value.clone().into(),
                    file: self.chain.len(),
                    from: 0,
                },
            );
        }
        for (at, file) in self.chain.iter().enumerate() {
            for (path, place, node) in fields::leaves(file) {
                let Some(key) = path.first() else { continue };
                let inside = key.strip_prefix(NAMESPACE);
                let is_ours = inside.is_some_and(|rest| rest.starts_with('.'));
                if key == OPEN_KEY || !is_ours && !is_open(&self.opening.fields, &path) {
                    continue;
                }
                for same in SAME.iter().filter(|same| same.contains(&key.as_str())) {
                    for name in same {
                        taken.remove(*name);
                    }
                }
                let entry = taken.entry(key.clone()).or_insert_with(|| Taken {
                    value: self
                        .base
                        .raw
                        .get(key)
                        .map_or_else(|| Value::Object(Map::new()), YamlNode::to_json),
                    file: 0,
                    from: 0,
                });
                entry.file = at + 1;
                entry.from = offset_of(file.source(), place);
                set(&mut entry.value, &path[1..], node.to_json());
            }
        }
        taken
    }

    /// The entries of the base, in its order, each as it stands or as it is taken over.
    fn front_matter(&self, composed: &mut Composed, yaml: Range<usize>, rewrite: bool) {
        let taken = self.taken();
        let source = self.base.source();
        let entries = fields::entries(self.base);
        let starts: Vec<usize> = entries
            .iter()
            .map(|(_, place, _)| offset_of(source, *place))
            .collect();
        let plain = entries.iter().all(|(_, (_, column), _)| *column == 1)
            && starts.windows(2).all(|pair| pair[0] < pair[1]);
        let rewrite = rewrite || !plain;
        if !rewrite {
            let first = starts.first().copied().unwrap_or(yaml.end);
            composed.take(0, yaml.start..first);
        }
        let mut left = taken;
        for (at, (key, _, node)) in entries.iter().enumerate() {
            let replaced = left.remove(key);
            let covered = |same: &&[&str; 2]| {
                let other = same.iter().find(|name| **name != key.as_str());
                same.contains(&key.as_str()) && other.is_some_and(|name| left.contains_key(*name))
            };
            if let Some(taken) = replaced {
                write_entry(composed, key, &taken);
            } else if key == OPEN_KEY || SAME.iter().any(|same| covered(&same)) {
                // Said in other words, or of no use behind this.
            } else if rewrite {
                let value = node.to_json();
                let text = entry_text(key, &value);
                composed.write(&text, 0, starts[at]);
            } else {
                let end = starts.get(at + 1).copied().unwrap_or(yaml.end);
                composed.take(0, starts[at]..end);
            }
        }
        write_entries(composed, &left);
    }

    fn slot_values(&self) -> Vec<SlotValue> {
        let text = |file: usize, range: Range<usize>| {
            let source = self.file(file).source();
            source.get(range).unwrap_or_default().trim().to_owned()
        };
        let value = |slot: &Slot| {
            let (file, range) = self.filling(slot).unwrap_or((0, slot.text.clone()));
            SlotValue {
                name: slot.name.clone(),
                description: slot.description.clone(),
                origin: self.origin(file),
                text: text(file, range),
                default: text(0, slot.text.clone()),
            }
        };
        self.opening.slots.iter().map(value).collect()
    }

    fn field_values(&self) -> Vec<FieldValue> {
        let value = |field: &super::OpenField| {
            let parts: Vec<&str> = field.path.split('.').collect();
            let holders = (0..=self.chain.len()).rev();
            let mut found = holders.filter_map(|number| {
                let value = at_path(&self.file(number).raw.to_json(), &parts)?;
                Some((number, value))
            });
            let default = at_path(&self.base.raw.to_json(), &parts);
            let (number, value) = match found.next() {
                Some((number, value)) => (number, Some(value)),
                None => (0, None),
            };
            FieldValue {
                path: field.path.clone(),
                origin: self.origin(number),
                value,
                default,
            }
        };
        self.opening.fields.iter().map(value).collect()
    }
}

fn at_path(value: &Value, parts: &[&str]) -> Option<Value> {
    let mut value = value;
    for part in parts {
        value = value.get(part)?;
    }
    Some(value.clone())
}

fn set(target: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(fields) = target {
        set(
            fields.entry(first.clone()).or_insert(Value::Null),
            rest,
            value,
        );
    }
}

fn write_entries(composed: &mut Composed, entries: &BTreeMap<String, Taken>) {
    for (key, taken) in entries {
        write_entry(composed, key, taken);
    }
}

fn write_entry(composed: &mut Composed, key: &str, taken: &Taken) {
    composed.write(&entry_text(key, &taken.value), taken.file, taken.from);
}

/// An entry on a line of its own; JSON is YAML.
fn entry_text(key: &str, value: &Value) -> String {
    let plain = key
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let key = if plain && !key.is_empty() {
        key.to_owned()
    } else {
        Value::from(key).to_string()
    };
    format!("{key}: {value}\n")
}

/// The text of a filling, as it goes between the markers of the base. A filling whose markers stand
/// on lines of their own, in a slot whose text does not, loses the line breaks beside them.
fn fitted(slot: &Slot, base: &str, filling: &Slot, source: &str) -> Range<usize> {
    let (mut start, mut end) = (filling.text.start, filling.text.end);
    let text = source.get(start..end).unwrap_or_default();
    if stands_alone(source, filling.span)
        && !slot.begins_line(base)
        && let Some(at) = text.find('\n')
    {
        start += at + 1;
    }
    let text = source.get(start..end).unwrap_or_default();
    if stands_alone(source, filling.close) && !slot.ends_line(base) {
        let line = text.trim_end_matches([' ', '\t']);
        let rest = line
            .strip_suffix('\n')
            .map(|rest| rest.strip_suffix('\r').unwrap_or(rest));
        // Before a tag, a backslash would say that it is none.
        if let Some(rest) = rest.filter(|rest| !rest.ends_with('\\')) {
            end = start + rest.len();
        }
    }
    start..end
}

fn offset_of(source: &str, (line, column): (usize, usize)) -> usize {
    let mut lines = source.split_inclusive('\n');
    let before: usize = lines
        .by_ref()
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let rest = lines.next().unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1));
    let offset = before + inside.map_or(rest.len(), |(at, _)| at);
    debug_assert!(offset == source.len() || position_of(source, offset) == (line, column));
    offset
}
