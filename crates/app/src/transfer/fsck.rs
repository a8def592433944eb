//! Checking every object: its id, its form, and that everything it refers to is there.

use std::collections::HashSet;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_git::check::check_object;
use variorum_git::object::EMPTY_TREE;
use variorum_git::order::references;

use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Objects checked at a time.
const OBJECTS_PER_READ: usize = 1_000;
/// Problems reported one by one.
const PROBLEMS_MAX: usize = 200;

/// What the check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Objects checked.
    pub objects: usize,
    /// Refs checked.
    pub refs: usize,
    /// What makes the library incomplete or wrong.
    pub errors: Vec<String>,
    /// What `git fsck --strict` would complain about in objects that came in so.
    pub warnings: Vec<String>,
}

/// Checks every object and ref of the actor's workspace.
pub async fn run(ctx: &Context, actor: &Actor) -> Result<Checked> {
    access::check(actor, Action::Read, "")?;
    let mut checked = Checked::default();
    let mut present: HashSet<Oid> = HashSet::from([EMPTY_TREE]);
    let mut wanted: Vec<(Oid, Oid)> = Vec::new();
    let mut after = 0;
    loop {
        // A fresh view for every page, so that memory does not grow with the library.
        let mut work = Work::read(ctx, actor.workspace).await?;
        let page = work
            .tx
            .scan_objects(actor.workspace, after, OBJECTS_PER_READ)
            .await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, row) in page {
            checked.objects += 1;
            present.insert(row.oid);
            check_one(&mut work, row.oid, &mut checked, &mut wanted).await;
        }
    }
    for (owner, wanted) in wanted {
        if !present.contains(&wanted) {
            note(
                &mut checked.errors,
                format!("object `{owner}` refers to `{wanted}`, which is missing"),
            );
        }
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    for (name, oid, _) in work.tx.refs(actor.workspace, "refs/").await? {
        checked.refs += 1;
        if !present.contains(&oid) {
            note(
                &mut checked.errors,
                format!("`{name}` points to `{oid}`, which is missing"),
            );
        }
    }
    Ok(checked)
}

async fn check_one(work: &mut Work, oid: Oid, checked: &mut Checked, wanted: &mut Vec<(Oid, Oid)>) {
    let object = match work.with(|overlay| overlay.get(&oid)).await {
        Ok(object) => object,
        Err(error) => {
            note(
                &mut checked.errors,
                format!("object `{oid}` cannot be read: {error}"),
            );
            return;
        }
    };
    match object.id() {
        Ok(found) if found == oid => {}
        Ok(found) => {
            note(
                &mut checked.errors,
                format!("object `{oid}` has the content of `{found}`"),
            );
            return;
        }
        Err(error) => note(&mut checked.errors, format!("object `{oid}`: {error}")),
    }
    for problem in check_object(object.kind, &object.bytes) {
        note(
            &mut checked.warnings,
            format!("{} `{oid}`: {problem}", object.kind),
        );
    }
    wanted.extend(
        references(&object)
            .into_iter()
            .map(|reference| (oid, reference)),
    );
}

fn note(list: &mut Vec<String>, text: String) {
    if list.len() < PROBLEMS_MAX {
        list.push(text);
    }
}
