//! Packs and bundles that `git` reads, and those that `git` writes.

use std::collections::{BTreeMap, HashMap};

use variorum_domain::id::Oid;
use variorum_git::bundle::{bundle_header, read_bundle};
use variorum_git::check::check_object;
use variorum_git::delta::{apply_delta, encode_delta};
use variorum_git::object::{Kind, Object};
use variorum_git::pack::{
    OutsideBase, Pack, PackEntry, PackError, PackLimits, Stored, read_pack, write_pack,
};
use variorum_git::zlib::{deflate, inflate};

use crate::generate::{Dice, commit, files, tree, work};
use crate::repository::{Repository, bundles, overlay};

/// A history of some commits.
fn history(seed: u64) -> (Vec<(Oid, Object)>, Oid) {
    let overlay = overlay();
    let mut dice = Dice(seed);
    let mut now = files(&mut dice, 20);
    let mut tip = commit(&overlay, tree(&overlay, &now), &[], "first\n");
    for n in 0..12 {
        now = work(&mut dice, &now, true);
        tip = commit(
            &overlay,
            tree(&overlay, &now),
            &[tip],
            &format!("commit {n}\n"),
        );
    }
    (overlay.new_objects(), tip)
}

/// Entries of all three forms: content, stored rows, stored delta rows.
fn entries(objects: &[(Oid, Object)]) -> (Vec<PackEntry<'static>>, usize) {
    let mut last: BTreeMap<Kind, (Oid, Object)> = BTreeMap::new();
    let mut deltas = 0;
    let mut entries = Vec::new();
    for (n, (oid, object)) in objects.iter().enumerate() {
        let base = last.insert(object.kind, (*oid, object.clone()));
        let delta = base.and_then(|(base, content)| {
            let delta = encode_delta(&content.bytes, &object.bytes)?;
            let made = apply_delta(&content.bytes, &delta, object.bytes.len());
            assert_eq!(made.as_deref(), Ok(&object.bytes[..]));
            Some((base, delta))
        });
        entries.push(match delta {
            Some((base, delta)) => {
                deltas += 1;
                PackEntry::Delta {
                    base,
                    delta_size: delta.len(),
                    body: deflate(&delta).into(),
                }
            }
            None if n % 2 == 0 => PackEntry::Content {
                kind: object.kind,
                bytes: object.bytes.to_vec().into(),
            },
            None => {
                let (kind, size) = (object.kind, object.bytes.len());
                PackEntry::Deflated {
                    kind,
                    size,
                    body: deflate(&object.bytes).into(),
                }
            }
        });
    }
    (entries, deltas)
}

#[test]
fn git_takes_our_packs_with_deltas() {
    let (objects, tip) = history(29);
    let (entries, deltas) = entries(&objects);
    assert!(deltas > 10, "only {deltas} deltas");
    let pack = write_pack(&entries).unwrap();
    let repository = Repository::new();
    repository.git_with(&["index-pack", "--stdin", "--strict"], &pack);
    repository.git(&["update-ref", "refs/heads/main", &tip.to_string()]);
    assert_eq!(repository.git(&["fsck", "--strict", "--full"]), "");
    assert_eq!(repository.git(&["rev-list", "--count", "main"]), "13");
    let mut ours = read_pack(&pack, PackLimits::default()).unwrap();
    ours.sort_by_key(|(oid, _)| *oid);
    let mut expected = objects;
    expected.sort_by_key(|(oid, _)| *oid);
    assert_eq!(ours, expected);
}

#[test]
fn git_clones_from_our_bundles() {
    let (objects, tip) = history(31);
    let refs = vec![("refs/heads/main".to_owned(), tip)];
    let bundle = [
        bundle_header(&refs),
        write_pack(&entries(&objects).0).unwrap(),
    ]
    .concat();
    let read = read_bundle(&bundle, PackLimits::default()).unwrap();
    assert_eq!((&read.refs, read.pack.len()), (&refs, objects.len()));
    let repository = Repository::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bundle).unwrap();
    repository.git(&["fetch", "-q", file.path().to_str().unwrap(), "main:main"]);
    assert_eq!(repository.git(&["rev-parse", "main"]), tip.to_string());
    repository.git(&["fsck", "--strict", "--full"]);
}

#[test]
fn both_delta_forms_of_git_are_read() {
    let (objects, tip) = history(37);
    let repository = Repository::new();
    repository.write(&objects);
    repository.git(&["update-ref", "refs/heads/main", &tip.to_string()]);
    for form in [&["--delta-base-offset"][..], &[]] {
        let arguments = [
            &["pack-objects", "--all", "--stdout", "--no-reuse-delta"][..],
            form,
        ]
        .concat();
        let pack = repository.git_bytes(&arguments, b"");
        let pack = Pack::parse(&pack, PackLimits::default()).unwrap();
        let mut found = Vec::new();
        let mut chains = 0;
        pack.visit(|packed| {
            if let Stored::Delta {
                base,
                delta_size,
                chain,
                body,
            } = packed.stored
            {
                chains = chains.max(chain);
                let (_, base) = found.iter().find(|(oid, _)| *oid == base).unwrap();
                let delta = inflate(body, delta_size).unwrap();
                let base: &Object = base;
                let made = apply_delta(&base.bytes, &delta, 1 << 20).unwrap();
                assert_eq!(made, packed.object.bytes.to_vec());
            }
            found.push((packed.oid, packed.object));
            Ok(())
        })
        .unwrap();
        assert!(chains > 1, "git wrote no chain of deltas");
        found.sort_by_key(|(oid, _)| *oid);
        let mut expected = objects.clone();
        expected.sort_by_key(|(oid, _)| *oid);
        assert_eq!(found, expected);
    }
}

#[test]
fn real_bundles_have_the_objects_that_git_finds() {
    for path in bundles() {
        let bytes = std::fs::read(&path).unwrap();
        let bundle = read_bundle(&bytes, PackLimits::default()).unwrap();
        assert!(bundle.prerequisites.is_empty());
        let repository = Repository::new();
        let name = path.to_str().unwrap();
        repository.git(&["bundle", "unbundle", name]);
        let heads = repository.git(&["bundle", "list-heads", name]);
        let refs: Vec<String> = bundle
            .refs
            .iter()
            .map(|(name, oid)| format!("{oid} {name}"))
            .collect();
        assert_eq!(refs.join("\n"), heads);
        let format = "--batch-check=%(objectname) %(objecttype) %(objectsize)";
        let expected = repository.git(&["cat-file", "--batch-all-objects", format]);
        let mut found = Vec::new();
        bundle
            .pack
            .visit(|packed| {
                let Object { kind, bytes } = &packed.object;
                assert_eq!(check_object(*kind, bytes), [], "{}", packed.oid);
                found.push(format!("{} {kind} {}", packed.oid, bytes.len()));
                Ok(())
            })
            .unwrap();
        found.sort();
        assert_eq!(found, expected.lines().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn limits_and_damage_are_refused() {
    let (objects, _) = history(41);
    let pack = write_pack(&entries(&objects).0).unwrap();
    let with = |change: fn(&mut PackLimits)| {
        let mut limits = PackLimits::default();
        change(&mut limits);
        read_pack(&pack, limits)
    };
    let over = |result: Result<_, PackError>| matches!(result, Err(PackError::Limit { .. }));
    assert!(over(with(|limits| limits.objects_max = 10)));
    assert!(over(with(|limits| limits.object_bytes_max = 100)));
    assert!(over(with(|limits| limits.total_bytes_max = 1000)));
    assert!(over(with(|limits| limits.chain_max = 1)));
    assert!(over(with(|limits| limits.live_bytes_max = 500)));
    let limits = PackLimits::default();
    let mut damaged = pack.clone();
    damaged[40] ^= 1;
    assert!(matches!(
        read_pack(&damaged, limits),
        Err(PackError::Checksum)
    ));
    assert!(matches!(
        read_pack(&pack[..pack.len() - 1], limits),
        Err(PackError::Checksum)
    ));
    assert!(matches!(
        read_pack(b"PACK", limits),
        Err(PackError::Malformed(_))
    ));
    let base = Oid([9; 20]);
    let body = deflate(&[1, 1, 1, b'x']);
    let thin = write_pack(&[PackEntry::Delta {
        base,
        delta_size: 4,
        body: body.into(),
    }])
    .unwrap();
    assert!(matches!(
        read_pack(&thin, limits),
        Err(PackError::MissingBases(1))
    ));
}

#[test]
fn a_thin_pack_of_git_is_resolved_with_the_objects_it_is_made_from() {
    let (objects, tip) = history(31);
    let repository = Repository::new();
    repository.write(&objects);
    let parent = repository.git(&["rev-parse", &format!("{tip}^^")]);
    let wanted = format!("{tip}\n^{parent}\n");
    let pack = repository.git_bytes(
        &[
            "pack-objects",
            "--thin",
            "--stdout",
            "--revs",
            "--delta-base-offset",
        ],
        wanted.as_bytes(),
    );
    let pack = Pack::parse(&pack, PackLimits::default()).unwrap();
    let bases = pack.named_bases();
    assert!(!bases.is_empty(), "git sent no thin pack");
    assert!(matches!(pack.objects(), Err(PackError::MissingBases(_))));
    let outside: HashMap<Oid, OutsideBase> = repository
        .read(&bases)
        .into_iter()
        .map(|(oid, object)| (oid, OutsideBase { object, chain: 3 }))
        .collect();
    let known: HashMap<Oid, Object> = objects.into_iter().collect();
    let mut met = 0;
    pack.visit_thin(&outside, |packed| {
        met += 1;
        assert_eq!(known.get(&packed.oid), Some(&packed.object));
        if let Stored::Delta { base, chain, .. } = packed.stored {
            assert!(!outside.contains_key(&base) || chain == 4);
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(met, pack.len());
}
