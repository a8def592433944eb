//! What differs between two texts, word by word, for people who read prose.

use gix_diff::blob::{Algorithm, Diff, InternedInput};
use similar::DiffableStr;

/// Beyond this size of either text, whole lines are compared instead of words.
pub const WORD_COMPARE_BYTES_MAX: usize = 1024 * 1024;

/// Whether a span is in both texts or only in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpanKind {
    /// In both texts.
    Equal,
    /// Only in the new text.
    Insert,
    /// Only in the old text.
    Delete,
}

/// A piece of text and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it is.
    pub kind: SpanKind,
    /// The text.
    pub text: String,
}

/// Compares two texts word by word. The equal and deleted spans together are the old text, the
/// equal and inserted ones the new text; a deletion stands before the insertion that replaces it.
pub fn compare_words(old: &str, new: &str) -> Vec<Span> {
    let (old, new) = if old.len().max(new.len()) > WORD_COMPARE_BYTES_MAX {
        (old.tokenize_lines(), new.tokenize_lines())
    } else {
        (old.tokenize_unicode_words(), new.tokenize_unicode_words())
    };
    let mut spans = Vec::new();
    let mut done = (0, 0);
    for (removed, added) in bridged(&changed_ranges(&old, &new), &old) {
        push(&mut spans, SpanKind::Equal, &old[done.0..removed.start]);
        push(&mut spans, SpanKind::Delete, &old[removed.clone()]);
        push(&mut spans, SpanKind::Insert, &new[added.clone()]);
        done = (removed.end, added.end);
    }
    push(&mut spans, SpanKind::Equal, &old[done.0..]);
    spans
}

type Ranges = (std::ops::Range<usize>, std::ops::Range<usize>);

/// The ranges of tokens that differ. The algorithm gives up looking for the smallest answer on
/// hostile input, so the time stays bounded without a clock.
pub(super) fn changed_ranges(old: &[&str], new: &[&str]) -> Vec<Ranges> {
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(old.iter().map(|token| token.as_bytes()));
    input.update_after(new.iter().map(|token| token.as_bytes()));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let range = |range: std::ops::Range<u32>| range.start as usize..range.end as usize;
    diff.hunks()
        .map(|hunk| (range(hunk.before), range(hunk.after)))
        .collect()
}

/// Joins changes that only blanks stand between: two replaced words read better as one phrase.
fn bridged(ranges: &[Ranges], old: &[&str]) -> Vec<Ranges> {
    let mut joined: Vec<Ranges> = Vec::new();
    for (removed, added) in ranges.iter().cloned() {
        if let Some(last) = joined.last_mut() {
            let between = &old[last.0.end..removed.start];
            let blank = |token: &&str| token.chars().all(|c| c.is_whitespace() && c != '\n');
            let replaces = |ranges: &Ranges| !ranges.0.is_empty() && !ranges.1.is_empty();
            let this = (removed.clone(), added.clone());
            if between.iter().all(blank) && replaces(last) && replaces(&this) {
                last.0.end = removed.end;
                last.1.end = added.end;
                continue;
            }
        }
        joined.push((removed, added));
    }
    joined
}

fn push(spans: &mut Vec<Span>, kind: SpanKind, tokens: &[&str]) {
    if !tokens.is_empty() {
        spans.push(Span {
            kind,
            text: tokens.concat(),
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(old: &str, new: &str) -> String {
        compare_words(old, new)
            .into_iter()
            .map(|span| match span.kind {
                SpanKind::Equal => span.text,
                SpanKind::Insert => format!("{{+{}+}}", span.text),
                SpanKind::Delete => format!("[-{}-]", span.text),
            })
            .collect()
    }

    #[test]
    fn shows_words_and_phrases() {
        assert_eq!(
            show("Save 10% today", "Save 20% today"),
            "Save [-10-]{+20+}% today"
        );
        assert_eq!(
            show("a good offer", "a very cheap offer"),
            "a [-good-]{+very cheap+} offer"
        );
        assert_eq!(
            show("Dear old friend,", "Hello new friend,"),
            "[-Dear old-]{+Hello new+} friend,"
        );
        assert_eq!(show("", "new"), "{+new+}");
        assert_eq!(show("same", "same"), "same");
        assert_eq!(
            show("Grüße aus Köln", "Grüße aus Bonn"),
            "Grüße aus [-Köln-]{+Bonn+}"
        );
    }

    #[test]
    fn stands_large_and_hostile_texts() {
        use std::fmt::Write as _;
        let text = |seed: usize| {
            (0..60_000).fold(String::new(), |mut text, n| {
                let _ = write!(text, "{} ", (n * seed) % 7919);
                text
            })
        };
        let (old, new) = (text(31), text(37));
        let spans = compare_words(&old, &new);
        let side = |skip| -> String {
            spans
                .iter()
                .filter(|span| span.kind != skip)
                .map(|span| span.text.as_str())
                .collect()
        };
        assert_eq!(side(SpanKind::Insert), old);
        assert_eq!(side(SpanKind::Delete), new);
    }

    proptest! {
        #[test]
        fn spans_rebuild_both_texts(old in "[ab \n.é]{0,60}", new in "[ab \n.é]{0,60}") {
            let spans = compare_words(&old, &new);
            let side = |skip| -> String {
                spans.iter().filter(|s| s.kind != skip).map(|s| s.text.as_str()).collect()
            };
            prop_assert_eq!(side(SpanKind::Insert), old);
            prop_assert_eq!(side(SpanKind::Delete), new);
        }
    }
}
