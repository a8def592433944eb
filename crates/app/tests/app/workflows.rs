//! Workflows through the house: saved, checked with what they run, listed, released.

use serde_json::Value;
use variorum_app::library::read::list;
use variorum_app::library::{drafts, read};
use variorum_app::releases;
use variorum_app::transfer::import;
use variorum_ports::rows::LibraryFilter;

use crate::variations::refused;
use crate::world::World;

const LIBRARY: &str = "title: Acme\nchannels: [email]\nkpis: [{id: order}]\nbrands: [acme]\n";
pub(crate) const FLOW: &str = "workflows/lead.workflow.yaml";
const SORT: &str = "prompts/sort.prompt";
const SORT_TEXT: &str = "---\ninput:\n  schema:\n    answers: string\noutput:\n  format: json\n  schema:\n    segment(enum): [new, old]\n    score: number\n---\nSort {{answers}}.\n{{> rules}}\n";
const MAIL: &str = "prompts/mail.prompt";
const MAIL_TEXT: &str =
    "---\ninput:\n  schema:\n    segment: string\n---\n{{! slot hi }}Hi{{! /slot }} {{segment}}\n";
pub(crate) const FLOW_TEXT: &str = "title: Lead\ndescription: From lead to mail.\nowner: ann@acme.example\nkpis: [order]\nattributes:\n  answers: string\nsteps:\n  - id: sort\n    prompt: sort\n    inputs:\n      answers: {from: attributes.answers}\n    next: which\n  - id: which\n    decide:\n      - when: {value: steps.sort.output.segment, equals: new}\n        go: mail\n      - otherwise: true\n        go: end\n  - id: mail\n    title: Write\n    channel: email\n    prompt: mail\n    inputs:\n      segment: {from: steps.sort.output.segment}\n    next: end\n";

pub(crate) async fn library() -> World {
    let world = World::new().await;
    let files = [
        ("library.yaml", LIBRARY),
        ("prompts/_rules.prompt", "Be kind.\n"),
        (SORT, SORT_TEXT),
        (MAIL, MAIL_TEXT),
        (FLOW, FLOW_TEXT),
    ];
    world.save("First", &files).await.unwrap();
    world
}

async fn row(world: &World) -> variorum_ports::rows::LibraryRow {
    let filter = LibraryFilter {
        kinds: vec!["workflow".into()],
        ..LibraryFilter::default()
    };
    let (rows, total) = list(&world.ctx, &world.admin, &filter.into(), None, 50)
        .await
        .unwrap();
    assert_eq!(total, 1);
    rows.into_iter().next().unwrap()
}

#[tokio::test]
pub(crate) async fn a_workflow_is_listed_with_what_it_says_of_itself() {
    let world = library().await;
    let row = row(&world).await;
    assert_eq!((row.path.as_str(), row.title.as_str()), (FLOW, "Lead"));
    assert_eq!(row.intent, "From lead to mail.");
    assert_eq!(row.owner, "ann@acme.example");
    assert_eq!(row.channel, "email");
    assert_eq!((row.version, row.errors), (1, 0), "{}", row.problems);
}

#[tokio::test]
pub(crate) async fn what_does_not_fit_is_refused_with_its_place() {
    let world = library().await;
    let rows = [
        (
            FLOW_TEXT.replace("attributes.answers", "attributes.answer"),
            "unknown-attribute",
            11,
        ),
        (
            FLOW_TEXT.replace("output.segment}", "output.score}"),
            "type-mismatch",
            24,
        ),
        (
            FLOW_TEXT.replace("equals: new", "equals: fresh"),
            "unknown-value",
            15,
        ),
        (
            FLOW_TEXT.replace("prompt: mail", "prompt: male"),
            "unknown-prompt",
            22,
        ),
        (
            FLOW_TEXT.replace("channel: email", "channel: mail"),
            "unknown-channel",
            21,
        ),
    ];
    drafts::create(&world.ctx, &world.admin, "campaign/a", None)
        .await
        .unwrap();
    for draft in [None, Some("campaign/a")] {
        for (text, code, line) in &rows {
            let saved = world.save_on(draft, "Break", &[(FLOW, text)]).await;
            assert_eq!(
                refused(saved),
                [(*code, FLOW.to_owned(), *line)],
                "{draft:?}"
            );
        }
    }
    assert_eq!(row(&world).await.version, 1);
}

#[tokio::test]
pub(crate) async fn a_prompt_cannot_change_under_a_workflow_on_main_but_both_can_together() {
    let world = library().await;
    let renamed = MAIL_TEXT.replace("segment", "group");
    let saved = world.save("Rename a variable", &[(MAIL, &renamed)]).await;
    let codes: Vec<&str> = refused(saved).into_iter().map(|one| one.0).collect();
    assert_eq!(codes, ["broken-contract"; 2]);
    let dropped = SORT_TEXT.replace("    segment(enum): [new, old]\n", "");
    let saved = world.save("Drop an output", &[(SORT, &dropped)]).await;
    let codes: Vec<&str> = refused(saved).into_iter().map(|one| one.0).collect();
    assert_eq!(codes, ["broken-contract"; 2]);

    let follows = FLOW_TEXT.replace("      segment: {from", "      group: {from");
    world
        .save("Both", &[(MAIL, &renamed), (FLOW, &follows)])
        .await
        .unwrap();
    assert_eq!(row(&world).await.errors, 0);
}

#[tokio::test]
pub(crate) async fn a_broken_partial_reaches_the_workflow_by_its_prompt() {
    let world = library().await;
    let saved = world
        .save("Break", &[("prompts/_rules.prompt", "{{#if a}}")])
        .await;
    assert_eq!(refused(saved), [("unusable-prompt", FLOW.to_owned(), 9)]);
}

#[tokio::test]
pub(crate) async fn what_was_broken_before_stands_in_nobodys_way() {
    let world = library().await;
    // Told as a story of the past, which no gate holds up.
    let cmd = variorum_app::library::save::SaveVersion {
        note: crate::world::note("Old times"),
        files: vec![
            (MAIL.to_owned(), Some(b"Hi {{segment}}".to_vec())),
            (
                FLOW.to_owned(),
                Some(
                    FLOW_TEXT
                        .replace("prompt: sort", "prompt: sorted")
                        .into_bytes(),
                ),
            ),
        ],
        told: true,
        ..Default::default()
    };
    variorum_app::library::save::save_version(&world.ctx, &world.admin, cmd)
        .await
        .unwrap();
    assert!(row(&world).await.errors > 0);
    world
        .save("Mail", &[(MAIL, "Hello {{segment}}")])
        .await
        .unwrap();
    world.save("Mend", &[(FLOW, FLOW_TEXT)]).await.unwrap();
    assert_eq!(row(&world).await.errors, 0);
}

#[tokio::test]
pub(crate) async fn the_listing_follows_prompts_that_go_on_a_draft_and_are_published() {
    let world = library().await;
    drafts::create(&world.ctx, &world.admin, "campaign/a", None)
        .await
        .unwrap();
    let renamed = MAIL_TEXT.replace("segment", "group");
    world
        .save_on(Some("campaign/a"), "Rename", &[(MAIL, &renamed)])
        .await
        .unwrap();
    let note = crate::world::note("Publish");
    let published = drafts::publish(&world.ctx, &world.admin, "campaign/a", &note, &[]).await;
    assert_eq!(refused(published).len(), 2);
    let follows = FLOW_TEXT.replace("      segment: {from", "      group: {from");
    world
        .save_on(Some("campaign/a"), "Follow", &[(FLOW, &follows)])
        .await
        .unwrap();
    drafts::publish(&world.ctx, &world.admin, "campaign/a", &note, &[])
        .await
        .unwrap();
    assert_eq!(
        (row(&world).await.errors, row(&world).await.version),
        (0, 2)
    );
}

#[tokio::test]
pub(crate) async fn a_release_names_its_workflows() {
    let world = library().await;
    let release = releases::create(&world.ctx, &world.admin, None, "")
        .await
        .unwrap();
    let manifest: Value = serde_json::from_str(&release.manifest).unwrap();
    let blob = row(&world).await.blob.to_string();
    assert_eq!(manifest["workflows"][FLOW], blob);
    let shown = read::path_of(
        &mut variorum_app::work::Work::read(&world.ctx, world.admin.workspace)
            .await
            .unwrap(),
        FLOW,
    )
    .await
    .unwrap();
    assert_eq!(shown, FLOW);
}

#[tokio::test]
async fn an_import_brings_everything_and_lists_what_does_not_fit() {
    let world = World::new().await;
    let broken = FLOW_TEXT.replace("prompt: mail", "prompt: male");
    let files = [
        ("library.yaml", LIBRARY),
        (SORT, SORT_TEXT),
        (MAIL, MAIL_TEXT),
        ("prompts/mail.acme.prompt", "Locked."),
        (FLOW, &broken),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let note = crate::world::note("Import");
    import::folder(&world.ctx, &world.admin, files.into(), &note)
        .await
        .unwrap();
    assert!(row(&world).await.problems.contains("unknown-prompt"));
    let filter = LibraryFilter {
        with_errors: true,
        ..LibraryFilter::default()
    };
    let (rows, _) = list(&world.ctx, &world.admin, &filter.into(), None, 50)
        .await
        .unwrap();
    let wrong: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    // The sorting prompt includes a partial that was not brought along.
    assert_eq!(wrong, ["prompts/mail.acme.prompt", SORT, FLOW]);
}
