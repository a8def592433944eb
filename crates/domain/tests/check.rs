//! What is found in a whole library.

use std::collections::BTreeSet;

use variorum_domain::check::{Files, contracts, library, reached};
use variorum_domain::prompt::Diagnostic;

const SETTINGS: &str = "title: Acme\nbrands: {finch: Finch}\nregions: {de: Germany}\n\
    kpis:\n  - id: open_rate\n    direction: up\n";
const BASE: &str = "---\nmodel: acme/small\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}.\n\
    {{! slot closing }}Bye.{{! /slot }}\n";

fn files(given: &[(&str, &str)]) -> Files {
    let settings = ("library.yaml", SETTINGS);
    let all = given.iter().chain([&settings]);
    Files::new(all.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

/// The files with findings and their codes.
fn found(given: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let found = library(&files(given)).into_iter();
    found.map(|one| (one.path, one.code)).collect()
}

#[test]
fn a_sound_library_has_no_findings() {
    let variation = "---\nvariorum.title: Finch\n---\n{{! slot closing }}Yours.{{! /slot }}\n";
    let given = [
        ("prompts/a.prompt", BASE),
        ("prompts/a.finch.prompt", variation),
        ("notes.txt", "anything at all {{#if"),
    ];
    let found = library(&files(&given));
    assert!(!found.iter().any(Diagnostic::is_error), "{found:#?}");
}

#[test]
fn each_kind_of_file_is_looked_at() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "library.yaml",
            "kpis: [{id: x, direction: sideways, kind: nonsense}]\n",
            "bad-settings",
        ),
        ("rules/change.yaml", "main: ajar\n", "bad-rules"),
        ("suites/a.test.yaml", "tests: [\n", "invalid-yaml"),
        ("prompts/a.prompt", "{{#if x}}\n", "unclosed-block"),
        ("prompts/a.prompt", "{{> nowhere}}\n", "unknown-partial"),
        (
            "prompts/a.finch.prompt",
            "{{! slot closing }}Yours.{{! /slot }}\n",
            "variation-without-base",
        ),
    ];
    for (path, text, code) in cases {
        let all = Files::new([((*path).to_owned(), (*text).to_owned())]);
        let found = library(&all);
        let known: Vec<_> = found.iter().map(|one| (&one.path[..], one.code)).collect();
        assert!(known.contains(&(*path, *code)), "{path}: {known:?}");
    }
}

#[test]
fn names_that_cannot_stand_beside_each_other() {
    let given = [
        ("prompts/A.prompt", "a\n"),
        ("prompts/a.prompt", "a\n"),
        ("prompts/x/_sign.prompt", "s\n"),
        ("prompts/y/_sign.prompt", "s\n"),
    ];
    let found = found(&given);
    let of = |code: &str| found.iter().filter(|one| one.1 == code).count();
    assert_eq!(
        (of("case-collision"), of("duplicate-partial")),
        (1, 2),
        "{found:?}"
    );
}

#[test]
fn a_variation_may_only_fill_what_its_base_opens() {
    let more = "Buy now!\n{{! slot closing }}Yours.{{! /slot }}\n";
    let found = found(&[("prompts/a.prompt", BASE), ("prompts/a.finch.prompt", more)]);
    let expected = ("prompts/a.finch.prompt".to_owned(), "locked-text");
    assert!(found.contains(&expected), "{found:?}");
}

#[test]
fn a_change_breaks_contracts_and_reaches_what_leans_on_it() {
    let workflow = "title: W\nattributes:\n  who: string\nsteps:\n  - id: one\n    prompt: a\n    inputs:\n      \
        name: {from: attributes.who}\n    next: end\n";
    let variation = "{{! slot closing }}Yours.{{! /slot }}\n";
    let before = files(&[
        ("prompts/a.prompt", BASE),
        ("prompts/a.finch.prompt", variation),
        ("workflows/w.workflow.yaml", workflow),
    ]);
    let renamed = BASE.replace("name", "reader");
    let closed = BASE.replace("slot closing", "slot farewell");
    for (text, code) in [(&renamed, "input-removed"), (&closed, "slot-removed")] {
        let after = files(&[
            ("prompts/a.prompt", text),
            ("prompts/a.finch.prompt", variation),
            ("workflows/w.workflow.yaml", workflow),
        ]);
        let changed = BTreeSet::from(["prompts/a.prompt".to_owned()]);
        let broken = contracts(&before, &after, &changed);
        assert!(
            broken.iter().any(|one| one.code == code),
            "{code}: {broken:#?}"
        );
        let names: Vec<String> = reached(&after, &changed)
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert!(
            names.contains(&"workflows/w.workflow.yaml".to_owned()),
            "{names:?}"
        );
        assert!(
            names.contains(&"prompts/a.finch.prompt".to_owned()),
            "{names:?}"
        );
        assert!(contracts(&before, &before, &changed).is_empty());
    }
    let gone = files(&[("workflows/w.workflow.yaml", workflow)]);
    let changed = BTreeSet::from(["prompts/a.prompt".to_owned()]);
    let broken = contracts(&before, &gone, &changed);
    assert!(
        broken.iter().any(|one| one.code == "file-removed"),
        "{broken:#?}"
    );
    let reached = reached(&gone, &changed);
    assert_eq!(reached[0].why, ["prompts/a.prompt"]);
}
