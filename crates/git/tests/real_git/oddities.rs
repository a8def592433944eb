//! Merges of trees that nobody would make on purpose: links, submodules, files and directories that
//! change places. Whatever comes, nothing may panic, and nothing that `git` flags may pass unseen.

use std::collections::BTreeMap;

use variorum_domain::id::Oid;
use variorum_git::merge::{MergeLabels, merge_trees};
use variorum_git::object::Kind;
use variorum_git::overlay::Overlay;
use variorum_git::tree::{Entry, Mode, NamedEntry, encode_tree};

use crate::generate::{Dice, commit, lines};
use crate::merges::merge_of_git;
use crate::repository::{Repository, overlay};

type Model = BTreeMap<String, Entry>;

fn put(model: &mut Model, path: &str, entry: Entry) {
    let below = format!("{path}/");
    model.retain(|other, _| other != path && !other.starts_with(&below));
    for (slash, _) in path.match_indices('/') {
        model.remove(&path[..slash]);
    }
    model.insert(path.to_owned(), entry);
}

fn write(overlay: &Overlay, model: &Model) -> Oid {
    let mut directories: BTreeMap<&str, Model> = BTreeMap::new();
    let mut entries = Vec::new();
    for (path, entry) in model {
        match path.split_once('/') {
            None => entries.push(NamedEntry {
                name: path.clone(),
                entry: *entry,
            }),
            Some((name, rest)) => {
                directories
                    .entry(name)
                    .or_default()
                    .insert(rest.to_owned(), *entry);
            }
        }
    }
    for (name, below) in directories {
        let entry = Entry {
            mode: Mode::Directory,
            oid: write(overlay, &below),
        };
        entries.push(NamedEntry {
            name: name.to_owned(),
            entry,
        });
    }
    overlay
        .put(Kind::Tree, encode_tree(&entries).unwrap())
        .unwrap()
}

fn entry(dice: &mut Dice, contents: &[Oid]) -> Entry {
    let mode = match dice.below(12) {
        0 => Mode::Symlink,
        1 => Mode::Submodule,
        2 | 3 => Mode::Executable,
        _ => Mode::File,
    };
    let oid = *dice.pick(contents);
    if mode == Mode::Submodule {
        return Entry {
            mode,
            oid: Oid([u8::try_from(1 + dice.below(3)).unwrap(); 20]),
        };
    }
    Entry { mode, oid }
}

fn path(dice: &mut Dice) -> String {
    const NAMES: &[&str] = &["a", "b", "c", "a~main"];
    let depth = 1 + dice.below(3);
    (0..depth)
        .map(|_| *dice.pick(NAMES))
        .collect::<Vec<_>>()
        .join("/")
}

fn disturb(dice: &mut Dice, model: &Model, contents: &[Oid]) -> Model {
    let mut model = model.clone();
    for _ in 0..=dice.below(3) {
        let to = path(dice);
        let paths: Vec<String> = model.keys().cloned().collect();
        match dice.below(3) {
            0 => put(&mut model, &to, entry(dice, contents)),
            _ if paths.is_empty() => {}
            1 => drop(model.remove(dice.pick(&paths))),
            _ => {
                let moved = model.remove(dice.pick(&paths));
                put(&mut model, &to, moved.unwrap());
            }
        }
    }
    model
}

#[test]
fn odd_trees_never_merge_worse_than_git_does() {
    let labels = MergeLabels {
        base: "base".to_owned(),
        ours: "main".to_owned(),
        theirs: "draft".to_owned(),
    };
    let repository = Repository::new();
    let writer = overlay();
    let mut dice = Dice(61);
    let contents: Vec<Oid> = (0..6)
        .map(|n| {
            writer
                .put(Kind::Blob, lines(&mut dice, n * 4).into_bytes())
                .unwrap()
        })
        .collect();
    let mut cases = Vec::new();
    for n in 0..400 {
        let mut base = Model::new();
        for _ in 0..6 {
            let at = path(&mut dice);
            put(&mut base, &at, entry(&mut dice, &contents));
        }
        let (ours, theirs) = (
            disturb(&mut dice, &base, &contents),
            disturb(&mut dice, &base, &contents),
        );
        let trees = [&base, &ours, &theirs].map(|model| write(&writer, model));
        let outcome = merge_trees(&writer, Some(trees[0]), trees[1], trees[2], &labels).unwrap();
        // The real `git` takes its time, so it only judges some.
        if n % 4 == 0 {
            let root = commit(&writer, trees[0], &[], "base\n");
            let ours = commit(&writer, trees[1], &[root], "ours\n");
            let theirs = commit(&writer, trees[2], &[root], "theirs\n");
            cases.push((ours, theirs, outcome));
        }
    }
    repository.write(&writer.new_objects());
    let (mut clean, mut flagged) = (0, 0);
    let count = cases.len();
    for (ours, theirs, outcome) in cases {
        let (tree, git_clean) = merge_of_git(&repository, ours, theirs);
        if let Some(merged) = outcome.tree {
            assert_eq!(
                merged, tree,
                "clean, with another tree than git's: {ours} {theirs}"
            );
            clean += 1;
            // Of two files with the same content, of which one is deleted and one moved, `git` may
            // take the other one for the moved one. The tree is the same.
            flagged += usize::from(!git_clean);
        }
    }
    assert!(clean > count / 5, "only {clean} clean merges of {count}");
    assert!(
        flagged <= count / 50,
        "git flags {flagged} merges of {count} that we do not"
    );
}
