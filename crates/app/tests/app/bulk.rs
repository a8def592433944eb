//! Moving, tagging and archiving many prompts at once.

use serde_json::Map;
use variorum_app::library::bulk::{self, Bulk, BulkAction, Chosen, Destination, Plan, Undo};
use variorum_app::library::history;
use variorum_app::library::read::{At, prompt};
use variorum_app::library::search::Ask;
use variorum_app::serving::{Audience, ServedText};
use variorum_app::work::Work;
use variorum_app::{Error, environments, releases};
use variorum_domain::id::ReleaseNumber;
use variorum_domain::library::MAIN;
use variorum_domain::prompt::RenderOptions;
use variorum_domain::redirect::REDIRECTS_FILE;
use variorum_git::tree::entry_at;
use variorum_ports::rows::LibraryFilter;

use crate::world::{World, note};

const VOICE: &str = "Calm and exact.\n";
const WORKFLOW: &str = "steps:\n  - id: greet\n    prompt: email/a\n";
const SUITE: &str = "prompts: [file://../prompts/email/a.prompt, email/b]\n";

async fn library() -> World {
    let world = World::new().await;
    let a = "---\nmodel: m\n# kept\nvariorum.tags: [old]\n---\n{{> voice}}\nA.\n";
    let files = [
        ("library.yaml", "title: Acme\nenvironments: [production]\n"),
        ("prompts/email/a.prompt", a),
        ("prompts/email/b.prompt", "B.\n"),
        ("prompts/email/deep/c.prompt", "C.\n"),
        ("prompts/_voice.prompt", VOICE),
        ("workflows/w.workflow.yaml", WORKFLOW),
        ("suites/s.test.yaml", SUITE),
    ];
    world.save("Begin", &files).await.unwrap();
    world
}

fn ids(ids: &[&str]) -> Chosen {
    Chosen::Ids(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn bulk(chosen: Chosen, action: BulkAction) -> Bulk {
    Bulk {
        draft: None,
        chosen,
        action,
        note: note("Sort the library"),
    }
}

fn into(folder: &str, below: Option<&str>) -> BulkAction {
    BulkAction::Move(Destination::Folder {
        folder: folder.to_owned(),
        below: below.map(str::to_owned),
    })
}

async fn source(world: &World, path: &str) -> String {
    let at = At::default();
    let found = prompt(&world.ctx, &world.admin, path, &at).await.unwrap();
    found.file.source().to_owned()
}

/// A file of `main`, of whatever kind.
async fn text(world: &World, path: &str) -> String {
    let workspace = world.admin.workspace;
    let mut work = Work::read(&world.ctx, workspace).await.unwrap();
    let head = work.tx.get_ref(workspace, MAIN).await.unwrap().unwrap();
    let tree = work.commit_data(head).await.unwrap().tree;
    let entry = work
        .with(|overlay| entry_at(overlay, tree, path))
        .await
        .unwrap();
    let blob = work.blob(entry.unwrap().oid).await.unwrap();
    String::from_utf8(blob.bytes.to_vec()).unwrap()
}

async fn preview(world: &World, cmd: &Bulk) -> Plan {
    bulk::preview(&world.ctx, &world.admin, cmd)
        .await
        .unwrap()
        .0
}

fn moved(plan: &Plan) -> Vec<(&str, &str)> {
    plan.moved
        .iter()
        .map(|one| (one.from.as_str(), one.to.as_str()))
        .collect()
}

#[tokio::test]
async fn a_move_keeps_history_and_rewrites_what_refers_to_it() {
    let world = library().await;
    let ask = Ask::from(LibraryFilter {
        folder: Some("prompts/email".into()),
        ..LibraryFilter::default()
    });
    let cmd = bulk(
        Chosen::Found(Box::new(ask)),
        into("prompts/mail", Some("prompts/email")),
    );
    let plan = preview(&world, &cmd).await;
    let expected = [
        ("prompts/email/a.prompt", "prompts/mail/a.prompt"),
        ("prompts/email/b.prompt", "prompts/mail/b.prompt"),
        ("prompts/email/deep/c.prompt", "prompts/mail/deep/c.prompt"),
    ];
    assert_eq!(moved(&plan), expected);
    let at = At::default();
    let unmoved = prompt(&world.ctx, &world.admin, "email/a", &at)
        .await
        .unwrap();
    assert_eq!(
        unmoved.path, "prompts/email/a.prompt",
        "a preview writes nothing"
    );
    let done = bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    assert_eq!(done.plan.moved, plan.moved);
    let edited: Vec<&str> = done
        .plan
        .edited
        .iter()
        .map(|one| one.path.as_str())
        .collect();
    assert_eq!(edited, ["suites/s.test.yaml", "workflows/w.workflow.yaml"]);
    assert_eq!(
        text(&world, "workflows/w.workflow.yaml").await,
        WORKFLOW.replace("email/a", "mail/a")
    );
    assert_eq!(
        text(&world, "suites/s.test.yaml").await,
        SUITE.replace("email/", "mail/")
    );
    assert!(text(&world, REDIRECTS_FILE).await.ends_with(
        "redirects:\n  email/a: mail/a\n  email/b: mail/b\n  email/deep/c: mail/deep/c\n"
    ));
    let found = prompt(&world.ctx, &world.admin, "email/a", &At::default())
        .await
        .unwrap();
    assert_eq!(
        found.path, "prompts/mail/a.prompt",
        "an old id finds the new prompt"
    );
    let from = history::moved_from(&world.ctx, &world.admin, "prompts/mail/a.prompt")
        .await
        .unwrap();
    assert_eq!(from, Some(("prompts/email/a.prompt".to_owned(), 1)));
}

#[tokio::test]
async fn a_renamed_partial_is_included_by_its_new_name() {
    let world = library().await;
    let cmd = bulk(
        ids(&["prompts/_voice.prompt"]),
        BulkAction::Move(Destination::Name("prompts/shared/_tone.prompt".into())),
    );
    bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    let a = prompt(&world.ctx, &world.admin, "email/a", &At::default())
        .await
        .unwrap();
    assert!(
        a.file.source().contains("{{> tone}}"),
        "{}",
        a.file.source()
    );
    assert!(
        a.diagnostics.iter().all(|finding| !finding.is_error()),
        "{:?}",
        a.diagnostics
    );
}

#[tokio::test]
async fn callers_of_old_ids_get_the_new_prompt() {
    let world = library().await;
    let cmd = bulk(
        ids(&["email/b"]),
        BulkAction::Move(Destination::Name("mail/b2".into())),
    );
    bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    let cmd = bulk(
        ids(&["mail/b2"]),
        BulkAction::Move(Destination::Name("post/b3".into())),
    );
    bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    let cmd = bulk(
        ids(&["email/deep/c"]),
        BulkAction::Archive {
            instead: Some("post/b3".into()),
        },
    );
    bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    let release = releases::create(&world.ctx, &world.admin, None, "one")
        .await
        .unwrap();
    assert!(
        release.manifest.contains("\"email/b\":\"post/b3\""),
        "{}",
        release.manifest
    );
    assert!(release.manifest.contains("it is archived"));
    environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        ReleaseNumber(1),
        "go",
    )
    .await
    .unwrap();
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    for id in ["post/b3", "mail/b2", "email/b", "email/deep/c"] {
        let answer = index
            .answer(None, id, None, Audience::default())
            .unwrap_or_else(|why| unreachable!("{id}: {why:?}"));
        assert_eq!(answer.prompt.id, "post/b3", "{id}");
        let ServedText::Template(text) = &answer.prompt.text else {
            unreachable!("a template")
        };
        assert_eq!(
            text.render(&Map::new(), &RenderOptions::default())
                .unwrap()
                .len(),
            1
        );
    }
    assert!(
        index
            .answer(None, "none", None, Audience::default())
            .is_err()
    );
}

#[tokio::test]
async fn what_stands_in_the_way_is_named_and_nothing_is_done() {
    let world = library().await;
    let rows: [(Chosen, BulkAction, &str); 6] = [
        (
            ids(&["email/none"]),
            into("prompts/x", None),
            "there is no file `email/none` on this draft",
        ),
        (
            ids(&["library.yaml"]),
            into("prompts/x", None),
            "it is a settings and not a prompt",
        ),
        (
            ids(&["email/a"]),
            BulkAction::Move(Destination::Name("email/b".into())),
            "`prompts/email/b.prompt` is there already",
        ),
        (
            ids(&["email/a"]),
            BulkAction::Move(Destination::Name("../x".into())),
            "invalid",
        ),
        (
            ids(&["email/a"]),
            BulkAction::Archive { instead: None },
            "1 still use it: workflows/w.workflow.yaml",
        ),
        (
            ids(&["prompts/_voice.prompt"]),
            BulkAction::Archive { instead: None },
            "1 still use it: prompts/email/a.prompt",
        ),
    ];
    for (chosen, action, expected) in rows {
        let cmd = bulk(chosen, action);
        let plan = preview(&world, &cmd).await;
        let why = &plan.refused[0].message;
        assert!(why.contains(expected) || expected == "invalid", "{why}");
        let error = bulk::apply(&world.ctx, &world.admin, &cmd)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
    let cmd = bulk(ids(&["email/a"]), into("prompts/email", None));
    let error = bulk::apply(&world.ctx, &world.admin, &cmd)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "nothing would change");
}

#[tokio::test]
async fn tags_change_and_nothing_else_and_can_be_taken_back() {
    let world = library().await;
    let retag = BulkAction::Retag {
        add: vec!["autumn sale".into()],
        remove: vec!["OLD".into()],
    };
    let cmd = bulk(ids(&["email/a", "email/b"]), retag);
    let done = bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    assert_eq!(done.versions.len(), 2);
    assert_eq!(
        source(&world, "email/a").await,
        "---\nmodel: m\n# kept\nvariorum.tags: [autumn sale]\n---\n{{> voice}}\nA.\n"
    );
    assert_eq!(
        source(&world, "email/b").await,
        "---\nvariorum.tags: [autumn sale]\n---\nB.\n"
    );
    world
        .save("Later", &[("prompts/email/deep/c.prompt", "C, later.\n")])
        .await
        .unwrap();
    let undo = Undo {
        draft: None,
        commit: done.commit,
        note: note("Take the tags back"),
    };
    bulk::undo(&world.ctx, &world.admin, &undo).await.unwrap();
    assert_eq!(source(&world, "email/b").await, "B.\n");
    assert_eq!(source(&world, "email/deep/c").await, "C, later.\n");
    let again = bulk::undo(&world.ctx, &world.admin, &undo)
        .await
        .unwrap_err();
    assert_eq!(
        again.to_string(),
        "nothing of that version is left to take back"
    );
}

#[tokio::test]
async fn a_move_is_taken_back_with_its_redirects() {
    let world = library().await;
    let cmd = bulk(ids(&["email/a"]), into("prompts/x", None));
    let done = bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    let undo = Undo {
        draft: None,
        commit: done.commit,
        note: note("Back"),
    };
    bulk::undo(&world.ctx, &world.admin, &undo).await.unwrap();
    let found = prompt(&world.ctx, &world.admin, "email/a", &At::default())
        .await
        .unwrap();
    assert_eq!(found.path, "prompts/email/a.prompt");
    assert!(
        prompt(&world.ctx, &world.admin, "x/a", &At::default())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_rules_bind_a_bulk_action_and_circles_are_refused() {
    let world = library().await;
    let rules = "rules:\n  - paths: [\"prompts/**\"]\n    require: [problem]\n";
    world
        .save("Rules", &[("rules/change.yaml", rules)])
        .await
        .unwrap();
    let mut cmd = bulk(ids(&["email/b"]), into("prompts/x", None));
    let (_, blockers) = bulk::preview(&world.ctx, &world.admin, &cmd).await.unwrap();
    assert!(!blockers.is_empty());
    let refused = bulk::apply(&world.ctx, &world.admin, &cmd)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    cmd.note.record.problem = "nobody finds it".into();
    bulk::apply(&world.ctx, &world.admin, &cmd).await.unwrap();
    let circle = "redirects: {a/x: b/y, b/y: a/x}\n";
    let refused = world
        .save("Circle", &[(REDIRECTS_FILE, circle)])
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("cannot be read"), "{refused}");
}
