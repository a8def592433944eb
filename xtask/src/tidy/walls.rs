//! Which crate may name which other: the table of rooms, held against `cargo metadata`.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Finding;
use crate::tree;

/// Each room and the rooms it may know. A new arrow needs a reason in `docs/adr`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("variorum-stats", &[]),
    ("variorum-domain", &["variorum-stats"]),
    ("variorum-ports", &["variorum-domain"]),
    ("variorum-git", &["variorum-domain", "variorum-ports"]),
    (
        "variorum-app",
        &["variorum-domain", "variorum-ports", "variorum-git"],
    ),
    ("variorum-store-sql", &["variorum-domain", "variorum-ports"]),
    ("variorum-store-files", &["variorum-ports"]),
    ("variorum-providers", &["variorum-domain", "variorum-ports"]),
    (
        "variorum-connectors",
        &["variorum-domain", "variorum-ports"],
    ),
    ("variorum-formats", &["variorum-domain"]),
    ("variorum-api-types", &[]),
    (
        "variorum-api",
        &[
            "variorum-app",
            "variorum-domain",
            "variorum-ports",
            "variorum-api-types",
            "variorum-formats",
        ],
    ),
    ("variorum-git-gateway", &["variorum-app", "variorum-domain"]),
];
/// Rooms that may know every other one but those that stand outside the house.
const KNOW_ALL: &[&str] = &["variorum", "variorum-testkit", "xtask"];
/// Rooms that nobody may need in order to run.
const OUTSIDE: &[&str] = &["variorum-testkit", "xtask"];

/// A crate of the workspace: its manifest, and the crates of the workspace it needs to run or build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    name: String,
    manifest: String,
    needs: Vec<String>,
}

/// Asks `cargo` for the workspace's crates.
pub(super) fn read_members() -> Result<Vec<Member>> {
    let metadata = tree::metadata()?;
    let root = tree::root().to_string_lossy().into_owned();
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` names no packages")?;
    Ok(packages
        .iter()
        .map(|package| member(package, &root))
        .collect())
}

fn member(package: &Value, root: &str) -> Member {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = text(&package["manifest_path"]);
    let relative = manifest.strip_prefix(root).unwrap_or(&manifest);
    let needs = package["dependencies"].as_array().into_iter().flatten();
    // A path marks a crate of this workspace; tests may need what they like.
    let needs = needs.filter(|needed| needed["path"].is_string() && needed["kind"] != "dev");
    Member {
        name: text(&package["name"]),
        manifest: relative.trim_start_matches('/').to_owned(),
        needs: needs.map(|needed| text(&needed["name"])).collect(),
    }
}

/// Finds arrows that go through a wall, and rooms that stand nowhere in the table.
pub(super) fn check(members: &[Member]) -> Vec<Finding> {
    members.iter().flat_map(check_member).collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let Member {
        name,
        manifest,
        needs,
    } = member;
    let finding = |message: String| Finding::new(manifest, 1, message);
    let row = ALLOWED
        .iter()
        .find(|(room, _)| room == name)
        .map(|(_, allowed)| *allowed);
    if row.is_none() && !KNOW_ALL.contains(&name.as_str()) {
        let message = format!(
            "crate `{name}` is not in the table of rooms; give it a row in `xtask/src/tidy/walls.rs` and a reason in `docs/adr`"
        );
        return vec![finding(message)];
    }
    let fits = |needed: &str| match row {
        Some(allowed) => allowed.contains(&needed),
        None => !OUTSIDE.contains(&needed),
    };
    needs
        .iter()
        .filter(|needed| !fits(needed))
        .map(|needed| {
            let may = row.filter(|row| !row.is_empty()).map_or("no other".to_owned(), |row| row.join("`, `"));
            finding(format!(
                "`{name}` must not depend on `{needed}` (it may know `{may}`); move the code to where it belongs, or remove the dependency"
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needing(name: &str, needs: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            manifest: "Cargo.toml".to_owned(),
            needs: needs.iter().map(|needed| (*needed).to_owned()).collect(),
        }
    }

    fn findings(name: &str, needs: &[&str]) -> usize {
        check(&[needing(name, needs)]).len()
    }

    #[test]
    fn arrows_go_down_only() {
        assert_eq!(findings("variorum-domain", &["variorum-stats"]), 0);
        assert_eq!(
            findings("variorum-git", &["variorum-domain"]),
            0,
            "fewer than allowed is fine"
        );
        assert_eq!(findings("variorum-domain", &["variorum-app"]), 1);
        assert_eq!(
            findings("variorum-store-sql", &["variorum-app", "variorum-git"]),
            2
        );
        assert_eq!(
            findings("variorum", &["variorum-api", "variorum-store-sql"]),
            0
        );
    }

    #[test]
    fn nobody_runs_on_the_testkit() {
        assert_eq!(findings("variorum", &["variorum-testkit"]), 1);
        assert_eq!(findings("variorum-app", &["variorum-testkit"]), 1);
        assert_eq!(findings("variorum-testkit", &["variorum-ports"]), 0);
    }

    #[test]
    fn a_new_room_needs_a_row() {
        assert_eq!(findings("variorum-cellar", &[]), 1);
    }

    #[test]
    fn the_table_holds_no_circle() {
        for (place, (name, allowed)) in ALLOWED.iter().enumerate() {
            for known in *allowed {
                let stands = ALLOWED.iter().position(|(room, _)| room == known);
                assert!(
                    stands.is_some_and(|stands| stands < place),
                    "`{name}` knows `{known}`"
                );
            }
        }
    }

    #[test]
    fn only_what_runs_counts() {
        let package = json!({
            "name": "variorum-app",
            "manifest_path": "/x/crates/app/Cargo.toml",
            "dependencies": [
                {"name": "variorum-git", "path": "/x/crates/git", "kind": null},
                {"name": "variorum-testkit", "path": "/x/crates/testkit", "kind": "dev"},
                {"name": "variorum-stats", "path": "/x/crates/stats", "kind": "build"},
                {"name": "serde", "kind": null},
            ],
        });
        let read = member(&package, "/x");
        assert_eq!(read.manifest, "crates/app/Cargo.toml");
        assert_eq!(read.needs, ["variorum-git", "variorum-stats"]);
    }
}
