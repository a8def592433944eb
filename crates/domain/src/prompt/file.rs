//! A `.prompt` file: front matter above, a template below.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::closure::included_names;
use super::diagnostic::Diagnostic;
use super::front_matter::{self, FrontMatter, NAMESPACE, Variorum};
use super::picoschema::SchemaResolver;
use super::yaml::{self, YamlNode, YamlValue};
use crate::template::{Locator, Template, is_blank, is_space, trim};

/// A prompt file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptFile {
    /// The path, if the caller gave one; findings are reported under it.
    pub path: String,
    /// The fields of Dotprompt.
    pub front_matter: FrontMatter,
    /// Our own fields.
    pub variorum: Variorum,
    /// The front matter with positions; null if there is none.
    pub raw: YamlNode,
    /// The text below.
    pub template: Template,
    /// Byte offset at which the text below starts.
    pub body_offset: usize,
    /// Whether there is front matter.
    pub has_front_matter: bool,
    /// What was found while reading.
    pub diagnostics: Vec<Diagnostic>,
    source: Arc<str>,
}

/// Reads a file; whatever is wrong with it is in [`PromptFile::diagnostics`].
pub fn parse(source: &str) -> PromptFile {
    parse_with_schemas(source, &|_| None)
}

/// Reads a file whose front matter may name schemas.
pub fn parse_with_schemas(source: &str, schemas: &SchemaResolver<'_>) -> PromptFile {
    let source: Arc<str> = source.into();
    let mut diagnostics = Vec::new();
    let split = split(&source);
    let mut raw = YamlNode::default();
    let mut range = 0..source.len();
    let mut has_front_matter = false;
    if let Some(split) = &split {
        let text = &source[split.yaml.clone()];
        match yaml::read(text, split.first_line) {
            Ok(node) if matches!(node.value, YamlValue::Mapping(_)) || node.is_null() => {
                (raw, has_front_matter) = (node, true);
            }
            Ok(_) if split.header => {}
            Ok(node) => {
                has_front_matter = true;
                let message = "front matter must be a mapping of keys to values";
                diagnostics.push(Diagnostic::error("invalid-yaml", node.position(), message));
            }
            Err(error) => {
                has_front_matter = true;
                let message = format!("invalid YAML: {}", error.message);
                let position = (error.line, error.column);
                diagnostics.push(Diagnostic::error("invalid-yaml", position, message));
            }
        }
        if has_front_matter {
            range = trimmed(&source, split.body..source.len());
        }
    } else if opens_front_matter(&source) {
        let message = "front matter is opened by `---` and never closed";
        diagnostics.push(Diagnostic::warning(
            "unclosed-front-matter",
            (1, 1),
            message,
        ));
    }
    let body_offset = range.start;
    let front_matter = front_matter::read(&raw, schemas, &mut diagnostics);
    let (template, faults) = Template::parse_range(source.clone(), range);
    diagnostics.extend(faults.into_iter().map(Diagnostic::from));
    let fields = front_matter
        .ext
        .get(NAMESPACE)
        .and_then(Value::as_object)
        .cloned();
    PromptFile {
        path: String::new(),
        variorum: Variorum::from_fields(fields.unwrap_or_default()),
        front_matter,
        raw,
        template,
        body_offset,
        has_front_matter,
        diagnostics,
        source,
    }
}

impl PromptFile {
    /// The file under a path.
    #[must_use]
    pub fn at_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        for finding in &mut self.diagnostics {
            path.clone_into(&mut finding.path);
        }
        self
    }

    /// The whole text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether nothing was found that keeps the prompt from being used.
    pub fn is_usable(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The template as others include it. A prompt loses the white space around its text, a
    /// partial keeps its last line break, which the tag that includes it counts on.
    pub fn partial_template(&self) -> Cow<'_, Template> {
        if !self.has_front_matter {
            return Cow::Borrowed(&self.template);
        }
        let (template, _) =
            Template::parse_range(self.source.clone(), self.body_offset..self.source.len());
        Cow::Owned(template)
    }

    /// Where the YAML of the front matter stands, without its fences.
    pub(crate) fn yaml_range(&self) -> Option<Range<usize>> {
        split(&self.source)
            .filter(|_| self.has_front_matter)
            .map(|split| split.yaml)
    }

    /// The text others include.
    pub fn partial_text(&self) -> &str {
        self.source.get(self.body_offset..).unwrap_or_default()
    }

    /// The names of the partials its own text includes; what those include is not followed.
    pub fn includes(&self) -> BTreeSet<String> {
        included_names(&self.template)
    }

    /// The front matter as the reference implementation reports it: schemas as JSON Schema,
    /// namespaced keys under `ext`, and everything as written under `raw`.
    pub fn metadata(&self) -> Map<String, Value> {
        let front_matter = &self.front_matter;
        let mut out = Map::new();
        for key in [
            "name",
            "variant",
            "version",
            "description",
            "model",
            "tools",
            "toolDefs",
        ] {
            if let Some(node) = self.raw.get(key) {
                out.insert(key.to_owned(), node.to_json());
            }
        }
        out.insert("config".to_owned(), front_matter.config.clone().into());
        for (key, schema) in [
            ("input", &front_matter.input_schema),
            ("output", &front_matter.output_schema),
        ] {
            let Some(node) = self.raw.get(key) else {
                continue;
            };
            let mut section = node.to_map();
            if let Some(schema) = schema {
                section.insert("schema".to_owned(), schema.clone());
            }
            out.insert(key.to_owned(), section.into());
        }
        out.insert("metadata".to_owned(), front_matter.metadata.clone().into());
        out.insert("ext".to_owned(), front_matter.ext.clone().into());
        if self.has_front_matter {
            out.insert("raw".to_owned(), self.raw.to_map().into());
        }
        out
    }
}

struct Split {
    yaml: Range<usize>,
    /// Line of the first line of the YAML.
    first_line: usize,
    body: usize,
    /// Comment lines stand above the front matter.
    header: bool,
}

/// Lines with their byte offsets; a line ends behind its line break.
fn lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    source.split_inclusive('\n').map(move |line| {
        let start = offset;
        offset += line.len();
        (start, line)
    })
}

fn is_fence(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(is_blank)
}

fn opens_front_matter(source: &str) -> bool {
    source
        .trim_start_matches('\u{feff}')
        .split_inclusive('\n')
        .next()
        .is_some_and(|line| is_fence(line) && line.ends_with('\n'))
}

/// Finds front matter: `---` in the first line, or below comment lines that start with `#`.
fn split(source: &str) -> Option<Split> {
    let skip = source.len() - source.trim_start_matches('\u{feff}').len();
    let mut open: Option<Split> = None;
    for (number, (start, line)) in lines(&source[skip..]).enumerate() {
        let (start, end) = (start + skip, start + skip + line.len());
        match &mut open {
            None if is_fence(line) => {
                let header = number > 0;
                open = Some(Split {
                    yaml: end..end,
                    first_line: number + 2,
                    body: end,
                    header,
                });
            }
            None if line.starts_with('#') || (number > 0 && is_blank(line)) => {}
            None => return None,
            Some(split) if is_fence(line) => {
                split.yaml.end = start;
                split.body = end;
                return open;
            }
            Some(_) => {}
        }
    }
    None
}

/// Where the text below the front matter begins; 0 where there is none.
pub(super) fn body_start(source: &str) -> usize {
    split(source).map_or(0, |split| split.body)
}

fn trimmed(source: &str, range: Range<usize>) -> Range<usize> {
    let text = &source[range.clone()];
    let start = range.start + text.len() - text.trim_start_matches(is_space).len();
    start..start + trim(text).len()
}

/// The position of a byte offset of the file.
pub(crate) fn position_of(source: &str, offset: usize) -> (usize, usize) {
    let span = Locator::new(source).span(offset, offset);
    (span.line, span.column)
}
