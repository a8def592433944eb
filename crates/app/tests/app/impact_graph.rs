//! The graph in memory is the graph built anew, by whichever way `main` has moved.

use proptest::prelude::*;
use variorum_app::changes::{self, MergeChange, OpenChange};
use variorum_app::impact::{Ask, Of, both_graphs, impact};
use variorum_app::library::drafts;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::transfer::{export, import};
use variorum_app::work::Work;
use variorum_app::{Error, setup};

use crate::world::{World, note, shared};

/// What happens to a library.
#[derive(Debug, Clone)]
enum Event {
    /// Files are saved, or deleted where there is no text.
    Save(Vec<(usize, Option<usize>)>),
    /// A draft changes files and is published.
    Publish(Vec<(usize, Option<usize>)>),
    /// A draft changes files and comes in as a change.
    Merge(Vec<(usize, Option<usize>)>),
    /// A save is refused in the middle.
    Refused,
    /// The process stops and another one starts.
    Restart,
    /// Somebody asks, so that the graph is caught up step by step.
    Ask(usize),
}

const FILES: [&str; 9] = [
    "prompts/_voice.prompt",
    "prompts/_frame.prompt",
    "prompts/a.prompt",
    "prompts/b.prompt",
    "prompts/b.de.prompt",
    "workflows/w.workflow.yaml",
    "suites/s.test.yaml",
    "library.yaml",
    "skills/x/SKILL.md",
];

/// A text of a file; each number another one, each with other references.
fn text(file: usize, number: usize) -> String {
    let include = [
        "",
        "{{> voice}}\n",
        "{{> frame}}\n",
        "{{> voice}}\n{{> frame}}\n",
    ][number % 4];
    let kpi = ["click", "order", "visit"][number % 3];
    match file {
        0 => format!("Be brief, {number}.\n"),
        1 => format!("{}Frame {number}.\n", ["", "{{> voice}}\n"][number % 2]),
        4 => format!("{{{{! slot hello }}}}Hallo {number}{{{{! /slot }}}}\n"),
        5 => format!(
            "kpis: [{kpi}]\nsteps:\n  - id: s\n    prompt: {}\n    title: T{number}\n",
            ["a", "b", "skills/x/SKILL"][number % 3]
        ),
        6 => format!(
            "prompts: [{}]\ndescription: {number}\n",
            ["a", "b"][number % 2]
        ),
        7 => format!(
            "title: T{number}\ncategories: [{{path: prompts/, owner: o{}@x.example}}]\n",
            number % 2
        ),
        8 => format!("# Skill {number}\n"),
        _ => format!("---\nvariorum.kpis: [{kpi}]\n---\nText {number}.\n{include}"),
    }
}

fn edits() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    let one = (0..FILES.len(), prop::option::weighted(0.8, 0..24_usize));
    prop::collection::btree_map(0..FILES.len(), one, 1..4).prop_map(|edits| {
        edits
            .into_iter()
            .map(|(file, (_, text))| (file, text))
            .collect()
    })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = prop_oneof![
        4 => edits().prop_map(Event::Save),
        2 => edits().prop_map(Event::Publish),
        2 => edits().prop_map(Event::Merge),
        1 => Just(Event::Refused),
        1 => Just(Event::Restart),
        3 => (0..FILES.len()).prop_map(Event::Ask),
    ];
    prop::collection::vec(one, 1..14)
}

async fn save(world: &World, draft: Option<&str>, edits: &[(usize, Option<usize>)]) -> bool {
    let files = edits.iter().map(|(file, number)| {
        let content = number.map(|number| text(*file, number).into_bytes());
        (FILES[*file].to_owned(), content)
    });
    let cmd = SaveVersion {
        draft: draft.map(str::to_owned),
        note: note("Work"),
        files: files.collect(),
        // The files fit together only by chance; what they refer to is followed all the same.
        told: true,
        ..SaveVersion::default()
    };
    match save_version(&world.ctx, &world.admin, cmd).await {
        Ok(_) => true,
        // Nothing changed, or a file to delete is not there.
        Err(Error::Invalid { .. } | Error::NotFound { .. }) => false,
        Err(other) => unreachable!("{other}"),
    }
}

async fn happen(world: &mut World, event: &Event, turn: usize) {
    let draft = format!("campaign/d{turn}");
    match event {
        Event::Save(edits) => drop(save(world, None, edits).await),
        Event::Publish(edits) | Event::Merge(edits) => {
            drafts::create(&world.ctx, &world.admin, &draft, None)
                .await
                .unwrap();
            if !save(world, Some(&draft), edits).await {
                return;
            }
            let asked = Ask::of(Of::Draft(draft.clone()));
            impact(&world.ctx, &world.admin, &asked).await.unwrap();
            publish(world, event, &draft).await;
        }
        Event::Refused => {
            let cmd = SaveVersion {
                note: note("Work"),
                files: vec![("../outside".into(), Some(Vec::new()))],
                ..SaveVersion::default()
            };
            assert!(save_version(&world.ctx, &world.admin, cmd).await.is_err());
        }
        Event::Restart => world.restart().await,
        Event::Ask(file) => {
            let asked = Ask::of(Of::File(FILES[*file].into()));
            match impact(&world.ctx, &world.admin, &asked).await {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(other) => unreachable!("{other}"),
            }
        }
    }
}

/// Brings a draft in; what breaks something is refused, and nothing moves.
async fn publish(world: &World, event: &Event, draft: &str) {
    let (ctx, admin) = (&world.ctx, &world.admin);
    let done = if matches!(event, Event::Publish(_)) {
        drafts::publish(ctx, admin, draft, &note("Bring in"), &[])
            .await
            .map(drop)
    } else {
        let cmd = OpenChange {
            draft: draft.into(),
            title: "Bring in".into(),
            ..OpenChange::default()
        };
        let change = changes::open(ctx, admin, cmd).await.unwrap();
        let cmd = MergeChange {
            number: change.number,
            head: None,
        };
        changes::merge(ctx, admin, &cmd).await.map(drop)
    };
    match done {
        Ok(()) | Err(Error::Refused(_) | Error::Invalid { .. }) => {}
        Err(other) => unreachable!("{other}"),
    }
}

async fn assert_same(world: &World) -> usize {
    let mut work = Work::read(&world.ctx, world.admin.workspace).await.unwrap();
    let [held, anew] = both_graphs(&world.ctx, &mut work).await.unwrap();
    assert_eq!(held, anew);
    held.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_graph_in_memory_is_the_graph_built_anew(story in events()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            let all: Vec<(usize, Option<usize>)> = (0..FILES.len()).map(|file| (file, Some(1))).collect();
            assert!(save(&world, None, &all).await);
            assert!(assert_same(&world).await > 5);
            for (turn, event) in story.iter().enumerate() {
                happen(&mut world, event, turn).await;
                if turn % 3 == 0 {
                    assert_same(&world).await;
                }
            }
            assert_same(&world).await;
        });
    }
}

#[tokio::test]
async fn a_library_that_is_thrown_away_and_brought_in_again_is_followed() {
    let world = World::new().await;
    let all: Vec<(usize, Option<usize>)> = (0..FILES.len()).map(|file| (file, Some(1))).collect();
    save(&world, None, &all).await;
    let before = assert_same(&world).await;
    let bytes = export::bundle(&world.ctx, &world.admin)
        .await
        .unwrap()
        .bundle;
    let other = World::new().await;
    assert_eq!(assert_same(&other).await, 0);
    import::bundle(&other.ctx, &other.admin, &bytes)
        .await
        .unwrap();
    assert_eq!(assert_same(&other).await, before);
    setup::forget(&other.ctx, other.admin.workspace);
    assert_eq!(assert_same(&other).await, before);
}

#[tokio::test]
async fn a_real_library_has_the_same_graph_both_ways() {
    let world = World::new().await;
    // As it came, before the rules of today.
    let first = variorum_app::library::save::SaveVersion {
        note: crate::world::note("First"),
        files: vec![(
            "prompts/a.prompt".into(),
            Some(b"Hello {{> voice}}.\n".to_vec()),
        )],
        told: true,
        ..Default::default()
    };
    variorum_app::library::save::save_version(&world.ctx, &world.admin, first)
        .await
        .unwrap();
    assert_eq!(assert_same(&world).await, 1);
    let bytes =
        std::fs::read(shared().join("data/history/fabric-patterns_2024-01_to_2024-12.bundle"))
            .unwrap();
    let other = World::new().await;
    import::bundle(&other.ctx, &other.admin, &bytes)
        .await
        .unwrap();
    assert_same(&other).await;
}
