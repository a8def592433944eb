//! The catalogue, and what a prompt says about itself.

use variorum_api_types::catalogue as wire;
use variorum_app::catalogue::{CatalogueEntry, CategoryScore, EntryDetail, Link, Overview};
use variorum_app::library::documentation::Judged;
use variorum_app::library::history::Version;
use variorum_app::serving::Index;
use variorum_domain::documentation::{Described, Item, Lack};
use variorum_domain::library::prompt_id;

use super::library::summary;
use crate::problem::sentence;
use crate::time;

/// The categories.
pub(crate) fn catalogue(found: Overview) -> wire::Catalogue {
    let weights = Item::ALL.map(|item| wire::ItemWeight {
        item: item.name().to_owned(),
        weight: found.weights.of(item),
    });
    wire::Catalogue {
        all: category(found.all),
        categories: found.categories.into_iter().map(category).collect(),
        weights: weights.into(),
        problem: found.problem.map(|problem| sentence(&problem)),
    }
}

fn category(score: CategoryScore) -> wire::CategoryScore {
    let lacking = Item::ALL.into_iter().zip(score.lacking);
    wire::CategoryScore {
        path: score.path,
        title: score.title,
        owner: score.owner,
        custodian: score.custodian,
        prompts: score.prompts,
        score: score.score,
        full: score.full,
        lacking: lacking
            .map(|(item, prompts)| wire::ItemCount {
                item: item.name().to_owned(),
                prompts,
            })
            .collect(),
    }
}

/// An entry.
pub(crate) fn entry(found: CatalogueEntry, index: Option<&Index>) -> wire::CatalogueEntry {
    wire::CatalogueEntry {
        prompt: summary(found.row, index),
        category_title: found.category,
        documentation: documentation(found.judged),
        uses: found.uses.into_iter().map(link).collect(),
        used_by: found.used_by.into_iter().map(link).collect(),
    }
}

fn link(link: Link) -> wire::CatalogueLink {
    wire::CatalogueLink {
        kind: link.kind.name().to_owned(),
        name: link.name,
        id: prompt_id(&link.path).to_owned(),
        path: link.path,
        title: link.title,
    }
}

/// What a prompt says about itself.
pub(crate) fn documentation(found: Judged) -> wire::Documentation {
    let Judged {
        said,
        around,
        judgement,
        asked,
        ..
    } = found;
    let own = Some(said.owner).filter(|owner| !owner.is_empty());
    wire::Documentation {
        score: judgement.score,
        missing: judgement.lacks().map(missing).collect(),
        items: judgement
            .items
            .iter()
            .map(|standing| wire::DocumentedItem {
                item: standing.item.name().to_owned(),
                stated: standing.stated,
                of: standing.of,
            })
            .collect(),
        intent: said.intent,
        inputs: said.inputs.into_iter().map(value).collect(),
        outputs: said.outputs,
        output_format: said.format,
        output_fields: said.fields.into_iter().map(value).collect(),
        benchmarks: said.benchmarks,
        kpis: said.kpis,
        suites: around.suites,
        owner: own.unwrap_or(around.category_owner),
        asked: asked.map(|asked| wire::DocumentationRule {
            title: asked.rule,
            enforce: asked.enforce.name().to_owned(),
            require: asked
                .require
                .iter()
                .map(|item| item.name().to_owned())
                .collect(),
            minimum: asked.minimum,
        }),
    }
}

fn value(one: Described) -> wire::DocumentedValue {
    wire::DocumentedValue {
        name: one.name,
        kind: one.kind,
        description: one.text,
        required: one.required,
    }
}

fn missing(lack: &Lack) -> wire::MissingItem {
    wire::MissingItem {
        item: lack.item.name().to_owned(),
        message: sentence(&lack.message),
        next: sentence(&lack.next),
        line: lack.at.map(|(line, _)| line),
        column: lack.at.map(|(_, column)| column),
    }
}

/// An entry with its text.
pub(crate) fn detail(found: EntryDetail, index: Option<&Index>) -> wire::CatalogueDetail {
    wire::CatalogueDetail {
        entry: entry(found.entry, index),
        source: found.source,
        changes: found.changes.into_iter().map(change).collect(),
    }
}

fn change(version: Version) -> wire::CatalogueChange {
    wire::CatalogueChange {
        version: version.number,
        at: time::format(version.commit.committed_at),
        author: version.commit.author_name,
        subject: version.note.subject,
        problem: version.note.record.problem,
        hypothesis: version.note.record.hypothesis,
    }
}
