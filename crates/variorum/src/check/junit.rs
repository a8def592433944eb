//! What suites came to, in the XML that JUnit made the common form of test results.

use std::fmt::Write as _;
use std::path::Path;

use variorum_domain::suite::Miss;

use super::suites::{CaseResult, SuiteResult, Tested};
use crate::error::CliError;

/// Writes the file.
pub(super) fn write(file: &Path, tests: &Tested) -> Result<(), CliError> {
    std::fs::write(file, xml(tests)).map_err(|error| {
        CliError::user(
            format!("`{}` cannot be written: {error}", file.display()),
            "give a file in a folder that is there",
        )
    })
}

fn xml(tests: &Tested) -> String {
    let sum = tests.cases();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"variorum\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        sum.total(),
        sum.failed,
        sum.not_run
    );
    for suite in &tests.suites {
        put_suite(&mut out, suite);
    }
    out.push_str("</testsuites>\n");
    out
}

fn put_suite(out: &mut String, suite: &SuiteResult) {
    let sum = suite.counts();
    // Writing into a text does not fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
        escaped(&suite.path),
        sum.total(),
        sum.failed,
        sum.not_run
    );
    for case in &suite.cases {
        put_case(out, &suite.path, case);
    }
    out.push_str("  </testsuite>\n");
}

fn put_case(out: &mut String, path: &str, case: &CaseResult) {
    let counts = case.outcome.counts();
    let head = format!(
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"",
        escaped(&case.name),
        escaped(path),
        escaped(&case.place.path),
        case.place.line
    );
    out.push_str(&head);
    let told = |misses: &[Miss]| {
        let lines: Vec<String> = misses
            .iter()
            .map(|miss| {
                format!(
                    "{}:{} {} {}",
                    miss.place.path, miss.place.line, miss.kind, miss.why
                )
            })
            .collect();
        escaped(&lines.join("\n"))
    };
    if counts.failed > 0 {
        let told = told(&case.outcome.failures);
        let first = case
            .outcome
            .failures
            .first()
            .map_or("", |miss| miss.why.as_str());
        let _ = write!(
            out,
            ">\n      <failure message=\"{}\">{told}</failure>\n    </testcase>\n",
            escaped(first)
        );
    } else if counts.not_run > 0 {
        let told = told(&case.outcome.not_run);
        let _ = write!(
            out,
            ">\n      <skipped message=\"{told}\"/>\n    </testcase>\n"
        );
    } else {
        out.push_str("/>\n");
    }
}

/// A text as it may stand in XML; characters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_cannot_end_an_attribute() {
        assert_eq!(
            escaped("a\"/><b>&\n\u{7}c"),
            "a&quot;/&gt;&lt;b&gt;&amp;&#10;c"
        );
    }
}
