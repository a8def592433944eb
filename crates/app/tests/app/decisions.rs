//! Deciding against the verdict: with a reason and a second person; taking back with neither.

use variorum_app::rollouts::{self, Ask};
use variorum_app::{Error, activity, environments, notices, releases};
use variorum_domain::access::{Actor, Role};
use variorum_domain::id::{ReleaseNumber, RolloutNumber};
use variorum_domain::limits::DECISION_DAYS_MAX;
use variorum_domain::notice::NoticeKind;
use variorum_domain::rollout::{RolloutState, Wish};
use variorum_ports::rows::EntryFilter;

use crate::changes::{codes, person};
use crate::measure::{exposure, outcome, send};
use crate::restore::{guard, plan, start, two_releases};
use crate::world::{START, World};

/// Finishes a rollout whatever was measured, in the name of two people where it takes two.
pub(crate) async fn finish_anyway(
    world: &World,
    number: RolloutNumber,
    arm: Option<u8>,
    reason: &str,
) {
    let alone = rollouts::finish(&world.ctx, &world.admin, number, arm, reason).await;
    if alone.is_ok() {
        return;
    }
    let second = person(world, "Sue Second", Role::Publisher).await;
    rollouts::ask(&world.ctx, &world.admin, number, Ask::Finish(arm), reason)
        .await
        .unwrap();
    rollouts::confirm(&world.ctx, &second, number, "")
        .await
        .unwrap();
}

async fn begun(world: &World) -> RolloutNumber {
    two_releases(world).await;
    rollouts::start(
        &world.ctx,
        &world.admin,
        start(2, plan(vec![guard("order")])),
    )
    .await
    .unwrap()
    .number
}

async fn state(world: &World, number: RolloutNumber) -> RolloutState {
    let found = rollouts::get(&world.ctx, &world.admin, number).await;
    found.unwrap().rollout.state
}

async fn inbox(world: &World, actor: &Actor) -> Vec<NoticeKind> {
    let (lines, _) = notices::list(&world.ctx, actor, true, None, 50)
        .await
        .unwrap();
    lines.iter().map(|line| line.kind).collect()
}

async fn actions(world: &World, number: RolloutNumber) -> Vec<(String, String, serde_json::Value)> {
    let filter = EntryFilter {
        target: Some(format!("rollout:R-{number}")),
        ..EntryFilter::default()
    };
    let entries = activity::list(&world.ctx, &world.admin, &filter, None, 20);
    let entries = entries.await.unwrap().into_iter();
    entries
        .map(|entry| {
            let evidence = serde_json::from_str(&entry.evidence).unwrap();
            (entry.action, entry.by.name, evidence)
        })
        .collect()
}

#[tokio::test]
async fn one_person_alone_is_told_what_to_do() {
    let world = World::new().await;
    let number = begun(&world).await;
    let refused = rollouts::finish(&world.ctx, &world.admin, number, None, "now").await;
    let refused = refused.unwrap_err();
    assert_eq!(codes(&refused), ["against-verdict"]);
    let Error::Refused(blockers) = &refused else {
        unreachable!("{refused}")
    };
    assert!(
        blockers[0].message.contains("not enough data yet"),
        "{refused}"
    );
    assert!(
        blockers[0]
            .next
            .contains("rollouts ask R-1 --finish --arm 1")
    );
    // Nobody else is here who could confirm it.
    let (ctx, admin) = (&world.ctx, &world.admin);
    let alone = rollouts::ask(ctx, admin, number, Ask::Finish(None), "the season ends").await;
    assert_eq!(codes(&alone.unwrap_err()), ["no-second-person"]);
    person(&world, "Ann Author", Role::Author).await;
    let alone = rollouts::ask(ctx, admin, number, Ask::Finish(None), "the season ends").await;
    assert_eq!(
        codes(&alone.unwrap_err()),
        ["no-second-person"],
        "an author may not"
    );
    assert_eq!(state(&world, number).await, RolloutState::Running);
    // Taking it back asks nobody.
    rollouts::roll_back(ctx, admin, number, "").await.unwrap();
    assert_eq!(state(&world, number).await, RolloutState::RolledBack);
}

#[tokio::test]
async fn two_people_decide_and_both_stand_in_the_log() {
    let world = World::new().await;
    let number = begun(&world).await;
    let bob = person(&world, "Bob Publisher", Role::Publisher).await;
    let ann = person(&world, "Ann Author", Role::Author).await;
    let (ctx, admin) = (&world.ctx, &world.admin);
    let ask = Ask::Finish(None);
    let silent = rollouts::ask(ctx, admin, number, ask, " ")
        .await
        .unwrap_err();
    assert!(
        silent.to_string().contains("a reason is missing"),
        "{silent}"
    );
    rollouts::ask(ctx, admin, number, ask, "the season ends")
        .await
        .unwrap();
    let found = rollouts::get(ctx, &bob, number).await.unwrap();
    let asked = found.asked.unwrap();
    assert_eq!((asked.wish, asked.by), (Wish::Finish { arm: 1 }, admin.id));
    assert_eq!(asked.objection, "there is not enough data yet");
    assert_eq!(
        found.rollout.state,
        RolloutState::Running,
        "nothing has changed"
    );
    assert_eq!(inbox(&world, &bob).await, [NoticeKind::DecisionAsked]);
    assert!(inbox(&world, &ann).await.is_empty());
    let own = rollouts::confirm(ctx, admin, number, "").await.unwrap_err();
    assert!(own.to_string().contains("takes two people"), "{own}");
    let denied = rollouts::confirm(ctx, &ann, number, "").await.unwrap_err();
    assert!(matches!(denied, Error::Denied(_)), "{denied}");
    let after = rollouts::confirm(ctx, &bob, number, "I agree")
        .await
        .unwrap();
    assert_eq!(after.state, RolloutState::Finished);
    assert_eq!(after.decisions.confirmed[0].confirmed_by, bob.name);
    assert_eq!(inbox(&world, admin).await, [NoticeKind::DecisionAnswered]);
    let log = actions(&world, number).await;
    let (action, by, evidence) = &log[0];
    assert_eq!(
        (action.as_str(), by.as_str()),
        ("rollout.finished", "Bob Publisher")
    );
    assert_eq!(evidence["against_verdict"]["asked_by"], admin.name.as_str());
    assert_eq!(evidence["against_verdict"]["reason"], "the season ends");
    assert_eq!(evidence["won"], 2);
    let asked = log
        .iter()
        .find(|(action, ..)| action == "rollout.decision-asked");
    assert_eq!(asked.unwrap().1, admin.name);
}

#[tokio::test]
async fn what_was_asked_for_is_declined_withdrawn_or_grows_old() {
    let world = World::new().await;
    let number = begun(&world).await;
    let bob = person(&world, "Bob Publisher", Role::Publisher).await;
    let (ctx, admin) = (&world.ctx, &world.admin);
    let ask = || rollouts::ask(ctx, admin, number, Ask::Finish(None), "the season ends");
    ask().await.unwrap();
    let twice = rollouts::ask(ctx, &bob, number, Ask::Finish(None), "me too").await;
    assert!(twice.unwrap_err().to_string().contains("already"));
    let silent = rollouts::decline(ctx, &bob, number, "").await;
    assert!(
        silent
            .unwrap_err()
            .to_string()
            .contains("a reason is missing")
    );
    rollouts::decline(ctx, &bob, number, "two more days")
        .await
        .unwrap();
    assert_eq!(inbox(&world, admin).await, [NoticeKind::DecisionAnswered]);
    assert!(rollouts::confirm(ctx, &bob, number, "").await.is_err());
    ask().await.unwrap();
    rollouts::decline(ctx, admin, number, "").await.unwrap();
    ask().await.unwrap();
    world.clock.advance(DECISION_DAYS_MAX * 86_400 + 1);
    let late = rollouts::confirm(ctx, &bob, number, "").await.unwrap_err();
    assert!(late.to_string().contains("too long ago"), "{late}");
    assert_eq!(state(&world, number).await, RolloutState::Running);
    let log = actions(&world, number).await;
    let mut log: Vec<&str> = log.iter().map(|(action, ..)| action.as_str()).collect();
    log.truncate(5);
    assert_eq!(
        log,
        [
            "rollout.decision-asked",
            "rollout.decision-withdrawn",
            "rollout.decision-asked",
            "rollout.decision-declined",
            "rollout.decision-asked",
        ]
    );
}

#[tokio::test]
async fn a_stage_of_an_uneven_rollout_begins_in_the_name_of_two() {
    let world = World::new().await;
    two_releases(&world).await;
    let plan = variorum_domain::rollout::Plan {
        external_assignment: true,
        ..plan(vec![guard("order")])
    };
    let (ctx, admin) = (&world.ctx, &world.admin);
    let begun = rollouts::start(ctx, admin, start(2, plan)).await.unwrap();
    let number = begun.number;
    let bob = person(&world, "Bob Publisher", Role::Publisher).await;
    let fits = rollouts::ask(ctx, admin, number, Ask::GoOn, "now").await;
    assert!(fits.unwrap_err().to_string().contains("just do it"));
    let uneven = (0..900).map(|n| exposure(&format!("u{n}"), u8::from(n % 3 == 0), START));
    world.clock.set(START.plus_seconds(60));
    send(&world, uneven.collect()).await;
    variorum_app::events::settle(ctx).await.unwrap();
    assert_eq!(state(&world, number).await, RolloutState::Paused);
    rollouts::set_paused(ctx, admin, number, false, "looked into")
        .await
        .unwrap();
    let held = rollouts::advance(ctx, admin, number, "").await.unwrap_err();
    assert_eq!(codes(&held), ["against-verdict"]);
    rollouts::ask(ctx, admin, number, Ask::GoOn, "a known bot is the cause")
        .await
        .unwrap();
    let after = rollouts::confirm(ctx, &bob, number, "").await.unwrap();
    assert_eq!((after.stage(), after.state), (1, RolloutState::Running));
    let log = actions(&world, number).await;
    assert_eq!(
        (log[0].0.as_str(), log[0].1.as_str()),
        ("rollout.advanced", "Bob Publisher")
    );
    let said = &log[0].2["against_verdict"];
    assert_eq!(
        (&said["wish"]["wish"], &said["wish"]["stage"]),
        (&"go-on".into(), &1.into())
    );
}

/// A rollout of release 2 that a guard took back.
async fn taken_back(world: &World) -> RolloutNumber {
    two_releases(world).await;
    let plan = variorum_domain::rollout::Plan {
        external_assignment: true,
        ..plan(vec![guard("order")])
    };
    let begun = rollouts::start(&world.ctx, &world.admin, start(2, plan)).await;
    let number = begun.unwrap().number;
    let mut batch = Vec::new();
    for n in 0..1_000 {
        let (unit, arm) = (format!("u{n}"), u8::from(n % 2 == 1));
        batch.push(exposure(&unit, arm, START));
        if n % 4 == 0 {
            batch.push(outcome(&unit, "order", 1, START));
        }
    }
    world.clock.set(START.plus_seconds(60));
    send(world, batch).await;
    variorum_app::events::settle(&world.ctx).await.unwrap();
    assert_eq!(state(world, number).await, RolloutState::RolledBack);
    number
}

async fn live(world: &World) -> Option<ReleaseNumber> {
    let all = environments::list(&world.ctx, &world.admin).await.unwrap();
    all.into_iter()
        .find(|one| one.name == "production")?
        .release
}

async fn go_live(world: &World, release: i64) -> variorum_app::Result<()> {
    let (ctx, admin) = (&world.ctx, &world.admin);
    let release = ReleaseNumber(release);
    environments::go_live(ctx, admin, "production", release, "I know better").await?;
    Ok(())
}

#[tokio::test]
async fn what_a_guard_took_back_does_not_go_live_by_one_person() {
    let world = World::new().await;
    taken_back(&world).await;
    let refused = go_live(&world, 2).await.unwrap_err();
    assert_eq!(codes(&refused), ["against-verdict"]);
    let Error::Refused(blockers) = &refused else {
        unreachable!("{refused}")
    };
    let next = &blockers[0].next;
    assert!(
        next.contains("rollouts ask R-1 --go-live --arm 1"),
        "{next}"
    );
    // Neither a new number for the same texts nor a rollout that measures nothing leads around it.
    let (ctx, admin) = (&world.ctx, &world.admin);
    let again = releases::create(ctx, admin, None, "two again").await;
    let again = again.unwrap().number.0;
    let refused = go_live(&world, again).await.unwrap_err();
    assert_eq!(codes(&refused), ["against-verdict"]);
    let mut blind = plan(Vec::new());
    blind.goal = None;
    let blind = rollouts::start(ctx, admin, start(again, blind)).await;
    let number = blind.unwrap().number;
    let around = rollouts::finish(ctx, admin, number, None, "quick").await;
    assert_eq!(codes(&around.unwrap_err()), ["against-verdict"]);
    let shown = rollouts::get(ctx, admin, number).await.unwrap();
    let objection = shown.objection(1).unwrap();
    assert!(objection.contains("took this release back"), "{objection}");
    rollouts::roll_back(ctx, admin, number, "").await.unwrap();
    assert_eq!(live(&world).await, Some(ReleaseNumber(1)));
}

#[tokio::test]
async fn what_a_guard_took_back_goes_live_by_two_people() {
    let world = World::new().await;
    let number = taken_back(&world).await;
    let (ctx, admin) = (&world.ctx, &world.admin);
    let bob = person(&world, "Bob Publisher", Role::Publisher).await;
    let ask = |reason| rollouts::ask(ctx, admin, number, Ask::GoLive(None), reason);
    let silent = ask("").await.unwrap_err();
    assert!(silent.to_string().contains("a reason is missing"));
    ask("its KPI broke").await.unwrap();
    assert_eq!(live(&world).await, Some(ReleaseNumber(1)), "nothing yet");
    assert_eq!(inbox(&world, &bob).await, [NoticeKind::DecisionAsked]);
    let own = rollouts::confirm(ctx, admin, number, "").await.unwrap_err();
    assert!(own.to_string().contains("takes two people"), "{own}");
    rollouts::decline(ctx, &bob, number, "show me")
        .await
        .unwrap();
    ask("its KPI broke").await.unwrap();
    let after = rollouts::confirm(ctx, &bob, number, "I saw it").await;
    let after = after.unwrap();
    assert_eq!(after.state, RolloutState::RolledBack, "it stays ended");
    assert_eq!(after.decisions.confirmed[0].confirmed_by, bob.name);
    assert_eq!(live(&world).await, Some(ReleaseNumber(2)));
    let log = actions(&world, number).await;
    assert_eq!(log[0].0, "rollout.decision-confirmed");
    let filter = EntryFilter {
        target: Some("environment:production".into()),
        ..EntryFilter::default()
    };
    let entries = activity::list(ctx, admin, &filter, None, 1).await.unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&entries[0].evidence).unwrap();
    assert_eq!(
        (entries[0].action.as_str(), entries[0].by.name.as_str()),
        ("environment.went-live", "Bob Publisher")
    );
    let against = &evidence["against_verdict"];
    assert_eq!(against["asked_by"], admin.name.as_str());
    assert_eq!(against["reason"], "its KPI broke");
    assert_eq!(
        (&evidence["rollout"], &evidence["to"]),
        (&1.into(), &2.into())
    );
    // Going back takes one, and two have answered for the release from now on.
    environments::roll_back(ctx, admin, "production", "oh")
        .await
        .unwrap();
    assert_eq!(live(&world).await, Some(ReleaseNumber(1)));
    go_live(&world, 2).await.unwrap();
    assert_eq!(live(&world).await, Some(ReleaseNumber(2)));
}

#[tokio::test]
async fn nobody_is_asked_for_what_no_guard_took_back() {
    let world = World::new().await;
    let number = begun(&world).await;
    person(&world, "Bob Publisher", Role::Publisher).await;
    let (ctx, admin) = (&world.ctx, &world.admin);
    let running = rollouts::ask(ctx, admin, number, Ask::GoLive(None), "now").await;
    assert!(running.unwrap_err().to_string().contains("no guard took"));
    rollouts::roll_back(ctx, admin, number, "by hand")
        .await
        .unwrap();
    let by_hand = rollouts::ask(ctx, admin, number, Ask::GoLive(Some(1)), "now").await;
    assert!(by_hand.unwrap_err().to_string().contains("no guard took"));
    environments::go_live(ctx, admin, "production", ReleaseNumber(2), "now")
        .await
        .unwrap();
}
