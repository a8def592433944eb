//! The rules: reading them, what they ask for, what they refuse.

use super::*;
use crate::change::Blocker;
use crate::impact::Thing;
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
        let touched = [touched(path, false)];
        let found = breaches(policy, facts(&touched, &[&note], &Reaching::default()), way);
        assert_eq!(codes(&found), expected, "{path} {}", note.subject);
    }
    let both = [&note("Shorten", ""), &note("Mend", "wrong price")];
    let prompts = [touched("prompts/a.prompt", false)];
    let nothing = Reaching::default();
    assert!(breaches(&open, facts(&prompts, &both, &nothing), Way::Direct).is_empty());
    let legal = [touched("legal/a.prompt", false)];
    let found = breaches(&open, facts(&legal, &both, &nothing), Way::Published);
    assert_eq!(
        codes(&found),
        ["needs-review"],
        "publishing a draft is no way round"
    );
}

fn facts<'a>(touched: &'a [Touched], notes: &'a [&'a Note], reaching: &'a Reaching) -> Facts<'a> {
    Facts {
        touched,
        reaching,
        notes,
    }
}

#[test]
fn what_is_reached_binds_every_way_but_an_emergency() {
    let text = "impact:\n  - {title: Germany, reaches: [region, prompt], names: [de, \"prompts/legal/**\"], approvals: [{group: publisher}]}\n  - {title: Live, reaches: rollout, then: block}\n";
    let policy = Policy::parse(text).unwrap();
    assert_eq!(
        policy.named_kinds().into_iter().collect::<Vec<_>>(),
        [Thing::Prompt, Thing::Region]
    );
    let reaching = |region: &str, path: &str, rollouts: usize| Reaching {
        counts: [
            (Thing::Region, 1),
            (Thing::Prompt, 1),
            (Thing::Rollout, rollouts),
        ]
        .into(),
        names: [
            (Thing::Region, vec![region.to_owned()]),
            (Thing::Prompt, vec![path.to_owned()]),
        ]
        .into(),
    };
    let rows = [
        (reaching("uk", "prompts/a.prompt", 0), Way::Direct, &[][..]),
        (
            reaching("de", "prompts/a.prompt", 0),
            Way::Direct,
            &["needs-review"],
        ),
        (
            reaching("uk", "prompts/legal/a.prompt", 0),
            Way::Published,
            &["needs-review"],
        ),
        (reaching("de", "prompts/a.prompt", 0), Way::Reviewed, &[]),
        (
            reaching("uk", "prompts/a.prompt", 1),
            Way::Reviewed,
            &["reach-refused"],
        ),
        (reaching("de", "prompts/a.prompt", 1), Way::Emergency, &[]),
    ];
    for (reaching, way, expected) in rows {
        let (note, touched) = (note("Shorten", ""), [touched("prompts/a.prompt", false)]);
        let found = breaches(&policy, facts(&touched, &[&note], &reaching), way);
        assert_eq!(codes(&found), expected, "{reaching:?} {way:?}");
        let duties = policy.duties_reaching(&touched, &reaching);
        let asked = duties
            .approvals
            .first()
            .map(|needed| needed.rules[0].as_str());
        if expected == ["needs-review"] {
            assert!(
                asked.unwrap().starts_with("Germany: it reaches 1 "),
                "{asked:?}"
            );
        }
    }
}

#[test]
fn table_of_where_broken_contracts_are_refused() {
    let rows = [
        ("", [true, true, true, false]),
        ("broken_contracts: warn", [false; 4]),
        ("broken_contracts: block", [true, true, true, false]),
    ];
    let ways = [Way::Direct, Way::Published, Way::Reviewed, Way::Emergency];
    for (text, expected) in rows {
        let policy = Policy::parse(text).unwrap();
        assert_eq!(
            ways.map(|way| policy.contracts.binds(way)),
            expected,
            "{text}"
        );
    }
}

#[test]
fn table_of_where_failing_cases_are_refused() {
    let rows = [
        ("", [true, true, true, false]),
        ("tests: warn", [false; 4]),
        ("tests: block", [true, true, true, false]),
    ];
    let ways = [Way::Direct, Way::Published, Way::Reviewed, Way::Emergency];
    for (text, expected) in rows {
        let policy = Policy::parse(text).unwrap();
        assert_eq!(ways.map(|way| policy.tests.binds(way)), expected, "{text}");
    }
    assert!(Policy::parse("tests: maybe").is_err());
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
        (
            "impact:\n  - {id: a, then: block}\n",
            2,
            5,
            "rule `a` needs `reaches`: one of prompt, partial, variation, workflow, suite, dataset, rule, settings, kpi, channel, brand, region, owner, category, release, environment, rollout, other",
        ),
        (
            "impact:\n  - id: a\n    reaches: [promt]\n    then: block\n",
            3,
            15,
            "nothing is called `promt`; did you mean `prompt`?",
        ),
        (
            "impact:\n  - {id: a, reaches: prompt}\n",
            2,
            5,
            "rule `a` asks for nothing: it needs `then: block` or `approvals`",
        ),
        (
            "impact:\n  - {id: a, reaches: prompt, then: warn}\n",
            2,
            36,
            "`then` can only be `block`; where people shall approve, list them under `approvals`",
        ),
        (
            "impact:\n  - {id: a, reaches: prompt, more_than: -1, then: block}\n",
            2,
            41,
            "`more_than` must be a whole number, not below 0",
        ),
        (
            "impact:\n  - {id: a, reaches: prompt, then: block}\n  - {id: a, reaches: prompt, then: block}\n",
            3,
            5,
            "two rules have the id `a`",
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
