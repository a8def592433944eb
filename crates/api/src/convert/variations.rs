//! Controlled variation: what a base opens, who differs from it and how.

use serde_json::Value;
use variorum_api_types::prompts::{FieldChange, WordSpan};
use variorum_api_types::variations as wire;
use variorum_app::library::tree_view::Varies;
use variorum_app::library::variations::{Effect, Matrix, MatrixRow, default_text};
use variorum_domain::library::prompt_id;
use variorum_domain::prompt::PromptFile;
use variorum_domain::variation::{FieldValue, Opening, Origin, SlotValue};

use super::{diagnostic, kebab, place};

/// The slots a file opens.
pub(crate) fn slots(file: &PromptFile, opening: &Opening) -> Vec<wire::OpenSlot> {
    let slot = |slot: &variorum_domain::variation::Slot| wire::OpenSlot {
        name: slot.name.clone(),
        description: slot.description.clone(),
        text: default_text(file, slot).to_owned(),
        line: place(slot.span.line),
    };
    opening.slots.iter().map(slot).collect()
}

/// The fields a file opens.
pub(crate) fn open_fields(file: &PromptFile, opening: &Opening) -> Vec<wire::OpenField> {
    let raw = file.raw.to_json();
    let value = |path: &str| {
        let mut value = &raw;
        for part in path.split('.') {
            value = value.get(part)?;
        }
        Some(value.clone())
    };
    let field = |field: &variorum_domain::variation::OpenField| wire::OpenField {
        value: value(&field.path),
        field: field.path.clone(),
    };
    opening.fields.iter().map(field).collect()
}

/// What a variation is.
pub(crate) fn variation(varies: &Varies) -> wire::Variation {
    wire::Variation {
        base: prompt_id(&varies.base.path).to_owned(),
        layers: ids(&varies.layers),
        brand: varies.brand.clone(),
        region: varies.region.clone(),
        slots: varies.effective.slots.iter().map(slot_cell).collect(),
        fields: varies.effective.fields.iter().map(field_cell).collect(),
        effective: varies.effective.file.source().to_owned(),
    }
}

fn ids(paths: &[String]) -> Vec<String> {
    paths
        .iter()
        .map(|path| prompt_id(path).to_owned())
        .collect()
}

fn origin(origin: &Origin) -> (String, Option<String>) {
    match origin {
        Origin::Base => ("base".to_owned(), None),
        Origin::Inherited(path) => ("inherited".to_owned(), Some(prompt_id(path).to_owned())),
        Origin::Own => ("own".to_owned(), None),
    }
}

fn slot_cell(value: &SlotValue) -> wire::SlotCell {
    let (origin, from) = origin(&value.origin);
    wire::SlotCell {
        slot: value.name.clone(),
        origin,
        from,
        text: value.text.clone(),
        differs: value.text != value.default,
    }
}

fn field_cell(value: &FieldValue) -> wire::FieldCell {
    let (origin, from) = origin(&value.origin);
    wire::FieldCell {
        field: value.path.clone(),
        origin,
        from,
        value: value.value.clone(),
        differs: value.value != value.default,
    }
}

/// A base and what varies it.
pub(crate) fn matrix(found: Matrix) -> wire::VariationMatrix {
    wire::VariationMatrix {
        base: prompt_id(&found.base).to_owned(),
        slots: slots(&found.file, &found.opening),
        fields: open_fields(&found.file, &found.opening),
        variations: found.rows.into_iter().map(row).collect(),
        left_off: found.left_off,
        path: found.base,
    }
}

fn row(row: MatrixRow) -> wire::VariationRow {
    wire::VariationRow {
        id: prompt_id(&row.path).to_owned(),
        title: row
            .row
            .as_ref()
            .map_or_else(String::new, |row| row.title.clone()),
        version: row.row.as_ref().map(|row| row.version),
        layers: ids(&row.layers),
        slots: row.slots.iter().map(slot_cell).collect(),
        fields: row.fields.iter().map(field_cell).collect(),
        diagnostics: row.diagnostics.iter().map(diagnostic).collect(),
        brand: row.brand,
        region: row.region,
        independent: row.independent,
        path: row.path,
    }
}

/// What a change makes of variations.
pub(crate) fn effects((items, left_off): (Vec<Effect>, usize)) -> wire::VariationEffects {
    wire::VariationEffects {
        items: items.into_iter().map(effect).collect(),
        left_off,
    }
}

fn effect(effect: Effect) -> wire::VariationEffect {
    let field = |(field, before, after): (String, Option<Value>, Option<Value>)| FieldChange {
        field,
        before,
        after,
    };
    let words = effect.words.into_iter().map(|span| WordSpan {
        kind: kebab(&format!("{:?}", span.kind)),
        text: span.text,
    });
    wire::VariationEffect {
        id: prompt_id(&effect.path).to_owned(),
        base: prompt_id(&effect.base).to_owned(),
        touched: effect.touched,
        before: effect.before,
        after: effect.after,
        fields: effect.fields.into_iter().map(field).collect(),
        words: words.collect(),
        partials_differ: effect.partials_differ,
        diagnostics: effect.diagnostics.iter().map(diagnostic).collect(),
        path: effect.path,
    }
}
