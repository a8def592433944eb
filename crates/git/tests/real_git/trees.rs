//! Edits of trees.

use std::collections::BTreeMap;

use variorum_domain::id::Oid;
use variorum_git::error::GitError;
use variorum_git::object::Kind;
use variorum_git::tree::{Edit, Entry, Mode, edit, entry_at, list_all, list_dir};

use crate::generate::Dice;
use crate::repository::{Repository, overlay};

type Model = BTreeMap<String, Entry>;

fn apply(model: &mut Model, path: &str, edit: Edit) {
    let below = format!("{path}/");
    model.retain(|other, _| other != path && !other.starts_with(&below));
    if let Edit::Upsert { mode, oid } = edit {
        for (slash, _) in path.match_indices('/') {
            model.remove(&path[..slash]);
        }
        model.insert(path.to_owned(), Entry { mode, oid });
    }
}

fn tree_of_git(repository: &Repository, model: &Model) -> Oid {
    let listing: Vec<String> = model
        .iter()
        .map(|(path, entry)| format!("{} {}\t{path}\n", entry.mode.octal(), entry.oid))
        .collect();
    repository.git(&["read-tree", "--empty"]);
    repository.git_with(
        &["update-index", "--add", "--index-info"],
        listing.concat().as_bytes(),
    );
    repository
        .git(&["write-tree", "--missing-ok"])
        .parse()
        .unwrap()
}

fn random_edits(dice: &mut Dice) -> Vec<(String, Edit)> {
    const NAMES: &[&str] = &["a", "a.b", "a0", "b", "größe"];
    let count = 1 + dice.below(12);
    let mut edits = Vec::new();
    for _ in 0..count {
        let depth = 1 + dice.below(4);
        let path: Vec<&str> = (0..depth).map(|_| *dice.pick(NAMES)).collect();
        let mode = if dice.chance(20) {
            Mode::Executable
        } else {
            Mode::File
        };
        let oid = Oid([u8::try_from(1 + dice.below(9)).unwrap(); 20]);
        let edit = if dice.chance(30) {
            Edit::Remove
        } else {
            Edit::Upsert { mode, oid }
        };
        edits.push((path.join("/"), edit));
    }
    edits
}

#[test]
fn random_edits_make_the_trees_that_git_makes() {
    let repository = Repository::new();
    let mut dice = Dice(7);
    let mut model = Model::new();
    let mut root = None;
    for round in 0..60 {
        let edits = random_edits(&mut dice);
        let overlay = overlay();
        let (edited, loads) = repository.faulting(&overlay, || edit(&overlay, root, &edits));
        let edited = edited.unwrap();
        assert!(loads <= 4, "{loads} loads for a tree four levels deep");
        for (path, edit) in &edits {
            apply(&mut model, path, *edit);
        }
        let expected = tree_of_git(&repository, &model);
        assert_eq!(edited, expected, "round {round}: {edits:?}");
        let listed = repository
            .faulting(&overlay, || list_all(&overlay, edited, ""))
            .0
            .unwrap();
        assert_eq!(listed, model.clone().into_iter().collect::<Vec<_>>());
        for (_, object) in overlay.into_new() {
            // What is written is also there, so that the next round can load it.
            assert_eq!(object.kind, Kind::Tree);
        }
        root = Some(edited);
    }
}

#[test]
fn finds_and_lists_what_is_there() {
    let repository = Repository::new();
    let overlay = overlay();
    let file = |n: u8| Entry {
        mode: Mode::File,
        oid: Oid([n; 20]),
    };
    let mut edits = Vec::new();
    for (path, n) in [("a/b/c", 1), ("a/d", 2), ("e", 3), ("a/b/f", 4)] {
        let Entry { mode, oid } = file(n);
        edits.push((path.to_owned(), Edit::Upsert { mode, oid }));
    }
    let root = edit(&overlay, None, &edits).unwrap();
    let at = |path: &str| entry_at(&overlay, root, path).unwrap();
    assert_eq!(at("a/b/c"), Some(file(1)));
    assert_eq!(at("e"), Some(file(3)));
    assert!(at("a/b").unwrap().mode.is_directory());
    for nothing in ["", "a/", "/a", "a/x", "e/x", "a/b/c/d"] {
        assert_eq!(at(nothing), None, "{nothing:?}");
    }
    let paths = |prefix: &str| -> Vec<String> {
        list_all(&overlay, root, prefix)
            .unwrap()
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    };
    assert_eq!(paths(""), ["a/b/c", "a/b/f", "a/d", "e"]);
    assert_eq!(paths("a/b"), ["a/b/c", "a/b/f"]);
    assert!(paths("e").is_empty());
    let names = |path: &str| -> Option<Vec<String>> {
        let listed = list_dir(&overlay, root, path).unwrap()?;
        Some(listed.into_iter().map(|entry| entry.name).collect())
    };
    assert_eq!(names("a"), Some(vec!["b".to_owned(), "d".to_owned()]));
    assert_eq!(names("x"), None);
    assert_eq!(names("e"), None);
    drop(repository);
}

#[test]
fn refuses_links_submodules_and_harmful_paths() {
    let overlay = overlay();
    let try_edit = |path: &str, mode| {
        let edit_ = Edit::Upsert {
            mode,
            oid: Oid([1; 20]),
        };
        edit(&overlay, None, &[(path.to_owned(), edit_)])
    };
    for mode in [Mode::Symlink, Mode::Submodule, Mode::Directory] {
        assert!(matches!(
            try_edit("a", mode),
            Err(GitError::RefusedMode { .. })
        ));
    }
    for path in ["../a", ".git/hooks/x", "a/.GIT/x", "a\\b", "nul", ""] {
        assert!(
            matches!(
                try_edit(path, Mode::File),
                Err(GitError::InvalidPath { .. })
            ),
            "{path}"
        );
    }
    assert!(overlay.new_objects().is_empty());
}

#[test]
fn new_objects_come_after_what_they_refer_to_and_suggest_delta_bases() {
    let overlay = overlay();
    let file = |text: &str| overlay.put(Kind::Blob, text.as_bytes()).unwrap();
    let upsert = |path: &str, oid| {
        (
            path.to_owned(),
            Edit::Upsert {
                mode: Mode::File,
                oid,
            },
        )
    };
    let (one, two) = (file("one"), file("two"));
    let before = edit(&overlay, None, &[upsert("a/b/c", one), upsert("a/d", one)]).unwrap();
    let after = edit(&overlay, Some(before), &[upsert("a/b/c", two)]).unwrap();
    assert_eq!(overlay.base_of(&after), Some(before));
    assert_eq!(overlay.base_of(&two), Some(one));
    assert_eq!(
        edit(&overlay, Some(after), &[upsert("a/b/c", two)]),
        Ok(after)
    );
    let emptied = [("a".to_owned(), Edit::Remove)];
    assert_eq!(
        edit(&overlay, Some(after), &emptied),
        Ok(variorum_git::object::EMPTY_TREE)
    );
    let position = |list: &[(Oid, _)], oid| list.iter().position(|(other, _)| *other == oid);
    let all = overlay.new_objects();
    assert!(position(&all, two) < position(&all, after));
    let reachable = overlay.new_objects_of(&[after]);
    assert_eq!(
        position(&reachable, before),
        None,
        "an object that no tip leads to"
    );
    assert_eq!(reachable.last().map(|(oid, _)| *oid), Some(after));
    overlay.commit_to_cache();
    assert!(overlay.new_objects().is_empty());
    assert!(overlay.get(&after).is_ok());
}
