//! Controlled variation through the house: saved, listed, released, served.

use serde_json::{Map, Value, json};
use variorum_app::library::read::{At, Preview, list, preview, prompt};
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::serving::{Audience, ServedText};
use variorum_app::{Error, changes, environments, releases, rollouts};
use variorum_domain::id::ReleaseNumber;
use variorum_domain::prompt::RenderOptions;
use variorum_ports::rows::LibraryFilter;

use crate::restore::{plan, start};
use crate::world::{World, note};

pub(crate) const LIBRARY: &str = "title: Acme\nenvironments: [production]\nchannels: [email]\nbrands: [acme, finch]\nregions: [eu, us]\nkpis: [{id: order}]\n";
pub(crate) const BASE: &str = "---\nmodel: a/small\nconfig: {temperature: 0.4}\ninput:\n  schema:\n    name: string\nvariorum.title: Welcome\nvariorum.open: [config.temperature]\n---\n{{! slot hello: how we greet }}Hello{{! /slot }} {{name}}.\n{{> voice}}\n{{! slot bye }}\nBye.\n{{! /slot }}\n";
const ACME: &str = "{{! slot hello }}Good day{{! /slot }}\n";
const ACME_EU: &str =
    "---\nconfig: {temperature: 0.1}\n---\n{{! slot bye }}\nYours.\n{{! /slot }}\n";
const US: &str = "{{! slot hello }}Howdy{{! /slot }}\n";

pub(crate) const WELCOME: &str = "prompts/email/welcome.prompt";
const OF_ACME: &str = "prompts/email/welcome.acme.prompt";
const OF_ACME_EU: &str = "prompts/email/welcome.acme.eu.prompt";
const OF_US: &str = "prompts/email/welcome.us.prompt";

/// A base with three variations.
pub(crate) async fn library() -> World {
    let world = World::new().await;
    let files = [
        ("library.yaml", LIBRARY),
        ("prompts/partials/_voice.prompt", "Be kind.\n"),
        (WELCOME, BASE),
        (OF_ACME, ACME),
        (OF_ACME_EU, ACME_EU),
        (OF_US, US),
    ];
    world.save("First", &files).await.unwrap();
    world
}

/// What a refused save said: code, path, line.
pub(crate) fn refused<T: std::fmt::Debug>(
    result: Result<T, Error>,
) -> Vec<(&'static str, String, usize)> {
    match result.unwrap_err() {
        Error::Invalid { diagnostics, .. } => diagnostics
            .into_iter()
            .map(|one| (one.code, one.path, one.line))
            .collect(),
        Error::Refused(blockers) => blockers
            .into_iter()
            .map(|one| (one.code, one.path, one.line.unwrap_or_default()))
            .collect(),
        other => unreachable!("a refusal with places, not {other:?}"),
    }
}

async fn problems(world: &World, path: &str) -> Vec<String> {
    let ask = LibraryFilter::default().into();
    let (rows, _) = list(&world.ctx, &world.admin, &ask, None, 50)
        .await
        .unwrap();
    let row = rows.into_iter().find(|row| row.path == path).unwrap();
    let found: Vec<Value> = serde_json::from_str(&row.problems).unwrap();
    let code = |finding: &Value| finding["code"].as_str().unwrap().to_owned();
    found.iter().map(code).collect()
}

async fn live(world: &World) -> ReleaseNumber {
    let release = releases::create(&world.ctx, &world.admin, None, "")
        .await
        .unwrap();
    environments::go_live(&world.ctx, &world.admin, "production", release.number, "go")
        .await
        .unwrap();
    release.number
}

/// The prompt that is served, and what it says.
fn served(world: &World, id: &str, brand: &str, region: &str) -> (String, String, String) {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let audience = Audience { brand, region };
    let answer = index.answer(None, id, None, audience).unwrap();
    let compiled = match &answer.prompt.text {
        ServedText::Template(compiled) => compiled,
        ServedText::Plain(text) => unreachable!("a template, not {text}"),
    };
    let variables: Map<String, Value> = Map::from_iter([("name".to_owned(), json!("Ines"))]);
    let messages = compiled
        .render(&variables, &RenderOptions::default())
        .unwrap();
    let text = messages[0].to_json()["content"].to_string();
    (answer.prompt.id.clone(), text, answer.prompt.config.clone())
}

#[tokio::test]
pub(crate) async fn a_variation_is_read_and_tried_as_what_it_comes_to() {
    let world = library().await;
    for path in [WELCOME, OF_ACME, OF_ACME_EU, OF_US] {
        assert_eq!(problems(&world, path).await, Vec::<String>::new(), "{path}");
    }
    let shown = prompt(
        &world.ctx,
        &world.admin,
        "email/welcome.acme.eu",
        &At::default(),
    )
    .await
    .unwrap();
    let varies = shown.varies.unwrap();
    assert_eq!(varies.base.path, WELCOME);
    assert_eq!(varies.layers, [OF_ACME]);
    assert_eq!(
        (varies.brand.as_deref(), varies.region.as_deref()),
        (Some("acme"), Some("eu"))
    );
    let names: Vec<&str> = shown
        .variables
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["name"], "the base's variables");
    assert_eq!(
        shown.file.source(),
        ACME_EU,
        "the file stays as it was saved"
    );

    let try_it = Preview {
        path: "prompts/email/welcome.finch.prompt".into(),
        source: "{{! slot hello }}Hi{{! /slot }}".into(),
        ..Preview::default()
    };
    let tried = preview(&world.ctx, &world.admin, &try_it).await.unwrap();
    assert!(tried.diagnostics.is_empty(), "{:?}", tried.diagnostics);
    let text = tried.messages[0].to_json().to_string();
    assert!(
        text.contains("Hi ‹name›") && text.contains("Be kind"),
        "{text}"
    );
}

#[tokio::test]
pub(crate) async fn what_the_base_locks_is_refused_with_the_line_at_every_save() {
    let world = library().await;
    let path = "prompts/email/welcome.finch.prompt";
    let rows = [
        ("{{! slot hello }}Hi{{! /slot }}\nMore.\n", "locked-text", 2),
        ("{{! slot helo }}Hi{{! /slot }}", "unknown-slot", 1),
        (
            "---\nmodel: a/large\n---\n{{! slot hello }}Hi{{! /slot }}",
            "locked-field",
            2,
        ),
        (
            "{{! slot hello }}{{nme}}{{! /slot }}",
            "undeclared-variable",
            1,
        ),
    ];
    world.save("Draft", &[("notes.md", "x")]).await.unwrap();
    variorum_app::library::drafts::create(&world.ctx, &world.admin, "campaign/a", None)
        .await
        .unwrap();
    for draft in [None, Some("campaign/a")] {
        for (text, code, line) in rows {
            let saved = world.save_on(draft, "Finch", &[(path, text)]).await;
            assert_eq!(
                refused(saved),
                [(code, path.to_owned(), line)],
                "{draft:?} {code}"
            );
        }
    }
    let fine =
        "---\nvariorum.owner: Ann\nconfig: {temperature: 1}\n---\n{{! slot hello }}Hi{{! /slot }}";
    world.save("Finch", &[(path, fine)]).await.unwrap();
}

#[tokio::test]
pub(crate) async fn a_base_cannot_leave_its_variations_behind_on_main() {
    let world = library().await;
    let renamed = BASE.replace("slot hello", "slot greeting");
    let saved = world.save("Rename a slot", &[(WELCOME, &renamed)]).await;
    let broken = |path: &str| ("broken-contract", path.to_owned(), 1);
    assert_eq!(refused(saved), [broken(OF_ACME), broken(OF_US)]);

    // With its variations in the same version it goes through.
    let files = [
        (WELCOME, renamed.as_str()),
        (OF_ACME, "{{! slot greeting }}Good day{{! /slot }}\n"),
        (OF_US, "{{! slot greeting }}Howdy{{! /slot }}\n"),
    ];
    world.save("Rename it everywhere", &files).await.unwrap();
}

#[tokio::test]
pub(crate) async fn a_change_names_the_variations_a_draft_breaks_until_they_are_mended() {
    let world = library().await;
    variorum_app::library::drafts::create(&world.ctx, &world.admin, "campaign/a", None)
        .await
        .unwrap();
    let draft = Some("campaign/a");
    let renamed = BASE.replace("slot hello", "slot greeting");
    world
        .save_on(draft, "Rename", &[(WELCOME, &renamed)])
        .await
        .unwrap();
    let new = changes::OpenChange {
        draft: "campaign/a".into(),
        title: "Rename the greeting".into(),
        ..changes::OpenChange::default()
    };
    let change = changes::open(&world.ctx, &world.admin, new).await.unwrap();
    let view = changes::get(&world.ctx, &world.admin, change.number)
        .await
        .unwrap();
    let blocked: Vec<(&str, &str)> = view
        .judged
        .blockers
        .iter()
        .map(|one| (one.code, one.path.as_str()))
        .collect();
    assert_eq!(
        blocked,
        [("broken-contract", OF_ACME), ("broken-contract", OF_US)]
    );
    let files = [
        (OF_ACME, "{{! slot greeting }}Good day{{! /slot }}\n"),
        (OF_US, "{{! slot greeting }}Howdy{{! /slot }}\n"),
    ];
    world.save_on(draft, "Follow", &files).await.unwrap();
    let merge = changes::MergeChange {
        number: change.number,
        head: None,
    };
    changes::merge(&world.ctx, &world.admin, &merge)
        .await
        .unwrap();
    assert_eq!(problems(&world, OF_ACME).await, Vec::<String>::new());
}

#[tokio::test]
pub(crate) async fn a_variation_of_a_prompt_that_opens_nothing_is_a_prompt_of_its_own() {
    let world = library().await;
    let files = [
        ("prompts/sms/cart.prompt", "Buy {{what}}.\n"),
        ("prompts/sms/cart.acme.prompt", "Please buy {{what}}.\n"),
        ("prompts/sms/cart.v2.prompt", "Buy it.\n"),
    ];
    world.save("Sms", &files).await.unwrap();
    let found = problems(&world, "prompts/sms/cart.acme.prompt").await;
    assert!(
        found.contains(&"independent-prompt".to_owned()),
        "{found:?}"
    );
    assert!(
        !problems(&world, "prompts/sms/cart.v2.prompt")
            .await
            .contains(&"not-a-variation".to_owned())
    );
    live(&world).await;
    let (id, text, _) = served(&world, "sms/cart", "acme", "");
    assert_eq!(
        id, "sms/cart",
        "nobody is given another contract unasked: {text}"
    );
}

#[tokio::test]
pub(crate) async fn settings_that_drop_a_brand_are_held_against_variations() {
    let world = library().await;
    let without = LIBRARY.replace("[acme, finch]", "[finch]");
    let saved = world
        .save("Drop a brand", &[("library.yaml", &without)])
        .await;
    let unknown = |path: &str| ("unknown-brand-or-region", path.to_owned(), 1);
    assert_eq!(refused(saved), [unknown(OF_ACME_EU), unknown(OF_ACME)]);
}

#[tokio::test]
pub(crate) async fn deleting_a_base_under_its_variations_is_refused() {
    let world = library().await;
    let cmd = SaveVersion {
        note: note("Delete"),
        files: vec![(WELCOME.to_owned(), None)],
        ..SaveVersion::default()
    };
    let deleted = save_version(&world.ctx, &world.admin, cmd).await;
    let codes: Vec<&str> = refused(deleted).into_iter().map(|one| one.0).collect();
    assert_eq!(codes, ["broken-contract"; 3]);
}

#[tokio::test]
pub(crate) async fn the_most_specific_variation_is_served_and_named() {
    let world = library().await;
    live(&world).await;
    let rows = [
        ("", "", "email/welcome", "Hello Ines"),
        ("acme", "", "email/welcome.acme", "Good day Ines"),
        ("acme", "eu", "email/welcome.acme.eu", "Good day Ines"),
        ("acme", "us", "email/welcome.acme", "Good day Ines"),
        ("finch", "us", "email/welcome.us", "Howdy Ines"),
        ("", "us", "email/welcome.us", "Howdy Ines"),
        ("finch", "eu", "email/welcome", "Hello Ines"),
        ("nobody", "nowhere", "email/welcome", "Hello Ines"),
    ];
    for (brand, region, id, begins) in rows {
        let (served_id, text, _) = served(&world, "email/welcome", brand, region);
        assert_eq!(served_id, id, "{brand} {region}");
        assert!(
            text.contains(&format!("\"{begins}.")),
            "{brand} {region}: {text}"
        );
    }
    let (id, text, config) = served(&world, "email/welcome.acme.eu", "finch", "us");
    assert_eq!(id, "email/welcome.acme.eu", "asked for by its id");
    assert!(text.contains("Yours.") && !text.contains("Bye."), "{text}");
    assert_eq!(config, "{\"temperature\":0.1}");
}

#[tokio::test]
pub(crate) async fn a_release_keeps_what_a_variation_came_to() {
    let mut world = library().await;
    let first = live(&world).await;
    let before = served(&world, "email/welcome", "acme", "eu");
    let changed = BASE
        .replace("Bye.", "See you.")
        .replace("}} {{name}}", "}}, {{name}}");
    world.save("Base", &[(WELCOME, &changed)]).await.unwrap();
    let second = live(&world).await;
    let after = served(&world, "email/welcome", "acme", "eu");
    assert_ne!(before, after, "the base reaches its variations");
    let found = releases::changes(&world.ctx, &world.admin, Some(first), second)
        .await
        .unwrap();
    let changed: Vec<&str> = found.iter().map(|one| one.prompt.as_str()).collect();
    let all = [
        "email/welcome",
        "email/welcome.acme",
        "email/welcome.acme.eu",
        "email/welcome.us",
    ];
    assert_eq!(changed, all);

    environments::roll_back(&world.ctx, &world.admin, "production", "back")
        .await
        .unwrap();
    assert_eq!(served(&world, "email/welcome", "acme", "eu"), before);
    let rollout = rollouts::start(&world.ctx, &world.admin, start(second.0, plan(Vec::new())))
        .await
        .unwrap();
    assert_eq!(
        rollout.prompt.as_deref(),
        Some("email/welcome"),
        "the edit was there"
    );
    world.restart().await;
    assert_eq!(served(&world, "email/welcome", "acme", "eu"), before);
}
