//! What a prompt, a draft or a change reaches, what it breaks, and where that stops it.

use variorum_app::changes::{self, OpenChange};
use variorum_app::emergency::{self, PublishHotfix};
use variorum_app::impact::{Ask, Collision, Impact, Of, impact};
use variorum_app::library::drafts;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::{Error, activity, environments, notices, releases, rollouts};
use variorum_domain::access::{Actor, Grant, Role};
use variorum_domain::id::ReleaseNumber;
use variorum_domain::impact::Thing;
use variorum_domain::policy::POLICY_FILE;

use crate::changes::{DRAFT, Team, WELCOME, codes};
use crate::restore::{plan, start};
use crate::world::note;

const SEGMENT: &str = "prompts/ads/segment.prompt";
const SEGMENT_TEXT: &str = "---\ninput:\n  schema:\n    first_name: string\noutput:\n  schema:\n    segment(enum): [gift, office]\n    score: number\nvariorum.channel: ads\nvariorum.kpis: [order]\n---\nSort {{first_name}}.\n{{> voice}}\n";
const VOICE: &str = "prompts/_voice.prompt";
const LAUNCH: &str = "workflows/launch.workflow.yaml";
const LAUNCH_TEXT: &str = "title: Launch\nowner: bob.publisher@acme.example\nattributes:\n  name: string\nsteps:\n  - id: sort\n    prompt: ads/segment\n    inputs:\n      first_name: {from: attributes.name}\n    next: choose\n  - id: choose\n    decide:\n      - when: {value: steps.sort.output.segment, equals: gift}\n        go: end\n      - otherwise: true\n        go: end\n";
const SUITE: &str = "suites/segment.test.yaml";
const SETTINGS: &str = "title: Acme\nenvironments: [production]\nregions: {de: Germany}\nkpis:\n  - {id: order, title: Orders, kind: conversion, direction: up, window_days: 7}\ncategories:\n  - {path: prompts/ads/, title: Advertising, owner: ann.author@acme.example}\n";

/// A team whose library has a partial, a prompt that includes it, a workflow that runs that, and a
/// suite that tests it.
async fn team(rules: &str) -> Team {
    let team = Team::new(rules).await;
    let files = [
        ("library.yaml", SETTINGS),
        (SEGMENT, SEGMENT_TEXT),
        (VOICE, "Be brief.\n"),
        (LAUNCH, LAUNCH_TEXT),
        (SUITE, "prompts: [ads/segment]\n"),
        ("prompts/lonely.prompt", "Alone.\n"),
    ];
    team.world.save("Begin", &files).await.unwrap();
    // The draft that the team comes with knows nothing of these files.
    drafts::delete(team.ctx(), &team.ann, DRAFT, "")
        .await
        .unwrap();
    team
}

async fn of(team: &Team, of: Of) -> Impact {
    impact(team.ctx(), &team.bob, &Ask::of(of)).await.unwrap()
}

fn rows(found: &Impact) -> Vec<(&str, String)> {
    found
        .rows
        .iter()
        .map(|row| (row.node.thing.name(), row.node.name.clone()))
        .collect()
}

async fn draft(team: &Team, name: &str, files: &[(&str, Option<String>)]) {
    let created = drafts::create(team.ctx(), &team.ann, name, None).await;
    assert!(
        matches!(created, Ok(_) | Err(Error::Conflict(_))),
        "{created:?}"
    );
    let cmd = SaveVersion {
        draft: Some(name.into()),
        note: note("Work on it"),
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.clone().map(String::into_bytes)))
            .collect(),
        ..SaveVersion::default()
    };
    save_version(team.ctx(), &team.ann, cmd).await.unwrap();
}

fn renamed() -> String {
    SEGMENT_TEXT.replace("first_name", "firstname")
}

#[tokio::test]
pub(crate) async fn a_partial_reaches_everything_above_it_with_reasons() {
    let team = team("").await;
    let found = of(&team, Of::File("_voice".into())).await;
    assert_eq!((found.of.kind, found.of.id.as_str()), ("partial", VOICE));
    assert_eq!(
        rows(&found),
        [
            ("prompt", "ads/segment".to_owned()),
            ("partial", "_voice".into()),
            ("workflow", "workflows/launch.workflow.yaml".into()),
            ("suite", "suites/segment.test.yaml".into()),
            ("kpi", "order".into()),
            ("channel", "ads".into()),
            ("owner", "ann.author@acme.example".into()),
            ("owner", "bob.publisher@acme.example".into()),
            ("category", "prompts/ads/".into()),
        ]
    );
    let workflow = found.rows.iter().find(|row| row.node.id == LAUNCH).unwrap();
    assert_eq!(
        workflow.reason,
        "`workflows/launch.workflow.yaml` runs `ads/segment`, which includes `_voice`"
    );
    assert_eq!(workflow.why.len(), 3);
    let kpi = found
        .rows
        .iter()
        .find(|row| row.node.id == "kpi:order")
        .unwrap();
    assert_eq!(kpi.node.title, "Orders");
    assert_eq!(found.graphic.left_out, 0);
    assert!(
        found
            .graphic
            .edges
            .iter()
            .any(|(from, to, _)| (from.as_str(), to.as_str()) == (LAUNCH, SEGMENT))
    );
    let lonely = of(&team, Of::File("lonely".into())).await;
    assert_eq!(rows(&lonely), [("prompt", "lonely".to_owned())]);
    let unknown = impact(team.ctx(), &team.bob, &Ask::of(Of::File("nowhere".into()))).await;
    assert!(matches!(
        unknown,
        Err(Error::NotFound { what: "prompt", .. })
    ));
}

#[tokio::test]
pub(crate) async fn the_table_comes_in_pages_and_by_kind() {
    let team = team("").await;
    let mut ask = Ask {
        limit: 2,
        ..Ask::of(Of::File(VOICE.into()))
    };
    let mut all = Vec::new();
    loop {
        let page = impact(team.ctx(), &team.bob, &ask).await.unwrap();
        all.extend(page.rows.iter().map(|row| row.node.id.clone()));
        assert!(ask.after.is_none() || page.graphic.nodes.is_empty());
        let Some(next) = page.next else { break };
        ask.after = Some(next);
    }
    let whole = of(&team, Of::File(VOICE.into())).await;
    assert_eq!(
        all,
        whole
            .rows
            .iter()
            .map(|row| row.node.id.clone())
            .collect::<Vec<_>>()
    );
    let ask = Ask {
        kinds: vec![Thing::Owner],
        ..Ask::of(Of::File(VOICE.into()))
    };
    let owners = impact(team.ctx(), &team.bob, &ask).await.unwrap();
    assert!(owners.rows.iter().all(|row| row.node.thing == Thing::Owner));
    assert_eq!(owners.rows.len(), 2);
}

#[tokio::test]
pub(crate) async fn whoever_sees_a_part_sees_the_rest_as_a_number() {
    let team = team("").await;
    let reader = Actor {
        grants: vec![Grant {
            role: Role::Viewer,
            prefix: "prompts/_voice.prompt".into(),
        }],
        ..team.bob.clone()
    };
    let found = impact(team.ctx(), &reader, &Ask::of(Of::File(VOICE.into())))
        .await
        .unwrap();
    assert!(
        found.rows.iter().all(|row| row.node.id == VOICE),
        "{:?}",
        found.rows
    );
    assert_eq!(found.hidden, 8);
    let told = format!("{found:?}");
    assert!(
        !told.contains("segment") && !told.contains("launch") && !told.contains("bob"),
        "{told}"
    );
    let denied = impact(team.ctx(), &reader, &Ask::of(Of::File(SEGMENT.into()))).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    let denied = impact(team.ctx(), &reader, &Ask::of(Of::Draft(DRAFT.into()))).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}

#[tokio::test]
pub(crate) async fn a_breaking_rename_waits_until_the_workflow_is_mended_in_the_same_draft() {
    let team = team("").await;
    draft(&team, DRAFT, &[(SEGMENT, Some(renamed()))]).await;
    let found = of(&team, Of::Draft(DRAFT.into())).await;
    assert_eq!(found.of.kind, "draft");
    let broken: Vec<&str> = found.broken.breaches.iter().map(|one| one.code).collect();
    assert_eq!(broken, ["input-required", "input-removed"]);
    let removed = &found.broken.breaches[1];
    assert_eq!(removed.renamed_to.as_deref(), Some("firstname"));
    assert_eq!(
        (removed.dependant.path.as_str(), removed.dependant.line),
        (LAUNCH, 9)
    );

    let refused = drafts::publish(team.ctx(), &team.bob, DRAFT, &note("Rename"), &[]).await;
    assert_eq!(
        codes(&refused.unwrap_err()),
        ["broken-contract", "broken-contract"]
    );
    let change = team.open().await;
    assert_eq!(
        team.blockers(change.number).await,
        ["broken-contract", "broken-contract"]
    );
    let view = changes::get(team.ctx(), &team.bob, change.number)
        .await
        .unwrap();
    let blocker = &view.judged.blockers[1];
    assert_eq!((blocker.path.as_str(), blocker.line), (LAUNCH, Some(9)));
    assert!(
        blocker.next.contains("write `firstname` there"),
        "{}",
        blocker.next
    );
    let refused = team.merge(&team.bob, change.number).await.unwrap_err();
    assert_eq!(codes(&refused), ["broken-contract", "broken-contract"]);

    let mended = LAUNCH_TEXT.replace("first_name:", "firstname:");
    draft(&team, DRAFT, &[(LAUNCH, Some(mended))]).await;
    assert!(team.blockers(change.number).await.is_empty());
    let found = of(&team, Of::Change(change.number)).await;
    assert!(found.broken.breaches.is_empty());
    team.merge(&team.bob, change.number).await.unwrap();
    let found = of(&team, Of::Change(change.number)).await;
    assert!(
        found.rows.iter().any(|row| row.node.id == LAUNCH),
        "a merged change says what it reached"
    );
}

#[tokio::test]
pub(crate) async fn every_kind_of_contract_is_held() {
    let team = team("").await;
    let base = "---\nmodel: x\n---\n{{! slot hello }}Hi{{! /slot }}\n{{> voice}}\n";
    let files = [
        ("prompts/base.prompt", base),
        (
            "prompts/base.de.prompt",
            "---\nvariorum.region: de\n---\n{{! slot hello }}Hallo{{! /slot }}\n",
        ),
        ("prompts/frame.prompt", "{{> tone mood=\"calm\"}}\n"),
        ("prompts/_tone.prompt", "Be {{mood}}.\n"),
    ];
    team.world.save("More", &files).await.unwrap();
    let rows: [(&str, Option<String>, &[&str]); 7] = [
        (
            SEGMENT,
            Some(SEGMENT_TEXT.replace("    segment(enum): [gift, office]\n", "")),
            &["output-removed"],
        ),
        (
            SEGMENT,
            Some(SEGMENT_TEXT.replace("gift, office", "present, office")),
            &["choice-removed"],
        ),
        (SEGMENT, None, &["file-removed", "file-removed"]),
        (
            "prompts/base.prompt",
            Some(base.replace("slot hello", "slot greeting")),
            &["slot-removed"],
        ),
        (
            "prompts/_tone.prompt",
            Some("Be {{style}}.\n".into()),
            &["parameter-removed"],
        ),
        ("prompts/_tone.prompt", None, &["file-removed"]),
        (
            SEGMENT,
            Some(SEGMENT_TEXT.replace("Sort", "Please sort")),
            &[],
        ),
    ];
    for (number, (path, text, expected)) in rows.into_iter().enumerate() {
        let name = format!("campaign/c{number}");
        draft(&team, &name, &[(path, text)]).await;
        let found = of(&team, Of::Draft(name)).await;
        let found: Vec<&str> = found.broken.breaches.iter().map(|one| one.code).collect();
        assert_eq!(found, expected, "{path}");
    }
}

#[tokio::test]
pub(crate) async fn the_rules_say_where_a_broken_contract_is_refused() {
    let save = |team: &Team, text: String| {
        let cmd = SaveVersion {
            note: note("Rename"),
            files: vec![(SEGMENT.into(), Some(text.into_bytes()))],
            ..SaveVersion::default()
        };
        let (ctx, bob) = (team.world.ctx.clone(), team.bob.clone());
        async move { save_version(&ctx, &bob, cmd).await }
    };
    for rules in ["", "broken_contracts: block\n"] {
        let strict = team(rules).await;
        let refused = save(&strict, renamed()).await.unwrap_err();
        assert_eq!(codes(&refused), ["broken-contract", "broken-contract"]);
    }
    let open = team("broken_contracts: warn\n").await;
    save(&open, renamed()).await.unwrap();
    let lenient = team("broken_contracts: warn\n").await;
    draft(&lenient, DRAFT, &[(SEGMENT, Some(renamed()))]).await;
    let found = of(&lenient, Of::Draft(DRAFT.into())).await;
    assert_eq!(found.broken.errors(), 2, "it is told all the same");
    drafts::publish(lenient.ctx(), &lenient.bob, DRAFT, &note("Rename"), &[])
        .await
        .unwrap();
}

#[tokio::test]
pub(crate) async fn an_emergency_passes_with_broken_contracts_told() {
    let team = team("broken_contracts: block\n").await;
    drafts::create(team.ctx(), &team.bob, "hotfix/name", None)
        .await
        .unwrap();
    draft(&team, "hotfix/name", &[(SEGMENT, Some(renamed()))]).await;
    let cmd = PublishHotfix {
        draft: "hotfix/name".into(),
        reason: "wrong name".into(),
        environment: None,
    };
    let live = emergency::publish(team.ctx(), &team.bob, &cmd)
        .await
        .unwrap();
    assert_eq!(live.broken.errors(), 2);
    let (lines, _) = notices::list(team.ctx(), &team.cat, true, None, 50)
        .await
        .unwrap();
    assert!(
        lines[0].text.contains("it breaks what others rely on"),
        "{}",
        lines[0].text
    );
    let filter = variorum_ports::rows::EntryFilter {
        action_prefix: Some("change.emergency".into()),
        ..Default::default()
    };
    let entries = activity::list(team.ctx(), &team.bob, &filter, None, 5)
        .await
        .unwrap();
    assert!(
        format!("{:?}", entries[0]).contains("which `prompts/ads/segment.prompt` no longer has")
    );
}

/// Goes live and tries another text of one prompt.
async fn run_rollout(team: &Team) {
    let (ctx, admin) = (team.ctx(), &team.world.admin);
    releases::create(ctx, admin, None, "one").await.unwrap();
    environments::go_live(ctx, admin, "production", ReleaseNumber(1), "start")
        .await
        .unwrap();
    let other = SEGMENT_TEXT.replace("Sort", "Please sort");
    team.world
        .save("Another text", &[(SEGMENT, &other)])
        .await
        .unwrap();
    releases::create(ctx, admin, None, "two").await.unwrap();
    rollouts::start(ctx, admin, start(2, plan(Vec::new())))
        .await
        .unwrap();
}

fn told(collisions: &[Collision]) -> Vec<&str> {
    collisions.iter().map(|one| one.message.as_str()).collect()
}

#[tokio::test]
pub(crate) async fn what_is_live_and_what_runs_is_reached_and_told() {
    let team = team("").await;
    run_rollout(&team).await;
    let found = of(&team, Of::File(VOICE.into())).await;
    let live: Vec<(&str, String)> = rows(&found)
        .into_iter()
        .filter(|row| ["release", "environment", "rollout"].contains(&row.0))
        .collect();
    assert_eq!(
        live,
        [
            ("release", "release 1".to_owned()),
            ("release", "release 2".into()),
            ("environment", "production".into()),
            ("rollout", "rollout 1".into()),
        ]
    );
    assert_eq!(
        told(&found.collisions),
        ["rollout 1 “Test” runs in production and tries `ads/segment`"]
    );
    let other = of(&team, Of::File(WELCOME.into())).await;
    assert!(other.collisions.is_empty(), "it is the same in both arms");
    assert!(rows(&other).contains(&("environment", "production".into())));
}

#[tokio::test]
pub(crate) async fn other_changes_of_the_same_prompts_are_told() {
    let team = team("").await;
    draft(
        &team,
        DRAFT,
        &[(SEGMENT, Some(SEGMENT_TEXT.replace("Sort", "Do sort")))],
    )
    .await;
    let change = team.open().await;
    draft(
        &team,
        "campaign/other",
        &[(SEGMENT, Some(SEGMENT_TEXT.replace("Sort", "Now sort")))],
    )
    .await;
    let found = of(&team, Of::Draft("campaign/other".into())).await;
    assert_eq!(
        told(&found.collisions),
        ["change CH-1 “Autumn texts” of Ann Author touches `ads/segment` as well"]
    );
    assert!(
        of(&team, Of::Change(change.number))
            .await
            .collisions
            .is_empty(),
        "not with itself"
    );
    assert!(
        of(&team, Of::Draft(DRAFT.into()))
            .await
            .collisions
            .is_empty()
    );
    let cmd = OpenChange {
        draft: "campaign/other".into(),
        title: "Others".into(),
        ..OpenChange::default()
    };
    changes::open(team.ctx(), &team.ann, cmd).await.unwrap();
    assert_eq!(
        of(&team, Of::Change(change.number)).await.collisions.len(),
        1
    );
    // A draft that is behind does not collide by what others have published since.
    assert!(
        of(&team, Of::File(VOICE.into()))
            .await
            .collisions
            .is_empty()
    );
}

#[tokio::test]
pub(crate) async fn rules_about_what_is_reached_bind_every_door() {
    let rules = "impact:\n  - {id: running, title: Rollouts that run, reaches: rollout, then: block}\n  - {id: flows, title: Journeys, reaches: workflow, approvals: [{group: publisher}]}\n";
    let team = team("").await;
    team.world
        .save("Rules", &[(POLICY_FILE, rules)])
        .await
        .unwrap();
    let lonely = [("prompts/lonely.prompt", Some("Still alone.\n".to_owned()))];
    draft(&team, "campaign/lonely", &lonely).await;
    drafts::publish(
        team.ctx(),
        &team.bob,
        "campaign/lonely",
        &note("Lonely"),
        &[],
    )
    .await
    .unwrap();

    let cmd = SaveVersion {
        note: note("Voice"),
        files: vec![(VOICE.into(), Some(b"Be long.\n".to_vec()))],
        ..SaveVersion::default()
    };
    let refused = save_version(team.ctx(), &team.bob, cmd).await.unwrap_err();
    assert_eq!(codes(&refused), ["needs-review"]);
    draft(&team, DRAFT, &[(VOICE, Some("Be long.\n".into()))]).await;
    let refused = drafts::publish(team.ctx(), &team.bob, DRAFT, &note("Voice"), &[]).await;
    assert_eq!(codes(&refused.unwrap_err()), ["needs-review"]);
    let change = team.open().await;
    let view = changes::get(team.ctx(), &team.bob, change.number)
        .await
        .unwrap();
    let blockers: Vec<&str> = view.judged.blockers.iter().map(|one| one.code).collect();
    assert_eq!(blockers, ["needs-approval"]);
    assert!(
        view.judged.blockers[0]
            .message
            .contains("“Journeys: it reaches 1 workflow” asks for one more approval"),
        "{}",
        view.judged.blockers[0].message
    );
    team.review(
        &team.cat,
        change.number,
        variorum_domain::change::Verdict::Approve,
    )
    .await;
    team.merge(&team.bob, change.number).await.unwrap();
}

#[tokio::test]
pub(crate) async fn a_rollout_that_runs_can_stop_a_change() {
    let team = team("").await;
    run_rollout(&team).await;
    let rules =
        "impact:\n  - {id: running, title: Rollouts that run, reaches: rollout, then: block}\n";
    team.world
        .save("Rules", &[(POLICY_FILE, rules)])
        .await
        .unwrap();
    draft(
        &team,
        "campaign/voice",
        &[(VOICE, Some("Be long.\n".into()))],
    )
    .await;
    let refused =
        drafts::publish(team.ctx(), &team.bob, "campaign/voice", &note("Voice"), &[]).await;
    assert_eq!(codes(&refused.unwrap_err()), ["reach-refused"]);
}

#[tokio::test]
async fn a_definition_reaches_what_uses_it_and_a_move_reaches_both_sides() {
    let team = team("").await;
    let other = SETTINGS.replace("direction: up", "direction: down");
    draft(&team, "campaign/kpi", &[("library.yaml", Some(other))]).await;
    let found = of(&team, Of::Draft("campaign/kpi".into())).await;
    let names = rows(&found);
    assert!(names.contains(&("kpi", "order".into())), "{names:?}");
    assert!(
        names.contains(&("prompt", "ads/segment".into())),
        "{names:?}"
    );
    assert!(!names.contains(&("prompt", "lonely".into())), "{names:?}");

    let moved = SEGMENT_TEXT.replace("[order]", "[click]");
    draft(&team, "campaign/move", &[(SEGMENT, Some(moved))]).await;
    let names = of(&team, Of::Draft("campaign/move".into())).await;
    let names = rows(&names);
    assert!(names.contains(&("kpi", "order".into())), "{names:?}");
    assert!(names.contains(&("kpi", "click".into())), "{names:?}");
}

#[tokio::test]
async fn a_prompt_that_many_rely_on_names_some_breaches_and_counts_all() {
    let team = team("").await;
    let flows: Vec<(String, String)> = (0..150)
        .map(|number| {
            let path = format!("workflows/w{number}.workflow.yaml");
            (path, LAUNCH_TEXT.to_owned())
        })
        .collect();
    let files: Vec<(&str, &str)> = flows
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    team.world.save("Many", &files).await.unwrap();
    draft(&team, DRAFT, &[(SEGMENT, Some(renamed()))]).await;
    let found = of(&team, Of::Draft(DRAFT.into())).await;
    let named = found.broken.breaches.len();
    assert_eq!((named, found.broken.unnamed), (200, 102));
    assert!(found.graphic.nodes.len() <= 250 && found.graphic.left_out > 0);
}
