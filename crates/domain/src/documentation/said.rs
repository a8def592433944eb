//! What a prompt says about itself, taken from its front matter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Item;
use crate::impact::EdgeKind;
use crate::outline;
use crate::prompt::{PromptFile, YamlNode, declaration, used_variables};

/// A line and a column, from 1.
pub type Position = (usize, usize);

/// A value that is taken or yielded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its type; empty where it is not declared.
    pub kind: String,
    /// What it holds, in words.
    pub text: String,
    /// Whether it must be given.
    pub required: bool,
    /// Where it is declared.
    pub at: Option<Position>,
}

/// A file that a prompt builds on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// How.
    pub kind: EdgeKind,
    /// The name it is called by: of a partial, or the path of a base.
    pub name: String,
    /// The file; nothing where there is none of that name.
    pub path: Option<String>,
}

/// What a prompt says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Documentation {
    /// What it is for.
    pub intent: String,
    /// What is filled in.
    pub inputs: Vec<Described>,
    /// What it yields, in words.
    pub outputs: Vec<String>,
    /// The form of the answer, e.g. `json`.
    pub format: String,
    /// The fields of the answer, where it has any.
    pub fields: Vec<Described>,
    /// The figures it is measured against.
    pub benchmarks: Vec<String>,
    /// The KPIs it is meant to move.
    pub kpis: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// What it builds on.
    pub uses: Vec<Dependency>,
    /// Where an item stands, or would be added.
    pub places: BTreeMap<Item, Position>,
}

/// The type of a value that is one of a list.
const CHOICE: &str = "enum";

/// Under which keys an item is looked for.
fn keys(item: Item) -> &'static [&'static str] {
    match item {
        Item::Intent => &["variorum.intent", "description"],
        Item::Inputs => &["input"],
        Item::Outputs => &["variorum.outputs", "variorum.output", "output"],
        Item::Benchmarks => &[
            "variorum.benchmarks",
            "variorum.benchmark",
            "variorum.kpis",
            "variorum.kpi",
        ],
        Item::Dependencies => &[],
        Item::Owner => &["variorum.owner"],
    }
}

impl Documentation {
    /// What a prompt says, and what it was found to build on.
    pub fn of(file: &PromptFile, uses: Vec<Dependency>) -> Self {
        let (front, fields) = (&file.front_matter, &file.variorum);
        let description = front.description.clone().unwrap_or_default();
        let intent = fields.intent.clone().filter(|text| says_something(text));
        let head = file.has_front_matter.then(|| file.raw.position());
        let places = Item::ALL.into_iter().filter_map(|item| {
            let own = keys(item).iter().find_map(|key| file.raw.get(key));
            Some((item, own.map(YamlNode::position).or(head)?))
        });
        let used: Vec<String> = used_variables(file).into_iter().collect();
        let inputs = outline::variables(file, &used).into_iter();
        Self {
            intent: intent.unwrap_or(description).trim().to_owned(),
            inputs: inputs
                .map(|one| Described {
                    at: declaration(&file.raw, "input", &one.name),
                    kind: match one.choices.as_slice() {
                        [] => one.kind,
                        _ => CHOICE.to_owned(),
                    },
                    name: one.name,
                    text: one.description,
                    required: one.required,
                })
                .collect(),
            outputs: said(&fields.outputs),
            format: front.output_format.clone().unwrap_or_default(),
            fields: answer_fields(file),
            benchmarks: said(&fields.benchmarks),
            kpis: said(
                &fields
                    .kpis
                    .iter()
                    .map(|kpi| kpi.name.clone())
                    .collect::<Vec<_>>(),
            ),
            owner: fields.owner.clone().unwrap_or_default().trim().to_owned(),
            uses,
            places: places.collect(),
        }
    }

    /// The same for what a variation comes to over its base: only what stands in its own file has
    /// a place.
    #[must_use]
    pub fn placed_in(mut self, own: &PromptFile) -> Self {
        let own = Self::of(own, Vec::new());
        self.places = own.places;
        for (list, own) in [
            (&mut self.inputs, &own.inputs),
            (&mut self.fields, &own.fields),
        ] {
            for one in list {
                let known = own.iter().find(|known| known.name == one.name);
                one.at = known.and_then(|known| known.at);
            }
        }
        self
    }
}

/// Words that stand for a text nobody has written yet.
const PLACEHOLDERS: [&str; 7] = ["todo", "tbd", "n/a", "na", "none", "fixme", "xxx"];

/// Whether a text is more than blanks, signs or a placeholder.
pub(super) fn says_something(text: &str) -> bool {
    let plain = crate::policy::plain(text);
    !plain.is_empty() && !PLACEHOLDERS.contains(&plain.as_str())
}

fn said(texts: &[String]) -> Vec<String> {
    let trimmed = texts.iter().map(|text| text.trim());
    trimmed
        .filter(|text| says_something(text))
        .map(str::to_owned)
        .collect()
}

/// The fields of the answer, as its schema declares them.
fn answer_fields(file: &PromptFile) -> Vec<Described> {
    let Some(schema) = &file.front_matter.output_schema else {
        return Vec::new();
    };
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, shape)| Described {
            name: name.clone(),
            kind: match &shape["enum"] {
                Value::Array(_) => CHOICE.to_owned(),
                _ => outline::type_of(shape),
            },
            text: shape["description"].as_str().unwrap_or_default().to_owned(),
            required: required.contains(name.as_str()),
            at: declaration(&file.raw, "output", name),
        })
        .collect()
}
