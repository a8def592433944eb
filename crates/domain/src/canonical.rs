//! One JSON text per value, so that equal values have equal digests.
//!
//! Keys are sorted, no white space is written and numbers keep serde's shortest form. This is RFC
//! 8785 (JSON Canonicalization Scheme) except for floats outside 1e-5..1e16, which we do not store.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::id::Digest;

/// Writes a value in canonical form.
pub fn to_text<T: Serialize>(value: &T) -> String {
    let mut out = String::new();
    write(
        &serde_json::to_value(value).unwrap_or(Value::Null),
        &mut out,
    );
    out
}

/// Writes an object in canonical form whose field `name` holds `entries`, whatever it held; only one
/// entry at a time is held in memory as a value.
pub fn to_text_with<T: Serialize, E: Serialize>(
    object: &T,
    name: &str,
    entries: &BTreeMap<String, E>,
) -> String {
    let mut object = serde_json::to_value(object).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_owned(), Value::Null);
    }
    let mut out = String::new();
    let Value::Object(fields) = &object else {
        return to_text(&object);
    };
    write_object(fields.keys(), &mut out, |key, out| {
        if key == name {
            write_object(entries.keys(), out, |key, out| {
                if let Some(entry) = entries.get(key) {
                    write(&serde_json::to_value(entry).unwrap_or(Value::Null), out);
                }
            });
        } else {
            write(&fields[key], out);
        }
    });
    out
}

/// The SHA-256 digest of a value's canonical form.
pub fn digest<T: Serialize>(value: &T) -> Digest {
    Digest::of(to_text(value).as_bytes())
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            write_object(fields.keys(), out, |key, out| write(&fields[key], out));
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Writes an object: its keys sorted, the value of each by `value`.
fn write_object<'a>(
    keys: impl Iterator<Item = &'a String>,
    out: &mut String,
    mut value: impl FnMut(&str, &mut String),
) {
    let mut keys: Vec<&String> = keys.collect();
    keys.sort_unstable_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (index, key) in keys.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&Value::String(key.clone()).to_string());
        out.push(':');
        value(key, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_nothing_is_padded() {
        let value = json!({"b": [1, {"z": null, "a": "ä\n"}], "a": 0.5});
        assert_eq!(
            to_text(&value),
            "{\"a\":0.5,\"b\":[1,{\"a\":\"ä\\n\",\"z\":null}]}"
        );
    }

    #[test]
    fn an_object_with_entries_of_its_own_is_the_same_text() {
        let entries = BTreeMap::from([
            ("b\u{1f600}".to_owned(), json!({"z": 1, "a": [true, null]})),
            ("b\u{ffff}".to_owned(), json!("\"")),
            ("a".to_owned(), json!({})),
        ]);
        let whole = json!({"c": 1, "b": entries, "a": {"y": 2, "x": 1}});
        let shell = json!({"c": 1, "b": {}, "a": {"y": 2, "x": 1}});
        assert_eq!(to_text_with(&shell, "b", &entries), to_text(&whole));
        assert_eq!(
            to_text_with(&json!({"a": {}}), "b", &entries),
            to_text(&json!({"a": {}, "b": entries}))
        );
        let none: BTreeMap<String, i32> = BTreeMap::new();
        assert_eq!(to_text_with(&shell, "b", &none), to_text(&shell));
    }

    #[test]
    fn order_of_insertion_does_not_change_the_digest() {
        let one = json!({"a": 1, "b": 2});
        let two = json!({"b": 2, "a": 1});
        assert_eq!(digest(&one), digest(&two));
    }
}
