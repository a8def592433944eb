//! The rules of trees: order, names, modes.

use std::cmp::Ordering;
use std::collections::HashSet;

use gix_validate::path::component::{Error as NameError, Mode as NameMode, Options as NameOptions};

use super::Problem;
use crate::tree::raw::{RawEntry, compare_names, entries};
use crate::tree::{COMPONENT_BYTES_MAX, Mode};

/// The modes that Git writes today, and the one it wrote at first and still takes.
const MODES: &[&[u8]] = &[
    b"100644", b"100755", b"120000", b"160000", b"40000", b"100664",
];

pub(super) fn check(bytes: &[u8]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut last: Option<RawEntry<'_>> = None;
    let mut names = HashSet::new();
    for entry in entries(bytes) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(Problem::new("badTree", error.to_string()));
                break;
            }
        };
        check_mode(&entry, &mut problems);
        check_name(&entry, &mut problems);
        if entry.oid.as_bytes().iter().all(|byte| *byte == 0) {
            problems.push(Problem::new("nullSha1", "an entry has the null id"));
        }
        let order = last.map(|last| compare_names(last.key(), entry.key()));
        if order.is_some_and(Ordering::is_gt) {
            problems.push(Problem::new(
                "treeNotSorted",
                "the entries are not in order",
            ));
        }
        if !names.insert(entry.name) {
            let name = String::from_utf8_lossy(entry.name);
            problems.push(Problem::new(
                "duplicateEntries",
                format!("`{name}` is there twice"),
            ));
        }
        last = Some(entry);
    }
    problems
}

fn check_mode(entry: &RawEntry<'_>, problems: &mut Vec<Problem>) {
    let digits = entry
        .bytes
        .split(|byte| *byte == b' ')
        .next()
        .unwrap_or(&[]);
    if digits.starts_with(b"0") {
        problems.push(Problem::new(
            "zeroPaddedFilemode",
            "a mode begins with a zero",
        ));
    } else if !MODES.contains(&digits) {
        let digits = String::from_utf8_lossy(digits);
        problems.push(Problem::new(
            "badFilemode",
            format!("`{digits}` is not a mode"),
        ));
    }
}

fn check_name(entry: &RawEntry<'_>, problems: &mut Vec<Problem>) {
    let shown = String::from_utf8_lossy(entry.name).into_owned();
    let mut push = |rule| problems.push(Problem::new(rule, format!("name `{shown}`")));
    if entry.name == b"." {
        push("hasDot");
    } else if entry.name == b".." {
        push("hasDotdot");
    } else if entry.name.contains(&b'/') {
        push("fullPathname");
    }
    if entry.name.len() > COMPONENT_BYTES_MAX {
        push("longPathname");
    }
    if std::str::from_utf8(entry.name).is_err() {
        push("nameNotUtf8");
    }
    let mode = (entry.mode == Mode::Symlink).then_some(NameMode::Symlink);
    // Names that only Windows cannot have are fine for Git; edits of ours refuse them.
    let options = NameOptions {
        protect_windows: false,
        protect_hfs: true,
        protect_ntfs: true,
    };
    match gix_validate::path::component(entry.name.into(), mode, options) {
        Err(NameError::DotGitDir) => push("hasDotgit"),
        Err(NameError::SymlinkedGitModules) => push("gitmodulesSymlink"),
        _ => {}
    }
}
