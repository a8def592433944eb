//! Sizes and names of files.

use super::Finding;

/// The longest Rust file.
const RUST_LINES_MAX: usize = 600;
/// The longest TypeScript file written by hand.
const TYPESCRIPT_LINES_MAX: usize = 300;
/// The largest file of all; real data stays outside.
const BYTES_MAX: usize = 800_000;
/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "manager", "managers",
];
/// TypeScript that a program writes.
const GENERATED: &[&str] = &["schema.d.ts"];
/// What machines write, and pictures, may be large.
const LARGE: &[&str] = &[
    "lock", "png", "jpg", "jpeg", "webp", "gif", "avif", "svg", "ico",
];
const LARGE_NAMES: &[&str] = &["package-lock.json"];

/// The ending of a path, without the dot.
pub(super) fn ending(path: &str) -> &str {
    let name = file_name(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Refuses files and folders of code whose name says nothing.
pub(super) fn check_name(path: &str) -> Option<Finding> {
    if !matches!(
        ending(path),
        "rs" | "ts" | "tsx" | "js" | "mjs" | "py" | "css" | "sql" | "sh"
    ) {
        return None;
    }
    let parts = path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part));
    let empty = parts
        .into_iter()
        .find(|part| EMPTY_NAMES.contains(&part.to_lowercase().as_str()))?;
    let message = format!("`{empty}` says nothing; name it after what it holds");
    Some(Finding::new(path, 1, message))
}

/// Refuses large files.
pub(super) fn check_bytes(path: &str, bytes: usize) -> Option<Finding> {
    let may_be_large = LARGE.contains(&ending(path)) || LARGE_NAMES.contains(&file_name(path));
    if bytes <= BYTES_MAX || may_be_large {
        return None;
    }
    let message = format!(
        "{bytes} bytes, the limit is {BYTES_MAX}; keep data outside the repository or make it smaller"
    );
    Some(Finding::new(path, 1, message))
}

/// Refuses long files of code.
pub(super) fn check_lines(path: &str, text: &str) -> Option<Finding> {
    let max = match ending(path) {
        "rs" => RUST_LINES_MAX,
        "ts" | "tsx" if !GENERATED.contains(&file_name(path)) => TYPESCRIPT_LINES_MAX,
        _ => return None,
    };
    let lines = text.lines().count();
    (lines > max).then(|| {
        let message = format!("{lines} lines, the limit is {max}; split it by noun");
        Finding::new(path, max + 1, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_refused_wherever_they_stand() {
        for path in [
            "a/util.rs",
            "web/src/utils/x.ts",
            "crates/helpers/mod.rs",
            "b/common.test.ts",
        ] {
            assert!(check_name(path).is_some(), "{path}");
        }
        for path in [
            "a/utility.rs",
            "docs/common.md",
            "demo/helpers/a.prompt",
            "a/uncommon.rs",
        ] {
            assert!(check_name(path).is_none(), "{path}");
        }
    }

    #[test]
    fn lines_are_counted_for_code_written_by_hand() {
        let lines = |count: usize| "x\n".repeat(count);
        assert_eq!(check_lines("a.rs", &lines(600)), None);
        assert_eq!(
            check_lines("a.rs", &lines(601)).map(|found| found.line),
            Some(601)
        );
        assert_eq!(check_lines("a.tsx", &lines(300)), None);
        assert!(check_lines("a.test.ts", &lines(301)).is_some());
        assert_eq!(check_lines("web/src/api/schema.d.ts", &lines(5_000)), None);
        assert_eq!(check_lines("a.md", &lines(5_000)), None);
    }

    #[test]
    fn only_pictures_and_lock_files_may_be_large() {
        assert!(check_bytes("a.csv", BYTES_MAX + 1).is_some());
        assert_eq!(check_bytes("a.csv", BYTES_MAX), None);
        assert_eq!(check_bytes("docs/a.png", 4 * BYTES_MAX), None);
        assert_eq!(check_bytes("Cargo.lock", 4 * BYTES_MAX), None);
        assert_eq!(check_bytes("web/package-lock.json", 4 * BYTES_MAX), None);
    }
}
