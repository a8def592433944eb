//! Push: what is taken, what is refused, and in which words.

use variorum_app::impact::both_graphs;
use variorum_app::work::Work;
use variorum_domain::access::Role;
use variorum_ports::rows::EntryFilter;

use crate::world::{TEXT, WELCOME, World, commit, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_push_makes_versions_as_a_save_does() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    commit(
        &copy,
        WELCOME,
        &TEXT.replace("them", "you"),
        "Greet you\n\nProblem: nobody felt meant",
    )
    .await;
    commit(&copy, "prompts/email/bye.prompt", TEXT, "Add a farewell").await;
    let pushed = git(&copy, &["push"]).await;
    for words in [
        "remote: `main` is saved: 2 commits",
        "remote:   prompts/email/bye.prompt is now version 1",
        "remote:   prompts/email/welcome.prompt is now version 3",
        "remote:   http://prompts.acme.example/library",
    ] {
        assert!(
            pushed.said.contains(words),
            "no `{words}` in {}",
            pushed.said
        );
    }
    pushed.must();
    let head = git(&copy, &["rev-parse", "HEAD"]).await.must();
    assert_eq!(
        world.tip("refs/heads/main").await.unwrap().to_string(),
        head
    );
    let mut tx = world.ctx.store.read().await.unwrap();
    let id = world.admin.workspace;
    let row = tx
        .library_row(id, "prompts/email/bye.prompt")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.version, row.commit.to_string()), (1, head.clone()));
    let versions = tx.path_versions(id, WELCOME, None, 10).await.unwrap();
    let subjects: Vec<&str> = versions
        .iter()
        .map(|v| v.commit.message.lines().next().unwrap())
        .collect();
    assert_eq!(subjects, ["Greet you", "Warmer", "Begin"]);
    let entries = tx
        .entries(id, &EntryFilter::default(), None, 1)
        .await
        .unwrap();
    assert_eq!(entries[0].action, "versions.pushed");
    assert_eq!(entries[0].target, "draft:main");
    assert!(
        entries[0].evidence.contains("\"commits\":2"),
        "{}",
        entries[0].evidence
    );
    drop(tx);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_push_fills_an_empty_library() {
    let world = World::empty().await;
    let place = world.place("new");
    std::fs::create_dir_all(&place).unwrap();
    git(&place, &["init", "--quiet", "--initial-branch=main"])
        .await
        .must();
    commit(&place, "library.yaml", "title: Acme\n", "Begin").await;
    commit(&place, WELCOME, TEXT, "Add the welcome").await;
    git(&place, &["push", "--quiet", &world.url(), "main"])
        .await
        .must();
    let copy = world.copy("copy").await;
    assert_eq!(
        git(&copy, &["rev-list", "--count", "HEAD"]).await.must(),
        "2"
    );
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_made_moved_rewritten_and_deleted() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    git(&copy, &["checkout", "--quiet", "-b", "campaign/winter"])
        .await
        .must();
    commit(&copy, WELCOME, &TEXT.replace("Greet", "Hug"), "Hug them").await;
    let made = git(&copy, &["push", "origin", "campaign/winter"]).await;
    assert!(
        made.said
            .contains("http://prompts.acme.example/drafts/campaign%2Fwinter"),
        "{}",
        made.said
    );
    made.must();
    git(
        &copy,
        &["commit", "--quiet", "--amend", "--message", "Hug them all"],
    )
    .await
    .must();
    git(&copy, &["push", "origin", "campaign/winter"])
        .await
        .must_refuse("non-fast-forward");
    let forced = git(&copy, &["push", "--force", "origin", "campaign/winter"]).await;
    assert!(forced.said.contains("rewritten"), "{}", forced.said);
    forced.must();
    let winter = git(&copy, &["rev-parse", "HEAD"]).await.must();
    assert_eq!(
        world
            .tip("refs/heads/campaign/winter")
            .await
            .unwrap()
            .to_string(),
        winter
    );

    somebody_elses_version_stays(&world, &copy).await;
    git(&copy, &["push", "origin", "--delete", "campaign/winter"])
        .await
        .must();
    assert_eq!(world.tip("refs/heads/campaign/winter").await, None);
    let mut tx = world.ctx.store.read().await.unwrap();
    let entries = tx
        .entries(world.admin.workspace, &EntryFilter::default(), None, 10)
        .await
        .unwrap();
    let actions: Vec<&str> = entries
        .iter()
        .map(|entry| entry.action.as_str())
        .take(4)
        .collect();
    assert_eq!(
        actions,
        [
            "draft.deleted",
            "version.saved",
            "draft.rewritten",
            "draft.created"
        ]
    );
}

/// Where somebody else saved on the draft, not even `--force` throws that away.
async fn somebody_elses_version_stays(world: &World, copy: &std::path::Path) {
    let base = git(copy, &["rev-parse", "HEAD^"]).await.must();
    let mut bob = world.admin.clone();
    (bob.name, bob.email) = ("Bob".into(), "bob@acme.example".into());
    let cmd = variorum_app::library::save::SaveVersion {
        draft: Some("campaign/winter".into()),
        note: variorum_domain::record::Note {
            subject: "By Bob".into(),
            ..Default::default()
        },
        files: vec![(WELCOME.into(), Some(b"Bob\n".to_vec()))],
        ..Default::default()
    };
    variorum_app::library::save::save_version(&world.ctx, &bob, cmd)
        .await
        .unwrap();
    let refspec = format!("+{base}:refs/heads/campaign/winter");
    let refused = git(copy, &["push", "origin", &refspec]).await;
    refused.must_refuse("by Bob would be left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn main_only_moves_forward_and_what_is_read_only_stays() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let before = world.everything().await;
    git(
        &copy,
        &[
            "commit",
            "--quiet",
            "--amend",
            "--message",
            "Another beginning",
        ],
    )
    .await
    .must();
    git(&copy, &["push", "--force", "origin", "main"])
        .await
        .must_refuse("main only moves forward");
    git(&copy, &["push", "origin", "--delete", "main"])
        .await
        .must_refuse("main cannot be deleted");
    for (refspec, words) in [
        ("HEAD:refs/tags/release/7", "release tags are read-only"),
        ("+HEAD:refs/tags/release/1", "release tags are read-only"),
        (":refs/tags/release/1", "release tags are read-only"),
        ("HEAD:refs/notes/outcomes", "notes are read-only"),
        ("HEAD:refs/heads/campaign", "the name is taken"),
        ("HEAD:refs/heads/Campaign/Autumn", "the name is taken"),
        ("HEAD:refs/heads/umlaut-ä", "the name is refused"),
        ("HEAD:refs/pull/1/head", "not a draft"),
    ] {
        git(&copy, &["push", "origin", refspec])
            .await
            .must_refuse(words);
    }
    assert_eq!(world.everything().await, before);
    git(
        &copy,
        &["tag", "--annotate", "--message=x", "seen", "HEAD@{1}"],
    )
    .await
    .must();
    git(&copy, &["push", "origin", "seen"]).await.must();
    git(&copy, &["tag", "--force", "seen", "HEAD@{1}"])
        .await
        .must();
    git(&copy, &["push", "--force", "origin", "seen"])
        .await
        .must_refuse("a tag never moves");
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_late_fetches_merges_and_pushes_again() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let old = git(&copy, &["rev-parse", "HEAD"]).await.must();
    commit(&copy, "prompts/email/bye.prompt", TEXT, "Add a farewell").await;
    let saved = world
        .save(None, "In the browser", &[(WELCOME, "Hello\n")])
        .await
        .unwrap();
    git(&copy, &["push"]).await.must_refuse("fetch first");
    // A client that does not look first is told the same by the server.
    let head = git(&copy, &["rev-parse", "HEAD"]).await.must();
    let before = world.everything().await;
    let said = world
        .push_raw(&[(&old, &head, "refs/heads/main")], &copy)
        .await;
    assert!(
        said.contains("ng refs/heads/main main has moved: fetch, merge, push again"),
        "{said}"
    );
    assert!(said.contains("Nothing of yours is lost"), "{said}");
    assert_eq!(world.everything().await, before);
    git(&copy, &["pull", "--quiet", "--no-edit"]).await.must();
    git(&copy, &["push", "--quiet"]).await.must();
    let listed = git(&copy, &["rev-list", "HEAD"]).await.must();
    assert!(listed.contains(&saved.commit.to_string()) && listed.contains(&head));
    assert_eq!(
        world.tip("refs/heads/main").await.unwrap().to_string(),
        listed.lines().next().unwrap()
    );
    let mut tx = world.ctx.store.read().await.unwrap();
    let row = tx
        .library_row(world.admin.workspace, WELCOME)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        row.commit, saved.commit,
        "a merge makes no new version of what it took over"
    );
    drop(tx);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_refs_go_one_by_one_or_all_together() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    commit(&copy, "prompts/a.prompt", TEXT, "Add a").await;
    let before = world.everything().await;
    let both = [
        "push",
        "--atomic",
        "origin",
        "HEAD:refs/heads/fine",
        "HEAD:refs/tags/release/9",
    ];
    git(&copy, &both).await.must_refuse("atomic");
    assert_eq!(world.everything().await, before);
    let both = [
        "push",
        "origin",
        "HEAD:refs/heads/fine",
        "HEAD:refs/tags/release/9",
    ];
    git(&copy, &both)
        .await
        .must_refuse("release tags are read-only");
    assert!(world.tip("refs/heads/fine").await.is_some());
    let renamed = [
        "push",
        "--atomic",
        "origin",
        ":refs/heads/fine",
        "HEAD:refs/heads/fine/finer",
    ];
    git(&copy, &renamed).await.must();
    assert!(world.tip("refs/heads/fine/finer").await.is_some());
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_allows_what_it_allows_in_the_browser() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    commit(&copy, WELCOME, "Other\n", "Another text").await;
    let before = world.everything().await;
    let viewer = world.url_with(&world.token(Role::Viewer).await);
    git(&copy, &["push", &viewer, "HEAD:refs/heads/mine"])
        .await
        .must_refuse("takes the role `author`");
    let author = world.url_with(&world.token(Role::Author).await);
    git(&copy, &["push", &author, "main"])
        .await
        .must_refuse("takes the role `publisher`");
    git(&copy, &["push", &author, "HEAD:refs/tags/mine"])
        .await
        .must_refuse("takes the role `publisher`");
    let after = world.everything().await;
    assert_eq!(
        (&before.0, before.1, before.2),
        (&after.0, after.1, after.2)
    );
    git(&copy, &["push", "--quiet", &author, "HEAD:refs/heads/mine"])
        .await
        .must();
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_are_not_ones_own_are_refused_a_merge_of_them_is_not() {
    let world = World::with_library().await;
    world
        .save(None, "Add an ad", &[("prompts/ads/one.prompt", TEXT)])
        .await
        .unwrap();
    let mut tx = world.ctx.store.begin(world.admin.workspace).await.unwrap();
    let mut row = tx.actor(world.admin.id).await.unwrap().unwrap();
    row.grants = vec![
        ("viewer".into(), String::new()),
        ("author".into(), "prompts/email".into()),
    ];
    tx.put_actor(&row).await.unwrap();
    tx.commit().await.unwrap();
    world.ctx.auth.clear();
    let copy = world.copy("copy").await;
    git(&copy, &["checkout", "--quiet", "campaign/autumn"])
        .await
        .must();
    commit(&copy, WELCOME, &TEXT.replace("them", "all"), "My own").await;
    git(&copy, &["merge", "--quiet", "--no-edit", "origin/main"])
        .await
        .must();
    git(&copy, &["push", "--quiet", "origin", "campaign/autumn"])
        .await
        .must();
    commit(&copy, "prompts/ads/one.prompt", "Mine now\n", "Not my own").await;
    git(&copy, &["push", "origin", "campaign/autumn"])
        .await
        .must_refuse("`prompts/ads/one.prompt`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_needs_a_subject_and_prompts_are_looked_at() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    std::fs::write(copy.join(WELCOME), TEXT.replace("them", "x")).unwrap();
    git(
        &copy,
        &[
            "commit",
            "--quiet",
            "--all",
            "--allow-empty-message",
            "--message=",
        ],
    )
    .await
    .must();
    git(&copy, &["push"]).await.must_refuse("needs a subject");
    git(
        &copy,
        &["commit", "--quiet", "--amend", "--message", "Say x"],
    )
    .await
    .must();
    git(&copy, &["push", "--quiet"]).await.must();
    commit(
        &copy,
        WELCOME,
        "---\nmodel: m\n---\nHello {{name\n",
        "Break it",
    )
    .await;
    git(&copy, &["push"])
        .await
        .must_refuse("line 4, column 7: this tag is never closed");
    let pushed = git(&copy, &["push", "origin", "main:campaign/broken"]).await;
    assert!(
        pushed.said.contains("these prompts need another look"),
        "{}",
        pushed.said
    );
    assert!(
        pushed.said.contains("prompts/email/welcome.prompt:4:"),
        "{}",
        pushed.said
    );
    assert!(pushed.said.contains("error: "), "{}", pushed.said);
    pushed.must();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shallow_clone_can_push() {
    let world = World::with_library().await;
    for number in 0..3 {
        world
            .save(None, "More", &[(WELCOME, &format!("{number}\n"))])
            .await
            .unwrap();
    }
    let url = world.url();
    git(
        world.folder.path(),
        &["clone", "--quiet", "--depth=1", &url, "shallow"],
    )
    .await
    .must();
    let copy = world.place("shallow");
    commit(&copy, WELCOME, "From a shallow clone\n", "Shallow").await;
    git(&copy, &["push", "--quiet"]).await.must();
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_the_library_bind_a_push_as_they_bind_a_save() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let rules = "refused_subjects: [update]\nrules:\n  - id: all\n    title: Everything\n    \
                 paths: [\"**\"]\n    require: [problem]\n";
    commit(&copy, "rules/change.yaml", rules, "Ask for the problem").await;
    git(&copy, &["push"]).await.must();
    let before = world.tip("refs/heads/main").await;
    commit(&copy, WELCOME, &TEXT.replace("them", "you"), "update").await;
    let refused = git(&copy, &["push"]).await;
    refused.must_refuse("says nothing about what changed");
    refused.must_refuse("asks for it");
    assert_eq!(world.tip("refs/heads/main").await, before, "nothing moved");
    let better = "Greet you\n\nProblem: nobody felt meant";
    git(
        &copy,
        &["commit", "--quiet", "--amend", "--message", better],
    )
    .await
    .must();
    git(&copy, &["push"]).await.must();
    assert_ne!(world.tip("refs/heads/main").await, before);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_what_says_too_little_about_itself_is_refused_on_main_only() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let standard =
        "rules:\n  - paths: [\"prompts/**\"]\n    enforce: refuse\n    require: [owner]\n";
    commit(
        &copy,
        "rules/documentation.yaml",
        standard,
        "Ask for an owner",
    )
    .await;
    git(&copy, &["push"]).await.must();
    let before = world.tip("refs/heads/main").await;
    commit(
        &copy,
        "prompts/email/bye.prompt",
        "Write a farewell.\n",
        "Add a farewell",
    )
    .await;
    let refused = git(&copy, &["push"]).await;
    refused.must_refuse("prompts/email/bye.prompt");
    refused.must_refuse("owner");
    assert_eq!(world.tip("refs/heads/main").await, before, "nothing moved");
    git(
        &copy,
        &["push", "--quiet", "origin", "HEAD:refs/heads/campaign/bye"],
    )
    .await
    .must();
    let whole = "---\nvariorum.owner: ann@acme.example\n---\nWrite a farewell.\n";
    commit(&copy, "prompts/email/bye.prompt", whole, "Name the owner").await;
    git(&copy, &["push"]).await.must();
    assert_ne!(world.tip("refs/heads/main").await, before);
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_together_is_refused_with_its_place_on_main_and_on_drafts() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    let settings = "title: Acme\nbrands: [finch]\n";
    commit(&copy, "library.yaml", settings, "Name a brand").await;
    let base = "{{! slot hi }}Hi{{! /slot }} there.\n";
    commit(&copy, "prompts/hi.prompt", base, "Add a base").await;
    git(&copy, &["push", "--quiet"]).await.must();

    let path = "prompts/hi.finch.prompt";
    commit(
        &copy,
        path,
        "{{! slot hi }}Hey{{! /slot }}\nMore.\n",
        "Vary it",
    )
    .await;
    let flow = "workflows/lead.workflow.yaml";
    let steps = "steps:\n  - id: hi\n    prompt: hello\n";
    commit(&copy, flow, steps, "Add a flow").await;
    for branch in ["main", "campaign/hey"] {
        let pushed = git(
            &copy,
            &["push", "origin", &format!("HEAD:refs/heads/{branch}")],
        )
        .await;
        for words in [
            "`prompts/hi.finch.prompt` line 2, column 1: this stands outside of a slot",
            "`workflows/lead.workflow.yaml` line 3, column 13: there is no prompt `hello`",
            "does not fit together",
        ] {
            assert!(
                pushed.said.contains(words),
                "no `{words}` in {}",
                pushed.said
            );
        }
        assert!(!pushed.success, "{}", pushed.said);
    }
    assert!(world.tip("refs/heads/campaign/hey").await.is_none());

    commit(&copy, path, "{{! slot hi }}Hey{{! /slot }}\n", "Only fill").await;
    commit(&copy, flow, &steps.replace("hello", "hi.finch"), "Run it").await;
    git(&copy, &["push", "--quiet"]).await.must();
    world.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leans_on_what_follows_a_push_and_a_broken_contract_is_refused() {
    let world = World::with_library().await;
    let ctx = &world.ctx;
    let edges = || async {
        let mut work = Work::read(ctx, world.admin.workspace).await.unwrap();
        let [held, anew] = both_graphs(ctx, &mut work).await.unwrap();
        assert_eq!(held, anew);
        held
    };
    let before = edges().await;
    let copy = world.copy("copy").await;
    let rules = "broken_contracts: block\n";
    commit(&copy, "rules/change.yaml", rules, "Hold contracts").await;
    let prompt = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}.\n";
    commit(&copy, "prompts/hello.prompt", prompt, "Add a greeting").await;
    let workflow = "steps:\n  - id: a\n    prompt: hello\n    inputs:\n      name: {value: Ann}\n";
    let launch = "workflows/launch.workflow.yaml";
    commit(&copy, launch, workflow, "Run it").await;
    git(&copy, &["push"]).await.must();
    let after = edges().await;
    assert_eq!(after.len(), before.len() + 1);
    assert!(after.contains(&format!("{launch} runs prompts/hello.prompt")));

    let renamed = prompt.replace("name", "customer");
    commit(&copy, "prompts/hello.prompt", &renamed, "Rename").await;
    let refused = git(&copy, &["push"]).await;
    refused.must_refuse("which `prompts/hello.prompt` no longer has");
    refused.must_refuse("write `customer` there");
    let mended = workflow.replace("name:", "customer:");
    commit(&copy, launch, &mended, "Follow the new name").await;
    git(&copy, &["push"]).await.must();
    assert_eq!(edges().await, after);
}
