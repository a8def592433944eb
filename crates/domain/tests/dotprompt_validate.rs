//! What is found in prompts that are wrong, or that say what their author cannot have meant.

use std::collections::BTreeMap;

use variorum_domain::prompt::{Diagnostic, PromptFile, parse, validate};

fn findings(source: &str, partials: &[(&str, &str)]) -> Vec<Diagnostic> {
    let file = parse(source);
    let known: BTreeMap<&str, PromptFile> = partials
        .iter()
        .map(|(name, text)| (*name, parse(text)))
        .collect();
    validate("p.prompt", &file, &|name| known.get(name))
}

/// Checks that `code@line:column path` is all that is found.
fn check(source: &str, partials: &[(&str, &str)], expected: &[&str]) {
    let findings = findings(source, partials);
    let short = |f: &Diagnostic| format!("{}@{}:{} {}", f.code, f.line, f.column, f.path);
    let actual: Vec<String> = findings.iter().map(short).collect();
    assert_eq!(actual, expected, "{source}\n{findings:#?}");
}

fn message(source: &str) -> String {
    findings(source, &[])
        .first()
        .map(|finding| finding.message.clone())
        .unwrap_or_default()
}

#[test]
fn templates() {
    let table: [(&str, &[&str]); 22] = [
        ("Hello {{name}}!", &[]),
        ("é {{name", &["unclosed-tag@1:3 p.prompt"]),
        ("a\n {{#if x}}b", &["unclosed-block@2:2 p.prompt"]),
        ("{{/if}}", &["unmatched-close@1:1 p.prompt"]),
        (
            "{{#if a}}{{/unless}}{{/if}}",
            &["unmatched-close@1:10 p.prompt"],
        ),
        ("{{else}}", &["misplaced-else@1:1 p.prompt"]),
        (
            "{{#if a}}{{else}}{{else}}{{/if}}",
            &["misplaced-else@1:18 p.prompt"],
        ),
        ("{{a b}}", &["unknown-helper@1:3 p.prompt"]),
        ("{{jsn this}}", &["unknown-helper@1:3 p.prompt"]),
        ("{{#if}}a{{/if}}", &["helper-arguments@1:1 p.prompt"]),
        ("{{if a}}", &["helper-arguments@1:1 p.prompt"]),
        ("{{json}}", &["helper-arguments@1:1 p.prompt"]),
        (
            "{{media type=a}}",
            &[
                "helper-arguments@1:1 p.prompt",
                "unknown-argument@1:9 p.prompt",
            ],
        ),
        ("{{role \"sytem\"}}", &["bad-role@1:8 p.prompt"]),
        ("{{role who}}", &["bad-role@1:8 p.prompt"]),
        ("{{role \"assistant\"}}a", &["not-portable@1:8 p.prompt"]),
        (
            "{{#role \"user\"}}a{{/role}}",
            &["not-portable@1:1 p.prompt"],
        ),
        ("{{> nobody}}", &["unknown-partial@1:1 p.prompt"]),
        ("{{#> layout}}a{{/layout}}", &["not-supported@1:1 p.prompt"]),
        ("{{> (lookup . 'a')}}", &["not-supported@1:1 p.prompt"]),
        ("a }} b", &["unbalanced-brace@1:3 p.prompt"]),
        ("{\"a\": {\"b\": \"{{c}}\"}}", &[]),
    ];
    for (source, expected) in table {
        check(source, &[], expected);
    }
}

#[test]
fn front_matter() {
    let table: [(&str, &[&str]); 9] = [
        ("---\nmodel: a\n---\nx", &[]),
        ("---\nmodel: [a\n---\nx", &["invalid-yaml@3:1 p.prompt"]),
        (
            "---\nmodel: a\nmodel: b\n---\nx",
            &["invalid-yaml@3:1 p.prompt"],
        ),
        ("---\n- a\n---\nx", &["invalid-yaml@2:1 p.prompt"]),
        ("---\nmodel: a\nx", &["unclosed-front-matter@1:1 p.prompt"]),
        ("---\nmodle: a\n---\nx", &["unknown-key@2:1 p.prompt"]),
        ("---\nconfig: 3\n---\nx", &["invalid-field@2:9 p.prompt"]),
        (
            "---\noutput:\n  schema:\n    a: strng\n---\nx",
            &["invalid-schema@4:8 p.prompt"],
        ),
        (
            "---\noutput:\n  schema:\n    a(list): string\n---\nx",
            &["invalid-schema@4:5 p.prompt"],
        ),
    ];
    for (source, expected) in table {
        check(source, &[], expected);
    }
}

const SCHEMA: &str = "---\ninput:\n  schema:\n    first_name: string\n    \
                      orders(array):\n      title: string\n    address?(object):\n      \
                      city: string\n---\n";

#[test]
fn variables() {
    let all = "{{first_name}}{{#each orders}}{{title}}{{/each}}{{address.city}}";
    let table: [(&str, &[&str]); 9] = [
        ("", &[]),
        ("{{frist_name}}", &["undeclared-variable@10:67 p.prompt"]),
        (
            "{{#each orders}}{{titel}}{{/each}}",
            &["undeclared-variable@10:83 p.prompt"],
        ),
        ("{{#each orders}}{{../first_name}}{{@index}}{{/each}}", &[]),
        (
            "{{#each orders as |o|}}{{o.title}}{{o.x}}{{/each}}",
            &["undeclared-variable@10:101 p.prompt"],
        ),
        (
            "{{#with address}}{{city}}{{@root.orders.length}}{{/with}}",
            &[],
        ),
        (
            "{{#with address}}{{first_name}}{{/with}}",
            &["undeclared-variable@10:84 p.prompt"],
        ),
        ("{{address}}", &["prints-object@10:67 p.prompt"]),
        ("{{@state.x}}", &[]),
    ];
    for (extra, expected) in table {
        check(&format!("{SCHEMA}{all}{extra}"), &[], expected);
    }
    check(
        &format!("{SCHEMA}{{{{first_name}}}}"),
        &[],
        &[
            "unused-variable@5:5 p.prompt",
            "unused-variable@7:5 p.prompt",
        ],
    );
    check(&format!("{SCHEMA}{{{{json this}}}}"), &[], &[]);
    let hint = message(&format!("{SCHEMA}{{{{json this}}}}{{{{frist_name}}}}"));
    assert!(hint.ends_with("did you mean `first_name`?"), "{hint}");
}

#[test]
fn partials() {
    let uses = "---\ninput:\n  schema:\n    a: string\n---\n{{> one}}";
    check(uses, &[("one", "{{a}}\n")], &[]);
    check(
        uses,
        &[("one", "{{a}}")],
        &["missing-final-newline@1:6 one"],
    );
    check(
        uses,
        &[("one", "{{a}}{{b}}\n")],
        &["undeclared-variable@1:8 one"],
    );
    check(uses, &[("one", "{{> two b=a}}\n"), ("two", "{{b}}\n")], &[]);
    check(
        uses,
        &[("one", "{{a}}{{/if}}\n")],
        &["unmatched-close@1:6 one"],
    );
    check(
        uses,
        &[("one", "{{a}}\n{{> three}}\n")],
        &["unknown-partial@2:1 one"],
    );
    check(
        uses,
        &[("one", "{{a}}\n{{> one}}\n")],
        &["partial-cycle@2:1 one"],
    );
    let tree = "{{a}}\n{{#each nodes}}{{> one}}{{/each}}\n";
    check(
        "{{> one}}",
        &[("one", tree)],
        &["recursive-partial@2:16 one"],
    );
}

#[test]
fn a_partial_itself_needs_its_line_break() {
    let file = parse("Our voice is calm.");
    let codes: Vec<&str> = validate("brand/_voice.prompt", &file, &|_| None)
        .iter()
        .map(|f| f.code)
        .collect();
    assert_eq!(codes, ["missing-final-newline"]);
}
