//! A prompt with every partial it reaches, each read once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::Resolver;
use super::diagnostic::Diagnostic;
use super::file::PromptFile;
use crate::template::{Node, Program, Span, Template};

/// The prompt itself, at position 0, and its partials in the order they are met.
pub(super) struct Closure<'a> {
    pub(super) members: Vec<Member<'a>>,
    positions: HashMap<String, usize>,
}

/// One file of a closure.
pub(super) struct Member<'a> {
    /// The name it is included by; empty for the prompt itself.
    pub(super) name: String,
    /// The path findings are reported under.
    pub(super) path: String,
    pub(super) file: &'a PromptFile,
    pub(super) template: Cow<'a, Template>,
    pub(super) includes: Vec<Inclusion>,
}

/// One partial tag.
#[derive(Debug, Clone)]
pub(super) struct Inclusion {
    pub(super) name: String,
    /// Position of the partial in the closure, if it exists.
    pub(super) target: Option<usize>,
    /// The tag stands inside of a block, so that it may not be reached.
    conditional: bool,
    span: Span,
}

impl<'a> Closure<'a> {
    /// Collects the prompt and its partials.
    pub(super) fn collect(path: &str, file: &'a PromptFile, resolver: &Resolver<'a>) -> Self {
        let main = Member {
            name: String::new(),
            path: path.to_owned(),
            file,
            template: Cow::Borrowed(&file.template),
            includes: Vec::new(),
        };
        let mut closure = Self {
            members: vec![main],
            positions: HashMap::new(),
        };
        let mut next = 0;
        while next < closure.members.len() {
            let mut includes = Vec::new();
            inclusions(
                closure.members[next].template.program(),
                false,
                &mut includes,
            );
            for include in &mut includes {
                include.target = closure.add(&include.name, resolver);
            }
            closure.members[next].includes = includes;
            next += 1;
        }
        closure
    }

    fn add(&mut self, name: &str, resolver: &Resolver<'a>) -> Option<usize> {
        if let Some(position) = self.positions.get(name) {
            return Some(*position);
        }
        let file = resolver(name)?;
        let path = if file.path.is_empty() {
            name.to_owned()
        } else {
            file.path.clone()
        };
        let template = file.partial_template();
        let position = self.members.len();
        self.members.push(Member {
            name: name.to_owned(),
            path,
            file,
            template,
            includes: Vec::new(),
        });
        self.positions.insert(name.to_owned(), position);
        Some(position)
    }

    /// The position of a partial.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// Partials that include each other in a circle: an error where nothing can end it, a
    /// warning where a condition might.
    pub(super) fn cycles(&self) -> Vec<Diagnostic> {
        let certain = Search::run(self, false);
        let mut findings: Vec<Diagnostic> = certain.into_iter().map(|cycle| cycle.0).collect();
        for (finding, conditional) in Search::run(self, true) {
            if conditional {
                findings.push(finding);
            }
        }
        findings
    }
}

/// The names a template includes, in conditions or not.
pub(super) fn included_names(template: &Template) -> BTreeSet<String> {
    let mut found = Vec::new();
    inclusions(template.program(), false, &mut found);
    found.into_iter().map(|include| include.name).collect()
}

fn inclusions(program: &Program, conditional: bool, out: &mut Vec<Inclusion>) {
    for node in &program.nodes {
        match node {
            Node::Partial(partial) => out.push(Inclusion {
                name: partial.name.clone(),
                target: None,
                conditional,
                span: partial.call.span,
            }),
            Node::Block(block) => {
                let name = block.call.callee.name();
                let always = name == "role" || name == "section";
                for branch in block.program.iter().chain(&block.inverse) {
                    inclusions(branch, conditional || !always, out);
                }
            }
            _ => {}
        }
    }
}

/// A depth-first search that reports each tag that leads back.
struct Search<'c, 'a> {
    closure: &'c Closure<'a>,
    with_conditional: bool,
    done: Vec<bool>,
    /// Members on the way, and the next tag of each.
    way: Vec<(usize, usize)>,
    found: Vec<(Diagnostic, bool)>,
}

impl<'c, 'a> Search<'c, 'a> {
    fn run(closure: &'c Closure<'a>, with_conditional: bool) -> Vec<(Diagnostic, bool)> {
        let done = vec![false; closure.members.len()];
        let mut search = Self {
            closure,
            with_conditional,
            done,
            way: Vec::new(),
            found: Vec::new(),
        };
        for start in 0..closure.members.len() {
            search.from(start);
        }
        search.found
    }

    fn from(&mut self, start: usize) {
        if self.done[start] {
            return;
        }
        self.way.push((start, 0));
        while let Some((member, next)) = self.way.last_mut() {
            let (at, tag) = (*member, *next);
            *next += 1;
            let Some(include) = self.closure.members[at].includes.get(tag) else {
                self.done[at] = true;
                self.way.pop();
                continue;
            };
            let Some(target) = include.target else {
                continue;
            };
            if include.conditional && !self.with_conditional {
                continue;
            }
            if let Some(first) = self.way.iter().position(|(on_way, _)| *on_way == target) {
                self.report(first, at, include);
            } else if !self.done[target] {
                self.way.push((target, 0));
            }
        }
    }

    fn report(&mut self, first: usize, at: usize, include: &Inclusion) {
        let circle = &self.way[first..];
        let conditional = circle.iter().any(|(member, next)| {
            let tag = next.saturating_sub(1);
            self.closure.members[*member]
                .includes
                .get(tag)
                .is_some_and(|i| i.conditional)
        });
        let mut names: Vec<&str> = circle
            .iter()
            .map(|(member, _)| self.closure.members[*member].name.as_str())
            .collect();
        names.push(&include.name);
        let names = names.join("` → `");
        let position = (include.span.line, include.span.column);
        let finding = if conditional {
            let message = format!("partials may include each other without end: `{names}`");
            Diagnostic::warning("recursive-partial", position, message)
        } else {
            let message = format!("partials include each other in a circle: `{names}`");
            Diagnostic::error("partial-cycle", position, message)
        };
        self.found
            .push((finding.at_path(&self.closure.members[at].path), conditional));
    }
}
