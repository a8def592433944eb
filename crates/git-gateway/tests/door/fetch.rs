//! Clone, fetch, and who is let in.

use variorum_domain::access::Role;

use crate::world::{TEXT, WELCOME, World, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_holds_what_the_store_holds_in_both_versions_of_the_protocol() {
    let world = World::with_library().await;
    let (refs, ..) = world.everything().await;
    for version in ["0", "1", "2"] {
        let place = world.place(&format!("mirror-{version}"));
        let protocol = format!("protocol.version={version}");
        let (url, to) = (world.url(), place.display().to_string());
        let words = ["-c", &protocol, "clone", "--quiet", "--mirror", &url, &to];
        git(world.folder.path(), &words).await.must();
        let format = "--format=%(objectname) %(refname)";
        let listed = git(&place, &["for-each-ref", format]).await.must();
        let expected: Vec<String> = refs
            .iter()
            .map(|(name, oid)| format!("{oid} {name}"))
            .collect();
        assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
        git(&place, &["fsck", "--strict", "--full"]).await.must();
        assert_eq!(
            git(&place, &["symbolic-ref", "HEAD"]).await.must(),
            "refs/heads/main"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shallow_and_partial_clones_fetch_the_rest_later() {
    let world = World::with_library().await;
    for number in 0..5 {
        let text = TEXT.replace("them", &format!("them {number}"));
        world
            .save(None, "Again", &[(WELCOME, &text)])
            .await
            .unwrap();
    }
    let (url, base) = (world.url(), world.folder.path());
    git(base, &["clone", "--quiet", "--depth=2", &url, "shallow"])
        .await
        .must();
    let shallow = world.place("shallow");
    assert_eq!(
        git(&shallow, &["rev-list", "--count", "HEAD"]).await.must(),
        "2"
    );
    git(&shallow, &["fetch", "--quiet", "--unshallow"])
        .await
        .must();
    assert_eq!(
        git(&shallow, &["rev-list", "--count", "HEAD"]).await.must(),
        "6"
    );
    for version in ["0", "2"] {
        let name = format!("partial-{version}");
        let protocol = format!("protocol.version={version}");
        let words = [
            "-c",
            &protocol,
            "clone",
            "--quiet",
            "--no-checkout",
            "--filter=blob:none",
            &url,
            &name,
        ];
        git(base, &words).await.must();
        let partial = world.place(&name);
        let missing = ["rev-list", "--objects", "--all", "--missing=print"];
        let listed = git(&partial, &missing).await.must();
        assert!(listed.contains("\n?"), "nothing was left out: {listed}");
        let shown = git(
            &partial,
            &["-c", &protocol, "show", &format!("HEAD:{WELCOME}")],
        )
        .await
        .must();
        assert!(shown.ends_with("Greet them 4."), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_in_the_browser_comes_with_the_next_pull() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    for round in 0..3 {
        let text = TEXT.replace("them", &format!("everybody {round}"));
        let saved = world
            .save(None, "In the browser", &[(WELCOME, &text)])
            .await
            .unwrap();
        git(&copy, &["pull", "--quiet"]).await.must();
        assert_eq!(
            git(&copy, &["rev-parse", "HEAD"]).await.must(),
            saved.commit.to_string()
        );
    }
    let many: Vec<(String, String)> = (0..200)
        .map(|number| {
            (
                format!("prompts/p{number}.prompt"),
                format!("Text {number}\n"),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = many.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    world
        .save(None, "More than goes one by one", &files)
        .await
        .unwrap();
    git(&copy, &["pull", "--quiet"]).await.must();
    git(&copy, &["fsck", "--strict"]).await.must();
    assert_eq!(
        std::fs::read_to_string(copy.join("prompts/p7.prompt")).unwrap(),
        "Text 7\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_of_this_library_opens_it() {
    let mut world = World::with_library().await;
    let base = world.folder.path().to_owned();
    let wrong = git(&base, &["clone", &world.url_with("vrm_wrong"), "wrong"]).await;
    wrong.must_refuse("Authentication failed");
    let url = format!("http://{}/git/acme.git", world.address);
    git(&base, &["clone", &url, "nobody"])
        .await
        .must_refuse("terminal prompts disabled");
    let other = world.url().replace("acme.git", "other.git");
    git(&base, &["clone", &other, "other"])
        .await
        .must_refuse("not found");
    let viewer = world.token(Role::Viewer).await;
    git(
        &base,
        &["clone", "--quiet", &world.url_with(&viewer), "viewer"],
    )
    .await
    .must();
    let without = world.server_without_git().await;
    let url = world.url().replace(&world.address, &without);
    let refused = git(&base, &["clone", &url, "without"]).await;
    refused.must_refuse("need `git` on the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_a_sight_of_the_whole_library_may_fetch() {
    let world = World::with_library().await;
    let mut tx = world.ctx.store.begin(world.admin.workspace).await.unwrap();
    let mut row = tx.actor(world.admin.id).await.unwrap().unwrap();
    row.grants = vec![("author".into(), "prompts/email".into())];
    tx.put_actor(&row).await.unwrap();
    tx.commit().await.unwrap();
    world.ctx.auth.clear();
    let refused = git(world.folder.path(), &["clone", &world.url(), "part"]).await;
    refused.must_refuse("viewer");
}
