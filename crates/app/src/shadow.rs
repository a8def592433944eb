//! Rollouts in the shadow: what a new release would have answered is filled in after the request is
//! answered, counted, and shown. A request pays for a look-up and a copy of its variables; what comes
//! faster than it can be filled in is passed over, and counted as such.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::{RolloutNumber, WorkspaceId};
use variorum_domain::prompt::{MessageSink, PartRef, RenderError, Role};
use variorum_domain::rollout::Design;
use variorum_domain::shadow::{
    Answer, Counts, Filled, SAMPLES_MAX, SAMPLES_PER_PROMPT_MAX, Sample,
};

use crate::context::Context;
use crate::rollouts::load;
use crate::serving::{Audience, ServedPrompt, ServedText};
use crate::work::Work;
use crate::{Error, Result};

/// Seconds between two rounds of filling in.
pub const SHADOW_SECONDS: u64 = 1;
/// Requests that wait for a round; more than this in one round are passed over.
const WAITING_MAX: usize = 2_000;
/// Requests filled in before others get their turn.
const AT_ONCE: usize = 100;

/// A request that was answered and is to be filled in once more.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The rollout in whose shadow it is.
    pub rollout: RolloutNumber,
    /// The environment; the default one where not given.
    pub environment: Option<String>,
    /// The prompt that was asked for.
    pub prompt: String,
    /// For which unit; may be empty.
    pub unit: String,
    /// Its brand; may be empty.
    pub brand: String,
    /// Its region; may be empty.
    pub region: String,
    /// What the prompt was filled in with.
    pub variables: Map<String, Value>,
}

/// Requests that wait to be filled in once more.
#[derive(Debug, Default)]
pub struct Shadows(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    asked: VecDeque<(WorkspaceId, Asked)>,
    passed_over: HashMap<(WorkspaceId, RolloutNumber, String), i64>,
}

impl Shadows {
    /// Leaves a request to be filled in later. Never waits.
    pub fn leave(&self, workspace: WorkspaceId, asked: Asked) {
        let mut waiting = self.lock();
        if waiting.asked.len() < WAITING_MAX {
            waiting.asked.push_back((workspace, asked));
        } else {
            let key = (workspace, asked.rollout, asked.prompt);
            *waiting.passed_over.entry(key).or_default() += 1;
        }
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Found {
    counts: Counts,
    samples: Vec<Sample>,
}

/// Fills in what waits, and adds what it came to. Derived from requests and decided by nobody, so it
/// makes no audit entry.
pub async fn fill_in(ctx: &Context) -> Result<()> {
    let waiting = ctx.shadows.take();
    let mut found: HashMap<(WorkspaceId, RolloutNumber), Found> = HashMap::new();
    for ((workspace, number, prompt), requests) in waiting.passed_over {
        let of = found.entry((workspace, number)).or_default();
        of.counts.pass_over(&prompt, requests);
    }
    for (place, (workspace, asked)) in waiting.asked.into_iter().enumerate() {
        if place % AT_ONCE == AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
        compare(ctx, workspace, &asked, &mut found);
    }
    for ((workspace, number), of) in found {
        keep(ctx, workspace, number, of).await?;
    }
    Ok(())
}

fn compare(
    ctx: &Context,
    workspace: WorkspaceId,
    asked: &Asked,
    found: &mut HashMap<(WorkspaceId, RolloutNumber), Found>,
) {
    let Some(index) = ctx.serving.index(workspace) else {
        return;
    };
    let audience = Audience {
        brand: &asked.brand,
        region: &asked.region,
    };
    let environment = asked.environment.as_deref();
    let both = index.beside(environment, asked.rollout, &asked.prompt, audience);
    let Some((old, new)) = both else {
        return;
    };
    // What could not be answered was no answer to compare with.
    let Ok(old) = filled(old, &asked.variables) else {
        return;
    };
    let answer = match new.map(|new| filled(new, &asked.variables)) {
        None => Answer::Absent,
        Some(Ok(new)) => Answer::Filled(new),
        Some(Err(RenderError::MissingVariables(names))) => Answer::Missing(names),
        Some(Err(_)) => Answer::Failed,
    };
    let of = found.entry((workspace, asked.rollout)).or_default();
    let differs = of.counts.add(&asked.prompt, &old, &answer);
    if let Answer::Filled(new) = answer
        && differs
        && has_room(&of.samples, &asked.prompt)
    {
        let now = ctx.clock.now();
        let sample = Sample::new(&asked.prompt, now, &asked.unit, &old.text, &new.text);
        of.samples.push(sample);
    }
}

fn has_room(samples: &[Sample], prompt: &str) -> bool {
    let own = samples.iter().filter(|sample| sample.prompt == prompt);
    samples.len() < SAMPLES_MAX && own.count() < SAMPLES_PER_PROMPT_MAX
}

async fn keep(
    ctx: &Context,
    workspace: WorkspaceId,
    number: RolloutNumber,
    found: Found,
) -> Result<()> {
    let mut work = Work::begin(ctx, workspace).await?;
    if !load(&mut work, number).await?.state.is_open() {
        return Ok(());
    }
    let counts = found.counts.rows();
    work.tx
        .add_shadow_counts(workspace, number, &counts)
        .await?;
    if !found.samples.is_empty() {
        let mut known = work.tx.shadow_samples(workspace, number).await?;
        let before = known.len();
        for sample in found.samples {
            if has_room(&known, &sample.prompt) {
                known.push(sample);
            }
        }
        let new = &known[before..];
        work.tx.add_shadow_samples(workspace, number, new).await?;
    }
    work.commit().await?;
    ctx.announce(workspace, "rollout", number.to_string());
    Ok(())
}

fn filled(
    prompt: &ServedPrompt,
    variables: &Map<String, Value>,
) -> std::result::Result<Filled, RenderError> {
    let text = match &prompt.text {
        ServedText::Plain(text) => text.to_string(),
        ServedText::Template(compiled) => {
            let mut out = Lines::default();
            compiled.render_text_messages(variables, &mut out)?;
            out.0
        }
    };
    let model = prompt.model.as_deref().unwrap_or_default();
    Ok(Filled {
        text,
        settings: format!("{model} {}", prompt.config),
    })
}

/// Messages one below the other, each under its role.
#[derive(Default)]
struct Lines(String);

impl MessageSink for Lines {
    fn start(&mut self, role: Role) {
        if !self.0.is_empty() {
            self.0.push_str("\n\n");
        }
        self.0.push_str(role.wire_name());
        self.0.push_str(": ");
    }

    fn part(&mut self, part: PartRef<'_>) {
        match part {
            PartRef::Text(text) => self.0.push_str(text),
            PartRef::Media { url, .. } => self.0.push_str(url),
            PartRef::Section(_) | PartRef::Other(_) => {}
        }
    }

    fn end(&mut self) {}
}

/// What a rollout in the shadow came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The numbers.
    pub counts: Counts,
    /// Texts side by side.
    pub samples: Vec<Sample>,
}

/// Reads what a rollout in the shadow came to.
pub async fn read(ctx: &Context, actor: &Actor, number: RolloutNumber) -> Result<Shadow> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let rollout = load(&mut work, number).await?;
    if rollout.plan.design != Design::Shadow {
        return Err(Error::invalid(format!(
            "rollout `R-{number}` is not in the shadow: people get its new release"
        )));
    }
    let rows = work.tx.shadow_counts(actor.workspace, number).await?;
    let samples = work.tx.shadow_samples(actor.workspace, number).await?;
    Ok(Shadow {
        counts: Counts::of(&rows),
        samples,
    })
}
