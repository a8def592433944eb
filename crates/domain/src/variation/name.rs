//! Which file is a variation of which, told by names: `welcome.finch.de.prompt` varies
//! `welcome.finch.prompt`, which varies `welcome.prompt`.

use crate::library::{FileKind, Library};

/// The ending of prompts.
const ENDING: &str = ".prompt";

/// The brands and regions of a library, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Brands.
    pub brands: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
}

impl Names {
    /// Those of a library.
    pub fn of(library: &Library) -> Self {
        Self {
            brands: library.brands.keys().cloned().collect(),
            regions: library.regions.keys().cloned().collect(),
        }
    }
}

/// How a prompt is related to another by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kin {
    /// It varies nothing.
    None,
    /// It varies a prompt.
    Variation {
        /// The path of the base.
        base: String,
        /// The paths of variations between the base and this one, the more general first.
        layers: Vec<String>,
        /// The brand it is for.
        brand: Option<String>,
        /// The region it is for.
        region: Option<String>,
    },
    /// It stands beside a prompt, but a part of its name is neither a brand nor a region.
    Unnamed {
        /// The path of the prompt it stands beside.
        base: String,
        /// The part of the name.
        part: String,
    },
}

/// Whether a file could vary another, by its name alone.
pub fn may_vary(path: &str) -> bool {
    !base_candidates(path).is_empty()
}

/// The paths a prompt could be a variation of, the shortest first.
pub fn base_candidates(path: &str) -> Vec<String> {
    let Some((folder, parts)) = parts(path) else {
        return Vec::new();
    };
    (1..parts.len())
        .map(|count| format!("{folder}{}{ENDING}", parts[..count].join(".")))
        .collect()
}

/// The folder with its slash, and the parts of the name without the ending.
fn parts(path: &str) -> Option<(&str, Vec<&str>)> {
    if FileKind::of(path) != FileKind::Prompt {
        return None;
    }
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (folder, name) = path.split_at(at);
    let parts: Vec<&str> = name.strip_suffix(ENDING)?.split('.').collect();
    let fine = parts.iter().all(|part| !part.is_empty());
    fine.then_some((folder, parts))
}

/// How a prompt is related to the candidates that exist.
pub fn kin(path: &str, existing: &[String], names: &Names) -> Kin {
    let Some((_, own)) = parts(path) else {
        return Kin::None;
    };
    let count = |base: &str| parts(base).map_or(0, |(_, parts)| parts.len());
    for (at, base) in existing.iter().enumerate() {
        if let Some((brand, region)) = named(&own[count(base)..], names) {
            return Kin::Variation {
                base: base.clone(),
                layers: existing[at + 1..].to_vec(),
                brand,
                region,
            };
        }
    }
    match existing.last() {
        None => Kin::None,
        Some(base) => Kin::Unnamed {
            base: base.clone(),
            part: own[count(base)..].join("."),
        },
    }
}

/// The brand and region that the last parts of a name stand for.
fn named(parts: &[&str], names: &Names) -> Option<(Option<String>, Option<String>)> {
    let brand = |part: &str| names.brands.iter().find(|known| *known == part).cloned();
    let region = |part: &str| names.regions.iter().find(|known| *known == part).cloned();
    match parts {
        [one] => match brand(one) {
            Some(brand) => Some((Some(brand), None)),
            None => Some((None, Some(region(one)?))),
        },
        [one, two] => Some((Some(brand(one)?), Some(region(two)?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_who_varies_what() {
        let names = Names {
            brands: vec!["finch".into(), "alder".into()],
            regions: vec!["de".into()],
        };
        let of = |path: &str, existing: &[&str]| {
            let existing: Vec<String> = existing.iter().map(|p| (*p).to_owned()).collect();
            kin(path, &existing, &names)
        };
        assert_eq!(
            base_candidates("p/w.finch.de.prompt"),
            ["p/w.prompt", "p/w.finch.prompt"]
        );
        assert!(base_candidates("p/_w.finch.prompt").is_empty());
        assert!(base_candidates("p/w.prompt").is_empty());
        let found = of("p/w.finch.de.prompt", &["p/w.prompt", "p/w.finch.prompt"]);
        assert_eq!(
            found,
            Kin::Variation {
                base: "p/w.prompt".into(),
                layers: vec!["p/w.finch.prompt".into()],
                brand: Some("finch".into()),
                region: Some("de".into()),
            }
        );
        assert!(matches!(
            of("w.de.prompt", &["w.prompt"]),
            Kin::Variation { brand: None, .. }
        ));
        assert!(matches!(
            of("w.de.finch.prompt", &["w.prompt"]),
            Kin::Unnamed { .. }
        ));
        assert_eq!(
            of("w.fnch.prompt", &["w.prompt"]),
            Kin::Unnamed {
                base: "w.prompt".into(),
                part: "fnch".into()
            }
        );
        assert_eq!(of("w.finch.prompt", &[]), Kin::None);
        // A name with a dot of its own.
        let dotted = of("v1.2.finch.prompt", &["v1.2.prompt"]);
        assert!(matches!(dotted, Kin::Variation { brand: Some(_), .. }));
    }
}
