//! Slots of a prompt: `{{! slot greeting: how we say hello }}Hello{{! /slot }}`.

use crate::prompt::PromptFile;
use crate::template::{Node, Program, Span};

/// A slot that a base opens, or that a variation fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) name: String,
    /// Where it opens.
    pub(super) span: Span,
    /// Where its text ends, in bytes.
    pub(super) end: usize,
}

/// The slots of a file, in order.
pub(super) fn read(file: &PromptFile) -> Vec<Slot> {
    let mut slots = Vec::new();
    walk(file.template.source(), file.template.program(), &mut slots);
    slots
}

fn walk(source: &str, program: &Program, out: &mut Vec<Slot>) {
    for node in &program.nodes {
        match node {
            Node::Comment(comment) => {
                let text = source
                    .get(comment.span.start..comment.span.end)
                    .unwrap_or_default();
                match words(text) {
                    Mark::Opens(name) => out.push(Slot {
                        name: name.to_owned(),
                        span: comment.span,
                        end: usize::MAX,
                    }),
                    Mark::Closes => {
                        if let Some(open) = out.iter_mut().rev().find(|slot| slot.end == usize::MAX)
                        {
                            open.end = comment.span.start;
                        }
                    }
                    Mark::Nothing => {}
                }
            }
            Node::Block(block) => {
                for branch in block.program.iter().chain(&block.inverse) {
                    walk(source, branch, out);
                }
            }
            _ => {}
        }
    }
}

enum Mark<'t> {
    Opens(&'t str),
    Closes,
    Nothing,
}

fn words(comment: &str) -> Mark<'_> {
    let inner = comment
        .trim_start_matches(['{', '~'])
        .trim_start_matches('!');
    let inner = inner.trim_end_matches(['}', '~']).trim_matches('-').trim();
    if inner == "/slot" {
        return Mark::Closes;
    }
    let name = inner
        .strip_prefix("slot ")
        .map(|rest| rest.split(':').next().unwrap_or(rest).trim());
    match name {
        Some(name) if !name.is_empty() && !name.contains(char::is_whitespace) => Mark::Opens(name),
        _ => Mark::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_read_wherever_they_stand() {
        let file = crate::prompt::parse(
            "---\nmodel: x\n---\nA {{! slot hello: how we begin }}Hi {{name}}{{! /slot }}\n\
             {{#if x}}{{!-- slot end --}}Bye{{!-- /slot --}}{{/if}}{{! a slot of time }}\n",
        );
        let found = read(&file);
        let names: Vec<(&str, usize)> = found
            .iter()
            .map(|slot| (slot.name.as_str(), slot.span.line))
            .collect();
        assert_eq!(names, [("hello", 4), ("end", 5)]);
        assert_eq!(
            &file.source()[found[0].span.end..found[0].end],
            "Hi {{name}}"
        );
    }
}
