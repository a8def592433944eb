//! Patterns for paths as `.gitignore` writes them.
//!
//! A pattern without a slash (but at its end) matches at any depth; one with a slash begins at the
//! top. A pattern that matches a folder matches all that is in it. `**` stands for any number of
//! folders, `*` and `?` for letters within one part, `[a-z]` for one of them. The last pattern of a
//! list that matches decides, and one that begins with `!` takes back.

/// A list of patterns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Globs {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    text: String,
    takes_back: bool,
    parts: Vec<Vec<char>>,
}

/// The longest pattern, in characters.
pub const PATTERN_CHARS_MAX: usize = 500;

impl Globs {
    /// Reads a list of patterns; says what is wrong with the first one that cannot be used.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let read: Result<Vec<Pattern>, String> = patterns.into_iter().map(pattern).collect();
        Ok(Self { patterns: read? })
    }

    /// Whether the list matches a path.
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<Vec<char>> = path.split('/').map(|part| part.chars().collect()).collect();
        let last = self.patterns.iter().rev().find(|one| one.matches(&parts));
        last.is_some_and(|one| !one.takes_back)
    }

    /// The patterns as they were written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|one| one.text.as_str())
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let (takes_back, body) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let body = body.strip_suffix('/').unwrap_or(body);
    if body.trim().is_empty() {
        return Err("a pattern is empty".to_owned());
    }
    if body.chars().count() > PATTERN_CHARS_MAX {
        return Err(format!(
            "a pattern is longer than {PATTERN_CHARS_MAX} characters"
        ));
    }
    let anchored = body.contains('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    let mut parts: Vec<Vec<char>> = Vec::new();
    if !anchored {
        parts.push(vec!['*', '*']);
    }
    for part in body.split('/') {
        if part.is_empty() {
            return Err(format!("the pattern `{text}` has an empty part"));
        }
        let part: Vec<char> = part.chars().collect();
        if !is_any_depth(&part) || parts.last().is_none_or(|last| !is_any_depth(last)) {
            parts.push(part);
        }
    }
    Ok(Pattern {
        text: text.to_owned(),
        takes_back,
        parts,
    })
}

fn is_any_depth(part: &[char]) -> bool {
    part == ['*', '*']
}

impl Pattern {
    /// Row by row over the parts of the pattern: `reached[n]` is whether it can have matched the
    /// first `n` parts of the path.
    fn matches(&self, path: &[Vec<char>]) -> bool {
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        for (place, part) in self.parts.iter().enumerate() {
            let mut next = vec![false; path.len() + 1];
            if is_any_depth(part) {
                let first = reached.iter().position(|known| *known);
                let is_last = place + 1 == self.parts.len();
                if let Some(first) = first {
                    // At the end it stands for what is inside, so for one part at least.
                    let from = first + usize::from(is_last && place > 0);
                    next.iter_mut().skip(from).for_each(|known| *known = true);
                }
            } else {
                for (at, text) in path.iter().enumerate() {
                    next[at + 1] = reached[at] && part_matches(part, text);
                }
            }
            reached = next;
        }
        // A match of a folder is a match of all that is in it.
        reached.iter().skip(1).any(|known| *known)
    }
}

/// Whether one part matches: the star is tried again one letter further whenever the rest fails.
fn part_matches(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match one_matches(pattern, p, text[t]) {
            _ if pattern.get(p) == Some(&'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(after) => {
                p = after;
                t += 1;
            }
            None => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

/// Where the pattern goes on if its piece at `p` matches this letter.
fn one_matches(pattern: &[char], p: usize, letter: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '\\' => (pattern.get(p + 1) == Some(&letter)).then_some(p + 2),
        '[' => class(pattern, p, letter),
        known => (*known == letter).then_some(p + 1),
    }
}

fn class(pattern: &[char], open: usize, letter: char) -> Option<usize> {
    let mut at = open + 1;
    let inverted = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(inverted);
    let begin = at;
    let mut found = false;
    loop {
        let known = *pattern.get(at)?;
        if known == ']' && at > begin {
            return (found != inverted).then_some(at + 1);
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some('-'), Some(end)) if *end != ']' => {
                found |= known <= letter && letter <= *end;
                at += 3;
            }
            _ => {
                found |= known == letter;
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_patterns() {
        let rows: [(&[&str], &str, bool); 26] = [
            (&["**"], "a", true),
            (&["**"], "a/b/c.prompt", true),
            (&["*.md"], "a/b/readme.md", true),
            (&["/*.md"], "a/readme.md", false),
            (&["/*.md"], "readme.md", true),
            (&["prompts/voice/**"], "prompts/voice/a.prompt", true),
            (&["prompts/voice/**"], "prompts/voice/x/a.prompt", true),
            (&["prompts/voice/**"], "prompts/voice", false),
            (&["prompts/voice/**"], "prompts/voices/a.prompt", false),
            (&["prompts/voice"], "prompts/voice/x/a.prompt", true),
            (&["prompts/voice/"], "prompts/voice/a.prompt", true),
            (
                &["prompts/partials/_legal-*"],
                "prompts/partials/_legal-de.prompt",
                true,
            ),
            (
                &["prompts/partials/_legal-*"],
                "prompts/partials/legal-de.prompt",
                false,
            ),
            (&["prompts/*/a.prompt"], "prompts/x/y/a.prompt", false),
            (&["**/a.prompt"], "a.prompt", true),
            (&["**/a.prompt"], "x/y/a.prompt", true),
            (&["a/**/b"], "a/b", true),
            (&["a/**/b"], "a/x/y/b", true),
            (&["a?c"], "abc", true),
            (&["a?c"], "a/c", false),
            (&["[a-c]x"], "bx", true),
            (&["[!a-c]x"], "bx", false),
            (&["*", "!keep"], "keep", false),
            (&["!keep", "*"], "keep", true),
            (&["*a*b*c"], "xxaxxbxxbxxc", true),
            (&[], "a", false),
        ];
        for (patterns, path, expected) in rows {
            let globs = Globs::new(patterns.iter().copied()).unwrap();
            assert_eq!(globs.matches(path), expected, "{patterns:?} {path}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let globs = Globs::new([
            "*a*a*a*a*a*a*a*a*a*a*a*a*b",
            "**/a/**/a/**/a/**/a/**/a/**/a/**/b/z",
        ])
        .unwrap();
        let path = vec!["a".repeat(200); 30].join("/");
        assert!(!globs.matches(&path));
    }

    #[test]
    fn what_cannot_be_a_pattern_is_said() {
        assert!(Globs::new([""]).is_err());
        assert!(Globs::new(["a//b"]).is_err());
        assert!(Globs::new(["!"]).is_err());
    }
}
