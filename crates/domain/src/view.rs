//! Searches that people keep under a name: what a name and a question may be, and who may touch one.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::access::{Action, Actor, Denied, check_somewhere};
use crate::canonical;
use crate::id::ActorId;
use crate::limits::{VIEW_FIND_BYTES_MAX, VIEW_NAME_CHARS_MAX};

/// What a question may say. Pages and counts are no part of it.
pub const FIELDS: [&str; 15] = [
    "archived",
    "brand",
    "category",
    "channel",
    "expiring_days",
    "folder",
    "includes",
    "kind",
    "live",
    "owner",
    "q",
    "region",
    "status",
    "tag",
    "with_errors",
];

/// Why something cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ViewFault {
    /// The name is empty, too long or no line.
    #[error("a name is one line of 1 to {VIEW_NAME_CHARS_MAX} characters")]
    Name,
    /// The question asks for nothing.
    #[error("there are no words and no filters to keep")]
    Empty,
    /// A field that no question has, or of a form it cannot have.
    #[error("a question has no `{0}` like that")]
    Field(String),
    /// The question is too long.
    #[error("the question is longer than {VIEW_FIND_BYTES_MAX} bytes")]
    Long,
}

/// The name as it is kept.
pub fn name(given: &str) -> Result<String, ViewFault> {
    let name = given.trim();
    let length = name.chars().count();
    if !(1..=VIEW_NAME_CHARS_MAX).contains(&length) || name.contains(char::is_control) {
        return Err(ViewFault::Name);
    }
    Ok(name.to_owned())
}

/// The question as it is kept: canonical, without what says nothing.
pub fn question(given: &Map<String, Value>) -> Result<String, ViewFault> {
    let mut kept = Map::new();
    for (field, value) in given {
        let says_nothing = match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.trim().is_empty(),
            _ => false,
        };
        if says_nothing {
            continue;
        }
        let known = FIELDS.contains(&field.as_str());
        let plain = matches!(value, Value::String(_) | Value::Bool(true)) || value.is_i64();
        if !known || !plain {
            return Err(ViewFault::Field(field.clone()));
        }
        kept.insert(field.clone(), value.clone());
    }
    if kept.is_empty() {
        return Err(ViewFault::Empty);
    }
    let text = canonical::to_text(&Value::Object(kept));
    if text.len() > VIEW_FIND_BYTES_MAX {
        return Err(ViewFault::Long);
    }
    Ok(text)
}

/// Whether somebody sees a view at all.
pub fn sees(actor: &Actor, owner: ActorId, shared: bool) -> bool {
    shared || actor.id == owner
}

/// May the actor change a view, or take it away? Its owner may; of others' shared ones whoever
/// manages views.
pub fn check_change(actor: &Actor, owner: ActorId) -> Result<(), Denied> {
    if actor.id == owner {
        check_somewhere(actor, Action::KeepView)
    } else {
        check_somewhere(actor, Action::ManageViews)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(value: Value) -> Result<String, ViewFault> {
        let Value::Object(map) = value else {
            return Err(ViewFault::Empty);
        };
        question(&map)
    }

    #[test]
    fn table_of_questions() {
        let rows = [
            (
                json!({"q": "welcome", "channel": "email", "brand": null, "with_errors": false}),
                Ok(r#"{"channel":"email","q":"welcome"}"#.to_owned()),
            ),
            (
                json!({"expiring_days": 30, "archived": true}),
                Ok(r#"{"archived":true,"expiring_days":30}"#.to_owned()),
            ),
            (json!({"q": "  "}), Err(ViewFault::Empty)),
            (json!({}), Err(ViewFault::Empty)),
            (
                json!({"after": "x"}),
                Err(ViewFault::Field("after".to_owned())),
            ),
            (json!({"q": ["x"]}), Err(ViewFault::Field("q".to_owned()))),
            (
                json!({"q": "x".repeat(VIEW_FIND_BYTES_MAX)}),
                Err(ViewFault::Long),
            ),
        ];
        for (given, expected) in rows {
            assert_eq!(asked(given.clone()), expected, "{given}");
        }
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(name("  Expiring soon "), Ok("Expiring soon".to_owned()));
        for wrong in ["", "  ", "a\nb", &"x".repeat(VIEW_NAME_CHARS_MAX + 1)] {
            assert_eq!(name(wrong), Err(ViewFault::Name), "{wrong:?}");
        }
    }
}
