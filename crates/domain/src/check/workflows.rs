//! Workflows, type-checked against the prompts they run.

use std::collections::BTreeMap;

use super::{Files, variation};
use crate::library::{FileKind, Library, prompt_id};
use crate::prompt::Diagnostic;
use crate::variation::Names;
use crate::workflow::{self, Interface, Surroundings};

/// What is wrong with the workflows. `usable` says of each prompt whether it has no errors.
pub(super) fn check(
    files: &Files,
    settings: &Library,
    names: &Names,
    usable: &BTreeMap<&str, bool>,
) -> Vec<Diagnostic> {
    let workflows: Vec<(&str, &str)> = files
        .texts()
        .filter(|(path, _)| FileKind::of(path) == FileKind::Workflow)
        .collect();
    if workflows.is_empty() {
        return Vec::new();
    }
    let prompts = files.prompts().map(|(path, _)| path);
    let by_id: BTreeMap<&str, &str> = prompts
        .filter(|path| FileKind::of(path) == FileKind::Prompt)
        .map(|path| (prompt_id(path), path))
        .collect();
    let mut found = Vec::new();
    for (path, text) in workflows {
        let workflow = workflow::parse(text);
        let mut around = Surroundings {
            near: by_id.keys().map(|id| (*id).to_owned()).collect(),
            kpis: settings.kpis.keys().cloned().collect(),
            channels: settings.channels.keys().cloned().collect(),
            ..Surroundings::default()
        };
        for id in workflow.prompts() {
            let Some(path) = by_id.get(id) else { continue };
            let Some(file) = files.prompt(path) else {
                continue;
            };
            let fine = usable.get(path).copied().unwrap_or_default();
            let interface = match variation(files, names, path, file) {
                Some(whole) => Interface::of(&whole.file, fine),
                None => Interface::of(file, fine),
            };
            around.prompts.insert(id.to_owned(), interface);
        }
        let checked = workflow::check(&workflow, &around);
        found.extend(checked.diagnostics.into_iter().map(|one| one.at_path(path)));
    }
    found
}
