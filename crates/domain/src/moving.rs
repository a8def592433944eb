//! What has to be written anew in other files when files get new paths: inclusions of partials, steps
//! of workflows, suites. Pure: one text in, one text out, and proof that it now refers to the new
//! places and to nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::impact::{Edge, EdgeKind, edges_of_prompt, edges_of_text, prompt_path};
use crate::library::{FileKind, partial_name, prompt_id};
use crate::prompt;

/// New paths by old ones.
pub type Moves = BTreeMap<String, String>;

/// A file's text with its references following the moves: `None` where nothing in it changes. `old` is
/// where the file stood and `new` where it stands now.
///
/// # Errors
///
/// Why a reference cannot be written anew safely.
pub fn follow(old: &str, new: &str, text: &str, moves: &Moves) -> Result<Option<String>, String> {
    let moves = &with_aliases(moves);
    let before = edges(old, text);
    let wanted: BTreeSet<Edge> = before.iter().map(|edge| moved(edge, moves)).collect();
    if old == new && wanted == before {
        return Ok(None);
    }
    let after = match FileKind::of(old) {
        FileKind::Prompt | FileKind::Partial => partials(text, moves),
        FileKind::Workflow | FileKind::Suite => references(old, new, text, moves),
        _ => return Ok(None),
    };
    let varies = |edges: BTreeSet<Edge>| -> BTreeSet<Edge> {
        edges
            .into_iter()
            .filter(|edge| edge.kind != EdgeKind::Varies)
            .collect()
    };
    if varies(edges(new, &after)) != varies(wanted) {
        let lost = before.iter().find(|edge| moved(edge, moves) != **edge);
        let lost = lost.map_or_else(
            || "something beside it".to_owned(),
            |edge| format!("`{}`", edge.to),
        );
        return Err(format!(
            "it refers to {lost} in a way that cannot be rewritten safely; edit it by hand first"
        ));
    }
    Ok((after != text).then_some(after))
}

/// A prompt elsewhere than in `prompts/` is known by the path that its id would have there, too.
fn with_aliases(moves: &Moves) -> Moves {
    let alias = |path: &str| prompt_path(prompt_id(path));
    let prompts = moves
        .iter()
        .filter(|(old, _)| FileKind::of(old).is_prompt());
    let aliases = prompts.map(|(old, new)| (alias(old), alias(new)));
    let own = moves.iter().map(|(old, new)| (old.clone(), new.clone()));
    aliases.chain(own).collect()
}

fn edges(path: &str, text: &str) -> BTreeSet<Edge> {
    match FileKind::of(path) {
        FileKind::Prompt | FileKind::Partial => edges_of_prompt(path, &prompt::parse(text)),
        _ => edges_of_text(path, text),
    }
}

fn moved(edge: &Edge, moves: &Moves) -> Edge {
    let to = match edge.kind {
        EdgeKind::Includes => {
            let renamed = renamed_partials(moves).find(|(old, _)| *old == edge.to);
            renamed.map(|(_, new)| new.to_owned())
        }
        kind if kind.belongs() => None,
        _ => moves.get(&edge.to).cloned(),
    };
    Edge::new(edge.kind, to.unwrap_or_else(|| edge.to.clone()))
}

/// Old and new names of partials whose names change.
pub fn renamed_partials(moves: &Moves) -> impl Iterator<Item = (&str, &str)> {
    let names = moves
        .iter()
        .filter_map(|(old, new)| Some((partial_name(old)?, partial_name(new)?)));
    names.filter(|(old, new)| old != new)
}

/// Partial tags with new names.
fn partials(text: &str, moves: &Moves) -> String {
    let names: BTreeMap<&str, &str> = renamed_partials(moves).collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let (plain, tag) = rest.split_at(at + 2);
        out.push_str(plain);
        rest = tag;
        let head = tag.len() - tag.trim_start_matches(['~', '#', ' ', '\t']).len();
        let Some(after) = tag[head..].strip_prefix('>') else {
            continue;
        };
        let blank = after.len() - after.trim_start().len();
        let name = &after[blank..];
        let end = name.find(|sign: char| sign.is_whitespace() || sign == '}' || sign == '~');
        let name = &name[..end.unwrap_or(name.len())];
        let done = head + 1 + blank + name.len();
        let bare = name.trim_matches(['"', '\'']);
        match names.get(bare) {
            Some(new) => out.push_str(&tag[..done].replace(bare, new)),
            None => out.push_str(&tag[..done]),
        }
        rest = &tag[done..];
    }
    out.push_str(rest);
    out
}

/// Values of YAML that name a moved prompt by its id, its path, or from beside.
fn references(old: &str, new: &str, text: &str, moves: &Moves) -> String {
    let lines = text.split_inclusive('\n');
    let rewritten: Vec<String> = lines
        .map(|line| line_of_values(old, new, line, moves))
        .collect();
    rewritten.concat()
}

fn line_of_values(old: &str, new: &str, line: &str, moves: &Moves) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut value_may_begin = line.trim_start().starts_with("- ");
    while !rest.is_empty() {
        let end = rest.find(|sign: char| sign.is_whitespace() || "[]{},\"'".contains(sign));
        let end = end.unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        if token.is_empty() {
            let sign = after.chars().next().map_or(1, char::len_utf8);
            out.push_str(&after[..sign]);
            value_may_begin |= matches!(&after[..sign], "[" | ",");
            rest = &after[sign..];
            continue;
        }
        let key = token.ends_with(':');
        if value_may_begin && !key {
            out.push_str(&value(old, new, token, moves).unwrap_or_else(|| token.to_owned()));
        } else {
            out.push_str(token);
        }
        value_may_begin = key || token == "-";
        rest = after;
    }
    out
}

/// What a value becomes, where it names a moved file or stands in one.
fn value(old: &str, new: &str, text: &str, moves: &Moves) -> Option<String> {
    if let Some(file) = text.strip_prefix("file://") {
        let target = beside(old, file)?;
        let target_now = moves.get(&target).unwrap_or(&target);
        if *target_now == target && old == new {
            return None;
        }
        return Some(format!("file://{}", from_beside(new, target_now)));
    }
    let now = moves.get(&prompt_path(text))?;
    Some(if prompt_id(text) == text {
        prompt_id(now).to_owned()
    } else {
        now.clone()
    })
}

/// A file named from beside another one.
fn beside(path: &str, named: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    if named.starts_with('/') {
        parts.clear();
    }
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// How one file names another.
fn from_beside(path: &str, target: &str) -> String {
    let mut from: Vec<&str> = path.split('/').collect();
    from.pop();
    let to: Vec<&str> = target.split('/').collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().copied())
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(pairs: &[(&str, &str)]) -> Moves {
        pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn partials_follow_their_names() {
        let moves = moves(&[
            ("prompts/_voice.prompt", "prompts/shared/_tone.prompt"),
            ("prompts/_legal.prompt", "prompts/x/_legal.prompt"),
        ]);
        let text = "---\nmodel: x\n---\n{{> voice a=\"voice\"}}{{~>  voice~}} {{>legal}} voice {{{{raw}}}}\n";
        let text = &text.replace("{{{{raw}}}}", "");
        let after = follow("a.prompt", "a.prompt", text, &moves)
            .unwrap()
            .unwrap();
        assert_eq!(
            after,
            "---\nmodel: x\n---\n{{> tone a=\"voice\"}}{{~>  tone~}} {{>legal}} voice \n"
        );
        assert_eq!(
            follow("a.prompt", "a.prompt", "{{> other}}", &moves),
            Ok(None)
        );
    }

    #[test]
    fn workflows_and_suites_follow_prompts() {
        let moves = moves(&[
            ("prompts/email/a.prompt", "prompts/mail/b.prompt"),
            ("skills/s/SKILL.md", "skills/t/SKILL.md"),
        ]);
        let workflow = "# email/a\nsteps:\n  - id: one\n    prompt: email/a # email/a\n  - {id: two, prompt: \"email/a\"}\n  - id: email\n    prompt: skills/s/SKILL\n";
        let after = follow(
            "workflows/w.workflow.yaml",
            "workflows/w.workflow.yaml",
            workflow,
            &moves,
        );
        assert_eq!(
            after.unwrap().unwrap(),
            "# email/a\nsteps:\n  - id: one\n    prompt: mail/b # email/a\n  - {id: two, prompt: \"mail/b\"}\n  - id: email\n    prompt: skills/t/SKILL\n"
        );
        let suite = "prompts: [file://../prompts/email/a.prompt, 'email/a', email/ab]\n";
        let after = follow("suites/a.test.yaml", "suites/a.test.yaml", suite, &moves);
        assert_eq!(
            after.unwrap().unwrap(),
            "prompts: [file://../prompts/mail/b.prompt, 'mail/b', email/ab]\n"
        );
        let after = follow(
            "suites/a.test.yaml",
            "suites/deep/a.test.yaml",
            suite,
            &moves,
        );
        assert_eq!(
            after.unwrap().unwrap(),
            "prompts: [file://../../prompts/mail/b.prompt, 'mail/b', email/ab]\n"
        );
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let moves = moves(&[("prompts/email/a.prompt", "prompts/mail/b.prompt")]);
        let folded = "steps:\n  - id: one\n    prompt: >-\n      email/a\n";
        let refused = follow("w.workflow.yaml", "w.workflow.yaml", folded, &moves).unwrap_err();
        assert!(refused.contains("`prompts/email/a.prompt`"), "{refused}");
    }
}
