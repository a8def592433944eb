//! Fills in a template. Nothing of the variables is copied but the text that is printed.

use serde_json::{Map, Value};

use super::error::RenderError;
use super::json::to_json;
use super::operation::{Branches, Include, Lookup, Operand, Operation, Operations, Start};
use super::output::{MarkKind, RenderBuffer};
use super::value::{Held, Overlay, Val};
use super::{PARTIAL_DEPTH_MAX, RENDER_DEPTH_MAX, RENDER_STEPS_MAX, RENDERED_BYTES_MAX};

/// What a template is filled in with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Data<'a> {
    /// The variables; where several have a name, the first wins.
    pub variables: &'a [&'a Map<String, Value>],
    /// Values of `@name`, such as `@state` and `@auth`.
    pub context: Option<&'a Map<String, Value>>,
    /// The value of `@metadata`.
    pub metadata: Option<&'a Value>,
}

/// Fills in `operations` and appends to `out`.
pub fn render(
    operations: &Operations,
    partials: &[Operations],
    data: Data<'_>,
    out: &mut RenderBuffer,
) -> Result<(), RenderError> {
    let root = Val::Layers(data.variables);
    let mut renderer = Renderer {
        partials,
        data,
        root,
        out,
        partial_depth: 0,
        depth: 0,
        steps: 0,
        partial: "",
    };
    let scope = Scope {
        context: root,
        parent: None,
        frame: None,
        parameters: None,
    };
    renderer.run(operations, &scope)
}

/// The contexts, loops and names around a step, innermost first.
#[derive(Debug, Clone, Copy)]
struct Scope<'s> {
    context: Val<'s>,
    parent: Option<&'s Scope<'s>>,
    frame: Option<&'s Frame<'s>>,
    parameters: Option<&'s Parameters<'s>>,
}

/// One turn of a loop.
#[derive(Debug)]
struct Frame<'s> {
    index: usize,
    key: Option<&'s str>,
    last: bool,
    parent: Option<&'s Frame<'s>>,
}

/// Values named by `as |…|`.
#[derive(Debug)]
struct Parameters<'s> {
    values: [Val<'s>; 2],
    parent: Option<&'s Parameters<'s>>,
}

struct Renderer<'r, 'o> {
    partials: &'r [Operations],
    data: Data<'r>,
    root: Val<'r>,
    out: &'o mut RenderBuffer,
    partial_depth: usize,
    depth: usize,
    steps: usize,
    /// The innermost partial, for messages.
    partial: &'r str,
}

type Done = Result<(), RenderError>;

impl<'r> Renderer<'r, '_> {
    fn run(&mut self, operations: &'r Operations, scope: &Scope<'_>) -> Done {
        self.depth += 1;
        if self.depth > RENDER_DEPTH_MAX {
            return Err(RenderError::TooDeep(self.partial.to_owned()));
        }
        self.steps += operations.0.len() + 1;
        if self.steps > RENDER_STEPS_MAX {
            return Err(RenderError::TooMuchWork {
                limit: RENDER_STEPS_MAX,
            });
        }
        for operation in operations.0.iter() {
            self.step(operation, scope)?;
            // After every operation, so that at most one value overshoots.
            if self.out.written_bytes() > RENDERED_BYTES_MAX {
                return Err(RenderError::TooLong {
                    limit: RENDERED_BYTES_MAX,
                });
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn step(&mut self, operation: &'r Operation, scope: &Scope<'_>) -> Done {
        match operation {
            Operation::Text(text) => self.out.write(text),
            Operation::Print(operand) => match self.evaluate(operand, scope).val() {
                Val::Text(text) => self.out.write(text),
                val => self.out.write_with(|out| val.write(out)),
            },
            Operation::If {
                condition,
                include_zero,
                branches,
            } => {
                let zero = self.evaluate(include_zero, scope).val().holds(false);
                let holds = self.evaluate(condition, scope).val().holds(zero);
                return self.choose(holds, branches, scope);
            }
            Operation::IfEquals {
                left,
                right,
                branches,
            } => {
                let left = self.evaluate(left, scope);
                let same = left.val().is_same(self.evaluate(right, scope).val());
                return self.choose(same, branches, scope);
            }
            Operation::Each {
                over,
                parameters,
                branches,
            } => {
                let over = self.evaluate(over, scope);
                return self.each(over.val(), *parameters, branches, scope);
            }
            Operation::With {
                context,
                parameters,
                branches,
            } => {
                let context = self.evaluate(context, scope);
                return self.with(context.val(), *parameters, branches, scope);
            }
            Operation::Section { value, branches } => {
                let value = self.evaluate(value, scope);
                return self.section(value.val(), branches, scope);
            }
            Operation::Role(role) => self.out.mark(MarkKind::Role(*role)),
            Operation::RoleBlock(role, body) => {
                self.out.mark(MarkKind::RoleStart(*role));
                self.run(body, scope)?;
                self.out.mark(MarkKind::RoleEnd);
            }
            Operation::History => self.out.mark(MarkKind::History),
            Operation::Mark(name) => self.named_section(name, scope),
            Operation::SectionBlock(name, body) => {
                self.named_section(name, scope);
                return self.run(body, scope);
            }
            Operation::Media { url, content_type } => self.media(url, content_type, scope),
            Operation::Partial(include) => return self.include(include, scope),
        }
        Ok(())
    }

    fn choose(&mut self, holds: bool, branches: &'r Branches, scope: &Scope<'_>) -> Done {
        self.run(
            if holds {
                &branches.then
            } else {
                &branches.otherwise
            },
            scope,
        )
    }

    fn each(
        &mut self,
        over: Val<'_>,
        parameters: bool,
        branches: &'r Branches,
        scope: &Scope<'_>,
    ) -> Done {
        match over {
            Val::Array(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    let last = index + 1 == items.len();
                    let frame = Frame {
                        index,
                        key: None,
                        last,
                        parent: scope.frame,
                    };
                    self.turn(item.into(), &frame, parameters, &branches.then, scope)?;
                }
                Ok(())
            }
            Val::Object(_) | Val::Layers(_) | Val::Overlay(_) => {
                let entries = over.entries();
                for (index, (key, value)) in entries.iter().enumerate() {
                    let last = index + 1 == entries.len();
                    let frame = Frame {
                        index,
                        key: Some(key),
                        last,
                        parent: scope.frame,
                    };
                    self.turn(*value, &frame, parameters, &branches.then, scope)?;
                }
                if entries.is_empty() {
                    self.run(&branches.otherwise, scope)
                } else {
                    Ok(())
                }
            }
            _ => self.run(&branches.otherwise, scope),
        }
    }

    fn turn(
        &mut self,
        context: Val<'_>,
        frame: &Frame<'_>,
        parameters: bool,
        body: &'r Operations,
        scope: &Scope<'_>,
    ) -> Done {
        let named = Parameters {
            values: [context, frame.key()],
            parent: scope.parameters,
        };
        let mut inner = scope.enter(context);
        inner.frame = Some(frame);
        if parameters {
            inner.parameters = Some(&named);
        }
        self.run(body, &inner)
    }

    fn with(
        &mut self,
        context: Val<'_>,
        parameters: bool,
        branches: &'r Branches,
        scope: &Scope<'_>,
    ) -> Done {
        if context.is_empty() {
            return self.run(&branches.otherwise, scope);
        }
        let named = Parameters {
            values: [context, Val::Undefined],
            parent: scope.parameters,
        };
        let mut inner = scope.enter(context);
        if parameters {
            inner.parameters = Some(&named);
        }
        self.run(&branches.then, &inner)
    }

    fn section(&mut self, value: Val<'_>, branches: &'r Branches, scope: &Scope<'_>) -> Done {
        match value {
            Val::Bool(true) => self.run(&branches.then, scope),
            Val::Bool(false) | Val::Null | Val::Undefined => self.run(&branches.otherwise, scope),
            Val::Array(_) => self.each(value, false, branches, scope),
            _ => self.run(&branches.then, &scope.enter(value)),
        }
    }

    fn named_section(&mut self, name: &Operand, scope: &Scope<'_>) {
        let name = self.evaluate(name, scope);
        let range = self.out.put_aside(|aside| name.val().write(aside));
        self.out.mark(MarkKind::Section(range));
    }

    /// A file without an address is left out: the variable was optional.
    fn media(&mut self, url: &Operand, content_type: &Operand, scope: &Scope<'_>) {
        let url = self.evaluate(url, scope);
        let content_type = self.evaluate(content_type, scope);
        if url.val().is_empty() {
            return;
        }
        let url = self.out.put_aside(|aside| url.val().write(aside));
        let content_type = (!content_type.val().is_empty())
            .then(|| self.out.put_aside(|aside| content_type.val().write(aside)));
        self.out.mark(MarkKind::Media { url, content_type });
    }

    fn include(&mut self, include: &'r Include, scope: &Scope<'_>) -> Done {
        let Some(partial) = self.partials.get(include.index) else {
            return Ok(());
        };
        if self.partial_depth >= PARTIAL_DEPTH_MAX {
            return Err(RenderError::TooDeep(include.name.to_string()));
        }
        let held = include
            .context
            .as_ref()
            .map(|context| self.evaluate(context, scope));
        let context = held.as_ref().map_or(scope.context, Held::val);
        let mut overlay = Overlay {
            base: context,
            named: Vec::new(),
        };
        for (name, value) in &include.named {
            overlay.named.push((name, self.evaluate(value, scope)));
        }
        let context = if include.named.is_empty() {
            context
        } else {
            Val::Overlay(&overlay)
        };
        let mut inner = scope.enter(context);
        inner.parameters = None;
        let outer = std::mem::replace(&mut self.partial, &include.name);
        self.partial_depth += 1;
        if !include.indent.is_empty() {
            self.out.indent(&include.indent);
        }
        self.run(partial, &inner)?;
        if !include.indent.is_empty() {
            self.out.unindent();
        }
        self.partial_depth -= 1;
        self.partial = outer;
        Ok(())
    }

    fn evaluate<'e>(&self, operand: &'e Operand, scope: &Scope<'e>) -> Held<'e>
    where
        'r: 'e,
    {
        Held::Borrowed(match operand {
            Operand::Undefined => Val::Undefined,
            Operand::Null => Val::Null,
            Operand::Bool(value) => Val::Bool(*value),
            Operand::Number(value) => Val::Float(*value),
            Operand::Text(text) => Val::Text(text),
            Operand::Path(path) => self.look_up(path, scope),
            Operand::Json(json) => {
                let value = self.evaluate(&json.value, scope);
                let indent = self.evaluate(&json.indent, scope);
                return Held::Made(to_json(value.val(), indent.val()));
            }
            Operand::Member(pair) => {
                let key = self.evaluate(&pair.1, scope);
                let mut name = String::new();
                key.val().write(&mut name);
                match self.evaluate(&pair.0, scope) {
                    Held::Borrowed(object) => object.member(&name),
                    Held::Made(_) => Val::Undefined,
                }
            }
        })
    }

    fn look_up<'e>(&self, path: &Lookup, scope: &Scope<'e>) -> Val<'e>
    where
        'r: 'e,
    {
        let start = match &path.start {
            Start::Context(depth) => scope.context_above(*depth),
            Start::Parameter(level, index) => scope.parameter(*level, *index),
            Start::Root => self.root,
            Start::Index(depth) => scope
                .frame_above(*depth)
                .map_or(Val::Undefined, Frame::index),
            Start::Key(depth) => scope.frame_above(*depth).map_or(Val::Undefined, Frame::key),
            Start::First(depth) => scope
                .frame_above(*depth)
                .map_or(Val::Undefined, |f| Val::Bool(f.index == 0)),
            Start::Last(depth) => scope
                .frame_above(*depth)
                .map_or(Val::Undefined, |f| Val::Bool(f.last)),
            Start::Data(name) => self.data_named(name),
        };
        path.parts.iter().fold(start, |val, part| val.member(part))
    }

    fn data_named(&self, name: &str) -> Val<'r> {
        match self.data.context.and_then(|context| context.get(name)) {
            Some(value) => value.into(),
            None if name == "metadata" => self.data.metadata.map_or(Val::Undefined, Val::from),
            None => Val::Undefined,
        }
    }
}

impl<'s> Frame<'s> {
    fn index(&self) -> Val<'s> {
        i64::try_from(self.index).map_or(Val::Undefined, Val::Integer)
    }

    fn key(&self) -> Val<'s> {
        self.key.map_or_else(|| self.index(), Val::Text)
    }
}

impl<'s> Scope<'s> {
    /// The scope of a block with another context. The same context is no new level, so that
    /// `../` does not count it.
    fn enter<'i>(&'i self, context: Val<'i>) -> Scope<'i> {
        let parent = if context.is_same(self.context) {
            self.parent
        } else {
            Some(self)
        };
        Scope {
            context,
            parent,
            frame: self.frame,
            parameters: self.parameters,
        }
    }

    fn context_above(&self, depth: usize) -> Val<'s> {
        if depth == 0 {
            return self.context;
        }
        let mut scope = self.parent;
        for _ in 1..depth {
            scope = scope.and_then(|scope| scope.parent);
        }
        scope.map_or(Val::Undefined, |scope| scope.context)
    }

    fn frame_above(&self, depth: usize) -> Option<&'s Frame<'s>> {
        let mut frame = self.frame;
        for _ in 0..depth {
            frame = frame.and_then(|frame| frame.parent);
        }
        frame
    }

    fn parameter(&self, level: usize, index: usize) -> Val<'s> {
        let mut parameters = self.parameters;
        for _ in 0..level {
            parameters = parameters.and_then(|parameters| parameters.parent);
        }
        parameters
            .and_then(|named| named.values.get(index))
            .copied()
            .unwrap_or(Val::Undefined)
    }
}
