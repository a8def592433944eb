//! Makes a parsed template ready to be filled in, and finds wrong uses of helpers on the way.
//!
//! Knows which helpers exist; does not know where partials come from.

use super::Template;
use super::ast::{Block, Call, Expression, Literal, Mustache, Node, Partial, Path, Program};
use super::error::{Fault, TemplateError};
use super::operation::{Branches, Include, Json, Lookup, Operand, Operation, Operations, Start};
use super::role_argument::role_argument;
use super::span::Span;
use super::suggestion::suggestion;

/// Helpers that open a block.
pub const BLOCK_HELPERS: [&str; 8] = [
    "if",
    "unless",
    "each",
    "with",
    "ifEquals",
    "unlessEquals",
    "role",
    "section",
];
/// Helpers that stand alone.
pub const INLINE_HELPERS: [&str; 6] = ["role", "history", "media", "section", "json", "lookup"];

/// Finds a partial by name and gives it a position.
pub type PartialIndex<'i> = dyn FnMut(&str) -> Option<usize> + 'i;

/// Makes `template` ready; what is faulty is left out and reported.
pub fn lower(
    template: &Template,
    partials: &mut PartialIndex<'_>,
) -> (Operations, Vec<TemplateError>) {
    let mut lowering = Lowering {
        source: template.source(),
        partials,
        faults: Vec::new(),
        parameters: Vec::new(),
    };
    let operations = lowering.program(template.program());
    (operations, lowering.faults)
}

/// What a name in front of arguments means.
enum Callee<'t> {
    Helper(&'static str),
    Value(Operand),
    Unknown(&'t Expression),
}

struct Lowering<'t, 'i> {
    source: &'t str,
    partials: &'i mut PartialIndex<'i>,
    faults: Vec<TemplateError>,
    /// Names given by `as |…|`, outermost first.
    parameters: Vec<&'t [String]>,
}

impl<'t> Lowering<'t, '_> {
    fn fault(&mut self, fault: Fault, span: Span, message: impl Into<String>) {
        self.faults.push(TemplateError::new(fault, span, message));
    }

    fn program(&mut self, program: &'t Program) -> Operations {
        Operations(
            program
                .nodes
                .iter()
                .filter_map(|node| self.node(node))
                .collect(),
        )
    }

    fn branch(&mut self, program: Option<&'t Program>) -> Operations {
        program
            .map(|program| self.program(program))
            .unwrap_or_default()
    }

    fn node(&mut self, node: &'t Node) -> Option<Operation> {
        match node {
            Node::Content(content) => {
                let text = self.source.get(content.kept.clone())?;
                (!text.is_empty()).then(|| Operation::Text(text.into()))
            }
            Node::Comment(_) => None,
            Node::Mustache(mustache) => self.mustache(mustache),
            Node::Block(block) => self.block(block),
            Node::Partial(partial) => self.partial(partial),
        }
    }

    fn callee(&mut self, call: &'t Call) -> Callee<'t> {
        let name = match &call.callee {
            Expression::Path(path) if is_simple(path) && !self.is_parameter(&path.parts[0]) => {
                path.parts[0].as_str()
            }
            Expression::Path(path) if call.arguments.is_empty() && call.named.is_empty() => {
                return Callee::Value(self.path(path));
            }
            Expression::Literal(literal, _) => return literal_callee(call, literal),
            other => return Callee::Unknown(other),
        };
        let known = INLINE_HELPERS
            .iter()
            .chain(&BLOCK_HELPERS)
            .find(|helper| **helper == name);
        match known {
            Some(helper) => Callee::Helper(helper),
            None if call.arguments.is_empty() && call.named.is_empty() && name != "log" => {
                Callee::Value(context_path(&[name.to_owned()], 0))
            }
            None => Callee::Unknown(&call.callee),
        }
    }

    fn is_parameter(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|names| names.iter().any(|known| known == name))
    }

    fn unknown(&mut self, callee: &Expression) {
        let name = callee.name();
        let names = INLINE_HELPERS.iter().chain(&BLOCK_HELPERS).copied();
        let hint = suggestion(&name, names)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        let message = format!("unknown helper `{name}`{hint}");
        self.fault(Fault::UnknownHelper, callee.span(), message);
    }

    fn mustache(&mut self, mustache: &'t Mustache) -> Option<Operation> {
        let call = &mustache.call;
        let helper = match self.callee(call) {
            Callee::Value(operand) => return Some(Operation::Print(operand)),
            Callee::Unknown(callee) => {
                self.unknown(callee);
                return None;
            }
            Callee::Helper(helper) => helper,
        };
        match helper {
            "role" => self.role(call).map(Operation::Role),
            "history" => self
                .arity(call, helper, 0, &[])
                .then_some(Operation::History),
            "section" => self
                .arity(call, helper, 1, &[])
                .then(|| self.operand(&call.arguments[0]))
                .map(Operation::Mark),
            "media" => self.media(call),
            "json" | "lookup" => self.value_helper(call, helper).map(Operation::Print),
            _ => {
                let message = format!("`{helper}` opens a block: write `{{{{#{helper} …}}}}`");
                self.fault(Fault::HelperArguments, call.span, message);
                None
            }
        }
    }

    /// Checks the number of arguments and the names of the named ones.
    fn arity(&mut self, call: &'t Call, helper: &str, count: usize, named: &[&str]) -> bool {
        for argument in &call.named {
            if !named.contains(&argument.name.as_str()) {
                let message = format!("`{helper}` has no argument `{}`", argument.name);
                self.fault(Fault::UnknownArgument, argument.span, message);
            }
        }
        if call.arguments.len() == count {
            return true;
        }
        let found = call.arguments.len();
        let mut message = format!("`{helper}` takes {count} arguments, not {found}");
        if found == 0 {
            let print = format!("; to print a variable of that name write `{{{{this.{helper}}}}}`");
            message.push_str(&print);
        }
        self.fault(Fault::HelperArguments, call.span, message);
        false
    }

    fn role(&mut self, call: &'t Call) -> Option<super::Role> {
        if !self.arity(call, "role", 1, &[]) {
            return None;
        }
        match role_argument(&call.arguments[0]) {
            Ok((role, warning)) => {
                self.faults.extend(warning);
                Some(role)
            }
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    fn media(&mut self, call: &'t Call) -> Option<Operation> {
        if !self.arity(call, "media", 0, &["url", "contentType"]) {
            return None;
        }
        if !call.named.iter().any(|argument| argument.name == "url") {
            self.fault(
                Fault::HelperArguments,
                call.span,
                "`media` needs an argument `url`",
            );
            return None;
        }
        let url = self.named(call, "url");
        let content_type = self.named(call, "contentType");
        Some(Operation::Media { url, content_type })
    }

    fn named(&mut self, call: &'t Call, name: &str) -> Operand {
        let found = call.named.iter().find(|argument| argument.name == name);
        found.map_or(Operand::Undefined, |argument| self.operand(&argument.value))
    }

    fn value_helper(&mut self, call: &'t Call, helper: &str) -> Option<Operand> {
        if helper == "json" {
            return self.arity(call, helper, 1, &["indent"]).then(|| {
                let indent = self.named(call, "indent");
                Operand::Json(Box::new(Json {
                    value: self.operand(&call.arguments[0]),
                    indent,
                }))
            });
        }
        self.arity(call, helper, 2, &[]).then(|| {
            let object = self.operand(&call.arguments[0]);
            Operand::Member(Box::new((object, self.operand(&call.arguments[1]))))
        })
    }

    fn operand(&mut self, expression: &'t Expression) -> Operand {
        match expression {
            Expression::Path(path) => self.path(path),
            Expression::Literal(literal, _) => match literal {
                Literal::Text(text) => Operand::Text(text.as_str().into()),
                Literal::Number(value, _) => Operand::Number(*value),
                Literal::Bool(value) => Operand::Bool(*value),
                Literal::Null => Operand::Null,
                Literal::Undefined => Operand::Undefined,
            },
            Expression::Call(call) => self.inner_call(call),
        }
    }

    fn inner_call(&mut self, call: &'t Call) -> Operand {
        let made = match self.callee(call) {
            Callee::Helper(helper @ ("json" | "lookup")) => self.value_helper(call, helper),
            Callee::Helper(helper) => {
                let message = format!("`{helper}` has no value and cannot stand in parentheses");
                self.fault(Fault::HelperArguments, call.span, message);
                None
            }
            Callee::Value(_) | Callee::Unknown(_) => {
                self.unknown(&call.callee);
                None
            }
        };
        made.unwrap_or(Operand::Undefined)
    }

    fn path(&mut self, path: &Path) -> Operand {
        let Some(first) = path.parts.first() else {
            if path.data {
                self.fault(Fault::InvalidExpression, path.span, "`@` needs a name");
                return Operand::Undefined;
            }
            return context_path(&[], path.depth);
        };
        if path.data {
            return data_path(path, first);
        }
        if path.depth == 0 && !path.scoped {
            for (level, names) in self.parameters.iter().rev().enumerate() {
                if let Some(index) = names.iter().position(|name| name == first) {
                    return lookup(Start::Parameter(level, index), &path.parts[1..]);
                }
            }
        }
        context_path(&path.parts, path.depth)
    }

    fn block(&mut self, block: &'t Block) -> Option<Operation> {
        let call = &block.call;
        let helper = match self.callee(call) {
            Callee::Helper(helper) => helper,
            Callee::Value(value) => {
                self.refuse_parameters(block);
                let branches = Box::new(self.branches(block, false));
                return Some(Operation::Section { value, branches });
            }
            Callee::Unknown(callee) => {
                self.unknown(callee);
                self.branches(block, false);
                return None;
            }
        };
        match helper {
            "if" | "unless" => self.condition(block, helper),
            "ifEquals" | "unlessEquals" => self.equality(block, helper),
            "each" | "with" => self.context_block(block, helper),
            "role" | "section" => self.marked_block(block, helper),
            _ => {
                let message = format!("`{helper}` does not open a block");
                self.fault(Fault::HelperArguments, call.span, message);
                self.branches(block, false);
                None
            }
        }
    }

    fn refuse_parameters(&mut self, block: &'t Block) {
        if !block.parameters.is_empty() {
            let message = "`as |…|` only works with `each` and `with`";
            self.fault(Fault::InvalidExpression, block.call.span, message);
        }
    }

    /// Both branches; `swap` puts the main one last.
    fn branches(&mut self, block: &'t Block, swap: bool) -> Branches {
        let then = self.branch(block.program.as_ref());
        let otherwise = self.branch(block.inverse.as_ref());
        if swap {
            Branches {
                then: otherwise,
                otherwise: then,
            }
        } else {
            Branches { then, otherwise }
        }
    }

    fn condition(&mut self, block: &'t Block, helper: &str) -> Option<Operation> {
        self.refuse_parameters(block);
        let fits = self.arity(&block.call, helper, 1, &["includeZero"]);
        let include_zero = self.named(&block.call, "includeZero");
        let branches = Box::new(self.branches(block, helper == "unless"));
        fits.then(|| {
            let condition = self.operand(&block.call.arguments[0]);
            Operation::If {
                condition,
                include_zero,
                branches,
            }
        })
    }

    fn equality(&mut self, block: &'t Block, helper: &str) -> Option<Operation> {
        self.refuse_parameters(block);
        let fits = self.arity(&block.call, helper, 2, &[]);
        let branches = Box::new(self.branches(block, helper == "unlessEquals"));
        fits.then(|| {
            let left = self.operand(&block.call.arguments[0]);
            let right = self.operand(&block.call.arguments[1]);
            Operation::IfEquals {
                left,
                right,
                branches,
            }
        })
    }

    fn context_block(&mut self, block: &'t Block, helper: &str) -> Option<Operation> {
        let fits = self.arity(&block.call, helper, 1, &[]);
        let most = if helper == "each" { 2 } else { 1 };
        if block.parameters.len() > most {
            let message = format!("`{helper}` gives at most {most} names");
            self.fault(Fault::InvalidExpression, block.call.span, message);
        }
        let over = if fits {
            self.operand(&block.call.arguments[0])
        } else {
            Operand::Undefined
        };
        let parameters = !block.parameters.is_empty();
        if parameters {
            self.parameters.push(&block.parameters);
        }
        let then = self.branch(block.program.as_ref());
        if parameters {
            self.parameters.pop();
        }
        let otherwise = self.branch(block.inverse.as_ref());
        let branches = Box::new(Branches { then, otherwise });
        fits.then_some(if helper == "each" {
            Operation::Each {
                over,
                parameters,
                branches,
            }
        } else {
            Operation::With {
                context: over,
                parameters,
                branches,
            }
        })
    }

    fn marked_block(&mut self, block: &'t Block, helper: &str) -> Option<Operation> {
        let message = format!(
            "other runtimes drop the text inside of `{{{{#{helper}}}}}`; write `{{{{{helper} …}}}}` in front of it"
        );
        self.fault(Fault::NotPortable, block.call.span, message);
        self.refuse_parameters(block);
        if let Some(inverse) = &block.inverse {
            let message = format!("`{helper}` has no `else`");
            self.fault(Fault::MisplacedElse, block.call.span, message);
            self.program(inverse);
        }
        if helper == "role" {
            let role = self.role(&block.call);
            let body = self.branch(block.program.as_ref());
            return role.map(|role| Operation::RoleBlock(role, body));
        }
        let fits = self.arity(&block.call, helper, 1, &[]);
        let body = self.branch(block.program.as_ref());
        fits.then(|| Operation::SectionBlock(self.operand(&block.call.arguments[0]), body))
    }

    fn partial(&mut self, partial: &'t Partial) -> Option<Operation> {
        let call = &partial.call;
        let context = call
            .arguments
            .first()
            .map(|argument| self.operand(argument));
        let named = call
            .named
            .iter()
            .map(|argument| (argument.name.as_str().into(), self.operand(&argument.value)))
            .collect();
        let Some(index) = (self.partials)(&partial.name) else {
            let message = format!("unknown partial `{}`", partial.name);
            self.fault(Fault::UnknownPartial, call.span, message);
            return None;
        };
        Some(Operation::Partial(Box::new(Include {
            name: partial.name.as_str().into(),
            index,
            context,
            named,
            indent: partial.indent.as_str().into(),
        })))
    }
}

/// A literal where a name is expected is a name.
fn literal_callee<'t>(call: &'t Call, literal: &Literal) -> Callee<'t> {
    if call.arguments.is_empty() && call.named.is_empty() {
        Callee::Value(context_path(&[literal.text()], 0))
    } else {
        Callee::Unknown(&call.callee)
    }
}

/// Whether a path is one name that may be a helper.
fn is_simple(path: &Path) -> bool {
    !path.data && path.depth == 0 && !path.scoped && path.parts.len() == 1
}

fn boxed(parts: &[String]) -> Box<[Box<str>]> {
    parts.iter().map(|part| part.as_str().into()).collect()
}

fn lookup(start: Start, parts: &[String]) -> Operand {
    Operand::Path(Lookup {
        start,
        parts: boxed(parts),
    })
}

fn context_path(parts: &[String], depth: usize) -> Operand {
    lookup(Start::Context(depth), parts)
}

fn data_path(path: &Path, first: &str) -> Operand {
    let start = match first {
        "root" => Start::Root,
        "index" => Start::Index(path.depth),
        "key" => Start::Key(path.depth),
        "first" => Start::First(path.depth),
        "last" => Start::Last(path.depth),
        name => Start::Data(name.into()),
    };
    lookup(start, &path.parts[1..])
}
