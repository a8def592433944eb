//! Where a template includes partials, and where it mentions a variable.

use crate::template::{Call, Expression, Literal, Node, Program, Span};
use serde_json::Value;

/// One partial tag.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inclusion {
    /// The partial's name.
    pub(super) name: String,
    /// Another context is given to it.
    pub(super) has_context: bool,
    /// The values given by name, and where; the value itself where it is a literal.
    pub(super) given: Vec<(String, Option<Value>, Span)>,
    /// Where the tag stands.
    pub(super) span: Span,
}

/// All partial tags of a template.
pub(super) fn inclusions(program: &Program) -> Vec<Inclusion> {
    let mut found = Vec::new();
    collect(program, &mut found);
    found
}

fn collect(program: &Program, out: &mut Vec<Inclusion>) {
    for node in &program.nodes {
        match node {
            Node::Partial(partial) => out.push(Inclusion {
                name: partial.name.clone(),
                has_context: !partial.call.arguments.is_empty(),
                given: partial
                    .call
                    .named
                    .iter()
                    .map(|named| (named.name.clone(), literal(&named.value), named.span))
                    .collect(),
                span: partial.call.span,
            }),
            Node::Block(block) => {
                for branch in block.program.iter().chain(&block.inverse) {
                    collect(branch, out);
                }
            }
            _ => {}
        }
    }
}

fn literal(expression: &Expression) -> Option<Value> {
    match expression {
        Expression::Literal(Literal::Text(text), _) => Some(text.clone().into()),
        Expression::Literal(Literal::Number(number, _), _) => Some((*number).into()),
        Expression::Literal(Literal::Bool(value), _) => Some((*value).into()),
        _ => None,
    }
}

/// Where a name is first written in a template, between the bytes `from` and `to`.
pub(super) fn mention(program: &Program, name: &str, range: (usize, usize)) -> Option<Span> {
    program.nodes.iter().find_map(|node| match node {
        Node::Content(_) | Node::Comment(_) => None,
        Node::Mustache(mustache) => in_call(&mustache.call, name, range),
        Node::Partial(partial) => in_arguments(&partial.call, name, range),
        Node::Block(block) => in_call(&block.call, name, range).or_else(|| {
            let mut branches = block.program.iter().chain(&block.inverse);
            branches.find_map(|branch| mention(branch, name, range))
        }),
    })
}

fn in_call(call: &Call, name: &str, range: (usize, usize)) -> Option<Span> {
    in_expression(&call.callee, name, range).or_else(|| in_arguments(call, name, range))
}

fn in_arguments(call: &Call, name: &str, range: (usize, usize)) -> Option<Span> {
    let named = call.named.iter().map(|named| &named.value);
    let mut all = call.arguments.iter().chain(named);
    all.find_map(|argument| in_expression(argument, name, range))
}

fn in_expression(expression: &Expression, name: &str, range: (usize, usize)) -> Option<Span> {
    match expression {
        Expression::Path(path) => {
            let is_it = !path.data && path.parts.first().is_some_and(|part| part == name);
            let inside = range.0 <= path.span.start && path.span.start < range.1;
            (is_it && inside).then_some(path.span)
        }
        Expression::Literal(..) => None,
        Expression::Call(call) => in_call(call, name, range),
    }
}
