//! Differences of trees, with and without renames.

use std::sync::Arc;

use variorum_domain::id::{Oid, WorkspaceId};
use variorum_git::cache::ObjectCache;
use variorum_git::delta::encode_delta;
use variorum_git::diff::{Change, ChangeKind, detect_renames, tree_diff};
use variorum_git::object::{EMPTY_TREE, Object};
use variorum_git::overlay::Overlay;
use variorum_git::tree::{Edit, Mode, edit};

use crate::generate::{Dice, Files, files, lines, tree, work};
use crate::repository::{Repository, overlay};

/// A change in the words of `git diff-tree --raw`.
fn raw(change: &Change) -> String {
    let mode = |entry: Option<variorum_git::tree::Entry>| {
        entry.map_or("000000", |entry| entry.mode.octal())
    };
    let oid = |entry: Option<variorum_git::tree::Entry>| entry.map_or(Oid::ZERO, |entry| entry.oid);
    let letter = match change.kind {
        ChangeKind::Added => "A",
        ChangeKind::Deleted => "D",
        ChangeKind::Modified => "M",
        ChangeKind::Renamed => "R",
    };
    let (old, new) = (change.old, change.new);
    format!(
        ":{} {} {} {} {letter}\t{}",
        mode(old),
        mode(new),
        oid(old),
        oid(new),
        change.path
    )
}

fn of_git(repository: &Repository, a: Oid, b: Oid) -> Vec<String> {
    let (a, b) = (a.to_string(), b.to_string());
    let output = repository.git(&["diff-tree", "-r", "--no-renames", &a, &b]);
    output.lines().map(str::to_owned).collect()
}

#[test]
fn random_trees_differ_as_git_says() {
    let repository = Repository::new();
    let mut dice = Dice(11);
    let writer = overlay();
    let mut before = files(&mut dice, 25);
    let mut pairs = Vec::new();
    for _ in 0..30 {
        let after = work(&mut dice, &before, true);
        let executable = dice
            .chance(30)
            .then(|| after.keys().next().cloned())
            .flatten();
        let mut b = tree(&writer, &after);
        if let Some(path) = executable {
            let oid = writer
                .put(variorum_git::object::Kind::Blob, after[&path].as_bytes())
                .unwrap();
            let change = Edit::Upsert {
                mode: Mode::Executable,
                oid,
            };
            b = edit(&writer, Some(b), &[(path, change)]).unwrap();
        }
        pairs.push((tree(&writer, &before), b));
        before = after;
    }
    pairs.push((EMPTY_TREE, pairs[3].1));
    pairs.push((pairs[3].1, EMPTY_TREE));
    pairs.push((pairs[0].0, pairs[29].1));
    repository.write(&writer.new_objects());
    for (a, b) in pairs {
        let reader = overlay();
        let call = || tree_diff(&reader, Some(a), Some(b));
        let (changes, loads) = repository.faulting(&reader, call);
        let changes = changes.unwrap();
        assert_eq!(
            changes.iter().map(raw).collect::<Vec<_>>(),
            of_git(&repository, a, b)
        );
        assert!(loads <= 3, "{loads} loads for trees three levels deep");
    }
}

#[test]
fn a_file_that_becomes_a_directory_is_deleted_and_added() {
    let repository = Repository::new();
    let writer = overlay();
    let file = |path: &str| Files::from([(path.to_owned(), "text\n".to_owned())]);
    let (a, b) = (tree(&writer, &file("x")), tree(&writer, &file("x/y")));
    repository.write(&writer.new_objects());
    let changes = tree_diff(&writer, Some(a), Some(b)).unwrap();
    assert_eq!(
        changes.iter().map(raw).collect::<Vec<_>>(),
        of_git(&repository, a, b)
    );
    let kinds: Vec<ChangeKind> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Deleted, ChangeKind::Added]);
}

#[test]
fn moved_files_are_found_as_git_finds_them() {
    let repository = Repository::new();
    let mut dice = Dice(13);
    let writer = overlay();
    let mut pairs = Vec::new();
    for _ in 0..20 {
        let mut before = Files::new();
        for n in 0..6 {
            before.insert(format!("old/{n}.prompt"), lines(&mut dice, 25));
        }
        let mut after = before.clone();
        for n in 0..4 {
            let mut text = after.remove(&format!("old/{n}.prompt")).unwrap();
            if dice.chance(60) {
                text += "one more line\n";
            }
            after.insert(format!("new/{}.prompt", (n + 1) % 4), text);
        }
        after.insert("new/unlike.prompt".to_owned(), lines(&mut dice, 25));
        pairs.push((tree(&writer, &before), tree(&writer, &after)));
    }
    repository.write(&writer.new_objects());
    for (a, b) in pairs {
        let reader = overlay();
        let (found, loads) = repository.faulting(&reader, || renames(&reader, a, b));
        let (a, b) = (a.to_string(), b.to_string());
        let output = repository.git(&["diff-tree", "-r", "-M", "--name-status", &a, &b]);
        let expected: Vec<String> = output
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split('\t').collect();
                format!("{}\t{}", &words[0][..1], words[1..].join("\t"))
            })
            .collect();
        let mut found = found.unwrap();
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected);
        assert!(loads <= 3);
    }
}

fn renames(
    overlay: &Overlay,
    a: Oid,
    b: Oid,
) -> Result<Vec<String>, variorum_git::error::GitError> {
    let mut changes = tree_diff(overlay, Some(a), Some(b))?;
    detect_renames(&mut changes, overlay)?;
    let show = |change: &Change| match (change.kind, &change.old_path) {
        (ChangeKind::Renamed, Some(old)) => format!("R\t{old}\t{}", change.path),
        (ChangeKind::Added, _) => format!("A\t{}", change.path),
        (ChangeKind::Deleted, _) => format!("D\t{}", change.path),
        _ => format!("M\t{}", change.path),
    };
    Ok(changes.iter().map(show).collect())
}

/// Trees that are held as what differs from another one differ as whole ones do.
#[test]
fn trees_from_a_cache_of_patches_differ_alike() {
    let mut dice = Dice(23);
    let writer = overlay();
    let mut versions = vec![files(&mut dice, 60)];
    for number in 0..12 {
        versions.push(work(&mut dice, &versions[number], false));
    }
    let roots: Vec<Oid> = versions.iter().map(|files| tree(&writer, files)).collect();
    let objects = writer.new_objects();
    let cache = Arc::new(ObjectCache::new(64 << 20));
    let filler = Overlay::new(Arc::clone(&cache), WorkspaceId(1));
    // Each tree is made from the first one that is still much like it; chains come about, too.
    let mut bases: Vec<(Oid, Object)> = Vec::new();
    for (oid, object) in objects {
        let known = bases.iter().filter(|(_, base)| base.kind == object.kind);
        let delta = known
            .filter_map(|(base, from)| {
                Some((*base, from, encode_delta(&from.bytes, &object.bytes)?))
            })
            .min_by_key(|(_, _, delta)| delta.len());
        match delta {
            Some((base, from, delta)) => {
                filler.insert_patched(oid, object.clone(), (base, from), &delta);
            }
            None => filler.insert_loaded(oid, object.clone()),
        }
        bases.push((oid, object));
    }
    for old in &roots {
        for new in &roots {
            let reader = Overlay::new(Arc::clone(&cache), WorkspaceId(1));
            let patched = tree_diff(&reader, Some(*old), Some(*new)).unwrap();
            let whole = tree_diff(&writer, Some(*old), Some(*new)).unwrap();
            assert_eq!(patched, whole);
            for (oid, object) in &bases {
                assert_eq!(reader.get(oid).as_ref(), Ok(object));
            }
        }
    }
}
