//! Puts objects into an order in which nothing refers to something that comes later.

use std::collections::{HashMap, HashSet};

use variorum_domain::id::Oid;

use crate::commit::parse_commit;
use crate::object::{Kind, Object};
use crate::tag::parse_tag;
use crate::tree::raw;

/// The objects of `wanted`, each after those among them that it refers to.
pub(crate) fn dependencies_first(
    wanted: &[Oid],
    objects: &HashMap<Oid, Object>,
) -> Vec<(Oid, Object)> {
    let mut done = HashSet::with_capacity(wanted.len());
    let mut ordered = Vec::with_capacity(wanted.len());
    for start in wanted {
        // Not recursive: a history may be longer than a stack is deep.
        let mut stack = vec![(*start, false)];
        while let Some((oid, children_done)) = stack.pop() {
            let Some(object) = objects.get(&oid) else {
                continue;
            };
            if children_done {
                ordered.push((oid, object.clone()));
            } else if done.insert(oid) {
                stack.push((oid, true));
                stack.extend(
                    references(object)
                        .into_iter()
                        .rev()
                        .map(|child| (child, false)),
                );
            }
        }
    }
    ordered
}

/// The ids an object refers to; malformed objects refer to nothing.
pub fn references(object: &Object) -> Vec<Oid> {
    match object.kind {
        Kind::Blob => Vec::new(),
        Kind::Tree => raw::entries(&object.bytes)
            .map_while(Result::ok)
            .filter(|entry| !entry.mode.is_submodule())
            .map(|entry| entry.oid)
            .collect(),
        Kind::Commit => parse_commit(&object.bytes).map_or_else(
            |_| Vec::new(),
            |commit| std::iter::once(commit.tree).chain(commit.parents).collect(),
        ),
        Kind::Tag => parse_tag(&object.bytes).map_or_else(|_| Vec::new(), |tag| vec![tag.target]),
    }
}
