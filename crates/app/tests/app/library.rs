//! Saving, drafts, merging and reading, against the real store and the real `git`.

use crate::world::{World, git, note};
use variorum_app::Error;
use variorum_app::library::read::{At, prompt};
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::library::{drafts, history};
use variorum_app::transfer::{export, fsck};

const WELCOME: &str = "prompts/email/welcome.prompt";
const FIRST: &str = "---\nmodel: openai/gpt-5-mini\nconfig: {temperature: 0.4}\ninput:\n  schema:\n    name: string\n---\nOne.\nTwo.\nThree.\nFour.\nHello {{name}}.\n";

#[tokio::test]
pub(crate) async fn a_saved_version_has_a_number_a_history_and_a_comparison() {
    let world = World::new().await;
    let one = world.save("First text", &[(WELCOME, FIRST)]).await.unwrap();
    assert_eq!(one.versions[0].version, Some(1));
    let changed = FIRST
        .replace("Two.", "Two and a half.")
        .replace("0.4", "0.7");
    let two = world.save("Longer", &[(WELCOME, &changed)]).await.unwrap();
    assert_eq!(two.versions[0].version, Some(2));
    let versions = history::versions(&world.ctx, &world.admin, WELCOME, None, 10)
        .await
        .unwrap();
    let numbers: Vec<i64> = versions.iter().map(|version| version.number).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(versions[0].commit.oid, two.commit);
    let compared = history::compare(&world.ctx, &world.admin, WELCOME, 1, 2)
        .await
        .unwrap();
    assert_eq!(compared.fields[0].0, "config.temperature");
    assert!(
        compared
            .words
            .iter()
            .any(|span| span.text.contains("and a half"))
    );
    let shown = prompt(&world.ctx, &world.admin, "email/welcome", &At::default())
        .await
        .unwrap();
    assert_eq!(shown.version.number, 2);
    let newer: String = shown.blamed[0]
        .pieces
        .iter()
        .filter(|piece| piece.version == Some(2))
        .map(|piece| piece.text.as_str())
        .collect();
    assert!(
        newer.contains("and a half") && !newer.contains("Three"),
        "{newer}"
    );
}

#[tokio::test]
pub(crate) async fn ids_are_those_git_computes() {
    let world = World::new().await;
    let saved = world
        .save(
            "First text",
            &[(WELCOME, FIRST), ("library.yaml", "title: A\n")],
        )
        .await;
    let saved = saved.unwrap();
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main", "."]);
    std::fs::create_dir_all(dir.path().join("prompts/email")).unwrap();
    std::fs::write(dir.path().join(WELCOME), FIRST).unwrap();
    std::fs::write(dir.path().join("library.yaml"), "title: A\n").unwrap();
    git(dir.path(), &["add", "."]);
    let tree = git(dir.path(), &["write-tree"]);
    let output = std::process::Command::new("git")
        .current_dir(dir.path())
        .args(["commit-tree", &tree, "-m", "First text"])
        .env("GIT_AUTHOR_NAME", "Ann Lee")
        .env("GIT_AUTHOR_EMAIL", "ann@acme.example")
        .env("GIT_AUTHOR_DATE", "1793491200 +0000")
        .env("GIT_COMMITTER_NAME", "Ann Lee")
        .env("GIT_COMMITTER_EMAIL", "ann@acme.example")
        .env("GIT_COMMITTER_DATE", "1793491200 +0000")
        .output()
        .unwrap();
    let theirs = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    // Ours is signed; without the signature the bytes are those that git writes.
    let mut work = variorum_app::work::Work::read(&world.ctx, world.admin.workspace)
        .await
        .unwrap();
    let signed = work
        .with(|overlay| overlay.get(&saved.commit))
        .await
        .unwrap();
    let (_, plain) = variorum_git::commit::split_signature(&signed.bytes).unwrap();
    let plain = variorum_git::object::Object::new(variorum_git::object::Kind::Commit, plain);
    assert_eq!(plain.id().unwrap().to_string(), theirs);
    assert_eq!(signed.id().unwrap(), saved.commit);
}

#[tokio::test]
pub(crate) async fn two_people_who_change_different_parts_both_win() {
    let world = World::new().await;
    let base = world
        .save("First", &[(WELCOME, FIRST)])
        .await
        .unwrap()
        .commit;
    world
        .save(
            "Mine",
            &[(WELCOME, &FIRST.replace("One.", "First of all."))],
        )
        .await
        .unwrap();
    let theirs = SaveVersion {
        base: Some(base),
        note: note("Theirs"),
        files: vec![(
            WELCOME.into(),
            Some(FIRST.replace("Four.", "At last.").into_bytes()),
        )],
        ..SaveVersion::default()
    };
    let both = save_version(&world.ctx, &world.admin, theirs)
        .await
        .unwrap();
    assert_eq!(both.joined, [WELCOME], "whoever saves second is told");
    let other = "prompts/email/other.prompt";
    let apart = SaveVersion {
        base: Some(base),
        note: note("Elsewhere"),
        files: vec![(other.into(), Some(FIRST.into()))],
        ..SaveVersion::default()
    };
    let apart = save_version(&world.ctx, &world.admin, apart).await.unwrap();
    assert!(apart.joined.is_empty(), "nobody wrote in that file");
    let shown = prompt(&world.ctx, &world.admin, "email/welcome", &At::default())
        .await
        .unwrap();
    assert!(
        shown.file.source().contains("First of all.") && shown.file.source().contains("At last.")
    );
}

#[tokio::test]
pub(crate) async fn two_people_who_change_the_same_part_are_told_and_nothing_is_lost() {
    let world = World::new().await;
    let base = world
        .save("First", &[(WELCOME, FIRST)])
        .await
        .unwrap()
        .commit;
    let mine = FIRST.replace("Two.", "Mine.");
    let saved = world.save("Mine", &[(WELCOME, &mine)]).await.unwrap();
    let theirs = SaveVersion {
        base: Some(base),
        note: note("Theirs"),
        files: vec![(
            WELCOME.into(),
            Some(FIRST.replace("Two.", "Theirs.").into_bytes()),
        )],
        ..SaveVersion::default()
    };
    let error = save_version(&world.ctx, &world.admin, theirs)
        .await
        .unwrap_err();
    let Error::Clash { conflicts, head } = error else {
        panic!("{error}")
    };
    assert_eq!(head, saved.commit);
    let hunk = &conflicts[0].hunks[0];
    assert_eq!(
        (hunk.base.as_str(), hunk.ours.as_str(), hunk.theirs.as_str()),
        ("Two.\n", "Mine.\n", "Theirs.\n")
    );
    let shown = prompt(&world.ctx, &world.admin, "email/welcome", &At::default())
        .await
        .unwrap();
    assert_eq!(shown.file.source(), mine);
}

#[tokio::test]
pub(crate) async fn a_draft_is_published_as_a_merge_and_conflicts_are_decided_by_a_person() {
    let world = World::new().await;
    world.save("First", &[(WELCOME, FIRST)]).await.unwrap();
    drafts::create(&world.ctx, &world.admin, "campaign/autumn", None)
        .await
        .unwrap();
    let theirs = FIRST.replace("Two.", "Autumn.");
    world
        .save_on(Some("campaign/autumn"), "Autumn", &[(WELCOME, &theirs)])
        .await
        .unwrap();
    world
        .save("Main", &[(WELCOME, &FIRST.replace("Two.", "Winter."))])
        .await
        .unwrap();
    let publish = note("Publish autumn");
    let refused = drafts::publish(&world.ctx, &world.admin, "campaign/autumn", &publish, &[]).await;
    assert!(matches!(refused, Err(Error::Clash { .. })));
    let settled = FIRST.replace("Two.", "Autumn and winter.");
    let resolution = [(WELCOME.to_owned(), Some(settled.clone().into_bytes()))];
    let (commit, versions) = drafts::publish(
        &world.ctx,
        &world.admin,
        "campaign/autumn",
        &publish,
        &resolution,
    )
    .await
    .unwrap();
    assert_eq!(
        versions[0].version,
        Some(4),
        "the merge itself decided, so it is a version"
    );
    let (row, _) = history::commit(&world.ctx, &world.admin, commit)
        .await
        .unwrap();
    assert_eq!(row.parents.len(), 2);
    let shown = prompt(&world.ctx, &world.admin, "email/welcome", &At::default())
        .await
        .unwrap();
    assert_eq!(shown.file.source(), settled);
    let list = drafts::list(&world.ctx, &world.admin).await.unwrap();
    assert_eq!((list[0].ahead, list[0].behind), (0, 2));
}

#[tokio::test]
pub(crate) async fn what_is_refused_leaves_nothing() {
    let world = World::new().await;
    world.save("First", &[(WELCOME, FIRST)]).await.unwrap();
    let refusals: [(&str, &[(&str, &str)]); 4] = [
        ("", &[(WELCOME, "x")]),
        ("Same", &[(WELCOME, FIRST)]),
        ("Path", &[("../evil.prompt", "x")]),
        ("Git", &[(".git/config", "x")]),
    ];
    for (subject, files) in refusals {
        assert!(
            matches!(world.save(subject, files).await, Err(Error::Invalid { .. })),
            "{subject}"
        );
    }
    let (_, total) = history::commits(&world.ctx, &world.admin, None, 0, 10)
        .await
        .unwrap();
    assert_eq!(total, 1);
}

#[tokio::test]
pub(crate) async fn an_export_passes_git_fsck_and_fsck_finds_a_changed_object() {
    let world = World::new().await;
    let mut text = FIRST.to_owned();
    for turn in 0..12 {
        text.extend([
            "Line ",
            &turn.to_string(),
            " with some more words to make the file longer.
",
        ]);
        world
            .save(&format!("Turn {turn}"), &[(WELCOME, &text)])
            .await
            .unwrap();
    }
    let exported = export::bundle(&world.ctx, &world.admin).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.bundle"), &exported.bundle).unwrap();
    git(
        dir.path(),
        &["clone", "-q", "--mirror", "a.bundle", "out.git"],
    );
    let repository = dir.path().join("out.git");
    git(&repository, &["fsck", "--strict", "--full"]);
    assert_eq!(git(&repository, &["rev-list", "--count", "main"]), "12");
    let checked = fsck::run(&world.ctx, &world.admin).await.unwrap();
    assert!(
        checked.errors.is_empty() && checked.objects > 24,
        "{checked:?}"
    );
}

#[tokio::test]
pub(crate) async fn names_that_git_cannot_keep_side_by_side_are_refused() {
    let world = World::new().await;
    world.save("First", &[(WELCOME, FIRST)]).await.unwrap();
    drafts::create(&world.ctx, &world.admin, "campaign/autumn", None)
        .await
        .unwrap();
    for name in [
        "campaign",
        "campaign/autumn/late",
        "Campaign/Autumn",
        "HEAD",
        "refs/heads/x",
        "Main",
    ] {
        let refused = drafts::create(&world.ctx, &world.admin, name, None).await;
        assert!(refused.is_err(), "{name}");
    }
}

#[tokio::test]
pub(crate) async fn a_conflict_is_shown_only_to_those_who_may_publish_there() {
    let world = World::new().await;
    world.save("First", &[(WELCOME, FIRST)]).await.unwrap();
    drafts::create(&world.ctx, &world.admin, "campaign/autumn", None)
        .await
        .unwrap();
    let theirs = FIRST.replace("Two.", "Autumn.");
    world
        .save_on(Some("campaign/autumn"), "Autumn", &[(WELCOME, &theirs)])
        .await
        .unwrap();
    world
        .save("Main", &[(WELCOME, &FIRST.replace("Two.", "Winter."))])
        .await
        .unwrap();
    let mut other = world.admin.clone();
    other.grants = vec![variorum_domain::access::Grant {
        role: variorum_domain::access::Role::Publisher,
        prefix: "prompts/web".into(),
    }];
    let refused = drafts::publish(&world.ctx, &other, "campaign/autumn", &note("x"), &[]).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
}

#[tokio::test]
pub(crate) async fn a_token_of_limited_rights_cannot_renew_itself() {
    let world = World::new().await;
    let new = variorum_app::members::NewToken {
        name: "child".into(),
        role: variorum_domain::access::Role::Viewer,
        days: None,
        service: false,
        uses: Vec::new(),
    };
    let mut limited = world.admin.clone();
    limited.ceiling = variorum_domain::access::Role::Viewer;
    let refused = variorum_app::members::create_token(&world.ctx, &limited, new.clone()).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
    variorum_app::members::create_token(&world.ctx, &world.admin, new)
        .await
        .unwrap();
}

/// Fails once filled in: no partial has that name.
const BROKEN: &str = "---\nmodel: acme/small\n---\nHello {{> nobody}}\n";

fn codes(refused: &Result<variorum_app::library::save::Saved, Error>) -> Vec<&'static str> {
    let Err(Error::Invalid { diagnostics, .. }) = refused else {
        panic!("{refused:?}")
    };
    diagnostics.iter().map(|one| one.code).collect()
}

#[tokio::test]
pub(crate) async fn a_prompt_that_cannot_be_released_does_not_reach_main_but_any_draft() {
    let world = World::new().await;
    world.save("First", &[(WELCOME, FIRST)]).await.unwrap();
    let added = world.save("Broken", &[("prompts/b.prompt", BROKEN)]).await;
    assert_eq!(codes(&added), ["unknown-partial"]);
    let changed = world.save("Broken", &[(WELCOME, BROKEN)]).await;
    assert_eq!(codes(&changed), ["unknown-partial"]);
    let draft = "campaign/broken";
    drafts::create(&world.ctx, &world.admin, draft, None)
        .await
        .unwrap();
    world
        .save_on(Some(draft), "Broken", &[(WELCOME, BROKEN)])
        .await
        .unwrap();
    let published =
        drafts::publish(&world.ctx, &world.admin, draft, &note("Bring it in"), &[]).await;
    assert!(matches!(published, Err(Error::Invalid { .. })));
    // Together with what it needs, it fits.
    let nobody = ("prompts/_nobody.prompt", "Nobody.\n");
    world
        .save("Both", &[nobody, ("prompts/b.prompt", BROKEN)])
        .await
        .unwrap();
}

#[tokio::test]
pub(crate) async fn what_is_broken_already_is_mended_step_by_step_and_the_rules_can_let_it_in() {
    let world = World::new().await;
    let policy = "rules/change.yaml";
    let warn = (policy, "broken_contracts: warn\n");
    world.save("Only tell", &[warn]).await.unwrap();
    world
        .save("Broken", &[(WELCOME, BROKEN)])
        .await
        .expect("the rules let it in");
    let block = (policy, "broken_contracts: block\n");
    world.save("Block again", &[block]).await.unwrap();
    let longer = BROKEN.replace("Hello", "Hello, hello");
    world
        .save("The same error", &[(WELCOME, &longer)])
        .await
        .expect("it was there before");
    let worse = world
        .save(
            "Another",
            &[(WELCOME, &longer.replace("}}", "}} {{> none}}"))],
        )
        .await;
    assert_eq!(codes(&worse), ["unknown-partial"], "the new one alone");
}
