//! Mirrors are copies: damaged, lost, stale or two of them, the store decides.

use crate::world::{TEXT, WELCOME, World, commit, git};

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_over_one_store_show_each_others_pushes() {
    let mut world = World::with_library().await;
    let second = world.second_server().await;
    let copy = world.copy("copy").await;
    let other_url = world.url().replace(&world.address, &second);
    git(
        world.folder.path(),
        &["clone", "--quiet", &other_url, "other"],
    )
    .await
    .must();
    let other = world.place("other");
    for round in 0..3 {
        commit(
            &copy,
            WELCOME,
            &TEXT.replace("them", &format!("one {round}")),
            "From one",
        )
        .await;
        git(&copy, &["push", "--quiet"]).await.must();
        git(&other, &["pull", "--quiet"]).await.must();
        commit(
            &other,
            WELCOME,
            &TEXT.replace("them", &format!("two {round}")),
            "From two",
        )
        .await;
        git(&other, &["push", "--quiet"]).await.must();
        git(&copy, &["pull", "--quiet"]).await.must();
    }
    let (one, two) = (
        git(&copy, &["rev-parse", "HEAD"]).await.must(),
        git(&other, &["rev-parse", "HEAD"]).await.must(),
    );
    assert_eq!(one, two);
    assert_eq!(world.tip("refs/heads/main").await.unwrap().to_string(), one);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_is_lost_or_damaged_comes_back() {
    let mut world = World::with_library().await;
    let first = world.copy("first").await;
    let head = git(&first, &["rev-parse", "HEAD"]).await.must();
    let mirror = std::fs::read_dir(world.folder.path().join("git"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "git"))
        .unwrap();
    std::fs::remove_dir_all(&mirror).unwrap();
    let copy = world.copy("after-loss").await;
    assert_eq!(git(&copy, &["rev-parse", "HEAD"]).await.must(), head);

    // Its objects are gone, and it says it is up to date.
    std::fs::remove_dir_all(mirror.join("objects")).unwrap();
    std::fs::create_dir_all(mirror.join("objects/pack")).unwrap();
    let place = world.place("damaged").display().to_string();
    let url = world.url();
    let broken = git(world.folder.path(), &["clone", "--quiet", &url, &place]).await;
    assert!(!broken.success, "an empty mirror gave a clone");
    let copy = world.copy("after-damage").await;
    assert_eq!(git(&copy, &["rev-parse", "HEAD"]).await.must(), head);

    // Half written by a program that was killed: no state, odd files.
    std::fs::remove_file(mirror.join("variorum.json")).unwrap();
    std::fs::write(mirror.join("packed-refs"), "rubbish").unwrap();
    let second = world.second_server().await;
    std::fs::rename(
        &mirror,
        world
            .folder
            .path()
            .join("git-2")
            .join(mirror.file_name().unwrap()),
    )
    .or_else(|_| {
        std::fs::create_dir_all(world.folder.path().join("git-2"))?;
        std::fs::rename(
            &mirror,
            world
                .folder
                .path()
                .join("git-2")
                .join(mirror.file_name().unwrap()),
        )
    })
    .unwrap();
    let url = world.url().replace(&world.address, &second);
    git(
        world.folder.path(),
        &["clone", "--quiet", &url, "after-crash"],
    )
    .await
    .must();
    let copy = world.place("after-crash");
    assert_eq!(git(&copy, &["rev-parse", "HEAD"]).await.must(), head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_another_past_is_made_anew() {
    let world = World::with_library().await;
    world.copy("before").await;
    let mut tx = world.ctx.store.begin(world.admin.workspace).await.unwrap();
    tx.clear_workspace(world.admin.workspace).await.unwrap();
    tx.commit().await.unwrap();
    variorum_app::setup::forget(&world.ctx, world.admin.workspace);
    let saved = world
        .save(None, "Begin again", &[(WELCOME, "New\n")])
        .await
        .unwrap();
    let copy = world.copy("after").await;
    assert_eq!(
        git(&copy, &["rev-parse", "HEAD"]).await.must(),
        saved.commit.to_string()
    );
    assert_eq!(
        git(&copy, &["rev-list", "--count", "--all"]).await.must(),
        "1"
    );
    git(&copy, &["fsck", "--strict"]).await.must();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_heals() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    commit(&copy, WELCOME, &TEXT.replace("them", "you"), "Greet you").await;
    let new = git(&copy, &["rev-parse", "HEAD"]).await.must();
    let old = git(&copy, &["rev-parse", "HEAD^"]).await.must();
    git(&copy, &["push", "--quiet"]).await.must();
    // The client never learnt of it: its own record says the old commit.
    git(&copy, &["update-ref", "refs/remotes/origin/main", &old])
        .await
        .must();
    let again = git(&copy, &["push"]).await;
    assert!(
        again.said.contains("Everything up-to-date"),
        "{}",
        again.said
    );
    git(&copy, &["fetch", "--quiet"]).await.must();
    assert_eq!(git(&copy, &["rev-parse", "origin/main"]).await.must(), new);
}
