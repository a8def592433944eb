//! Compares an answer with what a case expects, by the tolerance rule of its file.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::input::{exact_integer, number};

/// Rule of a file: `|a - b| <= abs + rel * |expected|`, with overrides by field name.
pub(crate) struct Tolerance {
    default: Bound,
    fields: BTreeMap<String, Bound>,
}

#[derive(Clone, Copy, Default)]
struct Bound {
    rel: f64,
    abs: f64,
}

impl Bound {
    fn of(value: &Value) -> Self {
        let part = |name: &str| value[name].as_f64().unwrap_or(0.0);
        Self {
            rel: part("rel"),
            abs: part("abs"),
        }
    }
}

impl Tolerance {
    /// Reads the rule of a header.
    pub(crate) fn of(value: &Value) -> Self {
        let mut default = Bound::of(value);
        if value["exact"].as_bool() == Some(true) {
            // Exact in decimals; the note grants this to shares of the unit interval.
            let share = value["note"]
                .as_str()
                .is_some_and(|note| note.contains("abs 1e-9"));
            default = Bound {
                rel: 0.0,
                abs: if share { 1e-9 } else { 0.0 },
            };
        }
        let fields = value["fields"].as_object().into_iter().flatten();
        Self {
            default,
            fields: fields
                .map(|(name, bound)| (name.clone(), Bound::of(bound)))
                .collect(),
        }
    }

    /// Notes at most one failure for a case: the first difference.
    pub(crate) fn check(
        &self,
        expected: &Value,
        actual: &Value,
        id: &str,
        failures: &mut Vec<String>,
    ) {
        if let Err(difference) = self.compare(expected, actual, "") {
            failures.push(format!("{id}: {difference}"));
        }
    }

    fn compare(&self, expected: &Value, actual: &Value, field: &str) -> Result<(), String> {
        let differs = || Err(format!("`{field}` expected {expected}, got {actual}"));
        match (expected, actual) {
            (Value::Object(fields), Value::Object(answers)) => {
                for (name, value) in fields {
                    let answer = answers.get(name).ok_or(format!("no answer for `{name}`"))?;
                    self.compare(value, answer, name)?;
                }
                Ok(())
            }
            (Value::Array(items), Value::Array(answers)) => {
                if items.len() != answers.len() {
                    return Err(format!(
                        "`{field}` expected {} items, got {}",
                        items.len(),
                        answers.len()
                    ));
                }
                items
                    .iter()
                    .zip(answers)
                    .try_for_each(|(item, answer)| self.compare(item, answer, field))
            }
            _ if expected == actual => Ok(()),
            _ => {
                if let (Some(left), Some(right)) = (exact_integer(expected), exact_integer(actual))
                {
                    return if left == right { Ok(()) } else { differs() };
                }
                let (Some(left), Some(right)) = (number(expected), number(actual)) else {
                    return differs();
                };
                let bound = self.fields.get(field).copied().unwrap_or(self.default);
                let close = if left.is_finite() {
                    (left - right).abs() <= bound.abs + bound.rel * left.abs()
                } else {
                    left.total_cmp(&right).is_eq()
                };
                if close { Ok(()) } else { differs() }
            }
        }
    }
}

#[test]
fn the_comparison_itself_can_fail() {
    use serde_json::json;
    let rule =
        Tolerance::of(&json!({"rel": 1e-6, "abs": 0, "fields": {"loose": {"rel": 0.1, "abs": 0}}}));
    let differs = |expected: Value, actual: Value| rule.compare(&expected, &actual, "").is_err();
    assert!(differs(json!({"x": 1.0}), json!({"x": 1.00001})));
    assert!(differs(json!({"x": 1.0}), json!({})));
    assert!(differs(json!({"x": null}), json!({"x": 0.0})));
    assert!(differs(
        json!("18446744073709551617"),
        json!("18446744073709551618")
    ));
    assert!(differs(json!(3), json!(4)));
    assert!(differs(json!("inf"), json!(1e300)));
    assert!(differs(json!([1.0]), json!([1.0, 2.0])));
    assert!(!differs(json!({"loose": 1.0}), json!({"loose": 1.05})));
    assert!(!differs(json!("-inf"), json!("-inf")));
}
