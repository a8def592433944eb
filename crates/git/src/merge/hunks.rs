//! Conflict markers: choosing a size that cannot be mistaken for text, and reading them back.

use std::collections::HashSet;
use std::num::NonZeroU8;

use super::ConflictHunk;

/// The size of markers; longer than anybody draws lines of `=` under headings by hand.
const MARKER_SIZE: u8 = 47;

/// A marker size of which no line of the contents begins with a run of just that length.
pub(super) fn marker_size<T: AsRef<[u8]>>(contents: &[T]) -> NonZeroU8 {
    let mut taken = HashSet::new();
    for content in contents {
        for line in content.as_ref().split(|byte| *byte == b'\n') {
            if let Some(mark) = line.first().filter(|byte| b"<|=>".contains(byte)) {
                taken.insert(line.iter().take_while(|byte| *byte == mark).count());
            }
        }
    }
    let mut sizes = (MARKER_SIZE..=u8::MAX).filter_map(NonZeroU8::new);
    // With every size taken, which no person writes, the longest one is the least likely mistake.
    sizes
        .find(|size| !taken.contains(&usize::from(size.get())))
        .unwrap_or(NonZeroU8::MAX)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Outside,
    Ours,
    Base,
    Theirs,
}

/// Reads the conflicting parts out of a merged text.
pub(super) fn read_hunks(text: &str, marker_size: NonZeroU8) -> Vec<ConflictHunk> {
    let size = usize::from(marker_size.get());
    let mut hunks = Vec::new();
    let mut part = Part::Outside;
    let mut open = ConflictHunk {
        start_line: 0,
        line_count: 0,
        base: String::new(),
        ours: String::new(),
        theirs: String::new(),
    };
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        match (part, marker(line, size)) {
            (Part::Outside, Some('<')) => {
                open.start_line = number;
                part = Part::Ours;
            }
            (Part::Ours, Some('|')) => part = Part::Base,
            (Part::Ours | Part::Base, Some('=')) => part = Part::Theirs,
            (Part::Theirs, Some('>')) => {
                open.line_count = number + 1 - open.start_line;
                hunks.push(open.clone());
                open.base.clear();
                open.ours.clear();
                open.theirs.clear();
                part = Part::Outside;
            }
            (Part::Outside, _) => {}
            (Part::Ours, _) => open.ours.push_str(line),
            (Part::Base, _) => open.base.push_str(line),
            (Part::Theirs, _) => open.theirs.push_str(line),
        }
    }
    hunks
}

/// The character of a marker line of just this size.
fn marker(line: &str, size: usize) -> Option<char> {
    let mark = line.chars().next().filter(|c| "<|=>".contains(*c))?;
    let run = line.chars().take_while(|c| *c == mark).count();
    let after = line[run..].chars().next();
    (run == size && after.is_none_or(|c| matches!(c, ' ' | '\n' | '\r'))).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avoids_runs_that_are_in_the_text() {
        let run = |count| "=".repeat(count);
        assert_eq!(marker_size(&[run(7)]).get(), 47);
        assert_eq!(
            marker_size(&[run(47), format!("text\n{} x", "<".repeat(48))]).get(),
            49
        );
        assert_eq!(marker_size(&[format!("text {}", run(47))]).get(), 47);
        assert_eq!(
            marker_size(&(0..300).map(run).collect::<Vec<_>>()).get(),
            255
        );
    }

    #[test]
    fn reads_parts_between_markers_of_one_size_only() {
        let text = "a\n<<<<< ours\n<<<<\none\n||||| base\n=====\n>>>>> theirs\nb\n";
        let hunks = read_hunks(text, NonZeroU8::new(5).unwrap());
        let expected = ConflictHunk {
            start_line: 2,
            line_count: 6,
            base: String::new(),
            ours: "<<<<\none\n".to_owned(),
            theirs: String::new(),
        };
        assert_eq!(hunks, [expected]);
        assert!(read_hunks(text, NonZeroU8::new(7).unwrap()).is_empty());
    }
}
