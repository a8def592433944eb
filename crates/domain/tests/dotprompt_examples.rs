//! The sample prompts beside the conformance suite: what is found in each of them.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use variorum_domain::prompt::{Diagnostic, PromptFile, Severity, parse, validate};

fn folder() -> PathBuf {
    let shared = match std::env::var_os("VARIORUM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    shared.join("data/conformance/dotprompt/examples")
}

/// Partials the samples include and nobody wrote, and those in the folder of partials.
fn partials() -> BTreeMap<String, PromptFile> {
    let invented = ["header", "footer", "listItem"].map(|name| (name.to_owned(), parse("x\n")));
    let mut known = BTreeMap::from(invented);
    for entry in std::fs::read_dir(folder().join("partials")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        known.insert(name, parse(&std::fs::read_to_string(&path).unwrap()));
    }
    known
}

fn findings(name: &str) -> Vec<Diagnostic> {
    let file = parse(&std::fs::read_to_string(folder().join(name)).unwrap());
    let partials = partials();
    validate(name, &file, &|name| partials.get(name))
}

/// Code and line of each finding of a severity.
fn found(name: &str, severity: Severity) -> Vec<(&'static str, usize)> {
    let findings = findings(name).into_iter();
    findings
        .filter(|f| f.severity == severity)
        .map(|f| (f.code, f.line))
        .collect()
}

#[test]
fn samples_with_errors_have_just_those() {
    let table: [(&str, &[(&str, usize)]); 7] = [
        ("error-invalid-yaml.prompt", &[("invalid-yaml", 8)]),
        ("error-multiple-issues.prompt", &[("unclosed-tag", 26)]),
        ("error-unbalanced-brace.prompt", &[("unbalanced-brace", 24)]),
        ("error-unclosed-block.prompt", &[("unclosed-block", 11)]),
        (
            "error-unmatched-closing-block.prompt",
            &[("unmatched-close", 24)],
        ),
        (
            "autocomplete.prompt",
            &[
                ("unclosed-tag", 22),
                ("unclosed-tag", 25),
                ("unclosed-tag", 28),
            ],
        ),
        // The comment ends at the first `}}`, so that its own `}}` is left over.
        ("partials.prompt", &[("unbalanced-brace", 17)]),
    ];
    for (name, expected) in table {
        assert_eq!(found(name, Severity::Error), expected, "{name}");
    }
}

#[test]
fn samples_with_warnings_have_just_those() {
    let table: [(&str, &[(&str, usize)]); 2] = [
        (
            "warning-undefined-variable.prompt",
            &[("undeclared-variable", 11), ("undeclared-variable", 12)],
        ),
        (
            "warning-unused-variable.prompt",
            &[("unused-variable", 8), ("unused-variable", 9)],
        ),
    ];
    for (name, expected) in table {
        assert_eq!(found(name, Severity::Error), [], "{name}");
        assert_eq!(found(name, Severity::Warning), expected, "{name}");
    }
}

/// Samples called valid that the parser of the reference itself refuses.
const REFUSED: [(&str, &[(&str, usize)]); 1] =
    [("valid-greeting.prompt", &[("invalid-expression", 17)])]; // `{{#if age >= 18}}`

#[test]
fn valid_samples_have_no_errors() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with("valid-") || name == "features.prompt" {
            let refused = REFUSED.iter().find(|(known, _)| *known == name);
            let expected = refused.map_or(&[][..], |(_, expected)| expected);
            assert_eq!(found(&name, Severity::Error), expected, "{name}");
            count += 1;
        }
    }
    assert!(count >= 5, "only {count} samples were found");
}

#[test]
fn a_circle_of_partials_is_named() {
    let findings = findings("partials/circular-partial-a.prompt");
    let cycle = findings
        .iter()
        .find(|finding| finding.code == "partial-cycle")
        .unwrap();
    assert_eq!(
        cycle.message,
        "partials include each other in a circle: \
         `circular-partial-b` → `circular-partial-a` → `circular-partial-b`"
    );
    assert_eq!((cycle.line, cycle.path.as_str()), (6, "circular-partial-a"));
}
