//! Putting a suggested text in place of the lines it was made for.

use thiserror::Error;

/// Why a suggestion cannot be put in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SuggestionError {
    /// The lines are not the ones it was made for any more.
    #[error("the lines this suggestion is about have changed since it was made")]
    Moved,
    /// It changes nothing.
    #[error("the text is already as this suggestion wants it")]
    Same,
}

/// The lines `first` to `last` of a text, counted from 1, with their line ends.
pub fn lines_of(text: &str, first: usize, last: usize) -> Option<&str> {
    let (begin, end) = range(text, first, last)?;
    text.get(begin..end)
}

fn range(text: &str, first: usize, last: usize) -> Option<(usize, usize)> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    if text.ends_with('\n') {
        starts.pop();
    }
    let begin = *starts.get(first.checked_sub(1)?)?;
    let end = starts.get(last).copied().unwrap_or(text.len());
    (last <= starts.len()).then_some((begin, end))
}

/// The text with `after` in place of `before`, which stood at line `first`.
///
/// Where lines were added or taken away above, the one other place where exactly these lines stand
/// is taken; where there are several or none, nothing is guessed.
pub fn apply(
    text: &str,
    first: usize,
    before: &str,
    after: &str,
) -> Result<String, SuggestionError> {
    let after = with_line_end(after, before);
    if before == after {
        return Err(SuggestionError::Same);
    }
    let count = before.lines().count().max(1);
    let here = range(text, first, first + count - 1)
        .filter(|(begin, end)| text.get(*begin..*end) == Some(before));
    let (begin, end) = match here {
        Some(found) => found,
        None => only_place(text, before).ok_or(SuggestionError::Moved)?,
    };
    Ok(format!("{}{after}{}", &text[..begin], &text[end..]))
}

/// The one place where these whole lines stand.
fn only_place(text: &str, before: &str) -> Option<(usize, usize)> {
    if before.is_empty() {
        return None;
    }
    let at_line = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
    let mut places = text
        .match_indices(before)
        .map(|(at, _)| at)
        .filter(|at| at_line(*at))
        .filter(|at| before.ends_with('\n') || at + before.len() == text.len());
    let only = places.next()?;
    places
        .next()
        .is_none()
        .then_some((only, only + before.len()))
}

/// Ends as the replaced lines end, so that the next line does not stick to it.
fn with_line_end(after: &str, before: &str) -> String {
    if after.is_empty() || after.ends_with('\n') || !before.ends_with('\n') {
        return after.to_owned();
    }
    let end = if before.ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    format!("{after}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "one\ntwo\nthree\ntwo\n";

    #[test]
    fn table_of_replacements() {
        let rows = [
            (TEXT, 2, "two\n", "2", Ok("one\n2\nthree\ntwo\n")),
            (TEXT, 4, "two\n", "2\n2b", Ok("one\ntwo\nthree\n2\n2b\n")),
            (TEXT, 2, "two\nthree\n", "", Ok("one\ntwo\n")),
            (
                "zero\none\ntwo\nthree\ntwo\n",
                3,
                "three\n",
                "3",
                Ok("zero\none\ntwo\n3\ntwo\n"),
            ),
            (
                "zero\none\ntwo\nthree\ntwo\n",
                2,
                "two\n",
                "2",
                Err(SuggestionError::Moved),
            ),
            (TEXT, 9, "nine\n", "9", Err(SuggestionError::Moved)),
            (TEXT, 1, "one\n", "one", Err(SuggestionError::Same)),
            ("a\nlast", 2, "last", "end", Ok("a\nend")),
        ];
        for (text, first, before, after, expected) in rows {
            let found = apply(text, first, before, after);
            assert_eq!(found, expected.map(str::to_owned), "{before:?} at {first}");
        }
    }

    #[test]
    fn lines_are_cut_out_with_their_ends() {
        assert_eq!(lines_of(TEXT, 1, 2), Some("one\ntwo\n"));
        assert_eq!(lines_of(TEXT, 4, 4), Some("two\n"));
        assert_eq!(lines_of(TEXT, 5, 5), None);
        assert_eq!(lines_of(TEXT, 0, 1), None);
        assert_eq!(lines_of("a\nb", 2, 2), Some("b"));
    }
}
