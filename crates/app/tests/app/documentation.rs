//! The documentation standard at the doors of the library, and the catalogue, against the real store.

use variorum_app::Error;
use variorum_app::catalogue::{self, CatalogueEntry, Link};
use variorum_app::changes::{self, OpenChange};
use variorum_app::library::drafts;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::library::search::Ask;
use variorum_domain::documentation::STANDARD_FILE;
use variorum_domain::policy::POLICY_FILE;
use variorum_domain::record::ChangeRecord;
use variorum_ports::rows::{EdgeKind, LibraryFilter};

use crate::world::{World, note};

const LIBRARY: &str = "title: Acme\ncategories:\n  - {path: prompts/voice/, title: Telephone, owner: hanne@acme.example}\n  - {path: prompts/email/, title: E-mail}\n";
const WHOLE: &str = "---\nvariorum.intent: Greet a caller\nvariorum.outputs: One sentence\nvariorum.benchmarks: [resolved 0.7]\ninput:\n  schema:\n    name: string, first name of the caller\n---\n{{> manner}}\nHello {{name}}\n";
const BARE: &str = "---\nvariorum.intent: Greet a reader\n---\nHello {{name}}\n";
const RULES: &str = "rules:\n  - title: Telephone\n    paths: ['prompts/voice/**']\n    enforce: refuse\n    require: [intent, outputs, owner]\n  - title: Everything else\n    paths: ['prompts/**']\n    enforce: warn\n    minimum: 60\n";
const GREETING: &str = "prompts/voice/greeting.prompt";
const LETTER: &str = "prompts/email/letter.prompt";
const MANNER: &str = "prompts/_manner.prompt";

async fn begun(world: &World) {
    let files = [
        ("library.yaml", LIBRARY),
        (POLICY_FILE, "broken_contracts: warn\n"),
        (GREETING, WHOLE),
        (LETTER, BARE),
        (MANNER, "Calm.\n"),
    ];
    world.save("Begin", &files).await.unwrap();
}

async fn entries(world: &World, ask: Ask) -> Vec<CatalogueEntry> {
    let page = catalogue::page(&world.ctx, &world.admin, &ask, None, 50);
    page.await.unwrap().entries
}

/// Each prompt with its stored score, and what it lacks; what is stored is what is judged.
async fn scores(world: &World) -> Vec<(String, i64, Vec<&'static str>)> {
    let mut found = Vec::new();
    for entry in entries(world, Ask::default()).await {
        let judged = &entry.judged.judgement;
        assert_eq!(
            entry.row.score,
            Some(judged.score.into()),
            "{}",
            entry.row.path
        );
        assert_eq!(entry.row.lacking, judged.lacking(), "{}", entry.row.path);
        let items = judged.items.iter().filter(|one| !one.is_whole());
        let lacking = items.map(|one| one.item.name()).collect();
        found.push((entry.row.id.clone(), judged.score.into(), lacking));
    }
    found
}

fn refused(error: Error) -> Vec<(String, String, Option<usize>)> {
    let Error::Refused(blockers) = error else {
        return vec![(String::new(), error.to_string(), None)];
    };
    let told = blockers.into_iter().map(|one| {
        assert_eq!(one.code, "documentation");
        (one.path, one.message, one.line)
    });
    told.collect()
}

#[tokio::test]
pub(crate) async fn the_catalogue_follows_every_save() {
    let world = World::new().await;
    begun(&world).await;
    let letter =
        |score, lacking: &[&'static str]| ("email/letter".to_owned(), score, lacking.to_vec());
    let greeting =
        |score, lacking: &[&'static str]| ("voice/greeting".to_owned(), score, lacking.to_vec());
    let lacks = ["inputs", "outputs", "benchmarks", "owner"];
    assert_eq!(
        scores(&world).await,
        [letter(35, &lacks), greeting(100, &[])],
        "the category's owner answers for the greeting"
    );

    // A suite that tests it is a benchmark, and stops being one when it goes.
    let suite = "suites/letter.test.yaml";
    let tests = "prompts: [file://../prompts/email/letter.prompt]\ntests: []\n";
    world
        .save("Test the letter", &[(suite, tests)])
        .await
        .unwrap();
    let tested = letter(50, &["inputs", "outputs", "owner"]);
    assert_eq!(scores(&world).await, [tested, greeting(100, &[])]);
    remove(&world, suite).await;
    assert_eq!(scores(&world).await[0], letter(35, &lacks));

    // A shared part that goes is missed by what includes it.
    remove(&world, MANNER).await;
    assert_eq!(scores(&world).await[1], greeting(90, &["dependencies"]));
    world
        .save("Put it back", &[(MANNER, "Calm.\n")])
        .await
        .unwrap();
    assert_eq!(scores(&world).await[1], greeting(100, &[]));

    // The settings and the standard say what counts.
    let owned = LIBRARY.replace("title: E-mail}", "title: E-mail, owner: mara@acme.example}");
    world
        .save("Name an owner", &[("library.yaml", &owned)])
        .await
        .unwrap();
    assert_eq!(
        scores(&world).await[0],
        letter(45, &["inputs", "outputs", "benchmarks"])
    );
    let heavy =
        "weights: {intent: 100, inputs: 0, outputs: 0, benchmarks: 0, dependencies: 0, owner: 0}\n";
    world
        .save("Weigh", &[(STANDARD_FILE, heavy)])
        .await
        .unwrap();
    assert_eq!(
        scores(&world).await[0],
        letter(100, &["inputs", "outputs", "benchmarks"])
    );
    remove(&world, STANDARD_FILE).await;
    assert_eq!(scores(&world).await[0].1, 45);
}

async fn remove(world: &World, path: &str) {
    let cmd = SaveVersion {
        note: note(&format!("Take {path} away")),
        files: vec![(path.to_owned(), None)],
        ..SaveVersion::default()
    };
    save_version(&world.ctx, &world.admin, cmd).await.unwrap();
}

#[tokio::test]
pub(crate) async fn a_variation_says_what_its_base_says() {
    let world = World::new().await;
    let base = WHOLE.replace(
        "Hello",
        "{{! slot hello: the first words }}\nHello\n{{! /slot }}",
    );
    let library = LIBRARY.to_owned() + "regions: [{id: de, title: Germany}]\n";
    let own = "---\nvariorum.title: Germany\n---\n{{! slot hello }}\nHallo\n{{! /slot }}\n";
    let varied = "prompts/voice/greeting.de.prompt";
    let files = [
        ("library.yaml", library.as_str()),
        (GREETING, &base),
        (varied, own),
        (MANNER, "Calm.\n"),
    ];
    world.save("Begin", &files).await.unwrap();
    let found = scores(&world).await;
    let de = ("voice/greeting.de".to_owned(), 100, vec![]);
    assert_eq!(found[0], de, "{found:?}");
    let mute = base.replace("variorum.outputs: One sentence\n", "");
    world.save("Say less", &[(GREETING, &mute)]).await.unwrap();
    let found = scores(&world).await;
    assert_eq!((found[0].1, found[1].1), (80, 80), "{found:?}");

    let all = entries(&world, Ask::default()).await;
    let has = |links: &[Link], kind, path: &str, title: &str| {
        let same =
            |one: &Link| (one.kind, one.path.as_str(), one.title.as_str()) == (kind, path, title);
        assert!(links.iter().any(same), "{path}: {links:?}");
    };
    has(&all[0].uses, EdgeKind::Varies, GREETING, "Greeting");
    has(&all[0].uses, EdgeKind::Includes, MANNER, "Manner");
    has(&all[1].used_by, EdgeKind::Varies, varied, "Germany");
}

#[tokio::test]
pub(crate) async fn categories_and_filters_tell_where_to_begin() {
    let world = World::new().await;
    begun(&world).await;
    let at_a_glance = catalogue::overview(&world.ctx, &world.admin, &Ask::default())
        .await
        .unwrap();
    let told: Vec<(&str, i64, i64, i64)> = at_a_glance
        .categories
        .iter()
        .map(|one| (one.title.as_str(), one.prompts, one.score, one.full))
        .collect();
    assert_eq!(told, [("Telephone", 1, 100, 1), ("E-mail", 1, 35, 0)]);
    assert_eq!(
        (at_a_glance.all.prompts, at_a_glance.all.score),
        (2, 67),
        "rounded down"
    );
    assert_eq!(at_a_glance.all.lacking, [0, 1, 1, 1, 0, 1]);

    let filtered = async |filter: LibraryFilter| {
        let found = entries(&world, Ask::from(filter)).await;
        found.into_iter().map(|one| one.row.id).collect::<Vec<_>>()
    };
    let lacking = LibraryFilter {
        lacking: catalogue::items(&["owner".to_owned()]).unwrap(),
        ..LibraryFilter::default()
    };
    assert_eq!(filtered(lacking).await, ["email/letter"]);
    let below = LibraryFilter {
        score_below: Some(35),
        ..LibraryFilter::default()
    };
    assert!(filtered(below).await.is_empty());
    assert!(matches!(
        catalogue::items(&["owners".to_owned()]),
        Err(Error::Invalid { .. })
    ));
    let page = catalogue::page(&world.ctx, &world.admin, &Ask::default(), None, 1)
        .await
        .unwrap();
    assert_eq!((page.entries.len(), page.total), (1, 2));

    let detail = catalogue::entry(&world.ctx, &world.admin, "voice/greeting")
        .await
        .unwrap();
    assert_eq!(detail.source, WHOLE);
    assert_eq!(detail.changes[0].note.subject, "Begin");
    let part = catalogue::entry(&world.ctx, &world.admin, MANNER).await;
    assert!(matches!(part, Err(Error::NotFound { .. })));
}

#[tokio::test]
pub(crate) async fn what_the_standard_asks_for_is_refused_at_every_door() {
    let world = World::new().await;
    begun(&world).await;
    world.save("Ask", &[(STANDARD_FILE, RULES)]).await.unwrap();

    // A save.
    let mute = WHOLE.replace("variorum.outputs: One sentence\n", "");
    let found = refused(
        world
            .save("Say less", &[(GREETING, &mute)])
            .await
            .unwrap_err(),
    );
    let told = "it is not said what it yields; “Telephone” asks for `outputs`";
    assert_eq!(found, [(GREETING.to_owned(), told.to_owned(), Some(2))]);
    // What is not touched is not judged, and what only warns is saved.
    world.save("Elsewhere", &[(LETTER, "Hi\n")]).await.unwrap();
    // A new one under a rule must say it; one that was there must only not get worse.
    let other = "prompts/voice/other.prompt";
    let found = refused(world.save("Add", &[(other, "Hi\n")]).await.unwrap_err());
    assert_eq!(
        found.len(),
        2,
        "intent and outputs; its category has an owner"
    );
    remove(&world, STANDARD_FILE).await;
    world.save("Add", &[(other, "Hi\n")]).await.unwrap();
    world.save("Ask", &[(STANDARD_FILE, RULES)]).await.unwrap();
    world
        .save("Say it otherwise", &[(other, "Hello\n")])
        .await
        .unwrap();
    // Moved as it is, it lacks what it lacked.
    let cmd = SaveVersion {
        note: note("Move"),
        files: vec![
            (other.to_owned(), None),
            (
                "prompts/voice/moved.prompt".to_owned(),
                Some(b"Hello\n".to_vec()),
            ),
        ],
        ..SaveVersion::default()
    };
    save_version(&world.ctx, &world.admin, cmd).await.unwrap();
}

#[tokio::test]
pub(crate) async fn a_draft_tells_what_it_lacks_and_is_not_published() {
    let world = World::new().await;
    begun(&world).await;
    world.save("Ask", &[(STANDARD_FILE, RULES)]).await.unwrap();
    let mute = WHOLE.replace("variorum.outputs: One sentence\n", "");
    let draft = "campaign/autumn";
    drafts::create(&world.ctx, &world.admin, draft, None)
        .await
        .unwrap();
    let shorter = [(GREETING, mute.as_str()), (LETTER, "Hey\n")];
    world
        .save_on(Some(draft), "Say less", &shorter)
        .await
        .unwrap();
    let published = drafts::publish(&world.ctx, &world.admin, draft, &note("Publish"), &[]).await;
    assert_eq!(refused(published.unwrap_err()).len(), 1);
    let cmd = OpenChange {
        draft: draft.to_owned(),
        title: "Autumn texts".to_owned(),
        record: ChangeRecord::default(),
        ..OpenChange::default()
    };
    let change = changes::open(&world.ctx, &world.admin, cmd).await.unwrap();
    let view = changes::get(&world.ctx, &world.admin, change.number)
        .await
        .unwrap();
    let blocked: Vec<(&str, &str)> = view
        .judged
        .blockers
        .iter()
        .map(|one| (one.code, one.path.as_str()))
        .collect();
    assert_eq!(blocked, [("documentation", GREETING)]);
    let warned: Vec<&str> = view
        .judged
        .findings
        .iter()
        .filter(|one| one.code == "documentation")
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(
        warned,
        [
            "its documentation scores 30 of 100; “Everything else” asks for 60; state what is missing in its front matter"
        ]
    );
    // Once it says it, nothing is in the way.
    world
        .save_on(Some(draft), "Say it", &[(GREETING, WHOLE)])
        .await
        .unwrap();
    let view = changes::get(&world.ctx, &world.admin, change.number)
        .await
        .unwrap();
    assert_eq!(view.judged.blockers, []);
}

#[tokio::test]
pub(crate) async fn a_standard_that_cannot_be_read_is_refused_with_its_place() {
    let world = World::new().await;
    begun(&world).await;
    let bad = "weights:\n  intend: 5\n";
    match world.save("Ask", &[(STANDARD_FILE, bad)]).await {
        Err(Error::Invalid { diagnostics, .. }) => {
            let first = &diagnostics[0];
            assert_eq!((first.path.as_str(), first.line), (STANDARD_FILE, 2));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
pub(crate) async fn a_listing_of_an_older_program_is_scored_at_the_start() {
    let mut world = World::new().await;
    begun(&world).await;
    let before = scores(&world).await;
    let workspace = world.admin.workspace;
    let mut tx = world.ctx.store.begin(workspace).await.unwrap();
    let mut rows = tx
        .library_rows(workspace, &[LETTER.to_owned()])
        .await
        .unwrap();
    rows[0].score = None;
    rows[0].documentation = String::new();
    tx.put_library_rows(workspace, &rows).await.unwrap();
    tx.put_setting(&format!("listing:{workspace}"), "3")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.restart().await;
    assert_eq!(scores(&world).await, before);
}
