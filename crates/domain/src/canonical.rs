//! One JSON text per value, so that equal values have equal digests.
//!
//! Keys are sorted, no white space is written and numbers keep serde's shortest form. This is RFC
//! 8785 (JSON Canonicalization Scheme) except for floats outside 1e-5..1e16, which we do not store.

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
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_unstable_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&fields[key], out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
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
    fn order_of_insertion_does_not_change_the_digest() {
        let one = json!({"a": 1, "b": 2});
        let two = json!({"b": 2, "a": 1});
        assert_eq!(digest(&one), digest(&two));
    }
}
