//! A prompt as people read it: pieces of text, variables, partials and conditions, by role.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::prompt::PromptFile;
use crate::template::{Block, Call, Expression, Literal, Mustache, Node, Program, Role};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Text as it stands.
    Text,
    /// A value that is filled in.
    Variable,
    /// Another text that is included.
    Partial,
    /// A condition or loop begins, turns or ends.
    Condition,
    /// Something else that is called.
    Helper,
}

impl PieceKind {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Variable => "variable",
            Self::Partial => "partial",
            Self::Condition => "condition",
            Self::Helper => "helper",
        }
    }
}

/// One piece with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who speaks.
    pub role: Role,
    /// What it is.
    pub kind: PieceKind,
    /// The text, or the name of the variable or partial, or the words of a condition.
    pub text: String,
    /// Where it stands in the file, in bytes.
    pub range: Range<usize>,
}

/// Cuts a prompt into pieces; everything before the first role is the user's.
pub fn outline(file: &PromptFile) -> Vec<Part> {
    let template = file.partial_template();
    let mut walk = Walk {
        source: template.source(),
        role: Role::User,
        parts: Vec::new(),
    };
    walk.program(template.program());
    walk.parts
}

struct Walk<'a> {
    source: &'a str,
    role: Role,
    parts: Vec<Part>,
}

impl Walk<'_> {
    fn program(&mut self, program: &Program) {
        for node in &program.nodes {
            match node {
                Node::Content(content) => {
                    let text = self
                        .source
                        .get(content.original.clone())
                        .unwrap_or_default();
                    self.push(PieceKind::Text, text.to_owned(), content.original.clone());
                }
                Node::Comment(_) => {}
                Node::Mustache(mustache) => self.mustache(mustache),
                Node::Block(block) => self.block(block),
                Node::Partial(partial) => {
                    let range = range_of(&partial.call);
                    self.push(PieceKind::Partial, partial.name.clone(), range);
                }
            }
        }
    }

    fn mustache(&mut self, mustache: &Mustache) {
        let call = &mustache.call;
        let name = call.callee.name();
        if name == "role" {
            if let Some(role) = literal(call.arguments.first()).and_then(Role::from_name) {
                self.role = role;
            }
            return;
        }
        let plain = call.arguments.is_empty() && call.named.is_empty();
        let kind = if plain && name != "history" {
            PieceKind::Variable
        } else {
            PieceKind::Helper
        };
        self.push(kind, if plain { name } else { words(call) }, range_of(call));
    }

    fn block(&mut self, block: &Block) {
        self.push(
            PieceKind::Condition,
            words(&block.call),
            range_of(&block.call),
        );
        if let Some(program) = &block.program {
            self.program(program);
        }
        let end = block.span.end..block.span.end;
        if let Some(inverse) = &block.inverse {
            if !inverse.chained {
                self.push(PieceKind::Condition, "otherwise".into(), end.clone());
            }
            self.program(inverse);
            if inverse.chained {
                return;
            }
        }
        self.push(PieceKind::Condition, "end".into(), end);
    }

    fn push(&mut self, kind: PieceKind, text: String, range: Range<usize>) {
        if !text.is_empty() {
            self.parts.push(Part {
                role: self.role,
                kind,
                text,
                range,
            });
        }
    }
}

fn range_of(call: &Call) -> Range<usize> {
    call.span.start..call.span.end
}

fn literal(expression: Option<&Expression>) -> Option<&str> {
    match expression {
        Some(Expression::Literal(Literal::Text(text), _)) => Some(text),
        _ => None,
    }
}

/// A call in words: `if vip`, `each items`, `ifEquals tier "gold"`.
fn words(call: &Call) -> String {
    let mut words = vec![call.callee.name()];
    words.extend(call.arguments.iter().map(|argument| match argument {
        Expression::Literal(Literal::Text(text), _) => format!("“{text}”"),
        other => other.name(),
    }));
    words.join(" ")
}

/// A variable of a prompt, for forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The JSON type; empty where it is not declared.
    pub kind: String,
    /// What it holds.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// The value it has where none is given.
    pub default: Option<Value>,
    /// Allowed values, where there is a list.
    pub choices: Vec<Value>,
}

impl Variable {
    /// A value for a preview: its default, its first choice, or its own name.
    pub fn sample(&self) -> Value {
        let first = || self.choices.first().cloned();
        self.default
            .clone()
            .or_else(first)
            .unwrap_or_else(|| match self.kind.as_str() {
                "boolean" => Value::Bool(true),
                "number" | "integer" => Value::from(42),
                "array" => Value::Array(vec![Value::from(self.spoken_name())]),
                "object" => Value::Object(Map::new()),
                _ => Value::from(self.spoken_name()),
            })
    }

    fn spoken_name(&self) -> String {
        format!("‹{}›", self.name.replace('_', " "))
    }
}

/// The declared variables of a prompt, then those its text uses without declaring them.
pub fn variables(file: &PromptFile, used: &[String]) -> Vec<Variable> {
    let schema = file.front_matter.input_schema.as_ref();
    let required: Vec<&str> = schema
        .and_then(|schema| schema["required"].as_array())
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = schema.and_then(|schema| schema["properties"].as_object());
    let default = |name: &str| file.front_matter.input_default.get(name).cloned();
    let mut variables: Vec<Variable> = properties
        .into_iter()
        .flatten()
        .map(|(name, shape)| Variable {
            name: name.clone(),
            kind: type_of(shape),
            description: shape["description"].as_str().unwrap_or_default().to_owned(),
            required: required.contains(&name.as_str()),
            default: default(name),
            choices: shape["enum"].as_array().cloned().unwrap_or_default(),
        })
        .collect();
    for name in used {
        if !variables.iter().any(|known| known.name == *name) {
            variables.push(Variable {
                name: name.clone(),
                kind: String::new(),
                description: String::new(),
                required: false,
                default: default(name),
                choices: Vec::new(),
            });
        }
    }
    variables
}

/// `string`, or the first type that is not null where several are allowed.
pub(crate) fn type_of(shape: &Value) -> String {
    match &shape["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let named = kinds
                .iter()
                .filter_map(Value::as_str)
                .find(|kind| *kind != "null");
            named.unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt;

    #[test]
    fn a_prompt_is_cut_by_role_and_kind() {
        let file = prompt::parse(
            "---\nmodel: a/b\n---\n{{role \"system\"}}\n{{> voice}}\nWrite to {{name}}.{{#if vip}}Thank them.{{else}}Invite.{{/if}}\n",
        );
        let parts: Vec<(Role, PieceKind, String)> = outline(&file)
            .into_iter()
            .map(|part| (part.role, part.kind, part.text))
            .collect();
        let kinds: Vec<PieceKind> = parts.iter().map(|(_, kind, _)| *kind).collect();
        assert!(parts.iter().all(|(role, ..)| *role == Role::System));
        assert!(kinds.contains(&PieceKind::Partial));
        assert!(parts.contains(&(Role::System, PieceKind::Variable, "name".into())));
        assert!(parts.contains(&(Role::System, PieceKind::Condition, "if vip".into())));
        assert!(parts.contains(&(Role::System, PieceKind::Condition, "otherwise".into())));
    }

    #[test]
    fn variables_know_their_type_and_default() {
        let file = prompt::parse(
            "---\ninput:\n  schema:\n    name: string, who it is\n    vip?: boolean\n  default: {vip: false}\n---\n{{name}} {{extra}}\n",
        );
        let found = variables(&file, &["name".into(), "extra".into()]);
        assert_eq!(found[0].kind, "string");
        assert!(found[0].required);
        assert_eq!(found[1].default, Some(Value::Bool(false)));
        assert_eq!(found[2].name, "extra");
    }
}
