//! The only place of the toolbox that prints.

use std::io::Write as _;

/// Prints a line of a result; a closed pipe is not an error.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Prints a line for the person at the terminal, not part of the result.
pub(crate) fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
