//! Whether one JSON Schema's values fit another's: the part that prompts use (`type`, `enum`,
//! `items`, `properties`, `required`). What is not understood is let through.

use serde_json::Value;

use crate::prompt::suggestion;

/// Deepest nesting that is compared.
const DEPTH_MAX: usize = 16;
/// Most values of an enumeration shown in a message.
const SHOWN_MAX: usize = 8;

/// A member of an object, as far as its schema tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Member<'s> {
    /// It is declared; whether it is always there.
    Known(&'s Value, bool),
    /// Nothing is known of it.
    Unknown,
    /// There is no such member.
    Absent,
}

/// The member `name` of the values of a schema.
pub(super) fn member<'s>(schema: &'s Value, name: &str) -> Member<'s> {
    if let Some(found) = schema["properties"].get(name) {
        return Member::Known(found, is_required(schema, name));
    }
    let kinds = kinds(schema);
    let can_be_object = kinds.is_empty() || kinds.contains(&"object");
    if is_foreign(schema) || (kinds.is_empty() && schema["enum"].is_null()) {
        return Member::Unknown;
    }
    if can_be_object && schema["additionalProperties"] != Value::Bool(false) {
        return Member::Unknown;
    }
    Member::Absent
}

/// Whether a schema's objects always have the member.
pub(super) fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|names| names.iter().any(|known| known == name))
}

/// The names of the members.
pub(super) fn member_names(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema["properties"].as_object();
    properties
        .into_iter()
        .flat_map(|properties| properties.keys().map(String::as_str))
}

/// Whether a value may be null.
pub(super) fn allows_null(schema: &Value) -> bool {
    kinds(schema).contains(&"null")
        || schema["enum"]
            .as_array()
            .is_some_and(|values| values.contains(&Value::Null))
}

/// Whether the values are numbers; true where nothing is known.
pub(super) fn may_be(schema: &Value, wanted: &[&str]) -> bool {
    if is_foreign(schema) {
        return true;
    }
    if let Some(values) = schema["enum"].as_array() {
        let is_wanted = |value: &Value| wanted.contains(&kind_of(value));
        return values.iter().any(is_wanted);
    }
    let kinds = kinds(schema);
    kinds.is_empty() || kinds.iter().any(|kind| wanted.contains(kind))
}

/// The types a schema names; none where any is allowed.
fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a schema uses words we do not read.
fn is_foreign(schema: &Value) -> bool {
    ["$ref", "oneOf", "anyOf", "allOf", "not", "const", "if"]
        .iter()
        .any(|word| !schema[*word].is_null())
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A type in words: `text`, `one of alder, finch`, `list of number`.
pub fn describe(schema: &Value) -> String {
    describe_to(schema, 0)
}

fn describe_to(schema: &Value, depth: usize) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return format!("one of {}", listed(values));
    }
    let kinds: Vec<&str> = kinds(schema)
        .into_iter()
        .filter(|kind| *kind != "null")
        .collect();
    let one = |kind: &&str| match *kind {
        "string" => "text".to_owned(),
        "boolean" => "yes or no".to_owned(),
        "integer" => "whole number".to_owned(),
        "array" if depth < DEPTH_MAX && !schema["items"].is_null() => {
            format!("list of {}", describe_to(&schema["items"], depth + 1))
        }
        "array" => "list".to_owned(),
        other => other.to_owned(),
    };
    match kinds.as_slice() {
        [] => "anything".to_owned(),
        kinds => kinds.iter().map(one).collect::<Vec<_>>().join(" or "),
    }
}

fn listed(values: &[Value]) -> String {
    let plain: Vec<String> = values
        .iter()
        .filter(|value| !value.is_null())
        .take(SHOWN_MAX)
        .map(plain)
        .collect();
    let more = values.len() > SHOWN_MAX;
    plain.join(", ") + if more { ", …" } else { "" }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether every value of `source` that is not null is a value of `target`; otherwise why not.
pub fn accepts(target: &Value, source: &Value) -> Result<(), String> {
    accepts_to(target, source, 0)
}

fn accepts_to(target: &Value, source: &Value, depth: usize) -> Result<(), String> {
    if depth >= DEPTH_MAX || is_foreign(target) || is_foreign(source) {
        return Ok(());
    }
    if let Some(values) = source["enum"].as_array() {
        let wrong = values
            .iter()
            .filter(|value| !value.is_null())
            .find(|value| fits(value, target).is_err());
        return match wrong {
            Some(value) => Err(format!(
                "it may be `{}`, wanted is {}",
                plain(value),
                describe(target)
            )),
            None => Ok(()),
        };
    }
    let given: Vec<&str> = kinds(source)
        .into_iter()
        .filter(|kind| *kind != "null")
        .collect();
    if given.is_empty() {
        return Ok(());
    }
    let mismatch = || {
        Err(format!(
            "it is {}, wanted is {}",
            describe(source),
            describe(target)
        ))
    };
    if target["enum"].is_array() {
        return mismatch();
    }
    let wanted = kinds(target);
    let fits_kind = |kind: &&str| {
        wanted.is_empty()
            || wanted.contains(kind)
            || (*kind == "integer" && wanted.contains(&"number"))
    };
    if !given.iter().all(fits_kind) {
        return mismatch();
    }
    if given.contains(&"array") && !target["items"].is_null() {
        accepts_to(&target["items"], &source["items"], depth + 1)
            .map_err(|why| format!("of its items: {why}"))?;
    }
    if given.contains(&"object") {
        return members_fit(target, source, depth);
    }
    Ok(())
}

fn members_fit(target: &Value, source: &Value, depth: usize) -> Result<(), String> {
    for name in member_names(target) {
        let wanted = &target["properties"][name];
        let needed = is_required(target, name);
        match member(source, name) {
            Member::Absent if needed => return Err(format!("it has no `{name}`")),
            Member::Absent | Member::Unknown => {}
            Member::Known(_, false) if needed => {
                return Err(format!("its `{name}` may be missing"));
            }
            Member::Known(given, _) => accepts_to(wanted, given, depth + 1)
                .map_err(|why| format!("of its `{name}`: {why}"))?,
        }
    }
    if target["additionalProperties"] == Value::Bool(false) {
        let known: Vec<&str> = member_names(target).collect();
        let odd = member_names(source).find(|name| !known.contains(name));
        if let Some(name) = odd {
            return Err(format!("it has a `{name}` that is not wanted"));
        }
    }
    Ok(())
}

/// Whether a value fits a schema; otherwise why not.
pub fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    fits_to(value, schema, 0)
}

fn fits_to(value: &Value, schema: &Value, depth: usize) -> Result<(), String> {
    if depth >= DEPTH_MAX || is_foreign(schema) {
        return Ok(());
    }
    if let Some(values) = schema["enum"].as_array() {
        if values.contains(value) {
            return Ok(());
        }
        let shown = plain(value);
        let near = suggestion(&shown, values.iter().filter_map(Value::as_str));
        let hint = near
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(format!("`{shown}` is not {}{hint}", describe(schema)));
    }
    let wanted = kinds(schema);
    let kind = kind_of(value);
    let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let fits_kind = wanted.is_empty()
        || wanted.contains(&kind)
        || (kind == "integer" && wanted.contains(&"number"))
        || (kind == "number" && whole && wanted.contains(&"integer"));
    if !fits_kind {
        let shown = plain(value);
        return Err(format!("`{shown}` is not {}", describe(schema)));
    }
    match value {
        Value::Array(items) if !schema["items"].is_null() => items
            .iter()
            .try_for_each(|item| fits_to(item, &schema["items"], depth + 1)),
        Value::Object(fields) => {
            for name in member_names(schema) {
                match fields.get(name) {
                    Some(field) => fits_to(field, &schema["properties"][name], depth + 1)
                        .map_err(|why| format!("`{name}`: {why}"))?,
                    None if is_required(schema, name) => {
                        return Err(format!("`{name}` is missing"));
                    }
                    None => {}
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_what() {
        let text = json!({"type": "string"});
        let brand = json!({"enum": ["alder", "finch"]});
        let number = json!({"type": "number"});
        let whole = json!({"type": "integer"});
        let maybe = json!({"type": ["string", "null"]});
        let list = |items: &Value| json!({"type": "array", "items": items});
        let any = json!({});
        let person = json!({"type": "object", "properties": {"name": text}, "required": ["name"]});
        let rows = [
            (&text, &brand, true),
            (&brand, &text, false),
            (&brand, &json!({"enum": ["alder"]}), true),
            (&brand, &json!({"enum": ["alder", "owl"]}), false),
            (&brand, &json!({"enum": ["alder", null]}), true),
            (&number, &whole, true),
            (&whole, &number, false),
            (&text, &number, false),
            (&text, &maybe, true),
            (&text, &any, true),
            (&any, &person, true),
            (&list(&text), &list(&brand), true),
            (&list(&brand), &list(&text), false),
            (&list(&text), &text, false),
            (&person, &person, true),
            (
                &person,
                &json!({"type": "object", "properties": {"name": text}}),
                false,
            ),
            (
                &person,
                &json!({"type": "object", "properties": {}, "additionalProperties": false}),
                false,
            ),
            (&person, &json!({"$ref": "#/x"}), true),
        ];
        for (target, source, fine) in rows {
            assert_eq!(
                accepts(target, source).is_ok(),
                fine,
                "{target} <- {source}"
            );
        }
    }

    #[test]
    fn values_are_checked_with_a_hint() {
        let brand = json!({"enum": ["alder", "finch"]});
        let error = fits(&json!("fnch"), &brand).unwrap_err();
        assert_eq!(
            error,
            "`fnch` is not one of alder, finch; did you mean `finch`?"
        );
        assert!(fits(&json!(3), &json!({"type": "number"})).is_ok());
        assert!(fits(&json!(3.5), &json!({"type": "integer"})).is_err());
        assert_eq!(
            fits(
                &json!({"a": [1, "b"]}),
                &json!({"properties": {"a": {"items": {"type": "integer"}}}})
            ),
            Err("`a`: `b` is not whole number".to_owned())
        );
    }
}
