//! What a changed partial means for those that include it.

use crate::world::World;
use variorum_app::library::read::{At, Preview, list, preview, prompt};
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::{releases, setup};
use variorum_ports::rows::{EdgeKind, LibraryFilter};

const WELCOME: &str = "prompts/email/welcome.prompt";
const ADS: &str = "prompts/ads/search.prompt";
const RULES: &str = "prompts/partials/_house-rules.prompt";
const VOICE: &str = "prompts/partials/_voice.prompt";

/// Each prompt or partial with the codes of its problems.
async fn problems(world: &World) -> Vec<(String, Vec<String>, i64)> {
    let filter = LibraryFilter::default();
    let (rows, _) = list(&world.ctx, &world.admin, &filter.clone().into(), None, 50)
        .await
        .unwrap();
    let codes = |problems: &str| {
        let found: Vec<serde_json::Value> = serde_json::from_str(problems).unwrap();
        let code = |finding: &serde_json::Value| finding["code"].as_str().unwrap().to_owned();
        found.iter().map(code).collect()
    };
    rows.into_iter()
        .map(|row| (row.path, codes(&row.problems), row.errors))
        .collect()
}

async fn errors(world: &World, path: &str) -> i64 {
    let found = problems(world).await;
    found.into_iter().find(|row| row.0 == path).unwrap().2
}

/// A prompt that includes a partial, which includes another.
async fn library() -> World {
    let world = World::new().await;
    let files = [
        (WELCOME, "Hello.\n{{> house-rules}}\n"),
        (ADS, "Buy.\n"),
        (RULES, "Be kind.\n{{> voice}}\n"),
        (VOICE, "Be brief.\n"),
        // What is broken shall be told here, not refused.
        ("rules/change.yaml", "broken_contracts: warn\n"),
    ];
    world.save("First", &files).await.unwrap();
    world
}

async fn remove(world: &World, path: &str) {
    let cmd = SaveVersion {
        note: crate::world::note("Remove"),
        files: vec![(path.to_owned(), None)],
        // The gate would not let go of what others still include.
        told: true,
        ..SaveVersion::default()
    };
    save_version(&world.ctx, &world.admin, cmd).await.unwrap();
}

async fn users_of(world: &World, name: &str) -> Vec<String> {
    let filter = LibraryFilter {
        refers_to: Some((EdgeKind::Includes, name.to_owned())),
        ..LibraryFilter::default()
    };
    let (rows, total) = list(&world.ctx, &world.admin, &filter.clone().into(), None, 50)
        .await
        .unwrap();
    assert_eq!(usize::try_from(total).unwrap(), rows.len());
    rows.into_iter().map(|row| row.path).collect()
}

#[tokio::test]
pub(crate) async fn a_broken_partial_is_counted_in_all_that_include_it_and_gone_when_it_is_mended()
{
    let world = library().await;
    assert!(problems(&world).await.iter().all(|row| row.1.is_empty()));
    world
        .save("Break", &[(VOICE, "Be {{#if brief}}brief.\n")])
        .await
        .unwrap();
    for path in [WELCOME, RULES, VOICE] {
        assert_eq!(errors(&world, path).await, 1, "{path}");
    }
    assert_eq!(errors(&world, ADS).await, 0);
    world.save("Mend", &[(VOICE, "Be short.\n")]).await.unwrap();
    assert!(problems(&world).await.iter().all(|row| row.1.is_empty()));
}

#[tokio::test]
pub(crate) async fn a_partial_that_goes_and_comes_back_is_noticed_by_those_that_include_it() {
    let world = library().await;
    remove(&world, VOICE).await;
    let found = problems(&world).await;
    let codes = |path: &str| &found.iter().find(|row| row.0 == path).unwrap().1;
    assert_eq!(codes(RULES), &["unknown-partial"]);
    assert_eq!(codes(WELCOME), &["unknown-partial"]);
    world.save("Back", &[(VOICE, "Be brief.\n")]).await.unwrap();
    assert!(problems(&world).await.iter().all(|row| row.1.is_empty()));
}

#[tokio::test]
pub(crate) async fn circles_of_partials_come_to_an_end() {
    let world = library().await;
    world
        .save("Circle", &[(VOICE, "Be brief.\n{{> house-rules}}\n")])
        .await
        .unwrap();
    assert!(errors(&world, WELCOME).await > 0);
    world.save("Mend", &[(VOICE, "Be brief.\n")]).await.unwrap();
    assert_eq!(errors(&world, WELCOME).await, 0);
}

#[tokio::test]
pub(crate) async fn who_uses_a_partial_follows_every_save() {
    let world = library().await;
    assert_eq!(users_of(&world, "house-rules").await, [WELCOME]);
    assert_eq!(users_of(&world, "voice").await, [RULES]);
    world
        .save("Both", &[(ADS, "Buy, not `house-rules`.\n{{> voice}}\n")])
        .await
        .unwrap();
    assert_eq!(users_of(&world, "voice").await, [ADS, RULES]);
    assert_eq!(users_of(&world, "house-rules").await, [WELCOME]);
    remove(&world, RULES).await;
    assert_eq!(users_of(&world, "voice").await, [ADS]);
    world.save("Plain", &[(ADS, "Buy.\n")]).await.unwrap();
    assert_eq!(users_of(&world, "voice").await, Vec::<String>::new());
}

#[tokio::test]
pub(crate) async fn a_library_of_an_older_program_is_listed_anew_at_the_start_once() {
    let mut world = library().await;
    let state = rusqlite::Connection::open(world.dir.path().join("state.db")).unwrap();
    // What the older program left: no edges, no mark, and problems counted without partials.
    let older = "DELETE FROM library_edges; DELETE FROM settings;
                 UPDATE library SET errors = 7, problems = '[]';";
    state.execute_batch(older).unwrap();
    world.restart().await;
    assert_eq!(users_of(&world, "voice").await, [RULES]);
    assert_eq!(errors(&world, WELCOME).await, 0);
    state.execute("UPDATE library SET errors = 7", []).unwrap();
    setup::start(&world.ctx).await.unwrap();
    assert_eq!(errors(&world, WELCOME).await, 7, "only once");
}

const OTHER_VOICE: &str = "prompts/ads/_voice.prompt";

#[tokio::test]
pub(crate) async fn two_partials_of_one_name_are_an_error_on_both_and_on_what_includes_them() {
    let world = library().await;
    world
        .save("Second", &[(OTHER_VOICE, "Be loud.\n")])
        .await
        .unwrap();
    let found = problems(&world).await;
    let codes = |path: &str| &found.iter().find(|row| row.0 == path).unwrap().1;
    for path in [VOICE, OTHER_VOICE, RULES, WELCOME] {
        assert_eq!(codes(path), &["duplicate-partial"], "{path}");
    }
    assert!(codes(ADS).is_empty());
    for (path, other) in [(VOICE, OTHER_VOICE), (OTHER_VOICE, VOICE)] {
        let shown = prompt(&world.ctx, &world.admin, path, &At::default())
            .await
            .unwrap();
        let finding = &shown.diagnostics[0];
        assert!(finding.is_error() && finding.path == path, "{finding:?}");
        assert!(finding.message.contains(other), "{finding:?}");
    }
    let release = releases::create(&world.ctx, &world.admin, None, "")
        .await
        .unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&release.manifest).unwrap();
    let why = manifest["left_out"]["email/welcome"].as_str().unwrap();
    assert!(why.contains(VOICE) && why.contains(OTHER_VOICE), "{why}");
    assert!(manifest["prompts"]["ads/search"].is_object());

    remove(&world, OTHER_VOICE).await;
    assert!(problems(&world).await.iter().all(|row| row.1.is_empty()));
}

#[tokio::test]
pub(crate) async fn a_name_that_is_taken_is_told_before_it_is_saved() {
    let world = library().await;
    let try_it = Preview {
        path: OTHER_VOICE.to_owned(),
        source: "Be loud.\n".to_owned(),
        ..Preview::default()
    };
    let found = preview(&world.ctx, &world.admin, &try_it).await.unwrap();
    assert_eq!(found.diagnostics[0].code, "duplicate-partial");
    let same = Preview {
        path: VOICE.to_owned(),
        ..try_it
    };
    let found = preview(&world.ctx, &world.admin, &same).await.unwrap();
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
}

#[tokio::test]
pub(crate) async fn a_variation_that_gets_a_text_of_its_own_no_longer_varies_its_base() {
    let world = World::new().await;
    let finch = "prompts/email/welcome.finch.prompt";
    let library = "title: Acme\nbrands: {finch: Finch}\n";
    let head = "---\nvariorum.title: Finch\n---\n";
    let files = [
        ("library.yaml", library),
        (WELCOME, "Hello.\n"),
        (finch, head),
    ];
    world.save("First", &files).await.unwrap();
    assert_eq!(varying(&world).await, [finch]);
    let text = format!("{head}A text of its own.\n");
    world.save("Write", &[(finch, &text)]).await.unwrap();
    assert_eq!(varying(&world).await, Vec::<String>::new());
    world.save("Leave", &[(finch, head)]).await.unwrap();
    assert_eq!(varying(&world).await, [finch]);
}

/// The files that vary the welcome, as the listing knows them.
async fn varying(world: &World) -> Vec<String> {
    let mut tx = world.ctx.store.read().await.unwrap();
    let to_refs = [WELCOME.to_owned()];
    let edges = tx
        .edges_to(world.admin.workspace, EdgeKind::Varies, &to_refs)
        .await
        .unwrap();
    edges.into_iter().map(|edge| edge.from_path).collect()
}
