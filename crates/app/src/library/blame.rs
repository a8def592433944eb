//! Who wrote which passage: the text of a prompt in pieces, each with the version that last changed
//! it.

use std::sync::Arc;

use variorum_domain::outline::{PieceKind, outline};
use variorum_domain::prompt::PromptFile;
use variorum_git::diff::{SpanKind, compare_words};

use super::history::Version;

/// A part of the text spoken in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The role's name.
    pub role: &'static str,
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// The text, or the name of the variable or partial.
    pub text: String,
    /// The version that last changed it.
    pub version: Option<i64>,
}

/// The text of a prompt in pieces.
pub type Blamed = Vec<Section>;

/// Cuts the text of the newest of these versions (or of the file alone) into pieces.
pub fn pieces(file: &PromptFile, history: &[(Version, Arc<PromptFile>)]) -> Blamed {
    let text = file.partial_text();
    let origins = origins(text, history);
    let offset = file.source().len() - text.len();
    let mut sections: Blamed = Vec::new();
    for part in outline(file) {
        let role = part.role.wire_name();
        if sections.last().is_none_or(|section| section.role != role) {
            sections.push(Section {
                role,
                pieces: Vec::new(),
            });
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        let start = part.range.start.saturating_sub(offset).min(text.len());
        let end = part.range.end.saturating_sub(offset).min(text.len());
        if part.kind == PieceKind::Text {
            section
                .pieces
                .extend(split_by_origin(text, start..end, &origins));
        } else {
            let version = origins.get(start).copied().flatten();
            section.pieces.push(Piece {
                kind: part.kind,
                text: part.text,
                version,
            });
        }
    }
    sections.iter_mut().for_each(trim);
    sections.retain(|section| !section.pieces.is_empty());
    sections
}

/// Takes the blank lines around roles away: they are not part of what is said.
fn trim(section: &mut Section) {
    if let Some(first) = section
        .pieces
        .first_mut()
        .filter(|piece| piece.kind == PieceKind::Text)
    {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(last) = section
        .pieces
        .last_mut()
        .filter(|piece| piece.kind == PieceKind::Text)
    {
        last.text = last.text.trim_end().to_owned();
    }
    section.pieces.retain(|piece| !piece.text.is_empty());
}

fn split_by_origin(
    text: &str,
    range: std::ops::Range<usize>,
    origins: &[Option<i64>],
) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, letter) in text[range.clone()].char_indices() {
        let version = origins.get(range.start + index).copied().flatten();
        match pieces.last_mut() {
            Some(piece) if piece.version == version => piece.text.push(letter),
            _ => pieces.push(Piece {
                kind: PieceKind::Text,
                text: letter.into(),
                version,
            }),
        }
    }
    pieces
}

/// For each byte of the newest text, the version that put it there.
///
/// Walks from the oldest version to the newest: what a version keeps keeps its origin.
fn origins(text: &str, history: &[(Version, Arc<PromptFile>)]) -> Vec<Option<i64>> {
    let mut known = String::new();
    let mut origin: Vec<Option<i64>> = Vec::new();
    for (version, file) in history.iter().rev() {
        let next = file.partial_text();
        origin = carry(&known, &origin, next, Some(version.number));
        next.clone_into(&mut known);
    }
    if known == text {
        origin
    } else {
        carry(&known, &origin, text, None)
    }
}

fn carry(
    before: &str,
    origin: &[Option<i64>],
    after: &str,
    version: Option<i64>,
) -> Vec<Option<i64>> {
    if before.is_empty() {
        return vec![version; after.len()];
    }
    let mut result = Vec::with_capacity(after.len());
    let mut place = 0;
    for span in compare_words(before, after) {
        let len = span.text.len();
        match span.kind {
            SpanKind::Equal => {
                result.extend((place..place + len).map(|i| origin.get(i).copied().flatten()));
                place += len;
            }
            SpanKind::Delete => place += len,
            SpanKind::Insert => result.extend(std::iter::repeat_n(version, len)),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_words_keep_their_origin() {
        let one = carry("", &[], "Write a short note.", Some(1));
        let two = carry(
            "Write a short note.",
            &one,
            "Write a very short note.",
            Some(2),
        );
        let text = "Write a very short note.";
        let inserted: String = text
            .char_indices()
            .filter(|(index, _)| two[*index] == Some(2))
            .map(|(_, letter)| letter)
            .collect();
        assert_eq!(inserted.trim(), "very");
        assert_eq!(two.len(), text.len());
    }
}
