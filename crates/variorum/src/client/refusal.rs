//! Why the server did not do what it was asked, in words for the terminal.

use std::io::ErrorKind;

use variorum_api_types::problem::{Blocker, Conflict, Diagnostic, Problem};

use crate::error::CliError;

/// The codes a script may act on; what the server adds later is a plain refusal to this version.
const CODES: [&str; 17] = [
    "blocked",
    "denied",
    "limited-token",
    "unauthenticated",
    "cross-site",
    "not-found",
    "conflict",
    "clash",
    "invalid",
    "bad-json",
    "content-type",
    "too-large",
    "method-not-allowed",
    "wrong-host",
    "timeout",
    "unavailable",
    "internal",
];

/// The server answered, but with a problem.
pub(super) fn refused(status: u16, text: &str) -> CliError {
    let exit = if (400..500).contains(&status) { 1 } else { 70 };
    let Ok(problem) = serde_json::from_str::<Problem>(text) else {
        return CliError {
            message: format!("the server answered with status {status} and gave no reason"),
            hint: Some("is this the address of Variorum, or of something in front of it?".into()),
            code: "refused",
            exit,
            details: Vec::new(),
        };
    };
    let code = CODES
        .into_iter()
        .find(|code| *code == problem.code)
        .unwrap_or("refused");
    CliError {
        exit,
        code,
        details: details(&problem),
        message: problem.detail,
        hint: problem.hint,
    }
}

fn details(problem: &Problem) -> Vec<String> {
    let mut details: Vec<String> = problem.diagnostics.iter().map(diagnostic).collect();
    details.extend(problem.conflicts.iter().flat_map(conflict));
    details.extend(problem.blockers.iter().flat_map(blocker));
    details.extend(problem.head.iter().map(|head| {
        format!("the newest version is now {head}; `prompts save` takes it as `--base`")
    }));
    details.extend(problem.incident.iter().map(|id| format!("incident: {id}")));
    details
}

/// One finding, in the form that editors and terminals turn into a link.
pub(crate) fn diagnostic(found: &Diagnostic) -> String {
    format!(
        "{}:{}:{}: {}",
        found.path, found.line, found.column, found.message
    )
}

/// What is in the way, and what to do next.
pub(crate) fn blocker(found: &Blocker) -> Vec<String> {
    let place = match (found.path.as_str(), found.line) {
        ("", _) => String::new(),
        (path, Some(line)) => format!("{path}:{line}: "),
        (path, None) => format!("{path}: "),
    };
    vec![
        format!("✗ {place}{}", found.message),
        format!("  {}", found.next),
    ]
}

fn conflict(conflict: &Conflict) -> Vec<String> {
    let path = &conflict.path;
    if conflict.hunks.is_empty() {
        return vec![format!("{path}: {}", conflict.kind)];
    }
    let mut lines = Vec::new();
    for hunk in &conflict.hunks {
        lines.push(format!("{path}:{}: {}", hunk.line, conflict.kind));
        let sides = [
            ("before", &hunk.base),
            ("saved first", &hunk.ours),
            ("saved second", &hunk.theirs),
        ];
        for (side, text) in sides {
            lines.push(format!("  {side}:"));
            lines.extend(text.lines().map(|line| format!("    | {line}")));
        }
    }
    lines
}

/// The server did not answer at all.
pub(super) fn unreachable(url: &str, error: &ureq::Error) -> CliError {
    let no_server = |message: String, hint: &str| CliError {
        code: "no-server",
        ..CliError::user(message, hint)
    };
    match error {
        ureq::Error::Io(cause) if cause.kind() == ErrorKind::ConnectionRefused => no_server(
            format!("no server answers at `{url}`"),
            "start one with `variorum serve`, or name another with `--url`",
        ),
        ureq::Error::HostNotFound => no_server(
            format!("the host of `{url}` is not known"),
            "check the address after `--url` or in VARIORUM_URL",
        ),
        ureq::Error::Timeout(_) => no_server(
            format!("`{url}` did not answer in time"),
            "is the network or a firewall in between? trying again is safe for reading",
        ),
        ureq::Error::TlsRequired => no_server(
            format!("`{url}` asks for TLS, which this command does not speak"),
            "reach the server by a plain address, e.g. through an SSH tunnel",
        ),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => no_server(
            format!("`{url}` is not an address"),
            "write it like `http://127.0.0.1:4870`",
        ),
        other => CliError {
            code: "no-answer",
            ..CliError::internal(&format!("the answer of `{url}` was lost"), other)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_becomes_message_hint_and_lines() {
        let problem = json!({
            "type": "/problems/clash", "title": "Two people changed the same part", "status": 409,
            "code": "clash", "detail": "Two people changed the same part.",
            "hint": "Nothing is lost.", "head": "c0ffee",
            "diagnostics": [{"severity": "error", "code": "unknown-partial", "path": "prompts/a.prompt",
                "message": "there is no partial `voice`", "line": 4, "column": 7}],
            "conflicts": [{"path": "prompts/a.prompt", "kind": "both-changed", "merged": null,
                "hunks": [{"line": 9, "base": "Hello", "ours": "Hi\nthere", "theirs": "Dear"}]}],
        });
        let error = refused(409, &problem.to_string());
        assert_eq!((error.exit, error.code), (1, "clash"));
        assert_eq!(error.message, "Two people changed the same part.");
        assert_eq!(error.hint.as_deref(), Some("Nothing is lost."));
        assert_eq!(
            error.details,
            [
                "prompts/a.prompt:4:7: there is no partial `voice`",
                "prompts/a.prompt:9: both-changed",
                "  before:",
                "    | Hello",
                "  saved first:",
                "    | Hi",
                "    | there",
                "  saved second:",
                "    | Dear",
                "the newest version is now c0ffee; `prompts save` takes it as `--base`",
            ]
        );
    }

    #[test]
    fn the_servers_faults_exit_with_70_and_name_the_incident() {
        let problem = json!({
            "type": "/problems/internal", "title": "Something unexpected failed", "status": 500,
            "code": "internal", "detail": "Something failed.", "incident": "0badcafe",
        });
        let error = refused(500, &problem.to_string());
        assert_eq!((error.exit, error.code), (70, "internal"));
        assert_eq!(error.details, ["incident: 0badcafe"]);
    }

    #[test]
    fn an_answer_that_is_no_problem_is_told_by_its_status() {
        let error = refused(502, "<html>Bad gateway</html>");
        assert_eq!(
            error.message,
            "the server answered with status 502 and gave no reason"
        );
        assert_eq!((error.exit, error.code), (70, "refused"));
        assert_eq!(refused(404, "").exit, 1);
    }
}
