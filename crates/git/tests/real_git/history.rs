//! Questions about ancestry, compared with `git`.

use std::collections::HashSet;

use variorum_domain::id::{Oid, Time};
use variorum_git::bundle::read_bundle;
use variorum_git::commit::{CommitData, encode_commit, parse_commit};
use variorum_git::graph::{CommitGraph, CommitRow};
use variorum_git::object::{EMPTY_TREE, Kind};
use variorum_git::pack::PackLimits;

use crate::generate::Dice;
use crate::repository::{Repository, author, bundles, committer, overlay};

/// A tangled history in which times also go backwards.
fn tangle(repository: &Repository, seed: u64, count: i64) -> Vec<CommitRow> {
    let mut dice = Dice(seed);
    let overlay = overlay();
    let mut rows: Vec<CommitRow> = Vec::new();
    for n in 0..count {
        let mut parents = Vec::new();
        let wanted = if n == 0 {
            0
        } else {
            1 + usize::from(dice.chance(35))
        };
        while parents.len() < wanted.min(rows.len()) {
            let recent = rows.len() - 1 - dice.below(rows.len().min(8));
            if !parents.contains(&rows[recent].oid) {
                parents.push(rows[recent].oid);
            }
        }
        let skew = i64::try_from(dice.below(40)).unwrap();
        let time = Time::from_seconds(1_700_000_000 + n * 10 + skew);
        let mut committer = committer();
        committer.time = time;
        let commit = CommitData {
            tree: EMPTY_TREE,
            parents: parents.clone(),
            author: author(),
            committer,
            extra_headers: Vec::new(),
            message: format!("{n}\n"),
        };
        let oid = overlay
            .put(Kind::Commit, encode_commit(&commit).unwrap())
            .unwrap();
        rows.push(CommitRow { oid, parents, time });
    }
    repository.hash(Kind::Tree, b"");
    repository.write(&overlay.new_objects());
    rows
}

fn ids(text: &str) -> Vec<Oid> {
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn sorted(mut list: Vec<Oid>) -> Vec<Oid> {
    list.sort();
    list
}

#[test]
fn ancestry_is_as_git_says() {
    let repository = Repository::new();
    let rows = tangle(&repository, 43, 120);
    let mut shuffled = rows.clone();
    shuffled.reverse();
    let graph = CommitGraph::from_rows(shuffled.clone());
    let mut added = CommitGraph::new();
    for row in &shuffled {
        added.add(row);
    }
    assert_eq!((graph.len(), added.len()), (rows.len(), rows.len()));
    let mut dice = Dice(47);
    let mut several = 0;
    for _ in 0..80 {
        let (a, b) = (dice.pick(&rows).oid, dice.pick(&rows).oid);
        let (x, y) = (a.to_string(), b.to_string());
        let bases = repository.run(&["merge-base", "--all", &x, &y], b"").stdout;
        let expected = sorted(ids(std::str::from_utf8(&bases).unwrap()));
        several += usize::from(expected.len() > 1);
        assert_eq!(sorted(graph.merge_bases(&a, &b)), expected, "{x} {y}");
        assert_eq!(sorted(added.merge_bases(&a, &b)), expected, "{x} {y}");
        let ancestor = repository.run(&["merge-base", "--is-ancestor", &x, &y], b"");
        assert_eq!(graph.is_ancestor(&a, &b), ancestor.status.success());
        let range = format!("{x}...{y}");
        let counts = repository.git(&["rev-list", "--left-right", "--count", &range]);
        let (ahead, behind) = graph.ahead_behind(&a, &b);
        assert_eq!(format!("{ahead}\t{behind}"), counts);
        let expected = ids(&repository.git(&["rev-list", &x]));
        assert_eq!(graph.walk(&a).collect::<Vec<_>>(), expected);
        let expected = ids(&repository.git(&["rev-list", &x, "--not", &y]));
        assert_eq!(graph.walk_range(&[a], &[b]).collect::<Vec<_>>(), expected);
        let expected = ids(&repository.git(&["rev-list", "--first-parent", &x]));
        assert_eq!(graph.first_parents(&a).collect::<Vec<_>>(), expected);
    }
    assert!(several > 3, "hardly any pair had several merge bases");
}

#[test]
fn bases_of_several_commits_are_those_of_their_merge() {
    let repository = Repository::new();
    let rows = tangle(&repository, 53, 60);
    let mut graph = CommitGraph::from_rows(rows.clone());
    let mut dice = Dice(59);
    for n in 0..40_u8 {
        let parents = vec![dice.pick(&rows).oid, dice.pick(&rows).oid];
        let other = dice.pick(&rows).oid;
        let expected = graph.merge_bases_of(&parents, &other);
        let oid = Oid([n; 20]);
        graph.add(&CommitRow {
            oid,
            parents,
            time: Time::default(),
        });
        assert_eq!(graph.merge_bases(&oid, &other), expected);
    }
}

#[test]
fn unknown_commits_and_cut_histories_do_no_harm() {
    let [a, b, c] = [1, 2, 3].map(|n| Oid([n; 20]));
    let row = |oid, parents: &[Oid]| CommitRow {
        oid,
        parents: parents.to_vec(),
        time: Time(0),
    };
    let mut graph = CommitGraph::from_rows([row(b, &[a])]);
    assert!(!graph.contains(&a) && graph.contains(&b) && graph.len() == 1);
    assert_eq!(graph.walk(&b).collect::<Vec<_>>(), [b]);
    assert_eq!(graph.first_parents(&b).collect::<Vec<_>>(), [b]);
    assert!(graph.walk(&c).next().is_none());
    assert!(graph.merge_bases(&b, &c).is_empty() && !graph.is_ancestor(&a, &b));
    graph.add(&row(c, &[a]));
    assert!(
        graph.merge_bases(&b, &c).is_empty(),
        "a commit without a row cannot be a base"
    );
    graph.add(&row(a, &[]));
    assert_eq!(graph.merge_bases(&b, &c), [a]);
    assert!(graph.is_ancestor(&a, &b) && graph.is_ancestor(&b, &b));
    assert_eq!(graph.ahead_behind(&b, &c), (1, 1));
    assert_eq!(graph.ahead_behind(&b, &b), (0, 0));
    assert_eq!(graph.parents(&b), Some(vec![a]));
}

#[test]
fn a_long_line_of_commits_needs_no_deep_stack() {
    let oid = |n: u32| {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        Oid(bytes)
    };
    let row = |n: u32| CommitRow {
        oid: oid(n),
        parents: (n > 0).then(|| oid(n - 1)).into_iter().collect(),
        time: Time(i64::from(n)),
    };
    let graph = CommitGraph::from_rows((0..200_000).rev().map(row));
    assert!(graph.is_ancestor(&oid(0), &oid(199_999)));
    assert_eq!(graph.walk(&oid(199_999)).count(), 200_000);
    assert_eq!(
        graph.merge_bases(&oid(150_000), &oid(199_999)),
        [oid(150_000)]
    );
    assert_eq!(graph.ahead_behind(&oid(199_999), &oid(10)), (199_989, 0));
}

#[test]
fn real_histories_are_walked_as_git_walks_them() {
    for path in bundles() {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() > 1_200_000 {
            // The largest one is read whole by the test of packs; once is enough.
            continue;
        }
        let bundle = read_bundle(&bytes, PackLimits::default()).unwrap();
        let mut rows = Vec::new();
        bundle
            .pack
            .visit(|packed| {
                if packed.object.kind == Kind::Commit {
                    let commit = parse_commit(&packed.object.bytes).unwrap();
                    let (parents, time) = (commit.parents, commit.committer.time);
                    rows.push(CommitRow {
                        oid: packed.oid,
                        parents,
                        time,
                    });
                }
                Ok(())
            })
            .unwrap();
        let graph = CommitGraph::from_rows(rows);
        let repository = Repository::new();
        repository.git(&["bundle", "unbundle", path.to_str().unwrap()]);
        let tip = bundle.refs[0].1;
        let expected = ids(&repository.git(&["rev-list", &tip.to_string()]));
        let walked: Vec<Oid> = graph.walk(&tip).collect();
        assert_eq!(
            walked.iter().collect::<HashSet<_>>(),
            expected.iter().collect()
        );
        assert_eq!(walked, expected);
    }
}

#[test]
fn ancestors_are_found_together_as_one_by_one() {
    let repository = Repository::new();
    let rows = tangle(&repository, 61, 80);
    let graph = CommitGraph::from_rows(rows.clone());
    let mut dice = Dice(67);
    for _ in 0..60 {
        let tip = dice.pick(&rows).oid;
        let mut asked: Vec<Oid> = (0..dice.below(9)).map(|_| dice.pick(&rows).oid).collect();
        asked.push(Oid([9; 20]));
        let each = asked
            .iter()
            .copied()
            .filter(|oid| graph.is_ancestor(oid, &tip));
        assert_eq!(graph.ancestors_among(&asked, &tip), each.collect());
    }
}
