//! Controlled variation: a base prompt opens slots and fields and locks the rest; a variation fills
//! slots and sets opened fields, and nothing else.
//!
//! Slots are marked by Handlebars comments, so a base is plain Dotprompt for every other tool. The
//! effective prompt of a variation is put together as text, which is then read like any other
//! prompt: what it means is what the same text in one file means. Knows nothing about where files
//! are kept.

mod check;
mod compose;
mod effective;
mod fields;
mod name;
mod remark;
mod slots;

pub use effective::{Effective, FieldValue, Origin, SlotValue, effective};
pub use fields::OpenField;
pub use name::{Kin, Names, base_candidates, kin, may_vary};
pub use remark::{Standing, given, standing, without_base};
pub use slots::Slot;

use crate::prompt::{Diagnostic, PromptFile};

/// Most slots of one prompt.
pub const SLOTS_MAX: usize = 50;
/// Longest name of a slot, in characters.
pub const SLOT_NAME_CHARS_MAX: usize = 60;
/// Most fields one prompt opens.
pub const OPEN_FIELDS_MAX: usize = 50;
/// The key under which a base lists the fields it opens.
pub const OPEN_KEY: &str = "variorum.open";

/// What a prompt opens to its variations.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opening {
    /// The slots, in the order of the text.
    pub slots: Vec<Slot>,
    /// The fields, in the order given.
    pub fields: Vec<OpenField>,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
}

impl Opening {
    /// What a prompt opens.
    pub fn of(file: &PromptFile) -> Self {
        let read = slots::read(file);
        let (fields, mut diagnostics) = fields::read(file);
        diagnostics.extend(read.diagnostics);
        Self {
            slots: read.slots,
            fields,
            diagnostics,
        }
    }

    /// Whether nothing is opened: variations of such a prompt are prompts of their own.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.fields.is_empty()
    }
}

/// Whether a file does nothing but fill slots, so that it means nothing without its base.
pub fn only_fills(file: &PromptFile) -> bool {
    let read = slots::read(file);
    !read.slots.is_empty() && read.outside.is_empty()
}
