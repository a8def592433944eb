//! Planning a rollout.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::planner::{
    AskPlan, PlanKnown, PlanNeed, PlanPoint, PlanWindows, RolloutForecast,
};
use variorum_app::rollouts::{self, PairSource, PlanAsk, Planned, PlannedWindows};
use variorum_domain::planner::{Baseline, LONG_DAYS, Need};
use variorum_domain::rollout::{ALL_BP, ALPHA_DEFAULT};

use super::Answer;
use crate::body::Query;
use crate::caller::Caller;
use crate::state::Shared;
use crate::time;
use crate::wording::grouped;

/// Says how many units a rollout needs and how long that takes.
#[utoipa::path(
    get,
    path = "/api/v1/plan",
    operation_id = "plan_rollout",
    tag = "rollouts",
    params(AskPlan),
    responses((status = 200, description = "What the plan comes to.", body = RolloutForecast))
)]
pub(crate) async fn plan_rollout(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<AskPlan>,
) -> Answer<Out<RolloutForecast>> {
    let coverage = f64::from(asked.coverage.unwrap_or(ALL_BP)) / f64::from(ALL_BP);
    let ask = PlanAsk {
        kpi: asked.kpi,
        prompt: asked.prompt.filter(|prompt| !prompt.is_empty()),
        lift: asked.lift,
        baseline: asked.baseline,
        sd: asked.sd,
        daily_units: asked.daily_units,
        arms: asked.arms.unwrap_or(2),
        coverage,
        alpha: asked.alpha.unwrap_or(0.05),
        power: asked.power.unwrap_or(0.8),
        guard_alpha: asked.guard_alpha.unwrap_or(ALPHA_DEFAULT),
        window_seconds: asked.window_seconds,
        pair_sd: asked.pair_sd.filter(|sd| *sd > 0.0),
    };
    let planned = rollouts::plan(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(answer(&planned)))
}

fn answer(planned: &Planned) -> RolloutForecast {
    let (aim, forecast) = (&planned.aim, &planned.forecast);
    let (baseline, sd) = match aim.baseline {
        Baseline::Rate(rate) => (rate, None),
        Baseline::Mean { mean, sd } => (mean, Some(sd)),
    };
    let curve = forecast.curve.iter().map(|seen| PlanPoint {
        day: seen.day,
        units: seen.units,
        lift: seen.lift,
    });
    RolloutForecast {
        sentence: sentence(planned),
        baseline,
        sd,
        daily_units: aim.daily_units,
        any_time: need(&forecast.any_time),
        once: need(&forecast.once),
        guard: forecast.guard.as_ref().map(need),
        curve: curve.collect(),
        windows: planned
            .windows
            .as_ref()
            .map(|found| windows(planned, found)),
        known: planned.known.map(|known| PlanKnown {
            rollout: known.rollout.0,
            baseline: known.mean,
            sd: known.sd,
            units: known.units,
            daily_units: known.daily_units,
            until: time::format(known.until),
        }),
    }
}

fn windows(planned: &Planned, found: &PlannedWindows) -> PlanWindows {
    let aim = &planned.aim;
    let change = percent(aim.lift.abs() * 100.0);
    let direction = if aim.lift > 0.0 { "rise" } else { "fall" };
    let (rollout, rests_on) = match found.source {
        PairSource::Said => (None, "with windows that differ as was said".to_owned()),
        PairSource::Rollout(number) => (
            Some(number.0),
            format!("with windows that differ as those of R-{number} did"),
        ),
        PairSource::People => (
            None,
            "at least: waves of the day and the week come on top of who happens to come".to_owned(),
        ),
    };
    PlanWindows {
        pairs: found.pairs,
        days: found.days,
        pair_sd: found.pair_sd,
        rollout,
        sentence: format!(
            "In windows of {} a {direction} of {change} takes about {} pairs, {}, {rests_on}.",
            crate::wording::duration(found.window_seconds),
            found.pairs,
            duration(found.days)
        ),
    }
}

fn need(need: &Need) -> PlanNeed {
    PlanNeed {
        per_arm: need.per_arm,
        total: need.total,
        days: need.days,
    }
}

/// The plan as one says it to a colleague.
fn sentence(planned: &Planned) -> String {
    let aim = &planned.aim;
    let change = percent(aim.lift.abs() * 100.0);
    let direction = if aim.lift > 0.0 { "rise" } else { "fall" };
    let need = &planned.forecast.any_time;
    let units = grouped(need.total);
    match need.days {
        None => format!(
            "A {direction} of {change} needs about {units} people in all; say how many come each \
             day to learn how long that takes."
        ),
        Some(days) if days > LONG_DAYS => format!(
            "At your volume a {direction} of {change} takes about {}: too long to wait for. Look \
             for a larger change, or let more people take part.",
            duration(days)
        ),
        Some(days) => format!(
            "At your volume a {direction} of {change} takes about {}, {units} people in all.",
            duration(days)
        ),
    }
}

fn duration(days: f64) -> String {
    let counted = |number: f64, one: &str| {
        let number = number.ceil().max(1.0);
        let plural = if number > 1.0 { "s" } else { "" };
        format!("{number:.0} {one}{plural}")
    };
    match days {
        days if days < 1.0 => counted(days * 24.0, "hour"),
        days if days <= LONG_DAYS => counted(days, "day"),
        days if days < 730.0 => counted(days / 30.4, "month"),
        days => counted(days / 365.0, "year"),
    }
}

/// A percentage with as many digits as it needs.
fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_numbers_are_said_plainly() {
        assert_eq!(duration(0.2), "5 hours");
        assert_eq!(duration(0.99), "24 hours");
        assert_eq!(duration(1.0), "1 day");
        assert_eq!(duration(8.2), "9 days");
        assert_eq!(duration(120.0), "4 months");
        assert_eq!(duration(3_000.0), "9 years");
        assert_eq!(percent(5.0), "5 %");
        assert_eq!(percent(0.25), "0.25 %");
    }
}
