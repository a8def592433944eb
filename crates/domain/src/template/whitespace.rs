//! White space around tags: `~`, and tags that stand alone on their line.
//!
//! The rules are those of handlebars.js, to the letter: a block's inside is done before its
//! outside, and a text is looked at as written but cut as it stands by then.

use super::ast::{Block, Content, Node, Program, Strip};
use super::span::{is_blank, is_space};

/// What the surroundings of a node may do to it.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    strip: Strip,
    /// The opening tag may stand alone on its line.
    opening: bool,
    /// The closing tag may stand alone on its line.
    closing: bool,
    /// The whole node may stand alone on its line.
    whole: bool,
}

/// Cuts the white space in `program`.
pub(super) fn control(source: &str, program: &mut Program, is_root: bool) {
    for at in 0..program.nodes.len() {
        let Some(standing) = standing(source, &mut program.nodes[at]) else {
            continue;
        };
        let before = is_blank_before(source, &program.nodes, at, is_root);
        let behind = is_blank_behind(source, &program.nodes, Some(at), is_root);
        if standing.strip.close {
            cut_start(source, &mut program.nodes, at + 1, true);
        }
        if standing.strip.open {
            cut_end(source, &mut program.nodes, at, true);
        }
        if standing.whole && before && behind {
            stand_alone(source, &mut program.nodes, at);
        }
        if standing.opening && before {
            if let Some(first) = branch(&mut program.nodes[at], true) {
                cut_start(source, &mut first.nodes, 0, false);
            }
            cut_end(source, &mut program.nodes, at, false);
        }
        if standing.closing && behind {
            cut_start(source, &mut program.nodes, at + 1, false);
            if let Some(last) = branch(&mut program.nodes[at], false) {
                let end = last.nodes.len();
                cut_end(source, &mut last.nodes, end, false);
            }
        }
    }
}

/// The first or the last branch of a block.
fn branch(node: &mut Node, first: bool) -> Option<&mut Program> {
    let Node::Block(block) = node else {
        return None;
    };
    if first {
        block.program.as_mut().or(block.inverse.as_mut())
    } else {
        block.inverse.as_mut().or(block.program.as_mut())
    }
}

fn stand_alone(source: &str, nodes: &mut [Node], at: usize) {
    cut_start(source, nodes, at + 1, false);
    let indent = match at.checked_sub(1).and_then(|before| nodes.get(before)) {
        Some(Node::Content(content)) => {
            let text = &source[content.original.clone()];
            text[text.trim_end_matches([' ', '\t']).len()..].to_owned()
        }
        _ => String::new(),
    };
    if cut_end(source, nodes, at, false)
        && let Some(Node::Partial(partial)) = nodes.get_mut(at)
    {
        partial.indent = indent;
    }
}

fn standing(source: &str, node: &mut Node) -> Option<Standing> {
    match node {
        Node::Content(_) => None,
        Node::Mustache(node) => Some(Standing {
            strip: node.strip,
            ..Standing::default()
        }),
        Node::Comment(node) => Some(Standing {
            strip: node.strip,
            whole: true,
            ..Standing::default()
        }),
        Node::Partial(node) => Some(Standing {
            strip: node.strip,
            whole: true,
            ..Standing::default()
        }),
        Node::Block(block) => Some(block_standing(source, block)),
    }
}

fn block_standing(source: &str, block: &mut Block) -> Standing {
    for part in [&mut block.program, &mut block.inverse]
        .into_iter()
        .flatten()
    {
        control(source, part, false);
    }
    let strip = Strip {
        open: block.open_strip.open,
        close: block.close_strip.close,
    };
    let (open, between, close) = (block.open_strip, block.inverse_strip, block.close_strip);
    let Block {
        program, inverse, ..
    } = block;
    let (main, other) = match (program, inverse) {
        (Some(main), other) => (main, other.as_mut()),
        (None, Some(main)) => (main, None),
        (None, None) => {
            return Standing {
                strip,
                ..Standing::default()
            };
        }
    };
    let opening = is_blank_behind(source, &main.nodes, None, false);
    let last_text = match &other {
        Some(other) => first_branch(other),
        None => &main.nodes[..],
    };
    let closing = is_blank_before(source, last_text, last_text.len(), false);
    if open.close {
        cut_start(source, &mut main.nodes, 0, true);
    }
    let end = main.nodes.len();
    let Some(other) = other else {
        if close.open {
            cut_end(source, &mut main.nodes, end, true);
        }
        return Standing {
            strip,
            opening,
            closing,
            whole: false,
        };
    };
    if between.open {
        cut_end(source, &mut main.nodes, end, true);
    }
    if between.close {
        on_first_branch(other, |nodes| cut_start(source, nodes, 0, true));
    }
    if close.open {
        on_first_branch(other, |nodes| {
            cut_end(source, nodes, nodes.len(), true);
        });
    }
    let alone = is_blank_before(source, &main.nodes, end, false)
        && is_blank_behind(source, first_branch(other), None, false);
    if alone {
        cut_end(source, &mut main.nodes, end, false);
        on_first_branch(other, |nodes| cut_start(source, nodes, 0, false));
    }
    Standing {
        strip,
        opening,
        closing,
        whole: false,
    }
}

/// The nodes that follow the first `else` or `else if` in the source.
fn first_branch(inverse: &Program) -> &[Node] {
    match inverse.nodes.first() {
        Some(Node::Block(block)) if inverse.chained => {
            block.program.as_ref().map_or(&[], |program| &program.nodes)
        }
        _ => &inverse.nodes,
    }
}

/// Does something to the nodes that follow the first `else` or `else if`.
fn on_first_branch(inverse: &mut Program, act: impl FnOnce(&mut [Node])) {
    if inverse.chained
        && let Some(Node::Block(block)) = inverse.nodes.first_mut()
        && let Some(program) = &mut block.program
    {
        act(&mut program.nodes);
    } else {
        act(&mut inverse.nodes);
    }
}

fn content(nodes: &[Node], at: usize) -> Option<&Content> {
    match nodes.get(at) {
        Some(Node::Content(content)) => Some(content),
        _ => None,
    }
}

/// Whether only white space stands between node `at` and the line break before it.
fn is_blank_before(source: &str, nodes: &[Node], at: usize, is_root: bool) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return is_root;
    };
    let Some(content) = content(nodes, before) else {
        return false;
    };
    let text = &source[content.original.clone()];
    let blank = &text[text.trim_end_matches(is_space).len()..];
    blank.contains('\n') || (is_root && before == 0 && is_blank(text))
}

/// Whether only white space stands between node `at` and the line break behind it; without
/// `at`, between the start of `nodes` and its first line break.
fn is_blank_behind(source: &str, nodes: &[Node], at: Option<usize>, is_root: bool) -> bool {
    let next = at.map_or(0, |at| at + 1);
    if next >= nodes.len() {
        return is_root;
    }
    let Some(content) = content(nodes, next) else {
        return false;
    };
    let text = &source[content.original.clone()];
    let blank = &text[..text.len() - text.trim_start_matches(is_space).len()];
    blank.contains('\n') || (is_root && next + 1 == nodes.len() && is_blank(text))
}

/// Cuts white space at the start of node `at`: all of it, or up to the end of the line.
fn cut_start(source: &str, nodes: &mut [Node], at: usize, all: bool) {
    let Some(Node::Content(content)) = nodes.get_mut(at) else {
        return;
    };
    if !all && content.right_stripped {
        return;
    }
    let text = &source[content.kept.clone()];
    let rest = if all {
        text.trim_start_matches(is_space)
    } else {
        let line = text.trim_start_matches([' ', '\t']);
        line.strip_prefix("\r\n")
            .or_else(|| line.strip_prefix('\n'))
            .unwrap_or(line.strip_prefix('\r').unwrap_or(line))
    };
    content.right_stripped = rest.len() != text.len();
    content.kept.start = content.kept.end - rest.len();
}

/// Cuts white space at the end of the node before `at`: all of it, or within the line.
fn cut_end(source: &str, nodes: &mut [Node], at: usize, all: bool) -> bool {
    let Some(Node::Content(content)) = at.checked_sub(1).and_then(|before| nodes.get_mut(before))
    else {
        return false;
    };
    if !all && content.left_stripped {
        return false;
    }
    let text = &source[content.kept.clone()];
    let rest = if all {
        text.trim_end_matches(is_space)
    } else {
        text.trim_end_matches([' ', '\t'])
    };
    content.left_stripped = rest.len() != text.len();
    content.kept.end = content.kept.start + rest.len();
    content.left_stripped
}
