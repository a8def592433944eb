//! Releases and roll-back: what was live comes back byte for byte.

use serde_json::{Map, Value, json};
use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_app::serving::{Audience, ServedText};
use variorum_app::{environments, releases};
use variorum_domain::id::ReleaseNumber;
use variorum_domain::prompt::RenderOptions;
use variorum_domain::rollout::{Guard, GuardAction, GuardMore, Harm, Plan};

use crate::decisions::finish_anyway;
use crate::world::World;

pub(crate) const LIBRARY: &str = "title: Acme\nenvironments: [production, preview]\nkpis:\n  - {id: order, title: Orders, kind: conversion, direction: up, window_days: 7}\n  - {id: revenue, kind: value, unit: EUR, decimals: 2, direction: up}\n";
pub(crate) const PROMPT: &str = "---\nmodel: openai/gpt-5-mini\nconfig: {temperature: 0.4}\ninput:\n  schema:\n    name: string\n---\n{{role \"system\"}}\n{{> voice}}\n{{role \"user\"}}\nWrite to {{name}}.\n";
const VOICE: &str = "Calm and exact.\n";

pub(crate) fn plan(guards: Vec<Guard>) -> Plan {
    Plan {
        goal: Some("order".into()),
        hypothesis: "more orders".into(),
        guards,
        ..Plan::even(&[2_000, 10_000])
    }
}

pub(crate) fn guard(kpi: &str) -> Guard {
    Guard {
        kpi: kpi.into(),
        harm: Harm::Decrease,
        margin: 0.0,
        action: GuardAction::RollBack,
        more: GuardMore::default(),
    }
}

pub(crate) fn start(release: i64, plan: Plan) -> StartRollout {
    StartRollout {
        environment: None,
        title: "Test".into(),
        treatments: vec![NewArm::of(ReleaseNumber(release))],
        prompt: None,
        plan,
        reason: "to learn".into(),
    }
}

/// Two releases that differ in text, model, parameters, partial and KPI settings; the first is live.
pub(crate) async fn two_releases(world: &World) {
    let files = [
        ("library.yaml", LIBRARY),
        ("prompts/email/welcome.prompt", PROMPT),
        ("prompts/partials/_voice.prompt", VOICE),
    ];
    world.save("First", &files).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "one")
        .await
        .unwrap();
    environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        ReleaseNumber(1),
        "start",
    )
    .await
    .unwrap();
    let changed = PROMPT
        .replace("Write to", "Write warmly to")
        .replace("gpt-5-mini", "gpt-5")
        .replace("0.4", "0.9");
    let files = [
        (
            "library.yaml",
            LIBRARY.replace("window_days: 7", "window_days: 3"),
        ),
        ("prompts/email/welcome.prompt", changed),
        ("prompts/partials/_voice.prompt", "Loud.\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    world.save("Second", &files).await.unwrap();
    releases::create(&world.ctx, &world.admin, None, "two")
        .await
        .unwrap();
}

/// Everything an answer says, as one text.
fn answer(world: &World, unit: &str) -> String {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let answer = index
        .answer(None, "email/welcome", Some(unit), Audience::default())
        .unwrap();
    let variables: Map<String, Value> = Map::from_iter([("name".to_owned(), json!("Ines"))]);
    let compiled = match &answer.prompt.text {
        ServedText::Template(compiled) => compiled,
        ServedText::Plain(text) => unreachable!("a template, not {text}"),
    };
    let messages = compiled
        .render(&variables, &RenderOptions::default())
        .unwrap();
    let messages: Vec<Value> = messages
        .iter()
        .map(variorum_domain::prompt::Message::to_json)
        .collect();
    let prompt = answer.prompt;
    let facts = (
        prompt.version,
        &prompt.commit,
        &prompt.model,
        &prompt.config,
    );
    format!("{} {facts:?} {}", answer.release, Value::from(messages))
}

fn answers(world: &World) -> Vec<String> {
    (0..200).map(|n| answer(world, &format!("u{n}"))).collect()
}

#[tokio::test]
pub(crate) async fn a_roll_back_restores_byte_identical_answers() {
    let mut world = World::new().await;
    two_releases(&world).await;
    let before = answers(&world);
    let rollout = rollouts::start(
        &world.ctx,
        &world.admin,
        start(2, plan(vec![guard("order")])),
    );
    let rollout = rollout.await.unwrap();
    let small = answers(&world);
    rollouts::advance(&world.ctx, &world.admin, rollout.number, "fine")
        .await
        .unwrap();
    let large = answers(&world);
    let moved = |now: &[String]| before.iter().zip(now).filter(|(a, b)| a != b).count();
    assert!(
        (5..40).contains(&moved(&small)),
        "a tenth sees it: {}",
        moved(&small)
    );
    assert!(
        (70..130).contains(&moved(&large)),
        "half see it: {}",
        moved(&large)
    );
    for ((old, small), large) in before.iter().zip(&small).zip(&large) {
        assert!(
            small == old || small == large,
            "nobody who saw it loses it in a ramp"
        );
    }
    rollouts::roll_back(&world.ctx, &world.admin, rollout.number, "worse")
        .await
        .unwrap();
    assert_eq!(answers(&world), before);
    world.restart().await;
    assert_eq!(answers(&world), before, "after a restart, too");
}

#[tokio::test]
pub(crate) async fn going_live_and_back_moves_one_pointer() {
    let world = World::new().await;
    two_releases(&world).await;
    let before = answers(&world);
    environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        ReleaseNumber(2),
        "now",
    )
    .await
    .unwrap();
    assert!(
        answers(&world)
            .iter()
            .all(|answer| answer.starts_with("2 "))
    );
    environments::roll_back(&world.ctx, &world.admin, "production", "no")
        .await
        .unwrap();
    assert_eq!(answers(&world), before);
}

#[tokio::test]
pub(crate) async fn the_same_content_has_the_same_digest_and_a_tag_in_git() {
    let world = World::new().await;
    two_releases(&world).await;
    let again = releases::create(&world.ctx, &world.admin, None, "again")
        .await
        .unwrap();
    let two = releases::get(&world.ctx, &world.admin, ReleaseNumber(2))
        .await
        .unwrap();
    assert_eq!(again.digest, two.digest);
    let exported = variorum_app::transfer::export::bundle(&world.ctx, &world.admin)
        .await
        .unwrap();
    let names: Vec<&str> = exported
        .refs
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(names.contains(&"refs/tags/release/1") && names.contains(&"refs/tags/release/3"));
    let changes = releases::changes(
        &world.ctx,
        &world.admin,
        Some(ReleaseNumber(1)),
        ReleaseNumber(2),
    );
    let changes = changes.await.unwrap();
    assert_eq!(changes[0].differs, ["text", "model", "config", "partials"]);
}

#[tokio::test]
pub(crate) async fn a_finished_rollout_gives_everybody_the_new_release() {
    let world = World::new().await;
    two_releases(&world).await;
    let rollout = rollouts::start(&world.ctx, &world.admin, start(2, plan(Vec::new())));
    let rollout = rollout.await.unwrap();
    let second = rollouts::start(&world.ctx, &world.admin, start(2, plan(Vec::new()))).await;
    assert!(second.is_err(), "one rollout at a time in an environment");
    finish_anyway(&world, rollout.number, None, "good").await;
    assert!(
        answers(&world)
            .iter()
            .all(|answer| answer.starts_with("2 "))
    );
}
