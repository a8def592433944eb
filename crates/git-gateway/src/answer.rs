//! What the pusher reads: a report for the program, and words for the person.

use variorum_app::library::push::{Outcome, Pushed, Refusal};

use crate::packet;

/// Versions named one by one.
const VERSIONS_SHOWN_MAX: usize = 20;

/// How the client wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wishes {
    /// A report on each ref.
    pub(crate) report: bool,
    /// Words beside the report.
    pub(crate) bands: bool,
}

/// The body of the answer to a push.
pub(crate) fn body(pushed: &Pushed, wishes: Wishes, public_url: &str) -> Vec<u8> {
    let mut out = Vec::new();
    if wishes.bands {
        for line in words(pushed, public_url) {
            packet::band(&mut out, 2, format!("{}\n", plain(&line)).as_bytes());
        }
    }
    if wishes.report {
        let report = report(pushed);
        if wishes.bands {
            packet::band(&mut out, 1, &report);
        } else {
            return report;
        }
    }
    out.extend_from_slice(packet::FLUSH);
    out
}

fn report(pushed: &Pushed) -> Vec<u8> {
    let mut report = Vec::new();
    let unpack = match &pushed.pack_refused {
        None => "ok".to_owned(),
        Some(refusal) => plain(&refusal.short),
    };
    packet::line(&mut report, format!("unpack {unpack}\n").as_bytes());
    for outcome in &pushed.refs {
        let line = match &outcome.refused {
            None => format!("ok {}\n", outcome.name),
            Some(refusal) => format!("ng {} {}\n", outcome.name, plain(&refusal.short)),
        };
        packet::line(&mut report, line.as_bytes());
    }
    report.extend_from_slice(packet::FLUSH);
    report
}

/// The words, a line each.
fn words(pushed: &Pushed, public_url: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    if let Some(refusal) = &pushed.pack_refused {
        refused("The push", refusal, &mut lines);
    }
    for outcome in &pushed.refs {
        match &outcome.refused {
            Some(refusal) if pushed.pack_refused.is_none() => {
                let name = short_name(outcome);
                refused(&format!("`{name}`"), refusal, &mut lines);
            }
            Some(_) => {}
            None => taken(outcome, public_url, &mut lines),
        }
    }
    if !pushed.remarks.is_empty() {
        lines.push("Saved, but these prompts need another look:".to_owned());
        lines.extend(pushed.remarks.iter().map(|remark| format!("  {remark}")));
        lines.push(String::new());
    }
    if lines.len() == 1 {
        lines.clear();
    }
    lines
}

fn refused(what: &str, refusal: &Refusal, lines: &mut Vec<String>) {
    lines.push(format!(
        "{what} was refused, nothing was stored: {}",
        refusal.short
    ));
    lines.extend(refusal.lines.iter().map(|line| format!("  {line}")));
    lines.push(String::new());
}

fn taken(outcome: &Outcome, public_url: &str, lines: &mut Vec<String>) {
    let name = short_name(outcome);
    if outcome.deleted {
        lines.push(format!(
            "`{name}` is deleted; its saved versions stay in the store."
        ));
        lines.push(String::new());
        return;
    }
    let commits = match outcome.commits {
        0 => "nothing new".to_owned(),
        1 => "1 commit".to_owned(),
        count => format!("{count} commits"),
    };
    let rewritten = if outcome.rewritten {
        " (rewritten; what it held before stays in the audit log)"
    } else {
        ""
    };
    lines.push(format!("`{name}` is saved: {commits}{rewritten}"));
    for file in outcome.versions.iter().take(VERSIONS_SHOWN_MAX) {
        lines.push(match file.version {
            Some(version) => format!("  {} is now version {version}", file.path),
            None => format!("  {} is deleted or taken over", file.path),
        });
    }
    let more = outcome.versions.len().saturating_sub(VERSIONS_SHOWN_MAX);
    if more > 0 {
        lines.push(format!("  … and {more} more files"));
    }
    if let Some(draft) = outcome.draft() {
        lines.push(format!("  {}", address(draft, public_url)));
    }
    lines.push(String::new());
}

/// Where the browser shows it.
fn address(draft: &str, public_url: &str) -> String {
    if draft == "main" {
        format!("{public_url}/library")
    } else {
        format!("{public_url}/drafts/{}", draft.replace('/', "%2F"))
    }
}

fn short_name(outcome: &Outcome) -> &str {
    let name = outcome.name.as_str();
    outcome
        .draft()
        .unwrap_or_else(|| name.strip_prefix("refs/tags/").unwrap_or(name))
}

/// One line without characters that would command a terminal.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use variorum_app::library::index::FileVersion;

    use super::*;

    fn outcome(name: &str, refused: Option<Refusal>) -> Outcome {
        Outcome {
            name: name.to_owned(),
            refused,
            commits: 1,
            versions: vec![FileVersion {
                path: "prompts/a.prompt".to_owned(),
                version: Some(7),
            }],
            rewritten: false,
            deleted: false,
        }
    }

    #[test]
    fn one_ref_is_taken_and_one_refused() {
        let refusal = Refusal {
            short: "main has moved".to_owned(),
            lines: vec!["Run `git pull`\x1b[31m".to_owned()],
        };
        let pushed = Pushed {
            refs: vec![
                outcome("refs/heads/campaign/autumn", None),
                outcome("refs/heads/main", Some(refusal)),
            ],
            remarks: vec!["prompts/a.prompt:3:1: warning: x".to_owned()],
            pack_refused: None,
        };
        assert_eq!(
            words(&pushed, "http://h"),
            [
                "",
                "`campaign/autumn` is saved: 1 commit",
                "  prompts/a.prompt is now version 7",
                "  http://h/drafts/campaign%2Fautumn",
                "",
                "`main` was refused, nothing was stored: main has moved",
                "  Run `git pull`\x1b[31m",
                "",
                "Saved, but these prompts need another look:",
                "  prompts/a.prompt:3:1: warning: x",
                "",
            ]
        );
        let all = Wishes {
            report: true,
            bands: true,
        };
        let sent = String::from_utf8(body(&pushed, all, "http://h")).unwrap();
        assert!(
            !sent.contains('\x1b'),
            "a pushed text commands the terminal"
        );
        assert!(sent.contains("ng refs/heads/main main has moved\n"));
        assert!(sent.ends_with("00000000"), "{sent}");
        let bare = Wishes {
            report: true,
            ..Wishes::default()
        };
        let sent = String::from_utf8(body(&pushed, bare, "http://h")).unwrap();
        assert!(
            sent.starts_with("000eunpack ok\n0022ok refs/heads/campaign/autumn\n"),
            "{sent}"
        );
    }
}
