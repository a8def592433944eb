//! Everything that can be said about a prompt without filling it in.

use serde_json::{Map, Value};

use super::Resolver;
use super::closure::{Closure, Member};
use super::diagnostic::Diagnostic;
use super::file::{PromptFile, position_of};
use super::suggestion;
use super::usage::{Spot, Usage};
use super::yaml::YamlNode;
use crate::template::{FAULTS_MAX, Fault, Node, Program, lower};

/// Checks a prompt with its partials. Findings in partials carry the path of the partial.
pub fn validate<'a>(path: &str, file: &'a PromptFile, resolver: &Resolver<'a>) -> Vec<Diagnostic> {
    let closure = Closure::collect(path, file, resolver);
    let mut findings = Vec::new();
    for (index, member) in closure.members.iter().enumerate() {
        let is_prompt = index == 0;
        let found = member_findings(&closure, member, is_prompt);
        findings.extend(
            found
                .into_iter()
                .map(|finding| finding.at_path(&member.path)),
        );
    }
    findings.extend(closure.cycles());
    findings.extend(variable_findings(file, &closure));
    let order = |path: &str| {
        closure
            .members
            .iter()
            .position(|member| member.path == path)
    };
    findings.sort_by_key(|finding| (order(&finding.path), finding.line, finding.column));
    findings.dedup();
    findings
}

/// Several partials have one name, and a tag names a partial by nothing else.
pub fn duplicate_partial(path: &str, name: &str, others: &[&str]) -> Diagnostic {
    let others = others.join("`, `");
    let message = format!(
        "`{path}` and `{others}` are both the shared part `{name}`; prompts that include it cannot \
         tell which one is meant, so rename one of them"
    );
    Diagnostic::error("duplicate-partial", (1, 1), message).at_path(path)
}

/// What is wrong with one file; of a partial only what breaks the prompt, and its last line.
fn member_findings(closure: &Closure<'_>, member: &Member<'_>, is_prompt: bool) -> Vec<Diagnostic> {
    let mut findings = member.file.diagnostics.clone();
    let mut index = |name: &str| closure.position(name);
    let (_, faults) = lower(&member.template, &mut index);
    findings.extend(faults.into_iter().map(Diagnostic::from));
    if is_prompt {
        findings.extend(unbalanced_braces(member.file));
    } else {
        findings.retain(Diagnostic::is_error);
    }
    if !is_prompt || is_partial_path(&member.path) {
        findings.extend(missing_final_newline(member.file));
    }
    findings
}

/// Whether a path names a partial: its last part starts with `_`.
fn is_partial_path(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with('_'))
}

fn missing_final_newline(file: &PromptFile) -> Option<Diagnostic> {
    let text = file.partial_text();
    if text.is_empty() || text.ends_with('\n') {
        return None;
    }
    let position = position_of(file.source(), file.source().len());
    let message = "a partial must end with a line break, or the line behind it is glued to it";
    Some(Diagnostic::warning(
        "missing-final-newline",
        position,
        message,
    ))
}

/// Closing braces in text, where no brace is open: `}}` without its `{{`.
fn unbalanced_braces(file: &PromptFile) -> Vec<Diagnostic> {
    let mut finder = Braces {
        source: file.template.source(),
        open: 0,
        found: Vec::new(),
    };
    finder.program(file.template.program());
    let finding = |at: &usize| {
        let position = position_of(file.source(), *at);
        let message = "`}}` closes nothing";
        Diagnostic::error(Fault::UnbalancedBrace.code(), position, message)
    };
    finder.found.iter().take(FAULTS_MAX).map(finding).collect()
}

struct Braces<'s> {
    source: &'s str,
    open: usize,
    found: Vec<usize>,
}

impl Braces<'_> {
    fn program(&mut self, program: &Program) {
        for node in &program.nodes {
            match node {
                Node::Content(content) => self.text(content.original.start, content.original.end),
                Node::Block(block) => {
                    for branch in block.program.iter().chain(&block.inverse) {
                        self.program(branch);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, start: usize, end: usize) {
        let bytes = self.source.as_bytes().get(start..end).unwrap_or_default();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'{' => self.open += 1,
                b'}' if self.open > 0 => self.open -= 1,
                b'}' if bytes.get(at + 1) == Some(&b'}') => {
                    self.found.push(start + at);
                    at += 1;
                }
                _ => {}
            }
            at += 1;
        }
    }
}

fn variable_findings(file: &PromptFile, closure: &Closure<'_>) -> Vec<Diagnostic> {
    let usage = Usage::of(file, closure);
    let nothing = Map::new();
    let schema = file.front_matter.input_schema.as_ref();
    let declared = schema
        .and_then(|schema| schema["properties"].as_object())
        .unwrap_or(&nothing);
    let mut findings = Vec::new();
    for spot in &usage.undeclared {
        findings.push(undeclared(spot, declared, closure));
    }
    for spot in &usage.printed_objects {
        let message = format!(
            "`{}` is an object and prints as `[object Object]`; write `{{{{json {}}}}}`",
            spot.name, spot.name
        );
        let finding = Diagnostic::warning("prints-object", place(spot), message);
        findings.push(finding.at_path(&closure.members[spot.member].path));
    }
    if usage.whole || usage.incomplete || !file.is_usable() {
        return findings;
    }
    for name in declared.keys().filter(|name| !usage.used.contains(*name)) {
        let position = declaration(&file.raw, "input", name).unwrap_or((1, 1));
        let message = format!("variable `{name}` is declared and never used");
        let finding = Diagnostic::warning("unused-variable", position, message);
        findings.push(finding.at_path(&closure.members[0].path));
    }
    findings
}

fn undeclared(spot: &Spot, declared: &Map<String, Value>, closure: &Closure<'_>) -> Diagnostic {
    let hint = suggestion(&spot.name, declared.keys().map(String::as_str))
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    let message = format!(
        "variable `{}` is not declared in the input schema{hint}",
        spot.name
    );
    let finding = Diagnostic::warning("undeclared-variable", place(spot), message);
    finding.at_path(&closure.members[spot.member].path)
}

fn place(spot: &Spot) -> (usize, usize) {
    (spot.span.line, spot.span.column)
}

/// Where a schema of the front matter declares a name: `input` a variable, `output` a field.
pub(crate) fn declaration(raw: &YamlNode, section: &str, name: &str) -> Option<(usize, usize)> {
    let schema = raw.get(section)?.get("schema")?;
    let own = schema.get("properties").map_or(&[][..], YamlNode::entries);
    let declares = |key: &str| {
        let plain = key.split('(').next().unwrap_or(key).trim_end();
        plain.strip_suffix('?').unwrap_or(plain) == name
    };
    let found = own
        .iter()
        .chain(schema.entries())
        .find(|(key, _)| declares(&key.text));
    found.map(|(key, _)| (key.line, key.column))
}
