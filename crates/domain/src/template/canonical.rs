//! One text that says everything a template does, partials included.
//!
//! Two templates with the same canonical text fill in alike, whatever their comments, their
//! layout of tags or the files their parts stand in. It is for digests and for people to read,
//! not to be parsed again.

use std::fmt::Write as _;

use super::number::write_float;
use super::operation::{Branches, Include, Lookup, Operand, Operation, Operations, Start};

/// Longest canonical text, in bytes: a partial that is included often is written out each time.
const CANONICAL_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The canonical text of `operations`.
pub fn canonical_text(operations: &Operations, partials: &[Operations]) -> String {
    let mut writer = Writer {
        out: String::new(),
        partials,
        open: Vec::new(),
    };
    writer.operations(operations);
    writer.out
}

struct Writer<'w> {
    out: String,
    partials: &'w [Operations],
    /// The partials being written out, so that recursion ends.
    open: Vec<usize>,
}

impl<'w> Writer<'w> {
    fn operations(&mut self, operations: &'w Operations) {
        for operation in operations.0.iter() {
            self.operation(operation);
        }
    }

    fn operation(&mut self, operation: &'w Operation) {
        match operation {
            Operation::Text(text) => self.out.push_str(&text.replace("{{", "\\{{")),
            Operation::Print(operand) => self.tag("", &[operand]),
            Operation::If {
                condition,
                include_zero,
                branches,
            } => {
                self.block("if", &[condition, include_zero], branches);
            }
            Operation::IfEquals {
                left,
                right,
                branches,
            } => {
                self.block("ifEquals", &[left, right], branches);
            }
            Operation::Each { over, branches, .. } => self.block("each", &[over], branches),
            Operation::With {
                context, branches, ..
            } => {
                self.block("with", &[context], branches);
            }
            Operation::Section { value, branches } => self.block("section", &[value], branches),
            Operation::Role(role) => {
                let _ = write!(self.out, "{{{{role \"{}\"}}}}", role.name());
            }
            Operation::RoleBlock(role, body) => {
                let _ = write!(self.out, "{{{{#role \"{}\"}}}}", role.name());
                self.operations(body);
                self.out.push_str("{{/role}}");
            }
            Operation::History => self.out.push_str("{{history}}"),
            Operation::Mark(name) => self.tag("section ", &[name]),
            Operation::SectionBlock(name, body) => {
                self.tag("section ", &[name]);
                self.operations(body);
            }
            Operation::Media { url, content_type } => self.tag("media ", &[url, content_type]),
            Operation::Partial(include) => self.include(include),
        }
    }

    fn tag(&mut self, name: &str, operands: &[&Operand]) {
        let _ = write!(self.out, "{{{{{name}");
        self.operands(operands);
        self.out.push_str("}}");
    }

    fn block(&mut self, name: &str, operands: &[&Operand], branches: &'w Branches) {
        let _ = write!(self.out, "{{{{#{name} ");
        self.operands(operands);
        self.out.push_str("}}");
        self.operations(&branches.then);
        if !branches.otherwise.is_empty() {
            self.out.push_str("{{else}}");
            self.operations(&branches.otherwise);
        }
        let _ = write!(self.out, "{{{{/{name}}}}}");
    }

    fn include(&mut self, include: &'w Include) {
        let partial = self.partials.get(include.index);
        let known = !self.open.contains(&include.index) && self.out.len() < CANONICAL_BYTES_MAX;
        let Some(partial) = partial.filter(|_| known) else {
            let _ = write!(self.out, "{{{{> {}}}}}", include.name);
            return;
        };
        let plain =
            include.context.is_none() && include.named.is_empty() && include.indent.is_empty();
        if !plain {
            let _ = write!(self.out, "{{{{#> {:?}", include.indent);
            if let Some(operand) = &include.context {
                self.out.push(' ');
                self.operand(operand);
            }
            for (name, operand) in &include.named {
                let _ = write!(self.out, " {name}=");
                self.operand(operand);
            }
            self.out.push_str("}}");
        }
        self.open.push(include.index);
        self.operations(partial);
        self.open.pop();
        if !plain {
            self.out.push_str("{{/>}}");
        }
    }

    fn operands(&mut self, operands: &[&Operand]) {
        let mut first = true;
        for operand in operands {
            if matches!(operand, Operand::Undefined) && !first {
                continue;
            }
            if !first {
                self.out.push(' ');
            }
            self.operand(operand);
            first = false;
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Undefined => self.out.push_str("undefined"),
            Operand::Null => self.out.push_str("null"),
            Operand::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Operand::Number(value) => write_float(&mut self.out, *value),
            Operand::Text(text) => {
                let _ = write!(self.out, "{text:?}");
            }
            Operand::Path(path) => self.path(path),
            Operand::Json(json) => {
                self.out.push_str("(json ");
                self.operands(&[&json.value, &json.indent]);
                self.out.push(')');
            }
            Operand::Member(pair) => {
                self.out.push_str("(lookup ");
                self.operands(&[&pair.0, &pair.1]);
                self.out.push(')');
            }
        }
    }

    fn path(&mut self, path: &Lookup) {
        let (prefix, depth) = match &path.start {
            Start::Context(depth) => (String::new(), *depth),
            Start::Parameter(level, index) => (format!("|{level}:{index}|"), 0),
            Start::Root => ("@root".to_owned(), 0),
            Start::Index(depth) => ("@index".to_owned(), *depth),
            Start::Key(depth) => ("@key".to_owned(), *depth),
            Start::First(depth) => ("@first".to_owned(), *depth),
            Start::Last(depth) => ("@last".to_owned(), *depth),
            Start::Data(name) => (format!("@[{name}]"), 0),
        };
        self.out.push_str(&"../".repeat(depth));
        self.out.push_str(&prefix);
        if prefix.is_empty() && path.parts.is_empty() {
            self.out.push_str("this");
        }
        let mut separated = prefix.is_empty();
        for part in &path.parts {
            if !separated {
                self.out.push('.');
            }
            let plain = part
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            if plain && &**part != "this" {
                self.out.push_str(part);
            } else {
                let _ = write!(self.out, "[{part}]");
            }
            separated = false;
        }
    }
}
