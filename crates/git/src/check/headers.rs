//! The rules of commits and tags: which lines they begin with and what these look like.

use super::Problem;
use crate::object::Kind;

/// The lines at the top of an object, one after the other.
struct Lines<'a> {
    rest: &'a [u8],
    problems: Vec<Problem>,
}

pub(super) fn check_commit(bytes: &[u8]) -> Vec<Problem> {
    let mut lines = Lines::begin(bytes);
    if lines.problems.is_empty() {
        lines.id("tree", "missingTree", "badTreeSha1");
        while lines.next_is("parent") {
            lines.id("parent", "missingParent", "badParentSha1");
        }
        lines.person("author", "missingAuthor");
        while lines.next_is("author") {
            lines.problem("multipleAuthors", "there are several authors");
            lines.take("author");
        }
        lines.person("committer", "missingCommitter");
    }
    if bytes.contains(&0) {
        lines.problem("nulInCommit", "there is a zero byte");
    }
    lines.problems
}

pub(super) fn check_tag(bytes: &[u8]) -> Vec<Problem> {
    let mut lines = Lines::begin(bytes);
    if lines.problems.is_empty() {
        lines.id("object", "missingObject", "badObjectSha1");
        match lines.take("type") {
            None => lines.problem("missingTypeEntry", "there is no `type` line"),
            Some(text) if std::str::from_utf8(text).is_ok_and(|t| t.parse::<Kind>().is_ok()) => {}
            Some(_) => lines.problem("badType", "the type is unknown"),
        }
        if lines.take("tag").is_none() {
            lines.problem("missingTagEntry", "there is no `tag` line");
        }
        // Very old tags have no tagger, which Git takes; so it does odd names and further lines.
        if lines.next_is("tagger") {
            lines.person("tagger", "missingTaggerEntry");
        }
    }
    lines.problems
}

impl<'a> Lines<'a> {
    /// Checks that the top ends as it must.
    fn begin(bytes: &'a [u8]) -> Self {
        let mut lines = Self {
            rest: bytes,
            problems: Vec::new(),
        };
        let end = bytes.windows(2).position(|pair| pair == b"\n\n");
        let top = end.map_or(bytes, |end| &bytes[..end]);
        if top.contains(&0) {
            lines.problem("nulInHeader", "there is a zero byte in the first lines");
        } else if end.is_none() && !bytes.ends_with(b"\n") {
            lines.problem("unterminatedHeader", "the first lines do not end");
        }
        lines
    }

    fn problem(&mut self, rule: &'static str, detail: &str) {
        self.problems.push(Problem::new(rule, detail));
    }

    fn value(&self, key: &str) -> Option<&'a [u8]> {
        let after = self.rest.strip_prefix(key.as_bytes())?.strip_prefix(b" ")?;
        after.split(|byte| *byte == b'\n').next()
    }

    fn next_is(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Takes the next line if it has the key.
    fn take(&mut self, key: &str) -> Option<&'a [u8]> {
        let value = self.value(key)?;
        let used = key.len() + 1 + value.len() + 1;
        self.rest = self.rest.get(used..).unwrap_or(&[]);
        Some(value)
    }

    fn id(&mut self, key: &str, missing: &'static str, bad: &'static str) {
        let Some(value) = self.take(key) else {
            return self.problem(missing, "the line is not there");
        };
        if value.len() != 40 || !value.iter().all(u8::is_ascii_hexdigit) {
            self.problem(bad, "it is not an id");
        }
    }

    fn person(&mut self, key: &str, missing: &'static str) {
        match self.take(key) {
            None => self.problem(missing, "the line is not there"),
            Some(value) => {
                if let Err((rule, detail)) = check_person(value) {
                    self.problem(rule, detail);
                }
            }
        }
    }
}

/// Checks `name <address> seconds zone`.
fn check_person(value: &[u8]) -> Result<(), (&'static str, &'static str)> {
    let open = value.iter().position(|byte| b"<>".contains(byte));
    let open = open.ok_or(("missingEmail", "there is no address"))?;
    if value[open] == b'>' {
        return Err(("badName", "the name contains `>`"));
    }
    if open == 0 {
        return Err((
            "missingNameBeforeEmail",
            "there is no name before the address",
        ));
    }
    if value[open - 1] != b' ' {
        return Err((
            "missingSpaceBeforeEmail",
            "there is no space before the address",
        ));
    }
    let after = &value[open + 1..];
    let close = after.iter().position(|byte| b"<>".contains(byte));
    let close = close.filter(|close| after[*close] == b'>');
    let close = close.ok_or(("badEmail", "the address does not end"))?;
    let date = after[close + 1..].strip_prefix(b" ");
    let date = date.ok_or((
        "missingSpaceBeforeDate",
        "there is no space before the time",
    ))?;
    let digits = date.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 1 && date[0] == b'0' {
        return Err(("zeroPaddedDate", "the time begins with a zero"));
    }
    let number = std::str::from_utf8(&date[..digits])
        .ok()
        .and_then(|text| text.parse::<i64>().ok());
    if digits == 0 || date.get(digits) != Some(&b' ') {
        return Err(("badDate", "the time is not a number"));
    }
    if number.is_none() {
        return Err(("badDateOverflow", "the time is too large"));
    }
    let zone = &date[digits + 1..];
    let signed = zone.len() == 5 && b"+-".contains(&zone[0]);
    if !signed || !zone[1..].iter().all(u8::is_ascii_digit) {
        return Err((
            "badTimezone",
            "the time zone is not four digits with a sign",
        ));
    }
    Ok(())
}
