//! What fits which schema.

use serde_json::json;

use super::*;

/// Schemas, each with a value that fits and one that does not.
fn table<const N: usize>(rows: [(Value, Value, Value); N]) {
    for (schema, fits, other) in rows {
        assert_eq!(check(&fits, &schema), Ok(()), "{schema}");
        let refused = matches!(check(&other, &schema), Err(Misfit::Value(_)));
        assert!(refused, "{schema} <- {other}");
    }
}

#[test]
fn words_about_any_value_numbers_and_lengths() {
    table([
        (json!({"type": "string"}), json!("a"), json!(1)),
        (json!({"type": "integer"}), json!(2.0), json!(2.5)),
        (json!({"type": ["number", "null"]}), json!(null), json!("a")),
        (
            json!({"type": "string", "nullable": true}),
            json!(null),
            json!(1),
        ),
        (json!({"enum": ["a", 1]}), json!(1.0), json!("b")),
        (json!({"const": {"a": 1}}), json!({"a": 1.0}), json!({})),
        (json!({"minimum": 0, "maximum": 1}), json!(0.5), json!(1.5)),
        (json!({"exclusiveMinimum": 0}), json!(0.1), json!(0)),
        (json!({"exclusiveMaximum": 5}), json!(4), json!(5)),
        (json!({"multipleOf": 0.1}), json!(0.3), json!(0.35)),
        (json!({"minLength": 2}), json!("äö"), json!("ä")),
        (json!({"maxLength": 2}), json!("äö"), json!("äöü")),
    ]);
}

#[test]
fn words_about_the_form_of_a_text() {
    table([
        (json!({"pattern": "^a+$"}), json!("aa"), json!("ab")),
        (
            json!({"format": "date"}),
            json!("2026-02-28"),
            json!("2026-02-30"),
        ),
        (
            json!({"format": "date-time"}),
            json!("2026-02-28T10:00:00Z"),
            json!("2026-02-28"),
        ),
        (
            json!({"format": "email"}),
            json!("ann@acme.example"),
            json!("ann@acme"),
        ),
        (
            json!({"format": "uri"}),
            json!("https://acme.example/a"),
            json!("acme"),
        ),
        (
            json!({"format": "uuid"}),
            json!("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
            json!("7c9e"),
        ),
        (
            json!({"format": "ipv4"}),
            json!("127.0.0.1"),
            json!("127.0.0"),
        ),
        (json!({"format": "ipv6"}), json!("::1"), json!("::g")),
    ]);
}

#[test]
fn words_about_lists() {
    table([
        (
            json!({"items": {"type": "integer"}}),
            json!([1, 2]),
            json!([1, "b"]),
        ),
        (
            json!({"items": [{"type": "integer"}], "additionalItems": false}),
            json!([1]),
            json!([1, 2]),
        ),
        (
            json!({"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}),
            json!([1, "a"]),
            json!([1, 2]),
        ),
        (json!({"minItems": 1}), json!([1]), json!([])),
        (json!({"maxItems": 1}), json!([1]), json!([1, 2])),
        (json!({"uniqueItems": true}), json!([1, 2]), json!([1, 1.0])),
        (json!({"contains": {"const": 1}}), json!([0, 1]), json!([0])),
        (
            json!({"contains": {"const": 1}, "maxContains": 1}),
            json!([1]),
            json!([1, 1]),
        ),
    ]);
}

#[test]
fn words_about_objects() {
    table([
        (
            json!({"properties": {"a": {"type": "string"}}}),
            json!({"b": 1}),
            json!({"a": 1}),
        ),
        (
            json!({"required": ["a"]}),
            json!({"a": null}),
            json!({"b": 1}),
        ),
        (
            json!({"properties": {"a": {}}, "additionalProperties": false}),
            json!({"a": 1}),
            json!({"b": 1}),
        ),
        (
            json!({"patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": false}),
            json!({"x1": 1}),
            json!({"x1": "a"}),
        ),
        (
            json!({"propertyNames": {"maxLength": 1}}),
            json!({"a": 1}),
            json!({"ab": 1}),
        ),
        (json!({"minProperties": 1}), json!({"a": 1}), json!({})),
        (
            json!({"maxProperties": 1}),
            json!({"a": 1}),
            json!({"a": 1, "b": 2}),
        ),
        (
            json!({"dependentRequired": {"a": ["b"]}}),
            json!({"a": 1, "b": 2}),
            json!({"a": 1}),
        ),
    ]);
}

#[test]
fn words_that_join_schemas() {
    table([
        (
            json!({"allOf": [{"minimum": 1}, {"maximum": 2}]}),
            json!(1),
            json!(3),
        ),
        (
            json!({"anyOf": [{"const": 1}, {"const": 2}]}),
            json!(2),
            json!(3),
        ),
        (
            json!({"oneOf": [{"minimum": 1}, {"maximum": 2}]}),
            json!(3),
            json!(1),
        ),
        (json!({"not": {"const": 1}}), json!(2), json!(1)),
        (
            json!({"if": {"const": 1}, "then": false}),
            json!(2),
            json!(1),
        ),
        (
            json!({"if": {"const": 1}, "else": {"const": 2}}),
            json!(2),
            json!(3),
        ),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}}),
            json!(1),
            json!(2),
        ),
    ]);
}

#[test]
fn words_that_ask_for_nothing_fit_anything() {
    for schema in [
        json!({"title": "x", "description": "y", "x-own": 1}),
        json!(true),
    ] {
        assert_eq!(check(&json!(1), &schema), Ok(()), "{schema}");
    }
}

#[test]
fn a_misfit_is_named_with_its_place() {
    let schema = json!({"properties": {"a": {"items": {"required": ["b"]}}}});
    let why = check(&json!({"a": [{}]}), &schema).unwrap_err();
    assert_eq!(why, Misfit::Value("/a/0 lacks `b`".to_owned()));
}

#[test]
fn what_is_not_read_is_never_taken_for_fulfilled() {
    let rows = [
        json!({"unevaluatedProperties": false}),
        json!({"typ": "string"}),
        json!({"$ref": "https://acme.example/schema"}),
        json!({"$ref": "#/nowhere"}),
        json!({"$ref": "#"}),
        json!({"pattern": "(?=a)"}),
        json!({"format": "postcode"}),
        json!({"minimum": "a"}),
        json!(3),
    ];
    for schema in rows {
        let is_of_text = schema.get("pattern").or(schema.get("format")).is_some();
        let value = if is_of_text { json!("a") } else { json!(1) };
        assert!(
            matches!(check(&value, &schema), Err(Misfit::Schema(_))),
            "{schema}"
        );
    }
}
