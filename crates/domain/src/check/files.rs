//! All files of a library, parsed once.

use std::collections::{BTreeMap, HashMap};

use crate::library::{FileKind, LIBRARY_FILE, Library, partial_name};
use crate::policy::{POLICY_FILE, Policy};
use crate::prompt::{Diagnostic, PromptFile, parse};

/// All files of a library.
#[derive(Debug, Clone, Default)]
pub struct Files {
    texts: BTreeMap<String, String>,
    prompts: BTreeMap<String, PromptFile>,
    /// The path of each partial, by its name; the first by path where several have it.
    partials: HashMap<String, String>,
}

impl Files {
    /// Takes files with their content, and parses prompts and partials.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let texts: BTreeMap<String, String> = files.into_iter().collect();
        let is_prompt =
            |path: &str| matches!(FileKind::of(path), FileKind::Prompt | FileKind::Partial);
        let prompts: BTreeMap<String, PromptFile> = texts
            .iter()
            .filter(|(path, _)| is_prompt(path))
            .map(|(path, text)| (path.clone(), parse(text).at_path(path)))
            .collect();
        let mut partials = HashMap::new();
        for path in prompts.keys() {
            if let Some(name) = partial_name(path) {
                partials.entry(name.to_owned()).or_insert(path.clone());
            }
        }
        Self {
            texts,
            prompts,
            partials,
        }
    }

    /// The paths of all files.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// All files with their text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.texts.iter();
        texts.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// All prompts, partials and variations.
    pub fn prompts(&self) -> impl Iterator<Item = (&str, &PromptFile)> {
        let prompts = self.prompts.iter();
        prompts.map(|(path, file)| (path.as_str(), file))
    }

    /// A prompt, partial or variation by its path.
    pub fn prompt(&self, path: &str) -> Option<&PromptFile> {
        self.prompts.get(path)
    }

    /// A partial by the name that includes it.
    pub fn partial(&self, name: &str) -> Option<&PromptFile> {
        self.prompts.get(self.partials.get(name)?)
    }

    /// The library's settings; the default ones where they are missing or cannot be read.
    pub fn settings(&self) -> Library {
        let text = self.text(LIBRARY_FILE).unwrap_or_default();
        Library::parse(text).unwrap_or_default()
    }

    /// The rules for changes, or what is wrong with them.
    pub fn policy(&self) -> Result<Policy, Vec<Diagnostic>> {
        self.text(POLICY_FILE)
            .map_or_else(|| Ok(Policy::default()), Policy::parse)
    }
}
