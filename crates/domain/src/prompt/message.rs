//! Messages: what a prompt yields when it is filled in.

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::template::Role;

/// Someone's turn in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in parts.
    pub content: Vec<Part>,
    /// More about it, such as `purpose: history`.
    pub metadata: Map<String, Value>,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A file.
    Media {
        /// Where it is.
        url: String,
        /// What it is.
        content_type: Option<String>,
    },
    /// The start of a named section, to be filled by whoever sends the message.
    Section(String),
    /// Any other part of an earlier message, such as the answer of a tool.
    Other(Value),
}

/// Why a value is not a message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a message: {0}")]
pub struct InvalidMessage(String);

impl Message {
    /// The text parts, one after the other.
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The message as the reference implementation writes it.
    pub fn to_json(&self) -> Value {
        let content: Vec<Value> = self.content.iter().map(Part::to_json).collect();
        let mut out = json!({ "role": self.role.name(), "content": content });
        if !self.metadata.is_empty() {
            out["metadata"] = self.metadata.clone().into();
        }
        out
    }

    /// Reads an earlier message; its content may be a text or a list of parts.
    pub fn from_json(value: &Value) -> Result<Self, InvalidMessage> {
        let role = value
            .get("role")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let role = Role::from_name(role)
            .ok_or_else(|| InvalidMessage(format!("unknown role `{role}`")))?;
        let content = match value.get("content") {
            Some(Value::String(text)) => vec![Part::Text(text.clone())],
            Some(Value::Array(parts)) => parts.iter().map(Part::from_json).collect(),
            _ => {
                return Err(InvalidMessage(
                    "`content` must be a text or a list".to_owned(),
                ));
            }
        };
        let metadata = value.get("metadata").and_then(Value::as_object).cloned();
        Ok(Self {
            role,
            content,
            metadata: metadata.unwrap_or_default(),
        })
    }
}

impl Part {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => json!({ "text": text }),
            Self::Media {
                url,
                content_type: Some(content_type),
            } => {
                json!({ "media": { "url": url, "contentType": content_type } })
            }
            Self::Media {
                url,
                content_type: None,
            } => json!({ "media": { "url": url } }),
            Self::Section(purpose) => {
                json!({ "metadata": { "purpose": purpose, "pending": true } })
            }
            Self::Other(value) => value.clone(),
        }
    }

    fn from_json(value: &Value) -> Self {
        if let Value::Object(fields) = value
            && fields.len() == 1
        {
            if let Some(Value::String(text)) = fields.get("text") {
                return Self::Text(text.clone());
            }
            let field = |name: &str| value["media"].get(name).and_then(Value::as_str);
            if let Some(url) = field("url") {
                let content_type = field("contentType").map(str::to_owned);
                return Self::Media {
                    url: url.to_owned(),
                    content_type,
                };
            }
        }
        Self::Other(value.clone())
    }
}
