//! What variations come to, and what is found in those that are wrong.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use variorum_domain::prompt::{Compiled, Diagnostic, PromptFile, RenderOptions, parse};
use variorum_domain::variation::{Effective, Opening, Origin, effective, only_fills};

const BASE: &str = "\
---
description: Welcome
model: a/small
config:
  temperature: 0.7
  maxOutputTokens: 900
input:
  schema:
    name?: string
    brand: string
  default: {brand: finch}
variorum.title: Welcome
variorum.brand: all
variorum.open: [model, config.temperature]
---
{{role \"system\"}}
{{! slot voice: how we sound }}
{{> voice}}
{{! /slot }}

Say {{! slot greeting: how we say hello }}Hello{{! /slot }} to the reader.
{{#if name}}
{{! slot named }}
Name: {{name}}
{{! /slot }}
{{/if}}

{{role \"user\"}}
Brand: {{brand}}
";

fn base(source: &str) -> PromptFile {
    parse(source).at_path("w.prompt")
}

fn varied(source: &str, files: &[&str]) -> Effective {
    let base = base(source);
    let paths = ["w.finch.prompt", "w.finch.de.prompt"];
    let chain: Vec<PromptFile> = files
        .iter()
        .zip(paths)
        .map(|(text, path)| parse(text).at_path(path))
        .collect();
    let chain: Vec<&PromptFile> = chain.iter().collect();
    effective(&base, &chain, &BTreeMap::new())
}

fn voice() -> PromptFile {
    parse("Calm.\n").at_path("_voice.prompt")
}

fn findings(source: &str, files: &[&str]) -> Vec<String> {
    let voice = voice();
    let found = varied(source, files).validate(&|name| (name == "voice").then_some(&voice));
    let one = |f: &Diagnostic| {
        format!(
            "{}@{}:{} {} {}",
            f.code, f.line, f.column, f.path, f.message
        )
    };
    found.iter().map(one).collect()
}

fn rendered(file: &PromptFile, variables: &Value) -> String {
    let voice = voice();
    let compiled =
        Compiled::new(file, &|name| (name == "voice").then_some(&voice)).expect("a usable prompt");
    let nothing = Map::new();
    let variables = variables.as_object().unwrap_or(&nothing);
    let messages = compiled
        .render(variables, &RenderOptions::default())
        .expect("a usable prompt");
    format!("{messages:?}")
}

#[test]
fn a_base_opens_slots_and_fields() {
    let opening = Opening::of(&base(BASE));
    assert!(opening.diagnostics.is_empty());
    let slots: Vec<_> = opening
        .slots
        .iter()
        .map(|slot| {
            (
                slot.name.as_str(),
                slot.description.as_str(),
                slot.span.line,
            )
        })
        .collect();
    assert_eq!(
        slots,
        [
            ("voice", "how we sound", 17),
            ("greeting", "how we say hello", 21),
            ("named", "", 23)
        ]
    );
    assert_eq!(opening.fields.len(), 2);
    assert!(Opening::of(&base("Hello {{! a note }}")).is_empty());
}

#[test]
fn fillings_and_fields_are_taken_over_the_most_specific_first() {
    let finch = "---\nmodel: a/large\nvariorum.title: Finch\n---\n{{! slot voice }}\nQuick.\n{{! /slot }}\n{{! slot greeting }}\nHi\n{{! /slot }}\n";
    let german = "---\nconfig: {temperature: 0.2}\n---\n{{! slot greeting }}Hallo{{! /slot }}";
    assert_eq!(findings(BASE, &[finch]), Vec::<String>::new());
    assert_eq!(findings(BASE, &[finch, german]), Vec::<String>::new());
    let found = varied(BASE, &[finch, german]);
    let file = &found.file;
    assert_eq!(file.path, "w.finch.de.prompt");
    assert_eq!(file.front_matter.model.as_deref(), Some("a/large"));
    assert_eq!(file.front_matter.config["temperature"], json!(0.2));
    assert_eq!(file.front_matter.config["maxOutputTokens"], json!(900));
    assert_eq!(file.front_matter.description.as_deref(), Some("Welcome"));
    assert_eq!(file.variorum.title.as_deref(), Some("Finch"));
    assert_eq!(file.variorum.brands, ["all"]);
    assert!(file.raw.get("variorum.open").is_none());
    let text = rendered(file, &json!({}));
    assert!(
        text.contains("Quick.\\n\\nSay Hallo to the reader.\\n"),
        "{text}"
    );
    let slots: Vec<_> = found
        .slots
        .iter()
        .map(|slot| (slot.name.as_str(), &slot.origin, slot.text.as_str()))
        .collect();
    assert_eq!(
        slots,
        [
            (
                "voice",
                &Origin::Inherited("w.finch.prompt".into()),
                "Quick."
            ),
            ("greeting", &Origin::Own, "Hallo"),
            ("named", &Origin::Base, "Name: {{name}}"),
        ]
    );
    assert_eq!(
        found.fields[0].origin,
        Origin::Inherited("w.finch.prompt".into())
    );
    assert_eq!(found.fields[1].value, Some(json!(0.2)));
    assert_eq!(found.fields[1].default, Some(json!(0.7)));
}

#[test]
fn a_filling_on_lines_of_its_own_fits_into_a_line() {
    let block = "{{! slot greeting }}\nHi\n{{! /slot }}\n";
    let line = "{{! slot greeting }}Hi{{! /slot }}\n";
    let one = rendered(&varied(BASE, &[block]).file, &json!({}));
    assert_eq!(one, rendered(&varied(BASE, &[line]).file, &json!({})));
    assert!(one.contains("Say Hi to the reader."), "{one}");
    // And a line fits where the base has lines of their own.
    let line = "{{! slot voice }}Quick.{{! /slot }}";
    let text = rendered(&varied(BASE, &[line]).file, &json!({}));
    assert!(text.contains("Quick.\\n\\nSay"), "{text}");
}

#[test]
fn names_give_brand_and_region_unless_the_file_does() {
    let base = base(BASE);
    let given = BTreeMap::from([("variorum.brand".to_owned(), "finch".to_owned())]);
    let silent = parse("").at_path("w.finch.prompt");
    let found = effective(&base, &[&silent], &given);
    assert_eq!(found.file.variorum.brands, ["finch"]);
    let says = parse("---\nvariorum.brands: [finch, owl]\n---\n").at_path("w.finch.prompt");
    let found = effective(&base, &[&says], &given);
    assert_eq!(found.file.variorum.brands, ["finch", "owl"]);
}

#[test]
fn what_a_variation_must_not_do() {
    let rows: [(&str, &str); 13] = [
        (
            "Extra.\n{{! slot voice }}x{{! /slot }}",
            "locked-text@1:1 w.finch.prompt this stands outside of a slot, and `w.prompt` locks everything else; slots: `voice`, `greeting`, `named`",
        ),
        (
            "{{! slot voice }}x{{! /slot }}\n\n  {{name}}",
            "locked-text@3:3",
        ),
        ("{{! slot voice }}x{{! /slot }} a\n", "locked-text@1:32"),
        (
            "{{! slot greting }}x{{! /slot }}",
            "unknown-slot@1:1 w.finch.prompt `w.prompt` has no slot `greting`; did you mean `greeting`?",
        ),
        (
            "{{! slot footer }}x{{! /slot }}",
            "unknown-slot@1:1 w.finch.prompt `w.prompt` has no slot `footer`; slots: `voice`",
        ),
        (
            "{{! slot voice }}{{role \"user\"}}x{{! /slot }}",
            "locked-role@1:1",
        ),
        (
            "---\noutput: {format: json}\n---\n",
            "locked-field@2:1 w.finch.prompt `output` is locked by `w.prompt`; open are `model`, `config.temperature`",
        ),
        (
            "---\nconfig:\n  maxOutputTokens: 5\n---\n",
            "locked-field@3:3 w.finch.prompt `config.maxOutputTokens` is locked",
        ),
        (
            "---\nvariorum.open: [model]\n---\n",
            "locked-field@2:1 w.finch.prompt a variation opens nothing",
        ),
        ("{{! slot voice }}x", "unclosed-slot@1:1"),
        (
            "{{! slot voice }}{{#if a}}{{! /slot }}{{/if}}",
            "unmatched-slot-close@1:27",
        ),
        (
            "{{! slot voice }}\n\n{{frist_name}}\n{{! /slot }}",
            "undeclared-variable@3:3 w.finch.prompt variable `frist_name` is not declared in the input schema; a slot can only use what the base declares",
        ),
        (
            "{{! slot voice }}\n{{> nothing}}\n{{! /slot }}",
            "unknown-partial@2:1 w.finch.prompt",
        ),
    ];
    for (file, expected) in rows {
        let found = findings(BASE, &[file]);
        let hit = found.iter().any(|f| f.starts_with(expected));
        assert!(hit, "{file}\nexpected {expected}\nfound {found:#?}");
    }
}

#[test]
fn what_a_base_must_not_do() {
    let rows = [
        ("{{! slot a }}x", "unclosed-slot@1:1"),
        (
            "{{! slot a }}{{! slot b }}x{{! /slot }}",
            "nested-slot@1:14",
        ),
        (
            "{{! slot a }}{{#if c}}{{! slot b }}x{{! /slot }}{{/if}}{{! /slot }}",
            "nested-slot@1:23",
        ),
        ("x{{! /slot }}", "unmatched-slot-close@1:2"),
        (
            "{{#if c}}{{! slot a }}x{{/if}}{{! /slot }}",
            "unclosed-slot@1:10",
        ),
        ("{{! slot a }}x{{! /slot b }}", "unmatched-slot-close@1:15"),
        (
            "{{! slot a }}x{{! /slot }}{{! slot a }}y{{! /slot }}",
            "duplicate-slot@1:27",
        ),
        ("{{! slot ä }}x{{! /slot }}", "invalid-slot@1:1"),
        ("---\nvariorum.open: [outptu]\n---\n", "cannot-open@2:17"),
        (
            "---\nvariorum.open: [input.schema]\n---\n",
            "cannot-open@2:17",
        ),
        ("---\nvariorum.open: [{a: 1}]\n---\n", "invalid-field@2:17"),
    ];
    for (source, expected) in rows {
        let found = Opening::of(&base(source)).diagnostics;
        let first = found
            .first()
            .map(|f| format!("{}@{}:{}", f.code, f.line, f.column));
        assert_eq!(first.as_deref(), Some(expected), "{source}");
    }
}

#[test]
fn drift_is_found_when_the_base_changes() {
    let finch = "---\nmodel: a/large\n---\n{{! slot greeting }}Hi {{brand}}{{! /slot }}";
    assert_eq!(findings(BASE, &[finch]), Vec::<String>::new());
    let rows = [
        (
            BASE.replace("slot greeting: how we say hello", "slot hello"),
            "unknown-slot@4:1 w.finch.prompt",
        ),
        (
            BASE.replace("    brand: string\n", "")
                .replace("  default: {brand: finch}\n", "")
                .replace("Brand: {{brand}}", "x"),
            "undeclared-variable@4:26 w.finch.prompt",
        ),
        (
            BASE.replace("[model, config.temperature]", "[config.temperature]"),
            "locked-field@2:1 w.finch.prompt `model` is locked",
        ),
        (BASE.replace("{{/if}}", ""), "unclosed-block@22:1 w.prompt"),
    ];
    for (changed, expected) in rows {
        let found = findings(&changed, &[finch]);
        assert!(
            found.iter().any(|f| f.starts_with(expected)),
            "{expected}\n{found:#?}"
        );
    }
}

#[test]
fn errors_of_more_general_variations_count_and_warnings_do_not() {
    let finch = "{{! slot none }}x{{! /slot }}";
    let found = findings(BASE, &[finch, ""]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("unknown-slot@1:1 w.finch.prompt"));
}

#[test]
fn a_file_that_only_fills_is_told() {
    assert!(only_fills(&parse(
        "---\nmodel: x\n---\n{{! slot a }}x{{! /slot }}\n"
    )));
    assert!(!only_fills(&parse("a {{! slot a }}x{{! /slot }}")));
    assert!(!only_fills(&parse("")));
}

#[test]
fn bases_with_unusual_front_matter() {
    let rows = [
        "---\n{model: a/b, variorum.open: [model], input: {schema: {x?: string}}}\n---\n{{! slot a }}x{{! /slot }}",
        "---\nmodel: &m a/b\nname: *m\nvariorum.open: model\n---\n{{! slot a }}x{{! /slot }}",
        "{{! slot a }}x{{! /slot }}",
        "# Licence\n---\nmodel: a/b\nvariorum.open: model\n---\n{{! slot a }}x{{! /slot }}",
        "---\r\nmodel: a/b\r\nvariorum.open: model\r\n---\r\n{{! slot a }}\r\nx\r\n{{! /slot }}\r\n",
    ];
    for source in rows {
        let file = "---\nvariorum.title: T\n---\n{{! slot a }}filled{{! /slot }}";
        let found = varied(source, &[file]);
        assert_eq!(found.file.variorum.title.as_deref(), Some("T"), "{source}");
        assert_eq!(found.validate(&|_| None), Vec::new(), "{source}");
        assert!(rendered(&found.file, &json!({})).contains("filled"));
        if Opening::of(&base(source)).fields.is_empty() {
            continue;
        }
        let found = varied(source, &["---\nmodel: c/d\n---\n"]);
        assert_eq!(
            found.file.front_matter.model.as_deref(),
            Some("c/d"),
            "{source}"
        );
    }
}

#[test]
fn our_own_fields_mean_the_same_with_dots_and_as_a_block() {
    let dotted = "variorum.title: Welcome\nvariorum.brand: all\nvariorum.open: [model, config.temperature]\n";
    let block = "variorum:\n  title: Welcome\n  brand: all\n  open: [model, config.temperature]\n";
    let nested = BASE.replace(dotted, block);
    assert_ne!(nested, BASE);
    let variations = [
        "---\nvariorum.title: Finch\nconfig: {temperature: 0.2}\n---\n{{! slot named }}\nN\n{{! /slot }}\n",
        "---\nvariorum: {title: Finch}\nconfig: {temperature: 0.2}\n---\n{{! slot named }}\nN\n{{! /slot }}\n",
    ];
    let expected = varied(BASE, &[variations[0]]);
    for base in [BASE, &nested] {
        for variation in variations {
            let found = varied(base, &[variation]);
            assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
            assert_eq!(found.file.variorum.title.as_deref(), Some("Finch"));
            assert_eq!(found.file.variorum.brands, expected.file.variorum.brands);
            assert_eq!(
                found.file.front_matter.config,
                expected.file.front_matter.config
            );
            assert!(Opening::of(&found.file).fields.is_empty(), "opens no more");
        }
    }
    // A list under its other name takes the place of the base's, wherever that stands.
    let tagged = nested.replace("  brand: all\n", "  brand: all\n  tags: [old]\n");
    let found = varied(
        &tagged,
        &["---\nvariorum.tag: new\n---\n{{! slot named }}\nN\n{{! /slot }}\n"],
    );
    assert_eq!(found.file.variorum.tags, ["new"]);
}
