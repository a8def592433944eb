//! What is found in workflows, and what their graphs look like.

use std::collections::HashMap;

use variorum_domain::prompt::{Diagnostic, parse as parse_prompt};
use variorum_domain::workflow::{Checked, Interface, NodeKind, Surroundings, check, graph, parse};

const SORT: &str = "---\ninput:\n  schema:\n    region(enum): [de, uk]\n    answers?: string\noutput:\n  schema:\n    segment(enum): [explorer, everyday]\n    confidence: number\n    note?: string\n    coffees(array): string\n---\n{{region}}{{answers}}";
const MAIL: &str = "---\ninput:\n  schema:\n    segment(enum): [explorer, everyday]\n    name?: string\n    days: integer\n  default:\n    days: 6\n---\n{{segment}}{{name}}{{days}}";
const ONE: &str = "---\ninput:\n  schema:\n    coffee: string\noutput:\n  schema:\n    line: string\n---\n{{coffee}}";
const LIST: &str = "---\ninput:\n  schema:\n    lines(array): {line: string}\n---\n{{lines}}";

fn around() -> Surroundings {
    let prompts = [("sort", SORT), ("mail", MAIL), ("one", ONE), ("list", LIST)];
    let interface = |source| Interface::of(&parse_prompt(source), true);
    Surroundings {
        prompts: prompts
            .into_iter()
            .map(|(id, source)| (id.to_owned(), interface(source)))
            .collect::<HashMap<_, _>>(),
        near: prompts.map(|(id, _)| id.to_owned()).into(),
        kpis: vec!["click".into(), "first_order".into()],
        channels: vec!["email".into()],
    }
}

/// The workflow every row of a table is an edit of.
const FINE: &str = "\
title: Lead
kpis: [click]
attributes:
  region(enum): [de, uk]
  name?: string
  ads: boolean
steps:
  - id: sort
    prompt: sort
    inputs:
      region: {from: attributes.region}
    next: which
  - id: which
    decide:
      - when: {value: steps.sort.output.confidence, below: 0.5}
        go: end
      - when: {value: attributes.ads, equals: true}
        go: lines
      - otherwise: true
        go: mail
  - id: lines
    prompt: one
    for_each: {from: steps.sort.output.coffees}
    inputs:
      coffee: {from: item}
    next: list
  - id: list
    prompt: list
    inputs:
      lines: {from: steps.lines.output}
    next: mail
  - id: mail
    channel: email
    day: 2
    prompt: mail
    stop_when_kpi: first_order
    inputs:
      segment: {from: steps.sort.output.segment}
      name: {from: attributes.name}
    next: end
";

fn checked(source: &str) -> Checked {
    check(&parse(source), &around())
}

fn short(findings: &[Diagnostic]) -> Vec<String> {
    let one = |f: &Diagnostic| format!("{}@{}:{} {}", f.code, f.line, f.column, f.message);
    findings.iter().map(one).collect()
}

/// `FINE` with one text replaced must yield exactly one finding that starts with `expected`.
#[track_caller]
fn edited(find: &str, replace: &str, expected: &str) {
    assert_eq!(FINE.matches(find).count(), 1, "`{find}` stands once");
    let found = short(&checked(&FINE.replace(find, replace)).diagnostics);
    assert!(
        found.len() == 1 && found[0].starts_with(expected),
        "{find} -> {replace}\nexpected {expected}\nfound {found:#?}"
    );
}

#[test]
fn a_sound_workflow_has_no_findings() {
    let found = checked(FINE);
    assert_eq!(short(&found.diagnostics), Vec::<String>::new());
    assert_eq!(found.outputs["lines"]["type"], "array");
    let fed: Vec<_> = found
        .feedings
        .iter()
        .map(|f| {
            (
                f.step.as_str(),
                f.input.as_str(),
                f.from.as_deref().unwrap_or_default(),
                f.required,
            )
        })
        .collect();
    assert_eq!(
        fed,
        [
            ("sort", "region", "attributes.region", true),
            ("lines", "coffee", "item", true),
            ("list", "lines", "steps.lines.output", true),
            ("mail", "segment", "steps.sort.output.segment", true),
            ("mail", "name", "attributes.name", false),
        ]
    );
}

#[test]
fn names_that_do_not_exist() {
    let rows = [
        (
            "prompt: sort\n",
            "prompt: srt\n",
            "unknown-prompt@9:13 there is no prompt `srt`; did you mean `sort`?",
        ),
        (
            "from: attributes.region",
            "from: attributes.regoin",
            "unknown-attribute@11:22 the workflow has no attribute `regoin`; did you mean `region`?",
        ),
        (
            "from: steps.sort.output.segment",
            "from: steps.sort.output.segmnt",
            "unknown-output@38:23 step `sort` has no output `segmnt`; did you mean `segment`?",
        ),
        (
            "from: steps.sort.output.segment",
            "from: steps.srt.output.segment",
            "unknown-step@38:23 there is no step `srt`; did you mean `sort`?",
        ),
        (
            "from: steps.sort.output.segment",
            "from: steps.which.output",
            "no-output@38:23 step `which` decides",
        ),
        (
            "      name: {from",
            "      nmae: {from",
            "unknown-input@39:7 there is no input `nmae`; did you mean `name`?",
        ),
        (
            "kpis: [click]",
            "kpis: [clik]",
            "unknown-kpi@2:8 there is no KPI `clik`; did you mean `click`?",
        ),
        (
            "stop_when_kpi: first_order",
            "stop_when_kpi: orders",
            "unknown-kpi@36:20 there is no KPI `orders`",
        ),
        (
            "channel: email",
            "channel: emial",
            "unknown-channel@33:14 there is no channel `emial`; did you mean `email`?",
        ),
        (
            "title: Lead",
            "titel: Lead",
            "unknown-key@1:1 unknown key `titel`; did you mean `title`?",
        ),
        (
            "from: attributes.name",
            "from: attribute.name",
            "invalid-reference@39:20 `attribute.name` names no value",
        ),
        (
            "from: attributes.name",
            "from: item.name",
            "unknown-reference@39:20 there is an `item` only in",
        ),
    ];
    for (find, replace, expected) in rows {
        edited(find, replace, expected);
    }
}

#[test]
fn a_target_that_does_not_exist() {
    let found = short(&checked(&FINE.replace("next: which", "next: wich")).diagnostics);
    let expected = "unknown-step@12:11 there is no step `wich`; did you mean `which`?";
    assert!(found[0].starts_with(expected), "{found:#?}");
    // A step nothing leads to follows from it.
    assert!(found[1].starts_with("unreachable-step"), "{found:#?}");
}

#[test]
fn types_that_do_not_fit() {
    let rows = [
        (
            "      region: {from: attributes.region}\n",
            "",
            "missing-input@9:13 step `sort` does not feed `region`, which prompt `sort` needs",
        ),
        (
            "region: {from: attributes.region}",
            "region: {value: at}",
            "type-mismatch@11:23 `region` cannot be this: `at` is not one of de, uk",
        ),
        (
            "region: {from: attributes.region}",
            "region: {from: attributes.ads}",
            "type-mismatch@11:22 `attributes.ads` does not fit `region`: it is yes or no, wanted is one of de, uk",
        ),
        (
            "  region(enum): [de, uk]\n",
            "  region(enum): [de, us]\n",
            "type-mismatch@11:22 `attributes.region` does not fit `region`: it may be `us`",
        ),
        (
            "  region(enum): [de, uk]\n",
            "  region?(enum): [de, uk]\n",
            "may-be-missing@11:22 `attributes.region` may be missing: `region` is optional; but `region` is needed",
        ),
        (
            "below: 0.5",
            "below: half",
            "type-mismatch@15:60 `steps.sort.output.confidence` is compared with a number",
        ),
        (
            "confidence, below: 0.5",
            "segment, below: 0.5",
            "type-mismatch@15:23 `steps.sort.output.segment` is one of explorer, everyday; only numbers",
        ),
        (
            "attributes.ads, equals: true",
            "attributes.ads, equals: maybe",
            "unknown-value@17:47 `attributes.ads` is never this: `maybe` is not yes or no",
        ),
        (
            "attributes.ads, equals: true",
            "steps.sort.output.segment, in: [explorer, evryday]",
            "unknown-value@17:65 `steps.sort.output.segment` is never this: `evryday` is not one of explorer, everyday; did you mean `everyday`?",
        ),
        (
            "attributes.ads, equals: true",
            "attributes.ads, matches: \"t*\"",
            "type-mismatch@17:23 `attributes.ads` is yes or no; only a text matches",
        ),
        (
            "for_each: {from: steps.sort.output.coffees}",
            "for_each: {from: steps.sort.output.segment}",
            "type-mismatch@23:22 `for_each` goes over a list",
        ),
        (
            "lines: {from: steps.lines.output}",
            "lines: {from: steps.sort.output.coffees}",
            "type-mismatch@30:21 `steps.sort.output.coffees` does not fit `lines`: of its items: it is text, wanted is object",
        ),
        (
            "    day: 2",
            "    day: soon",
            "invalid-field@34:10 `day` must be a number of days",
        ),
    ];
    for (find, replace, expected) in rows {
        edited(find, replace, expected);
    }
}

#[test]
fn what_may_not_have_run() {
    let found =
        short(&checked(&FINE.replace("attributes.name}", "steps.lines.output}")).diagnostics);
    assert!(found[0].starts_with(
        "may-not-have-run@39:20 `steps.lines.output` may be missing: step `lines` may not have run; write `optional: true`",
    ));
    assert!(found[1].starts_with("type-mismatch@39:20"));
}

#[test]
fn shape_of_the_file() {
    let rows = [
        (
            "      - otherwise: true\n        go: mail\n",
            "      - when: {value: attributes.ads, equals: false}\n        go: mail\n",
            "no-otherwise@15:7",
        ),
        (
            "      - when: {value: attributes.ads, equals: true}",
            "      - otherwise: true",
            "unreachable-branch@19:9",
        ),
        (
            "{value: attributes.ads, equals: true}",
            "{value: attributes.ads}",
            "invalid-condition@17:15 a condition asks one thing",
        ),
        (
            "name: {from: attributes.name}",
            "name: attributes.name",
            "invalid-input@39:13 `name` needs a source",
        ),
        (
            "  - id: list\n",
            "  - id: end\n",
            "invalid-step@27:9 `end` cannot be the id",
        ),
        (
            "    next: list\n",
            "    next: [list, end]\n",
            "invalid-field@26:18 `end` stands alone",
        ),
    ];
    for (find, replace, expected) in rows {
        let found = short(&checked(&FINE.replace(find, replace)).diagnostics);
        assert!(
            found
                .iter()
                .any(|f| f.starts_with(expected.split('@').next().unwrap())),
            "{replace}: {found:#?}"
        );
    }
    assert_eq!(
        short(&checked("- a").diagnostics),
        ["invalid-workflow@1:1 a workflow is a mapping with `steps`"]
    );
    assert_eq!(
        short(&checked("title: x").diagnostics),
        ["no-steps@1:1 a workflow needs `steps`"]
    );
    assert!(short(&checked("a: [").diagnostics)[0].starts_with("invalid-yaml"));
}

/// Steps `a`, `b`, … with plain text prompts, to look at the order alone.
fn order(steps: &str) -> Vec<String> {
    let text = Interface::of(
        &parse_prompt(
            "---\ninput:\n  schema:\n    x: string\n    y?: string\n  default: {x: ''}\n---\n{{x}}{{y}}",
        ),
        true,
    );
    let around = Surroundings {
        prompts: HashMap::from([("p".to_owned(), text)]),
        kpis: vec!["k".into()],
        ..Surroundings::default()
    };
    let source = format!(
        "attributes: {{f: boolean, o?: string}}\nsteps:\n  {}",
        steps.trim_start()
    );
    let found = check(&parse(&source), &around).diagnostics;
    found
        .iter()
        .map(|f| format!("{}@{}", f.code, f.line))
        .collect()
}

#[test]
fn parallel_paths_meet_and_alternatives_do_not() {
    let parallel = "\
  - {id: a, prompt: p, next: [b, c]}
  - {id: b, prompt: p, next: d}
  - {id: c, prompt: p, next: c2}
  - {id: c2, prompt: p, next: d}
  - {id: d, prompt: p, inputs: {x: {from: steps.b.output}, y: {from: steps.c.output}}}
";
    assert_eq!(order(parallel), Vec::<String>::new());
    let stops = parallel.replace(
        "{id: c2, prompt: p,",
        "{id: c2, prompt: p, stop_when_kpi: k,",
    );
    // `c` runs, but the path may end at `c2`, and `d` then waits for `b` alone.
    assert_eq!(order(&stops), ["may-not-have-run@7"]);
    let alternatives = "\
  - {id: a, prompt: p, next: w}
  - {id: w, decide: [{when: {value: attributes.f, equals: true}, go: b}, {otherwise: true, go: c}]}
  - {id: b, prompt: p, next: d}
  - {id: c, prompt: p, next: d}
  - {id: d, prompt: p, inputs: {y: {from: steps.b.output}, x: {from: steps.a.output}}}
";
    assert_eq!(order(alternatives), ["may-not-have-run@7"]);
    let said = alternatives.replace("steps.b.output", "steps.b.output, optional: true");
    assert_eq!(order(&said), Vec::<String>::new());
    let late = alternatives.replace(
        "id: a, prompt: p,",
        "id: a, prompt: p, inputs: {y: {from: steps.d.output}},",
    );
    assert_eq!(order(&late), ["not-before@3", "may-not-have-run@7"]);
}

#[test]
fn a_decision_inside_of_a_parallel_path_still_arrives() {
    let steps = "\
  - {id: a, prompt: p, next: [w, b]}
  - {id: w, decide: [{when: {value: attributes.f, equals: true}, go: c}, {otherwise: true, go: d}]}
  - {id: c, prompt: p, next: j}
  - {id: d, prompt: p, next: j}
  - {id: j, prompt: p, next: e}
  - {id: b, prompt: p, next: e}
  - {id: e, prompt: p, inputs: {x: {from: steps.j.output}, y: {from: steps.b.output}}}
";
    assert_eq!(order(steps), Vec::<String>::new());
    let ends = steps.replace("otherwise: true, go: d", "otherwise: true, go: end");
    assert_eq!(order(&ends), ["unreachable-step@6", "may-not-have-run@9"]);
}

#[test]
fn conditions_tell_what_is_there() {
    let needs = "x: {from: attributes.o}";
    let prompt = |skip: &str| {
        let source = format!(
            "attributes: {{o?: string, f: boolean}}\nsteps:\n  - {{id: a, prompt: q, {skip}inputs: {{{needs}}}}}\n"
        );
        let strict = Interface::of(
            &parse_prompt("---\ninput:\n  schema:\n    x: string\n---\n{{x}}"),
            true,
        );
        let around = Surroundings {
            prompts: HashMap::from([("q".to_owned(), strict)]),
            ..Surroundings::default()
        };
        check(&parse(&source), &around).diagnostics.len()
    };
    assert_eq!(prompt(""), 1);
    assert_eq!(
        prompt("skip_when: {value: attributes.o, missing: true}, "),
        0
    );
    assert_eq!(
        prompt("skip_when: {value: attributes.o, missing: false}, "),
        1
    );
    assert_eq!(
        prompt(
            "skip_when: {any: [{value: attributes.o, missing: true}, {value: attributes.f, equals: true}]}, "
        ),
        0
    );
    assert_eq!(
        prompt(
            "skip_when: {all: [{value: attributes.o, missing: true}, {value: attributes.f, equals: true}]}, "
        ),
        1
    );
    assert_eq!(
        prompt("skip_when: {not: {value: attributes.o, equals: tea}}, "),
        0
    );
    let branch = "\
  - {id: w, decide: [{when: {value: attributes.o, missing: true}, go: end}, {otherwise: true, go: b}]}
  - {id: b, prompt: p, skip_when: {value: attributes.f, equals: true}, next: c}
  - {id: c, prompt: p, inputs: {x: {from: steps.b.output}, y: {from: attributes.o}}}
";
    // `b` may be passed over, so its output may be missing; `x` has a default.
    assert_eq!(order(branch), ["may-not-have-run@5"]);
}

#[test]
fn circles_and_islands_are_found() {
    let circle = "\
  - {id: a, prompt: p, next: b}
  - {id: b, prompt: p, next: [a, c]}
  - {id: c, prompt: p}
";
    assert_eq!(order(circle), ["cycle@3"]);
    let island = "  - {id: a, prompt: p}\n  - {id: b, prompt: p}\n";
    assert_eq!(order(island), ["unreachable-step@4"]);
}

#[test]
fn the_graph_has_labels() {
    let graph = graph(&parse(FINE));
    let edges: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.label.as_str()))
        .collect();
    assert_eq!(
        edges,
        [
            (".start", "sort", ""),
            ("sort", "which", ""),
            ("which", ".end", "confidence below 0.5"),
            ("which", "lines", "ads is yes"),
            ("which", "mail", "otherwise"),
            ("lines", "list", ""),
            ("list", "mail", ""),
            ("mail", ".end", ""),
            ("mail", ".end", "stops after first_order"),
        ]
    );
    assert_eq!(graph.nodes[2].kind, NodeKind::Decision);
    assert_eq!(graph.nodes.len(), 7);
}
