//! References to values: `attributes.region`, `steps.sort.output.segment`, `item.name`.

use super::Placed;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The attributes of the workflow.
    Attributes,
    /// The output of a step.
    Step(String),
    /// The item a step with `for_each` runs for.
    Item,
}

/// A reference and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Where the value comes from.
    pub source: Source,
    /// The fields on the way to it.
    pub fields: Vec<String>,
    /// The author knows that the value may be missing.
    pub optional: bool,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Reference {
    /// Reads a reference, or says why it is none.
    pub fn parse(text: &Placed<String>, optional: bool) -> Result<Self, String> {
        let mut parts = text.value.split('.');
        let first = parts.next().unwrap_or_default();
        let source = match first {
            "attributes" => Source::Attributes,
            "item" => Source::Item,
            "steps" => {
                let step = parts.next().filter(|step| !step.is_empty());
                match (step, parts.next()) {
                    (Some(step), Some("output")) => Source::Step(step.to_owned()),
                    _ => return Err(unreadable(&text.value)),
                }
            }
            _ => return Err(unreadable(&text.value)),
        };
        let fields: Vec<String> = parts.map(str::to_owned).collect();
        let unnamed = source == Source::Attributes && fields.is_empty();
        if unnamed || fields.iter().any(String::is_empty) {
            return Err(unreadable(&text.value));
        }
        Ok(Self {
            source,
            fields,
            optional,
            line: text.line,
            column: text.column,
        })
    }

    /// The position.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    /// The reference as it is written.
    pub fn text(&self) -> String {
        let start = match &self.source {
            Source::Attributes => "attributes".to_owned(),
            Source::Step(step) => format!("steps.{step}.output"),
            Source::Item => "item".to_owned(),
        };
        let fields = self.fields.iter().map(|field| format!(".{field}"));
        std::iter::once(start).chain(fields).collect()
    }

    /// Whether both name the same value.
    pub fn is_same(&self, other: &Self) -> bool {
        self.source == other.source && self.fields == other.fields
    }
}

fn unreadable(text: &str) -> String {
    format!(
        "`{text}` names no value; write `attributes.name`, `steps.id.output.field` or `item.field`"
    )
}
