//! The only place that prints. Results go to standard output, everything else to standard error.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::error::CliError;

/// Prints a line of a result; a closed pipe is not an error.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    drop(
        out.write_all(text.as_ref().as_bytes())
            .and_then(|()| out.write_all(b"\n")),
    );
}

/// Prints the lines of a result.
pub(crate) fn lines(lines: &[String]) {
    if !lines.is_empty() {
        line(lines.join("\n"));
    }
}

/// Prints a result byte for byte, e.g. the content of a file.
pub(crate) fn raw(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Prints a result as it comes.
pub(crate) fn copy(from: &mut dyn std::io::Read) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match std::io::copy(from, &mut out).and_then(|_| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Prints a result as one line of JSON, for results that come one after the other.
pub(crate) fn json_line(value: &serde_json::Value) {
    line(value.to_string());
}

/// Whether results may be coloured: a person looks at them and has not said otherwise.
pub(crate) fn wants_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && std::io::stdout().is_terminal()
}

/// Whether results go to a terminal, and not into a file, a pipe or a service manager's journal.
pub(crate) fn is_for_people() -> bool {
    std::io::stdout().is_terminal()
}

/// Prints a result as JSON.
pub(crate) fn json<T: Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(error) => note(format!("the result cannot be written as JSON: {error}")),
    }
}

/// Prints a line for the person at the terminal, not part of the result.
pub(crate) fn note(text: impl AsRef<str>) {
    let mut out = std::io::stderr().lock();
    drop(
        out.write_all(text.as_ref().as_bytes())
            .and_then(|()| out.write_all(b"\n")),
    );
}

/// Says why a command failed, and what to do next.
pub(crate) fn failure(error: &CliError, as_json: bool) -> ExitCode {
    if as_json {
        let value = serde_json::json!({
            "error": {
                "code": error.code, "message": error.message, "hint": error.hint, "details": error.details,
            }
        });
        note(value.to_string());
    } else {
        note(format!("error: {}", error.message));
        for detail in &error.details {
            note(format!("  {detail}"));
        }
        if let Some(hint) = &error.hint {
            note(format!("hint: {hint}"));
        }
    }
    ExitCode::from(error.exit)
}

/// Where the log of a server goes.
pub(crate) fn log_writer() -> std::io::Stderr {
    std::io::stderr()
}

/// Whether the log goes to a terminal, where colours help.
pub(crate) fn log_is_for_people() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
