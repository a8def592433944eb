//! What reading a file of rules takes, whatever the rules are about: every refusal has a line and a
//! column.

use super::Globs;
use crate::limits::POLICY_RULES_MAX;
use crate::prompt::{
    Diagnostic, FRONT_MATTER_BYTES_MAX, YamlNode, YamlValue, read_document, suggestion,
};

/// Collects what is wrong while a file is read.
#[derive(Default)]
pub(crate) struct Reader {
    /// What is wrong so far.
    pub(crate) found: Vec<Diagnostic>,
}

/// Reads a file of rules with a function that takes its root.
pub(crate) fn read_rules<T: Default>(
    text: &str,
    file: &str,
    read: impl FnOnce(&mut Reader, &YamlNode) -> T,
) -> Result<T, Vec<Diagnostic>> {
    let mut reader = Reader::default();
    let rules = match read_document(text, FRONT_MATTER_BYTES_MAX) {
        Ok(root) if root.is_null() => T::default(),
        Ok(root) if matches!(root.value, YamlValue::Mapping(_)) => read(&mut reader, &root),
        Ok(root) => {
            reader.fault(&root, "the rules must be a mapping of keys to values");
            T::default()
        }
        Err(error) => {
            reader.found.push(error);
            T::default()
        }
    };
    if reader.found.is_empty() {
        return Ok(rules);
    }
    let named = reader.found.into_iter().map(|one| one.at_path(file));
    Err(named.collect())
}

impl Reader {
    /// Notes what is wrong at a node.
    pub(crate) fn fault(&mut self, node: &YamlNode, message: impl Into<String>) {
        self.found
            .push(Diagnostic::error("bad-rules", node.position(), message));
    }

    /// Finds fault with keys nobody knows.
    pub(crate) fn known_keys(&mut self, node: &YamlNode, known: &[&'static str]) {
        for (key, value) in node.entries() {
            if !known.contains(&key.text.as_str()) {
                let near = suggestion(&key.text, known.iter().copied());
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                let at = YamlNode {
                    line: key.line,
                    column: key.column,
                    ..value.clone()
                };
                self.fault(&at, format!("unknown key `{}`{hint}", key.text));
            }
        }
    }

    /// Which of two words a key holds.
    pub(crate) fn choice(&mut self, root: &YamlNode, key: &str, words: [&str; 2]) -> Option<usize> {
        let node = root.get(key)?;
        let place = node
            .as_str()
            .and_then(|text| words.iter().position(|word| *word == text));
        if place.is_none() {
            let message = format!("`{key}` must be `{}` or `{}`", words[0], words[1]);
            self.fault(node, message);
        }
        place
    }

    /// The items of a list; none where it is missing.
    pub(crate) fn items<'n>(&mut self, root: &'n YamlNode, key: &str) -> &'n [YamlNode] {
        match root.get(key).map(|node| (node, &node.value)) {
            None => &[],
            Some((_, YamlValue::Sequence(items))) if items.len() <= POLICY_RULES_MAX => items,
            Some((node, YamlValue::Sequence(_))) => {
                self.fault(
                    node,
                    format!("`{key}` has more than {POLICY_RULES_MAX} entries"),
                );
                &[]
            }
            Some((node, _)) if node.is_null() => &[],
            Some((node, _)) => {
                self.fault(node, format!("`{key}` must be a list"));
                &[]
            }
        }
    }

    /// The texts of a list, each with its node.
    pub(crate) fn texts<'n>(
        &mut self,
        root: &'n YamlNode,
        key: &str,
    ) -> Vec<(String, &'n YamlNode)> {
        let mut texts = Vec::new();
        for item in self.items(root, key) {
            match item.as_str() {
                Some(text) if !text.trim().is_empty() => texts.push((text.trim().to_owned(), item)),
                _ => self.fault(item, format!("`{key}` must be a list of texts")),
            }
        }
        texts
    }

    /// The text a key holds; empty where it is missing.
    pub(crate) fn text(&mut self, node: &YamlNode, key: &str) -> String {
        match node.get(key) {
            None => String::new(),
            Some(value) => match value.as_str() {
                Some(text) => text.trim().to_owned(),
                None => {
                    self.fault(value, format!("`{key}` must be a text"));
                    String::new()
                }
            },
        }
    }

    /// Patterns for paths.
    pub(crate) fn globs(&mut self, node: &YamlNode, patterns: &[(String, &YamlNode)]) -> Globs {
        let globs = Globs::new(patterns.iter().map(|(text, _)| text.as_str()));
        globs.unwrap_or_else(|message| {
            let at = patterns
                .iter()
                .find(|(text, _)| Globs::new([text.as_str()]).is_err());
            self.fault(at.map_or(node, |(_, at)| *at), message);
            Globs::default()
        })
    }
}
