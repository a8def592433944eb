use proptest::prelude::*;

use super::*;
use crate::id::{ActorId, IncidentNumber, Time};

const FILE: &str = r#"
calendars:
  - id: marketing
    title: Marketing on call
    zone: Europe/Berlin
    rotations:
      - people: [ann@acme.example, bob@acme.example]
        starts: 2026-10-05T09:00
        days: 7
    overrides:
      - {person: cara@acme.example, from: 2026-10-21T00:00, until: 2026-10-22T00:00}
  - id: office
    zone: Europe/Berlin
    rotations:
      - people: [dan@acme.example]
        starts: 2026-01-01T00:00
        days: 1
        between: "09:00-18:00"
        weekdays: [mon, tue, wed, thu, fri]
webhooks:
  - {id: ops, url: "env:VARIORUM_NOTIFY_OPS", form: slack}
ladders:
  - id: revenue
    title: Revenue at risk
    when: {causes: [guard-fired], environments: [production], kpis: [order], paths: [prompts/email/**], urgency: high}
    steps:
      - {tell: ["on-call:marketing", "webhook:ops"], by: [email], minutes: 10}
      - {tell: ["role:publisher", Lead@acme.example], minutes: 30}
    repeat: 1
  - id: all
    steps: [{tell: ["role:administrator"]}]
"#;

type Edit = fn(&mut Alarm);

fn alarm() -> Alarm {
    Alarm {
        cause: Cause::GuardFired,
        urgency: Urgency::Critical,
        subject: "rollout:R-1".into(),
        title: "Guard on `order` was breached".into(),
        text: "Orders fell.".into(),
        environment: Some("production".into()),
        path: Some("prompts/email/welcome.prompt".into()),
        kpi: Some("order".into()),
    }
}

fn rules() -> Escalation {
    Escalation::parse(FILE).unwrap()
}

fn incident() -> Incident {
    let alarm = alarm();
    Incident::open(Opening {
        number: IncidentNumber(1),
        ladder: rules().ladder_for(&alarm),
        alarm,
        at: minutes(0),
    })
}

fn minutes(count: i64) -> Time {
    Time::from_seconds(1_790_000_000 + count * 60)
}

fn who(id: i64, name: &str) -> Who {
    Who {
        id: ActorId(id),
        name: name.into(),
    }
}

fn at(text: &str) -> Time {
    let moment: jiff::Timestamp = text.parse().unwrap();
    Time(moment.as_microsecond())
}

#[test]
fn the_first_ladder_that_takes_an_alarm_is_climbed() {
    let rules = rules();
    let edits: [(&str, Edit); 7] = [
        ("revenue", |_| {}),
        ("all", |alarm| alarm.cause = Cause::Regression),
        ("all", |alarm| alarm.urgency = Urgency::Low),
        ("all", |alarm| alarm.environment = Some("preview".into())),
        ("all", |alarm| alarm.kpi = None),
        ("all", |alarm| {
            alarm.path = Some("prompts/sms/x.prompt".into());
        }),
        ("all", |alarm| alarm.path = None),
    ];
    for (expected, edit) in edits {
        let mut alarm = alarm();
        edit(&mut alarm);
        assert_eq!(rules.ladder_for(&alarm).id, expected, "{alarm:?}");
    }
    let none = Escalation::default().ladder_for(&alarm());
    assert_eq!(none, Ladder::fallback(), "no alarm is told to nobody");
}

/// Files that cannot be read, and words of what is said about them.
const UNREADABLE: &[(&str, &str)] = &[
    ("ladders: [{steps: []}]", "needs `steps`"),
    (
        "ladders: [{steps: [{tell: [\"on-call:x\"]}]}]",
        "no calendar `x`",
    ),
    (
        "ladders: [{steps: [{tell: [\"webhook:x\"]}]}]",
        "no webhook `x`",
    ),
    (
        "ladders: [{steps: [{tell: [\"role:king\"]}]}]",
        "nobody who can be told",
    ),
    (
        "ladders: [{steps: [{tell: [ann]}]}]",
        "nobody who can be told",
    ),
    ("ladders: [{steps: [{}]}]", "needs `tell`"),
    (
        "ladders: [{steps: [{tell: [a@b.c], minutes: 0}]}]",
        "from 1 to 10080",
    ),
    (
        "ladders: [{steps: [{tell: [a@b.c], by: [emial]}]}]",
        "did you mean `email`",
    ),
    (
        "ladders: [{when: {causes: [gard-fired]}, steps: [{tell: [a@b.c]}]}]",
        "did you mean `guard-fired`",
    ),
    (
        "ladders: [{when: {urgency: huge}, steps: [{tell: [a@b.c]}]}]",
        "`urgency` must be one of",
    ),
    (
        "ladders: [{id: a, steps: [{tell: [a@b.c]}]}, {id: a, steps: [{tell: [a@b.c]}]}]",
        "two ladders",
    ),
    (
        "calendars: [{id: x, zone: Europe/Atlantis}]",
        "nobody knows the zone",
    ),
    (
        "calendars: [{id: x, rotations: [{starts: 2026-01-01T00:00}]}]",
        "needs `people`",
    ),
    (
        "calendars: [{id: x, rotations: [{people: [a@b.c], starts: soon}]}]",
        "must be a moment",
    ),
    (
        "calendars: [{id: x, rotations: [{people: [a@b.c], starts: 2026-01-01T00:00, between: \"9-9\"}]}]",
        "must be hours",
    ),
    (
        "calendars: [{id: x, overrides: [{person: a@b.c, from: 2026-01-02T00:00, until: 2026-01-01T00:00}]}]",
        "later than",
    ),
    (
        "webhooks: [{id: x, url: \"ftp://x\", form: slack}]",
        "must begin with `https://`",
    ),
    (
        "webhooks: [{id: x, url: \"https://x.example\", secret: hunter2}]",
        "never is one",
    ),
    (
        "webhooks: [{id: x, url: \"https://x.example\", secret: \"env:PATH\"}]",
        "never is one",
    ),
    (
        "webhooks: [{id: x, url: \"https://x.example\"}]",
        "needs `secret`",
    ),
    ("leaders: []", "did you mean `ladders`"),
];

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (text, words) in UNREADABLE {
        let found = Escalation::parse(text).unwrap_err();
        let all: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert!(all.iter().any(|one| one.contains(words)), "{text}: {all:?}");
        assert!(found.iter().all(|one| one.line > 0), "{text}");
    }
}

#[test]
fn turns_follow_the_clock_of_the_place_through_the_end_of_summer_time() {
    let rules = rules();
    let calendar = rules.calendar("marketing").unwrap();
    let rows = [
        ("2026-10-05T06:59:00Z", &[][..]),
        ("2026-10-05T07:00:00Z", &["ann@acme.example"]),
        ("2026-10-12T06:59:59Z", &["ann@acme.example"]),
        ("2026-10-12T07:00:00Z", &["bob@acme.example"]),
        ("2026-10-20T22:00:00Z", &["cara@acme.example"]),
        ("2026-10-21T22:00:00Z", &["ann@acme.example"]),
        // Summer time ends on 25 October: nine o'clock is an hour later now.
        ("2026-10-26T07:30:00Z", &["ann@acme.example"]),
        ("2026-10-26T08:00:00Z", &["bob@acme.example"]),
    ];
    for (moment, expected) in rows {
        assert_eq!(calendar.who(at(moment)), expected, "{moment}");
    }
}

#[test]
fn gaps_are_named() {
    let rules = rules();
    let office = rules.calendar("office").unwrap();
    // Thursday noon until Monday noon.
    let gaps = office.gaps(at("2026-12-03T11:00:00Z"), at("2026-12-07T11:00:00Z"));
    let told: Vec<String> = gaps.iter().map(|gap| office.local(gap.from)).collect();
    assert_eq!(told, ["2026-12-03 18:00", "2026-12-04 18:00"]);
    assert_eq!(office.local(gaps[1].until), "2026-12-07 09:00");
}

#[test]
fn hours_over_midnight_belong_to_the_day_they_begin_on() {
    let text = "calendars: [{id: n, zone: UTC, rotations: [{people: [a@b.c], starts: 2026-01-01T00:00, days: 1, between: \"22:00-06:00\", weekdays: [fri]}]}]";
    let rules = Escalation::parse(text).unwrap();
    let night = rules.calendar("n").unwrap();
    let rows = [
        ("2026-12-04T21:59:00Z", false),
        ("2026-12-04T22:00:00Z", true),
        ("2026-12-05T05:59:00Z", true),
        ("2026-12-05T06:00:00Z", false),
        ("2026-12-04T03:00:00Z", false),
    ];
    for (moment, expected) in rows {
        assert_eq!(!night.who(at(moment)).is_empty(), expected, "{moment}");
    }
}

proptest! {
    #[test]
    fn shifts_say_the_same_as_asking_at_each_moment(day in 0_i64..400, length in 1_i64..21, minute in 0_i64..30_240) {
        let from = Time::from_seconds(1_791_000_000 + day * 86_400);
        let until = from.plus_seconds(length * 86_400);
        let moment = from.plus_seconds(minute * 60);
        prop_assume!(moment < until);
        for calendar in &rules().calendars {
            let shifts = calendar.shifts(from, until);
            prop_assert_eq!(shifts[0].from, from);
            prop_assert_eq!(shifts[shifts.len() - 1].until, until);
            prop_assert!(shifts.windows(2).all(|two| two[0].until == two[1].from));
            let found = shifts.iter().find(|one| one.from <= moment && moment < one.until).unwrap();
            prop_assert_eq!(&found.people, &calendar.who(moment));
        }
    }

    /// Whenever ticks come, each step of each round is told once and in its order, and never before
    /// the deadline of the step before.
    #[test]
    fn every_step_is_told_once_a_round(gaps in prop::collection::vec(0_i64..90, 1..60)) {
        let mut incident = incident();
        let mut now = 0;
        let mut told: Vec<(u32, usize, i64)> = Vec::new();
        for gap in gaps {
            now += gap;
            if let Some(tell) = incident.tick(minutes(now)) {
                told.push((tell.round, tell.step, now));
            }
            prop_assert_eq!(incident.tick(minutes(now)), None, "one step at a time");
        }
        let all = [(1, 0), (1, 1), (2, 0), (2, 1)];
        let seen: Vec<(u32, usize)> = told.iter().map(|one| (one.0, one.1)).collect();
        prop_assert_eq!(&seen[..], &all[..seen.len()]);
        for two in told.windows(2) {
            let deadline = i64::from(incident.course.steps[two[0].1].minutes);
            prop_assert!(two[1].2 - two[0].2 >= deadline);
        }
    }

    /// A clock that jumps anywhere and comes back: nobody waits longer than a deadline.
    #[test]
    fn a_clock_that_jumps_loses_nothing(jump in -100_000_i64..100_000) {
        let mut incident = incident();
        prop_assert!(incident.tick(minutes(0)).is_some());
        let _ = incident.tick(minutes(jump));
        let step = incident.step;
        if step < 2 {
            prop_assert!(incident.tick(minutes(jump + 10)).is_some());
        }
        let _ = incident.tick(minutes(jump + 40));
        prop_assert!(incident.step > 1 || incident.round > 1);
    }

    #[test]
    fn waits_grow_and_end(tries in 1_u32..TRIES_MAX, jitter in any::<u64>()) {
        let now = minutes(0);
        let wait = next_try(tries, now, jitter).unwrap().0 - now.0;
        let plain = (10_i64 << (tries - 1)).min(3_600) * Time::SECOND_US;
        prop_assert!(wait >= plain * 3 / 4 && wait <= plain * 5 / 4, "{wait} {plain}");
        prop_assert_eq!(next_try(TRIES_MAX, now, jitter), None);
    }
}

#[test]
fn nobody_is_told_after_an_answer() {
    let ann = who(1, "Ann");
    let answers: [fn(&mut Incident, &Who); 2] = [
        |one, ann| one.acknowledge(ann, "on it", minutes(1)).unwrap(),
        |one, ann| one.resolve(ann, "rolled back", minutes(1)).unwrap(),
    ];
    for answer in answers {
        let mut incident = incident();
        assert!(incident.tick(minutes(0)).is_some());
        answer(&mut incident, &ann);
        for minute in 0..500 {
            assert_eq!(incident.tick(minutes(minute)), None);
        }
        assert_eq!(incident.next_at(), None);
    }
}

#[test]
fn a_snooze_ends_and_the_ladder_begins_anew() {
    let ann = who(1, "Ann");
    let mut incident = incident();
    incident.tick(minutes(0)).unwrap();
    let refused = [
        incident.snooze(&ann, minutes(60), " ", minutes(1)),
        incident.snooze(&ann, minutes(1), "later", minutes(1)),
        incident.snooze(&ann, minutes(60 * 24 * 15), "later", minutes(1)),
    ];
    assert_eq!(
        refused,
        [
            Err(IncidentError::Reason),
            Err(IncidentError::Snooze),
            Err(IncidentError::Snooze)
        ]
    );
    incident
        .snooze(&ann, minutes(60), "the mail is out at ten", minutes(1))
        .unwrap();
    assert_eq!(incident.tick(minutes(59)), None);
    assert_eq!(incident.tick(minutes(61)), Some(Tell { round: 2, step: 0 }));
    assert_eq!(incident.state, IncidentState::Open);
}

#[test]
fn whoever_it_is_handed_to_has_a_deadline() {
    let (ann, bob) = (who(1, "Ann"), who(2, "Bob"));
    let mut incident = incident();
    incident.tick(minutes(0)).unwrap();
    incident
        .hand_over(&ann, &bob, "his campaign", minutes(5))
        .unwrap();
    assert_eq!(incident.tick(minutes(14)), None);
    let mut answered = incident.clone();
    answered.acknowledge(&bob, "", minutes(14)).unwrap();
    assert_eq!(answered.tick(minutes(900)), None);
    assert_eq!(incident.tick(minutes(15)), Some(Tell { round: 2, step: 0 }));
}

#[test]
fn what_is_over_stays_over() {
    let ann = who(1, "Ann");
    let mut incident = incident();
    incident.resolve(&ann, "fixed", minutes(1)).unwrap();
    let over = Err(IncidentError::Resolved(IncidentNumber(1)));
    assert_eq!(incident.acknowledge(&ann, "", minutes(2)), over);
    assert_eq!(incident.snooze(&ann, minutes(9), "x", minutes(2)), over);
    assert_eq!(incident.hand_over(&ann, &ann, "x", minutes(2)), over);
    assert_eq!(incident.resolve(&ann, "x", minutes(2)), over);
}

#[test]
fn an_incident_survives_being_written_down() {
    let mut incident = incident();
    incident.tick(minutes(0)).unwrap();
    let text = serde_json::to_string(&incident).unwrap();
    assert_eq!(serde_json::from_str::<Incident>(&text).unwrap(), incident);
}

#[test]
fn messages_say_what_to_do_and_tests_say_that_they_are() {
    let incident = incident();
    let said = message(
        &incident,
        Tell { round: 2, step: 0 },
        "http://x/incidents/1",
    );
    assert!(said.subject.starts_with("[I-1] Guard on"));
    for words in [
        "within 10 minutes",
        "http://x/incidents/1",
        "round 2",
        "Orders fell.",
    ] {
        assert!(said.text.contains(words), "{words}: {}", said.text);
    }
    let ladder = rules().ladder_for(&incident.alarm);
    let test = test_message(&ladder, 1, "Ann\nLee");
    assert!(test.subject.starts_with("[TEST]") && !test.subject.contains('\n'));
    assert!(test.text.contains("step 2 of 2"));
}
