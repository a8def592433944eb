//! The merges of real histories, made again: the same trees as recorded wherever nobody had to
//! resolve anything by hand.

use std::collections::BTreeMap;

use variorum_domain::id::Oid;
use variorum_git::bundle::read_bundle;
use variorum_git::commit::{CommitData, parse_commit};
use variorum_git::graph::{CommitGraph, CommitRow};
use variorum_git::merge::{MergeLabels, merge_commits};
use variorum_git::object::Kind;
use variorum_git::overlay::Overlay;
use variorum_git::pack::PackLimits;

use crate::merges::merge_of_git;
use crate::repository::{Repository, bundles, overlay};

/// What the merges of one history came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Replayed {
    commits: usize,
    merges: usize,
    /// Merged by us to just the tree that was recorded.
    as_recorded: usize,
    /// Both merge cleanly and to the same tree, but somebody recorded another one.
    recorded_otherwise: usize,
    /// Both stop at a conflict, which somebody resolved.
    resolved_by_hand: usize,
    /// Git merges cleanly and as recorded; we propose the same and ask somebody to look.
    asks_for_a_look: usize,
}

fn replay(path: &std::path::Path) -> Replayed {
    let bytes = std::fs::read(path).unwrap();
    let bundle = read_bundle(&bytes, PackLimits::default()).unwrap();
    let reader: Overlay = overlay();
    let mut commits: BTreeMap<Oid, CommitData> = BTreeMap::new();
    bundle
        .pack
        .visit(|packed| {
            if packed.object.kind == Kind::Commit {
                commits.insert(packed.oid, parse_commit(&packed.object.bytes).unwrap());
            }
            reader.insert_loaded(packed.oid, packed.object);
            Ok(())
        })
        .unwrap();
    let graph = CommitGraph::from_rows(commits.iter().map(|(oid, commit)| CommitRow {
        oid: *oid,
        parents: commit.parents.clone(),
        time: commit.committer.time,
    }));
    let repository = Repository::new();
    repository.git(&["bundle", "unbundle", path.to_str().unwrap()]);
    let mut replayed = Replayed {
        commits: commits.len(),
        ..Replayed::default()
    };
    for (oid, commit) in &commits {
        let [ours, theirs] = commit.parents[..] else {
            continue;
        };
        replayed.merges += 1;
        let label = str::to_owned;
        let labels = MergeLabels {
            base: label("base"),
            ours: label("main"),
            theirs: label("draft"),
        };
        let outcome = merge_commits(&reader, &graph, ours, theirs, &labels)
            .unwrap()
            .outcome;
        let (tree, clean) = merge_of_git(&repository, ours, theirs);
        let recorded = commit.tree;
        let look = outcome.conflicts.iter().all(|c| c.kind.is_review_only());
        *match (clean, outcome.tree) {
            (true, Some(ours)) => {
                assert_eq!(ours, tree, "{oid}: both clean, with different trees");
                if ours == recorded {
                    &mut replayed.as_recorded
                } else {
                    &mut replayed.recorded_otherwise
                }
            }
            (true, None) if look => {
                assert_eq!(
                    outcome.partial_tree, tree,
                    "{oid}: {:#?}",
                    outcome.conflicts
                );
                &mut replayed.asks_for_a_look
            }
            (false, None) => &mut replayed.resolved_by_hand,
            (clean, ours) => unreachable!(
                "{oid}: git clean: {clean}, ours: {ours:?}, {:#?}",
                outcome.conflicts
            ),
        } += 1;
    }
    replayed
}

#[test]
fn the_merges_of_real_histories_come_out_as_recorded() {
    for path in bundles() {
        let replayed = replay(&path);
        let Replayed {
            merges,
            as_recorded,
            resolved_by_hand,
            ..
        } = replayed;
        // Nobody ever recorded anything else than what both of us merge without a question.
        assert_eq!(as_recorded + resolved_by_hand, merges, "{replayed:?}");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let known = match name.split('_').next().unwrap() {
            "fabric-patterns" => (778, 89, 0),
            "awesome-chatgpt-prompts" => (2_294, 27, 21),
            "marketingskills" => (95, 11, 0),
            _ => continue,
        };
        assert_eq!(
            (replayed.commits, merges, resolved_by_hand),
            known,
            "{name}"
        );
    }
}
