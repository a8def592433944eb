//! JSON somewhere in a text.

use serde_json::{Deserializer, Value};

use super::JSON_STARTS_MAX;

/// The objects and lists in a text that are JSON, those in others left out.
pub(super) fn json_in(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..JSON_STARTS_MAX {
        let Some(start) = text[at..].find(['{', '[']).map(|offset| at + offset) else {
            break;
        };
        let mut values = Deserializer::from_str(&text[start..]).into_iter::<Value>();
        at = match values.next() {
            Some(Ok(value)) => {
                found.push(value);
                start + values.byte_offset()
            }
            _ => start + 1,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_found_wherever_it_stands() {
        let rows = [
            ("plain", vec![]),
            (
                "Here: {\"a\": [1, 2]} and [3].",
                vec![json!({"a": [1, 2]}), json!([3])],
            ),
            ("{not} {\"b\": 1}", vec![json!({"b": 1})]),
            ("```json\n{\"a\": \"}\"}\n```", vec![json!({"a": "}"})]),
        ];
        for (text, wanted) in rows {
            assert_eq!(json_in(text), wanted, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(json_in(&deep).is_empty());
    }
}
