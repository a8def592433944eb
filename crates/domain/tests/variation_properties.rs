//! Properties of variations that are made at random.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use variorum_domain::prompt::{Compiled, PromptFile, RenderOptions, parse};
use variorum_domain::variation::{Opening, effective};

/// Text that may stand anywhere, white space and tags included.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Say ",
        "hello",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "{{name}}",
        "{{~name}}",
        "{{name~}}",
        "{{#if vip}}yes{{else}}no{{/if}}",
        "{{#if vip}}\nyes\n{{/if}}\n",
        "{{> voice}}",
        "\n{{> voice}}\n",
        "{{! a note }}",
        "\n{{! a note }}\n",
        "{{!-- two --}}",
        ".",
        "é",
        "\\{{x}}",
        "\r\n",
        "{",
        "a\\\\",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// A slot: the text between its markers, and whether they stand on lines of their own.
fn slot() -> impl Strategy<Value = (String, bool)> {
    (text(), any::<bool>())
}

fn base() -> impl Strategy<Value = (String, usize)> {
    (prop::collection::vec((text(), slot()), 1..5), text()).prop_map(|(slots, tail)| {
        let mut source = String::from("---\nmodel: a/b\ninput:\n  schema:\n    name?: string\n    vip?: boolean\nvariorum.open: [model]\n---\n");
        let count = slots.len();
        for (number, (before, (inside, lines))) in slots.into_iter().enumerate() {
            source.push_str(&before);
            let edge = if lines { "\n" } else { "" };
            let _ = write!(source, "{edge}{{{{! slot s{number}: what }}}}{edge}{inside}{edge}{{{{! /slot }}}}{edge}");
        }
        (source + &tail, count)
    })
}

fn compiled(file: &PromptFile) -> Compiled {
    let voice = parse("Calm.\n");
    Compiled::new(file, &|_| Some(&voice)).expect("a usable prompt compiles")
}

fn rendered(compiled: &Compiled) -> Vec<String> {
    [json!({}), json!({"name": "Ada", "vip": true})]
        .iter()
        .map(|variables: &Value| {
            let nothing = Map::new();
            let variables = variables.as_object().unwrap_or(&nothing);
            format!(
                "{:?}",
                compiled.render(variables, &RenderOptions::default())
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn markers_change_nothing_but_what_comments_do((source, count) in base()) {
        let base = parse(&source);
        prop_assume!(base.is_usable());
        let opening = Opening::of(&base);
        // A backslash before a marker says that it is none.
        prop_assume!(opening.slots.len() == count && opening.diagnostics.is_empty());
        let plain = source.replace("! slot s", "! note s").replace("! /slot ", "! /note ");
        prop_assert_eq!(rendered(&compiled(&base)), rendered(&compiled(&parse(&plain))));
    }

    #[test]
    fn without_fillings_a_variation_is_its_base((source, count) in base()) {
        let base = parse(&source).at_path("w.prompt");
        prop_assume!(base.is_usable() && Opening::of(&base).slots.len() == count);
        let silent = parse("---\nvariorum.title: T\n---\n").at_path("w.x.prompt");
        let found = effective(&base, &[&silent], &BTreeMap::new());
        prop_assert_eq!(&found.diagnostics, &Vec::new());
        let (one, other) = (compiled(&base), compiled(&found.file));
        prop_assert_eq!(one.canonical_text(), other.canonical_text());
        prop_assert_eq!(rendered(&one), rendered(&other));
    }

    #[test]
    fn filled_with_the_texts_of_the_base_it_is_the_base((source, count) in base(), lines in any::<bool>()) {
        let base = parse(&source).at_path("w.prompt");
        let opening = Opening::of(&base);
        prop_assume!(base.is_usable() && opening.slots.len() == count);
        let mut filling = String::new();
        for slot in &opening.slots {
            let text = &source[slot.text.clone()];
            let _ = write!(filling, "{{{{! slot {} }}}}{text}{{{{! /slot }}}}", slot.name);
            filling.push_str(if lines { "\n" } else { " " });
        }
        let filled = parse(&filling).at_path("w.x.prompt");
        let found = effective(&base, &[&filled], &BTreeMap::new());
        prop_assume!(found.diagnostics.is_empty());
        let (one, other) = (compiled(&base), compiled(&found.file));
        prop_assert_eq!(one.canonical_text(), other.canonical_text(), "{}\n---\n{}", source, filling);
    }

    #[test]
    fn every_finding_points_into_a_file((source, _) in base(), file in text(), odd in text()) {
        let base = parse(&source).at_path("w.prompt");
        let own = parse(&format!("---\nmodel: x\nconfig: 1\n---\n{odd}{{{{! slot s0 }}}}{file}{{{{missing}}}}{{{{! /slot }}}}")).at_path("w.x.prompt");
        let found = effective(&base, &[&own], &BTreeMap::new());
        for finding in found.validate(&|_| None) {
            let text = if finding.path == "w.prompt" { base.source() } else { own.source() };
            prop_assert!(finding.path == "w.prompt" || finding.path == "w.x.prompt");
            prop_assert!(finding.line <= text.matches('\n').count() + 1, "{:?}", finding);
        }
    }
}
