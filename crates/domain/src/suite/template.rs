//! Variables in what a suite expects: `{{name}}`, `{{person.name}}`, `{{list.0}}`. The rest of
//! promptfoo's template language is not read, and said to be so.

use serde_json::{Map, Value};

/// Whether a text holds anything to fill in.
pub(super) fn has_holes(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// The text with its variables filled in; otherwise what is not read.
pub(super) fn fill(text: &str, variables: &Map<String, Value>) -> Result<String, String> {
    if text.contains("{%") || text.contains("{#") {
        return Err("uses more of the template language than variables".to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inner, behind)) = after.split_once("}}") else {
            // Nothing that could be filled in, such as a text that asks whether `{{` is left over.
            out.push_str("{{");
            out.push_str(after);
            return Ok(out);
        };
        let name = inner.trim_matches('-').trim();
        out.push_str(&found(name, variables)?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

fn found(name: &str, variables: &Map<String, Value>) -> Result<String, String> {
    let mut parts = name.split('.');
    let is_name = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    if !name.split('.').all(is_name) {
        return Err(format!(
            "asks for `{{{{{name}}}}}`, which is more than a variable"
        ));
    }
    let mut value = parts.next().and_then(|first| variables.get(first));
    for part in parts {
        value = match value {
            Some(Value::Array(items)) => part.parse().ok().and_then(|at: usize| items.get(at)),
            Some(other) => other.get(part),
            None => None,
        };
    }
    Ok(match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_filled_in_and_nothing_else() {
        let variables = json!({"name": "Ann", "n": 3, "of": {"a": ["x", "y"]}, "empty": null});
        let variables = variables.as_object().unwrap();
        let rows = [
            ("Hello {{name}}, {{ n }}", Some("Hello Ann, 3")),
            ("{{of.a.1}}{{empty}}{{unknown}}", Some("y")),
            ("no holes } here {", Some("no holes } here {")),
            ("{{name | upper}}", None),
            ("{{name}} {% if n %}", None),
            ("{{name", Some("{{name")),
            ("{{a b}}", None),
        ];
        for (text, wanted) in rows {
            assert_eq!(fill(text, variables).ok().as_deref(), wanted, "{text}");
        }
        assert!(has_holes("{{a}}") && has_holes("{% x %}") && !has_holes("{a}"));
    }
}
