//! The files a suite names, as whoever runs it found them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::read::{PromptSource, Suite, Tests};
use super::spec::Spec;
use crate::impact::beside;
use crate::library::{FileKind, yaml_to_json};
use crate::prompt::Compiled;

/// A prompt made ready to be filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// Its text.
    pub compiled: Compiled,
    /// What its front matter tells a model, such as `temperature`.
    pub config: Map<String, Value>,
}

/// A prompt made ready, or why it cannot be.
pub type Shelved = Result<Arc<Ready>, String>;

/// The files a suite names.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// The texts of data sets and other files, by path.
    pub texts: BTreeMap<String, String>,
    /// The prompts made ready, by path.
    pub prompts: BTreeMap<String, Shelved>,
    /// What files that hold expected values come to, by the reference that names them.
    values: BTreeMap<String, Result<Value, String>>,
}

/// What a suite names: paths of texts, and paths of prompts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Data sets, schemas and other texts.
    pub texts: BTreeSet<String>,
    /// Prompts.
    pub prompts: BTreeSet<String>,
}

impl Suite {
    /// The files it reads itself; what its data sets name is told by [`Suite::wanted_with`].
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for prompt in &self.prompts {
            match &prompt.source {
                PromptSource::File(path) if is_dotprompt(path) => {
                    wanted.prompts.insert(path.clone());
                }
                PromptSource::File(path) => {
                    wanted.texts.insert(path.clone());
                }
                PromptSource::Text(_) => {}
            }
        }
        for tests in self.all_tests() {
            match tests {
                Tests::File { path, .. } => {
                    wanted.texts.insert(path.clone());
                }
                Tests::One(spec) => self.named_by(spec, &mut wanted.texts),
            }
        }
        self.named_by(&self.base, &mut wanted.texts);
        wanted
    }

    /// The texts that the cases in its data sets name, once those lie on the shelf.
    pub fn wanted_with(&self, shelf: &Shelf) -> BTreeSet<String> {
        let mut wanted = BTreeSet::new();
        for spec in &self.read_files(shelf) {
            self.named_by(spec, &mut wanted);
        }
        wanted
    }

    fn named_by(&self, spec: &Spec, wanted: &mut BTreeSet<String>) {
        let mut references = Vec::new();
        for value in spec.variables.values() {
            references_in(value, &mut references);
        }
        for assertion in &spec.asserts {
            for value in assertion.values() {
                references_in(value, &mut references);
            }
        }
        let paths = references
            .into_iter()
            .filter_map(|reference| self.path_of(reference));
        wanted.extend(paths);
    }

    /// The path of `file://…`, told from where the suite stands.
    pub(super) fn path_of(&self, reference: &str) -> Option<String> {
        beside(&self.path, reference.strip_prefix("file://")?)
    }
}

/// Whether a file is made ready by whoever fills the shelf, with what it includes and varies.
fn is_dotprompt(path: &str) -> bool {
    matches!(FileKind::of(path), FileKind::Prompt | FileKind::Partial)
}

fn references_in<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.starts_with("file://") => out.push(text),
        Value::Array(items) => items.iter().for_each(|item| references_in(item, out)),
        _ => {}
    }
}

/// Reads what files of expected values and variables hold, once for all cases.
pub(super) fn read_values(shelf: &mut Shelf, suite: &Suite, specs: &[&Spec]) {
    let mut references = Vec::new();
    for spec in specs {
        for assertion in &spec.asserts {
            for value in assertion.values() {
                references_in(value, &mut references);
            }
        }
        for value in spec.variables.values() {
            references_in(value, &mut references);
        }
    }
    for reference in references {
        if !shelf.values.contains_key(reference) {
            let value = read_value(shelf, suite, reference);
            shelf.values.insert(reference.to_owned(), value);
        }
    }
}

fn read_value(shelf: &Shelf, suite: &Suite, reference: &str) -> Result<Value, String> {
    let path = suite
        .path_of(reference)
        .ok_or_else(|| format!("names `{reference}`, which no file of the library can be"))?;
    let ending = path.rsplit('.').next().unwrap_or_default();
    if ["js", "cjs", "mjs", "ts", "py", "rb"]
        .iter()
        .any(|code| ending.starts_with(code))
    {
        return Err(format!("needs the code of `{path}`, which is not run"));
    }
    let text = shelf
        .texts
        .get(&path)
        .ok_or_else(|| format!("needs `{path}`, which is not there"))?;
    match ending {
        "yaml" | "yml" => yaml_to_json(text).map_err(|why| format!("needs `{path}`: {why}")),
        "json" => serde_json::from_str(text).map_err(|why| format!("needs `{path}`: {why}")),
        _ => Ok(Value::String(text.trim().to_owned())),
    }
}

impl Shelf {
    /// What the file of a reference holds.
    pub(super) fn value(&self, reference: &str) -> Result<&Value, String> {
        match self.values.get(reference) {
            Some(Ok(value)) => Ok(value),
            Some(Err(why)) => Err(why.clone()),
            None => Err(format!("names `{reference}`, which was not read")),
        }
    }
}

/// Fills a shelf from files that are at hand: `text` gives a file's text, `prompt` makes a prompt ready.
pub fn shelve(
    suite: &Suite,
    text: &dyn Fn(&str) -> Option<String>,
    prompt: &dyn Fn(&str) -> Option<Shelved>,
) -> Shelf {
    let mut shelf = Shelf::default();
    let wanted = suite.wanted();
    for path in wanted.texts {
        if let Some(found) = text(&path) {
            shelf.texts.insert(path, found);
        }
    }
    for path in suite.wanted_with(&shelf) {
        if let Some(found) = text(&path) {
            shelf.texts.insert(path, found);
        }
    }
    for path in wanted.prompts {
        if let Some(found) = prompt(&path) {
            shelf.prompts.insert(path, found);
        }
    }
    shelf
}
