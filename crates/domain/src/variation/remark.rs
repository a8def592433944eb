//! What a file is whose name looks like that of a variation, and what is said about it.

use std::collections::BTreeMap;

use super::name::{Kin, Names, kin, may_vary};
use super::{Opening, only_fills};
use crate::library::prompt_id;
use crate::prompt::{Diagnostic, PromptFile};

/// Where a file stands among those it could vary.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It varies nothing, which may be worth a word.
    Alone(Option<Diagnostic>),
    /// It varies a base.
    Varies {
        /// Which of the files is the base.
        base: usize,
        /// Which of them stand between, the more general first.
        layers: Vec<usize>,
        /// The brand it is for.
        brand: Option<String>,
        /// The region it is for.
        region: Option<String>,
    },
}

/// Where a file stands. `around` are the files it could vary by its name, the shortest path first.
pub fn standing(file: &PromptFile, around: &[(&str, &PromptFile)], names: &Names) -> Standing {
    let existing: Vec<String> = around.iter().map(|(path, _)| (*path).to_owned()).collect();
    let place = |path: &str| existing.iter().position(|known| known == path);
    // What only fills slots has nothing of its own that could be varied.
    let can_be_base = |at: usize| !(may_vary(around[at].0) && only_fills(around[at].1));
    match kin(&file.path, &existing, names) {
        Kin::None => Standing::Alone(None),
        Kin::Unnamed { base, part } => {
            let base = place(&base).filter(|at| can_be_base(*at));
            let opens = base.is_some_and(|at| !Opening::of(around[at].1).is_empty());
            let remark = opens.then(|| base.map(|at| unnamed(file, around[at].0, &part)));
            Standing::Alone(remark.flatten())
        }
        Kin::Variation {
            base,
            layers,
            brand,
            region,
        } => {
            let Some(at) = place(&base).filter(|at| can_be_base(*at)) else {
                return Standing::Alone(orphan(file, around, &can_be_base));
            };
            if Opening::of(around[at].1).is_empty() {
                return Standing::Alone(Some(independent(file, &base)));
            }
            Standing::Varies {
                base: at,
                layers: layers.iter().filter_map(|path| place(path)).collect(),
                brand,
                region,
            }
        }
    }
}

/// What is said about a file that would vary one that only fills slots itself.
fn orphan(
    file: &PromptFile,
    around: &[(&str, &PromptFile)],
    can_be_base: &dyn Fn(usize) -> bool,
) -> Option<Diagnostic> {
    if !only_fills(file) {
        return None;
    }
    let real = (0..around.len()).find(|at| can_be_base(*at));
    let Some((base, _)) = real.map(|at| around[at]) else {
        return Some(without_base(&file.path));
    };
    let stem = |path: &str| path.strip_suffix(".prompt").unwrap_or(path).len();
    let part = file.path.get(stem(base) + 1..stem(&file.path));
    Some(unnamed(file, base, part.unwrap_or_default()))
}

/// The fields that the name of a variation stands for, where its file does not say them.
pub fn given(brand: Option<&str>, region: Option<&str>) -> BTreeMap<String, String> {
    let fields = [("variorum.brand", brand), ("variorum.region", region)];
    let told = fields.into_iter().filter_map(|(key, value)| {
        let value = value?;
        Some((key.to_owned(), value.to_owned()))
    });
    told.collect()
}

/// A file fills slots, but the prompt it would vary is not there.
pub fn without_base(path: &str) -> Diagnostic {
    let message = "this only fills slots, but there is no prompt whose slots these are; bring the \
                   base back, or delete this variation";
    Diagnostic::error("missing-base", (1, 1), message).at_path(path)
}

/// A file stands beside a prompt that opens something, but its name names no brand and no region.
fn unnamed(file: &PromptFile, base: &str, part: &str) -> Diagnostic {
    let base = prompt_id(base);
    if only_fills(file) {
        let message = format!(
            "`{part}` is neither a brand nor a region of `library.yaml`, so this fills no slots of `{base}`; \
             a variation is named `name.<brand>.prompt`, `name.<region>.prompt` or \
             `name.<brand>.<region>.prompt`"
        );
        return Diagnostic::error("unknown-brand-or-region", (1, 1), message).at_path(&file.path);
    }
    let message = format!(
        "`{part}` is neither a brand nor a region of `library.yaml`, so this is a prompt of its own \
         and not a variation of `{base}`"
    );
    Diagnostic::warning("not-a-variation", (1, 1), message).at_path(&file.path)
}

/// A file is named like a variation of a prompt that opens nothing.
fn independent(file: &PromptFile, base: &str) -> Diagnostic {
    let base = prompt_id(base);
    if only_fills(file) {
        let message = format!(
            "this only fills slots, but `{base}` opens none; open them there, or write this prompt out"
        );
        return Diagnostic::error("base-opens-nothing", (1, 1), message).at_path(&file.path);
    }
    let message = format!(
        "`{base}` opens no slots, so this is a prompt of its own: changes to `{base}` do not reach it"
    );
    Diagnostic::warning("independent-prompt", (1, 1), message).at_path(&file.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::parse;

    type Around<'a> = &'a [(&'a str, &'a PromptFile)];

    #[test]
    fn a_file_that_only_fills_is_an_error_where_there_is_nothing_to_fill() {
        let fills = parse("{{! slot a }}x{{! /slot }}").at_path("prompts/w.finch.prompt");
        let whole = parse("Hello.").at_path("prompts/w.finch.prompt");
        let rows = [
            (
                unnamed(&fills, "prompts/w.prompt", "fnch"),
                "unknown-brand-or-region",
                true,
            ),
            (
                unnamed(&whole, "prompts/w.prompt", "fnch"),
                "not-a-variation",
                false,
            ),
            (
                independent(&fills, "prompts/w.prompt"),
                "base-opens-nothing",
                true,
            ),
            (
                independent(&whole, "prompts/w.prompt"),
                "independent-prompt",
                false,
            ),
            (without_base(&fills.path), "missing-base", true),
        ];
        for (finding, code, is_error) in rows {
            assert_eq!(finding.code, code);
            assert_eq!(finding.is_error(), is_error, "{code}");
            assert_eq!(finding.path, "prompts/w.finch.prompt", "{code}");
        }
    }

    #[test]
    fn where_a_file_stands_among_those_around_it() {
        let names = Names {
            brands: vec!["finch".into()],
            regions: vec!["de".into()],
        };
        let base = parse("{{! slot a }}x{{! /slot }} and more");
        let closed = parse("Nothing is open.");
        let fills = parse("{{! slot a }}y{{! /slot }}");
        let whole = parse("A text of its own.");
        let (w, finch) = ("w.prompt", "w.finch.prompt");
        let rows: [(&str, &PromptFile, Around<'_>, &str); 9] = [
            (finch, &fills, &[(w, &base)], "varies 0 by []"),
            (finch, &whole, &[(w, &base)], "varies 0 by []"),
            (
                "w.finch.de.prompt",
                &fills,
                &[(w, &base), (finch, &fills)],
                "varies 0 by [1]",
            ),
            (
                "w.finch.de.prompt",
                &fills,
                &[(finch, &whole)],
                "base-opens-nothing",
            ),
            (
                "w.finch.de.prompt",
                &fills,
                &[(finch, &fills)],
                "missing-base",
            ),
            (
                "w.alder.de.prompt",
                &fills,
                &[(w, &base), ("w.alder.prompt", &fills)],
                "unknown-brand-or-region",
            ),
            (finch, &whole, &[(w, &closed)], "independent-prompt"),
            ("w.v2.prompt", &whole, &[(w, &closed)], "alone"),
            ("w.v2.prompt", &whole, &[(w, &base)], "not-a-variation"),
        ];
        for (path, file, around, expected) in rows {
            let found = match standing(&file.clone().at_path(path), around, &names) {
                Standing::Alone(None) => "alone".to_owned(),
                Standing::Alone(Some(remark)) => remark.code.to_owned(),
                Standing::Varies { base, layers, .. } => format!("varies {base} by {layers:?}"),
            };
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn a_name_gives_brand_and_region() {
        assert!(given(None, None).is_empty());
        let both = given(Some("finch"), Some("de"));
        assert_eq!(both["variorum.brand"], "finch");
        assert_eq!(both["variorum.region"], "de");
    }
}
