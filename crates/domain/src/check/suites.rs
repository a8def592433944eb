//! Suites over files that are at hand.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Files, Reached, variation};
use crate::impact::{Thing, alias_of};
use crate::library::{FileKind, LIBRARY_FILE};
use crate::prompt::Compiled;
use crate::suite::{Plan, Ready, Shelved, parse, plan, shelve};
use crate::variation::Names;

/// All suites, multiplied out, in the order of their paths.
pub fn suite_plans(files: &Files) -> Vec<Plan> {
    let shelf = Prompts::new(files);
    let suites = files
        .texts()
        .filter(|(path, _)| FileKind::of(path) == FileKind::Suite);
    suites
        .map(|(path, text)| planned(&shelf, path, text))
        .collect()
}

/// One suite, multiplied out.
pub fn suite_plan(files: &Files, path: &str) -> Option<Plan> {
    let text = files.text(path)?;
    Some(planned(&Prompts::new(files), path, text))
}

/// The suites that a change touches or reaches; all where it touches the settings, which say what a
/// variation is.
pub fn reached_suites(
    files: &Files,
    changed: &BTreeSet<String>,
    reached: &[Reached],
) -> BTreeSet<String> {
    let is_suite = |path: &&str| FileKind::of(path) == FileKind::Suite;
    if changed.contains(LIBRARY_FILE) {
        return files.paths().filter(is_suite).map(str::to_owned).collect();
    }
    let by_reach = reached.iter().filter(|one| one.thing == Thing::Suite);
    let all = changed
        .iter()
        .map(String::as_str)
        .chain(by_reach.map(|one| one.name.as_str()));
    let there = all.filter(|path| is_suite(path) && files.text(path).is_some());
    there.map(str::to_owned).collect()
}

fn planned(prompts: &Prompts<'_>, path: &str, text: &str) -> Plan {
    let suite = parse(path, text);
    let shelf = shelve(
        &suite,
        &|path| prompts.files.text(path).map(str::to_owned),
        &|path| prompts.get(path),
    );
    plan(suite, shelf)
}

/// Prompts made ready once, however many suites name them.
struct Prompts<'f> {
    files: &'f Files,
    names: Names,
    aliases: BTreeMap<String, &'f str>,
    ready: RefCell<BTreeMap<String, Option<Shelved>>>,
}

impl<'f> Prompts<'f> {
    fn new(files: &'f Files) -> Self {
        let aliases = files
            .prompts()
            .filter_map(|(path, _)| Some((alias_of(path)?, path)))
            .collect();
        Self {
            files,
            names: Names::of(&files.settings()),
            aliases,
            ready: RefCell::default(),
        }
    }

    fn get(&self, path: &str) -> Option<Shelved> {
        if let Some(known) = self.ready.borrow().get(path) {
            return known.clone();
        }
        let made = self.make(path);
        self.ready
            .borrow_mut()
            .insert(path.to_owned(), made.clone());
        made
    }

    fn make(&self, path: &str) -> Option<Shelved> {
        let path = match self.files.prompt(path) {
            Some(_) => path,
            None => self.aliases.get(path).copied()?,
        };
        let file = self.files.prompt(path)?;
        let resolver = |name: &str| self.files.partial(name);
        let (compiled, config) = match variation(self.files, &self.names, path, file) {
            Some(whole) => (
                whole.compile(&resolver),
                whole.file.front_matter.config.clone(),
            ),
            None => (
                Compiled::new(file, &resolver),
                file.front_matter.config.clone(),
            ),
        };
        let ready = compiled.map(|compiled| Arc::new(Ready { compiled, config }));
        Some(ready.map_err(|_| "its prompt has errors".to_owned()))
    }
}
