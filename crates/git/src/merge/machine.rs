//! The merge of gix, set up to work in memory: no repository, no work tree, no configuration, no
//! attributes and no programs that could be run.

#![expect(
    clippy::default_trait_access,
    reason = "the default values belong to crates that this one does not name"
)]

use std::num::NonZeroU8;

use gix_merge::blob::builtin_driver::text::{Conflict, ConflictStyle, Labels, Options};
use gix_object::bstr::BStr;
use variorum_domain::id::Oid;

use super::MergeLabels;
use crate::error::GitError;
use crate::foreign::{Foreign, error_from_gix, from_gix, to_gix};
use crate::overlay::Overlay;

/// Larger files are not merged line by line but are in conflict as a whole.
pub const MERGE_BLOB_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The parts of gix that hold buffers; made once for each merge.
struct Machine {
    state: gix_diff::tree::State,
    diff: gix_diff::blob::Platform,
    blob: gix_merge::blob::Platform,
}

impl Machine {
    fn new() -> Self {
        let diff = gix_diff::blob::Platform::new(
            Default::default(),
            gix_diff::blob::Pipeline::new(
                Default::default(),
                filter(),
                Vec::new(),
                gix_diff::blob::pipeline::Options::default(),
            ),
            gix_diff::blob::pipeline::Mode::ToGit,
            attributes(),
        );
        let limits = gix_merge::blob::pipeline::Options {
            large_file_threshold_bytes: MERGE_BLOB_BYTES_MAX,
        };
        let blob = gix_merge::blob::Platform::new(
            gix_merge::blob::Pipeline::new(Default::default(), filter(), limits),
            gix_merge::blob::pipeline::Mode::ToGit,
            attributes(),
            Vec::new(),
            Default::default(),
        );
        Self {
            state: gix_diff::tree::State::default(),
            diff,
            blob,
        }
    }
}

fn filter() -> gix_filter::Pipeline {
    gix_filter::Pipeline::new(Default::default(), gix_hash::Kind::Sha1, Default::default())
}

/// An attribute stack without sources, which therefore never looks at a disk.
fn attributes() -> gix_worktree::Stack {
    use gix_worktree::stack::{State, state::Attributes, state::attributes::Source};
    let none = Attributes::new(
        Default::default(),
        None,
        Source::IdMapping,
        Default::default(),
    );
    gix_worktree::Stack::new(
        "/nonexistent",
        State::AttributesStack(none),
        gix_glob::pattern::Case::Sensitive,
        Vec::new(),
        Vec::new(),
    )
}

/// Three trees to be merged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides {
    pub(super) base: Oid,
    pub(super) ours: Oid,
    pub(super) theirs: Oid,
}

/// Runs the merge; `take` looks at the conflicts. Returns the written tree and what `take` made.
fn run<T>(
    overlay: &Overlay,
    sides: Sides,
    labels: &MergeLabels,
    options: gix_merge::tree::Options,
    take: impl FnOnce(Vec<gix_merge::tree::Conflict>) -> Result<T, GitError>,
) -> Result<(Oid, T), GitError> {
    let objects = Foreign(overlay);
    let mut machine = Machine::new();
    overlay.take_missed();
    let fail = |error: gix_error::Error| error_from_gix(overlay, &error);
    let labels = Labels {
        ancestor: Some(BStr::new(&labels.base)),
        current: Some(BStr::new(&labels.ours)),
        other: Some(BStr::new(&labels.theirs)),
    };
    let mut outcome = gix_merge::tree(
        &to_gix(&sides.base),
        &to_gix(&sides.ours),
        &to_gix(&sides.theirs),
        labels,
        &objects,
        |bytes| gix_object::Write::write_buf(&objects, gix_object::Kind::Blob, bytes),
        &mut machine.state,
        &mut machine.diff,
        &mut machine.blob,
        options,
    )
    .map_err(fail)?;
    let tree = outcome
        .tree
        .write(|tree| gix_object::Write::write(&objects, tree))
        .map_err(fail)?;
    Ok((from_gix(&tree), take(outcome.conflicts)?))
}

/// Merges and leaves conflicts, with markers of the size, for `take` to look at.
pub(super) fn merge_keeping_conflicts<T>(
    overlay: &Overlay,
    sides: Sides,
    labels: &MergeLabels,
    marker_size: NonZeroU8,
    take: impl FnOnce(Vec<gix_merge::tree::Conflict>) -> Result<T, GitError>,
) -> Result<(Oid, T), GitError> {
    let mut options = options();
    options.blob_merge.text = text(Conflict::Keep {
        style: ConflictStyle::Diff3,
        marker_size,
    });
    run(overlay, sides, labels, options, take)
}

/// Merges two merge bases into one that is never shown. As in Git, text in conflict keeps its
/// markers: no side has those, so what was in conflict once does not look settled now.
pub(super) fn merge_virtually(overlay: &Overlay, sides: Sides, depth: u8) -> Result<Oid, GitError> {
    use gix_merge::blob::builtin_driver::binary::ResolveWith;
    let mut options = options();
    options.tree_conflicts = Some(gix_merge::tree::ResolveWith::Ancestor);
    options.symlink_conflicts = Some(ResolveWith::Ancestor);
    options.marker_size_multiplier = depth;
    options.blob_merge.is_virtual_ancestor = true;
    options.blob_merge.resolve_binary_with = Some(ResolveWith::Ancestor);
    options.blob_merge.text = text(Conflict::default());
    let labels = MergeLabels {
        base: "merged common ancestors".to_owned(),
        ours: "temporary merge branch 1".to_owned(),
        theirs: "temporary merge branch 2".to_owned(),
    };
    run(overlay, sides, &labels, options, |_| Ok(())).map(|(tree, ())| tree)
}

fn text(conflict: Conflict) -> Options {
    Options {
        conflict,
        ..Options::default()
    }
}

fn options() -> gix_merge::tree::Options {
    gix_merge::tree::Options {
        rewrites: Some(gix_diff::Rewrites::default()),
        ..gix_merge::tree::Options::default()
    }
}
