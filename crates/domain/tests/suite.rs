//! Suites from their text to what comes out.

use variorum_domain::check::{Files, library, suite_plan};
use variorum_domain::suite::{Answer, Outcome, Plan, Run};

const SUITE: &str = "suites/a.test.yaml";

fn files(suite: &str, more: &[(&str, &str)]) -> Files {
    let own = [
        (SUITE, suite),
        (
            "library.yaml",
            "brands: {finch: Finch}\nregions: {de: Germany}\n",
        ),
        ("prompts/_sign.prompt", "The team.\n"),
        (
            "prompts/a.prompt",
            "---\ninput:\n  schema:\n    name?: string\n---\n{{role \"system\"}}\nBe kind.\n{{role \"user\"}}\nHello {{name}}. {{! slot bye }}Bye.{{! /slot }} {{> sign}}\n",
        ),
        (
            "prompts/a.finch.prompt",
            "---\nvariorum.title: Finch\n---\n{{! slot bye }}Tweet.{{! /slot }}\n",
        ),
        (
            "prompts/b.prompt",
            "---\ninput:\n  schema:\n    needed: string\n---\n{{needed}} {{history}}\n",
        ),
    ];
    let all = own.iter().chain(more);
    Files::new(all.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

fn plan(suite: &str, more: &[(&str, &str)]) -> Plan {
    suite_plan(&files(suite, more), SUITE)
        .into_iter()
        .next()
        .unwrap_or_else(|| unreachable!())
}

/// The outcome of each case, a model answering `Hello`.
fn outcomes(plan: &Plan) -> Vec<Outcome> {
    let run = |case| match plan.run(case) {
        Run::Done(outcome) => outcome,
        Run::Ask(_) => plan.judge(case, &Answer::of_text("Hello")),
    };
    plan.cases.iter().map(run).collect()
}

fn words(plan: &Plan) -> Vec<&'static str> {
    outcomes(plan).iter().map(Outcome::word).collect()
}

#[test]
fn an_echo_is_the_prompt_with_partials_and_variations() {
    let suite = "prompts: [a, file://../prompts/a.finch.prompt]\nproviders: [echo]\ntests:\n  \
        - vars: {name: Ann}\n    assert:\n      - {type: contains, value: Hello Ann.}\n      \
        - {type: contains, value: The team.}\n      - {type: starts-with, value: \"Be kind.\\n\\nHello\"}\n      \
        - {type: contains, value: Tweet.}\n";
    let plan = plan(suite, &[]);
    assert_eq!(plan.diagnostics, []);
    assert_eq!(
        words(&plan),
        ["failed", "passed"],
        "the base says `Bye.`, the variation `Tweet.`"
    );
    let base = &outcomes(&plan)[0];
    assert_eq!(
        (base.assertions.passed, base.failures[0].place.line),
        (3, 9)
    );
    assert!(
        plan.name(&plan.cases[1]).ends_with("with a.finch.prompt"),
        "{}",
        plan.name(&plan.cases[1])
    );
}

/// Data sets that suites name.
const DATA: [(&str, &str); 4] = [
    (
        "suites/c.csv",
        "name,__expected\nAnn,contains:Ann\nBob,contains:Bob\n",
    ),
    (
        "suites/c.jsonl",
        "{\"vars\": {\"name\": \"Ann\"}}\n\n{\"vars\": {}}\n",
    ),
    (
        "suites/c.yaml",
        "- vars: {name: Ann}\n- vars: {name: [Bob, Cleo]}\n",
    ),
    ("suites/c.json", "[]"),
];

#[test]
fn table_of_how_many_cases_a_suite_comes_to() {
    let rows = [
        ("prompts: [a, b]\n", 0),
        (
            "prompts: [a, b]\ndefaultTest: {assert: [{type: contains, value: x}]}\n",
            2,
        ),
        (
            "prompts: [a, b]\nproviders: [echo, 'openai:x', {id: 'openai:y', label: y}]\ntests: [{}, {}]\n",
            12,
        ),
        (
            "prompts: [a]\ntests: [{vars: {x: [p, q, r], y: [s, t], z: one}}]\n",
            6,
        ),
        ("prompts: [a]\ntests: [{vars: {x: [1, 2]}}]\n", 1),
        (
            "prompts: [a]\ntests: [{vars: {x: [p, q]}, options: {disableVarExpansion: true}}]\n",
            1,
        ),
        (
            "prompts: [a]\ndefaultTest: {options: {disableVarExpansion: true}}\ntests: [{vars: {x: [p, q]}}]\n",
            1,
        ),
        (
            "prompts: [a]\ndefaultTest: {vars: {x: [p, q]}}\ntests: [{}, {vars: {x: one}}]\n",
            3,
        ),
        ("prompts: [a, b]\ntests: [{prompts: [b]}, {}]\n", 3),
        (
            "prompts: [{id: a, label: first}, b]\ntests: [{prompts: [first]}]\n",
            1,
        ),
        (
            "prompts: [a]\nproviders: ['openai:x', 'openai:y']\ntests: [{provider: echo}, {providers: ['openai:y']}]\n",
            2,
        ),
        (
            "prompts: [a, b]\nproviders: [{id: 'openai:x', prompts: [a]}, echo]\ntests: [{}]\n",
            3,
        ),
        (
            "prompts: [a]\nscenarios: [{config: [{vars: {l: de}}, {vars: {l: fr}}], tests: [{}, {}, {}]}]\n",
            6,
        ),
        (
            "prompts: [a]\nscenarios: [{config: [{vars: {l: de}}, {vars: {l: fr}}]}]\ntests: [{}]\n",
            3,
        ),
        ("prompts: [a]\ntests: file://c.csv\n", 2),
        (
            "prompts: [a]\ntests: [file://c.csv, {}, file://c.jsonl, file://c.yaml, file://c.json]\n",
            8,
        ),
    ];
    for (suite, count) in rows {
        let plan = plan(suite, &DATA);
        assert_eq!(plan.diagnostics, [], "{suite}");
        assert_eq!(plan.cases.len(), count, "{suite}");
    }
}

#[test]
fn cases_in_files_say_where_they_stand() {
    let csv = "name,__expected,__expected2,__description,__threshold\n\
        Ann,contains:Ann,\"icontains-all:hello, ann\",greets,\n\
        \"Bob\nJr\",not-contains:Ann,levenshtein(400):Hello,,\n\
        Cleo,contains:Cleo,contains:z,half,0.5\n\
        Dan,Hello,,,\n";
    let suite = "prompts: [a]\ndefaultTest: {assert: [{type: contains, value: The team.}]}\ntests: file://../datasets/c.csv\n";
    let plan = plan(suite, &[("datasets/c.csv", csv)]);
    assert_eq!(plan.diagnostics, []);
    assert_eq!(words(&plan), ["passed", "passed", "passed", "failed"]);
    let place = &outcomes(&plan)[3].failures[0].place;
    assert_eq!((&*place.path, place.line), ("datasets/c.csv", 6));
    assert_eq!(plan.name(&plan.cases[0]), "“greets”");
}

#[test]
fn files_hold_schemas_texts_and_variables() {
    let suite = "prompts: [a]\ntests:\n  - vars: {name: file://who.txt}\n    assert:\n      - {type: contains, value: file://want.txt}\n  \
        - providerOutput: {a: 1}\n    assert:\n      - {type: is-json, value: file://s.yaml}\n      - {type: is-json, value: file://s.json}\n      \
        - {type: equals, value: file://code.js}\n";
    let more = [
        ("suites/who.txt", "Ann\n"),
        ("suites/want.txt", "Hello Ann.\n"),
        ("suites/s.yaml", "required: [a]\n"),
        (
            "suites/s.json",
            "{\"properties\": {\"a\": {\"type\": \"integer\"}}}",
        ),
        ("suites/code.js", "module.exports = 1"),
    ];
    let plan = plan(suite, &more);
    assert_eq!(plan.diagnostics, []);
    assert_eq!(words(&plan), ["passed", "not run"]);
    assert_eq!(outcomes(&plan)[1].assertions.passed, 2);
}

#[test]
fn the_conversation_so_far_comes_before_the_last_question() {
    let suite = "prompts: [b]\ntests:\n  - vars:\n      needed: Where is it?\n      history:\n        \
        - {role: user, content: Hi}\n        - {role: model, content: Yes?}\n    assert:\n      \
        - {type: contains, value: \"Hi\\n\\nYes?\"}\n  - assert: [{type: contains, value: x}]\n";
    let plan = plan(suite, &[]);
    let outcomes = outcomes(&plan);
    assert_eq!(outcomes[0].word(), "passed", "{outcomes:?}");
    let why = &outcomes[1].failures[0].why;
    assert!(
        why.contains("cannot be filled in") && why.contains("needed"),
        "{why}"
    );
}

#[test]
fn who_is_asked_with_what() {
    let suite = "prompts: [a]\nproviders: [{id: 'openai:chat:small', config: {temperature: 0}}]\n\
        tests: [{vars: {name: Ann}, assert: [{type: equals, value: Hello}]}]\n";
    let plan = plan(suite, &[]);
    let Run::Ask(ask) = plan.run(&plan.cases[0]) else {
        unreachable!("it was run without a model")
    };
    assert_eq!(
        (ask.provider.id.as_str(), ask.messages.len()),
        ("openai:chat:small", 2)
    );
    assert_eq!(words(&plan), ["passed"]);
    let refused = plan.not_run(&plan.cases[0], "needs a model");
    assert_eq!((refused.word(), refused.assertions.not_run), ("not run", 1));
}

#[test]
fn table_of_what_is_wrong_with_suites() {
    let rows = [
        ("tests: [\n", "invalid-yaml", 2),
        ("- a\n", "bad-suite", 1),
        ("tests: []\n", "bad-suite", 1),
        (
            "prompts: [a]\ntests:\n  - assert:\n      - {type: cotains, value: x}\n",
            "unknown-assertion",
            4,
        ),
        (
            "prompts: [a]\ntests:\n  - assert:\n      - {type: not-such, value: x}\n",
            "unknown-assertion",
            4,
        ),
        (
            "prompts: [a]\ntests:\n  - assert: [{value: x}]\n",
            "bad-suite",
            3,
        ),
        ("prompts: [a]\ntests:\n  - assert: text\n", "bad-suite", 3),
        ("prompts: [a]\ntests:\n  - vars: [x]\n", "bad-suite", 3),
        (
            "prompts: [a]\ntests:\n  - threshold: high\n",
            "bad-suite",
            3,
        ),
        (
            "prompts: [a]\ntests:\n  - {asserts: []}\n",
            "unknown-key",
            3,
        ),
        ("prompts: [a]\ntests: cases.csv\n", "bad-suite", 2),
        ("prompts: [a]\ntests: file://gone.csv\n", "unknown-file", 2),
        ("prompts:\n  - gone\n", "unknown-prompt", 2),
        ("prompts:\n  - file://*.prompt\n", "bad-suite", 2),
        ("prompts:\n  - file://../../a.prompt\n", "bad-suite", 2),
        ("prompts:\n  - 'Hello {{#if'\n", "bad-prompt", 2),
        (
            "prompts: [a]\ntests:\n  - variorum.recorded: {cost: 1}\n",
            "bad-suite",
            3,
        ),
        (
            "prompts: [a]\ntests:\n  - assert:\n      - type: assert-set\n        assert: [{type: assert-set, assert: []}]\n",
            "bad-suite",
            5,
        ),
        (
            "prompts: [a]\ntests:\n  - assert: [{type: contains, value: x, weight: -1}]\n",
            "bad-suite",
            3,
        ),
        ("prompts: [a]\nextensions: [file://x.js]\n", "bad-suite", 2),
        (
            "prompts: [a]\ntests:\n  - vars: {a: [x, y, z, w, v, u, t, s, r, q], b: [x, y, z, w, v, u, t, s, r, q], c: [x, y, z, w, v, u, t, s, r, q], d: [x, y, z, w, v, u, t, s, r, q], e: [x, y, z, w, v, u, t, s, r, q]}\n",
            "too-many-cases",
            3,
        ),
    ];
    for (suite, code, line) in rows {
        let found = library(&files(suite, &[]));
        let own = found.iter().find(|one| one.path == SUITE);
        assert_eq!(
            own.map(|one| (one.code, one.line)),
            Some((code, line)),
            "{suite}: {found:?}"
        );
    }
    let hint = &library(&files(rows[3].0, &[]))[0].message;
    assert!(hint.contains("`contains`"), "{hint}");
}

#[test]
fn faults_in_data_sets_are_told_where_they_are() {
    let rows = [
        ("c.csv", "a,b\n1\n", 2),
        ("c.jsonl", "{}\n{\n", 2),
        ("c.json", "{", 1),
        ("c.yaml", "- 3\n", 1),
        ("c.yaml", "- assert:\n    - {type: wrong}\n", 2),
        ("c.xlsx", "x", 1),
    ];
    for (name, text, line) in rows {
        let suite = format!("prompts: [a]\ntests: file://{name}\n");
        let path = format!("suites/{name}");
        let plan = plan(&suite, &[(&path, text)]);
        let found = &plan.diagnostics;
        let own = found.iter().find(|one| one.path == path && one.is_error());
        assert_eq!(own.map(|one| one.line), Some(line), "{name}: {found:?}");
    }
}

#[test]
fn what_a_suite_cannot_run_it_says() {
    let rows = [
        (
            "workflow: file://../workflows/w.workflow.yaml\ntests: [{assert: [{type: steps-include, value: [a]}]}]\n",
            "workflow",
        ),
        (
            "prompts: [a]\ntests: [{options: {transform: output}, assert: [{type: contains, value: x}]}]\n",
            "`transform`",
        ),
        (
            "prompts: [a]\ntests: [{assertScoringFunction: file://x.js}]\n",
            "foreign code",
        ),
        ("prompts: [gone]\ntests: [{}]\n", "not there"),
    ];
    for (suite, why) in rows {
        let plan = plan(suite, &[]);
        let outcome = &outcomes(&plan)[0];
        assert_eq!(outcome.word(), "not run", "{suite}");
        assert!(outcome.not_run[0].why.contains(why), "{outcome:?}");
    }
}
