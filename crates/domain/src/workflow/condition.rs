//! Conditions: comparisons of one value, joined by `all`, `any` and `not`.
//!
//! A comparison with a value that is missing never holds; only `missing` asks for it.

use serde_json::Value;

use super::Placed;
use super::reference::Reference;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One comparison.
    Compare(Box<Comparison>),
    /// All must hold.
    All(Vec<Condition>),
    /// One must hold.
    Any(Vec<Condition>),
    /// It must not hold.
    Not(Box<Condition>),
}

/// A value and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The value.
    pub value: Reference,
    /// What is asked.
    pub test: Test,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is this.
    Equals(Placed<Value>),
    /// It is there and not this.
    NotEquals(Placed<Value>),
    /// It is one of these.
    In(Vec<Placed<Value>>),
    /// It is there and none of these.
    NotIn(Vec<Placed<Value>>),
    /// It is greater.
    Above(Placed<Value>),
    /// It is this or greater.
    AtLeast(Placed<Value>),
    /// It is smaller.
    Below(Placed<Value>),
    /// It is this or smaller.
    AtMost(Placed<Value>),
    /// The whole text fits a pattern: `*` stands for any text, `?` for one character.
    Matches(Placed<String>),
    /// It is missing, or it is there.
    Missing(bool),
}

impl Condition {
    /// All comparisons in it.
    pub fn comparisons(&self) -> Vec<&Comparison> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(condition) = open.pop() {
            match condition {
                Self::Compare(comparison) => found.push(&**comparison),
                Self::All(parts) | Self::Any(parts) => open.extend(parts.iter().rev()),
                Self::Not(inner) => open.push(inner),
            }
        }
        found
    }

    /// The values that are certainly there when the condition has come out as `held`.
    pub fn present(&self, held: bool) -> Vec<&Reference> {
        match self {
            Self::Compare(comparison) => {
                let is_there = match comparison.test {
                    Test::Missing(missing) => missing != held,
                    _ => held,
                };
                if is_there {
                    vec![&comparison.value]
                } else {
                    Vec::new()
                }
            }
            Self::Not(inner) => inner.present(!held),
            Self::All(parts) if held => union(parts, held),
            Self::Any(parts) if !held => union(parts, held),
            Self::All(parts) | Self::Any(parts) => intersection(parts, held),
        }
    }

    /// The condition in words, for the edge of a graph.
    pub fn words(&self) -> String {
        match self {
            Self::Compare(comparison) => comparison.words(),
            Self::All(parts) => joined(parts, " and "),
            Self::Any(parts) => joined(parts, " or "),
            Self::Not(inner) => format!("not ({})", inner.words()),
        }
    }
}

fn union(parts: &[Condition], held: bool) -> Vec<&Reference> {
    parts.iter().flat_map(|part| part.present(held)).collect()
}

fn intersection(parts: &[Condition], held: bool) -> Vec<&Reference> {
    let mut rest = parts.iter();
    let mut common = rest
        .next()
        .map(|part| part.present(held))
        .unwrap_or_default();
    for part in rest {
        let present = part.present(held);
        common.retain(|known| present.iter().any(|other| other.is_same(known)));
    }
    common
}

fn joined(parts: &[Condition], word: &str) -> String {
    let several = |part: &Condition| matches!(part, Condition::All(_) | Condition::Any(_));
    let words = parts.iter().map(|part| {
        if several(part) {
            format!("({})", part.words())
        } else {
            part.words()
        }
    });
    words.collect::<Vec<_>>().join(word)
}

impl Comparison {
    fn words(&self) -> String {
        let name = match self.value.fields.last() {
            Some(field) => field.clone(),
            None => self.value.text(),
        };
        let one = |value: &Placed<Value>| value_words(&value.value);
        let list = |values: &[Placed<Value>]| values.iter().map(one).collect::<Vec<_>>().join(", ");
        let asked = match &self.test {
            Test::Equals(value) => format!("is {}", one(value)),
            Test::NotEquals(value) => format!("is not {}", one(value)),
            Test::In(values) => format!("is one of {}", list(values)),
            Test::NotIn(values) => format!("is none of {}", list(values)),
            Test::Above(value) => format!("above {}", one(value)),
            Test::AtLeast(value) => format!("at least {}", one(value)),
            Test::Below(value) => format!("below {}", one(value)),
            Test::AtMost(value) => format!("at most {}", one(value)),
            Test::Matches(pattern) => format!("matches {}", pattern.value),
            Test::Missing(true) => "is missing".to_owned(),
            Test::Missing(false) => "is there".to_owned(),
        };
        format!("{name} {asked}")
    }
}

fn value_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}
