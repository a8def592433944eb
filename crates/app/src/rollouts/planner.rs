//! Planning a rollout from what was measured before.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::fold::{ArmReading, WindowReading, WindowState};
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::library::KpiKind;
use variorum_domain::limits::{
    PAGE_ROWS_MAX, SWITCHBACK_PAIRS_MIN, SWITCHBACK_WINDOW_SECONDS_MAX,
    SWITCHBACK_WINDOW_SECONDS_MIN,
};
use variorum_domain::planner::{Aim, Baseline, Forecast, forecast};
use variorum_domain::rollout::{CONTROL, Rollout};

use super::read::{self, Measured};
use crate::context::Context;
use crate::library::main_settings;
use crate::work::Work;
use crate::{Error, Result};

/// Units below which an earlier rollout says too little to plan with.
const UNITS_MIN: u64 = 100;
const DAY_US: f64 = 86_400e6;

/// What a person says; what is missing is taken from earlier rollouts or a default.
#[derive(Debug, Clone)]
pub struct PlanAsk {
    /// The KPI to be moved.
    pub kpi: String,
    /// The prompt it is about.
    pub prompt: Option<String>,
    /// The relative change to be seen.
    pub lift: f64,
    /// The share of units, or the mean in the KPI's unit.
    pub baseline: Option<f64>,
    /// The standard deviation between units; for values and counts.
    pub sd: Option<f64>,
    /// Units a day, all of them.
    pub daily_units: Option<f64>,
    /// How many arms, the control among them.
    pub arms: usize,
    /// The share of units in the rollout.
    pub coverage: f64,
    /// The chance to call a difference where there is none.
    pub alpha: f64,
    /// The chance to see the change if it is there.
    pub power: f64,
    /// The chance of a false roll-back.
    pub guard_alpha: f64,
    /// How long a window is, where time is to be cut into windows instead of people being split.
    pub window_seconds: Option<i64>,
    /// The standard deviation of the differences within pairs of windows, in the KPI's unit.
    pub pair_sd: Option<f64>,
}

/// From where it is known how far windows lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairSource {
    /// Somebody said it.
    Said,
    /// An earlier switchback with windows of this length.
    Rollout(RolloutNumber),
    /// How far people lie apart, and how many come: as if windows did not differ in anything else.
    People,
}

/// What pairs of windows come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedWindows {
    /// How long a window is.
    pub window_seconds: i64,
    /// Pairs of windows.
    pub pairs: f64,
    /// Days.
    pub days: f64,
    /// The standard deviation of the differences within pairs, in the KPI's unit.
    pub pair_sd: f64,
    /// From where that is known.
    pub source: PairSource,
}

/// What an earlier rollout measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// Which rollout.
    pub rollout: RolloutNumber,
    /// The rate or mean per unit of its control arm, in the KPI's unit.
    pub mean: f64,
    /// The standard deviation between its units.
    pub sd: f64,
    /// Units of the control arm.
    pub units: u64,
    /// Units a day at full coverage.
    pub daily_units: Option<f64>,
    /// When it was measured last.
    pub until: Time,
}

/// A plan with what it rests on.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What was planned with.
    pub aim: Aim,
    /// What it comes to.
    pub forecast: Forecast,
    /// What was measured before; the source of what nobody said.
    pub known: Option<Known>,
    /// The same in windows, where they are asked for and can be told.
    pub windows: Option<PlannedWindows>,
}

/// What a rollout needs.
pub async fn plan(ctx: &Context, actor: &Actor, ask: &PlanAsk) -> Result<Planned> {
    access::check(actor, Action::Read, "")?;
    if ask.kpi.is_empty() {
        return Err(Error::invalid(
            "`kpi` is missing: which number should change?",
        ));
    }
    let mut work = Work::read(ctx, actor.workspace).await?;
    let (library, _) = main_settings(&mut work).await?;
    let kpi = library
        .kpis
        .get(&ask.kpi)
        .ok_or_else(|| Error::not_found("KPI", &ask.kpi))?;
    if kpi.kind == KpiKind::Ratio {
        return Err(Error::invalid_with_hint(
            format!("`{}` is a ratio, which cannot be planned with", kpi.id),
            "plan with the conversion, value or count that it is made of",
        ));
    }
    let scale = 10_f64.powi(i32::try_from(kpi.decimals).unwrap_or(0));
    let known = known(ctx, &mut work, ask, scale).await?;
    let missing = |field: &str| {
        Error::invalid_with_hint(
            format!(
                "`{field}` is needed: no earlier rollout measured `{}` here",
                kpi.id
            ),
            "give a figure from your own reports; it need not be exact",
        )
    };
    let mean = ask.baseline.or(known.map(|known| known.mean));
    let mean = mean.ok_or_else(|| missing("baseline"))?;
    let baseline = if kpi.kind == KpiKind::Conversion {
        Baseline::Rate(mean)
    } else {
        let sd = ask.sd.or(known.map(|known| known.sd));
        Baseline::Mean {
            mean,
            sd: sd.ok_or_else(|| missing("sd"))?,
        }
    };
    let aim = Aim {
        baseline,
        lift: ask.lift,
        arms: ask.arms,
        daily_units: ask
            .daily_units
            .or(known.and_then(|known| known.daily_units)),
        coverage: ask.coverage,
        alpha: ask.alpha,
        power: ask.power,
        guard_alpha: ask.guard_alpha,
    };
    let forecast = forecast(&aim).map_err(|error| Error::invalid(error.to_string()))?;
    let windows = match ask.window_seconds {
        Some(window) => windows(ctx, &mut work, ask, (&aim, window, scale)).await?,
        None => None,
    };
    Ok(Planned {
        aim,
        forecast,
        known,
        windows,
    })
}

/// How many pairs of windows it takes.
async fn windows(
    ctx: &Context,
    work: &mut Work,
    ask: &PlanAsk,
    (aim, window, scale): (&Aim, i64, f64),
) -> Result<Option<PlannedWindows>> {
    let lengths = SWITCHBACK_WINDOW_SECONDS_MIN..=SWITCHBACK_WINDOW_SECONDS_MAX;
    if !lengths.contains(&window) {
        return Err(Error::invalid("a window is 10 minutes to 14 days long"));
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 14 days")]
    let window_days = window as f64 / 86_400.0;
    let found = match ask.pair_sd {
        Some(said) => Some((said, PairSource::Said)),
        None => match earlier_windows(ctx, work, ask, window).await? {
            Some((number, sd)) => Some((sd / scale, PairSource::Rollout(number))),
            None => of_people(aim, window_days).map(|sd| (sd, PairSource::People)),
        },
    };
    let planned = found.and_then(|(pair_sd, source)| {
        let pairs = aim.pairs_of_windows(pair_sd)?;
        Some(PlannedWindows {
            window_seconds: window,
            pairs,
            days: 2.0 * pairs * window_days,
            pair_sd,
            source,
        })
    });
    Ok(planned)
}

/// How far two windows lie apart if all that differs is who happens to come.
fn of_people(aim: &Aim, window_days: f64) -> Option<f64> {
    let people = aim.daily_units? * aim.coverage * window_days;
    (people > 0.0).then(|| aim.sd_of_means(people) * 2_f64.sqrt())
}

/// The newest switchback with windows of this length that measured the KPI in pairs enough, with the
/// standard deviation of its differences.
async fn earlier_windows(
    ctx: &Context,
    work: &mut Work,
    ask: &PlanAsk,
    window: i64,
) -> Result<Option<(RolloutNumber, f64)>> {
    let rollouts = work
        .tx
        .rollouts(work.workspace, false, None, PAGE_ROWS_MAX)
        .await?;
    for rollout in rollouts {
        let cut = rollout.plan.switchback();
        let place = rollout.kpis.iter().position(|kpi| kpi.id == ask.kpi);
        let (Some(place), true) = (place, cut.is_some_and(|cut| cut.window_seconds == window))
        else {
            continue;
        };
        let measured = read::measured(ctx, work, rollout).await?;
        let windows = measured
            .measurement
            .map_or_else(Vec::new, |found| found.windows);
        if let Some(sd) = sd_of_pairs(&windows, place) {
            return Ok(Some((measured.rollout.number, sd)));
        }
    }
    Ok(None)
}

fn sd_of_pairs(windows: &[WindowReading], place: usize) -> Option<f64> {
    let mean = |index: u32| {
        let found = windows.iter().find(|one| one.index == index)?;
        let counts = found.state == WindowState::Counts;
        Some((found.arm, found.means.get(place).copied().flatten()?)).filter(|_| counts)
    };
    let firsts = windows.iter().filter(|one| one.index.is_multiple_of(2));
    let differences: Vec<f64> = firsts
        .filter_map(|first| {
            let ((arm, one), (_, other)) = (mean(first.index)?, mean(first.index + 1)?);
            Some(if arm == CONTROL {
                other - one
            } else {
                one - other
            })
        })
        .collect();
    if differences.len() < usize::try_from(SWITCHBACK_PAIRS_MIN).unwrap_or(usize::MAX) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of pairs")]
    let count = differences.len() as f64;
    let centre = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|one| (one - centre).powi(2)).sum();
    Some((squares / (count - 1.0)).sqrt()).filter(|sd| *sd > 0.0)
}

/// The newest rollout that says enough, best one that tells the traffic, too: of the prompt where one is
/// named, else of any.
async fn known(ctx: &Context, work: &mut Work, ask: &PlanAsk, scale: f64) -> Result<Option<Known>> {
    let rollouts = work
        .tx
        .rollouts(work.workspace, false, None, PAGE_ROWS_MAX)
        .await?;
    let now = ctx.clock.now();
    let mut without_traffic = None;
    for rollout in rollouts {
        let about = ask.prompt.is_none() || rollout.prompt == ask.prompt;
        if !about || !rollout.kpis.iter().any(|kpi| kpi.id == ask.kpi) {
            continue;
        }
        let measured = read::measured(ctx, work, rollout).await?;
        match said_by(&measured, &ask.kpi, scale, now) {
            Some(known) if known.daily_units.is_some() => return Ok(Some(known)),
            // One that ran for minutes tells how things stand, but not how many come each day.
            Some(known) => without_traffic = without_traffic.or(Some(known)),
            None => {}
        }
    }
    Ok(without_traffic)
}

#[expect(clippy::cast_precision_loss, reason = "sums and counts to plan with")]
fn said_by(measured: &Measured, kpi: &str, scale: f64, now: Time) -> Option<Known> {
    let rollout = &measured.rollout;
    let reading = &measured.measurement.as_ref()?.reading;
    let kpi = reading.kpis.iter().find(|reading| reading.kpi == kpi)?;
    let control: &ArmReading = kpi.arm(CONTROL)?;
    if control.units < UNITS_MIN {
        return None;
    }
    let squares: i128 = control.sum_of_squares.parse().ok()?;
    let units = control.units as f64;
    let variance = (squares as f64 - control.mean * control.mean * units) / (units - 1.0);
    let until = rollout.ending.as_ref().map_or(now, |ending| ending.at);
    let exposed: u64 = reading.exposed.iter().sum();
    let days = covered_days(rollout, until);
    Some(Known {
        rollout: rollout.number,
        mean: control.mean / scale,
        sd: variance.max(0.0).sqrt() / scale,
        units: control.units,
        // Less than an hour says nothing of a day.
        daily_units: (days > 1.0 / 24.0).then(|| exposed as f64 / days),
        until,
    })
}

/// Days of the rollout, each weighed with the share of units that were in it.
#[expect(clippy::cast_precision_loss, reason = "microseconds of some months")]
fn covered_days(rollout: &Rollout, until: Time) -> f64 {
    let ends = rollout.stages.iter().skip(1).map(|next| next.at);
    let ends = ends.chain([until]);
    let days = rollout.stages.iter().zip(ends).map(|(stage, end)| {
        let share = f64::from(stage.coverage_bp) / 10_000.0;
        (end.0 - stage.at.0).max(0) as f64 / DAY_US * share
    });
    days.sum()
}
