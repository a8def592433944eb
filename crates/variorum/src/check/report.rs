//! The result in the words of whoever reads it: people, scripts, GitHub, GitLab.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use variorum_domain::canonical;
use variorum_domain::prompt::Severity;
use variorum_domain::suite::{Counts, Miss};

use super::Report;
use super::finding::Finding;
use super::suites::{CaseResult, SuiteResult, Tested};
use crate::commands::layout::plural;

/// Reached things that are named to people; the rest is counted.
const NAMED_MAX: usize = 20;

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Lines for people.
pub(super) fn human(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &report.findings {
        let place = if one.path.is_empty() {
            String::new()
        } else {
            format!("{}:{}:{}: ", one.path, one.line, one.column)
        };
        let (word, code) = (word(one.severity), one.code);
        lines.push(format!("{place}{word}: {} [{code}]", one.message));
        if !one.next.is_empty() {
            lines.push(format!("    {}", one.next));
        }
    }
    if let Some(change) = &report.change {
        let files = many(change.paths.len(), "file");
        let commits = many(change.commits, "commit");
        let signed = change.signed.map_or_else(String::new, |signed| {
            format!(", {signed} of them with a signature that counts")
        });
        lines.push(format!("{files} changed in {commits}{signed}"));
        if !change.reached.is_empty() {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for one in &change.reached {
                *counts.entry(one.thing.name()).or_default() += 1;
            }
            let counts = counts
                .iter()
                .map(|(thing, count)| format!("{thing}: {count}"));
            let counts: Vec<String> = counts.collect();
            lines.push(format!("they reach {}", counts.join(", ")));
        }
        for one in change.reached.iter().take(NAMED_MAX) {
            let why = one.why.join(" → ");
            lines.push(format!("  {} {} (by {why})", one.thing.name(), one.name));
        }
        let more = change.reached.len().saturating_sub(NAMED_MAX);
        if more > 0 {
            lines.push(format!("  and {more} more; `--json` lists them all"));
        }
    }
    if let Some(tests) = &report.tests {
        lines.extend(told(tests));
    }
    lines.push(sum_of_all(report));
    lines
}

/// What the suites came to: why which were not run, and the sum.
fn told(tests: &Tested) -> Vec<String> {
    let mut lines = Vec::new();
    for suite in &tests.suites {
        for (why, count) in suite.reasons() {
            lines.push(format!("{}: {} not run: {why}", suite.path, cases(count)));
        }
    }
    if !tests.suites.is_empty() {
        lines.push(format!("{}: {}", suites(tests), sum(tests)));
    }
    lines
}

fn cases(count: usize) -> String {
    format!("{count} case{}", if count == 1 { "" } else { "s" })
}

fn suites(tests: &Tested) -> String {
    many(tests.suites.len(), "suite")
}

fn many(number: usize, one: &str) -> String {
    plural(number as u64, one)
}

/// What all of it comes to: `3 files: 1 error, 0 warnings`.
fn sum_of_all(report: &Report) -> String {
    let (errors, warnings) = counts(report);
    let (errors, warnings) = (many(errors, "error"), many(warnings, "warning"));
    format!("{}: {errors}, {warnings}", many(report.files, "file"))
}

fn sum(tests: &Tested) -> String {
    let sum = tests.cases();
    let (passed, failed, not_run) = (cases(sum.passed), sum.failed, sum.not_run);
    format!("{passed} passed, {failed} failed, {not_run} not run")
}

fn counts(report: &Report) -> (usize, usize) {
    (
        report.count(Severity::Error),
        report.count(Severity::Warning),
    )
}

/// One object with everything.
pub(super) fn json(report: &Report) -> Value {
    let (errors, warnings) = counts(report);
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let change = report.change.as_ref().map(|change| {
        let reached: Vec<Value> = change
            .reached
            .iter()
            .map(|one| json!({"name": one.name, "kind": one.thing.name(), "why": one.why}))
            .collect();
        json!({"commits": change.commits, "signed": change.signed, "changed": change.paths, "reached": reached})
    });
    json!({
        "files": report.files, "errors": errors, "warnings": warnings,
        "findings": findings, "change": change,
        "tests": report.tests.as_ref().map(tests),
    })
}

/// What the suites came to, case by case.
fn tests(tests: &Tested) -> Value {
    let counts =
        |sum: Counts| json!({"passed": sum.passed, "failed": sum.failed, "not_run": sum.not_run});
    let case = |case: &CaseResult| {
        let misses = |misses: &[Miss]| -> Vec<Value> {
            let one = |miss: &Miss| json!({"assertion": miss.kind, "why": miss.why, "path": &*miss.place.path, "line": miss.place.line});
            misses.iter().map(one).collect()
        };
        json!({
            "case": case.name, "path": &*case.place.path, "line": case.place.line, "result": case.outcome.word().replace(' ', "_"),
            "assertions": counts(case.outcome.assertions),
            "failures": misses(&case.outcome.failures), "not_run": misses(&case.outcome.not_run),
        })
    };
    let suite = |suite: &SuiteResult| {
        let cases: Vec<Value> = suite.cases.iter().map(case).collect();
        json!({"path": suite.path, "description": suite.title, "sum": counts(suite.counts()), "cases": cases})
    };
    let suites: Vec<Value> = tests.suites.iter().map(suite).collect();
    json!({
        "cases": counts(tests.cases()), "assertions": counts(tests.assertions()), "suites": suites,
    })
}

fn finding(one: &Finding) -> Value {
    json!({
        "severity": word(one.severity), "code": one.code, "message": one.message,
        "next": one.next, "path": one.path, "line": one.line, "column": one.column,
    })
}

/// Workflow commands that GitHub shows beside the lines.
pub(super) fn github(report: &Report, prefix: &str) -> Vec<String> {
    let mut lines: Vec<String> = report
        .findings
        .iter()
        .map(|one| {
            let place = if one.path.is_empty() {
                String::new()
            } else {
                let file = property(&format!("{prefix}{}", one.path));
                format!("file={file},line={},col={},", one.line, one.column)
            };
            let (kind, title) = (word(one.severity), property(one.code));
            format!("::{kind} {place}title={title}::{}", data(&one.whole()))
        })
        .collect();
    let reached = report.change.as_ref().map_or_else(String::new, |change| {
        let changed = many(change.paths.len(), "file");
        let more = many(change.reached.len(), "more thing");
        format!("; {changed} changed, reaching {more}")
    });
    let tested = report
        .tests
        .as_ref()
        .filter(|tests| !tests.suites.is_empty());
    let tested = tested.map_or_else(String::new, |tests| {
        format!("; {}: {}", suites(tests), sum(tests))
    });
    lines.push(format!(
        "::notice title=variorum check::{}{reached}{tested}",
        sum_of_all(report)
    ));
    lines
}

/// What stands after `::` in a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// What stands behind `=` in a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A Code Quality report. A fingerprint says which finding it is, wherever the line has moved to.
pub(super) fn gitlab(report: &Report, prefix: &str) -> Value {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let issues = report.findings.iter().map(|one| {
        let path = format!("{prefix}{}", one.place());
        let same = format!("{}\n{path}\n{}", one.code, one.message);
        let count = seen.entry(same.clone()).or_default();
        *count += 1;
        let severity = match one.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
        };
        json!({
            "description": one.whole(),
            "check_name": one.code,
            "fingerprint": canonical::digest(&format!("{same}\n{count}")).to_string(),
            "severity": severity,
            "location": {"path": path, "lines": {"begin": one.line}},
        })
    });
    Value::Array(issues.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(message: &str) -> Report {
        let one = Finding::error("some-code", message).at("prompts/a,b.prompt", 3, 7);
        Report {
            findings: vec![one.clone(), Finding { line: 9, ..one }],
            files: 1,
            of_library: 1,
            change: None,
            tests: None,
        }
    }

    #[test]
    fn text_cannot_end_a_workflow_command() {
        let lines = github(&report("100 %\n::error::not ours"), "library/");
        assert_eq!(
            lines[0],
            "::error file=library/prompts/a%2Cb.prompt,line=3,col=7,title=some-code::100 %25%0A\
             ::error::not ours"
        );
    }

    #[test]
    fn two_findings_of_one_kind_have_two_fingerprints_that_do_not_know_the_line() {
        let first = gitlab(&report("twice"), "");
        let mut moved = report("twice");
        moved.findings[0].line = 100;
        let second = gitlab(&moved, "");
        assert_ne!(first[0]["fingerprint"], first[1]["fingerprint"]);
        assert_eq!(first[0]["fingerprint"], second[0]["fingerprint"]);
        assert_eq!(second[0]["location"]["lines"]["begin"], 100);
    }
}
