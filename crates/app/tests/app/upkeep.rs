//! Texts that are alike, and prompts that nobody seems to need.

use variorum_app::library::duplicates::duplicates;
use variorum_app::library::search::Ask;
use variorum_app::library::upkeep::obsolete;
use variorum_app::serving::Audience;
use variorum_app::{asks, environments, releases};
use variorum_domain::id::ReleaseNumber;
use variorum_ports::rows::LibraryFilter;

use crate::world::World;

const TEXT: &str = "Write a short and friendly letter to a customer who left something in the basket and did not come back\n";

#[tokio::test]
async fn copies_and_near_copies_are_grouped() {
    let world = World::new().await;
    let near = TEXT.replace("did not come back", "has not come back yet");
    let files = [
        ("prompts/a.prompt", TEXT),
        ("prompts/b.prompt", near.as_str()),
        ("prompts/c.prompt", TEXT),
        (
            "prompts/d.prompt",
            "Summarise the meeting in five points and say who does what until when, with their names.\n",
        ),
    ];
    world.save("Begin", &files).await.unwrap();
    let found = duplicates(&world.ctx, &world.admin, &Ask::default(), 60, 50, false)
        .await
        .unwrap()
        .groups;
    let paths: Vec<&str> = found[0].files.iter().map(|row| row.path.as_str()).collect();
    assert_eq!((found.len(), found[0].percent), (1, 100));
    assert_eq!(
        paths,
        ["prompts/a.prompt", "prompts/b.prompt", "prompts/c.prompt"]
    );
    let copies = duplicates(&world.ctx, &world.admin, &Ask::default(), 100, 50, false)
        .await
        .unwrap()
        .groups;
    assert_eq!(copies[0].files.len(), 2);
    assert!(
        duplicates(&world.ctx, &world.admin, &Ask::default(), 5, 50, false)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_comparison_is_kept_until_the_library_changes() {
    let world = World::new().await;
    let files = [("prompts/a.prompt", TEXT), ("prompts/b.prompt", TEXT)];
    world.save("Begin", &files).await.unwrap();
    let (ctx, admin, ask) = (&world.ctx, &world.admin, Ask::default());
    let first = duplicates(ctx, admin, &ask, 80, 50, false).await.unwrap();
    assert_eq!((first.groups.len(), first.is_current), (1, true));
    world.clock.advance(60);
    let again = duplicates(ctx, admin, &ask, 80, 50, false).await.unwrap();
    assert_eq!(again.compared_at, first.compared_at, "nothing was compared");

    let other =
        "Name three reasons why the harbour was quiet when the morning ferry came in late\n";
    let changed = [("prompts/b.prompt", other), ("prompts/c.prompt", TEXT)];
    world.save("Change", &changed).await.unwrap();
    let old = duplicates(ctx, admin, &ask, 80, 50, true).await.unwrap();
    assert_eq!(
        (old.compared_at, old.is_current),
        (first.compared_at, false)
    );
    let new = duplicates(ctx, admin, &ask, 80, 50, false).await.unwrap();
    assert!(new.is_current && new.compared_at > first.compared_at);
    let paths: Vec<&str> = new.groups[0]
        .files
        .iter()
        .map(|row| row.path.as_str())
        .collect();
    assert_eq!(paths, ["prompts/a.prompt", "prompts/c.prompt"]);
    let old = duplicates(ctx, admin, &ask, 80, 50, true).await.unwrap();
    assert_eq!(old.compared_at, new.compared_at, "the newest one is kept");
}

#[tokio::test]
async fn what_nobody_needs_is_listed_with_reasons() {
    let world = World::new().await;
    let files = [
        ("library.yaml", "title: Acme\nenvironments: [production]\n"),
        ("prompts/live.prompt", "{{> voice}}\n"),
        ("prompts/_voice.prompt", "Calm.\n"),
    ];
    world.save("Begin", &files).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "one")
        .await
        .unwrap();
    environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        ReleaseNumber(1),
        "go",
    )
    .await
    .unwrap();
    let files = [
        ("prompts/idle.prompt", "Nobody asks.\n"),
        ("prompts/run.prompt", "A step.\n"),
        ("prompts/_unused.prompt", "Nobody includes it.\n"),
        (
            "workflows/w.workflow.yaml",
            "steps:\n  - id: one\n    prompt: run\n",
        ),
    ];
    world.save("More", &files).await.unwrap();
    let listed = async |days, after| {
        let found = obsolete(&world.ctx, &world.admin, &Ask::default(), days, after, 50)
            .await
            .unwrap();
        found
            .into_iter()
            .filter(|one| one.row.path.ends_with(".prompt"))
            .map(|one| (one.row.id, one.reasons))
            .collect::<Vec<_>>()
    };
    let found = listed(0, None).await;
    let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["_unused", "idle"]);
    assert_eq!(
        found[1].1[0],
        "it is live in no environment, so nobody gets it"
    );
    assert_eq!(listed(0, Some("prompts/_unused.prompt")).await.len(), 1);
    assert!(listed(1, None).await.is_empty());
}

#[tokio::test]
async fn the_last_day_of_asking_is_noted_once_and_keeps_a_prompt_needed() {
    let world = World::new().await;
    let files = [
        ("library.yaml", "title: Acme\nenvironments: [production]\n"),
        ("prompts/asked.prompt", "Somebody asks.\n"),
        ("prompts/quiet.prompt", "Nobody does.\n"),
    ];
    world.save("Begin", &files).await.unwrap();
    let (ctx, admin) = (&world.ctx, &world.admin);
    releases::create(ctx, admin, None, "one").await.unwrap();
    environments::go_live(ctx, admin, "production", ReleaseNumber(1), "go")
        .await
        .unwrap();
    asks::note(ctx).await.unwrap();
    let ask = || {
        let index = ctx.serving.index(admin.workspace).unwrap();
        let found = index.answer(None, "asked", None, Audience::default());
        assert!(found.is_ok());
    };
    let last = async || asks::of_prompt(ctx, admin, "asked").await.unwrap();
    ask();
    assert_eq!(last().await, [], "not in the request itself");
    asks::note(ctx).await.unwrap();
    let first = last().await;
    assert_eq!(
        (first.len(), first[0].environment.as_str()),
        (1, "production")
    );

    let days = |count: i64| count * 86_400;
    world.clock.advance(days(40));
    asks::note(ctx).await.unwrap();
    assert_eq!(last().await, first, "nobody asked in between");
    ask();
    asks::note(ctx).await.unwrap();
    let second = last().await;
    assert!(second[0].day > first[0].day);
    world.clock.advance(days(60));
    let ids = async |count: i64| -> Vec<String> {
        let prompts = LibraryFilter {
            kinds: vec!["prompt".to_owned()],
            ..LibraryFilter::default()
        };
        let found = obsolete(ctx, admin, &prompts.into(), count, None, 50).await;
        found.unwrap().into_iter().map(|one| one.row.id).collect()
    };
    assert_eq!(ids(90).await, ["quiet"], "live, but asked for by nobody");
    assert_eq!(ids(50).await, ["asked", "quiet"]);
    assert_eq!(ids(101).await, Vec::<String>::new());
}
