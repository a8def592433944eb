//! What differs between two texts, line by line, in hunks with some lines around them.

use std::ops::Range;

use gix_diff::blob::{Algorithm, Diff, InternedInput, sources};

use super::words::SpanKind;

/// Beyond this size of either text, no common lines are looked for: all is replaced.
pub const LINE_COMPARE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A line with its line break and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it is.
    pub kind: SpanKind,
    /// The text, with the line break if it has one.
    pub text: String,
}

/// Lines that differ and those around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineHunk {
    /// The first line in the old text, from 1; the line before, if the hunk has none of it.
    pub old_start: usize,
    /// How many lines of the old text.
    pub old_lines: usize,
    /// The first line in the new text, from 1; the line before, if the hunk has none of it.
    pub new_start: usize,
    /// How many lines of the new text.
    pub new_lines: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Compares two texts line by line; `context` lines are shown around each change.
pub fn compare_lines(old: &str, new: &str, context: usize) -> Vec<LineHunk> {
    let lines =
        |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let changes = changes(old, new);
    let (old, new) = (lines(old), lines(new));
    let mut hunks = Vec::new();
    let mut group: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for change in changes {
        let near = |last: &(Range<usize>, Range<usize>)| {
            change.0.start - last.0.end <= context.saturating_mul(2)
        };
        if !group.last().is_none_or(near) {
            hunks.push(hunk(&old, &new, &group, context));
            group.clear();
        }
        group.push(change);
    }
    if !group.is_empty() {
        hunks.push(hunk(&old, &new, &group, context));
    }
    hunks
}

fn changes(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
    if old.len().max(new.len()) > LINE_COMPARE_BYTES_MAX {
        let all = |text: &str| 0..text.split_inclusive('\n').count();
        return if old == new {
            Vec::new()
        } else {
            vec![(all(old), all(new))]
        };
    }
    let input = InternedInput::new(
        sources::byte_lines(old.as_bytes()),
        sources::byte_lines(new.as_bytes()),
    );
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks()
        .map(|hunk| (range(hunk.before), range(hunk.after)))
        .collect()
}

fn hunk(
    old: &[String],
    new: &[String],
    group: &[(Range<usize>, Range<usize>)],
    context: usize,
) -> LineHunk {
    let (first, last) = (&group[0], &group[group.len() - 1]);
    let before = context.min(first.0.start);
    let after = context.min(old.len() - last.0.end);
    let old_range = first.0.start - before..last.0.end + after;
    let new_range = first.1.start - before..last.1.end + after;
    let mut lines = Vec::new();
    let mut push = |kind, texts: &[String]| {
        lines.extend(texts.iter().map(|text| Line {
            kind,
            text: text.clone(),
        }));
    };
    let mut done = old_range.start;
    for (removed, added) in group {
        push(SpanKind::Equal, &old[done..removed.start]);
        push(SpanKind::Delete, &old[removed.clone()]);
        push(SpanKind::Insert, &new[added.clone()]);
        done = removed.end;
    }
    push(SpanKind::Equal, &old[done..old_range.end]);
    LineHunk {
        old_start: old_range.start + usize::from(!old_range.is_empty()),
        old_lines: old_range.len(),
        new_start: new_range.start + usize::from(!new_range.is_empty()),
        new_lines: new_range.len(),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn show(old: &str, new: &str, context: usize) -> String {
        let mut out = String::new();
        for hunk in compare_lines(old, new, context) {
            let LineHunk {
                old_start,
                old_lines,
                new_start,
                new_lines,
                lines,
            } = hunk;
            let _ = write!(out, "@{old_start},{old_lines} {new_start},{new_lines}@");
            for line in lines {
                let sign = match line.kind {
                    SpanKind::Equal => ' ',
                    SpanKind::Insert => '+',
                    SpanKind::Delete => '-',
                };
                let _ = write!(out, "{sign}{}", line.text.trim_end());
            }
        }
        out
    }

    #[test]
    fn groups_changes_with_their_surroundings() {
        let old = "a\nb\nc\nd\ne\nf\ng\n";
        assert_eq!(show(old, "a\nb\nX\nd\ne\nf\ng\n", 1), "@2,3 2,3@ b-c+X d");
        assert_eq!(
            show(old, "a\nX\nc\nd\ne\nY\ng\n", 1),
            "@1,3 1,3@ a-b+X c@5,3 5,3@ e-f+Y g"
        );
        assert_eq!(
            show(old, "a\nX\nc\nd\nY\nf\ng\n", 1),
            "@1,6 1,6@ a-b+X c d-e+Y f"
        );
        assert_eq!(show("", "a\n", 3), "@0,0 1,1@+a");
        assert_eq!(show("a", "a\n", 3), "@1,1 1,1@-a+a");
        assert_eq!(show(old, old, 3), "");
    }
}
