//! What still blocks publishing, in plain words: a function of the facts, and nothing else.

use super::approvals::{Standing, still_needed};
use super::{Change, ChangeStatus, Verdict, in_force};
use crate::impact::contract::Breach;
use crate::policy::{self, Reaching, Touched, Way, breaches};
use crate::prompt::{Diagnostic, Severity};
use crate::record::Note;
use crate::suite::CASE_FAILED;

/// Files or commits named in one blocker; the rest is counted.
const NAMED_MAX: usize = 5;

/// One thing in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its kind: a stable kebab-case name.
    pub code: &'static str,
    /// What is in the way, in one sentence.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// The file, or empty.
    pub path: String,
    /// The line, where there is one.
    pub line: Option<usize>,
    /// The field of the change record, or empty.
    pub field: String,
    /// Who could do it, by name.
    pub who: Vec<String>,
}

impl Blocker {
    /// Something in the way, nowhere in particular.
    pub fn new(code: &'static str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            next: next.into(),
            path: String::new(),
            line: None,
            field: String::new(),
            who: Vec::new(),
        }
    }

    /// The same in a file.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The same about a field of the record.
    #[must_use]
    pub fn in_field(mut self, field: &str) -> Self {
        field.clone_into(&mut self.field);
        self
    }
}

/// Everything that is known of a change when it is asked what blocks it.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The change.
    pub change: &'a Change,
    /// The message its merge would have.
    pub note: &'a Note,
    /// The rules, reviews and people.
    pub standing: Standing<'a>,
    /// Whether the draft has anything that `main` does not have.
    pub has_something: bool,
    /// How many versions `main` has that the draft does not have.
    pub behind: usize,
    /// Paths that both sides changed, and nobody has decided.
    pub conflicts: Vec<String>,
    /// What is wrong with changed files; warnings are left out of account.
    pub findings: &'a [Diagnostic],
    /// The paths it touches.
    pub touched: &'a [Touched],
    /// Threads nobody settled.
    pub open_threads: usize,
    /// What these paths reach.
    pub reaching: &'a Reaching,
    /// Contracts the change breaks; warnings are left out of account.
    pub broken_contracts: &'a [Breach],
    /// What changed prompts lack of the documentation standard, where it refuses.
    pub undocumented: &'a [Blocker],
    /// What stands in the way where versions without a good signature are among it; asked for only
    /// where the rules require signatures.
    pub unsigned: Option<Blocker>,
}

/// What still blocks publishing; empty where nothing does.
pub fn blockers(facts: &Facts<'_>) -> Vec<Blocker> {
    let policy = facts.standing.policy;
    let mut found = Vec::new();
    if facts.change.status != ChangeStatus::Open {
        let message = format!("this change is {}", facts.change.status.name());
        found.push(Blocker::new(
            "not-open",
            message,
            "open another change for what is new",
        ));
        return found;
    }
    if !facts.has_something {
        let message = "the draft has nothing that the library does not have";
        found.push(Blocker::new(
            "nothing-new",
            message,
            "save something on the draft first",
        ));
        return found;
    }
    found.extend(facts.conflicts.iter().map(|path| {
        Blocker::new(
            "conflict",
            "two people changed the same part of this file",
            "update the draft with the latest and choose what shall stand",
        )
        .at(path)
    }));
    if policy.up_to_date && facts.behind > 0 {
        let message = format!("the library has moved on by {} versions", facts.behind);
        found.push(Blocker::new(
            "behind",
            message,
            "update the draft with the latest",
        ));
    }
    found.extend(
        facts
            .findings
            .iter()
            .filter(|one| one.is_error())
            .map(error_in_file),
    );
    found.extend(breaches(
        policy,
        policy::Facts {
            touched: facts.touched,
            reaching: facts.reaching,
            notes: &[facts.note],
        },
        Way::Reviewed,
    ));
    found.extend(requested_changes(facts));
    found.extend(missing_approvals(facts));
    if policy.threads_block && facts.open_threads > 0 {
        let message = format!("{} discussions are not settled", facts.open_threads);
        found.push(Blocker::new(
            "unresolved-threads",
            message,
            "answer and settle them",
        ));
    }
    if policy.contracts.binds(Way::Reviewed) {
        found.extend(broken_contracts(facts.broken_contracts));
    }
    found.extend_from_slice(facts.undocumented);
    if policy.signed_commits {
        found.extend(facts.unsigned.clone());
    }
    found
}

/// Broken contracts as blockers: each names the file that suffers.
pub fn broken_contracts(broken: &[Breach]) -> Vec<Blocker> {
    let errors = broken
        .iter()
        .filter(|breach| breach.severity == Severity::Error);
    let blocker = |breach: &Breach| Blocker {
        line: Some(breach.dependant.line),
        ..Blocker::new("broken-contract", &breach.message, &breach.next).at(&breach.dependant.path)
    };
    errors.map(blocker).collect()
}

fn error_in_file(finding: &Diagnostic) -> Blocker {
    if finding.code == CASE_FAILED {
        return failing_case(finding);
    }
    Blocker {
        line: Some(finding.line),
        ..Blocker::new(
            "error-in-file",
            &finding.message,
            "mend the file on the draft",
        )
        .at(&finding.path)
    }
}

/// Failing cases and suites with errors as blockers: each names the place in the suite.
pub fn failing_cases(found: &[Diagnostic]) -> Vec<Blocker> {
    let errors = found.iter().filter(|one| one.is_error());
    errors.map(error_in_file).collect()
}

fn failing_case(finding: &Diagnostic) -> Blocker {
    let next = "change the text so that the case holds, or what the case expects";
    Blocker {
        line: Some(finding.line),
        ..Blocker::new(CASE_FAILED, &finding.message, next).at(&finding.path)
    }
}

fn requested_changes(facts: &Facts<'_>) -> Vec<Blocker> {
    let standing = in_force(facts.standing.reviews).into_iter();
    standing
        .filter(|review| review.verdict == Verdict::RequestChanges)
        .map(|review| Blocker {
            who: vec![review.by.name.clone()],
            ..Blocker::new(
                "changes-requested",
                format!("{} asked for changes", review.by.name),
                "make them, then ask for another look",
            )
        })
        .collect()
}

fn missing_approvals(facts: &Facts<'_>) -> Vec<Blocker> {
    let policy = facts.standing.policy;
    let duties = policy.duties_reaching(facts.touched, facts.reaching);
    let open = still_needed(&facts.standing, &duties.approvals);
    open.into_iter()
        .map(|(duty, missing, who)| {
            let approvals = match missing {
                1 => "one more approval".to_owned(),
                more => format!("{more} more approvals"),
            };
            let meaning = match duty.meaning.as_str() {
                "approval" => String::new(),
                meaning => format!(", as `{meaning}`"),
            };
            let ask = if duty.rules.len() == 1 { "asks" } else { "ask" };
            let message = format!(
                "“{}” {ask} for {approvals} from `{}`{meaning}",
                duty.rules.join("”, “"),
                duty.group,
            );
            let next = if who.len() < missing {
                format!("nobody else may: give somebody a place in `{}`", duty.group)
            } else {
                format!("ask one of: {}", named(&who))
            };
            let path = duty.paths.first().map_or("", String::as_str);
            Blocker {
                who,
                ..Blocker::new("needs-approval", message, next).at(path)
            }
        })
        .collect()
}

fn named(names: &[String]) -> String {
    let first = &names[..names.len().min(NAMED_MAX)];
    match names.len().saturating_sub(NAMED_MAX) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
#[path = "blocker_tests.rs"]
mod tests;
