//! Whose versions may be left behind, and that rights are asked before rules.

use variorum_app::members;
use variorum_domain::access::Role;
use variorum_domain::policy::POLICY_FILE;

use crate::signed::person;
use crate::world::{TEXT, WELCOME, World, commit, git};

const DRAFT: &str = "campaign/winter";

#[tokio::test(flavor = "multi_thread")]
async fn versions_belong_to_who_pushed_them_whatever_names_they_hold() {
    let world = World::with_library().await;
    let (bob, token) = person(&world, "Bob Ray", "bob@acme.example", Role::Author).await;
    let theirs = world.url_with(&token);
    let copy = world.copy("copy").await;
    let base = git(&copy, &["rev-parse", "HEAD"]).await.must();
    git(&copy, &["switch", "--quiet", "-c", DRAFT]).await.must();
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Hug"), "Hug them").await;
    let back = format!("+{base}:refs/heads/{DRAFT}");

    // Bob pushes what names Ann as its author, and Ann may not throw it away.
    git(&copy, &["push", "--quiet", &theirs, DRAFT])
        .await
        .must();
    let refused = git(&copy, &["push", "origin", &back]).await;
    refused.must_refuse("would be left behind");
    refused.must_refuse("pushed by Bob Ray");
    // Bob, who brought it in, may.
    git(&copy, &["push", "--quiet", &theirs, &back])
        .await
        .must();

    // What Ann pushes is hers, though it names Bob.
    let author = format!("{} <{}>", bob.name, bob.email);
    git(
        &copy,
        &[
            "commit",
            "--quiet",
            "--amend",
            "--no-edit",
            "--author",
            &author,
        ],
    )
    .await
    .must();
    git(&copy, &["push", "--quiet", "origin", DRAFT])
        .await
        .must();
    git(&copy, &["push", &theirs, &back])
        .await
        .must_refuse("pushed by Ann Lee");
    git(&copy, &["push", "--quiet", "origin", &back])
        .await
        .must();
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_the_rules_of_paths_they_may_not_write() {
    let world = World::with_library().await;
    let rules = "rules:\n  - {id: mail, title: The secret of our e-mails, paths: [\"prompts/email/**\"], require: [problem]}\n";
    world
        .save(None, "Ask for the problem", &[(POLICY_FILE, rules)])
        .await
        .unwrap();
    let (bob, token) = person(&world, "Bob Ray", "bob@acme.example", Role::Publisher).await;
    let grants = vec![
        (Role::Viewer, String::new()),
        (Role::Publisher, "prompts/web".to_owned()),
    ];
    members::change(
        &world.ctx,
        &world.admin,
        bob.id,
        Some(grants),
        None,
        "moved",
    )
    .await
    .unwrap();
    let copy = world.copy("copy").await;
    // Ann brings the draft up to date, so that the server has all of it before Bob pushes.
    let merge = ["merge", "--quiet", "--no-edit", "origin/campaign/autumn"];
    git(&copy, &merge).await.must();
    git(
        &copy,
        &["push", "--quiet", "origin", "HEAD:campaign/autumn"],
    )
    .await
    .must();
    let theirs = world.url_with(&token);
    let before = world.everything().await;
    let refused = git(&copy, &["push", &theirs, "HEAD:main"]).await;
    assert!(!refused.said.contains("secret"), "{}", refused.said);
    refused.must_refuse("`Bob Ray` may not publish to the library here");
    assert_eq!(world.everything().await, before);
}
