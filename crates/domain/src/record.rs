//! The change record: why a version was saved, as Git trailers in its commit message.
//!
//! `git log` shows them and `git interpret-trailers` parses them; a value of several lines is folded
//! with leading white space, as Git does.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{RECORD_FIELD_CHARS_MAX, SUBJECT_CHARS_MAX};

/// Why a change was made and what it is expected to bring. Every field may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The problem that was seen.
    #[serde(default)]
    pub problem: String,
    /// The measured state before, e.g. `open_rate=0.24 n=182400`.
    #[serde(default)]
    pub baseline: String,
    /// The KPI and the move expected of it, e.g. `open_rate +10%`.
    #[serde(default)]
    pub hypothesis: String,
    /// The campaign it belongs to.
    #[serde(default)]
    pub campaign: String,
    /// How it will be validated.
    #[serde(default)]
    pub validation: String,
}

impl ChangeRecord {
    /// Whether nothing at all is recorded.
    pub fn is_empty(&self) -> bool {
        self.fields().iter().all(|(_, value)| value.is_empty())
    }

    /// The trailer names with their values, in the order in which they are written.
    pub fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("Problem", &self.problem),
            ("Baseline", &self.baseline),
            ("Hypothesis", &self.hypothesis),
            ("Campaign", &self.campaign),
            ("Validation", &self.validation),
        ]
    }

    fn field_mut(&mut self, name: &str) -> Option<&mut String> {
        match name.to_ascii_lowercase().as_str() {
            "problem" => Some(&mut self.problem),
            "baseline" => Some(&mut self.baseline),
            "hypothesis" => Some(&mut self.hypothesis),
            "campaign" => Some(&mut self.campaign),
            "validation" => Some(&mut self.validation),
            _ => None,
        }
    }
}

/// What a commit message says, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The first line.
    pub subject: String,
    /// The paragraphs between the first line and the trailers.
    pub body: String,
    /// The change record.
    pub record: ChangeRecord,
    /// Trailers that are not part of the change record, in order, e.g. `Approved-by`.
    pub trailers: Vec<(String, String)>,
}

/// Why a note cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Nobody could tell later what was changed.
    #[error("a saved version needs a subject: one line that says what changed")]
    NoSubject,
    /// A field is over its limit.
    #[error("`{field}` is longer than {max} characters")]
    TooLong {
        /// Which field.
        field: &'static str,
        /// The limit.
        max: usize,
    },
    /// A NUL byte cannot stand in a commit.
    #[error("`{field}` holds a NUL character")]
    Nul {
        /// Which field.
        field: &'static str,
    },
}

impl Note {
    /// Checks limits; a note that passes can be written and read back unchanged.
    pub fn check(&self) -> Result<(), NoteError> {
        if self.subject.trim().is_empty() {
            return Err(NoteError::NoSubject);
        }
        check_field("subject", &self.subject, SUBJECT_CHARS_MAX)?;
        check_field("body", &self.body, RECORD_FIELD_CHARS_MAX)?;
        self.record
            .fields()
            .into_iter()
            .try_for_each(|(name, value)| check_field(name, value, RECORD_FIELD_CHARS_MAX))
    }

    /// The commit message.
    pub fn to_message(&self) -> String {
        let mut message = one_line(&self.subject);
        message.push('\n');
        let body = clean_body(&self.body);
        if !body.is_empty() {
            message.push('\n');
            message.push_str(&body);
            message.push('\n');
        }
        let trailers = self.trailer_lines();
        if !trailers.is_empty() {
            message.push('\n');
            message.push_str(&trailers);
        }
        message
    }

    /// Reads a commit message; any message can be read, whoever wrote it.
    pub fn from_message(message: &str) -> Self {
        let message = message.trim_end();
        let (subject, rest) = message.split_once('\n').unwrap_or((message, ""));
        let rest = rest.trim_start_matches('\n');
        let (body, block) = split_trailer_block(rest);
        let mut note = Self {
            subject: subject.trim().into(),
            body: body.into(),
            ..Self::default()
        };
        for (name, value) in parse_trailers(block) {
            match note.record.field_mut(&name) {
                Some(field) if field.is_empty() => *field = value,
                _ => note.trailers.push((name, value)),
            }
        }
        note
    }

    fn trailer_lines(&self) -> String {
        let own = self.record.fields();
        let others = self
            .trailers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut lines = String::new();
        for (name, value) in own.into_iter().chain(others) {
            if !value.trim().is_empty() {
                lines.push_str(name);
                lines.push_str(": ");
                lines.push_str(&fold_lines(value));
                lines.push('\n');
            }
        }
        lines
    }
}

fn check_field(field: &'static str, value: &str, max: usize) -> Result<(), NoteError> {
    if value.contains('\0') {
        return Err(NoteError::Nul { field });
    }
    if value.chars().count() > max {
        return Err(NoteError::TooLong { field, max });
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A body whose last paragraph looks like trailers would be read as trailers; it is closed by a line
/// that does not.
fn clean_body(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    let body = body.trim();
    if split_trailer_block(body).1.is_empty() {
        body.to_owned()
    } else {
        format!("{body}\n\n—")
    }
}

fn fold_lines(value: &str) -> String {
    let lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n  ")
}

/// The last paragraph, if every line of it is a trailer or the continuation of one.
fn split_trailer_block(text: &str) -> (&str, &str) {
    let (body, block) = text.rsplit_once("\n\n").unwrap_or(("", text));
    let is_block = !block.is_empty()
        && !block.starts_with(char::is_whitespace)
        && block
            .lines()
            .all(|line| line.starts_with(char::is_whitespace) || is_trailer(line));
    if is_block {
        (body.trim_end(), block)
    } else {
        (text.trim_end(), "")
    }
}

fn is_trailer(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

fn parse_trailers(block: &str) -> Vec<(String, String)> {
    let mut trailers: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with(char::is_whitespace) {
            if let Some((_, value)) = trailers.last_mut() {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(": ") {
            trailers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    trailers
}

/// Words of one record that may name a KPI; a record that holds more names none in particular.
const TERMS_MAX: usize = 64;

/// The words of baseline, hypothesis and validation that may name a KPI, in lower case: those made of
/// letters, digits, `_`, `-` and `.` that begin with a letter.
pub fn kpi_terms(record: &ChangeRecord) -> std::collections::BTreeSet<String> {
    let texts = [&record.baseline, &record.hypothesis, &record.validation];
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let words = texts.into_iter().flat_map(|text| {
        text.split(move |letter: char| !is_part(letter))
            .map(|word| word.trim_matches(['.', '-']).to_lowercase())
    });
    words
        .filter(|word| word.len() > 1 && word.starts_with(char::is_alphabetic))
        .take(TERMS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn full() -> Note {
        Note {
            subject: "Shorten the welcome subject".into(),
            body: "Long subjects are cut on phones.\n\nSince September.".into(),
            record: ChangeRecord {
                problem: "open_rate fell from 31% to 24%".into(),
                baseline: "open_rate=0.24 n=182400".into(),
                hypothesis: "open_rate +10%".into(),
                campaign: "autumn-activation".into(),
                validation: "ab split=50/50 days=14\ngoal=open_rate".into(),
            },
            trailers: vec![(
                "Approved-by".into(),
                "Ann Lee <ann@acme.example> meaning=approval".into(),
            )],
        }
    }

    #[test]
    fn a_full_note_survives_the_commit_message() {
        assert_eq!(Note::from_message(&full().to_message()), full());
    }

    #[test]
    fn words_that_may_name_a_kpi_are_found() {
        let terms = kpi_terms(&full().record);
        for term in ["open_rate", "n", "goal", "ab"] {
            assert_eq!(terms.contains(term), term != "n", "{term}");
        }
        assert!(!terms.contains("fell"), "the problem is told in free words");
    }

    #[test]
    fn a_message_by_hand_is_read() {
        let note = Note::from_message("Fix typo\n\nSee: nothing here\nreally\n");
        assert_eq!(note.subject, "Fix typo");
        assert_eq!(note.body, "See: nothing here\nreally");
        assert!(note.record.is_empty());
    }

    #[test]
    fn a_body_that_ends_like_trailers_stays_body() {
        let note = Note {
            subject: "s".into(),
            body: "Problem: x".into(),
            ..Note::default()
        };
        assert!(Note::from_message(&note.to_message()).record.is_empty());
    }

    #[test]
    fn limits_are_named() {
        let empty = Note::default();
        assert_eq!(empty.check(), Err(NoteError::NoSubject));
        let long = Note {
            subject: "x".repeat(201),
            ..Note::default()
        };
        assert_eq!(
            long.check(),
            Err(NoteError::TooLong {
                field: "subject",
                max: 200
            })
        );
    }

    proptest! {
        #[test]
        fn any_message_can_be_read(message in ".*") {
            prop_assert!(Note::from_message(&message).subject.len() <= message.len());
        }

        #[test]
        fn records_round_trip(problem in "[a-zA-Z0-9 :=%+-]{0,40}", hypothesis in "[a-z +0-9%]{0,20}") {
            let record = ChangeRecord {
                problem: problem.trim().into(),
                hypothesis: hypothesis.trim().into(),
                ..ChangeRecord::default()
            };
            let note = Note { subject: "s".into(), record, ..Note::default() };
            prop_assert_eq!(Note::from_message(&note.to_message()), note);
        }
    }
}
