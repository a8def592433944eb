//! Checks a variation against its base: it fills slots, sets opened fields, says who it is, and
//! does nothing else.

use super::fields::{self, is_open};
use super::slots::{self, Read};
use super::{OPEN_KEY, Opening};
use crate::prompt::{Diagnostic, NAMESPACE, PromptFile, suggestion};

/// Most findings about text outside of slots.
const LOCKED_MAX: usize = 10;

/// What a variation does, and what is wrong with it.
pub(super) struct Own {
    pub(super) read: Read,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Checks `file` against what `base` opens.
pub(super) fn own(file: &PromptFile, base: &str, opening: &Opening) -> Own {
    let mut read = slots::read(file);
    let mut diagnostics = file.diagnostics.clone();
    diagnostics.append(&mut read.diagnostics);
    locked_text(&read, base, opening, &mut diagnostics);
    unknown_slots(&read, base, opening, &mut diagnostics);
    locked_fields(file, base, opening, &mut diagnostics);
    for finding in &mut diagnostics {
        finding.path.clone_from(&file.path);
    }
    diagnostics.sort_by_key(|finding| (finding.line, finding.column));
    Own { read, diagnostics }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

fn opened_slots(opening: &Opening) -> String {
    listed(opening.slots.iter().map(|slot| slot.name.as_str()))
}

fn locked_text(read: &Read, base: &str, opening: &Opening, findings: &mut Vec<Diagnostic>) {
    for span in read.outside.iter().take(LOCKED_MAX) {
        let message = format!(
            "this stands outside of a slot, and `{base}` locks everything else; slots: {}",
            opened_slots(opening)
        );
        let at = (span.line, span.column);
        findings.push(Diagnostic::error("locked-text", at, message));
    }
}

fn unknown_slots(read: &Read, base: &str, opening: &Opening, findings: &mut Vec<Diagnostic>) {
    for filling in &read.slots {
        let at = (filling.span.line, filling.span.column);
        let known = opening.slots.iter().find(|slot| slot.name == filling.name);
        let Some(known) = known else {
            let names = opening.slots.iter().map(|slot| slot.name.as_str());
            let hint = match suggestion(&filling.name, names) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => format!("; slots: {}", opened_slots(opening)),
            };
            let message = format!("`{base}` has no slot `{}`{hint}", filling.name);
            findings.push(Diagnostic::error("unknown-slot", at, message));
            continue;
        };
        if filling.speaks && !known.speaks {
            let message = format!(
                "the text of slot `{}` cannot change who speaks; roles and `history` are the base's",
                filling.name
            );
            findings.push(Diagnostic::error("locked-role", at, message));
        }
    }
}

fn locked_fields(file: &PromptFile, base: &str, opening: &Opening, findings: &mut Vec<Diagnostic>) {
    for (path, at, _) in fields::leaves(file) {
        let joined = path.join(".");
        if joined == OPEN_KEY {
            let message = format!("a variation opens nothing; what is open is said in `{base}`");
            findings.push(Diagnostic::error("locked-field", at, message));
            continue;
        }
        let says_who = joined
            .strip_prefix(NAMESPACE)
            .is_some_and(|rest| rest.starts_with('.'));
        if says_who || is_open(&opening.fields, &path) {
            continue;
        }
        let open = listed(opening.fields.iter().map(|field| field.path.as_str()));
        let message = format!("`{joined}` is locked by `{base}`; open are {open}");
        findings.push(Diagnostic::error("locked-field", at, message));
    }
}
