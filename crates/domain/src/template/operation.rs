//! A template made ready to be filled in: no names to resolve, no positions, nothing borrowed.

use std::sync::Arc;

use super::Role;

/// Steps in order; immutable and free of references, so that threads can share them. A copy is the same
/// steps in the same place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Operations(pub(super) Arc<[Operation]>);

impl Operations {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nobody else holds these steps.
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// Two branches, one of which is taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Branches {
    pub(super) then: Operations,
    pub(super) otherwise: Operations,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operation {
    Text(Box<str>),
    Print(Operand),
    /// Also `unless`, with the branches swapped.
    If {
        condition: Operand,
        include_zero: Operand,
        branches: Box<Branches>,
    },
    /// Also `unlessEquals`, with the branches swapped.
    IfEquals {
        left: Operand,
        right: Operand,
        branches: Box<Branches>,
    },
    Each {
        over: Operand,
        parameters: bool,
        branches: Box<Branches>,
    },
    With {
        context: Operand,
        parameters: bool,
        branches: Box<Branches>,
    },
    /// `{{#name}}` without a helper: a loop, a context or a condition, as the value has it.
    Section {
        value: Operand,
        branches: Box<Branches>,
    },
    Role(Role),
    /// A role for the inside of a block.
    RoleBlock(Role, Operations),
    SectionBlock(Operand, Operations),
    History,
    Mark(Operand),
    Media {
        url: Operand,
        content_type: Operand,
    },
    Partial(Box<Include>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Include {
    pub(super) name: Box<str>,
    /// Position in the table of partials.
    pub(super) index: usize,
    pub(super) context: Option<Operand>,
    pub(super) named: Box<[(Box<str>, Operand)]>,
    pub(super) indent: Box<str>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    Path(Lookup),
    Json(Box<Json>),
    /// `lookup object key`.
    Member(Box<(Operand, Operand)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Json {
    pub(super) value: Operand,
    pub(super) indent: Operand,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lookup {
    pub(super) start: Start,
    pub(super) parts: Box<[Box<str>]>,
}

/// Where a path starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Start {
    /// The context so many levels up.
    Context(usize),
    /// The name given by `as |…|`: so many blocks with names up, and which of its names.
    Parameter(usize, usize),
    Root,
    Index(usize),
    Key(usize),
    First(usize),
    Last(usize),
    /// Another `@name`, from the data given with the variables.
    Data(Box<str>),
}
