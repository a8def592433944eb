//! The prompt file: Dotprompt, with our own fields as `variorum.…` keys.
//!
//! Reads, checks and fills in prompts. Knows nothing about where files are kept or which model
//! will answer.

mod amend;
mod closure;
mod compiled;
mod conversation;
mod diagnostic;
mod file;
mod front_matter;
mod message;
mod picoschema;
mod pool;
mod shape;
mod usage;
mod validate;
mod yaml;

pub use amend::{FieldValue, amend};
pub use compiled::{Compiled, RenderOptions, Variables};
pub use conversation::{MessageSink, PartRef};
pub use diagnostic::{Diagnostic, Severity};
pub(crate) use file::position_of;
pub use file::{PromptFile, parse, parse_with_schemas};
pub use front_matter::{FrontMatter, KNOWN_KEYS, KpiTarget, NAMESPACE, Variorum};
pub use message::{InvalidMessage, Message, Part};
pub use picoschema::{SchemaResolver, to_json_schema};
pub use pool::PartialPool;
pub use shape::same_shape;
pub use usage::used_variables;
pub(crate) use validate::declaration;
pub use validate::{duplicate_partial, validate};
pub use yaml::{
    FRONT_MATTER_BYTES_MAX, YAML_DEPTH_MAX, YAML_NODES_MAX, YamlKey, YamlNode, YamlValue,
    read_document, read_large_document,
};

pub use crate::template::{RenderBuffer, RenderError, Role, suggestion};

/// Finds a partial by the name it is included by.
pub type Resolver<'a> = dyn Fn(&str) -> Option<&'a PromptFile> + 'a;
