//! JSON Schema, as far as assertions need it: what JSON values must look like.
//!
//! The words of drafts 7 and 2020-12 that say something about values. A word that is not known is
//! told and never taken for fulfilled.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::SCHEMA_DEPTH_MAX;
use super::pattern::Pattern;

/// Why a value does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It does not fit.
    Value(String),
    /// Nobody can say, for the schema says something that is not read here.
    Schema(String),
}

/// Words that say nothing about values.
const SILENT: [&str; 17] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "then",
    "else",
    "minContains",
];

/// Whether a value fits a schema.
pub(super) fn check(value: &Value, schema: &Value) -> Result<(), Misfit> {
    Checker { root: schema }.at(value, schema, "", 0)
}

/// The same value, whether a number is written `1` or `1.0`.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let has = |(key, value): (&String, &Value)| {
                b.get(key).is_some_and(|other| is_same(value, other))
            };
            a.len() == b.len() && a.iter().all(has)
        }
        (a, b) => a == b,
    }
}

struct Checker<'s> {
    root: &'s Value,
}

type Fit = Result<(), Misfit>;

fn misfit(path: &str, why: impl std::fmt::Display) -> Fit {
    let place = if path.is_empty() { "the value" } else { path };
    Err(Misfit::Value(format!("{place} {why}")))
}

fn unread(why: String) -> Fit {
    Err(Misfit::Schema(why))
}

impl Checker<'_> {
    fn at(&self, value: &Value, schema: &Value, path: &str, depth: usize) -> Fit {
        if depth > SCHEMA_DEPTH_MAX {
            return unread(format!("nests more than {SCHEMA_DEPTH_MAX} schemas"));
        }
        let rules = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => return misfit(path, "is not allowed"),
            Value::Object(rules) => rules,
            _ => return unread("is neither a mapping nor true or false".to_owned()),
        };
        for (word, said) in rules {
            self.word(value, rules, (word, said), path, depth + 1)?;
        }
        Ok(())
    }

    fn word(
        &self,
        value: &Value,
        rules: &Map<String, Value>,
        (word, said): (&str, &Value),
        path: &str,
        depth: usize,
    ) -> Fit {
        match word {
            "$ref" => match said.as_str().and_then(|name| self.referred(name)) {
                Some(schema) => self.at(value, schema, path, depth),
                None => unread(format!("refers to {said}, which is not in it")),
            },
            "type" | "nullable" => kind(value, rules, path),
            "enum" => match said.as_array() {
                Some(all) if all.iter().any(|one| is_same(one, value)) => Ok(()),
                _ => misfit(path, format_args!("is not one of {said}")),
            },
            "const" if is_same(said, value) => Ok(()),
            "const" => misfit(path, format_args!("is not {said}")),
            "allOf" | "anyOf" | "oneOf" | "not" | "if" => {
                self.combined(value, rules, (word, said), path, depth)
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                number(value, (word, said), path)
            }
            "minLength" | "maxLength" | "pattern" | "format" => text(value, (word, said), path),
            "items" | "prefixItems" | "additionalItems" | "minItems" | "maxItems"
            | "uniqueItems" | "contains" | "maxContains" => {
                self.list(value, rules, (word, said), path, depth)
            }
            "properties"
            | "required"
            | "additionalProperties"
            | "patternProperties"
            | "propertyNames"
            | "minProperties"
            | "maxProperties"
            | "dependentRequired" => self.object(value, rules, (word, said), path, depth),
            silent if SILENT.contains(&silent) || silent.starts_with("x-") => Ok(()),
            other => unread(format!("says `{other}`, which is not read here")),
        }
    }

    fn referred(&self, name: &str) -> Option<&Value> {
        self.root.pointer(name.strip_prefix('#')?)
    }

    fn combined(
        &self,
        value: &Value,
        rules: &Map<String, Value>,
        (word, said): (&str, &Value),
        path: &str,
        depth: usize,
    ) -> Fit {
        let fits = |schema: &Value| match self.at(value, schema, path, depth) {
            Ok(()) => Ok(true),
            Err(Misfit::Value(_)) => Ok(false),
            Err(unread) => Err(unread),
        };
        if word == "if" {
            let branch = if fits(said)? { "then" } else { "else" };
            return match rules.get(branch) {
                Some(schema) => self.at(value, schema, path, depth),
                None => Ok(()),
            };
        }
        if word == "not" {
            return if fits(said)? {
                misfit(path, "is what it must not be")
            } else {
                Ok(())
            };
        }
        let Some(all) = said.as_array() else {
            return unread(format!("holds `{word}` without a list"));
        };
        if word == "allOf" {
            return all
                .iter()
                .try_for_each(|schema| self.at(value, schema, path, depth));
        }
        let mut count = 0;
        for schema in all {
            count += usize::from(fits(schema)?);
        }
        match (word, count) {
            (_, 0) => misfit(
                path,
                format_args!("fits none of the {} of `{word}`", all.len()),
            ),
            ("oneOf", 2..) => misfit(path, format_args!("fits {count} of `oneOf`, not one")),
            _ => Ok(()),
        }
    }

    fn list(
        &self,
        value: &Value,
        rules: &Map<String, Value>,
        (word, said): (&str, &Value),
        path: &str,
        depth: usize,
    ) -> Fit {
        let Some(items) = value.as_array() else {
            return Ok(());
        };
        let each = |from: usize, schema: &Value| {
            let behind = items.iter().enumerate().skip(from);
            behind
                .map(|(at, item)| (format!("{path}/{at}"), item))
                .try_for_each(|(path, item)| self.at(item, schema, &path, depth))
        };
        let one_by_one = |schemas: &[Value]| {
            let pairs = items.iter().zip(schemas).enumerate();
            pairs
                .map(|(at, pair)| (format!("{path}/{at}"), pair))
                .try_for_each(|(path, (item, schema))| self.at(item, schema, &path, depth))
        };
        let length = |word: &str| rules.get(word).and_then(Value::as_array).map(Vec::len);
        match (word, said) {
            ("items" | "prefixItems", Value::Array(schemas)) => one_by_one(schemas),
            ("items", schema) => each(length("prefixItems").unwrap_or(0), schema),
            ("additionalItems", schema) => match length("items") {
                Some(from) => each(from, schema),
                None => Ok(()),
            },
            ("minItems" | "maxItems", limit) => bounded(items.len(), "items", (word, limit), path),
            ("uniqueItems", Value::Bool(true)) => {
                let twice = |at: usize| items[..at].iter().any(|other| is_same(other, &items[at]));
                match (0..items.len()).find(|at| twice(*at)) {
                    Some(at) => misfit(path, format_args!("holds item {at} twice")),
                    None => Ok(()),
                }
            }
            ("contains", schema) => {
                let mut count = 0_u64;
                for item in items {
                    match self.at(item, schema, path, depth) {
                        Ok(()) => count += 1,
                        Err(Misfit::Value(_)) => {}
                        Err(unread) => return Err(unread),
                    }
                }
                let limit = |word: &str| rules.get(word).and_then(Value::as_u64);
                let (low, high) = (limit("minContains").unwrap_or(1), limit("maxContains"));
                if count >= low && high.is_none_or(|high| count <= high) {
                    Ok(())
                } else {
                    misfit(
                        path,
                        format_args!("holds {count} items that fit `contains`"),
                    )
                }
            }
            _ => Ok(()),
        }
    }

    fn object(
        &self,
        value: &Value,
        rules: &Map<String, Value>,
        (word, said): (&str, &Value),
        path: &str,
        depth: usize,
    ) -> Fit {
        let Some(fields) = value.as_object() else {
            return Ok(());
        };
        let below = |name: &str| format!("{path}/{name}");
        match (word, said) {
            ("properties", Value::Object(schemas)) => {
                let known = schemas
                    .iter()
                    .filter_map(|(name, schema)| Some((name, fields.get(name)?, schema)));
                known
                    .map(|(name, field, schema)| (below(name), field, schema))
                    .try_for_each(|(path, field, schema)| self.at(field, schema, &path, depth))
            }
            ("required", Value::Array(names)) => {
                let missing = |name: &&str| !fields.contains_key(*name);
                match names.iter().filter_map(Value::as_str).find(missing) {
                    Some(name) => misfit(path, format_args!("lacks `{name}`")),
                    None => Ok(()),
                }
            }
            ("additionalProperties", schema) => {
                for (name, field) in fields {
                    if !is_named(name, rules)? {
                        self.at(field, schema, &below(name), depth)?;
                    }
                }
                Ok(())
            }
            ("patternProperties", Value::Object(schemas)) => {
                for (pattern, schema) in schemas {
                    for (name, field) in fields {
                        if matches(pattern, name)? {
                            self.at(field, schema, &below(name), depth)?;
                        }
                    }
                }
                Ok(())
            }
            ("propertyNames", schema) => fields.keys().try_for_each(|name| {
                self.at(&Value::String(name.clone()), schema, &below(name), depth)
            }),
            ("minProperties" | "maxProperties", limit) => {
                bounded(fields.len(), "fields", (word, limit), path)
            }
            ("dependentRequired", Value::Object(needs)) => {
                for (name, others) in needs.iter().filter(|(name, _)| fields.contains_key(*name)) {
                    let others = others.as_array().into_iter().flatten();
                    let missing = |other: &&str| !fields.contains_key(*other);
                    if let Some(other) = others.filter_map(Value::as_str).find(missing) {
                        return misfit(path, format_args!("has `{name}` and lacks `{other}`"));
                    }
                }
                Ok(())
            }
            _ => unread(format!("holds `{word}` in a form that is not read")),
        }
    }
}

/// Whether `properties` or `patternProperties` speak of a field.
fn is_named(name: &str, rules: &Map<String, Value>) -> Result<bool, Misfit> {
    let listed = |word: &str| rules.get(word).and_then(Value::as_object);
    if listed("properties").is_some_and(|known| known.contains_key(name)) {
        return Ok(true);
    }
    for pattern in listed("patternProperties").into_iter().flat_map(Map::keys) {
        if matches(pattern, name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn matches(pattern: &str, text: &str) -> Result<bool, Misfit> {
    match Pattern::new(pattern) {
        Pattern::Ready(regex) => Ok(regex.is_match(text)),
        Pattern::Invalid(why) => Err(Misfit::Schema(format!("holds `{pattern}`: {why}"))),
        Pattern::Elsewhere(why) => Err(Misfit::Schema(format!("holds `{pattern}`, which {why}"))),
    }
}

fn bounded(count: usize, what: &str, (word, limit): (&str, &Value), path: &str) -> Fit {
    let Some(limit) = limit.as_f64() else {
        return unread(format!("holds `{word}` without a number"));
    };
    #[expect(clippy::cast_precision_loss, reason = "JSON has no other numbers")]
    let length = count as f64;
    let fine = if word.starts_with("min") {
        length >= limit
    } else {
        length <= limit
    };
    if fine {
        Ok(())
    } else {
        misfit(
            path,
            format_args!("has {count} {what}, and `{word}` is {limit}"),
        )
    }
}

fn kind(value: &Value, rules: &Map<String, Value>, path: &str) -> Fit {
    let kinds: BTreeSet<&str> = match rules.get("type") {
        Some(Value::String(kind)) => [kind.as_str()].into(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    if value.is_null() && rules.get("nullable") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if whole && kinds.contains("integer") => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if kinds.contains(own) {
        return Ok(());
    }
    let wanted: Vec<&str> = kinds.into_iter().collect();
    misfit(path, format_args!("is {own}, not {}", wanted.join(" or ")))
}

fn number(value: &Value, (word, said): (&str, &Value), path: &str) -> Fit {
    let Some(own) = value.as_f64() else {
        return Ok(());
    };
    let Some(limit) = said.as_f64() else {
        return unread(format!("holds `{word}` without a number"));
    };
    let fine = match word {
        "minimum" => own >= limit,
        "maximum" => own <= limit,
        "exclusiveMinimum" => own > limit,
        "exclusiveMaximum" => own < limit,
        _ => {
            let times = own / limit;
            (times - times.round()).abs() < 1e-9
        }
    };
    if fine {
        Ok(())
    } else {
        misfit(path, format_args!("is {value}, and `{word}` is {said}"))
    }
}

fn text(value: &Value, (word, said): (&str, &Value), path: &str) -> Fit {
    let Some(own) = value.as_str() else {
        return Ok(());
    };
    let said_text = said.as_str().unwrap_or_default();
    let fine = match word {
        "pattern" => matches(said_text, own)?,
        "format" => match has_format(own, said_text) {
            Some(fine) => fine,
            None => return unread(format!("says the format {said}, which is not read here")),
        },
        _ => return bounded(own.chars().count(), "characters", (word, said), path),
    };
    if fine {
        Ok(())
    } else {
        misfit(path, format_args!("does not match {said}"))
    }
}

/// Whether a text has a format; nothing where the format is not known.
fn has_format(text: &str, format: &str) -> Option<bool> {
    const UUID: &str = "(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
    Some(match format {
        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "email" => matches(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", text) == Ok(true),
        "uri" => matches(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$", text) == Ok(true),
        "uuid" => matches(UUID, text) == Ok(true),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
