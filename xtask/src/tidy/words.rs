//! What may not stand in a file: unfinished work, the folders of one machine, addresses of package
//! registries, printing past the one place that prints.
//!
//! The words looked for are put together from halves, so that this file does not find itself.

use super::Finding;
use super::files::{ending, file_name};

/// Marks of unfinished work.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("#[ig", "nore"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];
/// Folders that exist on one machine only.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];
/// Where packages come from is set on the machine, not in the repository.
const REGISTRIES: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("files.", "pythonhosted.org"),
    concat!("pypi.org/", "simple"),
    concat!("proxy.", "golang.org"),
    concat!("registry=", "http"),
    concat!("registry = \"", "http"),
    concat!("registry = \"", "sparse"),
    concat!("index-url = \"", "http"),
];
/// In a lock file: where a package was really taken from.
const LOCKED: &[&str] = &[
    concat!("\"resolved\": \"", "http"),
    concat!("source = \"", "sparse"),
];
/// The two streams, as code names them.
const STREAMS: &[&str] = &["io::stdout", "io::stderr"];
/// The one place of the product that prints.
const PRINTER: &str = "crates/variorum/src/output.rs";

/// Checks the words of one file.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = check_opening(path, text).into_iter().collect();
    let is_lock = ending(path) == "lock" || file_name(path) == "package-lock.json";
    for (number, line) in (1..).zip(text.lines()) {
        let found = if is_lock {
            in_lock_file(line)
        } else {
            in_line(path, line)
        };
        findings.extend(found.map(|message| Finding::new(path, number, message)));
    }
    findings
}

/// Every Rust file begins by saying what it is for.
fn check_opening(path: &str, text: &str) -> Option<Finding> {
    let says_so = ending(path) != "rs" || text.starts_with("//!");
    let message = "begins without `//!`; say in a sentence what the module is for";
    (!says_so).then(|| Finding::new(path, 1, message))
}

fn in_lock_file(line: &str) -> Option<String> {
    let found = LOCKED.iter().find(|word| line.contains(**word))?;
    Some(format!(
        "`{found}…` names a registry of one machine; lock without `resolved` addresses"
    ))
}

fn in_line(path: &str, line: &str) -> Option<String> {
    if let Some(word) = UNFINISHED.iter().find(|word| stands_alone(line, word)) {
        return Some(format!(
            "`{word}` marks unfinished work; finish it or write an issue"
        ));
    }
    if let Some(folder) = MACHINE.iter().find(|folder| begins_path(line, folder)) {
        return Some(format!(
            "`{folder}` is a folder of one machine; use a path from the repository"
        ));
    }
    if let Some(host) = REGISTRIES.iter().find(|host| line.contains(**host)) {
        return Some(format!(
            "`{host}` names a package registry; leave that to the machine's settings"
        ));
    }
    let prints = !may_print(path) && STREAMS.iter().any(|stream| code_of(line).contains(stream));
    prints.then(|| format!("prints past `{PRINTER}`; add a function there and call it"))
}

/// Tests, examples, build scripts and this toolbox may print as they like.
fn may_print(path: &str) -> bool {
    let inside = |folder: &str| path.split('/').any(|part| part == folder);
    ending(path) != "rs"
        || path == PRINTER
        || path.starts_with("xtask/")
        || inside("examples")
        || inside("tests")
        || matches!(file_name(path), "build.rs" | "tests.rs")
}

/// The part of a line of Rust before a comment.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// Whether a word stands in a line and is not part of a longer one.
fn stands_alone(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        let after = line[place + word.len()..].chars().next();
        let joined_after = word.ends_with(char::is_alphanumeric) && after.is_some_and(joins);
        !before.is_some_and(joins) && !joined_after
    })
}

/// Whether a path begins with a folder here, rather than going through one of that name.
fn begins_path(line: &str, folder: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "_-.@~}*)/".contains(c);
    line.match_indices(folder)
        .any(|(place, _)| !line[..place].chars().next_back().is_some_and(goes_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(path, text)
            .into_iter()
            .map(|found| found.line)
            .collect()
    }

    #[test]
    fn unfinished_work_is_found() {
        for word in UNFINISHED {
            assert_eq!(
                lines("a.ts", &format!("fine\n  {word} (later)")),
                [2],
                "{word}"
            );
        }
        assert!(lines("a.ts", concat!("my_TO", "DO_list")).is_empty());
        assert!(lines("a.toml", concat!("to", "do = \"deny\"")).is_empty());
    }

    #[test]
    fn folders_of_a_machine_are_found_and_routes_are_not() {
        for folder in MACHINE {
            assert_eq!(lines("a.md", &format!("see {folder}x")), [1]);
            assert_eq!(lines("a.toml", &format!("path = \"{folder}x\"")), [1]);
            assert!(lines("a.ts", &format!("import '@/features{folder}Page'")).is_empty());
        }
    }

    #[test]
    fn registries_are_found() {
        for host in REGISTRIES {
            assert_eq!(lines(".npmrc", &format!("x {host}")), [1], "{host}");
        }
        let locked = format!("{}s://example.org/a.tgz\"", LOCKED[0]);
        assert_eq!(lines("web/package-lock.json", &locked), [1]);
        let source = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(lines("Cargo.lock", source).is_empty());
    }

    #[test]
    fn every_module_says_what_it_is_for() {
        assert_eq!(lines("a/b.rs", "use std::fmt;\n"), [1]);
        assert!(lines("a/b.rs", "//! Fine.\n").is_empty());
        assert!(lines("a/b.ts", "import x\n").is_empty());
    }

    #[test]
    fn one_place_prints() {
        let text = "//! M.\nlet out = std::io::stdout().lock();\n// io::stderr is not used\n";
        assert_eq!(lines("crates/variorum/src/demo/mod.rs", text), [2]);
        assert_eq!(lines("crates/variorum/src/deep/output.rs", text), [2]);
        for path in [
            PRINTER,
            "xtask/src/a.rs",
            "crates/a/examples/a.rs",
            "crates/a/tests/a.rs",
        ] {
            assert!(lines(path, text).is_empty(), "{path}");
        }
    }
}
