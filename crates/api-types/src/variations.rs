//! Controlled variation: what a base opens, who differs from it and how.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Diagnostic;
use crate::prompts::{FieldChange, WordSpan};

/// On which branch.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OnDraft {
    /// A draft; `main` where not given.
    pub draft: Option<String>,
}

/// A slot that a base opens.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OpenSlot {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The base's own text: what stands there where nobody fills it.
    pub text: String,
    /// The line of the opening marker.
    pub line: u32,
}

/// A field of front matter that a base opens.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OpenField {
    /// Its path, e.g. `config.temperature`.
    pub field: String,
    /// The base's value.
    pub value: Option<Value>,
}

/// What a variation is, shown with its prompt.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Variation {
    /// The id of the base.
    pub base: String,
    /// The ids of more general variations it builds on, the more general first.
    pub layers: Vec<String>,
    /// The brand it is for.
    pub brand: Option<String>,
    /// The region it is for.
    pub region: Option<String>,
    /// What each slot of the base holds.
    pub slots: Vec<SlotCell>,
    /// What each opened field is.
    pub fields: Vec<FieldCell>,
    /// What it comes to over its base, as one file: this is rendered, released and served.
    pub effective: String,
}

/// What a slot holds in a variation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SlotCell {
    /// The slot.
    pub slot: String,
    /// Who gave the text: `own`, `inherited` or `base`.
    pub origin: String,
    /// The id of the more general variation, where it is inherited.
    pub from: Option<String>,
    /// The text.
    pub text: String,
    /// Whether it reads differently than the base.
    pub differs: bool,
}

/// What an opened field is in a variation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FieldCell {
    /// Its path, e.g. `config.temperature`.
    pub field: String,
    /// Who gave the value: `own`, `inherited` or `base`.
    pub origin: String,
    /// The id of the more general variation, where it is inherited.
    pub from: Option<String>,
    /// The value.
    pub value: Option<Value>,
    /// Whether it is another one than the base's.
    pub differs: bool,
}

/// Who differs from a base, and how: a line a variation, a column a slot or field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VariationMatrix {
    /// The id of the base.
    pub base: String,
    /// The base's path.
    pub path: String,
    /// The slots it opens, in the order of the text.
    pub slots: Vec<OpenSlot>,
    /// The fields it opens.
    pub fields: Vec<OpenField>,
    /// Its variations, by path.
    pub variations: Vec<VariationRow>,
    /// Variations that are not shown.
    pub left_off: usize,
}

/// One variation beside its base.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VariationRow {
    /// Its id.
    pub id: String,
    /// Its path.
    pub path: String,
    /// Its title.
    pub title: String,
    /// The brand it is for.
    pub brand: Option<String>,
    /// The region it is for.
    pub region: Option<String>,
    /// The ids of more general variations it builds on.
    pub layers: Vec<String>,
    /// Its newest version on `main`; absent where it stands on a draft only.
    pub version: Option<i64>,
    /// Whether it is a prompt of its own that only has the name of a variation: it has no cells.
    pub independent: bool,
    /// What each slot holds, in the order of `slots`.
    pub slots: Vec<SlotCell>,
    /// What each opened field is, in the order of `fields`.
    pub fields: Vec<FieldCell>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a change makes of variations.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VariationEffects {
    /// Variations that read differently, by path.
    pub items: Vec<VariationEffect>,
    /// Variations that were not compared, because there are too many.
    pub left_off: usize,
}

/// What a change makes of one variation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VariationEffect {
    /// Its id.
    pub id: String,
    /// Its path.
    pub path: String,
    /// The id of its base; empty where it has lost it.
    pub base: String,
    /// Whether its own file is changed; otherwise only what it builds on is.
    pub touched: bool,
    /// What it comes to before; absent where it is new.
    pub before: Option<String>,
    /// What it comes to after; absent where it is deleted.
    pub after: Option<String>,
    /// Settings that differ.
    pub fields: Vec<FieldChange>,
    /// The texts below the front matter, word by word.
    pub words: Vec<WordSpan>,
    /// Whether its text is the same and only partials it includes read differently.
    pub partials_differ: bool,
    /// What is wrong with it after.
    pub diagnostics: Vec<Diagnostic>,
}
