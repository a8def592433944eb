//! Incidents that end by themselves, and that everybody who was told of them is told.

use variorum_app::escalation::{acknowledge, list, raise, resolve, show, tick};
use variorum_app::{activity, notices, rollouts, stop, watch};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::escalation::{
    Alarm, Cause, ESCALATION_FILE, Incident, IncidentState, Urgency,
};
use variorum_domain::id::IncidentNumber;
use variorum_domain::notice::NoticeKind;
use variorum_domain::rollout::GuardAction;
use variorum_domain::watch::Act;
use variorum_ports::notifier::{Destination, NotifyError};
use variorum_ports::rows::EntryFilter;

use crate::guards::{people, running, with_action};
use crate::watch::{fallen, one_day};
use crate::world::{START, World};

/// Everything is told to Ann and a webhook.
const RULES: &str = r#"
webhooks:
  - {id: ops, url: "env:VARIORUM_NOTIFY_OPS", form: slack}
ladders:
  - id: all
    title: Everything
    steps:
      - {tell: ["ann@acme.example", "webhook:ops"], by: [inbox, email], minutes: 10}
"#;

async fn open(world: &World) -> Vec<Incident> {
    tick(&world.ctx).await.unwrap();
    let found = list(&world.ctx, &world.admin, true, None, 50).await;
    found.unwrap()
}

async fn story(world: &World, number: IncidentNumber) -> (IncidentState, String) {
    let (incident, _) = show(&world.ctx, &world.admin, number).await.unwrap();
    let last = incident.lines.last().unwrap();
    (incident.state, last.text.clone())
}

/// Subjects of the messages since the last look, by receiver.
fn letters(world: &World) -> Vec<(String, String)> {
    let all = world.letters.take().into_iter();
    let mut all: Vec<(String, String)> = all
        .map(|one| match one.to {
            Destination::Email(address) => (address, one.subject),
            Destination::Webhook(webhook) => (webhook.id, one.subject),
        })
        .collect();
    all.sort();
    all
}

async fn with_rules(world: &World) {
    let files = [(ESCALATION_FILE, RULES)];
    world.save("Rules", &files).await.unwrap();
}

#[tokio::test]
async fn several_kpis_of_a_prompt_are_one_incident_that_ends_when_all_are_back() {
    let world = fallen().await;
    with_rules(&world).await;
    watch::tick(&world.ctx).await.unwrap();
    let found = open(&world).await;
    assert_eq!(found.len(), 1, "orders and revenue fell together");
    let number = found[0].number;
    assert_eq!(found[0].times, 2);
    assert_eq!(letters(&world).len(), 2, "Ann and the webhook, once");
    for day in 50..58 {
        one_day(&world, day, 40).await;
    }
    world.clock.set(START.plus_seconds(58 * DAY_SECONDS + 60));
    assert_eq!(open(&world).await.len(), 1, "the watch has not looked yet");
    watch::tick(&world.ctx).await.unwrap();
    assert_eq!(open(&world).await, []);
    let (state, last) = story(&world, number).await;
    assert_eq!(state, IncidentState::Resolved);
    assert!(
        last.starts_with("over by itself: the KPI of regression"),
        "{last}"
    );
    assert!(last.ends_with("nobody had acknowledged it"), "{last}");
    let told = letters(&world);
    let to: Vec<&str> = told.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(to, ["ann@acme.example", "ops"]);
    assert!(told[0].1.starts_with("[I-1] Resolved: "), "{told:?}");
    let (lines, _) = notices::list(&world.ctx, &world.admin, true, None, 50)
        .await
        .unwrap();
    let said = |kind: NoticeKind, words: &str| {
        let of_kind = lines.iter().filter(|one| one.kind == kind);
        of_kind.filter(|one| one.text.contains(words)).count()
    };
    assert_eq!(said(NoticeKind::Alarm, "Resolved:"), 1);
    assert_eq!(said(NoticeKind::Regression, "is back"), 2);
    let filter = EntryFilter {
        action_prefix: Some("incident.ended".into()),
        ..EntryFilter::default()
    };
    let entries = activity::list(&world.ctx, &world.admin, &filter, None, 50)
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].reason.contains("came back"), "{:?}", entries[0]);
    // It does not end twice, and nobody is told twice.
    assert_eq!(open(&world).await, []);
    assert_eq!(letters(&world), []);
}

#[tokio::test]
async fn who_takes_a_regression_on_has_its_incident_and_dismissing_ends_it() {
    let world = fallen().await;
    with_rules(&world).await;
    watch::tick(&world.ctx).await.unwrap();
    let number = open(&world).await[0].number;
    let ctx = &world.ctx;
    watch::answer(ctx, &world.admin, 1, Act::Acknowledge, "I compare them")
        .await
        .unwrap();
    let taken = open(&world).await;
    assert_eq!(taken[0].state, IncidentState::Acknowledged);
    assert_eq!(
        taken[0].holder.as_ref().map(|who| who.id),
        Some(world.admin.id)
    );
    assert_eq!(
        story(&world, number).await.1,
        "acknowledged: I compare them"
    );
    watch::answer(ctx, &world.admin, 1, Act::Dismiss, "a new price")
        .await
        .unwrap();
    assert_eq!(open(&world).await.len(), 1, "the other KPI still waits");
    watch::answer(ctx, &world.admin, 2, Act::Dismiss, "a new price")
        .await
        .unwrap();
    assert_eq!(open(&world).await, []);
    let (_, last) = story(&world, number).await;
    assert!(
        last.contains("dismissed regression 1: a new price"),
        "{last}"
    );
    assert!(!last.contains("nobody"), "{last}");
}

#[tokio::test]
async fn a_pause_is_over_when_somebody_lets_it_go_on() {
    let world = World::new().await;
    let guard = with_action("order", GuardAction::Pause);
    let number = running(&world, vec![guard]).await;
    people(&world, (0, 1_000), [2, 0]).await;
    let found = open(&world).await;
    assert_eq!(found.len(), 1, "it stands still");
    world.clock.advance(60);
    rollouts::set_paused(&world.ctx, &world.admin, number, false, "we know why")
        .await
        .unwrap();
    assert_eq!(open(&world).await, []);
    let (_, last) = story(&world, found[0].number).await;
    assert!(last.contains("let rollout R-1 go on"), "{last}");
}

#[tokio::test]
async fn what_a_guard_took_back_waits_to_be_seen_and_a_week_more() {
    let world = World::new().await;
    let guard = with_action("order", GuardAction::RollBack);
    running(&world, vec![guard]).await;
    people(&world, (0, 1_000), [2, 0]).await;
    world.clock.advance(30 * 86_400);
    let found = open(&world).await;
    assert_eq!(found.len(), 1, "nobody has seen it");
    let number = found[0].number;
    acknowledge(&world.ctx, &world.admin, number, "seen")
        .await
        .unwrap();
    world.clock.advance(6 * 86_400);
    assert_eq!(open(&world).await.len(), 1);
    world.clock.advance(86_400);
    assert_eq!(open(&world).await, []);
    let (_, last) = story(&world, number).await;
    assert!(
        last.contains("took back rollout R-1, and it was acknowledged"),
        "{last}"
    );
}

#[tokio::test]
async fn a_split_is_settled_when_its_rollout_ends() {
    let world = World::new().await;
    let number = running(&world, Vec::new()).await;
    let alarm = Alarm {
        cause: Cause::SampleRatio,
        urgency: Urgency::High,
        subject: format!("rollout:R-{number}"),
        title: "held".into(),
        text: String::new(),
        environment: None,
        path: None,
        kpi: None,
    };
    let incident = raise(&world.ctx, world.admin.workspace, alarm)
        .await
        .unwrap();
    assert_eq!(open(&world).await.len(), 1);
    rollouts::roll_back(&world.ctx, &world.admin, number, "a broken cookie")
        .await
        .unwrap();
    assert_eq!(open(&world).await, []);
    let (_, last) = story(&world, incident).await;
    assert!(last.contains("took back rollout R-1"), "{last}");
}

#[tokio::test]
async fn a_stop_is_over_when_it_is_lifted() {
    let world = World::new().await;
    with_rules(&world).await;
    stop::stop_everything(&world.ctx, &world.admin, None, "wrong price")
        .await
        .unwrap();
    assert_eq!(open(&world).await.len(), 1);
    stop::lift(&world.ctx, &world.admin, 1, "the price is mended")
        .await
        .unwrap();
    assert_eq!(open(&world).await, []);
    let (_, last) = story(&world, IncidentNumber(1)).await;
    assert!(
        last.contains("lifted stop 1: the price is mended"),
        "{last}"
    );
}

#[tokio::test]
async fn a_receiver_that_takes_messages_again_is_over() {
    let world = World::new().await;
    with_rules(&world).await;
    let ctx = &world.ctx;
    world
        .letters
        .refuse([NotifyError::Refused("404 no such hook".into())]);
    raise(ctx, world.admin.workspace, crate::escalation::alarm())
        .await
        .unwrap();
    let failing = |all: &[Incident]| {
        let causes = all.iter().map(|one| one.alarm.cause);
        causes.filter(|one| *one == Cause::ConnectorFailing).count()
    };
    assert_eq!(failing(&open(&world).await), 1);
    world.clock.advance(60);
    assert_eq!(failing(&open(&world).await), 1);
    let other = Alarm {
        subject: "rollout:R-9".into(),
        ..crate::escalation::alarm()
    };
    raise(ctx, world.admin.workspace, other).await.unwrap();
    open(&world).await;
    assert_eq!(failing(&open(&world).await), 0, "a later message was taken");
}

#[tokio::test]
async fn who_was_told_is_told_when_a_person_resolves_it() {
    let world = World::new().await;
    with_rules(&world).await;
    let pam = crate::changes::person(&world, "Pam", variorum_domain::access::Role::Publisher).await;
    let number = raise(
        &world.ctx,
        world.admin.workspace,
        crate::escalation::alarm(),
    )
    .await
    .unwrap();
    open(&world).await;
    letters(&world);
    resolve(&world.ctx, &pam, number, "taken back")
        .await
        .unwrap();
    open(&world).await;
    let told = letters(&world);
    assert_eq!(told.len(), 2);
    assert!(
        told.iter().all(|one| one.1.contains("Resolved: ")),
        "{told:?}"
    );
}
