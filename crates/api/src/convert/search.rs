//! What a search found.

use variorum_api_types::search as wire;
use variorum_app::library::search::{Correction, Facets, Found};
use variorum_app::serving::Index;
use variorum_domain::search::Piece;

use super::library::summary;

/// A file that was found.
pub(crate) fn found(found: Found, index: Option<&Index>) -> wire::FoundPrompt {
    wire::FoundPrompt {
        prompt: summary(found.row, index),
        score: found.score,
        title: pieces(found.title),
        passage: pieces(found.passage),
    }
}

fn pieces(pieces: Vec<Piece>) -> Vec<wire::TextPiece> {
    let piece = |piece: Piece| wire::TextPiece {
        text: piece.text,
        hit: piece.hit,
    };
    pieces.into_iter().map(piece).collect()
}

/// A word that was taken for others.
pub(crate) fn correction(correction: Correction) -> wire::Correction {
    wire::Correction {
        word: correction.word,
        also: correction.also,
    }
}

/// Counts.
pub(crate) fn facets(facets: Facets) -> wire::Facets {
    wire::Facets {
        kinds: counts(facets.kinds),
        channels: counts(facets.channels),
        brands: counts(facets.brands),
        regions: counts(facets.regions),
        owners: counts(facets.owners),
        statuses: counts(facets.statuses),
        categories: counts(facets.categories),
        tags: counts(facets.tags),
    }
}

fn counts(counts: Vec<(String, i64)>) -> Vec<wire::FacetCount> {
    let count = |(value, files)| wire::FacetCount { value, files };
    counts.into_iter().map(count).collect()
}
