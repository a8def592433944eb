//! Many at once: what was acknowledged is in history once, and nothing else is.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use variorum_app::Context;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_domain::access::Actor;
use variorum_domain::record::Note;

use crate::world::{World, commit, git};

/// Where all of them meet.
const DRAFT: &str = "campaign/autumn";
/// Writers over the API, each with so many saves; `git` clients, each with so many pushes.
const WRITERS: usize = 12;
const SAVES: usize = 4;
const PUSHERS: usize = 4;
const PUSHES: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_save_and_push_is_in_history_once() {
    let world = World::with_library().await;
    let mut copies = Vec::new();
    for number in 0..PUSHERS {
        let copy = world.copy(&format!("copy-{number}")).await;
        git(&copy, &["checkout", "--quiet", DRAFT]).await.must();
        copies.push(copy);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        tasks.spawn(save_often(world.ctx.clone(), world.admin.clone(), writer));
    }
    for (number, copy) in copies.into_iter().enumerate() {
        tasks.spawn(push_often(copy, number));
    }
    let mut acknowledged = Vec::new();
    while let Some(done) = tasks.join_next().await {
        acknowledged.extend(done.unwrap());
    }
    assert_eq!(acknowledged.len(), WRITERS * SAVES + PUSHERS * PUSHES);
    must_hold(&world, &acknowledged).await;
    world.must_be_sound().await;
}

/// Saves one file again and again, as the browser does; returns the commits.
async fn save_often(ctx: Arc<Context>, admin: Actor, writer: usize) -> Vec<String> {
    let mut done = Vec::new();
    for save in 0..SAVES {
        let content = Some(format!("{save}\n").into_bytes());
        let cmd = SaveVersion {
            draft: Some(DRAFT.into()),
            note: Note {
                subject: format!("save {writer} {save}"),
                ..Note::default()
            },
            files: vec![(format!("prompts/w{writer}.prompt"), content)],
            ..SaveVersion::default()
        };
        let saved = save_version(&ctx, &admin, cmd).await.unwrap();
        done.push(saved.commit.to_string());
    }
    done
}

/// Commits and pushes again and again; whoever is late fetches, merges and pushes again.
async fn push_often(copy: PathBuf, number: usize) -> Vec<String> {
    let mut done = Vec::new();
    for push in 0..PUSHES {
        let path = format!("prompts/g{number}.prompt");
        let subject = format!("push {number} {push}");
        commit(&copy, &path, &format!("{push}\n"), &subject).await;
        let own = git(&copy, &["rev-parse", "HEAD"]).await.must();
        loop {
            let pushed = git(&copy, &["push", "origin", DRAFT]).await;
            if pushed.success {
                break;
            }
            let lost = [
                "fetch first",
                "has moved",
                "saved first",
                "non-fast-forward",
            ];
            let is_lost = lost.iter().any(|word| pushed.said.contains(word));
            assert!(is_lost, "{}", pushed.said);
            let pull = ["pull", "--quiet", "--no-edit", "origin", DRAFT];
            git(&copy, &pull).await.must();
        }
        done.push(own);
    }
    done
}

async fn must_hold(world: &World, acknowledged: &[String]) {
    let last = world.copy("last").await;
    let branch = format!("origin/{DRAFT}");
    let all = git(&last, &["rev-list", &branch]).await.must();
    let listed: Vec<&str> = all.lines().collect();
    let known: HashSet<&str> = listed.iter().copied().collect();
    assert_eq!(known.len(), listed.len());
    let is_missing = |oid: &&String| !known.contains(oid.as_str());
    let missing: Vec<&String> = acknowledged.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?} of {acknowledged:?}");
    let subjects = git(&last, &["log", "--format=%s", &branch]).await.must();
    let own = |subject: &&str| subject.starts_with("save ") || subject.starts_with("push ");
    let count = subjects.lines().filter(own).count();
    assert_eq!(count, acknowledged.len(), "a save is there twice");
    // Each file holds what its one writer saved last.
    for writer in 0..WRITERS {
        let path = format!("{branch}:prompts/w{writer}.prompt");
        let held = git(&last, &["show", &path]).await.must();
        assert_eq!(held, (SAVES - 1).to_string());
    }
}
