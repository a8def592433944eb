//! The rules: reading them, what they ask for, what they refuse.

use super::*;
use crate::change::Blocker;
use crate::record::Note;

const DEMO: &str = include_str!("../../../../demo/library/rules/change.yaml");

fn touched(path: &str, wording_only: bool) -> Touched {
    Touched {
        path: path.into(),
        wording_only,
    }
}

fn note(subject: &str, problem: &str) -> Note {
    Note {
        subject: subject.into(),
        record: ChangeRecord {
            problem: problem.into(),
            ..ChangeRecord::default()
        },
        ..Note::default()
    }
}

fn codes(found: &[Blocker]) -> Vec<&'static str> {
    found.iter().map(|one| one.code).collect()
}

#[test]
fn the_sample_s_rules_are_read() {
    let policy = Policy::parse(DEMO).unwrap();
    assert!(policy.refuses_subject("  Updated   prompt. "));
    assert!(!policy.refuses_subject("Updated prompt for decaf"));
    assert!(policy.rules.len() >= 5);
}

#[test]
fn no_later_rule_takes_back_an_earlier_duty() {
    let text = "rules:\n  - {id: a, paths: [\"prompts/**\"], require: [problem], approvals: [{group: publisher, count: 2}]}\n  - {id: b, paths: [\"prompts/x/**\"], require: [hypothesis], approvals: [{group: publisher}]}\n  - {id: c, paths: [\"**\"], require: []}\n";
    let policy = Policy::parse(text).unwrap();
    let duties = policy.duties(&[touched("prompts/x/a.prompt", false)]);
    let fields: Vec<Field> = duties.fields.iter().map(|needed| needed.field).collect();
    assert_eq!(fields, [Field::Problem, Field::Hypothesis]);
    assert_eq!(duties.approvals.len(), 1);
    assert_eq!(duties.approvals[0].count, 2);
    assert_eq!(
        policy.duties(&[touched("library.yaml", false)]),
        Duties::default()
    );
}

#[test]
fn wording_alone_is_exempt_where_the_rule_says_so() {
    let text =
        "rules:\n  - {id: a, paths: [\"**\"], require: [problem], exempt_when: wording_only}\n";
    let policy = Policy::parse(text).unwrap();
    let wording = [touched("a.prompt", true)];
    assert_eq!(policy.duties(&wording), Duties::default());
    let both = [touched("a.prompt", true), touched("b.prompt", false)];
    let duties = policy.duties(&both);
    assert_eq!(duties.fields[0].path, "b.prompt");
}

#[test]
fn wording_is_what_stands_below_the_front_matter() {
    let base = "---\nmodel: a\n---\nOne.\n";
    let rows = [
        ("a.prompt", Some("---\nmodel: a\n---\nTwo.\n"), true),
        ("a.prompt", Some("---\nmodel: b\n---\nOne.\n"), false),
        ("a.prompt", Some("One.\n"), false),
        ("a.prompt", None, false),
        ("a.md", Some("---\nmodel: a\n---\nTwo.\n"), false),
    ];
    for (path, after, expected) in rows {
        assert_eq!(
            is_wording_only(path, Some(base), after),
            expected,
            "{path} {after:?}"
        );
    }
    assert!(!is_wording_only("a.prompt", None, Some(base)));
}

#[test]
fn table_of_what_may_be_saved_directly() {
    let open = Policy::parse("refused_subjects: [update]\nrules:\n  - {id: p, paths: [\"prompts/**\"], require: [problem]}\n  - {id: l, paths: [\"legal/**\"], approvals: [{group: publisher}]}\n").unwrap();
    let reviewed = Policy {
        main: MainGuard::Reviewed,
        ..Policy::default()
    };
    let rows = [
        (
            &open,
            "prompts/a.prompt",
            note("Shorten", "too long"),
            Way::Direct,
            vec![],
        ),
        (
            &open,
            "prompts/a.prompt",
            note("Update", "too long"),
            Way::Direct,
            vec!["refused-subject"],
        ),
        (
            &open,
            "prompts/a.prompt",
            note("Update!", " "),
            Way::Direct,
            vec!["refused-subject", "missing-field"],
        ),
        (
            &open,
            "legal/a.prompt",
            note("Shorten", ""),
            Way::Direct,
            vec!["needs-review"],
        ),
        (
            &open,
            "legal/a.prompt",
            note("Shorten", ""),
            Way::Reviewed,
            vec![],
        ),
        (
            &reviewed,
            "x",
            note("Shorten", ""),
            Way::Direct,
            vec!["needs-review"],
        ),
        (&reviewed, "x", note("Shorten", ""), Way::Reviewed, vec![]),
    ];
    for (policy, path, note, way, expected) in rows {
        let found = breaches(policy, &[touched(path, false)], &[&note], way);
        assert_eq!(codes(&found), expected, "{path} {}", note.subject);
    }
    let both = [&note("Shorten", ""), &note("Mend", "wrong price")];
    assert!(
        breaches(
            &open,
            &[touched("prompts/a.prompt", false)],
            &both,
            Way::Direct
        )
        .is_empty()
    );
}

#[test]
fn faults_of_the_file_have_a_place() {
    let rows = [
        (
            "main: closed\n",
            1,
            7,
            "`main` must be `open` or `reviewed`",
        ),
        (
            "mian: open\n",
            1,
            1,
            "unknown key `mian`; did you mean `main`?",
        ),
        (
            "rules:\n  - id: a\n",
            2,
            5,
            "rule `a` needs `paths`, e.g. `prompts/**`",
        ),
        (
            "rules:\n  - paths: [x]\n    require: [hypotesis]\n",
            3,
            15,
            "unknown field `hypotesis`; one of problem, baseline, hypothesis, campaign, validation",
        ),
        (
            "rules:\n  - paths: [x]\n    approvals:\n      - group: lgal\n",
            4,
            16,
            "`lgal` is neither a group nor a role; name its people under `groups`",
        ),
        (
            "groups: {legal: [sofia]}\n",
            1,
            18,
            "`sofia` is not an e-mail address",
        ),
        (
            "groups: {legal: [a@b.c]}\nrules:\n  - paths: [x]\n    approvals: [{group: legal, count: 2}]\n",
            4,
            17,
            "`legal` has fewer than 2 people, so nobody could ever approve",
        ),
        (
            "dismiss_stale: maybe\n",
            1,
            16,
            "`dismiss_stale` must be true or false",
        ),
        (
            "rules: [{paths: [\"a//b\"]}]\n",
            1,
            18,
            "the pattern `a//b` has an empty part",
        ),
    ];
    for (text, line, column, message) in rows {
        let found = Policy::parse(text).unwrap_err();
        let first = &found[0];
        assert_eq!(
            (first.line, first.column, first.message.as_str()),
            (line, column, message),
            "{text}"
        );
        assert_eq!(first.path, POLICY_FILE);
    }
    assert_eq!(Policy::parse("").unwrap(), Policy::default());
}
