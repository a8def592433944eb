//! Which variables a prompt uses, its partials included, and which of them nobody declared.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::closure::Closure;
use super::file::PromptFile;
use crate::template::{Block, Call, Expression, Node, Partial, Path, Program, Span};

/// Most nodes looked at: a partial is looked at again wherever it is included.
const NODES_MAX: usize = 20_000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// Names at the top.
    pub(super) used: BTreeSet<String>,
    /// The variables are used as a whole, as `{{json this}}` does.
    pub(super) whole: bool,
    /// Not everything could be looked at.
    pub(super) incomplete: bool,
    /// Names nobody declared.
    pub(super) undeclared: Vec<Spot>,
    /// Objects printed as text.
    pub(super) printed_objects: Vec<Spot>,
}

/// A name at a place.
#[derive(Debug)]
pub(super) struct Spot {
    /// Position of the file in the closure.
    pub(super) member: usize,
    pub(super) span: Span,
    pub(super) name: String,
}

/// The variables a text uses by itself, without those of the partials it includes.
pub fn used_variables(file: &PromptFile) -> BTreeSet<String> {
    let closure = Closure::collect(&file.path, file, &|_| None);
    Usage::of(file, &closure).used
}

impl Usage {
    /// Looks at a prompt and its partials.
    pub(super) fn of(file: &PromptFile, closure: &Closure<'_>) -> Self {
        let front_matter = &file.front_matter;
        let schema = front_matter
            .input_schema
            .as_ref()
            .filter(|schema| is_object(schema));
        let mut walk = Walk {
            closure,
            schema,
            defaults: &front_matter.input_default,
            usage: Self::default(),
            seen: HashSet::new(),
            contexts: vec![Shape::Root],
            parameters: Vec::new(),
            members: vec![0],
            nodes: 0,
        };
        walk.program(closure.members[0].template.program());
        walk.usage
    }
}

fn is_object(schema: &Value) -> bool {
    schema["properties"].is_object() || schema["type"] == "object"
}

/// What is known of a value.
#[derive(Debug, Clone)]
enum Shape<'s> {
    Unknown,
    /// The variables themselves.
    Root,
    /// A value with a schema.
    Known(&'s Value),
    /// A context with named values laid over it.
    Overlay(Rc<(Shape<'s>, Vec<(String, Shape<'s>)>)>),
}

struct Walk<'c, 'a, 's> {
    closure: &'c Closure<'a>,
    schema: Option<&'s Value>,
    defaults: &'s Map<String, Value>,
    usage: Usage,
    /// Spots reported already, by member and offset.
    seen: HashSet<(usize, usize)>,
    contexts: Vec<Shape<'s>>,
    parameters: Vec<Vec<(String, Shape<'s>)>>,
    /// The files on the way, innermost last.
    members: Vec<usize>,
    nodes: usize,
}

impl<'c, 's> Walk<'c, '_, 's> {
    fn program(&mut self, program: &'c Program) {
        for node in &program.nodes {
            self.nodes += 1;
            if self.nodes > NODES_MAX {
                self.usage.incomplete = true;
                return;
            }
            match node {
                Node::Content(_) | Node::Comment(_) => {}
                Node::Mustache(mustache) => {
                    self.printed(&mustache.call);
                }
                Node::Block(block) => self.block(block),
                Node::Partial(partial) => self.partial(partial),
            }
        }
    }

    fn printed(&mut self, call: &'c Call) {
        if is_helper_call(call) {
            self.arguments(call);
            return;
        }
        let shape = self.value(&call.callee);
        let is_object = match shape {
            Shape::Known(schema) => prints_object(schema),
            Shape::Root => {
                self.usage.whole = true;
                true
            }
            _ => false,
        };
        if is_object {
            let name = call.callee.name();
            let spot = Spot {
                member: self.member(),
                span: call.callee.span(),
                name,
            };
            if self.seen.insert((spot.member, spot.span.start)) {
                self.usage.printed_objects.push(spot);
            }
        }
    }

    fn arguments(&mut self, call: &'c Call) {
        let named = call.named.iter().map(|named| &named.value);
        for argument in call.arguments.iter().chain(named) {
            let shape = self.value(argument);
            self.note_whole(&shape);
        }
    }

    fn note_whole(&mut self, shape: &Shape<'_>) {
        match shape {
            Shape::Root => self.usage.whole = true,
            Shape::Overlay(layers) => self.note_whole(&layers.0),
            _ => {}
        }
    }

    fn member(&self) -> usize {
        self.members.last().copied().unwrap_or(0)
    }

    fn block(&mut self, block: &'c Block) {
        let call = &block.call;
        let name = call.callee.name();
        let argument = call.arguments.first();
        match (name.as_str(), argument) {
            ("each", Some(over)) => {
                let shape = self.value(over);
                self.note_whole(&shape);
                self.inside(block, item_of(&shape), true);
            }
            ("with", Some(over)) => {
                let shape = self.value(over);
                self.inside(block, shape, !is_this(over));
            }
            _ if is_helper_call(call) => {
                self.arguments(call);
                self.branch(block.program.as_ref());
            }
            _ => {
                let shape = self.value(&call.callee);
                match kind_of(&shape) {
                    Some("boolean") => self.branch(block.program.as_ref()),
                    Some("array") => self.inside(block, item_of(&shape), true),
                    Some("object") => self.inside(block, shape, true),
                    _ => self.inside(block, Shape::Unknown, true),
                }
            }
        }
        self.branch(block.inverse.as_ref());
    }

    fn branch(&mut self, program: Option<&'c Program>) {
        if let Some(program) = program {
            self.program(program);
        }
    }

    /// The main branch, with another context.
    fn inside(&mut self, block: &'c Block, context: Shape<'s>, new_level: bool) {
        let mut names = block.parameters.iter();
        let mut given = Vec::new();
        given.extend(names.next().map(|name| (name.clone(), context.clone())));
        given.extend(names.map(|name| (name.clone(), Shape::Unknown)));
        self.parameters.push(given);
        if new_level {
            self.contexts.push(context);
        }
        self.branch(block.program.as_ref());
        if new_level {
            self.contexts.pop();
        }
        self.parameters.pop();
    }

    fn partial(&mut self, partial: &'c Partial) {
        let context = partial
            .call
            .arguments
            .first()
            .map(|argument| self.value(argument));
        let named: Vec<_> = partial
            .call
            .named
            .iter()
            .map(|named| (named.name.clone(), self.value(&named.value)))
            .collect();
        let Some(target) = self.closure.position(&partial.name) else {
            return;
        };
        if self.members.contains(&target) {
            return;
        }
        let mut levels = 0;
        if let Some(context) = context {
            self.contexts.push(context);
            levels += 1;
        }
        if !named.is_empty() {
            let base = self.context(0);
            self.contexts.push(Shape::Overlay(Rc::new((base, named))));
            levels += 1;
        }
        let parameters = std::mem::take(&mut self.parameters);
        self.members.push(target);
        let closure = self.closure;
        self.program(closure.members[target].template.program());
        self.members.pop();
        self.parameters = parameters;
        self.contexts.truncate(self.contexts.len() - levels);
    }

    fn context(&self, depth: usize) -> Shape<'s> {
        let at = self.contexts.len().checked_sub(depth + 1);
        at.and_then(|at| self.contexts.get(at))
            .cloned()
            .unwrap_or(Shape::Unknown)
    }

    fn value(&mut self, expression: &'c Expression) -> Shape<'s> {
        match expression {
            Expression::Path(path) => self.path(path),
            Expression::Literal(..) => Shape::Unknown,
            Expression::Call(call) => {
                self.arguments(call);
                Shape::Unknown
            }
        }
    }

    fn path(&mut self, path: &Path) -> Shape<'s> {
        let mut parts = path.parts.iter();
        let mut shape = if path.data {
            match parts.next().map(String::as_str) {
                Some("root") => Shape::Root,
                _ => return Shape::Unknown,
            }
        } else {
            match self.parameter(path) {
                Some(shape) => {
                    parts.next();
                    shape
                }
                None => self.context(path.depth),
            }
        };
        for part in parts {
            let Some(next) = self.step(&shape, part) else {
                let spot = Spot {
                    member: self.member(),
                    span: path.span,
                    name: part.clone(),
                };
                if self.seen.insert((spot.member, spot.span.start)) {
                    self.usage.undeclared.push(spot);
                }
                return Shape::Unknown;
            };
            shape = next;
        }
        shape
    }

    fn parameter(&self, path: &Path) -> Option<Shape<'s>> {
        let first = path
            .parts
            .first()
            .filter(|_| path.depth == 0 && !path.scoped)?;
        let mut all = self.parameters.iter().rev().flatten();
        all.find(|(name, _)| name == first)
            .map(|(_, shape)| shape.clone())
    }

    /// The member `name`, or nothing if it is not declared.
    fn step(&mut self, shape: &Shape<'s>, name: &str) -> Option<Shape<'s>> {
        match shape {
            Shape::Unknown => Some(Shape::Unknown),
            Shape::Root => {
                self.usage.used.insert(name.to_owned());
                let Some(schema) = self.schema else {
                    return Some(Shape::Unknown);
                };
                let open = is_open(schema, false) || self.defaults.contains_key(name);
                property(schema, name).or_else(|| open.then_some(Shape::Unknown))
            }
            Shape::Known(schema) => {
                property(schema, name).or_else(|| is_open(schema, true).then_some(Shape::Unknown))
            }
            Shape::Overlay(layers) => {
                let found = layers.1.iter().find(|(known, _)| known == name);
                match found {
                    Some((_, shape)) => Some(shape.clone()),
                    None => self.step(&layers.0, name),
                }
            }
        }
    }
}

fn property<'s>(schema: &'s Value, name: &str) -> Option<Shape<'s>> {
    schema["properties"].get(name).map(Shape::Known)
}

/// Whether members without a declaration are allowed; `unless_said` where nothing is said.
fn is_open(schema: &Value, unless_said: bool) -> bool {
    match &schema["additionalProperties"] {
        Value::Null => unless_said,
        Value::Bool(open) => *open,
        _ => true,
    }
}

fn is_this(expression: &Expression) -> bool {
    matches!(expression, Expression::Path(path) if !path.data && path.depth == 0 && path.parts.is_empty())
}

fn is_helper_call(call: &Call) -> bool {
    let name = call.callee.name();
    let helpers = crate::template::INLINE_HELPERS
        .iter()
        .chain(&crate::template::BLOCK_HELPERS);
    !call.arguments.is_empty() || !call.named.is_empty() || helpers.into_iter().any(|h| *h == name)
}

/// The one type a schema names; null beside it counts for nothing.
fn kind_of<'s>(shape: &Shape<'s>) -> Option<&'s str> {
    let Shape::Known(schema) = shape else {
        return None;
    };
    match &schema["type"] {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}

fn item_of<'s>(shape: &Shape<'s>) -> Shape<'s> {
    match shape {
        Shape::Known(schema) => schema.get("items").map_or(Shape::Unknown, Shape::Known),
        _ => Shape::Unknown,
    }
}

fn prints_object(schema: &Value) -> bool {
    let shape = Shape::Known(schema);
    match kind_of(&shape) {
        Some("object") => true,
        Some("array") => kind_of(&item_of(&shape)) == Some("object"),
        _ => false,
    }
}
