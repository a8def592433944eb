//! Alarms that reach people: who is told when, what they answer, and what a restart leaves.

use variorum_app::escalation::{
    acknowledge, deliveries, hand_over, list, raise, resolve, show, snooze, test_ladder, tick,
    who_is_on_call,
};
use variorum_app::{Error, activity, notices};
use variorum_domain::access::{Actor, Role};
use variorum_domain::escalation::{
    Alarm, Cause, Delivery, DeliveryState, ESCALATION_FILE, IncidentState, TRIES_MAX, Urgency,
};
use variorum_domain::id::IncidentNumber;
use variorum_domain::notice::NoticeKind;
use variorum_ports::Clock;
use variorum_ports::notifier::{Destination, NotifyError};
use variorum_ports::rows::EntryFilter;

use crate::changes::person;
use crate::world::World;

const RULES: &str = r#"
calendars:
  - id: marketing
    zone: Europe/Berlin
    rotations:
      - {people: [pam@acme.example, bob@acme.example], starts: 2026-10-26T00:00, days: 7}
webhooks:
  - {id: ops, url: "env:VARIORUM_NOTIFY_OPS", form: slack}
ladders:
  - id: revenue
    title: Revenue at risk
    when: {causes: [guard-fired]}
    steps:
      - {tell: ["on-call:marketing", "webhook:ops"], by: [inbox, email], minutes: 10}
      - {tell: ["role:administrator"], by: [email], minutes: 20}
"#;

pub(crate) fn alarm() -> Alarm {
    Alarm {
        cause: Cause::GuardFired,
        urgency: Urgency::Critical,
        subject: "rollout:R-1".into(),
        title: "Guard on order was breached".into(),
        text: "Orders fell.".into(),
        environment: Some("production".into()),
        path: None,
        kpi: Some("order".into()),
    }
}

struct Team {
    world: World,
    pam: Actor,
    bob: Actor,
}

impl Team {
    async fn new() -> Self {
        let world = World::new().await;
        world
            .save("Rules", &[(ESCALATION_FILE, RULES)])
            .await
            .unwrap();
        let pam = person(&world, "Pam", Role::Publisher).await;
        let bob = person(&world, "Bob", Role::Viewer).await;
        Self { world, pam, bob }
    }

    async fn raise(&self) -> IncidentNumber {
        let workspace = self.world.admin.workspace;
        raise(&self.world.ctx, workspace, alarm()).await.unwrap()
    }

    async fn tick(&self) {
        tick(&self.world.ctx).await.unwrap();
    }

    /// Who got messages since the last look.
    fn told(&self) -> Vec<String> {
        let letters = self.world.letters.take().into_iter();
        let mut to: Vec<String> = letters
            .map(|one| match one.to {
                Destination::Email(address) => address,
                Destination::Webhook(webhook) => webhook.id,
            })
            .collect();
        to.sort();
        to
    }

    async fn alarms(&self, actor: &Actor) -> usize {
        let (lines, _) = notices::list(&self.world.ctx, actor, true, None, 50)
            .await
            .unwrap();
        let alarms = lines.iter().filter(|one| one.kind == NoticeKind::Alarm);
        alarms.count()
    }

    async fn log(&self) -> Vec<Delivery> {
        deliveries(&self.world.ctx, &self.world.admin, None, 50)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_ladder_is_climbed_until_somebody_answers() {
    let team = Team::new().await;
    let number = team.raise().await;
    team.tick().await;
    assert_eq!(team.told(), ["ops", "pam@acme.example"]);
    assert_eq!(team.alarms(&team.pam).await, 1);
    team.tick().await;
    assert_eq!(team.told(), [""; 0], "a step is told once");
    team.world.clock.advance(10 * 60);
    team.tick().await;
    assert_eq!(team.told(), ["ann@acme.example"]);
    acknowledge(&team.world.ctx, &team.bob, number, "on it")
        .await
        .unwrap();
    team.world.clock.advance(3_600);
    team.tick().await;
    assert_eq!(team.told(), [""; 0]);
    let (incident, log) = show(&team.world.ctx, &team.bob, number).await.unwrap();
    assert_eq!(incident.state, IncidentState::Acknowledged);
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|one| one.state == DeliveryState::Sent));
    let story: Vec<&str> = incident.lines.iter().map(|one| one.text.as_str()).collect();
    assert!(
        story[1].contains("told ops (webhook), pam@acme.example (inbox, email)")
            || story[1].contains("pam@acme.example (inbox, email), ops (webhook)"),
        "{story:?}"
    );
    let filter = EntryFilter {
        target: Some("incident:I-1".into()),
        ..EntryFilter::default()
    };
    let entries = activity::list(&team.world.ctx, &team.world.admin, &filter, None, 50)
        .await
        .unwrap();
    let actions: Vec<&str> = entries.iter().map(|one| one.action.as_str()).collect();
    let expected = [
        "incident.acknowledged",
        "incident.told",
        "incident.told",
        "incident.opened",
    ];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn the_same_trouble_is_one_incident_until_it_is_resolved() {
    let team = Team::new().await;
    let first = team.raise().await;
    assert_eq!(team.raise().await, first);
    team.tick().await;
    assert_eq!(team.told().len(), 2, "nobody is told twice");
    let (incident, _) = show(&team.world.ctx, &team.pam, first).await.unwrap();
    assert_eq!(incident.times, 2);
    resolve(&team.world.ctx, &team.pam, first, "taken back")
        .await
        .unwrap();
    assert_ne!(team.raise().await, first);
    let open = list(&team.world.ctx, &team.pam, true, None, 50)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
}

#[tokio::test]
async fn messages_are_tried_again_with_the_same_key_and_given_up() {
    let team = Team::new().await;
    let busy = || NotifyError::Failed("421 busy".into());
    team.world.letters.refuse([busy(), busy()]);
    team.raise().await;
    team.tick().await;
    assert_eq!(team.told(), [""; 0]);
    let keys: Vec<String> = team.log().await.into_iter().map(|one| one.key).collect();
    team.world.clock.advance(5);
    team.tick().await;
    assert_eq!(team.told(), [""; 0], "not at once");
    team.world.clock.advance(8);
    team.tick().await;
    let letters = team.world.letters.take();
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|one| keys.contains(&one.key)));
    assert!(team.log().await.iter().all(|one| one.tries == 2));

    let forever = (0..u64::from(TRIES_MAX)).map(|_| busy());
    team.world.letters.refuse(forever);
    test_ladder(&team.world.ctx, &team.world.admin, "fallback")
        .await
        .unwrap();
    assert_eq!(
        team.log().await.len(),
        2,
        "the fallback writes to inboxes only, and a test to none"
    );
    team.world
        .letters
        .refuse([NotifyError::Refused("550 no such user".into())]);
}

#[tokio::test]
async fn what_no_try_can_mend_is_given_up_at_once() {
    let team = Team::new().await;
    let no = || NotifyError::Refused("550 no such user".into());
    team.world.letters.refuse([no(), no()]);
    team.raise().await;
    team.tick().await;
    let log = team.log().await;
    assert!(
        log.iter()
            .all(|one| one.state == DeliveryState::Failed && one.tries == 1)
    );
    assert!(log.iter().all(|one| one.answer.contains("no such user")));
    team.world.clock.advance(300);
    team.tick().await;
    assert_eq!(team.told(), [""; 0]);
}

#[tokio::test]
async fn a_message_that_is_not_taken_is_an_incident_but_not_where_nothing_can_be_sent() {
    let team = Team::new().await;
    let open = async || {
        let found = list(&team.world.ctx, &team.world.admin, true, None, 50).await;
        found.unwrap().len()
    };
    let absent = || NotifyError::NotSetUp("e-mail is not set up on this server".into());
    team.world.letters.refuse([absent(), absent()]);
    team.raise().await;
    team.tick().await;
    let log = team.log().await;
    assert!(log.iter().all(|one| one.state == DeliveryState::Failed));
    assert_eq!(open().await, 1, "what was raised, and nothing of the way");

    let team = Team::new().await;
    let refused = NotifyError::Refused("550 no such user".into());
    team.world.letters.refuse([refused]);
    team.raise().await;
    team.tick().await;
    let found = list(&team.world.ctx, &team.world.admin, true, None, 50).await;
    assert_eq!(
        found.unwrap().len(),
        2,
        "what was raised, and that it is not taken"
    );
}

#[tokio::test]
async fn nothing_is_lost_by_a_restart_or_missed_ticks() {
    let mut team = Team::new().await;
    team.raise().await;
    team.world.clock.advance(5 * 3_600);
    team.world.restart().await;
    team.tick().await;
    assert_eq!(
        team.told(),
        ["ops", "pam@acme.example", "ann@acme.example"]
            .into_iter()
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    team.tick().await;
    assert_eq!(team.told(), [""; 0]);
}

#[tokio::test]
async fn a_snooze_ends_and_a_hand_over_tells() {
    let team = Team::new().await;
    let ctx = &team.world.ctx;
    let number = team.raise().await;
    team.tick().await;
    team.told();
    let until = team.world.clock.now().plus_seconds(1_800);
    assert!(snooze(ctx, &team.pam, number, until, " ").await.is_err());
    snooze(ctx, &team.pam, number, until, "the mail is out by then")
        .await
        .unwrap();
    team.world.clock.advance(1_799);
    team.tick().await;
    assert_eq!(team.told(), [""; 0]);
    team.world.clock.advance(1);
    team.tick().await;
    assert_eq!(team.told().len(), 2, "the ladder begins anew");
    let unknown = hand_over(ctx, &team.pam, number, "zoe@acme.example", "hers").await;
    assert!(matches!(unknown, Err(Error::Invalid { .. })));
    hand_over(ctx, &team.pam, number, "Bob@acme.example", "his campaign")
        .await
        .unwrap();
    team.tick().await;
    assert_eq!(team.told(), ["bob@acme.example"]);
    assert_eq!(team.alarms(&team.bob).await, 1);
    team.world.clock.advance(600);
    team.tick().await;
    assert_eq!(
        team.told().len(),
        2,
        "nobody answered, so the ladder begins anew"
    );
}

#[tokio::test]
async fn a_test_tells_all_steps_marked_and_opens_nothing() {
    let team = Team::new().await;
    let ctx = &team.world.ctx;
    assert!(matches!(
        test_ladder(ctx, &team.bob, "revenue").await,
        Err(Error::Denied(_))
    ));
    assert!(matches!(
        test_ladder(ctx, &team.pam, "none").await,
        Err(Error::NotFound { .. })
    ));
    let tested = test_ladder(ctx, &team.pam, "revenue").await.unwrap();
    assert_eq!(tested.steps.len(), 2);
    team.tick().await;
    let letters = team.world.letters.take();
    assert_eq!(letters.len(), 3);
    assert!(
        letters
            .iter()
            .all(|one| one.subject.starts_with("[TEST]") && one.incident.is_none())
    );
    assert_eq!(list(ctx, &team.pam, false, None, 50).await.unwrap(), []);
    assert_eq!(team.alarms(&team.pam).await, 0);
    test_ladder(ctx, &team.pam, "revenue").await.unwrap();
    team.tick().await;
    assert_eq!(team.told().len(), 3, "a second test is no repetition");
}

#[tokio::test]
async fn rules_that_cannot_be_read_do_not_reach_the_library() {
    let team = Team::new().await;
    let broken = [(ESCALATION_FILE, "ladders: [{steps: []}]")];
    match team.world.save("Break", &broken).await {
        Err(Error::Invalid { diagnostics, .. }) => {
            assert_eq!(diagnostics[0].path, ESCALATION_FILE);
        }
        other => assert!(other.is_err(), "it was taken"),
    }
    let calendars = who_is_on_call(&team.world.ctx, &team.bob, None, 7)
        .await
        .unwrap();
    assert_eq!(calendars[0].now, ["pam@acme.example"]);
    assert!(calendars[0].shifts.len() > 1);
}
