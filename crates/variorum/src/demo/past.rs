//! Rollouts of the past: real events of simulated customers, folded and judged like any others.

use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_app::{Error, Result, escalation, events};
use variorum_domain::access::Actor;
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{ReleaseNumber, RolloutNumber, Time};
use variorum_domain::limits::PAGE_ROWS_MAX;
use variorum_domain::rollout::{Guard, GuardAction, GuardMore, Harm, Plan, Rollout, TREATMENT};

use super::people::Person;
use super::random::Random;
use super::seed::Teller;
use super::story::{self, ArmRates, StoryGuard};

/// Events sent at a time.
const EVENTS_PER_BATCH: usize = 500;

/// The plan of a rollout of the story.
pub(super) fn plan(
    stages: &[u32],
    goal: &str,
    hypothesis: &str,
    guards: &[StoryGuard],
    planned_units: u64,
) -> Plan {
    Plan {
        goal: Some(goal.to_owned()),
        hypothesis: hypothesis.to_owned(),
        guards: guards.iter().map(guard).collect(),
        planned_units,
        ..Plan::even(stages)
    }
}

fn guard(guard: &StoryGuard) -> Guard {
    Guard {
        kpi: guard.kpi.clone(),
        harm: if guard.harm == "increase" {
            Harm::Increase
        } else {
            Harm::Decrease
        },
        margin: 0.0,
        action: GuardAction::RollBack,
        more: GuardMore::default(),
    }
}

/// The story gives the share of the new release; coverage holds both arms.
pub(super) fn coverages(shares_bp: &[u32]) -> Vec<u32> {
    let mut stages: Vec<u32> = shares_bp
        .iter()
        .map(|share| (share * 2).min(10_000))
        .collect();
    stages.dedup();
    stages
}

/// Starts it, sends its customers through, and ends it as the story says.
pub(super) async fn run(teller: &mut Teller, told: &story::Rollout, index: usize) -> Result<()> {
    teller.at(told.days_ago_start);
    let actor = teller.publisher("mara")?.clone();
    let stages = coverages(&told.stages_bp);
    let cmd = StartRollout {
        environment: None,
        title: told.title.clone(),
        treatments: vec![NewArm::of(ReleaseNumber(told.treatment_release))],
        prompt: Some(told.prompt.clone()),
        plan: plan(
            &stages,
            &told.goal,
            &told.hypothesis,
            &told.guards,
            u64::from(told.units),
        ),
        reason: told.hypothesis.clone(),
    };
    let mut rollout = rollouts::start(&teller.ctx, &actor, cmd).await?;
    debug_assert_eq!(
        rollout.control(),
        ReleaseNumber(told.control_release),
        "{}",
        told.title
    );
    let mut customers = Customers::new(index, told.units);
    for (stage, _) in stages.iter().enumerate() {
        if stage > 0 {
            teller.at(days_ago(told, stage, stages.len()));
            match rollouts::advance(&teller.ctx, &actor, rollout.number, "within all limits").await
            {
                Ok(next) => rollout = next,
                Err(_) => break,
            }
        }
        let share = u32::try_from(stages.len()).unwrap_or(1);
        customers
            .serve(teller, &rollout, told, (stage, told.units / share))
            .await?;
        if !is_open(teller, rollout.number).await? {
            return answer(teller, told, rollout.number).await;
        }
    }
    teller.at(told.days_ago_end);
    if told.outcome == "finished" {
        finish(teller, &actor, rollout.number, &told.note).await?;
    } else {
        rollouts::roll_back(&teller.ctx, &actor, rollout.number, &told.note).await?;
    }
    Ok(())
}

/// Somebody answers the alarm of the guard that took it back, and tells its end.
async fn answer(teller: &Teller, told: &story::Rollout, number: RolloutNumber) -> Result<()> {
    let Some(said) = &told.incident else {
        return Ok(());
    };
    let (ctx, actor) = (&teller.ctx, teller.publisher(&said.by)?);
    let subject = format!("rollout:R-{number}");
    let open = escalation::list(ctx, actor, true, None, PAGE_ROWS_MAX).await?;
    let about = open.into_iter().find(|one| one.alarm.subject == subject);
    let Some(about) = about else {
        return Ok(());
    };
    let answered = about.opened_at.plus_seconds(60 * said.minutes_to_answer);
    teller.clock.set(answered);
    escalation::acknowledge(ctx, actor, about.number, &said.answer).await?;
    teller
        .clock
        .set(about.opened_at.plus_seconds(3_600 * said.hours_to_end));
    escalation::resolve(ctx, actor, about.number, &said.end).await?;
    Ok(())
}

/// Finishes it; where the verdict does not support that yet, in the name of two people, as it is
/// done at the page.
async fn finish(teller: &Teller, actor: &Actor, number: RolloutNumber, note: &str) -> Result<()> {
    let ctx = &teller.ctx;
    match rollouts::finish(ctx, actor, number, None, note).await {
        Err(Error::Refused(_)) => {}
        other => return other.map(drop),
    }
    let ask = rollouts::Ask::Finish(None);
    rollouts::ask(ctx, actor, number, ask, note).await?;
    let second = teller.another_publisher(actor)?;
    rollouts::confirm(ctx, second, number, "").await?;
    Ok(())
}

async fn is_open(teller: &Teller, number: RolloutNumber) -> Result<bool> {
    let actor = teller.publisher("mara")?;
    Ok(rollouts::get(&teller.ctx, actor, number)
        .await?
        .rollout
        .state
        .is_open())
}

#[expect(clippy::cast_precision_loss, reason = "a handful of stages")]
fn days_ago(told: &story::Rollout, stage: usize, stages: usize) -> f64 {
    let length = told.days_ago_start - told.days_ago_end;
    told.days_ago_start - length * (stage as f64) / (stages as f64)
}

/// The customers of one rollout.
struct Customers {
    random: Random,
    index: usize,
    met: u32,
}

impl Customers {
    fn new(index: usize, units: u32) -> Self {
        Self {
            random: Random::new(index as u64 * 7_919 + u64::from(units)),
            index,
            met: 0,
        }
    }

    /// Serves so many customers of the rollout during one stage.
    async fn serve(
        &mut self,
        teller: &Teller,
        rollout: &Rollout,
        told: &story::Rollout,
        (stage, wanted): (usize, u32),
    ) -> Result<()> {
        let stages = rollout.plan.stages.len();
        let from = days_ago(told, stage, stages);
        let length = (told.days_ago_start - told.days_ago_end)
            / f64::from(u32::try_from(stages).unwrap_or(1));
        let actor = teller.publisher("mara")?.clone();
        let mut served = 0;
        let mut batch = Vec::new();
        while served < wanted {
            self.met += 1;
            let unit = format!("contact-{}-{}", self.index + 1, self.met);
            let Some(arm) = rollout.arm_of(&unit) else {
                continue;
            };
            served += 1;
            let done = f64::from(served) / f64::from(wanted);
            teller.at(from - length * done * 0.98);
            self.customer(
                teller.clock_now(),
                rollout,
                (&unit, arm),
                &told.rates,
                &mut batch,
            );
            if batch.len() >= EVENTS_PER_BATCH || served == wanted {
                let events = batch.drain(..).map(Ok).enumerate().collect();
                events::ingest(&teller.ctx, &actor, events).await?;
                events::settle(&teller.ctx).await?;
                if !is_open(teller, rollout.number).await? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn customer(
        &mut self,
        now: Time,
        rollout: &Rollout,
        (unit, arm): (&str, u8),
        rates: &ArmRates,
        batch: &mut Vec<Event>,
    ) {
        let person = Person::named(unit);
        let prompt = rollout.prompt.clone().unwrap_or_default();
        // The folders of the sample are named as its channels.
        let channel = prompt.split('/').next().unwrap_or_default().to_owned();
        batch.push(Event {
            id: format!("x-{}-{unit}", rollout.number),
            kind: EventKind::Exposure,
            time: now,
            unit: unit.to_owned(),
            prompt: prompt.clone(),
            rollout: Some(rollout.number),
            arm: Some(arm),
            kpi: String::new(),
            value: 0,
            channel: channel.clone(),
            attributes: person.attributes().to_string(),
        });
        let got = if arm == TREATMENT {
            &rates.treatment
        } else {
            &rates.control
        };
        for (kpi, rate) in got {
            let old = rates.control.get(kpi).unwrap_or(rate);
            if self.random.chance(person.rate(*old, *rate)) {
                batch.push(Event {
                    id: format!("o-{}-{unit}-{kpi}", rollout.number),
                    kind: EventKind::Outcome,
                    time: now,
                    unit: unit.to_owned(),
                    prompt: prompt.clone(),
                    rollout: None,
                    arm: None,
                    kpi: kpi.clone(),
                    value: 1,
                    channel: channel.clone(),
                    attributes: String::new(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use variorum_app::{Context, setup, watch};
    use variorum_domain::escalation::{Cause, IncidentState};
    use variorum_store_sql::{SqlStore, SqliteEventLog};
    use variorum_testkit::{FixedClock, SeededIds};

    use super::super::{sample_workspace, seed};
    use super::*;

    #[tokio::test]
    async fn alarms_of_the_past_are_told_to_their_end_and_one_is_open_on_purpose() {
        let ctx = Context::new(
            Arc::new(SqlStore::open_sqlite_memory().await.unwrap()),
            Arc::new(SqliteEventLog::open_memory().unwrap()),
            Arc::new(FixedClock::default()),
            Arc::new(SeededIds::default()),
        );
        let new = sample_workspace("Sample");
        let you = setup::create_workspace(&ctx, &new).await.unwrap();
        seed::tell(&ctx, &you).await.unwrap();
        let all = escalation::list(&ctx, &you, false, None, 50).await.unwrap();
        assert_eq!(all.len(), 2);
        for one in &all {
            assert_eq!(one.alarm.cause, Cause::GuardFired);
            assert_eq!(one.state, IncidentState::Resolved);
            let told: Vec<&str> = one.lines.iter().map(|line| line.text.as_str()).collect();
            assert!(told.iter().any(|text| text.starts_with("acknowledged: ")));
            let hours = (one.resolved_at.unwrap().seconds() - one.opened_at.seconds()) / 3_600;
            assert!((20..40).contains(&hours), "{told:?}");
        }
        watch::tick(&ctx).await.unwrap();
        let open = escalation::list(&ctx, &you, true, None, 50).await.unwrap();
        let open: Vec<&str> = open.iter().map(|one| one.alarm.text.as_str()).collect();
        assert_eq!(open.len(), 1, "{open:#?}");
        assert!(open[0].contains("email/lifecycle/replenish"), "{open:?}");
    }
}
