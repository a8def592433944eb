//! How much of the standard a prompt keeps: item by item, in words, and as one number.

use super::said::{Described, Documentation, Position, says_something};
use super::{Item, Weights};
use crate::impact::EdgeKind;

/// What others say about a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// Who answers for the category it lies in.
    pub category_owner: String,
    /// The suites that test it.
    pub suites: Vec<String>,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Of which item.
    pub item: Item,
    /// What is missing, in words.
    pub message: String,
    /// What to do about it.
    pub next: String,
    /// Where in the file.
    pub at: Option<Position>,
}

/// How one item stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The item.
    pub item: Item,
    /// How many of its parts are stated.
    pub stated: usize,
    /// How many there are; at least one.
    pub of: usize,
    /// What is missing; empty exactly where all parts are stated.
    pub lacks: Vec<Lack>,
}

impl Standing {
    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.stated == self.of
    }

    /// Whether it is worse than before: a smaller share is stated, or more is missing.
    pub(super) fn is_worse_than(&self, before: &Self) -> bool {
        let smaller = self.stated * before.of < before.stated * self.of;
        smaller || self.of - self.stated > before.of - before.stated
    }
}

/// How a prompt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// From 0 to 100; 100 exactly where nothing that has a weight is missing.
    pub score: u8,
    /// Each item, in the order of [`Item::ALL`].
    pub items: Vec<Standing>,
}

impl Judgement {
    /// All that is missing.
    pub fn lacks(&self) -> impl Iterator<Item = &Lack> {
        self.items.iter().flat_map(|standing| &standing.lacks)
    }

    /// The items of which something is missing, as a set of [`Item::bit`]s.
    pub fn lacking(&self) -> i64 {
        let lacking = self.items.iter().filter(|standing| !standing.is_whole());
        lacking.map(|standing| standing.item.bit()).sum()
    }
}

/// Judges what a prompt says by what the items weigh.
pub fn judge(weights: &Weights, said: &Documentation, around: &Around) -> Judgement {
    let items: Vec<Standing> = Item::ALL
        .into_iter()
        .map(|item| standing(item, said, around))
        .collect();
    Judgement {
        score: score(weights, &items),
        items,
    }
}

/// Parts of one per cent that are counted, so that rounding never makes a hundred of less.
const FINE: u64 = 10_000;

fn score(weights: &Weights, items: &[Standing]) -> u8 {
    let (mut reached, mut possible) = (0, 0);
    for standing in items {
        let weight = u64::from(weights.of(standing.item));
        let (stated, of) = (standing.stated as u64, standing.of.max(1) as u64);
        possible += weight * FINE;
        reached += weight * FINE * stated / of;
    }
    let score = (reached * 100).checked_div(possible).unwrap_or(100);
    u8::try_from(score).unwrap_or(100)
}

fn standing(item: Item, said: &Documentation, around: &Around) -> Standing {
    let place = said.places.get(&item).copied();
    let one = |is_stated: bool, message: &str, next: &str| {
        let lack = || Lack {
            item,
            message: message.to_owned(),
            next: next.to_owned(),
            at: place,
        };
        parts(item, 1, (!is_stated).then(lack).into_iter().collect())
    };
    match item {
        Item::Intent => one(
            says_something(&said.intent),
            "it is not said what it is for",
            "add `variorum.intent`: in one sentence, what it is to bring about",
        ),
        Item::Inputs => {
            let silent = said.inputs.iter().filter(|one| !says_something(&one.text));
            let lacks = silent.map(|one| undescribed_input(one, place)).collect();
            parts(item, said.inputs.len(), lacks)
        }
        Item::Outputs if said.outputs.is_empty() && !said.fields.is_empty() => {
            let silent = said.fields.iter().filter(|one| !says_something(&one.text));
            let lacks = silent.map(|one| undescribed_field(one, place)).collect();
            parts(item, said.fields.len(), lacks)
        }
        Item::Outputs => one(
            !said.outputs.is_empty(),
            "it is not said what it yields",
            "add `variorum.outputs`: what the answer holds, and in which form",
        ),
        Item::Benchmarks => one(
            !(said.benchmarks.is_empty() && said.kpis.is_empty() && around.suites.is_empty()),
            "nothing tells whether it is good",
            "add `variorum.benchmarks` with figures, `variorum.kpis`, or a suite that tests it",
        ),
        Item::Dependencies => {
            let gone = said.uses.iter().filter(|one| one.path.is_none());
            let lacks = gone.map(|one| missing_file(one.kind, &one.name)).collect();
            parts(item, said.uses.len(), lacks)
        }
        Item::Owner => one(
            says_something(&said.owner) || says_something(&around.category_owner),
            "nobody answers for it",
            "add `variorum.owner`, or give its category an owner in `library.yaml`",
        ),
    }
}

fn parts(item: Item, of: usize, lacks: Vec<Lack>) -> Standing {
    // What has no parts, such as the inputs of a prompt without variables, is stated in full.
    let of = of.max(1);
    Standing {
        item,
        stated: of - lacks.len(),
        of,
        lacks,
    }
}

fn undescribed_input(one: &Described, place: Option<Position>) -> Lack {
    let name = &one.name;
    let (message, next) = if one.at.is_none() && one.kind.is_empty() {
        (
            format!("`{name}` is filled in and nothing says what it holds"),
            format!("declare it under `input.schema`: `{name}: string, what it holds`"),
        )
    } else {
        let kind = if one.kind.is_empty() {
            "any"
        } else {
            &one.kind
        };
        (
            format!("it is not said what `{name}` holds"),
            format!("write it behind the type: `{name}: {kind}, what it holds`"),
        )
    };
    Lack {
        item: Item::Inputs,
        message,
        next,
        at: one.at.or(place),
    }
}

fn undescribed_field(one: &Described, place: Option<Position>) -> Lack {
    Lack {
        item: Item::Outputs,
        message: format!("it is not said what `{}` of the answer holds", one.name),
        next: "write it behind the type, or say in `variorum.outputs` what it yields".to_owned(),
        at: one.at.or(place),
    }
}

fn missing_file(kind: EdgeKind, name: &str) -> Lack {
    let next = match kind {
        EdgeKind::Includes => "save that shared part, or mend the name by which it is included",
        _ => "save that prompt, or give this file another name",
    };
    Lack {
        item: Item::Dependencies,
        message: format!("it builds on `{name}`, which is not in the library"),
        next: next.to_owned(),
        at: None,
    }
}
