//! The `json` helper: a value as JSON text, as JavaScript's `JSON.stringify` writes it.

use super::value::Val;

/// Deepest nesting that is written; deeper values become `null`.
const JSON_DEPTH_MAX: usize = 128;
/// Most characters of indentation for a level, as in JavaScript.
const INDENT_CHARACTERS_MAX: usize = 10;

/// `value` as JSON; `indent` is a number of spaces or a text.
pub(super) fn to_json(value: Val<'_>, indent: Val<'_>) -> String {
    let indent = match indent {
        Val::Integer(count) => " ".repeat(
            usize::try_from(count)
                .unwrap_or(0)
                .min(INDENT_CHARACTERS_MAX),
        ),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, which is what is wanted"
        )]
        Val::Float(count) => " ".repeat((count as usize).min(INDENT_CHARACTERS_MAX)),
        Val::Text(text) => text.chars().take(INDENT_CHARACTERS_MAX).collect(),
        _ => String::new(),
    };
    let mut writer = Writer {
        out: String::new(),
        indent,
        depth: 0,
    };
    writer.value(value);
    writer.out
}

struct Writer {
    out: String,
    indent: String,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: Val<'_>) {
        match value {
            Val::Text(text) => self.text(text),
            Val::Float(number) if !number.is_finite() => self.out.push_str("null"),
            Val::Bool(_) | Val::Integer(_) | Val::Float(_) => value.write(&mut self.out),
            Val::Array(items) if self.depth < JSON_DEPTH_MAX => {
                self.list('[', ']', items, |writer, item| writer.value(item.into()));
            }
            Val::Object(_) | Val::Layers(_) | Val::Overlay(_) if self.depth < JSON_DEPTH_MAX => {
                let entries = value.entries();
                self.list('{', '}', &entries, |writer, (key, value)| {
                    writer.text(key);
                    writer
                        .out
                        .push_str(if writer.indent.is_empty() { ":" } else { ": " });
                    writer.value(*value);
                });
            }
            _ => self.out.push_str("null"),
        }
    }

    fn list<T>(&mut self, open: char, close: char, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.out.push(open);
        self.depth += 1;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line();
            write(self, item);
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.line();
        }
        self.out.push(close);
    }

    fn line(&mut self) {
        if !self.indent.is_empty() {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str(&self.indent);
            }
        }
    }

    fn text(&mut self, text: &str) {
        // A text always has a JSON form; the empty one stands in for the impossible error.
        self.out
            .push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
    }
}
