//! A release in the shadow: nobody gets it, and what differs is counted.

use serde_json::{Map, json};
use variorum_app::erasure::{EraseUnit, erase_unit};
use variorum_app::rollouts::{self, StartRollout};
use variorum_app::serving::{Audience, Facts};
use variorum_app::shadow::{self, Asked, Shadow};
use variorum_app::{environments, releases};
use variorum_domain::id::{ReleaseNumber, RolloutNumber};
use variorum_domain::rollout::{Design, Plan, Rollout, RolloutState};
use variorum_domain::shadow::{Measure, SAMPLES_PER_PROMPT_MAX};
use variorum_ports::Clock;

use crate::restore::{PROMPT, guard, plan, start, two_releases};
use crate::world::World;

fn in_the_shadow(release: i64, coverage_bp: u32) -> StartRollout {
    let plan = Plan {
        design: Design::Shadow,
        ..Plan::even(&[coverage_bp])
    };
    start(release, plan)
}

async fn begun(world: &World, cmd: StartRollout) -> Rollout {
    rollouts::start(&world.ctx, &world.admin, cmd)
        .await
        .unwrap()
}

/// Asks as a door does: what is answered first, then what is left for the shadow.
fn ask(world: &World, prompt: &str, unit: &str, name: &str) -> (i64, Option<RolloutNumber>) {
    let index = world.ctx.serving.index(world.admin.workspace).unwrap();
    let facts = Facts {
        audience: Audience::default(),
        channel: "",
        attributes: &std::collections::BTreeMap::new(),
        at: world.clock.now(),
    };
    let answer = index.answer_for(None, prompt, Some(unit), &facts);
    let release = answer.ok().unwrap().release.0;
    let shadow = index.shadow(None, Some(unit), &facts);
    if let Some(rollout) = shadow {
        let asked = Asked {
            rollout,
            environment: None,
            prompt: prompt.into(),
            unit: unit.into(),
            brand: String::new(),
            region: String::new(),
            variables: Map::from_iter([("name".to_owned(), json!(name))]),
        };
        world.ctx.shadows.leave(world.admin.workspace, asked);
    }
    (release, shadow)
}

async fn found(world: &World, number: RolloutNumber) -> Shadow {
    shadow::fill_in(&world.ctx).await.unwrap();
    shadow::read(&world.ctx, &world.admin, number)
        .await
        .unwrap()
}

#[tokio::test]
async fn everybody_gets_the_old_text_and_what_differs_is_counted() {
    let world = World::new().await;
    two_releases(&world).await;
    let rollout = begun(&world, in_the_shadow(2, 10_000)).await;
    for n in 0..10 {
        let (release, shadow) = ask(&world, "email/welcome", &format!("u{n}"), "Ines");
        assert_eq!((release, shadow), (1, Some(rollout.number)));
        assert_eq!(rollout.arm_of(&format!("u{n}")), None);
    }
    let first = found(&world, rollout.number).await;
    let of = |shadow: &Shadow, measure| shadow.counts.get("email/welcome", measure);
    assert_eq!(of(&first, Measure::Compared), 10);
    assert_eq!(of(&first, Measure::TextDiffers), 10);
    assert_eq!(of(&first, Measure::SettingsDiffer), 10);
    assert_eq!(of(&first, Measure::Same), 0);
    assert_eq!(first.samples.len(), SAMPLES_PER_PROMPT_MAX);
    assert_eq!(
        first.samples[0].old,
        "system: \nCalm and exact.\n\n\nuser: \nWrite to Ines."
    );
    assert!(first.samples[0].new.contains("Write warmly to Ines."));
    let (old, new) = (
        of(&first, Measure::OldCharacters),
        of(&first, Measure::NewCharacters),
    );
    let length = |text: &str| i64::try_from(text.chars().count()).unwrap();
    assert_eq!(old, 10 * length(&first.samples[0].old));
    assert_eq!(new, 10 * length(&first.samples[0].new));

    ask(&world, "email/welcome", "u11", "Ines");
    let second = found(&world, rollout.number).await;
    assert_eq!(of(&second, Measure::Compared), 11, "rounds add up");
    assert_eq!(second.samples, first.samples, "a few texts are enough");

    let erase = EraseUnit {
        unit: first.samples[0].unit.clone(),
        reason: "request 7".into(),
        dry_run: false,
    };
    erase_unit(&world.ctx, &world.admin, &erase).await.unwrap();
    let third = found(&world, rollout.number).await;
    assert_eq!(third.samples.len(), SAMPLES_PER_PROMPT_MAX - 1);
}

#[tokio::test]
async fn what_the_new_release_cannot_answer_is_named() {
    let world = World::new().await;
    two_releases(&world).await;
    let broken = PROMPT
        .replace("name: string", "name: string\n    town: string")
        .replace("{{name}}", "{{name}} in {{town}}");
    world
        .save("Third", &[("prompts/email/welcome.prompt", &broken)])
        .await
        .unwrap();
    releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    let rollout = begun(&world, in_the_shadow(3, 10_000)).await;
    ask(&world, "email/welcome", "u", "Ines");
    let shadow = found(&world, rollout.number).await;
    assert_eq!(shadow.counts.get("email/welcome", Measure::Failed), 1);
    assert_eq!(
        shadow.counts.missing("email/welcome"),
        [("town".to_owned(), 1)]
    );
    assert!(shadow.samples.is_empty());
}

#[tokio::test]
async fn it_runs_beside_a_rollout_over_part_of_the_units_and_only_finishing_moves_anything() {
    let world = World::new().await;
    two_releases(&world).await;
    let tried = begun(&world, start(2, plan(vec![guard("order")]))).await;
    let rollout = begun(&world, in_the_shadow(2, 3_000)).await;
    let error = rollouts::start(&world.ctx, &world.admin, in_the_shadow(2, 10_000)).await;
    assert!(error.unwrap_err().to_string().contains("a shadow already"));
    let looked = (0..200)
        .filter(|n| {
            ask(&world, "email/welcome", &format!("u{n}"), "I")
                .1
                .is_some()
        })
        .count();
    assert!((30..90).contains(&looked), "{looked}");
    let shadow = found(&world, rollout.number).await;
    assert_eq!(
        shadow.counts.total(Measure::Compared),
        i64::try_from(looked).unwrap()
    );
    let error = shadow::read(&world.ctx, &world.admin, tried.number).await;
    assert!(error.unwrap_err().to_string().contains("not in the shadow"));
    let error = rollouts::finish(&world.ctx, &world.admin, rollout.number, None, "go").await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`R-1` is running"), "{error}");
    let live = async || {
        let all = environments::list(&world.ctx, &world.admin).await.unwrap();
        (all[0].release.unwrap(), all[0].rollout)
    };
    rollouts::roll_back(&world.ctx, &world.admin, rollout.number, "seen enough")
        .await
        .unwrap();
    assert_eq!(live().await, (ReleaseNumber(1), Some(tried.number)));
    assert_eq!(ask(&world, "email/welcome", "u", "I").1, None);
    rollouts::roll_back(&world.ctx, &world.admin, tried.number, "no")
        .await
        .unwrap();

    let again = begun(&world, in_the_shadow(2, 10_000)).await;
    let ended = rollouts::finish(&world.ctx, &world.admin, again.number, None, "it is fine").await;
    assert_eq!(ended.unwrap().state, RolloutState::Finished);
    assert_eq!(live().await, (ReleaseNumber(2), None));
    let kept = shadow::read(&world.ctx, &world.admin, rollout.number).await;
    assert_eq!(
        kept.unwrap().counts,
        shadow.counts,
        "what was counted stays"
    );
}

#[tokio::test]
async fn what_comes_too_fast_is_passed_over_and_said() {
    let world = World::new().await;
    two_releases(&world).await;
    let rollout = begun(&world, in_the_shadow(2, 10_000)).await;
    for _ in 0..2_010 {
        ask(&world, "email/welcome", "u", "I");
    }
    let shadow = found(&world, rollout.number).await;
    assert_eq!(shadow.counts.total(Measure::Compared), 2_000);
    assert_eq!(shadow.counts.total(Measure::PassedOver), 10);
}
