//! What a change of files breaks, and what it reaches.

use std::collections::BTreeSet;

use super::Files;
use crate::impact::contract::{Breach, Provider, breaches, narrows};
use crate::impact::{
    Edge, Graph, Interface, Thing, View as _, edges_of_prompt, edges_of_text, is_controlled, reach,
    uses_of_prompt, uses_of_workflow,
};
use crate::library::FileKind;
use crate::variation::base_candidates;

/// A thing that a change reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its name: a path, or a kind and a name such as `kpi:open_rate`.
    pub name: String,
    /// What it is.
    pub thing: Thing,
    /// The names on the way there, from what changed to the thing before it.
    pub why: Vec<String>,
}

/// The contracts that files break, which were kept before: a variable renamed that a workflow
/// feeds, a field dropped that a later step reads, a slot removed that a variation fills.
pub fn contracts(before: &Files, after: &Files, changed: &BTreeSet<String>) -> Vec<Breach> {
    let graph = graph(after);
    let mut found = Vec::new();
    for path in changed {
        let Some(old) = interface(before, path) else {
            continue;
        };
        let new = interface(after, path);
        if !narrows(&old, new.as_ref()) {
            continue;
        }
        let provider = Provider {
            path,
            before: &old,
            after: new.as_ref(),
        };
        for user in dependants(&graph, path) {
            let uses = match (after.prompt(&user), after.text(&user)) {
                (Some(file), _) => uses_of_prompt(&user, file, path),
                (None, Some(text)) if FileKind::of(&user) == FileKind::Workflow => {
                    uses_of_workflow(&user, text, path)
                }
                _ => Vec::new(),
            };
            found.extend(breaches(provider, &uses));
        }
    }
    found
}

fn interface(files: &Files, path: &str) -> Option<Interface> {
    let file = files.prompt(path)?;
    let own = Interface::of(path, file);
    let candidates = if is_controlled(path, file) {
        base_candidates(path)
    } else {
        Vec::new()
    };
    let base = candidates
        .into_iter()
        .find_map(|base| Some((files.prompt(&base)?, base)));
    Some(match base {
        Some((file, base)) => own.with_base(&Interface::of(&base, file)),
        None => own,
    })
}

fn graph(files: &Files) -> Graph {
    let mut graph = Graph::default();
    for (path, text) in files.texts() {
        let edges: BTreeSet<Edge> = match files.prompt(path) {
            Some(file) => edges_of_prompt(path, file),
            None => edges_of_text(path, text),
        };
        graph.set_file(path, &edges);
    }
    graph
}

fn dependants(graph: &Graph, path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let aliases = crate::impact::alias_of(path);
    for name in [Some(path.to_owned()), aliases].into_iter().flatten() {
        if let Some(node) = graph.find(&name) {
            graph.dependants(node, &mut |from, _| {
                names.insert(graph.name(from).to_owned());
            });
        }
    }
    names
}

/// Everything that leans on the changed files, from near to far, and then what that belongs to:
/// KPIs, channels, brands, regions, owners.
pub fn reached(after: &Files, changed: &BTreeSet<String>) -> Vec<Reached> {
    let mut graph = graph(after);
    // What is deleted is still included and run by others, and so can be reached from.
    for path in changed {
        if !graph.has_file(path) {
            graph.set_file(path, &BTreeSet::new());
        }
    }
    let nodes: Vec<_> = changed.iter().filter_map(|path| graph.find(path)).collect();
    let found = reach(&graph, &nodes, &|_| true);
    let name = |place: usize| graph.name(found.things[place].node).to_owned();
    (found.changed..found.things.len())
        .map(|place| {
            let mut why: Vec<String> = found.why(place).into_iter().map(name).collect();
            why.pop();
            let name = name(place);
            let is_variation = after
                .prompt(&name)
                .is_some_and(|file| is_controlled(&name, file));
            Reached {
                thing: if is_variation {
                    Thing::Variation
                } else {
                    Thing::of(&name)
                },
                name,
                why,
            }
        })
        .collect()
}
