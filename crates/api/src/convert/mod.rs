//! From things of the domain to wire types and back. Free functions, no decisions.

pub(crate) mod activity;
pub(crate) mod analysis;
pub(crate) mod attribution;
pub(crate) mod bulk;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod data;
pub(crate) mod decisions;
pub(crate) mod designs;
pub(crate) mod drafts;
pub(crate) mod entries;
pub(crate) mod escalation;
pub(crate) mod events;
pub(crate) mod guards;
pub(crate) mod impact;
pub(crate) mod library;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod prompts;
pub(crate) mod quality;
pub(crate) mod records;
pub(crate) mod regressions;
pub(crate) mod releases;
pub(crate) mod rollouts;
pub(crate) mod search;
pub(crate) mod sources;
pub(crate) mod switchback;
pub(crate) mod variations;
pub(crate) mod verdicts;
pub(crate) mod workflows;

use variorum_api_types::problem::{Blocker, Conflict, ConflictHunk, Diagnostic};
use variorum_app::Error;
use variorum_app::library::pending;
use variorum_domain::id::{Oid, Time};
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

/// One thing that is in the way.
pub(crate) fn blocker(found: &variorum_domain::change::Blocker) -> Blocker {
    Blocker {
        code: found.code.to_owned(),
        message: crate::problem::sentence(&found.message),
        next: crate::problem::sentence(&found.next),
        path: found.path.clone(),
        line: found.line.map(place),
        field: found.field.clone(),
        who: found.who.clone(),
    }
}

/// A moment that may be missing; an empty text counts as missing.
pub(crate) fn moment(field: &str, text: Option<&str>) -> Result<Option<Time>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let at = crate::time::parse(text).ok_or_else(|| {
        Failure::invalid(
            &format!("`{field}` is not a time"),
            "Write it like 2026-12-24T18:00:00Z.",
        )
    })?;
    Ok(Some(at))
}

/// A word of a fixed list that may be missing.
pub(crate) fn word<T>(
    field: &str,
    text: Option<&str>,
    known: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let found = known(text).ok_or_else(|| {
        let hint = "The description of the API lists the words.";
        Failure::invalid(&format!("`{text}` is not a `{field}`"), hint)
    })?;
    Ok(Some(found))
}

/// A commit's id that may be missing.
pub(crate) fn commit(field: &str, text: Option<&str>) -> Result<Option<Oid>, Failure> {
    let text = text.filter(|text| !text.is_empty());
    let oid = text.map(str::parse::<Oid>).transpose();
    oid.map_err(|error| Failure::App(Error::invalid(format!("`{field}`: {error}"))))
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

/// What two people changed at once.
pub(crate) fn conflicts(error: &Error) -> Vec<Conflict> {
    match error {
        Error::Clash { conflicts, .. } => conflicts.iter().map(conflict).collect(),
        _ => Vec::new(),
    }
}

/// A file in which two people changed the same part.
pub(crate) fn conflict(part: &pending::Conflict) -> Conflict {
    let hunks = part.hunks.iter().map(|hunk| ConflictHunk {
        line: place(hunk.start_line),
        base: hunk.base.clone(),
        ours: hunk.ours.clone(),
        theirs: hunk.theirs.clone(),
    });
    Conflict {
        path: part.path.clone(),
        kind: kebab(&format!("{:?}", part.kind)),
        merged: part.merged_text.clone(),
        hunks: hunks.collect(),
    }
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
