//! Broken contracts: each row changes one file and says who notices.

use variorum_domain::impact::contract::{Breach, Provider, breaches, narrows};
use variorum_domain::impact::{Interface, Use, uses_of_prompt, uses_of_workflow};
use variorum_domain::prompt::{Severity, parse};

const PATH: &str = "prompts/ads/segment.prompt";
const BEFORE: &str = "---\ninput:\n  schema:\n    first_name: string\n    region(enum): [de, uk]\n    note?: string\n\
    output:\n  schema:\n    segment(enum): [gift, office, explorer]\n    score: number\n    brand: string\n---\nSort {{first_name}}.\n";
const WORKFLOW: &str = "attributes:\n  name: string\n  where(enum): [de, uk]\nsteps:\n  - id: sort\n    prompt: ads/segment\n    inputs:\n\
    \x20     first_name: {from: attributes.name}\n      region: {from: attributes.where}\n    next: choose\n  - id: choose\n    decide:\n\
    \x20     - when: {value: steps.sort.output.segment, in: [gift, office]}\n        go: end\n      - when: {all: [{value: steps.sort.output.score, below: 1}]}\n        go: end\n\
    \x20 - id: mail\n    prompt: email/hello\n    inputs:\n      brand: {from: steps.sort.output.brand}\n";

fn interface(path: &str, text: &str) -> Interface {
    Interface::of(path, &parse(text).at_path(path))
}

fn compare(path: &str, before: &str, after: Option<&str>, uses: &[Use]) -> Vec<Breach> {
    let (before, after) = (
        interface(path, before),
        after.map(|text| interface(path, text)),
    );
    let found = breaches(
        Provider {
            path,
            before: &before,
            after: after.as_ref(),
        },
        uses,
    );
    assert!(
        found.is_empty() || narrows(&before, after.as_ref()),
        "what breaks something must narrow"
    );
    found
}

fn in_workflow(after: Option<&str>) -> Vec<Breach> {
    let uses = uses_of_workflow("workflows/w.workflow.yaml", WORKFLOW, PATH);
    compare(PATH, BEFORE, after, &uses)
}

fn shown(found: &[Breach]) -> Vec<String> {
    let line = |one: &Breach| {
        let renamed = one
            .renamed_to
            .as_ref()
            .map(|to| format!(" → {to}"))
            .unwrap_or_default();
        format!(
            "{} {}{renamed} ({}, {})",
            one.code, one.subject, one.provider.line, one.dependant.line
        )
    };
    found.iter().map(line).collect()
}

#[test]
fn nothing_breaks_where_nothing_is_taken_away() {
    let more = BEFORE
        .replace("score: number", "score: number\n    reason?: string")
        .replace("[de, uk]", "[de, uk, us]");
    assert_eq!(shown(&in_workflow(Some(&more))), [""; 0]);
    assert!(!narrows(
        &interface(PATH, BEFORE),
        Some(&interface(PATH, BEFORE))
    ));
}

#[test]
fn every_way_to_break_a_workflow_is_named_with_both_places() {
    let rows = [
        (
            "first_name: string",
            "firstname: string",
            &[
                "input-removed first_name → firstname (4, 8)",
                "input-required firstname (4, 6)",
            ][..],
        ),
        (
            "note?: string",
            "note: string",
            &["input-required note (6, 6)"],
        ),
        ("[de, uk]", "[de]", &["input-choice region (5, 9)"]),
        (
            "first_name: string",
            "first_name: number",
            &["input-type first_name (4, 8)"],
        ),
        (
            "    brand: string\n",
            "",
            &["output-removed brand (11, 20)"],
        ),
        (
            "brand: string",
            "brand(array): string",
            &["output-type brand (11, 20)"],
        ),
        (
            "score: number",
            "points: number",
            &["output-removed score → points (10, 15)"],
        ),
        (
            "[gift, office, explorer]",
            "[present, office, explorer]",
            &["choice-removed segment (9, 13)"],
        ),
    ];
    for (from, to, expected) in rows {
        let after = BEFORE.replace(from, to).replace("{{first_name}}", "{{x}}");
        assert_eq!(shown(&in_workflow(Some(&after))), expected, "{from} → {to}");
    }
    assert_eq!(
        shown(&in_workflow(None)),
        [format!("file-removed {PATH} (1, 6)")]
    );
}

#[test]
fn a_breach_says_what_to_do() {
    let after = BEFORE.replace("first_name", "firstname");
    let found = in_workflow(Some(&after));
    assert_eq!(
        found[0].message,
        "step `sort` gives `first_name`, which `prompts/ads/segment.prompt` no longer has"
    );
    assert_eq!(
        found[0].next,
        "if `first_name` is now called `firstname`, write `firstname` there in the same change; \
         otherwise keep `first_name`, or take it out there in the same change"
    );
    assert_eq!(found[0].dependant.path, "workflows/w.workflow.yaml");
}

#[test]
fn a_default_feeds_a_required_input() {
    let after = BEFORE
        .replace("note?: string", "note: string")
        .replace("output:", "  default: {note: none}\noutput:");
    assert_eq!(shown(&in_workflow(Some(&after))), [""; 0]);
}

#[test]
fn a_partial_keeps_what_it_is_given_and_asks_for_nothing_new() {
    let path = "prompts/_voice.prompt";
    let includer = "---\ninput:\n  schema:\n    name: string\n---\nHello {{name}}.\n{{> voice tone=\"warm\"}}\n{{> voice this tone=\"x\"}}\n";
    let uses = uses_of_prompt("prompts/a.prompt", &parse(includer), path);
    let compare = |after| {
        compare(
            path,
            "Write in a {{tone}} tone to {{name}}.\n",
            after,
            &uses,
        )
    };
    assert_eq!(shown(&compare(Some("Be {{tone}}, {{name}}.\n"))), [""; 0]);
    let found = compare(Some("Write in a {{mood}} way, {{name}}.\n"));
    assert_eq!(
        shown(&found),
        [
            "parameter-removed tone → mood (1, 7)",
            "variable-needed mood (1, 7)"
        ]
    );
    assert_eq!(found[0].severity, Severity::Error);
    assert_eq!(found[1].severity, Severity::Warning);
    assert_eq!(compare(None).len(), 2);
}

#[test]
fn a_variation_drifts_from_its_base() {
    let path = "prompts/a.prompt";
    let base = "---\nmodel: x\ninput:\n  schema:\n    name: string\nvariorum.open: [model, config.temperature]\n---\n{{! slot hello: how }}Hi {{name}}{{! /slot }}\n";
    let variation = "---\nmodel: y\nconfig:\n  temperature: 1\nvariorum.title: T\n---\n{{! slot hello }}Dear {{name}}{{! /slot }}\n";
    let uses = uses_of_prompt("prompts/a.finch.prompt", &parse(variation), path);
    let compare = |from: &str, to: &str| compare(path, base, Some(&base.replace(from, to)), &uses);
    assert_eq!(shown(&compare("how", "how we begin")), [""; 0]);
    assert_eq!(
        shown(&compare("slot hello", "slot greeting")),
        ["slot-removed hello → greeting (8, 7)"]
    );
    assert_eq!(
        shown(&compare("name: string", "full_name: string")),
        ["variable-removed name → full_name (5, 7)"]
    );
    assert_eq!(
        shown(&compare("[model, config.temperature]", "[model]")),
        ["field-closed config.temperature (1, 4)"]
    );
    assert_eq!(
        shown(&compare("[model, config.temperature]", "[config]")),
        ["field-closed model (1, 2)"]
    );
}
