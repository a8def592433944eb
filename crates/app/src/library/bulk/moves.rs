//! Moving files: new paths, what comes along, what is written anew.

use std::collections::{BTreeMap, BTreeSet};

use variorum_domain::id::Oid;
use variorum_domain::impact::is_controlled;
use variorum_domain::library::{FileKind, MAIN, partial_name, prompt_id};
use variorum_domain::moving::{Moves, follow, renamed_partials};
use variorum_domain::prompt::parse;
use variorum_domain::variation::base_candidates;
use variorum_git::diff::tree_diff;
use variorum_git::tree::{Edit, Entry, check_path, list_all};
use variorum_ports::rows::EdgeKind;

use super::Destination;
use super::plan::{Moved, Plan, redirect, stands_in_the_way, text};
use crate::library::head;
use crate::work::Work;
use crate::{Error, Result};

/// Plans the moves of files.
pub(super) async fn plan(
    work: &mut Work,
    tree: Oid,
    (files, destination): (Vec<(String, Entry)>, &Destination),
    plan: &mut Plan,
) -> Result<()> {
    let all = work.with(|overlay| list_all(overlay, tree, "")).await?;
    let all: BTreeMap<String, Entry> = all.into_iter().collect();
    let mut moves = Moves::new();
    for (path, _) in &files {
        let to = target(path, destination, files.len())?;
        if to != *path {
            moves.insert(path.clone(), to);
        }
    }
    take_along(&all, &mut moves, plan);
    check(work, &all, &moves, plan).await?;
    if !plan.refused.is_empty() {
        return Ok(());
    }
    for (from, to) in &moves {
        let Some(entry) = all.get(from) else { continue };
        plan.edits.push((from.clone(), Edit::Remove));
        let (mode, oid) = (entry.mode, entry.oid);
        plan.edits.push((to.clone(), Edit::Upsert { mode, oid }));
        plan.moved.push(Moved {
            from: from.clone(),
            to: to.clone(),
        });
    }
    rewrite(work, tree, (&all, &moves), plan).await?;
    let ids = moves
        .iter()
        .filter(|(from, _)| FileKind::of(from).is_prompt())
        .map(|(from, to)| (prompt_id(from).to_owned(), prompt_id(to).to_owned()));
    let ids: BTreeMap<String, String> = ids.filter(|(from, to)| from != to).collect();
    redirect(work, tree, &ids, plan).await
}

/// Where a file goes.
fn target(path: &str, destination: &Destination, files: usize) -> Result<String> {
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    match destination {
        Destination::Folder { folder, below } => {
            let folder = folder.trim_matches('/');
            let below = below.as_deref().map(|below| below.trim_matches('/'));
            let kept = below.and_then(|below| path.strip_prefix(below)?.strip_prefix('/'));
            let kept = kept.unwrap_or(name);
            Ok(if folder.is_empty() {
                kept.to_owned()
            } else {
                format!("{folder}/{kept}")
            })
        }
        Destination::Name(_) if files != 1 => Err(Error::invalid_with_hint(
            "only one file can get one name",
            "move several files into a folder",
        )),
        Destination::Name(to) => {
            let is_path = FileKind::of(to) == FileKind::of(path);
            let ending = path
                .strip_prefix("prompts/")
                .and(path.strip_suffix(".prompt"));
            Ok(if is_path || ending.is_none() {
                to.clone()
            } else {
                format!("prompts/{to}.prompt")
            })
        }
    }
}

/// What stands beside a moved prompt as a variation of it comes along.
fn take_along(all: &BTreeMap<String, Entry>, moves: &mut Moves, plan: &mut Plan) {
    let mut along = Moves::new();
    for (from, to) in moves.iter() {
        let stems = (from.strip_suffix(".prompt"), to.strip_suffix(".prompt"));
        let (Some(stem), Some(new_stem)) = stems else {
            continue;
        };
        let begin = format!("{stem}.");
        let beside = all
            .range(begin.clone()..)
            .take_while(|(path, _)| path.starts_with(&begin));
        for (path, _) in beside {
            let varies = base_candidates(path).iter().any(|base| base == from);
            if varies && !moves.contains_key(path) && path != from {
                along.insert(path.clone(), format!("{new_stem}{}", &path[stem.len()..]));
            }
        }
    }
    for (path, to) in along {
        plan.notes.push(format!(
            "`{path}` comes along: it varies a prompt that moves"
        ));
        moves.insert(path, to);
    }
}

/// What stands in the way of moves.
async fn check(
    work: &mut Work,
    all: &BTreeMap<String, Entry>,
    moves: &Moves,
    plan: &mut Plan,
) -> Result<()> {
    let mut taken: BTreeSet<&String> = BTreeSet::new();
    let names: BTreeMap<&str, &String> = all
        .keys()
        .filter(|path| !moves.contains_key(*path))
        .filter_map(|path| Some((partial_name(path)?, path)))
        .collect();
    for (from, to) in moves {
        if let Some(why) = obstacle(all, moves, (from, to), &mut taken) {
            plan.refused.push(stands_in_the_way(from, why));
            continue;
        }
        let name = partial_name(to).filter(|name| partial_name(from) != Some(*name));
        if let Some(other) = name.and_then(|name| names.get(name)) {
            let why = format!("`{other}` already has the name under which it would be included");
            plan.refused.push(stands_in_the_way(from, why));
        }
        let Some(entry) = all.get(from) else { continue };
        let bases = base_candidates(from);
        if bases
            .iter()
            .any(|base| all.contains_key(base) && !moves.contains_key(base))
        {
            let file = parse(&text(work, *entry).await?);
            if is_controlled(from, &file) {
                let why = "it varies a prompt that stays where it is; move that one, too";
                plan.refused.push(stands_in_the_way(from, why));
            }
        }
    }
    Ok(())
}

/// Why one file cannot get its new path.
fn obstacle<'m>(
    all: &BTreeMap<String, Entry>,
    moves: &Moves,
    (from, to): (&str, &'m String),
    taken: &mut BTreeSet<&'m String>,
) -> Option<String> {
    if FileKind::of(from) != FileKind::of(to) {
        return Some(format!(
            "`{to}` would not be a {} any more",
            FileKind::of(from).name()
        ));
    }
    if let Err(error) = check_path(to) {
        return Some(error.to_string());
    }
    if all.contains_key(to) && !moves.contains_key(to) {
        return Some(format!("`{to}` is there already"));
    }
    if !taken.insert(to) {
        return Some(format!("another file would become `{to}`, too"));
    }
    None
}

/// Writes anew what refers to moved files.
async fn rewrite(
    work: &mut Work,
    tree: Oid,
    (all, moves): (&BTreeMap<String, Entry>, &Moves),
    plan: &mut Plan,
) -> Result<()> {
    let mut candidates: BTreeSet<String> = all
        .keys()
        .filter(|path| matches!(FileKind::of(path), FileKind::Workflow | FileKind::Suite))
        .cloned()
        .collect();
    candidates.extend(includers(work, tree, moves).await?);
    for path in candidates {
        let Some(entry) = all.get(&path).filter(|entry| entry.mode.is_file()) else {
            continue;
        };
        let source = text(work, *entry).await?;
        let new = moves.get(&path).unwrap_or(&path);
        match follow(&path, new, &source, moves) {
            Ok(None) => {}
            Ok(Some(text)) => plan.write(work, new, *entry, text, "refers to new places")?,
            Err(why) => plan.refused.push(stands_in_the_way(&path, why)),
        }
    }
    Ok(())
}

/// The files that include a partial whose name changes: as `main` knows them, and those in which this
/// tree differs from `main`.
async fn includers(work: &mut Work, tree: Oid, moves: &Moves) -> Result<Vec<String>> {
    let names: Vec<String> = renamed_partials(moves)
        .map(|(old, _)| old.to_owned())
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let edges = work
        .tx
        .edges_to(work.workspace, EdgeKind::Includes, &names)
        .await?;
    let mut found: Vec<String> = edges.into_iter().map(|edge| edge.from_path).collect();
    let main = head(work, MAIN).await?.map(|(_, data)| data.tree);
    let differs = work
        .with(|overlay| tree_diff(overlay, main, Some(tree)))
        .await?;
    let texts = differs.into_iter().map(|change| change.path);
    found.extend(
        texts.filter(|path| matches!(FileKind::of(path), FileKind::Prompt | FileKind::Partial)),
    );
    Ok(found)
}
