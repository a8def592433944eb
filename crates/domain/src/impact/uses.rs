//! How a file uses another one: what it gives, reads, fills and names, and where.

use std::collections::BTreeSet;

use serde_json::Value;

use super::edges::is_controlled;
use super::inclusion::{inclusions, mention};
use crate::library::{partial_name, prompt_id};
use crate::prompt::{PromptFile, YamlNode, used_variables};
use crate::variation::{Opening, base_candidates};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Place {
    /// A place.
    pub fn new(path: &str, (line, column): (usize, usize)) -> Self {
        Self {
            path: path.to_owned(),
            line,
            column,
        }
    }
}

/// One use of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// Where.
    pub at: Place,
    /// What uses it, such as ``step `segment` ``.
    pub by: String,
    /// What is needed of it.
    pub demand: Demand,
}

/// What a use needs of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    /// That it is there.
    Exists,
    /// That it takes an input; with the values that are given, where they are known.
    Gives(String, Option<Vec<Value>>),
    /// That it needs no input but these.
    GivesOnly(BTreeSet<String>),
    /// That its text uses no variable but these.
    Offers(BTreeSet<String>),
    /// That its answer has a field.
    Reads(String),
    /// That a field of its answer can have these values.
    Compares(String, Vec<Value>),
    /// That it opens a slot.
    Fills(String),
    /// That it has a variable, which a filling uses.
    Mentions(String),
    /// That it opens a field of its front matter.
    Sets(String),
}

/// How a prompt, partial or variation uses the partial or base at a path. `declared` are the
/// variables the user itself has; nothing where it may have any.
pub fn uses_of_prompt(path: &str, file: &PromptFile, used: &str) -> Vec<Use> {
    match partial_name(used) {
        Some(name) => inclusion_uses(path, file, name),
        None if is_controlled(path, file) => variation_uses(path, file, used),
        None => Vec::new(),
    }
}

fn inclusion_uses(path: &str, file: &PromptFile, name: &str) -> Vec<Use> {
    let mut uses = Vec::new();
    let own = own_variables(file);
    let tags = inclusions(file.template.program()).into_iter();
    for tag in tags.filter(|tag| tag.name == name) {
        let at = (tag.span.line, tag.span.column);
        let one = |position, demand| Use {
            at: Place::new(path, position),
            by: format!("`{}`", prompt_id(path)),
            demand,
        };
        uses.push(one(at, Demand::Exists));
        if tag.has_context {
            continue;
        }
        let mut offered = own.clone();
        for (given, value, span) in tag.given {
            let demand = Demand::Gives(given.clone(), value.map(|value| vec![value]));
            uses.push(one((span.line, span.column), demand));
            offered.extend([given]);
        }
        // Where nothing says which variables there are, none can be missing.
        if file.front_matter.input_schema.is_some() {
            uses.push(one(at, Demand::Offers(offered)));
        }
    }
    uses
}

/// The variables a file has: declared, with a default, or used by its own text.
fn own_variables(file: &PromptFile) -> BTreeSet<String> {
    let front_matter = &file.front_matter;
    let schema = front_matter.input_schema.as_ref();
    let declared = schema.and_then(|schema| schema["properties"].as_object());
    let mut names: BTreeSet<String> = used_variables(file);
    names.extend(
        declared
            .into_iter()
            .flat_map(|properties| properties.keys().cloned()),
    );
    names.extend(front_matter.input_default.keys().cloned());
    names
}

/// The fields of front matter a variation sets itself; `variorum` says only who it is.
fn set_fields(node: &YamlNode, prefix: &str, out: &mut Vec<(String, (usize, usize))>) {
    for (key, value) in node.entries() {
        let name = format!("{prefix}{}", key.text);
        let who = name == "variorum" || name.starts_with("variorum.");
        if who {
            continue;
        }
        if value.entries().is_empty() || prefix.len() > 1 {
            out.push((name, (key.line, key.column)));
        } else {
            set_fields(value, &format!("{name}."), out);
        }
    }
}

fn variation_uses(path: &str, file: &PromptFile, used: &str) -> Vec<Use> {
    if !base_candidates(path).iter().any(|base| base == used) {
        return Vec::new();
    }
    let one = |position, by: String, demand| Use {
        at: Place::new(path, position),
        by,
        demand,
    };
    let variation = || format!("variation `{}`", prompt_id(path));
    let mut uses = vec![one((1, 1), variation(), Demand::Exists)];
    let variables = used_variables(file);
    for slot in Opening::of(file).slots {
        let position = (slot.span.line, slot.span.column);
        let by = format!(
            "the filling of slot `{}` in `{}`",
            slot.name,
            prompt_id(path)
        );
        uses.push(one(position, variation(), Demand::Fills(slot.name)));
        for name in &variables {
            let range = (slot.text.start, slot.text.end);
            if let Some(span) = mention(file.template.program(), name, range) {
                let position = (span.line, span.column);
                uses.push(one(position, by.clone(), Demand::Mentions(name.clone())));
            }
        }
    }
    let mut fields = Vec::new();
    set_fields(&file.raw, "", &mut fields);
    for (field, position) in fields {
        uses.push(one(position, variation(), Demand::Sets(field)));
    }
    uses
}
