//! From things of the domain to wire types and back. Free functions, no decisions.

pub(crate) mod activity;
pub(crate) mod entries;
pub(crate) mod events;
pub(crate) mod library;
pub(crate) mod people;
pub(crate) mod prompts;
pub(crate) mod releases;
pub(crate) mod rollouts;

use variorum_api_types::problem::{Conflict, ConflictHunk, Diagnostic};
use variorum_app::Error;
use variorum_domain::{access, prompt};

use crate::problem::Failure;

/// A place in a text; the wire has 32 bits for it.
fn place(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A finding.
pub(crate) fn diagnostic(found: &prompt::Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: if found.is_error() { "error" } else { "warning" }.to_owned(),
        code: found.code.to_owned(),
        message: crate::problem::sentence(&found.message),
        path: found.path.clone(),
        line: place(found.line),
        column: place(found.column),
    }
}

/// A role by its name.
pub(crate) fn role(name: &str) -> Result<access::Role, Failure> {
    access::Role::from_name(name).ok_or_else(|| {
        Failure::App(Error::invalid_with_hint(
            format!("there is no role `{name}`"),
            "use one of viewer, author, publisher, administrator",
        ))
    })
}

/// The word on the wire for a variant's name: `BothChanged` becomes `both-changed`.
pub(crate) fn kebab(name: &str) -> String {
    let mut word = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

/// What two people changed at once. Git's types have no name in this room: their fields do.
pub(crate) fn conflicts(error: &Error) -> Vec<Conflict> {
    let Error::Clash { conflicts, .. } = error else {
        return Vec::new();
    };
    let parts = conflicts.iter().map(|part| Conflict {
        path: part.path.clone(),
        kind: kebab(&format!("{:?}", part.kind)),
        merged: part.merged_text.clone(),
        hunks: part
            .hunks
            .iter()
            .map(|hunk| ConflictHunk {
                line: place(hunk.start_line),
                base: hunk.base.clone(),
                ours: hunk.ours.clone(),
                theirs: hunk.theirs.clone(),
            })
            .collect(),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(kebab("BothChanged"), "both-changed");
        assert_eq!(kebab("Other"), "other");
    }
}
