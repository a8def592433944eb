//! Everything that can be said about a whole library by looking at its files: what is wrong with
//! each, what a change of them breaks, and what it reaches. For those who have all the files at
//! hand, such as a working copy; a server asks the same functions file by file.

mod changes;
mod files;
mod suites;
mod workflows;

pub use changes::{Reached, contracts, reached};
pub use files::Files;
pub use suites::{reached_suites, suite_plan, suite_plans};

use std::collections::{BTreeMap, HashSet};

use crate::documentation::{STANDARD_FILE, Standard};
use crate::escalation::{ESCALATION_FILE, Escalation};
use crate::library::{LIBRARY_FILE, Library, partial_name};
use crate::limits::FILE_BYTES_MAX;
use crate::policy::{POLICY_FILE, Policy};
use crate::prompt::{Diagnostic, PromptFile, duplicate_partial, validate};
use crate::variation::{
    Effective, Kin, Names, Opening, base_candidates, effective, kin, only_fills,
};

/// What is wrong with the files of a library, by path, line and column.
pub fn library(files: &Files) -> Vec<Diagnostic> {
    let mut found = settings(files);
    found.extend(names(files));
    let settings = files.settings();
    let names = Names::of(&settings);
    let mut usable = BTreeMap::new();
    for (path, file) in files.prompts() {
        let findings = prompt(files, &names, path, file);
        let fine = !findings.iter().any(Diagnostic::is_error);
        usable.insert(path, fine);
        found.extend(findings);
    }
    found.extend(workflows::check(files, &settings, &names, &usable));
    found.extend(
        suite_plans(files)
            .into_iter()
            .flat_map(|plan| plan.diagnostics),
    );
    let order = |a: &Diagnostic, b: &Diagnostic| {
        let key = |one: &Diagnostic| (one.path.clone(), one.line, one.column);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    };
    found.sort_by(order);
    found.dedup();
    found
}

/// Settings, rules and other files in YAML that cannot be read, and files that are too long.
fn settings(files: &Files) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in files.texts() {
        if text.len() > FILE_BYTES_MAX {
            let message = format!(
                "the file is {} bytes long, and the library takes {FILE_BYTES_MAX}",
                text.len()
            );
            found.push(Diagnostic::error("file-too-long", (1, 1), message).at_path(path));
        }
        if path == LIBRARY_FILE {
            if let Err(error) = Library::parse(text) {
                let finding = Diagnostic::error("bad-settings", (1, 1), error.to_string());
                found.push(finding.at_path(path));
            }
        } else if path == POLICY_FILE {
            let findings = Policy::parse(text).err().into_iter().flatten();
            found.extend(findings.map(|finding| finding.at_path(path)));
        } else if path == STANDARD_FILE {
            let findings = Standard::parse(text).err().into_iter().flatten();
            found.extend(findings.map(|finding| finding.at_path(path)));
        } else if path == ESCALATION_FILE {
            found.extend(Escalation::parse(text).err().into_iter().flatten());
        }
    }
    found
}

/// Files whose names stand in each other's way.
fn names(files: &Files) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut by_plain: BTreeMap<String, &str> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in files.paths() {
        if let Some(other) = by_plain.insert(path.to_lowercase(), path) {
            let message = format!(
                "`{path}` and `{other}` differ only in upper and lower case, so that they cannot \
                 both stand on many computers"
            );
            found.push(Diagnostic::error("case-collision", (1, 1), message).at_path(path));
        }
        if let Some(name) = partial_name(path) {
            by_name.entry(name).or_default().push(path);
        }
    }
    for (name, paths) in by_name {
        for path in paths.iter().filter(|_| paths.len() > 1) {
            let others: Vec<&str> = paths.iter().copied().filter(|p| p != path).collect();
            found.push(duplicate_partial(path, name, &others));
        }
    }
    found
}

/// What is wrong with one prompt, partial or variation.
fn prompt(files: &Files, names: &Names, path: &str, file: &PromptFile) -> Vec<Diagnostic> {
    let resolver = |name: &str| files.partial(name);
    if let Some(whole) = variation(files, names, path, file) {
        return whole.validate(&resolver);
    }
    let mut found = Vec::new();
    if only_fills(file) {
        let message = match kin_of(files, names, path) {
            Kin::Unnamed { base, part } => format!(
                "it fills slots of `{base}`, but `{part}` is neither a brand nor a region of \
                 `{LIBRARY_FILE}`"
            ),
            _ => "it only fills slots, and there is no prompt of which it could be a variation"
                .to_owned(),
        };
        found.push(Diagnostic::error("variation-without-base", (1, 1), message).at_path(path));
        return found;
    }
    let opening = Opening::of(file).diagnostics.into_iter();
    found.extend(opening.map(|finding| finding.at_path(path)));
    let known: HashSet<_> = found.iter().map(|one| (one.code, one.line)).collect();
    let further = validate(path, file, &resolver).into_iter();
    found.extend(further.filter(|one| !known.contains(&(one.code, one.line))));
    found
}

fn kin_of(files: &Files, names: &Names, path: &str) -> Kin {
    let existing: Vec<String> = base_candidates(path)
        .into_iter()
        .filter(|candidate| files.prompt(candidate).is_some())
        .collect();
    kin(path, &existing, names)
}

/// The prompt that a variation comes to; nothing for what is a prompt of its own.
fn variation(files: &Files, names: &Names, path: &str, file: &PromptFile) -> Option<Effective> {
    let Kin::Variation {
        base,
        layers,
        brand,
        region,
    } = kin_of(files, names, path)
    else {
        return None;
    };
    let base = files.prompt(&base)?;
    if Opening::of(base).is_empty() {
        return None;
    }
    let between = layers.iter().filter_map(|layer| files.prompt(layer));
    let chain: Vec<&PromptFile> = between.chain([file]).collect();
    let fields = [("variorum.brand", brand), ("variorum.region", region)];
    let given = fields
        .into_iter()
        .filter_map(|(field, value)| Some((field.to_owned(), value?)))
        .collect();
    Some(effective(base, &chain, &given))
}
