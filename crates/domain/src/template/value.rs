//! Values while a template is filled in: borrowed from the variables, never copied.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::number::{write_float, write_integer};

/// A borrowed value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Val<'a> {
    Undefined,
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(&'a str),
    Array(&'a [Value]),
    Object(&'a Map<String, Value>),
    /// Several objects as one; the first that has a name wins.
    Layers(&'a [&'a Map<String, Value>]),
    /// A context with named values laid over it.
    Overlay(&'a Overlay<'a>),
}

/// A context with named values laid over it, as a partial with arguments gets it.
#[derive(Debug)]
pub(super) struct Overlay<'a> {
    pub(super) base: Val<'a>,
    pub(super) named: Vec<(&'a str, Held<'a>)>,
}

/// A value that is borrowed, or a text that was made for the occasion.
#[derive(Debug)]
pub(super) enum Held<'a> {
    Borrowed(Val<'a>),
    Made(String),
}

impl Held<'_> {
    pub(super) fn val(&self) -> Val<'_> {
        match self {
            Self::Borrowed(val) => *val,
            Self::Made(text) => Val::Text(text),
        }
    }
}

impl<'a> From<&'a Value> for Val<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::Array(items),
            Value::Object(map) => Self::Object(map),
        }
    }
}

impl<'a> Val<'a> {
    /// The member `name`, or `Undefined`.
    pub(super) fn member(self, name: &str) -> Val<'a> {
        match self {
            Self::Object(map) => map.get(name).map_or(Val::Undefined, Val::from),
            Self::Layers(layers) => {
                let found = layers.iter().find_map(|layer| layer.get(name));
                found.map_or(Val::Undefined, Val::from)
            }
            Self::Overlay(overlay) => {
                let found = overlay.named.iter().find(|(key, _)| *key == name);
                found.map_or_else(|| overlay.base.member(name), |(_, held)| held.val())
            }
            Self::Array(items) if name == "length" => length(items.len()),
            Self::Array(items) => name
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .map_or(Val::Undefined, Val::from),
            Self::Text(text) if name == "length" => length(text.encode_utf16().count()),
            _ => Val::Undefined,
        }
    }

    /// Whether JavaScript takes the value for true.
    fn is_truthy(self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => value,
            Self::Integer(value) => value != 0,
            Self::Float(value) => value != 0.0 && !value.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Array(_) | Self::Object(_) | Self::Layers(_) | Self::Overlay(_) => true,
        }
    }

    /// Whether Handlebars takes the value for empty; zero is not.
    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::Array(items) => items.is_empty(),
            Self::Integer(0) | Self::Float(0.0) => false,
            other => !other.is_truthy(),
        }
    }

    /// Whether `if` takes its main branch.
    pub(super) fn holds(self, include_zero: bool) -> bool {
        (include_zero || self.is_truthy()) && !self.is_empty()
    }

    /// JavaScript's `===`: scalars by value, everything else by identity.
    pub(super) fn is_same(self, other: Val<'_>) -> bool {
        match (self, other) {
            (Self::Undefined, Val::Undefined) | (Self::Null, Val::Null) => true,
            (Self::Bool(a), Val::Bool(b)) => a == b,
            (Self::Text(a), Val::Text(b)) => a == b,
            (Self::Integer(a), Val::Integer(b)) => a == b,
            (Self::Array(a), Val::Array(b)) => std::ptr::eq(a, b),
            (Self::Object(a), Val::Object(b)) => std::ptr::eq(a, b),
            (Self::Layers(a), Val::Layers(b)) => {
                std::ptr::eq(a.as_ptr().cast::<()>(), b.as_ptr().cast::<()>())
            }
            (Self::Overlay(a), Val::Overlay(b)) => std::ptr::eq(
                std::ptr::from_ref(a).cast::<()>(),
                std::ptr::from_ref(b).cast(),
            ),
            (a, b) => a.number().is_some() && a.number() == b.number(),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript has no other numbers"
    )]
    fn number(self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Names and values of an object, in order.
    pub(super) fn entries(self) -> Vec<(&'a str, Val<'a>)> {
        let mut merged = Merged::default();
        match self {
            Self::Object(map) => return map.iter().map(|(k, v)| (k.as_str(), v.into())).collect(),
            Self::Layers(layers) => {
                for (key, value) in layers.iter().rev().flat_map(|layer| layer.iter()) {
                    merged.put(key, value.into());
                }
            }
            Self::Overlay(overlay) => {
                for (key, value) in overlay.base.entries() {
                    merged.put(key, value);
                }
                for (key, held) in &overlay.named {
                    merged.put(key, held.val());
                }
            }
            _ => {}
        }
        merged.entries
    }

    /// Appends the value as JavaScript turns it into text.
    pub(super) fn write(self, out: &mut String) {
        match self {
            Self::Undefined | Self::Null => {}
            Self::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Self::Integer(value) => write_integer(out, value),
            Self::Float(value) => write_float(out, value),
            Self::Text(text) => out.push_str(text),
            Self::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    Val::from(item).write(out);
                }
            }
            Self::Object(_) | Self::Layers(_) | Self::Overlay(_) => {
                out.push_str("[object Object]");
            }
        }
    }
}

fn length(count: usize) -> Val<'static> {
    i64::try_from(count).map_or(Val::Undefined, Val::Integer)
}

/// Entries by name; one that comes again takes the place of the one before.
#[derive(Default)]
struct Merged<'a> {
    entries: Vec<(&'a str, Val<'a>)>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Merged<'a> {
    fn put(&mut self, key: &'a str, value: Val<'a>) {
        let place = *self.places.entry(key).or_insert(self.entries.len());
        match self.entries.get_mut(place) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
        }
    }
}
