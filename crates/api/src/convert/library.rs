//! Settings, listing, saving.

use variorum_api_types::library as wire;
use variorum_app::library::{index, save};
use variorum_app::serving::{self, Index};
use variorum_domain::kpi::{Made, Winsorise, built_in};
use variorum_domain::library::{Direction, Kpi, KpiKind, Library, prompt_id};
use variorum_domain::record::{ChangeRecord, Note};
use variorum_ports::rows::{FolderRow, LibraryRow};

use crate::time;

/// The settings.
pub(crate) fn settings(library: Library, problem: Option<String>) -> wire::LibrarySettings {
    let named = |titles: std::collections::BTreeMap<String, String>| {
        titles
            .into_iter()
            .map(|(id, title)| wire::Named { id, title })
            .collect()
    };
    wire::LibrarySettings {
        title: library.title,
        environments: library.environments,
        channels: library.channels.into_keys().collect(),
        brands: named(library.brands),
        regions: named(library.regions),
        kpis: library.kpis.into_values().map(kpi).collect(),
        model_kpis: built_in().values().cloned().map(kpi).collect(),
        categories: library
            .categories
            .into_iter()
            .map(|category| wire::Category {
                title: category.title,
                path: category.path,
                owner: category.owner,
                custodian: category.custodian,
            })
            .collect(),
        problem: problem.map(|problem| crate::problem::sentence(&problem)),
    }
}

/// A measure.
pub(crate) fn kpi(kpi: Kpi) -> wire::Kpi {
    let (digest, more) = (kpi.digest(), kpi.more);
    let (numerator, denominator, of, quantile) = match more.made {
        Made::OfEvents => (None, None, None, None),
        Made::OfTwo {
            numerator,
            denominator,
        } => (Some(numerator), Some(denominator), None, None),
        Made::OfQuantile { of, quantile_bp } => (None, None, Some(of), Some(quantile_bp)),
    };
    wire::Kpi {
        currency: more.currency,
        numerator,
        denominator,
        of,
        quantile,
        winsorise: winsorise(more.winsorise),
        min_units: Some(more.min_units).filter(|units| *units > 0),
        not_worse_by: Some(more.not_worse_by_bp).filter(|share| *share > 0),
        segments: more.segments,
        owner: more.owner,
        digest,
        kind: kpi_kind(kpi.kind).to_owned(),
        direction: direction(kpi.direction).to_owned(),
        id: kpi.id,
        title: kpi.title,
        unit: kpi.unit,
        decimals: kpi.decimals,
        window_seconds: kpi.window_seconds,
    }
}

/// Where totals are cut, as it is written in `library.yaml`.
fn winsorise(winsorise: Winsorise) -> String {
    match (winsorise, winsorise.quantile_bp()) {
        (Winsorise::At(amount), _) => amount.to_string(),
        (_, Some(share)) => format!("{}%", f64::from(share) / 100.0),
        (_, None) => "off".to_owned(),
    }
}

/// The kind's name on the wire.
pub(crate) fn kpi_kind(kind: KpiKind) -> &'static str {
    match kind {
        KpiKind::Conversion => "conversion",
        KpiKind::Value => "value",
        KpiKind::Count => "count",
        KpiKind::Ratio => "ratio",
        KpiKind::Quantile => "quantile",
    }
}

/// The direction's name on the wire.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// A folder.
pub(crate) fn folder(row: FolderRow) -> wire::Folder {
    wire::Folder {
        path: row.folder,
        files: row.files,
    }
}

/// Where a prompt is live.
pub(crate) fn live(index: Option<&Index>, prompt: &str) -> Vec<wire::Live> {
    let found = index.map(|index| index.live(prompt)).unwrap_or_default();
    found.into_iter().map(one_live).collect()
}

fn one_live(live: serving::Live) -> wire::Live {
    wire::Live {
        environment: live.environment,
        release: live.release.0,
        version: live.version,
        rollout: live.rollout.map(|number| number.0),
        candidate: live.candidate,
    }
}

/// A row of the listing.
pub(crate) fn summary(row: LibraryRow, index: Option<&Index>) -> wire::PromptSummary {
    wire::PromptSummary {
        live: live(index, &row.id),
        tags: serde_json::from_str(&row.tags).unwrap_or_default(),
        id: row.id,
        path: row.path,
        kind: row.kind,
        title: row.title,
        intent: row.intent,
        channel: row.channel,
        brand: row.brand,
        region: row.region,
        owner: row.owner,
        status: row.status,
        category: row.category,
        expires_at: row.expires_at.map(time::format),
        version: row.version,
        updated_at: time::format(row.updated_at),
        updated_by: row.updated_by,
        errors: row.errors,
    }
}

/// Why a version was saved.
pub(crate) fn record(record: ChangeRecord) -> wire::ChangeRecord {
    wire::ChangeRecord {
        problem: record.problem,
        baseline: record.baseline,
        hypothesis: record.hypothesis,
        campaign: record.campaign,
        validation: record.validation,
    }
}

/// Why a version is saved, as the caller says it.
pub(crate) fn record_from(record: wire::ChangeRecord) -> ChangeRecord {
    ChangeRecord {
        problem: record.problem,
        baseline: record.baseline,
        hypothesis: record.hypothesis,
        campaign: record.campaign,
        validation: record.validation,
    }
}

/// What a version's message shall say.
pub(crate) fn note(subject: String, body: String, record: wire::ChangeRecord) -> Note {
    Note {
        subject,
        body,
        record: record_from(record),
        trailers: Vec::new(),
    }
}

/// Files with the numbers a commit gave them.
pub(crate) fn file_versions(versions: Vec<index::FileVersion>) -> Vec<wire::FileVersion> {
    let converted = versions.into_iter().map(|file| wire::FileVersion {
        id: prompt_id(&file.path).to_owned(),
        path: file.path,
        version: file.version,
    });
    converted.collect()
}

/// A saved version.
pub(crate) fn saved(
    saved: save::Saved,
    diagnostics: Vec<variorum_api_types::problem::Diagnostic>,
) -> wire::SavedVersion {
    wire::SavedVersion {
        commit: saved.commit.to_string(),
        draft: saved.draft,
        versions: file_versions(saved.versions),
        diagnostics,
        joined: saved.joined,
    }
}
