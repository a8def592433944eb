//! Rules of the house that no compiler checks: walls between crates, sizes, names, words.
//!
//! Each rule is a pure function from what is there to what is wrong with it.

mod files;
mod walls;
mod words;

use std::fmt;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::{output, tree};

/// Something that is not as it should be, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks everything and prints what is wrong.
pub(crate) fn run() -> Result<ExitCode> {
    let findings = check()?;
    for finding in &findings {
        output::line(&finding.to_string());
    }
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    output::note(&format!("{} findings", findings.len()));
    Ok(ExitCode::FAILURE)
}

fn check() -> Result<Vec<Finding>> {
    let mut findings = walls::check(&walls::read_members()?);
    for path in tree::files()? {
        let bytes = std::fs::read(tree::root().join(&path))
            .with_context(|| format!("cannot read `{path}`"))?;
        findings.extend(files::check_name(&path));
        findings.extend(files::check_bytes(&path, bytes.len()));
        // What is no text has no lines and no words.
        if let Ok(text) = String::from_utf8(bytes) {
            findings.extend(files::check_lines(&path, &text));
            findings.extend(words::check(&path, &text));
        }
    }
    findings.sort_unstable();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        let findings = super::check().unwrap();
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(
            lines.is_empty(),
            "{} findings:\n{}",
            lines.len(),
            lines.join("\n")
        );
    }
}
