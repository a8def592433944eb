//! Cohorts, series and retention on the wire.

use variorum_api_types::analysis as wire;
use variorum_app::analysis::{Cohorts, Retention, Series};
use variorum_domain::analysis::{
    Arm, CohortEffect, Comparison, Differences, Overall, Reversal, SeriesPoint, band,
};
use variorum_domain::calendar::DAY_SECONDS;
use variorum_domain::id::Time;
use variorum_domain::library::{Direction, Kpi, KpiKind};
use variorum_domain::rollout::Rollout;
use variorum_domain::watch::{Baseline, HappenedKind, LiveVersion};

use crate::time;

/// How many standard errors a 95 % interval reaches.
const REACH: f64 = 1.959_963_984_540_054;

/// A KPI's definition.
pub(crate) fn kpi(kpi: &Kpi) -> wire::KpiInfo {
    let kind = match kpi.kind {
        KpiKind::Conversion => "conversion",
        KpiKind::Value => "value",
        KpiKind::Count => "count",
        KpiKind::Ratio => "ratio",
        KpiKind::Quantile => "quantile",
    };
    let direction = match kpi.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    };
    wire::KpiInfo {
        id: kpi.id.clone(),
        title: kpi.title.clone(),
        kind: kind.into(),
        direction: direction.into(),
        unit: kpi.unit.clone(),
        decimals: kpi.decimals,
        window_seconds: kpi.window_seconds,
        owner: kpi.more.owner.clone(),
        segments: kpi.more.segments.clone(),
        made_of: kpi.parts().into_iter().map(str::to_owned).collect(),
    }
}

/// Effects by cohort.
pub(crate) fn cohorts(found: Cohorts) -> wire::Cohorts {
    let arms = |arms: &[Arm]| arms.iter().map(arm).collect();
    let cohort = |cohort: &variorum_domain::analysis::Cohort| wire::Cohort {
        labels: cohort.labels.clone(),
        is_rest: cohort.is_rest,
        arms: arms(&cohort.arms),
    };
    wire::Cohorts {
        rollout: found.rollout.number.0,
        title: found.rollout.title.clone(),
        kpi: kpi(&found.kpi),
        by: found.by,
        facets: found.facets,
        arms: names(&found.rollout),
        cohorts: found.table.cohorts.iter().map(cohort).collect(),
        poured: found.table.poured,
        total: arms(&found.table.total),
        comparisons: found.comparisons.into_iter().map(comparison).collect(),
        missing: found.missing,
    }
}

/// What arms are called: by their name, their version, or their release.
fn names(rollout: &Rollout) -> Vec<String> {
    let name = |arm: &variorum_domain::rollout::ArmPlan| match arm.version {
        _ if !arm.name.is_empty() => arm.name.clone(),
        Some(version) => format!("v{version}"),
        None => format!("release {}", arm.release),
    };
    rollout.arms.all().iter().map(name).collect()
}

fn arm(arm: &Arm) -> wire::CohortArm {
    wire::CohortArm {
        units: arm.n,
        sum: arm.sum.to_string(),
        mean: arm.mean(),
    }
}

fn comparison((found, sentences): (Comparison, Vec<String>)) -> wire::CohortComparison {
    wire::CohortComparison {
        arm: found.arm,
        sentences,
        effects: found.effects.iter().map(effect).collect(),
        overall: found.overall.map(|overall| over_all(&overall)),
        heterogeneity: match found.differences {
            Differences::TooFew => None,
            Differences::No(test) | Differences::Yes(test) => Some(wire::CohortHeterogeneity {
                q: test.q,
                degrees: test.degrees,
                p: test.p,
                i_squared: test.i_squared,
            }),
        },
        reversal: found.reversal.map(|reversal| match reversal {
            Reversal::Every => "every".into(),
            Reversal::Weighted => "weighted".into(),
        }),
    }
}

fn effect(effect: &CohortEffect) -> wire::CohortEffect {
    wire::CohortEffect {
        difference: effect.difference,
        relative: effect.relative,
        low: effect.interval.map(|interval| interval.low),
        high: effect.interval.map(|interval| interval.high),
        p: effect.p.map(|p| p.plain),
        p_holm: effect.p.map(|p| p.holm),
        p_bh: effect.p.map(|p| p.bh),
    }
}

fn over_all(overall: &Overall) -> wire::CohortOverall {
    let reach = REACH * overall.post_stratified_error;
    wire::CohortOverall {
        pooled: overall.pooled,
        post_stratified: overall.post_stratified,
        low: overall.post_stratified - reach,
        high: overall.post_stratified + reach,
    }
}

/// A KPI over time.
pub(crate) fn series(found: Series) -> wire::Series {
    let is_conversion = found.kpi.kind == KpiKind::Conversion;
    let point = |point: &SeriesPoint| {
        let around = band(&point.arm, is_conversion);
        wire::SeriesPoint {
            at: time::format(Time(point.at)),
            units: point.arm.n,
            sum: point.arm.sum.to_string(),
            mean: point.arm.mean().unwrap_or(0.0),
            low: around.map(|band| band.low),
            high: around.map(|band| band.high),
            complete: point.is_complete,
        }
    };
    let line = |line: &variorum_app::analysis::Line| wire::SeriesLine {
        label: line.label.clone(),
        points: line.series.points.iter().map(point).collect(),
    };
    let markers = found.markers.into_iter().map(|marker| wire::SeriesMarker {
        at: time::format(marker.at),
        kind: marker.kind.into(),
        rollout: marker.rollout,
        release: marker.release,
        title: marker.title,
    });
    wire::Series {
        kpi: kpi(&found.kpi),
        from: time::format(found.from),
        until: time::format(found.until),
        lines: found.lines.iter().map(line).collect(),
        markers: markers.collect(),
        facets: found.facets,
        missing: found.missing,
    }
}

/// Versions that went live.
pub(crate) fn baselines(found: Vec<LiveVersion>) -> wire::BaselinePage {
    let kind = |kind: HappenedKind| match kind {
        HappenedKind::WentLive | HappenedKind::Saved => "went-live",
        HappenedKind::RolledBack => "rolled-back",
        HappenedKind::RolloutStarted => "rollout-started",
        HappenedKind::RolloutFinished => "rollout-finished",
    };
    let version = |one: LiveVersion| wire::VersionBaselines {
        at: time::format(one.at),
        environment: one.environment,
        kind: kind(one.kind).to_owned(),
        release: one.release.0,
        rollout: one.rollout.map(|number| number.0),
        by: one.by,
        prompt: one.prompt,
        before: one.before,
        version: one.version,
        baselines: one.baselines.into_iter().map(baseline).collect(),
    };
    wire::BaselinePage {
        items: found.into_iter().map(version).collect(),
    }
}

fn baseline(one: Baseline) -> wire::KpiBaseline {
    let day = |day: i64| time::format(Time::from_seconds(day * DAY_SECONDS));
    wire::KpiBaseline {
        kpi: one.kpi,
        definition: one.definition,
        numerator: one.numerator,
        denominator: one.denominator,
        per_exposure: one.per_exposure,
        days: one.days,
        from: day(one.first_day),
        until: day(one.last_day + 1),
        mean: one.mean,
        low: one.low,
        high: one.high,
    }
}

/// Who comes back.
pub(crate) fn retention(found: Retention, by: String) -> wire::Retention {
    let week = |(units, back): (u64, u64)| wire::RetentionWeek { units, back };
    let curves = found.curves.into_iter().map(|curve| wire::RetentionCurve {
        label: curve.label,
        weeks: curve.weeks.into_iter().map(week).collect(),
    });
    wire::Retention {
        kpi: kpi(&found.kpi),
        by,
        curves: curves.collect(),
        missing: found.missing,
    }
}
