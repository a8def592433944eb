//! Properties that hold for any input whatever.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use variorum_domain::prompt::{Compiled, Message, RenderOptions, Role, parse, validate};
use variorum_domain::template::Template;

/// Pieces that, put together at random, come close to prompts.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "---\n",
        "model: a\n",
        "input:\n  schema:\n    a: string\n",
        "  - ",
        "&x ",
        "*x ",
        "? ",
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{{{",
        "}}}}",
        "{{#",
        "{{/",
        "{{^",
        "{{else",
        "{{>",
        "{{!--",
        "--}}",
        "~",
        "if",
        "each",
        "with",
        "a",
        "b.c",
        "../",
        "@root",
        "\"x\"",
        "'",
        "[",
        "]",
        "(",
        ")",
        "=",
        "|",
        "as |v|",
        " ",
        "\n",
        "\r\n",
        "\\",
        "\\\\",
        "é",
        "🦀",
        "\u{feff}",
        "1",
        "-",
        "role ",
        "json ",
        "this",
        "media url=",
        "<<<dotprompt:role:system>>>",
        "\0",
        ": ",
        "(*)",
        "p",
        "\t",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn exercise(source: &str) {
    let file = parse(source);
    let partial = parse(source);
    validate("p.prompt", &file, &|_| Some(&partial));
    if let Ok(compiled) = Compiled::new(&file, &|_| None) {
        let variables = json!({"a": [1, {"c": null}], "b": {"c": "x"}, "p": true});
        let variables = variables.as_object().cloned().unwrap_or_default();
        let _rendered = compiled.render(&variables, &RenderOptions::default());
        compiled.canonical_text();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_prompts_never_panic(source in pieces()) {
        exercise(&source);
    }

    #[test]
    fn random_text_never_panics(source in any::<String>()) {
        exercise(&source);
        exercise(&format!("---\n{source}\n---\n{{{{{source}}}}}"));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn text_without_tags_is_left_alone(source in "[^{}\\\\-]{1,80}") {
        let file = parse(&source);
        let messages = Compiled::new(&file, &|_| None)
            .map(|compiled| compiled.render(&Map::new(), &RenderOptions::default()));
        let text = match messages {
            Ok(Ok(messages)) => messages.first().map(Message::text).unwrap_or_default(),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        let blank = source.chars().all(|c| c.is_whitespace() || c == '\u{feff}');
        prop_assert_eq!(text, if blank && !source.contains('\u{85}') { String::new() } else { source });
    }

    #[test]
    fn no_value_changes_the_roles(value in any::<String>()) {
        let file = parse("{{role \"system\"}}s {{a}}{{role \"user\"}}u {{a}}");
        let variables: Map<String, Value> = Map::from_iter([("a".to_owned(), value.clone().into())]);
        let rendered = Compiled::new(&file, &|_| None)
            .map(|compiled| compiled.render(&variables, &RenderOptions::default()));
        let Ok(Ok(messages)) = rendered else { return Err(TestCaseError::fail("does not render")) };
        let said: Vec<(Role, String)> = messages.iter().map(|m| (m.role, m.text())).collect();
        let expected = [(Role::System, format!("s {value}")), (Role::User, format!("u {value}"))];
        prop_assert_eq!(said, expected);
    }

    #[test]
    fn spans_lie_in_the_source(source in pieces()) {
        let (template, faults) = Template::parse(&source);
        for node in &template.program().nodes {
            let span = node.span();
            prop_assert!(source.get(span.start..span.end).is_some());
            prop_assert!(span.line >= 1 && span.column >= 1);
        }
        for fault in faults {
            prop_assert!(source.get(fault.span.start..fault.span.end.min(source.len())).is_some());
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let blocks = "{{#if a}}".repeat(50_000);
    exercise(&blocks);
    exercise(&format!("{{{{{}", "(json ".repeat(50_000)));
    exercise(&format!("---\na: {}\n---\n", "[".repeat(30_000)));
    exercise(&format!("---\n{}\n---\n", "- ".repeat(30_000)));
    exercise(&format!("{{{{#if a}}}}{}", "{{else if a}}".repeat(20_000)));
    let bomb: Vec<String> = (1..60)
        .map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1))
        .collect();
    exercise(&format!("---\na0: &a0 x\n{}---\n", bomb.concat()));
}

/// Long templates of small tags, which are slow to read for whoever looks back to the start at
/// each of them.
#[test]
fn long_templates_are_read_in_one_pass() {
    for piece in [
        "{{#a}}{{/a}}",
        "{{!----}}",
        "{{a}}",
        "{{a b=1}}",
        "}}",
        "{{> a}}\n",
        "\\{{a}}",
    ] {
        exercise(&piece.repeat(60_000 / piece.len()));
    }
    exercise(&format!("{{{{a {}}}}}", "b=1 ".repeat(10_000)));
    exercise(&format!(
        "{{{{#each a as |{}|}}}}{{{{/each}}}}",
        "b ".repeat(10_000)
    ));
    let keys: String = (0..2_000).fold(String::new(), |keys, n| keys + &n.to_string() + ":\n");
    exercise(&format!("---\n{keys}---\n"));
}
