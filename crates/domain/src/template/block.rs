//! The open blocks while a template is read: which is closed by which tag.
//!
//! Knows nothing about the source text; [`super::parser`] does.

use super::NESTING_DEPTH_MAX;
use super::ast::{Block, Call, Expression, Literal, Node, Program, Strip};
use super::error::{Fault, TemplateError};
use super::span::Span;

/// The opening tag of a block.
#[derive(Debug)]
pub(super) struct OpenBlock {
    call: Call,
    parameters: Vec<String>,
    strip: Strip,
    /// The tag could not be read; the fault is noted already.
    broken: bool,
}

impl OpenBlock {
    pub(super) fn new(call: Call, parameters: Vec<String>, strip: Strip) -> Self {
        Self {
            call,
            parameters,
            strip,
            broken: false,
        }
    }

    pub(super) fn broken(name: String, span: Span) -> Self {
        let callee = Expression::Literal(Literal::Text(name), span);
        let call = Call {
            callee,
            arguments: Vec::new(),
            named: Vec::new(),
            span,
        };
        Self {
            call,
            parameters: Vec::new(),
            strip: Strip::default(),
            broken: true,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.call.span
    }
}

/// An `else` and what follows it.
#[derive(Debug)]
struct Branch {
    /// The opening part of `else if …`; absent in a plain `else`.
    open: Option<OpenBlock>,
    strip: Strip,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Frame {
    open: OpenBlock,
    inverted: bool,
    nodes: Vec<Node>,
    branches: Vec<Branch>,
}

/// What follows an `else`, folded.
struct Inverse {
    program: Program,
    strip: Strip,
}

/// The stack of open blocks and the nodes outside of all of them.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    root: Vec<Node>,
    frames: Vec<Frame>,
}

impl Blocks {
    /// Adds a node to the innermost open branch.
    pub(super) fn push(&mut self, node: Node) {
        let nodes = match self.frames.last_mut() {
            None => &mut self.root,
            Some(frame) => match frame.branches.last_mut() {
                None => &mut frame.nodes,
                Some(branch) => &mut branch.nodes,
            },
        };
        nodes.push(node);
    }

    fn depth(&self) -> usize {
        self.frames
            .iter()
            .map(|frame| 1 + frame.branches.len())
            .sum()
    }

    fn check_depth(&self, span: Span) -> Result<(), TemplateError> {
        if self.depth() < NESTING_DEPTH_MAX {
            return Ok(());
        }
        let message = format!("more than {NESTING_DEPTH_MAX} blocks and branches are nested");
        Err(TemplateError::new(Fault::LimitExceeded, span, message))
    }

    /// Opens a block unless too many are open.
    pub(super) fn open_checked(
        &mut self,
        open: OpenBlock,
        inverted: bool,
    ) -> Result<(), TemplateError> {
        let checked = self.check_depth(open.span());
        if checked.is_ok() {
            self.open(open, inverted);
        }
        checked
    }

    /// Opens a block; one that is too deep is left out.
    pub(super) fn open(&mut self, open: OpenBlock, inverted: bool) {
        if self.depth() < NESTING_DEPTH_MAX {
            self.frames.push(Frame {
                open,
                inverted,
                nodes: Vec::new(),
                branches: Vec::new(),
            });
        }
    }

    /// Starts the next branch of the innermost block.
    pub(super) fn start_else(
        &mut self,
        open: Option<OpenBlock>,
        strip: Strip,
        span: Span,
    ) -> Result<(), TemplateError> {
        self.check_depth(span)?;
        let fault = |message: &str| Err(TemplateError::new(Fault::MisplacedElse, span, message));
        let Some(frame) = self.frames.last_mut() else {
            return fault("`else` stands outside of a block");
        };
        if frame
            .branches
            .last()
            .is_some_and(|branch| branch.open.is_none())
        {
            return fault("nothing can follow the last `else` of a block");
        }
        if frame.inverted && open.is_some() {
            return fault("`else if` cannot follow `^`");
        }
        frame.branches.push(Branch {
            open,
            strip,
            nodes: Vec::new(),
        });
        Ok(())
    }

    /// Closes the innermost block called `name`, and all that are open inside it.
    pub(super) fn close(
        &mut self,
        name: &str,
        strip: Strip,
        span: Span,
        faults: &mut Vec<TemplateError>,
    ) -> Result<(), TemplateError> {
        let same = |frame: &Frame| frame.open.call.callee.name() == name;
        let Some(at) = self.frames.iter().rposition(same) else {
            return Err(self.unmatched(name, span));
        };
        while self.frames.len() > at + 1 {
            self.close_unclosed(faults);
        }
        if let Some(frame) = self.frames.pop() {
            let node = fold(frame, strip, span.end);
            self.push(node);
        }
        Ok(())
    }

    fn unmatched(&self, name: &str, span: Span) -> TemplateError {
        let message = match self.frames.last() {
            None => format!("`/{name}` closes a block that was never opened"),
            Some(frame) => {
                let open = frame.open.call.callee.name();
                format!("`/{name}` does not match the open block `{open}`")
            }
        };
        TemplateError::new(Fault::UnmatchedClose, span, message)
    }

    fn close_unclosed(&mut self, faults: &mut Vec<TemplateError>) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        if !frame.open.broken {
            let message = format!("block `{}` is never closed", frame.open.call.callee.name());
            faults.push(TemplateError::new(
                Fault::UnclosedBlock,
                frame.open.span(),
                message,
            ));
        }
        let end = frame.open.span().end;
        let node = fold(frame, Strip::default(), end);
        self.push(node);
    }

    /// Ends the template.
    pub(super) fn finish(&mut self, faults: &mut Vec<TemplateError>) -> Program {
        while !self.frames.is_empty() {
            self.close_unclosed(faults);
        }
        Program {
            nodes: std::mem::take(&mut self.root),
            chained: false,
        }
    }
}

/// Makes a block of a frame; an `else if` becomes a block inside the `else` branch.
fn fold(frame: Frame, close: Strip, end: usize) -> Node {
    let mut inverse: Option<Inverse> = None;
    for branch in frame.branches.into_iter().rev() {
        let program = match branch.open {
            None => Program {
                nodes: branch.nodes,
                chained: false,
            },
            Some(open) => {
                let close = inverse
                    .as_ref()
                    .map(|inverse| inverse.strip)
                    .unwrap_or_default();
                let inner = block(open, branch.nodes, inverse.take(), close, end);
                Program {
                    nodes: vec![Node::Block(Box::new(inner))],
                    chained: true,
                }
            }
        };
        inverse = Some(Inverse {
            program,
            strip: branch.strip,
        });
    }
    let mut outer = block(frame.open, frame.nodes, inverse, close, end);
    if frame.inverted {
        std::mem::swap(&mut outer.program, &mut outer.inverse);
    }
    Node::Block(Box::new(outer))
}

fn block(
    open: OpenBlock,
    nodes: Vec<Node>,
    inverse: Option<Inverse>,
    close_strip: Strip,
    end: usize,
) -> Block {
    let mut span = open.call.span;
    span.end = end.max(span.end);
    let inverse_strip = inverse
        .as_ref()
        .map(|inverse| inverse.strip)
        .unwrap_or_default();
    let mut inverse = inverse.map(|inverse| inverse.program);
    if let Some(Program {
        nodes,
        chained: true,
    }) = &mut inverse
        && let Some(Node::Block(inner)) = nodes.first_mut()
    {
        inner.close_strip = close_strip;
    }
    Block {
        call: open.call,
        parameters: open.parameters,
        program: Some(Program {
            nodes,
            chained: false,
        }),
        inverse,
        span,
        open_strip: open.strip,
        inverse_strip,
        close_strip,
    }
}
