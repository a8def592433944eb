//! Each kind of assertion with an answer that fits, one that does not, and what is not run.

use serde_json::json;

use super::*;
use crate::suite::{Outcome, Plan, Run, parse, plan};

/// A suite with one case whose recorded answer is held against one assertion, in YAML.
fn outcome(answer: &str, assertion: &str) -> Outcome {
    let text = format!(
        "prompts: [{{raw: Hello}}]\ntests:\n  - vars: {{name: Ann, list: [x, y]}}\n    \
         options: {{disableVarExpansion: true}}\n    providerOutput: {}\n    \
         variorum.recorded: {{latencyMs: 900, cost: 0.002, finishReason: stop}}\n    assert:\n      - {assertion}\n",
        json!(answer)
    );
    let plan = planned(&text);
    assert_eq!(plan.diagnostics, [], "{text}");
    run(&plan)
}

fn planned(text: &str) -> Plan {
    plan(parse("suites/a.test.yaml", text), Shelf::default())
}

fn run(plan: &Plan) -> Outcome {
    match plan.run(&plan.cases[0]) {
        Run::Done(outcome) => outcome,
        Run::Ask(ask) => unreachable!("{ask:?}"),
    }
}

/// Assertions, each with an answer that fits and one that does not.
fn table(rows: &[(&str, &str, &str)]) {
    for (assertion, fits, other) in rows {
        let good = outcome(fits, &format!("{{{assertion}}}"));
        assert_eq!(
            (good.word(), good.assertions.passed),
            ("passed", 1),
            "{assertion}: {good:?}"
        );
        let bad = outcome(other, &format!("{{{assertion}}}"));
        assert_eq!(
            (bad.word(), bad.assertions.failed),
            ("failed", 1),
            "{assertion}: {bad:?}"
        );
        assert_eq!(bad.failures[0].place.line, 8);
    }
}

#[test]
fn table_of_kinds_that_look_at_the_text() {
    table(&[
        ("type: equals, value: abc", "abc", "abcd"),
        ("type: equals, value: 3", "3", "4"),
        (
            "type: equals, value: {a: [1, 2.0]}",
            "{\"a\": [1.0, 2]}",
            "{\"a\": [1]}",
        ),
        (
            "type: equals, value: 'Hi {{name}}'",
            "Hi Ann",
            "Hi {{name}}",
        ),
        ("type: contains, value: b", "abc", "aBc"),
        ("type: contains, value: 10", "up to 10 %", "up to 1 %"),
        ("type: icontains, value: ÄB", "xäb", "xab"),
        ("type: contains-all, value: [a, b]", "b a", "a"),
        ("type: contains-all, value: 'a, b'", "b a", "a"),
        ("type: icontains-all, value: [A, b]", "B a", "B"),
        ("type: contains-any, value: [a, b]", "xb", "xB"),
        ("type: icontains-any, value: [a, b]", "xB", "x"),
        ("type: contains-any, value: ['{{name}}', q]", "Ann", "Bob"),
        ("type: starts-with, value: ab", "abc", "cab"),
        ("type: ends-with, value: bc", "abc", "abcd"),
        ("type: regex, value: '^\\d{2}$'", "42", "421"),
        ("type: regex, value: '{{name}}$'", "to Ann", "Ann to"),
    ]);
}

#[test]
fn table_of_kinds_that_look_at_form_and_length_and_of_their_opposites() {
    table(&[
        ("type: is-json", "[1]", "[1"),
        ("type: is-json, value: {required: [a]}", "{\"a\": 1}", "{}"),
        (
            "type: is-json, value: '{\"required\": [\"a\"]}'",
            "{\"a\": 1}",
            "{}",
        ),
        ("type: contains-json", "so: {\"a\": 1}.", "so: {a}"),
        (
            "type: contains-json, value: {required: [b]}",
            "{\"a\": 1} {\"b\": 1}",
            "{\"a\": 1}",
        ),
        (
            "type: levenshtein, value: kitten",
            "sitting",
            "something else",
        ),
        (
            "type: levenshtein, value: kitten, threshold: 2",
            "kittens",
            "sitting",
        ),
        ("type: word-count, value: 2", "one two", "one"),
        (
            "type: word-count, value: {min: 2, max: 3}",
            "one two",
            "one",
        ),
        ("type: character-count, value: {max: 3}", "äöü", "äöüß"),
        ("type: not-contains, value: x", "abc", "xyz"),
        ("type: not-equals, value: {a: 1}", "no JSON", "{\"a\": 1}"),
        ("type: not-is-json", "x", "1"),
        ("type: not-regex, value: '[0-9] ?%'", "none", "5 %"),
        (
            "type: not-levenshtein, value: abc, threshold: 1",
            "something",
            "abd",
        ),
        ("type: not-contains-all, value: [a, b]", "a", "ab"),
        ("type: not-word-count, value: {max: 1}", "one two", "one"),
    ]);
}

#[test]
fn what_is_known_of_a_recorded_answer_is_judged() {
    for (assertion, word) in [
        ("type: latency, threshold: 900", "passed"),
        ("type: latency, threshold: 899", "failed"),
        ("type: not-latency, threshold: 899", "passed"),
        ("type: cost, threshold: 0.002", "passed"),
        ("type: cost, threshold: 0.001", "failed"),
        ("type: finish-reason, value: STOP", "passed"),
        ("type: finish-reason, value: length", "failed"),
    ] {
        assert_eq!(
            outcome("x", &format!("{{{assertion}}}")).word(),
            word,
            "{assertion}"
        );
    }
    let text = "prompts: [{raw: x}]\ntests: [{assert: [{type: latency, threshold: 1}, {type: cost, threshold: 1}, {type: finish-reason, value: stop}]}]\n";
    let echo = run(&planned(text));
    assert_eq!((echo.word(), echo.assertions.not_run), ("not run", 3));
}

#[test]
fn what_needs_somebody_else_is_never_passed() {
    for (assertion, why) in [
        ("type: javascript, value: 'true'", "foreign code"),
        ("type: not-python, value: 'False'", "foreign code"),
        ("type: llm-rubric, value: kind", "a model"),
        ("type: similar, value: x", "a model"),
        ("type: 'similar:cosine', value: x", "a model"),
        ("type: 'promptfoo:redteam:pii', value: x", "a model"),
        ("type: select-best, value: x", "side by side"),
        ("type: steps-include, value: [a]", "workflow"),
        ("type: is-sql", "not run here"),
        ("type: regex, value: '(?=a)'", "look-around"),
        (
            "type: contains, value: '{{name | upper}}'",
            "more than a variable",
        ),
        (
            "type: contains, value: x, transform: output.text",
            "foreign code",
        ),
        ("type: is-json, value: {minDate: 3}", "`minDate`"),
    ] {
        let outcome = outcome("{\"a\": 1}", &format!("{{{assertion}}}"));
        assert_eq!(
            (outcome.word(), outcome.assertions.not_run),
            ("not run", 1),
            "{assertion}"
        );
        assert!(
            outcome.not_run[0].why.contains(why),
            "{assertion}: {outcome:?}"
        );
    }
}

#[test]
fn nonsense_fails_whether_turned_round_or_not() {
    for assertion in [
        "type: contains",
        "type: not-contains, value: ''",
        "type: contains-any, value: [a, '']",
        "type: not-regex, value: '('",
        "type: not-latency",
        "type: word-count, value: many",
        "type: not-word-count, value: {}",
    ] {
        let outcome = outcome("abc", &format!("{{{assertion}}}"));
        assert_eq!(outcome.word(), "failed", "{assertion}");
    }
}

#[test]
fn weights_thresholds_and_sets() {
    let (good, bad) = ("{type: contains, value: a}", "{type: contains, value: z}");
    let asks = "{type: llm-rubric, value: kind}";
    let case = |asserts: &str, threshold: &str| {
        let text =
            format!("prompts: [{{raw: abc}}]\ntests:\n  - assert: [{asserts}]\n    {threshold}\n");
        run(&planned(&text))
    };
    let heavy = "{type: contains, value: a, weight: 3}";
    let weightless = "{type: contains, value: z, weight: 0}";
    let set = |threshold: &str, members: &str| {
        format!("{{type: assert-set, {threshold} assert: [{members}]}}")
    };
    let rows = [
        (format!("{good}, {bad}"), "threshold: 0.5", "passed"),
        (format!("{good}, {bad}"), "threshold: 0.6", "failed"),
        (format!("{heavy}, {bad}"), "threshold: 0.75", "passed"),
        (format!("{good}, {weightless}"), "", "passed"),
        (bad.to_owned(), "threshold: 0", "passed"),
        (format!("{good}, {asks}"), "", "not run"),
        (format!("{bad}, {asks}"), "", "failed"),
        (format!("{good}, {asks}"), "threshold: 0.5", "passed"),
        (format!("{good}, {asks}"), "threshold: 0.6", "not run"),
        (format!("{bad}, {asks}"), "threshold: 0.6", "failed"),
        (
            set("threshold: 0.5,", &format!("{good}, {bad}")),
            "",
            "passed",
        ),
        (
            set("threshold: 0.6,", &format!("{good}, {bad}")),
            "",
            "failed",
        ),
        (set("", &format!("{good}, {bad}")), "", "failed"),
        (set("", &format!("{good}, {good}")), "", "passed"),
        (set("", &format!("{good}, {asks}")), "", "not run"),
        (
            format!("{}, {good}", set("", &format!("{good}, {bad}"))),
            "threshold: 0.75",
            "passed",
        ),
        (
            format!("{}, {good}", set("", &format!("{good}, {bad}"))),
            "threshold: 0.8",
            "failed",
        ),
    ];
    for (asserts, threshold, word) in rows {
        let outcome = case(&asserts, threshold);
        assert_eq!(outcome.word(), word, "{asserts} {threshold}: {outcome:?}");
    }
    let none = run(&planned("prompts: [{raw: abc}]\ntests: [{threshold: 1}]\n"));
    assert_eq!(none.word(), "passed", "nothing was expected");
}

#[test]
fn a_failure_says_what_was_wanted_and_what_came() {
    let outcome = outcome(
        &format!("Dear\n{}", "x".repeat(100)),
        "{type: contains, value: Unsubscribe}",
    );
    let why = &outcome.failures[0].why;
    assert_eq!(
        *why,
        format!(
            "expected to contain “Unsubscribe”, got “Dear⏎{}…” (105 characters)",
            "x".repeat(75)
        )
    );
}
