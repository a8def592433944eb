//! Attribution: credits of channels, prompts and versions beside what experiments found, the paths
//! that lead there, and the ledger of what each change brought.

mod ledger;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::attribution::{
    By, CodedJourneys, Credits, Explored, Rules, Versions, credits, explore,
};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::columns::{Filter, Needs, Pick, UnitCode, UnitRows};
use variorum_domain::id::{RolloutNumber, Time, WorkspaceId};
use variorum_domain::kpi::Made;
use variorum_domain::library::{Kpi, KpiKind, Library};
use variorum_domain::rollout::{Rollout, RolloutState};
use variorum_domain::watch::LiveVersion;

pub use ledger::{Ledger, Line, LineKind, ledger};

use crate::columns::{self, UnitFold, scan};
use crate::context::Context;
use crate::library::main_settings;
use crate::rollouts::{self, system_actor};
use crate::work::Work;
use crate::{Error, Result};

/// Days looked back over where nothing is said.
const PERIOD_DAYS: i64 = 30;
/// Days before a conversion in which a touch counts where nothing is said.
const LOOKBACK_DAYS: i64 = 30;
/// Half-life of time decay where nothing is said.
const HALF_LIFE_DAYS: f64 = 7.0;
/// Answers kept.
const KEPT_MAX: usize = 16;
/// Seconds for which an answer is given again although events came in since.
const KEPT_SECONDS: i64 = 30;
/// Paths of one answer.
const PATHS_MAX: usize = 50;
/// Touches of a journey that the flow shows one by one.
const STEPS: usize = 4;
/// Names that the flow tells apart at each step.
const NAMES_PER_STEP: usize = 6;
/// Rollouts looked through for experiments, newest first.
const ROLLOUTS_MAX: usize = 500;
/// Versions that went live that are looked at, newest first.
const LIVES_MAX: usize = 20_000;
/// What a touch without a channel is called.
const DIRECT: &str = "direct";

/// What is asked; what is not said takes a default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// The KPI whose outcomes are shared out; else the first conversion of the library.
    pub kpi: Option<String>,
    /// What touches are named by.
    pub by: By,
    /// How long before a conversion a touch counts.
    pub lookback_days: Option<i64>,
    /// Half-life of time decay.
    pub half_life_days: Option<f64>,
    /// KPIs whose outcomes are touches, too.
    pub touch_kpis: Vec<String>,
    /// The beginning of the period.
    pub from: Option<Time>,
    /// Its end.
    pub until: Option<Time>,
}

/// What experiments found about the same thing: the causal number.
#[derive(Debug, Clone, PartialEq)]
pub struct Causal {
    /// The name it stands beside.
    pub name: String,
    /// The rollout.
    pub rollout: RolloutNumber,
    /// Its title.
    pub title: String,
    /// The prompt.
    pub prompt: String,
    /// Whether it goes on.
    pub is_open: bool,
    /// The version of the prompt that was tried.
    pub version: Option<i64>,
    /// Difference of the means, treatment minus control, in the KPI's smallest unit.
    pub estimate: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The mean of the control.
    pub control: f64,
    /// Units that were exposed.
    pub units: u64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributed {
    /// The definition of the KPI.
    pub kpi: Kpi,
    /// The rules that were used.
    pub rules: Rules,
    /// Credits by each model.
    pub credits: Credits,
    /// Paths and flow.
    pub explored: Explored,
    /// What experiments found, by name.
    pub causal: Vec<Causal>,
    /// Units that had a touch or a conversion.
    pub units: u64,
    /// Touches of all journeys.
    pub touches: u64,
    /// Conversions before which no touch was seen.
    pub untouched: u64,
    /// Touches and journeys beyond a limit.
    pub left_out: u64,
    /// Events that were looked at.
    pub events: u64,
    /// How many places of the log are not in it yet.
    pub missing: i64,
}

struct Kept {
    workspace: WorkspaceId,
    rules: Rules,
    at: Time,
    through: i64,
    answer: Arc<Attributed>,
}

/// Answers given lately.
#[derive(Default)]
pub struct Answers {
    kept: Mutex<Vec<Kept>>,
}

impl Answers {
    fn find(
        &self,
        workspace: WorkspaceId,
        rules: &Rules,
        (now, through): (Time, i64),
    ) -> Option<Arc<Attributed>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = kept.iter().find(|one| {
            one.workspace == workspace
                && one.rules == *rules
                && (one.through == through || now <= one.at.plus_seconds(KEPT_SECONDS))
        });
        same.map(|one| one.answer.clone())
    }

    fn keep(&self, new: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.workspace != new.workspace || one.rules != new.rules);
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push(new);
    }

    /// Forgets a workspace whose events were removed.
    pub fn forget(&self, workspace: WorkspaceId) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.workspace != workspace);
    }
}

/// Shares the conversions of a period out, and shows the paths that led there.
pub async fn attribute(
    ctx: &Context,
    actor: &Actor,
    question: &Question,
) -> Result<Arc<Attributed>> {
    access::check(actor, Action::Read, "")?;
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (library, _) = main_settings(&mut work).await?;
    let kpi = goal(ctx, actor.workspace, &library, question.kpi.as_deref())?;
    let rules = rules(ctx, &library, &kpi, question)?;
    let through = ctx.log.last_seq().await?;
    let now = ctx.clock.now();
    if let Some(known) = ctx
        .attribution
        .find(actor.workspace, &rules, (now, through))
    {
        return Ok(known);
    }
    let rollouts = work
        .tx
        .rollouts(actor.workspace, false, None, ROLLOUTS_MAX)
        .await?;
    let lives = match rules.by {
        By::Version => lives(&mut work).await?,
        _ => Vec::new(),
    };
    let versions = versions(&rollouts, lives);
    let causal = causal(ctx, &mut work, rollouts, &kpi, rules.by).await?;
    drop(work);
    let missing = columns::catch_up(ctx).await?;
    let filter = filter(&rules);
    let scanned = scan(ctx, actor.workspace, &filter, &[], |names| {
        CodedJourneys::new(&rules, &versions, names)
    })
    .await?;
    let answer = tokio::task::spawn_blocking(move || answer(scanned.fold, kpi, rules))
        .await
        .map_err(|error| Error::Internal(format!("attribution stopped: {error}")))?;
    let through = if missing == 0 { through } else { -1 };
    let answer = Arc::new(Attributed {
        causal,
        missing,
        ..answer
    });
    ctx.attribution.keep(Kept {
        workspace: actor.workspace,
        rules: answer.rules.clone(),
        at: now,
        through,
        answer: answer.clone(),
    });
    Ok(answer)
}

/// Asks for what the page of journeys shows first, so that its answer is kept.
pub(crate) async fn make_ready(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let actor = system_actor(workspace, "Columns");
    match attribute(ctx, &actor, &Question::default()).await {
        // A library without a KPI that can be shared out has no such page.
        Ok(_) | Err(Error::Invalid { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

impl UnitFold for CodedJourneys {
    fn unit(&mut self, _unit: UnitCode, rows: UnitRows<'_>) {
        Self::unit(self, rows);
    }

    fn absorb(&mut self, other: Self) {
        Self::absorb(self, &other);
    }

    fn needs(&self) -> Needs {
        Self::needs(self)
    }
}

/// The period and the lookback before it.
fn filter(rules: &Rules) -> Filter {
    let mut kpis = rules.touch_kpis.clone();
    kpis.push(rules.goal.clone());
    Filter {
        from: Some(rules.from.plus_seconds(-rules.lookback_days * DAY_SECONDS)),
        until: Some(rules.until),
        exposures: Some(Pick::default()),
        outcomes: Some(Pick {
            kpis,
            ..Pick::default()
        }),
    }
}

fn answer(found: CodedJourneys, kpi: Kpi, rules: Rules) -> Attributed {
    let (journeys, events) = found.finish();
    Attributed {
        kpi,
        credits: credits(&journeys),
        explored: explore(&journeys, PATHS_MAX, STEPS, NAMES_PER_STEP),
        causal: Vec::new(),
        units: journeys.units(),
        touches: journeys.touches(),
        untouched: journeys.untouched(),
        left_out: journeys.left_out(),
        events,
        missing: 0,
        rules,
    }
}

/// The KPI that is asked for, or the conversion that is reported most.
pub(crate) fn goal(
    ctx: &Context,
    workspace: WorkspaceId,
    library: &Library,
    named: Option<&str>,
) -> Result<Kpi> {
    let reported = |kpi: &Kpi| ctx.watch.reported(workspace, &kpi.id);
    let found = match named {
        Some(id) => library
            .kpis
            .get(id)
            .ok_or_else(|| Error::not_found("KPI", id))?,
        None => library
            .kpis
            .values()
            .filter(|kpi| kpi.more.made == Made::OfEvents)
            // Of several that are equal the first is taken.
            .min_by_key(|kpi| {
                let rest = kpi.kind != KpiKind::Conversion;
                (rest, std::cmp::Reverse(reported(kpi)))
            })
            .ok_or_else(|| {
                Error::invalid_with_hint(
                    "the library defines no KPI",
                    "define one under `kpis` in `library.yaml`",
                )
            })?,
    };
    if found.more.made != Made::OfEvents {
        return Err(Error::invalid_with_hint(
            format!(
                "KPI `{}` is made of others and cannot be shared out",
                found.id
            ),
            "ask for a conversion, a count or a value",
        ));
    }
    Ok(found.clone())
}

fn rules(ctx: &Context, library: &Library, kpi: &Kpi, question: &Question) -> Result<Rules> {
    for id in &question.touch_kpis {
        if !library.kpis.contains_key(id) {
            return Err(Error::not_found("KPI", id));
        }
    }
    // Whole hours, so that the same question asked again soon is the same.
    let now = ctx.clock.now().seconds();
    let until = Time::from_seconds((now / 3_600 + 1) * 3_600);
    let until = question.until.unwrap_or(until);
    let from = question
        .from
        .unwrap_or_else(|| until.plus_seconds(-PERIOD_DAYS * DAY_SECONDS));
    let rules = Rules {
        goal: kpi.id.clone(),
        kind: kpi.kind,
        by: question.by,
        lookback_days: question.lookback_days.unwrap_or(LOOKBACK_DAYS),
        touch_kpis: question.touch_kpis.clone(),
        direct: DIRECT.to_owned(),
        half_life_days: question.half_life_days.unwrap_or(HALF_LIFE_DAYS),
        from,
        until,
    };
    rules.check()?;
    Ok(rules)
}

/// The newest versions that went live for everybody where the library serves first, oldest first.
async fn lives(work: &mut Work) -> Result<Vec<LiveVersion>> {
    let (settings, _) = main_settings(work).await?;
    let first = settings.environments.first();
    let workspace = work.workspace;
    let mut found = work
        .tx
        .live_versions(workspace, None, Time(i64::MAX), LIVES_MAX)
        .await?;
    found.retain(|one| one.is_for_all() && Some(&one.environment) == first);
    found.reverse();
    Ok(found)
}

/// Versions of prompts by rollout and arm, and by when they went live.
fn versions(rollouts: &[Rollout], lives: Vec<LiveVersion>) -> Versions {
    let mut versions = Versions::default();
    for one in lives {
        let of_prompt = versions.live.entry(one.prompt).or_default();
        if let (true, Some(before)) = (of_prompt.is_empty(), one.before) {
            of_prompt.push((Time(i64::MIN), before));
        }
        if let Some(version) = one.version {
            of_prompt.push((one.at, version));
        }
    }
    for rollout in rollouts {
        let Some(prompt) = &rollout.prompt else {
            continue;
        };
        for (arm, plan) in (0..).zip(rollout.arms.all()) {
            if let Some(version) = plan.version {
                let tried = (prompt.clone(), version);
                versions.arms.insert((rollout.number, arm), tried);
            }
        }
    }
    versions
}

/// What the newest experiment found for each name.
async fn causal(
    ctx: &Context,
    work: &mut Work,
    rollouts: Vec<Rollout>,
    kpi: &Kpi,
    by: By,
) -> Result<Vec<Causal>> {
    let mut channels: BTreeMap<String, String> = BTreeMap::new();
    let mut found: BTreeMap<String, Causal> = BTreeMap::new();
    for rollout in rollouts {
        let Some(prompt) = rollout.prompt.clone() else {
            continue;
        };
        if !rollout.kpis.iter().any(|one| one.id == kpi.id) {
            continue;
        }
        let channel = match channels.get(&prompt) {
            Some(channel) => channel.clone(),
            None => {
                let row = work.tx.library_row_by_id(work.workspace, &prompt).await?;
                let channel = row.map_or_else(String::new, |row| row.channel);
                channels.insert(prompt.clone(), channel.clone());
                channel
            }
        };
        let is_open = rollout.state.is_open();
        let measured = rollouts::measured(ctx, work, rollout).await?;
        for one in lifts(&measured, kpi, is_open, &prompt) {
            let name = match by {
                By::Channel if channel.is_empty() => continue,
                By::Channel => channel.clone(),
                By::Prompt => prompt.clone(),
                By::Version => match one.version {
                    Some(version) => format!("{prompt} v{version}"),
                    None => prompt.clone(),
                },
            };
            // The newest comes first and stays.
            found.entry(name.clone()).or_insert(Causal { name, ..one });
        }
    }
    Ok(found.into_values().collect())
}

/// What one rollout measured of a KPI, arm by arm.
pub(crate) fn lifts(
    measured: &rollouts::Measured,
    kpi: &Kpi,
    is_open: bool,
    prompt: &str,
) -> Vec<Causal> {
    let rollout = &measured.rollout;
    let reading = measured.measurement.as_ref().map(|one| &one.reading);
    let kpis = reading
        .map(|reading| reading.kpis.as_slice())
        .unwrap_or_default();
    let Some(of_kpi) = kpis.iter().find(|one| one.kpi == kpi.id) else {
        return Vec::new();
    };
    let each = (1_u8..)
        .zip(&of_kpi.treatments)
        .filter_map(|(arm, treatment)| {
            let difference = treatment.difference.as_ref()?;
            Some(Causal {
                name: String::new(),
                rollout: rollout.number,
                title: rollout.title.clone(),
                prompt: prompt.to_owned(),
                is_open,
                version: rollout.version_of(arm),
                estimate: difference.estimate,
                low: difference.low,
                high: difference.high,
                control: of_kpi.control.mean,
                units: of_kpi.control.units + treatment.arm.units,
            })
        });
    each.collect()
}

/// Whether a rollout ended with the new release for everybody.
fn is_kept(rollout: &Rollout) -> bool {
    rollout.state == RolloutState::Finished
        && rollout
            .ending
            .as_ref()
            .is_some_and(|ending| ending.arm != Some(0))
}
