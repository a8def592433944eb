//! Changing one of our own fields in the front matter of a file, and nothing else of it: comments,
//! order and spelling stay as they are.

use serde_json::Value;

use super::file::parse;

/// What a field shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// Nothing.
    Absent,
}

impl FieldValue {
    fn to_yaml(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(scalar(text)),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| scalar(item)).collect();
                Some(format!("[{}]", items.join(", ")))
            }
            Self::Absent => None,
        }
    }

    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Text(text) => Some(Value::from(text.as_str())),
            Self::List(items) => Some(Value::from(items.clone())),
            Self::Absent => None,
        }
    }
}

/// The source with `variorum.<field>` set, or why that cannot be done safely. Names that mean the
/// same (`tag` and `tags`) are given together; the first is written.
pub fn amend(source: &str, names: &[&str], value: &FieldValue) -> Result<String, &'static str> {
    let Some(name) = names.first() else {
        return Ok(source.to_owned());
    };
    let mut lines: Vec<String> = source.split_inclusive('\n').map(str::to_owned).collect();
    let ending = if source.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let closing = closing_line(&lines);
    let Some(closing) = closing else {
        let Some(yaml) = value.to_yaml() else {
            return Ok(source.to_owned());
        };
        let head = format!("---{ending}variorum.{name}: {yaml}{ending}---{ending}");
        return checked(source, head + source, names, value);
    };
    let found = names.iter().find_map(|name| find(&lines[..closing], name));
    match (found, value.to_yaml()) {
        (Some(place), Some(yaml)) => {
            let line = format!("{}: {yaml}{ending}", place.key);
            lines.splice(place.first..place.end, [line]);
        }
        (Some(place), None) => drop(lines.drain(place.first..place.end)),
        // It may stand in a block.
        (None, None) => return checked(source, source.to_owned(), names, value),
        (None, Some(yaml)) => {
            lines.insert(closing, format!("variorum.{name}: {yaml}{ending}"));
        }
    }
    checked(source, lines.concat(), names, value)
}

/// The line that ends the front matter.
fn closing_line(lines: &[String]) -> Option<usize> {
    let is_fence = |line: &String| line.trim_end() == "---";
    let first = lines.iter().position(|line| !line.trim().is_empty());
    let first = first.filter(|first| is_fence(&lines[*first]))?;
    let rest = lines[first + 1..].iter().position(is_fence)?;
    Some(first + 1 + rest)
}

struct Place {
    first: usize,
    /// After the last line that belongs to it.
    end: usize,
    key: String,
}

/// Where a field stands.
fn find(lines: &[String], name: &str) -> Option<Place> {
    let dotted = format!("variorum.{name}");
    let is_it = |line: &String| {
        line.split(':')
            .next()
            .is_some_and(|key| key.trim_end() == dotted)
    };
    let first = lines.iter().position(is_it)?;
    Some(Place {
        end: end_of(lines, first),
        first,
        key: dotted,
    })
}

/// The line after those that belong to the field at a line: what is set in, and the items of a list
/// that is not.
fn end_of(lines: &[String], first: usize) -> usize {
    let mut end = first + 1;
    for (at, line) in lines.iter().enumerate().skip(first + 1) {
        let deeper = line.starts_with(' ');
        let item = line.starts_with("- ");
        if is_blank(line) {
            continue;
        }
        if !deeper && !item {
            break;
        }
        end = at + 1;
    }
    end
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The new source, if it says what is wanted and otherwise what the old one says.
fn checked(
    before: &str,
    after: String,
    names: &[&str],
    value: &FieldValue,
) -> Result<String, &'static str> {
    let (old, new) = (parse(before), parse(&after));
    let without = |file: &super::PromptFile| {
        let mut fields = file.variorum.fields.clone();
        let found: Vec<Value> = names
            .iter()
            .filter_map(|name| fields.shift_remove(*name))
            .collect();
        (fields, found)
    };
    let ((old_rest, _), (new_rest, found)) = (without(&old), without(&new));
    let wanted: Vec<Value> = value.to_json().into_iter().collect();
    let mut other = (old.front_matter.clone(), new.front_matter.clone());
    other.0.ext.shift_remove(super::NAMESPACE);
    other.1.ext.shift_remove(super::NAMESPACE);
    let same =
        old_rest == new_rest && other.0 == other.1 && old.partial_text() == new.partial_text();
    // A field that stands in a block as well would be given twice.
    let unsaid = new.diagnostics.len() <= old.diagnostics.len();
    if same && unsaid && found == wanted {
        Ok(after)
    } else {
        Err("its front matter is written in a way that cannot be changed safely; edit it by hand")
    }
}

/// A text as a value of YAML, within a list or alone.
fn scalar(text: &str) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | '/' | ' ');
    let lower = text.to_lowercase();
    let word = matches!(
        lower.as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off"
    );
    let safe = text.starts_with(char::is_alphabetic)
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && !word;
    if safe {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAGS: [&str; 2] = ["tags", "tag"];

    fn set(source: &str, items: &[&str]) -> Result<String, &'static str> {
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        let value = if items.is_empty() {
            FieldValue::Absent
        } else {
            FieldValue::List(items)
        };
        amend(source, &TAGS, &value)
    }

    #[test]
    fn only_the_field_changes() {
        let rows = [
            ("Hello\n", "---\nvariorum.tags: [a, \"1\"]\n---\nHello\n"),
            (
                "---\nmodel: x # y\n---\nHi",
                "---\nmodel: x # y\nvariorum.tags: [a, \"1\"]\n---\nHi",
            ),
            (
                "---\nvariorum.tags: [old]\nmodel: x\n---\n",
                "---\nvariorum.tags: [a, \"1\"]\nmodel: x\n---\n",
            ),
            (
                "---\nvariorum.tag:\n  - old\n  # why\n  - older\n\n# model\nmodel: x\n---\nT\n",
                "---\nvariorum.tag: [a, \"1\"]\n\n# model\nmodel: x\n---\nT\n",
            ),
            (
                "---\r\nmodel: x\r\n---\r\nA",
                "---\r\nmodel: x\r\nvariorum.tags: [a, \"1\"]\r\n---\r\nA",
            ),
        ];
        for (before, after) in rows {
            assert_eq!(set(before, &["a", "1"]).as_deref(), Ok(after), "{before}");
        }
        assert_eq!(
            set("---\nvariorum.tags: [x]\nmodel: y\n---\nT", &[]).as_deref(),
            Ok("---\nmodel: y\n---\nT")
        );
        assert_eq!(set("T", &[]).as_deref(), Ok("T"));
    }

    #[test]
    fn what_cannot_be_changed_safely_is_left_alone() {
        assert!(set("---\n\"variorum.tags\": [x]\n---\n", &["a"]).is_err());
        assert!(set("---\nvariorum:\n  tags: [x]\n---\n", &["a"]).is_err());
        assert!(set("---\nvariorum:\n  tags: [x]\n---\n", &[]).is_err());
        // A block with other fields is in nobody's way.
        assert_eq!(
            set("---\nvariorum:\n  title: T\n---\n", &["a"]).as_deref(),
            Ok("---\nvariorum:\n  title: T\nvariorum.tags: [a]\n---\n")
        );
    }

    proptest! {
        #[test]
        fn any_tags_come_back(tags in prop::collection::vec("\\PC{1,12}", 1..4), body in "\\PC{0,40}") {
            let before = format!("---\nmodel: x\n---\n{body}");
            let value = FieldValue::List(tags.clone());
            if let Ok(after) = amend(&before, &TAGS, &value) {
                prop_assert_eq!(parse(&after).variorum.tags, tags);
                let body = parse(&before).partial_text().to_owned();
                let after = parse(&after);
                prop_assert_eq!(after.partial_text(), body);
            }
        }
    }
}
