//! The `key value` lines at the top of commits and tags, with folded continuation lines.

use crate::error::GitError;

/// One header line: its key and its value with continuation lines joined by `\n`.
pub(crate) type Header = (String, String);

/// Splits an object into its header lines and its message.
pub(crate) fn split(what: &'static str, bytes: &[u8]) -> Result<(Vec<Header>, String), GitError> {
    let mut headers: Vec<Header> = Vec::new();
    let mut rest = bytes;
    loop {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            return if rest.is_empty() {
                Ok((headers, String::new()))
            } else {
                Err(GitError::malformed(what, "a header line does not end"))
            };
        };
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        if line.is_empty() {
            return Ok((headers, String::from_utf8_lossy(after).into_owned()));
        }
        let text = String::from_utf8_lossy(line);
        if let Some(continued) = text.strip_prefix(' ') {
            let Some((_, value)) = headers.last_mut() else {
                return Err(GitError::malformed(
                    what,
                    "it begins with a continuation line",
                ));
            };
            value.push('\n');
            value.push_str(continued);
        } else {
            let (key, value) = text.split_once(' ').unwrap_or((&text, ""));
            headers.push((key.to_owned(), value.to_owned()));
        }
        rest = after;
    }
}

/// Appends a header line, folding line breaks in the value.
pub(crate) fn push(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(key.as_bytes());
    out.push(b' ');
    out.extend_from_slice(value.replace('\n', "\n ").as_bytes());
    out.push(b'\n');
}

/// Refuses a message that Git could not read back.
pub(crate) fn check_message(what: &'static str, message: &str) -> Result<(), GitError> {
    if message.contains('\0') {
        return Err(GitError::malformed(
            what,
            "the message contains a zero byte",
        ));
    }
    Ok(())
}
