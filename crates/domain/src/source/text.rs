//! A body as it was sent, made JSON.

use serde_json::{Map, Value};

/// The type of bodies that are forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// How the text of a body stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As JSON.
    Json,
    /// As a form: names and texts.
    Fields,
}

impl Form {
    /// What the header says; JSON where it says nothing that is known.
    pub fn of_header(content_type: Option<&str>) -> Self {
        let kind = content_type.unwrap_or_default().split(';').next();
        if kind.unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
            Self::Fields
        } else {
            Self::Json
        }
    }

    /// What a text without a header looks like.
    pub fn of_text(text: &str) -> Self {
        let text = text.trim();
        let is_json = text.starts_with(['{', '[', '"']);
        if !is_json && text.contains('=') && !text.contains(char::is_whitespace) {
            Self::Fields
        } else {
            Self::Json
        }
    }
}

/// Reads a body. The fields of a form become an object of texts; a field that is given several times
/// becomes a list.
pub fn read_text(body: &[u8], form: Form) -> Result<Value, String> {
    match form {
        Form::Json => {
            serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))
        }
        Form::Fields => Ok(fields(body.trim_ascii())),
    }
}

fn fields(body: &[u8]) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for (name, text) in form_urlencoded::parse(body) {
        let text = Value::String(text.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), text);
            }
            Some(Value::Array(known)) => known.push(text),
            Some(known) => *known = Value::Array(vec![known.take(), text]),
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_become_objects_of_texts() {
        let rows = [
            ("", json!({})),
            (
                "type=order.paid&total=12.50&customer=Ann+L%C3%A9e",
                json!({"type": "order.paid", "total": "12.50", "customer": "Ann Lée"}),
            ),
            (
                "tag=a&tag=b&tag=c&empty=&bare",
                json!({"tag": ["a", "b", "c"], "empty": "", "bare": ""}),
            ),
            (
                "data[email]=x%40y.example\n",
                json!({"data[email]": "x@y.example"}),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(
                read_text(text.as_bytes(), Form::Fields),
                Ok(expected),
                "{text}"
            );
        }
        let told = read_text(b"a=b", Form::Json).unwrap_err();
        assert!(told.contains("no JSON"), "{told}");
    }

    #[test]
    fn the_header_says_what_a_body_is() {
        let rows = [
            (None, Form::Json),
            (Some("application/json"), Form::Json),
            (Some("text/plain"), Form::Json),
            (Some("application/x-www-form-urlencoded"), Form::Fields),
            (
                Some("Application/X-WWW-Form-URLencoded; charset=utf-8"),
                Form::Fields,
            ),
        ];
        for (header, form) in rows {
            assert_eq!(Form::of_header(header), form, "{header:?}");
        }
    }

    #[test]
    fn a_text_that_is_tried_shows_what_it_is() {
        let rows = [
            (r#"{"a": "b=c"}"#, Form::Json),
            ("[1]", Form::Json),
            ("a=b&c=d", Form::Fields),
            (" a=b\n", Form::Fields),
            ("hello", Form::Json),
            ("a = b", Form::Json),
        ];
        for (text, form) in rows {
            assert_eq!(Form::of_text(text), form, "{text}");
        }
    }
}
