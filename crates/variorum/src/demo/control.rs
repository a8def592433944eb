//! The buttons of the sample workspace: start the tempting edit, customers on and off, tell again.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use variorum_api::DemoControl;
use variorum_api_types::demo::{Demo, StartTraffic, Traffic};
use variorum_app::members::{self, NewToken};
use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_app::{Context, Error, events, releases, serving, setup};
use variorum_domain::access::{self, Action, Actor, Role, Use};
use variorum_domain::id::ReleaseNumber;

use super::past::{coverages, plan};
use super::seed;
use super::stages;
use super::story::{Story, story};
use super::traffic::{Plan, Progress, run};

/// Customers a second: the guard decides after about 2,000 people, most of them of the last stage.
const PER_SECOND: u32 = 80;
const SECONDS: u32 = 180;
/// Roll-outs looked at to find the last run.
const LAST_ROLLOUTS: usize = 20;

/// The controls of one sample workspace.
pub(super) struct Control {
    ctx: Arc<Context>,
    url: String,
    story: Story,
    token: Mutex<Option<String>>,
    progress: Mutex<Arc<Progress>>,
}

impl Control {
    pub(super) fn new(ctx: Arc<Context>, url: &str) -> Result<Self, Error> {
        Ok(Self {
            ctx,
            url: url.to_owned(),
            story: story()?,
            token: Mutex::new(None),
            progress: Mutex::new(Arc::new(Progress::default())),
        })
    }

    fn progress(&self) -> Arc<Progress> {
        self.progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A token of the least role for the simulated customers, made once a process.
    async fn token(&self, actor: &Actor) -> Result<String, Error> {
        let known = self
            .token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let new = NewToken {
            name: "simulated customers".into(),
            role: Role::Viewer,
            days: Some(1),
            service: true,
            uses: Use::ALL.to_vec(),
        };
        let (_, _, secret) = members::create_token(&self.ctx, actor, new).await?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret.clone());
        Ok(secret)
    }

    /// The release with the tempting edit, by its note.
    async fn release(&self, actor: &Actor) -> Result<ReleaseNumber, Error> {
        let wanted = format!("{}, for the test.", self.story.next.title);
        let page = releases::list(&self.ctx, actor, None, 200).await?;
        let found = page.into_iter().find(|release| release.note == wanted);
        found.map(|release| release.number).ok_or_else(|| {
            Error::invalid_with_hint(
                "the release of the demonstration is gone",
                "reset the sample under Settings",
            )
        })
    }

    async fn run_traffic(&self, actor: &Actor, cmd: &StartTraffic) -> Result<(), Error> {
        if self.progress().running.load(Ordering::Relaxed) {
            return Ok(());
        }
        let run_number = self.ctx.clock.now().0.unsigned_abs();
        let plan = Plan {
            url: self.url.clone(),
            token: self.token(actor).await?,
            prompt: self.story.next.rollout.prompt.clone(),
            rates: self.story.next.rates.clone(),
            per_second: cmd.per_second.unwrap_or(PER_SECOND).clamp(1, 2_000),
            seconds: cmd.seconds.unwrap_or(SECONDS).clamp(1, 600),
            run: run_number,
        };
        let progress = Arc::new(Progress::default());
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress.clone();
        let ctx = self.ctx.clone();
        let workspace = actor.workspace;
        tokio::task::spawn_blocking(move || {
            run(&plan, &progress);
            ctx.announce(workspace, "demo", "traffic");
        });
        Ok(())
    }
}

#[async_trait]
impl DemoControl for Control {
    async fn status(&self, actor: &Actor) -> Result<Demo, Error> {
        let next = &self.story.next;
        let last = rollouts::list(&self.ctx, actor, false, None, LAST_ROLLOUTS).await?;
        let last = last.into_iter().find(|one| one.rollout.title == next.title);
        let progress = self.progress();
        let problem = progress
            .problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let running = progress.running.load(Ordering::Relaxed);
        Ok(Demo {
            available: true,
            title: next.title.clone(),
            summary: next.body.split_whitespace().collect::<Vec<_>>().join(" "),
            why_it_fails: next.why_it_fails.trim().to_owned(),
            prompt: next.rollout.prompt.clone(),
            rollout: last.map(|one| one.rollout.number.0),
            traffic: Traffic {
                running,
                customers: progress.customers.load(Ordering::Relaxed),
                events: progress.events.load(Ordering::Relaxed),
                seconds_left: if running { progress.seconds_left() } else { 0 },
                problem,
            },
        })
    }

    async fn start(&self, actor: &Actor) -> Result<Demo, Error> {
        access::check(actor, Action::GoLive, "")?;
        let next = &self.story.next;
        let plan = plan(
            &coverages(&next.rollout.stages_bp),
            &next.rollout.goal,
            &next.record.hypothesis,
            &next.guards,
            next.rollout.units,
        );
        let cmd = StartRollout {
            environment: None,
            title: next.title.clone(),
            treatments: vec![NewArm::of(self.release(actor).await?)],
            prompt: Some(next.rollout.prompt.clone()),
            plan,
            reason: next.record.hypothesis.clone(),
        };
        let started = rollouts::start(&self.ctx, actor, cmd).await?;
        if let Some(colleague) = self.story.person(&next.rollout.moved_on_by) {
            stages::watch(&self.ctx, actor, &colleague.email, started.number);
        }
        self.run_traffic(actor, &StartTraffic::default()).await?;
        self.ctx.announce(actor.workspace, "demo", "started");
        self.status(actor).await
    }

    async fn start_traffic(&self, actor: &Actor, cmd: StartTraffic) -> Result<Demo, Error> {
        access::check(actor, Action::GoLive, "")?;
        self.run_traffic(actor, &cmd).await?;
        self.ctx.announce(actor.workspace, "demo", "traffic");
        self.status(actor).await
    }

    async fn stop_traffic(&self, actor: &Actor) -> Result<Demo, Error> {
        access::check(actor, Action::GoLive, "")?;
        self.progress().stop.store(true, Ordering::Relaxed);
        self.status(actor).await
    }

    async fn reset(&self, actor: &Actor) -> Result<Demo, Error> {
        access::check(actor, Action::Administer, "")?;
        self.progress().stop.store(true, Ordering::Relaxed);
        setup::clear_sample(&self.ctx, actor).await?;
        seed::tell(&self.ctx, actor).await?;
        setup::forget(&self.ctx, actor.workspace);
        serving::refresh(&self.ctx, actor.workspace).await?;
        events::restore(&self.ctx).await?;
        for topic in [
            "library",
            "release",
            "environment",
            "rollout",
            "demo",
            "people",
        ] {
            self.ctx.announce(actor.workspace, topic, "");
        }
        self.status(actor).await
    }
}
